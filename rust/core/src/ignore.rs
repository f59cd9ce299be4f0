//! Annotations to ignore: crowds, and objects that are too difficult to annotate well.
//!
//! They take no part as annotations. A prediction that lies mostly in one says nothing of an annotation that is missing.

use crate::boxes::ImageBoxes;
use crate::geometry::{Corners, area, intersection};

/// A prediction lies in an ignored annotation if the two share at least this fraction of the prediction's area.
pub const IGNORED_FRACTION: f64 = 0.5;

/// The ignored annotations of one image.
///
/// # Examples
/// ```
/// use boxlint_core::{Boxes, Dataset, Floats};
///
/// // An object, and a crowd that is to be ignored.
/// let xyxy = Floats::F64(&[0.0, 0.0, 9.0, 9.0, 20.0, 20.0, 60.0, 60.0]);
/// let annotations = Boxes::new(xyxy, &[0, 0], None, &[0, 2])?;
/// let predictions = Boxes::new(Floats::F64(&[]), &[], Some(Floats::F64(&[])), &[0, 0])?;
/// let ignored = Dataset::new(annotations, predictions, Some(&[false, true]))?.image(0).ignored.expect("flags");
/// assert!(!ignored.contains(0) && ignored.contains(1));
/// assert!(ignored.covers(&[10.0, 20.0, 30.0, 40.0]), "half of the prediction lies in the crowd");
/// assert!(!ignored.covers(&[9.0, 20.0, 29.0, 40.0]));
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Ignored<'a> {
    annotations: ImageBoxes<'a>,
    flags: &'a [bool],
}

impl<'a> Ignored<'a> {
    /// Those of an image's `annotations` that are flagged.
    pub(crate) fn new(annotations: ImageBoxes<'a>, flags: &'a [bool]) -> Self {
        Self { annotations, flags }
    }

    /// Whether the annotation in `row` is ignored.
    #[inline]
    #[must_use]
    pub fn contains(&self, row: usize) -> bool {
        self.flags[row]
    }

    /// Whether a predicted box lies in one of them: see [`IGNORED_FRACTION`].
    #[must_use]
    pub fn covers(&self, prediction: &Corners) -> bool {
        let ignored = (0..self.flags.len()).filter(|&row| self.flags[row]);
        ignored.map(|row| self.annotations.corners(row)).any(|annotation| is_mostly_in(prediction, &annotation))
    }
}

/// Whether a predicted box lies in an ignored annotation.
pub(crate) fn is_mostly_in(prediction: &Corners, ignored: &Corners) -> bool {
    let shared = intersection(prediction, ignored);
    shared > 0.0 && shared >= IGNORED_FRACTION * area(prediction)
}
