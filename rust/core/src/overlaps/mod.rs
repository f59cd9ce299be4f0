//! Many boxes of one image: their IoU, and fast searches for those that overlap.

mod index;
mod neighbours;
mod prepared;

pub(crate) use index::{OverlapIndex, bits};
pub(crate) use neighbours::Neighbours;
pub(crate) use prepared::{NOTHING, PreparedBoxes, iou_from, surround};
