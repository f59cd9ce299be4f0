//! # missing
//!
//! ## What it is
//!
//! An object that nobody annotated: the commonest human error. A model learns to
//! overlook such objects, and a test counts right predictions as wrong.
//!
//! The row names the prediction and its IoU with the annotation that overlaps it
//! most. An annotation with the class and box of the prediction is suggested.
//!
//! ## Example
//!
//! Three people on a street are annotated. The detector finds a fourth with a
//! confidence of 0.95, where no annotation is: the row suggests to annotate it.
//!
//! ## For and against
//!
//! - For: a confident prediction. Of predictions that overlap each other by more
//!   than half, only the most confident counts, whatever their classes.
//! - For: omissions look common, as confident predictions often stand alone.
//! - Against: an annotation that overlaps it, from IoU .2 on and fully from .5;
//!   more if it has no better one, or is of another class (claimed_j). From .3 to
//!   .5, one of another class counts less if it has a prediction of its own.
//! - Against: inside annotations of its class, or around one, it may show a part, a
//!   group or a loose box: half. Its class is rare beside the image's annotations.
//! - Not reported without area, in an ignored annotation or where its class was not
//!   looked for; nor as an annotation's better box, which counts for the image.
//!
//! ## Formula
//!
//! ```text
//! odds = pi (1 + 5 omitted[k_j]) context_j seen_j
//! seen_j = odds(c_j new_j) free_j, or odds(c_j new_j free_j) if claimed_j
//! free_j = R(.5 - taken_j; 0, .3)   odds(x) = x/(1 - x + .01)   pi = .2
//! taken_j = max over n of v_nj, of another class v_nj (1 - own_n) from .3 to .5
//! own_n = max over j of n's class that n fits best of c_j R(v_nj; .3, .6)
//! new_j = 1 - R(max(i_j, a_j); .8, 1)/2        suspicion = odds/(1 + odds)
//! context_j = min(1, (sum over n of T[k_n][k_j] + q[k_j])/((N + 1) q[k_j]))
//! ```
//!
//! c_j is the confidence of prediction j, k_j its class, v_nj its IoU with
//! annotation n of N, i_j the fraction of it inside annotations of its class, a_j
//! the largest fraction of one inside it; `T[k][k']` says how often class k' stands
//! beside class k, `q[k']` how often anywhere; `omitted[k]` how many objects seem
//! to lack an annotation for each found. R(v; a, b) rises from 0 at a to 1 at b.
//!
//! ## Limits
//!
//! - What the detector does not see, or does not trust, is not found.
//! - A child before an adult looks like a part of it, and counts half.

use crate::check::context::ClassContext;
use crate::check::detector::DetectorModel;
use crate::check::evidence::{COVERED, Evidence};
use crate::check::image::ImageData;
use crate::check::issue::Details;
use crate::check::issues::ImageIssues;
use crate::check::kind::{self, Kind, ramp};
use crate::overlaps::{Neighbours, bits};

/// The odds of a missing annotation before any evidence.
pub(crate) const PRIOR: f64 = 0.2;
/// How far below [`COVERED`] the IoU with all annotations is at which a prediction begins to show an object that none of
/// them shows, and from which it surely does.
const UNCOVERED: [f64; 2] = [0.0, 0.3];

/// Finds the missing objects of an image; keeps its memory from image to image.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    suppression: Suppression,
}

impl Missing {
    /// Reports the missing objects of an image. `better_place` are the odds that each prediction is a better box for an
    /// annotation.
    pub(crate) fn report(
        &mut self,
        image: &ImageData,
        model: &DetectorModel,
        context: &mut ClassContext,
        evidence: &Evidence,
        better_place: &[f64],
        issues: &mut ImageIssues,
    ) {
        if !issues.parameters.wants(Kind::Missing) {
            return;
        }
        let prior = issues.parameters.prior(Kind::Missing);
        let either_way = issues.parameters.wants(Kind::Badloc);
        self.suppression.run(image);
        for j in (0..image.score.len()).filter(|&j| self.suppression.kept[j]) {
            let uncovered = ramp(COVERED - evidence.taken(j), UNCOVERED);
            let new = image.confidence[j] * evidence.new_object(j);
            let visible = image.predictions.area(j) > 0.0;
            if !visible || uncovered * new == 0.0 || image.is_ignored(j) || image.is_unverified(j) {
                continue;
            }
            let context_factor = context.lift_of_another(model, image.prediction_class[j]).min(1.0);
            let likely = prior * common(model.omitted_share(image.prediction_class[j])) * context_factor;
            let unaccounted = likely * kind::odds(new) * uncovered;
            let odds = if evidence.may_be_annotated(j) { likely * kind::odds(new * uncovered) } else { unaccounted };
            let listed = better_place[j] < odds;
            if listed {
                let (prediction, iou) = (image.prediction_row[j], evidence.cover(j) as f32);
                issues.list_odds(Kind::Missing, odds, || Details::Missing { prediction, iou });
            }
            // A missing object or a badly placed box: the image has an error either way.
            let error = if either_way {
                unaccounted
            } else if listed {
                odds
            } else {
                0.0
            };
            issues.count(1.0 + error);
        }
    }
}

/// The factor of the odds for common omissions: 1 + 5 omitted, where so many objects seem to lack an annotation for each
/// one that is found.
pub(crate) fn common(omitted: f64) -> f64 {
    1.0 + omitted / PRIOR
}

/// Class-agnostic suppression of predictions that overlap a more confident one by more than half.
#[derive(Debug, Default)]
struct Suppression {
    kept: Vec<bool>,
    neighbours: Neighbours,
    /// The neighbours of each prediction, as a set of bits.
    rivals: Vec<u64>,
    /// The predictions that have neighbours.
    disputed: Vec<u32>,
}

impl Suppression {
    /// Keeps, by falling confidence and then score, each prediction that is no neighbour of one kept before.
    fn run(&mut self, image: &ImageData) {
        let count = image.score.len();
        let words = count.div_ceil(64);
        self.kept.clear();
        self.kept.resize(count, true);
        self.disputed.clear();
        self.rivals.clear();
        self.rivals.resize(count * words, 0);
        let Self { kept, neighbours, rivals, disputed } = self;
        neighbours.each(&image.predictions, &image.index, |i, j, _| {
            for (one, other) in [(i, j), (j, i)] {
                // Until the loop below, `kept` marks the predictions that are not yet listed as disputed.
                if std::mem::take(&mut kept[one]) {
                    disputed.push(one as u32);
                }
                rivals[one * words + other / 64] |= 1 << (other % 64);
            }
        });
        disputed.sort_unstable_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            image.confidence[b].total_cmp(&image.confidence[a]).then_with(|| image.by_score(a, b))
        });
        for &j in disputed.iter() {
            let j = j as usize;
            let of_j = &rivals[j * words..(j + 1) * words];
            kept[j] = !of_j.iter().enumerate().any(|(word, &set)| bits(set).any(|bit| kept[word * 64 + bit]));
        }
    }
}
