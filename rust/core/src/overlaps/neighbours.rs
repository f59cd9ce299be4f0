//! The pairs among the boxes of one image that overlap by more than half.

use crate::abandon::check_stop_before;
use crate::geometry::Corners;
use crate::overlaps::index::{OverlapIndex, Scale};
use crate::overlaps::prepared::PreparedBoxes;

/// IoU above which boxes are neighbours.
const HALF: f64 = 0.5;
/// Up to so many boxes, looking at all centres is faster than sorting them into strips.
const FEW: usize = 64;
/// Number of strips along each axis.
const STRIPS: usize = 64;
/// A coordinate is rounded to so many steps in a strip.
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
    /// Calls `found` with each pair of boxes whose IoU is above one half, and that IoU. The frame surrounds all boxes, and the
    /// index holds them.
    pub(crate) fn each(
        &mut self,
        boxes: &PreparedBoxes,
        index: &OverlapIndex,
        frame: &Corners,
        mut found: impl FnMut(usize, usize, f64),
    ) {
        if boxes.len() <= FEW {
            for i in 0..boxes.len().saturating_sub(1) {
                index.each_later_at_centre(i, |j| {
                    if let Some(iou) = iou_above_half(boxes, i, j) {
                        found(i, j, iou);
                    }
                });
            }
            return;
        }
        let words = boxes.len().div_ceil(WORD);
        let scale = Scale::new(frame, STEPS * STRIPS as u32 - 1);
        self.steps.clear();
        self.steps.extend(boxes.all().iter().map(|corners| scale.sides(corners)));
        self.sort(words);
        for i in 0..boxes.len() {
            check_stop_before(boxes.len());
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
