//! Runs long work with the interpreter detached, on many threads or on as many as its caller is limited to, and so that
//! signals end it.

use std::cell::Cell;
use std::error::Error;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{process, thread};

use boxlint_core::{Dataset, Stop, alone, check_room};
use boxlint_guard::guarded;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use rayon::{Scope, ThreadPool, ThreadPoolBuilder};

/// Images of columns in a block: some 10 ms of work between two calls of `progress`, a thousand times what starting a block
/// costs.
const BLOCK: usize = 1 << 14;

/// Work on fewer boxes takes less than a tenth of a second however they overlap, so that nobody need watch it.
const FEW_BOXES: usize = 1 << 12;

/// Bytes that must be free before long work begins, more than a block of it asks for in small pieces.
const ROOM: usize = 1 << 26;

/// How often a call that waits looks for signals.
const WATCH: Duration = Duration::from_millis(50);

/// Threads at most, unless there are more cores.
const MOST_THREADS: usize = 64;

/// A callable that is told after each block how many images the block had.
pub(crate) type Progress<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// Does short `work` with the interpreter detached. It begins on the calling thread where that may use all threads.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    let (value, ()) = erased(work, |work| {
        let pool = pool(py, false);
        py.detach(|| match pool {
            Some(Pool::Own(pool)) => pool.install(work),
            Some(Pool::Global) => work(),
            None => alone(work),
        });
        Ok(())
    })?;
    Ok(value)
}

/// What `work` returns when `run` does it, and what `run` returns. The machinery that `run` needs is compiled once, and not
/// for each `work`.
fn erased<T, R>(
    work: impl FnOnce() -> T + Send,
    run: impl FnOnce(&mut (dyn FnMut() + Send)) -> PyResult<R>,
) -> PyResult<(T, R)>
where
    T: Send,
{
    let (mut work, mut value) = (Some(work), None);
    let returned = run(&mut || value = work.take().map(|work| work()))?;
    Ok((value.expect("the work is done"), returned))
}

/// Does `work` on so many `boxes` with the interpreter detached. A signal ends it and raises its exception.
///
/// Few boxes are done on the calling thread: handing them to another one would take longer.
pub(crate) fn watched<T: Send>(py: Python<'_>, boxes: usize, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    if boxes < FEW_BOXES {
        return detached(py, work);
    }
    check_room(ROOM);
    beside(py, work, || Ok(())).map(|(value, _)| value)
}

/// Does `work` on other threads while this one does something with the interpreter, and then waits. A signal ends the work
/// and raises its exception: of all threads of Python, only the main one learns of signals.
///
/// The result of `meanwhile` is returned, not raised, unless it is an exception that is no error.
pub(crate) fn beside<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> T + Send,
    mut meanwhile: impl FnMut() -> PyResult<()>,
) -> PyResult<(T, PyResult<()>)> {
    erased(work, |work| beside_erased(py, work, &mut meanwhile))
}

fn beside_erased(
    py: Python<'_>,
    work: &mut (dyn FnMut() + Send),
    meanwhile: &mut dyn FnMut() -> PyResult<()>,
) -> PyResult<PyResult<()>> {
    let Some(pool) = pool(py, true) else {
        py.detach(|| alone(work));
        return Ok(meanwhile());
    };
    let (stop, (sender, done)) = (Stop::default(), sync_channel(1));
    let (outcome, met) = pool.scope(|scope| {
        let stopped_by = stop.clone();
        scope.spawn(move |_| {
            let outcome = panic::catch_unwind(AssertUnwindSafe(|| stopped_by.during(work)));
            drop(sender.send(outcome));
        });
        let met = meanwhile();
        if met.as_ref().is_err_and(|error| !error.is_instance_of::<PyException>(py)) {
            stop.request();
        }
        (py.detach(|| wait(done, &stop)), met)
    });
    match outcome? {
        Ok(()) => Ok(met),
        Err(payload) => met.and_then(|()| panic::resume_unwind(payload)),
    }
}

/// Waits for an outcome, and asks for its end when a signal comes, whose exception is then returned.
fn wait(done: Receiver<thread::Result<()>>, stop: &Stop) -> PyResult<thread::Result<()>> {
    let mut signal = Ok(());
    loop {
        match done.recv_timeout(WATCH) {
            Ok(outcome) => return signal.map(|()| outcome),
            Err(RecvTimeoutError::Timeout) if signal.is_ok() => {
                signal = Python::attach(|py| py.check_signals());
                if signal.is_err() {
                    stop.request();
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => unreachable!("an outcome is sent whatever the work does"),
        }
    }
}

/// Does `work` on images of a data set, a block at a time, with the interpreter detached.
pub(crate) fn in_blocks(
    py: Python<'_>,
    dataset: &Dataset,
    images: Range<usize>,
    progress: Progress,
    mut work: impl FnMut(Range<usize>) + Send,
) -> PyResult<()> {
    for block in blocks(images, BLOCK) {
        watched(py, box_count(dataset), || work(block.clone()))?;
        finished(py, block.len(), progress)?;
    }
    Ok(())
}

/// How many boxes a data set has, both sides together.
pub(crate) fn box_count(dataset: &Dataset) -> usize {
    dataset.annotations().len() + dataset.predictions().len()
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

thread_local! {
    /// How many threads the calls of this thread may use; None for as many as rayon takes.
    static LIMIT: Cell<Option<NonZeroUsize>> = const { Cell::new(None) };
}

/// Limits the calls of this thread to so many threads, or to rayon's own number, and returns the limit before.
#[guarded]
#[pyfunction]
#[pyo3(signature = (threads))]
pub(crate) fn limit_threads(threads: Option<NonZeroUsize>) -> PyResult<Option<NonZeroUsize>> {
    Ok(LIMIT.replace(threads))
}

/// The threads that do the work of a call.
#[derive(Clone, Copy)]
enum Pool {
    /// Rayon's global pool.
    Global,
    /// One for the process that made it and for calls of its limit.
    Own(&'static ThreadPool),
}

impl Pool {
    /// `rayon::in_place_scope`; what runs in place holds the interpreter.
    fn scope<'scope, T>(self, work: impl FnOnce(&Scope<'scope>) -> T) -> T {
        match self {
            Self::Own(pool) => pool.in_place_scope(work),
            Self::Global => rayon::in_place_scope(work),
        }
    }
}

/// The pool for this call. A forked child inherits the global pool without its threads and would wait for them for ever, so
/// the global pool belongs to the first process that works here. Any other process, and any limit, gets a pool of its own,
/// which the process keeps until it ends.
///
/// None if the calling thread is to work alone: where it may use one thread only, to hand the work to another and to be woken
/// takes time, and where the system has no thread to give. The next call asks again. The thread that learns of signals does
/// not do itself what is to be `watched`.
///
/// The caller is attached to the interpreter, and a fork waits until no other thread is: no child inherits a locked mutex.
fn pool(py: Python<'_>, watched: bool) -> Option<Pool> {
    static OWNER: AtomicU32 = AtomicU32::new(0);
    let (process, limit) = (process::id(), LIMIT.get());
    if limit.is_none() {
        let owner = OWNER.compare_exchange(0, process, Relaxed, Relaxed).map_or_else(|owner| owner, |_| process);
        if owner == process && has_global_pool() {
            return Some(Pool::Global);
        }
    }
    if limit == Some(NonZeroUsize::MIN) && !(watched && learns_of_signals(py).unwrap_or(true)) {
        return None;
    }
    own_pool(process, limit).map(Pool::Own)
}

/// Whether the calling thread is Python's main one.
fn learns_of_signals(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    threading.call_method0("get_ident")?.eq(threading.call_method0("main_thread")?.getattr("ident")?)
}

/// Starts the global pool at the first call. It can be started only once: if that fails, there never is one.
fn has_global_pool() -> bool {
    static STARTED: OnceLock<bool> = OnceLock::new();
    *STARTED.get_or_init(|| {
        let started = ThreadPoolBuilder::new().num_threads(bounded()).build_global();
        // Without a source, the error is that the pool is there already.
        started.map_or_else(|error| error.source().is_none(), |()| true)
    })
}

/// None if its threads cannot be had.
fn own_pool(process: u32, limit: Option<NonZeroUsize>) -> Option<&'static ThreadPool> {
    type OwnPool = (u32, Option<NonZeroUsize>, &'static ThreadPool);
    static OWN: Mutex<Vec<OwnPool>> = Mutex::new(Vec::new());
    let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    own.retain(|&(owner, ..)| owner == process);
    if let Some(&(.., pool)) = own.iter().find(|&&(_, threads, _)| threads == limit) {
        return Some(pool);
    }
    let threads = limit.map_or_else(bounded, NonZeroUsize::get);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().ok()?;
    let pool: &'static ThreadPool = Box::leak(Box::new(pool)); // dropping it in a fork of this process could hang
    own.push((process, limit, pool));
    Some(pool)
}

/// The number of threads to take; 0 leaves it to rayon, unless the environment asks for more than are of any use: with a
/// hundred thousand, a call would not end.
fn bounded() -> usize {
    let asked = std::env::var("RAYON_NUM_THREADS").ok().and_then(|asked| asked.parse().ok()).unwrap_or(0);
    let most = MOST_THREADS.max(thread::available_parallelism().map_or(1, NonZeroUsize::get));
    if asked > most { most } else { 0 }
}
