//! The scores of a whole data set, image by image and in parallel.
//!
//! No result depends on the number of threads. `least_similarity` is that of the whole data set
//! ([`crate::least_similarity`]), or of the one that each image is from.

use std::ops::Range;

use crate::boxes::Floats;
use crate::pairs::{DataSet, Pairs};
use crate::{badloc, overlooked, parallel, pooling, swap};

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

/// The score of each of `images` and its three parts: `out` has four values an image, the score, overlooked, badloc, swap.
pub fn image_scores(
    data: &DataSet,
    least_similarity: f64,
    parameters: &Parameters,
    images: Range<usize>,
    out: &mut [[f64; 4]],
) {
    let first = images.start;
    parallel::fill(images, out, &|image| image - first, &Scratch::default, &|scratch: &mut Scratch, index, out| {
        let pairs = data.image(index);
        let pooled = pooled(&pairs, least_similarity, parameters, scratch);
        out[0] = [pooling::aggregate(pooled, parameters.weights), pooled[0], pooled[1], pooled[2]];
    });
}

/// The overlooked score of each prediction; NaN for those below the threshold or on an annotation.
#[must_use]
pub fn overlooked_box_scores(
    data: &DataSet,
    least_similarity: impl Fn(usize) -> f64 + Sync,
    high_probability_threshold: f64,
) -> Vec<f64> {
    box_scores(data, data.predictions().offsets(), |image, pairs, confident, out| {
        select(pairs.predictions.score, |score| score >= high_probability_threshold, confident);
        out.fill(f64::NAN);
        for &j in confident.iter() {
            out[j as usize] = overlooked::score(pairs, j as usize, least_similarity(image));
        }
    })
}

/// The badly-located score of each annotation.
#[must_use]
pub fn badloc_box_scores(data: &DataSet, low_probability_threshold: f64) -> Vec<f64> {
    box_scores(data, data.annotations().offsets(), |_, pairs, confident, out| {
        select(pairs.predictions.score, |score| score > low_probability_threshold, confident);
        for (n, out) in out.iter_mut().enumerate() {
            *out = badloc::score(pairs, n, confident);
        }
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
    box_scores(data, data.annotations().offsets(), |image, pairs, confident, out| {
        select(pairs.predictions.score, |score| score > high_probability_threshold, confident);
        for (n, out) in out.iter_mut().enumerate() {
            *out = swap::score(pairs, n, confident, least_similarity(image), overlapping_label_check);
        }
    })
}

/// Softmin of the scores of each image, which owns `scores[offsets[i]..offsets[i + 1]]`; NaN is left out.
#[must_use]
pub fn pooled_scores(scores: &[f64], offsets: &[i64], temperature: f64) -> Vec<f64> {
    let images = offsets.len() - 1;
    let mut pooled = vec![0.0; images];
    parallel::fill(0..images, &mut pooled, &|image| image, &|| (), &|(), index, out| {
        out[0] = pooling::softmin(&scores[offsets[index] as usize..offsets[index + 1] as usize], temperature);
    });
    pooled
}

/// One score a box, image by image; `offsets` says whose boxes these are. The list is room for a selection.
fn box_scores(
    data: &DataSet,
    offsets: &[i64],
    score: impl Fn(usize, &Pairs, &mut Vec<u32>, &mut [f64]) + Sync,
) -> Vec<f64> {
    let start = |image: usize| offsets[image] as usize;
    let mut scores = vec![0.0; start(data.images())];
    parallel::fill(0..data.images(), &mut scores, &start, &Vec::new, &|selected, index, out| {
        score(index, &data.image(index), selected, out);
    });
    scores
}

/// What scoring an image needs room for.
#[derive(Default)]
struct Scratch {
    confident: Vec<u32>,
    very_confident: Vec<u32>,
    scores: Vec<f64>,
}

fn pooled(pairs: &Pairs, least_similarity: f64, parameters: &Parameters, scratch: &mut Scratch) -> [f64; 3] {
    let Scratch { confident, very_confident, scores } = scratch;
    let high = parameters.high_probability_threshold;
    select(pairs.predictions.score, |score| score > parameters.low_probability_threshold, confident);
    select(pairs.predictions.score, |score| score >= high, very_confident);
    let annotated = 0..pairs.annotations.len();
    let mut pool = |box_scores: &mut dyn Iterator<Item = f64>| {
        scores.clear();
        scores.extend(box_scores);
        pooling::softmin(scores, parameters.temperature)
    };
    let overlooked = pool(&mut very_confident.iter().map(|&j| overlooked::score(pairs, j as usize, least_similarity)));
    let badloc = pool(&mut annotated.clone().map(|n| badloc::score(pairs, n, confident)));
    very_confident.retain(|&j| pairs.predictions.score.get(j as usize) > high);
    let check = parameters.overlapping_label_check;
    let swap = pool(&mut annotated.map(|n| swap::score(pairs, n, very_confident, least_similarity, check)));
    [overlooked, badloc, swap]
}

/// Lists the predictions whose score passes; no branch, since whether one does is hard to predict.
#[inline]
fn select(scores: Floats, passes: impl Fn(f64) -> bool, selected: &mut Vec<u32>) {
    selected.clear();
    selected.resize(scores.len(), 0);
    let mut count = 0;
    let mut note = |j: usize, score: f64| {
        selected[count] = j as u32;
        count += usize::from(passes(score));
    };
    match scores {
        Floats::F32(scores) => scores.iter().enumerate().for_each(|(j, &score)| note(j, f64::from(score))),
        Floats::F64(scores) => scores.iter().enumerate().for_each(|(j, &score)| note(j, score)),
    }
    selected.truncate(count);
}
