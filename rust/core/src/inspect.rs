//! Checks of a whole data set for boxes that look wrong. The counts merge from parts of the data in any order.

use std::ops::Range;

use crate::boxes::{Boxes, ImageBoxes};
use crate::geometry::Corners;
use crate::parallel;

/// Pixels that a box may reach outside its image: annotators round to pixels, and some count them from 1.
const OUTSIDE_TOLERANCE: f64 = 1.0;

/// Fewer boxes than this do not show in which format their numbers are.
const MIN_BOXES: usize = 20;

/// If corners were read as sizes, or sizes as corners, at least this fraction of the boxes is outside or inverted.
const MISREAD_FRACTION: f64 = 0.1;

/// Boxes are near duplicates if their corners are equal when rounded to this many pixels: files have one or two
/// decimals.
const NEAR_DUPLICATE_STEP: f64 = 0.1;

/// A detector does not predict near duplicates of this fraction of the annotations, except on its training data.
const WIDESPREAD_FRACTION: f64 = 0.5;

/// The boxes that a check found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occurrences {
    /// How many there are.
    pub count: usize,
    /// The row of the first, if there is one.
    pub first: Option<usize>,
}

impl Occurrences {
    fn note(&mut self, row: usize, found: bool) {
        if found {
            self.merge(Self { count: 1, first: Some(row) });
        }
    }

    /// All of `boxes`, if something holds for the whole of them.
    fn all_if(holds: bool, boxes: usize) -> Self {
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

/// Boxes that are impossible or unlikely, by what is wrong with them.
///
/// At most one of `relative`, `corners_as_size` and `size_as_corners` is not empty: these say that the numbers of the
/// whole data set are in another format than corners in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoxChecks {
    /// x2 < x1 or y2 < y1.
    pub inverted: Occurrences,
    /// x2 = x1 or y2 = y1, and not inverted.
    pub no_area: Occurrences,
    /// Reach more than a pixel outside their image.
    pub outside: Occurrences,
    /// Have the class and the corners of a box before them in their image.
    pub repeated: Occurrences,
    /// All boxes, if each corner lies within 0 to 1: fractions of the image's sides, not pixels.
    pub relative: Occurrences,
    /// All boxes, if they look like corners that were read as a corner and a size: each is wider than its distance from
    /// the left edge and higher than its distance from the top, and a tenth or more are outside.
    pub corners_as_size: Occurrences,
    /// The inverted boxes, if they are so many that all boxes look like a corner and a size that were read as corners.
    pub size_as_corners: Occurrences,
}

impl BoxChecks {
    /// Checks boxes. `sizes` holds the width and height of each image, NaN where they are unknown.
    ///
    /// ```
    /// use boxlint_core::{BoxChecks, Boxes, Floats, Occurrences};
    ///
    /// let xyxy = [10.0, 10.0, 50.0, 50.0, 60.0, 20.0, 40.0, 30.0];
    /// let boxes = Boxes::new(Floats::F64(&xyxy), &[0, 0], None, &[0, 1, 2])?;
    /// let checks = BoxChecks::of(&boxes, Some(&[[40.0, 60.0], [f64::NAN; 2]]));
    /// assert_eq!(checks.outside, Occurrences { count: 1, first: Some(0) });
    /// assert_eq!(checks.inverted, Occurrences { count: 1, first: Some(1) });
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `sizes` holds fewer images than `boxes`.
    #[must_use]
    pub fn of(boxes: &Boxes, sizes: Option<&[[f64; 2]]>) -> Self {
        let counts = over_images(boxes.images(), &|counts: &mut BoxCounts, images| {
            let mut keys = Vec::new();
            for index in images {
                let size = sizes.map_or([f64::NAN; 2], |sizes| sizes[index]);
                counts.add(&boxes.image(index), boxes.offsets()[index] as usize, size, &mut keys);
            }
        });
        counts.checks(boxes.len())
    }
}

/// What is counted of each box.
#[derive(Default)]
struct BoxCounts {
    inverted: Occurrences,
    no_area: Occurrences,
    outside: Occurrences,
    repeated: Occurrences,
    /// Boxes whose corners all lie within 0 to 1.
    relative: usize,
    /// Boxes that are wider than their distance from the left edge and higher than their distance from the top.
    size_exceeds_corner: usize,
}

impl BoxCounts {
    fn add(&mut self, image: &ImageBoxes, first: usize, [width, height]: [f64; 2], keys: &mut Vec<(Key, usize)>) {
        for row in 0..image.len() {
            let corners = image.corners(row);
            let [x1, y1, x2, y2] = corners;
            let row = first + row;
            let inverted = x2 < x1 || y2 < y1;
            let left_or_above = x1.min(x2) < -OUTSIDE_TOLERANCE || y1.min(y2) < -OUTSIDE_TOLERANCE;
            let right_or_below = x1.max(x2) - width > OUTSIDE_TOLERANCE || y1.max(y2) - height > OUTSIDE_TOLERANCE;
            self.inverted.note(row, inverted);
            self.no_area.note(row, !inverted && (x1 == x2 || y1 == y2));
            self.outside.note(row, left_or_above || right_or_below);
            self.relative += usize::from(corners.iter().all(|corner| (0.0..=1.0).contains(corner)));
            self.size_exceeds_corner += usize::from(x2 - x1 > x1 && y2 - y1 > y1);
        }
        keys.clear();
        keys.extend((0..image.len()).map(|row| (key(image, row, |corner| corner), first + row)));
        keys.sort_unstable();
        for pair in keys.windows(2) {
            self.repeated.note(pair[1].1, pair[0].0 == pair[1].0);
        }
    }

    /// The checks, once all `boxes` are counted.
    fn checks(self, boxes: usize) -> BoxChecks {
        let misread = |count: usize| boxes >= MIN_BOXES && count as f64 >= MISREAD_FRACTION * boxes as f64;
        let relative = self.relative == boxes;
        let corners_as_size = !relative && self.size_exceeds_corner == boxes && misread(self.outside.count);
        let size_as_corners = !relative && !corners_as_size && misread(self.inverted.count);
        BoxChecks {
            inverted: self.inverted,
            no_area: self.no_area,
            outside: self.outside,
            repeated: self.repeated,
            relative: Occurrences::all_if(relative, boxes),
            corners_as_size: Occurrences::all_if(corners_as_size, boxes),
            size_as_corners: if size_as_corners { self.inverted } else { Occurrences::default() },
        }
    }
}

impl Merge for BoxCounts {
    fn merge(&mut self, other: Self) {
        self.inverted.merge(other.inverted);
        self.no_area.merge(other.no_area);
        self.outside.merge(other.outside);
        self.repeated.merge(other.repeated);
        self.relative += other.relative;
        self.size_exceeds_corner += other.size_exceeds_corner;
    }
}

/// Annotations and predictions of the same image and class whose corners are equal to a tenth of a pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NearDuplicates {
    /// The annotations that have a near duplicate among the predictions.
    pub annotations: Occurrences,
    /// The predictions that have a near duplicate among the annotations.
    pub predictions: Occurrences,
    /// Whether half of the annotations or more have one: the predictions are probably copied from the annotations, or
    /// made on the detector's training data.
    pub widespread: bool,
}

impl NearDuplicates {
    /// Compares annotations and predictions of the same images.
    ///
    /// ```
    /// use boxlint_core::{Boxes, Floats, NearDuplicates};
    ///
    /// let (annotated, predicted) = ([10.0, 10.0, 50.0, 50.0], [10.01, 10.0, 49.99, 50.0]);
    /// let annotations = Boxes::new(Floats::F64(&annotated), &[0], None, &[0, 1])?;
    /// let predictions = Boxes::new(Floats::F64(&predicted), &[0], Some(Floats::F64(&[1.0])), &[0, 1])?;
    /// assert!(NearDuplicates::of(&annotations, &predictions).widespread);
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    #[must_use]
    pub fn of(annotations: &Boxes, predictions: &Boxes) -> Self {
        let mut found = over_images(annotations.images(), &|found: &mut Self, images| {
            let mut keys = Vec::new();
            for index in images {
                let starts = [annotations, predictions].map(|boxes| boxes.offsets()[index] as usize);
                found.add(&annotations.image(index), &predictions.image(index), starts, &mut keys);
            }
        });
        let count = found.annotations.count;
        found.widespread = count > 0 && count as f64 >= WIDESPREAD_FRACTION * annotations.len() as f64;
        found
    }

    fn add(
        &mut self,
        annotations: &ImageBoxes,
        predictions: &ImageBoxes,
        [first_annotation, first_prediction]: [usize; 2],
        keys: &mut Vec<(Key, usize, bool)>,
    ) {
        let in_steps = |corner: f64| (corner / NEAR_DUPLICATE_STEP).round_ties_even();
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
            let found = equal.map(|(.., duplicated)| *duplicated = true).count();
            self.predictions.note(first_prediction + row, found > 0);
        }
        for &(_, row, duplicated) in keys.iter() {
            self.annotations.note(row, duplicated);
        }
    }
}

impl Merge for NearDuplicates {
    fn merge(&mut self, other: Self) {
        self.annotations.merge(other.annotations);
        self.predictions.merge(other.predictions);
    }
}

/// Class and corners in an order that puts equal boxes beside each other.
type Key = (i32, [u64; 4]);

fn key(boxes: &ImageBoxes, row: usize, changed: impl Fn(f64) -> f64) -> Key {
    let corners: Corners = boxes.corners(row);
    // Adding 0 turns -0 into 0: the two are equal, their bits are not.
    (boxes.class_id[row], corners.map(|corner| (changed(corner) + 0.0).to_bits()))
}

trait Merge {
    fn merge(&mut self, other: Self);
}

/// What `add` finds in all images, in parallel.
fn over_images<T: Default + Merge + Send>(images: usize, add: &(impl Fn(&mut T, Range<usize>) + Sync)) -> T {
    let mut states = parallel::states(0..images, &T::default, add).into_iter();
    let mut merged = states.next().unwrap_or_default();
    states.for_each(|other| merged.merge(other));
    merged
}
