//! The scores of a whole data set, image by image and in parallel.
//!
//! No result depends on the number of threads. `least_similarity` is that of the whole data set
//! ([`crate::least_similarity`]) that an image is from.

use std::ops::Range;

use crate::geometry::smaller;
use crate::objectlab::image_pairs::{DataSet, Pairs};
use crate::objectlab::min_similarity::Sweep;
use crate::objectlab::{badloc, overlooked, pooling, swap};
use crate::parallel;

/// Score above which a prediction counts for badly located boxes, unless given.
pub const LOW_PROBABILITY_THRESHOLD: f64 = 0.5;
/// Score from which a prediction counts for overlooked boxes, and above which for swapped ones, unless given.
pub const HIGH_PROBABILITY_THRESHOLD: f64 = 0.95;

/// What goes into the score of an image, beside its boxes.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    /// Predictions above this score count for badly located boxes.
    pub low_probability_threshold: f64,
    /// Predictions from this score on count for overlooked boxes, those above it for swapped ones.
    pub high_probability_threshold: f64,
    /// Temperature of the softmin.
    pub temperature: f64,
    /// Weights of overlooked, badloc and swap.
    pub weights: [f64; 3],
    /// Whether an object labelled twice counts as swapped.
    pub overlapping_label_check: bool,
}

/// Scores `images`, and returns the least similarity that they were scored with: `known`, or their own if it is less.
///
/// `out` has four values an image: its score, and the pooled scores of overlooked, badloc and swap. A data set in one part
/// is scored by one call with `known` = 1; of several parts, those that were scored with more than the least of all have
/// to be scored again, with that as `known`.
pub fn image_scores(
    data: &DataSet,
    known: f64,
    parameters: &Parameters,
    images: Range<usize>,
    out: &mut [[f64; 4]],
) -> f64 {
    let score = |part: Range<usize>, least: f64, out: &mut [[f64; 4]]| {
        let mut scratch = Scratch::default();
        for (index, out) in part.zip(out) {
            let pooled = scratch.pooled(data, index, least, parameters);
            *out = [pooling::aggregate(pooled, parameters.weights), pooled[0], pooled[1], pooled[2]];
        }
    };
    let (sweep, first) = (Sweep::new(known), images.start);
    parallel::parts(images, out, &|image| image - first, &|part: Range<usize>, out: &mut [[f64; 4]]| {
        let so_far = sweep.search(data, part.clone());
        score(part, so_far, out);
    });
    let (least, early) = sweep.end();
    if !early.is_empty() {
        let (out, start) = (&mut out[early.start - first..early.end - first], early.start);
        parallel::parts(early, out, &|image| image - start, &|part: Range<usize>, out: &mut [[f64; 4]]| {
            score(part, least, out);
        });
    }
    least
}

/// The overlooked score of each prediction; NaN for those below the threshold or on an annotation.
#[must_use]
pub fn overlooked_box_scores(
    data: &DataSet,
    least_similarity: impl Fn(usize) -> f64 + Sync,
    high_probability_threshold: f64,
) -> Vec<f64> {
    let high = high_probability_threshold;
    box_scores(data, data.predictions().offsets(), |scratch, index, out| {
        scratch.pairs.load(data, index, high);
        scratch.overlooked(high, least_similarity(index));
        out.fill(f64::NAN);
        for (&j, &score) in scratch.confident.iter().zip(&scratch.scores) {
            out[scratch.pairs.row[j] as usize] = score;
        }
    })
}

/// The badly-located score of each annotation.
#[must_use]
pub fn badloc_box_scores(data: &DataSet, low_probability_threshold: f64) -> Vec<f64> {
    let low = low_probability_threshold;
    box_scores(data, data.annotations().offsets(), |scratch, index, out| {
        scratch.pairs.load(data, index, low);
        out.copy_from_slice(scratch.badloc(low));
    })
}

/// The swap score of each annotation.
#[must_use]
pub fn swap_box_scores(
    data: &DataSet,
    least_similarity: impl Fn(usize) -> f64 + Sync,
    high_probability_threshold: f64,
    overlapping_label_check: bool,
) -> Vec<f64> {
    let high = high_probability_threshold;
    box_scores(data, data.annotations().offsets(), |scratch, index, out| {
        scratch.pairs.load(data, index, high);
        out.copy_from_slice(scratch.swap(high, least_similarity(index), overlapping_label_check));
    })
}

/// Softmin of the scores of each image, which owns `scores[offsets[i]..offsets[i + 1]]`; NaN is left out.
#[must_use]
pub fn pooled_scores(scores: &[f64], offsets: &[i64], temperature: f64) -> Vec<f64> {
    let images = offsets.len() - 1;
    let mut pooled = vec![0.0; images];
    parallel::each(0..images, &mut pooled, &|image| image, &|(), index, out| {
        out[0] = pooling::softmin(&scores[offsets[index] as usize..offsets[index + 1] as usize], temperature);
    });
    pooled
}

/// One score a box, image by image; `offsets` says whose boxes these are.
fn box_scores<'a>(
    data: &DataSet<'a>,
    offsets: &[i64],
    score: impl Fn(&mut Scratch<'a>, usize, &mut [f64]) + Sync,
) -> Vec<f64> {
    let start = |image: usize| offsets[image] as usize;
    let mut scores = vec![0.0; start(data.images())];
    parallel::each(0..data.images(), &mut scores, &start, &score);
    scores
}

/// What scoring an image needs room for: its pairs are loaded, then box scores of one type at a time are made.
#[derive(Default)]
pub(crate) struct Scratch<'a> {
    pub(crate) pairs: Pairs<'a>,
    /// The predictions that the scores were made from.
    pub(crate) confident: Vec<usize>,
    pub(crate) scores: Vec<f64>,
}

impl<'a> Scratch<'a> {
    /// The overlooked scores of the predictions from the threshold on, which `confident` then lists.
    pub(crate) fn overlooked(&mut self, high: f64, least_similarity: f64) -> &[f64] {
        let Self { pairs, confident, scores } = self;
        pairs.list(confident, |score| score >= high);
        scores.clear();
        scores.extend(confident.iter().map(|&j| overlooked::score(pairs, j, least_similarity)));
        scores
    }

    /// The badly-located scores of the annotations.
    pub(crate) fn badloc(&mut self, low: f64) -> &[f64] {
        let Self { pairs, confident, scores } = self;
        pairs.list(confident, |score| score > low);
        scores.clear();
        scores.extend((0..pairs.annotations.len()).map(|n| badloc::score(pairs, n, confident)));
        scores
    }

    /// The swap scores of the annotations.
    pub(crate) fn swap(&mut self, high: f64, least_similarity: f64, overlapping_label_check: bool) -> &[f64] {
        let Self { pairs, confident, scores } = self;
        pairs.list(confident, |score| score > high);
        scores.clear();
        let score = |n| swap::score(pairs, n, confident, least_similarity, overlapping_label_check);
        scores.extend((0..pairs.annotations.len()).map(score));
        scores
    }

    /// The pooled scores of an image: overlooked, badloc, swap.
    fn pooled(&mut self, data: &DataSet<'a>, index: usize, least_similarity: f64, parameters: &Parameters) -> [f64; 3] {
        let (low, high) = (parameters.low_probability_threshold, parameters.high_probability_threshold);
        self.pairs.load(data, index, smaller(low, high));
        let pool = |scores: &[f64]| pooling::softmin(scores, parameters.temperature);
        [
            pool(self.overlooked(high, least_similarity)),
            pool(self.badloc(low)),
            pool(self.swap(high, least_similarity, parameters.overlapping_label_check)),
        ]
    }
}
