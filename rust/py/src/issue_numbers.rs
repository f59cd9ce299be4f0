//! The columns of numbers of a table of issues, made of the rows that were found and of the data set.

use boxlint_core::map;
use boxlint_guard::guarded;
use numpy::{Element, PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray1};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;

use crate::columns::{Borrowed, Columns};
use crate::issue_rows::{Piece, Source};
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

/// For each name a column of numbers, and where there is none; None where there is one in every row. Boxes are four numbers
/// a row, as `given_box` and `suggested_box`; or their sides are columns, such as `given_x1`, and those of a box share what
/// says where there is none.
#[guarded]
#[pyfunction]
pub(crate) fn issue_numbers<'py>(
    py: Python<'py>,
    rows: Rows<'py>,
    given: Given<'py>,
    names: Vec<String>,
) -> PyResult<Vec<Numbers<'py>>> {
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
    for (at, name) in names.iter().enumerate() {
        columns.push(column(py, name, &source, first_side(&names, at) == at)?);
    }
    let with_boxes = names.iter().any(|name| BOXES.iter().any(|of| name.starts_with(of)));
    let parts = columns.iter_mut().flatten().map(Made::parts).collect::<PyResult<Vec<_>>>()?;
    threads::detached(py, || fill(parts, &source, with_boxes))?;
    // Ids that the data set does not have are one column, which all of them share.
    let mut empty = None;
    let mut arrays: Vec<Numbers> = Vec::with_capacity(names.len());
    for (at, made) in columns.into_iter().enumerate() {
        let (numbers, nothing) = match made {
            Some(made) => made.into_arrays()?,
            None => empty.get_or_insert_with(|| nothing(py, count)).clone(),
        };
        let nothing = nothing.or_else(|| arrays.get(first_side(&names, at))?.1.clone());
        arrays.push((numbers, nothing));
    }
    Ok(arrays)
}

/// The numbers of a column, and where there is none.
type Numbers<'py> = (Bound<'py, PyAny>, Option<Bound<'py, PyAny>>);

/// How the names of columns of boxes begin, and the sides of a box.
const BOXES: [&str; 2] = ["given_", "suggested_"];
const SIDES: [&str; 4] = ["x1", "y1", "x2", "y2"];

fn slice<'a>(column: &'a Option<Vector<'_, i64>>) -> PyResult<Option<&'a [i64]>> {
    Ok(column.as_ref().map(|column| column.as_slice()).transpose()?)
}

/// Which column is the first side of the box of which this one is a side; itself, if it is none.
fn first_side(names: &[String], at: usize) -> usize {
    let of = |name: &str| side(name).map(|(of, _)| of.to_owned());
    let this = of(&names[at]);
    names.iter().position(|name| this.is_some() && of(name) == this).unwrap_or(at)
}

/// Of which box a column is a side, and which one: `given_` and 0.
fn side(name: &str) -> Option<(&str, usize)> {
    let (of, side) = name.split_at_checked(name.len().checked_sub(2)?)?;
    Some((of, SIDES.iter().position(|&one| one == side)?)).filter(|(of, _)| BOXES.contains(of))
}

/// A column of integers without any.
fn nothing(py: Python<'_>, rows: usize) -> Numbers<'_> {
    (PyArray1::from_vec(py, vec![-1_i64; rows]).into_any(), Some(PyArray1::from_vec(py, vec![true; rows]).into_any()))
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
    Ints(Output<'a, 'py, i64>),
    Floats(Output<'a, 'py, f64>),
}

/// The numbers of a column, some a row, where there is none, and what writes both for some rows. Numpy's memory is asked for
/// in large pages.
struct Output<'a, 'py, T: Element> {
    width: usize,
    numbers: PyReadwriteArray1<'py, T>,
    nothing: Option<PyReadwriteArray1<'py, bool>>,
    write: Box<Write<'a, T>>,
    write_nothing: Box<Write<'a, bool>>,
}

type Write<'a, T> = dyn Fn(&Piece, &mut [T]) + Send + Sync + 'a;

/// Writes a part of a column, given its rows.
type Part<'a> = Box<dyn FnOnce(&Piece) + Send + 'a>;

impl<'a, 'py, T: Element> Output<'a, 'py, T> {
    fn new(
        py: Python<'py>,
        [rows, width]: [usize; 2],
        write: impl Fn(&Piece, &mut [T]) + Send + Sync + 'a,
        write_nothing: Option<impl Fn(&Piece, &mut [bool]) + Send + Sync + 'a>,
    ) -> PyResult<Self> {
        let mut output = Self {
            width,
            numbers: PyArray1::zeros(py, width * rows, false).try_readwrite()?,
            nothing: None,
            write: Box::new(write),
            write_nothing: Box::new(|_, _| ()),
        };
        if let Some(write) = write_nothing {
            output.nothing = Some(PyArray1::zeros(py, width * rows, false).try_readwrite()?);
            output.write_nothing = Box::new(write);
        }
        Ok(output)
    }

    fn parts(&mut self) -> PyResult<Vec<Part<'_>>> {
        let Self { width, numbers, nothing, write, write_nothing } = self;
        let (write, write_nothing) = (&*write, &*write_nothing);
        let nothing = nothing.as_mut().map(|nothing| nothing.as_slice_mut()).transpose()?.unwrap_or_default();
        let mut nothing = nothing.chunks_mut(*width * PIECE);
        let parts = numbers.as_slice_mut()?.chunks_mut(*width * PIECE).map(|numbers| {
            let nothing = nothing.next().unwrap_or_default();
            Box::new(move |rows: &Piece| {
                write(rows, numbers);
                write_nothing(rows, nothing);
            }) as Part
        });
        Ok(parts.collect())
    }

    fn into_arrays(self) -> PyResult<Numbers<'py>> {
        let in_shape = |array: &Bound<'py, PyAny>| match self.width {
            1 => Ok(array.clone()),
            width => array.call_method1("reshape", ((-1, width),)),
        };
        let nothing = self.nothing.map(|nothing| in_shape(nothing.as_any())).transpose()?;
        Ok((in_shape(self.numbers.as_any())?, nothing))
    }
}

impl<'py> Made<'_, 'py> {
    fn parts(&mut self) -> PyResult<Vec<Part<'_>>> {
        match self {
            Self::Ints(output) => output.parts(),
            Self::Floats(output) => output.parts(),
        }
    }

    fn into_arrays(self) -> PyResult<Numbers<'py>> {
        match self {
            Self::Ints(output) => output.into_arrays(),
            Self::Floats(output) => output.into_arrays(),
        }
    }
}

/// The column of a name, not made yet, and if `masked` where there is nothing; None for ids that the data set does not have.
/// A KeyError if there is no such column.
fn column<'a, 'py>(py: Python<'py>, name: &str, source: &Source<'a>, masked: bool) -> Column<'a, 'py> {
    let rows = source.kind.len();
    match name {
        "image_index" => {
            let none: Option<fn(&Piece, &mut [bool])> = None;
            Ok(Some(Made::Ints(Output::new(py, [rows, 1], |piece, to| each(to, piece.image, i64::from), none)?)))
        }
        "image_id" => ids(py, rows, source.image_ids, |piece| piece.image),
        "annotation_index" => ints(py, rows, |piece| piece.annotation_index),
        "annotation_id" => ids(py, rows, source.annotation_ids, |piece| &piece.annotation),
        "prediction_index" => ints(py, rows, |piece| piece.prediction_index),
        "prediction_id" => ids(py, rows, source.prediction_ids, |piece| &piece.prediction),
        "kept_annotation_index" => ints(py, rows, |piece| piece.kept_index),
        "kept_annotation_id" => ids(py, rows, source.annotation_ids, |piece| &piece.kept),
        "kept_class" => ints(py, rows, |piece| &piece.kept_class),
        "given_class" => ints(py, rows, |piece| &piece.given_class),
        "given_category_id" => ids(py, rows, source.category_ids, |piece| &piece.given_class),
        "suggested_class" => ints(py, rows, |piece| &piece.suggested_class),
        "suggested_category_id" => ids(py, rows, source.category_ids, |piece| &piece.suggested_class),
        "score" => floats(py, [rows, 1], |piece| &piece.score),
        "iou" => floats(py, [rows, 1], |piece| &piece.iou),
        "detectability" => floats(py, [rows, 1], |piece| &piece.detectability),
        "given_box" => floats(py, [rows, 4], |piece| piece.given_box.as_flattened()),
        "suggested_box" => floats(py, [rows, 4], |piece| piece.suggested_box.as_flattened()),
        _ => match side(name) {
            Some(("given_", side)) => sides(py, rows, side, masked, |piece| &piece.given_box),
            Some((_, side)) => sides(py, rows, side, masked, |piece| &piece.suggested_box),
            None => Err(PyKeyError::new_err(name.to_owned())),
        },
    }
}

type Column<'a, 'py> = PyResult<Option<Made<'a, 'py>>>;

/// What is known of rows, in one of their columns.
type Of<T> = for<'p> fn(&'p Piece<'_>) -> &'p [T];

fn each<T: Copy, U>(to: &mut [U], from: &[T], make: impl Fn(T) -> U) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = make(from);
    }
}

fn ints<'a, 'py>(py: Python<'py>, rows: usize, of: Of<i32>) -> Column<'a, 'py> {
    let write = move |piece: &Piece, to: &mut [i64]| each(to, of(piece), i64::from);
    let nothing = move |piece: &Piece, to: &mut [bool]| each(to, of(piece), |value| value < 0);
    Ok(Some(Made::Ints(Output::new(py, [rows, 1], write, Some(nothing))?)))
}

/// The ids of what stands at a position, -1 for none, among all.
fn ids<'a, 'py, T: Copy + TryInto<usize> + 'static>(
    py: Python<'py>,
    rows: usize,
    ids: Option<&'a [i64]>,
    of: Of<T>,
) -> Column<'a, 'py> {
    let Some(ids) = ids else { return Ok(None) };
    let id = move |at: T| ids.get(at.try_into().ok()?).copied();
    let write = move |piece: &Piece, to: &mut [i64]| each(to, of(piece), |at| id(at).unwrap_or(-1));
    let nothing = move |piece: &Piece, to: &mut [bool]| {
        each(to, of(piece), |at| at.try_into().map_or(true, |at: usize| at >= ids.len()));
    };
    Ok(Some(Made::Ints(Output::new(py, [rows, 1], write, Some(nothing))?)))
}

fn floats<'a, 'py>(py: Python<'py>, shape: [usize; 2], of: Of<f64>) -> Column<'a, 'py> {
    let write = move |piece: &Piece, to: &mut [f64]| to.copy_from_slice(of(piece));
    let nothing = move |piece: &Piece, to: &mut [bool]| each(to, of(piece), f64::is_nan);
    Ok(Some(Made::Floats(Output::new(py, shape, write, Some(nothing))?)))
}

fn sides<'a, 'py>(py: Python<'py>, rows: usize, side: usize, masked: bool, of: Of<[f64; 4]>) -> Column<'a, 'py> {
    let write = move |piece: &Piece, to: &mut [f64]| each(to, of(piece), |corners| corners[side]);
    let nothing = move |piece: &Piece, to: &mut [bool]| each(to, of(piece), |corners| corners[0].is_nan());
    Ok(Some(Made::Floats(Output::new(py, [rows, 1], write, masked.then_some(nothing))?)))
}
