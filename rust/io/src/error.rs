//! What can go wrong, each with the file, the record and the numbers that are wrong.

use std::fmt;
use std::io;

use crate::findings::Finding;

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

/// One record of a file, by its list and its position there; shown as `annotations[12]`.
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

/// Why a file was not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused the file, or its gzip data is damaged.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A gzip file expands to far more than any annotation file would.
    #[error("{path}: {compressed} gzip bytes expand to more than {limit}, too many for real data")]
    Expansion {
        /// The file.
        path: String,
        /// Its size as it lies on disk.
        compressed: usize,
        /// The size at which expanding stopped.
        limit: usize,
    },
    /// The text is not JSON, or not of the outer form of a COCO file.
    #[error("{path}:{line}:{column}: {message}")]
    Syntax {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The byte within the line, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// An annotations file without one of its three lists.
    #[error("{path}: the list {list} is missing")]
    MissingList {
        /// The file.
        path: String,
        /// The list that is missing.
        list: List,
    },
    /// A detections file that is an object with no list of detections, or with several.
    #[error(
        "{path}: has {found} lists of detections, 1 expected: the file itself, \
         or its annotations, predictions or detections"
    )]
    DetectionLists {
        /// The file.
        path: String,
        /// How many lists it has.
        found: usize,
    },
    /// A record without a field that it needs.
    #[error("{path}: {record}: {field} is missing")]
    MissingField {
        /// The file.
        path: String,
        /// The record.
        record: Record,
        /// The field that is missing.
        field: &'static str,
    },
    /// A field whose value is of the wrong type or out of range.
    #[error("{path}: {record}: {field} is {found}, {expected} expected")]
    WrongValue {
        /// The file.
        path: String,
        /// The record.
        record: Record,
        /// The field.
        field: &'static str,
        /// The value or type found.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A bbox that is not four numbers.
    #[error("{path}: {record}: bbox has {found} numbers, 4 expected")]
    BoxLength {
        /// The file.
        path: String,
        /// The record.
        record: Record,
        /// How many numbers it has.
        found: usize,
    },
    /// Categories of the same id: which class their boxes are of cannot be told.
    #[error("{path}: categories: {count} ids used before, the least is {id}")]
    DuplicateCategories {
        /// The file.
        path: String,
        /// How many categories have the id of another.
        count: usize,
        /// The least id that is shared.
        id: String,
    },
    /// Boxes that name an image or a category which the annotations file does not list.
    #[error("{path}: {finding}")]
    Unknown {
        /// The file of the boxes.
        path: String,
        /// How many there are, and the first.
        finding: Finding,
    },
    /// A column to be written that is not as long as the others.
    #[error("{column} has {found} rows, {expected} expected")]
    Length {
        /// The column.
        column: &'static str,
        /// Its length.
        found: usize,
        /// The length that fits.
        expected: usize,
    },
    /// A value to be written that no file can hold.
    #[error("{column}[{row}] is {found}, {expected} expected")]
    Value {
        /// The column.
        column: &'static str,
        /// Its place in the column, which is flat for `xyxy`.
        row: usize,
        /// The value.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The file could not be written.
    #[error("{source}")]
    Write {
        /// What the system said.
        source: io::Error,
    },
}
