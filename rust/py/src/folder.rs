//! Which files lie in a folder.

use std::ffi::OsString;
use std::path::PathBuf;

use boxlint_io as io;
use pyo3::prelude::*;

use crate::errors::of_file;
use crate::threads;

/// The paths within a folder of its files with one of the endings, in order of folders and names.
#[pyfunction]
pub(crate) fn paths_within(py: Python<'_>, folder: PathBuf, endings: Vec<String>) -> PyResult<Vec<OsString>> {
    threads::detached(py, || io::paths_within(&folder, &endings))?.map_err(of_file)
}

/// Whether a file or folder of this name is passed over.
#[pyfunction]
pub(crate) fn is_passed_over(name: OsString) -> bool {
    io::is_passed_over(&name)
}
