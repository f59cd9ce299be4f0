//! Whether counts can be those of a data set: whoever reads them from elsewhere asks first.

use crate::abandon::filled;
use crate::check::class_counts::{ClassCounts, SIZE_BINS};
use crate::check::image::PREDICTIONS;
use crate::check::score_bins::SCORE_BINS;
use crate::check::statistics::{Statistics, UNIT};
use crate::error::Error;

/// A matched annotation has an IoU of at least 0.5 with its match, so that 1 - IoU is at most this, in units of 2^-20.
const LARGEST_GAP: i64 = UNIT as i64 / 2;
/// In an image with a match, all other predictions may repeat it.
const MOST_REPEATS: i64 = PREDICTIONS as i64 - 1;

/// Says if no data set has such counts: all that [`crate::check::collect()`] returns, and sums of it, pass.
///
/// # Errors
/// [`Error::Counts`] with the first class at fault.
///
/// # Examples
/// ```
/// use boxlint_core::check::{Entries, Statistics, check_counts};
///
/// // Eight predictions that match, and no annotation.
/// let entries = Entries { scores: vec![[0, 40, 10, 8, 0, 0]], ..Entries::default() };
/// let statistics = Statistics::from_entries(1, &entries).expect("within range");
/// let fault = check_counts(&statistics).expect_err("impossible");
/// assert_eq!(fault.to_string(), "class 0: more matches than annotations with predictions of such scores");
/// ```
pub fn check_counts(statistics: &Statistics) -> Result<(), Error> {
    let mut number = filled(statistics.classes(), 0);
    let mut beside = filled(statistics.classes(), 0_i64);
    for (class, counts) in statistics.counted() {
        fault(counts).map_or(Ok(()), |what| Err(Error::Counts { class, what }))?;
        number[class as usize] = annotations(counts);
        for (other, count) in counts.beside() {
            for (class, count) in [(class, count), (other, if class == other { 0 } else { count })] {
                beside[class as usize] = beside[class as usize].saturating_add(count);
            }
        }
    }
    // The pairs of an annotation sum to one in an image, but for rounding by at most a half for each of its classes.
    let rounding = total(number.iter().copied()) / 2;
    let most = |annotations: i64| {
        if annotations == 0 { 0 } else { annotations.saturating_mul(UNIT as i64).saturating_add(rounding + 1) }
    };
    match (0..).zip(number.iter().zip(beside)).find(|&(_, (&annotations, beside))| beside > most(annotations)) {
        Some((class, _)) => Err(Error::Counts { class, what: "more pairs than annotations" }),
        None => Ok(()),
    }
}

/// What is wrong with the predictions and annotations of a class.
fn fault(counts: ClassCounts) -> Option<&'static str> {
    let scores = counts.scores();
    let mut best = [[0; SCORE_BINS + 1]; SIZE_BINS];
    let mut gaps = [[0; 2]; SIZE_BINS];
    counts.each_by_size(|size, bin, count| best[size][bin] = count, |size, gap| gaps[size] = gap);
    let mut seen = [[0; 2]; SCORE_BINS];
    counts.each_seen(|bin, numbers| seen[bin] = numbers);
    // The best prediction on an annotation scores no less than its match, and that no less than what repeats it.
    let (mut matched, mut found, mut repeats) = (0_i64, 0_i64, 0_i64);
    let (mut other, mut own) = (0_i64, 0_i64);
    for bin in (0..SCORE_BINS).rev() {
        matched = matched.saturating_add(scores[bin][0]);
        let of_bin = total(best.iter().map(|bins| bins[bin]));
        found = found.saturating_add(of_bin);
        if matched > found {
            return Some("more matches than annotations with predictions of such scores");
        }
        // The best prediction of an annotation's own class scores less than the one of another class.
        own = own.saturating_add(seen[bin][1]);
        if seen[bin][0] > of_bin || own > other {
            return Some("more annotations seen as other classes than annotations with predictions of such scores");
        }
        other = other.saturating_add(seen[bin][0]);
        repeats = repeats.saturating_add(scores[bin][2]);
        if repeats > matched.saturating_mul(MOST_REPEATS) {
            return Some("more repeats than matches of such scores can have");
        }
    }
    if total(gaps.iter().map(|gap| gap[0])) != matched {
        return Some("another number of matches by size than by score");
    }
    for (&[matched, gap], bins) in gaps.iter().zip(&best) {
        if matched > total(bins[..SCORE_BINS].iter().copied()) {
            return Some("more matches than annotations of a size");
        }
        if gap > matched.saturating_mul(LARGEST_GAP) {
            return Some("matches that overlap by less than half");
        }
    }
    None
}

fn annotations(counts: ClassCounts) -> i64 {
    let mut sum = 0_i64;
    counts.each_by_size(|_, _, count| sum = sum.saturating_add(count), |_, _| ());
    sum
}

/// The sum, or the largest number if that is beyond it.
fn total(counts: impl Iterator<Item = i64>) -> i64 {
    counts.fold(0, i64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::statistics::Entries;

    /// What is wrong with three matches in score bin 40, whose annotations have their best predictions in these bins.
    fn fault_of(bins: &[[i64; 2]], repeats: i64, gap: i64) -> Option<String> {
        let entries = Entries {
            scores: vec![[0, 40, 1000, 3, 0, repeats]],
            best: bins.iter().map(|&[bin, count]| [0, 6, bin, count]).collect(),
            gaps: vec![[0, 6, 3, gap]],
            ..Entries::default()
        };
        let statistics = Statistics::from_entries(1, &entries).expect("within range");
        check_counts(&statistics).err().map(|fault| fault.to_string())
    }

    #[test]
    fn annotations_are_seen_as_others_where_they_have_such_a_prediction_and_as_their_own_where_one_scores_less() {
        let fault_of = |seen: &[[i64; 4]]| {
            let entries =
                Entries { best: vec![[0, 6, 40, 2], [0, 6, 41, 1]], seen: seen.to_vec(), ..Entries::default() };
            check_counts(&Statistics::from_entries(1, &entries).expect("within range")).is_err()
        };
        assert!(!fault_of(&[[0, 39, 0, 2], [0, 40, 2, 0]]));
        assert!(!fault_of(&[[0, 40, 2, 1], [0, 41, 1, 0]]));
        for more in [[[0, 39, 0, 3], [0, 40, 2, 0]], [[0, 40, 2, 1], [0, 41, 0, 0]], [[0, 40, 1, 0], [0, 41, 2, 0]]] {
            assert!(fault_of(&more));
        }
    }

    #[test]
    fn counts_are_refused_from_one_too_many_on() {
        let (most_repeats, largest_gap) = (3 * MOST_REPEATS, 3 * LARGEST_GAP);
        assert_eq!(fault_of(&[[40, 3]], most_repeats, largest_gap), None);
        assert_eq!(fault_of(&[[40, 1], [41, 2]], 0, 0), None);
        let too_many = "class 0: more matches than annotations with predictions of such scores";
        assert_eq!(fault_of(&[[40, 2], [65, 1]], 0, 0).as_deref(), Some(too_many));
        assert_eq!(fault_of(&[[39, 1], [40, 2]], 0, 0).as_deref(), Some(too_many));
        let too_many = "class 0: more repeats than matches of such scores can have";
        assert_eq!(fault_of(&[[40, 3]], most_repeats + 1, 0).as_deref(), Some(too_many));
        let too_far = "class 0: matches that overlap by less than half";
        assert_eq!(fault_of(&[[40, 3]], 0, largest_gap + 1).as_deref(), Some(too_far));
    }
}
