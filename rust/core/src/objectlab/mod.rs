//! ObjectLab, the method of cleanlab (Tkachenko, Thyagarajan, Mueller 2023, arXiv 2309.00832), number for number.
//!
//! [`image_pairs`] compares the annotations and predictions of an image; [`min_similarity`] finds the one quantity that
//! spans the data set; [`box_scores`] and [`image_scores`] score; [`label_issues`] applies the thresholds.

pub(crate) mod box_scores;
pub(crate) mod image_pairs;
pub(crate) mod image_scores;
pub(crate) mod label_issues;
pub(crate) mod min_similarity;
