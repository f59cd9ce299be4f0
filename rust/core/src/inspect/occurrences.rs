//! What the checks share: counts of boxes that merge from parts of the data in any order, and keys of equal boxes.

use std::ops::Range;

use crate::boxes::ImageBoxes;
use crate::geometry::Corners;
use crate::parallel;

/// The boxes that a check found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occurrences {
    /// How many there are.
    pub count: usize,
    /// The row of the first, if there is one.
    pub first: Option<usize>,
}

impl Occurrences {
    pub(crate) fn note(&mut self, row: usize, found: bool) {
        if found {
            self.merge(Self { count: 1, first: Some(row) });
        }
    }

    /// All of `boxes`, if something holds for the whole of them.
    pub(crate) fn all_if(holds: bool, boxes: usize) -> Self {
        if holds && boxes > 0 { Self { count: boxes, first: Some(0) } } else { Self::default() }
    }
}

impl Merge for Occurrences {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first = match (self.first, other.first) {
            (Some(mine), Some(others)) => Some(mine.min(others)),
            (mine, others) => mine.or(others),
        };
    }
}

/// Class and corners in an order that puts equal boxes beside each other.
pub(crate) type Key = (i32, [u64; 4]);

pub(crate) fn key(boxes: &ImageBoxes, row: usize, changed: impl Fn(f64) -> f64) -> Key {
    let corners: Corners = boxes.corners(row);
    // Adding 0 turns -0 into 0: the two are equal, their bits are not.
    (boxes.class_id[row], corners.map(|corner| (changed(corner) + 0.0).to_bits()))
}

/// Counts that add up, in any order.
pub(crate) trait Merge {
    fn merge(&mut self, other: Self);
}

/// What `add` finds in all images, in parallel.
pub(crate) fn over_images<T: Default + Merge + Send>(images: usize, add: &(impl Fn(&mut T, Range<usize>) + Sync)) -> T {
    let mut states = parallel::states(0..images, &T::default, add).into_iter();
    let mut merged = states.next().unwrap_or_default();
    states.for_each(|other| merged.merge(other));
    merged
}
