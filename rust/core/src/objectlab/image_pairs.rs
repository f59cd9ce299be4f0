//! The annotations and predictions of each image, in pairs, and how similar those are.

use crate::abandon::{check_stop_before, filled};
use crate::boxes::{Floats, ImageBoxes, select, take};
use crate::dataset::Ignored;
use crate::dataset::{Dataset, DatasetImage};
use crate::error::Error;
use crate::geometry::{Corners, area, centre, intersection, iou, iou_of_areas, larger, smaller, squared_distance};
use crate::parallel;

/// Weight of IoU against distance in the similarity, unless given.
pub const ALPHA: f64 = 0.9;
/// How fast similarity falls with the distance of the centres, per pixel.
pub const DISTANCE_FACTOR: f64 = 0.1;
/// A distance in pixels at which nearness is surely 0: `exp(-distance / 10)` is below 2^-54, half of what a subtraction from 1
/// resolves.
pub(crate) const NOWHERE: f64 = 374.31;

/// The similarity of an annotated and a predicted box (ObjectLab, section 3):
/// `alpha * IoU + (1 - alpha) * exp(-0.1 * distance of the centres in pixels)`.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Similarity};
///
/// let similarity = Similarity::new(ALPHA);
/// let (box_, moved) = ([0.0, 0.0, 40.0, 40.0], [10.0, 0.0, 50.0, 40.0]);
/// assert_eq!(similarity.of(&box_, &box_), 1.0);
/// let expected = 0.9 * (30.0 / 50.0) + 0.1 * f64::exp(-1.0);
/// assert!((similarity.of(&box_, &moved) - expected).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Similarity {
    alpha: f64,
    beta: f64,
}

impl Similarity {
    /// The similarity in which IoU has the weight `alpha`, from 0 to 1, and nearness the rest.
    #[must_use]
    pub fn new(alpha: f64) -> Self {
        Self { alpha, beta: 1.0 - alpha }
    }

    /// The similarity of two boxes, from 0 to 1.
    #[inline]
    #[must_use]
    pub fn of(&self, a: &Corners, b: &Corners) -> f64 {
        self.blend(iou(a, b), squared_distance(centre(a), centre(b)))
    }

    #[inline]
    pub(crate) fn blend(&self, iou: f64, squared_distance: f64) -> f64 {
        if squared_distance > NOWHERE * NOWHERE {
            return iou * self.alpha;
        }
        // The double subtraction is part of the definition: it rounds nearness to a multiple of 2^-53.
        let distance = 1.0 - (-squared_distance.sqrt() * DISTANCE_FACTOR).exp();
        iou * self.alpha + self.beta * (1.0 - distance)
    }

    /// What boxes of this IoU have at most, at whatever distance.
    #[inline]
    fn at_most(&self, iou: f64) -> f64 {
        iou * self.alpha + self.beta
    }

    /// The weight of nearness, 1 - alpha.
    #[inline]
    pub(crate) fn beta(&self) -> f64 {
        self.beta
    }
}

/// A data set whose annotations and predictions are compared: every pair of an image has a similarity and an IoU.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, Pairs};
///
/// let annotations = Boxes::new(Floats::F64(&[0.0, 0.0, 10.0, 10.0]), &[0], None, &[0, 1])?;
/// let predicted = Floats::F64(&[0.0, 0.0, 10.0, 10.0, 0.0, 0.0, 10.0, 5.0]);
/// let predictions = Boxes::new(predicted, &[0, 0], Some(Floats::F64(&[0.9, 0.8])), &[0, 2])?;
/// let pairs = Pairs::new(Dataset::new(annotations, predictions, None)?, ALPHA);
/// assert_eq!((pairs.dataset().images(), pairs.count()), (1, 2));
/// let matrices = pairs.matrices();
/// assert_eq!(matrices.iou, [1.0, 0.5]);
/// assert_eq!(matrices.similarity[0], 1.0);
/// let [given, seen] = [[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 5.0]];
/// assert_eq!(matrices.similarity[1], pairs.similarity().of(&given, &seen));
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    dataset: Dataset<'a>,
    similarity: Similarity,
    given: Option<Given<'a>>,
}

/// Similarities, and perhaps IoUs, that the caller gives for every pair.
#[derive(Clone, Debug)]
struct Given<'a> {
    similarity: &'a [f64],
    iou: Option<&'a [f64]>,
    /// Where the pairs of each image begin.
    starts: Vec<usize>,
}

/// A number for each pair of a data set: image after image, in each row after row, one row an annotation (an ignored one,
/// too) and one column a prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrices {
    /// The similarity of each pair.
    pub similarity: Vec<f64>,
    /// The IoU of each pair.
    pub iou: Vec<f64>,
}

impl<'a> Pairs<'a> {
    /// The pairs of a data set, compared by [`Similarity`]; `alpha`, from 0 to 1, is the weight of IoU in it.
    #[must_use]
    pub fn new(dataset: Dataset<'a>, alpha: f64) -> Self {
        Self { dataset, similarity: Similarity::new(alpha), given: None }
    }

    /// The same pairs with similarities, and perhaps IoUs, that are given in the order of [`Matrices`] and used as they are.
    ///
    /// # Errors
    /// A matrix that has not one entry for each pair.
    ///
    /// # Examples
    /// ```
    /// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, LOW_PROBABILITY_THRESHOLD, Pairs, badloc_box_scores};
    ///
    /// let corners = Floats::F64(&[0.0, 0.0, 10.0, 10.0]);
    /// let boxes = Boxes::new(corners, &[0], Some(Floats::F64(&[0.9])), &[0, 1])?;
    /// let pairs = Pairs::new(Dataset::new(boxes, boxes, None)?, ALPHA).with_matrices(&[0.25], None)?;
    /// assert_eq!(badloc_box_scores(&pairs, LOW_PROBABILITY_THRESHOLD), [0.25]);
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    pub fn with_matrices(mut self, similarity: &'a [f64], iou: Option<&'a [f64]>) -> Result<Self, Error> {
        let starts = self.starts();
        let expected = starts[self.dataset.images()];
        for (column, matrix) in [("similarity_matrix", Some(similarity)), ("iou_matrix", iou)] {
            if let Some(found) = matrix.map(<[f64]>::len).filter(|&found| found != expected) {
                return Err(Error::Pairs { column, found, expected });
            }
        }
        self.given = Some(Given { similarity, iou, starts });
        Ok(self)
    }

    /// The data set.
    #[must_use]
    pub fn dataset(&self) -> &Dataset<'a> {
        &self.dataset
    }

    /// How the similarity of two boxes is computed.
    #[must_use]
    pub fn similarity(&self) -> Similarity {
        self.similarity
    }

    /// Number of pairs in all images.
    #[must_use]
    pub fn count(&self) -> usize {
        (0..self.dataset.images()).map(|index| self.count_of_image(index)).sum()
    }

    /// Similarity and IoU of every pair. Their memory grows with the square of the boxes of an image.
    #[must_use]
    pub fn matrices(&self) -> Matrices {
        let (starts, images) = (self.starts(), self.dataset.images());
        let of_all = |value: &(dyn Fn(&Corners, &Corners) -> f64 + Sync)| {
            let mut matrix = filled(starts[images], 0.0);
            parallel::each(0..images, &mut matrix, &|image| starts[image], &|(), index, out| {
                let image = self.dataset.image(index);
                for (entry, out) in out.iter_mut().enumerate() {
                    let (n, j) = (entry / image.predictions.len(), entry % image.predictions.len());
                    if j == 0 {
                        check_stop_before(image.predictions.len());
                    }
                    *out = value(&image.annotations.corners(n), &image.predictions.corners(j));
                }
            });
            matrix
        };
        Matrices { similarity: of_all(&|a, b| self.similarity.of(a, b)), iou: of_all(&iou) }
    }

    fn count_of_image(&self, index: usize) -> usize {
        let image = self.dataset.image(index);
        image.annotations.len() * image.predictions.len()
    }

    /// Where the pairs of each image begin, and the number of all.
    fn starts(&self) -> Vec<usize> {
        let mut starts = vec![0];
        for index in 0..self.dataset.images() {
            starts.push(starts[index] + self.count_of_image(index));
        }
        starts
    }
}

/// A box with what every pair that it is in needs of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) corners: Corners,
    centre: [f64; 2],
    area: f64,
}

impl Placed {
    #[inline]
    fn of<T: Into<f64>>([x1, y1, x2, y2]: [T; 4]) -> Self {
        let corners = [x1.into(), y1.into(), x2.into(), y2.into()];
        Self { corners, centre: centre(&corners), area: area(&corners) }
    }
}

/// A prediction of one image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prediction {
    pub(crate) placed: Placed,
    pub(crate) class: i32,
    pub(crate) score: f64,
    /// Its row in the image.
    pub(crate) row: u32,
}

/// The pairs of one image: its annotations that are not ignored and its predictions that score high enough, copied side by
/// side in double precision. One is loaded with image after image, so that none allocates.
#[derive(Debug, Default)]
pub(crate) struct ImagePairs<'a> {
    pub(crate) annotations: Vec<Placed>,
    pub(crate) annotation_class: Vec<i32>,
    /// Row of each of these annotations in the image.
    pub(crate) annotation_row: Vec<u32>,
    pub(crate) predictions: Vec<Prediction>,
    /// Row of each of these predictions in the image.
    selected: Vec<u32>,
    ignored: Option<Ignored<'a>>,
    pub(crate) similarity: Similarity,
    given_similarity: Option<&'a [f64]>,
    given_iou: Option<&'a [f64]>,
    all_predictions: usize,
}

impl<'a> ImagePairs<'a> {
    /// Loads an image with its predictions of at least `min_score`.
    pub(crate) fn load(&mut self, pairs: &Pairs<'a>, index: usize, min_score: f64) {
        let image = pairs.dataset.image(index);
        let predictions = image.predictions;
        self.load_annotations(&image);
        self.selected.clear();
        match predictions.score {
            Floats::F32(scores) => {
                select(scores.iter().map(|&score| f64::from(score) >= min_score), &mut self.selected)
            }
            Floats::F64(scores) => select(scores.iter().map(|&score| score >= min_score), &mut self.selected),
        }
        match predictions.xyxy {
            Floats::F32(values) => self.load_predictions(&predictions, values.as_chunks().0),
            Floats::F64(values) => self.load_predictions(&predictions, values.as_chunks().0),
        }
        self.similarity = pairs.similarity;
        self.all_predictions = predictions.len();
        self.ignored = image.ignored;
        if let Some(given) = &pairs.given {
            let entries = given.starts[index]..given.starts[index + 1];
            self.given_similarity = Some(&given.similarity[entries.clone()]);
            self.given_iou = given.iou.map(|iou| &iou[entries]);
        }
    }

    /// Loads the selected predictions.
    #[inline]
    fn load_predictions<T: Copy + Into<f64>>(&mut self, predictions: &ImageBoxes, corners: &[[T; 4]]) {
        self.predictions.clear();
        self.predictions.extend(self.selected.iter().map(|&row| Prediction {
            placed: Placed::of(corners[row as usize]),
            class: predictions.class_id[row as usize],
            score: predictions.score.get(row as usize),
            row,
        }));
    }

    /// Loads the annotations that are not ignored.
    #[inline]
    fn load_annotations(&mut self, image: &DatasetImage) {
        let annotations = image.annotations;
        self.annotation_row.clear();
        match image.ignored {
            None => self.annotation_row.extend(0..annotations.len() as u32),
            Some(_) => select((0..annotations.len()).map(|row| !image.ignores(row)), &mut self.annotation_row),
        }
        match annotations.xyxy {
            Floats::F32(values) => take(values.as_chunks().0, &self.annotation_row, &mut self.annotations, Placed::of),
            Floats::F64(values) => take(values.as_chunks().0, &self.annotation_row, &mut self.annotations, Placed::of),
        }
        take(annotations.class_id, &self.annotation_row, &mut self.annotation_class, |class| class);
    }

    /// Whether prediction `j` lies in an ignored annotation.
    #[inline]
    pub(crate) fn lies_in_ignored(&self, j: usize) -> bool {
        self.ignored.is_some_and(|ignored| ignored.covers(&self.predictions[j].placed.corners))
    }

    /// IoU of annotation `n` and prediction `j`.
    #[inline]
    pub(crate) fn iou(&self, n: usize, j: usize) -> f64 {
        if let Some(matrix) = self.given_iou {
            return matrix[self.entry(n, j)];
        }
        let (a, b) = (&self.annotations[n], &self.predictions[j].placed);
        match intersection(&a.corners, &b.corners) {
            0.0 => 0.0,
            shared => iou_of_areas(shared, a.area, b.area),
        }
    }

    #[inline]
    fn squared_distance(&self, n: usize, j: usize) -> f64 {
        squared_distance(self.annotations[n].centre, self.predictions[j].placed.centre)
    }

    /// Where the given matrices of the image have this pair.
    #[inline]
    fn entry(&self, n: usize, j: usize) -> usize {
        self.annotation_row[n] as usize * self.all_predictions + self.predictions[j].row as usize
    }
}

/// The greatest similarity of some pairs. Those that cannot be it need no exponential.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Greatest {
    similarity: f64,
    /// The least squared distance of the pairs that do not overlap: only the nearest of them counts.
    nearest: f64,
}

impl Greatest {
    pub(crate) const OF_NONE: Self = Self { similarity: f64::NEG_INFINITY, nearest: f64::INFINITY };

    /// Adds annotation `n` and prediction `j`, which have this IoU.
    #[inline]
    pub(crate) fn add(&mut self, pairs: &ImagePairs, n: usize, j: usize, iou: f64) {
        if let Some(matrix) = pairs.given_similarity {
            self.similarity = larger(self.similarity, matrix[pairs.entry(n, j)]);
        } else if iou == 0.0 {
            self.nearest = smaller(self.nearest, pairs.squared_distance(n, j));
        } else if pairs.similarity.at_most(iou) > self.similarity {
            self.similarity = larger(self.similarity, pairs.similarity.blend(iou, pairs.squared_distance(n, j)));
        }
    }

    /// The greatest of what was added; None if nothing was.
    #[inline]
    pub(crate) fn get(self, similarity: Similarity) -> Option<f64> {
        let mut greatest = self.similarity;
        if self.nearest < f64::INFINITY && similarity.at_most(0.0) > greatest {
            greatest = larger(greatest, similarity.blend(0.0, self.nearest));
        }
        (greatest > f64::NEG_INFINITY).then_some(greatest)
    }
}
