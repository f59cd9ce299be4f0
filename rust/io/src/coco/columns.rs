//! The columns of a COCO data set.

use crate::ids::Ids;

/// The images of a data set, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// The ids.
    pub ids: Ids,
    /// The file names; where the file has none, the id.
    pub names: Vec<String>,
    /// Width and height; NaN where the file has none, 0 or empty text.
    pub sizes: Vec<[f64; 2]>,
}

/// The classes of a data set, in rising order of their category ids. Ids that are strings come first, in the order of
/// the file.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    /// The category ids.
    pub ids: Ids,
    /// The names; where the file has none, the id.
    pub names: Vec<String>,
}

/// The boxes of all images: image `i` has the rows `offsets[i]..offsets[i + 1]`, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// The corners `[x1, y1, x2, y2]`.
    pub xyxy: Vec<[f64; 4]>,
    /// The row of each box's class in [`Classes`].
    pub class_id: Vec<i32>,
    /// The first row of each image, and the number of boxes.
    pub offsets: Vec<i64>,
    /// The ids in the file. If a detection has no id, the positions of all in the list; if an annotation has none, the
    /// positions counted from 1.
    pub ids: Ids,
    /// The scores of detections.
    pub score: Option<Vec<f64>>,
    /// The flags of annotations.
    pub flags: Option<Flags>,
}

/// The classes that are known to be annotated wherever they occur in an image, as LVIS files tell: image `i` has
/// `classes[offsets[i]..offsets[i + 1]]`, in rising order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Where the classes of each image begin, and the number of them all.
    pub offsets: Vec<i64>,
    /// Rows in [`Classes`].
    pub classes: Vec<i32>,
}

/// The flags of annotations, one row a box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `iscrowd`.
    pub crowd: Vec<bool>,
    /// `ignore`.
    pub ignore: Vec<bool>,
    /// `difficult`.
    pub difficult: Vec<bool>,
}
