//! Box scores and image scores: borrow, detach, call the core, hand back.

use std::ops::Range;

use boxlint_core::{self as core, Boxes, DataSet, Error, Floats, Parameters};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::boxes::Columns;
use crate::errors::value_error;
use crate::from_lists::{Rows, Side};
use crate::progress::{self, GATHERED_AT_A_TIME, Progress, SCORED_AT_A_TIME, detached, finished};
use crate::threads;

/// Similarities and perhaps IoUs of all pairs, and the least similarity for each image, as the caller has them.
type Given<'py> = (PyReadonlyArray1<'py, f64>, Option<PyReadonlyArray1<'py, f64>>, PyReadonlyArray1<'py, f64>);

type Matrices<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, f64);
type Scores<'py> = PyResult<Bound<'py, PyArray1<f64>>>;

/// What goes into the score of an image, beside its boxes.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Formula {
    alpha: f64,
    low: f64,
    high: f64,
    temperature: f64,
    weights: [f64; 3],
    overlapping_label_check: bool,
}

impl Formula {
    fn parameters(&self) -> Parameters {
        Parameters {
            low_probability_threshold: self.low,
            high_probability_threshold: self.high,
            temperature: self.temperature,
            weights: self.weights,
            overlapping_label_check: self.overlapping_label_check,
        }
    }
}

/// (N, 4): the score of each image, then its three parts overlooked, badloc and swap.
#[pyfunction]
#[pyo3(signature = (annotations, predictions, formula, *, progress=None))]
pub(crate) fn image_scores<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
    formula: Formula,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let data = DataSet::new(annotations.boxes()?, predictions.boxes()?, formula.alpha).map_err(value_error)?;
    let parameters = formula.parameters();
    let mut scores = vec![[0.0; 4]; data.images()];
    let (mut least, mut scored_with) = (1.0, Vec::new());
    detached(py, data.images(), progress, |block| {
        least = core::image_scores(&data, least, &parameters, block.clone(), &mut scores[block]);
        scored_with.push(least);
    })?;
    detached(py, data.images().min(SCORED_AT_A_TIME * scored_early(&scored_with)), None, |block| {
        core::image_scores(&data, least, &parameters, block.clone(), &mut scores[block]);
    })?;
    to_array(py, scores)
}

/// The same from lists, and how many annotations, predictions, predictions from `low` and from `high` on there are.
///
/// One block is gathered while the one before is scored, so that the columns of the whole are never there at once.
#[pyfunction]
#[pyo3(signature = (labels, predictions, formula, *, progress=None))]
pub(crate) fn image_scores_of_lists<'py>(
    py: Python<'py>,
    labels: &Bound<'py, PyList>,
    predictions: &Bound<'py, PyList>,
    formula: Formula,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Bound<'py, PyArray2<f64>>, [usize; 4])> {
    let images = labels.len();
    if images != predictions.len() {
        return Err(value_error(Error::Images { annotations: images, predictions: predictions.len() }));
    }
    let parameters = formula.parameters();
    let mut scores = vec![[0.0; 4]; images];
    let (mut least, mut scored_with, mut counts) = (1.0, Vec::new(), [0; 4]);
    streamed(py, labels, predictions, images, progress, |block, annotations, predictions| {
        for (count, more) in counts.iter_mut().zip(counted(&annotations, &predictions, &formula)) {
            *count += more;
        }
        let (data, images) = (DataSet::new(annotations, predictions, formula.alpha)?, 0..block.len());
        least = core::image_scores(&data, least, &parameters, images, &mut scores[block]);
        scored_with.push(least);
        Ok(())
    })?;
    let early = images.min(GATHERED_AT_A_TIME * scored_early(&scored_with));
    streamed(py, labels, predictions, early, None, |block, annotations, predictions| {
        let (data, images) = (DataSet::new(annotations, predictions, formula.alpha)?, 0..block.len());
        core::image_scores(&data, least, &parameters, images, &mut scores[block]);
        Ok(())
    })?;
    Ok((to_array(py, scores)?, counts))
}

/// Gathers block after block, and meanwhile does `work` on the columns of the one before.
fn streamed(
    py: Python<'_>,
    labels: &Bound<PyList>,
    predictions: &Bound<PyList>,
    images: usize,
    progress: Progress,
    mut work: impl FnMut(Range<usize>, Boxes, Boxes) -> Result<(), Error> + Send,
) -> PyResult<()> {
    let fresh = || [Rows::of(Side::Annotations), Rows::of(Side::Predictions)];
    let (mut gathered, mut next) = (fresh(), fresh());
    let mut waiting = None;
    for block in progress::of(images, GATHERED_AT_A_TIME).map(Some).chain([None]) {
        let (before, work) = (&gathered, &mut work);
        let mut worked = Ok(());
        let outcome = threads::scope(|scope| {
            if let Some(block) = waiting.clone() {
                scope.spawn(|_| {
                    worked = (|| {
                        let [annotations, predictions] = before;
                        let annotations = annotations.boxes().map_err(|error| (0, error))?;
                        let predictions = predictions.boxes().map_err(|error| (1, error))?;
                        work(block, annotations, predictions).map_err(|error| (0, error))
                    })();
                });
            }
            let Some(block) = &block else { return Ok(()) };
            for (rows, list) in next.iter_mut().zip([labels, predictions]) {
                rows.restart(block.start);
                rows.append(list, block.clone())?;
            }
            finished(py, block.len(), progress)
        });
        worked.map_err(|(side, error): (usize, Error)| gathered[side].explain(error))?;
        outcome?;
        std::mem::swap(&mut gathered, &mut next);
        waiting = block;
    }
    Ok(())
}

/// How many blocks were scored before the least similarity was known. It only falls, so these are the first ones.
fn scored_early(scored_with: &[f64]) -> usize {
    let least = scored_with.last();
    scored_with.partition_point(|so_far| least.is_some_and(|least| so_far > least))
}

fn counted(annotations: &Boxes, predictions: &Boxes, formula: &Formula) -> [usize; 4] {
    let from = |threshold: f64| match predictions.score() {
        Some(Floats::F32(scores)) => scores.iter().filter(|&&score| f64::from(score) >= threshold).count(),
        Some(Floats::F64(scores)) => scores.iter().filter(|&&score| score >= threshold).count(),
        None => 0,
    };
    [annotations.len(), predictions.len(), from(formula.low), from(formula.high)]
}

fn to_array(py: Python<'_>, scores: Vec<[f64; 4]>) -> PyResult<Bound<'_, PyArray2<f64>>> {
    let images = scores.len();
    PyArray1::from_vec(py, scores.into_flattened()).reshape([images, 4])
}

/// (n_predictions,): the overlooked score of each prediction.
#[pyfunction]
#[pyo3(signature = (annotations, predictions, *, alpha, high, given=None))]
pub(crate) fn overlooked_box_scores<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
    alpha: f64,
    high: f64,
    given: Option<Given<'py>>,
) -> Scores<'py> {
    box_scores(py, annotations, predictions, alpha, given.as_ref(), |data, least| {
        core::overlooked_box_scores(data, least, high)
    })
}

/// (n_annotations,): the badly-located score of each annotation.
#[pyfunction]
#[pyo3(signature = (annotations, predictions, *, alpha, low, given=None))]
pub(crate) fn badloc_box_scores<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
    alpha: f64,
    low: f64,
    given: Option<Given<'py>>,
) -> Scores<'py> {
    box_scores(py, annotations, predictions, alpha, given.as_ref(), |data, _| core::badloc_box_scores(data, low))
}

/// (n_annotations,): the swap score of each annotation.
#[pyfunction]
#[pyo3(signature = (annotations, predictions, *, alpha, high, overlapping_label_check, given=None))]
pub(crate) fn swap_box_scores<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
    alpha: f64,
    high: f64,
    overlapping_label_check: bool,
    given: Option<Given<'py>>,
) -> Scores<'py> {
    box_scores(py, annotations, predictions, alpha, given.as_ref(), |data, least| {
        core::swap_box_scores(data, least, high, overlapping_label_check)
    })
}

/// Similarities and IoUs of all pairs, image after image, and their least similarity.
#[pyfunction]
#[pyo3(signature = (annotations, predictions, *, alpha))]
pub(crate) fn similarity_matrices<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
    alpha: f64,
) -> PyResult<Matrices<'py>> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let data = DataSet::new(annotations.boxes()?, predictions.boxes()?, alpha).map_err(value_error)?;
    room_for_pairs(&data)?;
    let least = least_similarity(py, &data, None)?;
    let (similarity, iou) = threads::detached(py, || data.matrices())?;
    Ok((PyArray1::from_vec(py, similarity), PyArray1::from_vec(py, iou), least))
}

/// (N,): softmin of the scores of each image, NaN left out.
#[pyfunction]
pub(crate) fn pooled_scores<'py>(
    py: Python<'py>,
    scores: PyReadonlyArray1<'py, f64>,
    offsets: PyReadonlyArray1<'py, i64>,
    temperature: f64,
) -> Scores<'py> {
    let (scores, offsets) = (scores.as_slice()?, offsets.as_slice()?);
    Ok(PyArray1::from_vec(py, threads::detached(py, || core::pooled_scores(scores, offsets, temperature))?))
}

/// Hands `score` the data set and the least similarity for each image, which is given or takes a pass of its own.
fn box_scores<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
    alpha: f64,
    given: Option<&Given<'py>>,
    score: impl FnOnce(&DataSet, &(dyn Fn(usize) -> f64 + Sync)) -> Vec<f64> + Send,
) -> Scores<'py> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let data = DataSet::new(annotations.boxes()?, predictions.boxes()?, alpha).map_err(value_error)?;
    let scores = if let Some((similarity, iou, least)) = given {
        let iou = iou.as_ref().map(|iou| iou.as_slice()).transpose()?;
        let data = data.with_matrices(similarity.as_slice()?, iou).map_err(value_error)?;
        let least = least.as_slice()?;
        threads::detached(py, || score(&data, &|image| least[image]))?
    } else {
        let least = least_similarity(py, &data, None)?;
        threads::detached(py, || score(&data, &|_| least))?
    };
    Ok(PyArray1::from_vec(py, scores))
}

/// Asks for the memory of two matrices, which grow with the square of the input: running out later ends the process.
fn room_for_pairs(data: &DataSet) -> PyResult<()> {
    let pairs = |image| data.annotations().image(image).len() * data.predictions().image(image).len();
    let entries = 2 * (0..data.images()).map(pairs).sum::<usize>();
    Vec::<f64>::new().try_reserve_exact(entries).map_err(|_| {
        PyMemoryError::new_err(format!("no memory for the similarities and IoUs of {} pairs of boxes", entries / 2))
    })
}

fn least_similarity(py: Python<'_>, data: &DataSet, progress: Progress) -> PyResult<f64> {
    let mut least = 1.0_f64;
    detached(py, data.images(), progress, |images| least = least.min(core::least_similarity(data, images)))?;
    Ok(least)
}
