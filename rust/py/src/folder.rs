//! Which files lie in a folder.

use boxlint_guard::guarded;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use boxlint_io as io;
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

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

/// The files of a folder: see [`io::FolderFiles`]. Their paths become texts of Python where they are asked for.
#[pyclass(frozen, module = "boxlint._core")]
pub(crate) struct FolderFiles(pub(crate) io::FolderFiles);

#[guarded]
#[pymethods]
impl FolderFiles {
    #[new]
    fn new(py: Python<'_>, folder: PathBuf, before: PathBuf, ending: &str) -> PyResult<Self> {
        let files = threads::watched(py, usize::MAX, || io::FolderFiles::below(&folder, before, ending))?;
        files.map(Self).map_err(of_file)
    }

    fn __len__(&self) -> PyResult<usize> {
        Ok(self.0.len())
    }

    /// The path of a file within the folder, without the ending.
    fn name(&self, file: usize) -> PyResult<OsString> {
        self.expect(file)?;
        Ok(self.0.name(file))
    }

    /// All of these.
    fn names(&self) -> PyResult<Vec<OsString>> {
        Ok((0..self.0.len()).map(|file| self.0.name(file)).collect())
    }

    /// The path of a file.
    fn path(&self, file: usize) -> PyResult<OsString> {
        self.expect(file)?;
        Ok(self.0.path(file).into_os_string())
    }

    /// The paths of all files.
    fn paths(&self) -> PyResult<Vec<OsString>> {
        Ok((0..self.0.len()).map(|file| self.0.path(file).into_os_string()).collect())
    }

    /// Some of the files.
    fn chosen(&self, files: Vec<usize>) -> PyResult<Self> {
        files.iter().try_for_each(|&file| self.expect(file))?;
        Ok(Self(self.0.chosen(&files)))
    }
}

impl FolderFiles {
    fn expect(&self, file: usize) -> PyResult<()> {
        let known = self.0.len();
        if file < known { Ok(()) } else { Err(PyIndexError::new_err(format!("file {file} of {known}"))) }
    }
}

/// (N, 2) width and height of each image of a folder that is a plain JPEG file, NaN for any other: see [`io::jpeg_sizes`].
#[guarded]
#[pyfunction]
pub(crate) fn jpeg_sizes(py: Python<'_>, folder: PathBuf, names: Vec<PathBuf>) -> PyResult<Py<PyArray2<f64>>> {
    let sizes = threads::watched(py, usize::MAX, || io::jpeg_sizes(&folder, &names))?;
    Ok(PyArray1::from_vec(py, sizes.into_flattened()).reshape([names.len(), 2])?.unbind())
}

/// The files of images, by positions: see [`io::ImageFiles`] and, of misfits, [`io::Misfit`].
#[derive(IntoPyObject)]
pub(crate) struct ImageFiles {
    /// The file of each image; -1 for none.
    files: Py<PyArray1<i64>>,
    others: Vec<usize>,
    by_stem: bool,
    /// Two images, and the file that they share.
    shared: Option<(usize, usize, usize)>,
    /// Two files, and the image that they are of.
    twofold: Option<(usize, usize, usize)>,
}

/// The file of each image, by the names of images.
#[guarded]
#[pyfunction]
pub(crate) fn match_files(py: Python<'_>, images: Vec<Name>, files: &FolderFiles) -> PyResult<ImageFiles> {
    let files = &files.0;
    let names: Vec<&[u8]> = images.iter().map(Name::bytes).collect();
    let matched = threads::watched(py, names.len() + files.len(), || io::image_files(&names, &files.names()))?;
    let (mut shared, mut twofold) = (None, None);
    let found = matched.unwrap_or_else(|misfit| {
        match misfit {
            io::Misfit::SharedFile { images: [one, other], file } => shared = Some((one, other, file)),
            io::Misfit::TwoFiles { files: [one, other], image } => twofold = Some((one, other, image)),
        }
        io::ImageFiles { files: Vec::new(), others: Vec::new(), by_stem: false }
    });
    let positions = found.files.into_iter().map(|file| file.map_or(-1, |file| file as i64));
    let files = PyArray1::from_iter(py, positions).unbind();
    Ok(ImageFiles { files, others: found.others, by_stem: found.by_stem, shared, twofold })
}

/// A name, as Python has it where that is UTF-8.
#[derive(FromPyObject)]
pub(crate) enum Name {
    Text(PyBackedStr),
    Other(OsString),
}

impl Name {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Other(name) => name.as_encoded_bytes(),
        }
    }
}
