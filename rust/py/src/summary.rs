//! What a data set is made of.

use boxlint_core::{self as core, Boxes, ClassCount, DataSet, Groups};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;

use crate::columns::Columns;
use crate::errors::value_error;
use crate::threads;

type Column<'py, T> = Bound<'py, PyArray1<T>>;
type Counted<'py> = (Column<'py, i32>, Column<'py, u64>);

/// (N,) each: how many annotations and how many predictions each image has.
#[pyfunction]
pub(crate) fn box_counts<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
) -> PyResult<[Column<'py, i64>; 2]> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let data = DataSet::new(annotations.boxes()?, predictions.boxes()?, core::ALPHA).map_err(value_error)?;
    let sides = [data.annotations(), data.predictions()];
    Ok(threads::detached(py, || sides.map(core::box_counts))?.map(|counts| PyArray1::from_vec(py, counts)))
}

/// The classes of the annotations with the number of boxes of each, in the order in which they first occur; the same of
/// the predictions.
#[pyfunction]
pub(crate) fn class_counts<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
) -> PyResult<[Counted<'py>; 2]> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let data = DataSet::new(annotations.boxes()?, predictions.boxes()?, core::ALPHA).map_err(value_error)?;
    let counts = |boxes: &Boxes| -> (Vec<i32>, Vec<u64>) {
        core::class_counts(boxes).into_iter().map(|ClassCount { class, boxes }| (class, boxes)).unzip()
    };
    let sides = [data.annotations(), data.predictions()];
    let dressed = |(classes, boxes)| (PyArray1::from_vec(py, classes), PyArray1::from_vec(py, boxes));
    Ok(threads::detached(py, || sides.map(counts))?.map(dressed))
}

/// The areas of the boxes of each group of classes, one group after another, and how many each has.
#[pyfunction]
pub(crate) fn areas<'py>(
    py: Python<'py>,
    boxes: &Columns,
    groups: Vec<Vec<i32>>,
) -> PyResult<(Column<'py, f64>, Vec<usize>)> {
    let boxes = boxes.borrow(py)?;
    let boxes = boxes.boxes()?;
    let groups = threads::detached(py, || Groups::of(boxes, &groups))?;
    let counts = groups.counts();
    // Numpy's own memory comes in huge pages, several times as fast to fill.
    let areas = PyArray1::zeros(py, counts.iter().sum::<usize>(), false);
    let mut filled = areas.try_readwrite()?;
    let out = filled.as_slice_mut()?;
    threads::detached(py, || groups.areas(out))?;
    drop(filled);
    Ok((areas, counts))
}
