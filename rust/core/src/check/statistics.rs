//! Pass 1: what spans the data set, as integers, so that parts merge in any order to the same bits.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::boxes::ImageBoxes;
use crate::check::image::Scene;
use crate::check::score_bins::{BINS, SCORE_BINS, score_odds};
use crate::dataset::Dataset;
use crate::overlaps::index::Meeting;
use crate::parallel;

/// Bins of the size of a box, in halvings of the side of the image.
pub const SIZE_BINS: usize = 7;
/// What one image counts, among classes that share it: fractions of this.
pub(crate) const UNIT: u64 = 1 << 20;
/// IoU from which a prediction is on an annotation.
const ON: f64 = 0.5;
/// Classes in a page of [`Beside`].
const PAGE: u32 = 64;

/// The sums over some images. Parts merge in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    pub(crate) classes: Vec<Option<Box<ClassCounts>>>,
}

/// The sums of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClassCounts {
    /// Predictions by score, and those of them that match an annotation.
    pub(crate) predictions: [[i64; SCORE_BINS]; 2],
    /// Annotations by size and by the highest score of a prediction on them; the last place is for none.
    pub(crate) best: [[i64; SCORE_BINS + 1]; SIZE_BINS],
    pub(crate) beside: Beside,
}

impl ClassCounts {
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self {
            predictions: [[0; SCORE_BINS]; 2],
            best: [[0; SCORE_BINS + 1]; SIZE_BINS],
            beside: Beside::default(),
        })
    }

    /// Number of annotations.
    pub(crate) fn annotations(&self) -> i64 {
        self.best.as_flattened().iter().sum()
    }
}

/// How often annotations of each class stand beside one of a given class, in pages, since few classes ever meet.
#[derive(Clone, Debug, Default, Eq)]
pub(crate) struct Beside(BTreeMap<u32, Box<[i64; PAGE as usize]>>);

impl PartialEq for Beside {
    /// A page of zeros is like none.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Beside {
    pub(crate) fn get(&self, class: u32) -> i64 {
        self.0.get(&(class / PAGE)).map_or(0, |page| page[(class % PAGE) as usize])
    }

    fn add(&mut self, class: u32, count: i64) {
        self.page(class / PAGE)[(class % PAGE) as usize] += count;
    }

    fn page(&mut self, number: u32) -> &mut [i64; PAGE as usize] {
        self.0.entry(number).or_insert_with(|| Box::new([0; PAGE as usize]))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, i64)> {
        let pages = self.0.iter().flat_map(|(page, counts)| (page * PAGE..).zip(counts.iter().copied()));
        pages.filter(|&(_, count)| count != 0)
    }
}

/// Predictions of a class in a bin of the score, and how many of them match: `[class, bin, predictions, matches]`.
pub type ScoreCount = [i64; 4];
/// Annotations of a class and size whose best score is in a bin: `[class, size, bin, annotations]`.
pub type BestCount = [i64; 4];
/// How often one class stands beside another, in units of 2^-20: `[class, other class, count]`.
pub type PairCount = [i64; 3];

impl Statistics {
    /// Nothing counted yet, of so many classes.
    #[must_use]
    pub fn of_classes(classes: usize) -> Self {
        Self { classes: vec![None; classes] }
    }

    /// Counts `images`.
    #[must_use]
    pub fn of(dataset: &Dataset, images: Range<usize>) -> Self {
        let nothing = || Self::of_classes(dataset.classes());
        let states = parallel::states(images, &|| (nothing(), Scratch::default()), &|(counts, scratch), part| {
            part.for_each(|index| scratch.count(dataset, index, counts));
        });
        states.into_iter().map(|(counts, _)| counts).reduce(Self::merge).unwrap_or_else(nothing)
    }

    /// The sums of two parts.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.classes.resize(self.classes.len().max(other.classes.len()), None);
        for (mine, theirs) in self.classes.iter_mut().zip(other.classes) {
            match (mine.as_mut(), theirs) {
                (Some(mine), Some(theirs)) => mine.add(&theirs),
                (None, Some(theirs)) => *mine = Some(theirs),
                _ => {}
            }
        }
        self
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    /// All counts that are not 0, class by class.
    #[must_use]
    pub fn entries(&self) -> (Vec<ScoreCount>, Vec<BestCount>, Vec<PairCount>) {
        let (mut scores, mut bests, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
        for (class, counts) in self.counted() {
            let class = i64::from(class);
            for (bin, (&count, &matches)) in counts.predictions[0].iter().zip(&counts.predictions[1]).enumerate() {
                if count != 0 {
                    scores.push([class, bin as i64, count, matches]);
                }
            }
            for (size, of_size) in counts.best.iter().enumerate() {
                for (bin, &count) in of_size.iter().enumerate().filter(|&(_, &count)| count != 0) {
                    bests.push([class, size as i64, bin as i64, count]);
                }
            }
            pairs.extend(counts.beside.iter().map(|(other, count)| [class, i64::from(other), count]));
        }
        (scores, bests, pairs)
    }

    /// What [`Statistics::entries`] lists, as statistics again; None if a class, bin or size is out of range.
    #[must_use]
    pub fn from_entries(
        classes: usize,
        scores: &[ScoreCount],
        bests: &[BestCount],
        pairs: &[PairCount],
    ) -> Option<Self> {
        let index = |value: i64| usize::try_from(value).ok();
        let mut statistics = Self::of_classes(classes);
        for &[class, bin, count, matches] in scores {
            let of = statistics.classes.get_mut(index(class)?)?.get_or_insert_with(ClassCounts::new);
            let [counts, matched] = &mut of.predictions;
            *counts.get_mut(index(bin)?)? += count;
            *matched.get_mut(index(bin)?)? += matches;
        }
        for &[class, size, bin, count] in bests {
            let of = statistics.classes.get_mut(index(class)?)?.get_or_insert_with(ClassCounts::new);
            *of.best.get_mut(index(size)?)?.get_mut(index(bin)?)? += count;
        }
        for &[class, other, count] in pairs {
            let other = u32::try_from(index(other).filter(|&other| other < classes)?).ok()?;
            let of = statistics.classes.get_mut(index(class)?)?.get_or_insert_with(ClassCounts::new);
            of.beside.add(other, count);
        }
        Some(statistics)
    }

    /// The classes that have counts.
    pub(crate) fn counted(&self) -> impl Iterator<Item = (u32, &ClassCounts)> {
        (0..).zip(&self.classes).filter_map(|(class, counts)| Some((class, counts.as_deref()?)))
    }

    #[inline]
    fn class(&mut self, class: u32) -> &mut ClassCounts {
        self.classes[class as usize].get_or_insert_with(ClassCounts::new)
    }
}

impl ClassCounts {
    fn add(&mut self, other: &Self) {
        let mine = self.predictions.as_flattened_mut().iter_mut().chain(self.best.as_flattened_mut());
        let theirs = other.predictions.as_flattened().iter().chain(other.best.as_flattened());
        mine.zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        other.beside.iter().for_each(|(class, count)| self.beside.add(class, count));
    }
}

/// What counting an image needs room for.
#[derive(Default)]
struct Scratch {
    scene: Scene,
    meeting: Meeting,
    odds: Vec<f64>,
    bins: Vec<u8>,
    hits: Vec<Hit>,
    taken: Vec<bool>,
    matched: Vec<bool>,
    sorted: Vec<u32>,
    present: Vec<(u32, u64)>,
}

/// A prediction on an annotation of its class.
#[derive(Clone, Copy)]
struct Hit {
    prediction: u32,
    annotation: u32,
    iou: f64,
}

impl Scratch {
    fn count(&mut self, dataset: &Dataset, index: usize, out: &mut Statistics) {
        self.scene.load(dataset, index);
        self.odds.clear();
        self.odds.extend(self.scene.score.iter().map(|&score| score_odds(score)));
        self.bins.clear();
        self.bins.extend(self.odds.iter().map(|&odds| BINS.of(odds)));
        self.count_annotations(&dataset.predictions().image(index), out);
        self.match_predictions(out);
        for ((j, &class), &bin) in self.scene.predicted.iter().enumerate().zip(&self.bins) {
            // A crowd must not spoil the calibration.
            if !self.scene.is_ignored(j) || self.matched[j] {
                out.class(class).predictions[0][bin as usize] += 1;
            }
        }
        self.count_pairs(out);
    }

    /// Counts the annotations by size and best score, and lists the hits.
    fn count_annotations(&mut self, predictions: &ImageBoxes, out: &mut Statistics) {
        let scene = &self.scene;
        self.hits.clear();
        for (n, &class) in scene.class.iter().enumerate() {
            let mut best = None;
            scene.columns.meeting(&scene.annotations.centre(n), &mut self.meeting);
            for &j in &self.meeting.list {
                let prediction = predictions.corners(scene.prediction_row[j as usize] as usize);
                if !scene.annotations.may_exceed_with(ON, n, &prediction) {
                    continue;
                }
                let iou = scene.annotations.iou_with(n, &prediction);
                if iou >= ON {
                    best = best.max(Some(self.bins[j as usize]));
                    if scene.predicted[j as usize] == class {
                        self.hits.push(Hit { prediction: j, annotation: n as u32, iou });
                    }
                }
            }
            out.class(class).best[scene.size(n)][best.map_or(SCORE_BINS, usize::from)] += 1;
        }
    }

    /// Counts the matches: gives each prediction, by falling score, the free annotation that it fits best, the first of equals.
    fn match_predictions(&mut self, out: &mut Statistics) {
        let scene = &self.scene;
        self.hits.sort_unstable_by(|a, b| {
            let by_score = scene.by_score(a.prediction as usize, b.prediction as usize);
            by_score.then_with(|| b.iou.total_cmp(&a.iou)).then(a.annotation.cmp(&b.annotation))
        });
        self.taken.clear();
        self.taken.resize(scene.class.len(), false);
        self.matched.clear();
        self.matched.resize(scene.score.len(), false);
        for hit in &self.hits {
            let (matched, taken) =
                (&mut self.matched[hit.prediction as usize], &mut self.taken[hit.annotation as usize]);
            if !*matched && !*taken {
                (*matched, *taken) = (true, true);
                let j = hit.prediction as usize;
                out.class(scene.predicted[j]).predictions[1][self.bins[j] as usize] += 1;
            }
        }
    }

    /// Counts the ordered pairs of two annotations, by class; an annotation's pairs in an image sum to one.
    fn count_pairs(&mut self, out: &mut Statistics) {
        let others = (self.scene.class.len() as u64).saturating_sub(1);
        if others == 0 {
            return;
        }
        self.sorted.clone_from(&self.scene.class);
        self.sorted.sort_unstable();
        self.present.clear();
        self.present.extend(self.sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64)));
        let share = |pairs: u64| pairs.saturating_mul(2 * UNIT).saturating_add(others) / (2 * others);
        let of_one = share(1);
        for &(class, count) in &self.present {
            let beside = &mut out.class(class).beside;
            for page in self.present.chunk_by(|(a, _), (b, _)| a / PAGE == b / PAGE) {
                let counts = beside.page(page[0].0 / PAGE);
                for &(other, times) in page {
                    let pairs = count.saturating_mul(if other == class { times - 1 } else { times });
                    let share = if pairs == 1 { of_one } else { share(pairs) };
                    counts[(other % PAGE) as usize] += share as i64;
                }
            }
        }
    }
}
