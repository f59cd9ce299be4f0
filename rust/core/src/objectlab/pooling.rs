//! From the box scores of an image to one score.

use crate::geometry::{larger, smaller};

/// Temperature of the pooling, unless given: lower is closer to the least score.
pub const TEMPERATURE: f64 = 0.1;
/// What a temperature counts as at least.
pub const TEMPERATURE_FLOOR: f64 = 1e-6;
/// Keeps the logarithm of a pooled score finite.
pub const TINY_VALUE: f64 = 1e-100;
/// Weight of each of the three types of error, unless given.
pub const WEIGHT: f64 = 1.0 / 3.0;

/// Softmin of the scores that are not NaN: their mean, weighted by `softmax(-scores / temperature)`. 1 if there is none.
#[must_use]
pub fn softmin(scores: &[f64], temperature: f64) -> f64 {
    let present = || scores.iter().copied().filter(|score| !score.is_nan());
    let (least, greatest) =
        present().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), s| (smaller(low, s), larger(high, s)));
    if least > greatest {
        return 1.0;
    }
    if least == greatest {
        return least;
    }
    let temperature = larger(temperature, TEMPERATURE_FLOOR);
    let shift = -least / temperature;
    let (mut weights, mut sum) = (0.0, 0.0);
    for score in present() {
        let weight = if score == least { 1.0 } else { (-score / temperature - shift).exp() };
        weights += weight;
        sum += weight * score;
    }
    (sum / weights).clamp(least, greatest)
}

/// Weighted geometric mean of the pooled scores of the three types, in the order overlooked, badloc, swap.
#[must_use]
pub fn aggregate(pooled: [f64; 3], weights: [f64; 3]) -> f64 {
    let logarithm: f64 = pooled.iter().zip(weights).map(|(score, weight)| weight * (TINY_VALUE + score).ln()).sum();
    logarithm.exp()
}
