//! Python lists of arrays -> columns, as fast as the objects can be walked.
//!
//! What is not plainly an array of floats goes through `numpy.asarray` first.

use boxlint_core::Error;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::blocks::{Progress, finished};
use crate::columns::Columns;
use crate::errors::at_fault;
use crate::place::Place;
use crate::view::{Element, View};

/// Images between two looks at signals and progress.
const IMAGES: usize = 1 << 12;

/// The annotations of N images from N dicts with `bboxes` (L, 4) and `labels` (L,).
#[pyfunction]
#[pyo3(signature = (labels, *, progress=None))]
pub(crate) fn gather_annotations<'py>(
    py: Python<'py>,
    labels: &Bound<'py, PyList>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Columns> {
    let mut rows = Rows::new("labels", 4);
    rows.gather(labels, progress, |rows, image, label| {
        let at = Place { argument: "labels", image, key: None, class: None, row: None };
        let Ok(label) = label.cast::<PyDict>() else {
            return Err(at.wrong_type("a dict with bboxes and labels", label));
        };
        let [bboxes, classes] = [intern!(py, "bboxes"), intern!(py, "labels")].map(|key| label.get_item(key));
        let bboxes = bboxes?.ok_or_else(|| at.missing("bboxes"))?;
        let classes = classes?.ok_or_else(|| at.missing("labels"))?;
        let before = rows.class_id.len();
        let boxes = rows.push(&bboxes, "an array of shape (L, 4)", &at.key("bboxes"))?;
        rows.push_classes(&classes, &at)?;
        let found = rows.class_id.len() - before;
        if found != boxes {
            return Err(at.value_error(&format!("bboxes has {boxes} rows and labels has {found}, expected as many")));
        }
        Ok(())
    })?;
    rows.columns(py)
}

/// The predictions of N images, each K arrays (M, 5), one a class: a list or object array of them, or one (K, M, 5).
#[pyfunction]
#[pyo3(signature = (predictions, *, progress=None))]
pub(crate) fn gather_predictions<'py>(
    py: Python<'py>,
    predictions: &Bound<'py, PyList>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Columns> {
    let mut rows = Rows::new("predictions", 5);
    rows.gather(predictions, progress, |rows, image, prediction| {
        let mut of_class = |class: usize, array: &Bound<'py, PyAny>| {
            let at = Place { argument: "predictions", image, key: None, class: Some(class), row: None };
            let boxes = rows.push(array, "an array of shape (M, 5)", &at)?;
            rows.class_id.resize(rows.class_id.len() + boxes, class as i32);
            Ok(())
        };
        if let Ok(list) = prediction.cast::<PyList>() {
            list.iter().enumerate().try_for_each(|(class, array)| of_class(class, &array))
        } else if let Ok(tuple) = prediction.cast::<PyTuple>() {
            tuple.iter().enumerate().try_for_each(|(class, array)| of_class(class, &array))
        } else {
            let at = Place { argument: "predictions", image, key: None, class: None, row: None };
            let arrays = class_arrays(prediction, &at)?;
            arrays.iter().enumerate().try_for_each(|(class, array)| of_class(class, array))
        }
    })?;
    rows.columns(py)
}

/// The arrays, one a class, of a prediction that is an array itself: of arrays, or (K, M, 5).
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

/// The columns as they grow: in single precision as long as all arrays are.
struct Rows {
    argument: &'static str,
    /// Numbers in a row of the arrays: 4, or 5 with a score.
    width: usize,
    numbers: Numbers,
    class_id: Vec<i32>,
    offsets: Vec<i64>,
}

enum Numbers {
    F32 { xyxy: Vec<f32>, score: Vec<f32> },
    F64 { xyxy: Vec<f64>, score: Vec<f64> },
}

impl Rows {
    fn new(argument: &'static str, width: usize) -> Self {
        let numbers = Numbers::F64 { xyxy: Vec::new(), score: Vec::new() };
        Self { argument, width, numbers, class_id: Vec::new(), offsets: vec![0] }
    }

    fn gather<'py>(
        &mut self,
        list: &Bound<'py, PyList>,
        progress: Progress,
        mut of_image: impl FnMut(&mut Self, usize, &Bound<'py, PyAny>) -> PyResult<()>,
    ) -> PyResult<()> {
        let mut reported = 0;
        for (image, item) in list.iter().enumerate() {
            of_image(self, image, &item)?;
            self.offsets.push(self.class_id.len() as i64);
            if image + 1 - reported == IMAGES {
                reported = image + 1;
                finished(list.py(), IMAGES, progress)?;
            }
        }
        finished(list.py(), self.offsets.len() - 1 - reported, progress)
    }

    /// Appends the rows of an array of boxes, and says how many.
    #[inline]
    fn push(&mut self, array: &Bound<PyAny>, expected: &str, at: &Place) -> PyResult<usize> {
        match View::of(array) {
            Some(view) if view.is_empty() => Ok(0),
            Some(view) if view.columns == Some(self.width) && view.element.is_float() => Ok(self.push_view(&view)),
            _ => self.push_converted(array, expected, at),
        }
    }

    #[cold]
    fn push_converted(&mut self, array: &Bound<PyAny>, expected: &str, at: &Place) -> PyResult<usize> {
        let found = at.as_array(array, expected)?;
        let shape: Vec<usize> = found.getattr("shape")?.extract()?;
        if shape.contains(&0) {
            return Ok(0);
        }
        if shape.len() != 2 || shape[1] != self.width {
            return Err(at.wrong_shape(expected, &shape));
        }
        let doubles = at.as_numbers(&found, expected)?;
        View::of(&doubles).map(|view| self.push_view(&view)).ok_or_else(|| at.not_numbers(expected, &found))
    }

    #[inline]
    fn push_view(&mut self, view: &View) -> usize {
        if self.class_id.is_empty() && view.element == Element::F32 {
            self.numbers = Numbers::F32 { xyxy: Vec::new(), score: Vec::new() };
        } else if let (Numbers::F32 { xyxy, score }, Element::F64) = (&self.numbers, view.element) {
            let wide = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect();
            self.numbers = Numbers::F64 { xyxy: wide(xyxy), score: wide(score) };
        }
        match (&mut self.numbers, view.element) {
            (Numbers::F32 { xyxy, score }, _) => view.append::<f32, f32>(xyxy, score),
            (Numbers::F64 { xyxy, score }, Element::F32) => view.append::<f32, f64>(xyxy, score),
            (Numbers::F64 { xyxy, score }, _) => view.append::<f64, f64>(xyxy, score),
        }
        view.rows
    }

    fn push_classes(&mut self, classes: &Bound<PyAny>, at: &Place) -> PyResult<()> {
        const EXPECTED: &str = "an array of shape (L,) of integers";
        if let Some(view) = View::of(classes)
            && view.columns.is_none()
        {
            return self.push_class_view(&view, at);
        }
        let key = at.key("labels");
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

    fn push_class_view(&mut self, view: &View, at: &Place) -> PyResult<()> {
        for row in 0..view.rows {
            let found = view.number(row);
            if !(0.0..=f64::from(i32::MAX)).contains(&found) || found.fract() != 0.0 {
                let fault = format!("class id is {found}, expected an integer from 0 to 2147483647");
                return Err(at.row(row).value_error(&fault));
            }
            self.class_id.push(found as i32);
        }
        Ok(())
    }

    fn columns(self, py: Python) -> PyResult<Columns> {
        let Self { argument, width, numbers, class_id, offsets } = self;
        let boxes = class_id.len();
        let (xyxy, score) = match numbers {
            Numbers::F32 { xyxy, score } => (matrix(py, xyxy, boxes)?, PyArray1::from_vec(py, score).into_any()),
            Numbers::F64 { xyxy, score } => (matrix(py, xyxy, boxes)?, PyArray1::from_vec(py, score).into_any()),
        };
        let starts = offsets.clone();
        let (class_id, offsets) = (PyArray1::from_vec(py, class_id), PyArray1::from_vec(py, offsets));
        let score = (width == 5).then_some(&score);
        Columns::checked(&xyxy, &class_id, score, &offsets, |error, classes| {
            at_fault(argument, &if width == 5 { within_class(error, classes, &starts) } else { error })
        })
    }
}

fn matrix<'py, T: numpy::Element>(py: Python<'py>, values: Vec<T>, rows: usize) -> PyResult<Bound<'py, PyAny>> {
    Ok(PyArray1::from_vec(py, values).reshape([rows, 4])?.into_any())
}

/// The same fault with its row counted within the arrays of its class, as the caller knows it.
fn within_class(error: Error, classes: &[i32], offsets: &[i64]) -> Error {
    let counted = |image: usize, class: i32, row: usize| {
        let first = offsets[image] as usize;
        row - classes[first..first + row].partition_point(|&other| other < class)
    };
    match error {
        Error::Coordinate { image, class, row, axis, found } => {
            Error::Coordinate { image, class, row: counted(image, class, row), axis, found }
        }
        Error::Score { image, class, row, found } => {
            Error::Score { image, class, row: counted(image, class, row), found }
        }
        other => other,
    }
}
