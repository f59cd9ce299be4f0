//! How many boxes each image and each class has, and how large they are.

use boxlint_core::{self as core, Boxes, ClassCount, Dataset};
use boxlint_guard::guarded;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;

use crate::columns::{Column, DatasetColumns, zeros};
use crate::from_lists::Side;
use crate::threads;

/// (N,) each: the number of annotations, without ignored ones, and of predictions of each image.
#[guarded]
#[pyfunction]
pub(crate) fn box_counts<'py>(py: Python<'py>, dataset: &DatasetColumns) -> PyResult<[Column<'py, i64>; 2]> {
    let counts = dataset.with(py, |dataset| threads::detached(py, || core::box_counts(&dataset)))?;
    Ok([counts.annotations, counts.predictions].map(|counts| PyArray1::from_vec(py, counts)))
}

/// The boxes of each class of the annotations, or of the predictions, counted once.
#[pyclass(frozen, module = "boxlint._core")]
pub(crate) struct Classes {
    dataset: Py<DatasetColumns>,
    side: Side,
    counted: core::Classes,
}

#[guarded]
#[pymethods]
impl Classes {
    /// The classes with the number of boxes of each, in the order in which they first occur.
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<(Column<'py, i32>, Column<'py, u64>)> {
        let counts = self.counted.counts().into_iter();
        let (classes, boxes) = counts.map(|ClassCount { class, boxes }| (class, boxes)).unzip();
        Ok((PyArray1::from_vec(py, classes), PyArray1::from_vec(py, boxes)))
    }

    /// The areas of the boxes of each group of classes, one group after another; there are so many `boxes` in all groups.
    fn areas<'py>(&self, py: Python<'py>, groups: Vec<Vec<i32>>, boxes: usize) -> PyResult<Column<'py, f64>> {
        // Numpy's own memory comes in huge pages, several times as fast to fill.
        let areas = zeros(py, boxes);
        let mut filled = areas.try_readwrite()?;
        let out = filled.as_slice_mut()?;
        self.dataset.get().with(py, |dataset| {
            let (boxes, ignored) = boxes_of(&dataset, self.side);
            threads::detached(py, || self.counted.areas(boxes, ignored, &groups, out))
        })?;
        drop(filled);
        Ok(areas)
    }
}

/// The classes of the annotations, without ignored ones, and of the predictions.
#[guarded]
#[pyfunction]
pub(crate) fn classes(py: Python<'_>, dataset: Py<DatasetColumns>) -> PyResult<[Classes; 2]> {
    let count = |side| -> PyResult<Classes> {
        let counted = dataset.get().with(py, |dataset| {
            let (boxes, ignored) = boxes_of(&dataset, side);
            threads::watched(py, boxes.len(), || core::Classes::of(boxes, ignored))
        })?;
        Ok(Classes { dataset: dataset.clone_ref(py), side, counted })
    };
    Ok([count(Side::Annotations)?, count(Side::Predictions)?])
}

/// The boxes of one side, with flags for those to ignore.
fn boxes_of<'a, 'b>(dataset: &'b Dataset<'a>, side: Side) -> (&'b Boxes<'a>, Option<&'a [bool]>) {
    match side {
        Side::Annotations => (dataset.annotations(), dataset.ignored()),
        Side::Predictions => (dataset.predictions(), None),
    }
}
