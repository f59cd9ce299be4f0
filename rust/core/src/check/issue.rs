//! One row of a report.

use std::cmp::Ordering;

use crate::check::kind::Kind;

/// A suspected error, in as little memory as may be: the issues are what takes memory while a data set is checked.
///
/// ```
/// use boxlint_core::check::{Details, Issue, Kind};
///
/// let details = Details::Swap { annotation: 0, prediction: 3, iou: 0.8 };
/// let issue = Issue::new(0.9, 7, details);
/// assert_eq!((issue.suspicion(), issue.image, issue.details()), (0.9, 7, details));
/// assert_eq!((issue.kind(), issue.annotation(), issue.prediction()), (Kind::Swap, Some(0), Some(3)));
/// assert_eq!((issue.kept_annotation(), issue.iou()), (None, Some(0.8)));
/// assert_eq!((issue.detectability(), issue.alike()), (None, None));
/// assert_eq!(size_of::<Issue>(), 24);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Issue {
    /// The suspicion, whose two highest bits are 0, and there the kind, if it is about an annotation.
    bits: u64,
    /// The image.
    pub image: u32,
    /// IoU or detectability.
    number: f32,
    /// The annotation, or [`NO_ANNOTATION`] of a missing one.
    annotation: u32,
    /// The prediction, the annotation to keep, or how many are alike.
    other: u32,
}

/// The row of no annotation: an image does not have so many.
const NO_ANNOTATION: u32 = u32::MAX;
/// Where the kind is among the bits of an issue.
const KIND_AT: u32 = u64::BITS - 2;

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
    /// An issue of an image; suspicion is from 0 to 1.
    #[inline]
    #[must_use]
    pub fn new(suspicion: f64, image: u32, details: Details) -> Self {
        let (kind, annotation, other, number) = match details {
            Details::Missing { prediction, iou } => (0, NO_ANNOTATION, prediction, iou),
            Details::Swap { annotation, prediction, iou } => (0, annotation, prediction, iou),
            Details::Badloc { annotation, prediction, iou } => (1, annotation, prediction, iou),
            Details::Spurious { annotation, detectability, alike } => (2, annotation, alike, detectability),
            Details::Duplicate { annotation, kept_annotation, iou } => (3, annotation, kept_annotation, iou),
        };
        Self { bits: suspicion.to_bits() | kind << KIND_AT, image, number, annotation, other }
    }

    /// How likely the error is, from 0 to 1.
    #[inline]
    #[must_use]
    pub fn suspicion(&self) -> f64 {
        f64::from_bits(self.suspicion_bits())
    }

    /// Its bits, which rise with it.
    #[inline]
    pub(crate) fn suspicion_bits(&self) -> u64 {
        self.bits & ((1 << KIND_AT) - 1)
    }

    /// What is wrong; for an example of this and the other parts, see [`Issue`].
    #[inline]
    #[must_use]
    pub fn kind(&self) -> Kind {
        if self.annotation == NO_ANNOTATION { Kind::Missing } else { Kind::ALL[1 + (self.bits >> KIND_AT) as usize] }
    }

    /// What is said of it.
    #[inline]
    #[must_use]
    pub fn details(&self) -> Details {
        let Self { annotation, other, number, .. } = *self;
        match self.kind() {
            Kind::Missing => Details::Missing { prediction: other, iou: number },
            Kind::Swap => Details::Swap { annotation, prediction: other, iou: number },
            Kind::Badloc => Details::Badloc { annotation, prediction: other, iou: number },
            Kind::Spurious => Details::Spurious { annotation, detectability: number, alike: other },
            Kind::Duplicate => Details::Duplicate { annotation, kept_annotation: other, iou: number },
        }
    }

    /// The annotation that is wrong.
    #[must_use]
    pub fn annotation(&self) -> Option<u32> {
        Some(self.annotation).filter(|&annotation| annotation != NO_ANNOTATION)
    }

    /// The prediction that shows the error.
    #[must_use]
    pub fn prediction(&self) -> Option<u32> {
        matches!(self.kind(), Kind::Missing | Kind::Swap | Kind::Badloc).then_some(self.other)
    }

    /// Of a duplicate, the annotation to keep.
    #[must_use]
    pub fn kept_annotation(&self) -> Option<u32> {
        (self.kind() == Kind::Duplicate).then_some(self.other)
    }

    /// IoU of the boxes that the issue is about.
    #[must_use]
    pub fn iou(&self) -> Option<f32> {
        (self.kind() != Kind::Spurious).then_some(self.number)
    }

    /// Of a spurious annotation, how likely the detector finds such annotations; none where the box has no area.
    #[must_use]
    pub fn detectability(&self) -> Option<f32> {
        (self.kind() == Kind::Spurious && self.number >= 0.0).then_some(self.number)
    }

    /// Of a spurious annotation, how many annotations its detectability rests on: those of its class and size.
    #[must_use]
    pub fn alike(&self) -> Option<u32> {
        (self.kind() == Kind::Spurious).then_some(self.other)
    }

    /// Most suspicious first; equal ones by image, kind, annotation, and prediction or kept annotation.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        // Positive numbers stand in the order of their bits. An annotation is spurious once, and what is missing has none.
        let place = |issue: &Self| (issue.image, issue.kind(), issue.annotation, issue.other);
        other.suspicion_bits().cmp(&self.suspicion_bits()).then_with(|| place(self).cmp(&place(other)))
    }
}
