//! The algorithms of boxlint: they find label errors in object-detection data sets by comparing the annotated boxes with
//! those that a detector predicts.
//!
//! Everything reads columns ([`Boxes`], two of them in a [`Dataset`]) and returns columns. Whatever spans the data set is a
//! small statistic that merges from parts ([`min_similarity`], [`Matches`], [`check::Statistics`]); all else looks at one
//! image at a time, in parallel on rayon's global pool (`RAYON_NUM_THREADS`).
//!
//! The example of [`check::examine()`] goes from boxes to a list of suspected errors, that of [`image_scores`] to the scores of
//! ObjectLab. Files are read by the crate `boxlint-io`, whose first page goes from COCO files to the list.
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod abandon;
mod boxes;
pub mod check;
mod dataset;
mod error;
mod geometry;
mod inspect;
mod metrics;
mod objectlab;
mod overlaps;
mod parallel;
mod summary;
mod verified;

pub use abandon::{Abandoned, Inherited, Stop, check_room, check_stop, check_stop_before, filled, reserve};
pub use boxes::{Boxes, CLASS_LIMIT, COORDINATE_LIMIT, Floats, ImageBoxes};
pub use dataset::{Dataset, DatasetImage, IGNORED_FRACTION, Ignored};
pub use error::Error;
pub use geometry::{Corners, UNION_FLOOR, area, centre, intersection, iou, squared_distance};
pub use inspect::{
    BoxChecks, ClassPairs, LackingClass, LackingClasses, NearDuplicates, Occurrences, PairCount, PermutedClass,
    near_repeats,
};
pub use metrics::average_precision::{ClassPrecision, Ranking, average_precision};
pub use metrics::matching::{ClassMatches, IOU_THRESHOLDS, Match, Matches, THRESHOLDS, TruePositives};
pub use objectlab::box_scores::{
    HIGH_PROBABILITY_THRESHOLD, LABEL_OVERLAP_THRESHOLD, LOW_PROBABILITY_THRESHOLD, badloc_box_scores,
    overlooked_box_scores, swap_box_scores,
};
pub use objectlab::image_pairs::{ALPHA, DISTANCE_FACTOR, Matrices, Pairs, Similarity};
pub use objectlab::image_scores::{
    ByType, ImageScore, Parameters, TEMPERATURE, TEMPERATURE_FLOOR, TINY_VALUE, WEIGHT, aggregate, image_scores,
    image_scores_so_far, pooled_scores, softmin,
};
pub use objectlab::label_issues::{THRESHOLD_FACTOR, box_issues, image_issues, image_issues_by};
pub use objectlab::min_similarity::{MinSimilarity, TwoPass, min_similarity, min_similarity_so_far};
pub use parallel::{alone, join, map, sort, threads};
pub use summary::{BoxCounts, ClassCount, Classes, box_counts};
pub use verified::VerifiedClasses;
