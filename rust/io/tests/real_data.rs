//! The counts of real files; skipped where they are not at hand.

mod common;

use std::path::PathBuf;

use boxlint_io::{Coco, Kind, Options, Source, read_coco};
use common::written;

/// The folder in `BOXLINT_DATA`, or `shared/data` beside the workspace.
fn folder(name: &str) -> Option<PathBuf> {
    let data = std::env::var_os("BOXLINT_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    Some(data.join(name)).filter(|folder| folder.is_dir())
}

fn read(name: &str, detections: &str) -> Option<Coco> {
    let folder = folder(name)?;
    let (annotations, detections) = (folder.join("annotations.json"), folder.join(detections));
    let detections = Some(Source::Path(&detections));
    Some(read_coco(Source::Path(&annotations), detections, &Options::default()).unwrap())
}

/// Images, annotations, classes and detections.
fn counts(coco: &Coco) -> [usize; 4] {
    let detections = coco.detections.as_ref().unwrap();
    [coco.images.names.len(), coco.annotations.xyxy.len(), coco.classes.names.len(), detections.xyxy.len()]
}

fn count(coco: &Coco, kind: Kind) -> usize {
    let findings = coco.findings.iter().filter(|finding| finding.kind == kind);
    findings.map(|finding| finding.count).sum()
}

#[test]
fn voc2007_has_the_counts_of_its_description() {
    let files = [("mobilenet_yolo", 52_404), ("yolov2", 101_139)];
    for (detector, detections) in files {
        let Some(coco) = read("voc2007_test", &format!("detections_{detector}.json")) else {
            return;
        };
        assert_eq!(counts(&coco), [4952, 14_976, 20, detections]);
        assert_eq!(count(&coco, Kind::Difficult), 2944);
    }
}

#[test]
fn coco_val2017_has_the_counts_of_its_description() {
    let Some(coco) = read("coco_val2017", "detections_yolov2.json") else {
        return;
    };
    assert_eq!(counts(&coco), [5000, 36_781, 80, 12_457]);
    assert_eq!(count(&coco, Kind::Crowd), 446);
    assert_eq!(count(&coco, Kind::WithoutDetections), 416);
}

#[test]
fn coco_with_masks_has_the_counts_of_its_description() {
    let Some(coco) = read("coco_small", "detections.json") else {
        return;
    };
    assert_eq!(counts(&coco), [100, 839, 80, 734]);
    assert_eq!(count(&coco, Kind::WithoutDetections), 1);
}

#[test]
fn real_boxes_are_written_and_read_again_exactly() {
    for (folder, detections) in [("coco_val2017", "detections_yolov2.json"), ("coco_small", "detections.json")] {
        let Some(coco) = read(folder, detections) else {
            return;
        };
        let again = common::read(&written(&coco)).unwrap();
        assert_eq!(again.annotations.xyxy, coco.annotations.xyxy);
        assert_eq!(again.annotations.flags, coco.annotations.flags);
        assert!(again.annotations.ids == coco.annotations.ids);
    }
}
