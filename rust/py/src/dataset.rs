//! Annotations and predictions that belong together, as every kernel takes them.

use boxlint_core::Dataset;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;

use crate::boxes::Columns;
use crate::errors::value_error;

/// Columns of annotations and of predictions, with a flag for each annotation to ignore if there is any.
///
/// A ValueError says if they are not of the same images, or scores or flags are missing.
#[pyclass(frozen, module = "boxlint._core")]
pub(crate) struct DatasetColumns {
    annotations: Py<Columns>,
    predictions: Py<Columns>,
    ignored: Option<Py<PyArray1<bool>>>,
}

#[pymethods]
impl DatasetColumns {
    #[new]
    fn new(
        py: Python<'_>,
        annotations: Py<Columns>,
        predictions: Py<Columns>,
        ignored: Option<Py<PyArray1<bool>>>,
    ) -> PyResult<Self> {
        let columns = Self { annotations, predictions, ignored };
        columns.with(py, |_| Ok(()))?;
        Ok(columns)
    }
}

impl DatasetColumns {
    /// Borrows the arrays while `work` reads the data set.
    pub(crate) fn with<T>(&self, py: Python<'_>, work: impl FnOnce(Dataset) -> PyResult<T>) -> PyResult<T> {
        let (annotations, predictions) = (self.annotations.get().borrow(py)?, self.predictions.get().borrow(py)?);
        let ignored = self.ignored.as_ref().map(|ignored| ignored.bind(py).try_readonly()).transpose()?;
        let flags = ignored.as_ref().map(|ignored| ignored.as_slice()).transpose()?;
        work(Dataset::new(annotations.boxes()?, predictions.boxes()?, flags).map_err(value_error)?)
    }

    /// The same for work that keeps tables with an entry a class: a ValueError if there are too many.
    pub(crate) fn with_classes<T>(&self, py: Python<'_>, work: impl FnOnce(Dataset) -> PyResult<T>) -> PyResult<T> {
        self.with(py, |dataset| work(dataset.with_classes(0).map_err(value_error)?))
    }
}
