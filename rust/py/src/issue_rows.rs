//! The rows of a table of issues: what was found, and what the data set has of it.

use std::ops::Range;

use boxlint_core::check::Kind;
use boxlint_core::{Boxes, Floats};

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
    /// What is known of some rows. What lies anywhere in memory is read in loops of their own, as short as can be: the
    /// processor then waits for many of these reads at once.
    pub(crate) fn rows(&self, piece: Range<usize>, with_boxes: bool) -> Vec<Row> {
        let mut rows: Vec<_> = piece.map(|at| self.row(at)).collect();
        if let Some(annotations) = &self.annotations {
            let offsets = annotations.offsets();
            rows.iter_mut().for_each(|row| {
                row.annotation = in_image(offsets, row.image, row.annotation_index);
                row.kept = in_image(offsets, row.image, row.kept_index);
            });
            let classes = annotations.class_id();
            look_up(&mut rows, classes, |row| row.annotation, |row, class| row.given_class = class);
            look_up(&mut rows, classes, |row| row.kept, |row, class| row.kept_class = class);
        }
        if let Some(predictions) = &self.predictions {
            let offsets = predictions.offsets();
            rows.iter_mut().for_each(|row| row.prediction = in_image(offsets, row.image, row.prediction_index));
            look_up(&mut rows, predictions.class_id(), |row| row.prediction, |row, class| row.suggested_class = class);
            match predictions.score() {
                Some(Floats::F32(scores)) => {
                    look_up(&mut rows, scores, |row| row.prediction, |row, score| row.score = f64::from(score));
                }
                Some(Floats::F64(scores)) => {
                    look_up(&mut rows, scores, |row| row.prediction, |row, score| row.score = score);
                }
                None => {}
            }
        }
        if with_boxes {
            corners(&mut rows, &self.annotations, |row| row.annotation, |row, corners| row.given_box = corners);
            corners(&mut rows, &self.predictions, |row| row.prediction, |row, corners| row.suggested_box = corners);
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
            annotation: -1,
            prediction: -1,
            kept: -1,
            given_class: -1,
            suggested_class: -1,
            kept_class: -1,
            score: f64::NAN,
            iou: if unmeasured { f64::NAN } else { f64::from(iou) },
            // In single precision, more than six decimals are noise.
            detectability: rounded(detectability * 1e6) / 1e6,
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
fn in_image(offsets: &[i64], image: u32, position: i32) -> i64 {
    if position < 0 { -1 } else { offsets[image as usize] + i64::from(position) }
}

/// Reads for each row what stands at a position among all, if it has one. What is read does not depend on a branch, which
/// the processor would guess wrong half the time: it then waits for many of these reads at once.
#[inline]
fn look_up<T: Copy>(rows: &mut [Row], values: &[T], at: impl Fn(&Row) -> i64, keep: impl Fn(&mut Row, T)) {
    let Some(last) = values.len().checked_sub(1) else { return };
    // -1 becomes the last one: no position is below that, or above the last one.
    let read: Vec<T> = rows.iter().map(|row| values[(at(row) as usize).min(last)]).collect();
    for (row, value) in rows.iter_mut().zip(read) {
        if at(row) >= 0 {
            keep(row, value);
        }
    }
}

#[inline]
fn corners(rows: &mut [Row], boxes: &Option<Boxes<'_>>, at: impl Fn(&Row) -> i64, keep: impl Fn(&mut Row, [f64; 4])) {
    match boxes.as_ref().map(Boxes::xyxy) {
        Some(Floats::F32(values)) => {
            let wide = |[x1, y1, x2, y2]: [f32; 4]| [f64::from(x1), f64::from(y1), f64::from(x2), f64::from(y2)];
            look_up(rows, values.as_chunks().0, at, |row, corners| keep(row, wide(corners)));
        }
        Some(Floats::F64(values)) => look_up(rows, values.as_chunks().0, at, keep),
        None => {}
    }
}

/// A number rounded to the nearest integer, to an even one in the middle; exact below 2^51. Processors of long ago have no
/// instruction for that, and a call of the system's library takes longer.
#[inline]
fn rounded(number: f64) -> f64 {
    const ONE_BIT_LEFT: f64 = (1_u64 << (f64::MANTISSA_DIGITS - 1)) as f64;
    number + ONE_BIT_LEFT - ONE_BIT_LEFT
}

/// A box cut to an image, whose width and height are NaN where unknown; as it is where all of it lies outside.
fn cut(corners: [f64; 4], [width, height]: [f64; 2]) -> [f64; 4] {
    // Adding 0 makes -0.0 the 0.0 of the edge.
    let within = |at: f64, side: f64| if side.is_nan() { at } else { at.clamp(0.0, side) + 0.0 };
    let [x1, y1, x2, y2] = corners;
    let [left, top, right, bottom] = [within(x1, width), within(y1, height), within(x2, width), within(y2, height)];
    if right > left && bottom > top { [left, top, right, bottom] } else { corners }
}
