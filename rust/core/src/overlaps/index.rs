//! Searches many boxes of one image for those that overlap a given one.

use crate::abandon::check_stop_before;
use crate::boxes::Floats;
use crate::geometry::Corners;

/// Measures sides in whole steps from the edges of a frame that surrounds all boxes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scale {
    edge: [f64; 2],
    /// Steps in a pixel, along each axis.
    per_pixel: [f64; 2],
}

impl Scale {
    /// So many steps across the frame.
    pub(crate) fn new(frame: &Corners, steps: u32) -> Self {
        let per_pixel = [0, 1].map(|axis| f64::from(steps) / (frame[axis + 2] - frame[axis]));
        let per_pixel = per_pixel.map(|steps| if steps.is_finite() { steps } else { 0.0 });
        Self { edge: [frame[0], frame[1]], per_pixel }
    }

    /// The sides of a box in steps, rounded. Rounding keeps order, so boxes that overlap still do.
    #[inline]
    pub(crate) fn sides(&self, corners: &Corners) -> [u32; 4] {
        // Adding this to a small number leaves that number, rounded, in the last bits of the sum.
        const ROUND: f64 = (1_u64 << 52) as f64;
        std::array::from_fn(|side| {
            ((corners[side] - self.edge[side % 2]) * self.per_pixel[side % 2] + ROUND).to_bits() as u32
        })
    }
}

/// Boxes of a block, of which a set of bits has a bit each.
const BLOCK: usize = u32::BITS as usize;
/// The left, top, right and bottom sides of these boxes.
type Block = [[u8; BLOCK]; 4];

/// Where the sides of each box stand in the columns of its block: eight boxes are as many words apart, so that the words, each
/// with a bit of its own in all bytes, make up the set.
const PLACES: [u8; BLOCK] = {
    let mut places = [0; BLOCK];
    let mut at = 0;
    while at < BLOCK {
        places[at] = (at % 8 * (BLOCK / 8) + at / 8) as u8;
        at += 1;
    }
    places
};

/// The bit of each place in its byte.
const BITS: [u8; BLOCK] = {
    let mut bits = [0; BLOCK];
    let mut at = 0;
    while at < BLOCK {
        bits[at] = 1 << (at / (BLOCK / 8));
        at += 1;
    }
    bits
};

/// The boxes of one image, to be searched for those that overlap another: in blocks of columns of their sides, in a byte
/// each, so that one instruction compares sixteen.
#[derive(Debug, Default)]
pub(crate) struct OverlapIndex {
    count: usize,
    scale: Scale,
    /// What follows the last box means nothing.
    blocks: Vec<Block>,
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
    pub(crate) fn load_each(&mut self, mut boxes: impl ExactSizeIterator<Item = Corners>, frame: &Corners) {
        self.count = boxes.len();
        self.scale = Scale::new(frame, u8::MAX.into());
        self.blocks.resize(self.count.div_ceil(BLOCK), [[0; BLOCK]; 4]);
        for block in &mut self.blocks {
            let boxes = boxes.by_ref().take(BLOCK);
            for (corners, &place) in boxes.zip(&PLACES) {
                let sides = self.scale.sides(&corners);
                for side in 0..4 {
                    block[side][usize::from(place) % BLOCK] = sides[side] as u8;
                }
            }
        }
    }

    /// Calls `work` with each box that overlaps another one, which the frame surrounds, in order; and with some more that are
    /// near it.
    #[inline]
    pub(crate) fn each_near(&self, other: &Corners, work: impl FnMut(usize)) {
        check_stop_before(self.blocks.len() * BLOCK);
        self.each_from(0, self.scale.sides(other).map(|side| side as u8), work);
    }

    /// The same with the boxes after number `index` that hold its centre.
    #[inline]
    pub(crate) fn each_later_at_centre(&self, index: usize, work: impl FnMut(usize)) {
        check_stop_before(self.blocks.len() * BLOCK);
        let sides = self.blocks[index / BLOCK].map(|column| column[usize::from(PLACES[index % BLOCK])]);
        // The rounded centre is one step at most from the middle of the rounded sides.
        let middle = |axis: usize| u8::midpoint(sides[axis], sides[axis + 2]);
        let [x1, y1] = [0, 1].map(|axis| middle(axis).saturating_sub(1));
        let [x2, y2] = [0, 1].map(|axis| middle(axis).saturating_add(2));
        self.each_from(index + 1, [x1, y1, x2, y2], work);
    }

    #[inline]
    fn each_from(&self, first: usize, sides: [u8; 4], mut work: impl FnMut(usize)) {
        let mut wanted = u32::MAX << (first % BLOCK);
        for number in first / BLOCK..self.blocks.len() {
            let left = self.count - number * BLOCK;
            if left < BLOCK {
                wanted &= !(u32::MAX << left);
            }
            let mut set = overlapping(&self.blocks[number], sides) & wanted;
            while set != 0 {
                work(number * BLOCK + set.trailing_zeros() as usize);
                set &= set - 1;
            }
            wanted = u32::MAX;
        }
    }
}

/// Which boxes of a block overlap another, as a set of bits.
#[inline]
fn overlapping([left, top, right, bottom]: &Block, [x1, y1, x2, y2]: [u8; 4]) -> u32 {
    let mut marks = [0; BLOCK];
    for at in 0..BLOCK {
        let overlaps = (left[at] <= x2) & (right[at] >= x1) & (top[at] <= y2) & (bottom[at] >= y1);
        marks[at] = if overlaps { BITS[at] } else { 0 };
    }
    marks.as_chunks().0.iter().fold(0, |set, &bytes| set | u32::from_le_bytes(bytes))
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
