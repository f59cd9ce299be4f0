//! The explanations of one annotation: it is of another class, its box is badly placed, nothing is there.

use std::cmp::Ordering;

use crate::check::context::Company;
use crate::check::detector::Tables;
use crate::check::evidence::{Kind, against, odds, ramp, whole};
use crate::check::examine::Parameters;
use crate::check::image::Scene;
use crate::geometry::larger;
use crate::overlaps::index::Meeting;

/// IoU below which a prediction says nothing of an annotation.
const FAINT: f64 = 0.05;
/// IoU at which a prediction begins to be about an annotation, and from which it surely is.
const ABOUT: [f64; 2] = [0.3, 0.6];
/// Weight of the image's other classes on what the detector sees, and on what is given.
const SEEN: f64 = 0.25;
const GIVEN: f64 = 0.75;
const NONE: u32 = u32::MAX;

/// A prediction that speaks about an annotation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Witness {
    pub(crate) prediction: usize,
    pub(crate) iou: f64,
    strength: f64,
}

/// What is held against one annotation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Explanation {
    pub(crate) swap: f64,
    pub(crate) badloc: f64,
    pub(crate) spurious: f64,
    /// How likely the detector finds such an annotation.
    pub(crate) found: f64,
    /// The prediction that sees another class.
    pub(crate) other: Option<Witness>,
    /// The prediction that shows the object of the annotation best.
    pub(crate) own: Option<Witness>,
    /// How surely it is an object that no other annotation fits better.
    pub(crate) alone: f64,
}

impl Explanation {
    /// The odds of a kind, and the prediction that speaks.
    #[inline]
    pub(crate) fn of(&self, kind: Kind) -> (f64, Option<Witness>) {
        match kind {
            Kind::Swap => (self.swap, self.other),
            Kind::Badloc => (self.badloc, self.own),
            _ => (self.spurious, None),
        }
    }

    /// The odds of all three.
    #[inline]
    pub(crate) fn odds(&self) -> f64 {
        self.swap + self.badloc + self.spurious
    }
}

/// The annotation of its class that a prediction fits best, the first of equals.
#[derive(Clone, Copy, Debug)]
struct Fit {
    annotation: u32,
    iou: f64,
    /// IoU with the next best.
    second: f64,
}

/// What explaining an image needs room for, and the explanations found.
#[derive(Debug, Default)]
pub(crate) struct Explanations {
    pub(crate) found: Vec<Explanation>,
    /// Greatest IoU of each prediction with any annotation, if above a trace.
    pub(crate) cover: Vec<f64>,
    /// Share of each prediction inside annotations of its class of more than a trace of IoU, summed over these.
    pub(crate) inside: Vec<f64>,
    /// Odds that each prediction is the better place of an annotation.
    pub(crate) placed: Vec<f64>,
    fits: Vec<Fit>,
    /// Predictions with their IoU, annotation after annotation, and where those of each end.
    pairs: Vec<(u32, f64)>,
    ends: Vec<usize>,
    meeting: Meeting,
    company: Company,
}

impl Explanations {
    /// Explains all annotations of an image, given the confidence of its predictions.
    pub(crate) fn find(&mut self, scene: &Scene, tables: &Tables, parameters: &Parameters) {
        self.pair(scene);
        self.company.clear();
        self.found.clear();
        self.placed.clear();
        self.placed.resize(scene.score.len(), 0.0);
        for n in 0..scene.class.len() {
            let found = self.explain(scene, tables, parameters, n);
            if let Some(own) = found.own {
                let placed = &mut self.placed[own.prediction];
                *placed = larger(*placed, found.badloc);
            }
            self.found.push(found);
        }
    }

    /// How far the class of a prediction is at home among all annotations, at most 1.
    pub(crate) fn at_home(&mut self, scene: &Scene, tables: &Tables, prediction: usize) -> f64 {
        self.company.lift_of_another(tables, &scene.class, scene.predicted[prediction]).min(1.0)
    }

    /// Lists the pairs that can matter, and what each prediction fits.
    fn pair(&mut self, scene: &Scene) {
        let predictions = scene.score.len();
        self.pairs.clear();
        self.ends.clear();
        self.cover.clear();
        self.cover.resize(predictions, 0.0);
        self.inside.clear();
        self.inside.resize(predictions, 0.0);
        self.fits.clear();
        self.fits.resize(predictions, Fit { annotation: NONE, iou: 0.0, second: 0.0 });
        for (n, &class) in scene.class.iter().enumerate() {
            scene.columns.meeting(&scene.annotations.corners(n), &mut self.meeting);
            for &j in &self.meeting.list {
                let prediction = j as usize;
                if !scene.predictions.may_exceed(FAINT, prediction, &scene.annotations, n) {
                    continue;
                }
                let iou = scene.predictions.iou(prediction, &scene.annotations, n);
                self.cover[prediction] = larger(iou, self.cover[prediction]);
                if scene.predicted[prediction] == class {
                    self.fits[prediction].offer(n as u32, iou);
                    if iou > FAINT {
                        self.inside[prediction] += scene.predictions.share_inside(prediction, &scene.annotations, n);
                    }
                }
                self.pairs.push((j, iou));
            }
            self.ends.push(self.pairs.len());
        }
    }

    fn explain(&mut self, scene: &Scene, tables: &Tables, parameters: &Parameters, n: usize) -> Explanation {
        let class = scene.class[n];
        let start = if n == 0 { 0 } else { self.ends[n - 1] };
        let (mut own, mut other) = (None, None);
        let (mut well, mut anything, mut alone) = (0.0, 0.0, 0.0);
        for &(j, iou) in &self.pairs[start..self.ends[n]] {
            let prediction = j as usize;
            let (confidence, fit) = (scene.confidence[prediction], &self.fits[prediction]);
            let about = confidence * ramp(iou, ABOUT[0], ABOUT[1]);
            let rest = if fit.annotation == n as u32 { fit.second } else { fit.iou };
            anything = larger(about, anything);
            if scene.predicted[prediction] == class {
                if iou >= rest {
                    let strength = confidence * ramp(iou, FAINT, 0.3);
                    strongest(&mut own, Witness { prediction, iou, strength }, scene);
                }
                well = larger(confidence * ramp(iou, 0.6, 0.8), well);
                if fit.annotation == n as u32 {
                    alone = larger(about, alone);
                }
            } else {
                let unexplained = about * (1.0 - ramp(rest, ABOUT[0], ABOUT[1]));
                if unexplained > 0.0 {
                    let lift = self.company.lift(tables, &scene.class, n, scene.predicted[prediction]);
                    let strength = unexplained * lift.powf(SEEN);
                    strongest(&mut other, Witness { prediction, iou, strength }, scene);
                }
            }
        }
        let support = own.map_or(0.0, |Witness { strength, .. }| strength);
        let lift = self.company.lift(tables, &scene.class, n, class);
        let found = tables.found(class, scene.size(n));
        Explanation {
            swap: other.map_or(0.0, |Witness { strength, .. }| {
                parameters.prior(Kind::Swap) * strength * against(support) * lift.powf(-GIVEN)
            }),
            badloc: own.map_or(0.0, |Witness { prediction, iou, .. }| {
                let apart = (1.0 - iou) * (1.0 - iou) * ramp(iou, 0.1, 0.4);
                let evidence = odds(scene.confidence[prediction]) * apart * (1.0 - well);
                parameters.prior(Kind::Badloc) * evidence * whole(self.inside[prediction])
            }),
            spurious: parameters.prior(Kind::Spurious) * odds(found) * against(larger(support, anything)) / lift,
            found,
            other,
            own,
            alone,
        }
    }
}

impl Fit {
    fn offer(&mut self, annotation: u32, iou: f64) {
        if iou > self.iou {
            *self = Self { annotation, iou, second: self.iou };
        } else {
            self.second = larger(iou, self.second);
        }
    }
}

/// Keeps the stronger of two witnesses; of equal ones, that of the higher score.
fn strongest(best: &mut Option<Witness>, witness: Witness, scene: &Scene) {
    let better = best.is_none_or(|best| {
        let by_score = || scene.by_score(witness.prediction, best.prediction);
        witness.strength > best.strength || (witness.strength == best.strength && by_score() == Ordering::Less)
    });
    if better && witness.strength > 0.0 {
        *best = Some(witness);
    }
}
