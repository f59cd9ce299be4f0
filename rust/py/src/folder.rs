//! Which files lie in a folder.

use boxlint_guard::guarded;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use boxlint_io as io;
use pyo3::prelude::*;

use crate::errors::of_file;
use crate::threads;

/// The paths within a folder of its files with one of the endings, in order of folders and names; see
/// [`io::paths_within`].
#[guarded]
#[pyfunction]
#[pyo3(signature = (folder, endings, with_pipes = false))]
pub(crate) fn paths_within(
    py: Python<'_>,
    folder: PathBuf,
    endings: Vec<String>,
    with_pipes: bool,
) -> PyResult<Vec<OsString>> {
    threads::watched(py, usize::MAX, || io::paths_within(&folder, &endings, with_pipes))?.map_err(of_file)
}

/// Whether a file or folder of this name is passed over.
#[guarded]
#[pyfunction]
pub(crate) fn is_passed_over(name: OsString) -> PyResult<bool> {
    Ok(io::is_passed_over(&name))
}

/// The name of an image without the ending of image files.
#[guarded]
#[pyfunction]
pub(crate) fn without_ending(name: OsString) -> PyResult<OsString> {
    let has_ending = io::without_ending(name.as_encoded_bytes()).len() < name.len();
    Ok(if has_ending { Path::new(&name).with_extension("").into_os_string() } else { name })
}

/// Positions in the lists of images and of files: see [`io::ImageFiles`] and, of misfits, [`io::Misfit`].
#[derive(Default, IntoPyObject)]
pub(crate) struct ImageFiles {
    files: Vec<Option<usize>>,
    others: Vec<usize>,
    by_stem: bool,
    /// Two images, and the file that they share.
    shared: Option<(usize, usize, usize)>,
    /// Two files, and the image that they are of.
    twofold: Option<(usize, usize, usize)>,
}

/// The file of each image, by the names of images and of files without their endings.
#[guarded]
#[pyfunction]
pub(crate) fn match_files(py: Python<'_>, images: Vec<OsString>, files: Vec<OsString>) -> PyResult<ImageFiles> {
    fn bytes(names: &[OsString]) -> Vec<&[u8]> {
        names.iter().map(|name| name.as_encoded_bytes()).collect()
    }
    let names = images.len() + files.len();
    Ok(match threads::watched(py, names, || io::image_files(&bytes(&images), &bytes(&files)))? {
        Ok(io::ImageFiles { files, others, by_stem }) => ImageFiles { files, others, by_stem, ..ImageFiles::default() },
        Err(io::Misfit::SharedFile { images: [one, other], file }) => {
            ImageFiles { shared: Some((one, other, file)), ..ImageFiles::default() }
        }
        Err(io::Misfit::TwoFiles { files: [one, other], image }) => {
            ImageFiles { twofold: Some((one, other, image)), ..ImageFiles::default() }
        }
    })
}
