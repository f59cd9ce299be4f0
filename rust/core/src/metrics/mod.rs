//! Metrics of detection on plain arrays.

pub(crate) mod average_precision;
pub(crate) mod matching;
