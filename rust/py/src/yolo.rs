//! YOLO text files, read into columns.

use boxlint_guard::guarded;

use boxlint_io::{self as io, LineLayout, LineShape};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyString, PyTuple};

use crate::errors::of_file;
use crate::folder::FolderFiles;
use crate::threads;

/// The boxes of the lines of many files: see [`io::LineBoxes`].
#[derive(IntoPyObject)]
pub(crate) struct LineBoxes {
    file: Py<PyArray1<i64>>,
    line: Py<PyArray1<i64>>,
    class_id: Py<PyArray1<i32>>,
    corners: Py<PyArray2<f64>>,
    score: Py<PyArray1<f64>>,
    outlines: Py<PyArray1<bool>>,
    keypoints: Py<PyArray1<bool>>,
    faults: Vec<LineFault>,
    lost: Vec<usize>,
}

/// A line or file that cannot be read: see [`io::LineFault`].
#[derive(IntoPyObject)]
struct LineFault {
    file: usize,
    line: usize,
    what: String,
    kind: &'static str,
}

impl From<io::LineFault> for LineFault {
    fn from(io::LineFault { file, line, what, kind }: io::LineFault) -> Self {
        Self { file, line, what, kind }
    }
}

/// Reads the lines of the files of images, -1 for an image without one.
#[guarded]
#[pyfunction]
pub(crate) fn read_yolo_lines(
    py: Python<'_>,
    files: &FolderFiles,
    of_images: PyReadonlyArray1<i64>,
    layout: &str,
    shape: Option<&str>,
) -> PyResult<LineBoxes> {
    let layout = match layout {
        "annotations" => LineLayout::Annotations,
        "last" => LineLayout::ConfidenceLast,
        "second" => LineLayout::ConfidenceSecond,
        _ => return Err(PyValueError::new_err(format!("layout is {layout}"))),
    };
    let shape = match shape {
        None => None,
        Some("outlines") => Some(LineShape::Outlines),
        Some("keypoints") => Some(LineShape::Keypoints),
        Some(other) => return Err(PyValueError::new_err(format!("shape is {other}"))),
    };
    let files = &files.0;
    let known = |&file: &i64| usize::try_from(file).ok().filter(|&file| file < files.len());
    let of_images: Vec<_> = of_images.as_array().iter().map(known).collect();
    let read = || io::read_lines(files, &of_images, layout, shape);
    let boxes = threads::watched(py, usize::MAX, read)?.map_err(of_file)?;
    let positions = |column: Vec<usize>| {
        let column: Vec<i64> = column.into_iter().map(|at| at as i64).collect(); // in place
        PyArray1::from_vec(py, column).unbind()
    };
    let made_from = |shape| PyArray1::from_iter(py, boxes.shape.iter().map(|&of| of == Some(shape))).unbind();
    let (outlines, keypoints) = (made_from(LineShape::Outlines), made_from(LineShape::Keypoints));
    let rows = boxes.corners.len();
    Ok(LineBoxes {
        file: positions(boxes.file),
        line: positions(boxes.line),
        class_id: PyArray1::from_vec(py, boxes.class_id).unbind(),
        corners: PyArray1::from_vec(py, boxes.corners.into_flattened()).reshape([rows, 4])?.unbind(),
        score: PyArray1::from_vec(py, boxes.score).unbind(),
        outlines,
        keypoints,
        faults: boxes.faults.into_iter().map(LineFault::from).collect(),
        lost: boxes.lost,
    })
}

/// (N, 2) the width and height of each image, if all of these are a text with a tuple of two positive numbers.
#[guarded]
#[pyfunction]
pub(crate) fn plain_sizes(py: Python<'_>, sizes: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyArray2<f64>>>> {
    let Ok(sizes) = sizes.cast_exact::<PyDict>() else { return Ok(None) };
    let mut sides = Vec::with_capacity(2 * sizes.len());
    for (name, size) in sizes {
        if !name.is_exact_instance_of::<PyString>() {
            return Ok(None);
        }
        match size.cast_exact::<PyTuple>().ok().filter(|size| size.len() == 2) {
            Some(size) => sides.extend(size.iter().filter_map(|side| positive(&side))),
            None => return Ok(None),
        }
    }
    let images = sizes.len();
    Ok(if sides.len() == 2 * images {
        Some(PyArray1::from_vec(py, sides).reshape([images, 2])?.unbind())
    } else {
        None
    })
}

fn positive(side: &Bound<'_, PyAny>) -> Option<f64> {
    let is_plain = side.is_exact_instance_of::<PyFloat>() || side.is_exact_instance_of::<PyInt>();
    side.extract().ok().filter(|&side: &f64| is_plain && side > 0.0 && side.is_finite())
}

/// How many lines each file has that may be boxes.
#[guarded]
#[pyfunction]
pub(crate) fn count_box_lines(py: Python<'_>, files: &FolderFiles) -> PyResult<Vec<usize>> {
    threads::watched(py, usize::MAX, || io::count_box_lines(&files.0))?.map_err(of_file)
}
