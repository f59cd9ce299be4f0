//! Swapped: a very confident prediction of another class lies where the annotation is.

use crate::boxes::ImageBoxes;
use crate::geometry::{iou, larger};
use crate::pairs::Pairs;

/// IoU at which two annotations of different classes are one object labelled twice.
pub const LABEL_OVERLAP_THRESHOLD: f64 = 0.95;

/// Score of the annotation `n`: 1 less its greatest similarity to a prediction of another class, but no less than the
/// least similarity of the data set; 1 if there is none. `confident` lists the predictions above the high threshold.
/// With `overlapping_label_check`, an object labelled twice has the least score.
pub(crate) fn score(
    pairs: &Pairs,
    n: usize,
    confident: &[u32],
    least_similarity: f64,
    overlapping_label_check: bool,
) -> f64 {
    if overlapping_label_check && labelled_twice(&pairs.annotations, n) {
        return least_similarity;
    }
    let class = pairs.annotations.class_id[n];
    let others = confident.iter().map(|&j| j as usize).filter(|&j| pairs.predictions.class_id[j] != class);
    pairs.greatest_similarity(others.map(|j| (n, j))).map_or(1.0, |greatest| larger(least_similarity, 1.0 - greatest))
}

/// Whether another annotation, of a different class, has practically the box of the annotation `n`.
fn labelled_twice(annotations: &ImageBoxes, n: usize) -> bool {
    let a = annotations.corners(n);
    (0..annotations.len()).any(|m| {
        annotations.class_id[m] != annotations.class_id[n]
            && iou(&a, &annotations.corners(m)) >= LABEL_OVERLAP_THRESHOLD
    })
}
