//! Which boxes and images are issues: a box is one if its score is at or below the threshold of its class.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::abandon::{filled, reserve};
use crate::metrics::average_precision::Ranking;
use crate::metrics::matching::Matches;
use crate::objectlab::box_scores::{
    HIGH_PROBABILITY_THRESHOLD, ImageScorer, LOW_PROBABILITY_THRESHOLD, badloc_box_scores, overlooked_box_scores,
    swap_box_scores,
};
use crate::objectlab::image_pairs::Pairs;
use crate::objectlab::image_scores::ByType;
use crate::objectlab::min_similarity::{MinSimilarity, TwoPass, min_similarity};
use crate::parallel;

/// The threshold of a class is this fraction of its average precision.
pub const THRESHOLD_FACTOR: f64 = 0.25 * 0.8;

/// Which predictions were overlooked, and which annotations are badly located and swapped; no ignored annotation is.
///
/// `thresholds` has those of each class for each type of error, by the class of the prediction or annotation. A class beyond
/// the end has the threshold 0.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, ByType, Dataset, Floats, Pairs, box_issues};
///
/// // Annotated as class 1, predicted as class 0.
/// let object = Floats::F64(&[0.0, 0.0, 40.0, 40.0]);
/// let annotations = Boxes::new(object, &[1], None, &[0, 1])?;
/// let predictions = Boxes::new(object, &[0], Some(Floats::F64(&[0.99])), &[0, 1])?;
/// let pairs = Pairs::new(Dataset::new(annotations, predictions, None)?, ALPHA);
/// let thresholds: &[f64] = &[0.1, 0.1];
/// let issues = box_issues(&pairs, &ByType { overlooked: thresholds, badloc: &[], swap: &[0.0, 1.0] }, true);
/// assert_eq!(issues, ByType { overlooked: vec![false], badloc: vec![false], swap: vec![true] });
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[must_use]
pub fn box_issues(pairs: &Pairs, thresholds: &ByType<&[f64]>, overlapping_label_check: bool) -> ByType<Vec<bool>> {
    let min = MinSimilarity::OfDataset(min_similarity(pairs, 0..pairs.dataset().images()));
    let (low, high) = (LOW_PROBABILITY_THRESHOLD, HIGH_PROBABILITY_THRESHOLD);
    let compare = |scores: Vec<f64>, classes: &[i32], thresholds: &[f64]| {
        scores.iter().zip(classes).map(|(&score, &class)| is_issue(score, class, thresholds)).collect()
    };
    // The score of a prediction that nothing speaks for is NaN and counts as 1. That of an ignored annotation stays NaN.
    let overlooked = overlooked_box_scores(pairs, min, high).into_iter();
    let overlooked = overlooked.map(|score| if score.is_nan() { 1.0 } else { score }).collect();
    let badloc = badloc_box_scores(pairs, low);
    let swap = swap_box_scores(pairs, min, high, overlapping_label_check);
    let (annotated, predicted) = (pairs.dataset().annotations().class_id(), pairs.dataset().predictions().class_id());
    ByType {
        overlooked: compare(overlooked, predicted, thresholds.overlooked),
        badloc: compare(badloc, annotated, thresholds.badloc),
        swap: compare(swap, annotated, thresholds.swap),
    }
}

/// Which images have a box that is an issue, by the thresholds that follow from the average precision of the data set.
///
/// Keeps tables with an entry a class: the data set is one that [`crate::Dataset::with_classes`] has accepted.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, Pairs, image_issues};
///
/// // Two objects of classes 0 and 1 are predicted in both images. The second one is not annotated in the second image.
/// let objects = [[0.0, 0.0, 40.0, 40.0], [200.0, 200.0, 240.0, 240.0]];
/// let annotated = [objects[0], objects[1], objects[0]];
/// let annotations = Boxes::new(Floats::F64(annotated.as_flattened()), &[0, 1, 0], None, &[0, 2, 3])?;
/// let predicted = [objects, objects].concat();
/// let scores = Some(Floats::F64(&[0.99, 0.98, 0.99, 0.98]));
/// let predictions = Boxes::new(Floats::F64(predicted.as_flattened()), &[0, 1, 0, 1], scores, &[0, 2, 4])?;
/// let pairs = Pairs::new(Dataset::new(annotations, predictions, None)?, ALPHA);
/// assert_eq!(image_issues(&pairs, true), [false, true]);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[must_use]
pub fn image_issues(pairs: &Pairs, overlapping_label_check: bool) -> Vec<bool> {
    let (dataset, images) = (pairs.dataset(), 0..pairs.dataset().images());
    let (two_pass, candidates) = (TwoPass::default(), Mutex::new(Vec::new()));
    let scorers = parallel::Idle::default();
    let find = |part: Range<usize>, min_similarity: f64| {
        scorers.lend(&ImageScorer::default, |scorer| {
            let found = find_candidates(scorer, pairs, part, min_similarity, overlapping_label_check);
            let mut candidates = candidates.lock().unwrap_or_else(PoisonError::into_inner);
            reserve(&mut candidates, found.len());
            candidates.extend(found);
        });
    };
    let matches = Matches::of_parts(dataset, images.clone(), 0, &|part| {
        let first = part.start;
        find(part.clone(), two_pass.search(pairs, part, first));
    });
    let (min, early) = two_pass.finish();
    candidates.lock().unwrap_or_else(PoisonError::into_inner).retain(|found| !early.contains(&found.image));
    parallel::parts(early, &mut [], &|_| 0, &|part, _: &mut [()]| find(part, min));

    let ranking = Ranking::new(matches);
    let precision = ranking.average_precision(&ranking.places(dataset, images, 0));
    let thresholds: Vec<f64> = precision.iter().map(|precision| precision * THRESHOLD_FACTOR).collect();
    let mut issues = filled(dataset.images(), false);
    for Candidate { image, class, score } in candidates.into_inner().unwrap_or_else(PoisonError::into_inner) {
        issues[image] |= is_issue(score, class, &thresholds);
    }
    issues
}

/// The same for `images` of a data set of which the minimum similarity and the thresholds of each class are known: those of
/// one part. `out` has one entry for each of the images.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, Pairs, image_issues_by};
///
/// // Annotated as class 1, predicted as class 0.
/// let object = Floats::F64(&[0.0, 0.0, 40.0, 40.0]);
/// let annotations = Boxes::new(object, &[1], None, &[0, 1])?;
/// let predictions = Boxes::new(object, &[0], Some(Floats::F64(&[0.99])), &[0, 1])?;
/// let pairs = Pairs::new(Dataset::new(annotations, predictions, None)?, ALPHA);
/// let mut issues = [false];
/// image_issues_by(&pairs, 0..1, 0.1, &[0.0, 0.2], true, &mut issues);
/// assert_eq!(issues, [true]);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
pub fn image_issues_by(
    pairs: &Pairs,
    images: Range<usize>,
    min_similarity: f64,
    thresholds: &[f64],
    overlapping_label_check: bool,
    out: &mut [bool],
) {
    let first = images.start;
    parallel::parts(images, out, &|image| image - first, &|part: Range<usize>, out: &mut [bool]| {
        let (start, scorer) = (part.start, &mut ImageScorer::default());
        let found = find_candidates(scorer, pairs, part, min_similarity, overlapping_label_check);
        for Candidate { image, class, score } in found {
            out[image - start] |= is_issue(score, class, thresholds);
        }
    });
}

/// A box whose score may be at or below the threshold of its class, which is not known yet.
struct Candidate {
    image: usize,
    class: i32,
    score: f64,
}

/// Lists the boxes that are issues if the average precision of their class is 1, which is the most that it can be.
fn find_candidates<'a>(
    scorer: &mut ImageScorer<'a>,
    pairs: &Pairs<'a>,
    images: Range<usize>,
    min_similarity: f64,
    overlapping_label_check: bool,
) -> Vec<Candidate> {
    let (low, high) = (LOW_PROBABILITY_THRESHOLD, HIGH_PROBABILITY_THRESHOLD);
    let mut candidates = Vec::new();
    for image in images {
        scorer.load(pairs, image, low, high);
        let mut add = |scores: &[f64], class: &dyn Fn(usize) -> i32| {
            let found = (0..scores.len()).filter(|&index| scores[index] <= THRESHOLD_FACTOR);
            candidates.extend(found.map(|index| Candidate { image, class: class(index), score: scores[index] }));
        };
        scorer.badloc();
        add(&scorer.scores, &|n| scorer.pairs.annotation_class[n]);
        scorer.swap(min_similarity, overlapping_label_check);
        add(&scorer.scores, &|n| scorer.pairs.annotation_class[n]);
        scorer.overlooked(min_similarity);
        add(&scorer.scores, &|index| scorer.pairs.predictions[scorer.very_confident[index]].class);
    }
    candidates
}

/// Whether a score is at or below the threshold of its class; NaN is not.
fn is_issue(score: f64, class: i32, thresholds: &[f64]) -> bool {
    score <= thresholds.get(class as usize).copied().unwrap_or(0.0)
}
