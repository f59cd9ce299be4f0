//! The fields of records that are read, by their names.

use crate::record::List;

/// What a field of a box is.
///
/// No choice is among more than three, so that the compiler makes no table of jumps: where a jump through one goes is
/// foreseen badly, and how badly changed with where the code lay in memory.
#[derive(Clone, Copy)]
pub(crate) enum BoxField {
    /// By its place in [`ID_NAMES`].
    Id(u8),
    Box,
    Rest(RestField),
}

/// A field of a box that is neither an id nor the box.
#[derive(Clone, Copy)]
pub(crate) enum RestField {
    Score,
    /// By its bit.
    Flag(u8),
    Other,
}

/// The fields of a box that are ids, or names in place of one.
pub(crate) const ID_NAMES: [&str; 4] = ["image_id", "category_id", "id", "category_name"];
/// The place of the name of a class, which need not be a text.
pub(crate) const CLASS_NAME: u8 = 3;

impl BoxField {
    /// By its name; detections have scores and names of classes, annotations have flags.
    pub fn named(name: &[u8], list: List) -> Self {
        match (name, list) {
            (b"image_id", _) => Self::Id(0),
            (b"category_id", _) => Self::Id(1),
            (b"id", _) => Self::Id(2),
            (b"category_name", List::Detections) => Self::Id(CLASS_NAME),
            (b"bbox", _) => Self::Box,
            (b"score", List::Detections) => Self::Rest(RestField::Score),
            (b"iscrowd", List::Annotations) => Self::Rest(RestField::Flag(flag::CROWD)),
            (b"ignore", List::Annotations) => Self::Rest(RestField::Flag(flag::IGNORE)),
            (b"difficult", List::Annotations) => Self::Rest(RestField::Flag(flag::DIFFICULT)),
            _ => Self::Rest(RestField::Other),
        }
    }
}

/// The bits of the flags of an annotation.
pub(crate) mod flag {
    pub const CROWD: u8 = 1;
    pub const IGNORE: u8 = 2;
    pub const DIFFICULT: u8 = 4;

    /// The name of the field of a bit.
    pub const fn name(bit: u8) -> &'static str {
        match bit {
            CROWD => "iscrowd",
            IGNORE => "ignore",
            _ => "difficult",
        }
    }
}

/// What a field of an image is.
#[derive(Clone, Copy)]
pub(crate) enum ImageField {
    Id,
    Name,
    Url,
    Width,
    Height,
    Negative,
    NotExhaustive,
    Other,
}

impl ImageField {
    /// By its name.
    pub fn named(name: &[u8]) -> Self {
        match name {
            b"id" => Self::Id,
            b"file_name" => Self::Name,
            b"coco_url" => Self::Url,
            b"width" => Self::Width,
            b"height" => Self::Height,
            b"neg_category_ids" => Self::Negative,
            b"not_exhaustive_category_ids" => Self::NotExhaustive,
            _ => Self::Other,
        }
    }
}
