//! What an image says for and against its annotations: which predictions overlap which annotations. All kinds of error read
//! it.

use std::cmp::Ordering;

use crate::check::image::ImageData;
use crate::check::kind::ramp;
use crate::geometry::{larger, smaller};
use crate::overlaps::Overlap;

/// IoU up to which a prediction says nothing about an annotation.
const FAINT: f64 = 0.05;
/// IoU at which a prediction begins to support an annotation of its class, and from which it does so fully.
const SUPPORTS: [f64; 2] = [FAINT, 0.3];
/// IoU at which a prediction begins to be about the same object as an annotation, and from which it surely is.
pub(crate) const SAME_OBJECT: [f64; 2] = [0.3, 0.6];
/// Fraction of a prediction inside annotations of its class at which it begins to look like a part of them or a group, and
/// from which it surely does; and of an annotation inside a prediction of its class.
const INSIDE: [f64; 2] = [0.8, 1.0];
/// IoU from which a prediction shows the object of an annotation.
pub(crate) const COVERED: f64 = 0.5;
const NONE: u32 = u32::MAX;

/// A prediction and an annotation that overlap: by more than a faint IoU if they are of the same class, else by so much
/// that they can be the same object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) prediction: u32,
    pub(crate) same_class: bool,
    /// Whether this is the annotation of its class that the prediction overlaps most, the first of equals.
    pub(crate) fits_best: bool,
    pub(crate) iou: f64,
    /// IoU of the prediction with the best other annotation of its class: rest in docs/method.md.
    pub(crate) other_iou: f64,
    /// How surely the prediction shows an object in the place of the annotation, of whatever class: its confidence, less
    /// where IoU is small.
    pub(crate) seen: f64,
}

/// The prediction that speaks most strongly for or against an annotation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trigger {
    pub(crate) prediction: usize,
    pub(crate) iou: f64,
    pub(crate) strength: f64,
}

impl Trigger {
    /// Keeps the stronger of two triggers; of equal ones, that of the higher score. One of no strength is none.
    #[inline]
    pub(crate) fn keep_stronger(best: &mut Option<Self>, other: Self, image: &ImageData) {
        let better = best.is_none_or(|best| {
            let by_score = || image.by_score(other.prediction, best.prediction);
            other.strength > best.strength || (other.strength == best.strength && by_score() == Ordering::Less)
        });
        if better && other.strength > 0.0 {
            *best = Some(other);
        }
    }
}

/// The evidence of one image. It is gathered in image after image, so that none allocates.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// How each prediction lies among the annotations.
    places: Vec<Place>,
    /// The pairs of each annotation, one annotation after another, and where those of each end.
    pairs: Vec<Pair>,
    ends: Vec<usize>,
    own_triggers: Vec<Option<Trigger>>,
    own_objects: Vec<f64>,
    neighbour_supports: Vec<f64>,
    any_objects: Vec<f64>,
    contained: Vec<f64>,
}

impl Evidence {
    /// Gathers the evidence of an image.
    pub(crate) fn gather(&mut self, image: &ImageData) {
        self.clear(image.score.len());
        self.find_pairs(image);
        self.find_contained(image);
        self.own_triggers.clear();
        self.own_objects.clear();
        self.neighbour_supports.clear();
        self.any_objects.clear();
        let mut start = 0;
        for (n, &end) in self.ends.iter().enumerate() {
            let (mut own, mut own_object, mut neighbour, mut any, mut others) = (None, 0.0, 0.0, 0.0, false);
            for pair in &mut self.pairs[start..end] {
                let prediction = pair.prediction as usize;
                let (confidence, fit) = (image.confidence[prediction], &self.places[prediction]);
                pair.fits_best = fit.annotation == n as u32;
                pair.other_iou = if pair.fits_best { fit.second } else { fit.iou };
                pair.seen = confidence * ramp(pair.iou, SAME_OBJECT);
                any = larger(pair.seen, any);
                if pair.fits_best {
                    own_object = larger(pair.seen, own_object);
                }
                if pair.same_class && pair.iou >= pair.other_iou {
                    let strength = confidence * ramp(pair.iou, SUPPORTS);
                    Trigger::keep_stronger(&mut own, Trigger { prediction, iou: pair.iou, strength }, image);
                } else if pair.same_class {
                    neighbour = larger(pair.seen, neighbour);
                } else {
                    others = true;
                }
            }
            if let Some(Trigger { prediction, iou, .. }) = own {
                // No other prediction shows the object more surely.
                let only = image.confidence[prediction] * ramp(iou, SAME_OBJECT) >= own_object;
                self.places[prediction].claimed |= only;
            }
            self.own_triggers.push(own);
            self.own_objects.push(own_object);
            self.neighbour_supports.push(neighbour);
            self.any_objects.push(any);
            if others {
                take(&mut self.places, &self.pairs[start..end], own_object);
            }
            start = end;
        }
    }

    /// The pairs of an annotation with predictions, in the order of the predictions.
    #[inline]
    pub(crate) fn pairs(&self, annotation: usize) -> &[Pair] {
        let start = if annotation == 0 { 0 } else { self.ends[annotation - 1] };
        &self.pairs[start..self.ends[annotation]]
    }

    /// The prediction that supports an annotation most, of those of its class that fit no other annotation better.
    #[inline]
    pub(crate) fn own_trigger(&self, annotation: usize) -> Option<Trigger> {
        self.own_triggers[annotation]
    }

    /// S: how surely the detector sees an object of the annotated class, the strength of the own trigger.
    #[inline]
    pub(crate) fn support(&self, annotation: usize) -> f64 {
        self.own_triggers[annotation].map_or(0.0, |trigger| trigger.strength)
    }

    /// own: how surely an annotation has a prediction of its own, one of its class that fits no other better.
    #[inline]
    pub(crate) fn own_object(&self, annotation: usize) -> f64 {
        self.own_objects[annotation]
    }

    /// N: how surely the annotated class is seen in the place of an annotation, but as the object of another annotation.
    #[inline]
    pub(crate) fn neighbour_support(&self, annotation: usize) -> f64 {
        self.neighbour_supports[annotation]
    }

    /// How surely a prediction of whatever class shows an object in the place of an annotation.
    #[inline]
    pub(crate) fn any_object(&self, annotation: usize) -> f64 {
        self.any_objects[annotation]
    }

    /// E: how surely the detector sees an object there: the same, or a prediction that supports the annotation.
    #[inline]
    pub(crate) fn seen(&self, annotation: usize) -> f64 {
        larger(self.support(annotation), self.any_object(annotation))
    }

    /// The greatest fraction of another annotation of its class that lies inside an annotation.
    #[inline]
    pub(crate) fn contained(&self, annotation: usize) -> f64 {
        self.contained[annotation]
    }

    /// The chance that a prediction shows an object of its own: one half if it lies wholly inside annotations of its class,
    /// where it is as likely a part of one, or a group. This is whole_j in docs/method.md.
    #[inline]
    pub(crate) fn separate_object(&self, prediction: usize) -> f64 {
        1.0 - 0.5 * ramp(self.places[prediction].inside, INSIDE)
    }

    /// The fraction of a prediction outside the annotations of its class.
    #[inline]
    pub(crate) fn outside(&self, prediction: usize) -> f64 {
        larger(1.0 - self.places[prediction].inside, 0.0)
    }

    /// The chance that a prediction shows an object that is not annotated: one half, too, if an annotation of its class lies
    /// wholly inside, of which it is as likely a loose box, or a group with it. This is new_j in docs/method.md.
    #[inline]
    pub(crate) fn new_object(&self, prediction: usize) -> f64 {
        let Place { inside, around, .. } = self.places[prediction];
        1.0 - 0.5 * ramp(larger(inside, around), INSIDE)
    }

    /// Greatest IoU of a prediction with any annotation, 0 if that is faint.
    #[inline]
    pub(crate) fn cover(&self, prediction: usize) -> f64 {
        self.places[prediction].cover
    }

    /// The same, but below one half an annotation of another class counts only in so far as it has no prediction of its own.
    #[inline]
    pub(crate) fn taken(&self, prediction: usize) -> f64 {
        self.places[prediction].taken
    }

    /// Whether a prediction may show the object of the annotation that accounts for it, since no other prediction of that
    /// class shows it more surely.
    #[inline]
    pub(crate) fn may_be_annotated(&self, prediction: usize) -> bool {
        self.places[prediction].claimed
    }

    fn clear(&mut self, predictions: usize) {
        self.pairs.clear();
        self.ends.clear();
        self.places.clear();
        self.places.resize(predictions, Place::APART);
    }

    /// Finds how much of another annotation of its class each annotation contains.
    fn find_contained(&mut self, image: &ImageData) {
        self.contained.clear();
        for (n, &class) in image.annotation_class.iter().enumerate() {
            let mut most = 0.0;
            image.annotation_index.each_near(&image.annotations.corners(n), |other| {
                if other != n && image.annotation_class[other] == class {
                    most = larger(image.annotations.overlap(other, &image.annotations, n).fraction_of(0), most);
                }
            });
            self.contained.push(most);
        }
    }

    /// Lists the pairs that say anything, and the annotation that each prediction fits best.
    fn find_pairs(&mut self, image: &ImageData) {
        for (n, &class) in image.annotation_class.iter().enumerate() {
            let annotation = image.annotations.corners(n);
            image.index.each_near(&annotation, |prediction| {
                let overlap = image.predictions.overlap_with(prediction, &annotation);
                let same_class = image.prediction_class[prediction] == class;
                // Of another class, what is no pair matters only if it covers the prediction more than others do.
                let covered = smaller(larger(self.places[prediction].cover, FAINT), SAME_OBJECT[0]);
                if overlap.may_exceed(if same_class { FAINT } else { covered }) {
                    self.add_pair(n, prediction, same_class, overlap);
                }
            });
            self.ends.push(self.pairs.len());
        }
    }

    /// Lists the pair of an annotation and a prediction if it says anything.
    #[inline]
    fn add_pair(&mut self, n: usize, prediction: usize, same_class: bool, overlap: Overlap) {
        let iou = overlap.iou();
        let place = &mut self.places[prediction];
        place.cover = larger(iou, place.cover);
        if same_class {
            place.offer(n as u32, iou);
            place.taken = larger(iou, place.taken);
            if iou <= FAINT {
                return;
            }
            place.inside += overlap.fraction_of(0);
            // From there on the annotation itself accounts for the prediction.
            if iou < COVERED {
                place.around = larger(overlap.fraction_of(1), place.around);
            }
        } else if iou <= SAME_OBJECT[0] {
            return;
        }
        let prediction = prediction as u32;
        self.pairs.push(Pair { prediction, same_class, fits_best: false, iou, other_iou: 0.0, seen: 0.0 });
    }
}

/// Lets an annotation with these pairs account for predictions of other classes: below an overlap of one half only in so far
/// as it has none of its own.
fn take(places: &mut [Place], pairs: &[Pair], own_object: f64) {
    for pair in pairs.iter().filter(|pair| !pair.same_class) {
        let taken = if pair.iou < COVERED { pair.iou * (1.0 - own_object) } else { pair.iou };
        let place = &mut places[pair.prediction as usize];
        if taken > place.taken {
            (place.taken, place.claimed) = (taken, true);
        }
    }
}

/// How a prediction lies among the annotations.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Greatest IoU with any annotation, 0 if that is faint.
    cover: f64,
    /// The same, less for annotations of another class that have a prediction of their own.
    taken: f64,
    /// Whether it may show the object of the annotation that this is of.
    claimed: bool,
    /// Fraction inside annotations of its class, summed over those with more than a faint IoU.
    inside: f64,
    /// The greatest fraction of an annotation of its class inside, of those with more than a faint IoU.
    around: f64,
    /// The annotation of its class that it fits best, the first of equals.
    annotation: u32,
    /// IoU with that annotation.
    iou: f64,
    /// IoU with the next best.
    second: f64,
}

impl Place {
    const APART: Self = Self {
        cover: 0.0,
        taken: 0.0,
        claimed: false,
        inside: 0.0,
        around: 0.0,
        annotation: NONE,
        iou: 0.0,
        second: 0.0,
    };

    /// Fits it to one more annotation of its class.
    #[inline]
    fn offer(&mut self, annotation: u32, iou: f64) {
        if iou > self.iou {
            (self.annotation, self.iou, self.second) = (annotation, iou, self.iou);
        } else {
            self.second = larger(iou, self.second);
        }
    }
}
