//! Tables of columns as CSV and JSON, and columns of texts, end to end, without a Python object for each.

use std::ops::Range;

use boxlint_core::map;
use boxlint_guard::guarded;
use boxlint_io::{Cell, Formulas, TableColumn};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple};

use crate::columns::zeros;
use crate::threads;

/// Rows that a thread does at a time.
const PIECE: usize = 1 << 10;

/// Bytes that most sentences take.
const BYTES: usize = 80;

type Vector<'py, T> = PyReadonlyArray1<'py, T>;

/// A column of a table.
pub(crate) enum Column<'py> {
    /// Numbers, and where there is none.
    Ints(Vector<'py, i64>, Option<Vector<'py, bool>>),
    Floats(Vector<'py, f64>, Option<Vector<'py, bool>>),
    /// For each row which text it is, -1 for none.
    Taken(Vector<'py, i64>, Texts<'py>),
    Texts(Texts<'py>),
}

impl<'py> FromPyObject<'_, 'py> for Column<'py> {
    type Error = PyErr;

    fn extract(column: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if column.len()? == 4 {
            return Ok(Self::Texts(column.extract()?));
        }
        let (first, second): (Bound<PyAny>, Bound<PyAny>) = column.extract()?;
        // A derived `extract` would try one after the other and word an error each time. Code of numpy does that, in which
        // an interrupt would be lost.
        if let Ok(values) = first.cast::<PyArray1<f64>>() {
            Ok(Self::Floats(values.try_readonly()?, second.extract()?))
        } else if second.is_instance_of::<PyTuple>() {
            Ok(Self::Taken(first.extract()?, second.extract()?))
        } else {
            Ok(Self::Ints(first.extract()?, second.extract()?))
        }
    }
}

/// Offsets, bytes, where there is no text, and which are integers among texts: see [`boxlint_io::Texts`].
#[derive(FromPyObject)]
pub(crate) struct Texts<'py>(Vector<'py, i64>, Vector<'py, u8>, Option<Vector<'py, bool>>, Option<Vector<'py, bool>>);

/// The same, made here.
pub(crate) type MadeTexts =
    (Py<PyArray1<i64>>, Py<PyArray1<u8>>, Option<Py<PyArray1<bool>>>, Option<Py<PyArray1<bool>>>);

impl Column<'_> {
    pub(crate) fn borrow(&self) -> PyResult<TableColumn<'_>> {
        Ok(match self {
            Self::Ints(values, nothing) => TableColumn::Ints { values: values.as_slice()?, nothing: flags(nothing)? },
            Self::Floats(values, nothing) => {
                TableColumn::Floats { values: values.as_slice()?, nothing: flags(nothing)? }
            }
            Self::Taken(rows, texts) => TableColumn::Taken { rows: rows.as_slice()?, texts: texts.borrow()? },
            Self::Texts(texts) => TableColumn::Texts(texts.borrow()?),
        })
    }
}

impl Texts<'_> {
    fn borrow(&self) -> PyResult<boxlint_io::Texts<'_>> {
        let Self(offsets, data, nothing, integer) = self;
        Ok(boxlint_io::Texts {
            offsets: offsets.as_slice()?,
            data: data.as_slice()?,
            nothing: flags(nothing)?,
            integer: flags(integer)?,
        })
    }
}

fn flags<'a>(flags: &'a Option<Vector<'_, bool>>) -> PyResult<Option<&'a [bool]>> {
    Ok(flags.as_ref().map(|flags| flags.as_slice()).transpose()?)
}

/// Names of columns, and the columns.
type Table<'py> = Vec<(String, Column<'py>)>;

/// The lines of CSV: the names first if `head`, in pieces that follow each other. If `raw`, what a spreadsheet would run
/// as a formula is written as it is.
#[guarded]
#[pyfunction]
pub(crate) fn csv_lines<'py>(
    py: Python<'py>,
    table: Table<'py>,
    head: bool,
    raw: bool,
) -> PyResult<Vec<Bound<'py, PyArray1<u8>>>> {
    let columns = table.iter().map(|(_, column)| column.borrow()).collect::<PyResult<Vec<_>>>()?;
    let formulas = if raw { Formulas::Kept } else { Formulas::Disarmed };
    let mut first = Vec::new();
    if head {
        let names: Vec<_> = table.iter().map(|(name, _)| name.as_str()).collect();
        boxlint_io::write_csv_head(&mut first, &names, formulas);
    }
    let rows = rows_of(&columns);
    let pieces = in_pieces(py, rows, |rows, out| boxlint_io::write_csv_rows(out, &columns, rows, formulas))?;
    Ok(std::iter::once(first).chain(pieces).map(|piece| PyArray1::from_vec(py, piece)).collect())
}

/// The lines of JSON between the brackets of the list, in pieces that follow each other; a comma stands before the first
/// row unless the list begins with it. A ValueError if a float is not finite.
#[guarded]
#[pyfunction]
pub(crate) fn json_lines<'py>(
    py: Python<'py>,
    table: Table<'py>,
    begins: bool,
) -> PyResult<Vec<Bound<'py, PyArray1<u8>>>> {
    let columns = table.iter().map(|(name, column)| Ok((name.as_str(), column.borrow()?)));
    let columns = columns.collect::<PyResult<Vec<_>>>()?;
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    for (name, column) in &columns {
        if !matches!(column, TableColumn::Floats { .. }) {
            continue;
        }
        let infinite = |&row: &usize| matches!(column.cell(row), Cell::Float(float) if !float.is_finite());
        if let Some(row) = (0..rows).find(infinite) {
            let mut memory = Vec::new();
            let found = column.cell(row).text(&mut memory).unwrap_or_default();
            let found = String::from_utf8_lossy(found);
            return Err(PyValueError::new_err(format!("{name}: row {row} is {found}, which JSON cannot hold")));
        }
    }
    let first = begins.then_some(0);
    let pieces = in_pieces(py, rows, |rows, out| boxlint_io::write_json_rows(out, &columns, rows, first))?;
    Ok(pieces.into_iter().map(|piece| PyArray1::from_vec(py, piece)).collect())
}

fn rows_of(columns: &[TableColumn]) -> usize {
    columns.first().map_or(0, TableColumn::len)
}

/// What is written of the rows, piece by piece.
fn in_pieces(
    py: Python<'_>,
    rows: usize,
    write: impl Fn(Range<usize>, &mut Vec<u8>) + Sync + Send,
) -> PyResult<Vec<Vec<u8>>> {
    of_pieces(py, rows, |rows| {
        let mut out = Vec::new();
        write(rows, &mut out);
        out
    })
}

/// What is made of the rows, some at a time, in parallel. A signal ends it and raises its exception.
fn of_pieces<T: Send>(py: Python<'_>, rows: usize, make: impl Fn(Range<usize>) -> T + Sync + Send) -> PyResult<Vec<T>> {
    threads::watched(py, rows, || map(threads::blocks(0..rows, PIECE), make))
}

/// What [`texts_of`] takes.
#[derive(FromPyObject)]
pub(crate) enum Values<'py> {
    Ints(Vector<'py, i64>),
    Any(Bound<'py, PyList>),
}

/// Values as texts: None is nothing, and an integer its digits. A character that has no UTF-8 is written as Python shows
/// it, `\udce9`.
#[guarded]
#[pyfunction]
pub(crate) fn texts_of(py: Python<'_>, values: Values<'_>) -> PyResult<MadeTexts> {
    match values {
        Values::Ints(ints) => {
            let ints = ints.as_slice()?;
            let column = TableColumn::Ints { values: ints, nothing: None };
            made(py, ints.len(), |rows, out| {
                let mut memory = Vec::new();
                for row in rows {
                    out.data.extend_from_slice(column.cell(row).text(&mut memory).unwrap_or_default());
                    out.end();
                }
            })
        }
        Values::Any(values) => texts_of_list(py, &values),
    }
}

fn texts_of_list(py: Python<'_>, values: &Bound<PyList>) -> PyResult<MadeTexts> {
    let mut data = Vec::new();
    let mut offsets = Vec::with_capacity(values.len() + 1);
    let mut nothing = vec![false; values.len()];
    let mut integer = vec![false; values.len()];
    offsets.push(0);
    for (row, value) in values.iter().enumerate() {
        if value.is_none() {
            nothing[row] = true;
        } else if let Ok(text) = value.cast::<PyString>() {
            push_text(&mut data, text)?;
        } else {
            integer[row] = value.is_exact_instance_of::<PyInt>() || value.extract::<i64>().is_ok();
            push_text(&mut data, &value.str()?)?;
        }
        offsets.push(data.len() as i64);
    }
    let if_any = |flags: Vec<bool>| flags.contains(&true).then(|| PyArray1::from_vec(py, flags).unbind());
    let (offsets, data) = (PyArray1::from_vec(py, offsets).unbind(), PyArray1::from_vec(py, data).unbind());
    Ok((offsets, data, if_any(nothing), if_any(integer)))
}

fn push_text(data: &mut Vec<u8>, text: &Bound<PyString>) -> PyResult<()> {
    if let Ok(text) = text.to_str() {
        data.extend_from_slice(text.as_bytes());
    } else {
        let encoded = text.call_method1("encode", ("utf-8", "backslashreplace"))?;
        data.extend_from_slice(encoded.cast::<PyBytes>()?.as_bytes());
    }
    Ok(())
}

/// Texts while they are made, one after the other.
pub(crate) struct Piece {
    pub(crate) data: Vec<u8>,
    ends: Vec<usize>,
}

impl Piece {
    /// Ends a text.
    pub(crate) fn end(&mut self) {
        self.ends.push(self.data.len());
    }
}

/// Texts of rows that are made in parallel, some rows at a time.
pub(crate) fn made(
    py: Python<'_>,
    rows: usize,
    make: impl Fn(Range<usize>, &mut Piece) + Sync + Send,
) -> PyResult<MadeTexts> {
    let pieces = of_pieces(py, rows, |rows| {
        let mut piece = Piece { data: Vec::with_capacity(BYTES * rows.len()), ends: Vec::with_capacity(rows.len()) };
        make(rows, &mut piece);
        piece
    })?;
    // Numpy's memory is asked for in large pages.
    let bytes: usize = pieces.iter().map(|piece| piece.data.len()).sum();
    let (offsets, data) = (zeros(py, rows + 1), zeros(py, bytes));
    let (mut to_offsets, mut to_data) = (offsets.try_readwrite()?, data.try_readwrite()?);
    let (to_offsets, to_data) = (&mut to_offsets.as_slice_mut()?[1..], to_data.as_slice_mut()?);
    threads::detached(py, || end_to_end(pieces, to_offsets, to_data))?;
    Ok((offsets.unbind(), data.unbind(), None, None))
}

/// Puts the ends and the bytes of all texts one after the other.
fn end_to_end(pieces: Vec<Piece>, mut offsets: &mut [i64], mut data: &mut [u8]) {
    let mut start = 0;
    let places = pieces.into_iter().map(|piece| {
        let of_piece = offsets.split_off_mut(..piece.ends.len()).unwrap_or_default();
        let bytes = data.split_off_mut(..piece.data.len()).unwrap_or_default();
        start += piece.data.len();
        (start - piece.data.len(), of_piece, bytes, piece)
    });
    map(places, |(start, offsets, data, piece)| {
        offsets.iter_mut().zip(piece.ends).for_each(|(offset, end)| *offset = (start + end) as i64);
        data.copy_from_slice(&piece.data);
    });
}

/// Texts of 16 characters, one a row, made in parallel.
pub(crate) fn made_of_16(
    py: Python<'_>,
    rows: usize,
    make: impl Fn(Range<usize>, &mut [[u8; 16]]) + Sync + Send,
) -> PyResult<MadeTexts> {
    let data = zeros(py, 16 * rows);
    let mut to_data = data.try_readwrite()?;
    let to_data = to_data.as_slice_mut()?.as_chunks_mut().0;
    threads::detached(py, || {
        let pieces = to_data.chunks_mut(PIECE).enumerate();
        map(pieces, |(number, out)| make(number * PIECE..number * PIECE + out.len(), out));
    })?;
    let offsets = PyArray1::arange(py, 0, 16 * rows as i64 + 1, 16);
    Ok((offsets.unbind(), data.unbind(), None, None))
}

/// The bitmap by which Arrow says where there is something; None if there is something everywhere.
#[guarded]
#[pyfunction]
pub(crate) fn validity_bitmap<'py>(
    py: Python<'py>,
    nothing: Vector<'py, bool>,
) -> PyResult<Option<Bound<'py, PyArray1<u8>>>> {
    let nothing = nothing.as_slice()?;
    if !nothing.contains(&true) {
        return Ok(None);
    }
    let (whole, rest) = nothing.as_chunks::<8>();
    let bits = |flags: &[bool]| flags.iter().enumerate().fold(0, |bits, (at, &flag)| bits | u8::from(!flag) << at);
    let mut bitmap: Vec<_> = whole.iter().map(|flags| bits(flags)).collect();
    if !rest.is_empty() {
        bitmap.push(bits(rest));
    }
    Ok(Some(PyArray1::from_vec(py, bitmap)))
}
