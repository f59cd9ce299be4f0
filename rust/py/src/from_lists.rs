//! Gathers Python lists of arrays into columns.
//!
//! Arrays of floats are read in place; anything else is converted by `numpy.asarray` first.

use std::ops::Range;

use boxlint_core::{Boxes, Dataset, Error, Floats, reserve};
use boxlint_guard::guarded;
use numpy::{Element as NumpyElement, PyArray1, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::array_view::{Element, View};
use crate::columns::Columns;
use crate::errors::at_fault;
use crate::location::Place;
use crate::threads::{self, Progress, blocks, finished};

/// Images that are gathered at a time: few enough for their columns to stay in the cache until they are scored.
const BLOCK: usize = 1 << 10;

/// What to do about dicts of frameworks, which have boxes and not bboxes.
const READERS_OF_BOXES: &str =
    "; boxlint.from_torchvision, from_torchmetrics and from_transformers read dicts with boxes";

/// The annotations of N images from N dicts with `bboxes` (L, 4) and `labels` (L,).
#[guarded]
#[pyfunction]
#[pyo3(signature = (labels, *, progress=None))]
pub(crate) fn gather_annotations<'py>(
    py: Python<'py>,
    labels: &Bound<'py, PyList>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Columns> {
    gather(py, Rows::of(Side::Annotations), labels, progress)
}

/// The predictions of N images, each K arrays (M, 5), one a class: a list or object array of them, or one (K, M, 5).
#[guarded]
#[pyfunction]
#[pyo3(signature = (predictions, *, progress=None))]
pub(crate) fn gather_predictions<'py>(
    py: Python<'py>,
    predictions: &Bound<'py, PyList>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Columns> {
    gather(py, Rows::of(Side::Predictions), predictions, progress)
}

fn gather(py: Python, mut rows: Rows, list: &Bound<PyList>, progress: Progress) -> PyResult<Columns> {
    for block in blocks(0..list.len(), BLOCK) {
        rows.append(list, block.clone())?;
        finished(py, block.len(), progress)?;
    }
    rows.into_columns(py)
}

/// Gathers labels and predictions, block after block, and does `work` on the data set of each block while the next one is
/// gathered.
pub(crate) fn stream(
    lists: [&Bound<PyList>; 2],
    images: Range<usize>,
    progress: Progress,
    mut work: impl FnMut(Range<usize>, Dataset) + Send,
) -> PyResult<()> {
    let fresh = || [Rows::of(Side::Annotations), Rows::of(Side::Predictions)];
    let (mut gathered, mut next) = (fresh(), fresh());
    let (py, mut waiting) = (lists[0].py(), None);
    for block in blocks(images, BLOCK).map(Some).chain([None]) {
        let mut gather = || {
            let Some(block) = &block else { return Ok(()) };
            for (rows, list) in next.iter_mut().zip(lists) {
                rows.restart(block.start);
                rows.append(list, block.clone())?;
            }
            finished(py, block.len(), progress)
        };
        let met = match waiting {
            None => gather(),
            Some(block) => {
                let work = || on_dataset(&gathered, |dataset| work(block, dataset));
                let (worked, met) = threads::beside(py, work, gather)?;
                worked.map_err(|(side, error): (usize, Error)| gathered[side].explain(error))?;
                met
            }
        };
        met?;
        std::mem::swap(&mut gathered, &mut next);
        waiting = block;
    }
    Ok(())
}

/// Checks what was gathered and does `work` on it. A fault comes with the index of its side.
fn on_dataset(gathered: &[Rows; 2], work: impl FnOnce(Dataset)) -> Result<(), (usize, Error)> {
    let annotations = gathered[0].boxes().map_err(|error| (0, error))?;
    let predictions = gathered[1].boxes().map_err(|error| (1, error))?;
    work(Dataset::new(annotations, predictions, None).map_err(|error| (0, error))?);
    Ok(())
}

/// Annotations or predictions.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Side {
    Annotations,
    Predictions,
}

impl Side {
    fn argument(self) -> &'static str {
        if self == Self::Annotations { "labels" } else { "predictions" }
    }
}

/// The columns of one side as they grow: in single precision as long as all arrays are.
struct Rows {
    side: Side,
    first_image: usize,
    double: bool,
    singles: Numbers<f32>,
    doubles: Numbers<f64>,
    class_id: Vec<i32>,
    offsets: Vec<i64>,
}

#[derive(Default)]
struct Numbers<T> {
    xyxy: Vec<T>,
    score: Vec<T>,
}

impl Rows {
    fn of(side: Side) -> Self {
        Self {
            side,
            first_image: 0,
            double: true,
            singles: Numbers::default(),
            doubles: Numbers::default(),
            class_id: Vec::new(),
            offsets: vec![0],
        }
    }

    /// Empties the columns and keeps their memory.
    fn restart(&mut self, first_image: usize) {
        self.first_image = first_image;
        self.singles.clear();
        self.doubles.clear();
        self.class_id.clear();
        self.offsets.truncate(1);
    }

    /// Gathers some images of the list.
    fn append(&mut self, list: &Bound<PyList>, images: Range<usize>) -> PyResult<()> {
        for image in images {
            // Reading an array can run code of the caller, which may change the list.
            let item = list.get_item(image).map_err(|_| changed(self.side, image))?;
            match self.side {
                Side::Annotations => self.annotations(image, &item)?,
                Side::Predictions => self.predictions(image, &item)?,
            }
            reserve(&mut self.offsets, 1);
            self.offsets.push(self.class_id.len() as i64);
        }
        Ok(())
    }

    /// The columns, checked.
    fn boxes(&self) -> Result<Boxes<'_>, Error> {
        let (xyxy, score) = if self.double {
            (Floats::F64(&self.doubles.xyxy), Floats::F64(&self.doubles.score))
        } else {
            (Floats::F32(&self.singles.xyxy), Floats::F32(&self.singles.score))
        };
        let score = (self.side == Side::Predictions).then_some(score);
        Boxes::new(xyxy, &self.class_id, score, &self.offsets)
    }

    /// The exception for a fault of the columns.
    fn explain(&self, error: Error) -> PyErr {
        explained(error, self.side, self.first_image, &self.class_id, &self.offsets)
    }

    fn into_columns(self, py: Python) -> PyResult<Columns> {
        let Self { side, double, singles, doubles, class_id, offsets, .. } = self;
        let boxes = class_id.len();
        let (xyxy, score) = if double { doubles.into_arrays(py, boxes)? } else { singles.into_arrays(py, boxes)? };
        let score = (side == Side::Predictions).then_some(&score);
        let explain = |error, class_id: &[i32], offsets: &[i64]| explained(error, side, 0, class_id, offsets);
        Columns::checked(&xyxy, &PyArray1::from_vec(py, class_id), score, &PyArray1::from_vec(py, offsets), explain)
    }

    fn annotations(&mut self, image: usize, label: &Bound<PyAny>) -> PyResult<()> {
        let at = || Place::of_image("labels", image);
        let Ok(label) = label.cast::<PyDict>() else {
            return Err(at().wrong_type("a dict with bboxes and labels", label));
        };
        let bboxes = label.get_item(intern!(label.py(), "bboxes"))?.ok_or_else(|| {
            let boxes = label.contains(intern!(label.py(), "boxes")).unwrap_or(false);
            at().missing("bboxes", if boxes { READERS_OF_BOXES } else { "" })
        })?;
        let classes = label.get_item(intern!(label.py(), "labels"))?.ok_or_else(|| at().missing("labels", ""))?;
        let before = self.class_id.len();
        let boxes = self.push(&bboxes, 4, "an array of shape (L, 4)", || at().key("bboxes"))?;
        self.push_classes(&classes, at)?;
        let found = self.class_id.len() - before;
        if found != boxes {
            return Err(at().value_error(&format!("bboxes has {boxes} rows and labels has {found}, expected as many")));
        }
        Ok(())
    }

    fn predictions(&mut self, image: usize, prediction: &Bound<PyAny>) -> PyResult<()> {
        let at = || Place::of_image("predictions", image);
        let mut of_class = |class: usize, array: &Bound<PyAny>| {
            let boxes = self.push(array, 5, "an array of shape (M, 5)", || at().class(class))?;
            reserve(&mut self.class_id, boxes);
            self.class_id.resize(self.class_id.len() + boxes, class as i32);
            Ok(())
        };
        if let Ok(list) = prediction.cast::<PyList>() {
            list.iter().enumerate().try_for_each(|(class, array)| of_class(class, &array))
        } else if let Ok(tuple) = prediction.cast::<PyTuple>() {
            tuple.iter().enumerate().try_for_each(|(class, array)| of_class(class, &array))
        } else {
            let arrays = class_arrays(prediction, &at())?;
            arrays.iter().enumerate().try_for_each(|(class, array)| of_class(class, array))
        }
    }

    /// Appends the rows of an array of boxes, and returns how many they are.
    #[inline]
    fn push(
        &mut self,
        array: &Bound<PyAny>,
        width: usize,
        expected: &str,
        at: impl FnOnce() -> Place,
    ) -> PyResult<usize> {
        if is_empty_list(array) {
            return Ok(0);
        }
        match View::of(array) {
            Some(view) if view.is_empty() => Ok(0),
            Some(view) if view.columns == Some(width) && view.element.is_float() => {
                if view.of_subclass {
                    at().refuse_masked(array)?;
                }
                Ok(self.push_view(&view))
            }
            _ => self.push_converted(array, width, expected, &at()),
        }
    }

    #[cold]
    fn push_converted(&mut self, array: &Bound<PyAny>, width: usize, expected: &str, at: &Place) -> PyResult<usize> {
        let found = at.as_array(array, expected)?;
        let shape: Vec<usize> = found.getattr("shape")?.extract()?;
        if shape.contains(&0) {
            return Ok(0);
        }
        if shape.len() != 2 || shape[1] != width {
            return Err(at.wrong_shape(expected, &shape));
        }
        let doubles = at.as_numbers(&found, expected)?;
        View::of(&doubles).map(|view| self.push_view(&view)).ok_or_else(|| at.not_numbers(expected, &found))
    }

    #[inline]
    fn push_view(&mut self, view: &View) -> usize {
        if self.class_id.is_empty() {
            self.double = view.element == Element::F64;
        } else if !self.double && view.element == Element::F64 {
            self.double = true;
            reserve(&mut self.doubles.xyxy, self.singles.xyxy.len());
            reserve(&mut self.doubles.score, self.singles.score.len());
            self.doubles.xyxy.extend(self.singles.xyxy.iter().map(|&value| f64::from(value)));
            self.doubles.score.extend(self.singles.score.iter().map(|&value| f64::from(value)));
            self.singles.clear();
        }
        match (self.double, view.element) {
            (false, _) => view.append::<f32, f32>(&mut self.singles.xyxy, &mut self.singles.score),
            (true, Element::F32) => view.append::<f32, f64>(&mut self.doubles.xyxy, &mut self.doubles.score),
            (true, _) => view.append::<f64, f64>(&mut self.doubles.xyxy, &mut self.doubles.score),
        }
        view.rows
    }

    fn push_classes(&mut self, classes: &Bound<PyAny>, at: impl Fn() -> Place) -> PyResult<()> {
        const EXPECTED: &str = "an array of shape (L,) of integers";
        if is_empty_list(classes) {
            return Ok(());
        }
        if let Some(view) = View::of(classes)
            && view.columns.is_none()
        {
            if view.of_subclass {
                at().key("labels").refuse_masked(classes)?;
            }
            return self.push_class_view(&view, at);
        }
        let key = at().key("labels");
        let found = key.as_array(classes, EXPECTED)?;
        let shape: Vec<usize> = found.getattr("shape")?.extract()?;
        if shape.contains(&0) {
            return Ok(());
        }
        if shape.len() != 1 {
            return Err(key.wrong_shape(EXPECTED, &shape));
        }
        let doubles = key.as_numbers(&found, EXPECTED)?;
        match View::of(&doubles) {
            Some(view) => self.push_class_view(&view, at),
            None => Err(key.not_numbers(EXPECTED, &found)),
        }
    }

    fn push_class_view(&mut self, view: &View, at: impl Fn() -> Place) -> PyResult<()> {
        let rows = if view.is_empty() { 0 } else { view.rows };
        reserve(&mut self.class_id, rows);
        for row in 0..rows {
            let found = view.number(row);
            if !(0.0..=f64::from(i32::MAX)).contains(&found) || found.fract() != 0.0 {
                let fault = format!("class id is {found}, expected an integer from 0 to 2147483647");
                return Err(at().row(row).value_error(&fault));
            }
            self.class_id.push(found as i32);
        }
        Ok(())
    }
}

/// Whether nothing is there, which numpy would take ten times as long to say: most images of some data sets have none.
fn is_empty_list(object: &Bound<PyAny>) -> bool {
    object.cast_exact::<PyList>().is_ok_and(|list| list.is_empty())
}

impl<T: NumpyElement> Numbers<T> {
    fn clear(&mut self) {
        self.xyxy.clear();
        self.score.clear();
    }

    fn into_arrays<'py>(self, py: Python<'py>, boxes: usize) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let xyxy = PyArray1::from_vec(py, self.xyxy).reshape([boxes, 4])?;
        Ok((xyxy.into_any(), PyArray1::from_vec(py, self.score).into_any()))
    }
}

/// The arrays, one a class, of a prediction that is itself an array: of arrays, or (K, M, 5).
fn class_arrays<'py>(prediction: &Bound<'py, PyAny>, at: &Place) -> PyResult<Vec<Bound<'py, PyAny>>> {
    const EXPECTED: &str = "a list of K arrays of shape (M, 5), one a class";
    if prediction.cast::<PyDict>().is_ok() || !prediction.hasattr("__array__")? {
        return Err(at.wrong_type(EXPECTED, prediction));
    }
    let array = at.asarray(prediction, EXPECTED)?;
    let shape: Vec<usize> = array.getattr("shape")?.extract()?;
    match shape[..] {
        [_] | [_, _, 5] => array.try_iter()?.collect(),
        _ if shape.contains(&0) => Ok(Vec::new()),
        _ => Err(at.wrong_shape(EXPECTED, &shape)),
    }
}

fn changed(side: Side, image: usize) -> PyErr {
    PyValueError::new_err(format!("{}: image {image} went missing while the list was read", side.argument()))
}

/// A fault of gathered columns as it is in the list: rows of predictions count from 0 within their class there.
fn explained(error: Error, side: Side, first_image: usize, class_id: &[i32], offsets: &[i64]) -> PyErr {
    let counted = |image: usize, class: i32, row: usize| {
        let of_image = &class_id[offsets[image] as usize..][..row];
        if side == Side::Predictions { row - of_image.partition_point(|&other| other < class) } else { row }
    };
    let of_list = match error {
        Error::Coordinate { image, class, row, axis, found } => {
            let row = counted(image, class, row);
            Error::Coordinate { image: first_image + image, class, row, axis, found }
        }
        Error::Score { image, class, row, found } => {
            let row = counted(image, class, row);
            Error::Score { image: first_image + image, class, row, found }
        }
        other => other,
    };
    at_fault(side.argument(), &of_list)
}
