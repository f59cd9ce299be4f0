//! The scores of boxes, one type of error after another (ObjectLab, section 3): the lower, the likelier the error.
//!
//! - overlooked: a confident prediction where nothing is annotated; a score for each prediction.
//! - badloc: the predictions of its class on an annotation fit it poorly; a score for each annotation.
//! - swap: a very confident prediction of another class lies where the annotation is; a score for each annotation.

use crate::abandon::{check_stop_before, filled};
use crate::geometry::{iou, larger, smaller};
use crate::objectlab::image_pairs::{Greatest, ImagePairs, Pairs, Prediction};
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
        scorer.load(pairs, index, f64::INFINITY, high);
        scorer.overlooked(min_similarity.of(index));
        for (&j, &score) in scorer.very_confident.iter().zip(&scorer.scores) {
            out[scorer.pairs.predictions[j].row as usize] = score;
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
        scorer.load(pairs, index, low, f64::INFINITY);
        scorer.badloc();
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
        scorer.load(pairs, index, f64::INFINITY, high);
        scorer.swap(min_similarity.of(index), overlapping_label_check);
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

/// Scores the boxes of one image: all its pairs are compared once, then `scores` is filled for one type of error at a time.
///
/// One serves image after image, so that none allocates.
#[derive(Default)]
pub(crate) struct ImageScorer<'a> {
    pub(crate) pairs: ImagePairs<'a>,
    /// The greatest similarity of each annotation to a prediction of its class that overlaps it, and to one of another class.
    same: Vec<Greatest>,
    other: Vec<Greatest>,
    /// The predictions that score at least the high threshold, and the greatest similarity of each to an annotation of its
    /// class; None for those that overlap any annotation.
    pub(crate) very_confident: Vec<usize>,
    apart: Vec<Option<Greatest>>,
    labelled_twice: LabelledTwice,
    /// The last scores.
    pub(crate) scores: Vec<f64>,
}

impl<'a> ImageScorer<'a> {
    /// Compares the boxes of an image: for badloc the predictions that score above `low`, for overlooked those that score at
    /// least `high`, and for swap those above it.
    pub(crate) fn load(&mut self, pairs: &Pairs<'a>, index: usize, low: f64, high: f64) {
        let Self { pairs: image, same, other, very_confident, apart, .. } = self;
        image.load(pairs, index, smaller(low, high));
        for greatest in [&mut *same, other] {
            greatest.clear();
            greatest.resize(image.annotations.len(), Greatest::OF_NONE);
        }
        very_confident.clear();
        apart.clear();
        for (j, &Prediction { score, class, .. }) in image.predictions.iter().enumerate() {
            check_stop_before(image.annotations.len());
            if score < high {
                if score > low {
                    each_equal(&image.annotation_class, class, |n| add_if_overlapping(&mut same[n], image, n, j));
                }
                continue;
            }
            let (mut overlaps, mut greatest) = (false, Greatest::OF_NONE);
            for (n, &annotated) in image.annotation_class.iter().enumerate() {
                let iou = image.iou(n, j);
                overlaps |= iou > 0.0;
                if annotated != class {
                    if score > high {
                        other[n].add(image, n, j, iou);
                    }
                } else if iou > 0.0 {
                    if score > low {
                        same[n].add(image, n, j, iou);
                    }
                } else {
                    greatest.add(image, n, j, iou);
                }
            }
            very_confident.push(j);
            apart.push((!overlaps).then_some(greatest));
        }
    }

    /// The overlooked scores of `very_confident`.
    pub(crate) fn overlooked(&mut self, min_similarity: f64) -> &[f64] {
        let Self { pairs, very_confident, apart, scores, .. } = self;
        scores.clear();
        scores.extend(very_confident.iter().zip(apart).map(|(&j, greatest)| match greatest {
            Some(greatest) if !pairs.lies_in_ignored(j) => {
                greatest.get(pairs.similarity).unwrap_or_else(|| min_similarity * (1.0 - pairs.predictions[j].score))
            }
            _ => f64::NAN,
        }));
        scores
    }

    /// The badloc scores of the annotations.
    pub(crate) fn badloc(&mut self) -> &[f64] {
        let Self { pairs, same, scores, .. } = self;
        scores.clear();
        scores.extend(same.iter().map(|greatest| greatest.get(pairs.similarity).unwrap_or(1.0)));
        scores
    }

    /// The swap scores of the annotations.
    pub(crate) fn swap(&mut self, min_similarity: f64, overlapping_label_check: bool) -> &[f64] {
        let Self { pairs, other, labelled_twice, scores, .. } = self;
        scores.clear();
        let score = |greatest| larger(min_similarity, 1.0 - greatest);
        scores.extend(other.iter().map(|greatest| greatest.get(pairs.similarity).map_or(1.0, score)));
        if overlapping_label_check {
            labelled_twice.each(pairs, |n| scores[n] = min_similarity);
        }
        scores
    }

    /// Writes the last scores, which are those of the annotations that are not ignored, to the rows of these.
    fn put_by_annotation(&self, out: &mut [f64]) {
        for (&row, &score) in self.pairs.annotation_row.iter().zip(&self.scores) {
            out[row as usize] = score;
        }
    }
}

#[inline]
fn add_if_overlapping(greatest: &mut Greatest, pairs: &ImagePairs, n: usize, j: usize) {
    let iou = pairs.iou(n, j);
    if iou > 0.0 {
        greatest.add(pairs, n, j, iou);
    }
}

/// Calls `found` with the index of each class that is `class`. Sixteen are compared at once, since few are it.
#[inline]
fn each_equal(classes: &[i32], class: i32, mut found: impl FnMut(usize)) {
    let (blocks, rest) = classes.as_chunks::<16>();
    let mut scan = |start: usize, classes: &[i32]| {
        (0..classes.len()).filter(|&index| classes[index] == class).for_each(|index| found(start + index));
    };
    for (index, block) in blocks.iter().enumerate() {
        if block.iter().fold(false, |any, &other| any | (other == class)) {
            scan(16 * index, block);
        }
    }
    scan(16 * blocks.len(), rest);
}

/// The search for annotations that have practically the box of another one of a different class. Boxes are compared from left
/// to right.
#[derive(Default)]
struct LabelledTwice {
    /// The left edge of each annotation and the annotation, from left to right.
    lefts: Vec<(f64, u32)>,
}

impl LabelledTwice {
    /// Calls `found` with each of them, perhaps more than once.
    fn each(&mut self, pairs: &ImagePairs, mut found: impl FnMut(usize)) {
        let (annotations, lefts) = (&pairs.annotations, &mut self.lefts);
        if pairs.annotation_class.iter().all(|class| *class == pairs.annotation_class[0]) {
            return;
        }
        lefts.clear();
        lefts.extend(annotations.iter().zip(0..).map(|(annotation, n)| (annotation.corners[0], n)));
        lefts.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let widest = annotations.iter().fold(0.0, |widest, a| larger(a.corners[2] - a.corners[0], widest));
        // Left edges that differ by more than 0.05 of the wider box leave less than 0.95 of that box to be shared.
        let reach = 0.051 * widest;
        for (&(left, n), after) in lefts.iter().zip((1..).map(|next| &lefts[next..])) {
            check_stop_before(after.len());
            for &(_, other) in after.iter().take_while(|(next, _)| next - left <= reach) {
                let (n, other) = (n as usize, other as usize);
                if pairs.annotation_class[n] != pairs.annotation_class[other]
                    && iou(&annotations[n].corners, &annotations[other].corners) >= LABEL_OVERLAP_THRESHOLD
                {
                    found(n);
                    found(other);
                }
            }
        }
    }
}
