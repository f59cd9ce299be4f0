//! What the counts say about the detector and the data set, made once between the passes: how much to believe a score,
//! how easily objects are found, and which classes stand together.

use crate::abandon::{check_stop, collected, filled, reserve};
use crate::check::calibration::{ClassModel, ClassModels, Number, PSEUDO_ANNOTATIONS};
use crate::check::class_counts::{Cell, ClassCounts};
use crate::check::differing::Places;
use crate::check::pair_rows::PairRows;
use crate::check::score_bins::{SCORE_BINS, score_at, score_position};
use crate::check::statistics::{Statistics, UNIT};
use crate::geometry::smaller;

/// Confidence from which a prediction is at least as likely right as wrong.
pub const CONFIDENT: f64 = 0.5;
/// Pass 2 skips predictions at or below this confidence.
const NEGLIGIBLE: f64 = 0.002;
/// No confidence is above this.
const CERTAIN: f64 = 0.999;
/// From here on a class is often mistaken, so that a report tells of it.
const OFTEN: f64 = 0.5;
/// Up to so many classes, the co-occurrences of all pairs are laid out as a table, of 2 MB at most.
const PAIRED_CLASSES: usize = 512;

/// Confidence, detectability, frequency and co-occurrence of each class.
#[derive(Clone, Debug)]
pub struct DetectorModel {
    /// Place of each class in `known`; classes without counts share the first.
    slot: Vec<u32>,
    /// For each class, a score below which every confidence is negligible.
    kept_from: Vec<f64>,
    known: Vec<Class>,
    /// The rows of all classes end to end, after that of a class without counts.
    numbers: Vec<f64>,
    /// How likely the detector finds any annotation.
    mean_detectability: f64,
    /// Fraction of the annotations that a prediction is on, of whatever score and class.
    answered: f64,
    co_occurrence: CoOccurrence,
    /// How many objects without annotation the detector seems to see for each annotation.
    omitted: f64,
}

/// What is known of a class: one line of the cache, since classes lie anywhere.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Class {
    row: Places,
    /// See [`ClassModel`] for these.
    frequency: f64,
    omitted: f64,
    per_pair: f64,
    mistaken: f64,
}

impl DetectorModel {
    /// The model of a data set.
    ///
    /// ```
    /// use boxlint_core::check::{DetectorModel, Entries, Statistics};
    ///
    /// // Of 1,000 predictions of class 0 in score bin 40, whose centre is a score of 0.8808, 900 match an annotation.
    /// let entries = Entries { scores: vec![[0, 40, 1000, 900, 0, 0]], ..Entries::default() };
    /// let model = DetectorModel::new(&Statistics::from_entries(1, &entries).expect("within range"));
    /// assert!((model.confidence(0, 0.8808) - 0.9).abs() < 0.01);
    /// ```
    #[must_use]
    pub fn new(statistics: &Statistics) -> Self {
        Self::of_classes(statistics.clone(), statistics.classes())
    }

    /// The same for a data set with more classes than were counted. Unless a clone has them, too, the counts that the model
    /// does not need are dropped before all of it is made.
    ///
    /// ```
    /// use boxlint_core::check::{DetectorModel, Statistics};
    ///
    /// assert_eq!(DetectorModel::of_classes(Statistics::of_classes(3), 5).classes(), 5);
    /// ```
    #[must_use]
    pub fn of_classes(mut statistics: Statistics, classes: usize) -> Self {
        let mut slot = filled(classes, 0);
        let mut counted = vec![ClassCounts::NOTHING];
        for (class, counts) in statistics.counted() {
            slot[class as usize] = counted.len() as u32;
            reserve(&mut counted, 1);
            counted.push(counts);
        }
        let mut pairs = filled(counted.len(), 0);
        for (one, counts) in counted.iter().enumerate() {
            check_stop();
            for (other, count) in counts.beside() {
                let other = slot[other as usize] as usize;
                for (class, count) in [(one, count), (other, if one == other { 0 } else { count })] {
                    pairs[class] = i64::saturating_add(pairs[class], count);
                }
            }
        }
        let models = ClassModels::new(&counted, &pairs, classes);
        let (mut numbers, mut known) = (models.usual_row.to_vec(), Vec::new());
        reserve(&mut known, counted.len());
        // Of many classes there are fewer numbers than words. Were they moved to a larger place, they would be there twice.
        reserve(&mut numbers, statistics.counts.len());
        models.each(|ClassModel { row, frequency, omitted, per_pair, mistaken }| {
            reserve(&mut numbers, row.kept());
            known.push(Class { row: row.append(&mut numbers), frequency, omitted, per_pair, mistaken });
        });
        numbers.shrink_to_fit();
        let [mean_detectability, answered, omitted] =
            [models.mean_detectability(), models.answered(), models.omitted()];
        drop(models);
        drop((counted, pairs));
        statistics.counts.drop_before(Cell::BESIDE);
        let of_known = collected(known.iter().map(|class| kept_from(&class.row, &numbers)));
        Self {
            kept_from: collected(slot.iter().map(|&slot| of_known[slot as usize])),
            co_occurrence: CoOccurrence::new(&slot, &known, statistics),
            mean_detectability,
            answered,
            omitted,
            known,
            numbers,
            slot,
        }
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
    /// let entries = Entries { scores: vec![[0, 10, 100_000, 0, 0, 0], [0, 50, 100_000, 50_000, 0, 0]], ..Entries::default() };
    /// let model = DetectorModel::new(&Statistics::from_entries(1, &entries).expect("within range"));
    /// assert_eq!(model.confidence(0, 0.001), 0.0);
    /// assert!((model.confidence(0, 0.999) - 0.5).abs() < 0.01);
    /// ```
    // Called for each prediction: a call would take as long as what is done.
    #[inline(always)]
    #[must_use]
    pub fn confidence(&self, class: u32, score: f64) -> f64 {
        let position = score_position(score);
        self.confidence_at(position, self.confidence_places(class, position))
    }

    /// Where the confidences of the two bins around a position among the bins of the score are.
    #[inline(always)]
    pub(crate) fn confidence_places(&self, class: u32, position: f64) -> [u32; 2] {
        let [low, high] = self.class(class).row.two(Number::Confidence(bin_below(position)).place());
        [low as u32, high as u32]
    }

    /// The confidence at a position among the bins of the score, given where those of the two bins around it are.
    #[inline(always)]
    pub(crate) fn confidence_at(&self, position: f64, places: [u32; 2]) -> f64 {
        let [low, high] = [self.numbers[places[0] as usize], self.numbers[places[1] as usize]];
        // In this form it is exactly flat where the curve is.
        let confidence = low + (high - low) * (position - bin_below(position) as f64);
        if confidence > NEGLIGIBLE { smaller(confidence, CERTAIN) } else { 0.0 }
    }

    /// How likely the detector finds an annotation of this class and size.
    #[inline]
    pub(crate) fn detectability(&self, class: u32, size: usize) -> f64 {
        self.number(class, Number::Detectability(size))
    }

    /// How many annotations of this class and size were counted.
    #[inline]
    pub(crate) fn annotations(&self, class: u32, size: usize) -> i64 {
        self.number(class, Number::Annotations(size)) as i64
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

    /// Classes that the detector often takes for others, beyond what is usual.
    ///
    /// ```
    /// use boxlint_core::check::{DetectorModel, Entries, Statistics};
    ///
    /// // 300 objects of class 0 and 100 of class 1; the detector calls all of them class 0, and is sure of it.
    /// let entries = Entries {
    ///     scores: vec![[0, 60, 400, 300, 0, 0]],
    ///     best: vec![[0, 2, 60, 300], [1, 2, 60, 100]],
    ///     seen: vec![[1, 60, 100, 0]],
    ///     ..Entries::default()
    /// };
    /// let model = DetectorModel::new(&Statistics::from_entries(2, &entries).expect("within range"));
    /// assert_eq!(model.often_mistaken(), [1]);
    /// ```
    #[must_use]
    pub fn often_mistaken(&self) -> Vec<u32> {
        (0..self.classes() as u32).filter(|&class| self.mistaken(class) > OFTEN).collect()
    }

    /// How much the detector takes this class for others, beyond what is usual: 0, up to 1 where it does not know the class.
    #[inline]
    pub(crate) fn mistaken(&self, class: u32) -> f64 {
        self.class(class).mistaken
    }

    /// How much of the distance between an annotation of this class and size and a prediction counts: 1, or less where the
    /// detector's boxes are loose.
    #[inline]
    pub(crate) fn tightness(&self, class: u32, size: usize) -> f64 {
        self.number(class, Number::Tightness(size))
    }

    /// Fraction of the annotations that are of this class.
    #[inline]
    pub(crate) fn frequency(&self, class: u32) -> f64 {
        self.class(class).frequency
    }

    /// How likely an annotation beside one of a class is of another class, both by their places.
    #[inline]
    pub(crate) fn co_occurrence(&self, class: usize, other: usize) -> f64 {
        match &self.co_occurrence {
            CoOccurrence::Table(table) => table[class * self.known.len() + other],
            CoOccurrence::Rows(rows) => beside(&self.known[class], &self.known[other], rows.pairs(class, other)),
        }
    }

    /// The same for all other classes in the order of their places, where they are laid out.
    #[inline]
    pub(crate) fn co_occurrences(&self, class: usize) -> Option<&[f64]> {
        let CoOccurrence::Table(table) = &self.co_occurrence else { return None };
        Some(&table[class * self.known.len()..][..self.known.len()])
    }

    /// Brings into the cache what [`Self::co_occurrence`] reads of the classes at these places, where it lies anywhere.
    pub(crate) fn fetch_pairs(&self, places: &[usize]) {
        if let CoOccurrence::Rows(rows) = &self.co_occurrence {
            rows.fetch(places);
        }
    }

    /// Number of places of classes.
    #[inline]
    pub(crate) fn places(&self) -> usize {
        self.known.len()
    }

    /// The place of a class; those without counts share one.
    #[inline]
    pub(crate) fn slot(&self, class: u32) -> usize {
        self.slot[class as usize] as usize
    }

    #[inline]
    fn number(&self, class: u32, number: Number) -> f64 {
        self.numbers[self.class(class).row.place(number.place())]
    }

    #[inline]
    fn class(&self, class: u32) -> &Class {
        &self.known[self.slot(class)]
    }
}

/// The bin below a position among the bins of the score, of which there is one above.
#[inline]
fn bin_below(position: f64) -> usize {
    // Not below 0, and by way of i32, which takes one instruction.
    (position as i32 as usize).min(SCORE_BINS - 2)
}

/// A score below which the confidence of a class is not above [`NEGLIGIBLE`].
fn kept_from(row: &Places, numbers: &[f64]) -> f64 {
    let confidence = |bin: usize| numbers[row.place(Number::Confidence(bin).place())];
    match (0..SCORE_BINS).find(|&bin| confidence(bin) > NEGLIGIBLE) {
        Some(0) => 0.0,
        // Between two bins the curve is a line. The factor makes room for rounding.
        Some(bin) => score_at((bin - 1) as f64) * (1.0 - 1e-9),
        None => f64::INFINITY,
    }
}

/// How likely an annotation beside one of a class is of another, given how often the two share images.
#[inline]
fn beside(of_class: &Class, other: &Class, pairs: f64) -> f64 {
    (pairs + PSEUDO_ANNOTATIONS * other.frequency) * of_class.per_pair
}

/// Which classes stand together, by their places.
#[derive(Clone, Debug)]
enum CoOccurrence {
    /// [`DetectorModel::co_occurrence`] of all pairs, one row for each class.
    Table(Vec<f64>),
    /// Of more classes, how often those share images that ever do.
    Rows(PairRows),
}

impl CoOccurrence {
    fn new(slot: &[u32], known: &[Class], statistics: Statistics) -> Self {
        let count = known.len();
        if count > PAIRED_CLASSES {
            return Self::Rows(PairRows::new(slot, count, statistics.counts));
        }
        let mut table = Vec::with_capacity(count * count);
        table.extend(known.iter().flat_map(|of_class| known.iter().map(|other| beside(of_class, other, 0.0))));
        for (class, counts) in statistics.counted() {
            for (other, pairs) in counts.beside() {
                let [class, other] = [class, other].map(|class| slot[class as usize] as usize);
                for [class, other] in [[class, other], [other, class]] {
                    table[class * count + other] = beside(&known[class], &known[other], pairs as f64 / UNIT as f64);
                }
            }
        }
        Self::Table(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::statistics::Entries;

    /// Class 0 has many false predictions up to one bin, class 1 up to a higher one, and class 2 has none at all.
    #[test]
    fn only_predictions_of_negligible_confidence_are_not_kept() {
        let scores = [(0, 20), (1, 45)].into_iter().flat_map(|(class, last)| {
            (0..=last).map(move |bin| [class, bin, 100_000, 0, 0, 0]).chain([[class, last + 1, 1000, 900, 0, 0]])
        });
        let entries = Entries { scores: scores.collect(), ..Entries::default() };
        let model = DetectorModel::new(&Statistics::from_entries(3, &entries).expect("within range"));
        for class in 0..3 {
            let (mut dropped, mut kept) = (0, 0);
            for score in (0..=100_000).map(|step| f64::from(step) / 1e5) {
                if model.may_be_kept(class, score) {
                    kept += 1;
                } else {
                    dropped += 1;
                    assert_eq!(model.confidence(class, score), 0.0, "{class} {score}");
                }
            }
            assert!(dropped > 0 && kept > 0, "{class}");
        }
    }
}
