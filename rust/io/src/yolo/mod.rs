//! YOLO: text files, one an image, with a line of numbers for each box.

pub(crate) mod boxes;
pub(crate) mod fault;
pub(crate) mod layout;
pub(crate) mod lines;
mod shapes;
