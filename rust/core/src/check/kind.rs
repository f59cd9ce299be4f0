//! The kinds of error, what to look for, and how evidence is weighed: as odds.

/// No single piece of evidence is believed beyond 100 to 1.
const EPSILON: f64 = 0.01;

/// A kind of error.
///
/// ```
/// use boxlint_core::check::Kind;
///
/// assert_eq!(Kind::ALL.map(Kind::name), Kind::NAMES);
/// assert_eq!(Kind::ALL.map(|kind| kind as usize), [0, 1, 2, 3, 4]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// An object without annotation.
    Missing,
    /// An annotation of the wrong class.
    Swap,
    /// An annotation whose box is badly placed.
    Badloc,
    /// An annotation where nothing is.
    Spurious,
    /// A second annotation of an object.
    Duplicate,
}

impl Kind {
    /// The kinds in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Swap, Self::Badloc, Self::Spurious, Self::Duplicate];

    /// What the kinds are called, in the order of their numbers.
    pub const NAMES: [&'static str; 5] = ["missing", "swap", "badloc", "spurious", "duplicate"];

    /// What the kind is called in reports and on the command line.
    ///
    /// ```
    /// assert_eq!(boxlint_core::check::Kind::Badloc.name(), "badloc");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// What to look for.
///
/// ```
/// use boxlint_core::check::{Kind, Parameters};
///
/// // Swaps alone, with the method's own prior odds.
/// let kinds = Kind::ALL.map(|kind| kind == Kind::Swap);
/// let parameters = Parameters { priors: Kind::PRIORS, kinds, min_suspicion: 0.1 };
/// # assert_eq!(parameters.kinds, [false, true, false, false, false]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    /// Odds of each kind of error before any evidence, by the number of the kind.
    pub priors: [f64; 5],
    /// Whether each kind is listed, and counts for the image.
    pub kinds: [bool; 5],
    /// Issues from this suspicion on are listed.
    pub min_suspicion: f64,
}

impl Parameters {
    #[inline]
    pub(crate) fn prior(&self, kind: Kind) -> f64 {
        self.priors[kind as usize]
    }

    /// Whether a kind is looked for.
    #[inline]
    pub(crate) fn wants(&self, kind: Kind) -> bool {
        self.kinds[kind as usize]
    }
}

/// R(v; from, to): rises from 0 at `from` to 1 at `to`.
#[inline]
pub(crate) fn ramp(v: f64, [from, to]: [f64; 2]) -> f64 {
    ((v - from) / (to - from)).clamp(0.0, 1.0)
}

/// The odds of what has probability `x`.
#[inline]
pub(crate) fn odds(x: f64) -> f64 {
    x / (1.0 - x + EPSILON)
}

/// The odds against it.
#[inline]
pub(crate) fn against(x: f64) -> f64 {
    (1.0 - x) / (x + EPSILON)
}

/// A product of many factors of at least 1, kept as its logarithm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product {
    factor: f64,
    logarithm: f64,
}

impl Default for Product {
    fn default() -> Self {
        Self { factor: 1.0, logarithm: 0.0 }
    }
}

impl Product {
    const LARGE: f64 = 1e100;

    /// Takes a logarithm only when the product grows too large.
    #[inline]
    pub(crate) fn times(&mut self, factor: f64) {
        self.factor *= factor;
        if self.factor > Self::LARGE {
            self.logarithm += self.factor.ln();
            self.factor = 1.0;
        }
    }

    pub(crate) fn ln(self) -> f64 {
        self.logarithm + self.factor.ln()
    }
}
