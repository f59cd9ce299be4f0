//! How often two of many classes stand in one image.

use std::hint::black_box;

use crate::abandon::{check_stop, filled};
use crate::check::class_counts::{Cell, ClassCounts};
use crate::check::counts::{Counts, key_of, keys};
use crate::check::statistics::UNIT;

/// The pairs of the statistics, found by the places of their classes.
#[derive(Clone, Debug)]
pub(crate) struct PairRows {
    counts: Counts,
    rows: Vec<PairRow>,
    /// For each place `width` words of bits, in which those of the classes that ever stand beside it are set, and few
    /// others: most pairs that never do need no search. Nothing where a large part of all pairs does.
    met: Vec<u64>,
    width: usize,
}

/// The pairs of a class with itself and larger ones.
#[derive(Clone, Copy, Debug, Default)]
struct PairRow {
    class: u32,
    /// Number of pairs.
    pairs: u32,
    /// Where their words begin, and how many there are.
    start: usize,
    words: usize,
}

impl PairRows {
    /// Bits for each class beside another, at least.
    const BITS: usize = 8;
    /// Lines of the cache that are read of a row at most.
    const LINES: usize = 8;

    pub(crate) fn new(slot: &[u32], places: usize, counts: Counts) -> Self {
        let mut rows = filled(places, PairRow::default());
        (0..).zip(slot).for_each(|(class, &place)| rows[place as usize].class = class);
        for (class, start, words) in counts.by_class() {
            let beside = ClassCounts(words).beside_words();
            let row = &mut rows[slot[class as usize] as usize];
            (row.pairs, row.words) = (keys(beside) as u32, beside.len());
            row.start = start + words.len() - beside.len();
        }
        let pairs: usize = rows.iter().map(|row| row.pairs as usize).sum();
        let (mut met, mut width) = (Vec::new(), 0);
        if pairs < places * places / (4 * Self::BITS) {
            width = (2 * pairs * Self::BITS).div_ceil(64 * places).next_power_of_two();
            met = filled(places * width, 0);
            for (class, _, words) in counts.by_class() {
                check_stop();
                let one = slot[class as usize] as usize;
                for (other, _) in ClassCounts(words).beside() {
                    let other = slot[other as usize] as usize;
                    for [one, other] in [[one, other], [other, one]] {
                        let (word, bits) = Self::bits(other, width);
                        met[one * width + word] |= bits;
                    }
                }
            }
        }
        Self { counts, rows, met, width }
    }

    /// Reads a word of each line of the cache in which the rows of these places are, unless they are long: the processor
    /// waits for all of them at once then, and in a search for one after the other.
    pub(crate) fn fetch(&self, places: &[usize]) {
        let words = |place: &usize| {
            let PairRow { start, words, .. } = self.rows[*place];
            let end = start + words.min(Self::LINES * 8);
            let met = self.met.get(place * self.width).copied().unwrap_or_default();
            (start..end).step_by(8).fold(met, |read, at| read ^ self.counts.word(at))
        };
        black_box(places.iter().map(words).fold(0, |read, word| read ^ word));
    }

    /// The word of a place, among so many, and three of its bits.
    #[inline]
    fn bits(place: usize, width: usize) -> (usize, u64) {
        // The high bits of the product depend on all bits of the place.
        let mixed = (place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed >> 32) as usize & (width - 1), 1 << (mixed >> 58) | 1 << (mixed >> 52 & 63) | 1 << (mixed >> 46 & 63))
    }

    /// How often two classes share images.
    #[inline]
    pub(crate) fn pairs(&self, one: usize, other: usize) -> f64 {
        if self.width > 0 {
            let (word, bits) = Self::bits(other, self.width);
            if self.met[one * self.width + word] & bits != bits {
                return 0.0;
            }
        }
        self.search(one, other)
    }

    // Apart, so that what is done for most pairs stays short.
    #[inline(never)]
    fn search(&self, one: usize, other: usize) -> f64 {
        let (smaller, larger) = (one.min(other), one.max(other));
        let PairRow { class, pairs, start, words } = self.rows[smaller];
        // A row holds, in order, the places from its own on that ever stand beside it. Of those before the wanted one at
        // most `lacking` are not there, and those that are have at most `more` words than places, so it is found at once
        // where none is not there and none has more.
        let ahead = larger - smaller;
        let (lacking, more) = (self.rows.len() - smaller - pairs as usize, words - pairs as usize);
        let near = start + ahead.saturating_sub(lacking).min(words)..start + words.min(ahead + more + 1);
        self.counts.find(near, key_of(class, Cell::Beside(self.rows[larger].class).column())) as f64 / UNIT as f64
    }
}
