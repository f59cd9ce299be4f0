//! Long work in blocks of images, so that it can be watched and interrupted.

use std::ops::Range;

use pyo3::prelude::*;

use crate::threads;

/// Some 10 ms of work: often enough for Ctrl-C, seldom enough to cost nothing.
pub(crate) const IMAGES_AT_A_TIME: usize = 1 << 14;

/// Called after each block with the number of images that it had.
pub(crate) type Progress<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// Does `work` on all images, a block at a time, with the interpreter detached.
pub(crate) fn detached(
    py: Python<'_>,
    images: usize,
    progress: Progress,
    mut work: impl FnMut(Range<usize>) + Send,
) -> PyResult<()> {
    for start in (0..images).step_by(IMAGES_AT_A_TIME) {
        let block = start..images.min(start + IMAGES_AT_A_TIME);
        threads::detached(py, || work(block.clone()))?;
        finished(py, block.len(), progress)?;
    }
    Ok(())
}

/// Lets a signal through and says how many images are done.
pub(crate) fn finished(py: Python<'_>, images: usize, progress: Progress) -> PyResult<()> {
    py.check_signals()?;
    progress.map_or(Ok(()), |progress| progress.call1((images,)).map(|_| ()))
}
