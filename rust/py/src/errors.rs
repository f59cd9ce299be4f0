//! Faults of the core, and of files, as Python exceptions.

use boxlint_core::Error;
use boxlint_io as io;
use pyo3::PyErr;
use pyo3::exceptions::{PyOSError, PyValueError};

/// A ValueError that says which argument is at fault, and how.
pub(crate) fn at_fault(argument: &str, error: &Error) -> PyErr {
    PyValueError::new_err(format!("{argument}: {error}"))
}

/// A ValueError for faults that name the arguments themselves.
pub(crate) fn value_error(error: Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// OSError for an error of the system, ValueError for what is wrong in a file.
pub(crate) fn of_file(error: io::Error) -> PyErr {
    match error {
        io::Error::File { path, source } => match of_system(&source) {
            Some((code, reason)) => PyOSError::new_err((code, reason, path)),
            None => PyValueError::new_err(format!("{path}: {source}")),
        },
        io::Error::Write { source } => match of_system(&source) {
            Some((code, reason)) => PyOSError::new_err((code, reason)),
            None => source.into(),
        },
        other => PyValueError::new_err(other.to_string()),
    }
}

/// Number and sentence of an error of the system.
fn of_system(error: &std::io::Error) -> Option<(i32, String)> {
    let code = error.raw_os_error()?;
    let said = error.to_string();
    Some((code, said.split(" (os error").next().unwrap_or_default().to_owned()))
}
