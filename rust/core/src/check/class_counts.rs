//! What is counted of a class, and the counts of one class.

use crate::check::counts::{Tallies, column_of};
use crate::check::score_bins::SCORE_BINS;

/// Bins of the size of a box, in halvings of the side of the image.
pub const SIZE_BINS: usize = 7;

/// How a prediction stands to the annotations of its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Standing {
    /// No annotation touches it.
    Free,
    /// One does, but it neither matches nor repeats a match.
    Poor,
    /// It repeats one that matches.
    Repeat,
    /// It matches an annotation.
    Matched,
}

/// What is counted of a class.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell {
    /// By standing and score: predictions.
    Predictions(Standing, u8),
    /// By size, and the highest score of a prediction on them: annotations. The last bin is for none.
    Best(u8, u8),
    /// By size: matched annotations.
    Matches(u8),
    /// By size: the sum of 1 - IoU of these with their match, in units of 2^-20.
    Gap(u8),
    /// By score: annotations on which the prediction of the highest score, which is in this bin, is of another class.
    SeenAsOther(u8),
    /// By score: of these annotations, those on which the best prediction of their own class is in this bin.
    SeenAsOwn(u8),
    /// How often the class stands beside this one, in units of 2^-20: the class itself, or a larger one.
    Beside(u32),
}

impl Cell {
    const BEST: u32 = 4 * SCORE_BINS as u32;
    const BINS: u32 = SCORE_BINS as u32 + 1;
    const GAPS: u32 = Self::BEST + SIZE_BINS as u32 * Self::BINS;
    const SEEN: u32 = Self::GAPS + 2 * SIZE_BINS as u32;
    /// The columns of pairs are from this one on.
    pub(crate) const BESIDE: u32 = Self::SEEN + 2 * SCORE_BINS as u32;
    /// The number of cells of a class, but for other classes.
    pub(crate) const COUNT: usize = Self::BESIDE as usize;

    /// Cells are numbered by kind; then by bin and standing, or size and bin, or size, or bin, or class.
    #[inline]
    pub(crate) fn column(self) -> u32 {
        match self {
            Self::Predictions(standing, bin) => 4 * u32::from(bin) + standing as u32,
            Self::Best(size, bin) => Self::BEST + u32::from(size) * Self::BINS + u32::from(bin),
            Self::Matches(size) => Self::GAPS + 2 * u32::from(size),
            Self::Gap(size) => Self::GAPS + 2 * u32::from(size) + 1,
            Self::SeenAsOther(bin) => Self::SEEN + 2 * u32::from(bin),
            Self::SeenAsOwn(bin) => Self::SEEN + 2 * u32::from(bin) + 1,
            Self::Beside(class) => Self::BESIDE + class,
        }
    }
}

/// The counts of one class: words of [`crate::check::counts::Counts`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClassCounts<'a>(pub(crate) &'a [u64]);

impl<'a> ClassCounts<'a> {
    pub(crate) const NOTHING: Self = Self(&[]);

    /// The words of columns from one on to before another.
    fn between(&self, start: u32, end: u32) -> &'a [u64] {
        &self.0[Tallies::until(self.0, start)..Tallies::until(self.0, end)]
    }

    /// Calls `work` with each bin of the score that has predictions, and the number of matches, free ones, repeats and poor
    /// ones.
    #[inline]
    pub(crate) fn each_score(&self, mut work: impl FnMut(usize, [i64; 4])) {
        let mut scores = Tallies(self.between(0, Cell::BEST)).map(|(key, count)| (column_of(key), count as i64));
        let mut next = scores.next();
        while let Some((column, _)) = next {
            let bin = column / 4;
            let mut counts = [0; 4];
            while let Some((column, count)) = next
                && column / 4 == bin
            {
                counts[column as usize % 4] = count;
                next = scores.next();
            }
            let [free, poor, repeats, matched] = counts;
            work(bin as usize, [matched, free, repeats, poor]);
        }
    }

    /// The counts of each bin of the score.
    pub(crate) fn scores(&self) -> [[i64; 4]; SCORE_BINS] {
        let mut scores = [[0; 4]; SCORE_BINS];
        self.each_score(|bin, counts| scores[bin] = counts);
        scores
    }

    /// Calls `best` with size, bin and number of annotations, and `gap` with size, matches and the sum of their 1 - IoU.
    #[inline]
    pub(crate) fn each_by_size(&self, mut best: impl FnMut(usize, usize, i64), mut gap: impl FnMut(usize, [i64; 2])) {
        let mut gaps = [[0; 2]; SIZE_BINS];
        for (key, count) in Tallies(self.between(Cell::BEST, Cell::SEEN)) {
            let (column, count) = (column_of(key), count as i64);
            if let Some(number) = column.checked_sub(Cell::GAPS) {
                gaps[number as usize / 2][number as usize % 2] = count;
            } else {
                let number = column - Cell::BEST;
                best((number / Cell::BINS) as usize, (number % Cell::BINS) as usize, count);
            }
        }
        gaps.into_iter()
            .enumerate()
            .filter(|&(_, numbers)| numbers != [0; 2])
            .for_each(|(size, numbers)| gap(size, numbers));
    }

    /// Calls `work` with each bin of the score that has any, and the counts of [`Cell::SeenAsOther`] and [`Cell::SeenAsOwn`].
    #[inline]
    pub(crate) fn each_seen(&self, mut work: impl FnMut(usize, [i64; 2])) {
        let words = self.between(Cell::SEEN, Cell::BESIDE);
        if words.is_empty() {
            return;
        }
        let mut seen = [[0; 2]; SCORE_BINS];
        for (key, count) in Tallies(words) {
            let number = (column_of(key) - Cell::SEEN) as usize;
            seen[number / 2][number % 2] = count as i64;
        }
        let some = seen.into_iter().enumerate().filter(|&(_, numbers)| numbers != [0; 2]);
        some.for_each(|(bin, numbers)| work(bin, numbers));
    }

    /// The classes that stand beside this one, not smaller than it, and how often.
    pub(crate) fn beside(&self) -> impl Iterator<Item = (u32, i64)> + 'a {
        Tallies(self.beside_words()).map(|(key, count)| (column_of(key) - Cell::BESIDE, count as i64))
    }

    /// The words of these, which stand behind all others of the class.
    pub(crate) fn beside_words(&self) -> &'a [u64] {
        &self.0[Tallies::until(self.0, Cell::BESIDE)..]
    }
}
