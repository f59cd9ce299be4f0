//! COCO files: read into columns, and written from them.

pub(crate) mod columns;
mod group_by_image;
mod lookup;
mod parse;
pub(crate) mod read;
mod records;
pub(crate) mod write;
