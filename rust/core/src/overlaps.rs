//! Many boxes of one image: their IoU, and fast searches for those that overlap.
//!
//! [`PreparedBoxes`] holds what IoU needs, in double precision. [`OverlapIndex`] finds the boxes that can overlap a given
//! one. [`Neighbours`] finds the pairs among the boxes that overlap by more than half.

use crate::boxes::Floats;
use crate::geometry::{Corners, intersection, larger};

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
    /// Loads the boxes in `rows`.
    pub(crate) fn load(&mut self, xyxy: Floats, rows: &[u32]) {
        self.corners.clear();
        match xyxy {
            Floats::F32(values) => {
                let boxes = values.as_chunks::<4>().0;
                self.corners.extend(rows.iter().map(|&row| boxes[row as usize].map(f64::from)));
            }
            Floats::F64(values) => {
                let boxes = values.as_chunks::<4>().0;
                self.corners.extend(rows.iter().map(|&row| boxes[row as usize]));
            }
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

/// The boxes of one image, to be searched for those that overlap another: by columns of their sides, so that the loop over
/// them is vectorized.
///
/// The columns are of single precision, whatever the boxes are. Rounding keeps order, so boxes that overlap still do.
#[derive(Debug, Default)]
pub(crate) struct OverlapIndex {
    corners: Vec<[f32; 4]>,
    sides: [Vec<f32>; 4],
}

/// What [`OverlapIndex::find`] lists, and its working memory.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    pub(crate) list: Vec<u32>,
    marks: Vec<u8>,
}

impl OverlapIndex {
    /// Loads the boxes in `rows`.
    pub(crate) fn load(&mut self, xyxy: Floats, rows: &[u32]) {
        self.corners.clear();
        match xyxy {
            Floats::F32(values) => {
                let boxes = values.as_chunks().0;
                self.corners.extend(rows.iter().map(|&row| boxes[row as usize]));
            }
            Floats::F64(values) => {
                let boxes = values.as_chunks::<4>().0;
                self.corners.extend(rows.iter().map(|&row| boxes[row as usize].map(|side| side as f32)));
            }
        }
        for (side, values) in self.sides.iter_mut().enumerate() {
            values.clear();
            values.extend(self.corners.iter().map(|corners| corners[side]));
        }
    }

    /// Lists, in order, the boxes that overlap another; there can be some more that only touch it.
    pub(crate) fn find(&self, other: &Corners, candidates: &mut Candidates) {
        let Candidates { list, marks } = candidates;
        let [x1, y1, x2, y2] = other.map(|side| side as f32);
        let [left, top, right, bottom] = &self.sides;
        marks.clear();
        marks.extend(left.iter().zip(top).zip(right.iter().zip(bottom)).map(|((&left, &top), (&right, &bottom))| {
            u8::from((left <= x2) & (right >= x1) & (top <= y2) & (bottom >= y1))
        }));
        list.clear();
        let (words, rest) = marks.as_chunks::<8>();
        for (word, &marks) in words.iter().enumerate() {
            let mut set = u64::from_le_bytes(marks);
            while set != 0 {
                list.push(8 * word as u32 + set.trailing_zeros() / 8);
                set &= set - 1;
            }
        }
        let rest = (8 * words.len() as u32..).zip(rest);
        list.extend(rest.filter(|&(_, &mark)| mark != 0).map(|(row, _)| row));
    }
}

/// IoU above which boxes are neighbours.
const HALF: f64 = 0.5;
/// Greatest number of strips.
const STRIPS: usize = 64;
/// A coordinate is rounded to so many steps in a strip.
const STEPS: u32 = 32;
const WORD: usize = u64::BITS as usize;

/// Finds the pairs of boxes that overlap by more than half, without looking at every pair.
///
/// Such boxes hold each other's centre: with an intersection above half of the larger, the centres are less than half of
/// the smaller width and height apart. So the centres are sorted into strips along each axis, and for each strip a set of
/// bits says which centres come before it. The centres within a box are four of these sets combined.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    /// The sides of each box in steps from the edge of the frame.
    steps: Vec<[u32; 4]>,
    /// Number of strips: fewer for few boxes, where the sets would take longer than looking at more pairs.
    strips: usize,
    /// For each axis: for each strip, and for the end, the set of the centres before it.
    before: [Vec<u64>; 2],
}

impl Neighbours {
    /// Calls `found` with each pair of boxes whose IoU is above one half, and that IoU. The frame surrounds all boxes.
    pub(crate) fn each(&mut self, boxes: &PreparedBoxes, frame: &Corners, mut found: impl FnMut(usize, usize, f64)) {
        if boxes.len() < 2 {
            return;
        }
        let words = boxes.len().div_ceil(WORD);
        self.strips = boxes.len().next_power_of_two().min(STRIPS);
        self.measure(boxes, frame);
        self.sort(words);
        for i in 0..boxes.len() {
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
                    if boxes.may_exceed(HALF, i, boxes, j) {
                        let iou = boxes.iou(i, boxes, j);
                        if iou > HALF {
                            found(i, j, iou);
                        }
                    }
                }
            }
        }
    }

    fn measure(&mut self, boxes: &PreparedBoxes, frame: &Corners) {
        // Adding this to a small number leaves that number, rounded, in the last bits of the sum.
        const ROUND: f64 = (1_u64 << 52) as f64;
        let last = f64::from(STEPS) * self.strips as f64 - 1.0;
        let per_unit = [0, 1].map(|axis| last / (frame[axis + 2] - frame[axis]));
        let per_unit = per_unit.map(|steps| if steps.is_finite() { steps } else { 0.0 });
        let step = |value: f64, axis: usize| ((value - frame[axis]) * per_unit[axis] + ROUND).to_bits() as u32;
        self.steps.clear();
        self.steps.extend(boxes.all().iter().map(|b| [step(b[0], 0), step(b[1], 1), step(b[2], 0), step(b[3], 1)]));
    }

    fn sort(&mut self, words: usize) {
        for (axis, before) in self.before.iter_mut().enumerate() {
            before.clear();
            before.resize((self.strips + 1) * words, 0);
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
        let far = (((steps[axis + 2] + 2) / STEPS).min(self.strips as u32 - 1) as usize + 1) * words;
        move |word| before[far + word] & !before[near + word]
    }
}
