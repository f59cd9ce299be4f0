//! Work on many images, divided among the threads of rayon's global pool.

use std::cell::Cell;
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::abandon::{Inherited, check_stop};

/// Images that one thread takes at a time. Fewer stay on the calling thread: waking another takes about 10 us, as long as
/// scoring a dozen images. With more, a crowded data set would not fit the cache that one core has to itself.
const IMAGES_AT_A_TIME: usize = 128;

/// Calls `work` with each part of `images`, in any order, and with the values of `out` that belong to the part.
///
/// An image owns the values `start(image)..start(image + 1)`, counted so that `out` begins with those of the first image.
///
/// `dyn`, since one call a part costs nothing, and rayon's code is then compiled once for each `T` and not for each `work`.
pub(crate) fn parts<T: Send>(
    images: Range<usize>,
    out: &mut [T],
    start: &(dyn Fn(usize) -> usize + Sync),
    work: &(dyn Fn(Range<usize>, &mut [T]) + Sync),
) {
    if images.len() <= IMAGES_AT_A_TIME {
        check_stop();
        return work(images, out);
    }
    let middle = images.start + images.len() / 2;
    let (before, after) = out.split_at_mut(start(middle) - start(images.start));
    join(|| parts(images.start..middle, before, start, work), || parts(middle..images.end, after, start, work));
}

thread_local! {
    /// Whether this thread does its work alone.
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Does work on the calling thread: no part of it goes to another one, and rayon need not have any.
///
/// ```
/// use boxlint_core::{alone, map, threads};
/// use std::thread::current;
///
/// let me = current().id();
/// assert!(alone(|| map(0..1000, |_| current().id())).iter().all(|&id| id == me));
/// assert_eq!(alone(threads), 1);
/// ```
pub fn alone<T>(work: impl FnOnce() -> T) -> T {
    let _before = Before(ALONE.replace(true));
    work()
}

/// Is put back when work ends, or is abandoned: the thread may have other work.
struct Before(bool);

impl Drop for Before {
    fn drop(&mut self) {
        ALONE.set(self.0);
    }
}

/// How many threads share the work of the calling one.
///
/// ```
/// assert!(boxlint_core::threads() >= 1);
/// ```
#[must_use]
pub fn threads() -> usize {
    if ALONE.get() { 1 } else { rayon::current_num_threads() }
}

/// `rayon::join` of work that can be stopped: whichever thread does a part, it stops with the whole.
///
/// ```
/// assert_eq!(boxlint_core::join(|| 1, || 2), (1, 2));
/// ```
pub fn join<T: Send, U: Send>(one: impl FnOnce() -> T + Send, other: impl FnOnce() -> U + Send) -> (T, U) {
    let (mut one, mut other) = (Some(one), Some(other));
    let (mut first, mut second) = (None, None);
    join_once(&mut || first = one.take().map(|one| one()), &mut || second = other.take().map(|other| other()));
    first.zip(second).expect("both are done")
}

/// [`join`], compiled once and not for each pair of closures.
fn join_once(one: &mut (dyn FnMut() + Send), other: &mut (dyn FnMut() + Send)) {
    if ALONE.get() {
        one();
        return other();
    }
    let inherited = Inherited::take();
    rayon::join(|| inherited.during(one), || inherited.during(other));
}

/// Values that one thread sorts at a time: a millisecond of work.
const SORTED_AT_ONCE: usize = 1 << 14;

/// Parts for each thread of what [`map`] shares out: enough that none waits long for the last one.
const PARTS_PER_THREAD: usize = 64;

/// What `work` makes of each item, in their order. Items are shared out among the threads as they become free, and stop with
/// the whole.
///
/// ```
/// assert_eq!(boxlint_core::map(0..4, |number| number * number), [0, 1, 4, 9]);
/// ```
pub fn map<T: Send, U: Send>(items: impl IntoIterator<Item = T>, work: impl Fn(T) -> U + Sync) -> Vec<U> {
    let slots: Vec<_> = items.into_iter().map(|item| Mutex::new((Some(item), None))).collect();
    let at_a_time = slots.len().div_ceil(PARTS_PER_THREAD * threads());
    each_index(0..slots.len(), at_a_time, &|index| {
        let slot = &mut *slots[index].lock().unwrap_or_else(PoisonError::into_inner);
        slot.1 = slot.0.take().map(&work);
    });
    let made = |slot: Mutex<(Option<T>, Option<U>)>| slot.into_inner().unwrap_or_else(PoisonError::into_inner).1;
    slots.into_iter().filter_map(made).collect()
}

/// Calls `work` with each index. `dyn`, so that what shares them out is compiled once, and not for each call of [`map`].
fn each_index(indices: Range<usize>, at_a_time: usize, work: &(dyn Fn(usize) + Sync)) {
    if indices.len() <= at_a_time {
        return indices.for_each(|index| {
            check_stop();
            work(index);
        });
    }
    let middle = indices.start + indices.len() / 2;
    let (start, end) = (indices.start, indices.end);
    join_once(&mut || each_index(start..middle, at_a_time, work), &mut || each_index(middle..end, at_a_time, work));
}

/// Sorts values on all threads, equal ones in the order in which they are. The standard library's sort merges the halves,
/// which it finds sorted.
///
/// ```
/// let mut numbers = [3, 1, 2];
/// boxlint_core::sort(&mut numbers, &Ord::cmp);
/// assert_eq!(numbers, [1, 2, 3]);
/// ```
pub fn sort<T: Send>(values: &mut [T], order: &(impl Fn(&T, &T) -> Ordering + Sync)) {
    check_stop();
    if values.len() > SORTED_AT_ONCE {
        let (one, other) = values.split_at_mut(values.len() / 2);
        join(|| sort(one, order), || sort(other, order));
    }
    values.sort_by(order);
}

/// Calls `work` with each of `images` and its values of `out`, as [`parts`] does. Each part begins with a new state.
pub(crate) fn each<T: Send, S: Default>(
    images: Range<usize>,
    out: &mut [T],
    start: &(impl Fn(usize) -> usize + Sync),
    work: &(impl Fn(&mut S, usize, &mut [T]) + Sync),
) {
    parts(images, out, start, &|part: Range<usize>, mut out: &mut [T]| {
        let mut state = S::default();
        for image in part {
            let (mine, rest) = out.split_at_mut(start(image + 1) - start(image));
            work(&mut state, image, mine);
            out = rest;
        }
    });
}

/// States that threads work with, one at a time: at most one for each thread is made.
pub(crate) struct Idle<S>(Mutex<Vec<S>>);

impl<S> Default for Idle<S> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<S: Send> Idle<S> {
    /// Calls `work` with a state that no other thread uses at the same time.
    pub(crate) fn lend(&self, new: &impl Fn() -> S, work: impl FnOnce(&mut S)) {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = lock().pop();
        let mut state = used.unwrap_or_else(new);
        work(&mut state);
        lock().push(state);
    }

    /// Calls `work` with each part of `images`, in any order, and with a state that no other thread uses at the same time.
    pub(crate) fn lend_for(
        &self,
        images: Range<usize>,
        new: &(impl Fn() -> S + Sync),
        work: &(impl Fn(&mut S, Range<usize>) + Sync),
    ) {
        parts(images, &mut [], &|_| 0, &|part, _: &mut [()]| self.lend(new, |state| work(state, part)));
    }

    /// All states.
    pub(crate) fn into_states(self) -> Vec<S> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// [`Idle::lend_for`] of new states, which are returned.
pub(crate) fn states<S: Send>(
    images: Range<usize>,
    new: &(impl Fn() -> S + Sync),
    work: &(impl Fn(&mut S, Range<usize>) + Sync),
) -> Vec<S> {
    let idle = Idle::default();
    idle.lend_for(images, new, work);
    idle.into_states()
}
