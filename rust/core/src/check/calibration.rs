//! What the counts say about each class: curves by score that never fall, how many objects without annotation the detector
//! sees, how well it finds objects and how tightly.
//!
//! An unmatched prediction is free, if no annotation touches it, or poor: a loose box, a second box or a wrong class of an
//! annotated object. False detections become less often free, and more often poor, as confidence rises. So where more of
//! the confident ones are free than of the weak ones, the rest are objects that nobody annotated.

use rayon::prelude::*;

use crate::check::class_counts::{ClassCounts, SIZE_BINS};
use crate::check::score_bins::SCORE_BINS;
use crate::check::statistics::UNIT;
use crate::geometry::larger;

/// Each bin of a class is counted together with so many predictions from the confidence curve of all classes.
const PSEUDO_PREDICTIONS: f64 = 30.0;
/// Each detectability is counted together with so many annotations of the mean detectability, each row of co-occurrences
/// with so many of the mean frequencies.
pub(crate) const PSEUDO_ANNOTATIONS: f64 = 20.0;
/// Predictions of at most this confidence are nearly all false.
const WEAK: f64 = 0.05;
/// Free predictions for each poor one where there are no weak predictions to count.
const USUAL: f64 = 2.0;
/// The ratio of all classes is counted together with so many poor predictions at the usual ratio, that of a class with so
/// many at the ratio of all.
const PSEUDO_POOR: f64 = 30.0;
/// Each bin is counted together with so many poor predictions, and as many free ones as false detections would give.
const PSEUDO_POOR_OF_BIN: f64 = 10.0;

/// Replaces the confidence of each class by the objects without annotation among its predictions in each bin of the score.
fn into_omitted(curves: &mut [Curve], classes: &[&ClassCounts]) {
    let weak: Vec<[f64; 2]> =
        curves.iter().zip(classes).map(|(confidence, counts)| free_and_poor_of_weak(confidence, counts)).collect();
    let [free, poor] = weak.iter().fold([0.0; 2], |sum, class| [sum[0] + class[0], sum[1] + class[1]]);
    let of_all = (free + PSEUDO_POOR * USUAL) / (poor + PSEUDO_POOR);
    for ((curve, counts), [free, poor]) in curves.iter_mut().zip(classes).zip(weak) {
        let ratio = (free + PSEUDO_POOR * of_all) / (poor + PSEUDO_POOR);
        for (point, scores) in curve.iter_mut().zip(counts.scores()) {
            let [free, poor] = free_and_poor(scores);
            let share = larger(free - ratio * poor, 0.0) / (free + ratio * PSEUDO_POOR_OF_BIN);
            *point = if *point > WEAK { free * share } else { 0.0 };
        }
    }
}

fn free_and_poor_of_weak(confidence: &Curve, counts: &ClassCounts) -> [f64; 2] {
    let mut sums = [0.0; 2];
    counts.each_score(|bin, scores| {
        if confidence[bin] <= WEAK {
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

/// What the counts say about all classes.
pub(crate) struct ClassModels {
    /// Of a class without counts, and of each with counts.
    pub(crate) known: Vec<ClassModel>,
    /// How likely the detector finds any annotation.
    pub(crate) mean_detectability: f64,
    /// How many objects without annotation the detector seems to see for each annotation.
    pub(crate) omitted: f64,
}

/// The models of the classes that have counts. `pairs` are how often each class in `known` stands beside any; `classes` is
/// the number of all.
pub(crate) fn class_models(counted: &[&ClassCounts], pairs: &[i64], classes: usize) -> ClassModels {
    let nothing = [0.0; SCORE_BINS];
    let pooled = Pooled::of(counted.iter().map(|counts| (&nothing, *counts)), classes);
    // The confidence of all predictions tells which are omissions, and that of the others is believed.
    let mut curves: Vec<Curve> = counted.par_iter().map(|counts| pooled.curve(&nothing, &counts.scores())).collect();
    into_omitted(&mut curves, counted);
    let omitted = curves;
    let pooled = Pooled::of(omitted.iter().zip(counted.iter().copied()), classes);
    let mut known = vec![pooled.model(&nothing, &ClassCounts::NOTHING, 0)];
    let of_counted = omitted.par_iter().zip(counted).zip(&pairs[1..]);
    known.par_extend(of_counted.map(|((omitted, counts), &pairs)| pooled.model(omitted, counts, pairs)));
    ClassModels {
        known,
        mean_detectability: pooled.mean_detectability,
        omitted: omitted.iter().flatten().sum::<f64>() / pooled.annotations.max(1) as f64,
    }
}

/// The counts of all classes together. The model of a class with few counts stays near theirs.
struct Pooled {
    confidence: Curve,
    /// Fraction of all predictions in each bin of the score.
    frequency: Curve,
    detectability: [f64; SIZE_BINS],
    /// The mean over all sizes.
    mean_detectability: f64,
    /// Mean of 1 - IoU over all matches, and over those of a size.
    mean_gap: f64,
    gap: [f64; SIZE_BINS],
    annotations: i64,
    classes: usize,
}

impl Pooled {
    /// Of classes, with the omissions among their predictions.
    fn of<'a>(known: impl Iterator<Item = (&'a Curve, &'a ClassCounts)> + Clone, classes: usize) -> Self {
        let [mut count, mut matches] = [[0.0; SCORE_BINS]; 2];
        for (omitted, counts) in known.clone() {
            counts.each_score(|bin, scores| {
                count[bin] += judged(omitted, scores, bin);
                matches[bin] += scores[1] as f64;
            });
        }
        let all = larger(count.iter().sum(), 1.0);
        let mut pooled = Self {
            confidence: isotonic(std::array::from_fn(|bin| {
                ((matches[bin] + 0.5) / (count[bin] + 1.0), count[bin] + 1e-3)
            })),
            frequency: count.map(|count| count / all + 1e-6),
            detectability: [0.0; SIZE_BINS],
            mean_detectability: 0.0,
            mean_gap: 0.0,
            gap: [0.0; SIZE_BINS],
            annotations: 0,
            classes,
        };
        let of_classes: Vec<BySize> = known.map(|(_, counts)| pooled.by_size(counts)).collect();
        pooled.annotations = of_classes.iter().map(BySize::annotations).sum();
        (pooled.mean_detectability, pooled.detectability) = means_by_size(of_classes.iter().map(|class| class.support));
        (pooled.mean_gap, pooled.gap) = means_by_size(of_classes.iter().map(|class| class.gap));
        pooled
    }

    /// Sums over the annotations of a class.
    fn by_size(&self, counts: &ClassCounts) -> BySize {
        let mut sums = BySize::default();
        counts.each_by_size(
            |size, bin, count| {
                let [support, number] = &mut sums.support[size];
                *support += self.confidence.get(bin).map_or(0.0, |confidence| confidence * count as f64);
                *number += count as f64;
            },
            |size, [matches, gap]| sums.gap[size] = [gap as f64 / UNIT as f64, matches as f64],
        );
        sums
    }

    /// The confidence of a class, with the omissions among its predictions.
    fn curve(&self, omitted: &Curve, scores: &[[i64; 3]; SCORE_BINS]) -> Curve {
        isotonic(std::array::from_fn(|bin| {
            let (count, matches) = (judged(omitted, scores[bin], bin), scores[bin][1] as f64);
            let mean = (matches + PSEUDO_PREDICTIONS * self.confidence[bin]) / (count + PSEUDO_PREDICTIONS);
            (mean, count + PSEUDO_PREDICTIONS * self.frequency[bin])
        }))
    }

    fn model(&self, omitted: &Curve, counts: &ClassCounts, pairs: i64) -> ClassModel {
        let (scores, by_size) = (counts.scores(), self.by_size(counts));
        let matches: i64 = scores.iter().map(|&[_, matches, _]| matches).sum();
        let gap = |size: usize| shrunk(by_size.gap[size], self.gap[size]);
        ClassModel {
            confidence: self.curve(omitted, &scores),
            detectability: std::array::from_fn(|size| shrunk(by_size.support[size], self.detectability[size])),
            annotations: by_size.support.map(|[_, number]| number as i64),
            tightness: std::array::from_fn(gap).map(|gap| if gap > self.mean_gap { self.mean_gap / gap } else { 1.0 }),
            frequency: (by_size.annotations() + 1) as f64 / (self.annotations + self.classes as i64) as f64,
            omitted: omitted.iter().sum::<f64>() / (matches as f64 + PSEUDO_PREDICTIONS),
            per_pair: 1.0 / (pairs as f64 / UNIT as f64 + PSEUDO_ANNOTATIONS),
        }
    }
}

/// For each size, sums over the annotations of a class.
#[derive(Default)]
struct BySize {
    /// Of the pooled confidence of the best predictions on them, and their number.
    support: [[f64; 2]; SIZE_BINS],
    /// Of 1 - IoU over those that are matched, and the number of these.
    gap: [[f64; 2]; SIZE_BINS],
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
