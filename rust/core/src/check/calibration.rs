//! What the counts say about each class: how much to believe a score, how well the detector finds objects and how tightly.

use crate::abandon::{check_room, filled};
use crate::check::class_counts::{ClassCounts, SIZE_BINS};
use crate::check::confidence::{Curve, Omissions, PSEUDO_PREDICTIONS, Pooled, TimesSeen};
use crate::check::differing::Differing;
use crate::check::kind::ramp;
use crate::check::score_bins::SCORE_BINS;
use crate::check::statistics::UNIT;
use crate::geometry::smaller;
use crate::parallel;

/// Each detectability is counted together with so many annotations of the mean detectability, each row of co-occurrences
/// with so many of the mean frequencies.
pub(crate) const PSEUDO_ANNOTATIONS: f64 = 20.0;
/// Of a class with so many predictions the whole row is kept: what it takes is little beside their boxes.
const MANY: i64 = 256;
/// The fraction of its annotations by which a class is seen as another more often than usual: from where on that is more than
/// chance and errors of people, and from where on such evidence says nothing.
const MISTAKEN: [f64; 2] = [0.05, 0.85];
/// No more is usual, however many objects are of classes that the detector does not know.
const MOST_MISTAKEN: f64 = 0.1;

/// What is told of a class by score and by size. [`Number`] names its parts.
pub(crate) type Row = [f64; NUMBERS];

const NUMBERS: usize = SCORE_BINS + 3 * SIZE_BINS;

/// The numbers of a [`Row`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    /// Fraction of the predictions of a score that match an annotation, never falling with the score.
    Confidence(usize),
    /// Fraction of the annotations of a size that the detector finds: found in docs/method.md.
    Detectability(usize),
    /// The number of these annotations.
    Annotations(usize),
    /// The usual 1 - IoU of a match over that of a size, at most 1: tight in docs/method.md.
    Tightness(usize),
}

impl Number {
    /// Its place in the row.
    #[inline]
    pub(crate) fn place(self) -> usize {
        match self {
            Self::Confidence(bin) => bin,
            Self::Detectability(size) => SCORE_BINS + size,
            Self::Annotations(size) => SCORE_BINS + SIZE_BINS + size,
            Self::Tightness(size) => SCORE_BINS + 2 * SIZE_BINS + size,
        }
    }
}

/// What the counts say about a class.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClassModel {
    /// Its row, beside that of a class without counts.
    pub(crate) row: Differing<NUMBERS>,
    /// Fraction of the annotations that are of this class.
    pub(crate) frequency: f64,
    /// Objects without annotation that the detector seems to see, for each annotated one that it finds.
    pub(crate) omitted: f64,
    /// 1 over the number of pairs of the class, pseudo-annotations included.
    pub(crate) per_pair: f64,
    /// How much the detector takes the class for others: mistaken in docs/method.md.
    pub(crate) mistaken: f64,
}

/// What the counts say about all classes.
pub(crate) struct ClassModels<'a> {
    counted: &'a [ClassCounts<'a>],
    /// How often each class stands beside any.
    pairs: &'a [i64],
    omissions: Omissions,
    pooled: Pooled,
    usual: Usual,
    /// The row of a class without counts.
    pub(crate) usual_row: Row,
}

impl<'a> ClassModels<'a> {
    /// Models that are made at a time: work enough for all threads, and little memory beside that of all.
    const AT_A_TIME: usize = 1 << 13;

    /// Of the classes of which these are the counts, and how often each stands beside any; `classes` is the number of all,
    /// also of those without counts.
    pub(crate) fn new(counted: &'a [ClassCounts<'a>], pairs: &'a [i64], classes: usize) -> Self {
        // The confidence of all predictions tells which are omissions, and that of the others is believed.
        let times_seen = TimesSeen::of(counted);
        let omissions = Omissions::of(&Pooled::of(times_seen, &Omissions::NONE, counted), counted);
        let pooled = Pooled::of(times_seen, &omissions, counted);
        let usual = Usual::of(&pooled, counted, classes);
        let nothing = pooled.curve(&[[0.0; 3]; SCORE_BINS], |_, _| 0.0);
        let usual_row = usual.row(nothing, &BySize::default());
        Self { counted, pairs, omissions, pooled, usual, usual_row }
    }

    /// Calls `take` with the model of each class, in their order.
    pub(crate) fn each(&self, mut take: impl FnMut(ClassModel)) {
        for start in (0..self.counted.len()).step_by(Self::AT_A_TIME) {
            let mut models = filled(Self::AT_A_TIME.min(self.counted.len() - start), ClassModel::default());
            each(&mut models, &|at, model| *model = self.of_class(start + at));
            models.into_iter().for_each(&mut take);
        }
    }

    fn of_class(&self, class: usize) -> ClassModel {
        let counts = self.counted[class];
        let once = self.pooled.times_seen.once_by_score(counts);
        let by_size = BySize::of(&self.pooled, counts);
        let mut omitted = 0.0;
        let curve = self.pooled.curve(&once, |bin, scores| {
            let more = self.omissions.among(class, bin, scores);
            omitted += more;
            more
        });
        let row = self.usual.row(curve, &by_size);
        let (mut predictions, mut matches) = (0, 0_i64);
        counts.each_score(|_, counts| {
            predictions = counts.into_iter().fold(predictions, i64::saturating_add);
            matches = matches.saturating_add(counts[0]);
        });
        ClassModel {
            row: if predictions < MANY { Differing::new(&row, &self.usual_row) } else { Differing::whole(&row) },
            frequency: self.usual.frequency(&by_size),
            omitted: omitted / (matches as f64 + PSEUDO_PREDICTIONS),
            per_pair: 1.0 / (self.pairs[class] as f64 / UNIT as f64 + PSEUDO_ANNOTATIONS),
            mistaken: self.usual.mistaken(&by_size),
        }
    }

    /// How likely the detector finds any annotation.
    pub(crate) fn mean_detectability(&self) -> f64 {
        self.usual.mean_detectability
    }

    /// Fraction of the annotations that a prediction is on; 1 if there are none.
    pub(crate) fn answered(&self) -> f64 {
        1.0 - self.usual.silent as f64 / self.annotations()
    }

    /// How many objects without annotation the detector seems to see for each annotation.
    pub(crate) fn omitted(&self) -> f64 {
        self.pooled.omitted / self.annotations()
    }

    fn annotations(&self) -> f64 {
        self.usual.annotations.max(1) as f64
    }
}

/// Bytes that must be free before the numbers of a part of the classes are kept, each row in a piece of its own: more than
/// those of as many parts as there are threads.
const ROOM: usize = 1 << 21;

/// Calls `work` with each class and its value, in parallel.
fn each<T: Send>(values: &mut [T], work: &(dyn Fn(usize, &mut T) + Sync)) {
    parallel::parts(0..values.len(), values, &|class| class, &|classes, values| {
        check_room(ROOM);
        classes.zip(values).for_each(|(class, value)| work(class, value));
    });
}

/// The annotations of all classes together. What is known of a class with few annotations stays near it.
struct Usual {
    detectability: [f64; SIZE_BINS],
    /// The mean over all sizes.
    mean_detectability: f64,
    /// How much more an annotation is usually seen as another class than as its own.
    usually_mistaken: f64,
    /// Mean of 1 - IoU over all matches, and over those of a size.
    mean_gap: f64,
    gap: [f64; SIZE_BINS],
    annotations: i64,
    /// Annotations that no prediction is on.
    silent: i64,
    classes: usize,
}

impl Usual {
    fn of(pooled: &Pooled, counted: &[ClassCounts], classes: usize) -> Self {
        let mut all = BySize::default();
        counted.iter().for_each(|&counts| all.add(&BySize::of(pooled, counts)));
        let (mean_detectability, detectability) = means_by_size(all.support);
        let (mean_gap, gap) = means_by_size(all.gap);
        let (annotations, silent) = (all.annotations(), all.silent);
        let [other, number] = all.seen_as_other();
        let usually_mistaken = smaller(other / number.max(1.0), MOST_MISTAKEN);
        Self { detectability, mean_detectability, usually_mistaken, mean_gap, gap, annotations, silent, classes }
    }

    /// The row of a class of this confidence.
    fn row(&self, confidence: Curve, by_size: &BySize) -> Row {
        let mut row = [0.0; NUMBERS];
        let mut set = |number: Number, value: f64| row[number.place()] = value;
        confidence.into_iter().enumerate().for_each(|(bin, confidence)| set(Number::Confidence(bin), confidence));
        for size in 0..SIZE_BINS {
            let gap = shrunk(by_size.gap[size], self.gap[size]);
            set(Number::Detectability(size), shrunk(by_size.support[size], self.detectability[size]));
            set(Number::Annotations(size), by_size.support[size][1]);
            set(Number::Tightness(size), if gap > self.mean_gap { self.mean_gap / gap } else { 1.0 });
        }
        row
    }

    /// How much a class is taken for others.
    fn mistaken(&self, by_size: &BySize) -> f64 {
        ramp(shrunk(by_size.seen_as_other(), self.usually_mistaken) - self.usually_mistaken, MISTAKEN)
    }

    /// Fraction of the annotations that are of a class.
    fn frequency(&self, by_size: &BySize) -> f64 {
        let all = self.annotations.saturating_add(self.classes as i64);
        by_size.annotations().saturating_add(1) as f64 / all as f64
    }
}

/// For each size, sums over the annotations of a class.
#[derive(Clone, Default)]
struct BySize {
    /// Of the pooled confidence of the best predictions on them, and their number.
    support: [[f64; 2]; SIZE_BINS],
    /// Of 1 - IoU over those that are matched, and the number of these.
    gap: [[f64; 2]; SIZE_BINS],
    /// How many no prediction is on, of all sizes.
    silent: i64,
    /// The confidence of the best predictions on them less that of the best of their class, of all sizes.
    other: f64,
}

impl BySize {
    /// Those of a class, given the confidence of all.
    fn of(pooled: &Pooled, counts: ClassCounts) -> Self {
        let mut sums = Self::default();
        let mut gaps = [[0.0; 2]; SIZE_BINS];
        counts.each_by_size(
            |size, bin, count| {
                let [support, number] = &mut sums.support[size];
                *support += pooled.confidence.get(bin).map_or(0.0, |confidence| confidence * count as f64);
                *number += count as f64;
                sums.silent = sums.silent.saturating_add(if bin == SCORE_BINS { count } else { 0 });
            },
            |size, [matches, gap]| gaps[size] = [gap as f64 / UNIT as f64, matches as f64],
        );
        sums.gap = gaps;
        counts.each_seen(|bin, [other, own]| sums.other += pooled.confidence[bin] * (other as f64 - own as f64));
        sums
    }

    /// Adds those of another class.
    fn add(&mut self, other: &Self) {
        self.silent = self.silent.saturating_add(other.silent);
        self.other += other.other;
        for (sums, more) in [(&mut self.support, &other.support), (&mut self.gap, &other.gap)] {
            sums.iter_mut().zip(more).for_each(|(sum, &more)| *sum = plus(*sum, more));
        }
    }

    /// How much more they are seen as other classes than as their own, and their number.
    fn seen_as_other(&self) -> [f64; 2] {
        [self.other, self.annotations() as f64]
    }

    fn annotations(&self) -> i64 {
        self.support.iter().map(|&[_, number]| number as i64).fold(0, i64::saturating_add)
    }
}

/// Of sums and numbers by size: the mean over all sizes, and for each size its mean, counted together with
/// pseudo-annotations of the mean over all sizes.
fn means_by_size(by_size: [[f64; 2]; SIZE_BINS]) -> (f64, [f64; SIZE_BINS]) {
    let [sum, number] = by_size.into_iter().fold([0.0; 2], plus);
    let mean = sum / number.max(1.0);
    (mean, by_size.map(|sum| shrunk(sum, mean)))
}

fn plus([a, b]: [f64; 2], [c, d]: [f64; 2]) -> [f64; 2] {
    [a + c, b + d]
}

/// The mean of a sum over so many annotations, counted together with pseudo-annotations of another mean.
fn shrunk([sum, number]: [f64; 2], mean: f64) -> f64 {
    (sum + PSEUDO_ANNOTATIONS * mean) / (number + PSEUDO_ANNOTATIONS)
}
