//! Curves by score that never fall, and how many objects without annotation the detector sees, by class and score.
//!
//! An unmatched prediction is free, if no annotation touches it, or poor: a loose box, a second box or a wrong class of an
//! annotated object. False detections become less often free, and more often poor, as confidence rises. So where more of
//! the confident ones are free than of the weak ones, the rest are objects that nobody annotated.

use crate::check::statistics::{ClassCounts, SCORE_BINS};
use crate::geometry::larger;

/// Predictions of at most this confidence are nearly all false.
const WEAK: f64 = 0.05;
/// Free predictions for each poor one where there are no weak predictions to count.
const USUAL: f64 = 2.0;
/// The ratio of all classes is counted together with so many poor predictions at the usual ratio, that of a class with so
/// many at the ratio of all.
const PSEUDO_POOR: f64 = 30.0;
/// Each bin is counted together with so many poor predictions, and as many free ones as false detections would give.
const PSEUDO_POOR_OF_BIN: f64 = 10.0;

/// For each class, given its confidence, the objects without annotation among its predictions in each bin of the score.
pub(crate) fn omitted(classes: &[(Curve, &ClassCounts)]) -> Vec<Curve> {
    let weak: Vec<[f64; 2]> =
        classes.iter().map(|(confidence, counts)| free_and_poor_of_weak(confidence, counts)).collect();
    let [free, poor] = weak.iter().fold([0.0; 2], |sum, class| [sum[0] + class[0], sum[1] + class[1]]);
    let of_all = (free + PSEUDO_POOR * USUAL) / (poor + PSEUDO_POOR);
    let of_class = classes.iter().zip(weak).map(|((confidence, counts), [free, poor])| {
        let ratio = (free + PSEUDO_POOR * of_all) / (poor + PSEUDO_POOR);
        std::array::from_fn(|bin| {
            let [free, poor] = free_and_poor(counts, bin);
            let share = larger(free - ratio * poor, 0.0) / (free + ratio * PSEUDO_POOR_OF_BIN);
            if confidence[bin] > WEAK { free * share } else { 0.0 }
        })
    });
    of_class.collect()
}

fn free_and_poor_of_weak(confidence: &Curve, counts: &ClassCounts) -> [f64; 2] {
    let weak = (0..SCORE_BINS).filter(|&bin| confidence[bin] <= WEAK).map(|bin| free_and_poor(counts, bin));
    weak.fold([0.0; 2], |sum, bin| [sum[0] + bin[0], sum[1] + bin[1]])
}

fn free_and_poor(counts: &ClassCounts, bin: usize) -> [f64; 2] {
    let [all, matches, free] = counts.predictions.each_ref().map(|counts| counts[bin] as f64);
    [free, all - matches - free]
}

/// A number for each bin of the score.
pub(crate) type Curve = [f64; SCORE_BINS];

/// Isotonic regression of (value, weight): the sequence that never falls and is nearest in weighted squares, by pooling
/// adjacent violators.
pub(crate) fn isotonic(values: [(f64, f64); SCORE_BINS]) -> Curve {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(SCORE_BINS);
    for (value, weight) in values {
        let mut last = (value, weight, 1);
        while let Some(&(mean, weight, length)) = blocks.last().filter(|block| block.0 >= last.0) {
            let total = weight + last.1;
            last = ((mean * weight + last.0 * last.1) / total, total, length + last.2);
            blocks.pop();
        }
        blocks.push(last);
    }
    let mut curve = [0.0; SCORE_BINS];
    let means = blocks.iter().flat_map(|&(mean, _, length)| std::iter::repeat_n(mean, length));
    curve.iter_mut().zip(means).for_each(|(point, mean)| *point = mean);
    curve
}
