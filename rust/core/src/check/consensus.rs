//! Several detectors as one: how much each counts, and their odds pooled.
//!
//! The fused predictions are ordinary ones, whose score is how surely all detectors together see the object. They are
//! counted and examined as those of one detector are, but for the odds of badloc and spurious, where each detector judges
//! on its own and the odds are pooled. The order of the detectors changes no bit.

use std::cmp::Ordering;

use crate::check::context::ClassContext;
use crate::check::detector::DetectorModel;
use crate::check::evidence::Evidence;
use crate::check::image::ImageData;
use crate::check::kind::{Kind, Parameters};
use crate::check::kinds::{badloc, spurious};
use crate::check::statistics::Statistics;
use crate::check::visibility::Visibility;
use crate::dataset::Dataset;
use crate::geometry::larger;

/// How steeply the weight of a detector falls with what it does not find.
const STEEPNESS: i32 = 4;
/// A detector that finds less than this fraction of what the best one finds does not count at all.
const WEAK: f64 = 0.75;
/// How steeply its weight for spurious falls with the annotations that none of its predictions is on: the silence of a
/// detector that is cut at a high score says little.
const CUT: i32 = 16;
/// Odds below this count as this: one detector that is silent is no veto.
const FLOOR: f64 = 1e-4;

/// What the counts say about several detectors.
#[derive(Clone, Debug)]
pub struct Consensus {
    detectors: Vec<Member>,
}

/// One of the detectors.
#[derive(Clone, Debug)]
struct Member {
    model: DetectorModel,
    weight: f64,
    /// The weight of its silence.
    silence: f64,
    /// Its place among the detectors by weight and counts, the same in whichever order they are given. Two that are equal
    /// in both have the same.
    rank: usize,
}

impl Consensus {
    /// The detectors of which these are the counts, in the same order.
    ///
    /// ```
    /// use boxlint_core::check::{Consensus, Entries, Statistics};
    ///
    /// // Of ten annotations, the first detector finds all, the second one half, with predictions that are nearly all right.
    /// let scores = vec![[0, 40, 1000, 990, 0, 0]];
    /// let counts = [vec![[0, 3, 40, 10]], vec![[0, 3, 40, 5], [0, 3, 65, 5]]]
    ///     .map(|best| Statistics::from_entries(1, &Entries { scores: scores.clone(), best, ..Entries::default() }));
    /// let consensus = Consensus::new(&counts.map(|counts| counts.expect("within range")));
    /// let weights: Vec<f64> = consensus.weights().collect();
    /// assert_eq!(weights, [1.0, 0.0]);
    /// ```
    #[must_use]
    pub fn new(statistics: &[Statistics]) -> Self {
        let classes = statistics.iter().map(Statistics::classes).max().unwrap_or(0);
        let models = statistics.iter().map(|counts| {
            let model = DetectorModel::new(&counts.clone().merge(Statistics::of_classes(classes)));
            (model.mean_detectability(), model)
        });
        let models: Vec<(f64, DetectorModel)> = models.collect();
        let best = models.iter().fold(0.0, |best, (found, _)| larger(*found, best));
        let before = |a: usize, b: usize| {
            let by_counts = || statistics[a].entries().cmp(&statistics[b].entries());
            models[b].0.total_cmp(&models[a].0).then_with(by_counts)
        };
        let rank = |a: usize| (0..models.len()).filter(|&b| before(b, a) == Ordering::Less).count();
        let ranks: Vec<usize> = (0..models.len()).map(rank).collect();
        let detectors = models.into_iter().zip(ranks).map(|((found, model), rank)| {
            let weight = if found < WEAK * best { 0.0 } else { found.powi(STEEPNESS) };
            Member { weight, silence: weight * model.answered().powi(CUT), rank, model }
        });
        Self { detectors: detectors.collect() }
    }

    /// How much each detector counts where all were run: weights that sum to 1.
    pub fn weights(&self) -> impl Iterator<Item = f64> {
        let shares = shares(self.detectors.iter().map(|detector| detector.weight).collect());
        shares.into_iter()
    }

    /// What the counts say about one of the detectors.
    ///
    /// ```
    /// use boxlint_core::check::{Consensus, Statistics};
    ///
    /// let consensus = Consensus::new(&[Statistics::of_classes(2), Statistics::of_classes(3)]);
    /// assert_eq!(consensus.model(0).classes(), 3);
    /// ```
    #[must_use]
    pub fn model(&self, detector: usize) -> &DetectorModel {
        &self.detectors[detector].model
    }
}

/// Weights divided by their sum; equal ones if all are 0.
fn shares(mut weights: Vec<f64>) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    let equal = 1.0 / weights.len() as f64;
    weights.iter_mut().for_each(|weight| *weight = if sum > 0.0 { *weight / sum } else { equal });
    weights
}

/// Several detectors and their predictions of the same images.
#[derive(Clone, Copy, Debug)]
pub struct Detectors<'a> {
    /// What the counts say about the detectors.
    pub consensus: &'a Consensus,
    /// The same annotations with the predictions of each detector, in the order of [`Consensus::new`].
    pub datasets: &'a [Dataset<'a>],
}

/// One image as each detector sees it. It is loaded with image after image, so that few allocate.
#[derive(Debug, Default)]
pub(crate) struct Panel {
    pub(crate) views: Vec<View>,
    /// The detectors that were run on the image, in an order that does not depend on that in which they are given.
    pub(crate) speakers: Vec<Speaker>,
}

/// A detector that was run on the image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speaker {
    pub(crate) detector: usize,
    /// How much it counts, and how much for spurious annotations.
    pub(crate) share: f64,
    silence: f64,
}

#[derive(Debug, Default)]
pub(crate) struct View {
    pub(crate) image: ImageData,
    evidence: Evidence,
    context: ClassContext,
    visibility: Visibility,
}

impl Panel {
    /// Loads the predictions of each detector alone.
    pub(crate) fn load_seen(&mut self, detectors: &Detectors, index: usize) {
        self.each_view(detectors, |view, dataset, model| view.image.load_seen(&dataset.image(index), model));
        self.list_speakers(&detectors.consensus.detectors);
    }

    fn each_view(&mut self, detectors: &Detectors, load: impl Fn(&mut View, &Dataset, &DetectorModel)) {
        let members = &detectors.consensus.detectors;
        self.views.resize_with(members.len(), View::default);
        for ((view, dataset), member) in self.views.iter_mut().zip(detectors.datasets).zip(members) {
            load(view, dataset, &member.model);
        }
    }

    fn list_speakers(&mut self, members: &[Member]) {
        let mut order: Vec<usize> = (0..members.len()).filter(|&d| !self.views[d].image.not_run).collect();
        order.sort_by(|&a, &b| {
            let by_boxes = || self.views[a].image.order(&self.views[b].image);
            members[a].rank.cmp(&members[b].rank).then_with(by_boxes)
        });
        let shares_by = |weight: fn(&Member) -> f64| shares(order.iter().map(|&d| weight(&members[d])).collect());
        let both = shares_by(|member| member.weight).into_iter().zip(shares_by(|member| member.silence));
        self.speakers.clear();
        let speakers = order.iter().zip(both);
        self.speakers.extend(speakers.map(|(&detector, (share, silence))| Speaker { detector, share, silence }));
    }

    /// Loads an image with what the predictions of each detector say about its annotations.
    pub(crate) fn load_evidence(&mut self, detectors: &Detectors, index: usize) {
        self.each_view(detectors, |view, dataset, model| {
            view.image.load_kept(dataset, index, model);
            view.evidence.gather(&view.image);
            view.context.begin(model, &view.image.annotation_class);
            view.visibility = Visibility::of(&view.image, model, &view.evidence);
        });
        self.list_speakers(&detectors.consensus.detectors);
    }

    /// The odds that annotation `n` is badly placed, and that it is spurious: the weighted geometric mean of those of each
    /// detector; 0 if none was run on the image.
    pub(crate) fn pooled_odds(&mut self, consensus: &Consensus, parameters: &Parameters, n: usize) -> [f64; 2] {
        let given = |kind, own| parameters.prior(kind) / own;
        let scale = [given(Kind::Badloc, badloc::PRIOR), given(Kind::Spurious, spurious::PRIOR)];
        let scaled = |[badloc, spurious]: [f64; 2]| [badloc * scale[0], spurious * scale[1]];
        // The sums of the logarithms, and whether any odds are above 0.
        let mut sums = [(0.0, false); 2];
        let counting = self.speakers.iter().filter(|speaker| speaker.share > 0.0);
        let alone = counting.clone().count() == 1;
        for &Speaker { detector, share, silence } in counting {
            let View { image, evidence, context, visibility } = &mut self.views[detector];
            let model = &consensus.detectors[detector].model;
            let class = image.annotation_class[n];
            let lift = context.lift(model, n, class);
            let size = image.size(n);
            let detectability = model.detectability(class, size);
            let visibility = visibility.beside(evidence, n, detectability);
            let odds = [
                badloc::odds(badloc::PRIOR, image, model, evidence, n, size, visibility),
                spurious::odds(spurious::PRIOR, detectability, visibility, evidence, n, lift),
            ];
            if alone {
                return scaled(odds);
            }
            for ((sum, odds), share) in sums.iter_mut().zip(odds).zip([share, silence]) {
                *sum = (sum.0 + share * (odds + FLOOR).ln(), sum.1 || odds > 0.0);
            }
        }
        // Without the floor, so that what no detector says is 0.
        scaled(sums.map(|(sum, any)| if any { larger(sum.exp() - FLOOR, 0.0) } else { 0.0 }))
    }

    /// Appends, for each annotation of the image, the ignored ones too, and each detector, how surely the detector sees an
    /// object there; NaN for an ignored annotation and a detector that was not run.
    pub(crate) fn append_seen(&self, annotations: usize, out: &mut Vec<f32>) {
        let (start, width) = (out.len(), self.views.len());
        out.resize(start + annotations * width, f32::NAN);
        for &Speaker { detector: d, .. } in &self.speakers {
            let View { image, evidence, .. } = &self.views[d];
            for (n, &row) in image.annotation_row.iter().enumerate() {
                out[start + row as usize * width + d] = evidence.seen(n) as f32;
            }
        }
    }
}
