//! What is measured at each annotation, for a model that learns from answers which of it matters in a data set.

use std::ops::Range;

use crate::check::context::ClassContext;
use crate::check::detector::DetectorModel;
use crate::check::evidence::Evidence;
use crate::check::image::ImageData;
use crate::check::kinds::{badloc, swap};
use crate::dataset::Dataset;
use crate::geometry::larger;
use crate::parallel;

/// What is measured at each annotation, by the names of docs/method.md.
pub const FEATURES: [&str; 14] = [
    "other_class",
    "support",
    "lift",
    "found",
    "neighbour",
    "size",
    "overlap",
    "confidence",
    "iou",
    "well_placed",
    "whole",
    "part",
    "group",
    "any_object",
];

/// Measures the annotations of `images`: NaN for those that are ignored. `out` has a row for each of their annotations.
///
/// `model` has at least the classes of the data set; else this panics.
///
/// ```
/// use boxlint_core::check::{DetectorModel, FEATURES, collect, features};
/// use boxlint_core::{Boxes, Dataset, Floats};
///
/// // A detector that finds the same box in each of 31 images.
/// let boxes = [10.0, 10.0, 90.0, 90.0].repeat(31);
/// let offsets: Vec<i64> = (0..=31).collect();
/// let predictions = Boxes::new(Floats::F64(&boxes), &[0; 31], Some(Floats::F64(&[0.9; 31])), &offsets)?;
/// let annotations = Boxes::new(Floats::F64(&boxes), &[0; 31], None, &offsets)?;
/// let dataset = Dataset::new(annotations, predictions, None)?;
///
/// let model = DetectorModel::new(&collect(&dataset, 0..31));
/// let mut measured = [[0.0; FEATURES.len()]; 31];
/// features(&dataset, &model, 0..31, &mut measured);
/// let iou = FEATURES.iter().position(|&name| name == "iou").expect("a feature");
/// assert_eq!(measured[30][iou], 1.0);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
pub fn features(dataset: &Dataset, model: &DetectorModel, images: Range<usize>, out: &mut [[f32; FEATURES.len()]]) {
    let offsets = dataset.annotations().offsets();
    let first = offsets[images.start];
    let start = |image: usize| (offsets[image] - first) as usize;
    parallel::each(images, out, &start, &|measurer: &mut Measurer, image, out: &mut [_]| {
        measurer.measure(dataset, model, image, out);
    });
}

/// One image while it is measured. It is used for image after image, so that few allocate.
#[derive(Default)]
struct Measurer {
    image: ImageData,
    evidence: Evidence,
    context: ClassContext,
}

impl Measurer {
    fn measure(&mut self, dataset: &Dataset, model: &DetectorModel, index: usize, out: &mut [[f32; FEATURES.len()]]) {
        let Self { image, evidence, context } = self;
        image.load_kept(dataset, index, model);
        evidence.gather(image);
        context.begin(model, &image.annotation_class);
        out.fill([f32::NAN; FEATURES.len()]);
        for (n, &class) in image.annotation_class.iter().enumerate() {
            let size = image.size(n);
            let own = evidence.own_trigger(n);
            let (overlap, part) = beside(image, n);
            let values = [
                swap::trigger(image, model, context, evidence, n).map_or(0.0, |trigger| trigger.strength),
                evidence.support(n),
                context.lift(model, n, class),
                model.detectability(class, size),
                evidence.neighbour_support(n),
                size as f64,
                overlap,
                own.map_or(0.0, |own| image.confidence[own.prediction]),
                own.map_or(0.0, |own| own.iou),
                badloc::well_placed(image, evidence, n, model.tightness(class, size)),
                own.map_or(1.0, |own| evidence.separate_object(own.prediction)),
                part,
                evidence.contained(n),
                evidence.any_object(n),
            ];
            out[image.annotation_row[n] as usize] = values.map(|value| value as f32);
        }
    }
}

/// The greatest IoU of annotation `n` with any other, and the greatest fraction of it inside another of its class.
fn beside(image: &ImageData, n: usize) -> (f64, f64) {
    let (mut overlap, mut part) = (0.0, 0.0);
    image.annotation_index.each_near(&image.annotations.corners(n), |other| {
        if other != n {
            let both = image.annotations.overlap(n, &image.annotations, other);
            overlap = larger(both.iou(), overlap);
            if image.annotation_class[other] == image.annotation_class[n] {
                part = larger(both.fraction_of(0), part);
            }
        }
    });
    (overlap, part)
}
