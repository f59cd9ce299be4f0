//! Average precision of each class, from the matches of a whole data set and the places of its predictions among them.
//!
//! Average precision is the area under precision over recall at all points, with precision made monotone from the right, as
//! PASCAL VOC has it since 2010 (Everingham et al.), and its mean over the IoU thresholds 0.50, 0.55, ..., 0.95, as COCO has
//! it. Only the matches are kept and sorted. Of the other predictions, it is enough to know how many there are between one
//! match and the next.

use std::ops::Range;

use crate::boxes::{Floats, ImageBoxes, select};
use crate::dataset::Dataset;
use crate::geometry::larger;
use crate::metrics::matching::{ClassMatches, Match, Matches, THRESHOLDS};
use crate::parallel;

/// Predictions that are sorted by class at a time before they are placed: so many that one class, whose matches are then in
/// the cache, lasts a while, and so few that they take little memory.
const PREDICTIONS_AT_A_TIME: i64 = 1 << 22;
/// Matches that a prediction is compared with at once, without a branch: the processor could hardly predict it.
const WINDOW: usize = 4;

/// Average precision of a class, and the boxes that it has.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassPrecision {
    /// Average precision, from 0 to 1; 0 for a class without annotation or prediction.
    pub average_precision: f64,
    /// Number of annotations.
    pub annotations: u64,
    /// Number of predictions.
    pub predictions: u64,
}

/// Average precision of each class of a data set that is in one part; of several parts, [`Ranking`] tells it.
///
/// Keeps tables with an entry a class: the data set is one that [`Dataset::with_classes`] has accepted.
///
/// # Examples
/// ```
/// use boxlint_core::{Boxes, ClassPrecision, Dataset, Floats, average_precision};
///
/// // Two objects, of which one is found.
/// let annotated = Floats::F64(&[0.0, 0.0, 10.0, 10.0, 20.0, 20.0, 30.0, 30.0]);
/// let annotations = Boxes::new(annotated, &[0, 0], None, &[0, 2])?;
/// let scores = Floats::F64(&[0.9]);
/// let predictions = Boxes::new(Floats::F64(&[0.0, 0.0, 10.0, 10.0]), &[0], Some(scores), &[0, 1])?;
/// let found = average_precision(&Dataset::new(annotations, predictions, None)?);
/// assert_eq!(found, [ClassPrecision { average_precision: 0.5, annotations: 2, predictions: 1 }]);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[must_use]
pub fn average_precision(dataset: &Dataset) -> Vec<ClassPrecision> {
    let matches = Matches::of(dataset, 0..dataset.images(), 0);
    let counts: Vec<_> = matches.classes.iter().map(|class| (class.annotations, class.predictions)).collect();
    let ranking = Ranking::new(matches);
    let precision = ranking.average_precision(&ranking.places(dataset, 0..dataset.images(), 0));
    let of_class = |(average_precision, (annotations, predictions))| ClassPrecision {
        average_precision,
        annotations,
        predictions,
    };
    precision.into_iter().zip(counts).map(of_class).collect()
}

/// The matches of a whole data set, class by class and by falling score; equal scores in the order of the predictions.
///
/// Precision at a match takes the number of predictions up to it. [`Ranking::places`] counts them, for any part of the data
/// set; of the sums over all parts, [`Ranking::average_precision`] makes that of the whole.
///
/// # Examples
/// ```
/// use boxlint_core::{Boxes, Dataset, Floats, Matches, Ranking};
///
/// // An object is found in the first image; a prediction of a higher score is wrong in the second.
/// let object = Floats::F64(&[0.0, 0.0, 10.0, 10.0]);
/// let annotations = Boxes::new(object, &[0], None, &[0, 1, 1])?;
/// let predicted = Floats::F64(&[0.0, 0.0, 10.0, 10.0, 20.0, 20.0, 30.0, 30.0]);
/// let predictions = Boxes::new(predicted, &[0, 0], Some(Floats::F64(&[0.8, 0.9])), &[0, 1, 2])?;
/// let dataset = Dataset::new(annotations, predictions, None)?;
///
/// // Image by image, each a part that begins with the prediction of its number.
/// let ranking = Ranking::new(Matches::of(&dataset, 0..1, 0).merge(Matches::of(&dataset, 1..2, 1)));
/// let (first, second) = (ranking.places(&dataset, 0..1, 0), ranking.places(&dataset, 1..2, 1));
/// assert_eq!((first[0], second[0]), (1, 1));
/// assert_eq!(ranking.average_precision(&[first[0] + second[0]]), [0.5]);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ranking {
    classes: Vec<Class>,
}

/// The matches of one class, and a table that tells for a score where among them to search.
#[derive(Clone, Debug)]
struct Class {
    annotations: u64,
    /// How many matches the classes before it have.
    start: usize,
    /// The least score of a match.
    least: f64,
    /// Score and prediction number of each match; then a window of scores below any, so that a search ends.
    scores: Vec<f64>,
    numbers: Vec<u64>,
    /// At which thresholds each match is one: see [`Match`].
    at: Vec<u16>,
    /// The scores from 1 down to 0 in equal steps: the first match in each step, and the end of the last.
    steps: Vec<u32>,
}

impl Ranking {
    /// Ranks the merged matches of all parts.
    #[must_use]
    pub fn new(matches: Matches) -> Self {
        let mut classes: Vec<Class> = parallel::map(matches.classes, Class::new);
        let mut start = 0;
        for class in &mut classes {
            class.start = start;
            start += class.at.len();
        }
        Self { classes }
    }

    /// For each match, class by class: how many predictions of its class in `images` come after the match before it and no
    /// later than itself. The first prediction of `images` is number `first` of the whole data set. Parts add up.
    #[must_use]
    pub fn places(&self, dataset: &Dataset, images: Range<usize>, first: u64) -> Vec<u64> {
        let start = dataset.predictions().offsets()[images.start];
        let mut places = vec![0; self.matches()];
        self.add_places(dataset, images, |row| first + (row - start) as u64, &mut places);
        places
    }

    /// Number of matches of all classes.
    fn matches(&self) -> usize {
        self.classes.last().map_or(0, |class| class.start + class.at.len())
    }

    /// Adds the same to `places`, for predictions that are numbered in any order: `number` tells that of each row of
    /// `dataset`.
    ///
    /// # Examples
    /// ```
    /// use boxlint_core::{Boxes, Dataset, Floats, Matches, Ranking};
    ///
    /// let object = Floats::F64(&[0.0, 0.0, 10.0, 10.0]);
    /// let annotations = Boxes::new(object, &[0], None, &[0, 1])?;
    /// let predicted = Floats::F64(&[0.0, 0.0, 10.0, 10.0, 20.0, 20.0, 30.0, 30.0]);
    /// let predictions = Boxes::new(predicted, &[0, 0], Some(Floats::F64(&[0.5, 0.5])), &[0, 2])?;
    /// let dataset = Dataset::new(annotations, predictions, None)?;
    /// // The match has number 0; of its two equals in score, those with lower numbers come before it.
    /// let ranking = Ranking::new(Matches::of(&dataset, 0..1, 0));
    /// let mut places = [0];
    /// ranking.add_places(&dataset, 0..1, |row| [0, 1][row as usize], &mut places);
    /// assert_eq!(places, [1]);
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `places` has another length than there are matches.
    pub fn add_places(
        &self,
        dataset: &Dataset,
        images: Range<usize>,
        number: impl Fn(i64) -> u64 + Sync,
        places: &mut [u64],
    ) {
        assert_eq!(places.len(), self.matches(), "one place for each match");
        let (predictions, offsets) = (dataset.predictions(), dataset.predictions().offsets());
        let mut parts = vec![Part::new(self.classes.len()); parallel::threads()];
        let mut start = images.start;
        while start < images.end {
            let fits = |&offset: &i64| offset - offsets[start] <= PREDICTIONS_AT_A_TIME;
            let end = start + offsets[start + 1..=images.end].partition_point(fits).max(1);
            let at_once = (end - start).div_ceil(parts.len());
            parallel::map(parts.iter_mut().zip((start..end).step_by(at_once)), |(part, from)| {
                for index in from..end.min(from + at_once) {
                    part.add(self, &predictions.image(index), (offsets[index] - offsets[start]) as u32);
                }
            });
            let number = |row: u32| number(offsets[start] + i64::from(row));
            parallel::map(self.split(places).into_iter().enumerate(), |(class, places)| {
                parts.iter().for_each(|part| self.classes[class].place(&part.by_class[class], &number, places));
            });
            parts.iter_mut().for_each(Part::clear);
            start = end;
        }
    }

    /// Average precision of each class, from 0 to 1. `places` is the sum of [`Ranking::places`] over all parts.
    #[must_use]
    pub fn average_precision(&self, places: &[u64]) -> Vec<f64> {
        // Not on the stack, of which a thread has no more than 128 KiB where musl is the C library.
        let ones: Vec<[f64; THRESHOLDS]> = (0..1 << THRESHOLDS)
            .map(|at: usize| std::array::from_fn(|threshold| (at >> threshold & 1) as f64))
            .collect();
        let of_class = |class: &Class| {
            let places = &places[class.start..class.start + class.at.len()];
            let area: f64 = class.areas(places, &ones).iter().sum();
            if class.annotations == 0 { 0.0 } else { area / class.annotations as f64 / THRESHOLDS as f64 }
        };
        parallel::map(&self.classes, of_class)
    }

    /// The places of each class.
    fn split<'a>(&self, mut places: &'a mut [u64]) -> Vec<&'a mut [u64]> {
        let of_class = |class: &Class| places.split_off_mut(..class.at.len()).unwrap_or_default();
        self.classes.iter().map(of_class).collect()
    }
}

impl Class {
    fn new(class: ClassMatches) -> Self {
        let ClassMatches { annotations, mut matches, .. } = class;
        let steps = sort(&mut matches);
        let beyond = || std::iter::repeat_n((-1.0, 0), WINDOW);
        let least = matches.last().map_or(f64::INFINITY, |last| last.score);
        let at = matches.iter().map(|found| found.at).collect();
        let (scores, numbers) = matches.iter().map(|found| (found.score, found.prediction)).chain(beyond()).unzip();
        Self { annotations, start: 0, least, scores, numbers, at, steps }
    }

    /// Counts each prediction at the first match that does not come before it. None scores below all matches.
    fn place(&self, predictions: &Listed, number: &impl Fn(u32) -> u64, places: &mut [u64]) {
        for (&score, &row) in predictions.scores.iter().zip(&predictions.rows) {
            let number = number(row);
            let step = step(score, self.steps.len() - 2);
            let start = self.steps[step] as usize;
            // Matches beyond the step have smaller scores and are not counted.
            let window = &self.scores[start..start + WINDOW];
            let mut place = start + window.iter().map(|&found| usize::from(found > score)).sum::<usize>();
            if place == start + WINDOW {
                place += self.scores[place..self.steps[step + 1] as usize].partition_point(|&found| found > score);
            }
            // `&` instead of `&&`: the processor could hardly predict a branch on the first condition.
            if (self.scores[place] == score) & (self.numbers[place] < number) {
                let equal = self.scores[place..self.steps[step + 1] as usize].partition_point(|&found| found == score);
                place += self.numbers[place..place + equal].partition_point(|&found| found < number);
            }
            if let Some(count) = places.get_mut(place) {
                *count += 1;
            }
        }
    }

    /// At each threshold, the sum over its matches of the greatest precision at the match or later. `ones[at]` is 1 for each
    /// threshold whose bit is set in `at`, else 0.
    fn areas(&self, places: &[u64], ones: &[[f64; THRESHOLDS]]) -> [f64; THRESHOLDS] {
        let mut predictions = places.iter().sum::<u64>() as f64;
        let mut found = [0.0; THRESHOLDS];
        for &at in &self.at {
            found.iter_mut().zip(ones[at as usize]).for_each(|(found, one)| *found += one);
        }
        let (mut greatest, mut areas) = ([0.0; THRESHOLDS], [0.0; THRESHOLDS]);
        for (&at, &place) in self.at.iter().zip(places).rev() {
            for (threshold, one) in ones[at as usize].iter().enumerate() {
                greatest[threshold] = larger(one * found[threshold] / predictions, greatest[threshold]);
                areas[threshold] += one * greatest[threshold];
                found[threshold] -= one;
            }
            predictions -= place as f64;
        }
        areas
    }
}

/// Sorts matches by falling score, equal ones by number, and returns [`Class::steps`].
fn sort(matches: &mut [Match]) -> Vec<u32> {
    let count = matches.len().next_power_of_two();
    let mut steps = vec![0; count + 2];
    for found in &*matches {
        steps[step(found.score, count) + 1] += 1;
    }
    for index in 0..=count {
        steps[index + 1] += steps[index];
    }
    let (given, mut ends) = (matches.to_vec(), steps.clone());
    for found in given {
        let end = &mut ends[step(found.score, count)];
        matches[*end as usize] = found;
        *end += 1;
    }
    for ends in steps.windows(2) {
        matches[ends[0] as usize..ends[1] as usize]
            .sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.prediction.cmp(&b.prediction)));
    }
    steps
}

/// In which of `count` equal steps from 1 down to 0 a score is; a last step holds 0 alone.
#[inline]
fn step(score: f64, count: usize) -> usize {
    ((1.0 - score) * count as f64) as usize
}

/// Predictions of some images, class by class.
#[derive(Clone)]
struct Part {
    by_class: Vec<Listed>,
    rows: Vec<u32>,
}

/// Predictions of one class: their scores, and their rows counted from the first one that is listed with them.
#[derive(Clone, Default)]
struct Listed {
    scores: Vec<f64>,
    rows: Vec<u32>,
}

impl Part {
    fn new(classes: usize) -> Self {
        Self { by_class: vec![Listed::default(); classes], rows: Vec::new() }
    }

    /// Adds the predictions of an image to those of their classes, except those that score below all matches.
    fn add(&mut self, ranking: &Ranking, predictions: &ImageBoxes, first: u32) {
        let least = |class: i32| ranking.classes[class as usize].least;
        let (classes, rows) = (predictions.class_id.iter(), &mut self.rows);
        rows.clear();
        match predictions.score {
            Floats::F32(scores) => select(classes.zip(scores).map(|(&class, &s)| f64::from(s) >= least(class)), rows),
            Floats::F64(scores) => select(classes.zip(scores).map(|(&class, &s)| s >= least(class)), rows),
        }
        for &row in rows.iter() {
            let listed = &mut self.by_class[predictions.class_id[row as usize] as usize];
            listed.scores.push(predictions.score.get(row as usize));
            listed.rows.push(first + row);
        }
    }

    fn clear(&mut self) {
        for listed in &mut self.by_class {
            listed.scores.clear();
            listed.rows.clear();
        }
    }
}
