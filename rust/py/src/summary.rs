//! What a data set is made of.

use boxlint_core::{self as core, ClassCount, DataSet};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;

use crate::boxes::Columns;
use crate::errors::value_error;
use crate::threads;

type Column<'py, T> = Bound<'py, PyArray1<T>>;

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

/// The boxes of each class of annotations or predictions, counted once.
#[pyclass(frozen, module = "boxlint._core")]
pub(crate) struct Classes {
    columns: Py<Columns>,
    counted: core::Classes,
}

#[pymethods]
impl Classes {
    /// The classes with the number of boxes of each, in the order in which they first occur.
    fn counts<'py>(&self, py: Python<'py>) -> (Column<'py, i32>, Column<'py, u64>) {
        let counts = self.counted.counts().into_iter();
        let (classes, boxes) = counts.map(|ClassCount { class, boxes }| (class, boxes)).unzip();
        (PyArray1::from_vec(py, classes), PyArray1::from_vec(py, boxes))
    }

    /// The areas of the boxes of each group of classes, that have so many, one group after another.
    fn areas<'py>(&self, py: Python<'py>, groups: Vec<Vec<i32>>, boxes: usize) -> PyResult<Column<'py, f64>> {
        let columns = self.columns.get().borrow(py)?;
        let counted = columns.boxes()?;
        // Numpy's own memory comes in huge pages, several times as fast to fill.
        let areas = PyArray1::zeros(py, boxes, false);
        let mut filled = areas.try_readwrite()?;
        let out = filled.as_slice_mut()?;
        threads::detached(py, || self.counted.areas(&counted, &groups, out))?;
        drop(filled);
        Ok(areas)
    }
}

/// The classes of annotations and predictions of the same images.
#[pyfunction]
pub(crate) fn classes<'py>(
    py: Python<'py>,
    annotations: &Bound<'py, Columns>,
    predictions: &Bound<'py, Columns>,
) -> PyResult<[Classes; 2]> {
    let borrowed = (annotations.get().borrow(py)?, predictions.get().borrow(py)?);
    let data = DataSet::new(borrowed.0.boxes()?, borrowed.1.boxes()?, core::ALPHA).map_err(value_error)?;
    let counted =
        threads::detached(py, || (core::Classes::of(data.annotations()), core::Classes::of(data.predictions())))?;
    Ok([
        Classes { columns: annotations.clone().unbind(), counted: counted.0 },
        Classes { columns: predictions.clone().unbind(), counted: counted.1 },
    ])
}
