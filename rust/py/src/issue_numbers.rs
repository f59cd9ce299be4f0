//! The columns of numbers of a table of issues, made of the rows that were found and of the data set.

use boxlint_core::map;
use boxlint_guard::guarded;
use numpy::{
    Element, PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray1, PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;

use crate::columns::{Borrowed, Columns};
use crate::issue_rows::{Row, Source};
use crate::threads;

type Vector<'py, T> = PyReadonlyArray1<'py, T>;

/// Rows that a thread does at a time: what is known of them stays in cache while columns are made of it.
const PIECE: usize = 1 << 8;

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
#[guarded]
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
    let mut columns = Vec::with_capacity(names.len());
    for name in &names {
        columns.push(column(py, name, &source)?);
    }
    let with_boxes = names.iter().any(|name| BOXES.iter().any(|of| name.starts_with(of)));
    let parts = columns.iter_mut().flatten().map(Made::parts).collect::<PyResult<Vec<_>>>()?;
    threads::detached(py, || fill(parts, &source, with_boxes))?;
    // Ids that the data set does not have are one column, which all of them share.
    let mut empty = None;
    let arrays = columns.into_iter().map(|made| match made {
        Some(made) => made.into_arrays(),
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

/// Makes all columns, given the parts of each, in one pass over the rows: what they are made of lies anywhere in memory.
fn fill(columns: Vec<Vec<Part>>, source: &Source, with_boxes: bool) {
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    let pieces = threads::blocks(0..source.kind.len(), PIECE)
        .map(|piece| (piece, columns.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>()));
    map(pieces, |(piece, parts)| {
        let rows = source.rows(piece, with_boxes);
        parts.into_iter().for_each(|part| part(&rows));
    });
}

/// A column, with -1 and NaN where there is nothing.
enum Made<'a, 'py> {
    Ints(Output<'a, 'py, i64, 1>),
    Floats(Output<'a, 'py, f64, 1>),
    Boxes(Output<'a, 'py, f64, 4>),
}

/// The numbers of a column, where there is none, and what writes both for some rows. Numpy's memory is asked for in large
/// pages.
struct Output<'a, 'py, T: Element, const WIDTH: usize> {
    numbers: PyReadwriteArray1<'py, T>,
    nothing: PyReadwriteArray1<'py, bool>,
    write: Box<Write<'a, T, WIDTH>>,
}

type Write<'a, T, const WIDTH: usize> = dyn Fn(&[Row], &mut [[T; WIDTH]], &mut [[bool; WIDTH]]) + Send + Sync + 'a;

/// Writes a part of a column, given its rows.
type Part<'a> = Box<dyn FnOnce(&[Row]) + Send + 'a>;

impl<'a, 'py, T: Element + Copy, const WIDTH: usize> Output<'a, 'py, T, WIDTH> {
    fn new(
        py: Python<'py>,
        rows: usize,
        none: T,
        value: impl Fn(&Row) -> Option<[T; WIDTH]> + Send + Sync + 'a,
    ) -> PyResult<Self>
    where
        T: 'a,
    {
        let write = move |rows: &[Row], numbers: &mut [[T; WIDTH]], nothing: &mut [[bool; WIDTH]]| {
            for ((row, number), nothing) in rows.iter().zip(numbers).zip(nothing) {
                let value = value(row);
                *number = value.unwrap_or([none; WIDTH]);
                *nothing = [value.is_none(); WIDTH];
            }
        };
        Ok(Self {
            numbers: PyArray1::zeros(py, WIDTH * rows, false).try_readwrite()?,
            nothing: PyArray1::zeros(py, WIDTH * rows, false).try_readwrite()?,
            write: Box::new(write),
        })
    }

    fn parts(&mut self) -> PyResult<Vec<Part<'_>>> {
        let Self { numbers, nothing, write } = self;
        let (numbers, nothing) = (numbers.as_slice_mut()?.as_chunks_mut().0, nothing.as_slice_mut()?.as_chunks_mut().0);
        let (write, parts) = (&*write, numbers.chunks_mut(PIECE).zip(nothing.chunks_mut(PIECE)));
        let parts = parts.map(|(numbers, nothing)| Box::new(move |rows: &[Row]| write(rows, numbers, nothing)) as Part);
        Ok(parts.collect())
    }

    fn into_arrays(self) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let rows = self.nothing.len() / WIDTH;
        let in_shape = |array: &Bound<'py, PyAny>| match WIDTH {
            1 => Ok(array.clone()),
            _ => array.call_method1("reshape", ((rows, WIDTH),)),
        };
        Ok((in_shape(self.numbers.as_any())?, in_shape(self.nothing.as_any())?))
    }
}

impl<'py> Made<'_, 'py> {
    fn parts(&mut self) -> PyResult<Vec<Part<'_>>> {
        match self {
            Self::Ints(output) => output.parts(),
            Self::Floats(output) => output.parts(),
            Self::Boxes(output) => output.parts(),
        }
    }

    fn into_arrays(self) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        match self {
            Self::Ints(output) => output.into_arrays(),
            Self::Floats(output) => output.into_arrays(),
            Self::Boxes(output) => output.into_arrays(),
        }
    }
}

/// The column of a name, not made yet; None for ids that the data set does not have. A KeyError if there is no such column.
fn column<'a, 'py>(py: Python<'py>, name: &str, source: &Source<'a>) -> Column<'a, 'py> {
    let rows = source.kind.len();
    match name {
        "image_index" => ints(py, rows, |row| Some(i64::from(row.image))),
        "image_id" => ids(py, rows, source.image_ids, |row| i64::from(row.image)),
        "annotation_index" => ints(py, rows, |row| position(row.annotation_index)),
        "annotation_id" => ids(py, rows, source.annotation_ids, |row| row.annotation),
        "prediction_index" => ints(py, rows, |row| position(row.prediction_index)),
        "prediction_id" => ids(py, rows, source.prediction_ids, |row| row.prediction),
        "kept_annotation_index" => ints(py, rows, |row| position(row.kept_index)),
        "kept_annotation_id" => ids(py, rows, source.annotation_ids, |row| row.kept),
        "kept_class" => ints(py, rows, |row| position(row.kept_class)),
        "given_class" => ints(py, rows, |row| position(row.given_class)),
        "given_category_id" => ids(py, rows, source.category_ids, |row| i64::from(row.given_class)),
        "suggested_class" => ints(py, rows, |row| position(row.suggested_class)),
        "suggested_category_id" => ids(py, rows, source.category_ids, |row| i64::from(row.suggested_class)),
        "score" => floats(py, rows, |row| row.score),
        "iou" => floats(py, rows, |row| row.iou),
        "detectability" => floats(py, rows, |row| row.detectability),
        "given_box" => boxes(py, rows, |row| row.given_box),
        "suggested_box" => boxes(py, rows, |row| row.suggested_box),
        _ => match SIDES.iter().position(|side| name.ends_with(side)).map(|side| (side, &name[..name.len() - 2])) {
            Some((side, "given_")) => floats(py, rows, move |row| row.given_box[side]),
            Some((side, "suggested_")) => floats(py, rows, move |row| row.suggested_box[side]),
            _ => Err(PyKeyError::new_err(name.to_owned())),
        },
    }
}

type Column<'a, 'py> = PyResult<Option<Made<'a, 'py>>>;

fn ints<'a, 'py>(
    py: Python<'py>,
    rows: usize,
    value: impl Fn(&Row) -> Option<i64> + Send + Sync + 'a,
) -> Column<'a, 'py> {
    Ok(Some(Made::Ints(Output::new(py, rows, -1, move |row| Some([value(row)?]))?)))
}

/// The ids of what stands at a position, -1 for none, among all.
fn ids<'a, 'py>(
    py: Python<'py>,
    rows: usize,
    ids: Option<&'a [i64]>,
    of: impl Fn(&Row) -> i64 + Send + Sync + 'a,
) -> Column<'a, 'py> {
    let Some(ids) = ids else { return Ok(None) };
    ints(py, rows, move |row| ids.get(usize::try_from(of(row)).ok()?).copied())
}

fn floats<'a, 'py>(py: Python<'py>, rows: usize, value: impl Fn(&Row) -> f64 + Send + Sync + 'a) -> Column<'a, 'py> {
    let known = move |row: &Row| Some([value(row)]).filter(|[value]| !value.is_nan());
    Ok(Some(Made::Floats(Output::new(py, rows, f64::NAN, known)?)))
}

fn boxes<'a, 'py>(
    py: Python<'py>,
    rows: usize,
    value: impl Fn(&Row) -> [f64; 4] + Send + Sync + 'a,
) -> Column<'a, 'py> {
    let known = move |row: &Row| Some(value(row)).filter(|corners| !corners[0].is_nan());
    Ok(Some(Made::Boxes(Output::new(py, rows, f64::NAN, known)?)))
}

#[inline]
fn position(position: i32) -> Option<i64> {
    (position >= 0).then_some(i64::from(position))
}
