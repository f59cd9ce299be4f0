//! The least similarity of a data set: the one quantity that spans all its images.
//!
//! The definition looks at every annotation with every prediction of its image. Nearly all of these pairs cannot matter:
//! nearness falls with distance, so no pair nearer than a certain reach can be below what is already found, and beyond
//! [`NOWHERE`] nearness is exactly 0, where only an overlap counts. The reach follows from the least similarity so far,
//! and whole images are passed over by the box around their centres.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use crate::boxes::{Floats, ImageBoxes};
use crate::geometry::{Corners, centre, iou, larger, smaller, squared_distance};
use crate::objectlab::image_pairs::DataSet;
use crate::objectlab::similarity::{DISTANCE_FACTOR, Similarity};
use crate::parallel;

/// Nearness is a multiple of 2^-53, and 0 where `exp(-distance / 10)` is at most 2^-54, from 374.2994... pixels on.
const STEP: f64 = 1.0 / (1u64 << 53) as f64;
const SOMEWHERE: f64 = 374.29;
const NOWHERE: f64 = 374.31;

/// The smallest similarity that is not 0, over every annotation and prediction of each of `images`; at most 1.
///
/// Merge the results of parts of a data set by `f64::min`.
#[must_use]
pub fn least_similarity(data: &DataSet, images: Range<usize>) -> f64 {
    let least = Least::new(1.0);
    parallel::parts(images, &mut [], &|_| 0, &|part, _: &mut [()]| least.search(data, part));
    least.get()
}

/// The least similarity so far, which threads share: what one has found lets all others pass over more pairs.
///
/// Kept as bits, since positive floats order like them.
struct Least(AtomicU64);

impl Least {
    fn new(known: f64) -> Self {
        Self(AtomicU64::new(known.to_bits()))
    }

    fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }

    fn search(&self, data: &DataSet, images: Range<usize>) {
        let mut search = Search::new(data.similarity(), self.get());
        for index in images {
            search.image(&data.annotations().image(index), &data.predictions().image(index));
        }
        self.0.fetch_min(search.least.to_bits(), Relaxed);
    }
}

/// Work in parts that needs the least similarity of all, done at once with the least so far: what the search has just
/// read, the cache then still holds, and for almost any data set that is the last word after a few images.
pub(crate) struct Sweep {
    least: Least,
    done: Mutex<Vec<(Range<usize>, f64)>>,
}

impl Sweep {
    pub(crate) fn new(known: f64) -> Self {
        Self { least: Least::new(known), done: Mutex::default() }
    }

    /// Searches a part, and returns the least similarity so far to do it with.
    pub(crate) fn search(&self, data: &DataSet, part: Range<usize>) -> f64 {
        self.least.search(data, part.clone());
        let so_far = self.least.get();
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push((part, so_far));
        so_far
    }

    /// The least similarity, and the images that may have been done with more and are to be done again.
    pub(crate) fn end(self) -> (f64, Range<usize>) {
        let least = self.least.get();
        let done = self.done.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter();
        let early = done.filter(|(_, so_far)| *so_far > least).map(|(part, _)| part);
        (least, early.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or_default())
    }
}

struct Search {
    similarity: Similarity,
    least: f64,
    /// No pair whose squared distance is up to this can be below `least`.
    squared_reach: f64,
}

impl Search {
    fn new(similarity: Similarity, least: f64) -> Self {
        let mut search = Self { similarity, least: f64::INFINITY, squared_reach: -1.0 };
        search.found(least);
        search
    }

    fn image(&mut self, annotations: &ImageBoxes, predictions: &ImageBoxes) {
        if annotations.is_empty() || predictions.is_empty() {
            return;
        }
        match predictions.xyxy {
            Floats::F32(values) => self.pairs(annotations, values.as_chunks().0),
            Floats::F64(values) => self.pairs(annotations, values.as_chunks().0),
        }
    }

    fn pairs<T: Copy + Into<f64>>(&mut self, annotations: &ImageBoxes, predictions: &[[T; 4]]) {
        let surround = Surround::of(predictions);
        for n in 0..annotations.len() {
            let a = annotations.corners(n);
            if surround.squared_distance(&a) <= self.squared_reach {
                continue;
            }
            let only_overlaps = self.squared_reach >= SOMEWHERE * SOMEWHERE;
            if only_overlaps && surround.squared_distance_of_overlap(&a) <= self.squared_reach {
                continue;
            }
            for b in predictions {
                self.pair(&a, &b.map(Into::into));
            }
        }
    }

    #[inline]
    fn pair(&mut self, a: &Corners, b: &Corners) {
        let apart = squared_distance(centre(a), centre(b));
        if apart <= self.squared_reach {
            return;
        }
        let overlap = iou(a, b);
        if overlap == 0.0 && (apart > NOWHERE * NOWHERE || self.similarity.beta() == 0.0) {
            return;
        }
        let similarity = self.similarity.blend(overlap, apart);
        if similarity > 0.0 && similarity < self.least {
            self.found(similarity);
        }
    }

    /// Notes the least similarity so far, and how far it reaches: up to where nearness alone is at least as much.
    fn found(&mut self, least: f64) {
        self.least = least;
        let beta = self.similarity.beta();
        let reach = if least / beta <= STEP {
            SOMEWHERE
        } else {
            // Nearness is rounded, perhaps down: only from a whole number of steps on is it surely as much.
            let steps = (least / beta / STEP).round();
            let nearness = if beta * (steps * STEP) < least { steps + 1.0 } else { steps } * STEP;
            // Shortened by more than the rounding of exp and ln.
            smaller(-nearness.ln() / DISTANCE_FACTOR * (1.0 - 1e-9) - 1e-9, SOMEWHERE)
        };
        self.squared_reach = if reach > 0.0 { reach * reach } else { -1.0 };
    }
}

/// What bounds the distance of a box to any of many. Centres and distances are doubled, which is exact.
struct Surround {
    low: [f64; 2],
    high: [f64; 2],
    /// The largest width and height.
    extent: [f64; 2],
}

impl Surround {
    fn of<T: Copy + Into<f64>>(boxes: &[[T; 4]]) -> Self {
        let mut surround = Self { low: [f64::INFINITY; 2], high: [f64::NEG_INFINITY; 2], extent: [0.0; 2] };
        for corners in boxes {
            let [x1, y1, x2, y2]: Corners = corners.map(Into::into);
            for (axis, (near, far)) in [(x1, x2), (y1, y2)].into_iter().enumerate() {
                surround.low[axis] = smaller(near + far, surround.low[axis]);
                surround.high[axis] = larger(near + far, surround.high[axis]);
                surround.extent[axis] = larger(far - near, surround.extent[axis]);
            }
        }
        surround
    }

    /// At least the squared distance of the centre of `a` to any centre.
    fn squared_distance(&self, a: &Corners) -> f64 {
        let farthest = |axis: usize| {
            let middle = a[axis] + a[axis + 2];
            larger((middle - self.low[axis]).abs(), (self.high[axis] - middle).abs())
        };
        squared_distance([farthest(0) / 2.0, farthest(1) / 2.0], [0.0; 2])
    }

    /// At least the squared distance of the centre of `a` to that of any box which it meets.
    fn squared_distance_of_overlap(&self, a: &Corners) -> f64 {
        let farthest = |axis: usize| (a[axis + 2] - a[axis] + self.extent[axis]) / 2.0 * (1.0 + 1e-9);
        squared_distance([farthest(0), farthest(1)], [0.0; 2])
    }
}
