//! What reading finds in the records of a file.

mod common;

use boxlint_io::{Finding, Kind, List};
use common::{annotation, detection, document, read, read_both, read_with, skip_unknown};

const BOX: &str = "[1, 2, 3, 4]";

fn findings(annotations: &[String]) -> Vec<Finding> {
    read(&document(&annotations.join(", "))).unwrap().findings
}

fn find(findings: &[Finding], kind: Kind, list: List) -> Option<(usize, &str)> {
    let mut found = findings.iter().filter(|finding| finding.kind == kind && finding.list == list);
    let first = found.next().map(|finding| (finding.count, finding.example.as_str()));
    assert!(found.next().is_none(), "{kind} is reported twice");
    first
}

#[test]
fn valid_records_of_every_image_give_no_finding() {
    let valid = [annotation(1, 1, "[1, 2, 30, 4]", ""), annotation(2, 2, "[70, 2, 30, 78]", "")];
    assert_eq!(findings(&valid), []);
}

#[test]
fn each_kind_is_counted_with_its_first_case() {
    let found = findings(&[
        annotation(1, 1, BOX, r#", "iscrowd": 1"#),
        annotation(2, 1, BOX, r#", "ignore": 1, "iscrowd": 1"#),
        annotation(2, 1, BOX, r#", "difficult": 1"#),
    ]);
    let expected = [
        (Kind::Crowd, 2, "annotations[0]"),
        (Kind::Ignore, 1, "annotations[1]"),
        (Kind::Difficult, 1, "annotations[2]"),
        (Kind::DuplicateId, 1, "id 2"),
    ];
    for (kind, count, example) in expected {
        assert_eq!(find(&found, kind, List::Annotations), Some((count, example)), "{kind}");
    }
    let without = find(&found, Kind::WithoutAnnotations, List::Images);
    assert_eq!(without, Some((1, r#"images[1] is "b.jpg""#)));
    assert_eq!(found.len(), expected.len() + 1);
}

#[test]
fn the_position_in_a_file_of_many_blocks_is_that_in_its_list() {
    let found = |flagged: &[usize]| {
        let more = |id: usize| if flagged.contains(&id) { r#", "iscrowd": 1"# } else { "" };
        findings(&(0..40_000).map(|id| annotation(id, 1, BOX, more(id))).collect::<Vec<_>>())
    };
    assert_eq!(find(&found(&[30_000]), Kind::Crowd, List::Annotations), Some((1, "annotations[30000]")));
    assert_eq!(find(&found(&[10_000, 30_000]), Kind::Crowd, List::Annotations), Some((2, "annotations[10000]")));
    let name = |id: usize| if id % 20_000 == 10_000 { "" } else { r#", "name": "c""# };
    let categories: Vec<String> = (0..40_000).map(|id| format!(r#"{{"id": {id}{}}}"#, name(id))).collect();
    let text = format!(r#"{{"images": [], "annotations": [], "categories": [{}]}}"#, categories.join(", "));
    let expected = Some((2, r#"categories[10000] is named "10000""#));
    assert_eq!(find(&read(&text).unwrap().findings, Kind::WithoutName, List::Categories), expected);
}

#[test]
fn annotations_of_one_id_are_reported_if_it_is_a_string() {
    let found = |ids: [&str; 3]| findings(&ids.map(|id| annotation(format!("{id:?}"), 1, BOX, "")));
    assert_eq!(find(&found(["x", "y", "x"]), Kind::DuplicateId, List::Annotations), Some((1, r#"id "x""#)));
    assert_eq!(find(&found(["x", "y", "z"]), Kind::DuplicateId, List::Annotations), None);
}

/// Without a file name, an id stands for it: of images that repeat an id, that is said once.
#[test]
fn images_that_repeat_an_id_have_no_equal_file_names_as_well() {
    let found = |images: &str| {
        read(&format!(r#"{{"images": [{images}], "annotations": [], "categories": []}}"#)).unwrap().findings
    };
    let repeated = found(r#"{"id": 7}, {"id": 7}"#);
    assert_eq!(find(&repeated, Kind::DuplicateId, List::Images), Some((1, "id 7")));
    assert_eq!(find(&repeated, Kind::EqualFileNames, List::Images), None);
    let named = found(r#"{"id": 7, "file_name": "a"}, {"id": 8, "file_name": "a"}"#);
    assert_eq!(find(&named, Kind::EqualFileNames, List::Images).map(|(count, _)| count), Some(1));
}

#[test]
fn boxes_that_are_left_out_are_counted() {
    let list = [detection(1, 3, 0.5), detection("\"7\"", 3, 0.5), detection(8, 3, 0.5), detection(2, 4, 0.5)];
    let coco = read_with(&document(""), format!("[{}]", list.join(", ")), &skip_unknown()).unwrap();
    let left = coco.detections.unwrap();
    assert_eq!(left.offsets, [0, 1, 1]);
    assert_eq!((left.xyxy.len(), left.class_id, left.score, left.ids), (1, vec![0], Some(vec![0.5]), vec![0].into()));
    let image = find(&coco.findings, Kind::UnknownImage, List::Detections);
    assert_eq!(image, Some((2, r#"detections[1] names image "7""#)));
    let class = find(&coco.findings, Kind::UnknownClass, List::Detections);
    assert_eq!(class, Some((1, "detections[3] names category 4")));
}

#[test]
fn images_of_one_id_are_reported_and_the_first_gets_the_boxes() {
    let text = document(&annotation(1, 1, BOX, "")).replace(r#""id": 2"#, r#""id": 1"#);
    let coco = read(&text).unwrap();
    assert_eq!(find(&coco.findings, Kind::DuplicateId, List::Images), Some((1, "id 1")));
    assert_eq!(coco.annotations.offsets, [0, 1, 1]);
}

#[test]
fn images_without_detections_are_reported() {
    let found = read_both(&document(""), &format!("[{}]", detection(2, 3, 0.5))).unwrap().findings;
    assert_eq!(find(&found, Kind::WithoutDetections, List::Images), Some((1, r#"images[0] is "a.jpg""#)));
    assert_eq!(find(&found, Kind::WithoutAnnotations, List::Images).unwrap().0, 2);
}

#[test]
fn a_finding_is_shown_in_a_sentence() {
    let found = findings(&[annotation(1, 2, BOX, r#", "iscrowd": 1"#), annotation(1, 1, BOX, "")]);
    let shown: Vec<String> = found.iter().map(Finding::to_string).collect();
    let expected =
        ["annotations: crowd (1), the first: annotations[0]", "annotations: duplicate id (1), the first: id 1"];
    assert_eq!(shown, expected);
}
