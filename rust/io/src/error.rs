//! Why a file cannot be read or written: names the file, the record, what was found and what is expected.

use std::io;

use crate::findings::Finding;
use crate::record::List;

/// Why a file was not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused the file, or its gzip data is damaged.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// The system's error.
        source: io::Error,
    },
    /// A pipe or a device where a file is expected.
    #[error("{path} is a pipe or a device, expected a file")]
    NoFile {
        /// Where it is.
        path: String,
    },
    /// Two files of one name, whose endings differ in case.
    #[error("{one} and {other} are of one image, expected one file")]
    TwoFiles {
        /// The first.
        one: String,
        /// The second.
        other: String,
    },
    /// A gzip file expands to far more than any file of boxes would.
    #[error("{path}: {compressed} gzip bytes expand to more than {limit}, too many for real data")]
    Expansion {
        /// The file.
        path: String,
        /// Its size before expanding.
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
        "{path}: has {found} lists of detections, 1 expected: the file itself, or a list in its object, \
         such as annotations, predictions or detections"
    )]
    DetectionLists {
        /// The file.
        path: String,
        /// How many lists it has.
        found: usize,
    },
    /// A text in another encoding.
    #[error("{path}: this is {encoding}; save it as UTF-8")]
    Encoding {
        /// The file.
        path: String,
        /// Its encoding.
        encoding: &'static str,
    },
    /// One object a line instead of a list.
    #[error(
        "{path}:{line}: another object follows the first, as in JSON lines; one list is expected: \
         `jq -s . {path} > list.json` makes it"
    )]
    JsonLines {
        /// The file.
        path: String,
        /// The line of the second object, from 1.
        line: usize,
    },
    /// Records that lack a field, or whose values are of the wrong type or out of range.
    #[error("{path}: {}", unreadable_records(findings))]
    Unreadable {
        /// The file.
        path: String,
        /// One for each kind of fault, the first fault of the file first.
        findings: Vec<Finding>,
    },
    /// A key of boxes that may mean one of two images or classes.
    #[error("{path}: {message}")]
    Ambiguous {
        /// The file.
        path: String,
        /// Which box, and both images or classes.
        message: String,
    },
    /// Categories that share an id: the class of their boxes is ambiguous.
    #[error("{path}: categories: ids used before ({count}), the least: id {id}")]
    DuplicateCategories {
        /// The file.
        path: String,
        /// How many categories have the id of a category before them.
        count: usize,
        /// The least id that is shared.
        id: String,
    },
    /// Boxes that name an image or a category which the annotations file does not list.
    #[error(
        "{path}: {}: boxes of an {} ({}), the first: {}; {listed}; skip_unknown leaves such boxes out",
        finding.list, finding.kind, finding.count, finding.example
    )]
    Unknown {
        /// The file of the boxes.
        path: String,
        /// How many there are, and the first.
        finding: Finding,
        /// What they could have named.
        listed: String,
    },
    /// A column to be written that is not as long as the others.
    #[error("{column} has {found} rows, {expected} expected")]
    Length {
        /// The column.
        column: &'static str,
        /// Its length.
        found: usize,
        /// The length expected.
        expected: usize,
    },
    /// A value to be written that a file cannot hold.
    #[error("{column}[{row}] is {found}, {expected} expected")]
    Value {
        /// The column.
        column: &'static str,
        /// Its position in the column; in `xyxy`, four positions are a box.
        row: usize,
        /// The value.
        found: String,
        /// What is expected.
        expected: &'static str,
    },
    /// The file could not be written.
    #[error("{source}")]
    Write {
        /// The system's error.
        source: io::Error,
    },
}

/// The first record of each kind of fault, and how many there are.
fn unreadable_records(findings: &[Finding]) -> String {
    let total: usize = findings.iter().map(|finding| finding.count).sum();
    let such = |count| if count > 1 { format!(" ({count} such records)") } else { String::new() };
    let kinds = findings.iter().map(|finding| format!("{}{}", finding.example, such(finding.count)));
    let kinds = kinds.collect::<Vec<_>>().join("; ");
    let all = if findings.len() > 1 { format!("; {total} records in all") } else { String::new() };
    format!("{kinds}{all}; skip_unreadable leaves such records out")
}
