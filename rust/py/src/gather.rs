//! Columns of issues, gathered from the columns of a data set.

use boxlint_core::check::Kind;
use numpy::{Element, PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

/// Numbers of boxes, one or four to each.
#[derive(FromPyObject)]
pub(crate) enum Numbers<'py> {
    I32(PyReadonlyArray1<'py, i32>),
    I64(PyReadonlyArray1<'py, i64>),
    F32(PyReadonlyArray1<'py, f32>),
    F64(PyReadonlyArray1<'py, f64>),
    CornersF32(PyReadonlyArray2<'py, f32>),
    CornersF64(PyReadonlyArray2<'py, f64>),
}

/// Numbers, and where there is none: two arrays of one shape.
type Masked<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// The numbers in some rows, of 64 bits; -1 or NaN for row -1, where there is none.
#[pyfunction]
pub(crate) fn gathered<'py>(
    py: Python<'py>,
    numbers: Numbers<'py>,
    rows: PyReadonlyArray1<'py, i64>,
) -> PyResult<Masked<'py>> {
    let rows = rows.as_slice()?;
    match numbers {
        Numbers::I32(numbers) => in_rows(py, numbers.as_slice()?.as_chunks().0, rows, [-1], i64::from),
        Numbers::I64(numbers) => in_rows(py, numbers.as_slice()?.as_chunks().0, rows, [-1], |number| number),
        Numbers::F32(numbers) => in_rows(py, numbers.as_slice()?.as_chunks().0, rows, [f64::NAN], f64::from),
        Numbers::F64(numbers) => in_rows(py, numbers.as_slice()?.as_chunks().0, rows, [f64::NAN], |number| number),
        Numbers::CornersF32(corners) => in_rows(py, corners.as_slice()?.as_chunks().0, rows, NO_BOX, f64::from),
        Numbers::CornersF64(corners) => in_rows(py, corners.as_slice()?.as_chunks().0, rows, NO_BOX, |number| number),
    }
}

const NO_BOX: [f64; 4] = [f64::NAN; 4];

fn in_rows<'py, T: Copy, U: Copy + Element, const N: usize>(
    py: Python<'py>,
    numbers: &[[T; N]],
    rows: &[i64],
    none: [U; N],
    convert: impl Fn(T) -> U,
) -> PyResult<Masked<'py>> {
    let row = |&row: &i64| usize::try_from(row).ok().and_then(|row| numbers.get(row));
    let found = rows.iter().map(|given| row(given).map(|numbers| numbers.map(&convert)));
    masked(py, found, none)
}

/// Columns of numbers; N numbers a row make an array of two dimensions if there are several.
fn masked<'py, U: Copy + Element, const N: usize>(
    py: Python<'py>,
    found: impl ExactSizeIterator<Item = Option<[U; N]>>,
    none: [U; N],
) -> PyResult<Masked<'py>> {
    let rows = found.len();
    let (mut numbers, mut nothing) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for found in found {
        numbers.push(found.unwrap_or(none));
        nothing.push([found.is_none(); N]);
    }
    let numbers = PyArray1::from_vec(py, numbers.into_flattened());
    let nothing = PyArray1::from_vec(py, nothing.into_flattened());
    Ok(if N == 1 {
        (numbers.into_any(), nothing.into_any())
    } else {
        (numbers.reshape([rows, N])?.into_any(), nothing.reshape([rows, N])?.into_any())
    })
}

/// The corners that annotations should have: those given if the class alone is wrong, none if the annotation should be
/// deleted, else those of the prediction, cut to the image. `sizes` are the widths and heights of the images, NaN where
/// unknown; where all of a box lies outside it is not cut.
#[pyfunction]
pub(crate) fn suggested_boxes<'py>(
    py: Python<'py>,
    kind: PyReadonlyArray1<'py, u8>,
    given: PyReadonlyArray2<'py, f64>,
    seen: PyReadonlyArray2<'py, f64>,
    image: PyReadonlyArray1<'py, u32>,
    sizes: Option<PyReadonlyArray2<'py, f64>>,
) -> PyResult<Masked<'py>> {
    let sizes: Option<&[[f64; 2]]> =
        sizes.as_ref().map(|sizes| sizes.as_slice()).transpose()?.map(|all| all.as_chunks().0);
    let (given, seen) = (given.as_slice()?.as_chunks::<4>().0, seen.as_slice()?.as_chunks::<4>().0);
    let boxes = given.iter().zip(seen).zip(image.as_slice()?);
    let boxes = kind.as_slice()?.iter().zip(boxes).map(|(&kind, ((&given, &seen), &image))| {
        match Kind::ALL[usize::from(kind)] {
            Kind::Swap => Some(given),
            Kind::Spurious | Kind::Duplicate => None,
            Kind::Missing | Kind::Badloc => Some(sizes.map_or(seen, |sizes| cut(seen, sizes[image as usize]))),
        }
    });
    masked(py, boxes, NO_BOX)
}

/// A box cut to an image.
fn cut(corners: [f64; 4], [width, height]: [f64; 2]) -> [f64; 4] {
    let within = |at: f64, side: f64| if side.is_nan() { at } else { at.clamp(0.0, side) };
    let [x1, y1, x2, y2] = corners;
    let [left, top, right, bottom] = [within(x1, width), within(y1, height), within(x2, width), within(y2, height)];
    if right > left && bottom > top { [left, top, right, bottom] } else { corners }
}
