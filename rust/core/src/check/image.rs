//! What takes part of one image.

use std::cmp::Ordering;

use crate::boxes::{Floats, ImageBoxes};
use crate::check::detector::Tables;
use crate::check::statistics::SIZE_BINS;
use crate::dataset::{Dataset, DatasetImage};
use crate::geometry::{Corners, larger, smaller};
use crate::ignore::is_mostly_in;
use crate::overlaps::index::Columns;
use crate::overlaps::prepared::Sides;

/// Predictions of an image that take part: those of the highest scores.
const PREDICTIONS: usize = 300;

/// 2^-0.000002: a box is taken to be a hair smaller, for exact halvings of the side.
const HAIR: f64 = 0.999_998_613_706_599_8;

/// One image: the annotations that are judged and the predictions of the highest scores. One is loaded with image after
/// image, so that none allocates.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    pub(crate) annotations: Sides,
    pub(crate) class: Vec<u32>,
    /// Row of each annotation in the image.
    pub(crate) annotation_row: Vec<u32>,
    /// Only in pass 2.
    pub(crate) predictions: Sides,
    /// The predictions, to be searched.
    pub(crate) columns: Columns,
    pub(crate) predicted: Vec<u32>,
    pub(crate) score: Vec<f64>,
    /// Only in pass 2.
    pub(crate) confidence: Vec<f64>,
    /// Row of each prediction in the image.
    pub(crate) prediction_row: Vec<u32>,
    /// Whether each prediction lies in a region where nothing is judged; empty if there is no such region.
    ignored: Vec<bool>,
    regions: Sides,
    region_row: Vec<u32>,
    /// The box around all that takes part.
    pub(crate) frame: Corners,
}

impl Scene {
    /// Loads an image with all predictions that take part.
    pub(crate) fn load(&mut self, dataset: &Dataset, index: usize) {
        let image = dataset.image(index);
        self.list(&image);
        self.fill(&image);
    }

    /// Loads an image with the predictions that are heard, and their confidence.
    pub(crate) fn load_heard(&mut self, dataset: &Dataset, index: usize, tables: &Tables) {
        let image = dataset.image(index);
        self.list(&image);
        let DatasetImage { predictions, .. } = image;
        match predictions.score {
            Floats::F32(score) => self.keep_heard(tables, predictions.class_id, |row| f64::from(score[row])),
            Floats::F64(score) => self.keep_heard(tables, predictions.class_id, |row| score[row]),
        }
        self.predictions.load(predictions.xyxy, &self.prediction_row);
        self.fill(&image);
    }

    fn keep_heard(&mut self, tables: &Tables, classes: &[i32], score: impl Fn(usize) -> f64) {
        let Self { prediction_row: rows, confidence, .. } = self;
        let of = |row: u32| (classes[row as usize] as u32, score(row as usize));
        keep(rows, |_, row| {
            let (class, score) = of(row);
            tables.may_be_heard(class, score)
        });
        confidence.clear();
        confidence.extend(rows.iter().map(|&row| {
            let (class, score) = of(row);
            tables.confidence(class, score)
        }));
        keep(rows, |at, _| confidence[at] > 0.0);
        confidence.retain(|&confidence| confidence > 0.0);
    }

    /// Lists the rows that take part, and measures the frame.
    fn list(&mut self, &DatasetImage { annotations, predictions, ignored }: &DatasetImage) {
        self.annotation_row.clear();
        self.region_row.clear();
        if let Some(ignored) = ignored {
            for row in 0..annotations.len() {
                let rows = if ignored.contains(row) { &mut self.region_row } else { &mut self.annotation_row };
                rows.push(row as u32);
            }
        } else {
            self.annotation_row.extend(0..annotations.len() as u32);
        }
        self.prediction_row.clear();
        self.prediction_row.extend(0..predictions.len() as u32);
        if predictions.len() > PREDICTIONS {
            let by_score = |&a: &u32, &b: &u32| {
                let score = |row: u32| predictions.score.get(row as usize);
                score(b).total_cmp(&score(a)).then(a.cmp(&b))
            };
            self.prediction_row.select_nth_unstable_by(PREDICTIONS, by_score);
            self.prediction_row.truncate(PREDICTIONS);
            self.prediction_row.sort_unstable();
        }
        let nowhere = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let around = surround(annotations.xyxy, &self.annotation_row, nowhere);
        self.frame = surround(predictions.xyxy, &self.prediction_row, around);
    }

    /// Loads the rows listed.
    fn fill(&mut self, &DatasetImage { annotations, predictions, .. }: &DatasetImage) {
        let class = |classes: &[i32], rows: &[u32], out: &mut Vec<u32>| {
            out.clear();
            out.extend(rows.iter().map(|&row| classes[row as usize] as u32));
        };
        class(annotations.class_id, &self.annotation_row, &mut self.class);
        class(predictions.class_id, &self.prediction_row, &mut self.predicted);
        self.score.clear();
        match predictions.score {
            Floats::F32(score) => {
                self.score.extend(self.prediction_row.iter().map(|&row| f64::from(score[row as usize])))
            }
            Floats::F64(score) => self.score.extend(self.prediction_row.iter().map(|&row| score[row as usize])),
        }
        self.annotations.load(annotations.xyxy, &self.annotation_row);
        self.columns.load(predictions.xyxy, &self.prediction_row);
        self.regions.load(annotations.xyxy, &self.region_row);
        self.find_ignored(&predictions);
    }

    /// Whether a prediction lies in a region where nothing is judged.
    #[inline]
    pub(crate) fn is_ignored(&self, prediction: usize) -> bool {
        self.ignored.get(prediction).copied().unwrap_or(false)
    }

    /// Predictions by falling score, equal ones as given.
    #[inline]
    pub(crate) fn by_score(&self, a: usize, b: usize) -> Ordering {
        self.score[b].total_cmp(&self.score[a]).then(a.cmp(&b))
    }

    /// How often the side of an annotation can be doubled before it fills the image, at most 6; without area: 6.
    pub(crate) fn size(&self, annotation: usize) -> usize {
        let area = self.annotations.area(annotation);
        let whole = (self.frame[2] - self.frame[0]) * (self.frame[3] - self.frame[1]);
        if area > 0.0 && whole > 0.0 {
            let filling = (1..SIZE_BINS).filter(|&times| area * ((1_u64 << (2 * times)) as f64 * HAIR) <= whole);
            filling.count()
        } else {
            SIZE_BINS - 1
        }
    }

    fn find_ignored(&mut self, predictions: &ImageBoxes) {
        self.ignored.clear();
        if self.regions.len() == 0 {
            return;
        }
        self.ignored.extend(self.prediction_row.iter().map(|&row| {
            let prediction = predictions.corners(row as usize);
            (0..self.regions.len()).any(|region| is_mostly_in(&prediction, &self.regions.corners(region)))
        }));
    }
}

/// Keeps the rows that are wanted; without a branch, since which are can hardly be predicted.
fn keep(rows: &mut Vec<u32>, wanted: impl Fn(usize, u32) -> bool) {
    let mut count = 0;
    for at in 0..rows.len() {
        let row = rows[at];
        rows[count] = row;
        count += usize::from(wanted(at, row));
    }
    rows.truncate(count);
}

/// Extends `around` so that it surrounds the boxes in `rows`, inverted ones too.
fn surround(xyxy: Floats, rows: &[u32], around: Corners) -> Corners {
    match xyxy {
        Floats::F32(values) => surround_from(values.as_chunks().0, rows, around),
        Floats::F64(values) => surround_from(values.as_chunks().0, rows, around),
    }
}

fn surround_from<T: Copy + PartialOrd + Into<f64>>(boxes: &[[T; 4]], rows: &[u32], around: Corners) -> Corners {
    let Some(&first) = rows.first() else { return around };
    let (mut least, mut greatest) = (boxes[first as usize], boxes[first as usize]);
    for &row in rows {
        let corners = boxes[row as usize];
        for side in 0..4 {
            least[side] = if corners[side] < least[side] { corners[side] } else { least[side] };
            greatest[side] = if corners[side] > greatest[side] { corners[side] } else { greatest[side] };
        }
    }
    let (least, greatest) = (least.map(Into::into), greatest.map(Into::into));
    let low = |axis: usize| smaller(around[axis], smaller(least[axis], least[axis + 2]));
    let high = |axis: usize| larger(around[axis + 2], larger(greatest[axis], greatest[axis + 2]));
    [low(0), low(1), high(0), high(1)]
}
