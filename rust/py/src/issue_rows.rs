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

/// What is known of some rows, a column each: -1 and NaN where there is nothing.
pub(crate) struct Piece<'a> {
    pub(crate) image: &'a [u32],
    /// Positions within the image.
    pub(crate) annotation_index: &'a [i32],
    pub(crate) prediction_index: &'a [i32],
    pub(crate) kept_index: &'a [i32],
    /// Positions among those of all images.
    pub(crate) annotation: Vec<i64>,
    pub(crate) prediction: Vec<i64>,
    pub(crate) kept: Vec<i64>,
    pub(crate) given_class: Vec<i32>,
    pub(crate) suggested_class: Vec<i32>,
    pub(crate) kept_class: Vec<i32>,
    pub(crate) score: Vec<f64>,
    pub(crate) iou: Vec<f64>,
    pub(crate) detectability: Vec<f64>,
    /// Empty if boxes are not asked for.
    pub(crate) given_box: Vec<[f64; 4]>,
    /// The corners that the annotation should have: those given if the class alone is wrong, none if it should be deleted,
    /// else those of the prediction, cut to the image.
    pub(crate) suggested_box: Vec<[f64; 4]>,
}

const NO_BOX: [f64; 4] = [f64::NAN; 4];

impl Source<'_> {
    /// What is known of some rows. What lies anywhere in memory is read in loops of their own, as short as can be: the
    /// processor then waits for many of these reads at once.
    pub(crate) fn rows(&self, rows: Range<usize>, with_boxes: bool) -> Piece<'_> {
        let (image, kinds) = (&self.image[rows.clone()], &self.kind[rows.clone()]);
        let (annotation_index, prediction_index, kept_index) =
            (&self.annotation[rows.clone()], &self.prediction[rows.clone()], &self.kept_annotation[rows.clone()]);
        let (annotations, predictions) = (self.annotations.as_ref(), self.predictions.as_ref());
        let annotation = among_all(annotations, image, annotation_index);
        let prediction = among_all(predictions, image, prediction_index);
        let kept = among_all(annotations, image, kept_index);
        let score = match predictions.and_then(Boxes::score) {
            Some(Floats::F32(scores)) => wide(&look_up(scores, &prediction, f32::NAN)),
            Some(Floats::F64(scores)) => look_up(scores, &prediction, f64::NAN),
            None => vec![f64::NAN; kinds.len()],
        };
        let of_annotations = annotations.map_or(&[][..], Boxes::class_id);
        let mut piece = Piece {
            image,
            annotation_index,
            prediction_index,
            kept_index,
            given_class: look_up(of_annotations, &annotation, -1),
            suggested_class: look_up(predictions.map_or(&[][..], Boxes::class_id), &prediction, -1),
            kept_class: look_up(of_annotations, &kept, -1),
            score,
            iou: self.overlaps(rows.clone()),
            // In single precision, more than six decimals are noise.
            detectability: self.detectability[rows].iter().map(|&one| rounded(f64::from(one) * 1e6) / 1e6).collect(),
            given_box: if with_boxes { corners(annotations, &annotation) } else { Vec::new() },
            suggested_box: if with_boxes { corners(predictions, &prediction) } else { Vec::new() },
            annotation,
            prediction,
            kept,
        };
        self.suggest(kinds, &mut piece);
        piece
    }

    /// The IoU of each row, where it was measured.
    fn overlaps(&self, rows: Range<usize>) -> Vec<f64> {
        let unmeasured = |kind: u8, iou: f32| kind == Kind::Missing as u8 && iou <= LEAST_IOU;
        let rows = self.kind[rows.clone()].iter().zip(&self.iou[rows]);
        rows.map(|(&kind, &iou)| if unmeasured(kind, iou) { f64::NAN } else { f64::from(iou) }).collect()
    }

    /// Makes what is suggested of what the predictions show.
    fn suggest(&self, kinds: &[u8], piece: &mut Piece) {
        for ((&kind, suggested), &given) in kinds.iter().zip(&mut piece.suggested_class).zip(&piece.given_class) {
            *suggested = if kind == Kind::Badloc as u8 { given } else { *suggested };
        }
        for ((&kind, suggested), given) in kinds.iter().zip(&mut piece.suggested_box).zip(&piece.given_box) {
            // Which of two is known without a branch, which the processor would guess wrong.
            *suggested = [*suggested, *given][usize::from(kind == Kind::Swap as u8)];
        }
        let Some(sizes) = self.sizes else { return };
        for ((&kind, suggested), &image) in kinds.iter().zip(&mut piece.suggested_box).zip(piece.image) {
            let size = sizes.get(image as usize);
            if let Some(&size) = size.filter(|_| kind == Kind::Missing as u8 || kind == Kind::Badloc as u8) {
                *suggested = cut(*suggested, size);
            }
        }
    }
}

/// Which of all boxes stands at each position in an image, -1 for none.
fn among_all(boxes: Option<&Boxes<'_>>, images: &[u32], positions: &[i32]) -> Vec<i64> {
    let Some(boxes) = boxes else { return vec![-1; positions.len()] };
    let offsets = boxes.offsets();
    let of_images = images.iter().zip(positions).map(|(&image, &position)| (offsets[image as usize], position));
    of_images.map(|(first, position)| if position < 0 { -1 } else { first + i64::from(position) }).collect()
}

/// What stands at each position among all, `nothing` for none. What is read does not depend on a branch, which the
/// processor would guess wrong half the time: it then waits for many of these reads at once.
fn look_up<T: Copy>(values: &[T], positions: &[i64], nothing: T) -> Vec<T> {
    let Some(last) = values.len().checked_sub(1) else { return vec![nothing; positions.len()] };
    // -1 becomes the last one: no position is below that, or above the last one.
    let mut read: Vec<T> = positions.iter().map(|&at| values[(at as usize).min(last)]).collect();
    for (value, &at) in read.iter_mut().zip(positions) {
        *value = if at < 0 { nothing } else { *value };
    }
    read
}

fn corners(boxes: Option<&Boxes<'_>>, positions: &[i64]) -> Vec<[f64; 4]> {
    match boxes.map(Boxes::xyxy) {
        Some(Floats::F32(values)) => {
            let read = look_up(values.as_chunks().0, positions, [f32::NAN; 4]);
            read.into_iter().map(|corners| corners.map(f64::from)).collect()
        }
        Some(Floats::F64(values)) => look_up(values.as_chunks().0, positions, NO_BOX),
        None => vec![NO_BOX; positions.len()],
    }
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
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
