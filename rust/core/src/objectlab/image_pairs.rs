//! Annotations with predictions: of a data set, and of one of its images.

use crate::boxes::{Boxes, CLASS_LIMIT, Floats, select};
use crate::error::Error;
use crate::geometry::{Corners, centre, iou, larger, squared_distance};
use crate::objectlab::similarity::Similarity;
use crate::parallel;

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
        annotations.check_pair(&predictions)?;
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

    /// Number of classes: one more than the greatest class id.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.annotations.classes().max(self.predictions.classes())
    }

    /// The same data set, if it has few enough classes for tables with an entry for each.
    ///
    /// # Errors
    /// A class id of [`CLASS_LIMIT`] or more.
    pub fn with_tables(self) -> Result<Self, Error> {
        let found = self.classes();
        if found > CLASS_LIMIT { Err(Error::Classes { found, limit: CLASS_LIMIT }) } else { Ok(self) }
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
        let of_all = |value: &(dyn Fn(&Corners, &Corners) -> f64 + Sync)| {
            let mut matrix = vec![0.0; starts[self.images()]];
            parallel::each(0..self.images(), &mut matrix, &|image| starts[image], &|(), index, out| {
                let (annotations, predictions) = (self.annotations.image(index), self.predictions.image(index));
                for (entry, out) in out.iter_mut().enumerate() {
                    let (n, j) = (entry / predictions.len(), entry % predictions.len());
                    *out = value(&annotations.corners(n), &predictions.corners(j));
                }
            });
            matrix
        };
        (of_all(&|a, b| self.similarity.of(a, b)), of_all(&iou))
    }

    fn starts_of_pairs(&self) -> Vec<usize> {
        let mut starts = vec![0];
        for index in 0..self.images() {
            let pairs = self.annotations.image(index).len() * self.predictions.image(index).len();
            starts.push(starts[index] + pairs);
        }
        starts
    }
}

/// The annotations of one image and those of its predictions that can count, in double precision and side by side.
///
/// One is loaded with image after image, so that none allocates.
#[derive(Debug, Default)]
pub(crate) struct Pairs<'a> {
    pub(crate) annotations: Vec<Corners>,
    pub(crate) annotation_class: &'a [i32],
    pub(crate) predictions: Vec<Corners>,
    pub(crate) prediction_class: Vec<i32>,
    pub(crate) score: Vec<f64>,
    /// Row of each of these predictions among all of the image.
    pub(crate) row: Vec<u32>,
    spared: Option<&'a [bool]>,
    similarity: Similarity,
    given_similarity: Option<&'a [f64]>,
    given_iou: Option<&'a [f64]>,
    all_predictions: usize,
}

impl<'a> Pairs<'a> {
    /// Loads an image with its predictions of at least `least_score`.
    pub(crate) fn load(&mut self, data: &DataSet<'a>, index: usize, least_score: f64) {
        let (annotations, predictions) = (data.annotations.image(index), data.predictions.image(index));
        self.annotations.clear();
        self.annotations.extend((0..annotations.len()).map(|n| annotations.corners(n)));
        self.annotation_class = annotations.class_id;
        self.row.clear();
        match predictions.score {
            Floats::F32(scores) => select(scores.iter().map(|&score| f64::from(score) >= least_score), &mut self.row),
            Floats::F64(scores) => select(scores.iter().map(|&score| score >= least_score), &mut self.row),
        }
        // Apart from each other, these loads wait for memory together.
        let rows = || self.row.iter().map(|&row| row as usize);
        self.predictions.clear();
        self.predictions.extend(rows().map(|j| predictions.corners(j)));
        self.prediction_class.clear();
        self.prediction_class.extend(rows().map(|j| predictions.class_id[j]));
        self.score.clear();
        self.score.extend(rows().map(|j| predictions.score.get(j)));
        self.similarity = data.similarity;
        self.all_predictions = predictions.len();
        self.spared = predictions.spared;
        if let Some(given) = &data.given {
            let pairs = given.starts[index]..given.starts[index + 1];
            self.given_similarity = Some(&given.similarity[pairs.clone()]);
            self.given_iou = given.iou.map(|iou| &iou[pairs]);
        }
    }

    /// Lists the predictions whose score passes.
    #[inline]
    pub(crate) fn list(&self, listed: &mut Vec<usize>, passes: impl Fn(f64) -> bool) {
        listed.clear();
        listed.extend((0..self.score.len()).filter(|&j| passes(self.score[j])));
    }

    /// Whether a prediction is never reported as overlooked.
    #[inline]
    pub(crate) fn is_spared(&self, prediction: usize) -> bool {
        self.spared.is_some_and(|spared| spared[self.row[prediction] as usize])
    }

    /// Whether an annotation and a prediction overlap.
    #[inline]
    pub(crate) fn meet(&self, annotation: usize, prediction: usize) -> bool {
        self.iou(annotation, prediction) > 0.0
    }

    /// The greatest similarity of those of the pairs listed that overlap, none if none does.
    #[inline]
    pub(crate) fn greatest_meeting(&self, pairs: impl Iterator<Item = (usize, usize)>) -> Option<f64> {
        let meeting = pairs.filter_map(|(n, j)| {
            let iou = self.iou(n, j);
            (iou > 0.0).then(|| self.similarity(n, j, iou))
        });
        meeting.reduce(larger)
    }

    /// The greatest similarity of the pairs listed, none if none is.
    #[inline]
    pub(crate) fn greatest(&self, pairs: impl Iterator<Item = (usize, usize)>) -> Option<f64> {
        if self.given_similarity.is_some() {
            return pairs.map(|(n, j)| self.similarity(n, j, 0.0)).reduce(larger);
        }
        // Of the pairs that do not overlap only the nearest needs an exponential.
        let mut nearest = f64::INFINITY;
        let mut greatest = f64::NEG_INFINITY;
        for (n, j) in pairs {
            let (iou, apart) = (self.iou(n, j), self.squared_distance(n, j));
            if iou > 0.0 {
                greatest = larger(greatest, self.similarity.blend(iou, apart));
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
    fn iou(&self, n: usize, j: usize) -> f64 {
        match self.given_iou {
            Some(matrix) => matrix[self.entry(n, j)],
            None => iou(&self.annotations[n], &self.predictions[j]),
        }
    }

    #[inline]
    fn similarity(&self, n: usize, j: usize, iou: f64) -> f64 {
        match self.given_similarity {
            Some(matrix) => matrix[self.entry(n, j)],
            None => self.similarity.blend(iou, self.squared_distance(n, j)),
        }
    }

    #[inline]
    fn squared_distance(&self, n: usize, j: usize) -> f64 {
        squared_distance(centre(&self.annotations[n]), centre(&self.predictions[j]))
    }

    #[inline]
    fn entry(&self, n: usize, j: usize) -> usize {
        n * self.all_predictions + self.row[j] as usize
    }
}
