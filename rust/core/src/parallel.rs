//! Images shared out among the threads of rayon's global pool.

use std::ops::Range;

/// Images that one thread takes at a time. Smaller inputs stay on the calling thread: waking another costs about 10 us,
/// which is what scoring a dozen images costs; 128 keeps it far below the work and still balances crowded images.
const IMAGES_AT_A_TIME: usize = 128;

/// Calls `work` with each part of `images`, in any order.
pub(crate) fn parts(images: Range<usize>, work: &(impl Fn(Range<usize>) + Sync)) {
    if images.len() <= IMAGES_AT_A_TIME {
        return work(images);
    }
    let middle = images.start + images.len() / 2;
    rayon::join(|| parts(images.start..middle, work), || parts(middle..images.end, work));
}

/// Calls `work` with each of `images` and the values of `out` that belong to it, those from `start(image)` to
/// `start(image + 1)`. Each thread brings one `state` to a part of the images.
pub(crate) fn fill<T: Send, S>(
    images: Range<usize>,
    mut out: &mut [T],
    start: &(impl Fn(usize) -> usize + Sync),
    state: &(impl Fn() -> S + Sync),
    work: &(impl Fn(&mut S, usize, &mut [T]) + Sync),
) {
    if images.len() <= IMAGES_AT_A_TIME {
        let mut state = state();
        for image in images {
            let (mine, rest) = out.split_at_mut(start(image + 1) - start(image));
            work(&mut state, image, mine);
            out = rest;
        }
        return;
    }
    let middle = images.start + images.len() / 2;
    let (before, after) = out.split_at_mut(start(middle) - start(images.start));
    rayon::join(
        || fill(images.start..middle, before, start, state, work),
        || fill(middle..images.end, after, start, state, work),
    );
}
