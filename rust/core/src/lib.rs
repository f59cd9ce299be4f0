//! The algorithms of boxlint: how good the annotated boxes of an object-detection data set are, judged by the boxes that
//! a detector predicts.
//!
//! Everything reads columns ([`Boxes`]) and writes columns. Whatever spans the data set is a small statistic that merges
//! from parts ([`least_similarity`]); everything after it looks at one image at a time, in parallel over rayon's global
//! pool (`RAYON_NUM_THREADS`).
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod boxes;
pub mod check;
mod error;
mod geometry;
mod ignore;
mod inspect;
mod metrics;
mod objectlab;
mod overlaps;
mod parallel;
mod summary;

pub use boxes::{Boxes, CLASS_LIMIT, COORDINATE_LIMIT, Floats, ImageBoxes};
pub use error::Error;
pub use geometry::{Corners, UNION_FLOOR, area, centre, intersection, iou, squared_distance};
pub use ignore::{REGION_SHARE, mostly_inside};
pub use inspect::{BoxChecks, NearDuplicates, Occurrences};
pub use metrics::average_precision::Ranking;
pub use metrics::matching::{ClassMatches, IOU_THRESHOLDS, Match, Matches, THRESHOLDS, TruePositives};
pub use objectlab::image_pairs::DataSet;
pub use objectlab::label_issues::{THRESHOLD_FACTOR, Thresholds, box_issues, image_issues};
pub use objectlab::min_similarity::least_similarity;
pub use objectlab::pooling::{TEMPERATURE, TEMPERATURE_FLOOR, TINY_VALUE, WEIGHT, aggregate, softmin};
pub use objectlab::scores::{
    HIGH_PROBABILITY_THRESHOLD, LOW_PROBABILITY_THRESHOLD, Parameters, badloc_box_scores, image_scores,
    overlooked_box_scores, pooled_scores, swap_box_scores,
};
pub use objectlab::similarity::{ALPHA, DISTANCE_FACTOR, Similarity};
pub use objectlab::swap::LABEL_OVERLAP_THRESHOLD;
pub use summary::{ClassCount, Classes, box_counts};
