//! Average precision of each class, from the matches of a whole data set and the places of its predictions among them.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;

use crate::boxes::{Floats, select};
use crate::geometry::larger;
use crate::matching::{ClassMatches, Match, Matches, THRESHOLDS};
use crate::pairs::DataSet;

/// Images whose predictions are sorted by class before they are placed: enough to look at one class for a while, whose
/// matches the cache then holds, and few enough to take little memory.
const IMAGES_AT_A_TIME: usize = 1 << 15;

/// The matches of a whole data set, class by class and by falling score; equal scores by image and row.
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
    matches: Vec<Match>,
    /// Where its matches begin among those of all classes.
    start: usize,
    /// The least score of a match.
    least: f64,
    /// For each of equal steps of score from 0 to 1: the first row whose score is below its start.
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
            start += class.matches.len();
        }
        Self { classes }
    }

    /// For each match, class by class, how many predictions of its class in `images` come no later than it, but later
    /// than the one before. The first of `images` is number `first_image` of the whole data set. Parts add up.
    #[must_use]
    pub fn places(&self, data: &DataSet, images: Range<usize>, first_image: u64) -> Vec<u64> {
        let Range { start, end } = images;
        let mut places = vec![0; self.classes.last().map_or(0, |class| class.start + class.matches.len())];
        for block in (start..end).step_by(IMAGES_AT_A_TIME) {
            let block_end = end.min(block + IMAGES_AT_A_TIME);
            let at_once = (block_end - block).div_ceil(rayon::current_num_threads());
            let parts = (block..block_end).into_par_iter().step_by(at_once);
            let sorted: Vec<_> = parts
                .map(|part| {
                    let (mut by_class, mut rows) = (vec![Vec::new(); self.classes.len()], Vec::new());
                    for index in part..block_end.min(part + at_once) {
                        self.sort_by_class(data, index, first_image + (index - start) as u64, &mut rows, &mut by_class);
                    }
                    by_class
                })
                .collect();
            self.split(&mut places).into_par_iter().enumerate().for_each(|(class, places)| {
                sorted.iter().for_each(|by_class| self.classes[class].place(&by_class[class], places));
            });
        }
        places
    }

    /// Average precision of each class: the area under precision, made monotone, over recall, at all points, and its mean
    /// over the IoU thresholds. `places` is the sum of [`Ranking::places`] over all parts.
    #[must_use]
    pub fn average_precision(&self, places: &[u64]) -> Vec<f64> {
        let of_class = |class: &Class| {
            let places = &places[class.start..class.start + class.matches.len()];
            let areas: f64 = (0..THRESHOLDS).map(|threshold| area(&class.matches, places, threshold)).sum();
            if class.annotations == 0 { 0.0 } else { areas / class.annotations as f64 / THRESHOLDS as f64 }
        };
        self.classes.par_iter().map(of_class).collect()
    }

    /// The places of each class.
    fn split<'a>(&self, mut places: &'a mut [u64]) -> Vec<&'a mut [u64]> {
        let of_class = |class: &Class| places.split_off_mut(..class.matches.len()).unwrap_or_default();
        self.classes.iter().map(of_class).collect()
    }

    /// Adds the predictions of an image to those of their class, but for those below any match: they have no place.
    fn sort_by_class(
        &self,
        data: &DataSet,
        index: usize,
        image: u64,
        rows: &mut Vec<u32>,
        by_class: &mut [Vec<Match>],
    ) {
        let predictions = data.predictions().image(index);
        let least = |class: i32| self.classes[class as usize].least;
        let classes = predictions.class_id.iter();
        match predictions.score {
            Floats::F32(scores) => select(classes.zip(scores).map(|(&class, &s)| f64::from(s) >= least(class)), rows),
            Floats::F64(scores) => select(classes.zip(scores).map(|(&class, &s)| s >= least(class)), rows),
        }
        for &row in rows.iter() {
            let (class, score) = (predictions.class_id[row as usize], predictions.score.get(row as usize));
            by_class[class as usize].push(Match { score, image, row, at: 0 });
        }
    }
}

impl Class {
    fn new(class: ClassMatches) -> Self {
        let ClassMatches { annotations, mut matches, .. } = class;
        matches.sort_unstable_by(order);
        let count = 4 * matches.len().next_power_of_two();
        let mut end = matches.len();
        let from = |step: usize| {
            let below = |found: &&Match| found.score < step as f64 / count as f64;
            end -= matches[..end].iter().rev().take_while(below).count();
            end as u32
        };
        // A score of 1 is in a step of its own.
        let steps = (0..=count + 1).map(from).collect();
        Self { annotations, start: 0, least: matches.last().map_or(f64::INFINITY, |last| last.score), steps, matches }
    }

    /// Counts predictions at the first match that does not come before them.
    fn place(&self, predictions: &[Match], places: &mut [u64]) {
        for prediction in predictions {
            let step = (prediction.score * (self.steps.len() - 2) as f64) as usize;
            let (first, end) = (self.steps[step + 1] as usize, self.steps[step] as usize);
            let earlier = |found: &Match| order(found, prediction) == Ordering::Less;
            let place = first + self.matches[first..end].partition_point(earlier);
            if place < self.matches.len() {
                places[place] += 1;
            }
        }
    }
}

/// By falling score; equal ones by image, then by row.
fn order(a: &Match, b: &Match) -> Ordering {
    b.score.total_cmp(&a.score).then(a.image.cmp(&b.image)).then(a.row.cmp(&b.row))
}

/// The sum, over the matches at a threshold, of the greatest precision there or later.
fn area(matches: &[Match], places: &[u64], threshold: usize) -> f64 {
    let is_match = |found: &Match| found.at >> threshold & 1 == 1;
    let mut predictions: u64 = places.iter().sum();
    let mut found = matches.iter().filter(|found| is_match(found)).count() as u64;
    let (mut greatest, mut area) = (0.0, 0.0);
    for (match_, &place) in matches.iter().zip(places).rev() {
        if is_match(match_) {
            greatest = larger(greatest, found as f64 / predictions as f64);
            area += greatest;
            found -= 1;
        }
        predictions -= place;
    }
    area
}
