//! How to read a COCO data set.

/// How to read a data set.
///
/// ```
/// let mut options = boxlint_io::Options::default();
/// options.skip_unknown = true;
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Leave out boxes of an unknown image or category and report them, instead of refusing the file.
    pub skip_unknown: bool,
    /// Leave out records that lack a field or whose values cannot be used, instead of refusing the file.
    pub skip_unreadable: bool,
    /// Detections name images by the stem of their file name (`17` or `"street_17"`), as Ultralytics writes them, not
    /// by id.
    pub images_by_stem: bool,
    /// Detections name classes by position, counted from this number, not by category id.
    pub classes_from: Option<u32>,
    /// The order that positions of classes are in. It must be said if the file does not list the categories in the
    /// order of their ids.
    pub class_order: Option<ClassOrder>,
    /// Annotations have their positions in the list as ids, counted from 1, instead of those in the file.
    pub ids_are_positions: bool,
}

/// An order of classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassOrder {
    /// Rising order of the category ids.
    Ids,
    /// The order in which the annotations file lists the categories.
    File,
}
