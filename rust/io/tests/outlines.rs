//! Boxes made around the outline of what has none.

mod common;

use boxlint_io::Kind;
use common::{document, read, read_both};

fn without_box(segmentation: &str) -> String {
    document(&format!(r#"{{"id": 1, "image_id": 1, "category_id": 3, "segmentation": {segmentation}}}"#))
}

fn around(segmentation: &str) -> [f64; 4] {
    read(&without_box(segmentation)).unwrap().annotations.xyxy[0]
}

#[test]
fn polygons_give_the_box_around_all_of_them() {
    assert_eq!(around("[[10, 20, 30, 20.5, 30, 40]]"), [10.0, 20.0, 30.0, 40.0]);
    assert_eq!(around("[[10, 20, 30, 20, 30, 40], [5, 60, 6, 60, 6, 61.5]]"), [5.0, 20.0, 30.0, 61.5]);
    assert_eq!(around("[10, 20, 30, 20, 30, 40]"), [10.0, 20.0, 30.0, 40.0]);
}

#[test]
fn masks_give_the_box_around_their_pixels() {
    // 3 high, 4 wide, by columns: the object has the last pixel of column 1 and the first two of column 2.
    assert_eq!(around(r#"{"counts": [5, 3, 4], "size": [3, 4]}"#), [1.0, 0.0, 3.0, 3.0]);
    assert_eq!(around(r#"{"size": [3, 4], "counts": [4, 1, 2, 1, 4]}"#), [1.0, 1.0, 3.0, 2.0]);
    assert_eq!(around(r#"{"counts": [0, 12], "size": [3, 4]}"#), [0.0, 0.0, 4.0, 3.0]);
    // A run of the object may be empty.
    assert_eq!(around(r#"{"counts": [1, 0, 1, 2], "size": [2, 2]}"#), [1.0, 0.0, 2.0, 2.0]);
    assert_eq!(around(r#"{"counts": [0, 0, 3, 1], "size": [2, 2]}"#), [1.0, 1.0, 2.0, 2.0]);
    // The masks before, packed.
    assert_eq!(around(r#"{"counts": "534", "size": [3, 4]}"#), [1.0, 0.0, 3.0, 3.0]);
    assert_eq!(around(r#"{"counts": "41202", "size": [3, 4]}"#), [1.0, 1.0, 3.0, 2.0]);
    let packed_by_pycocotools = r#"{"counts": "5Z150000000000000000000000000g5", "size": [47, 18]}"#;
    assert_eq!(around(packed_by_pycocotools), [0.0, 5.0, 14.0, 47.0]);
}

#[test]
fn an_empty_or_null_box_counts_as_missing_and_a_real_one_stays() {
    for bbox in ["[]", "null"] {
        let text = without_box("[[1, 2, 3, 4, 5, 6]]")
            .replace(r#""id": 1, "image"#, &format!(r#""id": 1, "bbox": {bbox}, "image"#));
        assert_eq!(read(&text).unwrap().annotations.xyxy, [[1.0, 2.0, 5.0, 6.0]]);
    }
    let text =
        without_box("[[1, 2, 3, 4, 5, 6]]").replace(r#""id": 1, "image"#, r#""id": 1, "bbox": [7, 7, 1, 1], "image"#);
    let coco = read(&text).unwrap();
    assert_eq!(coco.annotations.xyxy, [[7.0, 7.0, 8.0, 8.0]]);
    assert!(coco.findings.iter().all(|finding| finding.kind != Kind::BoxFromOutline));
}

#[test]
fn they_are_counted_in_annotations_and_detections() {
    let list = r#"[{"image_id": 1, "category_id": 3, "bbox": [1, 1, 2, 2], "score": 1},
        {"image_id": 2, "category_id": 3, "segmentation": [[1, 2, 3, 4, 5, 6]], "score": 1}]"#;
    let coco = read_both(&without_box("[[1, 2, 3, 4, 5, 6]]"), list).unwrap();
    let told = coco.findings.iter().filter(|finding| finding.kind == Kind::BoxFromOutline);
    let told: Vec<(usize, &str)> = told.map(|finding| (finding.count, finding.example.as_str())).collect();
    assert_eq!(told, [(1, "annotations[0]"), (1, "detections[1]")]);
    assert_eq!(coco.detections.unwrap().xyxy[1], [1.0, 2.0, 5.0, 6.0]);
}

#[test]
fn what_is_no_outline_leaves_the_record_unreadable() {
    let cases = [
        ("[]", "bbox is missing"),
        ("null", "bbox is missing"),
        ("7", "segmentation is a number, a mask with counts and size expected"),
        ("[[1, 2, 3, 4]]", "segmentation is a list of 4 numbers, polygons of three or more points expected"),
        ("[[1, 2, 3, 4, 5, 6, 7]]", "segmentation is a list of 7 numbers, "),
        ("[[1, 2, 3, 4, 5, \"x\"]]", "a number of segmentation is a string, a finite number expected"),
        (r#"{"counts": [5, 3], "size": [3, 4]}"#, "segmentation is a damaged or empty mask, "),
        (r#"{"counts": [12], "size": [3, 4]}"#, "segmentation is a damaged or empty mask, "),
        (r#"{"counts": [0, 1e14], "size": [3, 4]}"#, "segmentation is a damaged or empty mask, "),
        (r#"{"counts": [0.5, 12], "size": [3, 4]}"#, "segmentation is a list of odd numbers, "),
        (r#"{"counts": "~", "size": [3, 4]}"#, "segmentation is a damaged mask, "),
        (r#"{"counts": "oooooooooooooooooo", "size": [3, 4]}"#, "segmentation is a damaged mask, "),
        (r#"{"counts": [0, 1], "size": [0, 4]}"#, "segmentation is a damaged or empty mask, "),
        (r#"{"counts": [0, 12]}"#, "segmentation is an object, a mask with counts and size expected"),
    ];
    for (segmentation, expected) in cases {
        let refusal = read(&without_box(segmentation)).unwrap_err().to_string();
        assert!(refusal.starts_with(&format!("gt.json: annotations[0] (image 1): {expected}")), "{refusal}");
    }
}
