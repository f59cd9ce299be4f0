//! Whether counts can be those of a data set: whoever reads them from elsewhere asks first.

use crate::check::statistics::{ClassCounts, SCORE_BINS, Statistics, UNIT};
use crate::error::Error;

/// A matched annotation has an IoU of at least 0.5 with its match, so that 1 - IoU is at most this, in units of 2^-20.
const LARGEST_GAP: i64 = UNIT as i64 / 2;

/// Says if no data set has such counts: all that [`crate::check::collect()`] returns, and sums of it, pass.
///
/// # Errors
/// [`Error::Counts`] with the first class at fault.
///
/// # Examples
/// ```
/// use boxlint_core::check::{Entries, Statistics, check_counts};
///
/// // More matches than predictions.
/// let entries = Entries { scores: vec![[0, 40, 8, 10, 0]], ..Entries::default() };
/// let statistics = Statistics::from_entries(1, &entries).expect("within range");
/// let fault = check_counts(&statistics).expect_err("impossible");
/// assert_eq!(fault.to_string(), "class 0: fewer predictions than matches and free predictions");
/// ```
pub fn check_counts(statistics: &Statistics) -> Result<(), Error> {
    let annotations = total(statistics.counted().map(|(_, counts)| sum(counts.best.as_flattened())));
    for (class, counts) in statistics.counted() {
        let others = |other: u32| {
            let counts = statistics.classes.get(other as usize)?.as_deref()?;
            Some(counts.beside.get(class))
        };
        if let Some(what) = fault(counts).or_else(|| fault_beside(counts, annotations, others)) {
            return Err(Error::Counts { class, what });
        }
    }
    Ok(())
}

/// What is wrong with the predictions and annotations of a class.
fn fault(counts: &ClassCounts) -> Option<&'static str> {
    let [predictions, matches, free] = &counts.predictions;
    let all = counts.predictions.as_flattened().iter().chain(counts.best.as_flattened());
    if all.chain(counts.gaps.as_flattened()).any(|&count| count < 0) {
        return Some("a negative count");
    }
    if (0..SCORE_BINS).any(|bin| predictions[bin] < matches[bin].saturating_add(free[bin])) {
        return Some("fewer predictions than matches and free predictions");
    }
    // The best prediction on an annotation scores no less than its match.
    let (mut matched, mut found) = (0_i64, 0_i64);
    for bin in (0..SCORE_BINS).rev() {
        matched = matched.saturating_add(matches[bin]);
        found = found.saturating_add(total(counts.best.iter().map(|bins| bins[bin])));
        if matched > found {
            return Some("more matches than annotations with predictions of such scores");
        }
    }
    if total(counts.gaps.iter().map(|gap| gap[0])) != matched {
        return Some("another number of matches by size than by score");
    }
    for (&[matched, gap], bins) in counts.gaps.iter().zip(&counts.best) {
        if matched > sum(&bins[..SCORE_BINS]) {
            return Some("more matches than annotations of a size");
        }
        if gap > matched.saturating_mul(LARGEST_GAP) {
            return Some("matches that overlap by less than half");
        }
    }
    None
}

/// What is wrong with the classes beside a class; `others` tells how often it is beside each of them.
fn fault_beside(counts: &ClassCounts, annotations: i64, others: impl Fn(u32) -> Option<i64>) -> Option<&'static str> {
    if counts.beside.iter().any(|(other, count)| count < 0 || others(other) != Some(count)) {
        return Some("not as often beside a class as that is beside it");
    }
    // The pairs of an annotation sum to one in an image, but for rounding by at most a half for each of its classes.
    let unit = UNIT as i64;
    let most = sum(counts.best.as_flattened()).saturating_mul(unit).saturating_add(annotations / 2 + 1);
    let pairs = total(counts.beside.iter().map(|(_, count)| count));
    (pairs > most).then_some("more pairs than annotations")
}

fn sum(counts: &[i64]) -> i64 {
    total(counts.iter().copied())
}

/// The sum, or the largest number if that is beyond it.
fn total(counts: impl Iterator<Item = i64>) -> i64 {
    counts.fold(0, i64::saturating_add)
}
