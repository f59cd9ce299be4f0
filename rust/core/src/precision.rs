//! Average precision of each class, from the matches of a whole data set and the places of its predictions among them.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;

use crate::geometry::larger;
use crate::matching::{Match, Matches, THRESHOLDS};
use crate::pairs::DataSet;

/// The matches of a whole data set, class by class and by falling score; equal scores by image and row.
///
/// Precision at a match needs to know how many predictions come no later. [`Ranking::places`] counts them, for any part
/// of the data set: sums over parts make [`Ranking::average_precision`] of the whole.
#[derive(Clone, Debug)]
pub struct Ranking {
    annotations: Vec<u64>,
    matches: Vec<Match>,
    classes: Vec<Class>,
}

/// The matches of one class, and a table that leads from a score to the first of them that can be at its place.
#[derive(Clone, Debug)]
struct Class {
    rows: Range<usize>,
    /// For each of equal steps of score from 0 to 1: the first row whose score is below the end of the step.
    steps: Vec<u32>,
}

impl Ranking {
    /// Ranks the merged matches of all parts.
    #[must_use]
    pub fn new(matches: Matches) -> Self {
        let Matches { annotations, mut matches, .. } = matches;
        matches.par_sort_unstable_by(|a, b| a.class.cmp(&b.class).then_with(|| order(a, b)));
        let mut end = 0;
        let classes = (0..annotations.len() as i32).map(|class| {
            let start = end;
            end += matches[start..].partition_point(|found| found.class == class);
            Class::new(start..end, &matches)
        });
        let classes = classes.collect();
        Self { annotations, matches, classes }
    }

    /// For each match, how many predictions of its class in `images` come no later than it, but later than the one
    /// before. The first of `images` is number `first_image` of the whole data set. Parts add up.
    #[must_use]
    pub fn places(&self, data: &DataSet, images: Range<usize>, first_image: u64) -> Vec<u64> {
        let first = images.start;
        let per_thread = images.len().div_ceil(rayon::current_num_threads()).max(1);
        let parts = images.clone().into_par_iter().step_by(per_thread);
        let counted = parts.map(|start| {
            let mut places = vec![0; self.matches.len()];
            for index in start..images.end.min(start + per_thread) {
                self.place_image(data, index, first_image + (index - first) as u64, &mut places);
            }
            places
        });
        counted.reduce(
            || vec![0; self.matches.len()],
            |mut places, more| {
                places.iter_mut().zip(more).for_each(|(place, more)| *place += more);
                places
            },
        )
    }

    /// Average precision of each class: the area under precision, made monotone, over recall, at all points, and its mean
    /// over the IoU thresholds. `places` is the sum of [`Ranking::places`] over all parts.
    #[must_use]
    pub fn average_precision(&self, places: &[u64]) -> Vec<f64> {
        let of_class = |(class, &annotations): (&Class, &u64)| {
            let rows = class.rows.clone();
            let area = |threshold| area(&self.matches[rows.clone()], &places[rows.clone()], threshold);
            let areas: f64 = (0..THRESHOLDS).map(area).sum();
            if annotations == 0 { 0.0 } else { areas / annotations as f64 / THRESHOLDS as f64 }
        };
        self.classes.par_iter().zip(&self.annotations).map(of_class).collect()
    }

    fn place_image(&self, data: &DataSet, index: usize, image: u64, places: &mut [u64]) {
        let predictions = data.predictions().image(index);
        for (row, &class) in predictions.class_id.iter().enumerate() {
            let of_class = &self.classes[class as usize];
            let score = predictions.score.get(row);
            let start = of_class.start(score);
            let prediction = Match { class, at: 0, score, image, row: row as u32 };
            let earlier = |found: &Match| order(found, &prediction) == Ordering::Less;
            let matches = &self.matches[start..of_class.rows.end];
            let place = start + matches.iter().position(|found| !earlier(found)).unwrap_or(matches.len());
            if place < of_class.rows.end {
                places[place] += 1;
            }
        }
    }
}

impl Class {
    fn new(rows: Range<usize>, matches: &[Match]) -> Self {
        let count = rows.len().next_power_of_two();
        let below = |step: usize| {
            let end = (step + 1) as f64 / count as f64;
            rows.start + matches[rows.clone()].partition_point(|found| found.score >= end)
        };
        // A score of 1 is in a step of its own.
        let steps = (0..=count).map(|step| below(step) as u32).collect();
        Self { rows, steps }
    }

    /// No match before this row has its place at or after this score.
    fn start(&self, score: f64) -> usize {
        self.steps[(score * (self.steps.len() - 1) as f64) as usize] as usize
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
