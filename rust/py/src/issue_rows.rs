//! The rows of a table of issues: what was found, and what the data set has of it.

use std::ops::Range;

use boxlint_core::Boxes;
use boxlint_core::check::Kind;

/// IoU up to which the search does not measure overlaps of missing objects.
const LEAST_IOU: f32 = 0.05;

/// What the columns are made of, on borrowed memory.
pub(crate) struct Source<'a> {
    pub(crate) image: &'a [u32],
    pub(crate) kind: &'a [u8],
    pub(crate) annotation: &'a [i32],
    pub(crate) prediction: &'a [i32],
    pub(crate) kept_annotation: &'a [i32],
    pub(crate) iou: &'a [f32],
    pub(crate) detectability: &'a [f32],
    pub(crate) annotations: Option<Boxes<'a>>,
    pub(crate) predictions: Option<Boxes<'a>>,
    pub(crate) sizes: Option<&'a [[f64; 2]]>,
    pub(crate) image_ids: Option<&'a [i64]>,
    pub(crate) annotation_ids: Option<&'a [i64]>,
    pub(crate) prediction_ids: Option<&'a [i64]>,
    pub(crate) category_ids: Option<&'a [i64]>,
}

/// What is known of a row: -1 and NaN where there is nothing.
pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) image: u32,
    /// Positions within the image.
    pub(crate) annotation_index: i32,
    pub(crate) prediction_index: i32,
    pub(crate) kept_index: i32,
    /// Positions among those of all images.
    pub(crate) annotation: i64,
    pub(crate) prediction: i64,
    pub(crate) kept: i64,
    pub(crate) given_class: i32,
    pub(crate) suggested_class: i32,
    pub(crate) kept_class: i32,
    pub(crate) score: f64,
    pub(crate) iou: f64,
    pub(crate) detectability: f64,
    pub(crate) given_box: [f64; 4],
    /// The corners that the annotation should have: those given if the class alone is wrong, none if it should be deleted,
    /// else those of the prediction, cut to the image.
    pub(crate) suggested_box: [f64; 4],
}

const NO_BOX: [f64; 4] = [f64::NAN; 4];

impl Source<'_> {
    /// What is known of some rows. What lies anywhere in memory is read in loops of their own: the processor then waits for
    /// many of these reads at once.
    pub(crate) fn rows(&self, piece: Range<usize>, with_boxes: bool) -> Vec<Row> {
        let Self { annotations, predictions, .. } = self;
        let mut rows: Vec<_> = piece.map(|at| self.row(at)).collect();
        rows.iter_mut().for_each(|row| row.given_class = class(annotations, row.annotation));
        rows.iter_mut().for_each(|row| row.kept_class = class(annotations, row.kept));
        rows.iter_mut().for_each(|row| row.suggested_class = class(predictions, row.prediction));
        if let Some(scores) = predictions.as_ref().and_then(Boxes::score) {
            let score = |at: i64| usize::try_from(at).map_or(f64::NAN, |at| scores.get(at));
            rows.iter_mut().for_each(|row| row.score = score(row.prediction));
        }
        if with_boxes {
            rows.iter_mut().for_each(|row| row.given_box = corners(annotations, row.annotation));
            rows.iter_mut().for_each(|row| row.suggested_box = corners(predictions, row.prediction));
        }
        rows.iter_mut().for_each(|row| self.suggest(row));
        rows
    }

    /// What needs no other memory than that of the row.
    #[inline]
    fn row(&self, at: usize) -> Row {
        let (kind, image) = (Kind::ALL[usize::from(self.kind[at])], self.image[at]);
        let [annotation_index, prediction_index, kept_index] =
            [self.annotation[at], self.prediction[at], self.kept_annotation[at]];
        let (iou, detectability) = (self.iou[at], f64::from(self.detectability[at]));
        let unmeasured = kind == Kind::Missing && iou <= LEAST_IOU;
        Row {
            kind,
            image,
            annotation_index,
            prediction_index,
            kept_index,
            annotation: in_image(&self.annotations, image, annotation_index),
            prediction: in_image(&self.predictions, image, prediction_index),
            kept: in_image(&self.annotations, image, kept_index),
            given_class: -1,
            suggested_class: -1,
            kept_class: -1,
            score: f64::NAN,
            iou: if unmeasured { f64::NAN } else { f64::from(iou) },
            // In single precision, more than six decimals are noise.
            detectability: (detectability * 1e6).round_ties_even() / 1e6,
            given_box: NO_BOX,
            suggested_box: NO_BOX,
        }
    }

    /// Makes what is suggested of what the prediction shows.
    #[inline]
    fn suggest(&self, row: &mut Row) {
        match row.kind {
            Kind::Swap => row.suggested_box = row.given_box,
            Kind::Missing | Kind::Badloc => {
                let size = self.sizes.and_then(|sizes| sizes.get(row.image as usize));
                row.suggested_box = size.map_or(row.suggested_box, |&size| cut(row.suggested_box, size));
            }
            Kind::Spurious | Kind::Duplicate => {}
        }
        if row.kind == Kind::Badloc {
            row.suggested_class = row.given_class;
        }
    }
}

/// Which of all boxes stands at a position in an image.
#[inline]
fn in_image(boxes: &Option<Boxes<'_>>, image: u32, position: i32) -> i64 {
    match boxes {
        Some(boxes) if position >= 0 => boxes.offsets()[image as usize] + i64::from(position),
        _ => -1,
    }
}

#[inline]
fn class(boxes: &Option<Boxes<'_>>, at: i64) -> i32 {
    boxes.as_ref().zip(usize::try_from(at).ok()).map_or(-1, |(boxes, at)| boxes.class_id()[at])
}

#[inline]
fn corners(boxes: &Option<Boxes<'_>>, at: i64) -> [f64; 4] {
    boxes.as_ref().zip(usize::try_from(at).ok()).map_or(NO_BOX, |(boxes, at)| boxes.xyxy().corners(at))
}

/// A box cut to an image, whose width and height are NaN where unknown; as it is where all of it lies outside.
fn cut(corners: [f64; 4], [width, height]: [f64; 2]) -> [f64; 4] {
    // Adding 0 makes -0.0 the 0.0 of the edge.
    let within = |at: f64, side: f64| if side.is_nan() { at } else { at.clamp(0.0, side) + 0.0 };
    let [x1, y1, x2, y2] = corners;
    let [left, top, right, bottom] = [within(x1, width), within(y1, height), within(x2, width), within(y2, height)];
    if right > left && bottom > top { [left, top, right, bottom] } else { corners }
}
