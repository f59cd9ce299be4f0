//! The scores of boxes, one type of error after another (ObjectLab, section 3): the lower, the likelier the error.
//!
//! - overlooked: a confident prediction where nothing is annotated; a score for each prediction.
//! - badloc: the predictions of its class on an annotation fit it poorly; a score for each annotation.
//! - swap: a very confident prediction of another class lies where the annotation is; a score for each annotation.

use crate::abandon::{check_stop_before, filled};
use crate::geometry::{Corners, iou, larger};
use crate::objectlab::image_pairs::{ImagePairs, Pairs};
use crate::objectlab::min_similarity::MinSimilarity;
use crate::parallel;

/// Predictions that score above this count for badloc, unless given.
pub const LOW_PROBABILITY_THRESHOLD: f64 = 0.5;
/// Predictions that score at least this count for overlooked, those that score more for swap, unless given.
pub const HIGH_PROBABILITY_THRESHOLD: f64 = 0.95;
/// IoU from which on two annotations of different classes are one object that is labelled twice.
pub const LABEL_OVERLAP_THRESHOLD: f64 = 0.95;

/// The overlooked score of each prediction, from 0 to 1, in the order of the predictions.
///
/// NaN for predictions that score below the threshold, overlap any annotation or lie in an ignored one. Otherwise the
/// greatest similarity to an annotation of the same class; where the image has none, the minimum similarity times
/// `1 - score`.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, HIGH_PROBABILITY_THRESHOLD, MinSimilarity, Pairs};
/// use boxlint_core::{min_similarity, overlooked_box_scores};
///
/// // On the annotation, far from it, and far from it with a low score.
/// let predicted = [[0.0, 0.0, 40.0, 40.0], [100.0, 0.0, 140.0, 40.0], [0.0, 100.0, 40.0, 140.0]];
/// let scores = Some(Floats::F64(&[0.99, 0.98, 0.6]));
/// let predictions = Boxes::new(Floats::F64(predicted.as_flattened()), &[0, 0, 0], scores, &[0, 3])?;
/// let annotations = Boxes::new(Floats::F64(&[0.0, 0.0, 40.0, 40.0]), &[0], None, &[0, 1])?;
/// let pairs = Pairs::new(Dataset::new(annotations, predictions, None)?, ALPHA);
/// let min = MinSimilarity::OfDataset(min_similarity(&pairs, 0..1));
/// let found = overlooked_box_scores(&pairs, min, HIGH_PROBABILITY_THRESHOLD);
/// assert!(found[0].is_nan() && found[1] < 1e-5 && found[2].is_nan());
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[must_use]
pub fn overlooked_box_scores(
    pairs: &Pairs,
    min_similarity: MinSimilarity,
    high_probability_threshold: f64,
) -> Vec<f64> {
    let high = high_probability_threshold;
    box_scores(pairs, pairs.dataset().predictions().offsets(), |scorer, index, out| {
        scorer.pairs.load(pairs, index, high);
        scorer.overlooked(high, min_similarity.of(index));
        for (&j, &score) in scorer.confident.iter().zip(&scorer.scores) {
            out[scorer.pairs.prediction_row[j] as usize] = score;
        }
    })
}

/// The badloc score of each annotation, from 0 to 1, in the order of the annotations; NaN for ignored ones.
///
/// The greatest similarity to a prediction of the same class that overlaps the annotation and scores above the threshold; 1
/// where there is none.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, LOW_PROBABILITY_THRESHOLD, Pairs, badloc_box_scores};
///
/// // An annotation that fits, one that is half as wide, and one that is to be ignored.
/// let annotated = [[0.0, 0.0, 40.0, 40.0], [0.0, 0.0, 20.0, 40.0], [0.0, 0.0, 20.0, 40.0]];
/// let annotations = Boxes::new(Floats::F64(annotated.as_flattened()), &[0, 0, 0], None, &[0, 3])?;
/// let scores = Some(Floats::F64(&[0.9]));
/// let predictions = Boxes::new(Floats::F64(&[0.0, 0.0, 40.0, 40.0]), &[0], scores, &[0, 1])?;
/// let pairs = Pairs::new(Dataset::new(annotations, predictions, Some(&[false, false, true]))?, ALPHA);
/// let found = badloc_box_scores(&pairs, LOW_PROBABILITY_THRESHOLD);
/// assert_eq!(found[0], 1.0);
/// assert!((found[1] - (0.9 * 0.5 + 0.1 * f64::exp(-1.0))).abs() < 1e-15);
/// assert!(found[2].is_nan());
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[must_use]
pub fn badloc_box_scores(pairs: &Pairs, low_probability_threshold: f64) -> Vec<f64> {
    let low = low_probability_threshold;
    box_scores(pairs, pairs.dataset().annotations().offsets(), |scorer, index, out| {
        scorer.pairs.load(pairs, index, low);
        scorer.badloc(low);
        scorer.put_by_annotation(out);
    })
}

/// The swap score of each annotation, from 0 to 1, in the order of the annotations; NaN for ignored ones.
///
/// 1 less the greatest similarity to a prediction of another class that scores above the threshold, and at least the
/// minimum similarity; 1 where there is no such prediction. With `overlapping_label_check`, annotations that another one of
/// a different class overlaps with an IoU of [`LABEL_OVERLAP_THRESHOLD`] or more have the minimum similarity.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, HIGH_PROBABILITY_THRESHOLD, MinSimilarity, Pairs, swap_box_scores};
///
/// // Annotated as class 1, predicted as class 0.
/// let object = Floats::F64(&[0.0, 0.0, 40.0, 40.0]);
/// let annotations = Boxes::new(object, &[1], None, &[0, 1])?;
/// let predictions = Boxes::new(object, &[0], Some(Floats::F64(&[0.99])), &[0, 1])?;
/// let pairs = Pairs::new(Dataset::new(annotations, predictions, None)?, ALPHA);
/// let min = MinSimilarity::OfDataset(0.02);
/// assert_eq!(swap_box_scores(&pairs, min, HIGH_PROBABILITY_THRESHOLD, true), [0.02]);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[must_use]
pub fn swap_box_scores(
    pairs: &Pairs,
    min_similarity: MinSimilarity,
    high_probability_threshold: f64,
    overlapping_label_check: bool,
) -> Vec<f64> {
    let high = high_probability_threshold;
    box_scores(pairs, pairs.dataset().annotations().offsets(), |scorer, index, out| {
        scorer.pairs.load(pairs, index, high);
        scorer.swap(high, min_similarity.of(index), overlapping_label_check);
        scorer.put_by_annotation(out);
    })
}

/// One score a box, NaN unless `score` writes another; `offsets` are those of the boxes.
fn box_scores<'a>(
    pairs: &Pairs<'a>,
    offsets: &[i64],
    score: impl Fn(&mut ImageScorer<'a>, usize, &mut [f64]) + Sync,
) -> Vec<f64> {
    let start = |image: usize| offsets[image] as usize;
    let images = pairs.dataset().images();
    let mut scores = filled(start(images), f64::NAN);
    parallel::each(0..images, &mut scores, &start, &score);
    scores
}

/// Scores the boxes of one image: its pairs are loaded, then `scores` is filled for one type of error at a time.
///
/// One serves image after image, so that none allocates.
#[derive(Default)]
pub(crate) struct ImageScorer<'a> {
    pub(crate) pairs: ImagePairs<'a>,
    /// The predictions that the last scores were made from.
    pub(crate) confident: Vec<usize>,
    pub(crate) scores: Vec<f64>,
}

impl<'a> ImageScorer<'a> {
    /// The overlooked scores of the predictions that score at least `high`, which are then listed in `confident`.
    pub(crate) fn overlooked(&mut self, high: f64, min_similarity: f64) -> &[f64] {
        let Self { pairs, confident, scores } = self;
        pairs.list(confident, |score| score >= high);
        scores.clear();
        scores.extend(confident.iter().map(|&j| {
            check_stop_before(pairs.annotations.len());
            overlooked(pairs, j, min_similarity)
        }));
        scores
    }

    /// The badloc scores of the annotations, from the predictions that score above `low`.
    pub(crate) fn badloc(&mut self, low: f64) -> &[f64] {
        let Self { pairs, confident, scores } = self;
        pairs.list(confident, |score| score > low);
        scores.clear();
        scores.extend((0..pairs.annotations.len()).map(|n| {
            check_stop_before(confident.len());
            badloc(pairs, n, confident)
        }));
        scores
    }

    /// The swap scores of the annotations, from the predictions that score above `high`.
    pub(crate) fn swap(&mut self, high: f64, min_similarity: f64, overlapping_label_check: bool) -> &[f64] {
        let Self { pairs, confident, scores } = self;
        pairs.list(confident, |score| score > high);
        scores.clear();
        let score = |n| {
            check_stop_before(confident.len() + pairs.annotations.len());
            swap(pairs, n, confident, min_similarity, overlapping_label_check)
        };
        scores.extend((0..pairs.annotations.len()).map(score));
        scores
    }

    /// Writes the last scores, which are those of the annotations that are not ignored, to the rows of these.
    fn put_by_annotation(&self, out: &mut [f64]) {
        for (&row, &score) in self.pairs.annotation_row.iter().zip(&self.scores) {
            out[row as usize] = score;
        }
    }
}

fn overlooked(pairs: &ImagePairs, j: usize, min_similarity: f64) -> f64 {
    let annotated = 0..pairs.annotations.len();
    if annotated.clone().any(|n| pairs.overlap(n, j)) || pairs.lies_in_ignored(j) {
        return f64::NAN;
    }
    let class = pairs.prediction_class[j];
    let same = annotated.filter(|&n| pairs.annotation_class[n] == class);
    pairs.greatest(same.map(|n| (n, j))).unwrap_or_else(|| min_similarity * (1.0 - pairs.score[j]))
}

fn badloc(pairs: &ImagePairs, n: usize, confident: &[usize]) -> f64 {
    let class = pairs.annotation_class[n];
    let same = confident.iter().filter(|&&j| pairs.prediction_class[j] == class);
    pairs.greatest_overlapping(same.map(|&j| (n, j))).unwrap_or(1.0)
}

fn swap(pairs: &ImagePairs, n: usize, confident: &[usize], min_similarity: f64, overlapping_label_check: bool) -> f64 {
    if overlapping_label_check && labelled_twice(pairs, n) {
        return min_similarity;
    }
    let class = pairs.annotation_class[n];
    let others = confident.iter().filter(|&&j| pairs.prediction_class[j] != class);
    pairs.greatest(others.map(|&j| (n, j))).map_or(1.0, |greatest| larger(min_similarity, 1.0 - greatest))
}

/// Whether another annotation, of a different class, has practically the box of annotation `n`.
fn labelled_twice(pairs: &ImagePairs, n: usize) -> bool {
    let (a, class) = (&pairs.annotations[n], pairs.annotation_class[n]);
    let mut others = pairs.annotations.iter().zip(&pairs.annotation_class);
    others.any(|(b, &other)| may_coincide(a, b) && other != class && iou(a, b) >= LABEL_OVERLAP_THRESHOLD)
}

/// False only where the left edges alone keep the IoU below [`LABEL_OVERLAP_THRESHOLD`], as nearly always: left edges that
/// differ by more than 0.05 of the wider box leave less than 0.95 of that box to be shared.
fn may_coincide(a: &Corners, b: &Corners) -> bool {
    (a[0] - b[0]).abs() <= 0.051 * larger(a[2] - a[0], b[2] - b[0])
}
