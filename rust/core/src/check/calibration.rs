//! What the counts say about each class: curves by score that never fall, how many objects without annotation the detector
//! sees, how well it finds objects and how tightly.
//!
//! An unmatched prediction is free, if no annotation touches it, or poor: a loose box, a second box or a wrong class of an
//! annotated object. False detections become less often free, and more often poor, as confidence rises. So where more of
//! the confident ones are free than of the weak ones, the rest are objects that nobody annotated.

use std::mem;

use crate::abandon::filled;
use crate::check::class_counts::{ClassCounts, SIZE_BINS};
use crate::check::score_bins::SCORE_BINS;
use crate::check::statistics::UNIT;
use crate::geometry::larger;
use crate::parallel;

/// Each bin of a class is counted together with so many predictions from the confidence curve of all classes.
const PSEUDO_PREDICTIONS: f64 = 30.0;
/// Each detectability is counted together with so many annotations of the mean detectability, each row of co-occurrences
/// with so many of the mean frequencies.
pub(crate) const PSEUDO_ANNOTATIONS: f64 = 20.0;
/// Predictions of at most this confidence are nearly all false, and count as weak.
const WEAK: f64 = 0.05;
/// At least this fraction of the predictions without a match counts as weak. Where a detector leaves out its weak ones, those
/// that are left are all the false detections that confident ones can be compared with.
const WEAK_FRACTION: f64 = 0.5;
/// Free predictions for each poor one where there are few weak predictions to count.
const USUAL: f64 = 2.0;
/// The ratio of all classes is counted together with so many poor predictions at the usual ratio, that of a class with so
/// many at the ratio of all.
const PSEUDO_POOR: f64 = 30.0;
/// Each bin is counted together with so many poor predictions, and as many free ones as false detections would give.
const PSEUDO_POOR_OF_BIN: f64 = 10.0;

/// Replaces the confidence of each class by the objects without annotation among its predictions in each bin of the score.
/// Predictions of a confidence up to `limit` are weak.
fn into_omitted(classes: &mut [ClassModel], counted: &[&ClassCounts], limit: f64) {
    let of_weak = |(class, counts): (&ClassModel, &&ClassCounts)| free_and_poor_up_to(limit, &class.confidence, counts);
    let weak: Vec<[f64; 2]> = classes.iter().zip(counted).map(of_weak).collect();
    let [free, poor] = weak.iter().fold([0.0; 2], |sum, class| [sum[0] + class[0], sum[1] + class[1]]);
    let of_all = (free + PSEUDO_POOR * USUAL) / (poor + PSEUDO_POOR);
    for ((class, counts), [free, poor]) in classes.iter_mut().zip(counted).zip(weak) {
        let ratio = (free + PSEUDO_POOR * of_all) / (poor + PSEUDO_POOR);
        let confidence = mem::replace(&mut class.confidence, [0.0; SCORE_BINS]);
        counts.each_score(|bin, scores| {
            if confidence[bin] > limit {
                let [free, poor] = free_and_poor(scores);
                let share = larger(free - ratio * poor, 0.0) / (free + ratio * PSEUDO_POOR_OF_BIN);
                class.confidence[bin] = free * share;
            }
        });
    }
}

fn free_and_poor_up_to(limit: f64, confidence: &Curve, counts: &ClassCounts) -> [f64; 2] {
    let mut sums = [0.0; 2];
    counts.each_score(|bin, scores| {
        if confidence[bin] <= limit {
            let [free, poor] = free_and_poor(scores);
            sums = [sums[0] + free, sums[1] + poor];
        }
    });
    sums
}

fn free_and_poor(scores: [i64; 3]) -> [f64; 2] {
    let [all, matches, free] = scores.map(|count| count as f64);
    [free, all - matches - free]
}

/// A number for each bin of the score.
pub(crate) type Curve = [f64; SCORE_BINS];

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
    let mut curve = [0.0; SCORE_BINS];
    let means = blocks[..count].iter().flat_map(|&(mean, _, length)| std::iter::repeat_n(mean, length));
    curve.iter_mut().zip(means).for_each(|(point, mean)| *point = mean);
    curve
}

/// What the counts say about each class.
#[derive(Clone, Debug)]
pub(crate) struct ClassModel {
    /// Fraction of the predictions of a score that match an annotation, never falling with the score.
    pub(crate) confidence: Curve,
    /// Fraction of the annotations of a size that the detector finds: found in docs/method.md.
    pub(crate) detectability: [f64; SIZE_BINS],
    /// The number of these annotations.
    pub(crate) annotations: [i64; SIZE_BINS],
    /// The usual 1 - IoU of a match over that of a size, at most 1: tight in docs/method.md.
    pub(crate) tightness: [f64; SIZE_BINS],
    /// Fraction of the annotations that are of this class.
    pub(crate) frequency: f64,
    /// Objects without annotation that the detector seems to see, for each annotated one that it finds.
    pub(crate) omitted: f64,
    /// 1 over the number of pairs of the class, pseudo-annotations included.
    pub(crate) per_pair: f64,
}

impl ClassModel {
    const UNKNOWN: Self = Self {
        confidence: [0.0; SCORE_BINS],
        detectability: [0.0; SIZE_BINS],
        annotations: [0; SIZE_BINS],
        tightness: [0.0; SIZE_BINS],
        frequency: 0.0,
        omitted: 0.0,
        per_pair: 0.0,
    };
}

/// What the counts say about all classes.
pub(crate) struct ClassModels {
    /// Of each class.
    pub(crate) known: Vec<ClassModel>,
    /// How likely the detector finds any annotation.
    pub(crate) mean_detectability: f64,
    /// Fraction of the annotations that a prediction is on; 1 if there are none.
    pub(crate) answered: f64,
    /// How many objects without annotation the detector seems to see for each annotation.
    pub(crate) omitted: f64,
}

/// The models of the classes of which these are the counts. `pairs` are how often each stands beside any; `classes` is the
/// number of all, also of those without counts.
pub(crate) fn class_models(counted: &[&ClassCounts], pairs: &[i64], classes: usize) -> ClassModels {
    let mut known = filled(counted.len(), ClassModel::UNKNOWN);
    // The confidence of all predictions tells which are omissions, and that of the others is believed. Until then, the
    // confidence of a class holds the one and then the other.
    let pooled = Pooled::of(&known, counted);
    each(&mut known, &|class, model| model.confidence = pooled.curve(&[0.0; SCORE_BINS], counted[class]));
    into_omitted(&mut known, counted, pooled.weak_limit(counted));
    let omitted: f64 = known.iter().flat_map(|model| &model.confidence).sum();
    let pooled = Pooled::of(&known, counted);
    let mut by_size = filled(counted.len(), BySize::default());
    each(&mut by_size, &|class, sums| *sums = pooled.by_size(counted[class]));
    let usual = Usual::of(&by_size, classes);
    each(&mut known, &|class, model| {
        let omitted = mem::replace(&mut model.confidence, [0.0; SCORE_BINS]);
        model.confidence = pooled.curve(&omitted, counted[class]);
        model.omitted = omitted.iter().sum::<f64>() / (matches(counted[class]) as f64 + PSEUDO_PREDICTIONS);
        model.per_pair = 1.0 / (pairs[class] as f64 / UNIT as f64 + PSEUDO_ANNOTATIONS);
        usual.describe(model, &by_size[class]);
    });
    let annotations = usual.annotations.max(1) as f64;
    let silent: i64 = by_size.iter().map(|class| class.silent).sum();
    ClassModels {
        known,
        mean_detectability: usual.mean_detectability,
        answered: 1.0 - silent as f64 / annotations,
        omitted: omitted / annotations,
    }
}

/// Calls `work` with each class and its value, in parallel.
fn each<T: Send>(values: &mut [T], work: &(dyn Fn(usize, &mut T) + Sync)) {
    parallel::parts(0..values.len(), values, &|class| class, &|classes, values| {
        classes.zip(values).for_each(|(class, value)| work(class, value));
    });
}

/// The predictions of all classes together. The curve of a class with few predictions stays near theirs.
struct Pooled {
    confidence: Curve,
    /// Fraction of all predictions in each bin of the score.
    frequency: Curve,
}

impl Pooled {
    /// Of classes whose confidence holds the omissions among their predictions.
    fn of(known: &[ClassModel], counted: &[&ClassCounts]) -> Self {
        let [mut count, mut matches] = [[0.0; SCORE_BINS]; 2];
        for (class, counts) in known.iter().zip(counted) {
            counts.each_score(|bin, scores| {
                count[bin] += judged(&class.confidence, scores, bin);
                matches[bin] += scores[1] as f64;
            });
        }
        let all = larger(count.iter().sum(), 1.0);
        Self {
            confidence: isotonic(std::array::from_fn(|bin| {
                ((matches[bin] + 0.5) / (count[bin] + 1.0), count[bin] + 1e-3)
            })),
            frequency: count.map(|count| count / all + 1e-6),
        }
    }

    /// The confidence up to which predictions are weak: that of all classes where the weakest [`WEAK_FRACTION`] of the
    /// predictions without a match end, and at least [`WEAK`].
    fn weak_limit(&self, counted: &[&ClassCounts]) -> f64 {
        let mut unmatched = [0.0; SCORE_BINS];
        for counts in counted {
            counts.each_score(|bin, [all, matches, _]| unmatched[bin] += (all - matches) as f64);
        }
        let mut left = WEAK_FRACTION * unmatched.iter().sum::<f64>();
        let end = unmatched.iter().position(|count| {
            left -= count;
            left <= 0.0
        });
        end.map_or(WEAK, |bin| larger(WEAK, self.confidence[bin]))
    }

    /// The confidence of a class, with the omissions among its predictions.
    fn curve(&self, omitted: &Curve, counts: &ClassCounts) -> Curve {
        let scores = counts.scores();
        isotonic(std::array::from_fn(|bin| {
            let (count, matches) = (judged(omitted, scores[bin], bin), scores[bin][1] as f64);
            let mean = (matches + PSEUDO_PREDICTIONS * self.confidence[bin]) / (count + PSEUDO_PREDICTIONS);
            (mean, count + PSEUDO_PREDICTIONS * self.frequency[bin])
        }))
    }

    /// Sums over the annotations of a class.
    fn by_size(&self, counts: &ClassCounts) -> BySize {
        let mut sums = BySize::default();
        let mut gaps = [[0.0; 2]; SIZE_BINS];
        counts.each_by_size(
            |size, bin, count| {
                let [support, number] = &mut sums.support[size];
                *support += self.confidence.get(bin).map_or(0.0, |confidence| confidence * count as f64);
                *number += count as f64;
                sums.silent += if bin == SCORE_BINS { count } else { 0 };
            },
            |size, [matches, gap]| gaps[size] = [gap as f64 / UNIT as f64, matches as f64],
        );
        sums.gap = gaps;
        sums
    }
}

/// The annotations of all classes together. What is known of a class with few annotations stays near it.
struct Usual {
    detectability: [f64; SIZE_BINS],
    /// The mean over all sizes.
    mean_detectability: f64,
    /// Mean of 1 - IoU over all matches, and over those of a size.
    mean_gap: f64,
    gap: [f64; SIZE_BINS],
    annotations: i64,
    classes: usize,
}

impl Usual {
    fn of(counted: &[BySize], classes: usize) -> Self {
        let (mean_detectability, detectability) = means_by_size(counted.iter().map(|class| class.support));
        let (mean_gap, gap) = means_by_size(counted.iter().map(|class| class.gap));
        let annotations = counted.iter().map(BySize::annotations).sum();
        Self { detectability, mean_detectability, mean_gap, gap, annotations, classes }
    }

    /// Tells what follows from the annotations of a class.
    fn describe(&self, class: &mut ClassModel, by_size: &BySize) {
        let gap = |size: usize| shrunk(by_size.gap[size], self.gap[size]);
        class.detectability = std::array::from_fn(|size| shrunk(by_size.support[size], self.detectability[size]));
        class.annotations = by_size.support.map(|[_, number]| number as i64);
        class.tightness =
            std::array::from_fn(gap).map(|gap| if gap > self.mean_gap { self.mean_gap / gap } else { 1.0 });
        class.frequency = (by_size.annotations() + 1) as f64 / (self.annotations + self.classes as i64) as f64;
    }
}

fn matches(counts: &ClassCounts) -> i64 {
    let mut sum = 0;
    counts.each_score(|_, [_, matches, _]| sum += matches);
    sum
}

/// For each size, sums over the annotations of a class.
#[derive(Clone, Default)]
struct BySize {
    /// Of the pooled confidence of the best predictions on them, and their number.
    support: [[f64; 2]; SIZE_BINS],
    /// Of 1 - IoU over those that are matched, and the number of these.
    gap: [[f64; 2]; SIZE_BINS],
    /// How many no prediction is on, of all sizes.
    silent: i64,
}

impl BySize {
    fn annotations(&self) -> i64 {
        self.support.iter().map(|&[_, number]| number as i64).sum()
    }
}

/// Of sums and numbers by size: the mean over all sizes, and for each size its mean, counted together with
/// pseudo-annotations of the mean over all sizes.
fn means_by_size(sums: impl Iterator<Item = [[f64; 2]; SIZE_BINS]>) -> (f64, [f64; SIZE_BINS]) {
    let plus = |[a, b]: [f64; 2], [c, d]: [f64; 2]| [a + c, b + d];
    let by_size = sums.fold([[0.0; 2]; SIZE_BINS], |all, one| std::array::from_fn(|size| plus(all[size], one[size])));
    let [sum, number] = by_size.into_iter().fold([0.0; 2], plus);
    let mean = sum / number.max(1.0);
    (mean, by_size.map(|sum| shrunk(sum, mean)))
}

/// The mean of a sum over so many annotations, counted together with pseudo-annotations of another mean.
fn shrunk([sum, number]: [f64; 2], mean: f64) -> f64 {
    (sum + PSEUDO_ANNOTATIONS * mean) / (number + PSEUDO_ANNOTATIONS)
}

/// The predictions of a bin that annotations can judge: all but the omissions.
#[inline]
fn judged(omitted: &Curve, scores: [i64; 3], bin: usize) -> f64 {
    scores[0] as f64 - omitted[bin]
}
