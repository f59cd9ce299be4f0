//! COCO files: read into columns, and written from them.

pub(crate) mod boxes;
mod fields;
mod group_by_image;
mod join;
mod join_key;
pub(crate) mod listed;
mod lookup;
mod named;
pub(crate) mod options;
mod outline;
pub(crate) mod read;
mod substitutes;
pub(crate) mod verified;
pub(crate) mod write;
