//! Work that ends early: whoever waits for it has asked for that, or there is no memory.
//!
//! Ending early unwinds the stack with [`Abandoned`] as payload, through functions that cannot fail otherwise, up to whoever
//! catches it. It is no panic: no hook runs. What was being written is left half done.

use std::cell::RefCell;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Why work ended early.
///
/// # Examples
/// ```
/// use boxlint_core::{Abandoned, filled};
///
/// let abandoned = std::panic::catch_unwind(|| filled(usize::MAX / 16, 0.0_f64)).expect_err("that is too much");
/// assert_eq!(abandoned.downcast_ref(), Some(&Abandoned::OutOfMemory { bytes: usize::MAX / 16 * 8 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abandoned {
    /// [`Stop::request`] was called.
    Stopped,
    /// So many bytes in one piece are not to be had.
    OutOfMemory {
        /// The size of the piece.
        bytes: usize,
    },
}

impl Abandoned {
    fn unwind(self) -> ! {
        panic::resume_unwind(Box::new(self))
    }
}

/// Asks work to end early. Its clones ask the same work.
///
/// # Examples
/// ```
/// use boxlint_core::{Abandoned, Stop, check_stop};
///
/// let stop = Stop::default();
/// assert_eq!(stop.during(|| { check_stop(); 7 }), 7);
/// stop.request();
/// let abandoned = std::panic::catch_unwind(|| stop.during(check_stop)).expect_err("it was asked to end");
/// assert_eq!(abandoned.downcast_ref(), Some(&Abandoned::Stopped));
/// check_stop(); // other work goes on
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

thread_local! {
    /// What may stop the work that this thread does.
    static CURRENT: RefCell<Option<Stop>> = const { RefCell::new(None) };
}

impl Stop {
    /// Ends the work, at its next [`check_stop`] on each of its threads.
    pub fn request(&self) {
        self.0.store(true, Relaxed);
    }

    /// Does work that this may end.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        Inherited(Some(self.clone())).during(work)
    }
}

/// What may stop the work of the thread that took it, if anything may, for the threads that share the work.
///
/// # Examples
/// ```
/// use boxlint_core::{Inherited, Stop, check_stop};
///
/// let stop = Stop::default();
/// let inherited = stop.during(Inherited::take);
/// stop.request();
/// assert!(std::thread::spawn(move || inherited.during(check_stop)).join().is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Inherited(Option<Stop>);

impl Inherited {
    /// That of this thread.
    #[must_use]
    pub fn take() -> Self {
        Self(CURRENT.with_borrow(Clone::clone))
    }

    /// Does work on whatever thread.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        let _before = Before(CURRENT.replace(self.0.clone()));
        work()
    }
}

/// Is put back when work ends, or is abandoned: the thread may have other work.
struct Before(Option<Stop>);

impl Drop for Before {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Ends the work of this thread if that was asked for. Whatever may last a tenth of a second asks so often.
///
/// # Examples
/// ```
/// boxlint_core::check_stop(); // nobody asked: see [`Stop`] for work that is
/// ```
#[inline]
pub fn check_stop() {
    if CURRENT.with_borrow(|stop| stop.as_ref().is_some_and(|stop| stop.0.load(Relaxed))) {
        Abandoned::Stopped.unwind();
    }
}

/// [`check_stop`] before a loop of so many steps: fewer than a thousand are over sooner than they are worth asking.
///
/// # Examples
/// ```
/// boxlint_core::check_stop_before(100_000);
/// ```
#[inline]
pub fn check_stop_before(steps: usize) {
    if steps >= 1000 {
        check_stop();
    }
}

/// A vector with so many copies of a value; ends the work if there is no memory for it.
///
/// # Examples
/// ```
/// assert_eq!(boxlint_core::filled(3, 0.5), [0.5; 3]);
/// ```
#[must_use]
pub fn filled<T: Clone>(length: usize, value: T) -> Vec<T> {
    let mut vector = Vec::new();
    reserve(&mut vector, length);
    vector.resize(length, value);
    vector
}

/// The values in a vector; ends the work if there is no memory for them.
pub(crate) fn collected<T>(values: impl ExactSizeIterator<Item = T>) -> Vec<T> {
    let mut vector = Vec::new();
    reserve(&mut vector, values.len());
    vector.extend(values);
    vector
}

/// Makes room in a vector for so many values more; ends the work if there is no memory for them.
///
/// # Examples
/// ```
/// let mut vector = vec![1];
/// boxlint_core::reserve(&mut vector, 1000);
/// assert!(vector.capacity() > 1000);
/// ```
pub fn reserve<T>(vector: &mut Vec<T>, more: usize) {
    if vector.try_reserve(more).is_err() {
        let values = vector.len().saturating_add(more);
        Abandoned::OutOfMemory { bytes: values.saturating_mul(size_of::<T>()) }.unwind();
    }
}

/// Ends the work unless so many bytes are free in one piece: before many small pieces are asked for, the lack of one of which
/// would end the process.
///
/// # Examples
/// ```
/// boxlint_core::check_room(1 << 20);
/// assert!(std::panic::catch_unwind(|| boxlint_core::check_room(usize::MAX / 2)).is_err());
/// ```
pub fn check_room(bytes: usize) {
    reserve::<u8>(&mut Vec::new(), bytes);
}
