//! How well the detector sees the annotations of one image.

use crate::check::detector::DetectorModel;
use crate::check::evidence::Evidence;
use crate::check::image::ImageData;
use crate::geometry::larger;

/// Annotations that are supported as usual and stand for those of other images: one or two of this image say little.
const AS_USUAL: f64 = 1.0;
/// The least visibility of an image: where nothing of it seems to be seen, all of its annotations may be wrong, too.
const LEAST_VISIBILITY: f64 = 0.7;

/// How much of what is annotated in an image the detector supports, and how much it usually would.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Visibility {
    supported: f64,
    usual: f64,
}

impl Visibility {
    /// Sums over all annotations of an image.
    pub(crate) fn of(image: &ImageData, model: &DetectorModel, evidence: &Evidence) -> Self {
        let mut sums = Self::default();
        for (n, &class) in image.annotation_class.iter().enumerate() {
            sums.supported += evidence.support(n);
            sums.usual += model.detectability(class, image.size(n));
        }
        sums
    }

    /// How well the detector sees the image, by the annotations other than `n`, whose class and size are found so often: 1 is
    /// as usual.
    #[inline]
    pub(crate) fn beside(self, evidence: &Evidence, n: usize, detectability: f64) -> f64 {
        let others = (AS_USUAL + (self.supported - evidence.support(n))) / (AS_USUAL + (self.usual - detectability));
        larger(others, LEAST_VISIBILITY)
    }
}
