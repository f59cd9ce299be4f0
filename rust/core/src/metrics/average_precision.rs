//! Average precision of each class, from the matches of a whole data set and the places of its predictions among them.

use std::ops::Range;

use rayon::prelude::*;

use crate::boxes::{Floats, ImageBoxes, select};
use crate::geometry::larger;
use crate::metrics::matching::{ClassMatches, Match, Matches, THRESHOLDS};
use crate::objectlab::image_pairs::DataSet;

/// Predictions that are sorted by class before they are placed: enough to look at one class for a while, whose matches the
/// cache then holds, and few enough to take little memory.
const PREDICTIONS_AT_A_TIME: i64 = 1 << 22;
/// Matches that a prediction is compared with at once: without a branch, since the outcome can hardly be predicted.
const WINDOW: usize = 4;

/// The matches of a whole data set, class by class and by falling score; equal scores as the predictions stand.
///
/// Precision at a match needs to know how many predictions come no later. [`Ranking::places`] counts them, for any part
/// of the data set: sums over parts make [`Ranking::average_precision`] of the whole.
#[derive(Clone, Debug)]
pub struct Ranking {
    classes: Vec<Class>,
}

/// The matches of one class, and a table that leads from a score to its place among them.
#[derive(Clone, Debug)]
struct Class {
    annotations: u64,
    /// Where its matches begin among those of all classes.
    start: usize,
    /// The least score of a match.
    least: f64,
    /// Score and number of each match, and a window more that no prediction comes after.
    scores: Vec<f64>,
    numbers: Vec<u64>,
    /// At which thresholds each match is one.
    at: Vec<u16>,
    /// For each of equal steps of score from 1 down to 0: the first match in it, and the end of the last step.
    steps: Vec<u32>,
}

impl Ranking {
    /// Ranks the merged matches of all parts.
    #[must_use]
    pub fn new(matches: Matches) -> Self {
        let mut classes: Vec<Class> = matches.classes.into_par_iter().map(Class::new).collect();
        let mut start = 0;
        for class in &mut classes {
            class.start = start;
            start += class.at.len();
        }
        Self { classes }
    }

    /// For each match, class by class, how many predictions of its class in `images` come no later than it, but later
    /// than the one before. The first prediction of `images` is number `first` of the whole data set. Parts add up.
    #[must_use]
    pub fn places(&self, data: &DataSet, images: Range<usize>, first: u64) -> Vec<u64> {
        let (predictions, offsets) = (data.predictions(), data.predictions().offsets());
        let number = predictions.numbering(images.start, first);
        let mut places = vec![0; self.classes.last().map_or(0, |class| class.start + class.at.len())];
        let mut parts = vec![Part::new(self.classes.len()); rayon::current_num_threads()];
        let mut start = images.start;
        while start < images.end {
            let fits = |&offset: &i64| offset - offsets[start] <= PREDICTIONS_AT_A_TIME;
            let end = start + offsets[start + 1..=images.end].partition_point(fits).max(1);
            let at_once = (end - start).div_ceil(parts.len());
            parts.par_iter_mut().zip((start..end).into_par_iter().step_by(at_once)).for_each(|(part, from)| {
                for index in from..end.min(from + at_once) {
                    part.add(self, &predictions.image(index), (number(index) - number(start)) as u32);
                }
            });
            self.split(&mut places).into_par_iter().enumerate().for_each(|(class, places)| {
                parts.iter().for_each(|part| self.classes[class].place(&part.by_class[class], number(start), places));
            });
            parts.iter_mut().for_each(Part::clear);
            start = end;
        }
        places
    }

    /// Average precision of each class: the area under precision, made monotone, over recall, at all points, and its mean
    /// over the IoU thresholds. `places` is the sum of [`Ranking::places`] over all parts.
    #[must_use]
    pub fn average_precision(&self, places: &[u64]) -> Vec<f64> {
        let ones: [[f64; THRESHOLDS]; 1 << THRESHOLDS] =
            std::array::from_fn(|at| std::array::from_fn(|threshold| (at >> threshold & 1) as f64));
        let of_class = |class: &Class| {
            let places = &places[class.start..class.start + class.at.len()];
            let area: f64 = class.areas(places, &ones).iter().sum();
            if class.annotations == 0 { 0.0 } else { area / class.annotations as f64 / THRESHOLDS as f64 }
        };
        self.classes.par_iter().map(of_class).collect()
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

    /// Counts predictions, none below the least score, at the first match that does not come before them.
    fn place(&self, predictions: &Listed, first: u64, places: &mut [u64]) {
        for (&score, &number) in predictions.scores.iter().zip(&predictions.numbers) {
            let number = first + u64::from(number);
            let step = step(score, self.steps.len() - 2);
            let start = self.steps[step] as usize;
            // Matches beyond the step have smaller scores and don't count.
            let window = &self.scores[start..start + WINDOW];
            let mut place = start + window.iter().map(|&found| usize::from(found > score)).sum::<usize>();
            if place == start + WINDOW {
                place += self.scores[place..self.steps[step + 1] as usize].partition_point(|&found| found > score);
            }
            // Both sides are always looked at: the first one alone can hardly be predicted.
            while (self.scores[place] == score) & (self.numbers[place] < number) {
                place += 1;
            }
            if let Some(count) = places.get_mut(place) {
                *count += 1;
            }
        }
    }

    /// The sum, over the matches at each threshold, of the greatest precision there or later. `ones` says for each value
    /// of `at` at which thresholds that is a match.
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

/// Sorts matches by falling score, equal ones by number, and returns the steps that lead to them.
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

/// Which of `count` equal steps from 1 down to 0 a score is in; the last one holds 0 alone.
#[inline]
fn step(score: f64, count: usize) -> usize {
    ((1.0 - score) * count as f64) as usize
}

/// Some predictions, class by class.
#[derive(Clone)]
struct Part {
    by_class: Vec<Listed>,
    rows: Vec<u32>,
}

/// Predictions of one class: their scores, and their numbers counted from the first one that is listed with them.
#[derive(Clone, Default)]
struct Listed {
    scores: Vec<f64>,
    numbers: Vec<u32>,
}

impl Part {
    fn new(classes: usize) -> Self {
        Self { by_class: vec![Listed::default(); classes], rows: Vec::new() }
    }

    /// Adds the predictions of an image to those of their class, but for those below any match: they have no place.
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
            listed.numbers.push(first + row);
        }
    }

    fn clear(&mut self) {
        for listed in &mut self.by_class {
            listed.scores.clear();
            listed.numbers.clear();
        }
    }
}
