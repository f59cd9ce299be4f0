//! What reading notices.

mod common;

use boxlint_io::{Finding, Kind, List};
use common::{document, read, read_both};

fn annotation(id: usize, image: i64, bbox: &str, more: &str) -> String {
    format!(r#"{{"id": {id}, "image_id": {image}, "category_id": 3, "bbox": {bbox}{more}}}"#)
}

fn findings(annotations: &[String]) -> Vec<Finding> {
    read(&document(&annotations.join(", "))).unwrap().findings
}

fn find(findings: &[Finding], kind: Kind, list: List) -> Option<(usize, &str)> {
    let mut found = findings.iter().filter(|finding| finding.kind == kind && finding.list == list);
    let first = found.next().map(|finding| (finding.count, finding.example.as_str()));
    assert!(found.next().is_none(), "{kind} is told twice");
    first
}

#[test]
fn sound_boxes_on_every_image_give_nothing_to_tell() {
    let sound = [annotation(1, 1, "[1, 2, 30, 4]", ""), annotation(2, 2, "[70, 2, 30, 78]", "")];
    assert_eq!(findings(&sound), []);
}

#[test]
fn each_kind_is_counted_with_its_first_case() {
    let told = findings(&[
        annotation(1, 1, "[1, 2, 3, 4]", r#", "iscrowd": 1"#),
        annotation(2, 1, "[1, 2, 3, 4]", r#", "ignore": 1, "iscrowd": 1"#),
        annotation(2, 1, "[1, 2, 3, 4]", r#", "difficult": 1"#),
        annotation(4, 1, "[90, 2, 12, 4]", ""),
        annotation(5, 1, "[-1, -1, 102, 82]", ""),
        annotation(6, 1, "[1, 2, 0, 4]", ""),
        annotation(7, 1, "[1, 2, 5, -1]", ""),
    ]);
    let expected = [
        (Kind::Crowd, 2, "annotations[0]"),
        (Kind::Ignore, 1, "annotations[1]"),
        (Kind::Difficult, 1, "annotations[2]"),
        (Kind::OutsideImage, 1, "annotations[3] spans [90.0, 2.0, 102.0, 6.0] in an image of 100 x 80"),
        (Kind::ZeroArea, 1, "annotations[5] spans [1.0, 2.0, 1.0, 6.0]"),
        (Kind::Inverted, 1, "annotations[6] spans [1.0, 2.0, 6.0, 1.0]"),
        (Kind::DuplicateId, 1, "id 2"),
    ];
    for (kind, count, example) in expected {
        assert_eq!(find(&told, kind, List::Annotations), Some((count, example)), "{kind}");
    }
    let without = find(&told, Kind::WithoutAnnotations, List::Images);
    assert_eq!(without, Some((1, r#"images[1] is "b.jpg""#)));
    assert_eq!(told.len(), expected.len() + 1);
}

#[test]
fn images_of_one_id_are_told_and_the_first_gets_the_boxes() {
    let text = document(&annotation(1, 1, "[1, 2, 3, 4]", "")).replace(r#""id": 2"#, r#""id": 1"#);
    let coco = read(&text).unwrap();
    assert_eq!(find(&coco.findings, Kind::DuplicateId, List::Images), Some((1, "id 1")));
    assert_eq!(coco.annotations.offsets, [0, 1, 1]);
}

#[test]
fn images_without_detections_are_told() {
    let detections = r#"[{"image_id": 2, "category_id": 3, "bbox": [1, 1, 2, 2], "score": 0.5}]"#;
    let told = read_both(&document(""), detections).unwrap().findings;
    assert_eq!(find(&told, Kind::WithoutDetections, List::Images), Some((1, r#"images[0] is "a.jpg""#)));
    assert_eq!(find(&told, Kind::WithoutAnnotations, List::Images).unwrap().0, 2);
}

#[test]
fn relative_coordinates_are_told_only_if_all_are() {
    let relative = annotation(1, 1, "[0.1, 0.2, 0.3, 0.8]", "");
    let pixels = annotation(2, 1, "[0, 0, 3, 2]", "");
    let told = findings(std::slice::from_ref(&relative));
    assert_eq!(find(&told, Kind::Relative, List::Annotations).unwrap().0, 1);
    assert_eq!(find(&findings(&[relative, pixels]), Kind::Relative, List::Annotations), None);
    assert_eq!(find(&findings(&[]), Kind::Relative, List::Annotations), None);
}

#[test]
fn corners_in_place_of_sizes_are_told() {
    let corners = |id: usize| (3 * id % 60, 2 * id % 40);
    let as_corners = |id| {
        let (x, y) = corners(id);
        annotation(id, 1, &format!("[{x}, {y}, {}, {}]", x + 30, y + 20), "")
    };
    let as_sizes = |id| {
        let (x, y) = corners(id);
        annotation(id, 1, &format!("[{x}, {y}, 30, 20]"), "")
    };
    let told = findings(&(0..40).map(as_corners).collect::<Vec<_>>());
    assert_eq!(find(&told, Kind::LooksLikeXyxy, List::Annotations).unwrap().0, 40);
    let told = findings(&(0..40).map(as_sizes).collect::<Vec<_>>());
    assert_eq!(find(&told, Kind::LooksLikeXyxy, List::Annotations), None);
}
