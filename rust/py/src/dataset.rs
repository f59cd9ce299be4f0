//! Annotations and predictions that belong together, as every kernel takes them.

use boxlint_core::{Dataset, VerifiedClasses};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;

use crate::boxes::Columns;
use crate::errors::value_error;

/// Offsets of the images, and class ids.
type Verified = (Py<PyArray1<i64>>, Py<PyArray1<i32>>);

/// Columns of annotations and of predictions, with a flag for each annotation to ignore if there is any, and with the
/// offsets and class ids of the classes that were looked for in each image if these are not all.
///
/// A ValueError says if they are not of the same images, or scores or flags are missing.
#[pyclass(frozen, module = "boxlint._core")]
pub(crate) struct DatasetColumns {
    annotations: Py<Columns>,
    predictions: Py<Columns>,
    ignored: Option<Py<PyArray1<bool>>>,
    verified: Option<Verified>,
}

#[pymethods]
impl DatasetColumns {
    #[new]
    #[pyo3(signature = (annotations, predictions, ignored, verified=None))]
    fn new(
        py: Python<'_>,
        annotations: Py<Columns>,
        predictions: Py<Columns>,
        ignored: Option<Py<PyArray1<bool>>>,
        verified: Option<Verified>,
    ) -> PyResult<Self> {
        let columns = Self { annotations, predictions, ignored, verified };
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
        let verified = self.verified.as_ref().map(|(offsets, class_id)| {
            Ok::<_, PyErr>((offsets.bind(py).try_readonly()?, class_id.bind(py).try_readonly()?))
        });
        let verified = verified.transpose()?;
        let slices = verified.as_ref().map(|(offsets, class_id)| Ok((offsets.as_slice()?, class_id.as_slice()?)));
        let slices = slices.transpose().map_err(|error: numpy::AsSliceError| PyErr::from(error))?;
        let dataset = Dataset::new(annotations.boxes()?, predictions.boxes()?, flags).and_then(|dataset| {
            let verified = slices.map(|(offsets, class_id)| VerifiedClasses::new(offsets, class_id)).transpose()?;
            dataset.with_verified(verified)
        });
        work(dataset.map_err(value_error)?)
    }

    /// The same for work that keeps tables with an entry a class: a ValueError if there are too many.
    pub(crate) fn with_classes<T>(&self, py: Python<'_>, work: impl FnOnce(Dataset) -> PyResult<T>) -> PyResult<T> {
        self.with(py, |dataset| work(dataset.with_classes(0).map_err(value_error)?))
    }
}
