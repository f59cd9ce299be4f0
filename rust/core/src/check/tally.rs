//! Where counts go while images are counted.

use std::mem;

use crate::abandon::filled;
use crate::check::class_counts::Cell;
use crate::check::counts::{Counts, key_of, push};

/// Of at most so many classes all cells are laid out, 7 kB a class: counting there is quickest.
const FEW_CLASSES: usize = 1 << 11;
/// Places for pairs of classes that come again and again: room for each pair of 127 classes.
const PLACES: usize = 1 << 13;
/// Words that are listed at least before they are summed.
const LISTED: usize = 1 << 16;

/// Counts in the order in which they come, summed now and then.
pub(crate) struct Tally {
    /// All cells of few classes, class by class; of many, nothing.
    cells: Vec<u64>,
    /// The key last counted in each place, and its count.
    pairs: Vec<(u64, u64)>,
    /// Words of all other counts.
    listed: Vec<u64>,
    sums: Counts,
}

impl Tally {
    /// No counts yet, of so many classes.
    pub(crate) fn new(classes: usize) -> Self {
        let cells = if classes <= FEW_CLASSES { classes * Cell::COUNT } else { 0 };
        Self { cells: filled(cells, 0), pairs: vec![(0, 0); PLACES], listed: Vec::new(), sums: Counts::default() }
    }

    /// Adds to a cell of a class.
    #[inline]
    pub(crate) fn add(&mut self, class: u32, cell: Cell, more: u64) {
        let column = cell.column();
        match self.cells.get_mut(class as usize * Cell::COUNT + column as usize) {
            Some(count) => *count += more,
            None => self.list(key_of(class, column), more),
        }
    }

    /// Adds to how often two classes stand beside each other, the smaller one first.
    #[inline]
    pub(crate) fn add_pair(&mut self, class: u32, other: u32, more: u64) {
        let key = key_of(class, Cell::Beside(other).column());
        let place = &mut self.pairs[(other as usize * (other as usize + 1) / 2 + class as usize) % PLACES];
        if place.0 == key {
            place.1 += more;
        } else {
            let (key, count) = mem::replace(place, (key, more));
            self.list(key, count);
        }
    }

    #[inline]
    fn list(&mut self, key: u64, count: u64) {
        push(&mut self.listed, key, count);
        if self.listed.len() >= LISTED.max(self.sums.len() / 2) {
            self.sums.take(&mut self.listed);
        }
    }

    /// The sums of all.
    pub(crate) fn into_counts(mut self) -> Counts {
        for (key, count) in mem::take(&mut self.pairs) {
            self.list(key, count);
        }
        for (class, cells) in (0..).zip(mem::take(&mut self.cells).chunks_exact(Cell::COUNT)) {
            (0..).zip(cells).for_each(|(column, &count)| self.list(key_of(class, column), count));
        }
        self.sums.take(&mut self.listed);
        self.sums.shrink();
        self.sums
    }
}
