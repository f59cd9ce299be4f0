//! Predictions of several detectors, fused: those that show one object become one.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::check::consensus::{Detectors, Panel, Speaker};
use crate::geometry::Corners;
use crate::overlaps::iou_from;
use crate::parallel;

/// Predictions of a confidence up to this are not fused.
const FAINT: f64 = 0.01;
/// IoU from which on a prediction shows the same object as others of its class.
const SAME: f64 = 0.5;
/// No prediction of a detector.
const NONE: i32 = -1;

/// The predictions of several detectors, fused: columns as of [`crate::Boxes`], but that offsets are numbers of boxes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fused {
    /// Corners of each box: the mean of its members, weighted by their confidence and the weight of their detector.
    pub xyxy: Vec<f64>,
    /// Class of each box.
    pub class_id: Vec<i32>,
    /// Sum of the confidences of its members, each times the weight of its detector.
    pub score: Vec<f64>,
    /// Number of boxes of each image.
    pub counts: Vec<i64>,
    /// For each box and detector, the row of the detector's prediction within the image; -1 for none.
    pub members: Vec<i32>,
}

impl Detectors<'_> {
    /// Fuses the predictions of some images.
    ///
    /// ```
    /// use boxlint_core::check::{Consensus, Detectors, collect};
    /// use boxlint_core::{Boxes, Dataset, Floats};
    ///
    /// // Two detectors find the same object, in boxes that differ a little; both count alike.
    /// let [one, other] = [[10.0, 10.0, 90.0, 90.0], [14.0, 10.0, 94.0, 90.0]];
    /// let annotations = Boxes::new(Floats::F64(&one), &[0], None, &[0, 1])?;
    /// let score = Some(Floats::F64(&[0.9]));
    /// let datasets = [
    ///     Dataset::new(annotations, Boxes::new(Floats::F64(&one), &[0], score, &[0, 1])?, None)?,
    ///     Dataset::new(annotations, Boxes::new(Floats::F64(&other), &[0], score, &[0, 1])?, None)?,
    /// ];
    /// let consensus = Consensus::new(&datasets.map(|dataset| collect(&dataset, 0..1)));
    /// let fused = Detectors { consensus: &consensus, datasets: &datasets }.fuse(0..1);
    /// assert_eq!(fused.xyxy, [12.0, 10.0, 92.0, 90.0]);
    /// assert_eq!(fused.members, [0, 0]);
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    #[must_use]
    pub fn fuse(&self, images: Range<usize>) -> Fused {
        // What each part gave, and the memory that no thread uses at the time.
        let shared = Mutex::new((Vec::new(), Vec::new()));
        let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
        parallel::parts(images, &mut [], &|_| 0, &|part: Range<usize>, _: &mut [()]| {
            let idle = lock().1.pop();
            let mut fusion: Fusion = idle.unwrap_or_default();
            let (first, mut fused) = (part.start, Fused::default());
            part.for_each(|index| fusion.fuse(self, index, &mut fused));
            let (parts, idle) = &mut *lock();
            parts.push((first, fused));
            idle.push(fusion);
        });
        let (mut parts, _) = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        parts.sort_unstable_by_key(|&(first, _)| first);
        let mut all = Fused::default();
        parts.into_iter().for_each(|(_, part)| all.append(part));
        all
    }
}

impl Fused {
    /// Appends the boxes of more images.
    ///
    /// ```
    /// use boxlint_core::check::Fused;
    ///
    /// let of_one = || Fused { class_id: vec![3], ..Fused::default() };
    /// let mut fused = of_one();
    /// fused.append(of_one());
    /// assert_eq!(fused.class_id, [3, 3]);
    /// ```
    pub fn append(&mut self, mut other: Self) {
        self.xyxy.append(&mut other.xyxy);
        self.class_id.append(&mut other.class_id);
        self.score.append(&mut other.score);
        self.counts.append(&mut other.counts);
        self.members.append(&mut other.members);
    }
}

/// Fuses the predictions of an image; keeps its memory from image to image.
#[derive(Debug, Default)]
struct Fusion {
    panel: Panel,
    candidates: Vec<Candidate>,
    clusters: Vec<Cluster>,
    members: Vec<i32>,
}

/// A prediction that is to be fused.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// Whether its detector does.
    counts: bool,
    confidence: f64,
    speaker: usize,
    score: f64,
    prediction: usize,
}

/// Predictions of one class that show one object, one of a detector at most.
#[derive(Clone, Copy, Debug)]
struct Cluster {
    class: u32,
    corners: Corners,
    score: f64,
    members: u32,
}

impl Fusion {
    fn fuse(&mut self, detectors: &Detectors, index: usize, out: &mut Fused) {
        self.panel.load_seen(detectors, index);
        self.list_candidates();
        self.clusters.clear();
        self.members.clear();
        let width = self.panel.views.len();
        for &Candidate { confidence, speaker, prediction, .. } in &self.candidates {
            let Speaker { detector: d, share, .. } = self.panel.speakers[speaker];
            let image = &self.panel.views[d].image;
            let (class, corners) = (image.prediction_class[prediction], image.predictions.corners(prediction));
            let free = |at: usize| self.clusters[at].class == class && self.members[at * width + d] == NONE;
            let joined = best_cluster(&self.clusters, free, &corners);
            if joined.is_none() && share == 0.0 {
                continue;
            }
            let at = joined.unwrap_or_else(|| {
                self.clusters.push(Cluster { class, corners, score: 0.0, members: 0 });
                self.members.resize(self.clusters.len() * width, NONE);
                self.clusters.len() - 1
            });
            self.clusters[at].add(&corners, share * confidence);
            self.members[at * width + d] = image.prediction_row[prediction] as i32;
        }
        out.counts.push(self.clusters.len() as i64);
        out.members.extend_from_slice(&self.members);
        for &Cluster { class, corners, score, members } in &self.clusters {
            // Without the last digits of a mean, which decide ties by how it was rounded.
            let shortened = |mean: f64| if mean.abs() > f64::from(f32::MAX) { mean } else { f64::from(mean as f32) };
            out.xyxy.extend(if members > 1 { corners.map(shortened) } else { corners });
            out.class_id.push(class as i32);
            out.score.push(score);
        }
    }

    /// Lists the predictions by falling confidence, those of detectors that do not count last; equal ones detector by
    /// detector, by falling score.
    fn list_candidates(&mut self) {
        self.candidates.clear();
        for (speaker, &Speaker { detector, share, .. }) in self.panel.speakers.iter().enumerate() {
            let image = &self.panel.views[detector].image;
            let seen = image.confidence.iter().enumerate().filter(|&(_, &confidence)| confidence > FAINT);
            self.candidates.extend(seen.map(|(prediction, &confidence)| {
                let (counts, score) = (share > 0.0, image.score[prediction]);
                Candidate { counts, confidence, speaker, score, prediction }
            }));
        }
        self.candidates.sort_unstable_by(|a, b| {
            let by_confidence = b.confidence.total_cmp(&a.confidence);
            let by_score = b.score.total_cmp(&a.score).then(a.prediction.cmp(&b.prediction));
            b.counts.cmp(&a.counts).then(by_confidence).then(a.speaker.cmp(&b.speaker)).then(by_score)
        });
    }
}

/// The cluster of those that are free that a box overlaps most, the first of equals.
fn best_cluster(clusters: &[Cluster], free: impl Fn(usize) -> bool, corners: &Corners) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (at, cluster) in clusters.iter().enumerate().filter(|&(at, _)| free(at)) {
        let iou = iou_from(SAME, &cluster.corners, corners);
        best = iou.filter(|&iou| best.is_none_or(|(_, most)| iou > most)).map(|iou| (at, iou)).or(best);
    }
    best.map(|(at, _)| at)
}

impl Cluster {
    /// Adds a box: the corners stay the weighted mean.
    fn add(&mut self, corners: &Corners, weight: f64) {
        self.score += weight;
        self.members += 1;
        let part = weight / self.score;
        self.corners.iter_mut().zip(corners).for_each(|(mean, corner)| *mean += (corner - *mean) * part);
    }
}
