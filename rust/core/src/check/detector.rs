//! What the counts say about the detector and the data set, made once between the passes: how much to believe a score,
//! how easily objects are found, and which classes stand together.

use crate::check::calibration::{Curve, isotonic, omitted};
use crate::check::statistics::{
    Beside, ClassCounts, SCORE_BINS, SIZE_BINS, Statistics, UNIT, score_at, score_position,
};
use crate::geometry::{larger, smaller};

/// Confidence from which a prediction is at least as likely right as wrong.
pub const CONFIDENT: f64 = 0.5;
/// Each bin of a class is counted together with so many predictions from the confidence curve of all classes.
const PSEUDO_PREDICTIONS: f64 = 30.0;
/// Each detectability is counted together with so many annotations of the mean detectability, each row of co-occurrences
/// with so many of the mean frequencies.
const PSEUDO_ANNOTATIONS: f64 = 20.0;
/// Pass 2 skips predictions at or below this confidence.
const NEGLIGIBLE: f64 = 0.002;
/// No confidence is above this.
const CERTAIN: f64 = 0.999;
/// Up to so many classes, the co-occurrences of all pairs are laid out as a table, of 2 MB at most.
const PAIRED_CLASSES: usize = 512;

/// Confidence, detectability, frequency and co-occurrence of each class.
#[derive(Clone, Debug)]
pub struct DetectorModel {
    /// Place of each class in `known`; classes without counts share the first.
    slot: Vec<u32>,
    /// For each class, a score below which every confidence is negligible.
    kept_from: Vec<f64>,
    known: Vec<ClassModel>,
    /// How likely the detector finds any annotation.
    mean_detectability: f64,
    /// Fraction of the annotations that a prediction is on, of whatever score and class.
    answered: f64,
    /// [`DetectorModel::co_occurrence`] of all pairs by their places in `known`, unless they are too many. One row for each
    /// other class, since one other class is looked up with class after class; that of classes without counts is not used.
    co_occurrence: Option<Vec<f64>>,
    /// How many objects without annotation the detector seems to see for each annotation.
    omitted: f64,
}

#[derive(Clone, Debug)]
struct ClassModel {
    /// Fraction of the predictions of a score that match an annotation, never falling with the score.
    confidence: Curve,
    /// Fraction of the annotations of a size that the detector finds: found in docs/method.md.
    detectability: [f64; SIZE_BINS],
    /// The number of these annotations.
    annotations: [i64; SIZE_BINS],
    /// The usual 1 - IoU of a match over that of a size, at most 1: tight in docs/method.md.
    tightness: [f64; SIZE_BINS],
    /// Fraction of the annotations that are of this class.
    frequency: f64,
    /// Objects without annotation that the detector seems to see, for each annotated one that it finds.
    omitted: f64,
    beside: Beside,
    /// 1 over the number of pairs of the class, pseudo-annotations included.
    per_pair: f64,
}

impl DetectorModel {
    /// The model of a data set.
    ///
    /// ```
    /// use boxlint_core::check::{DetectorModel, Entries, Statistics};
    ///
    /// // Of 1,000 predictions of class 0 in score bin 40, whose centre is a score of 0.8808, 900 match an annotation.
    /// let entries = Entries { scores: vec![[0, 40, 1000, 900, 0]], ..Entries::default() };
    /// let model = DetectorModel::new(&Statistics::from_entries(1, &entries).expect("within range"));
    /// assert!((model.confidence(0, 0.8808) - 0.9).abs() < 0.01);
    /// ```
    #[must_use]
    pub fn new(statistics: &Statistics) -> Self {
        let nothing = [0.0; SCORE_BINS];
        let classes: Vec<_> = statistics.counted().map(|(_, counts)| (nothing, counts)).collect();
        let pooled = Pooled::of(&classes, statistics.classes());
        // The confidence of all predictions tells which are omissions, and that of the others is believed.
        let of_all: Vec<_> = classes.iter().map(|&(_, counts)| (pooled.curve(&nothing, counts), counts)).collect();
        let classes: Vec<_> =
            omitted(&of_all).into_iter().zip(of_all).map(|(omitted, (_, counts))| (omitted, counts)).collect();
        let pooled = Pooled::of(&classes, statistics.classes());
        let mut known = vec![pooled.model(&nothing, &ClassCounts::new())];
        let mut slot = vec![0; statistics.classes()];
        for ((class, counts), (omitted, _)) in statistics.counted().zip(&classes) {
            slot[class as usize] = known.len() as u32;
            known.push(pooled.model(omitted, counts));
        }
        let of_known: Vec<f64> = known.iter().map(|class| kept_from(&class.confidence)).collect();
        let kept_from = slot.iter().map(|&slot| of_known[slot as usize]).collect();
        let mut model = Self {
            slot,
            kept_from,
            known,
            mean_detectability: pooled.mean_detectability,
            answered: answered(statistics),
            omitted: classes.iter().flat_map(|(omitted, _)| omitted).sum::<f64>() / pooled.annotations.max(1) as f64,
            co_occurrence: None,
        };
        model.co_occurrence = model.all_pairs(statistics);
        model
    }

    fn all_pairs(&self, statistics: &Statistics) -> Option<Vec<f64>> {
        let count = self.known.len();
        if count > PAIRED_CLASSES {
            return None;
        }
        let mut co_occurrence = vec![0.0; count * count];
        for (other, _) in statistics.counted() {
            let row = &mut co_occurrence[self.slot(other) * count..][..count];
            row.iter_mut().zip(&self.known).for_each(|(value, of_class)| *value = self.beside(of_class, other));
        }
        Some(co_occurrence)
    }

    /// Number of classes.
    ///
    /// ```
    /// use boxlint_core::check::{DetectorModel, Statistics};
    ///
    /// assert_eq!(DetectorModel::new(&Statistics::of_classes(3)).classes(), 3);
    /// ```
    #[must_use]
    pub fn classes(&self) -> usize {
        self.slot.len()
    }

    /// False only if the confidence of a prediction is negligible; needs no logarithm.
    #[inline]
    pub(crate) fn may_be_kept(&self, class: u32, score: f64) -> bool {
        score >= self.kept_from[class as usize]
    }

    /// How likely a prediction of this class and score is on an annotation of its class; 0 if that is negligible.
    ///
    /// `class` is below [`DetectorModel::classes`]; any other panics.
    ///
    /// ```
    /// use boxlint_core::check::{DetectorModel, Entries, Statistics};
    ///
    /// // The detector is right with every other prediction of a high score, and never with one of a low score.
    /// let entries = Entries { scores: vec![[0, 10, 100_000, 0, 0], [0, 50, 100_000, 50_000, 0]], ..Entries::default() };
    /// let model = DetectorModel::new(&Statistics::from_entries(1, &entries).expect("within range"));
    /// assert_eq!(model.confidence(0, 0.001), 0.0);
    /// assert!((model.confidence(0, 0.999) - 0.5).abs() < 0.01);
    /// ```
    #[inline]
    #[must_use]
    pub fn confidence(&self, class: u32, score: f64) -> f64 {
        let position = score_position(score);
        let bin = (position as usize).min(SCORE_BINS - 2);
        let curve = &self.class(class).confidence;
        // In this form it is exactly flat where the curve is.
        let confidence = curve[bin] + (curve[bin + 1] - curve[bin]) * (position - bin as f64);
        if confidence > NEGLIGIBLE { smaller(confidence, CERTAIN) } else { 0.0 }
    }

    /// How likely the detector finds an annotation of this class and size.
    #[inline]
    pub(crate) fn detectability(&self, class: u32, size: usize) -> f64 {
        self.class(class).detectability[size]
    }

    /// How many annotations of this class and size were counted.
    #[inline]
    pub(crate) fn annotations(&self, class: u32, size: usize) -> i64 {
        self.class(class).annotations[size]
    }

    /// How likely the detector finds any annotation: the mean of found in docs/method.md, without pseudo-annotations.
    pub(crate) fn mean_detectability(&self) -> f64 {
        self.mean_detectability
    }

    /// How many of the annotations the detector says anything about: the fewer, the higher its predictions are cut.
    pub(crate) fn answered(&self) -> f64 {
        self.answered
    }

    /// How many objects without annotation the detector seems to see for each annotation, as an estimate from what is
    /// counted.
    ///
    /// ```
    /// use boxlint_core::check::{DetectorModel, Statistics};
    ///
    /// assert_eq!(DetectorModel::new(&Statistics::of_classes(3)).omitted(), 0.0);
    /// ```
    #[must_use]
    pub fn omitted(&self) -> f64 {
        self.omitted
    }

    /// The same for each annotation of a class that is found.
    #[inline]
    pub(crate) fn omitted_share(&self, class: u32) -> f64 {
        self.class(class).omitted
    }

    /// How much of the distance between an annotation of this class and size and a prediction counts: 1, or less where the
    /// detector's boxes are loose.
    #[inline]
    pub(crate) fn tightness(&self, class: u32, size: usize) -> f64 {
        self.class(class).tightness[size]
    }

    /// Fraction of the annotations that are of this class.
    #[inline]
    pub(crate) fn frequency(&self, class: u32) -> f64 {
        self.class(class).frequency
    }

    /// How likely an annotation beside one of `class` is of class `other`.
    #[inline]
    pub(crate) fn co_occurrence(&self, class: u32, other: u32) -> f64 {
        self.row(other).map_or_else(|| self.beside(self.class(class), other), |row| row[self.slot(class)])
    }

    /// The sum of the co-occurrences of one class with each of `classes`.
    pub(crate) fn co_occurrences(&self, classes: &[u32], other: u32) -> f64 {
        match self.row(other) {
            Some(row) => classes.iter().map(|&class| row[self.slot(class)]).sum(),
            None => classes.iter().map(|&class| self.beside(self.class(class), other)).sum(),
        }
    }

    /// The row of a class in the table of co-occurrences.
    #[inline]
    fn row(&self, other: u32) -> Option<&[f64]> {
        let (slot, count) = (self.slot(other), self.known.len());
        self.co_occurrence.as_ref().filter(|_| slot != 0).map(|pairs| &pairs[slot * count..][..count])
    }

    fn beside(&self, of_class: &ClassModel, other: u32) -> f64 {
        let pairs = of_class.beside.get(other) as f64 / UNIT as f64;
        (pairs + PSEUDO_ANNOTATIONS * self.frequency(other)) * of_class.per_pair
    }

    #[inline]
    fn slot(&self, class: u32) -> usize {
        self.slot[class as usize] as usize
    }

    #[inline]
    fn class(&self, class: u32) -> &ClassModel {
        &self.known[self.slot(class)]
    }
}

/// Fraction of the annotations that a prediction is on; 1 if there are none.
fn answered(statistics: &Statistics) -> f64 {
    let [mut all, mut silent] = [0; 2];
    for (_, counts) in statistics.counted() {
        all += counts.annotations();
        silent += counts.best.iter().map(|bins| bins[SCORE_BINS]).sum::<i64>();
    }
    1.0 - silent as f64 / all.max(1) as f64
}

/// A score below which the curve is not above [`NEGLIGIBLE`].
fn kept_from(curve: &Curve) -> f64 {
    match curve.iter().position(|&confidence| confidence > NEGLIGIBLE) {
        Some(0) => 0.0,
        // Between two bins the curve is a line. The factor makes room for rounding.
        Some(bin) => score_at((bin - 1) as f64) * (1.0 - 1e-9),
        None => f64::INFINITY,
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
    fn of(known: &[(Curve, &ClassCounts)], classes: usize) -> Self {
        let [mut count, mut matches] = [[0.0; SCORE_BINS]; 2];
        let mut annotations = 0;
        for (omitted, counts) in known {
            for bin in 0..SCORE_BINS {
                count[bin] += judged(omitted, counts, bin);
                matches[bin] += counts.predictions[1][bin] as f64;
            }
            annotations += counts.annotations();
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
            annotations,
            classes,
        };
        (pooled.mean_detectability, pooled.detectability) = pooled.detectability_by_size(known);
        pooled.set_gaps(known);
        pooled
    }

    /// The mean over all sizes; and for each size that over all classes, counted together with pseudo-annotations of the
    /// mean over all sizes.
    fn detectability_by_size(&self, known: &[(Curve, &ClassCounts)]) -> (f64, [f64; SIZE_BINS]) {
        let mut sums = [[0.0; 2]; SIZE_BINS];
        for (_, counts) in known {
            for (sum, [support, number]) in sums.iter_mut().zip(self.support(counts)) {
                *sum = [sum[0] + support, sum[1] + number];
            }
        }
        let [support, number] = sums.iter().fold([0.0; 2], |all, sum| [all[0] + sum[0], all[1] + sum[1]]);
        let mean = support / number.max(1.0);
        (mean, sums.map(|sum| shrunk(sum, mean)))
    }

    /// Of a size the mean is counted together with pseudo-annotations of the mean of all.
    fn set_gaps(&mut self, known: &[(Curve, &ClassCounts)]) {
        let mut sums = [[0.0; 2]; SIZE_BINS];
        for (_, counts) in known {
            for (sum, [gap, matches]) in sums.iter_mut().zip(counts.gaps.map(in_units)) {
                *sum = [sum[0] + gap, sum[1] + matches];
            }
        }
        let [gap, matches] = sums.iter().fold([0.0; 2], |all, sum| [all[0] + sum[0], all[1] + sum[1]]);
        self.mean_gap = gap / matches.max(1.0);
        self.gap = sums.map(|sum| shrunk(sum, self.mean_gap));
    }

    /// How much of a distance counts for a class, by size.
    fn tightness(&self, counts: &ClassCounts) -> [f64; SIZE_BINS] {
        std::array::from_fn(|size| {
            let gap = shrunk(in_units(counts.gaps[size]), self.gap[size]);
            if gap > self.mean_gap { self.mean_gap / gap } else { 1.0 }
        })
    }

    /// For each size, the sum of the pooled confidence of the best predictions on its annotations, and their number.
    fn support(&self, counts: &ClassCounts) -> [[f64; 2]; SIZE_BINS] {
        counts.best.each_ref().map(|bins| {
            let support: f64 =
                self.confidence.iter().zip(bins).map(|(confidence, count)| confidence * *count as f64).sum();
            [support, bins.iter().sum::<i64>() as f64]
        })
    }

    /// The confidence of a class, with the omissions among its predictions.
    fn curve(&self, omitted: &Curve, counts: &ClassCounts) -> Curve {
        isotonic(std::array::from_fn(|bin| {
            let (count, matches) = (judged(omitted, counts, bin), counts.predictions[1][bin] as f64);
            let mean = (matches + PSEUDO_PREDICTIONS * self.confidence[bin]) / (count + PSEUDO_PREDICTIONS);
            (mean, count + PSEUDO_PREDICTIONS * self.frequency[bin])
        }))
    }

    fn model(&self, omitted: &Curve, counts: &ClassCounts) -> ClassModel {
        let support = self.support(counts);
        let mut detectability = self.detectability;
        for (mean, sum) in detectability.iter_mut().zip(support) {
            *mean = shrunk(sum, *mean);
        }
        let matches: i64 = counts.predictions[1].iter().sum();
        let pairs = counts.beside.total();
        ClassModel {
            confidence: self.curve(omitted, counts),
            detectability,
            annotations: support.map(|[_, number]| number as i64),
            tightness: self.tightness(counts),
            frequency: (counts.annotations() + 1) as f64 / (self.annotations + self.classes as i64) as f64,
            omitted: omitted.iter().sum::<f64>() / (matches as f64 + PSEUDO_PREDICTIONS),
            beside: counts.beside.clone(),
            per_pair: 1.0 / (pairs as f64 / UNIT as f64 + PSEUDO_ANNOTATIONS),
        }
    }
}

/// The sum of 1 - IoU over the matches of a size, and their number.
fn in_units([matches, gap]: [i64; 2]) -> [f64; 2] {
    [gap as f64 / UNIT as f64, matches as f64]
}

/// The mean of a sum over so many annotations, counted together with pseudo-annotations of another mean.
fn shrunk([sum, number]: [f64; 2], mean: f64) -> f64 {
    (sum + PSEUDO_ANNOTATIONS * mean) / (number + PSEUDO_ANNOTATIONS)
}

/// The predictions of a bin that annotations can judge: all but the omissions.
#[inline]
fn judged(omitted: &Curve, counts: &ClassCounts, bin: usize) -> f64 {
    counts.predictions[0][bin] as f64 - omitted[bin]
}
