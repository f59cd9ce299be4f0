//! # spurious
//!
//! ## What it is
//!
//! An annotation where nothing is: a slip of the mouse, or a box of another image.
//! A model learns from it to see what is not there, and a test counts a miss.
//!
//! The row says how likely such annotations are found, and of how many that was
//! counted. It suggests deletion.
//!
//! ## Example
//!
//! A large bus is annotated on an empty road. The detector finds 97 % of such
//! buses, and predicts nothing here.
//!
//! ## For and against
//!
//! - For: the detector is silent, although it nearly always finds objects of this
//!   class and size.
//! - For: the annotated class is rare beside the image's other annotations.
//! - For: its box has no area. That alone is enough.
//! - For: it is drawn around another annotation of its class.
//! - Against: a prediction of the annotated class here, even one with a small IoU.
//! - Against: a prediction of another class here: a swap, if anything.
//! - Against: the detector supports few of the image's other annotations.
//!
//! ## Formula
//!
//! ```text
//! odds = pi f_n^.75 against(E_n) (1 + 4 group_n) visibility_n/lift[n, k_n]
//! odds = 100 of a box without area   pi = .003   against(x) = (1 - x)/(x + .01)
//! f_n = odds(found[k_n][z_n])        odds(x) = x/(1 - x + .01)
//! E_n = the larger of S_n and max over j of any class of c_j R(v_nj; .3, .6)
//! S_n = max over j of n's class with v_nj >= rest_nj of c_j R(v_nj; .05, .3)
//! group_n = R(max over other annotations m of n's class of |m and n|/|m|; .5, .9)
//! visibility_n = max(.7, (1 + sum of S_m)/(1 + sum of found[k_m][z_m]))
//! suspicion = odds/(1.05 + the annotation's odds of swap, badloc and spurious)
//! ```
//!
//! n is the annotation, of class k_n and size z_n, m each other one of the image;
//! c_j is the confidence of prediction j, v_nj its IoU with n, rest_nj that with
//! the best other annotation of j's class. `found[k][z]` says how likely
//! annotations of class k and size z are found, `lift[n, k]` how much likelier k is
//! beside the others than anywhere. R(v; a, b) rises from 0 at a to 1 at b.
//!
//! ## Limits
//!
//! - A detector whose predictions are cut at a high score is silent everywhere, and
//!   shows little. Keep its predictions from a score of 0.01 on.
//! - Hidden or blurred objects are missed more often: their suspicion is too high.

use crate::check::detector::DetectorModel;
use crate::check::evidence::Evidence;
use crate::check::image::ImageData;
use crate::check::issue::Details;
use crate::check::kind::{self, against, ramp};

/// The odds of a spurious annotation before any evidence. A silent detector (E = 0) raises them to 0.3 where it finds half
/// of such annotations: above 1 they rise only with an unusual class, or a class and size that it hardly ever misses.
pub(crate) const PRIOR: f64 = 0.003;
/// The odds of a box without area: it holds nothing, whatever the detector sees.
pub(crate) const EMPTY: f64 = 100.0;
/// How much likelier a box around another one of its class is to be drawn around nothing of its own: by 1 + this.
const GROUP: f64 = 4.0;
/// Fraction of another annotation inside at which an annotation begins to be around it, and from which it surely is.
const CONTAINED: [f64; 2] = [0.5, 0.9];

/// The odds that nothing is at annotation `n`, given how likely the detector finds such an annotation, the visibility of its
/// image, and the lift of its class.
pub(crate) fn odds(prior: f64, detectability: f64, visibility: f64, evidence: &Evidence, n: usize, lift: f64) -> f64 {
    // To the power .75: how well its class and size are found says only so much about one annotation.
    prior
        * kind::odds(detectability).powi(3).sqrt().sqrt()
        * against(evidence.seen(n))
        * (1.0 + GROUP * ramp(evidence.contained(n), CONTAINED))
        * visibility
        / lift
}

/// What the row of annotation `n`, which is of this size, carries.
#[inline]
pub(crate) fn details(image: &ImageData, model: &DetectorModel, n: usize, size: usize) -> Details {
    let class = image.annotation_class[n];
    let detectability = if image.annotations.area(n) == 0.0 { -1.0 } else { model.detectability(class, size) as f32 };
    let alike = u32::try_from(model.annotations(class, size)).unwrap_or(u32::MAX);
    Details::Spurious { annotation: image.annotation_row[n], detectability, alike }
}
