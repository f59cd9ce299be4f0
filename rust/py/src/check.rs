//! The native method: collect, examine, hand the issues back as columns.

use boxlint_core::check::{self as core, FEATURES, Found, Issue, Issues, Kind, Parameters};
use boxlint_core::{Dataset, check_room, filled};
use boxlint_guard::guarded;
use numpy::{Element, PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict};

use crate::columns::DatasetColumns;
use crate::detectors::Detectors;
use crate::statistics::{Statistics, model_of, with_all_classes};
use crate::threads::{self, Progress, box_count, in_blocks};

/// What to look for.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Search {
    priors: [f64; 5],
    kinds: [bool; 5],
    min_suspicion: f64,
    max_rows: usize,
}

/// Pass 1: counts all images, of all classes that have names.
#[guarded]
#[pyfunction]
#[pyo3(signature = (dataset, *, progress=None))]
pub(crate) fn collect(py: Python<'_>, dataset: &DatasetColumns, progress: Progress) -> PyResult<Statistics> {
    let named = dataset.named_classes;
    dataset.with(py, |dataset| Ok(Statistics::new(counted(py, &with_all_classes(dataset, named)?, progress)?)))
}

fn counted(py: Python<'_>, dataset: &Dataset, progress: Progress) -> PyResult<core::Statistics> {
    let counting = core::Counting::new(dataset);
    in_blocks(py, dataset, 0..dataset.images(), progress, |block| counting.count(block))?;
    threads::watched(py, dataset.classes(), || counting.into_statistics())
}

/// Pass 2: the issues, most suspicious first, and how suspicious the images are. Without statistics, pass 1 of the data set
/// comes before, whose counts are held no longer than they are needed. Of several detectors, the predictions of the data set
/// are those that [`Detectors`] has fused.
#[guarded]
#[pyfunction]
#[pyo3(signature = (dataset, statistics, search, *, detectors=None, progress=None))]
pub(crate) fn examine(
    py: Python<'_>,
    dataset: &DatasetColumns,
    statistics: Option<&Statistics>,
    search: Search,
    detectors: Option<&Detectors>,
    progress: Progress,
) -> PyResult<CheckResult> {
    let borrowed = detectors.map(|detectors| detectors.borrow(py)).transpose()?;
    let datasets = borrowed.as_ref().map(|borrowed| Detectors::datasets(borrowed)).transpose()?;
    let together = detectors.zip(datasets.as_deref()).map(|(detectors, datasets)| detectors.together(datasets));
    let classes = statistics.map_or(dataset.named_classes, |statistics| statistics.counts.classes());
    dataset.with(py, |dataset| {
        let dataset = with_all_classes(dataset, classes)?;
        let Search { priors, kinds, min_suspicion, max_rows } = search;
        let parameters = Parameters { priors, kinds, min_suspicion };
        let model = match statistics {
            Some(statistics) => statistics.model(py, dataset.classes())?,
            None => model_of(py, counted(py, &dataset, progress)?, dataset.classes())?,
        };
        let mut neg_log_clean = filled(dataset.images(), 0.0);
        let mut found = Found::new(max_rows);
        in_blocks(py, &dataset, 0..dataset.images(), progress, |block| {
            core::examine(
                &dataset,
                &model,
                together.as_ref(),
                &parameters,
                block.clone(),
                &mut found,
                &mut neg_log_clean[block],
            );
        })?;
        let confident_predictions = found.confident_predictions;
        let width = together.as_ref().map_or(0, |together| together.datasets.len());
        let seen = std::mem::take(&mut found.seen);
        let seen = PyArray1::from_vec(py, seen).reshape([dataset.annotations().len(), width])?.unbind();
        let (issues, left_out) = threads::watched(py, box_count(&dataset), || found.into_issues())?;
        Ok(CheckResult::new(py, issues, left_out, neg_log_clean, confident_predictions, &model, seen))
    })
}

/// What is measured at each annotation, one a row; NaN for ignored ones.
#[guarded]
#[pyfunction]
pub(crate) fn annotation_features<'py>(
    py: Python<'py>,
    dataset: &DatasetColumns,
    statistics: &Statistics,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let measured = dataset.with(py, |dataset| {
        let dataset = with_all_classes(dataset, statistics.counts.classes())?;
        let model = statistics.model(py, dataset.classes())?;
        let mut measured = filled(dataset.annotations().len(), [0.0; FEATURES.len()]);
        let offsets = dataset.annotations().offsets();
        in_blocks(py, &dataset, 0..dataset.images(), None, |block| {
            let rows = offsets[block.start] as usize..offsets[block.end] as usize;
            core::features(&dataset, &model, block, &mut measured[rows]);
        })?;
        Ok(measured)
    })?;
    let rows = measured.len();
    PyArray1::from_vec(py, measured.into_flattened()).reshape([rows, FEATURES.len()])
}

/// What pass 2 returns. Each column has an entry for each issue, most suspicious first, and is made when it is first read.
/// Annotations and predictions are named by their row within the image, -1 for none; a number that a kind does not have is
/// NaN. See [`core::Issue`].
#[pyclass(frozen, module = "boxlint._core")]
pub(crate) struct CheckResult {
    issues: Issues,
    suspicion: Column<f64>,
    image: Column<u32>,
    kind: Column<u8>,
    annotation: Column<i32>,
    prediction: Column<i32>,
    kept_annotation: Column<i32>,
    iou: Column<f32>,
    detectability: Column<f32>,
    alike: Column<u32>,
    /// For each image, -ln of the probability that nothing is wrong in it, which is -ln(1 - suspicion).
    #[pyo3(get)]
    image_neg_log_clean: Py<PyArray1<f64>>,
    /// Predictions that are at least as likely right as wrong.
    #[pyo3(get)]
    confident_predictions: u64,
    /// About how many objects without annotation the detector sees for each annotation.
    #[pyo3(get)]
    omitted: f64,
    /// Classes that the detector often takes for others.
    #[pyo3(get)]
    mistaken: Vec<u32>,
    /// For each kind, by its number, how many less suspicious issues were left out.
    #[pyo3(get)]
    left_out: [u64; 5],
    /// Of several detectors, for each annotation and detector how surely the detector sees an object there; NaN for ignored
    /// annotations, and where the detector was not run.
    #[pyo3(get)]
    seen: Py<PyArray2<f32>>,
}

type Column<T> = PyOnceLock<Py<PyArray1<T>>>;

#[guarded]
#[pymethods]
impl CheckResult {
    fn __len__(&self) -> PyResult<usize> {
        Ok(self.issues.len())
    }

    #[getter]
    fn suspicion<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyArray1<f64>>> {
        self.column(py, &self.suspicion, |issue| issue.suspicion())
    }

    #[getter]
    fn image<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyArray1<u32>>> {
        self.column(py, &self.image, |issue| issue.image)
    }

    /// The number of the kind.
    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyArray1<u8>>> {
        self.column(py, &self.kind, |issue| issue.kind() as u8)
    }

    #[getter]
    fn annotation<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyArray1<i32>>> {
        self.column(py, &self.annotation, |issue| row(issue.annotation()))
    }

    #[getter]
    fn prediction<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyArray1<i32>>> {
        self.column(py, &self.prediction, |issue| row(issue.prediction()))
    }

    #[getter]
    fn kept_annotation<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyArray1<i32>>> {
        self.column(py, &self.kept_annotation, |issue| row(issue.kept_annotation()))
    }

    #[getter]
    fn iou<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyArray1<f32>>> {
        self.column(py, &self.iou, |issue| issue.iou().unwrap_or(f32::NAN))
    }

    #[getter]
    fn detectability<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyArray1<f32>>> {
        self.column(py, &self.detectability, |issue| issue.detectability().unwrap_or(f32::NAN))
    }

    /// How many annotations the detectability rests on; 0 for kinds that have none.
    #[getter]
    fn alike<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyArray1<u32>>> {
        self.column(py, &self.alike, |issue| issue.alike().unwrap_or(0))
    }
}

impl CheckResult {
    fn new(
        py: Python<'_>,
        issues: Issues,
        left_out: [u64; 5],
        neg_log_clean: Vec<f64>,
        confident_predictions: u64,
        model: &core::DetectorModel,
        seen: Py<PyArray2<f32>>,
    ) -> Self {
        Self {
            issues,
            suspicion: Column::new(),
            image: Column::new(),
            kind: Column::new(),
            annotation: Column::new(),
            prediction: Column::new(),
            kept_annotation: Column::new(),
            iou: Column::new(),
            detectability: Column::new(),
            alike: Column::new(),
            image_neg_log_clean: PyArray1::from_vec(py, neg_log_clean).unbind(),
            confident_predictions,
            omitted: model.omitted(),
            mistaken: model.often_mistaken(),
            left_out,
            seen,
        }
    }

    fn column<'a, 'py, T: Element + Copy + Default>(
        &self,
        py: Python<'py>,
        made: &'a Column<T>,
        value: impl Fn(&Issue) -> T + Send + Sync,
    ) -> PyResult<&'a Bound<'py, PyArray1<T>>> {
        let make = || {
            check_room(self.issues.len() * size_of::<T>());
            Ok(PyArray1::from_vec(py, threads::detached(py, || self.issues.column(value))?).unbind())
        };
        made.get_or_try_init(py, make).map(|column| column.bind(py))
    }
}

fn row(row: Option<u32>) -> i32 {
    row.map_or(-1, |row| row as i32)
}

/// For each kind, by name, what it is, its formula and its limits: a page of Markdown.
pub(crate) fn explanations(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    Kind::ALL.map(|kind| (kind.name(), kind.explanation())).into_py_dict(py)
}
