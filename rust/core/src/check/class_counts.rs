//! The counts of one class.

use crate::check::score_bins::SCORE_BINS;

/// Bins of the size of a box, in halvings of the side of the image.
pub const SIZE_BINS: usize = 7;

/// What is counted of a class: up to three numbers together.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell {
    /// By score: predictions, those of them that match an annotation, and those that are free: no annotation touches them.
    Score(u8),
    /// By size, and the highest score of a prediction on them: annotations. The last bin is for none.
    Best(u8, u8),
    /// By size: matched annotations, and the sum of 1 - IoU with their match, in units of 2^-20.
    Gap(u8),
}

impl Cell {
    const BEST: u16 = SCORE_BINS as u16;
    const BINS: u16 = Self::BEST + 1;
    const GAPS: u16 = Self::BEST + SIZE_BINS as u16 * Self::BINS;

    /// Cells are numbered by kind, size and bin.
    #[inline]
    fn number(self) -> u16 {
        match self {
            Self::Score(bin) => bin.into(),
            Self::Best(size, bin) => Self::BEST + u16::from(size) * Self::BINS + u16::from(bin),
            Self::Gap(size) => Self::GAPS + u16::from(size),
        }
    }

    #[inline]
    fn of(number: u16) -> Self {
        if number < Self::BEST {
            Self::Score(number as u8)
        } else if number < Self::GAPS {
            let cell = number - Self::BEST;
            Self::Best((cell / Self::BINS) as u8, (cell % Self::BINS) as u8)
        } else {
            Self::Gap((number - Self::GAPS) as u8)
        }
    }
}

/// The counts of one class: those cells that are not 0, in order, while they are few and small; else all.
#[derive(Clone, Debug)]
pub(crate) enum ClassCounts {
    Few(Vec<SmallCell>),
    All(Box<AllCells>),
}

/// A cell of small numbers, in eight bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SmallCell {
    number: u16,
    first: u16,
    /// The second number; of a score, 2^16 times the second and the third.
    rest: u32,
}

impl SmallCell {
    /// None if they are not small.
    #[inline]
    fn new(cell: Cell, [first, second, third]: [i64; 3]) -> Option<Self> {
        let rest = match cell {
            Cell::Score(_) => u32::from(u16::try_from(second).ok()?) << 16 | u32::from(u16::try_from(third).ok()?),
            Cell::Best(..) | Cell::Gap(_) => u32::try_from(second).ok()?,
        };
        Some(Self { number: cell.number(), first: u16::try_from(first).ok()?, rest })
    }

    #[inline]
    fn numbers(self) -> [i64; 3] {
        let [second, third] =
            if self.number < Cell::BEST { [self.rest >> 16, self.rest & 0xffff] } else { [self.rest, 0] };
        [self.first.into(), second.into(), third.into()]
    }
}

#[derive(Clone, Debug)]
pub(crate) struct AllCells {
    scores: [[i64; 3]; SCORE_BINS],
    best: [[i64; SCORE_BINS + 1]; SIZE_BINS],
    gaps: [[i64; 2]; SIZE_BINS],
}

impl AllCells {
    #[inline]
    fn add(&mut self, cell: Cell, [a, b, c]: [i64; 3]) {
        match cell {
            Cell::Score(bin) => {
                self.scores[usize::from(bin)].iter_mut().zip([a, b, c]).for_each(|(n, more)| *n += more)
            }
            Cell::Best(size, bin) => self.best[usize::from(size)][usize::from(bin)] += a,
            Cell::Gap(size) => self.gaps[usize::from(size)].iter_mut().zip([a, b]).for_each(|(n, more)| *n += more),
        }
    }
}

impl ClassCounts {
    pub(crate) const NOTHING: Self = Self::Few(Vec::new());
    /// From this number in a cell on, all cells are laid out: a list is slow to search, and much was counted to pay for them.
    const LARGE: i64 = 256;

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Few(cells) if cells.is_empty())
    }

    /// Adds to a cell; `few` cells are listed at most.
    #[inline]
    pub(crate) fn add(&mut self, cell: Cell, more: [i64; 3], few: usize) {
        match self {
            Self::All(all) => all.add(cell, more),
            Self::Few(_) => self.add_to_few(cell, more, few),
        }
    }

    fn add_to_few(&mut self, cell: Cell, more: [i64; 3], few: usize) {
        let Self::Few(cells) = self else { return };
        let number = cell.number();
        let at = cells.binary_search_by_key(&number, |cell| cell.number);
        let before = at.map_or([0; 3], |at| cells[at].numbers());
        let sums = [0, 1, 2].map(|n| before[n].saturating_add(more[n]));
        let fits = sums[0] < Self::LARGE && (at.is_ok() || cells.len() < few);
        match (at, SmallCell::new(cell, sums).filter(|_| fits)) {
            (Ok(at), Some(sum)) => cells[at] = sum,
            (Err(at), Some(sum)) => cells.insert(at, sum),
            (_, None) => {
                let mut all = Box::new(AllCells {
                    scores: [[0; 3]; SCORE_BINS],
                    best: [[0; SCORE_BINS + 1]; SIZE_BINS],
                    gaps: [[0; 2]; SIZE_BINS],
                });
                cells.iter().for_each(|cell| all.add(Cell::of(cell.number), cell.numbers()));
                all.add(cell, more);
                *self = Self::All(all);
            }
        }
    }

    /// Adds the counts of another part.
    pub(crate) fn merge(&mut self, other: Self, few: usize) {
        match (&mut *self, other) {
            (Self::Few(mine), other) if mine.is_empty() => *self = other,
            (Self::All(mine), Self::All(theirs)) => {
                let numbers = mine.scores.as_flattened_mut().iter_mut().zip(theirs.scores.as_flattened());
                let numbers = numbers.chain(mine.best.as_flattened_mut().iter_mut().zip(theirs.best.as_flattened()));
                let numbers = numbers.chain(mine.gaps.as_flattened_mut().iter_mut().zip(theirs.gaps.as_flattened()));
                numbers.for_each(|(number, more)| *number += more);
            }
            (Self::Few(_), mut other @ Self::All(_)) => {
                std::mem::swap(self, &mut other);
                self.merge(other, few);
            }
            (mine, Self::Few(theirs)) => {
                theirs.into_iter().for_each(|cell| mine.add(Cell::of(cell.number), cell.numbers(), few));
            }
        }
    }

    /// The counts of each bin of the score.
    pub(crate) fn scores(&self) -> [[i64; 3]; SCORE_BINS] {
        let mut scores = [[0; 3]; SCORE_BINS];
        self.each_score(|bin, counts| scores[bin] = counts);
        scores
    }

    /// Calls `work` with each bin of the score that has predictions, and its counts.
    #[inline]
    pub(crate) fn each_score(&self, mut work: impl FnMut(usize, [i64; 3])) {
        match self {
            Self::All(all) => {
                let found = all.scores.iter().enumerate().filter(|&(_, &counts)| counts != [0; 3]);
                found.for_each(|(bin, &counts)| work(bin, counts));
            }
            Self::Few(cells) => {
                let scores = cells.iter().take_while(|cell| cell.number < Cell::BEST);
                scores.for_each(|cell| work(cell.number.into(), cell.numbers()));
            }
        }
    }

    /// Calls `best` with size, bin and number of annotations, and `gap` with size, matches and sum, where they are not 0.
    #[inline]
    pub(crate) fn each_by_size(&self, mut best: impl FnMut(usize, usize, i64), mut gap: impl FnMut(usize, [i64; 2])) {
        match self {
            Self::All(all) => {
                for (size, bins) in all.best.iter().enumerate() {
                    let found = bins.iter().enumerate().filter(|&(_, &count)| count != 0);
                    found.for_each(|(bin, &count)| best(size, bin, count));
                }
                let found = all.gaps.iter().enumerate().filter(|&(_, &[matches, _])| matches != 0);
                found.for_each(|(size, &numbers)| gap(size, numbers));
            }
            Self::Few(cells) => {
                for cell in cells {
                    let [a, b, _] = cell.numbers();
                    match Cell::of(cell.number) {
                        Cell::Score(_) => {}
                        Cell::Best(size, bin) => best(size.into(), bin.into(), a),
                        Cell::Gap(size) => gap(size.into(), [a, b]),
                    }
                }
            }
        }
    }
}

impl PartialEq for ClassCounts {
    /// However they are held.
    fn eq(&self, other: &Self) -> bool {
        let by_size = |counts: &Self| {
            let (mut best, mut gaps) = (Vec::new(), Vec::new());
            counts.each_by_size(|size, bin, count| best.push((size, bin, count)), |size, gap| gaps.push((size, gap)));
            (best, gaps)
        };
        self.scores() == other.scores() && by_size(self) == by_size(other)
    }
}

impl Eq for ClassCounts {}
