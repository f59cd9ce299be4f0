//! Pass 2: looks at every image on its own, in parallel, and lists what is suspicious enough.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::abandon::reserve;
use crate::check::consensus::{Detectors, Panel};
use crate::check::context::ClassContext;
use crate::check::detector::{CONFIDENT, DetectorModel};
use crate::check::evidence::{Evidence, Trigger};
use crate::check::image::ImageData;
use crate::check::issue::Issue;
use crate::check::issues::{ImageIssues, Issues, SuspicionBuckets};
use crate::check::kind::{Kind, Parameters};
use crate::check::kinds::duplicate::Duplicates;
use crate::check::kinds::missing::Missing;
use crate::check::kinds::{badloc, spurious, swap};
use crate::check::visibility::Visibility;
use crate::dataset::Dataset;
use crate::geometry::larger;
use crate::parallel;

/// Odds that an annotation holds an error that the detector cannot show.
const BASE: f64 = 0.05;

/// What was found in the images examined so far, in any order: of each kind the most suspicious issues.
#[derive(Debug)]
pub struct Found {
    buckets: SuspicionBuckets,
    /// Predictions that are at least as likely right as wrong.
    pub confident_predictions: u64,
    /// Of several detectors, for each annotation and detector how surely the detector sees an object there; NaN for ignored
    /// annotations, and where the detector was not run. Of one detector, nothing.
    pub seen: Vec<f32>,
}

impl Found {
    /// Nothing yet. Of each kind `max_rows` issues are kept, and while images are examined, at most twice as many.
    ///
    /// ```
    /// assert!(boxlint_core::check::Found::new(1000).into_issues().0.is_empty());
    /// ```
    #[must_use]
    pub fn new(max_rows: usize) -> Self {
        Self { buckets: SuspicionBuckets::new(max_rows), confident_predictions: 0, seen: Vec::new() }
    }

    /// The issues, most suspicious first, and for each kind, by its number, how many less suspicious ones were left out; see
    /// [`examine()`] for an example.
    #[must_use]
    pub fn into_issues(self) -> (Issues, [u64; 5]) {
        Issues::sorted(self.buckets)
    }
}

/// Examines `images`, adds to `found`, and writes to `out`, for each of the images, -ln of the probability that nothing is
/// wrong in it. That is -ln(1 - suspicion), and has no ties where suspicions are near 1.
///
/// Of several detectors, the predictions of `dataset` are those that [`Detectors::fuse`] returns, and `detectors` has those
/// that each gave.
///
/// `model` has at least the classes of the data set, and `out` as many entries as there are images; else this panics.
///
/// ```
/// use boxlint_core::check::{DetectorModel, Found, Kind, Parameters, collect, examine};
/// use boxlint_core::{Boxes, Dataset, Floats};
///
/// // The detector finds the same box in 31 images; in the last of them nobody annotated it.
/// let boxes = [10.0, 10.0, 90.0, 90.0].repeat(31);
/// let offsets: Vec<i64> = (0..=31).collect();
/// let predictions = Boxes::new(Floats::F64(&boxes), &[0; 31], Some(Floats::F64(&[0.9; 31])), &offsets)?;
/// let annotated: Vec<i64> = (0..=31).map(|image| image.min(30)).collect();
/// let annotations = Boxes::new(Floats::F64(&boxes[..120]), &[0; 30], None, &annotated)?;
/// let dataset = Dataset::new(annotations, predictions, None)?;
///
/// let model = DetectorModel::new(&collect(&dataset, 0..31));
/// let parameters = Parameters { priors: Kind::PRIORS, kinds: [true; 5], min_suspicion: 0.5 };
/// let (mut found, mut neg_log_clean) = (Found::new(1000), [0.0; 31]);
/// examine(&dataset, &model, None, &parameters, 0..31, &mut found, &mut neg_log_clean);
///
/// let (issues, left_out) = found.into_issues();
/// let worst = issues.iter().next().expect("an issue");
/// assert_eq!((worst.kind(), worst.image, worst.prediction()), (Kind::Missing, 30, Some(0)));
/// assert!(neg_log_clean[30] > neg_log_clean[0]);
/// assert_eq!(left_out, [0; 5]);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
pub fn examine(
    dataset: &Dataset,
    model: &DetectorModel,
    detectors: Option<&Detectors>,
    parameters: &Parameters,
    images: Range<usize>,
    found: &mut Found,
    out: &mut [f64],
) {
    let first = images.start;
    let width = detectors.map_or(0, |detectors| detectors.datasets.len());
    let seen = dataset.annotations().len() * width;
    let more = seen - found.seen.len();
    reserve(&mut found.seen, more);
    found.seen.resize(seen, f32::NAN);
    // What was found, and the examiners that no thread uses at the time.
    let shared = Mutex::new((found, Vec::new()));
    let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
    parallel::parts(images, out, &|image| image - first, &|part: Range<usize>, out: &mut [f64]| {
        let idle = lock().1.pop();
        let mut examiner: Examiner = idle.unwrap_or_default();
        let first_row = dataset.annotations().offsets()[part.start] as usize;
        for (index, out) in part.zip(out) {
            *out = examiner.examine(dataset, model, detectors, parameters, index);
        }
        let (found, idle) = &mut *lock();
        examiner.hand_over(found, first_row * width);
        idle.push(examiner);
    });
}

/// One image while it is examined, and what was found so far. It is used for image after image, so that few allocate.
#[derive(Default)]
struct Examiner {
    image: ImageData,
    evidence: Evidence,
    context: ClassContext,
    rivals: Vec<Rivals>,
    /// Odds that each prediction is a better box for an annotation.
    better_place: Vec<f64>,
    missing: Missing,
    duplicates: Duplicates,
    /// What each of several detectors sees.
    panel: Panel,
    issues: Vec<Issue>,
    confident_predictions: u64,
    seen: Vec<f32>,
}

/// What can be wrong with one annotation: one of these at most.
#[derive(Clone, Copy, Debug)]
struct Rivals {
    swap: f64,
    badloc: f64,
    spurious: f64,
    /// The prediction that shows another class.
    swap_trigger: Option<Trigger>,
    size: usize,
}

impl Examiner {
    fn examine(
        &mut self,
        dataset: &Dataset,
        model: &DetectorModel,
        detectors: Option<&Detectors>,
        parameters: &Parameters,
        index: usize,
    ) -> f64 {
        self.image.load_kept(dataset, index, model);
        let confident = self.image.confidence.iter().filter(|&&confidence| confidence >= CONFIDENT);
        self.confident_predictions += confident.count() as u64;
        self.evidence.gather(&self.image);
        self.context.begin(model, &self.image.annotation_class);
        if let Some(detectors) = detectors {
            self.panel.load_evidence(detectors, index);
            self.panel.append_seen(dataset.annotations().image(index).len(), &mut self.seen);
        }
        self.weigh_rivals(model, detectors, parameters);
        let Self { image, evidence, context, rivals, better_place, .. } = self;
        let mut issues = ImageIssues::new(parameters, index, &mut self.issues);
        self.missing.report(image, model, context, evidence, better_place, &mut issues);
        list_rivals(image, model, evidence, rivals, &mut issues);
        self.duplicates.report(image, evidence, &mut issues);
        issues.neg_log_clean()
    }

    /// Adds what was found so far to `found`, and clears its own.
    fn hand_over(&mut self, found: &mut Found, seen_from: usize) {
        found.buckets.push(&self.issues);
        self.issues.clear();
        found.confident_predictions += std::mem::take(&mut self.confident_predictions);
        found.seen[seen_from..seen_from + self.seen.len()].copy_from_slice(&self.seen);
        self.seen.clear();
    }

    /// Weighs what can be wrong with each annotation.
    fn weigh_rivals(&mut self, model: &DetectorModel, detectors: Option<&Detectors>, parameters: &Parameters) {
        let Self { image, evidence, context, rivals, better_place, panel, .. } = self;
        rivals.clear();
        better_place.clear();
        better_place.resize(image.score.len(), 0.0);
        let visibility = Visibility::of(image, model, evidence);
        for (n, &class) in image.annotation_class.iter().enumerate() {
            let swap_trigger = swap::trigger(image, model, context, evidence, n);
            let lift = context.lift(model, n, class);
            let size = image.size(n);
            let detectability = model.detectability(class, size);
            let [mut badloc, mut spurious] = match detectors {
                Some(detectors) => panel.pooled_odds(detectors.consensus, parameters, n),
                None => {
                    let visibility = visibility.beside(evidence, n, detectability);
                    let prior = parameters.prior(Kind::Badloc);
                    [
                        badloc::odds(prior, image, model, evidence, n, size, visibility),
                        spurious::odds(parameters.prior(Kind::Spurious), detectability, visibility, evidence, n, lift),
                    ]
                }
            };
            if let Some(Trigger { prediction, .. }) = evidence.own_trigger(n) {
                better_place[prediction] = larger(better_place[prediction], badloc);
            } else {
                badloc = 0.0;
            }
            if image.annotations.area(n) == 0.0 {
                spurious = spurious::EMPTY;
            } else if image.not_run {
                // A detector that was not run is not silent.
                spurious = 0.0;
            }
            rivals.push(Rivals {
                swap: swap::odds(
                    parameters.prior(Kind::Swap),
                    swap_trigger,
                    evidence,
                    n,
                    lift,
                    detectability,
                    model.mistaken(class),
                ),
                badloc,
                spurious,
                swap_trigger,
                size,
            });
        }
    }
}

/// Lists what is wrong with annotations: the suspicions of an annotation sum to less than 1.
fn list_rivals(
    image: &ImageData,
    model: &DetectorModel,
    evidence: &Evidence,
    rivals: &[Rivals],
    issues: &mut ImageIssues,
) {
    for (n, &Rivals { swap, badloc, spurious, swap_trigger, size }) in rivals.iter().enumerate() {
        let total = 1.0 + BASE + (swap + badloc + spurious);
        if let Some(trigger) = swap_trigger {
            issues.list(Kind::Swap, swap / total, || swap::details(image, n, trigger));
        }
        if let Some(trigger) = evidence.own_trigger(n) {
            issues.list(Kind::Badloc, badloc / total, || badloc::details(image, n, trigger));
        }
        issues.list(Kind::Spurious, spurious / total, || spurious::details(image, model, n, size));
        let wanted = |kind, odds| if issues.parameters.wants(kind) { odds } else { 0.0 };
        let odds = wanted(Kind::Swap, swap) + wanted(Kind::Badloc, badloc) + wanted(Kind::Spurious, spurious);
        issues.count(1.0 + BASE + odds);
    }
}
