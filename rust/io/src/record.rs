//! Places in a COCO file: a list, and a record of one.

use std::fmt;

/// A list of records in a COCO file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// The images.
    Images,
    /// The categories.
    Categories,
    /// The annotated boxes.
    Annotations,
    /// The detected boxes.
    Detections,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Images => "images",
            Self::Categories => "categories",
            Self::Annotations => "annotations",
            Self::Detections => "detections",
        })
    }
}

/// The place of a record, shown as `annotations[12]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The list the record is in.
    pub list: List,
    /// Its position in that list, from 0, in the order of the file.
    pub index: usize,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.list, self.index)
    }
}
