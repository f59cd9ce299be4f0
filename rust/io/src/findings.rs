//! What reading finds beside the columns: counts and first examples of what may be a mistake.

use std::fmt;

use crate::record::List;

/// What may be wrong with the records of a file.
///
/// Only what cannot be seen in the columns any more is found here. The shapes of the boxes are not checked: the columns
/// have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Boxes around a crowd (`iscrowd`).
    Crowd,
    /// Boxes marked `ignore`.
    Ignore,
    /// Boxes marked `difficult`.
    Difficult,
    /// Records that have the id of another record of their list.
    DuplicateId,
    /// Boxes left out because their image is not listed.
    UnknownImage,
    /// Boxes left out because their category is not listed.
    UnknownClass,
    /// Records that cannot be used, by what is wrong with them.
    Unreadable,
    /// Annotations without an id: all of the file are numbered by position, from 1.
    WithoutId,
    /// Categories without a name: their id stands for it.
    WithoutName,
    /// Images whose file name an earlier one has.
    EqualFileNames,
    /// Categories whose name an earlier one has.
    EqualNames,
    /// Boxes made around the outline of a mask.
    BoxFromOutline,
    /// Boxes that name their image by something else than its id.
    ImagesJoined,
    /// Boxes that name their class by something else than its id.
    ClassesJoined,
    /// A file of detections in which none can be used.
    NoDetections,
    /// Images that no annotation names.
    WithoutAnnotations,
    /// Images that no detection names.
    WithoutDetections,
}

impl Kind {
    /// The name that stands for this kind outside of Rust.
    ///
    /// ```
    /// use boxlint_io::Kind;
    ///
    /// assert_eq!(Kind::DuplicateId.name(), "duplicate_id");
    /// assert_eq!(Kind::DuplicateId.to_string(), "duplicate id");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Crowd => "crowd",
            Self::Ignore => "ignore",
            Self::Difficult => "difficult",
            Self::DuplicateId => "duplicate_id",
            Self::UnknownImage => "unknown_image",
            Self::UnknownClass => "unknown_class",
            Self::Unreadable => "unreadable",
            Self::WithoutId => "without_id",
            Self::WithoutName => "without_name",
            Self::EqualFileNames => "equal_file_names",
            Self::EqualNames => "equal_names",
            Self::BoxFromOutline => "box_from_outline",
            Self::ImagesJoined => "images_joined",
            Self::ClassesJoined => "classes_joined",
            Self::NoDetections => "no_detections",
            Self::WithoutAnnotations => "without_annotations",
            Self::WithoutDetections => "without_detections",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}

/// One kind of finding in one list: how often, and the first case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub kind: Kind,
    /// The list it was found in.
    pub list: List,
    /// How many records it concerns.
    pub count: usize,
    /// Where the first of them is, such as `annotations[12]`.
    pub example: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, list, count, example } = self;
        write!(f, "{list}: {kind} ({count}), the first: {example}")
    }
}

/// The findings so far, one of each kind and list, in the order of their first case.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    /// Counts cases; `example` is called for the first only.
    pub fn note(&mut self, kind: Kind, list: List, count: usize, example: impl FnOnce() -> String) {
        match self.get_mut(kind, list) {
            Some(finding) => finding.count += count,
            None => self.0.push(Finding { kind, list, count, example: example() }),
        }
    }

    /// Counts cases, if there are any.
    pub fn note_some(&mut self, kind: Kind, list: List, count: usize, example: impl FnOnce() -> String) {
        if count > 0 {
            self.note(kind, list, count, example);
        }
    }

    /// Adds a finding beside those of its kind.
    pub fn add(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Adds what was found in a later part of the file.
    pub fn extend(&mut self, later: Self) {
        for finding in later.0 {
            if finding.kind == Kind::Unreadable {
                self.add(finding);
            } else {
                self.note(finding.kind, finding.list, finding.count, || finding.example);
            }
        }
    }

    /// Boxes of an image or a category that is not listed, if there are any.
    pub fn unknown(&self) -> Option<&Finding> {
        self.0.iter().find(|finding| matches!(finding.kind, Kind::UnknownImage | Kind::UnknownClass))
    }

    pub fn into_vec(self) -> Vec<Finding> {
        self.0
    }

    fn get_mut(&mut self, kind: Kind, list: List) -> Option<&mut Finding> {
        self.0.iter_mut().find(|finding| finding.kind == kind && finding.list == list)
    }
}
