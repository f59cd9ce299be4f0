//! Average precision and true positives of each class, of a whole data set and in parts.

use boxlint_core::{self as core, ClassMatches, Match, Matches, THRESHOLDS, TruePositives};
use boxlint_guard::guarded;
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadwriteArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::columns::{Column, DatasetColumns};
use crate::threads::{self, box_count};

/// (K,) each.
#[derive(IntoPyObject)]
pub(crate) struct ClassPrecision<'py> {
    average_precision: Column<'py, f64>,
    annotations: Column<'py, u64>,
    predictions: Column<'py, u64>,
}

/// Average precision, number of annotations and number of predictions of each class.
#[guarded]
#[pyfunction]
pub(crate) fn average_precision<'py>(py: Python<'py>, dataset: &DatasetColumns) -> PyResult<ClassPrecision<'py>> {
    let classes = dataset
        .with_classes(py, |dataset| threads::watched(py, box_count(&dataset), || core::average_precision(&dataset)))?;
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
#[guarded]
#[pyfunction]
pub(crate) fn true_positives<'py>(py: Python<'py>, dataset: &DatasetColumns) -> PyResult<ClassCounts<'py>> {
    let classes = dataset
        .with_classes(py, |dataset| threads::watched(py, box_count(&dataset), || TruePositives::of(&dataset)))?;
    let at: Vec<u64> = classes.iter().flat_map(|class| class.at).collect();
    Ok(ClassCounts {
        true_positives: PyArray1::from_vec(py, at).reshape([classes.len(), THRESHOLDS])?,
        annotations: PyArray1::from_iter(py, classes.iter().map(|class| class.annotations)),
        predictions: PyArray1::from_iter(py, classes.iter().map(|class| class.predictions)),
    })
}

/// The matches of a part: annotations and predictions of each class (K,), and for each match (n,), in no particular order,
/// its class, its score, the row of the prediction, and the IoU thresholds at which it is one, as bits.
#[derive(IntoPyObject)]
pub(crate) struct PartMatches<'py> {
    annotations: Column<'py, i64>,
    predictions: Column<'py, i64>,
    class_id: Column<'py, i32>,
    score: Column<'py, f64>,
    row: Column<'py, i64>,
    at: Column<'py, u16>,
}

/// Which predictions match an annotation.
#[guarded]
#[pyfunction]
pub(crate) fn matches<'py>(py: Python<'py>, dataset: &DatasetColumns) -> PyResult<PartMatches<'py>> {
    let found = dataset.with_classes(py, |dataset| {
        threads::watched(py, box_count(&dataset), || Matches::of(&dataset, 0..dataset.images(), 0))
    })?;
    let counts = |count: fn(&ClassMatches) -> u64| found.classes.iter().map(move |class| count(class) as i64);
    let each = || (0..).zip(&found.classes).flat_map(|(class, of)| of.matches.iter().map(move |found| (class, found)));
    Ok(PartMatches {
        annotations: PyArray1::from_iter(py, counts(|class| class.annotations)),
        predictions: PyArray1::from_iter(py, counts(|class| class.predictions)),
        class_id: PyArray1::from_iter(py, each().map(|(class, _)| class)),
        score: PyArray1::from_iter(py, each().map(|(_, found)| found.score)),
        row: PyArray1::from_iter(py, each().map(|(_, found)| found.prediction as i64)),
        at: PyArray1::from_iter(py, each().map(|(_, found)| found.at)),
    })
}

/// The matches of all parts, ranked. They are given as [`PartMatches`] has them, each with a number: of equal scores, lower
/// numbers come first. A ValueError says if a class or score is out of range.
#[pyclass(frozen, module = "boxlint._core")]
pub(crate) struct Ranking {
    ranking: core::Ranking,
    classes: usize,
    matches: usize,
}

#[guarded]
#[pymethods]
impl Ranking {
    #[new]
    fn new(
        py: Python<'_>,
        annotations: PyReadonlyArray1<i64>,
        class_id: PyReadonlyArray1<i32>,
        score: PyReadonlyArray1<f64>,
        number: PyReadonlyArray1<u64>,
        at: PyReadonlyArray1<u16>,
    ) -> PyResult<Self> {
        let of_class = |&annotations: &i64| ClassMatches { annotations: annotations as u64, ..ClassMatches::default() };
        let mut matches = Matches { classes: annotations.as_slice()?.iter().map(of_class).collect() };
        let (classes, count) = (matches.classes.len(), class_id.as_slice()?.len());
        let rows = class_id.as_slice()?.iter().zip(score.as_slice()?).zip(number.as_slice()?).zip(at.as_slice()?);
        for (((&class, &score), &prediction), &at) in rows {
            let place = usize::try_from(class).ok().and_then(|class| matches.classes.get_mut(class));
            let place = place.filter(|_| (0.0..=1.0).contains(&score) && at >> THRESHOLDS == 0);
            let place = place.ok_or_else(|| PyValueError::new_err("a class, score or threshold is out of range"))?;
            place.matches.push(Match { score, prediction, at });
        }
        let ranking = threads::detached(py, || core::Ranking::new(matches))?;
        Ok(Self { ranking, classes, matches: count })
    }

    /// Adds to `places`, for each match, class by class and by rank, how many predictions of the part come after the match
    /// before it and no later than itself. `number` has that of each prediction.
    fn add_places(
        &self,
        py: Python<'_>,
        dataset: &DatasetColumns,
        number: PyReadonlyArray1<u64>,
        mut places: PyReadwriteArray1<u64>,
    ) -> PyResult<()> {
        let (number, places) = (number.as_slice()?, places.as_slice_mut()?);
        dataset.with_classes(py, |dataset| {
            let (predictions, images) = (dataset.predictions().len(), 0..dataset.images());
            if dataset.classes() > self.classes || number.len() != predictions || places.len() != self.matches {
                return Err(PyValueError::new_err("these are predictions of another data set than was matched"));
            }
            threads::watched(py, predictions, || {
                self.ranking.add_places(&dataset, images, |row| number[row as usize], places)
            })
        })
    }

    /// (K,): average precision of each class, from the sums of `places` over all parts.
    fn average_precision<'py>(&self, py: Python<'py>, places: PyReadonlyArray1<u64>) -> PyResult<Column<'py, f64>> {
        let places = places.as_slice()?;
        if places.len() != self.matches {
            return Err(PyValueError::new_err("these are places among other matches"));
        }
        Ok(PyArray1::from_vec(py, threads::detached(py, || self.ranking.average_precision(places))?))
    }
}
