//! # duplicate
//!
//! ## What it is
//!
//! A second annotation of an object: two boxes in nearly the same place for one
//! thing, with the same class or with two. An evaluation counts one of them as
//! missed, whatever the detector predicts.
//!
//! The row names the annotation to delete, the one to keep, and their IoU.
//!
//! ## Example
//!
//! Two people have annotated the same sheep, in boxes with an IoU of 0.93. The
//! detector sees one sheep: the row suggests to delete the box that it fits less.
//!
//! ## For and against
//!
//! - For: two annotations with a large IoU. Two of one class begin to look like one
//!   object at IoU .6 and surely are one at .95. Two of different classes begin at
//!   .7, since different things share a place more often.
//! - Against: each annotation has a prediction of its own that fits it better than
//!   the other. So people in a crowd, or a rider and a horse, are no duplicates.
//!
//! ## Formula
//!
//! ```text
//! odds = pi odds(R(v_ab; .6, .95) (1 - min(own_a, own_b)))
//!        with R(v_ab; .7, .95) for two classes
//!
//! own_n = max of c_j R(v_nj; .3, .6) over the predictions j of n's class
//!         that fit no other annotation of that class better
//! pi = .5         odds(x) = x/(1 - x + .01)         suspicion = odds/(1 + odds)
//! ```
//!
//! v_ab is the IoU of the annotations a and b; c_j is the confidence of prediction
//! j, v_nj its IoU with annotation n. R(v; a, b) rises from 0 at a to 1 at b. Of
//! the two, the one with the smaller max of c_j v_nj over the predictions of its
//! class is deleted; of equals the later one. An annotation is deleted once, by its
//! pair with the largest odds.
//!
//! ## Limits
//!
//! - Pairs below IoU .6 (.7 for two classes) are not found.
//! - Of two boxes of one class, the right one is deleted in two cases of three.
//! - Where two classes for one thing are meant (couch and bed), all such pairs are
//!   listed: leave this kind out.

use crate::check::evidence::Evidence;
use crate::check::image::ImageData;
use crate::check::issue::Details;
use crate::check::issues::ImageIssues;
use crate::check::kind::{self, Kind, ramp};
use crate::geometry::{larger, smaller};
use crate::overlaps::Neighbours;

/// The odds of a duplicate before any evidence: two boxes of one class at IoU .95 are hardly ever two things.
pub(crate) const PRIOR: f64 = 0.5;
/// IoU at which two boxes of a class begin to look like one object, and from which they surely do.
const SAME_CLASS: [f64; 2] = [0.6, 0.95];
/// The same for two classes.
const OTHER_CLASS: [f64; 2] = [0.7, 0.95];

/// Finds the duplicates of an image; keeps its memory from image to image.
#[derive(Debug, Default)]
pub(crate) struct Duplicates {
    neighbours: Neighbours,
    found: Vec<Duplicate>,
}

/// An annotation that shows the same object as another one.
#[derive(Clone, Copy, Debug)]
struct Duplicate {
    /// The annotation to delete.
    annotation: usize,
    /// The one to keep.
    kept: usize,
    iou: f64,
    odds: f64,
}

impl Duplicates {
    /// Reports the duplicates of an image.
    pub(crate) fn report(&mut self, image: &ImageData, evidence: &Evidence, issues: &mut ImageIssues) {
        if !issues.parameters.wants(Kind::Duplicate) {
            return;
        }
        self.find(image, evidence, issues.parameters.prior(Kind::Duplicate));
        for &Duplicate { annotation, kept, iou, odds } in &self.found {
            let [annotation, kept_annotation] = [annotation, kept].map(|n| image.annotation_row[n]);
            issues.add(Kind::Duplicate, odds, || Details::Duplicate { annotation, kept_annotation, iou: iou as f32 });
        }
    }

    fn find(&mut self, image: &ImageData, evidence: &Evidence, prior: f64) {
        let Self { neighbours, found } = self;
        found.clear();
        neighbours.each(&image.annotations, &image.annotation_index, |a, b, overlap| {
            let iou = overlap.iou();
            let same_class = image.annotation_class[a] == image.annotation_class[b];
            let similar = ramp(iou, if same_class { SAME_CLASS } else { OTHER_CLASS });
            let two_objects = smaller(evidence.own_object(a), evidence.own_object(b));
            let odds = prior * kind::odds(similar * (1.0 - two_objects));
            if odds > 0.0 {
                let a_is_weaker = support(image, a) < support(image, b);
                let (annotation, kept) = if a_is_weaker { (a, b) } else { (b, a) };
                found.push(Duplicate { annotation, kept, iou, odds });
            }
        });
        found.sort_unstable_by(|a, b| {
            a.annotation.cmp(&b.annotation).then_with(|| b.odds.total_cmp(&a.odds)).then(a.kept.cmp(&b.kept))
        });
        found.dedup_by_key(|duplicate| duplicate.annotation);
    }
}

/// How well the predictions of its class support annotation `n`, whichever others they fit.
fn support(image: &ImageData, n: usize) -> f64 {
    let of_class = (0..image.score.len()).filter(|&j| image.prediction_class[j] == image.annotation_class[n]);
    of_class.map(|j| image.confidence[j] * image.predictions.iou(j, &image.annotations, n)).fold(0.0, larger)
}
