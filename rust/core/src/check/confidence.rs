//! How much to believe a score: curves by score that never fall, and how many objects without annotation the detector sees.
//!
//! An unmatched prediction that repeats none is free, if no annotation touches it, or poor: a loose box or a wrong class of
//! an annotated object. False detections become less often free, and more often poor, as confidence rises. So where more of
//! the confident ones are free than of the weak ones, the rest are objects that nobody annotated.
//!
//! A detector that sees each object several times, as without suppression, sees what is not there as often. So repeats of a
//! match are left out, and all other predictions without a match are divided by how often it sees an object that it finds.

use crate::abandon::{collected, filled};
use crate::check::class_counts::ClassCounts;
use crate::check::score_bins::SCORE_BINS;
use crate::geometry::larger;
use crate::parallel;

/// Each bin of a class is counted together with so many predictions from the confidence curve of all classes.
pub(crate) const PSEUDO_PREDICTIONS: f64 = 30.0;
/// Predictions of at most this confidence are nearly all false, and count as weak.
const WEAK: f64 = 0.05;
/// So do the bins that hold this fraction of the predictions without a match. Where a detector leaves out its weak ones, there
/// are no others that confident ones can be compared with.
const WEAK_FRACTION: f64 = 0.5;
/// Free predictions for each poor one where there are few weak predictions to count.
const USUAL: f64 = 2.0;
/// The ratio of all classes is counted together with so many poor predictions at the usual ratio, that of a class with so
/// many at the ratio of all.
const PSEUDO_POOR: f64 = 30.0;
/// Each bin is counted together with so many poor predictions, and as many free ones as false detections would give.
const PSEUDO_POOR_OF_BIN: f64 = 10.0;

/// The objects without annotation that the detector seems to see.
pub(crate) struct Omissions {
    /// For each class the first bin of the score that is not weak, and how many free predictions there are for each poor one
    /// where nothing is omitted.
    usual: Vec<(usize, f64)>,
}

impl Omissions {
    /// None of any class.
    pub(crate) const NONE: Self = Self { usual: Vec::new() };

    /// Those of classes, given the predictions of all.
    pub(crate) fn of(pooled: &Pooled, counted: &[ClassCounts]) -> Self {
        let weakest = pooled.weakest();
        // The free and poor predictions in the weak bins of each class: there is no memory for the curves of all.
        let mut weak = filled(counted.len(), (0, [0.0; 2]));
        parallel::each(0..counted.len(), &mut weak, &|class| class, &|_: &mut (), class, weak| {
            let (strong_from, sums) = &mut weak[0];
            let scores = pooled.times_seen.once_by_score(counted[class]);
            let confidence = pooled.curve(&scores, |_, _| 0.0);
            *strong_from = confidence.iter().take_while(|&&confidence| confidence <= WEAK).count().max(weakest);
            for &scores in &scores[..*strong_from] {
                let [free, poor] = free_and_poor(scores);
                *sums = [sums[0] + free, sums[1] + poor];
            }
        });
        let [free, poor] = weak.iter().fold([0.0; 2], |sum, (_, class)| [sum[0] + class[0], sum[1] + class[1]]);
        let of_all = (free + PSEUDO_POOR * USUAL) / (poor + PSEUDO_POOR);
        let ratio = |[free, poor]: [f64; 2]| (free + PSEUDO_POOR * of_all) / (poor + PSEUDO_POOR);
        Self { usual: collected(weak.into_iter().map(|(strong_from, sums)| (strong_from, ratio(sums)))) }
    }

    /// Those of a class among its predictions in a bin of the score.
    #[inline]
    pub(crate) fn among(&self, class: usize, bin: usize, scores: Once) -> f64 {
        let Some(&(_, ratio)) = self.usual.get(class).filter(|&&(strong_from, _)| bin >= strong_from) else {
            return 0.0;
        };
        let [free, poor] = free_and_poor(scores);
        let share = larger(free - ratio * poor, 0.0) / (free + ratio * PSEUDO_POOR_OF_BIN);
        free * share
    }
}

fn free_and_poor([all, matches, free]: Once) -> [f64; 2] {
    // Rounding takes no more away than there is.
    [free, larger(all - matches - free, 0.0)]
}

/// Predictions in a bin of the score, matches and free ones, as of a detector that sees everything once.
pub(crate) type Once = [f64; 3];

/// How often the detector sees an object that it finds.
#[derive(Clone, Copy)]
pub(crate) struct TimesSeen(f64);

impl TimesSeen {
    /// Over all classes.
    pub(crate) fn of(counted: &[ClassCounts]) -> Self {
        let mut sums = [0_i64; 2];
        for counts in counted {
            counts.each_score(|_, [matches, _, repeats, _]| {
                sums = [sums[0].saturating_add(matches), sums[1].saturating_add(repeats)];
            });
        }
        Self(1.0 + sums[1] as f64 / sums[0].max(1) as f64)
    }

    /// What is counted of predictions in a bin, without repeats.
    #[inline]
    pub(crate) fn once(self, scores: [i64; 4]) -> Once {
        let [matches, free, _, poor] = scores.map(|count| count as f64);
        [matches + (free + poor) / self.0, matches, free / self.0]
    }

    /// The same of all bins of a class: most have no predictions, and a division takes long.
    pub(crate) fn once_by_score(self, counts: ClassCounts) -> [Once; SCORE_BINS] {
        let mut once = [[0.0; 3]; SCORE_BINS];
        counts.each_score(|bin, scores| once[bin] = self.once(scores));
        once
    }
}

/// A number for each bin of the score.
pub(crate) type Curve = [f64; SCORE_BINS];

/// The predictions of all classes together. The curve of a class with few predictions stays near theirs.
pub(crate) struct Pooled {
    pub(crate) times_seen: TimesSeen,
    /// Of each bin of the score.
    pub(crate) confidence: Curve,
    /// Fraction of all predictions in each bin of the score.
    frequency: Curve,
    /// Predictions in each bin that neither match nor repeat a match.
    unmatched: Curve,
    /// The confidence of each bin without predictions of a class, and its weight.
    usual: [(f64, f64); SCORE_BINS],
    /// All omissions.
    pub(crate) omitted: f64,
}

impl Pooled {
    /// Of classes with these omissions among their predictions, and objects that are seen so often.
    pub(crate) fn of(times_seen: TimesSeen, omissions: &Omissions, counted: &[ClassCounts]) -> Self {
        let ([mut count, mut matches, mut unmatched], mut omitted) = ([[0.0; SCORE_BINS]; 3], 0.0);
        for (class, counts) in counted.iter().enumerate() {
            counts.each_score(|bin, scores| {
                let once = times_seen.once(scores);
                let not_judged = omissions.among(class, bin, once);
                omitted += not_judged;
                count[bin] += once[0] - not_judged;
                matches[bin] += once[1];
                unmatched[bin] += scores[1] as f64 + scores[3] as f64;
            });
        }
        let all = larger(count.iter().sum(), 1.0);
        let mut pooled = Self {
            times_seen,
            confidence: isotonic(std::array::from_fn(|bin| {
                ((matches[bin] + 0.5) / (count[bin] + 1.0), count[bin] + 1e-3)
            })),
            frequency: count.map(|count| count / all + 1e-6),
            unmatched,
            usual: [(0.0, 0.0); SCORE_BINS],
            omitted,
        };
        pooled.usual = std::array::from_fn(|bin| pooled.point(0.0, 0.0, bin));
        pooled
    }

    /// How many bins hold the weakest [`WEAK_FRACTION`] of the predictions without a match, or a little more.
    fn weakest(&self) -> usize {
        let mut left = WEAK_FRACTION * self.unmatched.iter().sum::<f64>();
        let bins = self.unmatched.iter().take_while(|&&count| {
            let some = left > 0.0;
            left -= count;
            some
        });
        bins.count()
    }

    /// The confidence of a class, with the omissions among its predictions in a bin.
    pub(crate) fn curve(&self, scores: &[Once; SCORE_BINS], mut omitted: impl FnMut(usize, Once) -> f64) -> Curve {
        let mut points = self.usual;
        for (bin, &scores) in scores.iter().enumerate().filter(|&(_, &scores)| scores != [0.0; 3]) {
            points[bin] = self.point(scores[0] - omitted(bin, scores), scores[1], bin);
        }
        isotonic(points)
    }

    /// The confidence of a bin with so many predictions and matches, and its weight.
    fn point(&self, count: f64, matches: f64, bin: usize) -> (f64, f64) {
        let mean = (matches + PSEUDO_PREDICTIONS * self.confidence[bin]) / (count + PSEUDO_PREDICTIONS);
        (mean, count + PSEUDO_PREDICTIONS * self.frequency[bin])
    }
}

/// Isotonic regression of (value, weight): the sequence that never falls and is nearest in weighted squares, by pooling
/// adjacent violators.
fn isotonic(values: [(f64, f64); SCORE_BINS]) -> Curve {
    let (mut blocks, mut count) = ([(0.0, 0.0, 0); SCORE_BINS], 0);
    for (value, weight) in values {
        let mut last = (value, weight, 1);
        while count > 0 && blocks[count - 1].0 >= last.0 {
            let (mean, weight, length) = blocks[count - 1];
            let total = weight + last.1;
            last = ((mean * weight + last.0 * last.1) / total, total, length + last.2);
            count -= 1;
        }
        blocks[count] = last;
        count += 1;
    }
    let (mut curve, mut start) = ([0.0; SCORE_BINS], 0);
    for &(mean, _, length) in &blocks[..count] {
        curve[start..start + length].fill(mean);
        start += length;
    }
    curve
}
