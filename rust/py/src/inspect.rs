//! What boxes look like when something is wrong with them.

use boxlint_core::{self as core, Tally};
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

use crate::boxes::Columns;
use crate::threads;

/// How many boxes look so, and the row of the first.
type Told = (usize, usize);

/// The boxes of each look; `sizes` is (N, 2), the width and height of each image.
#[pyfunction]
#[pyo3(signature = (boxes, sizes=None))]
pub(crate) fn looks<'py>(
    py: Python<'py>,
    boxes: &Columns,
    sizes: Option<PyReadonlyArray2<'py, f64>>,
) -> PyResult<Bound<'py, PyAny>> {
    let borrowed = boxes.borrow(py)?;
    let boxes = borrowed.boxes()?;
    let sizes = sizes.as_ref().map(|sizes| sizes.as_slice()).transpose()?.map(|sizes| sizes.as_chunks().0);
    let looks = threads::detached(py, || core::Looks::of(&boxes, sizes))?;
    let named = [
        ("inverted", looks.inverted),
        ("no_area", looks.no_area),
        ("outside", looks.outside),
        ("repeated", looks.repeated),
        ("relative", looks.relative),
        ("cornerlike", looks.cornerlike),
    ];
    Ok(named.map(|(name, tally)| (name, told(tally))).into_py_dict(py)?.into_any())
}

/// The annotations that a prediction equals, and the predictions that equal an annotation.
#[pyfunction]
pub(crate) fn copies(py: Python<'_>, annotations: &Columns, predictions: &Columns) -> PyResult<[Told; 2]> {
    let (annotations, predictions) = (annotations.borrow(py)?, predictions.borrow(py)?);
    let (annotations, predictions) = (annotations.boxes()?, predictions.boxes()?);
    let copies = threads::detached(py, || core::Copies::of(&annotations, &predictions))?;
    Ok([told(copies.annotations), told(copies.predictions)])
}

fn told(tally: Tally) -> Told {
    (tally.count, tally.first)
}
