//! The algorithms of boxlint: how good the annotated boxes of an object-detection data set are, judged by the boxes that
//! a detector predicts.
//!
//! Everything reads columns ([`Boxes`]) and writes columns. Whatever spans the data set is a small statistic that merges
//! from parts ([`least_similarity`]); everything after it looks at one image at a time, in parallel over rayon's global
//! pool (`RAYON_NUM_THREADS`).
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod badloc;
mod boxes;
pub mod check;
mod error;
mod geometry;
mod issues;
mod looks;
mod matching;
mod minimum;
mod overlooked;
mod pairs;
mod parallel;
mod pooling;
mod precision;
mod rank;
mod regions;
mod similarity;
mod summary;
mod swap;

pub use boxes::{Boxes, CLASS_LIMIT, COORDINATE_LIMIT, Floats, ImageBoxes};
pub use error::Error;
pub use geometry::{Corners, UNION_FLOOR, area, centre, intersection, iou, squared_distance};
pub use issues::{THRESHOLD_FACTOR, Thresholds, box_issues, image_issues};
pub use looks::{Copies, Looks, Tally};
pub use matching::{ClassMatches, IOU_THRESHOLDS, Match, Matches, THRESHOLDS, TruePositives};
pub use minimum::least_similarity;
pub use pairs::DataSet;
pub use pooling::{TEMPERATURE, TEMPERATURE_FLOOR, TINY_VALUE, WEIGHT, aggregate, softmin};
pub use precision::Ranking;
pub use rank::{
    HIGH_PROBABILITY_THRESHOLD, LOW_PROBABILITY_THRESHOLD, Parameters, badloc_box_scores, image_scores,
    overlooked_box_scores, pooled_scores, swap_box_scores,
};
pub use regions::{REGION_SHARE, mostly_inside};
pub use similarity::{ALPHA, DISTANCE_FACTOR, Similarity};
pub use summary::{ClassCount, Classes, box_counts};
pub use swap::LABEL_OVERLAP_THRESHOLD;
