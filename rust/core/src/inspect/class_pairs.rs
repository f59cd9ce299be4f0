//! Which classes are predicted on the annotations of each class, and whether that shows another numbering of the classes.
//!
//! Predictions with shifted or exchanged class ids make every annotation look like a swap. The boxes show it: the
//! annotations of class k are nearly all predicted as another class, and what is predicted as k lies on the annotations of
//! a third. No detector does that by its own errors. One that cannot tell two classes apart predicts one of them on both:
//! then that one agrees with its own annotations.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::dataset::{Dataset, DatasetImage};
use crate::inspect::occurrences::{Merge, over_images};
use crate::overlaps::{NOTHING, OverlapIndex, PreparedBoxes, surround};

/// IoU from which a prediction shows the object of an annotation.
const SAME_OBJECT: f64 = 0.5;
/// The other class must account for at least this fraction of the pairs of a class ...
const EXPLAINED: f64 = 0.5;
/// ... and for so many times the pairs that agree.
const CLEARLY: u64 = 5;
/// Fewer pairs of a class than this do not show by themselves that it is numbered otherwise. A detector that is right with
/// every other box has at most one of ten right by chance in 1 of 100 cases, and it takes two such classes of which one is
/// predicted on the other.
const MIN_PAIRS_OF_CLASS: u64 = 10;
/// Fewer pairs of all classes than this show nothing. Of 30, such a detector has at most five right in 2 of 10,000 cases.
const MIN_PAIRS: u64 = 30;
/// The pairs that show anything are in at least so many images, since the boxes of one are mistaken together.
const MIN_IMAGES: u64 = 5;

/// How many annotations of a class, and in how many images, are predicted as a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairCount {
    /// Annotations.
    pub pairs: u64,
    /// Images that hold such an annotation.
    pub images: u64,
}

/// The pairs of an annotation and the prediction on it, by their two classes.
///
/// The prediction on an annotation is that of the highest score, of equal ones one of the annotated class, among those that
/// overlap this annotation by half or more, and no other annotation by more. Scores are compared within an image alone, so
/// that their scale does not matter. Ignored annotations take no part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassPairs {
    /// (annotated class, predicted class) -> count.
    counts: BTreeMap<(u32, u32), PairCount>,
    /// Images with a pair.
    images: u64,
}

/// A class whose annotations are predicted as another class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermutedClass {
    /// The class of the annotations.
    pub annotated: u32,
    /// The class that most of them are predicted as.
    pub predicted: u32,
    /// The annotations of the class that are predicted as any.
    pub pairs: u64,
    /// Those that are predicted as `predicted`.
    pub explained: u64,
    /// Those that are predicted as the annotated class.
    pub agreeing: u64,
}

impl ClassPairs {
    /// Counts the pairs of a data set, in one of `every` so many images.
    ///
    /// ```
    /// use boxlint_core::{Boxes, ClassPairs, Dataset, Floats, PairCount};
    ///
    /// let xyxy = Floats::F64(&[10.0, 10.0, 50.0, 50.0]);
    /// let annotations = Boxes::new(xyxy, &[3], None, &[0, 1])?;
    /// let predictions = Boxes::new(xyxy, &[4], Some(Floats::F64(&[0.9])), &[0, 1])?;
    /// let pairs = ClassPairs::of(&Dataset::new(annotations, predictions, None)?, 1);
    /// assert_eq!(pairs.iter().collect::<Vec<_>>(), [(3, 4, PairCount { pairs: 1, images: 1 })]);
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `every` is 0.
    #[must_use]
    pub fn of(dataset: &Dataset, every: usize) -> Self {
        over_images(dataset.images().div_ceil(every), &|counts: &mut Self, images| {
            let mut counter = Counter::default();
            images.for_each(|index| counter.count(&dataset.image(index * every), counts));
        })
    }

    /// The annotated class, the predicted class and their count, by rising classes.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32, PairCount)> {
        self.counts.iter().map(|(&(annotated, predicted), &count)| (annotated, predicted, count))
    }

    /// The classes that are numbered otherwise in the predictions, by rising annotated class; none if the two sides agree,
    /// or there is too little to tell.
    ///
    /// A class *points* to another if at least half of its pairs are with that one, and these are at least five times as
    /// many as agree; of several that point to one, the one with most pairs counts. There are two ways to tell:
    ///
    /// - All classes together: those that point explain at least half of the pairs of the data set, and five times as many as
    ///   agree; and at least half without one pair of each class, which only tells where it points. At least 30 pairs, in 5
    ///   images.
    /// - A few classes, as in an exchange: one points to another, and that one points on. Each has at least 10 pairs, 5
    ///   images with those that point. Pointing to a class of 10 pairs or more that does not point is a confusion of the
    ///   detector, and does not count.
    ///
    /// ```
    /// use boxlint_core::{Boxes, ClassPairs, Dataset, Floats};
    ///
    /// // Ten images with a box of class 0, ten with one of class 1; the predictions have them exchanged.
    /// let xyxy = [10.0, 10.0, 50.0, 50.0].repeat(20);
    /// let annotated: Vec<i32> = (0..20).map(|image| image % 2).collect();
    /// let predicted: Vec<i32> = (0..20).map(|image| 1 - image % 2).collect();
    /// let offsets: Vec<i64> = (0..=20).collect();
    /// let annotations = Boxes::new(Floats::F64(&xyxy), &annotated, None, &offsets)?;
    /// let predictions = Boxes::new(Floats::F64(&xyxy), &predicted, Some(Floats::F64(&[0.5; 20])), &offsets)?;
    /// let permuted = ClassPairs::of(&Dataset::new(annotations, predictions, None)?, 1).permuted();
    /// assert_eq!(permuted.iter().map(|class| (class.annotated, class.predicted)).collect::<Vec<_>>(), [(0, 1), (1, 0)]);
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    #[must_use]
    pub fn permuted(&self) -> Vec<PermutedClass> {
        let rows = self.rows();
        let mut links: Vec<&Row> = rows.values().filter(|row| row.points()).collect();
        links.sort_by_key(|row| (row.class.predicted, Reverse(row.class.explained)));
        links.dedup_by_key(|row| row.class.predicted);
        links.sort_by_key(|row| row.class.annotated);
        if !self.explained_by(&links, &rows) {
            let is_confused = |row: &Row| row.class.pairs >= MIN_PAIRS_OF_CLASS && !row.is_sure();
            links.retain(|row| row.is_sure() && !rows.get(&row.class.predicted).is_some_and(is_confused));
            let points_on = |row: &&Row| links.iter().any(|next| next.class.annotated == row.class.predicted);
            if !links.iter().any(points_on) {
                links.clear();
            }
        }
        links.into_iter().map(|row| row.class).collect()
    }

    /// Whether these classes explain the pairs of the whole data set.
    fn explained_by(&self, links: &[&Row], rows: &BTreeMap<u32, Row>) -> bool {
        let all: u64 = rows.values().map(|row| row.class.pairs).sum();
        let agreeing: u64 = rows.values().map(|row| row.class.agreeing).sum();
        let explained: u64 = links.iter().map(|row| row.class.explained).sum();
        let most_of = |pairs: u64, explained: u64| explained > 0 && explained as f64 >= EXPLAINED * pairs as f64;
        all >= MIN_PAIRS
            && self.images >= MIN_IMAGES
            && most_of(all, explained)
            // Without one pair of each class: where many classes have one pair each, any predictions explain them all.
            && most_of(all - rows.len() as u64, explained - links.len() as u64)
            && explained >= CLEARLY * agreeing
    }

    /// The pairs of each annotated class.
    fn rows(&self) -> BTreeMap<u32, Row> {
        let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
        for (annotated, predicted, PairCount { pairs, images }) in self.iter() {
            let row = rows.entry(annotated).or_insert_with(|| Row::of(annotated));
            row.class.pairs += pairs;
            if annotated == predicted {
                row.class.agreeing = pairs;
            } else if pairs > row.class.explained {
                (row.class.predicted, row.class.explained, row.images) = (predicted, pairs, images);
            }
        }
        rows
    }
}

impl Merge for ClassPairs {
    fn merge(&mut self, other: Self) {
        self.images += other.images;
        for (classes, PairCount { pairs, images }) in other.counts {
            let count = self.counts.entry(classes).or_default();
            count.pairs += pairs;
            count.images += images;
        }
    }
}

/// The pairs of one annotated class, with the other class that it is predicted as most often, or the first of equals.
struct Row {
    class: PermutedClass,
    /// Images with a pair of that class.
    images: u64,
}

impl Row {
    fn of(annotated: u32) -> Self {
        let class = PermutedClass { annotated, predicted: annotated, pairs: 0, explained: 0, agreeing: 0 };
        Self { class, images: 0 }
    }

    fn points(&self) -> bool {
        let PermutedClass { pairs, explained, agreeing, .. } = self.class;
        explained > 0 && explained as f64 >= EXPLAINED * pairs as f64 && explained >= CLEARLY * agreeing
    }

    /// Whether the class points, with enough pairs to tell by itself.
    fn is_sure(&self) -> bool {
        self.class.pairs >= MIN_PAIRS_OF_CLASS && self.images >= MIN_IMAGES && self.points()
    }
}

/// One image while it is counted. It is used for image after image, so that few allocate.
#[derive(Default)]
struct Counter {
    annotations: PreparedBoxes,
    rows: Vec<u32>,
    predictions: Vec<u32>,
    index: OverlapIndex,
    /// Annotation, prediction and IoU of those that overlap by half.
    overlaps: Vec<(usize, usize, f64)>,
    /// The largest IoU of each prediction.
    largest: Vec<f64>,
    /// The pairs of classes in this image.
    found: Vec<(u32, u32)>,
}

impl Counter {
    fn count(&mut self, image: &DatasetImage, out: &mut ClassPairs) {
        self.find_overlaps(image);
        self.found.clear();
        let (classes, score) = (image.predictions.class_id, |row: usize| image.predictions.score(row));
        for of_annotation in self.overlaps.chunk_by(|a, b| a.0 == b.0) {
            let annotated = image.annotations.class_id[self.rows[of_annotation[0].0] as usize];
            let fitting = of_annotation.iter().filter(|&&(_, prediction, iou)| iou == self.largest[prediction]);
            let best = fitting.map(|&(_, prediction, _)| prediction).reduce(|best, other| {
                let by_score = score(other).total_cmp(&score(best));
                let agrees = |prediction: usize| classes[prediction] == annotated;
                if by_score.then(agrees(other).cmp(&agrees(best))).is_gt() { other } else { best }
            });
            self.found.extend(best.map(|prediction| (annotated as u32, classes[prediction] as u32)));
        }
        self.found.sort_unstable();
        out.images += u64::from(!self.found.is_empty());
        for run in self.found.chunk_by(|a, b| a == b) {
            let count = out.counts.entry(run[0]).or_default();
            count.pairs += run.len() as u64;
            count.images += 1;
        }
    }

    fn find_overlaps(&mut self, image: &DatasetImage) {
        let (annotations, predictions) = (image.annotations, image.predictions);
        self.rows.clear();
        self.rows.extend((0..annotations.len() as u32).filter(|&row| !image.ignores(row as usize)));
        self.predictions.clear();
        self.predictions.extend(0..predictions.len() as u32);
        self.annotations.load(annotations.xyxy, &self.rows);
        let frame = surround(annotations.xyxy, &self.rows, NOTHING);
        let frame = surround(predictions.xyxy, &self.predictions, frame);
        self.index.load(predictions.xyxy, &self.predictions, &frame);
        self.overlaps.clear();
        self.largest.clear();
        self.largest.resize(predictions.len(), 0.0);
        for n in 0..self.rows.len() {
            self.index.each_near(&self.annotations.centre(n), |j| {
                let overlap = self.annotations.overlap_with(n, &predictions.corners(j));
                if !overlap.may_exceed(SAME_OBJECT) {
                    return;
                }
                let iou = overlap.iou();
                if iou >= SAME_OBJECT {
                    self.overlaps.push((n, j, iou));
                    self.largest[j] = iou.max(self.largest[j]);
                }
            });
        }
    }
}
