//! The method of cleanlab, ObjectLab.

pub(crate) mod badloc;
pub(crate) mod image_pairs;
pub(crate) mod label_issues;
pub(crate) mod min_similarity;
pub(crate) mod overlooked;
pub(crate) mod pooling;
pub(crate) mod scores;
pub(crate) mod similarity;
pub(crate) mod swap;
