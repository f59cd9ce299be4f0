//! Which boxes and images are issues: a box is one where its score is at or below the threshold of its class.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::metrics::average_precision::Ranking;
use crate::metrics::matching::Matches;
use crate::objectlab::image_pairs::DataSet;
use crate::objectlab::min_similarity::{Sweep, least_similarity};
use crate::objectlab::scores::{
    HIGH_PROBABILITY_THRESHOLD, LOW_PROBABILITY_THRESHOLD, Scratch, badloc_box_scores, overlooked_box_scores,
    swap_box_scores,
};
use crate::parallel;

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
    let (sweep, candidates) = (Sweep::new(1.0), Mutex::new(Vec::new()));
    let find = |part: Range<usize>, least: f64| {
        let found = find_candidates(data, part, least, overlapping_label_check);
        candidates.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
    };
    let matches = Matches::with(data, images.clone(), 0, |part| find(part.clone(), sweep.search(data, part)));
    let (least, early) = sweep.end();
    candidates.lock().unwrap_or_else(PoisonError::into_inner).retain(|found| !early.contains(&found.image));
    parallel::parts(early, &mut [], &|_| 0, &|part, _: &mut [()]| find(part, least));

    let ranking = Ranking::new(matches);
    let precision = ranking.average_precision(&ranking.places(data, images, 0));
    let thresholds: Vec<f64> = precision.iter().map(|precision| precision * THRESHOLD_FACTOR).collect();
    let mut issues = vec![false; data.images()];
    for Candidate { image, class, score } in candidates.into_inner().unwrap_or_else(PoisonError::into_inner) {
        issues[image] |= is_issue(score, class, &thresholds);
    }
    issues
}

/// A box whose score may be at or below the threshold of its class.
struct Candidate {
    image: usize,
    class: i32,
    score: f64,
}

/// Lists the boxes that are issues if the average precision of their class is 1, the greatest that there is.
fn find_candidates(
    data: &DataSet,
    images: Range<usize>,
    least_similarity: f64,
    overlapping_label_check: bool,
) -> Vec<Candidate> {
    let (low, high) = (LOW_PROBABILITY_THRESHOLD, HIGH_PROBABILITY_THRESHOLD);
    let (mut scratch, mut candidates) = (Scratch::default(), Vec::new());
    for image in images {
        scratch.pairs.load(data, image, low);
        let mut add = |scores: &[f64], class: &dyn Fn(usize) -> i32| {
            let rows = (0..scores.len()).filter(|&row| scores[row] <= THRESHOLD_FACTOR);
            candidates.extend(rows.map(|row| Candidate { image, class: class(row), score: scores[row] }));
        };
        let annotated = data.annotations().image(image).class_id;
        add(scratch.badloc(low), &|row| annotated[row]);
        add(scratch.swap(high, least_similarity, overlapping_label_check), &|row| annotated[row]);
        scratch.overlooked(high, least_similarity);
        let Scratch { pairs, confident, scores } = &scratch;
        add(scores, &|row| pairs.prediction_class[confident[row]]);
    }
    candidates
}

/// A score that is NaN, since nothing speaks against the box, counts as 1.
fn is_issue(score: f64, class: i32, thresholds: &[f64]) -> bool {
    let score = if score.is_nan() { 1.0 } else { score };
    score <= thresholds.get(class as usize).copied().unwrap_or(0.0)
}
