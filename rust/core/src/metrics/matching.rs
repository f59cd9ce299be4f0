//! Which predictions match an annotation: the statistic from which average precision and confusion counts follow.
//!
//! The rules are those of PASCAL VOC (Everingham et al. 2010), at ten IoU thresholds as in COCO. In an image and class,
//! predictions come by falling score, equal ones by row. Each tries the annotation with which it has the greatest IoU, the
//! first of equals. It matches if that IoU is enough and no prediction before it has matched that annotation; otherwise it
//! matches none, even if a second annotation would do.

use std::ops::Range;

use crate::abandon::{check_stop_before, reserve};
use crate::boxes::{ImageBoxes, select};
use crate::dataset::{Dataset, DatasetImage};
use crate::geometry::{Corners, area, intersection, iou_of_areas};
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

/// A prediction that matches an annotation at one or more of the IoU thresholds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// Its score.
    pub score: f64,
    /// Its number among the predictions of the whole data set.
    pub prediction: u64,
    /// Bit i is set if it matches at `IOU_THRESHOLDS[i]`.
    pub at: u16,
}

/// The boxes of one class, counted, and its matches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassMatches {
    /// Number of annotations.
    pub annotations: u64,
    /// Number of predictions.
    pub predictions: u64,
    /// The matches, in no particular order.
    pub matches: Vec<Match>,
}

/// The matches of some images, class by class. Parts of a data set merge in any order.
///
/// # Examples
/// ```
/// use boxlint_core::{Boxes, Dataset, Floats, IOU_THRESHOLDS, Match, Matches};
///
/// // One annotation, and a prediction that covers half of it: they match at an IoU of 0.5 only.
/// let annotations = Boxes::new(Floats::F64(&[0.0, 0.0, 10.0, 10.0]), &[0], None, &[0, 1])?;
/// let scores = Floats::F64(&[0.8]);
/// let predictions = Boxes::new(Floats::F64(&[0.0, 0.0, 10.0, 5.0]), &[0], Some(scores), &[0, 1])?;
/// let dataset = Dataset::new(annotations, predictions, None)?;
/// let matches = Matches::of(&dataset, 0..1, 0);
/// assert_eq!(IOU_THRESHOLDS[0], 0.5);
/// assert_eq!(matches.classes[0].matches, [Match { score: 0.8, prediction: 0, at: 0b1 }]);
///
/// // The same image again, as the second part of a data set.
/// let both = matches.merge(Matches::of(&dataset, 0..1, 1));
/// assert_eq!((both.classes[0].annotations, both.classes[0].predictions), (2, 2));
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matches {
    /// One entry for each class id.
    pub classes: Vec<ClassMatches>,
}

impl Matches {
    /// Matches the boxes of `images`, whose first prediction is number `first` of the whole data set.
    ///
    /// Keeps tables with an entry a class: the data set is one that [`Dataset::with_classes`] has accepted.
    #[must_use]
    pub fn of(dataset: &Dataset, images: Range<usize>, first: u64) -> Self {
        Self::of_parts(dataset, images, first, &|_| ())
    }

    /// The same, where `before` is called with each part of the images just before it is matched: what it reads is then
    /// still in the cache.
    pub(crate) fn of_parts(
        dataset: &Dataset,
        images: Range<usize>,
        first: u64,
        before: &(dyn Fn(Range<usize>) + Sync),
    ) -> Self {
        let number = dataset.predictions().numbering(images.start, first);
        let new = || (Matcher::new(dataset.classes()), vec![Vec::new(); dataset.classes()]);
        let states = parallel::states(images, &new, &|(matcher, matches), part| {
            before(part.clone());
            for index in part {
                let mut found = |class: i32, found| {
                    let matches = &mut matches[class as usize];
                    reserve(matches, 1);
                    matches.push(found);
                };
                matcher.match_image(&dataset.image(index), number(index), &mut found);
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

    /// The matches of two parts of a data set.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        let classes = self.classes.len().max(other.classes.len());
        self.classes.resize(classes, ClassMatches::default());
        parallel::map(self.classes.iter_mut().zip(other.classes), |(class, more)| {
            class.annotations += more.annotations;
            class.predictions += more.predictions;
            reserve(&mut class.matches, more.matches.len());
            class.matches.extend(more.matches);
        });
        self
    }
}

/// How many boxes a class has, and how many of its predictions match an annotation at each IoU threshold.
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
    /// Counts those of each class; by the rules of [`Matches::of`], and for the same data sets.
    ///
    /// # Examples
    /// ```
    /// use boxlint_core::{Boxes, Dataset, Floats, TruePositives};
    ///
    /// // Two predictions of the same object: the second is a false positive.
    /// let object = [0.0, 0.0, 10.0, 10.0];
    /// let annotations = Boxes::new(Floats::F64(&object), &[0], None, &[0, 1])?;
    /// let twice = [object, object].concat();
    /// let scores = Floats::F64(&[0.9, 0.8]);
    /// let predictions = Boxes::new(Floats::F64(&twice), &[0, 0], Some(scores), &[0, 2])?;
    /// let counted = TruePositives::of(&Dataset::new(annotations, predictions, None)?);
    /// assert_eq!(counted, [TruePositives { annotations: 1, predictions: 2, at: [1; 10] }]);
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    #[must_use]
    pub fn of(dataset: &Dataset) -> Vec<Self> {
        let new = || (Matcher::new(dataset.classes()), vec![[0; THRESHOLDS]; dataset.classes()]);
        let states = parallel::states(0..dataset.images(), &new, &|(matcher, counts), part| {
            for index in part {
                matcher.match_image(&dataset.image(index), 0, &mut |class, Match { at, .. }| {
                    for (threshold, count) in counts[class as usize].iter_mut().enumerate() {
                        *count += u64::from(at >> threshold & 1);
                    }
                });
            }
        });
        let mut sums = vec![Self::default(); dataset.classes()];
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

/// Matches image after image, with memory that it keeps.
struct Matcher {
    classes: Vec<OfClass>,
    /// The next annotation of the same class after each annotation of the image.
    next: Vec<u32>,
    /// The annotations of the image, with the area of each.
    annotated: Vec<(Corners, f64)>,
    /// The predictions of classes that have an annotation, and their corners.
    candidates: Vec<u32>,
    corners: Vec<Corners>,
    best: Vec<Best>,
    /// Bit i is set once a prediction has matched the annotation at `IOU_THRESHOLDS[i]`.
    taken: Vec<u16>,
}

const NONE: u32 = u32::MAX;

/// The counts of a class, and its first annotation in the image.
#[derive(Clone)]
struct OfClass {
    annotations: u64,
    predictions: u64,
    first: u32,
}

/// A prediction with the annotation of its class that it fits best.
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
            annotated: Vec::new(),
            candidates: Vec::new(),
            corners: Vec::new(),
            best: Vec::new(),
            taken: Vec::new(),
        }
    }

    /// Calls `found` with the class and each match of an image, whose first prediction has this `number`.
    fn match_image(&mut self, image: &DatasetImage, number: u64, found: &mut dyn FnMut(i32, Match)) {
        let DatasetImage { annotations, predictions, .. } = *image;
        self.next.clear();
        self.next.resize(annotations.len(), NONE);
        for (n, &class) in annotations.class_id.iter().enumerate().rev() {
            if !image.ignores(n) {
                let of_class = &mut self.classes[class as usize];
                of_class.annotations += 1;
                self.next[n] = std::mem::replace(&mut of_class.first, n as u32);
            }
        }
        self.candidates.clear();
        let count = |&class: &i32| {
            let of_class = &mut self.classes[class as usize];
            of_class.predictions += 1;
            of_class.first != NONE
        };
        select(predictions.class_id.iter().map(count), &mut self.candidates);
        let contested = self.find_best(&annotations, &predictions);
        for (n, &class) in annotations.class_id.iter().enumerate() {
            if !image.ignores(n) {
                self.classes[class as usize].first = NONE;
            }
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

    /// Lists the annotation that each prediction fits best, and says whether two predictions fit the same one best.
    fn find_best(&mut self, annotations: &ImageBoxes, predictions: &ImageBoxes) -> bool {
        // Loaded before they are used, the corners are waited for all at once.
        self.corners.clear();
        self.corners.extend(self.candidates.iter().map(|&row| predictions.corners(row as usize)));
        let annotated = (0..annotations.len()).map(|n| annotations.corners(n));
        self.annotated.clear();
        self.annotated.extend(annotated.map(|corners| (corners, area(&corners))));
        self.best.clear();
        self.taken.clear();
        self.taken.resize(annotations.len(), 0);
        let mut contested = false;
        for (&row, corners) in self.candidates.iter().zip(&self.corners) {
            check_stop_before(annotations.len());
            let class = predictions.class_id[row as usize];
            let (mut best, mut greatest, area) = (0, 0.0, area(corners));
            let mut annotation = self.classes[class as usize].first;
            while annotation != NONE {
                let (annotated, its_area) = &self.annotated[annotation as usize];
                let shared = intersection(corners, annotated);
                // Less than a third of both areas is an IoU below a half, which matches nothing.
                if shared * 3.000_001 >= area + its_area {
                    let iou = iou_of_areas(shared, area, *its_area);
                    if iou > greatest {
                        (best, greatest) = (annotation, iou);
                    }
                }
                annotation = self.next[annotation as usize];
            }
            if greatest >= IOU_THRESHOLDS[0] {
                let score = predictions.score(row as usize);
                self.best.push(Best { class, row, annotation: best, score, iou: greatest });
                contested |= std::mem::replace(&mut self.taken[best as usize], 1) == 1;
            }
        }
        contested
    }
}

/// Sets bit i if an IoU reaches `IOU_THRESHOLDS[i]`. There is no branch, since the processor could hardly predict it.
fn reached(iou: f64) -> u16 {
    let bits = IOU_THRESHOLDS.iter().enumerate().map(|(index, &threshold)| u16::from(iou >= threshold) << index);
    bits.fold(0, |all, bit| all | bit)
}
