//! Which annotations are wrong, how, and what they should be: the native method.
//!
//! The detector's scores are turned into confidences; for every annotation, explanations ("another class", "a better
//! box", "nothing there") are weighed as odds against "it is right", and so are confident predictions that no annotation
//! covers and annotations that show one object twice. Two passes: [`Statistics::of`] counts, in integers that merge in
//! any order; [`examine`] looks at one image at a time, with the [`Tables`] that follow from the counts.

mod context;
mod detector;
mod duplicates;
mod evidence;
mod examine;
mod explanations;
mod image;
mod issues;
mod missing;
mod score_bins;
mod statistics;

pub use detector::{CONFIDENT, Tables};
pub use evidence::Kind;
pub use examine::{Found, Parameters, examine};
pub use issues::Rows;
pub use score_bins::SCORE_BINS;
pub use statistics::{BestCount, PairCount, SIZE_BINS, ScoreCount, Statistics};
