//! Issues by threshold, and the average precisions that thresholds follow from.

use boxlint_core::{self as core, DataSet, Matches, Ranking, THRESHOLDS, Thresholds, TruePositives};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::boxes::Columns;
use crate::errors::value_error;
use crate::threads;

type Column<'py, T> = Bound<'py, PyArray1<T>>;
type Counts<'py> = (Bound<'py, PyArray2<u64>>, Column<'py, u64>, Column<'py, u64>);

/// Average precision, number of annotations and number of predictions of each class.
#[pyfunction]
pub(crate) fn average_precision<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
) -> PyResult<(Column<'py, f64>, Column<'py, u64>, Column<'py, u64>)> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let data = DataSet::new(annotations.boxes()?, predictions.boxes()?, core::ALPHA)
        .and_then(DataSet::with_tables)
        .map_err(value_error)?;
    let (precision, annotations, predictions) = threads::detached(py, || {
        let matches = Matches::of(&data, 0..data.images(), 0);
        let counts: (Vec<_>, Vec<_>) =
            matches.classes.iter().map(|class| (class.annotations, class.predictions)).unzip();
        let ranking = Ranking::new(matches);
        let places = ranking.places(&data, 0..data.images(), 0);
        (ranking.average_precision(&places), counts.0, counts.1)
    })?;
    Ok((PyArray1::from_vec(py, precision), PyArray1::from_vec(py, annotations), PyArray1::from_vec(py, predictions)))
}

/// (K, 10): true positives of each class at each IoU threshold, then the annotations and predictions of each class.
#[pyfunction]
pub(crate) fn true_positives<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
) -> PyResult<Counts<'py>> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let data = DataSet::new(annotations.boxes()?, predictions.boxes()?, core::ALPHA)
        .and_then(DataSet::with_tables)
        .map_err(value_error)?;
    let counted = threads::detached(py, || TruePositives::of(&data))?;
    let at: Vec<u64> = counted.iter().flat_map(|class| class.at).collect();
    Ok((
        PyArray1::from_vec(py, at).reshape([counted.len(), THRESHOLDS])?,
        PyArray1::from_iter(py, counted.iter().map(|class| class.annotations)),
        PyArray1::from_iter(py, counted.iter().map(|class| class.predictions)),
    ))
}

/// (N,): which images have an issue.
#[pyfunction]
pub(crate) fn image_issues<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
    overlapping_label_check: bool,
) -> PyResult<Column<'py, bool>> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let data = DataSet::new(annotations.boxes()?, predictions.boxes()?, core::ALPHA)
        .and_then(DataSet::with_tables)
        .map_err(value_error)?;
    let issues = threads::detached(py, || core::image_issues(&data, overlapping_label_check))?;
    Ok(PyArray1::from_vec(py, issues))
}

/// Which predictions are overlooked, and which annotations badly located and swapped.
#[pyfunction]
pub(crate) fn box_issues<'py>(
    py: Python<'py>,
    annotations: &Columns,
    predictions: &Columns,
    overlooked: PyReadonlyArray1<'py, f64>,
    badloc: PyReadonlyArray1<'py, f64>,
    swap: PyReadonlyArray1<'py, f64>,
    overlapping_label_check: bool,
) -> PyResult<[Column<'py, bool>; 3]> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let data = DataSet::new(annotations.boxes()?, predictions.boxes()?, core::ALPHA)
        .and_then(DataSet::with_tables)
        .map_err(value_error)?;
    let thresholds =
        Thresholds { overlooked: overlooked.as_slice()?, badloc: badloc.as_slice()?, swap: swap.as_slice()? };
    let issues = threads::detached(py, || core::box_issues(&data, thresholds, overlapping_label_check))?;
    Ok(issues.map(|flags| PyArray1::from_vec(py, flags)))
}
