//! What pass 1 counts.

use std::borrow::Cow;

use boxlint_core::check as core;
use boxlint_core::{CLASS_LIMIT, Dataset};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::value_error;

/// What spans the data set, as integers.
#[pyclass(frozen, eq, module = "boxlint._core")]
#[derive(PartialEq)]
pub(crate) struct Statistics(pub(crate) core::Statistics);

#[pymethods]
impl Statistics {
    /// From what `entries` returns.
    #[new]
    fn new(
        classes: usize,
        scores: PyReadonlyArray2<i64>,
        best: PyReadonlyArray2<i64>,
        pairs: PyReadonlyArray2<i64>,
        gaps: PyReadonlyArray2<i64>,
    ) -> PyResult<Self> {
        let entries = core::Entries {
            scores: scores.as_slice()?.as_chunks().0.to_vec(),
            best: best.as_slice()?.as_chunks().0.to_vec(),
            pairs: pairs.as_slice()?.as_chunks().0.to_vec(),
            gaps: gaps.as_slice()?.as_chunks().0.to_vec(),
        };
        let statistics = (classes <= CLASS_LIMIT).then(|| core::Statistics::from_entries(classes, &entries)).flatten();
        statistics.map(Self).ok_or_else(|| PyValueError::new_err("a class, bin or size is out of range"))
    }

    /// Number of classes.
    #[getter]
    fn classes(&self) -> usize {
        self.0.classes()
    }

    /// The sums of two parts.
    fn merged(&self, py: Python<'_>, other: &Self) -> Self {
        Self(py.detach(|| self.0.clone().merge(other.0.clone())))
    }

    /// All counts that are not 0, one a row: class, score bin, predictions, matches, free predictions; class, size, best score
    /// bin, annotations; class, other class, pairs; class, size, matches, sum of 1 - IoU.
    fn entries(&self, py: Python<'_>) -> PyResult<(Matrix, Matrix, Matrix, Matrix)> {
        let core::Entries { scores, best, pairs, gaps } = self.0.entries();
        Ok((matrix(py, scores)?, matrix(py, best)?, matrix(py, pairs)?, matrix(py, gaps)?))
    }
}

impl Statistics {
    /// The counts, of at least so many classes: a data set may have some that statistics of another one have not seen.
    pub(crate) fn of_classes(&self, at_least: usize) -> Cow<'_, core::Statistics> {
        if self.0.classes() >= at_least {
            return Cow::Borrowed(&self.0);
        }
        Cow::Owned(self.0.clone().merge(core::Statistics::of_classes(at_least)))
    }
}

type Matrix = Py<PyArray2<i64>>;

fn matrix<const N: usize>(py: Python<'_>, rows: Vec<[i64; N]>) -> PyResult<Matrix> {
    let count = rows.len();
    Ok(PyArray1::from_vec(py, rows.into_flattened()).reshape([count, N])?.unbind())
}

/// The data set with at least so many classes, and those of ignored annotations.
pub(crate) fn with_all_classes(dataset: Dataset<'_>, at_least: usize) -> PyResult<Dataset<'_>> {
    dataset.with_classes(at_least.max(dataset.annotations().classes())).map_err(value_error)
}
