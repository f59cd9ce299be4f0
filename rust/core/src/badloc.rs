//! Badly located: the predictions of its class that lie on an annotation fit it poorly.

use crate::pairs::Pairs;

/// Score of the annotation `n`: its greatest similarity to a prediction of its class that meets it, 1 if there is none.
/// `confident` lists the predictions above the low threshold.
pub(crate) fn score(pairs: &Pairs, n: usize, confident: &[u32]) -> f64 {
    let class = pairs.annotations.class_id[n];
    let same = confident.iter().map(|&j| j as usize).filter(|&j| pairs.predictions.class_id[j] == class);
    pairs.greatest_similarity(same.filter(|&j| pairs.iou(n, j) > 0.0).map(|j| (n, j))).unwrap_or(1.0)
}
