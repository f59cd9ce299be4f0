//! Which predictions match an annotation, as the small statistic that average precision and confusion counts follow from.

use std::ops::Range;

use rayon::prelude::*;

use crate::boxes::{ImageBoxes, select};
use crate::geometry::{Corners, iou};
use crate::objectlab::image_pairs::DataSet;
use crate::parallel;

/// Number of IoU thresholds: 0.50, 0.55, ..., 0.95.
pub const THRESHOLDS: usize = 10;

/// The IoU thresholds, as `numpy.linspace(0.5, 0.95, 10)` has them.
pub const IOU_THRESHOLDS: [f64; THRESHOLDS] = {
    const STEP: f64 = (0.95 - 0.5) / 9.0;
    let mut thresholds = [0.95; THRESHOLDS];
    let mut index = 0;
    while index < THRESHOLDS - 1 {
        thresholds[index] = 0.5 + index as f64 * STEP;
        index += 1;
    }
    thresholds
};

/// A prediction that is a true positive at one IoU threshold at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// Its score.
    pub score: f64,
    /// Its number among the predictions of the whole data set.
    pub prediction: u64,
    /// One bit for each threshold at which it is.
    pub at: u16,
}

/// What is known of one class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassMatches {
    /// Number of annotations.
    pub annotations: u64,
    /// Number of predictions.
    pub predictions: u64,
    /// The matches, in no particular order.
    pub matches: Vec<Match>,
}

/// The matches of some images, class by class. Parts merge in any order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matches {
    /// One entry for each class id.
    pub classes: Vec<ClassMatches>,
}

impl Matches {
    /// Matches the boxes of `images`, of which the first prediction is number `first` of the whole data set.
    ///
    /// In an image and class, predictions come by falling score, equal ones by row. Each tries the annotation with which
    /// it has the greatest IoU, the first of equal ones, and is a match if that is still free and the IoU enough. The
    /// data set is one that [`DataSet::with_tables`] accepts.
    #[must_use]
    pub fn of(data: &DataSet, images: Range<usize>, first: u64) -> Self {
        Self::with(data, images, first, |_| ())
    }

    /// The same, and does `more` with each part of the images just before: what it reads, the cache then still holds.
    pub(crate) fn with(data: &DataSet, images: Range<usize>, first: u64, more: impl Fn(Range<usize>) + Sync) -> Self {
        let number = data.predictions().numbering(images.start, first);
        let new = || (Matcher::new(data.classes()), vec![Vec::new(); data.classes()]);
        let states = parallel::states(images, &new, &|(matcher, matches), part| {
            more(part.clone());
            for index in part {
                matcher.match_image(data, index, number(index), |class, found| matches[class as usize].push(found));
            }
        });
        let of = |(matcher, matches): (Matcher, Vec<Vec<Match>>)| {
            let classes = matcher.classes.into_iter().zip(matches);
            let of_class = |(OfClass { annotations, predictions, .. }, matches)| ClassMatches {
                annotations,
                predictions,
                matches,
            };
            Self { classes: classes.map(of_class).collect() }
        };
        states.into_iter().map(of).reduce(Self::merge).unwrap_or_default()
    }

    /// The matches of two parts.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        let classes = self.classes.len().max(other.classes.len());
        self.classes.resize(classes, ClassMatches::default());
        self.classes.par_iter_mut().zip(other.classes).for_each(|(class, more)| {
            class.annotations += more.annotations;
            class.predictions += more.predictions;
            class.matches.extend(more.matches);
        });
        self
    }
}

/// How many boxes of one class there are, and how many predictions are a match at each threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TruePositives {
    /// Number of annotations.
    pub annotations: u64,
    /// Number of predictions.
    pub predictions: u64,
    /// Matches at each threshold.
    pub at: [u64; THRESHOLDS],
}

impl TruePositives {
    /// Counts those of each class, by the rules of [`Matches::of`].
    #[must_use]
    pub fn of(data: &DataSet) -> Vec<Self> {
        let new = || (Matcher::new(data.classes()), vec![[0; THRESHOLDS]; data.classes()]);
        let states = parallel::states(0..data.images(), &new, &|(matcher, counts), part| {
            for index in part {
                matcher.match_image(data, index, 0, |class, Match { at, .. }| {
                    for (threshold, count) in counts[class as usize].iter_mut().enumerate() {
                        *count += u64::from(at >> threshold & 1);
                    }
                });
            }
        });
        let mut sums = vec![Self::default(); data.classes()];
        for (matcher, counts) in states {
            for (sum, (of_class, counts)) in sums.iter_mut().zip(matcher.classes.into_iter().zip(counts)) {
                sum.annotations += of_class.annotations;
                sum.predictions += of_class.predictions;
                sum.at.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
        sums
    }
}

/// Matches image after image.
struct Matcher {
    classes: Vec<OfClass>,
    /// The next annotation of the same class after each of the image.
    next: Vec<u32>,
    candidates: Vec<u32>,
    corners: Vec<Corners>,
    best: Vec<Best>,
    /// One bit for each threshold at which the annotation is taken.
    taken: Vec<u16>,
}

const NONE: u32 = u32::MAX;

/// What is counted of a class, and its first annotation in the image.
#[derive(Clone)]
struct OfClass {
    annotations: u64,
    predictions: u64,
    first: u32,
}

/// A prediction with the annotation that it tries.
struct Best {
    class: i32,
    row: u32,
    annotation: u32,
    score: f64,
    iou: f64,
}

impl Matcher {
    fn new(classes: usize) -> Self {
        Self {
            classes: vec![OfClass { annotations: 0, predictions: 0, first: NONE }; classes],
            next: Vec::new(),
            candidates: Vec::new(),
            corners: Vec::new(),
            best: Vec::new(),
            taken: Vec::new(),
        }
    }

    /// Calls `found` with the class and each match of an image, whose first prediction has this `number`.
    fn match_image(&mut self, data: &DataSet, index: usize, number: u64, mut found: impl FnMut(i32, Match)) {
        let (annotations, predictions) = (data.annotations().image(index), data.predictions().image(index));
        self.next.clear();
        self.next.resize(annotations.len(), NONE);
        for (n, &class) in annotations.class_id.iter().enumerate().rev() {
            let of_class = &mut self.classes[class as usize];
            of_class.annotations += 1;
            self.next[n] = std::mem::replace(&mut of_class.first, n as u32);
        }
        self.candidates.clear();
        let count = |&class: &i32| {
            let of_class = &mut self.classes[class as usize];
            of_class.predictions += 1;
            of_class.first != NONE
        };
        select(predictions.class_id.iter().map(count), &mut self.candidates);
        let contested = self.try_annotations(&annotations, &predictions);
        for &class in annotations.class_id {
            self.classes[class as usize].first = NONE;
        }
        if contested {
            self.best.sort_by(|a, b| b.score.total_cmp(&a.score));
        }
        self.taken.clear();
        self.taken.resize(annotations.len(), 0);
        for &Best { class, row, annotation, score, iou } in &self.best {
            let taken = &mut self.taken[annotation as usize];
            let at = reached(iou) & !*taken;
            *taken |= at;
            if at != 0 {
                found(class, Match { score, prediction: number + u64::from(row), at });
            }
        }
    }

    /// Lists what each prediction tries, and says whether two try the same annotation.
    fn try_annotations(&mut self, annotations: &ImageBoxes, predictions: &ImageBoxes) -> bool {
        // Apart from what follows, these loads wait for memory together.
        self.corners.clear();
        self.corners.extend(self.candidates.iter().map(|&row| predictions.corners(row as usize)));
        self.best.clear();
        self.taken.clear();
        self.taken.resize(annotations.len(), 0);
        let mut contested = false;
        for (&row, corners) in self.candidates.iter().zip(&self.corners) {
            let class = predictions.class_id[row as usize];
            let (mut best, mut greatest) = (0, 0.0);
            let mut annotation = self.classes[class as usize].first;
            while annotation != NONE {
                let iou = iou(corners, &annotations.corners(annotation as usize));
                if iou > greatest {
                    (best, greatest) = (annotation, iou);
                }
                annotation = self.next[annotation as usize];
            }
            if greatest >= IOU_THRESHOLDS[0] {
                let score = predictions.score.get(row as usize);
                self.best.push(Best { class, row, annotation: best, score, iou: greatest });
                contested |= std::mem::replace(&mut self.taken[best as usize], 1) == 1;
            }
        }
        contested
    }
}

/// One bit for each threshold that an IoU reaches; without a branch, since which can hardly be predicted.
fn reached(iou: f64) -> u16 {
    let bits = IOU_THRESHOLDS.iter().enumerate().map(|(index, &threshold)| u16::from(iou >= threshold) << index);
    bits.fold(0, |all, bit| all | bit)
}
