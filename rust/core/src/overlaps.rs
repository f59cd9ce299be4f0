//! Many boxes of one image: their IoU, and fast searches for those that overlap.
//!
//! [`PreparedBoxes`] holds what IoU needs, in double precision. [`OverlapIndex`] finds the boxes that can overlap a given
//! one. [`Neighbours`] finds the pairs among the boxes that overlap by more than half.

use crate::boxes::{Floats, take};
use crate::geometry::{Corners, intersection, larger, smaller};

/// IoU is rounded to a multiple of 2^-20. Boxes in whole pixels give an IoU of exactly one half, and exact ties, all the
/// time; rounded, these survive a change of scale. It also makes every IoU exact in single precision.
const GRID: f64 = (1 << 20) as f64;

/// The boxes of one image, in double precision.
#[derive(Debug, Default)]
pub(crate) struct PreparedBoxes {
    corners: Vec<Corners>,
    area: Vec<f64>,
}

impl PreparedBoxes {
    /// Loads the boxes in `rows`, which rise.
    pub(crate) fn load(&mut self, xyxy: Floats, rows: &[u32]) {
        match xyxy {
            Floats::F32(values) => {
                take(values.as_chunks().0, rows, &mut self.corners, |corners: [f32; 4]| corners.map(f64::from));
            }
            Floats::F64(values) => take(values.as_chunks().0, rows, &mut self.corners, |corners| corners),
        }
        self.area.clear();
        self.area.extend(self.corners.iter().map(area));
    }

    pub(crate) fn len(&self) -> usize {
        self.area.len()
    }

    #[inline]
    pub(crate) fn corners(&self, index: usize) -> Corners {
        self.corners[index]
    }

    /// The corners of all boxes.
    #[inline]
    pub(crate) fn all(&self) -> &[Corners] {
        &self.corners
    }

    /// The centre, as a box with some room for rounding. Boxes whose IoU with this one is one half or more overlap it.
    pub(crate) fn centre(&self, index: usize) -> Corners {
        self.inner(index, 0.5)
    }

    /// The inner part that all boxes overlap whose IoU with this one is `least` or more, with some room for rounding.
    pub(crate) fn inner(&self, index: usize, least: f64) -> Corners {
        const ROOM: f64 = 1e-5;
        let [x1, y1, x2, y2] = self.corners[index];
        let near = least - ROOM;
        let far = 1.0 - near;
        [far * x1 + near * x2, far * y1 + near * y2, near * x1 + far * x2, near * y1 + far * y2]
    }

    /// Width times height, 0 for an inverted box.
    #[inline]
    pub(crate) fn area(&self, index: usize) -> f64 {
        self.area[index]
    }

    /// IoU of one of these boxes with one of `others`; 0 where the union is 0.
    #[inline]
    pub(crate) fn iou(&self, index: usize, others: &Self, other: usize) -> f64 {
        let shared = intersection(&self.corners[index], &others.corners[other]);
        iou(shared, self.area[index] + others.area[other])
    }

    /// The same with any box.
    #[inline]
    pub(crate) fn iou_with(&self, index: usize, other: &Corners) -> f64 {
        iou(intersection(&self.corners[index], other), self.area[index] + area(other))
    }

    /// The fraction of one of these boxes that lies in one of `others`; 0 for a box without area.
    #[inline]
    pub(crate) fn fraction_inside(&self, index: usize, others: &Self, other: usize) -> f64 {
        let shared = intersection(&self.corners[index], &others.corners[other]);
        if shared > 0.0 { shared / self.area[index] } else { 0.0 }
    }

    /// False only if the IoU is below `least`; needs no division.
    #[inline]
    pub(crate) fn may_exceed(&self, least: f64, index: usize, others: &Self, other: usize) -> bool {
        let shared = intersection(&self.corners[index], &others.corners[other]);
        may_exceed(least, shared, self.area[index] + others.area[other])
    }

    /// The same with any box.
    #[inline]
    pub(crate) fn may_exceed_with(&self, least: f64, index: usize, other: &Corners) -> bool {
        may_exceed(least, intersection(&self.corners[index], other), self.area[index] + area(other))
    }
}

/// IoU of two boxes, as [`PreparedBoxes::iou`], if it is at least `least`; most others need no division.
#[inline]
pub(crate) fn iou_from(least: f64, a: &Corners, b: &Corners) -> Option<f64> {
    let (shared, sum) = (intersection(a, b), area(a) + area(b));
    may_exceed(least, shared, sum).then(|| iou(shared, sum)).filter(|&iou| iou >= least)
}

/// IoU from the area that two boxes share and the sum of their areas.
#[inline]
fn iou(shared: f64, sum: f64) -> f64 {
    let union = sum - shared;
    if union > 0.0 { f64::from((shared / union * GRID + 0.5) as i32) / GRID } else { 0.0 }
}

/// IoU > t where (1 + t) shared > t sum. `least` is lowered by more than the rounding to the grid.
#[inline]
fn may_exceed(least: f64, shared: f64, sum: f64) -> bool {
    let t = least - 1e-6;
    (1.0 + t) * shared > t * sum
}

#[inline]
fn area(&[x1, y1, x2, y2]: &Corners) -> f64 {
    larger(x2 - x1, 0.0) * larger(y2 - y1, 0.0)
}

/// The box around no boxes.
pub(crate) const NOTHING: Corners = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];

/// Extends `around` so that it surrounds the boxes in `rows`, which rise; inverted ones too.
pub(crate) fn surround(xyxy: Floats, rows: &[u32], around: Corners) -> Corners {
    match xyxy {
        Floats::F32(values) => surround_rows(values.as_chunks().0, rows, around),
        Floats::F64(values) => surround_rows(values.as_chunks().0, rows, around),
    }
}

fn surround_rows<T: Copy + PartialOrd + Into<f64>>(boxes: &[[T; 4]], rows: &[u32], around: Corners) -> Corners {
    if rows.len() == boxes.len() {
        surround_all(boxes, around)
    } else {
        rows.iter().fold(around, |around, &row| surround_all(&boxes[row as usize..][..1], around))
    }
}

fn surround_all<T: Copy + PartialOrd + Into<f64>>(boxes: &[[T; 4]], around: Corners) -> Corners {
    let Some(&first) = boxes.first() else { return around };
    let (mut least, mut greatest) = (first, first);
    for corners in boxes {
        for side in 0..4 {
            least[side] = if corners[side] < least[side] { corners[side] } else { least[side] };
            greatest[side] = if corners[side] > greatest[side] { corners[side] } else { greatest[side] };
        }
    }
    let (least, greatest) = (least.map(Into::into), greatest.map(Into::into));
    let low = |axis: usize| smaller(around[axis], smaller(least[axis], least[axis + 2]));
    let high = |axis: usize| larger(around[axis + 2], larger(greatest[axis], greatest[axis + 2]));
    [low(0), low(1), high(0), high(1)]
}

/// Measures sides in whole steps from the edges of a frame that surrounds all boxes.
#[derive(Clone, Copy, Debug, Default)]
struct Scale {
    edge: [f64; 2],
    /// Steps in a pixel, along each axis.
    per_pixel: [f64; 2],
}

impl Scale {
    /// So many steps across the frame.
    fn new(frame: &Corners, steps: u32) -> Self {
        let per_pixel = [0, 1].map(|axis| f64::from(steps) / (frame[axis + 2] - frame[axis]));
        let per_pixel = per_pixel.map(|steps| if steps.is_finite() { steps } else { 0.0 });
        Self { edge: [frame[0], frame[1]], per_pixel }
    }

    /// The sides of a box in steps, rounded. Rounding keeps order, so boxes that overlap still do.
    #[inline]
    fn sides(&self, corners: &Corners) -> [u32; 4] {
        // Adding this to a small number leaves that number, rounded, in the last bits of the sum.
        const ROUND: f64 = (1_u64 << 52) as f64;
        std::array::from_fn(|side| {
            ((corners[side] - self.edge[side % 2]) * self.per_pixel[side % 2] + ROUND).to_bits() as u32
        })
    }
}

/// Boxes of a block, of which a set of bits has a bit each.
const BLOCK: usize = u32::BITS as usize;

/// The boxes of one image, to be searched for those that overlap another: in blocks of columns of their sides, in a byte
/// each, so that one instruction compares sixteen.
#[derive(Debug, Default)]
pub(crate) struct OverlapIndex {
    count: usize,
    scale: Scale,
    /// The left, top, right and bottom sides. What follows the last box means nothing.
    blocks: Vec<[[u8; BLOCK]; 4]>,
}

impl OverlapIndex {
    /// Loads the boxes in `rows`, which rise. The frame surrounds them.
    pub(crate) fn load(&mut self, xyxy: Floats, rows: &[u32], frame: &Corners) {
        match xyxy {
            Floats::F32(values) => self.load_rows(values.as_chunks().0, rows, frame),
            Floats::F64(values) => self.load_rows(values.as_chunks().0, rows, frame),
        }
    }

    fn load_rows<T: Copy + Into<f64>>(&mut self, boxes: &[[T; 4]], rows: &[u32], frame: &Corners) {
        if rows.len() == boxes.len() {
            self.load_each(boxes.iter().map(|corners| corners.map(Into::into)), frame);
        } else {
            self.load_each(rows.iter().map(|&row| boxes[row as usize].map(Into::into)), frame);
        }
    }

    #[inline]
    fn load_each(&mut self, mut boxes: impl ExactSizeIterator<Item = Corners>, frame: &Corners) {
        self.count = boxes.len();
        self.scale = Scale::new(frame, u8::MAX.into());
        self.blocks.resize(self.count.div_ceil(BLOCK), [[0; BLOCK]; 4]);
        for block in &mut self.blocks {
            for (at, corners) in boxes.by_ref().take(BLOCK).enumerate() {
                for (column, side) in block.iter_mut().zip(self.scale.sides(&corners)) {
                    column[at] = side as u8;
                }
            }
        }
    }

    /// Finds the boxes that overlap another, which the frame surrounds; there can be some more that are near it.
    #[inline]
    pub(crate) fn find(&self, other: &Corners, candidates: &mut Candidates) {
        self.find_from(0, other, candidates);
    }

    /// The same of the boxes from `first` on, of which there is one at least if `first` is not 0.
    #[inline]
    fn find_from(&self, first: usize, other: &Corners, candidates: &mut Candidates) {
        crate::abandon::check_stop_before(self.blocks.len() * BLOCK);
        let Candidates { first_block, sets } = candidates;
        *first_block = first / BLOCK;
        let other = self.scale.sides(other).map(|side| side as u8);
        sets.clear();
        sets.extend(self.blocks[*first_block..].iter().map(|block| overlapping(block, other)));
        if let Some(set) = sets.first_mut() {
            *set &= u32::MAX << (first % BLOCK);
        }
        if let Some(set) = sets.last_mut() {
            *set &= u32::MAX >> (self.count.wrapping_neg() % BLOCK);
        }
    }
}

/// Which boxes of a block overlap another, as a set of bits.
#[inline]
fn overlapping([left, top, right, bottom]: &[[u8; BLOCK]; 4], [x1, y1, x2, y2]: [u8; 4]) -> u32 {
    // Shifts the lowest bit of each byte of a word to a bit of its own of the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut marks = [0; BLOCK];
    for at in 0..BLOCK {
        marks[at] = u8::from((left[at] <= x2) & (right[at] >= x1) & (top[at] <= y2) & (bottom[at] >= y1));
    }
    let words = marks.as_chunks().0.iter().map(|&word| u64::from_le_bytes(word).wrapping_mul(GATHER) >> 56);
    words.rev().fold(0, |set, bits| set << 8 | bits as u32)
}

/// What [`OverlapIndex::find`] finds, as sets of bits.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    first_block: usize,
    /// One for each block from the first on.
    sets: Vec<u32>,
}

impl Candidates {
    /// Calls `work` with the number of each box found, in order.
    pub(crate) fn each(&self, mut work: impl FnMut(usize)) {
        for (block, &set) in (self.first_block..).zip(&self.sets) {
            bits(set.into()).for_each(|bit| work(block * BLOCK + bit));
        }
    }
}

/// The bits of a set, lowest first.
#[inline]
pub(crate) fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = set.trailing_zeros() as usize;
        (set != 0).then(|| {
            set &= set - 1;
            bit
        })
    })
}

/// IoU above which boxes are neighbours.
const HALF: f64 = 0.5;
/// Up to so many boxes, looking at all centres is faster than sorting them into strips.
const FEW: usize = 64;
/// Number of strips along each axis, and of steps in a strip, to which coordinates are rounded.
const STRIPS: usize = 64;
const STEPS: u32 = 32;
const WORD: usize = u64::BITS as usize;

/// Finds the pairs of boxes that overlap by more than half, without looking at every pair.
///
/// Such boxes hold each other's centre: with an intersection above half of the larger, the centres are less than half of
/// the smaller width and height apart. So the centres are sorted into strips along each axis, and for each strip a set of
/// bits says which centres come before it. The centres within a box are four of these sets combined. Of few boxes, those
/// that overlap a centre are looked for among all.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    few: OverlapIndex,
    candidates: Candidates,
    /// The sides of each box in steps from the edge of the frame.
    steps: Vec<[u32; 4]>,
    /// For each axis: for each strip, and for the end, the set of the centres before it.
    before: [Vec<u64>; 2],
}

/// IoU of two of the boxes, if they are neighbours.
#[inline]
fn iou_above_half(boxes: &PreparedBoxes, i: usize, j: usize) -> Option<f64> {
    boxes.may_exceed(HALF, i, boxes, j).then(|| boxes.iou(i, boxes, j)).filter(|&iou| iou > HALF)
}

impl Neighbours {
    /// Calls `found` with each pair of boxes whose IoU is above one half, and that IoU. The frame surrounds all boxes.
    pub(crate) fn each(&mut self, boxes: &PreparedBoxes, frame: &Corners, mut found: impl FnMut(usize, usize, f64)) {
        if boxes.len() < 2 {
            return;
        }
        if boxes.len() <= FEW {
            return self.each_of_few(boxes, frame, found);
        }
        let words = boxes.len().div_ceil(WORD);
        let scale = Scale::new(frame, STEPS * STRIPS as u32 - 1);
        self.steps.clear();
        self.steps.extend(boxes.all().iter().map(|corners| scale.sides(corners)));
        self.sort(words);
        for i in 0..boxes.len() {
            crate::abandon::check_stop_before(boxes.len());
            let (across, down) = (self.within(0, i, words), self.within(1, i, words));
            let own = i / WORD;
            for word in own..words {
                let mut set = across(word) & down(word);
                if word == own {
                    // Later boxes only. Shifted twice, since a shift by the width of a word overflows.
                    set &= u64::MAX << (i % WORD) << 1;
                }
                while set != 0 {
                    let j = word * WORD + set.trailing_zeros() as usize;
                    set &= set - 1;
                    if let Some(iou) = iou_above_half(boxes, i, j) {
                        found(i, j, iou);
                    }
                }
            }
        }
    }

    fn each_of_few(&mut self, boxes: &PreparedBoxes, frame: &Corners, mut found: impl FnMut(usize, usize, f64)) {
        self.few.load_each(boxes.all().iter().copied(), frame);
        for i in 0..boxes.len() - 1 {
            self.few.find_from(i + 1, &boxes.centre(i), &mut self.candidates);
            self.candidates.each(|j| {
                if let Some(iou) = iou_above_half(boxes, i, j) {
                    found(i, j, iou);
                }
            });
        }
    }

    fn sort(&mut self, words: usize) {
        for (axis, before) in self.before.iter_mut().enumerate() {
            before.clear();
            before.resize((STRIPS + 1) * words, 0);
            for (index, steps) in self.steps.iter().enumerate() {
                let strip = (steps[axis] + steps[axis + 2]) / (2 * STEPS);
                before[(strip as usize + 1) * words + index / WORD] |= 1 << (index % WORD);
            }
            for at in words..before.len() {
                before[at] |= before[at - words];
            }
        }
    }

    /// The words of the set of centres between two sides of a box.
    #[inline(always)]
    fn within(&self, axis: usize, index: usize, words: usize) -> impl Fn(usize) -> u64 {
        let (before, steps) = (&self.before[axis], &self.steps[index]);
        // Two steps more on each side, since sides and centres are rounded.
        let near = (steps[axis].saturating_sub(2) / STEPS) as usize * words;
        let far = (((steps[axis + 2] + 2) / STEPS).min(STRIPS as u32 - 1) as usize + 1) * words;
        move |word| before[far + word] & !before[near + word]
    }
}
