//! Which threads do the work.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{Scope, ThreadPool, ThreadPoolBuilder};

/// Does `work` with the interpreter detached, on rayon's global pool or, in a forked process, on one of its own.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    let pool = own_pool()?;
    Ok(py.detach(|| match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }))
}

/// `rayon::in_place_scope` on the same pool, with the interpreter held by what runs in place.
pub(crate) fn scope<'scope, T>(work: impl FnOnce(&Scope<'scope>) -> PyResult<T>) -> PyResult<T> {
    match own_pool()? {
        Some(pool) => pool.in_place_scope(work),
        None => rayon::in_place_scope(work),
    }
}

/// None where the global pool serves. A forked child inherits that pool without its threads and would wait for them for
/// ever, so the global pool belongs to the first process that works here; any other gets one pool, kept until it ends.
///
/// Forks happen with the interpreter held, as this does: no child inherits the lock taken.
fn own_pool() -> PyResult<Option<&'static ThreadPool>> {
    static OWNER: AtomicU32 = AtomicU32::new(0);
    static OWN: Mutex<Option<(u32, &'static ThreadPool)>> = Mutex::new(None);
    let process = process::id();
    let owner = OWNER.compare_exchange(0, process, Relaxed, Relaxed).map_or_else(|owner| owner, |_| process);
    if owner == process {
        return Ok(None);
    }
    let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, pool)) = own.filter(|&(owner, _)| owner == process) {
        return Ok(Some(pool));
    }
    let pool = ThreadPoolBuilder::new().build();
    let pool = pool.map_err(|error| PyRuntimeError::new_err(format!("cannot start threads: {error}")))?;
    let pool: &'static ThreadPool = Box::leak(Box::new(pool)); // dropping it in a fork of this process could hang
    *own = Some((process, pool));
    Ok(Some(pool))
}
