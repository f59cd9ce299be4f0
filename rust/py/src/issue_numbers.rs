//! The columns of numbers of a table of issues, made of the rows that were found and of the data set.

use boxlint_core::Boxes;
use boxlint_core::check::Kind;
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use rayon::prelude::*;

use crate::columns::{Borrowed, Columns};
use crate::threads;

type Vector<'py, T> = PyReadonlyArray1<'py, T>;

/// Rows that a thread does at a time: what is known of them stays in cache while columns are made of it.
const PIECE: usize = 1 << 8;

/// IoU up to which the search does not measure overlaps of missing objects.
const LEAST_IOU: f32 = 0.05;

/// Rows of a table: those that [`CheckResult`](crate::check::CheckResult) has, or some of them.
#[derive(FromPyObject)]
pub(crate) struct Rows<'py> {
    image: Vector<'py, u32>,
    kind: Vector<'py, u8>,
    annotation: Vector<'py, i32>,
    prediction: Vector<'py, i32>,
    kept_annotation: Vector<'py, i32>,
    iou: Vector<'py, f32>,
    detectability: Vector<'py, f32>,
}

/// What the data set has, as a dict in Python; None for what it has not, and for ids that are texts. Without a data set,
/// the columns that do not come from it can be made.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Given<'py> {
    annotations: Option<Bound<'py, Columns>>,
    predictions: Option<Bound<'py, Columns>>,
    image_sizes: Option<PyReadonlyArray2<'py, f64>>,
    image_ids: Option<Vector<'py, i64>>,
    annotation_ids: Option<Vector<'py, i64>>,
    prediction_ids: Option<Vector<'py, i64>>,
    category_ids: Option<Vector<'py, i64>>,
}

/// For each name a column of numbers, and where there is none. Boxes are four numbers a row, as `given_box` and
/// `suggested_box`; or their sides are columns, such as `given_x1`.
#[pyfunction]
pub(crate) fn issue_numbers<'py>(
    py: Python<'py>,
    rows: Rows<'py>,
    given: Given<'py>,
    names: Vec<String>,
) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    let annotations = given.annotations.as_ref().map(|columns| columns.get().borrow(py)).transpose()?;
    let predictions = given.predictions.as_ref().map(|columns| columns.get().borrow(py)).transpose()?;
    let sizes = given.image_sizes.as_ref().map(|sizes| sizes.as_slice()).transpose()?;
    let source = Source {
        image: rows.image.as_slice()?,
        kind: rows.kind.as_slice()?,
        annotation: rows.annotation.as_slice()?,
        prediction: rows.prediction.as_slice()?,
        kept_annotation: rows.kept_annotation.as_slice()?,
        iou: rows.iou.as_slice()?,
        detectability: rows.detectability.as_slice()?,
        annotations: annotations.as_ref().map(Borrowed::boxes).transpose()?,
        predictions: predictions.as_ref().map(Borrowed::boxes).transpose()?,
        sizes: sizes.map(|sizes| sizes.as_chunks().0),
        image_ids: slice(&given.image_ids)?,
        annotation_ids: slice(&given.annotation_ids)?,
        prediction_ids: slice(&given.prediction_ids)?,
        category_ids: slice(&given.category_ids)?,
    };
    let count = source.kind.len();
    let lengths = [source.annotation.len(), source.prediction.len(), source.kept_annotation.len(), source.image.len()];
    if lengths.iter().chain([&source.iou.len(), &source.detectability.len()]).any(|&length| length != count) {
        return Err(PyValueError::new_err("the rows are not of one length"));
    }
    let columns = names.iter().map(|name| column(name, &source).ok_or_else(|| PyKeyError::new_err(name.clone())));
    let mut columns = columns.collect::<PyResult<Vec<_>>>()?;
    let with_boxes = names.iter().any(|name| BOXES.iter().any(|of| name.starts_with(of)));
    threads::detached(py, || fill(&mut columns, &source, with_boxes))?;
    // Ids that the data set does not have are one column, which all of them share.
    let mut empty = None;
    let arrays = columns.into_iter().map(|made| match made {
        Some(made) => made.into_arrays(py),
        None => Ok(empty.get_or_insert_with(|| nothing(py, count)).clone()),
    });
    arrays.collect()
}

/// How the names of columns of boxes begin, and the sides of a box.
const BOXES: [&str; 2] = ["given_", "suggested_"];
const SIDES: [&str; 4] = ["x1", "y1", "x2", "y2"];

fn slice<'a>(column: &'a Option<Vector<'_, i64>>) -> PyResult<Option<&'a [i64]>> {
    Ok(column.as_ref().map(|column| column.as_slice()).transpose()?)
}

/// A column of integers without any.
fn nothing(py: Python<'_>, rows: usize) -> (Bound<'_, PyAny>, Bound<'_, PyAny>) {
    (PyArray1::from_vec(py, vec![-1_i64; rows]).into_any(), PyArray1::from_vec(py, vec![true; rows]).into_any())
}

/// Makes all columns in one pass over the rows: what they are made of lies anywhere in memory.
fn fill(columns: &mut [Option<Made>], source: &Source, with_boxes: bool) {
    let rows = source.kind.len();
    let mut parts: Vec<_> = columns.iter_mut().flatten().map(|made| made.parts().into_iter()).collect();
    let pieces: Vec<(_, Vec<_>)> = threads::blocks(0..rows, PIECE)
        .map(|piece| (piece, parts.iter_mut().filter_map(Iterator::next).collect()))
        .collect();
    pieces.into_par_iter().for_each(|(piece, parts)| {
        let rows: Vec<_> = piece.map(|at| source.row(at, with_boxes)).collect();
        parts.into_iter().for_each(|part| part(&rows));
    });
}

/// A column, with -1 and NaN where there is nothing.
enum Made<'a> {
    Ints(Output<'a, i64>),
    Floats(Output<'a, f64>),
    Boxes(Output<'a, [f64; 4]>),
}

/// The numbers of a column, where there is none, and what writes both for some rows.
struct Output<'a, T> {
    numbers: Vec<T>,
    nothing: Vec<bool>,
    write: Box<Write<'a, T>>,
}

type Write<'a, T> = dyn Fn(&[Row], &mut [T], &mut [bool]) + Send + Sync + 'a;

/// Writes a part of a column, given its rows.
type Part<'a> = Box<dyn FnOnce(&[Row]) + Send + 'a>;

impl<'a, T: Copy + Default + Send + Sync + 'a> Output<'a, T> {
    fn new(rows: usize, none: T, value: impl Fn(&Row) -> Option<T> + Send + Sync + 'a) -> Self {
        let write = move |rows: &[Row], numbers: &mut [T], nothing: &mut [bool]| {
            for ((row, number), nothing) in rows.iter().zip(numbers).zip(nothing) {
                let value = value(row);
                *number = value.unwrap_or(none);
                *nothing = value.is_none();
            }
        };
        Self { numbers: vec![T::default(); rows], nothing: vec![false; rows], write: Box::new(write) }
    }

    fn parts(&mut self) -> Vec<Part<'_>> {
        let Self { numbers, nothing, write } = self;
        let parts = numbers.chunks_mut(PIECE).zip(nothing.chunks_mut(PIECE));
        let write = &*write;
        parts.map(|(numbers, nothing)| Box::new(move |rows: &[Row]| write(rows, numbers, nothing)) as Part).collect()
    }
}

impl Made<'_> {
    fn parts(&mut self) -> Vec<Part<'_>> {
        match self {
            Self::Ints(output) => output.parts(),
            Self::Floats(output) => output.parts(),
            Self::Boxes(output) => output.parts(),
        }
    }

    fn into_arrays(self, py: Python<'_>) -> PyResult<(Bound<'_, PyAny>, Bound<'_, PyAny>)> {
        Ok(match self {
            Self::Ints(made) => {
                (PyArray1::from_vec(py, made.numbers).into_any(), PyArray1::from_vec(py, made.nothing).into_any())
            }
            Self::Floats(made) => {
                (PyArray1::from_vec(py, made.numbers).into_any(), PyArray1::from_vec(py, made.nothing).into_any())
            }
            Self::Boxes(made) => {
                let shape = [made.numbers.len(), 4];
                let nothing: Vec<_> = made.nothing.into_iter().flat_map(|nothing| [nothing; 4]).collect();
                let corners = PyArray1::from_vec(py, made.numbers.into_flattened()).reshape(shape)?;
                (corners.into_any(), PyArray1::from_vec(py, nothing).reshape(shape)?.into_any())
            }
        })
    }
}

/// The column of a name, not made yet: None if there is no such column, and Some(None) for ids that the data set does not
/// have.
fn column<'a>(name: &str, source: &Source<'a>) -> Option<Option<Made<'a>>> {
    let rows = source.kind.len();
    Some(match name {
        "image_index" => ints(rows, |row| Some(i64::from(row.image))),
        "image_id" => ids(rows, source.image_ids, |row| i64::from(row.image)),
        "annotation_index" => ints(rows, |row| position(row.annotation_index)),
        "annotation_id" => ids(rows, source.annotation_ids, |row| row.annotation),
        "prediction_index" => ints(rows, |row| position(row.prediction_index)),
        "prediction_id" => ids(rows, source.prediction_ids, |row| row.prediction),
        "kept_annotation_index" => ints(rows, |row| position(row.kept_index)),
        "kept_annotation_id" => ids(rows, source.annotation_ids, |row| row.kept),
        "kept_class" => ints(rows, |row| position(row.kept_class)),
        "given_class" => ints(rows, |row| position(row.given_class)),
        "given_category_id" => ids(rows, source.category_ids, |row| i64::from(row.given_class)),
        "suggested_class" => ints(rows, |row| position(row.suggested_class)),
        "suggested_category_id" => ids(rows, source.category_ids, |row| i64::from(row.suggested_class)),
        "score" => floats(rows, |row| row.score),
        "iou" => floats(rows, |row| row.iou),
        "detectability" => floats(rows, |row| row.detectability),
        "given_box" => boxes(rows, |row| row.given_box),
        "suggested_box" => boxes(rows, |row| row.suggested_box),
        _ => {
            let side = SIDES.iter().position(|side| name.ends_with(side))?;
            match name.strip_suffix(SIDES[side])? {
                "given_" => floats(rows, move |row| row.given_box[side]),
                "suggested_" => floats(rows, move |row| row.suggested_box[side]),
                _ => return None,
            }
        }
    })
}

fn ints<'a>(rows: usize, value: impl Fn(&Row) -> Option<i64> + Send + Sync + 'a) -> Option<Made<'a>> {
    Some(Made::Ints(Output::new(rows, -1, value)))
}

/// The ids of what stands at a position, -1 for none, among all.
fn ids<'a>(rows: usize, ids: Option<&'a [i64]>, of: impl Fn(&Row) -> i64 + Send + Sync + 'a) -> Option<Made<'a>> {
    let ids = ids?;
    ints(rows, move |row| ids.get(usize::try_from(of(row)).ok()?).copied())
}

fn floats<'a>(rows: usize, value: impl Fn(&Row) -> f64 + Send + Sync + 'a) -> Option<Made<'a>> {
    Some(Made::Floats(Output::new(rows, f64::NAN, move |row| Some(value(row)).filter(|value| !value.is_nan()))))
}

fn boxes<'a>(rows: usize, value: impl Fn(&Row) -> [f64; 4] + Send + Sync + 'a) -> Option<Made<'a>> {
    let known = |corners: &[f64; 4]| !corners[0].is_nan();
    Some(Made::Boxes(Output::new(rows, NO_BOX, move |row| Some(value(row)).filter(known))))
}

/// What the columns are made of, on borrowed memory.
struct Source<'a> {
    image: &'a [u32],
    kind: &'a [u8],
    annotation: &'a [i32],
    prediction: &'a [i32],
    kept_annotation: &'a [i32],
    iou: &'a [f32],
    detectability: &'a [f32],
    annotations: Option<Boxes<'a>>,
    predictions: Option<Boxes<'a>>,
    sizes: Option<&'a [[f64; 2]]>,
    image_ids: Option<&'a [i64]>,
    annotation_ids: Option<&'a [i64]>,
    prediction_ids: Option<&'a [i64]>,
    category_ids: Option<&'a [i64]>,
}

/// What is known of a row: -1 and NaN where there is nothing.
struct Row {
    image: u32,
    /// Positions within the image.
    annotation_index: i32,
    prediction_index: i32,
    kept_index: i32,
    /// Positions among those of all images.
    annotation: i64,
    prediction: i64,
    kept: i64,
    given_class: i32,
    suggested_class: i32,
    kept_class: i32,
    score: f64,
    iou: f64,
    detectability: f64,
    given_box: [f64; 4],
    /// The corners that the annotation should have: those given if the class alone is wrong, none if it should be deleted,
    /// else those of the prediction, cut to the image.
    suggested_box: [f64; 4],
}

const NO_BOX: [f64; 4] = [f64::NAN; 4];

impl Source<'_> {
    #[inline]
    fn row(&self, at: usize, with_boxes: bool) -> Row {
        let Self { annotations, predictions, .. } = self;
        let (kind, image) = (Kind::ALL[usize::from(self.kind[at])], self.image[at]);
        let [annotation_index, prediction_index, kept_index] =
            [self.annotation[at], self.prediction[at], self.kept_annotation[at]];
        let annotation = in_image(annotations, image, annotation_index);
        let prediction = in_image(predictions, image, prediction_index);
        let kept = in_image(annotations, image, kept_index);
        let given_class = class(annotations, annotation);
        let suggested_class = match kind {
            Kind::Missing | Kind::Swap => class(predictions, prediction),
            Kind::Badloc => given_class,
            Kind::Spurious | Kind::Duplicate => -1,
        };
        let mut boxes = [NO_BOX; 2];
        if with_boxes {
            boxes[0] = corners(annotations, annotation);
            boxes[1] = match kind {
                Kind::Swap => boxes[0],
                Kind::Missing | Kind::Badloc => self.cut_to_image(corners(predictions, prediction), image),
                Kind::Spurious | Kind::Duplicate => NO_BOX,
            };
        }
        let scores = predictions.as_ref().and_then(Boxes::score);
        let score = scores.zip(usize::try_from(prediction).ok()).map(|(scores, at)| scores.get(at));
        let iou = self.iou[at];
        let unmeasured = kind == Kind::Missing && iou <= LEAST_IOU;
        let detectability = f64::from(self.detectability[at]);
        Row {
            image,
            annotation_index,
            prediction_index,
            kept_index,
            annotation,
            prediction,
            kept,
            given_class,
            suggested_class,
            kept_class: class(annotations, kept),
            score: score.unwrap_or(f64::NAN),
            iou: if unmeasured { f64::NAN } else { f64::from(iou) },
            // In single precision, more than six decimals are noise.
            detectability: (detectability * 1e6).round_ties_even() / 1e6,
            given_box: boxes[0],
            suggested_box: boxes[1],
        }
    }

    #[inline]
    fn cut_to_image(&self, corners: [f64; 4], image: u32) -> [f64; 4] {
        let size = self.sizes.and_then(|sizes| sizes.get(image as usize));
        size.map_or(corners, |&size| cut(corners, size))
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

#[inline]
fn position(position: i32) -> Option<i64> {
    (position >= 0).then_some(i64::from(position))
}

/// A box cut to an image, whose width and height are NaN where unknown; as it is where all of it lies outside.
fn cut(corners: [f64; 4], [width, height]: [f64; 2]) -> [f64; 4] {
    // Adding 0 makes -0.0 the 0.0 of the edge.
    let within = |at: f64, side: f64| if side.is_nan() { at } else { at.clamp(0.0, side) + 0.0 };
    let [x1, y1, x2, y2] = corners;
    let [left, top, right, bottom] = [within(x1, width), within(y1, height), within(x2, width), within(y2, height)];
    if right > left && bottom > top { [left, top, right, bottom] } else { corners }
}
