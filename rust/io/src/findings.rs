//! What reading noticed: counts and first examples, as data.

use std::fmt;

use crate::error::List;

/// A kind of thing worth telling about a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Boxes around a crowd (`iscrowd`).
    Crowd,
    /// Boxes marked `ignore`.
    Ignore,
    /// Boxes marked `difficult`.
    Difficult,
    /// Boxes that reach more than a pixel outside their image.
    OutsideImage,
    /// Boxes whose width or height is zero.
    ZeroArea,
    /// Boxes whose width or height is negative.
    Inverted,
    /// Records whose id an earlier record of the list has.
    DuplicateId,
    /// Boxes dropped because their image is not listed.
    UnknownImage,
    /// Boxes dropped because their category is not listed.
    UnknownCategory,
    /// Images that no annotation names.
    WithoutAnnotations,
    /// Images that no detection names.
    WithoutDetections,
    /// Every box lies within 0 to 1: coordinates relative to the image, not pixels.
    Relative,
    /// The boxes look like corners, not like corner and size.
    LooksLikeXyxy,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crowd => "crowd boxes",
            Self::Ignore => "boxes marked ignore",
            Self::Difficult => "boxes marked difficult",
            Self::OutsideImage => "boxes reaching outside their image",
            Self::ZeroArea => "boxes without area",
            Self::Inverted => "boxes of negative width or height",
            Self::DuplicateId => "ids used before",
            Self::UnknownImage => "boxes of an unknown image",
            Self::UnknownCategory => "boxes of an unknown category",
            Self::WithoutAnnotations => "images without annotations",
            Self::WithoutDetections => "images without detections",
            Self::Relative => "boxes, all within 0 to 1, where pixels are expected",
            Self::LooksLikeXyxy => "boxes that look like [x1, y1, x2, y2], where [x, y, width, height] is expected",
        })
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
    /// The first of them, in one sentence.
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
    /// Counts cases; the sentence is made for the first only.
    pub fn note(&mut self, kind: Kind, list: List, count: usize, example: impl FnOnce() -> String) {
        match self.get_mut(kind, list) {
            Some(finding) => finding.count += count,
            None => self.0.push(Finding { kind, list, count, example: example() }),
        }
    }

    /// Adds what was found further on in the file.
    pub fn extend(&mut self, later: Self) {
        for finding in later.0 {
            self.note(finding.kind, finding.list, finding.count, || finding.example);
        }
    }

    /// The boxes that had to be left out, if there are any.
    pub fn unknown(&self) -> Option<&Finding> {
        self.0.iter().find(|finding| matches!(finding.kind, Kind::UnknownImage | Kind::UnknownCategory))
    }

    pub fn into_vec(self) -> Vec<Finding> {
        self.0
    }

    fn get_mut(&mut self, kind: Kind, list: List) -> Option<&mut Finding> {
        self.0.iter_mut().find(|finding| finding.kind == kind && finding.list == list)
    }
}
