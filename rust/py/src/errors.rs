//! Faults of the core as Python exceptions.

use boxlint_core::Error;
use pyo3::PyErr;
use pyo3::exceptions::PyValueError;

/// A ValueError that says which argument is at fault, and how.
pub(crate) fn at_fault(argument: &str, error: &Error) -> PyErr {
    PyValueError::new_err(format!("{argument}: {error}"))
}

/// A ValueError for faults that name the arguments themselves.
pub(crate) fn value_error(error: Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}
