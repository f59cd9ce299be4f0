//! Several detectors: how much each counts, and their predictions fused into one set.

use std::sync::Arc;

use boxlint_core::check::{self as core, Consensus};
use boxlint_core::{Dataset, Error};
use boxlint_guard::guarded;
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::columns::{BorrowedDataset, Columns, DatasetColumns};
use crate::errors::{at_fault, value_error};
use crate::statistics::{Statistics, with_all_classes};
use crate::threads::{Progress, in_blocks};

/// Several detectors: the same annotations with the predictions of each, and what was counted in pass 1.
#[pyclass(frozen, module = "boxlint._core")]
pub(crate) struct Detectors {
    consensus: Arc<Consensus>,
    datasets: Vec<Py<DatasetColumns>>,
}

#[guarded]
#[pymethods]
impl Detectors {
    #[new]
    fn new(
        py: Python<'_>,
        datasets: Vec<Py<DatasetColumns>>,
        statistics: Vec<PyRef<'_, Statistics>>,
    ) -> PyResult<Self> {
        let borrowed = borrow(py, &datasets)?;
        let mut classes = 0;
        let mut images = None;
        for dataset in Self::datasets(&borrowed)? {
            classes = with_all_classes(dataset, classes)?.classes();
            let (found, expected) = (dataset.images(), *images.get_or_insert(dataset.images()));
            if found != expected {
                return Err(value_error(Error::Images { annotations: expected, predictions: found }));
            }
        }
        // The data sets may have classes that the statistics, if they are of others, have not seen.
        Ok(Self { consensus: Statistics::consensus(py, &statistics, classes)?, datasets })
    }

    /// How much each detector counts.
    fn weights(&self) -> PyResult<Vec<f64>> {
        Ok(self.consensus.weights().collect())
    }

    /// How likely predictions of a detector, given by class and score, are right.
    fn confidences<'py>(
        &self,
        py: Python<'py>,
        detector: usize,
        class_id: PyReadonlyArray1<'py, i32>,
        score: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = self.consensus.model(detector);
        let predictions = class_id.as_slice()?.iter().zip(score.as_slice()?);
        let confidences = predictions.map(|(&class, &score)| model.confidence(class as u32, score));
        Ok(PyArray1::from_vec(py, confidences.collect()))
    }

    /// The predictions of all detectors, fused.
    #[pyo3(signature = (*, progress=None))]
    fn fuse(&self, py: Python<'_>, progress: Progress) -> PyResult<Fused> {
        let borrowed = self.borrow(py)?;
        let datasets = Self::datasets(&borrowed)?;
        let (together, mut fused) = (self.together(&datasets), core::Fused::default());
        if let Some(first) = datasets.first() {
            in_blocks(py, first, 0..first.images(), progress, |block| fused.append(together.fuse(block)))?;
        }
        as_columns(py, fused, datasets.len())
    }
}

impl Detectors {
    pub(crate) fn borrow<'py>(&self, py: Python<'py>) -> PyResult<Vec<BorrowedDataset<'py>>> {
        borrow(py, &self.datasets)
    }

    pub(crate) fn datasets<'a>(borrowed: &'a [BorrowedDataset<'_>]) -> PyResult<Vec<Dataset<'a>>> {
        borrowed.iter().map(BorrowedDataset::dataset).collect()
    }

    pub(crate) fn together<'a>(&'a self, datasets: &'a [Dataset<'a>]) -> core::Detectors<'a> {
        core::Detectors { consensus: &self.consensus, datasets }
    }
}

fn borrow<'py>(py: Python<'py>, datasets: &[Py<DatasetColumns>]) -> PyResult<Vec<BorrowedDataset<'py>>> {
    datasets.iter().map(|dataset| dataset.get().borrow(py)).collect()
}

/// Columns of the fused predictions; and for each of them and each detector, the row of the detector's prediction within the
/// image, -1 for none.
type Fused = (Py<Columns>, Py<PyArray2<i32>>);

fn as_columns(py: Python<'_>, fused: core::Fused, detectors: usize) -> PyResult<Fused> {
    let core::Fused { xyxy, class_id, score, counts, members } = fused;
    let boxes = class_id.len();
    let ends = counts.iter().scan(0, |end, count| {
        *end += count;
        Some(*end)
    });
    let offsets: Vec<i64> = std::iter::once(0).chain(ends).collect();
    let columns = Columns::checked(
        PyArray1::from_vec(py, xyxy).reshape([boxes, 4])?.as_any(),
        &PyArray1::from_vec(py, class_id),
        Some(PyArray1::from_vec(py, score).as_any()),
        &PyArray1::from_vec(py, offsets),
        |error, _, _| at_fault("fused predictions", &error),
    )?;
    Ok((Py::new(py, columns)?, PyArray1::from_vec(py, members).reshape([boxes, detectors])?.unbind()))
}
