//! COCO files: read into columns, and written from them.

pub(crate) mod columns;
mod group_by_image;
mod join;
mod join_key;
mod listed;
mod lookup;
mod named;
mod outline;
mod parse;
pub(crate) mod read;
mod records;
mod substitutes;
mod verified;
pub(crate) mod write;
