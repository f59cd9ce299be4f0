//! Which boxes and images are issues: a box is one where its score is at or below the threshold of its class.

use crate::matching::Matches;
use crate::minimum::{Least, least_similarity};
use crate::pairs::DataSet;
use crate::parallel;
use crate::precision::Ranking;
use crate::rank::{
    HIGH_PROBABILITY_THRESHOLD, LOW_PROBABILITY_THRESHOLD, Scratch, badloc_box_scores, overlooked_box_scores,
    swap_box_scores,
};

/// What share of its average precision is the threshold of a class.
pub const THRESHOLD_FACTOR: f64 = 0.25 * 0.8;

/// The thresholds of each class, by type of error. A class beyond the end of a list has the threshold 0.
#[derive(Clone, Copy, Debug)]
pub struct Thresholds<'a> {
    /// For predictions that may have been overlooked, by their class.
    pub overlooked: &'a [f64],
    /// For annotations that may be badly located, by their class.
    pub badloc: &'a [f64],
    /// For annotations that may be swapped, by their class.
    pub swap: &'a [f64],
}

/// Which predictions were overlooked, and which annotations are badly located and swapped.
#[must_use]
pub fn box_issues(data: &DataSet, thresholds: Thresholds, overlapping_label_check: bool) -> [Vec<bool>; 3] {
    let least = least_similarity(data, 0..data.images());
    let flag = |scores: Vec<f64>, classes: &[i32], thresholds: &[f64]| {
        scores.iter().zip(classes).map(|(&score, &class)| is_issue(score, class, thresholds)).collect()
    };
    let (low, high) = (LOW_PROBABILITY_THRESHOLD, HIGH_PROBABILITY_THRESHOLD);
    let (annotated, predicted) = (data.annotations().class_id(), data.predictions().class_id());
    [
        flag(overlooked_box_scores(data, |_| least, high), predicted, thresholds.overlooked),
        flag(badloc_box_scores(data, low), annotated, thresholds.badloc),
        flag(swap_box_scores(data, |_| least, high, overlapping_label_check), annotated, thresholds.swap),
    ]
}

/// Which images have a box that is an issue, by the thresholds that follow from the data set itself.
#[must_use]
pub fn image_issues(data: &DataSet, overlapping_label_check: bool) -> Vec<bool> {
    let images = 0..data.images();
    let least = Least::new(1.0);
    let ranking = Ranking::new(Matches::with(data, images.clone(), 0, |part| least.search(data, part)));
    let least = least.get();
    let places = ranking.places(data, images.clone(), 0);
    let thresholds: Vec<f64> = ranking.average_precision(&places).iter().map(|ap| ap * THRESHOLD_FACTOR).collect();
    let (low, high) = (LOW_PROBABILITY_THRESHOLD, HIGH_PROBABILITY_THRESHOLD);
    let mut issues = vec![false; data.images()];
    parallel::each(images, &mut issues, &|image| image, &|scratch: &mut Scratch, index, out| {
        scratch.pairs.load(data, index, low);
        let any = |scores: &[f64], classes: &mut dyn Iterator<Item = i32>| {
            scores.iter().zip(classes).any(|(&score, class)| is_issue(score, class, &thresholds))
        };
        let annotated = data.annotations().image(index).class_id;
        out[0] = any(scratch.badloc(low), &mut annotated.iter().copied())
            || any(scratch.swap(high, least, overlapping_label_check), &mut annotated.iter().copied())
            || {
                scratch.overlooked(high, least);
                let Scratch { pairs, confident, scores } = scratch;
                any(scores, &mut confident.iter().map(|&j| pairs.prediction_class[j]))
            };
    });
    issues
}

/// A score that is NaN, since nothing speaks against the box, counts as 1.
fn is_issue(score: f64, class: i32, thresholds: &[f64]) -> bool {
    let score = if score.is_nan() { 1.0 } else { score };
    score <= thresholds.get(class as usize).copied().unwrap_or(0.0)
}
