//! One kind of error a file: what it is, why it matters, an example, its formula, its limits, and its computation.

pub(crate) mod badloc;
pub(crate) mod duplicate;
pub(crate) mod missing;
pub(crate) mod spurious;
pub(crate) mod swap;

use crate::check::kind::Kind;

/// The files, for the pages that they begin with.
const SOURCES: [&str; 5] = [
    include_str!("missing.rs"),
    include_str!("swap.rs"),
    include_str!("badloc.rs"),
    include_str!("spurious.rs"),
    include_str!("duplicate.rs"),
];

impl Kind {
    /// The odds of each kind before any evidence, in the order of their numbers.
    pub const PRIORS: [f64; 5] = [missing::PRIOR, swap::PRIOR, badloc::PRIOR, spurious::PRIOR, duplicate::PRIOR];

    /// What the kind is, what speaks for and against it, its formula and its limits: a page of Markdown, for the terminal.
    ///
    /// ```
    /// use boxlint_core::check::Kind;
    ///
    /// assert!(Kind::Missing.explanation().starts_with("# missing\n\n## What it is\n"));
    /// ```
    #[must_use]
    pub fn explanation(self) -> String {
        let page = SOURCES[self as usize].lines().map_while(|line| line.strip_prefix("//!"));
        page.flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
    }
}
