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
    pub(crate) fn load_each(&mut self, mut boxes: impl ExactSizeIterator<Item = Corners>, frame: &Corners) {
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
    pub(crate) fn find_from(&self, first: usize, other: &Corners, candidates: &mut Candidates) {
        check_stop_before(self.blocks.len() * BLOCK);
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
    #[inline]
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
