//! Average precision and true positives of each class.

use boxlint_core::{self as core, THRESHOLDS, TruePositives};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;

use crate::columns::{Column, DatasetColumns};
use crate::threads;

/// (K,) each.
#[derive(IntoPyObject)]
pub(crate) struct ClassPrecision<'py> {
    average_precision: Column<'py, f64>,
    annotations: Column<'py, u64>,
    predictions: Column<'py, u64>,
}

/// Average precision, number of annotations and number of predictions of each class.
#[pyfunction]
pub(crate) fn average_precision<'py>(py: Python<'py>, dataset: &DatasetColumns) -> PyResult<ClassPrecision<'py>> {
    let classes = dataset.with_classes(py, |dataset| threads::detached(py, || core::average_precision(&dataset)))?;
    Ok(ClassPrecision {
        average_precision: PyArray1::from_iter(py, classes.iter().map(|class| class.average_precision)),
        annotations: PyArray1::from_iter(py, classes.iter().map(|class| class.annotations)),
        predictions: PyArray1::from_iter(py, classes.iter().map(|class| class.predictions)),
    })
}

/// True positives (K, 10) at each IoU threshold, annotations and predictions (K,).
#[derive(IntoPyObject)]
pub(crate) struct ClassCounts<'py> {
    true_positives: Bound<'py, PyArray2<u64>>,
    annotations: Column<'py, u64>,
    predictions: Column<'py, u64>,
}

/// True positives, number of annotations and number of predictions of each class.
#[pyfunction]
pub(crate) fn true_positives<'py>(py: Python<'py>, dataset: &DatasetColumns) -> PyResult<ClassCounts<'py>> {
    let classes = dataset.with_classes(py, |dataset| threads::detached(py, || TruePositives::of(&dataset)))?;
    let at: Vec<u64> = classes.iter().flat_map(|class| class.at).collect();
    Ok(ClassCounts {
        true_positives: PyArray1::from_vec(py, at).reshape([classes.len(), THRESHOLDS])?,
        annotations: PyArray1::from_iter(py, classes.iter().map(|class| class.annotations)),
        predictions: PyArray1::from_iter(py, classes.iter().map(|class| class.predictions)),
    })
}
