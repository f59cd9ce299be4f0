//! Two boxes: intersection over union, distance of centres.

/// A box as `[x1, y1, x2, y2]`, top-left and bottom-right corner in pixels.
pub type Corners = [f64; 4];

/// The union that an intersection is at least divided by, in square pixels.
pub const UNION_FLOOR: f64 = 1e-6;

/// Intersection over union, 0 where the boxes do not meet or one is inverted.
#[inline]
#[must_use]
pub fn iou(a: &Corners, b: &Corners) -> f64 {
    let intersection = intersection(a, b);
    intersection / larger(area(a) + area(b) - intersection, UNION_FLOOR)
}

/// Area of the part that two boxes share, 0 where they do not meet or one is inverted.
#[inline]
#[must_use]
pub fn intersection(a: &Corners, b: &Corners) -> f64 {
    let width = smaller(a[2], b[2]) - larger(a[0], b[0]);
    let height = smaller(a[3], b[3]) - larger(a[1], b[1]);
    larger(width, 0.0) * larger(height, 0.0)
}

/// Width times height; negative for a box that is inverted in one direction.
#[inline]
#[must_use]
pub fn area(a: &Corners) -> f64 {
    (a[2] - a[0]) * (a[3] - a[1])
}

/// The middle of a box.
#[inline]
#[must_use]
pub fn centre(a: &Corners) -> [f64; 2] {
    [(a[0] + a[2]) / 2.0, (a[1] + a[3]) / 2.0]
}

/// Squared Euclidean distance of two points.
#[inline]
#[must_use]
pub fn squared_distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
    dx * dx + dy * dy
}

// One instruction each, where f64::min and f64::max also handle NaN, which columns never hold.
#[inline]
pub(crate) fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline]
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}
