//! What pass 1 counts, and the model that follows, which is made once for many calls.

use std::sync::{Arc, Mutex, PoisonError};

use boxlint_core::check::{self as core, Consensus, DetectorModel};
use boxlint_core::{Dataset, reserve};
use boxlint_guard::guarded;
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::value_error;
use crate::threads;

/// What spans the data set, as integers.
#[pyclass(frozen, eq, module = "boxlint._core")]
pub(crate) struct Statistics {
    pub(crate) counts: Arc<core::Statistics>,
    /// The model last asked for: it takes as long to make as checking hundreds of images.
    model: Mutex<Option<Arc<DetectorModel>>>,
    /// The same of several detectors, of which this one is the first.
    consensus: Mutex<Option<KnownConsensus>>,
}

/// A consensus, what it was made of, and its number of classes.
struct KnownConsensus {
    counts: Vec<Arc<core::Statistics>>,
    classes: usize,
    consensus: Arc<Consensus>,
}

impl PartialEq for Statistics {
    fn eq(&self, other: &Self) -> bool {
        self.counts == other.counts
    }
}

impl Statistics {
    pub(crate) fn new(counts: core::Statistics) -> Self {
        Self { counts: Arc::new(counts), model: Mutex::new(None), consensus: Mutex::new(None) }
    }

    /// The model of a data set with so many classes. It may have some that the statistics, if they are of another one, have
    /// not seen.
    pub(crate) fn model(&self, py: Python<'_>, classes: usize) -> PyResult<Arc<DetectorModel>> {
        let made = || self.model.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = made().as_ref().filter(|model| model.classes() == classes) {
            return Ok(Arc::clone(model));
        }
        // Not while the lock is held: whoever waits for it may hold the interpreter.
        let model = model_of(py, core::Statistics::clone(&self.counts), classes)?;
        *made() = Some(Arc::clone(&model));
        Ok(model)
    }

    /// What several detectors say of data sets with so many classes, or with those that the statistics have seen if these are
    /// more.
    pub(crate) fn consensus(py: Python<'_>, of: &[PyRef<'_, Self>], classes: usize) -> PyResult<Arc<Consensus>> {
        let counts: Vec<_> = of.iter().map(|statistics| Arc::clone(&statistics.counts)).collect();
        let classes = counts.iter().map(|counts| counts.classes()).fold(classes, usize::max);
        let made = of.first().map(|first| &first.consensus);
        let made = || made.map(|made| made.lock().unwrap_or_else(PoisonError::into_inner));
        let same = |known: &KnownConsensus| {
            let mut pairs = known.counts.iter().zip(&counts);
            known.classes == classes && known.counts.len() == counts.len() && pairs.all(|(a, b)| Arc::ptr_eq(a, b))
        };
        if let Some(known) = made().as_deref().and_then(Option::as_ref).filter(|known| same(known)) {
            return Ok(Arc::clone(&known.consensus));
        }
        // As above, not while the lock is held.
        let consensus = threads::detached(py, || {
            let at_least = |counts: &Arc<core::Statistics>| {
                core::Statistics::clone(counts).merge(core::Statistics::of_classes(classes))
            };
            Arc::new(Consensus::new(&counts.iter().map(at_least).collect::<Vec<_>>()))
        })?;
        if let Some(mut made) = made() {
            *made = Some(KnownConsensus { counts, classes, consensus: Arc::clone(&consensus) });
        }
        Ok(consensus)
    }
}

/// The model of a data set with so many classes.
pub(crate) fn model_of(py: Python<'_>, counts: core::Statistics, classes: usize) -> PyResult<Arc<DetectorModel>> {
    threads::watched(py, counts.size(), || Arc::new(DetectorModel::of_classes(counts, classes)))
}

#[guarded]
#[pymethods]
impl Statistics {
    /// From what `entries` returns. A ValueError says if no data set has such counts.
    #[new]
    fn from_entries(
        classes: usize,
        scores: PyReadonlyArray2<i64>,
        best: PyReadonlyArray2<i64>,
        pairs: PyReadonlyArray2<i64>,
        gaps: PyReadonlyArray2<i64>,
        seen: PyReadonlyArray2<i64>,
    ) -> PyResult<Self> {
        let entries = core::Entries {
            scores: rows(&scores)?,
            best: rows(&best)?,
            pairs: rows(&pairs)?,
            gaps: rows(&gaps)?,
            seen: rows(&seen)?,
        };
        let statistics = core::Statistics::from_entries(classes, &entries).map_err(value_error)?;
        if statistics.entries() != entries {
            return Err(PyValueError::new_err("its rows do not rise, or hold no count"));
        }
        core::check_counts(&statistics).map_err(value_error)?;
        Ok(Self::new(statistics))
    }

    /// Number of classes.
    #[getter]
    fn classes(&self) -> PyResult<usize> {
        Ok(self.counts.classes())
    }

    /// The sums of two parts.
    fn merged(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        let size = self.counts.size() + other.counts.size();
        let sum = || core::Statistics::clone(&self.counts).merge(core::Statistics::clone(&other.counts));
        Ok(Self::new(threads::watched(py, size, sum)?))
    }

    /// About how many objects without annotation the detector sees for each annotation.
    #[getter]
    fn omitted(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(self.model(py, self.counts.classes())?.omitted())
    }

    /// Classes that the detector often takes for others.
    #[getter]
    fn mistaken(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        Ok(self.model(py, self.counts.classes())?.often_mistaken())
    }

    /// All counts that are not 0, one a row: class, score bin, predictions, matches, free predictions, repeats; class, size,
    /// best score bin, annotations; class, other class, pairs, each pair once; class, size, matches, sum of 1 - IoU; class,
    /// score bin, annotations seen as another class and, of such, as their own.
    fn entries(&self, py: Python<'_>) -> PyResult<(Matrix, Matrix, Matrix, Matrix, Matrix)> {
        let core::Entries { scores, best, pairs, gaps, seen } = self.counts.entries();
        Ok((matrix(py, scores)?, matrix(py, best)?, matrix(py, pairs)?, matrix(py, gaps)?, matrix(py, seen)?))
    }

    /// For pickling: what a report is measured with goes with it.
    fn __getnewargs__(&self, py: Python<'_>) -> PyResult<(usize, Matrix, Matrix, Matrix, Matrix, Matrix)> {
        let (scores, best, pairs, gaps, seen) = self.entries(py)?;
        Ok((self.counts.classes(), scores, best, pairs, gaps, seen))
    }
}

type Matrix = Py<PyArray2<i64>>;

fn rows<const N: usize>(matrix: &PyReadonlyArray2<'_, i64>) -> PyResult<Vec<[i64; N]>> {
    let width = matrix.shape()[1];
    if width != N {
        return Err(PyValueError::new_err(format!("its rows hold {width} numbers, expected {N}")));
    }
    let given = matrix.as_slice()?.as_chunks().0;
    let mut rows = Vec::new();
    reserve(&mut rows, given.len());
    rows.extend_from_slice(given);
    Ok(rows)
}

fn matrix<const N: usize>(py: Python<'_>, rows: Vec<[i64; N]>) -> PyResult<Matrix> {
    let count = rows.len();
    Ok(PyArray1::from_vec(py, rows.into_flattened()).reshape([count, N])?.unbind())
}

/// The data set with at least so many classes, and those of ignored annotations.
pub(crate) fn with_all_classes(dataset: Dataset<'_>, at_least: usize) -> PyResult<Dataset<'_>> {
    dataset.with_classes(at_least.max(dataset.annotations().classes())).map_err(value_error)
}
