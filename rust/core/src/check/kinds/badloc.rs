//! # badloc
//!
//! ## What it is
//!
//! An annotation whose box is too large, too small or beside the object. A model
//! learns loose boxes from it, and a test counts well-placed predictions as wrong.
//!
//! The row names the annotation, the prediction that shows the object in a better
//! box, and their IoU. The box of the prediction is suggested.
//!
//! ## Example
//!
//! A car is annotated without its rear half. The detector is confident of a car in
//! a box of IoU 0.5 and has none that fits well: the row suggests the whole car.
//!
//! ## For and against
//!
//! - For: a confident prediction of its class that overlaps it in part only.
//! - Against: one of that class that fits it well, from IoU .6 on, fully from .8.
//! - Against: the detector's boxes are usually loose in this class and size, or it
//!   supports few of the image's other annotations.
//! - Against: the prediction lies inside annotations of its class, and counts half,
//!   or reaches outside them, where many objects of the class are left out.
//! - Not reported where the prediction fits another annotation of its class better,
//!   or has an IoU up to .1.
//!
//! ## Formula
//!
//! ```text
//! odds = pi odds(c_o) (1 - v'_o)^2 R(v_o; .1, .4) (1 - W) whole_o
//!        visibility_n/(1 + 5 omitted[k_n] max(0, 1 - i_o))
//!
//! o = the prediction j with v_nj >= rest_nj that has the largest s_nj
//! s_nj = c_j R(v_nj; .05, .3)    v' = 1 - tight[k_n][z_n] (1 - v)    pi = .1
//! W = max over j of c_j R(v'_nj; .6, .8)    whole_j = 1 - R(i_j; .8, 1)/2
//! visibility_n = max(.7, (1 + sum of s_mo)/(1 + sum of found[k_m][z_m]))
//! suspicion = odds/(1.05 + the annotation's odds of swap, badloc and spurious)
//! ```
//!
//! n is the annotation, of class k_n and size z_n, j a prediction of its class, c_j
//! its confidence, v_nj its IoU with n (v_o that of o), rest_nj that with the best
//! other annotation of the class, i_j the fraction of it inside annotations of the
//! class. m are the image's other annotations, with their own o; `found` says how
//! many of such are found, `omitted` how many lack an annotation for each found,
//! `tight` the usual 1 - IoU of matches over that of the size, at most 1. odds(x) =
//! x/(1 - x + .01). R(v; a, b) is 0 up to a, 1 from b.
//!
//! ## Limits
//!
//! - Suspicion hardly rises above 0.45: look from 0.15 on. The box may be off, too.

use crate::check::detector::DetectorModel;
use crate::check::evidence::{Evidence, Trigger};
use crate::check::image::ImageData;
use crate::check::issue::Details;
use crate::check::kind::{self, ramp};
use crate::check::kinds::missing;
use crate::geometry::larger;

/// The odds of a badly placed box before any evidence.
pub(crate) const PRIOR: f64 = 0.1;
/// IoU at which a prediction begins to fit an annotation well, and from which it surely does.
const WELL_PLACED: [f64; 2] = [0.6, 0.8];
/// IoU at which a prediction begins to be another place of the same object, and from which it surely is.
const PARTIAL_OVERLAP: [f64; 2] = [0.1, 0.4];

/// The odds that the box of annotation `n`, which is of this size, is badly placed, in an image of this visibility.
pub(crate) fn odds(
    prior: f64,
    image: &ImageData,
    model: &DetectorModel,
    evidence: &Evidence,
    n: usize,
    size: usize,
    visibility: f64,
) -> f64 {
    evidence.own_trigger(n).map_or(0.0, |Trigger { prediction, iou, .. }| {
        let class = image.annotation_class[n];
        let tightness = model.tightness(class, size);
        let distance = tightness * (1.0 - iou);
        let apart = distance * distance * ramp(iou, PARTIAL_OVERLAP);
        let placed = well_placed(image, evidence, n, tightness);
        let sure = kind::odds(image.confidence[prediction]) * evidence.separate_object(prediction);
        // Outside the annotations, the prediction may show an object that nobody annotated beside this one.
        let neighbour = missing::common(model.omitted_share(class) * evidence.outside(prediction));
        prior * sure * apart * (1.0 - placed) * visibility / neighbour
    })
}

/// W: how surely a prediction of its class fits annotation `n` well.
pub(crate) fn well_placed(image: &ImageData, evidence: &Evidence, n: usize, tightness: f64) -> f64 {
    let of_class = evidence.pairs(n).iter().filter(|pair| pair.same_class);
    let fits = of_class
        .map(|pair| image.confidence[pair.prediction as usize] * ramp(1.0 - tightness * (1.0 - pair.iou), WELL_PLACED));
    fits.fold(0.0, |best, fit| larger(fit, best))
}

/// What the row of annotation `n` carries.
#[inline]
pub(crate) fn details(image: &ImageData, n: usize, trigger: Trigger) -> Details {
    Details::Badloc {
        annotation: image.annotation_row[n],
        prediction: image.prediction_row[trigger.prediction],
        iou: trigger.iou as f32,
    }
}
