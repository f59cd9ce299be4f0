//! Files of Pascal VOC, read into columns.

use boxlint_guard::guarded;

use boxlint_io::{self as io, VocFile, VocReader};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::of_file;
use crate::folder::FolderFiles;
use crate::threads;

/// Files that are read between two checks for signals: some tens of milliseconds.
const BLOCK: usize = 1 << 11;

/// What the files of a folder say: see [`io::VocFiles`].
#[derive(IntoPyObject)]
pub(crate) struct VocFiles {
    filenames: Vec<String>,
    sizes: Py<PyArray2<f64>>,
    lost: Vec<usize>,
    faults: Vec<VocFault>,
    file: Py<PyArray1<i64>>,
    position: Py<PyArray1<i64>>,
    class_id: Py<PyArray1<i32>>,
    class_names: Vec<String>,
    corners: Py<PyArray2<f64>>,
    difficult: Py<PyArray1<bool>>,
    from_outline: Py<PyArray1<bool>>,
    scores: Vec<Option<String>>,
}

/// A file or object that cannot be read: see [`io::VocFault`].
#[derive(IntoPyObject)]
struct VocFault {
    file: usize,
    object: Option<usize>,
    what: String,
}

impl From<io::VocFault> for VocFault {
    fn from(io::VocFault { file, object, what }: io::VocFault) -> Self {
        Self { file, object, what }
    }
}

/// Reads files. `plain` is called with the path of each that is no plain XML in UTF-8: it returns the same as such, or
/// raises a ValueError that says what is wrong with it.
#[guarded]
#[pyfunction]
pub(crate) fn read_voc_files(
    py: Python<'_>,
    files: &FolderFiles,
    one_based: bool,
    plain: &Bound<'_, PyAny>,
) -> PyResult<VocFiles> {
    let mut reader = VocReader::default();
    let files = &files.0;
    for block in threads::blocks(0..files.len(), BLOCK) {
        let read = || VocFile::read_all(files, block.clone(), one_based);
        for (position, file) in block.clone().zip(threads::watched(py, usize::MAX, read)?.map_err(of_file)?) {
            reader.add(match file {
                VocFile::Read(image) => image,
                VocFile::NotPlain => match plain.call1((files.path(position),)) {
                    Ok(content) => read_plain(content.extract()?, one_based),
                    Err(error) if error.is_instance_of::<PyValueError>(py) => Err(error.value(py).to_string()),
                    Err(error) => return Err(error),
                },
            });
        }
        threads::finished(py, block.len(), None)?;
    }
    let read = reader.into_files();
    let (images, objects) = (read.sizes.len(), read.corners.len());
    let positions = |column: Vec<usize>| PyArray1::from_iter(py, column.into_iter().map(|at| at as i64)).unbind();
    Ok(VocFiles {
        filenames: read.filenames,
        sizes: PyArray1::from_vec(py, read.sizes.into_flattened()).reshape([images, 2])?.unbind(),
        lost: read.lost,
        faults: read.faults.into_iter().map(VocFault::from).collect(),
        file: positions(read.file),
        position: positions(read.position),
        class_id: PyArray1::from_iter(py, read.class.into_iter().map(|class| class as i32)).unbind(),
        class_names: read.class_names,
        corners: PyArray1::from_vec(py, read.corners.into_flattened()).reshape([objects, 4])?.unbind(),
        difficult: PyArray1::from_vec(py, read.difficult).unbind(),
        from_outline: PyArray1::from_vec(py, read.from_outline).unbind(),
        scores: read.score,
    })
}

fn read_plain(content: &[u8], one_based: bool) -> Result<io::VocImage, String> {
    match VocFile::read(content, one_based) {
        VocFile::Read(image) => image,
        VocFile::NotPlain => Err("cannot be read as XML".into()),
    }
}
