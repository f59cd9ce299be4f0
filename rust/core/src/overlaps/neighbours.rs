//! The pairs among the boxes of one image that overlap by more than half.

use crate::abandon::check_stop_before;
use crate::overlaps::index::OverlapIndex;
use crate::overlaps::prepared::{Overlap, PreparedBoxes};

/// IoU above which boxes are neighbours.
const HALF: f64 = 0.5;
/// Of so few boxes, looking at all pairs is faster than sorting them into strips.
const FEW: usize = 8;
/// Steps of the index in a strip.
const STEPS: usize = 8;
/// Number of strips along each axis.
const STRIPS: usize = 256 / STEPS;
const WORD: usize = u64::BITS as usize;

/// Finds the pairs of boxes that overlap by more than half, without looking at every pair.
///
/// Such boxes hold each other's centre: with an intersection above half of the larger, the centres are less than half of
/// the smaller width and height apart. So the centres are sorted into strips along each axis, and for each strip a set of
/// bits says which centres come before it. The centres within a box are four of these sets combined.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    /// Of so many boxes as a word has bits, one after the other: for each axis, and on it for each strip and for the end, the
    /// set of the centres before it.
    before: Vec<[Before; 2]>,
}

type Before = [u64; STRIPS + 1];

impl Neighbours {
    /// Calls `found` with each pair of boxes whose IoU is above one half, and what they share. The index holds the boxes.
    pub(crate) fn each(
        &mut self,
        boxes: &PreparedBoxes,
        index: &OverlapIndex,
        mut found: impl FnMut(usize, usize, Overlap),
    ) {
        let mut look = |i: usize, j: usize| {
            let overlap = boxes.overlap(i, boxes, j);
            if overlap.exceeds(HALF) {
                found(i, j, overlap);
            }
        };
        if boxes.len() <= FEW {
            (0..boxes.len()).for_each(|i| (i + 1..boxes.len()).for_each(|j| look(i, j)));
            return;
        }
        self.sort(index.sides());
        for (i, &sides) in index.sides().iter().enumerate() {
            check_stop_before(boxes.len());
            let own = i / WORD;
            // Later boxes only. Shifted twice, since a shift by the width of a word overflows.
            let mut wanted = u64::MAX << (i % WORD) << 1;
            for word in own..self.before.len() {
                let [across, down] = &self.before[word];
                let mut set = within(across, sides[0], sides[2]) & within(down, sides[1], sides[3]) & wanted;
                wanted = u64::MAX;
                while set != 0 {
                    look(i, word * WORD + set.trailing_zeros() as usize);
                    set &= set - 1;
                }
            }
        }
    }

    fn sort(&mut self, all: &[[u8; 4]]) {
        self.before.clear();
        self.before.resize(all.len().div_ceil(WORD), [[0; STRIPS + 1]; 2]);
        for (before, all) in self.before.iter_mut().zip(all.chunks(WORD)) {
            for (bit, sides) in all.iter().enumerate() {
                for axis in 0..2 {
                    before[axis][strip(u8::midpoint(sides[axis], sides[axis + 2])) + 1] |= 1 << bit;
                }
            }
            for before in before {
                let mut sum = 0;
                for set in before {
                    sum |= *set;
                    *set = sum;
                }
            }
        }
    }
}

/// The strip of a step of the index.
#[inline]
fn strip(step: u8) -> usize {
    usize::from(step) / STEPS
}

/// The set of centres between two sides of a box.
#[inline]
fn within(before: &Before, from: u8, to: u8) -> u64 {
    // A step more on each side: the rounded centre is one step at most from the middle of the rounded sides.
    before[strip(to.saturating_add(1)) + 1] & !before[strip(from.saturating_sub(1))]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::boxes::Floats;
    use crate::overlaps::{NOTHING, surround};

    proptest! {
        /// Whatever the number and the size of boxes, all pairs are found, each once; also of boxes that are smaller than a
        /// step, where another one is `wide`.
        #[test]
        fn finds_all_pairs(
            corners in prop::collection::vec((0_i32..40, 0_i32..40, 0_i32..30, 0_i32..30), 0..200),
            wide in prop::sample::select(vec![0, 300, 1000]),
            far in prop::sample::select(vec![1.0, 1e-3, 1e9]),
        ) {
            let corners = corners.iter().map(|&(x, y, w, h)| [x, y, x + w, y + h]).chain([[-wide, -wide, wide, wide]]);
            let xyxy: Vec<f64> = corners.flatten().map(|side| f64::from(side) * far).collect();
            let rows: Vec<u32> = (0..xyxy.len() as u32 / 4).collect();
            let (mut boxes, mut index) = (PreparedBoxes::default(), OverlapIndex::default());
            boxes.load(Floats::F64(&xyxy), &rows);
            index.load_each(boxes.all().iter().copied(), &surround(Floats::F64(&xyxy), &rows, NOTHING));
            let mut found = Vec::new();
            Neighbours::default().each(&boxes, &index, |i, j, _| found.push((i, j)));
            let pairs = (0..boxes.len()).flat_map(|i| (i + 1..boxes.len()).map(move |j| (i, j)));
            let expected: Vec<_> = pairs.filter(|&(i, j)| boxes.iou(i, &boxes, j) > HALF).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
