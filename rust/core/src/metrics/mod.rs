//! Metrics of object detection.

pub(crate) mod average_precision;
pub(crate) mod matching;
