//! Box scores and image scores: borrow, detach, call the core, hand back.

use boxlint_core::{self as core, DataSet, Parameters};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

use crate::blocks::{IMAGES_AT_A_TIME, Progress, detached};
use crate::columns::Columns;
use crate::errors::value_error;
use crate::threads;

/// Similarities and perhaps IoUs of all pairs, and the least similarity for each image, as the caller has them.
type Given<'py> = (PyReadonlyArray1<'py, f64>, Option<PyReadonlyArray1<'py, f64>>, PyReadonlyArray1<'py, f64>);

type Matrices<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, f64);
type Scores<'py> = PyResult<Bound<'py, PyArray1<f64>>>;

/// (N, 4): the score of each image, then its three parts overlooked, badloc and swap.
#[pyfunction]
#[pyo3(signature = (annotations, predictions, *, alpha, low, high, temperature, weights, overlapping_label_check, progress=None))]
#[expect(clippy::too_many_arguments, reason = "each is a parameter of the formula")]
pub(crate) fn image_scores<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
    alpha: f64,
    low: f64,
    high: f64,
    temperature: f64,
    weights: [f64; 3],
    overlapping_label_check: bool,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let data = DataSet::new(annotations.boxes()?, predictions.boxes()?, alpha).map_err(value_error)?;
    let parameters = Parameters {
        low_probability_threshold: low,
        high_probability_threshold: high,
        temperature,
        weights,
        overlapping_label_check,
    };
    let mut scores = vec![[0.0; 4]; data.images()];
    let (mut least, mut scored_with) = (1.0, Vec::new());
    detached(py, data.images(), progress, |block| {
        least = core::image_scores(&data, least, &parameters, block.clone(), &mut scores[block]);
        scored_with.push(least);
    })?;
    let early = scored_with.partition_point(|&so_far| so_far > least);
    detached(py, data.images().min(early * IMAGES_AT_A_TIME), None, |block| {
        core::image_scores(&data, least, &parameters, block.clone(), &mut scores[block]);
    })?;
    PyArray1::from_vec(py, scores.into_flattened()).reshape([data.images(), 4])
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
