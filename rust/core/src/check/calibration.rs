//! What the counts say about each class: curves by score that never fall, how many objects without annotation the detector
//! sees, how well it finds objects and how tightly.
//!
//! An unmatched prediction is free, if no annotation touches it, or poor: a loose box, a second box or a wrong class of an
//! annotated object. False detections become less often free, and more often poor, as confidence rises. So where more of
//! the confident ones are free than of the weak ones, the rest are objects that nobody annotated.

use crate::abandon::{check_room, collected, filled};
use crate::check::class_counts::{ClassCounts, SIZE_BINS};
use crate::check::differing::Differing;
use crate::check::score_bins::SCORE_BINS;
use crate::check::statistics::UNIT;
use crate::geometry::larger;
use crate::parallel;

/// Each bin of a class is counted together with so many predictions from the confidence curve of all classes.
const PSEUDO_PREDICTIONS: f64 = 30.0;
/// Each detectability is counted together with so many annotations of the mean detectability, each row of co-occurrences
/// with so many of the mean frequencies.
pub(crate) const PSEUDO_ANNOTATIONS: f64 = 20.0;
/// Predictions of at most this confidence are nearly all false, and count as weak.
const WEAK: f64 = 0.05;
/// So do the bins that hold this fraction of the predictions without a match. Where a detector leaves out its weak ones, there
/// are no others that confident ones can be compared with.
const WEAK_FRACTION: f64 = 0.5;
/// Free predictions for each poor one where there are few weak predictions to count.
const USUAL: f64 = 2.0;
/// The ratio of all classes is counted together with so many poor predictions at the usual ratio, that of a class with so
/// many at the ratio of all.
const PSEUDO_POOR: f64 = 30.0;
/// Each bin is counted together with so many poor predictions, and as many free ones as false detections would give.
const PSEUDO_POOR_OF_BIN: f64 = 10.0;

/// Of a class with so many predictions the whole row is kept: what it takes is little beside their boxes.
const MANY: i64 = 256;

/// The objects without annotation that the detector seems to see.
struct Omissions {
    /// For each class the first bin of the score that is not weak, and how many free predictions there are for each poor one
    /// where nothing is omitted.
    usual: Vec<(usize, f64)>,
}

impl Omissions {
    /// None of any class.
    const NONE: Self = Self { usual: Vec::new() };

    /// Those of classes, given the predictions of all.
    fn of(pooled: &Pooled, counted: &[ClassCounts]) -> Self {
        let weakest = pooled.weakest();
        // The free and poor predictions in the weak bins of each class: there is no memory for the curves of all.
        let mut weak = filled(counted.len(), (0, [0.0; 2]));
        each(&mut weak, &|class, (strong_from, sums)| {
            let scores = counted[class].scores();
            let confidence = pooled.curve(&scores, |_, _| 0.0);
            *strong_from = confidence.iter().take_while(|&&confidence| confidence <= WEAK).count().max(weakest);
            for &scores in &scores[..*strong_from] {
                let [free, poor] = free_and_poor(scores);
                *sums = [sums[0] + free, sums[1] + poor];
            }
        });
        let [free, poor] = weak.iter().fold([0.0; 2], |sum, (_, class)| [sum[0] + class[0], sum[1] + class[1]]);
        let of_all = (free + PSEUDO_POOR * USUAL) / (poor + PSEUDO_POOR);
        let ratio = |[free, poor]: [f64; 2]| (free + PSEUDO_POOR * of_all) / (poor + PSEUDO_POOR);
        Self { usual: collected(weak.into_iter().map(|(strong_from, sums)| (strong_from, ratio(sums)))) }
    }

    /// Those of a class among its predictions in a bin of the score.
    #[inline]
    fn among(&self, class: usize, bin: usize, scores: [i64; 3]) -> f64 {
        let Some(&(_, ratio)) = self.usual.get(class).filter(|&&(strong_from, _)| bin >= strong_from) else {
            return 0.0;
        };
        let [free, poor] = free_and_poor(scores);
        let share = larger(free - ratio * poor, 0.0) / (free + ratio * PSEUDO_POOR_OF_BIN);
        free * share
    }
}

fn free_and_poor(scores: [i64; 3]) -> [f64; 2] {
    let [all, matches, free] = scores.map(|count| count as f64);
    [free, all - matches - free]
}

/// A number for each bin of the score.
type Curve = [f64; SCORE_BINS];

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

/// Isotonic regression of (value, weight): the sequence that never falls and is nearest in weighted squares, by pooling
/// adjacent violators.
fn isotonic(values: [(f64, f64); SCORE_BINS]) -> Curve {
    let (mut blocks, mut count) = ([(0.0, 0.0, 0); SCORE_BINS], 0);
    for (value, weight) in values {
        let mut last = (value, weight, 1);
        while count > 0 && blocks[count - 1].0 >= last.0 {
            let (mean, weight, length) = blocks[count - 1];
            let total = weight + last.1;
            last = ((mean * weight + last.0 * last.1) / total, total, length + last.2);
            count -= 1;
        }
        blocks[count] = last;
        count += 1;
    }
    let (mut curve, mut start) = ([0.0; SCORE_BINS], 0);
    for &(mean, _, length) in &blocks[..count] {
        curve[start..start + length].fill(mean);
        start += length;
    }
    curve
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
        let omissions = Omissions::of(&Pooled::of(&Omissions::NONE, counted), counted);
        let pooled = Pooled::of(&omissions, counted);
        let usual = Usual::of(&pooled, counted, classes);
        let nothing = pooled.curve(&ClassCounts::NOTHING.scores(), |_, _| 0.0);
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
        let scores = self.counted[class].scores();
        let by_size = self.pooled.by_size(self.counted[class]);
        let mut omitted = 0.0;
        let curve = self.pooled.curve(&scores, |bin, scores| {
            let more = self.omissions.among(class, bin, scores);
            omitted += more;
            more
        });
        let row = self.usual.row(curve, &by_size);
        let [predictions, matches] =
            scores.iter().fold([0; 2], |sums, [all, matches, _]| [sums[0] + all, sums[1] + matches]);
        ClassModel {
            row: if predictions < MANY { Differing::new(&row, &self.usual_row) } else { Differing::whole(&row) },
            frequency: self.usual.frequency(&by_size),
            omitted: omitted / (matches as f64 + PSEUDO_PREDICTIONS),
            per_pair: 1.0 / (self.pairs[class] as f64 / UNIT as f64 + PSEUDO_ANNOTATIONS),
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

/// The predictions of all classes together. The curve of a class with few predictions stays near theirs.
struct Pooled {
    confidence: Curve,
    /// Fraction of all predictions in each bin of the score.
    frequency: Curve,
    /// Predictions without a match in each bin, but for the omissions.
    unmatched: Curve,
    /// The confidence of each bin without predictions of a class, and its weight.
    usual: [(f64, f64); SCORE_BINS],
    /// All omissions.
    omitted: f64,
}

impl Pooled {
    /// Of classes with these omissions among their predictions.
    fn of(omissions: &Omissions, counted: &[ClassCounts]) -> Self {
        let ([mut count, mut matches], mut omitted) = ([[0.0; SCORE_BINS]; 2], 0.0);
        for (class, counts) in counted.iter().enumerate() {
            counts.each_score(|bin, scores| {
                let not_judged = omissions.among(class, bin, scores);
                omitted += not_judged;
                count[bin] += scores[0] as f64 - not_judged;
                matches[bin] += scores[1] as f64;
            });
        }
        let all = larger(count.iter().sum(), 1.0);
        let mut pooled = Self {
            confidence: isotonic(std::array::from_fn(|bin| {
                ((matches[bin] + 0.5) / (count[bin] + 1.0), count[bin] + 1e-3)
            })),
            frequency: count.map(|count| count / all + 1e-6),
            unmatched: std::array::from_fn(|bin| count[bin] - matches[bin]),
            usual: [(0.0, 0.0); SCORE_BINS],
            omitted,
        };
        pooled.usual = std::array::from_fn(|bin| pooled.point(0.0, 0.0, bin));
        pooled
    }

    /// How many bins hold the weakest [`WEAK_FRACTION`] of the predictions without a match, or a little more.
    fn weakest(&self) -> usize {
        let mut left = WEAK_FRACTION * self.unmatched.iter().sum::<f64>();
        let bins = self.unmatched.iter().take_while(|&&count| {
            let some = left > 0.0;
            left -= count;
            some
        });
        bins.count()
    }

    /// The confidence of a class, with the omissions among its predictions in a bin.
    fn curve(&self, scores: &[[i64; 3]; SCORE_BINS], mut omitted: impl FnMut(usize, [i64; 3]) -> f64) -> Curve {
        let mut points = self.usual;
        for (bin, &scores) in scores.iter().enumerate().filter(|&(_, &scores)| scores != [0; 3]) {
            points[bin] = self.point(scores[0] as f64 - omitted(bin, scores), scores[1] as f64, bin);
        }
        isotonic(points)
    }

    /// The confidence of a bin with so many predictions and matches, and its weight.
    fn point(&self, count: f64, matches: f64, bin: usize) -> (f64, f64) {
        let mean = (matches + PSEUDO_PREDICTIONS * self.confidence[bin]) / (count + PSEUDO_PREDICTIONS);
        (mean, count + PSEUDO_PREDICTIONS * self.frequency[bin])
    }

    /// Sums over the annotations of a class.
    fn by_size(&self, counts: ClassCounts) -> BySize {
        let mut sums = BySize::default();
        let mut gaps = [[0.0; 2]; SIZE_BINS];
        counts.each_by_size(
            |size, bin, count| {
                let [support, number] = &mut sums.support[size];
                *support += self.confidence.get(bin).map_or(0.0, |confidence| confidence * count as f64);
                *number += count as f64;
                sums.silent += if bin == SCORE_BINS { count } else { 0 };
            },
            |size, [matches, gap]| gaps[size] = [gap as f64 / UNIT as f64, matches as f64],
        );
        sums.gap = gaps;
        sums
    }
}

/// The annotations of all classes together. What is known of a class with few annotations stays near it.
struct Usual {
    detectability: [f64; SIZE_BINS],
    /// The mean over all sizes.
    mean_detectability: f64,
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
        counted.iter().for_each(|&counts| all.add(&pooled.by_size(counts)));
        let (mean_detectability, detectability) = means_by_size(all.support);
        let (mean_gap, gap) = means_by_size(all.gap);
        let (annotations, silent) = (all.annotations(), all.silent);
        Self { detectability, mean_detectability, mean_gap, gap, annotations, silent, classes }
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

    /// Fraction of the annotations that are of a class.
    fn frequency(&self, by_size: &BySize) -> f64 {
        (by_size.annotations() + 1) as f64 / (self.annotations + self.classes as i64) as f64
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
}

impl BySize {
    /// Adds those of another class.
    fn add(&mut self, other: &Self) {
        self.silent += other.silent;
        for (sums, more) in [(&mut self.support, &other.support), (&mut self.gap, &other.gap)] {
            sums.iter_mut().zip(more).for_each(|(sum, &more)| *sum = plus(*sum, more));
        }
    }

    fn annotations(&self) -> i64 {
        self.support.iter().map(|&[_, number]| number as i64).sum()
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
