//! Rows of numbers that are mostly those of a usual row; many of them end to end.

/// A row: whole, or those numbers that differ from the usual row, equal ones that follow each other once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Differing<const N: usize> {
    /// Bit n is set if number n differs from the usual one, or the row is whole.
    differing: Bits,
    /// Bit n is set if number n is the first of such equal ones, or the row is whole.
    first: Bits,
    /// The first ones.
    numbers: Box<[f64]>,
}

/// A set of numbers below 96, in words so small that the model of a class fits a line of the cache.
#[derive(Clone, Copy, Debug, Default)]
struct Bits([u32; 3]);

/// Where the numbers of a row are, among those of many rows end to end, of which the first is the usual one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Places {
    differing: Bits,
    first: Bits,
    start: u32,
    whole: bool,
}

impl Places {
    /// Where number `at` is.
    #[inline]
    pub(crate) fn place(&self, at: usize) -> usize {
        if self.whole { self.start as usize + at } else { self.find(at) }
    }

    /// Where number `at` and the next one are.
    #[inline]
    pub(crate) fn two(&self, at: usize) -> [usize; 2] {
        if self.whole {
            let first = self.start as usize + at;
            [first, first + 1]
        } else {
            [self.find(at), self.find(at + 1)]
        }
    }

    // No branch depends on what the row is: the processor would guess it, and not wait for many rows at once.
    #[inline]
    fn find(&self, at: usize) -> usize {
        // Before the first number that differs this is a place in another row, which is not taken.
        let differing = self.start as usize + self.first.until(at) - 1;
        if self.differing.has(at) { differing } else { at }
    }
}

impl Bits {
    fn new(bits: u128) -> Self {
        Self([0, 32, 64].map(|from| (bits >> from) as u32))
    }

    #[inline]
    fn has(self, at: usize) -> bool {
        self.0[at / 32] >> (at % 32) & 1 == 1
    }

    /// How many of its numbers are at most `at`.
    #[inline]
    fn until(self, at: usize) -> usize {
        let [low, middle, high] = self.0;
        let (low, high) = (u64::from(low) | u64::from(middle) << 32, u64::from(high));
        let until = |bits: u64, at: usize| (bits & (u64::MAX >> (63 - at))).count_ones() as usize;
        if at < 64 { until(low, at) } else { low.count_ones() as usize + until(high, at - 64) }
    }
}

impl<const N: usize> Differing<N> {
    const ALL: u128 = {
        assert!(N <= 96);
        (1 << N) - 1
    };

    /// A row that takes as little memory as may be.
    pub(crate) fn new(row: &[f64; N], usual: &[f64; N]) -> Self {
        let same = |one: f64, other: f64| one.to_bits() == other.to_bits();
        let bits = |set: &dyn Fn(usize) -> bool| (0..N).fold(0_u128, |bits, at| bits | u128::from(set(at)) << at);
        let differing = bits(&|at| !same(row[at], usual[at]));
        let follows = bits(&|at| at > 0 && differing >> (at - 1) & 1 == 1 && same(row[at], row[at - 1]));
        let first = differing & !follows;
        let mut numbers = Vec::with_capacity(first.count_ones() as usize);
        numbers.extend((0..N).filter(|at| first >> at & 1 == 1).map(|at| row[at]));
        Self { differing: Bits::new(differing), first: Bits::new(first), numbers: numbers.into_boxed_slice() }
    }

    /// The whole row, in which a number is found without counting bits.
    pub(crate) fn whole(row: &[f64; N]) -> Self {
        Self { differing: Bits::new(Self::ALL), first: Bits::new(Self::ALL), numbers: row.as_slice().into() }
    }

    /// Appends the numbers to those of other rows, and says where they are then.
    pub(crate) fn append(&self, numbers: &mut Vec<f64>) -> Places {
        let start = numbers.len() as u32;
        numbers.extend_from_slice(&self.numbers);
        Places { differing: self.differing, first: self.first, start, whole: self.numbers.len() == N }
    }

    /// How many numbers are kept.
    pub(crate) fn kept(&self) -> usize {
        self.numbers.len()
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
            let kept = Differing::new(&row, &usual);
            assert!(kept.numbers.len() <= 18 + count.min(86 - count));
            for kept in [kept, Differing::whole(&row)] {
                let mut numbers = usual.to_vec();
                let places = kept.append(&mut numbers);
                assert_eq!(numbers.len(), usual.len() + kept.kept());
                assert_eq!(std::array::from_fn(|at| numbers[places.place(at)]), row);
                assert!((0..85).all(|at| places.two(at).map(|place| numbers[place]) == row[at..at + 2]));
            }
        }
    }
}
