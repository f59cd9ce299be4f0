//! ObjectLab: the scores of boxes and images, and which of them are issues.

use boxlint_core::{
    self as core, ALPHA, ByType, Dataset, Error, Floats, HIGH_PROBABILITY_THRESHOLD, ImageScore,
    LOW_PROBABILITY_THRESHOLD, MinSimilarity, Pairs, Parameters, TEMPERATURE, TwoPass, check_room, filled,
};
use boxlint_guard::guarded;
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::columns::{Column, DatasetColumns};
use crate::errors::value_error;
use crate::from_lists::stream;
use crate::threads::{self, box_count, in_blocks};

type Scores<'py> = PyResult<Column<'py, f64>>;

/// The score of each image and the pooled scores that it is made of, each a column (N,).
#[pyclass(frozen, module = "boxlint._core")]
pub(crate) struct ImageScores(Vec<ImageScore>);

#[guarded]
#[pymethods]
impl ImageScores {
    #[getter]
    fn score<'py>(&self, py: Python<'py>) -> Scores<'py> {
        self.column(py, |image| image.score)
    }

    #[getter]
    fn overlooked<'py>(&self, py: Python<'py>) -> Scores<'py> {
        self.column(py, |image| image.pooled.overlooked)
    }

    #[getter]
    fn badloc<'py>(&self, py: Python<'py>) -> Scores<'py> {
        self.column(py, |image| image.pooled.badloc)
    }

    #[getter]
    fn swap<'py>(&self, py: Python<'py>) -> Scores<'py> {
        self.column(py, |image| image.pooled.swap)
    }
}

impl ImageScores {
    fn column<'py>(&self, py: Python<'py>, value: impl Fn(&ImageScore) -> f64) -> Scores<'py> {
        check_room(self.0.len() * size_of::<f64>());
        Ok(PyArray1::from_iter(py, self.0.iter().map(value)))
    }
}

/// A value for each type of error, from a dict.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct OfTypes<T> {
    overlooked: T,
    badloc: T,
    swap: T,
}

fn parameters(weights: Option<OfTypes<f64>>, overlapping_label_check: bool) -> Parameters {
    let given = Parameters { overlapping_label_check, ..Parameters::default() };
    match weights {
        None => given,
        Some(OfTypes { overlooked, badloc, swap }) => {
            Parameters { weights: ByType { overlooked, badloc, swap }, ..given }
        }
    }
}

/// Scores each image; without `weights`, each type of error has a third. Of a part of a data set, `min_similarity` is that of
/// the whole.
#[guarded]
#[pyfunction]
#[pyo3(signature = (dataset, *, weights, overlapping_label_check, min_similarity=None, progress=None))]
pub(crate) fn image_scores(
    py: Python<'_>,
    dataset: &DatasetColumns,
    weights: Option<OfTypes<f64>>,
    overlapping_label_check: bool,
    min_similarity: Option<f64>,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<ImageScores> {
    let (parameters, two_pass) = (parameters(weights, overlapping_label_check), TwoPass::default());
    dataset.with(py, |dataset| {
        let images = 0..dataset.images();
        let (pairs, mut scores) = (Pairs::new(dataset, ALPHA), filled(images.len(), ImageScore::default()));
        if let Some(min_similarity) = min_similarity {
            in_blocks(py, pairs.dataset(), images, progress, |block| {
                core::image_scores(&pairs, block.clone(), min_similarity, &parameters, &mut scores[block]);
            })?;
            return Ok(ImageScores(scores));
        }
        in_blocks(py, pairs.dataset(), images, progress, |block| {
            let (first, out) = (block.start, &mut scores[block.clone()]);
            core::image_scores_so_far(&pairs, block, first, &two_pass, &parameters, out);
        })?;
        let (min_similarity, early) = two_pass.finish();
        in_blocks(py, pairs.dataset(), early, None, |block| {
            core::image_scores(&pairs, block.clone(), min_similarity, &parameters, &mut scores[block]);
        })?;
        Ok(ImageScores(scores))
    })
}

/// The same from lists, with the counts of their boxes.
///
/// One block is gathered while the one before is scored: the columns of all images are never there at once.
#[guarded]
#[pyfunction]
#[pyo3(signature = (labels, predictions, *, weights, overlapping_label_check, progress=None))]
pub(crate) fn image_scores_of_lists(
    labels: &Bound<'_, PyList>,
    predictions: &Bound<'_, PyList>,
    weights: Option<OfTypes<f64>>,
    overlapping_label_check: bool,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<(ImageScores, ConfidenceCounts)> {
    let images = labels.len();
    if images != predictions.len() {
        return Err(value_error(Error::Images { annotations: images, predictions: predictions.len() }));
    }
    let (parameters, two_pass) = (parameters(weights, overlapping_label_check), TwoPass::default());
    let (mut scores, mut counts) = (filled(images, ImageScore::default()), ConfidenceCounts::default());
    stream([labels, predictions], 0..images, progress, |block, dataset| {
        counts.add(&dataset);
        let (pairs, images, first) = (Pairs::new(dataset, ALPHA), 0..block.len(), block.start);
        core::image_scores_so_far(&pairs, images, first, &two_pass, &parameters, &mut scores[block]);
    })?;
    let (min_similarity, early) = two_pass.finish();
    stream([labels, predictions], early, None, |block, dataset| {
        let (pairs, images) = (Pairs::new(dataset, ALPHA), 0..block.len());
        core::image_scores(&pairs, images, min_similarity, &parameters, &mut scores[block]);
    })?;
    Ok((ImageScores(scores), counts))
}

/// How many boxes there are, and how many predictions score at least the low and the high threshold.
#[derive(Default, IntoPyObject)]
pub(crate) struct ConfidenceCounts {
    annotations: usize,
    predictions: usize,
    confident: usize,
    very_confident: usize,
}

impl ConfidenceCounts {
    fn add(&mut self, dataset: &Dataset) {
        let from = |threshold: f64| match dataset.predictions().score() {
            Some(Floats::F32(scores)) => scores.iter().filter(|&&score| f64::from(score) >= threshold).count(),
            Some(Floats::F64(scores)) => scores.iter().filter(|&&score| score >= threshold).count(),
            None => 0,
        };
        self.annotations += dataset.annotations().len();
        self.predictions += dataset.predictions().len();
        self.confident += from(LOW_PROBABILITY_THRESHOLD);
        self.very_confident += from(HIGH_PROBABILITY_THRESHOLD);
    }
}

/// The counts of the boxes of columns.
#[guarded]
#[pyfunction]
pub(crate) fn confidence_counts(py: Python<'_>, dataset: &DatasetColumns) -> PyResult<ConfidenceCounts> {
    let mut counts = ConfidenceCounts::default();
    dataset.with(py, |dataset| threads::detached(py, || counts.add(&dataset)))?;
    Ok(counts)
}

/// What the caller gives for all pairs, from a dict: similarities, perhaps IoUs, and the minimum similarity of each image.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Given<'py> {
    similarity: PyReadonlyArray1<'py, f64>,
    iou: Option<PyReadonlyArray1<'py, f64>>,
    min_similarity: PyReadonlyArray1<'py, f64>,
}

/// (n_predictions,): the overlooked score of each prediction.
#[guarded]
#[pyfunction]
#[pyo3(signature = (dataset, *, alpha, high, given))]
pub(crate) fn overlooked_box_scores<'py>(
    py: Python<'py>,
    dataset: &DatasetColumns,
    alpha: Option<f64>,
    high: Option<f64>,
    given: Option<Given<'py>>,
) -> Scores<'py> {
    with_pairs(py, dataset, alpha, given.as_ref(), |pairs| {
        let min = given_or_found(py, pairs, given.as_ref())?;
        let high = high.unwrap_or(HIGH_PROBABILITY_THRESHOLD);
        watched(py, pairs, || core::overlooked_box_scores(pairs, min, high))
    })
}

/// (n_annotations,): the badloc score of each annotation, NaN for ignored ones.
#[guarded]
#[pyfunction]
#[pyo3(signature = (dataset, *, alpha, low, given))]
pub(crate) fn badloc_box_scores<'py>(
    py: Python<'py>,
    dataset: &DatasetColumns,
    alpha: Option<f64>,
    low: Option<f64>,
    given: Option<Given<'py>>,
) -> Scores<'py> {
    with_pairs(py, dataset, alpha, given.as_ref(), |pairs| {
        watched(py, pairs, || core::badloc_box_scores(pairs, low.unwrap_or(LOW_PROBABILITY_THRESHOLD)))
    })
}

/// (n_annotations,): the swap score of each annotation, NaN for ignored ones.
#[guarded]
#[pyfunction]
#[pyo3(signature = (dataset, *, alpha, high, overlapping_label_check, given))]
pub(crate) fn swap_box_scores<'py>(
    py: Python<'py>,
    dataset: &DatasetColumns,
    alpha: Option<f64>,
    high: Option<f64>,
    overlapping_label_check: bool,
    given: Option<Given<'py>>,
) -> Scores<'py> {
    with_pairs(py, dataset, alpha, given.as_ref(), |pairs| {
        let min = given_or_found(py, pairs, given.as_ref())?;
        let high = high.unwrap_or(HIGH_PROBABILITY_THRESHOLD);
        watched(py, pairs, || core::swap_box_scores(pairs, min, high, overlapping_label_check))
    })
}

/// The scores that `score` makes of the pairs of a data set.
fn with_pairs<'py>(
    py: Python<'py>,
    dataset: &DatasetColumns,
    alpha: Option<f64>,
    given: Option<&Given<'py>>,
    score: impl FnOnce(&Pairs) -> PyResult<Vec<f64>>,
) -> Scores<'py> {
    let scores = dataset.with(py, |dataset| {
        let pairs = Pairs::new(dataset, alpha.unwrap_or(ALPHA));
        let Some(given) = given else { return score(&pairs) };
        let iou = given.iou.as_ref().map(|iou| iou.as_slice()).transpose()?;
        score(&pairs.with_matrices(given.similarity.as_slice()?, iou).map_err(value_error)?)
    })?;
    Ok(PyArray1::from_vec(py, scores))
}

/// Work on all pairs, which signals end.
fn watched<T: Send>(py: Python<'_>, pairs: &Pairs, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    threads::watched(py, box_count(pairs.dataset()), work)
}

/// The minimum similarities that are given, or that of the data set, which takes a pass over it.
fn given_or_found<'a>(py: Python<'_>, pairs: &Pairs, given: Option<&'a Given>) -> PyResult<MinSimilarity<'a>> {
    if let Some(given) = given {
        return Ok(MinSimilarity::OfEachImage(given.min_similarity.as_slice()?));
    }
    let mut min = 1.0_f64;
    in_blocks(py, pairs.dataset(), 0..pairs.dataset().images(), None, |block| {
        min = min.min(core::min_similarity(pairs, block))
    })?;
    Ok(MinSimilarity::OfDataset(min))
}

/// Similarity and IoU of all pairs, image after image, and the minimum similarity of the data set.
#[derive(IntoPyObject)]
pub(crate) struct Matrices<'py> {
    similarity: Column<'py, f64>,
    iou: Column<'py, f64>,
    min_similarity: f64,
}

/// Compares all pairs of a data set.
#[guarded]
#[pyfunction]
#[pyo3(signature = (dataset, *, alpha))]
pub(crate) fn similarity_matrices<'py>(
    py: Python<'py>,
    dataset: &DatasetColumns,
    alpha: Option<f64>,
) -> PyResult<Matrices<'py>> {
    dataset.with(py, |dataset| {
        let pairs = Pairs::new(dataset, alpha.unwrap_or(ALPHA));
        ask_for_memory(&pairs)?;
        let min_similarity = given_or_found(py, &pairs, None)?.of(0);
        let core::Matrices { similarity, iou } = watched(py, &pairs, || pairs.matrices())?;
        let (similarity, iou) = (PyArray1::from_vec(py, similarity), PyArray1::from_vec(py, iou));
        Ok(Matrices { similarity, iou, min_similarity })
    })
}

/// A MemoryError, before any work, if two matrices do not fit: they grow with the square of the input.
fn ask_for_memory(pairs: &Pairs) -> PyResult<()> {
    let count = pairs.count();
    Vec::<[f64; 2]>::new().try_reserve_exact(count).map_err(|_| {
        PyMemoryError::new_err(format!("no memory for the similarities and IoUs of {count} pairs of boxes"))
    })
}

/// (N,): softmin of the scores of each image, NaN left out.
#[guarded]
#[pyfunction]
pub(crate) fn pooled_scores<'py>(
    py: Python<'py>,
    scores: PyReadonlyArray1<'py, f64>,
    offsets: PyReadonlyArray1<'py, i64>,
    temperature: Option<f64>,
) -> Scores<'py> {
    let (scores, offsets) = (scores.as_slice()?, offsets.as_slice()?);
    let pool = || core::pooled_scores(scores, offsets, temperature.unwrap_or(TEMPERATURE));
    Ok(PyArray1::from_vec(py, threads::detached(py, pool)?))
}

/// The minimum similarity of a part, or of the parts before it if that is lower: 1 before the first.
#[guarded]
#[pyfunction]
pub(crate) fn min_similarity(py: Python<'_>, dataset: &DatasetColumns, so_far: f64) -> PyResult<f64> {
    let mut min = so_far;
    dataset.with(py, |dataset| {
        let pairs = Pairs::new(dataset, ALPHA);
        let images = 0..pairs.dataset().images();
        in_blocks(py, pairs.dataset(), images, None, |block| min = core::min_similarity_so_far(&pairs, block, min))
    })?;
    Ok(min)
}

/// (N,): which images have an issue. Of a part of a data set, `of_whole` is the minimum similarity and the thresholds of each
/// class of the whole.
#[guarded]
#[pyfunction]
#[pyo3(signature = (dataset, overlapping_label_check, *, of_whole=None))]
pub(crate) fn image_issues<'py>(
    py: Python<'py>,
    dataset: &DatasetColumns,
    overlapping_label_check: bool,
    of_whole: Option<(f64, PyReadonlyArray1<'py, f64>)>,
) -> PyResult<Column<'py, bool>> {
    let issues = dataset.with_classes(py, |dataset| {
        let pairs = Pairs::new(dataset, ALPHA);
        let Some((min, thresholds)) = &of_whole else {
            return watched(py, &pairs, || core::image_issues(&pairs, overlapping_label_check));
        };
        let (images, thresholds) = (0..pairs.dataset().images(), thresholds.as_slice()?);
        let mut issues = filled(images.len(), false);
        in_blocks(py, pairs.dataset(), images, None, |block| {
            let out = &mut issues[block.clone()];
            core::image_issues_by(&pairs, block, *min, thresholds, overlapping_label_check, out);
        })?;
        Ok(issues)
    })?;
    Ok(PyArray1::from_vec(py, issues))
}

/// Flags for each prediction or annotation that is an issue.
#[derive(IntoPyObject)]
pub(crate) struct BoxIssues<'py> {
    overlooked: Column<'py, bool>,
    badloc: Column<'py, bool>,
    swap: Column<'py, bool>,
}

/// Which boxes are issues, by the thresholds of each class for each type of error.
#[guarded]
#[pyfunction]
pub(crate) fn box_issues<'py>(
    py: Python<'py>,
    dataset: &DatasetColumns,
    thresholds: OfTypes<PyReadonlyArray1<'py, f64>>,
    overlapping_label_check: bool,
) -> PyResult<BoxIssues<'py>> {
    let OfTypes { overlooked, badloc, swap } = &thresholds;
    let thresholds = ByType { overlooked: overlooked.as_slice()?, badloc: badloc.as_slice()?, swap: swap.as_slice()? };
    let issues = dataset.with_classes(py, |dataset| {
        let pairs = Pairs::new(dataset, ALPHA);
        watched(py, &pairs, || core::box_issues(&pairs, &thresholds, overlapping_label_check))
    })?;
    Ok(BoxIssues {
        overlooked: PyArray1::from_vec(py, issues.overlooked),
        badloc: PyArray1::from_vec(py, issues.badloc),
        swap: PyArray1::from_vec(py, issues.swap),
    })
}
