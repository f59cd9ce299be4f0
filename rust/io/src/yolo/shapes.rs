//! Lines longer than a box: outlines, boxes with keypoints or oriented boxes, told apart by all lines of a folder.

use crate::yolo::layout::{BOX, Shape, TRIANGLE};

/// Columns of an oriented box.
const FOUR_POINTS: usize = 9;

/// Keypoints lie in their box, or this part of its side outside, but for one in ten.
const MARGIN: f64 = 0.1;
const INSIDE: f64 = 0.9;
/// A third of all outlines have all points in the box that their first two points would make: never so many in a row.
const MANY: usize = 8;
/// The center of a box lies in the middle half of its keypoints, mostly. The first point of an outline lies at the edge.
const MIDDLE: f64 = 0.25;
const MOSTLY: f64 = 0.5;

/// What the long lines of a folder are, by their number of columns; those that are missing cannot be told.
///
/// `lines` has all lines of each number of columns without a confidence. `boxes_beside` is whether there are lines of
/// boxes too, and `detected` whether a detector wrote them: the visibility of its keypoints is any number from 0 to 1.
pub(crate) fn shapes_by_columns(
    lines: &[(usize, Vec<&[f64]>)],
    boxes_beside: bool,
    detected: bool,
) -> Vec<(usize, Shape)> {
    if let [(columns, rows)] = lines {
        let columns = *columns;
        if have_visibility(rows, columns, detected) {
            return vec![(columns, Shape::Keypoints)];
        }
        if !boxes_beside && columns > FOUR_POINTS && columns % 2 == 1 {
            return vec![(columns, of_one_length(rows))];
        }
    }
    let points = || lines.iter().map(|&(columns, _)| columns).filter(|columns| columns % 2 == 1);
    let other_lengths = boxes_beside || points().count() > 1;
    let are_outlines = if boxes_beside && points().eq([TRIANGLE]) {
        lines
            .iter()
            .filter(|&&(columns, _)| columns == TRIANGLE)
            .flat_map(|(_, rows)| rows)
            .all(|row| row[TRIANGLE - 1].rem_euclid(1.0) != 0.0) // a track id would be an integer
    } else {
        points().any(|columns| columns > FOUR_POINTS || (columns == FOUR_POINTS && other_lengths))
    };
    if are_outlines { points().map(|columns| (columns, Shape::Outlines)).collect() } else { Vec::new() }
}

/// The corners of the box of a line that starts with a class, relative to the image's sides.
pub(crate) fn corners_around(row: &[f64], shape: Shape) -> [f64; 4] {
    match shape {
        Shape::Outlines => {
            let [low, high] = bounds(points(&row[1..]));
            [low[0], low[1], high[0], high[1]]
        }
        Shape::Keypoints => corners_of_box([row[1], row[2], row[3], row[4]]),
    }
}

/// The corners of a box by its center and size.
pub(crate) fn corners_of_box([x, y, width, height]: [f64; 4]) -> [f64; 4] {
    [x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0]
}

/// Whether each point has a third number, its visibility, and lies in its box.
fn have_visibility(rows: &[&[f64]], columns: usize, detected: bool) -> bool {
    if !(columns - BOX).is_multiple_of(3) {
        return false;
    }
    let points = || rows.iter().flat_map(|row| row[BOX..].chunks_exact(3).map(move |point| (row, point)));
    let is_valid = |seen: f64| if detected { (0.0..=1.0).contains(&seen) } else { [0.0, 1.0, 2.0].contains(&seen) };
    points().all(|(_, point)| is_valid(point[2]))
        && mostly(points().map(|(row, point)| is_inside(row, [point[0], point[1]])), INSIDE)
}

/// What lines are that have all one length and no visibility: outlines, unless they look like keypoints.
fn of_one_length(rows: &[&[f64]]) -> Shape {
    let inside = |row: &&[f64]| mostly(points(&row[BOX..]).map(|point| is_inside(row, point)), INSIDE);
    if !mostly(rows.iter().map(inside), INSIDE) {
        return Shape::Outlines;
    }
    let has_absent = rows.iter().any(|row| points(&row[BOX..]).any(|point| point == [0.0, 0.0]));
    if rows.len() >= MANY || has_absent || mostly(rows.iter().map(|row| is_in_the_middle(row)), MOSTLY) {
        return Shape::Keypoints;
    }
    if rows.iter().all(|row| is_near_second_point(row)) { Shape::Outlines } else { Shape::Keypoints }
}

/// Whether a keypoint lies in its box, as one at 0, 0 does, which is not in the image.
fn is_inside(row: &[f64], point: [f64; 2]) -> bool {
    let within = |axis: usize| (point[axis] - row[1 + axis]).abs() <= row[3 + axis].abs() * (0.5 + MARGIN);
    within(0) && within(1) || point == [0.0, 0.0]
}

/// Whether the center of the box lies in the middle of its keypoints.
fn is_in_the_middle(row: &[f64]) -> bool {
    let bounds = bounds(points(&row[BOX..]));
    is_near([row[1], row[2]], bounds, MIDDLE)
}

/// Whether the second two numbers, the size of a box, may be a point of an outline with the others.
fn is_near_second_point(row: &[f64]) -> bool {
    let bounds = bounds(points(&row[1..3]).chain(points(&row[BOX..])));
    is_near([row[3], row[4]], bounds, 1.5)
}

/// Whether a point lies so many sides of a box or less from its middle.
fn is_near(point: [f64; 2], [low, high]: [[f64; 2]; 2], sides: f64) -> bool {
    (0..2).all(|axis| (point[axis] - (low[axis] + high[axis]) / 2.0).abs() <= sides * (high[axis] - low[axis]))
}

fn points(numbers: &[f64]) -> impl Iterator<Item = [f64; 2]> + '_ {
    numbers.chunks_exact(2).map(|point| [point[0], point[1]])
}

/// The least and greatest coordinates of points; NaN where there is one.
fn bounds(points: impl Iterator<Item = [f64; 2]>) -> [[f64; 2]; 2] {
    let mut found = [[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]];
    for point in points {
        for (axis, value) in point.into_iter().enumerate() {
            let [low, high] = [found[0][axis], found[1][axis]];
            if value < low || value.is_nan() {
                found[0][axis] = value;
            }
            if value > high || value.is_nan() {
                found[1][axis] = value;
            }
        }
    }
    found
}

/// Whether at least a fraction of something is true.
fn mostly(are: impl Iterator<Item = bool>, fraction: f64) -> bool {
    let (mut count, mut all) = (0_usize, 0_usize);
    for is in are {
        count += usize::from(is);
        all += 1;
    }
    count as f64 / all as f64 >= fraction
}
