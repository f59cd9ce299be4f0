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
    scale: Scale,
    /// The sides of each box.
    sides: Vec<[u8; 4]>,
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
    pub(crate) fn load_each(&mut self, boxes: impl ExactSizeIterator<Item = Corners>, frame: &Corners) {
        let scale = Scale::new(frame, u8::MAX.into());
        self.scale = scale;
        self.sides.clear();
        self.sides.extend(boxes.map(|corners| scale.sides(&corners).map(|side| side as u8)));
        self.blocks.resize(self.sides.len().div_ceil(BLOCK), [[0; BLOCK]; 4]);
        for (block, sides) in self.blocks.iter_mut().zip(self.sides.chunks(BLOCK)) {
            for (sides, &place) in sides.iter().zip(&PLACES) {
                for side in 0..4 {
                    block[side][usize::from(place) % BLOCK] = sides[side];
                }
            }
        }
    }

    /// Calls `work` with each box that overlaps another one, which the frame surrounds, in order; and with some more that are
    /// near it.
    #[inline]
    pub(crate) fn each_near(&self, other: &Corners, mut work: impl FnMut(usize)) {
        check_stop_before(self.blocks.len() * BLOCK);
        let sides = self.scale.sides(other).map(|side| side as u8);
        for (number, block) in self.blocks.iter().enumerate() {
            let left = self.sides.len() - number * BLOCK;
            let within = if left < BLOCK { !(u32::MAX << left) } else { u32::MAX };
            let mut set = overlapping(block, sides) & within;
            while set != 0 {
                work(number * BLOCK + set.trailing_zeros() as usize);
                set &= set - 1;
            }
        }
    }

    /// The left, top, right and bottom sides of all boxes, in steps from 0 to 255 across the frame.
    #[inline]
    pub(crate) fn sides(&self) -> &[[u8; 4]] {
        &self.sides
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::overlaps::{NOTHING, PreparedBoxes, surround};

    proptest! {
        /// Whatever the number of boxes, none is overlooked, and all come in order.
        #[test]
        fn finds_all_that_overlap(
            corners in prop::collection::vec((0_i32..200, 0_i32..200, 0_i32..60, 0_i32..60), 1..100),
            far in prop::sample::select(vec![1.0, 1e-3, 1e9]),
        ) {
            let xyxy = corners.iter().flat_map(|&(x, y, w, h)| [x, y, x + w, y + h].map(|side| f64::from(side) * far));
            let (xyxy, rows): (Vec<f64>, Vec<u32>) = (xyxy.collect(), (0..corners.len() as u32).collect());
            let (mut boxes, mut index) = (PreparedBoxes::default(), OverlapIndex::default());
            boxes.load(Floats::F64(&xyxy), &rows);
            index.load_each(boxes.all().iter().copied(), &surround(Floats::F64(&xyxy), &rows, NOTHING));
            for i in 0..boxes.len() {
                let mut near = Vec::new();
                index.each_near(&boxes.corners(i), |j| near.push(j));
                prop_assert!(near.is_sorted() && near.last() < Some(&boxes.len()));
                for j in 0..boxes.len() {
                    prop_assert!(boxes.iou(i, &boxes, j) == 0.0 || near.contains(&j));
                }
            }
        }
    }
}
