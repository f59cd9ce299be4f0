//! Pairs of boxes that overlap by more than half, without looking at every pair.
//!
//! Such boxes hold each other's centre: with an intersection above half of the larger, the centres are less than half of
//! the smaller width and height apart. The centres are sorted into strips along each axis, and for each strip a set of
//! bits says which centres come before it; so the centres within a box are four sets combined.

use crate::check::sides::Sides;
use crate::geometry::{larger, smaller};

/// IoU above which boxes are neighbours.
pub(crate) const HALF: f64 = 0.5;
const STRIPS: usize = 32;
const WORD: usize = u64::BITS as usize;

/// Room for the sets.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    axes: [Axis; 2],
}

#[derive(Debug, Default)]
struct Axis {
    low: f64,
    strips_per_unit: f64,
    /// For each strip, and the end, the centres before it.
    before: Vec<u64>,
}

impl Neighbours {
    /// Calls `found` with each pair of boxes whose IoU is above one half, and that IoU.
    pub(crate) fn each(&mut self, boxes: &Sides, mut found: impl FnMut(usize, usize, f64)) {
        let words = boxes.len().div_ceil(WORD);
        for (axis, index) in self.axes.iter_mut().enumerate() {
            index.sort(words, (0..boxes.len()).map(|i| boxes.corners(i)[axis] + boxes.corners(i)[axis + 2]));
        }
        for i in 0..boxes.len() {
            let [x1, y1, x2, y2] = boxes.corners(i);
            let [across, down] = &self.axes;
            let (across, down) = (across.within(words, x1, x2), down.within(words, y1, y2));
            let own = i / WORD;
            for word in own..words {
                let mut set = across(word) & down(word);
                if word == own {
                    // Later boxes only; shifted twice, since a shift by a whole word is none.
                    set &= u64::MAX << (i % WORD) << 1;
                }
                while set != 0 {
                    let j = word * WORD + set.trailing_zeros() as usize;
                    set &= set - 1;
                    let iou = boxes.iou(i, boxes, j);
                    if iou > HALF {
                        found(i, j, iou);
                    }
                }
            }
        }
    }
}

impl Axis {
    /// Sorts centres, given as the sum of two sides.
    fn sort(&mut self, words: usize, centres: impl Iterator<Item = f64> + Clone) {
        let (low, high) = centres
            .clone()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), c| (smaller(c, low), larger(c, high)));
        self.low = low;
        self.strips_per_unit = if high > low { STRIPS as f64 / (high - low) } else { 0.0 };
        self.before.clear();
        self.before.resize((STRIPS + 1) * words, 0);
        for (index, centre) in centres.enumerate() {
            let next = (self.strip(centre) + 1) * words;
            self.before[next + index / WORD] |= 1 << (index % WORD);
        }
        for at in words..self.before.len() {
            self.before[at] |= self.before[at - words];
        }
    }

    fn strip(&self, centre: f64) -> usize {
        (((centre - self.low) * self.strips_per_unit) as usize).min(STRIPS - 1)
    }

    /// The words of the set of centres in the strips from one side to another.
    fn within(&self, words: usize, near: f64, far: f64) -> impl Fn(usize) -> u64 {
        let start = &self.before[self.strip(2.0 * near) * words..];
        let end = &self.before[(self.strip(2.0 * far) + 1) * words..];
        move |word| end[word] & !start[word]
    }
}
