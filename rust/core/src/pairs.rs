//! Annotations with predictions: of a data set, and of one of its images.

use crate::boxes::{Boxes, ImageBoxes};
use crate::error::Error;
use crate::geometry::{centre, iou, larger, squared_distance};
use crate::parallel;
use crate::similarity::Similarity;

/// Annotations and predictions of the same images, and how alike they are.
#[derive(Clone, Debug)]
pub struct DataSet<'a> {
    annotations: Boxes<'a>,
    predictions: Boxes<'a>,
    similarity: Similarity,
    given: Option<Matrices<'a>>,
}

/// Similarities, and perhaps IoUs, given for every pair: image after image, in each one row an annotation.
#[derive(Clone, Debug)]
struct Matrices<'a> {
    similarity: &'a [f64],
    iou: Option<&'a [f64]>,
    /// Where the pairs of each image begin.
    starts: Vec<usize>,
}

impl<'a> DataSet<'a> {
    /// A data set whose similarities follow from the boxes; `alpha` is the weight of IoU in them.
    ///
    /// # Errors
    /// Unequal numbers of images, or predictions without scores.
    pub fn new(annotations: Boxes<'a>, predictions: Boxes<'a>, alpha: f64) -> Result<Self, Error> {
        if annotations.images() != predictions.images() {
            return Err(Error::Images { annotations: annotations.images(), predictions: predictions.images() });
        }
        if !predictions.has_scores() {
            return Err(Error::NoScores);
        }
        Ok(Self { annotations, predictions, similarity: Similarity::new(alpha), given: None })
    }

    /// The same data set with similarities, and perhaps IoUs, that are given for every pair and used as they stand.
    ///
    /// # Errors
    /// A matrix that has not one entry for each pair.
    pub fn with_matrices(mut self, similarity: &'a [f64], iou: Option<&'a [f64]>) -> Result<Self, Error> {
        let starts = self.starts_of_pairs();
        let expected = starts[self.images()];
        for (column, matrix) in [("similarity_matrix", Some(similarity)), ("iou_matrix", iou)] {
            if let Some(found) = matrix.map(<[f64]>::len).filter(|&found| found != expected) {
                return Err(Error::Pairs { column, found, expected });
            }
        }
        self.given = Some(Matrices { similarity, iou, starts });
        Ok(self)
    }

    /// Number of images.
    #[must_use]
    pub fn images(&self) -> usize {
        self.annotations.images()
    }

    /// The annotations.
    #[must_use]
    pub fn annotations(&self) -> &Boxes<'a> {
        &self.annotations
    }

    /// The predictions.
    #[must_use]
    pub fn predictions(&self) -> &Boxes<'a> {
        &self.predictions
    }

    /// How the similarity of two boxes is computed.
    #[must_use]
    pub fn similarity(&self) -> Similarity {
        self.similarity
    }

    /// Similarity and IoU of every pair: image after image, in each one row an annotation, one column a prediction.
    #[must_use]
    pub fn matrices(&self) -> (Vec<f64>, Vec<f64>) {
        let starts = self.starts_of_pairs();
        let of_all = |value: &(dyn Fn(&Pairs, usize, usize) -> f64 + Sync)| {
            let mut matrix = vec![0.0; starts[self.images()]];
            parallel::fill(0..self.images(), &mut matrix, &|image| starts[image], &|| (), &|(), index, out| {
                let pairs = self.image(index);
                for (entry, out) in out.iter_mut().enumerate() {
                    *out = value(&pairs, entry / pairs.predictions.len(), entry % pairs.predictions.len());
                }
            });
            matrix
        };
        (of_all(&|pairs, n, j| pairs.similarity(n, j)), of_all(&|pairs, n, j| pairs.iou(n, j)))
    }

    fn starts_of_pairs(&self) -> Vec<usize> {
        let mut starts = vec![0];
        for index in 0..self.images() {
            let pairs = self.annotations.image(index).len() * self.predictions.image(index).len();
            starts.push(starts[index] + pairs);
        }
        starts
    }

    /// The pairs of one image.
    #[inline]
    #[must_use]
    pub fn image(&self, index: usize) -> Pairs<'a> {
        let cut = |matrix: &'a [f64], given: &Matrices| &matrix[given.starts[index]..given.starts[index + 1]];
        Pairs {
            annotations: self.annotations.image(index),
            predictions: self.predictions.image(index),
            similarity: self.similarity,
            given_similarity: self.given.as_ref().map(|given| cut(given.similarity, given)),
            given_iou: self.given.as_ref().and_then(|given| given.iou.map(|iou| cut(iou, given))),
        }
    }
}

/// The annotations and predictions of one image.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a> {
    /// The annotations.
    pub annotations: ImageBoxes<'a>,
    /// The predictions.
    pub predictions: ImageBoxes<'a>,
    similarity: Similarity,
    given_similarity: Option<&'a [f64]>,
    given_iou: Option<&'a [f64]>,
}

impl Pairs<'_> {
    /// IoU of an annotation and a prediction.
    #[inline]
    #[must_use]
    pub fn iou(&self, annotation: usize, prediction: usize) -> f64 {
        match self.given_iou {
            Some(matrix) => matrix[self.entry(annotation, prediction)],
            None => iou(&self.annotations.corners(annotation), &self.predictions.corners(prediction)),
        }
    }

    /// Similarity of an annotation and a prediction.
    #[inline]
    #[must_use]
    pub fn similarity(&self, annotation: usize, prediction: usize) -> f64 {
        match self.given_similarity {
            Some(matrix) => matrix[self.entry(annotation, prediction)],
            None => self.similarity.of(&self.annotations.corners(annotation), &self.predictions.corners(prediction)),
        }
    }

    /// The greatest similarity of the pairs listed, none if none is.
    #[inline]
    pub(crate) fn greatest_similarity(&self, pairs: impl Iterator<Item = (usize, usize)>) -> Option<f64> {
        match self.given_similarity {
            Some(_) => pairs.map(|(n, j)| self.similarity(n, j)).reduce(larger),
            None => self.greatest_computed(pairs),
        }
    }

    /// Of the pairs that do not overlap only the nearest needs an exponential.
    #[inline]
    fn greatest_computed(&self, pairs: impl Iterator<Item = (usize, usize)>) -> Option<f64> {
        let mut nearest = f64::INFINITY;
        let mut greatest = f64::NEG_INFINITY;
        for (annotation, prediction) in pairs {
            let (a, b) = (self.annotations.corners(annotation), self.predictions.corners(prediction));
            let (overlap, apart) = (iou(&a, &b), squared_distance(centre(&a), centre(&b)));
            if overlap > 0.0 {
                greatest = larger(greatest, self.similarity.blend(overlap, apart));
            } else if apart < nearest {
                nearest = apart;
            }
        }
        if nearest.is_finite() {
            greatest = larger(greatest, self.similarity.blend(0.0, nearest));
        }
        greatest.is_finite().then_some(greatest)
    }

    #[inline]
    fn entry(&self, annotation: usize, prediction: usize) -> usize {
        annotation * self.predictions.len() + prediction
    }
}
