//! The minimum similarity of a data set: the one quantity of ObjectLab that spans all images.
//!
//! It is defined over every annotation with every prediction of its image. Nearly all of these pairs cannot matter:
//! similarity falls with distance, so no pair nearer than a certain reach is below the minimum so far, and beyond
//! [`NOWHERE`] nearness is exactly 0, so that only pairs that overlap count. The reach follows from the minimum so far, and
//! bounds on the centres of the predictions rule out whole annotations. Once the minimum is that of the smallest nearness
//! above 0, as after a few images, only boxes that overlap and are farther apart lower it: two wide ones.

use std::mem::take;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use crate::abandon::check_stop_before;
use crate::boxes::Floats;
use crate::dataset::DatasetImage;
use crate::geometry::{Corners, centre, iou, larger, smaller, squared_distance};
use crate::objectlab::image_pairs::{DISTANCE_FACTOR, NOWHERE, Pairs, Similarity};
use crate::parallel;

/// Nearness is a multiple of 2^-53, and 0 where `exp(-distance / 10)` is at most 2^-54: from 374.2994... pixels on.
const STEP: f64 = 1.0 / (1u64 << 53) as f64;
/// A distance in pixels at which nearness is surely not 0; at [`NOWHERE`] it surely is.
const SOMEWHERE: f64 = 374.29;
/// A distance that is below [`SOMEWHERE`] by far more than the rounding errors of the diagonals of boxes.
const OVERLAP_REACH: f64 = 374.0;

/// The smallest similarity above 0 of an annotation and a prediction of the same image, over `images`; at most 1, and 1
/// where there is no pair. Ignored annotations do not count.
///
/// Of a data set in several parts, it is the minimum over the parts. Given matrices ([`Pairs::with_matrices`]) are not
/// read: whoever gives them gives their minimum, too.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, Pairs, min_similarity};
///
/// let annotations = Boxes::new(Floats::F64(&[0.0, 0.0, 10.0, 10.0]), &[0], None, &[0, 1])?;
/// // Two predictions: the same box, and one ten pixels to the right.
/// let predicted = Floats::F64(&[0.0, 0.0, 10.0, 10.0, 10.0, 0.0, 20.0, 10.0]);
/// let predictions = Boxes::new(predicted, &[0, 0], Some(Floats::F64(&[0.9, 0.8])), &[0, 2])?;
/// let pairs = Pairs::new(Dataset::new(annotations, predictions, None)?, ALPHA);
/// assert!((min_similarity(&pairs, 0..1) - 0.1 * f64::exp(-1.0)).abs() < 1e-15);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[must_use]
pub fn min_similarity(pairs: &Pairs, images: Range<usize>) -> f64 {
    min_similarity_so_far(pairs, images, 1.0)
}

/// The same after other parts, whose minimum is `so_far`: the lower that is, the sooner this part is searched.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, Pairs, min_similarity_so_far};
///
/// let boxes = Floats::F64(&[0.0, 0.0, 10.0, 10.0]);
/// let annotations = Boxes::new(boxes, &[0], None, &[0, 1])?;
/// let predictions = Boxes::new(boxes, &[0], Some(Floats::F64(&[0.9])), &[0, 1])?;
/// let pairs = Pairs::new(Dataset::new(annotations, predictions, None)?, ALPHA);
/// assert_eq!(min_similarity_so_far(&pairs, 0..1, 0.25), 0.25);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[must_use]
pub fn min_similarity_so_far(pairs: &Pairs, images: Range<usize>, so_far: f64) -> f64 {
    let min = RunningMin(AtomicU64::new(so_far.to_bits()));
    parallel::parts(images, &mut [], &|_| 0, &|part, _: &mut [()]| min.search(pairs, part));
    min.get()
}

/// The minimum similarity that box scores are made with.
///
/// # Examples
/// ```
/// use boxlint_core::MinSimilarity;
///
/// assert_eq!(MinSimilarity::OfDataset(0.25).of(7), 0.25);
/// assert_eq!(MinSimilarity::OfEachImage(&[0.25, 0.5]).of(1), 0.5);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum MinSimilarity<'a> {
    /// That of the whole data set, as [`min_similarity`] tells it.
    OfDataset(f64),
    /// One that the caller gives for each image.
    OfEachImage(&'a [f64]),
}

impl MinSimilarity<'_> {
    /// The minimum similarity for an image.
    #[inline]
    #[must_use]
    pub fn of(&self, image: usize) -> f64 {
        match self {
            Self::OfDataset(min) => *min,
            Self::OfEachImage(mins) => mins[image],
        }
    }
}

/// The minimum similarity so far, which threads share: what one has found lets all of them pass over more pairs.
///
/// Kept as bits, since positive floats are ordered as their bits are.
#[derive(Debug)]
struct RunningMin(AtomicU64);

impl Default for RunningMin {
    /// 1, before any image is searched.
    fn default() -> Self {
        Self(AtomicU64::new(1.0_f64.to_bits()))
    }
}

impl RunningMin {
    fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }

    fn search(&self, pairs: &Pairs, images: Range<usize>) {
        let mut search = Search::new(pairs.similarity(), self.get());
        for index in images {
            search.image(&pairs.dataset().image(index));
        }
        self.0.fetch_min(search.min.to_bits(), Relaxed);
    }
}

/// Work on parts of a data set that needs the minimum similarity of the whole, done in two passes over the images.
///
/// The first pass searches a part and works on it at once with the minimum so far, while the part is still in the cache.
/// After a few images of almost any data set, that is the minimum of all. The second pass redoes the parts that were done
/// with more. The parts may belong to several [`Pairs`], when a data set is given piece by piece, and may be done in any
/// order and by several threads.
///
/// # Examples
/// ```
/// use boxlint_core::{ALPHA, Boxes, Dataset, Floats, Pairs, TwoPass};
///
/// // Three images with an annotation and a prediction each; those of the second are farther apart.
/// let annotated = [[0.0, 0.0, 10.0, 10.0]; 3];
/// let annotations = Boxes::new(Floats::F64(annotated.as_flattened()), &[0; 3], None, &[0, 1, 2, 3])?;
/// let predicted = [[10.0, 0.0, 20.0, 10.0], [90.0, 0.0, 100.0, 10.0], [10.0, 0.0, 20.0, 10.0]];
/// let scores = Some(Floats::F64(&[0.9; 3]));
/// let predictions = Boxes::new(Floats::F64(predicted.as_flattened()), &[0; 3], scores, &[0, 1, 2, 3])?;
/// let pairs = Pairs::new(Dataset::new(annotations, predictions, None)?, ALPHA);
///
/// let two_pass = TwoPass::default();
/// let so_far: Vec<f64> = (0..3).map(|image| two_pass.search(&pairs, image..image + 1, image)).collect();
/// assert!(so_far[0] > so_far[1] && so_far[1] == so_far[2]);
/// let (min, early) = two_pass.finish();
/// assert_eq!((min, early), (so_far[1], 0..1));
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct TwoPass {
    min: RunningMin,
    done: Mutex<Vec<(Range<usize>, f64)>>,
}

impl TwoPass {
    /// First pass: searches `images` of `pairs`, and returns the minimum so far, to work on them with.
    ///
    /// In the whole data set, the first of `images` has the number `first`.
    pub fn search(&self, pairs: &Pairs, images: Range<usize>, first: usize) -> f64 {
        let part = first..first + images.len();
        self.min.search(pairs, images);
        let so_far = self.min.get();
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push((part, so_far));
        so_far
    }

    /// The minimum similarity of all parts, and which images of the whole data set to work on again with it.
    ///
    /// The images are one range, which may hold some that were done with the minimum already.
    #[must_use]
    pub fn finish(self) -> (f64, Range<usize>) {
        let min = self.min.get();
        let done = self.done.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter();
        let early = done.filter(|(_, so_far)| *so_far > min).map(|(part, _)| part);
        (min, early.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or_default())
    }
}

/// The search of one thread.
struct Search {
    similarity: Similarity,
    min: f64,
    /// No pair whose squared distance is up to this is below `min`.
    squared_reach: f64,
    /// Whether `min` is at most the similarity of two boxes that do not overlap, at the smallest nearness above 0.
    at_smallest_step: bool,
    /// Memory for [`Search::list_wide`].
    wide: Vec<(f64, Corners)>,
}

impl Search {
    fn new(similarity: Similarity, min: f64) -> Self {
        let mut search =
            Self { similarity, min: f64::INFINITY, squared_reach: -1.0, at_smallest_step: false, wide: Vec::new() };
        search.lower(min);
        search
    }

    fn image(&mut self, image: &DatasetImage) {
        if image.annotations.is_empty() || image.predictions.is_empty() {
            return;
        }
        match image.predictions.xyxy {
            Floats::F32(values) => self.pairs(image, values.as_chunks().0),
            Floats::F64(values) => self.pairs(image, values.as_chunks().0),
        }
    }

    fn pairs<T: Copy + Into<f64>>(&mut self, image: &DatasetImage, predictions: &[[T; 4]]) {
        let bounds = CentreBounds::of(predictions);
        let mut wide = None;
        for n in 0..image.annotations.len() {
            let a = image.annotations.corners(n);
            if image.ignores(n) || !self.may_lower(&a, &bounds) {
                continue;
            }
            check_stop_before(predictions.len());
            if !self.at_smallest_step {
                predictions.iter().for_each(|b| self.pair(&a, &widened(b)));
                continue;
            }
            let wide = wide.get_or_insert_with(|| self.list_wide(image, predictions));
            let least = OVERLAP_REACH - half_diagonal(&a);
            wide.iter().filter(|(half, _)| *half > least).for_each(|(_, b)| self.pair(&a, b));
        }
        self.wide = wide.unwrap_or(take(&mut self.wide));
    }

    /// The predictions that may overlap an annotation [`OVERLAP_REACH`] away, with half their diagonal.
    fn list_wide<T: Copy + Into<f64>>(&mut self, image: &DatasetImage, predictions: &[[T; 4]]) -> Vec<(f64, Corners)> {
        let annotated = (0..image.annotations.len()).map(|n| image.annotations.corners(n));
        let least = OVERLAP_REACH - annotated.map(|a| half_diagonal(&a)).fold(0.0, larger);
        let mut wide = take(&mut self.wide);
        wide.clear();
        let listed = predictions.iter().map(widened).map(|b| (half_diagonal(&b), b));
        wide.extend(listed.filter(|(half, _)| *half > least));
        wide
    }

    /// Whether an annotation can be far enough from one of the predictions for a smaller similarity.
    #[inline]
    fn may_lower(&self, a: &Corners, bounds: &CentreBounds) -> bool {
        let farthest = bounds.distances(a);
        if squared_distance(farthest, [0.0; 2]) <= self.squared_reach {
            return false;
        }
        let overlapping = bounds.distances_of_overlap(a);
        let both = [smaller(farthest[0], overlapping[0]), smaller(farthest[1], overlapping[1])];
        !self.at_smallest_step || squared_distance(both, [0.0; 2]) > self.squared_reach
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
        if similarity > 0.0 && similarity < self.min {
            self.lower(similarity);
        }
    }

    /// Lowers the minimum, and finds its reach: the distance up to which nearness alone makes a pair as similar.
    fn lower(&mut self, min: f64) {
        self.min = min;
        let beta = self.similarity.beta();
        let reach = if min / beta <= STEP {
            SOMEWHERE
        } else {
            // Nearness is rounded to steps, perhaps down. Rounded up to a whole step here, it is surely enough.
            let steps = (min / beta / STEP).round();
            let nearness = if beta * (steps * STEP) < min { steps + 1.0 } else { steps } * STEP;
            // The reach is shortened by more than the rounding errors of exp and ln.
            smaller(-nearness.ln() / DISTANCE_FACTOR * (1.0 - 1e-9) - 1e-9, SOMEWHERE)
        };
        self.squared_reach = if reach > 0.0 { reach * reach } else { -1.0 };
        self.at_smallest_step = beta > 0.0 && min <= beta * STEP;
    }
}

/// The corners of a box in double precision.
#[inline]
fn widened<T: Copy + Into<f64>>(&[x1, y1, x2, y2]: &[T; 4]) -> Corners {
    [x1.into(), y1.into(), x2.into(), y2.into()]
}

/// Half the diagonal of a box. The centres of two boxes that overlap are no farther apart than these of both together.
#[inline]
fn half_diagonal(a: &Corners) -> f64 {
    squared_distance([a[0], a[1]], [a[2], a[3]]).sqrt() / 2.0
}

/// Bounds on the centres of many boxes, and on their sizes: they bound the distance of another box to any of them.
struct CentreBounds {
    /// The least and the greatest centre, doubled, which is exact: x1 + x2 and y1 + y2.
    low: [f64; 2],
    high: [f64; 2],
    /// The largest width and height.
    extent: [f64; 2],
}

impl CentreBounds {
    fn of<T: Copy + Into<f64>>(boxes: &[[T; 4]]) -> Self {
        let mut bounds = Self { low: [f64::INFINITY; 2], high: [f64::NEG_INFINITY; 2], extent: [0.0; 2] };
        for corners in boxes {
            let [x1, y1, x2, y2] = widened(corners);
            for (axis, (near, far)) in [(x1, x2), (y1, y2)].into_iter().enumerate() {
                bounds.low[axis] = smaller(near + far, bounds.low[axis]);
                bounds.high[axis] = larger(near + far, bounds.high[axis]);
                bounds.extent[axis] = larger(far - near, bounds.extent[axis]);
            }
        }
        bounds
    }

    /// An upper bound on the distance, in x and in y, of the centre of `a` to any of the centres.
    #[inline]
    fn distances(&self, a: &Corners) -> [f64; 2] {
        [0, 1].map(|axis| {
            let middle = a[axis] + a[axis + 2];
            larger((middle - self.low[axis]).abs(), (self.high[axis] - middle).abs()) / 2.0
        })
    }

    /// The same to the centre of any of the boxes that it overlaps.
    #[inline]
    fn distances_of_overlap(&self, a: &Corners) -> [f64; 2] {
        [0, 1].map(|axis| (a[axis + 2] - a[axis] + self.extent[axis]) / 2.0 * (1.0 + 1e-9))
    }
}
