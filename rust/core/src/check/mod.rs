//! Which annotations are wrong, how, and what they should be: the native method.
//!
//! The detector's scores are turned into confidences; for every annotation, explanations ("another class", "a better
//! box", "nothing there") are weighed as odds against "it is right", and so are confident predictions that no annotation
//! covers and annotations that show one object twice. Two passes: [`Statistics::of`] counts, in integers that merge in
//! any order; [`examine`] looks at one image at a time, with the [`Tables`] that follow from the counts.

mod case;
mod columns;
mod company;
mod duplicates;
mod evidence;
mod explanations;
mod missing;
mod neighbours;
mod report;
mod rows;
mod scene;
mod scores;
mod sides;
mod statistics;
mod tables;

pub use case::Case;
pub use evidence::Kind;
pub use report::{Found, Parameters, examine};
pub use rows::Rows;
pub use scores::SCORE_BINS;
pub use statistics::{BestCount, PairCount, SIZE_BINS, ScoreCount, Statistics};
pub use tables::{CONFIDENT, Tables};
