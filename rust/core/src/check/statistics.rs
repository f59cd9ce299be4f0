//! What pass 1 counts over the data set, and the bins of the score that it counts in. Counts are integers, so that parts
//! merge in any order to the same bits.

use std::sync::LazyLock;

use crate::geometry::{larger, smaller};

/// Bins of the score, in quarter steps of its logit from -8 to 8.
pub const SCORE_BINS: usize = 65;
/// Bins of the size of a box, in halvings of the side of the image.
pub const SIZE_BINS: usize = 7;
/// Co-occurrences of classes are counted in fractions of this.
pub(crate) const UNIT: u64 = 1 << 20;

/// Predictions of a class in a bin of the score, how many of them match, and how many no annotation covers:
/// `[class, bin, predictions, matches, free]`.
pub type ScoreCount = [i64; 5];
/// Annotations of a class and size whose best score is in a bin: `[class, size, bin, annotations]`. The bin
/// [`SCORE_BINS`] is for those that no prediction overlaps by half.
pub type BestCount = [i64; 4];
/// Matched annotations of a class and size, and the sum of 1 - IoU with their match in units of 2^-20:
/// `[class, size, matches, sum]`.
pub type GapCount = [i64; 4];
/// How often one class stands beside another, in units of 2^-20: `[class, other class, count]`.
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
    pub(crate) classes: Vec<Option<Box<ClassCounts>>>,
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
        Self { classes: vec![None; classes] }
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
    pub fn merge(mut self, other: Self) -> Self {
        self.classes.resize(self.classes.len().max(other.classes.len()), None);
        for (mine, theirs) in self.classes.iter_mut().zip(other.classes) {
            match (mine.as_mut(), theirs) {
                (Some(mine), Some(theirs)) => mine.add(&theirs),
                (None, Some(theirs)) => *mine = Some(theirs),
                _ => {}
            }
        }
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

    /// All counts that are not 0, class by class.
    ///
    /// ```
    /// use boxlint_core::check::{Entries, Statistics};
    ///
    /// let entries = Entries { best: vec![[1, 6, 40, 3]], pairs: vec![[1, 0, 1 << 20]], ..Entries::default() };
    /// let statistics = Statistics::from_entries(2, &entries).expect("within range");
    /// assert_eq!(statistics.entries(), entries);
    /// ```
    #[must_use]
    pub fn entries(&self) -> Entries {
        let mut entries = Entries::default();
        for (class, counts) in self.counted() {
            let class = i64::from(class);
            for bin in 0..SCORE_BINS {
                let [count, matches, free] = counts.predictions.each_ref().map(|counts| counts[bin]);
                if count != 0 {
                    entries.scores.push([class, bin as i64, count, matches, free]);
                }
            }
            for (size, of_size) in counts.best.iter().enumerate() {
                for (bin, &count) in of_size.iter().enumerate().filter(|&(_, &count)| count != 0) {
                    entries.best.push([class, size as i64, bin as i64, count]);
                }
            }
            let gaps = counts.gaps.iter().enumerate().filter(|&(_, &[matches, _])| matches != 0);
            entries.gaps.extend(gaps.map(|(size, &[matches, sum])| [class, size as i64, matches, sum]));
            entries.pairs.extend(counts.beside.iter().map(|(other, count)| [class, i64::from(other), count]));
        }
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
            let bin = index(bin)?;
            for (sums, count) in statistics.class_if_known(class)?.predictions.iter_mut().zip(counts) {
                *sums.get_mut(bin)? += count;
            }
        }
        for &[class, size, bin, count] in &entries.best {
            *statistics.class_if_known(class)?.best.get_mut(index(size)?)?.get_mut(index(bin)?)? += count;
        }
        for &[class, size, matches, sum] in &entries.gaps {
            let gaps = statistics.class_if_known(class)?.gaps.get_mut(index(size)?)?;
            *gaps = [gaps[0] + matches, gaps[1] + sum];
        }
        for &[class, other, count] in &entries.pairs {
            let other = u32::try_from(index(other).filter(|&other| other < classes)?).ok()?;
            statistics.class_if_known(class)?.beside.add(other, count);
        }
        Some(statistics)
    }

    fn class_if_known(&mut self, class: i64) -> Option<&mut ClassCounts> {
        Some(self.classes.get_mut(index(class)?)?.get_or_insert_with(ClassCounts::new))
    }

    /// The classes that have counts.
    pub(crate) fn counted(&self) -> impl Iterator<Item = (u32, &ClassCounts)> {
        (0..).zip(&self.classes).filter_map(|(class, counts)| Some((class, counts.as_deref()?)))
    }

    #[inline]
    pub(crate) fn class(&mut self, class: u32) -> &mut ClassCounts {
        self.classes[class as usize].get_or_insert_with(ClassCounts::new)
    }
}

fn index(value: i64) -> Option<usize> {
    usize::try_from(value).ok()
}

/// The counts of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClassCounts {
    /// Predictions by score, those of them that match an annotation, and those that are free: no annotation covers them.
    pub(crate) predictions: [[i64; SCORE_BINS]; 3],
    /// Annotations by size and by the highest score of a prediction on them; the last bin is for none.
    pub(crate) best: [[i64; SCORE_BINS + 1]; SIZE_BINS],
    /// Matched annotations by size, and the sum of 1 - IoU with their match, in units of 2^-20.
    pub(crate) gaps: [[i64; 2]; SIZE_BINS],
    pub(crate) beside: Beside,
}

impl ClassCounts {
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self {
            predictions: [[0; SCORE_BINS]; 3],
            best: [[0; SCORE_BINS + 1]; SIZE_BINS],
            gaps: [[0; 2]; SIZE_BINS],
            beside: Beside::default(),
        })
    }

    /// Number of annotations.
    pub(crate) fn annotations(&self) -> i64 {
        self.best.as_flattened().iter().sum()
    }

    fn add(&mut self, other: &Self) {
        let mine = self.predictions.as_flattened_mut().iter_mut().chain(self.best.as_flattened_mut());
        let mine = mine.chain(self.gaps.as_flattened_mut());
        let theirs = other.predictions.as_flattened().iter().chain(other.best.as_flattened());
        let theirs = theirs.chain(other.gaps.as_flattened());
        mine.zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        other.beside.iter().for_each(|(class, count)| self.beside.add(class, count));
    }
}

/// How often annotations of each class stand beside one of a given class: in pages, sorted by their number, since few
/// classes ever meet.
#[derive(Clone, Debug, Default, Eq)]
pub(crate) struct Beside(Vec<(u32, Page)>);

/// The counts of [`Beside::PAGE`] classes in a row.
type Page = Box<[i64; Beside::PAGE as usize]>;

impl PartialEq for Beside {
    /// A page of zeros is like none.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Beside {
    pub(crate) const PAGE: u32 = 64;

    pub(crate) fn get(&self, class: u32) -> i64 {
        self.find(class / Self::PAGE).map_or(0, |at| self.0[at].1[(class % Self::PAGE) as usize])
    }

    fn add(&mut self, class: u32, count: i64) {
        self.page(class / Self::PAGE)[(class % Self::PAGE) as usize] += count;
    }

    /// The counts of the classes from `number * PAGE` on.
    pub(crate) fn page(&mut self, number: u32) -> &mut [i64; Self::PAGE as usize] {
        let at = self.find(number).unwrap_or_else(|at| {
            self.0.insert(at, (number, Box::new([0; Self::PAGE as usize])));
            at
        });
        &mut self.0[at].1
    }

    /// Where a page is, or would have to be inserted.
    #[inline]
    fn find(&self, number: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&number, |&(number, _)| number)
    }

    /// The sum of all counts.
    pub(crate) fn total(&self) -> i64 {
        self.0.iter().flat_map(|(_, counts)| counts.iter()).sum()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, i64)> {
        let pages = self.0.iter().flat_map(|&(page, ref counts)| (page * Self::PAGE..).zip(counts.iter().copied()));
        pages.filter(|&(_, count)| count != 0)
    }
}

/// Where a score stands among the bins: 4 (logit + 8), cut to 0..64.
#[inline]
pub(crate) fn score_position(score: f64) -> f64 {
    position_of_odds(score_odds(score))
}

/// The odds of a score that is first cut to 1e-6..1 - 1e-6, so that they are finite and not 0.
#[inline]
pub(crate) fn score_odds(score: f64) -> f64 {
    let score = larger(smaller(score, 1.0 - 1e-6), 1e-6);
    score / (1.0 - score)
}

#[inline]
fn position_of_odds(odds: f64) -> f64 {
    ((odds.ln() + 8.0) * 4.0).clamp(0.0, (SCORE_BINS - 1) as f64)
}

/// The score at a position among the bins.
pub(crate) fn score_at(position: f64) -> f64 {
    1.0 / (1.0 + (8.0 - position / 4.0).exp())
}

/// The table of all scores.
pub(crate) static SCORE_BIN_TABLE: LazyLock<ScoreBinTable> = LazyLock::new(ScoreBinTable::new);

/// Tells the bin of a score from its odds without a logarithm: odds with equal leading bits share a cell. There are four
/// cells to a doubling, so that a cell spans two bins at most.
pub(crate) struct ScoreBinTable {
    /// The first bin of each cell, and the odds from which on the next bin begins.
    cells: Vec<(u8, f64)>,
}

impl ScoreBinTable {
    /// Bits of the fraction that differ within a cell.
    const OPEN: u32 = f64::MANTISSA_DIGITS - 1 - 2;

    fn new() -> Self {
        let bin = |bits: u64| (position_of_odds(f64::from_bits(bits)) + 0.5) as u8;
        let cells = (0..=Self::cell(score_odds(1.0))).map(|cell| {
            let start = (cell as u64 + Self::first()) << Self::OPEN;
            let (mut from, mut to) = (start, start + (1 << Self::OPEN));
            while to - from > 1 {
                let middle = from.midpoint(to);
                *(if bin(middle) == bin(start) { &mut from } else { &mut to }) = middle;
            }
            (bin(start), f64::from_bits(to))
        });
        Self { cells: cells.collect() }
    }

    /// The bin of any odds that [`score_odds`] returns.
    #[inline]
    pub(crate) fn bin(&self, odds: f64) -> u8 {
        let (bin, next_from) = self.cells[Self::cell(odds)];
        bin + u8::from(odds >= next_from)
    }

    #[inline]
    fn cell(odds: f64) -> usize {
        ((odds.to_bits() >> Self::OPEN) - Self::first()) as usize
    }

    #[inline]
    fn first() -> u64 {
        score_odds(0.0).to_bits() >> Self::OPEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_those_of_the_positions() {
        let near_edges = (0..SCORE_BINS).flat_map(|bin| {
            let edge = score_at(bin as f64 - 0.5);
            [edge.next_down(), edge, edge.next_up(), score_at(bin as f64)]
        });
        let everywhere = (0..=100_000).map(|step| f64::from(step) / 1e5);
        for score in near_edges.chain(everywhere) {
            let expected = (score_position(score) + 0.5) as u8;
            assert_eq!(SCORE_BIN_TABLE.bin(score_odds(score)), expected, "{score}");
        }
    }
}
