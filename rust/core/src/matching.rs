//! Which predictions match an annotation, as the small statistic that average precision and confusion counts follow from.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::geometry::iou;
use crate::pairs::DataSet;
use crate::parallel;

/// Number of IoU thresholds: 0.50, 0.55, ..., 0.95.
pub const THRESHOLDS: usize = 10;

/// The IoU thresholds, as `numpy.linspace(0.5, 0.95, 10)` has them.
#[must_use]
pub fn iou_thresholds() -> [f64; THRESHOLDS] {
    const STEP: f64 = (0.95 - 0.5) / 9.0;
    let mut thresholds = std::array::from_fn(|index| 0.5 + index as f64 * STEP);
    thresholds[THRESHOLDS - 1] = 0.95;
    thresholds
}

/// A prediction that is a true positive at one IoU threshold at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// Its class.
    pub class: i32,
    /// One bit for each threshold at which it is.
    pub at: u16,
    /// Its score.
    pub score: f64,
    /// Its image, counted over the whole data set.
    pub image: u64,
    /// Its row within the image.
    pub row: u32,
}

/// The matches of some images, and how many boxes of each class they have. Parts merge in any order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matches {
    /// Annotations of each class.
    pub annotations: Vec<u64>,
    /// Predictions of each class.
    pub predictions: Vec<u64>,
    /// The matches, in no particular order.
    pub matches: Vec<Match>,
}

impl Matches {
    /// Matches the boxes of `images`, of which the first is number `first_image` of the whole data set.
    ///
    /// In an image and class, predictions come by falling score, equal ones by row. Each tries the annotation with which
    /// it has the greatest IoU, the first of equal ones, and is a match if that is still free and the IoU enough.
    #[must_use]
    pub fn of(data: &DataSet, images: Range<usize>, first_image: u64) -> Self {
        let classes = 1 + [data.annotations(), data.predictions()]
            .into_iter()
            .flat_map(|boxes| boxes.class_id())
            .fold(-1, |greatest, &class| greatest.max(class));
        let classes = classes as usize;
        let first = images.start;
        let parts = Mutex::new(Vec::new());
        parallel::parts(images, &mut [], &|_| 0, &|part: Range<usize>, _: &mut [()]| {
            let mut matches = Self::of_classes(classes);
            let mut scratch = Scratch::default();
            for index in part {
                scratch.match_image(data, index, first_image + (index - first) as u64, &mut matches);
            }
            parts.lock().unwrap_or_else(PoisonError::into_inner).push(matches);
        });
        let parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        parts.into_iter().fold(Self::of_classes(classes), Self::merge)
    }

    /// The matches of two parts.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (counts, more) in [(&mut self.annotations, other.annotations), (&mut self.predictions, other.predictions)] {
            counts.resize(counts.len().max(more.len()), 0);
            counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
        self.matches.extend(other.matches);
        self
    }

    /// How many predictions of each class are a match, at each threshold.
    #[must_use]
    pub fn true_positives(&self) -> Vec<[u64; THRESHOLDS]> {
        let mut counts = vec![[0; THRESHOLDS]; self.annotations.len()];
        for found in &self.matches {
            for (threshold, count) in counts[found.class as usize].iter_mut().enumerate() {
                *count += u64::from(found.at >> threshold & 1);
            }
        }
        counts
    }

    fn of_classes(classes: usize) -> Self {
        Self { annotations: vec![0; classes], predictions: vec![0; classes], matches: Vec::new() }
    }
}

/// What matching an image needs room for.
#[derive(Default)]
struct Scratch {
    candidates: Vec<u32>,
    best: Vec<Best>,
    /// One bit for each threshold at which the annotation is taken.
    taken: Vec<u16>,
}

/// A prediction with the annotation that it tries.
struct Best {
    row: u32,
    annotation: u32,
    iou: f64,
    score: f64,
}

impl Scratch {
    fn match_image(&mut self, data: &DataSet, index: usize, image: u64, out: &mut Matches) {
        let (annotations, predictions) = (data.annotations().image(index), data.predictions().image(index));
        // A class stands for its last six bits: enough to leave out most predictions of classes without annotation.
        let bit = |class: i32| 1_u64 << (class & 63);
        let mut annotated = 0;
        for &class in annotations.class_id {
            out.annotations[class as usize] += 1;
            annotated |= bit(class);
        }
        self.candidates.clear();
        self.candidates.resize(predictions.len(), 0);
        let mut count = 0;
        for (row, &class) in predictions.class_id.iter().enumerate() {
            out.predictions[class as usize] += 1;
            self.candidates[count] = row as u32;
            count += usize::from(annotated & bit(class) != 0);
        }
        let least = iou_thresholds()[0];
        self.best.clear();
        for &row in &self.candidates[..count] {
            let (class, corners) = (predictions.class_id[row as usize], predictions.corners(row as usize));
            let mut best: Option<Best> = None;
            for n in (0..annotations.len()).filter(|&n| annotations.class_id[n] == class) {
                let iou = iou(&corners, &annotations.corners(n));
                if iou >= least && best.as_ref().is_none_or(|best| iou > best.iou) {
                    best = Some(Best { row, annotation: n as u32, iou, score: predictions.score.get(row as usize) });
                }
            }
            self.best.extend(best);
        }
        self.best.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.taken.clear();
        self.taken.resize(annotations.len(), 0);
        let thresholds = iou_thresholds();
        for best in &self.best {
            let reached = thresholds.iter().take_while(|&&threshold| best.iou >= threshold).count();
            let taken = &mut self.taken[best.annotation as usize];
            let at = ((1 << reached) - 1) & !*taken;
            *taken |= at;
            if at != 0 {
                let class = predictions.class_id[best.row as usize];
                out.matches.push(Match { class, at, score: best.score, image, row: best.row });
            }
        }
    }
}
