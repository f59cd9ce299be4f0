//! The fields of records that are read, by their names.

use crate::record::List;

/// What a field of a box is.
#[derive(Clone, Copy)]
pub(crate) enum BoxField {
    Image,
    Category,
    Id,
    Box,
    Score,
    ClassName,
    Flag(u8),
    Other,
}

impl BoxField {
    /// By its name; detections have scores and names of classes, annotations have flags.
    pub fn named(name: &[u8], list: List) -> Self {
        match (name, list) {
            (b"image_id", _) => Self::Image,
            (b"category_id", _) => Self::Category,
            (b"id", _) => Self::Id,
            (b"bbox", _) => Self::Box,
            (b"score", List::Detections) => Self::Score,
            (b"category_name", List::Detections) => Self::ClassName,
            (b"iscrowd", List::Annotations) => Self::Flag(flag::CROWD),
            (b"ignore", List::Annotations) => Self::Flag(flag::IGNORE),
            (b"difficult", List::Annotations) => Self::Flag(flag::DIFFICULT),
            _ => Self::Other,
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
