//! Badly located: the predictions of its class that lie on an annotation fit it poorly.

use crate::objectlab::image_pairs::Pairs;

/// Score of the annotation `n`: its greatest similarity to a prediction of its class that meets it, 1 if there is none.
/// `confident` lists the predictions above the low threshold.
pub(crate) fn score(pairs: &Pairs, n: usize, confident: &[usize]) -> f64 {
    let class = pairs.annotation_class[n];
    let same = confident.iter().filter(|&&j| pairs.prediction_class[j] == class);
    pairs.greatest_meeting(same.map(|&j| (n, j))).unwrap_or(1.0)
}
