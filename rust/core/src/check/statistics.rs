//! What pass 1 counts over the data set. Counts are integers, so that parts merge in any order to the same bits.

use std::mem;
use std::ops::Range;
use std::sync::Arc;

use crate::abandon::{check_stop, filled, reserve};
use crate::check::class_counts::{Cell, ClassCounts, SIZE_BINS};
use crate::check::score_bins::SCORE_BINS;

/// Co-occurrences of classes are counted in fractions of this.
pub(crate) const UNIT: u64 = 1 << 20;

/// Predictions of a class in a bin of the score, how many of them match, and how many no annotation covers:
/// `[class, bin, predictions, matches, free]`.
pub type ScoreCount = [i64; 5];
/// Annotations of a class and size whose best score is in a bin: `[class, size, bin, annotations]`. The bin
/// [`crate::check::SCORE_BINS`] is for those that no prediction overlaps by half.
pub type BestCount = [i64; 4];
/// Matched annotations of a class and size, and the sum of 1 - IoU with their match in units of 2^-20:
/// `[class, size, matches, sum]`.
pub type GapCount = [i64; 4];
/// How often two classes stand beside each other, in units of 2^-20: `[class, other class, count]`, each pair once, the
/// smaller class first.
pub type PairCount = [i64; 3];

/// All counts that are not 0, class by class: what is written to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entries {
    /// Predictions, matches and free predictions by class and score.
    pub scores: Vec<ScoreCount>,
    /// Annotations by class, size and the highest score of a prediction on them.
    pub best: Vec<BestCount>,
    /// Co-occurrences of two classes.
    pub pairs: Vec<PairCount>,
    /// How closely predictions match, by class and size.
    pub gaps: Vec<GapCount>,
}

/// The counts over some images. Parts merge in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    pub(crate) classes: Vec<ClassCounts>,
    pub(crate) pairs: Pairs,
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
        Self { classes: filled(classes, ClassCounts::NOTHING), pairs: Pairs::default() }
    }

    /// The counts of two parts together; of as many classes as the part with more of them.
    ///
    /// ```
    /// use boxlint_core::check::{Entries, Statistics};
    ///
    /// // Class 0: of 10 predictions in score bin 40, 8 match an annotation.
    /// let part = Entries { scores: vec![[0, 40, 10, 8, 0]], ..Entries::default() };
    /// let part = Statistics::from_entries(1, &part).expect("within range");
    /// assert_eq!(part.clone().merge(part).entries().scores, [[0, 40, 20, 16, 0]]);
    /// ```
    #[must_use]
    pub fn merge(mut self, mut other: Self) -> Self {
        if self.classes.len() < other.classes.len() {
            mem::swap(&mut self, &mut other);
        }
        let few = self.few();
        self.classes.iter_mut().zip(other.classes).for_each(|(mine, theirs)| mine.merge(theirs, few));
        self.pairs = self.pairs.merge(other.pairs);
        self
    }

    /// Number of classes.
    ///
    /// ```
    /// assert_eq!(boxlint_core::check::Statistics::of_classes(3).classes(), 3);
    /// ```
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    /// Number of classes and pairs of classes: what work on them grows with.
    ///
    /// ```
    /// assert_eq!(boxlint_core::check::Statistics::of_classes(3).size(), 3);
    /// ```
    #[must_use]
    pub fn size(&self) -> usize {
        self.classes.len() + self.pairs.len()
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
            counts.each_score(|bin, [count, matches, free]| {
                entries.scores.push([class, bin as i64, count, matches, free]);
            });
            counts.each_by_size(
                |size, bin, count| entries.best.push([class, size as i64, bin as i64, count]),
                |size, [matches, sum]| entries.gaps.push([class, size as i64, matches, sum]),
            );
        }
        entries.pairs.extend(self.pairs.iter().map(|(class, other, count)| [class.into(), other.into(), count]));
        entries
    }

    /// The statistics of which these are the entries; None if a class, bin or size is out of range.
    ///
    /// ```
    /// use boxlint_core::check::{Entries, Statistics};
    ///
    /// let entries = Entries { scores: vec![[5, 40, 10, 8, 0]], ..Entries::default() };
    /// assert!(Statistics::from_entries(6, &entries).is_some());
    /// assert!(Statistics::from_entries(5, &entries).is_none());
    /// ```
    #[must_use]
    pub fn from_entries(classes: usize, entries: &Entries) -> Option<Self> {
        let mut statistics = Self::of_classes(classes);
        for &[class, bin, counts @ ..] in &entries.scores {
            statistics.add(below(class, classes)?, Cell::Score(below(bin, SCORE_BINS)?), counts);
        }
        for &[class, size, bin, count] in &entries.best {
            let cell = Cell::Best(below(size, SIZE_BINS)?, below(bin, SCORE_BINS + 1)?);
            statistics.add(below(class, classes)?, cell, [count, 0, 0]);
        }
        for &[class, size, matches, sum] in &entries.gaps {
            statistics.add(below(class, classes)?, Cell::Gap(below(size, SIZE_BINS)?), [matches, sum, 0]);
        }
        let mut pairs = Vec::new();
        reserve(&mut pairs, entries.pairs.len());
        for &[class, other, count] in &entries.pairs {
            pairs.push(Pair::new(below(class, classes)?, below(other, classes)?, count));
        }
        statistics.pairs = Pairs::sum_of(pairs);
        Some(statistics)
    }

    /// The classes that have counts.
    pub(crate) fn counted(&self) -> impl Iterator<Item = (u32, &ClassCounts)> {
        (0..).zip(&self.classes).filter(|(_, counts)| !counts.is_empty())
    }

    /// Adds to what is counted of a class.
    #[inline]
    pub(crate) fn add(&mut self, class: u32, cell: Cell, more: [i64; 3]) {
        let few = self.few();
        self.classes[class as usize].add(cell, more, few);
    }

    /// How many cells of a class are listed before all are laid out: none of few classes, since listing them takes longer.
    #[inline]
    fn few(&self) -> usize {
        const FEW_CLASSES: usize = 1 << 11;
        const CELLS: usize = 128;
        if self.classes.len() <= FEW_CLASSES { 0 } else { CELLS }
    }
}

/// A number of a row, if it is below a limit.
fn below<T: TryFrom<i64>>(value: i64, limit: usize) -> Option<T> {
    T::try_from(value).ok().filter(|_| (value as usize) < limit)
}

/// How often annotations of two classes stand beside each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The smaller class in the upper half, the other one in the lower half.
    classes: u64,
    count: i64,
}

impl Pair {
    #[inline]
    pub(crate) fn new(class: u32, other: u32, count: i64) -> Self {
        Self { classes: u64::from(class.min(other)) << 32 | u64::from(class.max(other)), count }
    }

    /// Adds the count of another pair, if it is of the same classes.
    #[inline]
    pub(crate) fn take_in(&mut self, other: Self) -> bool {
        let same = self.classes == other.classes;
        self.count += if same { other.count } else { 0 };
        same
    }
}

/// The counts of all pairs of classes that share an image, each pair once, in order: few classes ever meet. Clones share
/// them until they change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pairs(Arc<Vec<Pair>>);

impl Pairs {
    /// The sums of pairs in any order.
    pub(crate) fn sum_of(mut pairs: Vec<Pair>) -> Self {
        sum(&mut pairs);
        Self(Arc::new(pairs))
    }

    /// The sums of these and others.
    pub(crate) fn merge(mut self, mut other: Self) -> Self {
        if self.len() < other.len() {
            mem::swap(&mut self, &mut other);
        }
        self.add_sums(&other.0);
        self
    }

    /// Adds pairs in any order, and leaves room for the next ones.
    pub(crate) fn take(&mut self, pairs: &mut Vec<Pair>) {
        sum(pairs);
        self.add_sums(pairs);
        pairs.clear();
    }

    /// Adds pairs that are in order.
    fn add_sums(&mut self, more: &[Pair]) {
        let [mut from, mut others] = [self.len(), more.len()];
        if others == 0 {
            return;
        }
        check_stop();
        let sums = Arc::make_mut(&mut self.0);
        let mut known = sums.iter().map(|pair| pair.classes).peekable();
        let is_new = |pair: &&Pair| {
            while known.next_if(|&classes| classes < pair.classes).is_some() {}
            known.peek() != Some(&pair.classes)
        };
        let new = more.iter().filter(is_new).count();
        reserve(sums, new);
        // From the last one on, each goes where it belongs, so that none is overwritten before it was moved.
        sums.resize(from + new, Pair::default());
        let mut to = sums.len();
        while others > 0 {
            let mut pair = more[others - 1];
            if from > 0 && sums[from - 1].classes >= pair.classes {
                from -= 1;
                others -= usize::from(sums[from].take_in(pair));
                pair = sums[from];
            } else {
                others -= 1;
            }
            to -= 1;
            sums[to] = pair;
        }
    }

    /// Number of pairs.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The two classes of each pair, the smaller one first, and how often they stand beside each other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32, i64)> {
        self.0.iter().map(|&Pair { classes, count }| ((classes >> 32) as u32, classes as u32, count))
    }

    /// How often two classes stand beside each other, the smaller one first, whose pairs are in a range of places.
    #[inline]
    pub(crate) fn find(&self, places: Range<usize>, class: u32, other: u32) -> i64 {
        let pairs = &self.0[places];
        let wanted = Pair::new(class, other, 0).classes;
        pairs.binary_search_by_key(&wanted, |pair| pair.classes).map_or(0, |at| pairs[at].count)
    }
}

/// Puts pairs in order, each once, without those of no count.
fn sum(pairs: &mut Vec<Pair>) {
    pairs.sort_unstable_by_key(|pair| pair.classes);
    pairs.dedup_by(|pair, sum| sum.take_in(*pair));
    pairs.retain(|pair| pair.count != 0);
}
