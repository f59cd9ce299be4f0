//! How alike an annotated and a predicted box are: a blend of their IoU and the distance of their centres.

use crate::geometry::{Corners, centre, iou, squared_distance};

/// Weight of IoU against distance, unless given.
pub const ALPHA: f64 = 0.9;
/// Fall of similarity with the distance of the centres, per pixel.
pub const DISTANCE_FACTOR: f64 = 0.1;

/// The blended similarity of ObjectLab (Tkachenko, Thyagarajan, Mueller 2023), section 3.
#[derive(Clone, Copy, Debug, Default)]
pub struct Similarity {
    alpha: f64,
    beta: f64,
}

impl Similarity {
    /// A blend in which IoU has the weight `alpha`, in [0, 1], and nearness the rest.
    #[must_use]
    pub fn new(alpha: f64) -> Self {
        Self { alpha, beta: 1.0 - alpha }
    }

    /// Similarity of two boxes, in [0, 1].
    #[inline]
    #[must_use]
    pub fn of(&self, a: &Corners, b: &Corners) -> f64 {
        self.blend(iou(a, b), squared_distance(centre(a), centre(b)))
    }

    #[inline]
    pub(crate) fn blend(&self, iou: f64, squared_distance: f64) -> f64 {
        // The double subtraction is part of the definition: it rounds nearness to a multiple of 2^-53.
        let distance = 1.0 - (-squared_distance.sqrt() * DISTANCE_FACTOR).exp();
        iou * self.alpha + self.beta * (1.0 - distance)
    }

    /// What nearness weighs.
    #[inline]
    pub(crate) fn beta(&self) -> f64 {
        self.beta
    }
}
