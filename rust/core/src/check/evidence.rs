//! The kinds of error, and the small functions that evidence is weighed with.

/// No single piece of evidence is believed beyond 100 to 1.
const EPSILON: f64 = 0.01;

/// A kind of error.
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
    /// What the kinds are called, in the order of their numbers.
    pub const NAMES: [&'static str; 5] = ["missing", "swap", "badloc", "spurious", "duplicate"];

    /// Their odds before any evidence, unless given: omission is the commonest human error.
    pub const PRIORS: [f64; 5] = [0.2, 0.025, 0.1, 0.0025, 0.5];
}

/// R(v; a, b): rises from 0 at `from` to 1 at `to`.
#[inline]
pub(crate) fn ramp(v: f64, from: f64, to: f64) -> f64 {
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

/// The chance that a prediction shows an object of its own, of which the share `inside` lies in annotations of its class:
/// wholly inside, it shows as likely a part of one, or a group.
#[inline]
pub(crate) fn whole(inside: f64) -> f64 {
    1.0 - 0.5 * ramp(inside, 0.8, 1.0)
}

/// A product of many factors of at least 1, as its logarithm.
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

    /// A logarithm is taken only when the product grows too large.
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
