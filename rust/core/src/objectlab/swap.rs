//! Swapped: a very confident prediction of another class lies where the annotation is.

use crate::geometry::{Corners, iou, larger};
use crate::objectlab::image_pairs::Pairs;

/// IoU at which two annotations of different classes are one object labelled twice.
pub const LABEL_OVERLAP_THRESHOLD: f64 = 0.95;

/// Score of the annotation `n`: 1 less its greatest similarity to a prediction of another class, but no less than the
/// least similarity of the data set; 1 if there is none. `confident` lists the predictions above the high threshold.
/// With `overlapping_label_check`, an object labelled twice has the least score.
pub(crate) fn score(
    pairs: &Pairs,
    n: usize,
    confident: &[usize],
    least_similarity: f64,
    overlapping_label_check: bool,
) -> f64 {
    if overlapping_label_check && labelled_twice(pairs, n) {
        return least_similarity;
    }
    let class = pairs.annotation_class[n];
    let others = confident.iter().filter(|&&j| pairs.prediction_class[j] != class);
    pairs.greatest(others.map(|&j| (n, j))).map_or(1.0, |greatest| larger(least_similarity, 1.0 - greatest))
}

/// Whether another annotation, of a different class, has practically the box of the annotation `n`.
fn labelled_twice(pairs: &Pairs, n: usize) -> bool {
    let (a, class) = (&pairs.annotations[n], pairs.annotation_class[n]);
    let mut others = pairs.annotations.iter().zip(pairs.annotation_class);
    others.any(|(b, &of)| may_coincide(a, b) && of != class && iou(a, b) >= LABEL_OVERLAP_THRESHOLD)
}

/// False only where the left edges alone keep the IoU below the threshold, which nearly always tells: an edge that is
/// off by more than 0.05 of the wider box leaves less than 0.95 of that box shared.
fn may_coincide(a: &Corners, b: &Corners) -> bool {
    (a[0] - b[0]).abs() <= 0.051 * larger(a[2] - a[0], b[2] - b[0])
}
