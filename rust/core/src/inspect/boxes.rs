//! Boxes that look wrong by their own numbers.

use crate::boxes::{Boxes, ImageBoxes};
use crate::geometry::Corners;
use crate::inspect::occurrences::{Key, Merge, Occurrences, key, over_images};

/// Pixels that a box may reach outside its image: annotators round to pixels, and some count them from 1.
const OUTSIDE_TOLERANCE: f64 = 1.0;

/// Fewer boxes than this do not show in which format their numbers are.
const MIN_BOXES: usize = 20;

/// If corners were read as sizes, or sizes as corners, at least this fraction of the boxes is outside or inverted.
const MISREAD_FRACTION: f64 = 0.1;

/// Boxes that touch the edge of their image begin at 0, or at 1 if coordinates count from 1. At least so many begin at
/// exactly 1, and so many end at exactly the size of their image, where a data set looks one-based ...
const MIN_TOUCHING: usize = 5;

/// ... and those that begin at 1 are so many times those that begin at 2, where nothing is to be touched.
const TOUCHING_RATIO: usize = 2;

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
    /// All boxes, if they look like fractions of the image's sides, not pixels: half of them or more lie within 0 to 1, and
    /// none reaches farther outside its image than the image is long.
    pub relative: Occurrences,
    /// All boxes, if they look like corners that were read as a corner and a size: each is wider than its distance from
    /// the left edge and higher than its distance from the top, and a tenth or more are outside.
    pub corners_as_size: Occurrences,
    /// The boxes that begin at exactly 1 on an axis, if they look as if they touched the edge there: no box begins below 1,
    /// many at 1 and few at 2, and many end at exactly the width or height.
    pub one_based: Occurrences,
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
    within_unit: usize,
    /// Boxes whose corners all lie within -1 to 2.
    near_unit: usize,
    /// Boxes that are wider than their distance from the left edge and higher than their distance from the top.
    size_exceeds_corner: usize,
    edges: Edges,
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
            self.within_unit += usize::from(corners.iter().all(|corner| (0.0..=1.0).contains(corner)));
            self.near_unit += usize::from(corners.iter().all(|corner| (-1.0..=2.0).contains(corner)));
            self.size_exceeds_corner += usize::from(x2 - x1 > x1 && y2 - y1 > y1);
            self.edges.add(row, corners, [width, height]);
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
        let relative = self.near_unit == boxes && 2 * self.within_unit >= boxes;
        let corners_as_size = !relative && self.size_exceeds_corner == boxes && misread(self.outside.count);
        let size_as_corners = !relative && !corners_as_size && misread(self.inverted.count);
        BoxChecks {
            inverted: self.inverted,
            no_area: self.no_area,
            outside: self.outside,
            repeated: self.repeated,
            relative: Occurrences::all_if(relative, boxes),
            one_based: if self.edges.are_one_based() { self.edges.begin_at_1 } else { Occurrences::default() },
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
        self.within_unit += other.within_unit;
        self.near_unit += other.near_unit;
        self.size_exceeds_corner += other.size_exceeds_corner;
        self.edges.merge(other.edges);
    }
}

/// How boxes meet the edges of their images.
#[derive(Default)]
struct Edges {
    begin_below_1: usize,
    begin_at_1: Occurrences,
    begin_at_2: usize,
    end_at_size: usize,
}

impl Edges {
    fn add(&mut self, row: usize, [x1, y1, x2, y2]: Corners, [width, height]: [f64; 2]) {
        self.begin_below_1 += usize::from(x1 < 1.0 || y1 < 1.0);
        self.begin_at_1.note(row, x1 == 1.0 || y1 == 1.0);
        self.begin_at_2 += usize::from(x1 == 2.0 || y1 == 2.0);
        self.end_at_size += usize::from(x2 == width || y2 == height);
    }

    fn are_one_based(&self) -> bool {
        let begin = self.begin_at_1.count;
        let touching = begin >= MIN_TOUCHING && self.end_at_size >= MIN_TOUCHING;
        self.begin_below_1 == 0 && touching && begin >= TOUCHING_RATIO * self.begin_at_2
    }
}

impl Merge for Edges {
    fn merge(&mut self, other: Self) {
        self.begin_below_1 += other.begin_below_1;
        self.begin_at_1.merge(other.begin_at_1);
        self.begin_at_2 += other.begin_at_2;
        self.end_at_size += other.end_at_size;
    }
}
