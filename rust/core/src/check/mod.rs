//! Which annotations are wrong, how, and what they should be: the native method.
//!
//! The detector's scores are turned into confidences. For every annotation, explanations ("another class", "a better box",
//! "nothing there") are weighed as odds against "it is right"; so are confident predictions that no annotation covers, and
//! annotations that show one object twice. There are two passes: [`collect()`] counts, in integers that merge in any order;
//! [`examine()`] looks at one image at a time, with the [`DetectorModel`] that follows from the counts.
//!
//! How `missing` is scored, and each other [`Kind`], is in the file of that name in `kinds`, whose page
//! [`Kind::explanation`] returns.

mod calibration;
mod class_counts;
mod collect;
mod confidence;
mod consensus;
mod consistency;
mod context;
mod counts;
mod detector;
mod differing;
mod evidence;
mod examine;
mod features;
mod fusion;
mod image;
mod issue;
mod issue_id;
mod issues;
mod kind;
mod kinds;
mod pair_rows;
mod reason;
mod score_bins;
mod statistics;
mod tally;
mod visibility;

pub use class_counts::SIZE_BINS;
pub use collect::{Counting, collect};
pub use consensus::{Consensus, Detectors};
pub use consistency::check_counts;
pub use detector::{CONFIDENT, DetectorModel};
pub use examine::{Found, examine};
pub use features::{FEATURES, features};
pub use fusion::Fused;
pub use issue::{Details, Issue};
pub use issue_id::{IssueNames, issue_id, name_hash};
pub use issues::Issues;
pub use kind::{Kind, Parameters};
pub use reason::{Reason, SeenBy};
pub use score_bins::SCORE_BINS;
pub use statistics::{BestCount, Entries, GapCount, PairCount, ScoreCount, SeenCount, Statistics};
