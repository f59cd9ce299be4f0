//! What pass 2 knows of the data set: confidence, detectability and context, made once from the counts.

use crate::check::score_bins::{SCORE_BINS, score_at, score_position};
use crate::check::statistics::{Beside, ClassCounts, SIZE_BINS, Statistics, UNIT};
use crate::geometry::{larger, smaller};

/// Confidence from which a prediction says more than a coin.
pub const CONFIDENT: f64 = 0.5;
/// Pseudo-predictions of the common curve behind each bin of a class.
const BEHIND_SCORE: f64 = 30.0;
/// Pseudo-annotations behind each cell of detectability and context.
const BEHIND_CELL: f64 = 20.0;
/// Predictions of no more confidence than this are not heard.
const UNHEARD: f64 = 0.002;
/// No confidence is above this.
const CERTAIN: f64 = 0.999;
/// Classes up to which the context of all pairs is laid out: 2 MB.
const PAIRED_CLASSES: usize = 512;

type Curve = [f64; SCORE_BINS];

/// Confidence, detectability and context of each class.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Place of each class in `known`; classes without counts share the first.
    place: Vec<u32>,
    /// For each class, a score below which no prediction is heard.
    heard_from: Vec<f64>,
    known: Vec<ClassTable>,
    /// [`Tables::beside`] of all pairs of classes with counts, unless they are too many: one row for each other class,
    /// since that is looked for with class after class.
    context: Option<Vec<f64>>,
}

#[derive(Clone, Debug)]
struct ClassTable {
    /// Share of the predictions of a score that match an annotation, not falling with the score.
    confidence: Curve,
    /// Share of the annotations of a size that the detector finds.
    found: [f64; SIZE_BINS],
    /// Share of the annotations that are of this class.
    frequency: f64,
    beside: Beside,
    /// 1 over all pairs of the class, with those behind.
    per_pair: f64,
}

impl Tables {
    /// The tables of a data set.
    #[must_use]
    pub fn new(statistics: &Statistics) -> Self {
        let common = Common::of(statistics);
        let mut known = vec![common.table(&ClassCounts::new())];
        let mut place = vec![0; statistics.classes()];
        for (class, counts) in statistics.counted() {
            place[class as usize] = known.len() as u32;
            known.push(common.table(counts));
        }
        let of_known: Vec<f64> = known.iter().map(|table| heard_from(&table.confidence)).collect();
        let heard_from = place.iter().map(|&place| of_known[place as usize]).collect();
        let mut tables = Self { place, heard_from, known, context: None };
        tables.context = tables.all_pairs(statistics);
        tables
    }

    fn all_pairs(&self, statistics: &Statistics) -> Option<Vec<f64>> {
        let count = self.known.len();
        if count > PAIRED_CLASSES {
            return None;
        }
        let mut context = vec![f64::NAN; count * count];
        for (class, _) in statistics.counted() {
            for (other, _) in statistics.counted() {
                context[self.place(other) * count + self.place(class)] = self.share_beside(class, other);
            }
        }
        Some(context)
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.place.len()
    }

    /// False only if the confidence of a prediction is 0; needs no logarithm.
    #[inline]
    pub(crate) fn may_be_heard(&self, class: u32, score: f64) -> bool {
        score >= self.heard_from[class as usize]
    }

    /// How likely a prediction of this class and score is on an annotation of its class; 0 if it is not heard.
    #[inline]
    #[must_use]
    pub fn confidence(&self, class: u32, score: f64) -> f64 {
        let position = score_position(score);
        let bin = (position as usize).min(SCORE_BINS - 2);
        let curve = &self.class(class).confidence;
        // In this form it is exactly flat where the curve is.
        let confidence = curve[bin] + (curve[bin + 1] - curve[bin]) * (position - bin as f64);
        if confidence > UNHEARD { smaller(confidence, CERTAIN) } else { 0.0 }
    }

    /// How likely the detector finds an annotation of this class and size.
    #[inline]
    pub(crate) fn found(&self, class: u32, size: usize) -> f64 {
        self.class(class).found[size]
    }

    /// Share of the annotations that are of this class.
    #[inline]
    pub(crate) fn frequency(&self, class: u32) -> f64 {
        self.class(class).frequency
    }

    /// How likely another annotation of an image with one of `class` is of class `other`.
    #[inline]
    pub(crate) fn beside(&self, class: u32, other: u32) -> f64 {
        let known = self.context.as_ref().map(|pairs| pairs[self.place(other) * self.known.len() + self.place(class)]);
        known.filter(|share| !share.is_nan()).unwrap_or_else(|| self.share_beside(class, other))
    }

    fn share_beside(&self, class: u32, other: u32) -> f64 {
        let table = self.class(class);
        (table.beside.get(other) as f64 / UNIT as f64 + BEHIND_CELL * self.frequency(other)) * table.per_pair
    }

    #[inline]
    fn place(&self, class: u32) -> usize {
        self.place[class as usize] as usize
    }

    #[inline]
    fn class(&self, class: u32) -> &ClassTable {
        &self.known[self.place(class)]
    }
}

/// A score below which the curve is not above [`UNHEARD`].
fn heard_from(curve: &Curve) -> f64 {
    match curve.iter().position(|&confidence| confidence > UNHEARD) {
        Some(0) => 0.0,
        // Between two bins the curve is a line; a hair less, for rounding.
        Some(bin) => score_at((bin - 1) as f64) * (1.0 - 1e-9),
        None => f64::INFINITY,
    }
}

/// What all classes have in common: their sums, which stand behind each of them.
struct Common {
    confidence: Curve,
    /// Share of all predictions in each bin of the score.
    share: Curve,
    found: [f64; SIZE_BINS],
    annotations: i64,
    classes: usize,
}

impl Common {
    fn of(statistics: &Statistics) -> Self {
        let mut predictions = [[0; SCORE_BINS]; 2];
        let mut annotations = 0;
        for (_, counts) in statistics.counted() {
            let sums = predictions.as_flattened_mut().iter_mut();
            sums.zip(counts.predictions.as_flattened()).for_each(|(sum, count)| *sum += count);
            annotations += counts.annotations();
        }
        let [count, matches] = predictions.map(|counts| counts.map(|count| count as f64));
        let all = larger(count.iter().sum(), 1.0);
        let mut common = Self {
            confidence: isotonic(std::array::from_fn(|bin| {
                ((matches[bin] + 0.5) / (count[bin] + 1.0), count[bin] + 1e-3)
            })),
            share: count.map(|count| count / all + 1e-6),
            found: [0.0; SIZE_BINS],
            annotations,
            classes: statistics.classes(),
        };
        common.found = common.found_by_size(statistics);
        common
    }

    /// The mean over all classes, with that over all sizes behind it.
    fn found_by_size(&self, statistics: &Statistics) -> [f64; SIZE_BINS] {
        let mut sums = [[0.0; 2]; SIZE_BINS];
        for (_, counts) in statistics.counted() {
            for (sum, [support, number]) in sums.iter_mut().zip(self.support(counts)) {
                *sum = [sum[0] + support, sum[1] + number];
            }
        }
        let [support, number] = sums.iter().fold([0.0; 2], |all, sum| [all[0] + sum[0], all[1] + sum[1]]);
        let mean = support / number.max(1.0);
        sums.map(|[support, number]| (support + BEHIND_CELL * mean) / (number + BEHIND_CELL))
    }

    /// Sum of the common confidence of the best predictions on annotations of each size, and their number.
    fn support(&self, counts: &ClassCounts) -> [[f64; 2]; SIZE_BINS] {
        counts.best.map(|bins| {
            let support: f64 = self.confidence.iter().zip(bins).map(|(found, count)| found * count as f64).sum();
            [support, bins.iter().sum::<i64>() as f64]
        })
    }

    fn table(&self, counts: &ClassCounts) -> ClassTable {
        let bin = |bin: usize| {
            let [count, matches] = counts.predictions.map(|counts| counts[bin] as f64);
            let mean = (matches + BEHIND_SCORE * self.confidence[bin]) / (count + BEHIND_SCORE);
            (mean, count + BEHIND_SCORE * self.share[bin])
        };
        let mut found = self.found;
        for (found, [support, number]) in found.iter_mut().zip(self.support(counts)) {
            *found = (support + BEHIND_CELL * *found) / (number + BEHIND_CELL);
        }
        let pairs: i64 = counts.beside.iter().map(|(_, count)| count).sum();
        ClassTable {
            confidence: isotonic(std::array::from_fn(bin)),
            found,
            frequency: (counts.annotations() + 1) as f64 / (self.annotations + self.classes as i64) as f64,
            beside: counts.beside.clone(),
            per_pair: 1.0 / (pairs as f64 / UNIT as f64 + BEHIND_CELL),
        }
    }
}

/// The sequence that does not fall and is nearest to (value, weight) in weighted squares, by pooling adjacent violators.
fn isotonic(values: [(f64, f64); SCORE_BINS]) -> Curve {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(SCORE_BINS);
    for (value, weight) in values {
        let mut last = (value, weight, 1);
        while let Some(&(mean, weight, length)) = blocks.last().filter(|block| block.0 >= last.0) {
            let total = weight + last.1;
            last = ((mean * weight + last.0 * last.1) / total, total, length + last.2);
            blocks.pop();
        }
        blocks.push(last);
    }
    let mut curve = [0.0; SCORE_BINS];
    let means = blocks.iter().flat_map(|&(mean, _, length)| std::iter::repeat_n(mean, length));
    curve.iter_mut().zip(means).for_each(|(point, mean)| *point = mean);
    curve
}
