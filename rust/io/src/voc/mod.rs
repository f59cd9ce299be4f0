//! Pascal VOC: XML files, one an image.

mod element;
pub(crate) mod file;
mod object;
mod xml;
