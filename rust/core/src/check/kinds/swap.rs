//! # swap
//!
//! ## What it is
//!
//! An annotation of the wrong class: the box is about right, and holds another
//! object. A model trained on it confuses the two; right answers count as wrong.
//!
//! The row names annotation, prediction and IoU, and suggests the predicted class.
//!
//! ## Example
//!
//! A dog is annotated as cat. The detector is sure of a dog here and sees no cat.
//!
//! ## For and against
//!
//! - For: a confident prediction of another class that overlaps the annotation,
//!   from IoU .3 on and fully from .6; the better its box fits, the more.
//! - For: beside the image's other annotations the annotated class is rare, or the
//!   predicted one common; or it is seen here, but as a neighbouring annotation's.
//! - Against: predictions of the annotated class in this place.
//! - Against: an annotation of the predicted class accounts for the prediction, as
//!   the annotation of a rider does for a person predicted over a horse.
//! - Against: the detector takes objects of the annotated class for others anyway.
//!
//! ## Formula
//!
//! ```text
//! odds = pi min(L, L^(1 - mistaken[k_n]))/lift[n, k_n]
//! L = v_o (.6 O against(S) + 2.5 T)       (0 where O is 0)
//! T = odds(min(O, 1))^.75 (odds(found[k_n][z_n]) against(S) (N + .05))^.5
//! O = max over predictions j of another class of
//!     c_j R(v_nj; .3, .6) (1 - R(rest_nj; .3, .6)) lift[n, k_j]^.25
//! S = max over predictions j of n's class with v_nj >= rest_nj of
//!     c_j R(v_nj; .05, .3)
//! N = max over predictions j of n's class with v_nj < rest_nj of
//!     c_j R(v_nj; .3, .6)
//! pi = .025     odds(x) = x/(1 - x + .01)     against(x) = (1 - x)/(x + .01)
//! suspicion = odds/(1.05 + the annotation's odds of swap, badloc and spurious)
//! ```
//!
//! n is the annotation, of class k_n; c_j is the confidence of prediction j, v_nj
//! its IoU with n (v_o of the one that gives O), rest_nj that with the best other
//! annotation of j's class. R(v; a, b) rises from 0 at a to 1 at b. `lift[n, k]` is
//! how much likelier k is beside the image's other annotations than anywhere,
//! `mistaken[k]` from 0 to 1 how much the detector takes class k for others.
//!
//! ## Limits
//!
//! - A detector that was trained on these annotations repeats their errors.
//! - Two classes that the detector itself confuses now and then are listed, too.

use crate::check::context::ClassContext;
use crate::check::detector::DetectorModel;
use crate::check::evidence::{Evidence, SAME_OBJECT, Trigger};
use crate::check::image::ImageData;
use crate::check::issue::Details;
use crate::check::kind::{self, against, ramp};

/// The odds of a swap before any evidence. A detector that sees nothing of the class (S = 0) and another one in its place
/// raises them to 3 where confidence and detectability are 0.9, and to 20 where both are 0.99.
pub(crate) const PRIOR: f64 = 0.025;
/// Weight of the context of the predicted class: what a detector sees has some context in it.
const SEEN: f64 = 0.25;
/// Weights of the two ways to a wrong class: a slip to any class, and a confusion of two that look alike.
const SLIP: f64 = 0.6;
const CONFUSION: f64 = 2.5;
/// What a confusion is worth where no other annotation explains the annotated class.
const NO_NEIGHBOUR: f64 = 0.05;

/// The prediction of another class that speaks most strongly against annotation `n`; O is its strength.
pub(crate) fn trigger(
    image: &ImageData,
    model: &DetectorModel,
    context: &mut ClassContext,
    evidence: &Evidence,
    n: usize,
) -> Option<Trigger> {
    let mut best = None;
    for pair in evidence.pairs(n).iter().filter(|pair| !pair.same_class) {
        let unexplained = pair.seen * (1.0 - ramp(pair.other_iou, SAME_OBJECT));
        if unexplained > 0.0 {
            let prediction = pair.prediction as usize;
            let lift = context.lift(model, n, image.prediction_class[prediction]);
            let strength = unexplained * lift.powf(SEEN);
            Trigger::keep_stronger(&mut best, Trigger { prediction, iou: pair.iou, strength }, image);
        }
    }
    best
}

/// The odds that annotation `n` is of another class, given the trigger, the lift of the annotated class, how likely the
/// detector finds such an annotation, and how much it takes the class for others.
pub(crate) fn odds(
    prior: f64,
    trigger: Option<Trigger>,
    evidence: &Evidence,
    n: usize,
    lift: f64,
    detectability: f64,
    mistaken: f64,
) -> f64 {
    trigger.map_or(0.0, |Trigger { strength, iou, .. }| {
        let unseen = against(evidence.support(n));
        let neighbour = evidence.neighbour_support(n) + NO_NEIGHBOUR;
        let other = kind::odds(strength.min(1.0)).powi(3).sqrt().sqrt();
        let confusion = other * (kind::odds(detectability) * unseen * neighbour).sqrt();
        let ratio = iou * (SLIP * strength * unseen + CONFUSION * confusion);
        // Few classes are mistaken, and a power takes long.
        let ratio = if mistaken > 0.0 && ratio > 1.0 { ratio.powf(1.0 - mistaken) } else { ratio };
        prior * ratio / lift
    })
}

/// What the row of annotation `n` carries.
#[inline]
pub(crate) fn details(image: &ImageData, n: usize, trigger: Trigger) -> Details {
    Details::Swap {
        annotation: image.annotation_row[n],
        prediction: image.prediction_row[trigger.prediction],
        iou: trigger.iou as f32,
    }
}
