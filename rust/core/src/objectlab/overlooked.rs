//! Overlooked: a confident prediction where nothing is annotated.

use crate::objectlab::image_pairs::Pairs;

/// Score of the prediction `j`, whose own score is at or above the high threshold: NaN if it is spared or
/// meets any annotation, else
/// its similarity to the nearest annotation of its class, else a share of the least similarity of the data set.
pub(crate) fn score(pairs: &Pairs, j: usize, least_similarity: f64) -> f64 {
    let annotated = 0..pairs.annotations.len();
    if pairs.is_spared(j) || annotated.clone().any(|n| pairs.meet(n, j)) {
        return f64::NAN;
    }
    let class = pairs.prediction_class[j];
    let same = annotated.filter(|&n| pairs.annotation_class[n] == class);
    pairs.greatest(same.map(|n| (n, j))).unwrap_or_else(|| least_similarity * (1.0 - pairs.score[j]))
}
