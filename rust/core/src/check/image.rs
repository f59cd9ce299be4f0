//! One image prepared for checking: its annotations, its highest-scored predictions, its ignored annotations.

use std::cmp::Ordering;

use crate::boxes::{Floats, ImageBoxes, take, without_negative_zero};
use crate::check::class_counts::SIZE_BINS;
use crate::check::detector::DetectorModel;
use crate::check::score_bins::score_position;
use crate::dataset::is_mostly_in;
use crate::dataset::{Dataset, DatasetImage};
use crate::geometry::Corners;
use crate::overlaps::{NOTHING, OverlapIndex, PreparedBoxes, surround};

/// At most so many predictions of an image take part, those with the highest scores.
pub(crate) const PREDICTIONS: usize = 300;

/// 2^-0.000002: boxes are taken to be smaller by this factor, so that exact halvings of the side survive rounding.
const ROUNDING: f64 = 0.999_998_613_706_599_8;

/// One image. It is loaded with image after image, so that none allocates.
///
/// Annotations are those not ignored. Annotations and predictions stand in the order of their rows.
#[derive(Debug, Default)]
pub(crate) struct ImageData {
    pub(crate) annotations: PreparedBoxes,
    pub(crate) annotation_class: Vec<u32>,
    /// Row of each annotation in the image.
    pub(crate) annotation_row: Vec<u32>,
    /// Only in pass 2.
    pub(crate) predictions: PreparedBoxes,
    /// Finds the predictions that overlap a box.
    pub(crate) index: OverlapIndex,
    /// The annotations, to be searched.
    pub(crate) annotation_index: OverlapIndex,
    pub(crate) prediction_class: Vec<u32>,
    pub(crate) score: Vec<f64>,
    /// Only in pass 2.
    pub(crate) confidence: Vec<f64>,
    confidence_places: Vec<[u32; 2]>,
    /// Row of each prediction in the image.
    pub(crate) prediction_row: Vec<u32>,
    /// Whether each prediction lies in an ignored annotation; empty if none is ignored.
    in_ignored: Vec<bool>,
    /// Whether the class of each prediction was not looked for in the image; empty if all classes were.
    unverified: Vec<bool>,
    ignored: PreparedBoxes,
    ignored_row: Vec<u32>,
    /// The box around all annotations and predictions.
    pub(crate) frame: Corners,
    /// Whether the detector was not run on the image, so that its silence says nothing.
    pub(crate) not_run: bool,
}

impl ImageData {
    /// Loads an image for pass 1.
    pub(crate) fn load(&mut self, dataset: &Dataset, index: usize) {
        let image = dataset.image(index);
        self.list_rows(&image);
        self.load_scores(&image.predictions);
        self.load_rows(&image);
        self.index.load(image.predictions.xyxy, &self.prediction_row, &self.frame);
    }

    /// Loads an image for pass 2: with the predictions whose confidence is not negligible, and their confidence.
    pub(crate) fn load_kept(&mut self, dataset: &Dataset, index: usize, model: &DetectorModel) {
        let image = dataset.image(index);
        self.load_seen(&image, model);
        self.load_rows(&image);
        self.index.load_each(self.predictions.all().iter().copied(), &self.frame);
        self.annotation_index.load_each(self.annotations.all().iter().copied(), &self.frame);
    }

    /// Loads these predictions alone.
    pub(crate) fn load_seen(&mut self, image: &DatasetImage, model: &DetectorModel) {
        self.list_rows(image);
        let predictions = image.predictions;
        match predictions.score {
            Floats::F32(score) => self.load_confident(model, predictions.class_id, score),
            Floats::F64(score) => self.load_confident(model, predictions.class_id, score),
        }
        self.predictions.load(predictions.xyxy, &self.prediction_row);
    }

    /// Drops the predictions listed whose confidence is negligible, and loads classes, scores and confidences of the others.
    fn load_confident<T: Copy + Into<f64>>(&mut self, model: &DetectorModel, classes: &[i32], scores: &[T]) {
        let Self { prediction_row: rows, prediction_class, score, confidence, confidence_places: places, .. } = self;
        keep(rows, |row| model.may_be_kept(classes[row as usize] as u32, without_negative_zero(scores[row as usize])));
        // In loops of their own, so that the processor waits for the models of many classes at once.
        take(classes, rows, prediction_class, |class| class as u32);
        take(scores, rows, score, without_negative_zero);
        confidence.clear();
        confidence.extend(score.iter().map(|&score| score_position(score)));
        places.clear();
        let positions = prediction_class.iter().zip(&*confidence);
        places.extend(positions.map(|(&class, &position)| model.confidence_places(class, position)));
        let places = places.iter();
        confidence.iter_mut().zip(places).for_each(|(value, &places)| *value = model.confidence_at(*value, places));
        if confidence.contains(&0.0) {
            self.drop_negligible();
        }
    }

    /// Drops the predictions of no confidence.
    fn drop_negligible(&mut self) {
        let Self { prediction_row: rows, prediction_class, score, confidence, .. } = self;
        let mut count = 0;
        for at in 0..rows.len() {
            rows[count] = rows[at];
            prediction_class[count] = prediction_class[at];
            score[count] = score[at];
            confidence[count] = confidence[at];
            count += usize::from(confidence[at] > 0.0);
        }
        rows.truncate(count);
        prediction_class.truncate(count);
        score.truncate(count);
        confidence.truncate(count);
    }

    /// Lists the rows that take part, and measures the frame.
    fn list_rows(&mut self, image: &DatasetImage) {
        let (annotations, predictions) = (image.annotations, image.predictions);
        self.not_run = image.not_run;
        self.annotation_row.clear();
        self.ignored_row.clear();
        if image.ignored.is_some() {
            for row in 0..annotations.len() {
                let rows = if image.ignores(row) { &mut self.ignored_row } else { &mut self.annotation_row };
                rows.push(row as u32);
            }
        } else {
            self.annotation_row.extend(0..annotations.len() as u32);
        }
        self.prediction_row.clear();
        self.prediction_row.extend(0..predictions.len() as u32);
        if predictions.len() > PREDICTIONS {
            let by_score = |&a: &u32, &b: &u32| {
                let score = |row: u32| predictions.score(row as usize);
                score(b).total_cmp(&score(a)).then(a.cmp(&b))
            };
            self.prediction_row.select_nth_unstable_by(PREDICTIONS, by_score);
            self.prediction_row.truncate(PREDICTIONS);
            self.prediction_row.sort_unstable();
        }
        let around = surround(annotations.xyxy, &self.annotation_row, NOTHING);
        self.frame = surround(predictions.xyxy, &self.prediction_row, around);
    }

    /// Loads the rows listed.
    fn load_rows(&mut self, image: &DatasetImage) {
        let (annotations, predictions) = (image.annotations, image.predictions);
        take(annotations.class_id, &self.annotation_row, &mut self.annotation_class, |class| class as u32);
        self.annotations.load(annotations.xyxy, &self.annotation_row);
        self.ignored.load(annotations.xyxy, &self.ignored_row);
        self.find_ignored(&predictions);
        self.unverified.clear();
        if image.verified.is_some() {
            self.unverified.extend(self.prediction_class.iter().map(|&class| !image.verifies(class as i32)));
        }
    }

    /// Loads the classes and scores of the predictions listed.
    fn load_scores(&mut self, predictions: &ImageBoxes) {
        let Self { prediction_row: rows, prediction_class, score, .. } = self;
        take(predictions.class_id, rows, prediction_class, |class| class as u32);
        match predictions.score {
            Floats::F32(values) => take(values, rows, score, without_negative_zero),
            Floats::F64(values) => take(values, rows, score, without_negative_zero),
        }
    }

    fn find_ignored(&mut self, predictions: &ImageBoxes) {
        self.in_ignored.clear();
        if self.ignored.len() == 0 {
            return;
        }
        self.in_ignored.extend(self.prediction_row.iter().map(|&row| {
            let prediction = predictions.corners(row as usize);
            (0..self.ignored.len()).any(|n| is_mostly_in(&prediction, &self.ignored.corners(n)))
        }));
    }

    /// Whether there are no ignored annotations, and all classes were looked for.
    #[inline]
    pub(crate) fn judges_all(&self) -> bool {
        self.in_ignored.is_empty() && self.unverified.is_empty()
    }

    /// Whether a prediction lies mostly in an ignored annotation.
    #[inline]
    pub(crate) fn is_ignored(&self, prediction: usize) -> bool {
        self.in_ignored.get(prediction).copied().unwrap_or(false)
    }

    /// Whether the class of a prediction was not looked for in the image: then nobody knows if the prediction is right.
    #[inline]
    pub(crate) fn is_unverified(&self, prediction: usize) -> bool {
        self.unverified.get(prediction).copied().unwrap_or(false)
    }

    /// Orders predictions by falling score, equal ones as given.
    #[inline]
    pub(crate) fn by_score(&self, a: usize, b: usize) -> Ordering {
        self.score[b].total_cmp(&self.score[a]).then(a.cmp(&b))
    }

    /// Orders two sets of predictions of the same image; equal are only those that are the same.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let by_score = self.score.iter().zip(&other.score).map(|(a, b)| a.total_cmp(b));
        let sides = |image: &Self| image.predictions.all().iter().flatten().copied().collect::<Vec<f64>>();
        let by_side = || sides(self).iter().zip(sides(other)).map(|(a, b)| a.total_cmp(&b)).find(|order| order.is_ne());
        let lengths = self.score.len().cmp(&other.score.len());
        lengths
            .then_with(|| by_score.fold(Ordering::Equal, Ordering::then))
            .then_with(|| self.prediction_class.cmp(&other.prediction_class))
            .then_with(|| by_side().unwrap_or(Ordering::Equal))
    }

    /// The size bin of an annotation: how often its side can be doubled before it fills the frame, at most 6. An
    /// annotation without area is in the last bin.
    pub(crate) fn size(&self, annotation: usize) -> usize {
        let area = self.annotations.area(annotation);
        let whole = (self.frame[2] - self.frame[0]) * (self.frame[3] - self.frame[1]);
        let filling = (1..SIZE_BINS).filter(|&times| area * ((1_u64 << (2 * times)) as f64 * ROUNDING) <= whole);
        filling.count()
    }
}

/// Keeps the rows that are wanted; without a branch, since which are can hardly be predicted.
fn keep(rows: &mut Vec<u32>, wanted: impl Fn(u32) -> bool) {
    let mut count = 0;
    for at in 0..rows.len() {
        let row = rows[at];
        rows[count] = row;
        count += usize::from(wanted(row));
    }
    rows.truncate(count);
}
