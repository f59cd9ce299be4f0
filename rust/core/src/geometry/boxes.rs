//! Two boxes: their areas, intersection over union, and the distance of their centres.

/// A box as `[x1, y1, x2, y2]`, top-left and bottom-right corner in pixels.
pub type Corners = [f64; 4];

/// An intersection is divided by the union or by this, whichever is larger; in square pixels.
pub const UNION_FLOOR: f64 = 1e-6;

/// Intersection over union, from 0 to 1; 0 where the boxes only touch or do not meet, and where one is inverted.
///
/// # Examples
/// ```
/// use boxlint_core::iou;
///
/// assert_eq!(iou(&[0.0, 0.0, 10.0, 10.0], &[0.0, 0.0, 10.0, 5.0]), 0.5);
/// assert_eq!(iou(&[0.0, 0.0, 10.0, 10.0], &[10.0, 0.0, 20.0, 10.0]), 0.0);
/// ```
#[inline]
#[must_use]
pub fn iou(a: &Corners, b: &Corners) -> f64 {
    iou_of_areas(intersection(a, b), area(a), area(b))
}

/// The same from the area that the boxes share and those of both.
#[inline]
pub(crate) fn iou_of_areas(intersection: f64, a: f64, b: f64) -> f64 {
    intersection / larger(a + b - intersection, UNION_FLOOR)
}

/// Area that two boxes share, in square pixels; 0 where they do not meet and where one is inverted.
///
/// # Examples
/// ```
/// use boxlint_core::intersection;
///
/// assert_eq!(intersection(&[0.0, 0.0, 10.0, 10.0], &[8.0, 5.0, 20.0, 9.0]), 2.0 * 4.0);
/// ```
#[inline]
#[must_use]
pub fn intersection(a: &Corners, b: &Corners) -> f64 {
    let width = smaller(a[2], b[2]) - larger(a[0], b[0]);
    let height = smaller(a[3], b[3]) - larger(a[1], b[1]);
    larger(width, 0.0) * larger(height, 0.0)
}

/// Width times height in square pixels; negative for a box that is inverted in one direction.
///
/// # Examples
/// ```
/// use boxlint_core::area;
///
/// assert_eq!(area(&[10.0, 10.0, 50.0, 40.0]), 1200.0);
/// ```
#[inline]
#[must_use]
pub fn area(a: &Corners) -> f64 {
    (a[2] - a[0]) * (a[3] - a[1])
}

/// The middle of a box, `[x, y]` in pixels.
///
/// # Examples
/// ```
/// use boxlint_core::centre;
///
/// assert_eq!(centre(&[10.0, 10.0, 50.0, 40.0]), [30.0, 25.0]);
/// ```
#[inline]
#[must_use]
pub fn centre(a: &Corners) -> [f64; 2] {
    [(a[0] + a[2]) / 2.0, (a[1] + a[3]) / 2.0]
}

/// Squared Euclidean distance of two points, in square pixels.
///
/// # Examples
/// ```
/// use boxlint_core::squared_distance;
///
/// assert_eq!(squared_distance([0.0, 0.0], [3.0, 4.0]), 25.0);
/// ```
#[inline]
#[must_use]
pub fn squared_distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
    dx * dx + dy * dy
}

// `smaller` and `larger` are one instruction each. f64::min and f64::max take more, for NaN, which columns never hold.
#[inline]
pub(crate) fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline]
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}
