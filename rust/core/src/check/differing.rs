//! Rows of numbers that are mostly those of a usual row.

/// A row: whole, or those numbers that differ from the usual row, equal ones that follow each other once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Differing<const N: usize> {
    /// Bit n is set if number n differs from the usual one, or the row is whole.
    differing: u128,
    /// Bit n is set if number n is the first of such equal ones, or the row is whole.
    first: u128,
    /// The first ones.
    numbers: Box<[f64]>,
}

impl<const N: usize> Differing<N> {
    const ALL: u128 = (1 << N) - 1;

    /// A row that takes as little memory as may be.
    pub(crate) fn new(row: &[f64; N], usual: &[f64; N]) -> Self {
        let same = |one: f64, other: f64| one.to_bits() == other.to_bits();
        let bits = |set: &dyn Fn(usize) -> bool| (0..N).fold(0_u128, |bits, at| bits | u128::from(set(at)) << at);
        let differing = bits(&|at| !same(row[at], usual[at]));
        let follows = bits(&|at| at > 0 && differing >> (at - 1) & 1 == 1 && same(row[at], row[at - 1]));
        let first = differing & !follows;
        let mut numbers = Vec::with_capacity(first.count_ones() as usize);
        numbers.extend((0..N).filter(|at| first >> at & 1 == 1).map(|at| row[at]));
        Self { differing, first, numbers: numbers.into_boxed_slice() }
    }

    /// The whole row, in which a number is found without counting bits.
    pub(crate) fn whole(row: &[f64; N]) -> Self {
        Self { differing: Self::ALL, first: Self::ALL, numbers: row.as_slice().into() }
    }

    /// A number of the row.
    #[inline]
    pub(crate) fn get(&self, at: usize, usual: &[f64; N]) -> f64 {
        self.numbers.first_chunk().map_or_else(|| self.find([at], usual)[0], |whole: &[f64; N]| whole[at])
    }

    /// A number of the row and the one after it.
    #[inline]
    pub(crate) fn two(&self, at: usize, usual: &[f64; N]) -> [f64; 2] {
        let places = [at, at + 1];
        self.numbers
            .first_chunk()
            .map_or_else(|| self.find(places, usual), |whole: &[f64; N]| places.map(|at| whole[at]))
    }

    // Apart, so that what is done for whole rows stays short.
    #[inline(never)]
    fn find<const M: usize>(&self, places: [usize; M], usual: &[f64; N]) -> [f64; M] {
        places.map(|at| {
            if self.differing >> at & 1 == 0 {
                usual[at]
            } else {
                self.numbers[(self.first & ((2 << at) - 1)).count_ones() as usize - 1]
            }
        })
    }

    /// The numbers that differ, in order; all, if the row is whole.
    pub(crate) fn differing<'a>(&'a self) -> impl Iterator<Item = f64> + 'a {
        let mut numbers = self.numbers.iter();
        let mut last = 0.0;
        (0..N).filter(|at| self.differing >> at & 1 == 1).map(move |at| {
            if self.first >> at & 1 == 1 {
                last = numbers.next().copied().unwrap_or(last);
            }
            last
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_what_it_was_made_of() {
        let usual: [f64; 86] = std::array::from_fn(|at| at as f64);
        for count in 0..=86 {
            // So many numbers differ, spread over the row. Some of them are equal.
            let row: [f64; 86] =
                std::array::from_fn(|at| if at * 37 % 86 < count { -1.0 - (at / 5) as f64 } else { usual[at] });
            let differing: Vec<f64> = row.into_iter().filter(|&number| number < 0.0).collect();
            let kept = Differing::new(&row, &usual);
            assert!(kept.differing().eq(differing));
            assert!(kept.numbers.len() <= 18 + count.min(86 - count));
            for kept in [kept, Differing::whole(&row)] {
                assert_eq!(std::array::from_fn(|at| kept.get(at, &usual)), row);
                assert!((0..85).all(|at| kept.two(at, &usual) == row[at..at + 2]));
            }
        }
    }
}
