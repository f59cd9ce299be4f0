//! Which boxes are issues: those whose score is at or below the threshold of their class.

use crate::minimum::least_similarity;
use crate::pairs::DataSet;
use crate::rank::{badloc_box_scores, overlooked_box_scores, swap_box_scores};

/// The share of its average precision that is the threshold of a class: a general factor, then one for the type of error.
pub const THRESHOLD_FACTORS: [f64; 2] = [0.25, 0.8];
