//! A number for each bin of the score, and the curve that never falls through such numbers.

use crate::check::statistics::SCORE_BINS;

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
