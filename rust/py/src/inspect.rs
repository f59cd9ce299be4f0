//! Checks of a whole data set.

use boxlint_core::{self as core, BoxChecks};
use boxlint_guard::guarded;
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};

use crate::columns::{Columns, DatasetColumns};
use crate::threads::{self, box_count};

/// How many boxes a check found, and the row of the first.
#[derive(IntoPyObject)]
pub(crate) struct Occurrences {
    count: usize,
    first: Option<usize>,
}

impl From<core::Occurrences> for Occurrences {
    fn from(core::Occurrences { count, first }: core::Occurrences) -> Self {
        Self { count, first }
    }
}

/// The boxes that look wrong, by kind of finding; `sizes` is (N, 2), the width and height of each image.
#[guarded]
#[pyfunction]
#[pyo3(signature = (boxes, sizes=None))]
pub(crate) fn check_boxes<'py>(
    py: Python<'py>,
    boxes: &Columns,
    sizes: Option<PyReadonlyArray2<'py, f64>>,
) -> PyResult<Bound<'py, PyDict>> {
    let borrowed = boxes.borrow(py)?;
    let boxes = borrowed.boxes()?;
    let sizes = sizes.as_ref().map(|sizes| sizes.as_slice()).transpose()?.map(|sizes| sizes.as_chunks().0);
    let BoxChecks { inverted, no_area, outside, repeated, relative, one_based, corners_as_size, size_as_corners } =
        threads::watched(py, boxes.len(), || BoxChecks::of(&boxes, sizes))?;
    let kinds = [
        ("inverted", inverted),
        ("no_area", no_area),
        ("outside", outside),
        ("repeated", repeated),
        ("relative", relative),
        ("one_based", one_based),
        ("corners_as_size", corners_as_size),
        ("size_as_corners", size_as_corners),
    ];
    kinds.map(|(kind, occurrences)| (kind, Occurrences::from(occurrences))).into_py_dict(py)
}

/// What [`near_duplicates`] found.
#[derive(IntoPyObject)]
pub(crate) struct NearDuplicates {
    predictions: Occurrences,
    widespread: bool,
}

/// The predictions that equal an annotation but for rounding, and whether half of the annotations or more have one.
#[guarded]
#[pyfunction]
pub(crate) fn near_duplicates(
    py: Python<'_>,
    annotations: &Columns,
    predictions: &Columns,
) -> PyResult<NearDuplicates> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let (annotations, predictions) = (annotations.boxes()?, predictions.boxes()?);
    let found = threads::watched(py, annotations.len() + predictions.len(), || {
        core::NearDuplicates::of(&annotations, &predictions)
    })?;
    Ok(NearDuplicates { predictions: found.predictions.into(), widespread: found.widespread })
}

/// The annotations that nearly repeat one before them of their image and class.
#[guarded]
#[pyfunction]
pub(crate) fn near_repeats(py: Python<'_>, dataset: &DatasetColumns) -> PyResult<Occurrences> {
    dataset.with(py, |dataset| Ok(threads::watched(py, box_count(&dataset), || core::near_repeats(&dataset))?.into()))
}

/// What [`lacking_classes`] found: see [`core::LackingClasses`].
#[derive(IntoPyObject)]
pub(crate) struct LackingClasses {
    images: usize,
    first: Option<LackingClass>,
}

/// An image, a class that it lacks, how many images have the class, and in how many it was looked for.
#[derive(IntoPyObject)]
pub(crate) struct LackingClass {
    image: usize,
    class_id: i32,
    having: usize,
    searched: usize,
}

/// The images without annotation of a class that nearly all others have.
#[guarded]
#[pyfunction]
pub(crate) fn lacking_classes(py: Python<'_>, dataset: &DatasetColumns) -> PyResult<LackingClasses> {
    dataset.with(py, |dataset| {
        let found = threads::watched(py, box_count(&dataset), || core::LackingClasses::of(&dataset))?;
        let first = |core::LackingClass { image, class, having, searched }| LackingClass {
            image,
            class_id: class,
            having,
            searched,
        };
        Ok(LackingClasses { images: found.images, first: found.first.map(first) })
    })
}

/// A class whose annotations are predicted as another class: see [`core::PermutedClass`].
#[derive(IntoPyObject)]
pub(crate) struct PermutedClass {
    annotated: u32,
    predicted: u32,
    pairs: u64,
    explained: u64,
}

/// The classes that are numbered otherwise in the predictions than in the annotations, as at most so many images show.
#[guarded]
#[pyfunction]
#[pyo3(signature = (dataset, at_most=None))]
pub(crate) fn permuted_classes(
    py: Python<'_>,
    dataset: &DatasetColumns,
    at_most: Option<usize>,
) -> PyResult<Vec<PermutedClass>> {
    dataset.with(py, |dataset| {
        let every = at_most.map_or(1, |at_most| dataset.images().div_ceil(at_most.max(1))).max(1);
        let permuted = threads::watched(py, box_count(&dataset), || core::ClassPairs::of(&dataset, every).permuted())?;
        let fields = |core::PermutedClass { annotated, predicted, pairs, explained, .. }| PermutedClass {
            annotated,
            predicted,
            pairs,
            explained,
        };
        Ok(permuted.into_iter().map(fields).collect())
    })
}

/// How many annotations have a prediction on them, whatever its class; see [`core::ClassPairs`].
#[guarded]
#[pyfunction]
pub(crate) fn annotations_met(py: Python<'_>, dataset: &DatasetColumns) -> PyResult<u64> {
    dataset.with(py, |dataset| {
        let pairs = threads::watched(py, box_count(&dataset), || core::ClassPairs::of(&dataset, 1))?;
        Ok(pairs.iter().map(|(_, _, count)| count.pairs).sum())
    })
}
