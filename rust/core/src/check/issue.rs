//! One row of a report.

use std::cmp::Ordering;

use crate::check::kind::Kind;

/// A suspected error.
///
/// ```
/// use boxlint_core::check::{Details, Issue, Kind};
///
/// let details = Details::Swap { annotation: 0, prediction: 3, iou: 0.8 };
/// let issue = Issue { suspicion: 0.9, image: 7, details };
/// assert_eq!((issue.kind(), issue.annotation(), issue.prediction()), (Kind::Swap, Some(0), Some(3)));
/// assert_eq!((issue.kept_annotation(), issue.iou()), (None, Some(0.8)));
/// assert_eq!((issue.detectability(), issue.alike()), (None, None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Issue {
    /// How likely the error is, from 0 to 1.
    pub suspicion: f64,
    /// The image.
    pub image: u32,
    /// What is wrong.
    pub details: Details,
}

// The issues are what takes memory while a data set is checked.
const _: () = assert!(size_of::<Issue>() <= 32);

/// What an issue of each kind says. Annotations and predictions are named by their row within the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Details {
    /// An object without annotation.
    Missing {
        /// The prediction that shows it.
        prediction: u32,
        /// IoU of the prediction with the annotation that overlaps it most.
        iou: f32,
    },
    /// An annotation of the wrong class.
    Swap {
        /// The annotation.
        annotation: u32,
        /// The prediction of another class.
        prediction: u32,
        /// Their IoU.
        iou: f32,
    },
    /// An annotation whose box is badly placed.
    Badloc {
        /// The annotation.
        annotation: u32,
        /// The prediction in a better place.
        prediction: u32,
        /// Their IoU.
        iou: f32,
    },
    /// An annotation where nothing is.
    Spurious {
        /// The annotation.
        annotation: u32,
        /// How likely the detector finds such an annotation; -1 where its box has no area, which is enough.
        detectability: f32,
        /// How many annotations of its class and size that rests on.
        alike: u32,
    },
    /// A second annotation of an object.
    Duplicate {
        /// The annotation to delete.
        annotation: u32,
        /// The annotation to keep.
        kept_annotation: u32,
        /// Their IoU.
        iou: f32,
    },
}

impl Issue {
    /// What is wrong; for an example of this and the other parts, see [`Issue`].
    #[inline]
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.details.kind()
    }

    /// The annotation that is wrong.
    #[must_use]
    pub fn annotation(&self) -> Option<u32> {
        match self.details {
            Details::Missing { .. } => None,
            Details::Swap { annotation, .. }
            | Details::Badloc { annotation, .. }
            | Details::Spurious { annotation, .. }
            | Details::Duplicate { annotation, .. } => Some(annotation),
        }
    }

    /// The prediction that shows the error.
    #[must_use]
    pub fn prediction(&self) -> Option<u32> {
        match self.details {
            Details::Missing { prediction, .. }
            | Details::Swap { prediction, .. }
            | Details::Badloc { prediction, .. } => Some(prediction),
            Details::Spurious { .. } | Details::Duplicate { .. } => None,
        }
    }

    /// Of a duplicate, the annotation to keep.
    #[must_use]
    pub fn kept_annotation(&self) -> Option<u32> {
        let Details::Duplicate { kept_annotation, .. } = self.details else { return None };
        Some(kept_annotation)
    }

    /// IoU of annotation and prediction; of a duplicate, of the two annotations; of a missing object, of the prediction with
    /// the annotation that overlaps it most.
    #[must_use]
    pub fn iou(&self) -> Option<f32> {
        match self.details {
            Details::Missing { iou, .. }
            | Details::Swap { iou, .. }
            | Details::Badloc { iou, .. }
            | Details::Duplicate { iou, .. } => Some(iou),
            Details::Spurious { .. } => None,
        }
    }

    /// Of a spurious annotation, how likely the detector finds such annotations; none where the box has no area.
    #[must_use]
    pub fn detectability(&self) -> Option<f32> {
        let Details::Spurious { detectability, .. } = self.details else { return None };
        Some(detectability).filter(|&value| value >= 0.0)
    }

    /// Of a spurious annotation, how many annotations its detectability rests on: those of its class and size.
    #[must_use]
    pub fn alike(&self) -> Option<u32> {
        let Details::Spurious { alike, .. } = self.details else { return None };
        Some(alike)
    }

    /// Most suspicious first; equal ones by image, kind, annotation, and prediction or kept annotation.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let place = |issue: &Self| (issue.image, issue.details.place());
        // Positive numbers stand in the order of their bits.
        other.suspicion.to_bits().cmp(&self.suspicion.to_bits()).then_with(|| place(self).cmp(&place(other)))
    }
}

impl Details {
    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Missing { .. } => Kind::Missing,
            Self::Swap { .. } => Kind::Swap,
            Self::Badloc { .. } => Kind::Badloc,
            Self::Spurious { .. } => Kind::Spurious,
            Self::Duplicate { .. } => Kind::Duplicate,
        }
    }

    /// Orders the issues of one image: by kind, annotation, and prediction or kept annotation.
    fn place(&self) -> (Kind, [u32; 2]) {
        let rows = match *self {
            Self::Missing { prediction, .. } => [0, prediction],
            Self::Swap { annotation, prediction, .. } | Self::Badloc { annotation, prediction, .. } => {
                [annotation, prediction]
            }
            Self::Spurious { annotation, .. } => [annotation, 0],
            Self::Duplicate { annotation, kept_annotation, .. } => [annotation, kept_annotation],
        };
        (self.kind(), rows)
    }
}
