//! Checks of a whole data set for what makes its scores wrong. The counts merge from parts of the data in any order.

mod boxes;
mod class_pairs;
mod lacking_classes;
mod near_duplicates;
mod near_repeats;
mod occurrences;

pub use boxes::BoxChecks;
pub use class_pairs::{ClassPairs, PairCount, PermutedClass};
pub use lacking_classes::{LackingClass, LackingClasses};
pub use near_duplicates::NearDuplicates;
pub use near_repeats::near_repeats;
pub use occurrences::Occurrences;
