//! What boxes look like when something is wrong with them: counts that merge from parts of a data set in any order.

use std::ops::Range;

use crate::boxes::{Boxes, ImageBoxes};
use crate::geometry::Corners;
use crate::parallel;

/// Annotators round to pixels and some count them from one: up to here a box is not called outside. So does the reader
/// of COCO files.
const SLACK: f64 = 1.0;

/// Corners are written with a digit or two behind the point: those that are equal in these steps are copies.
const COPY_STEP: f64 = 0.1;

/// How many boxes look so, and the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The number of boxes.
    pub count: usize,
    /// The row of the first; meaningless if there is none.
    pub first: usize,
}

impl Default for Tally {
    fn default() -> Self {
        Self { count: 0, first: usize::MAX }
    }
}

impl Tally {
    fn note(&mut self, row: usize, looks_so: bool) {
        if looks_so {
            self.merge(Self { count: 1, first: row });
        }
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first = self.first.min(other.first);
    }
}

/// The boxes of each look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// x2 < x1 or y2 < y1.
    pub inverted: Tally,
    /// Neither, but x2 = x1 or y2 = y1.
    pub no_area: Tally,
    /// More than a pixel of it lies outside its image.
    pub outside: Tally,
    /// A box before it in its image is of the same class and corners.
    pub repeated: Tally,
    /// All corners lie within 0 to 1.
    pub relative: Tally,
    /// Wider than its distance from the left, and higher than that from the top.
    pub cornerlike: Tally,
}

impl Looks {
    /// Looks at boxes; `sizes` has the width and height of each image, NaN where they are unknown.
    #[must_use]
    pub fn of(boxes: &Boxes, sizes: Option<&[[f64; 2]]>) -> Self {
        over_images(boxes.images(), &|looks: &mut Self, images| {
            let mut keys = Vec::new();
            for index in images {
                let size = sizes.map_or([f64::NAN; 2], |sizes| sizes[index]);
                looks.add(&boxes.image(index), boxes.offsets()[index] as usize, size, &mut keys);
            }
        })
    }

    fn add(&mut self, image: &ImageBoxes, first: usize, [width, height]: [f64; 2], keys: &mut Vec<(Key, usize)>) {
        for row in 0..image.len() {
            let corners = image.corners(row);
            let [x1, y1, x2, y2] = corners;
            let row = first + row;
            let inverted = x2 < x1 || y2 < y1;
            let left_or_above = x1.min(x2) < -SLACK || y1.min(y2) < -SLACK;
            let right_or_below = x1.max(x2) - width > SLACK || y1.max(y2) - height > SLACK;
            self.inverted.note(row, inverted);
            self.no_area.note(row, !inverted && (x1 == x2 || y1 == y2));
            self.outside.note(row, left_or_above || right_or_below);
            self.relative.note(row, corners.iter().all(|corner| (0.0..=1.0).contains(corner)));
            self.cornerlike.note(row, x2 - x1 > x1 && y2 - y1 > y1);
        }
        keys.clear();
        keys.extend((0..image.len()).map(|row| (key(image, row, |corner| corner), first + row)));
        keys.sort_unstable();
        for pair in keys.windows(2) {
            self.repeated.note(pair[1].1, pair[0].0 == pair[1].0);
        }
    }
}

impl Merge for Looks {
    fn merge(&mut self, other: Self) {
        self.inverted.merge(other.inverted);
        self.no_area.merge(other.no_area);
        self.outside.merge(other.outside);
        self.repeated.merge(other.repeated);
        self.relative.merge(other.relative);
        self.cornerlike.merge(other.cornerlike);
    }
}

/// Predictions that equal an annotation of their image and class but for rounding, and the annotations they equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// The annotations.
    pub annotations: Tally,
    /// The predictions.
    pub predictions: Tally,
}

impl Copies {
    /// Compares boxes of the same images.
    #[must_use]
    pub fn of(annotations: &Boxes, predictions: &Boxes) -> Self {
        over_images(annotations.images(), &|copies: &mut Self, images| {
            let mut keys = Vec::new();
            for index in images {
                let starts = [annotations, predictions].map(|boxes| boxes.offsets()[index] as usize);
                copies.add(&annotations.image(index), &predictions.image(index), starts, &mut keys);
            }
        })
    }

    fn add(
        &mut self,
        annotations: &ImageBoxes,
        predictions: &ImageBoxes,
        [first_annotation, first_prediction]: [usize; 2],
        keys: &mut Vec<(Key, usize, bool)>,
    ) {
        let in_steps = |corner: f64| (corner / COPY_STEP).round_ties_even();
        keys.clear();
        keys.extend((0..annotations.len()).map(|row| (key(annotations, row, in_steps), first_annotation + row, false)));
        keys.sort_unstable();
        for row in 0..predictions.len() {
            let class = predictions.class_id[row];
            let of_class = keys.partition_point(|(key, ..)| key.0 < class);
            if keys.get(of_class).is_none_or(|(key, ..)| key.0 != class) {
                continue;
            }
            let wanted = key(predictions, row, in_steps);
            let equal = keys.partition_point(|(key, ..)| *key < wanted);
            let equal = keys[equal..].iter_mut().take_while(|(key, ..)| *key == wanted);
            let found = equal.map(|(.., copied)| *copied = true).count();
            self.predictions.note(first_prediction + row, found > 0);
        }
        for &(_, row, copied) in keys.iter() {
            self.annotations.note(row, copied);
        }
    }
}

impl Merge for Copies {
    fn merge(&mut self, other: Self) {
        self.annotations.merge(other.annotations);
        self.predictions.merge(other.predictions);
    }
}

/// Class and corners, the same for boxes whose classes and corners are equal, and in some order.
type Key = (i32, [u64; 4]);

fn key(boxes: &ImageBoxes, row: usize, changed: impl Fn(f64) -> f64) -> Key {
    let corners: Corners = boxes.corners(row);
    // -0 and 0 are equal.
    (boxes.class_id[row], corners.map(|corner| (changed(corner) + 0.0).to_bits()))
}

trait Merge {
    fn merge(&mut self, other: Self);
}

/// What `add` finds in all images.
fn over_images<T: Default + Merge + Send>(images: usize, add: &(impl Fn(&mut T, Range<usize>) + Sync)) -> T {
    let mut states = parallel::states(0..images, &T::default, add).into_iter();
    let mut merged = states.next().unwrap_or_default();
    states.for_each(|other| merged.merge(other));
    merged
}
