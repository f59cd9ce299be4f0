//! What pass 1 counts over the data set. Counts are integers, so that parts merge in any order to the same bits.

use crate::abandon::reserve;
use crate::boxes::CLASS_LIMIT;
use crate::check::class_counts::{Cell, ClassCounts, SIZE_BINS, Standing};
use crate::check::counts::{Counts, key_of, push};
use crate::check::score_bins::SCORE_BINS;
use crate::error::Error;

/// Co-occurrences of classes are counted in fractions of this.
pub(crate) const UNIT: u64 = 1 << 20;

/// Predictions of a class in a bin of the score, how many of them match, how many no annotation covers, and how many repeat
/// one that matches: `[class, bin, predictions, matches, free, repeats]`.
pub type ScoreCount = [i64; 6];
/// Annotations of a class and size whose best score is in a bin: `[class, size, bin, annotations]`. The bin
/// [`crate::check::SCORE_BINS`] is for those that no prediction overlaps by half.
pub type BestCount = [i64; 4];
/// Matched annotations of a class and size, and the sum of 1 - IoU with their match in units of 2^-20:
/// `[class, size, matches, sum]`.
pub type GapCount = [i64; 4];
/// Annotations of a class on which the prediction of the highest score, in this bin, is of another class, and those of such on
/// which the best prediction of their own class is in this bin: `[class, bin, as another, as their own]`.
pub type SeenCount = [i64; 4];
/// How often two classes stand beside each other, in units of 2^-20: `[class, other class, count]`, each pair once, the
/// smaller class first.
pub type PairCount = [i64; 3];

/// All counts that are not 0, class by class: what is written to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entries {
    /// Predictions, matches, free predictions and repeats by class and score.
    pub scores: Vec<ScoreCount>,
    /// Annotations by class, size and the highest score of a prediction on them.
    pub best: Vec<BestCount>,
    /// Co-occurrences of two classes.
    pub pairs: Vec<PairCount>,
    /// How closely predictions match, by class and size.
    pub gaps: Vec<GapCount>,
    /// Annotations that look most like another class, by class and score.
    pub seen: Vec<SeenCount>,
}

/// The counts over some images. Parts merge in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    classes: usize,
    pub(crate) counts: Counts,
}

impl Statistics {
    /// No counts yet, for so many classes.
    ///
    /// ```
    /// let nothing = boxlint_core::check::Statistics::of_classes(80);
    /// assert_eq!(nothing.classes(), 80);
    /// assert!(nothing.entries().scores.is_empty());
    /// ```
    #[must_use]
    pub fn of_classes(classes: usize) -> Self {
        Self { classes, counts: Counts::default() }
    }

    /// These counts, of as many classes.
    pub(crate) fn with(&self, counts: Counts) -> Self {
        Self { classes: self.classes, counts }
    }

    /// The counts of two parts together; of as many classes as the part with more of them.
    ///
    /// ```
    /// use boxlint_core::check::{Entries, Statistics};
    ///
    /// // Class 0: of 10 predictions in score bin 40, 8 match an annotation.
    /// let part = Entries { scores: vec![[0, 40, 10, 8, 0, 0]], ..Entries::default() };
    /// let part = Statistics::from_entries(1, &part).expect("within range");
    /// assert_eq!(part.clone().merge(part).entries().scores, [[0, 40, 20, 16, 0, 0]]);
    /// ```
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self { classes: self.classes.max(other.classes), counts: self.counts.merge(other.counts) }
    }

    /// Number of classes.
    ///
    /// ```
    /// assert_eq!(boxlint_core::check::Statistics::of_classes(3).classes(), 3);
    /// ```
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Number of classes and of words that hold counts: what work on them grows with.
    ///
    /// ```
    /// assert_eq!(boxlint_core::check::Statistics::of_classes(3).size(), 3);
    /// ```
    #[must_use]
    pub fn size(&self) -> usize {
        self.classes + self.counts.len()
    }

    /// All counts that are not 0, class by class.
    ///
    /// ```
    /// use boxlint_core::check::{Entries, Statistics};
    ///
    /// let entries = Entries { best: vec![[1, 6, 40, 3]], pairs: vec![[0, 1, 1 << 20]], ..Entries::default() };
    /// let statistics = Statistics::from_entries(2, &entries).expect("within range");
    /// assert_eq!(statistics.entries(), entries);
    /// ```
    #[must_use]
    pub fn entries(&self) -> Entries {
        let mut entries = Entries::default();
        for (class, counts) in self.counted() {
            let class = i64::from(class);
            counts.each_score(|bin, counts| {
                let ([matches, free, repeats, _], all) = (counts, counts.into_iter().fold(0, i64::saturating_add));
                add(&mut entries.scores, [class, bin as i64, all, matches, free, repeats]);
            });
            counts.each_by_size(
                |size, bin, count| add(&mut entries.best, [class, size as i64, bin as i64, count]),
                |size, [matches, sum]| add(&mut entries.gaps, [class, size as i64, matches, sum]),
            );
            counts.each_seen(|bin, [other, own]| add(&mut entries.seen, [class, bin as i64, other, own]));
            counts.beside().for_each(|(other, count)| add(&mut entries.pairs, [class, other.into(), count]));
        }
        entries
    }

    /// The statistics of which these are the entries.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a class, bin or size that there is not; [`Error::Counts`] for numbers below 0, and if there
    /// are fewer predictions than matches, free predictions and repeats.
    ///
    /// # Examples
    /// ```
    /// use boxlint_core::check::{Entries, Statistics};
    ///
    /// let entries = Entries { scores: vec![[5, 40, 10, 8, 0, 0]], ..Entries::default() };
    /// assert!(Statistics::from_entries(6, &entries).is_ok());
    /// assert!(Statistics::from_entries(5, &entries).is_err());
    /// ```
    pub fn from_entries(classes: usize, entries: &Entries) -> Result<Self, Error> {
        let mut listed = Vec::new();
        // Hardly any count takes more than a word.
        let Entries { scores, best, pairs, gaps, seen } = entries;
        reserve(&mut listed, 4 * scores.len() + best.len() + pairs.len() + 2 * (gaps.len() + seen.len()));
        if classes > CLASS_LIMIT {
            return Err(Error::OutOfRange);
        }
        let class_below = |class| below(class, classes);
        let mut list = |class: u32, cell: Cell, count: i64| {
            let count = u64::try_from(count).map_err(|_| Error::Counts { class, what: "a negative count" })?;
            push(&mut listed, key_of(class, cell.column()), count);
            Ok(())
        };
        for &[class, bin, predictions, matches, free, repeats] in scores {
            let (class, bin) = (class_below(class)?, below(bin, SCORE_BINS)?);
            list(class, Cell::Predictions(Standing::Matched, bin), matches)?;
            list(class, Cell::Predictions(Standing::Free, bin), free)?;
            list(class, Cell::Predictions(Standing::Repeat, bin), repeats)?;
            let poor = [matches, free, repeats].into_iter().fold(predictions, i64::saturating_sub);
            if poor < 0 {
                let what = "fewer predictions than matches, free predictions and repeats";
                return Err(Error::Counts { class, what });
            }
            list(class, Cell::Predictions(Standing::Poor, bin), poor)?;
        }
        for &[class, size, bin, count] in best {
            list(class_below(class)?, Cell::Best(below(size, SIZE_BINS)?, below(bin, SCORE_BINS + 1)?), count)?;
        }
        for &[class, size, matches, sum] in gaps {
            let (class, size) = (class_below(class)?, below(size, SIZE_BINS)?);
            list(class, Cell::Matches(size), matches)?;
            list(class, Cell::Gap(size), sum)?;
        }
        for &[class, bin, other, own] in seen {
            let (class, bin) = (class_below(class)?, below(bin, SCORE_BINS)?);
            list(class, Cell::SeenAsOther(bin), other)?;
            list(class, Cell::SeenAsOwn(bin), own)?;
        }
        for &[class, other, count] in pairs {
            let (class, other): (u32, u32) = (class_below(class)?, class_below(other)?);
            list(class.min(other), Cell::Beside(class.max(other)), count)?;
        }
        Ok(Self { classes, counts: Counts::sum_of(listed) })
    }

    /// The classes that have counts.
    pub(crate) fn counted(&self) -> impl Iterator<Item = (u32, ClassCounts<'_>)> {
        self.counts.by_class().map(|(class, _, words)| (class, ClassCounts(words)))
    }
}

fn add<T>(rows: &mut Vec<T>, row: T) {
    reserve(rows, 1);
    rows.push(row);
}

/// A number of a row, if it is below a limit.
fn below<T: TryFrom<i64>>(value: i64, limit: usize) -> Result<T, Error> {
    T::try_from(value).ok().filter(|_| (value as usize) < limit).ok_or(Error::OutOfRange)
}
