//! Shapes: areas, intersections and distances.

mod boxes;

pub use boxes::{Corners, UNION_FLOOR, area, centre, intersection, iou, squared_distance};
pub(crate) use boxes::{iou_of_areas, larger, smaller};
