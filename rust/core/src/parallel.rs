//! Work on many images, divided among the threads of rayon's global pool.

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
    let inherited = Inherited::take();
    rayon::join(|| inherited.during(one), || inherited.during(other));
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
