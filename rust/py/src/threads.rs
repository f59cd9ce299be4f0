//! Runs long work with the interpreter detached, on many threads or on as many as its caller is limited to, and block by
//! block where it can be watched and interrupted.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, Once, PoisonError};
use std::{process, thread};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{Scope, ThreadPool, ThreadPoolBuilder};

/// Images of columns in a block: some 10 ms of work between two checks for signals, a thousand times what starting a block
/// costs.
const BLOCK: usize = 1 << 14;

/// Threads at most, unless there are more cores.
const MOST_THREADS: usize = 64;

/// A callable that is told after each block how many images the block had.
pub(crate) type Progress<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// Does `work` with the interpreter detached, on rayon's global pool or, in a forked process, on one of its own.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    let pool = own_pool()?;
    Ok(py.detach(|| match pool {
        Some(pool) => install(pool, work),
        None => work(),
    }))
}

/// `pool.install(work)`, which is compiled once here and not for each `work`.
fn install<T: Send>(pool: &ThreadPool, work: impl FnOnce() -> T + Send) -> T {
    let (mut work, mut outcome) = (Some(work), None);
    let once: &mut (dyn FnMut() + Send) = &mut || outcome = work.take().map(|work| work());
    pool.install(once);
    outcome.expect("a pool does what is installed")
}

/// Does `work` on all images, a block at a time, with the interpreter detached.
pub(crate) fn in_blocks(
    py: Python<'_>,
    images: Range<usize>,
    progress: Progress,
    mut work: impl FnMut(Range<usize>) + Send,
) -> PyResult<()> {
    for block in blocks(images, BLOCK) {
        detached(py, || work(block.clone()))?;
        finished(py, block.len(), progress)?;
    }
    Ok(())
}

/// Images in blocks of at most so many.
pub(crate) fn blocks(images: Range<usize>, at_most: usize) -> impl Iterator<Item = Range<usize>> {
    images.clone().step_by(at_most).map(move |first| first..images.end.min(first + at_most))
}

/// Raises the exception of a signal that has come, and tells `progress` of a block of so many images.
pub(crate) fn finished(py: Python<'_>, images: usize, progress: Progress) -> PyResult<()> {
    py.check_signals()?;
    progress.map_or(Ok(()), |progress| progress.call1((images,)).map(|_| ()))
}

/// `rayon::in_place_scope` on the same pool as [`detached`]; what runs in place holds the interpreter.
pub(crate) fn scope<'scope, T>(work: impl FnOnce(&Scope<'scope>) -> PyResult<T>) -> PyResult<T> {
    match own_pool()? {
        Some(pool) => pool.in_place_scope(work),
        None => rayon::in_place_scope(work),
    }
}

thread_local! {
    /// How many threads the calls of this thread may use; None for as many as rayon takes.
    static LIMIT: Cell<Option<NonZeroUsize>> = const { Cell::new(None) };
}

/// Limits the calls of this thread to so many threads, or to rayon's own number, and returns the limit before.
#[pyfunction]
#[pyo3(signature = (threads))]
pub(crate) fn limit_threads(threads: Option<NonZeroUsize>) -> Option<NonZeroUsize> {
    LIMIT.replace(threads)
}

/// A pool, for the process that made it and for calls of its limit.
type OwnPool = (u32, Option<NonZeroUsize>, &'static ThreadPool);

/// None where the global pool serves. A forked child inherits that pool without its threads and would wait for them for
/// ever, so the global pool belongs to the first process that works here. Any other process, and any limit, gets a pool of
/// its own, which the process keeps until it ends.
///
/// The caller holds the interpreter, and forks happen with the interpreter held: no child inherits a locked mutex.
fn own_pool() -> PyResult<Option<&'static ThreadPool>> {
    static OWNER: AtomicU32 = AtomicU32::new(0);
    static OWN: Mutex<Vec<OwnPool>> = Mutex::new(Vec::new());
    let (process, limit) = (process::id(), LIMIT.get());
    if limit.is_none() {
        let owner = OWNER.compare_exchange(0, process, Relaxed, Relaxed).map_or_else(|owner| owner, |_| process);
        if owner == process {
            static STARTED: Once = Once::new();
            // An error says that the pool is there already: then it is another's, of the number of threads that it took.
            STARTED.call_once(|| {
                drop(bounded().map(|threads| ThreadPoolBuilder::new().num_threads(threads).build_global()));
            });
            return Ok(None);
        }
    }
    let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    own.retain(|&(owner, ..)| owner == process);
    if let Some(&(.., pool)) = own.iter().find(|&&(_, threads, _)| threads == limit) {
        return Ok(Some(pool));
    }
    // Rayon takes 0 for its own number.
    let threads = limit.map_or_else(|| bounded().unwrap_or(0), NonZeroUsize::get);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| PyRuntimeError::new_err(format!("cannot start threads: {error}")))?;
    let pool: &'static ThreadPool = Box::leak(Box::new(pool)); // dropping it in a fork of this process could hang
    own.push((process, limit, pool));
    Ok(Some(pool))
}

/// The number of threads to take where the environment asks for more than are of any use: with a hundred thousand, a call
/// would not end. None leaves the number to rayon.
fn bounded() -> Option<usize> {
    let asked: usize = std::env::var("RAYON_NUM_THREADS").ok()?.parse().ok()?;
    let most = MOST_THREADS.max(thread::available_parallelism().map_or(1, NonZeroUsize::get));
    (asked > most).then_some(most)
}
