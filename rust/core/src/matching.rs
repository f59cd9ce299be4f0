//! Which predictions match an annotation, as the small statistic that average precision and confusion counts follow from.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::boxes::{ImageBoxes, select};
use crate::geometry::{Corners, iou};
use crate::pairs::DataSet;
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
    /// Its image, counted over the whole data set.
    pub image: u64,
    /// Its row within the image.
    pub row: u32,
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
    /// Matches the boxes of `images`, of which the first is number `first_image` of the whole data set.
    ///
    /// In an image and class, predictions come by falling score, equal ones by row. Each tries the annotation with which
    /// it has the greatest IoU, the first of equal ones, and is a match if that is still free and the IoU enough. The
    /// data set is one that [`DataSet::with_tables`] accepts.
    #[must_use]
    pub fn of(data: &DataSet, images: Range<usize>, first_image: u64) -> Self {
        Self::with(data, images, first_image, |_| ())
    }

    /// The same, and does `more` with each part of the images just before: what it reads, the cache then still holds.
    pub(crate) fn with(
        data: &DataSet,
        images: Range<usize>,
        first_image: u64,
        more: impl Fn(Range<usize>) + Sync,
    ) -> Self {
        let classes = data.classes();
        let first = images.start;
        let whole = Mutex::new(Self { classes: vec![ClassMatches::default(); classes] });
        parallel::parts(images, &mut [], &|_| 0, &|part: Range<usize>, _: &mut [()]| {
            more(part.clone());
            let mut matcher = Matcher::new(classes);
            for index in part {
                matcher.match_image(data, index, first_image + (index - first) as u64);
            }
            whole.lock().unwrap_or_else(PoisonError::into_inner).add(&matcher);
        });
        whole.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The matches of two parts.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        let classes = self.classes.len().max(other.classes.len());
        self.classes.resize(classes, ClassMatches::default());
        for (class, more) in self.classes.iter_mut().zip(other.classes) {
            class.annotations += more.annotations;
            class.predictions += more.predictions;
            class.matches.extend(more.matches);
        }
        self
    }

    /// How many predictions of each class are a match, at each threshold.
    #[must_use]
    pub fn true_positives(&self) -> Vec<[u64; THRESHOLDS]> {
        let of_class = |class: &ClassMatches| {
            let at = |threshold| class.matches.iter().filter(|found| found.at >> threshold & 1 == 1).count();
            std::array::from_fn(|threshold| at(threshold) as u64)
        };
        self.classes.iter().map(of_class).collect()
    }

    fn add(&mut self, part: &Matcher) {
        for (class, (annotations, predictions)) in
            self.classes.iter_mut().zip(part.annotations.iter().zip(&part.predictions))
        {
            class.annotations += annotations;
            class.predictions += predictions;
        }
        for &(class, found) in &part.matches {
            self.classes[class as usize].matches.push(found);
        }
    }
}

/// Matches image after image of a part.
struct Matcher {
    annotations: Vec<u64>,
    predictions: Vec<u64>,
    matches: Vec<(i32, Match)>,
    candidates: Vec<u32>,
    corners: Vec<Corners>,
    best: Vec<Best>,
    /// One bit for each threshold at which the annotation is taken.
    taken: Vec<u16>,
}

/// A prediction with the annotation that it tries.
struct Best {
    class: i32,
    score: f64,
    row: u32,
    annotation: usize,
    iou: f64,
}

impl Matcher {
    fn new(classes: usize) -> Self {
        Self {
            annotations: vec![0; classes],
            predictions: vec![0; classes],
            matches: Vec::new(),
            candidates: Vec::new(),
            corners: Vec::new(),
            best: Vec::new(),
            taken: Vec::new(),
        }
    }

    fn match_image(&mut self, data: &DataSet, index: usize, image: u64) {
        let (annotations, predictions) = (data.annotations().image(index), data.predictions().image(index));
        for &class in annotations.class_id {
            self.annotations[class as usize] += 1;
        }
        for &class in predictions.class_id {
            self.predictions[class as usize] += 1;
        }
        self.list_candidates(&annotations, &predictions);
        self.best.clear();
        for (&row, corners) in self.candidates.iter().zip(&self.corners) {
            let class = predictions.class_id[row as usize];
            let (mut annotation, mut greatest) = (0, 0.0);
            for n in (0..annotations.len()).filter(|&n| annotations.class_id[n] == class) {
                let iou = iou(corners, &annotations.corners(n));
                if iou > greatest {
                    (annotation, greatest) = (n, iou);
                }
            }
            if greatest >= IOU_THRESHOLDS[0] {
                let score = predictions.score.get(row as usize);
                self.best.push(Best { class, score, row, annotation, iou: greatest });
            }
        }
        self.best.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.taken.clear();
        self.taken.resize(annotations.len(), 0);
        for &Best { class, score, row, annotation, iou } in &self.best {
            let reached = IOU_THRESHOLDS.iter().take_while(|&&threshold| iou >= threshold).count();
            let at = ((1 << reached) - 1) & !self.taken[annotation];
            self.taken[annotation] |= at;
            if at != 0 {
                self.matches.push((class, Match { score, image, row, at }));
            }
        }
    }

    /// Lists the predictions of annotated classes, and perhaps others: a class stands for its last six bits, which is
    /// enough to leave out most.
    fn list_candidates(&mut self, annotations: &ImageBoxes, predictions: &ImageBoxes) {
        let bit = |class: i32| 1_u64 << (class & 63);
        let annotated = annotations.class_id.iter().fold(0, |bits, &class| bits | bit(class));
        select(predictions.class_id.iter().map(|&class| annotated & bit(class) != 0), &mut self.candidates);
        self.corners.clear();
        self.corners.extend(self.candidates.iter().map(|&row| predictions.corners(row as usize)));
    }
}
