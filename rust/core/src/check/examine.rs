//! Pass 2: every image on its own, in parallel; what is suspicious enough is listed.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::check::detector::{CONFIDENT, Tables};
use crate::check::duplicates::{self, Duplicate};
use crate::check::evidence::{Kind, Product};
use crate::check::explanations::{Explanation, Explanations, Witness};
use crate::check::image::Scene;
use crate::check::issues::{Dealt, Row, Rows};
use crate::check::missing::{Suppression, uncovered};
use crate::dataset::Dataset;
use crate::overlaps::pairs::Neighbours;
use crate::parallel;

/// Odds that an annotation holds an error that the detector cannot show.
const BASE: f64 = 0.05;

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    /// Odds of each kind of error before any evidence, by the number of the kind.
    pub priors: [f64; 5],
    /// Whether each kind is listed, and counts for the image.
    pub kinds: [bool; 5],
    /// Rows from this suspicion on are listed.
    pub min_suspicion: f64,
}

impl Parameters {
    #[inline]
    pub(crate) fn prior(&self, kind: Kind) -> f64 {
        self.priors[kind as usize]
    }

    /// The odds of a kind if it is looked for, else 0.
    #[inline]
    fn wanted(&self, kind: Kind, odds: f64) -> f64 {
        if self.kinds[kind as usize] { odds } else { 0.0 }
    }
}

/// What was found in the images examined so far, in any order.
#[derive(Debug, Default)]
pub struct Found {
    dealt: Dealt,
    /// Predictions that are likelier right than wrong.
    pub confident: u64,
}

impl Found {
    /// All rows, most suspicious first; equal ones by image, kind, annotation and witness.
    #[must_use]
    pub fn into_rows(self) -> Rows {
        Rows::sorted(self.dealt)
    }
}

/// Examines `images`, adds to `found`, and writes the suspicion of each to `out`, as -ln(1 - suspicion): that has no ties
/// near 1.
pub fn examine(
    dataset: &Dataset,
    tables: &Tables,
    parameters: &Parameters,
    images: Range<usize>,
    found: &mut Found,
    out: &mut [f64],
) {
    let first = images.start;
    let found = Mutex::new(found);
    parallel::parts(images, out, &|image| image - first, &|part: Range<usize>, out: &mut [f64]| {
        let mut examiner = Examiner::default();
        for (index, out) in part.zip(out) {
            *out = examiner.examine(dataset, tables, parameters, index);
        }
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.dealt.deal(&examiner.rows);
        found.confident += examiner.confident;
    });
}

/// What examining an image needs room for, and the rows so far.
#[derive(Default)]
struct Examiner {
    scene: Scene,
    explanations: Explanations,
    suppression: Suppression,
    neighbours: Neighbours,
    duplicates: Vec<Duplicate>,
    rows: Vec<Row>,
    confident: u64,
}

impl Examiner {
    fn examine(&mut self, dataset: &Dataset, tables: &Tables, parameters: &Parameters, index: usize) -> f64 {
        self.scene.load_heard(dataset, index, tables);
        let Self { scene, explanations, suppression, neighbours, duplicates, .. } = self;
        self.confident += scene.confidence.iter().filter(|&&confidence| confidence >= CONFIDENT).count() as u64;
        explanations.find(scene, tables, parameters);
        suppression.find(scene, neighbours);
        duplicates::find(scene, &explanations.found, parameters, neighbours, duplicates);
        let mut listed = Listed { rows: &mut self.rows, parameters, image: index as u32, clean: Product::default() };
        listed.missing(scene, tables, explanations, &suppression.kept);
        listed.annotations(scene, &explanations.found);
        listed.duplicates(scene, duplicates);
        listed.clean.ln()
    }
}

/// The rows of one image as they are listed, by kind, annotation and witness, and the odds that it is clean.
struct Listed<'a> {
    rows: &'a mut Vec<Row>,
    parameters: &'a Parameters,
    image: u32,
    /// Product of 1 + odds over everything that can be wrong.
    clean: Product,
}

impl Listed<'_> {
    /// The three explanations of an annotation are rivals: their suspicions sum to less than 1.
    fn annotations(&mut self, scene: &Scene, explanations: &[Explanation]) {
        for kind in [Kind::Swap, Kind::Badloc, Kind::Spurious] {
            for (explanation, &annotation) in explanations.iter().zip(&scene.annotation_row) {
                let (odds, witness) = explanation.of(kind);
                let suspicion = odds / (1.0 + BASE + explanation.odds());
                if self.lists(kind, suspicion) {
                    let prediction = witness.map(|Witness { prediction, .. }| scene.prediction_row[prediction]);
                    let measure = witness.map_or(explanation.found, |witness| witness.iou);
                    self.list(kind, suspicion, Some(annotation), prediction, measure);
                }
            }
        }
        for &Explanation { swap, badloc, spurious, .. } in explanations {
            let of = |kind, odds| self.parameters.wanted(kind, odds);
            let wanted = of(Kind::Swap, swap) + of(Kind::Badloc, badloc) + of(Kind::Spurious, spurious);
            self.clean.times(1.0 + BASE + wanted);
        }
    }

    fn missing(&mut self, scene: &Scene, tables: &Tables, explanations: &mut Explanations, kept: &[bool]) {
        if !self.parameters.kinds[Kind::Missing as usize] {
            return;
        }
        let prior = self.parameters.prior(Kind::Missing);
        for j in (0..kept.len()).filter(|&j| kept[j]) {
            let uncovered = uncovered(scene.confidence[j], explanations.cover[j], explanations.inside[j]);
            if uncovered == 0.0 {
                continue;
            }
            let odds = prior * uncovered * explanations.at_home(scene, tables, j);
            // What shows the better place of an annotation is that annotation's object.
            if explanations.placed[j] >= odds || scene.is_ignored(j) {
                continue;
            }
            self.clean.times(1.0 + odds);
            // The suspicion is below the odds.
            if odds >= self.parameters.min_suspicion && self.lists(Kind::Missing, odds / (1.0 + odds)) {
                let witness = scene.prediction_row[j];
                self.list(Kind::Missing, odds / (1.0 + odds), None, Some(witness), explanations.cover[j]);
            }
        }
    }

    fn duplicates(&mut self, scene: &Scene, duplicates: &[Duplicate]) {
        for &Duplicate { annotation, keep, iou, odds } in duplicates {
            self.clean.times(1.0 + self.parameters.wanted(Kind::Duplicate, odds));
            if self.lists(Kind::Duplicate, odds / (1.0 + odds)) {
                let [annotation, keep] = [annotation, keep].map(|n| Some(scene.annotation_row[n]));
                self.list(Kind::Duplicate, odds / (1.0 + odds), annotation, keep, iou);
            }
        }
    }

    #[inline]
    fn lists(&self, kind: Kind, suspicion: f64) -> bool {
        suspicion >= self.parameters.min_suspicion && suspicion > 0.0 && self.parameters.kinds[kind as usize]
    }

    fn list(&mut self, kind: Kind, suspicion: f64, annotation: Option<u32>, witness: Option<u32>, measure: f64) {
        let [annotation, witness] = [annotation, witness].map(|row| row.map_or(-1, |row| row as i32));
        self.rows.push(Row { suspicion, measure: measure as f32, image: self.image, annotation, witness, kind });
    }
}
