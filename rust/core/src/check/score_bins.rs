//! The bins of the score that pass 1 counts in.

use std::sync::LazyLock;

use crate::geometry::{larger, smaller};

/// Bins of the score, in quarter steps of its logit from -8 to 8.
pub const SCORE_BINS: usize = 65;

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
