//! Two annotations of one object.

use crate::check::evidence::{Kind, odds, ramp};
use crate::check::examine::Parameters;
use crate::check::explanations::Explanation;
use crate::check::image::Scene;
use crate::geometry::larger;
use crate::overlaps::pairs::Neighbours;

/// IoU at which two boxes of a class begin to look like one object, and where they surely do.
const SAME_CLASS: [f64; 2] = [0.6, 0.95];
/// The same for two classes: different things share a place more often.
const OTHER_CLASS: [f64; 2] = [0.7, 0.95];

/// An annotation that shows the same object as another one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Duplicate {
    /// The annotation to delete.
    pub(crate) annotation: usize,
    /// The one to keep.
    pub(crate) keep: usize,
    pub(crate) iou: f64,
    pub(crate) odds: f64,
}

/// Lists the duplicates of an image. An annotation is deleted once, by its pair with the greatest odds.
///
/// Two annotations are let off if the detector sees two things, each better in one of them than in the other. The one with
/// less support is deleted; of equal ones, the later.
pub(crate) fn find(
    scene: &Scene,
    explanations: &[Explanation],
    parameters: &Parameters,
    neighbours: &mut Neighbours,
    duplicates: &mut Vec<Duplicate>,
) {
    duplicates.clear();
    neighbours.each(&scene.annotations, &scene.frame, |a, b, iou| {
        let [from, to] = if scene.class[a] == scene.class[b] { SAME_CLASS } else { OTHER_CLASS };
        let alone = |n: usize| explanations[n].alone;
        let both = if alone(a) < alone(b) { alone(a) } else { alone(b) };
        let odds = parameters.prior(Kind::Duplicate) * odds(ramp(iou, from, to) * (1.0 - both));
        if odds > 0.0 {
            let weaker = support(scene, a) < support(scene, b);
            let (annotation, keep) = if weaker { (a, b) } else { (b, a) };
            duplicates.push(Duplicate { annotation, keep, iou, odds });
        }
    });
    duplicates.sort_unstable_by(|a, b| {
        a.annotation.cmp(&b.annotation).then_with(|| b.odds.total_cmp(&a.odds)).then(a.keep.cmp(&b.keep))
    });
    duplicates.dedup_by_key(|duplicate| duplicate.annotation);
}

/// How well the predictions of its class support an annotation.
fn support(scene: &Scene, n: usize) -> f64 {
    let of_class = (0..scene.score.len()).filter(|&j| scene.predicted[j] == scene.class[n]);
    of_class.map(|j| scene.confidence[j] * scene.predictions.iou(j, &scene.annotations, n)).fold(0.0, larger)
}
