//! Long work in blocks of images, so that it can be watched and interrupted.

use std::ops::Range;

use pyo3::prelude::*;

use crate::threads;

/// Images that are scored between two looks at signals: some 10 ms, a thousand times what sharing them out costs.
pub(crate) const SCORED_AT_A_TIME: usize = 1 << 14;
/// Images that are gathered at a time: few enough for their columns to stay in the cache until they are scored.
pub(crate) const GATHERED_AT_A_TIME: usize = 1 << 10;

/// Called after each block with the number of images that it had.
pub(crate) type Progress<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// Images in blocks.
pub(crate) fn of(images: usize, at_a_time: usize) -> impl Iterator<Item = Range<usize>> {
    (0..images).step_by(at_a_time).map(move |first| first..images.min(first + at_a_time))
}

/// Does `work` on all images, a block at a time, with the interpreter detached.
pub(crate) fn detached(
    py: Python<'_>,
    images: usize,
    progress: Progress,
    mut work: impl FnMut(Range<usize>) + Send,
) -> PyResult<()> {
    for block in of(images, SCORED_AT_A_TIME) {
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
