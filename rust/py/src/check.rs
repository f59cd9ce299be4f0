//! The native method: collect, examine, hand the rows back as columns.

use boxlint_core::CLASS_LIMIT;
use boxlint_core::check::{self as core, Case, Found, Parameters, Tables};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::boxes::{Borrowed, Columns};
use crate::errors::value_error;
use crate::threads::{self, in_blocks};

type Column<'py, T> = Bound<'py, PyArray1<T>>;
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

/// Annotations and predictions while a kernel reads them.
struct Opened<'py> {
    annotations: Borrowed<'py>,
    predictions: Borrowed<'py>,
    ignore: Option<PyReadonlyArray1<'py, bool>>,
}

impl<'py> Opened<'py> {
    fn new(
        py: Python<'py>,
        annotations: &Columns,
        predictions: &Columns,
        ignore: Option<PyReadonlyArray1<'py, bool>>,
    ) -> PyResult<Self> {
        Ok(Self { annotations: annotations.borrow(py)?, predictions: predictions.borrow(py)?, ignore })
    }

    fn case(&self, classes: usize) -> PyResult<Case<'_>> {
        let ignore = self.ignore.as_ref().map(|ignore| ignore.as_slice()).transpose()?;
        Case::new(self.annotations.boxes()?, self.predictions.boxes()?, ignore, classes).map_err(value_error)
    }
}

/// Pass 1: counts all images; `classes` is the least number of classes.
#[pyfunction]
#[pyo3(signature = (annotations, predictions, ignore, classes, *, progress=None))]
pub(crate) fn collect<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
    ignore: Option<PyReadonlyArray1<'py, bool>>,
    classes: usize,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Statistics> {
    let opened = Opened::new(py, annotations, predictions, ignore)?;
    let case = opened.case(classes)?;
    let mut sum = core::Statistics::of_classes(case.classes());
    in_blocks(py, 0..case.images(), progress, |block| {
        sum = std::mem::take(&mut sum).merge(core::Statistics::of(&case, block));
    })?;
    Ok(Statistics(sum))
}

/// Pass 2: the rows, -ln(1 - suspicion) of each image, and how many predictions are likelier right than wrong.
#[pyfunction]
#[pyo3(signature = (annotations, predictions, ignore, statistics, search, *, progress=None))]
pub(crate) fn examine<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
    ignore: Option<PyReadonlyArray1<'py, bool>>,
    statistics: &Statistics,
    search: Search,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Rows<'py>, Column<'py, f64>, u64)> {
    let opened = Opened::new(py, annotations, predictions, ignore)?;
    let case = opened.case(statistics.0.classes())?;
    let parameters = Parameters { priors: search.priors, kinds: search.kinds, min_suspicion: search.min_suspicion };
    // The data set may have classes that the statistics, if they are of another one, have not seen.
    let counted = statistics.0.clone().merge(core::Statistics::of_classes(case.classes()));
    let tables = py.detach(|| Tables::new(&counted));
    let mut logarithms = vec![0.0; case.images()];
    let mut found = Found::default();
    in_blocks(py, 0..case.images(), progress, |block| {
        core::examine(&case, &tables, &parameters, block.clone(), &mut found, &mut logarithms[block]);
    })?;
    let confident = found.confident;
    let rows = threads::detached(py, || found.into_rows())?;
    Ok((columns(py, rows), PyArray1::from_vec(py, logarithms), confident))
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
