//! The columns of numbers of a table of issues, made of the rows that were found and of the data set.

use boxlint_core::{filled, map};
use boxlint_guard::guarded;
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PySlice;

use crate::columns::{Borrowed, Columns, zeros};
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
        columns.push(column(name, &source, first_side(&names, at) == at)?);
    }
    let with_boxes = names.iter().any(|name| BOXES.iter().any(|of| name.starts_with(of)));
    let mut memory = Memory::of(py, &columns, count);
    memory.fill(py, &columns, &source, with_boxes)?;
    // Ids that the data set does not have are one column, which all of them share.
    let mut empty = None;
    let mut arrays: Vec<Numbers> = Vec::with_capacity(names.len());
    for (at, made) in columns.iter().enumerate() {
        let (numbers, nothing) = match made {
            Some(made) => memory.next(made, count)?,
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
    (
        PyArray1::from_vec(py, filled(rows, -1_i64)).into_any(),
        Some(PyArray1::from_vec(py, filled(rows, true)).into_any()),
    )
}

/// A column that is not made yet, with -1 and NaN where there is nothing.
enum Made<'a> {
    Ints(Output<'a, i64>),
    Floats(Output<'a, f64>),
}

/// The numbers of a column, some a row: what writes them for some rows, and where there is none.
struct Output<'a, T> {
    width: usize,
    write: Box<Write<'a, T>>,
    /// None for columns that have something in every row, or share with another one where there is nothing.
    write_nothing: Option<Box<Write<'a, bool>>>,
}

type Write<'a, T> = dyn Fn(&Piece, &mut [T]) + Send + Sync + 'a;

/// Writes a part of a column, given its rows.
type Part<'a> = Box<dyn FnOnce(&Piece) + Send + 'a>;

impl<'a, T> Output<'a, T> {
    fn new(
        width: usize,
        write: impl Fn(&Piece, &mut [T]) + Send + Sync + 'a,
        write_nothing: Option<impl Fn(&Piece, &mut [bool]) + Send + Sync + 'a>,
    ) -> Self {
        let write_nothing = write_nothing.map(|write| Box::new(write) as Box<Write<'a, bool>>);
        Self { width, write: Box::new(write), write_nothing }
    }

    /// Writes the column to memory that is split off.
    fn parts<'b>(&'b self, rows: usize, numbers: &mut &'b mut [T], nothing: &mut &'b mut [bool]) -> Vec<Part<'b>>
    where
        T: Send,
    {
        let numbers = numbers.split_off_mut(..self.width * rows).unwrap_or_default();
        let masked = if self.write_nothing.is_some() { self.width * rows } else { 0 };
        let mut nothing = nothing.split_off_mut(..masked).unwrap_or_default().chunks_mut(self.width * PIECE);
        let parts = numbers.chunks_mut(self.width * PIECE).map(|numbers| {
            let nothing = nothing.next().unwrap_or_default();
            Box::new(move |rows: &Piece| {
                (self.write)(rows, numbers);
                if let Some(write) = &self.write_nothing {
                    write(rows, nothing);
                }
            }) as Part
        });
        parts.collect()
    }
}

impl Made<'_> {
    /// Numbers of a row, and whether it has where there is none.
    fn size(&self) -> (usize, bool) {
        match self {
            Self::Ints(output) => (output.width, output.write_nothing.is_some()),
            Self::Floats(output) => (output.width, output.write_nothing.is_some()),
        }
    }
}

/// The memory of all columns, those of a type in one piece: numpy asks for large pages where a piece is large, and to touch
/// many small ones for the first time takes as long as to write to them.
struct Memory<'py> {
    ints: Bound<'py, PyArray1<i64>>,
    floats: Bound<'py, PyArray1<f64>>,
    nothing: Bound<'py, PyArray1<bool>>,
    /// How much of each is handed out.
    used: [usize; 3],
}

impl<'py> Memory<'py> {
    fn of(py: Python<'py>, columns: &[Option<Made>], rows: usize) -> Self {
        let [mut ints, mut floats, mut nothing] = [0; 3];
        for made in columns.iter().flatten() {
            let (width, masked) = made.size();
            *(if matches!(made, Made::Ints(_)) { &mut ints } else { &mut floats }) += width * rows;
            nothing += if masked { width * rows } else { 0 };
        }
        Self { ints: zeros(py, ints), floats: zeros(py, floats), nothing: zeros(py, nothing), used: [0; 3] }
    }

    /// Makes all columns in one pass over the rows: what they are made of lies anywhere in memory.
    fn fill(&mut self, py: Python<'py>, columns: &[Option<Made>], source: &Source, with_boxes: bool) -> PyResult<()> {
        let rows = source.kind.len();
        let (mut ints, mut floats) = (self.ints.try_readwrite()?, self.floats.try_readwrite()?);
        let mut nothing = self.nothing.try_readwrite()?;
        let (mut ints, mut floats, mut nothing) =
            (ints.as_slice_mut()?, floats.as_slice_mut()?, nothing.as_slice_mut()?);
        let parts = columns.iter().flatten().map(|made| match made {
            Made::Ints(output) => output.parts(rows, &mut ints, &mut nothing),
            Made::Floats(output) => output.parts(rows, &mut floats, &mut nothing),
        });
        let mut parts: Vec<_> = parts.map(Vec::into_iter).collect();
        threads::detached(py, || {
            let pieces = threads::blocks(0..rows, PIECE)
                .map(|piece| (piece, parts.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>()));
            map(pieces, |(piece, parts)| {
                let rows = source.rows(piece, with_boxes);
                parts.into_iter().for_each(|part| part(&rows));
            });
        })
    }

    /// The arrays of the next column.
    fn next(&mut self, made: &Made, rows: usize) -> PyResult<Numbers<'py>> {
        let (width, masked) = made.size();
        let numbers = match made {
            Made::Ints(_) => part_of(self.ints.as_any(), &mut self.used[0], [rows, width]),
            Made::Floats(_) => part_of(self.floats.as_any(), &mut self.used[1], [rows, width]),
        };
        let nothing = masked.then(|| part_of(self.nothing.as_any(), &mut self.used[2], [rows, width]));
        Ok((numbers?, nothing.transpose()?))
    }
}

/// The next part of an array, in its shape.
fn part_of<'py>(array: &Bound<'py, PyAny>, used: &mut usize, [rows, width]: [usize; 2]) -> PyResult<Bound<'py, PyAny>> {
    let start = *used;
    *used += rows * width;
    let part = array.get_item(PySlice::new(array.py(), start as isize, *used as isize, 1))?;
    if width == 1 { Ok(part) } else { part.call_method1("reshape", ((rows, width),)) }
}

/// The column of a name, not made yet, and if `masked` where there is nothing; None for ids that the data set does not have.
/// A KeyError if there is no such column.
fn column<'a>(name: &str, source: &Source<'a>, masked: bool) -> Column<'a> {
    match name {
        "image_index" => {
            let none: Option<fn(&Piece, &mut [bool])> = None;
            Ok(Some(Made::Ints(Output::new(1, |piece, to| each(to, piece.image, i64::from), none))))
        }
        "image_id" => ids(source.image_ids, |piece| piece.image),
        "annotation_index" => ints(|piece| piece.annotation_index),
        "annotation_id" => ids(source.annotation_ids, |piece| &piece.annotation),
        "prediction_index" => ints(|piece| piece.prediction_index),
        "prediction_id" => ids(source.prediction_ids, |piece| &piece.prediction),
        "kept_annotation_index" => ints(|piece| piece.kept_index),
        "kept_annotation_id" => ids(source.annotation_ids, |piece| &piece.kept),
        "kept_class" => ints(|piece| &piece.kept_class),
        "given_class" => ints(|piece| &piece.given_class),
        "given_category_id" => ids(source.category_ids, |piece| &piece.given_class),
        "suggested_class" => ints(|piece| &piece.suggested_class),
        "suggested_category_id" => ids(source.category_ids, |piece| &piece.suggested_class),
        "score" => floats(1, |piece| &piece.score),
        "iou" => floats(1, |piece| &piece.iou),
        "detectability" => floats(1, |piece| &piece.detectability),
        "given_box" => floats(4, |piece| piece.given_box.as_flattened()),
        "suggested_box" => floats(4, |piece| piece.suggested_box.as_flattened()),
        _ => match side(name) {
            Some(("given_", side)) => sides(side, masked, |piece| &piece.given_box),
            Some((_, side)) => sides(side, masked, |piece| &piece.suggested_box),
            None => Err(PyKeyError::new_err(name.to_owned())),
        },
    }
}

type Column<'a> = PyResult<Option<Made<'a>>>;

/// What is known of rows, in one of their columns.
type Of<T> = for<'p> fn(&'p Piece<'_>) -> &'p [T];

fn each<T: Copy, U>(to: &mut [U], from: &[T], make: impl Fn(T) -> U) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = make(from);
    }
}

fn ints<'a>(of: Of<i32>) -> Column<'a> {
    let write = move |piece: &Piece, to: &mut [i64]| each(to, of(piece), i64::from);
    let nothing = move |piece: &Piece, to: &mut [bool]| each(to, of(piece), |value| value < 0);
    Ok(Some(Made::Ints(Output::new(1, write, Some(nothing)))))
}

/// The ids of what stands at a position, -1 for none, among all.
fn ids<'a, T: Copy + TryInto<usize> + 'static>(ids: Option<&'a [i64]>, of: Of<T>) -> Column<'a> {
    let Some(ids) = ids else { return Ok(None) };
    let id = move |at: T| ids.get(at.try_into().ok()?).copied();
    let write = move |piece: &Piece, to: &mut [i64]| each(to, of(piece), |at| id(at).unwrap_or(-1));
    let nothing = move |piece: &Piece, to: &mut [bool]| {
        each(to, of(piece), |at| at.try_into().map_or(true, |at: usize| at >= ids.len()));
    };
    Ok(Some(Made::Ints(Output::new(1, write, Some(nothing)))))
}

fn floats<'a>(width: usize, of: Of<f64>) -> Column<'a> {
    let write = move |piece: &Piece, to: &mut [f64]| to.copy_from_slice(of(piece));
    let nothing = move |piece: &Piece, to: &mut [bool]| each(to, of(piece), f64::is_nan);
    Ok(Some(Made::Floats(Output::new(width, write, Some(nothing)))))
}

fn sides<'a>(side: usize, masked: bool, of: Of<[f64; 4]>) -> Column<'a> {
    let write = move |piece: &Piece, to: &mut [f64]| each(to, of(piece), |corners| corners[side]);
    let nothing = move |piece: &Piece, to: &mut [bool]| each(to, of(piece), |corners| corners[0].is_nan());
    Ok(Some(Made::Floats(Output::new(1, write, masked.then_some(nothing)))))
}
