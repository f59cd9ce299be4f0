//! The scores of images: box scores of each type of error pooled, and the three pooled scores aggregated (ObjectLab,
//! section 3.4). No result depends on the number of threads.

use std::ops::Range;

use crate::geometry::{larger, smaller};
use crate::objectlab::box_scores::{HIGH_PROBABILITY_THRESHOLD, ImageScorer, LOW_PROBABILITY_THRESHOLD};
use crate::objectlab::image_pairs::Pairs;
use crate::objectlab::min_similarity::TwoPass;
use crate::parallel;

/// Temperature of the pooling, unless given: the lower, the closer to the least score.
pub const TEMPERATURE: f64 = 0.1;
/// A lower temperature counts as this.
pub const TEMPERATURE_FLOOR: f64 = 1e-6;
/// Added to a pooled score, so that its logarithm is finite.
pub const TINY_VALUE: f64 = 1e-100;
/// Weight of each of the three types of error, unless given.
pub const WEIGHT: f64 = 1.0 / 3.0;

/// A value for each of the three types of error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ByType<T> {
    /// Predictions of objects that may have been overlooked by the annotator.
    pub overlooked: T,
    /// Annotations that may be badly located.
    pub badloc: T,
    /// Annotations that may have the wrong class.
    pub swap: T,
}

/// What the score of an image follows from, beside its boxes.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    /// Predictions that score above this count for badloc.
    pub low_probability_threshold: f64,
    /// Predictions that score at least this count for overlooked, those that score more for swap.
    pub high_probability_threshold: f64,
    /// Temperature of the pooling.
    pub temperature: f64,
    /// Weights of the pooled scores, which sum to 1.
    pub weights: ByType<f64>,
    /// Whether an object that is labelled twice, with different classes, counts as swapped.
    pub overlapping_label_check: bool,
}

impl Default for Parameters {
    /// Those of cleanlab.
    fn default() -> Self {
        Self {
            low_probability_threshold: LOW_PROBABILITY_THRESHOLD,
            high_probability_threshold: HIGH_PROBABILITY_THRESHOLD,
            temperature: TEMPERATURE,
            weights: ByType { overlooked: WEIGHT, badloc: WEIGHT, swap: WEIGHT },
            overlapping_label_check: true,
        }
    }
}

/// The score of an image, from 0 to 1, and the pooled scores that it is aggregated from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ImageScore {
    /// The lower, the likelier an error in the annotations of the image.
    pub score: f64,
    /// The pooled box scores of each type of error.
    pub pooled: ByType<f64>,
}

/// Softmin of the scores that are not NaN: their mean, weighted by `softmax(-scores / temperature)`; 1 if there is none.
///
/// # Examples
/// ```
/// use boxlint_core::{TEMPERATURE, softmin};
///
/// assert!((softmin(&[0.2, 1.0, f64::NAN], TEMPERATURE) - 0.2003).abs() < 1e-4);
/// assert_eq!(softmin(&[], TEMPERATURE), 1.0);
/// ```
#[must_use]
pub fn softmin(scores: &[f64], temperature: f64) -> f64 {
    // The order of the arguments leaves NaN out.
    let (least, greatest) =
        scores.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &s| (smaller(s, low), larger(s, high)));
    if least > greatest {
        return 1.0;
    }
    if least == greatest {
        return least;
    }
    let temperature = larger(temperature, TEMPERATURE_FLOOR);
    let shift = -least / temperature;
    let weight = |score: f64| (-score / temperature - shift).exp();
    // Many scores are the greatest, since it is often 1.
    let weight_of_greatest = weight(greatest);
    let (mut weights, mut sum) = (0.0, 0.0);
    for &score in scores.iter().filter(|score| !score.is_nan()) {
        let weight = if score == least {
            1.0
        } else if score == greatest {
            weight_of_greatest
        } else {
            weight(score)
        };
        weights += weight;
        sum += weight * score;
    }
    (sum / weights).clamp(least, greatest)
}

/// Softmin of the scores of each of N images, which owns `scores[offsets[i]..offsets[i + 1]]`; `offsets` has N + 1 entries.
///
/// # Examples
/// ```
/// use boxlint_core::{TEMPERATURE, pooled_scores};
///
/// assert_eq!(pooled_scores(&[0.25, 0.5, 0.5], &[0, 1, 1, 3], TEMPERATURE), [0.25, 1.0, 0.5]);
/// ```
#[must_use]
pub fn pooled_scores(scores: &[f64], offsets: &[i64], temperature: f64) -> Vec<f64> {
    let images = offsets.len() - 1;
    let mut pooled = vec![0.0; images];
    parallel::each(0..images, &mut pooled, &|image| image, &|(), index, out| {
        out[0] = softmin(&scores[offsets[index] as usize..offsets[index + 1] as usize], temperature);
    });
    pooled
}

/// The weighted geometric mean of the pooled scores: `exp(sum of weight * ln(1e-100 + pooled))`.
///
/// # Examples
/// ```
/// use boxlint_core::{ByType, aggregate};
///
/// let pooled = ByType { overlooked: 1.0, badloc: 0.25, swap: 1.0 };
/// let weights = ByType { overlooked: 0.25, badloc: 0.5, swap: 0.25 };
/// assert!((aggregate(&pooled, &weights) - 0.5).abs() < 1e-15);
/// ```
#[must_use]
pub fn aggregate(pooled: &ByType<f64>, weights: &ByType<f64>) -> f64 {
    let types = [(pooled.overlooked, weights.overlooked), (pooled.badloc, weights.badloc), (pooled.swap, weights.swap)];
    // Most pooled scores are 1, whose logarithm is 0.
    let logarithm_of = |score: f64| if score == 1.0 { 0.0 } else { (TINY_VALUE + score).ln() };
    let logarithm: f64 = types.iter().map(|&(score, weight)| weight * logarithm_of(score)).sum();
    logarithm.exp()
}

/// Scores `images` with the minimum similarity of the whole data set that they are from; `out` has one entry for each.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, ImageScore, Pairs, Parameters, image_scores, min_similarity};
///
/// // Two images with the same predictions. The annotation of the second is half as wide.
/// let annotated = [[0.0, 0.0, 40.0, 40.0], [0.0, 0.0, 20.0, 40.0]];
/// let annotations = Boxes::new(Floats::F64(annotated.as_flattened()), &[0, 0], None, &[0, 1, 2])?;
/// let predicted = [[0.0, 0.0, 40.0, 40.0]; 2];
/// let scores = Some(Floats::F64(&[0.99, 0.99]));
/// let predictions = Boxes::new(Floats::F64(predicted.as_flattened()), &[0, 0], scores, &[0, 1, 2])?;
/// let pairs = Pairs::new(Dataset::new(annotations, predictions, None)?, ALPHA);
/// let mut scores = [ImageScore::default(); 2];
/// image_scores(&pairs, 0..2, min_similarity(&pairs, 0..2), &Parameters::default(), &mut scores);
/// assert!((scores[0].score - 1.0).abs() < 1e-15);
/// assert!(scores[1].score < 0.8 && scores[1].pooled.badloc < 0.5 && scores[1].pooled.swap == 1.0);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
pub fn image_scores(
    pairs: &Pairs,
    images: Range<usize>,
    min_similarity: f64,
    parameters: &Parameters,
    out: &mut [ImageScore],
) {
    score_parts(pairs, images, parameters, out, |_| min_similarity);
}

/// Scores `images` with the minimum similarity so far, which `two_pass` finds; `out` has one entry for each.
///
/// In the whole data set, the first of `images` has the number `first`. Once all images are scored,
/// [`TwoPass::finish`] tells which ones are to be scored again, by [`image_scores`].
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, ImageScore, Pairs, Parameters, TwoPass};
/// use boxlint_core::{image_scores, image_scores_so_far};
///
/// let annotations = Boxes::new(Floats::F64(&[0.0, 0.0, 9.0, 9.0]), &[0], None, &[0, 1])?;
/// let predicted = Floats::F64(&[0.0, 0.0, 9.0, 9.0, 99.0, 0.0, 108.0, 9.0]);
/// let predictions = Boxes::new(predicted, &[0, 1], Some(Floats::F64(&[0.99, 0.99])), &[0, 2])?;
/// let part = Pairs::new(Dataset::new(annotations, predictions, None)?, ALPHA);
///
/// // A data set of three parts, which happen to be the same.
/// let (parameters, two_pass, mut scores) = (Parameters::default(), TwoPass::default(), [ImageScore::default(); 3]);
/// for first in 0..3 {
///     image_scores_so_far(&part, 0..1, first, &two_pass, &parameters, &mut scores[first..first + 1]);
/// }
/// let (min_similarity, early) = two_pass.finish();
/// for image in early {
///     image_scores(&part, 0..1, min_similarity, &parameters, &mut scores[image..image + 1]);
/// }
/// assert_eq!(scores[0], scores[2]);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
pub fn image_scores_so_far(
    pairs: &Pairs,
    images: Range<usize>,
    first: usize,
    two_pass: &TwoPass,
    parameters: &Parameters,
    out: &mut [ImageScore],
) {
    let start = images.start;
    score_parts(pairs, images, parameters, out, |part| {
        two_pass.search(pairs, part.clone(), first + part.start - start)
    });
}

/// Scores `images` in parts, each with the minimum similarity that `min_similarity` tells for it.
fn score_parts(
    pairs: &Pairs,
    images: Range<usize>,
    parameters: &Parameters,
    out: &mut [ImageScore],
    min_similarity: impl Fn(&Range<usize>) -> f64 + Sync,
) {
    let first = images.start;
    let scorers = parallel::Idle::default();
    parallel::parts(images, out, &|image| image - first, &|part: Range<usize>, out: &mut [ImageScore]| {
        let min_similarity = min_similarity(&part);
        scorers.lend(&ImageScorer::default, |scorer| {
            for (index, out) in part.zip(out) {
                *out = score(scorer, pairs, index, min_similarity, parameters);
            }
        });
    });
}

fn score<'a>(
    scorer: &mut ImageScorer<'a>,
    pairs: &Pairs<'a>,
    index: usize,
    min_similarity: f64,
    parameters: &Parameters,
) -> ImageScore {
    let (low, high) = (parameters.low_probability_threshold, parameters.high_probability_threshold);
    scorer.load(pairs, index, low, high);
    let pool = |scores: &[f64]| softmin(scores, parameters.temperature);
    let pooled = ByType {
        overlooked: pool(scorer.overlooked(min_similarity)),
        badloc: pool(scorer.badloc()),
        swap: pool(scorer.swap(min_similarity, parameters.overlapping_label_check)),
    };
    ImageScore { score: aggregate(&pooled, &parameters.weights), pooled }
}
