//! Exceptions of one sentence that say where in a list of arrays something is wrong, and what is expected there.

use numpy::PyUntypedArray;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyTuple};

/// Where in an argument something is.
pub(crate) struct Place {
    argument: &'static str,
    image: usize,
    key: Option<&'static str>,
    class: Option<usize>,
    row: Option<usize>,
}

impl Place {
    pub(crate) fn of_image(argument: &'static str, image: usize) -> Self {
        Self { argument, image, key: None, class: None, row: None }
    }

    fn describe(&self) -> String {
        let key = self.key.map_or(String::new(), |key| format!(", {key}"));
        let class = self.class.map_or(String::new(), |class| format!(", class {class}"));
        let row = self.row.map_or(String::new(), |row| format!(", row {row}"));
        format!("{}: image {}{key}{class}{row}", self.argument, self.image)
    }

    pub(crate) fn key(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }

    pub(crate) fn class(self, class: usize) -> Self {
        Self { class: Some(class), ..self }
    }

    pub(crate) fn row(self, row: usize) -> Self {
        Self { row: Some(row), ..self }
    }

    pub(crate) fn value_error(&self, fault: &str) -> PyErr {
        PyValueError::new_err(format!("{}: {fault}", self.describe()))
    }

    pub(crate) fn missing(&self, key: &str, advice: &str) -> PyErr {
        self.value_error(&format!("no key '{key}', expected a dict with bboxes and labels{advice}"))
    }

    pub(crate) fn wrong_shape(&self, expected: &str, shape: &[usize]) -> PyErr {
        self.value_error(&format!("expected {expected}, found an array of shape {}", shape_text(shape)))
    }

    pub(crate) fn wrong_type(&self, expected: &str, found: &Bound<PyAny>) -> PyErr {
        let found = found.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
        PyTypeError::new_err(format!("{}: expected {expected}, found {found}", self.describe()))
    }

    pub(crate) fn not_numbers(&self, expected: &str, array: &Bound<PyAny>) -> PyErr {
        let dtype = array.getattr("dtype").map_or_else(|_| "?".to_owned(), |dtype| dtype.to_string());
        PyTypeError::new_err(format!("{}: expected {expected}, found dtype {dtype}", self.describe()))
    }

    /// The array in double precision, or a TypeError if it does not hold numbers.
    pub(crate) fn as_numbers<'py>(&self, array: &Bound<'py, PyAny>, expected: &str) -> PyResult<Bound<'py, PyAny>> {
        if !["f", "i", "u"].contains(&kind(array)?.as_str()) {
            return Err(self.not_numbers(expected, array));
        }
        array.call_method1("astype", ("float64",))
    }

    /// The value as an array of at least one dimension. An array of Python objects is converted by what they hold.
    pub(crate) fn as_array<'py>(&self, value: &Bound<'py, PyAny>, expected: &str) -> PyResult<Bound<'py, PyAny>> {
        let array = self.asarray(value, expected)?;
        if array.getattr("ndim")?.extract::<usize>()? == 0 {
            return Err(self.wrong_type(expected, value));
        }
        if kind(&array)? == "O" { self.asarray(&array.call_method0("tolist")?, expected) } else { Ok(array) }
    }

    /// Refuses a masked array of which a value is masked.
    pub(crate) fn refuse_masked(&self, array: &Bound<PyAny>) -> PyResult<()> {
        static IS_MASKED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let is_masked = IS_MASKED.import(array.py(), "numpy.ma", "is_masked")?;
        if is_masked.call1((array,))?.is_truthy()? { Err(self.value_error("has masked values")) } else { Ok(()) }
    }

    /// Refuses what has masked values, which numpy reads without their mask: an array, or a list or tuple of such rows.
    fn refuse_masks_in(&self, value: &Bound<PyAny>) -> PyResult<()> {
        let of_subclass = |value: &Bound<PyAny>| {
            value.is_instance_of::<PyUntypedArray>() && !value.is_exact_instance_of::<PyUntypedArray>()
        };
        if let Ok(rows) = value.cast::<PyList>() {
            rows.iter().filter(of_subclass).try_for_each(|row| self.refuse_masked(&row))
        } else if let Ok(rows) = value.cast::<PyTuple>() {
            rows.iter().filter(of_subclass).try_for_each(|row| self.refuse_masked(&row))
        } else if of_subclass(value) {
            self.refuse_masked(value)
        } else {
            Ok(())
        }
    }

    /// `numpy.asarray(value)`.
    pub(crate) fn asarray<'py>(&self, value: &Bound<'py, PyAny>, expected: &str) -> PyResult<Bound<'py, PyAny>> {
        static ASARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = value.py();
        self.refuse_masks_in(value)?;
        let asarray = ASARRAY.import(py, "numpy", "asarray")?;
        asarray.call1((value,)).map_err(|error| self.explained(error, expected, py))
    }

    /// Rewords numpy's conversion errors; lets others pass.
    fn explained(&self, error: PyErr, expected: &str, py: Python) -> PyErr {
        if !error.is_instance_of::<PyValueError>(py) && !error.is_instance_of::<PyTypeError>(py) {
            return error;
        }
        let explained = self.value_error(&format!("expected {expected}, found what numpy cannot read as one"));
        explained.set_cause(py, Some(error));
        explained
    }
}

fn kind(array: &Bound<PyAny>) -> PyResult<String> {
    array.getattr("dtype")?.getattr("kind")?.extract()
}

/// A shape as Python writes it.
fn shape_text(shape: &[usize]) -> String {
    match shape {
        [length] => format!("({length},)"),
        _ => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}
