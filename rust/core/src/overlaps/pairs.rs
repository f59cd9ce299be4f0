//! Pairs of boxes that overlap by more than half, without looking at every pair.
//!
//! Such boxes hold each other's centre: with an intersection above half of the larger, the centres are less than half of
//! the smaller width and height apart. So the centres are sorted into strips along each axis, and for each strip a set of
//! bits says which centres come before it; those within a box are four sets combined.

use crate::geometry::Corners;
use crate::overlaps::prepared::Sides;

/// IoU above which boxes are neighbours.
pub(crate) const HALF: f64 = 0.5;
/// Greatest number of strips.
const STRIPS: usize = 64;
/// Steps of a coordinate in a strip.
const STEPS: u32 = 32;
const WORD: usize = u64::BITS as usize;

/// Room for the sets.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    /// The sides of each box in steps from the edge of the frame.
    steps: Vec<[u32; 4]>,
    /// Fewer for few boxes, for which they would take longer than looking at more pairs.
    strips: usize,
    /// For each axis: for each strip, and the end, the centres before it.
    before: [Vec<u64>; 2],
}

impl Neighbours {
    /// Calls `found` with each pair of boxes whose IoU is above one half, and that IoU. The frame surrounds all boxes.
    pub(crate) fn each(&mut self, boxes: &Sides, frame: &Corners, mut found: impl FnMut(usize, usize, f64)) {
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
                    // Later boxes only; shifted twice, since a shift by a whole word is none.
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

    fn measure(&mut self, boxes: &Sides, frame: &Corners) {
        // Added to a small number, it leaves that number, rounded, in the last bits.
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
        // Sides and centres are rounded.
        let near = (steps[axis].saturating_sub(2) / STEPS) as usize * words;
        let far = (((steps[axis + 2] + 2) / STEPS).min(self.strips as u32 - 1) as usize + 1) * words;
        move |word| before[far + word] & !before[near + word]
    }
}
