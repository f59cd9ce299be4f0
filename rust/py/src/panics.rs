//! Panics, which are faults of boxlint: each leaves for Python as one RuntimeError, and prints nothing.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use boxlint_core::Abandoned;
use pyo3::exceptions::{PyMemoryError, PyRuntimeError};
use pyo3::prelude::*;

/// The file and line of the last panic, on whatever thread it was.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Keeps panics of this library from printing; those of other extension modules are not touched.
pub(crate) fn note_places() {
    panic::set_hook(Box::new(|info| {
        *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = info.location().map(ToString::to_string);
    }));
}

/// Does `work`; a RuntimeError if it panics, and a MemoryError if it ended for lack of memory. Columns that it was writing are
/// of no use then, and nobody gets them.
pub(crate) fn guarded<T>(work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(fault(panic.as_ref())))
}

fn fault(panic: &(dyn Any + Send)) -> PyErr {
    if let Some(Abandoned::OutOfMemory { bytes }) = panic.downcast_ref() {
        return PyMemoryError::new_err(format!("no memory for {bytes} bytes in one piece"));
    }
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (text, place) = (text.unwrap_or("no message"), place.as_deref().unwrap_or("an unknown place"));
    PyRuntimeError::new_err(format!("this is a fault of boxlint, please report it: {text}, at {place}"))
}
