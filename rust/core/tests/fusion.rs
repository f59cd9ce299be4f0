//! Predictions of several detectors, fused in many images.

mod common;

use boxlint_core::check::{Consensus, Detectors, collect};
use boxlint_core::{Boxes, Floats};
use common::{dataset, on_threads};

#[test]
fn fused_predictions_stand_in_the_order_of_the_images() {
    const IMAGES: usize = 1000;
    let xyxy: Vec<f64> = (0..IMAGES).flat_map(|image| [0.0, 0.0, 1.0 + image as f64, 10.0]).collect();
    let (class_id, scores) = ([0; IMAGES], [0.9; IMAGES]);
    let offsets: Vec<i64> = (0..=IMAGES as i64).collect();
    let annotations = Boxes::new(Floats::F64(&xyxy), &class_id, None, &offsets).expect("annotations");
    let predictions = Boxes::new(Floats::F64(&xyxy), &class_id, Some(Floats::F64(&scores)), &offsets);
    let datasets = [dataset(annotations, predictions.expect("predictions"), None)];
    let consensus = Consensus::new(&[collect(&datasets[0], 0..IMAGES)]);
    let fused = on_threads(4, || Detectors { consensus: &consensus, datasets: &datasets }.fuse(0..IMAGES));
    assert!(fused.xyxy == xyxy && fused.counts == [1; IMAGES]);
}
