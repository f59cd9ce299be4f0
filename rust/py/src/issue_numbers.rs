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
/// `suggested_box`; or four columns, one below the other, as `given_sides` and `suggested_sides`.
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
    let made = threads::detached(py, || names.par_iter().map(|name| source.column(name)).collect::<Vec<_>>())?;
    let named = made.into_iter().zip(&names);
    named.map(|(made, name)| made.ok_or_else(|| PyKeyError::new_err(name.clone()))?.into_arrays(py)).collect()
}

fn slice<'a>(column: &'a Option<Vector<'_, i64>>) -> PyResult<Option<&'a [i64]>> {
    Ok(column.as_ref().map(|column| column.as_slice()).transpose()?)
}

/// A column, with -1 and NaN where there is nothing.
enum Made {
    Ints(Vec<i64>, Vec<bool>),
    Floats(Vec<f64>, Vec<bool>),
    Boxes(Vec<[f64; 4]>, Vec<[bool; 4]>),
    Sides(Vec<f64>, Vec<bool>),
}

impl Made {
    fn into_arrays(self, py: Python<'_>) -> PyResult<(Bound<'_, PyAny>, Bound<'_, PyAny>)> {
        Ok(match self {
            Self::Ints(numbers, nothing) => {
                (PyArray1::from_vec(py, numbers).into_any(), PyArray1::from_vec(py, nothing).into_any())
            }
            Self::Floats(numbers, nothing) => {
                (PyArray1::from_vec(py, numbers).into_any(), PyArray1::from_vec(py, nothing).into_any())
            }
            Self::Sides(sides, nothing) => {
                let sides = PyArray1::from_vec(py, sides).reshape([4, nothing.len()])?;
                (sides.into_any(), PyArray1::from_vec(py, nothing).into_any())
            }
            Self::Boxes(corners, nothing) => {
                let shape = [corners.len(), 4];
                let corners = PyArray1::from_vec(py, corners.into_flattened()).reshape(shape)?;
                (corners.into_any(), PyArray1::from_vec(py, nothing.into_flattened()).reshape(shape)?.into_any())
            }
        })
    }
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

impl Source<'_> {
    /// None if there is no column of that name.
    fn column(&self, name: &str) -> Option<Made> {
        Some(match name {
            "image_index" => self.ints(|row| Some(i64::from(self.image[row]))),
            "image_id" => self.ints(|row| id(self.image_ids, Some(self.image[row] as usize))),
            "annotation_index" => self.ints(|row| position(self.annotation[row])),
            "annotation_id" => self.ints(|row| id(self.annotation_ids, self.annotation(self.annotation, row))),
            "prediction_index" => self.ints(|row| position(self.prediction[row])),
            "prediction_id" => self.ints(|row| id(self.prediction_ids, self.prediction(row))),
            "kept_annotation_index" => self.ints(|row| position(self.kept_annotation[row])),
            "kept_annotation_id" => {
                self.ints(|row| id(self.annotation_ids, self.annotation(self.kept_annotation, row)))
            }
            "kept_class" => self.ints(|row| class(&self.annotations, self.annotation(self.kept_annotation, row))),
            "score" => {
                let score = self.predictions.as_ref().and_then(Boxes::score);
                self.floats(|row| score.zip(self.prediction(row)).map(|(score, at)| score.get(at)))
            }
            "iou" => self.floats(|row| self.iou(row)),
            "detectability" => self.floats(|row| self.detectability(row)),
            "given_class" => self.ints(|row| self.given_class(row)),
            "given_category_id" => self.ints(|row| id(self.category_ids, self.given_class(row).map(|at| at as usize))),
            "suggested_class" => self.ints(|row| self.suggested_class(row)),
            "suggested_category_id" => {
                self.ints(|row| id(self.category_ids, self.suggested_class(row).map(|at| at as usize)))
            }
            "given_box" => self.boxes(|row| self.given_box(row)),
            "suggested_box" => self.boxes(|row| self.suggested_box(row)),
            "given_sides" => self.sides(|row| self.given_box(row)),
            "suggested_sides" => self.sides(|row| self.suggested_box(row)),
            _ => return None,
        })
    }

    fn ints(&self, value: impl Fn(usize) -> Option<i64>) -> Made {
        let (numbers, nothing) = self.each(value, -1);
        Made::Ints(numbers, nothing)
    }

    fn floats(&self, value: impl Fn(usize) -> Option<f64>) -> Made {
        let (numbers, nothing) = self.each(value, f64::NAN);
        Made::Floats(numbers, nothing)
    }

    fn boxes(&self, value: impl Fn(usize) -> Option<[f64; 4]>) -> Made {
        let (corners, nothing) = self.each(value, [f64::NAN; 4]);
        Made::Boxes(corners, nothing.into_iter().map(|nothing| [nothing; 4]).collect())
    }

    fn sides(&self, value: impl Fn(usize) -> Option<[f64; 4]>) -> Made {
        let rows = self.kind.len();
        let (mut sides, mut nothing) = (vec![f64::NAN; 4 * rows], vec![true; rows]);
        for row in 0..rows {
            if let Some(corners) = value(row) {
                nothing[row] = false;
                corners.into_iter().enumerate().for_each(|(side, corner)| sides[side * rows + row] = corner);
            }
        }
        Made::Sides(sides, nothing)
    }

    fn each<T: Copy>(&self, value: impl Fn(usize) -> Option<T>, none: T) -> (Vec<T>, Vec<bool>) {
        let rows = self.kind.len();
        let (mut values, mut nothing) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        for row in 0..rows {
            let value = value(row);
            values.push(value.unwrap_or(none));
            nothing.push(value.is_none());
        }
        (values, nothing)
    }

    /// Which of all annotations stands at a position in the image of a row.
    #[inline]
    fn annotation(&self, positions: &[i32], row: usize) -> Option<usize> {
        in_image(self.annotations.as_ref()?, self.image[row], positions[row])
    }

    #[inline]
    fn prediction(&self, row: usize) -> Option<usize> {
        in_image(self.predictions.as_ref()?, self.image[row], self.prediction[row])
    }

    fn kind(&self, row: usize) -> Kind {
        Kind::ALL[usize::from(self.kind[row])]
    }

    fn iou(&self, row: usize) -> Option<f64> {
        let iou = self.iou[row];
        let unmeasured = iou.is_nan() || (self.kind(row) == Kind::Missing && iou <= LEAST_IOU);
        (!unmeasured).then_some(f64::from(iou))
    }

    /// In single precision, more than six decimals are noise.
    fn detectability(&self, row: usize) -> Option<f64> {
        let detectability = f64::from(self.detectability[row]);
        (!detectability.is_nan()).then(|| (detectability * 1e6).round_ties_even() / 1e6)
    }

    fn given_class(&self, row: usize) -> Option<i64> {
        class(&self.annotations, self.annotation(self.annotation, row))
    }

    fn suggested_class(&self, row: usize) -> Option<i64> {
        match self.kind(row) {
            Kind::Missing | Kind::Swap => class(&self.predictions, self.prediction(row)),
            Kind::Badloc => self.given_class(row),
            Kind::Spurious | Kind::Duplicate => None,
        }
    }

    fn given_box(&self, row: usize) -> Option<[f64; 4]> {
        Some(self.annotations.as_ref()?.xyxy().corners(self.annotation(self.annotation, row)?))
    }

    /// The corners that the annotation should have: those given if the class alone is wrong, none if it should be deleted,
    /// else those of the prediction, cut to the image.
    fn suggested_box(&self, row: usize) -> Option<[f64; 4]> {
        match self.kind(row) {
            Kind::Swap => self.given_box(row),
            Kind::Spurious | Kind::Duplicate => None,
            Kind::Missing | Kind::Badloc => {
                let seen = self.predictions.as_ref()?.xyxy().corners(self.prediction(row)?);
                let size = self.sizes.and_then(|sizes| sizes.get(self.image[row] as usize));
                Some(size.map_or(seen, |&size| cut(seen, size)))
            }
        }
    }
}

#[inline]
fn in_image(boxes: &Boxes<'_>, image: u32, position: i32) -> Option<usize> {
    usize::try_from(position).ok().map(|position| boxes.offsets()[image as usize] as usize + position)
}

fn class(boxes: &Option<Boxes<'_>>, at: Option<usize>) -> Option<i64> {
    boxes.as_ref().zip(at).map(|(boxes, at)| i64::from(boxes.class_id()[at]))
}

fn id(ids: Option<&[i64]>, at: Option<usize>) -> Option<i64> {
    ids?.get(at?).copied()
}

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
