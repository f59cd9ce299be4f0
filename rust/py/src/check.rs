//! The native method: collect, examine, hand the rows back as columns.

use boxlint_core::check::{self as core, Found, Parameters, Tables};
use boxlint_core::{CLASS_LIMIT, Dataset};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::boxes::Column;
use crate::dataset::DatasetColumns;
use crate::errors::value_error;
use crate::threads::{self, in_blocks};

type Matrix<'py> = Bound<'py, PyArray2<i64>>;
/// Suspicion, measure, image, annotation, witness, and kind, of each row.
type Rows<'py> =
    (Column<'py, f64>, Column<'py, f32>, Column<'py, u32>, Column<'py, i32>, Column<'py, i32>, Column<'py, u8>);

/// What spans the data set, as integers.
#[pyclass(frozen, eq, module = "boxlint._core")]
#[derive(PartialEq)]
pub(crate) struct Statistics(core::Statistics);

#[pymethods]
impl Statistics {
    /// From what `entries` returns.
    #[new]
    fn new(
        classes: usize,
        scores: PyReadonlyArray2<i64>,
        bests: PyReadonlyArray2<i64>,
        pairs: PyReadonlyArray2<i64>,
    ) -> PyResult<Self> {
        let (scores, bests, pairs) = (scores.as_slice()?, bests.as_slice()?, pairs.as_slice()?);
        let entries = (scores.as_chunks().0, bests.as_chunks().0, pairs.as_chunks().0);
        let statistics = (classes <= CLASS_LIMIT)
            .then(|| core::Statistics::from_entries(classes, entries.0, entries.1, entries.2))
            .flatten();
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

    /// All counts that are not 0: (class, score bin, predictions, matches), (class, size, best score bin, annotations),
    /// (class, other class, pairs).
    fn entries<'py>(&self, py: Python<'py>) -> PyResult<(Matrix<'py>, Matrix<'py>, Matrix<'py>)> {
        let (scores, bests, pairs) = self.0.entries();
        Ok((matrix(py, scores)?, matrix(py, bests)?, matrix(py, pairs)?))
    }
}

fn matrix<const N: usize>(py: Python<'_>, rows: Vec<[i64; N]>) -> PyResult<Matrix<'_>> {
    let count = rows.len();
    PyArray1::from_vec(py, rows.into_flattened()).reshape([count, N])
}

/// What to look for.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Search {
    priors: [f64; 5],
    kinds: [bool; 5],
    min_suspicion: f64,
}

/// Hands `work` the data set with at least so many classes, and at least those of all annotations, the ignored ones too.
fn with_classes<T>(
    py: Python<'_>,
    dataset: &DatasetColumns,
    at_least: usize,
    work: impl FnOnce(Dataset) -> PyResult<T>,
) -> PyResult<T> {
    dataset.with(py, |dataset| {
        let classes = at_least.max(dataset.annotations().classes());
        work(dataset.with_classes(classes).map_err(value_error)?)
    })
}

/// Pass 1: counts all images; `classes` is the least number of classes.
#[pyfunction]
#[pyo3(signature = (dataset, classes, *, progress=None))]
pub(crate) fn collect(
    py: Python<'_>,
    dataset: &DatasetColumns,
    classes: usize,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Statistics> {
    with_classes(py, dataset, classes, |dataset| {
        let mut sum = core::Statistics::of_classes(dataset.classes());
        in_blocks(py, 0..dataset.images(), progress, |block| {
            sum = std::mem::take(&mut sum).merge(core::Statistics::of(&dataset, block));
        })?;
        Ok(Statistics(sum))
    })
}

/// Pass 2: the rows, -ln(1 - suspicion) of each image, and how many predictions are likelier right than wrong.
#[pyfunction]
#[pyo3(signature = (dataset, statistics, search, *, progress=None))]
pub(crate) fn examine<'py>(
    py: Python<'py>,
    dataset: &DatasetColumns,
    statistics: &Statistics,
    search: Search,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Rows<'py>, Column<'py, f64>, u64)> {
    with_classes(py, dataset, statistics.0.classes(), |dataset| {
        let parameters = Parameters { priors: search.priors, kinds: search.kinds, min_suspicion: search.min_suspicion };
        // The data set may have classes that the statistics, if they are of another one, have not seen.
        let counted = statistics.0.clone().merge(core::Statistics::of_classes(dataset.classes()));
        let tables = py.detach(|| Tables::new(&counted));
        let mut logarithms = vec![0.0; dataset.images()];
        let mut found = Found::default();
        in_blocks(py, 0..dataset.images(), progress, |block| {
            core::examine(&dataset, &tables, &parameters, block.clone(), &mut found, &mut logarithms[block]);
        })?;
        let confident = found.confident;
        let rows = threads::detached(py, || found.into_rows())?;
        Ok((columns(py, rows), PyArray1::from_vec(py, logarithms), confident))
    })
}

fn columns(py: Python<'_>, rows: core::Rows) -> Rows<'_> {
    (
        PyArray1::from_vec(py, rows.suspicion),
        PyArray1::from_vec(py, rows.measure),
        PyArray1::from_vec(py, rows.image),
        PyArray1::from_vec(py, rows.annotation),
        PyArray1::from_vec(py, rows.witness),
        PyArray1::from_vec(py, rows.kind),
    )
}
