//! What is read from valid files.

mod common;

use boxlint_io::{Id, Options, Source, read_coco};
use common::{annotation, bytes, detection, document, gzip, read, read_both, read_with};

const TWO: &str = r#"
    {"id": 5, "image_id": 2, "category_id": 9, "bbox": [1, 2, 3.5, 4]},
    {"id": 6, "image_id": 1, "category_id": 3, "bbox": [0, 0, 10, 10], "iscrowd": 1},
    {"id": 7, "image_id": 2, "category_id": 3, "bbox": [5, 5, 1, 1], "ignore": true, "difficult": 0}"#;

#[test]
fn boxes_come_out_by_image_and_in_file_order_within_one() {
    let coco = read(&document(TWO)).unwrap();
    let boxes = &coco.annotations;
    assert_eq!(boxes.offsets, [0, 1, 3]);
    assert_eq!(boxes.ids.clone().into_ints().unwrap(), [6, 5, 7]);
    assert_eq!(boxes.class_id, [0, 1, 0]);
    let expected = [[0.0, 0.0, 10.0, 10.0], [1.0, 2.0, 4.5, 6.0], [5.0, 5.0, 6.0, 6.0]];
    assert_eq!(boxes.xyxy, expected);
    assert_eq!(coco.images.names, ["a.jpg", "b.jpg"]);
    assert_eq!(coco.images.sizes, [[100.0, 80.0]; 2]);
}

#[test]
fn flags_may_be_numbers_or_booleans() {
    let flags = read(&document(TWO)).unwrap().annotations.flags.unwrap();
    assert_eq!(flags.crowd, [true, false, false]);
    assert_eq!(flags.ignore, [false, false, true]);
    assert_eq!(flags.difficult, [false; 3]);
}

#[test]
fn of_a_flag_that_stands_twice_the_last_counts() {
    let more = [r#", "iscrowd": 1, "iscrowd": 0, "ignore": 1"#, r#", "iscrowd": 0, "iscrowd": 1"#];
    let records = more.map(|more| annotation(1, 1, "[0, 0, 1, 1]", more));
    let flags = read(&document(&records.join(", "))).unwrap().annotations.flags.unwrap();
    assert_eq!(flags.crowd, [false, true]);
    assert_eq!(flags.ignore, [true, false]);
}

#[test]
fn masks_and_unknown_fields_are_skipped_whatever_is_in_them() {
    let coco = read(&document(
        r#"{"segmentation": {"counts": "a}\"]{\\", "size": [1, 2]}, "id": 1, "image_id": 1, "area": NaN,
            "keypoints": [[1, 2], ["]"]], "bbox": [1, 2, 3, 4], "extra": {"bbox": [[]]}, "category_id": 3}"#,
    ));
    assert_eq!(coco.unwrap().annotations.xyxy, [[1.0, 2.0, 4.0, 6.0]]);
}

#[test]
fn a_field_is_known_by_its_name_whatever_its_place_its_spaces_and_its_escapes() {
    let annotations = [
        r#"{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 0, 1, 1]}"#,
        r#"{"id":   2, "image_id":1 , "category_id": 3, "bbox": [2, 0, 1, 1]}"#,
        r#"{ "image_id": 1, "\u0069d": 3, "bbox" : [ 3 ,0, 1, 1 ], "category_id": 3}"#,
        r#"{"image_id": 1, "id": 4, "bbox": [4, 0, 1, 1], "area": 7, "category_id": 3 }"#,
        r#"{"image_id": 1, "id": 9, "bbox": [9, 0, 1, 1], "id": 5, "bbox": [5, 0, 1, 1], "category_id": 3}"#,
    ];
    let boxes = read(&document(&annotations.join(",\n"))).unwrap().annotations;
    assert_eq!(boxes.ids.into_ints().unwrap(), [1, 2, 3, 4, 5]);
    assert_eq!(boxes.xyxy.iter().map(|xyxy| xyxy[0]).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0, 5.0]);
}

#[test]
fn an_integral_float_is_the_integer() {
    let coco = read(&document(r#"{"id": 1.0, "image_id": 2.0, "category_id": 9e0, "bbox": [0, 0, 1, 1]}"#));
    let coco = coco.unwrap();
    assert_eq!(coco.annotations.offsets, [0, 0, 1]);
    assert_eq!(coco.annotations.class_id, [1]);
    assert_eq!(coco.annotations.ids.get(0), Id::Int(1));
}

#[test]
fn ids_may_be_strings() {
    let annotations = r#"{"annotations": [{"id": "α", "image_id": "i/2", "category_id": "z", "bbox": [0, 0, 1, 1]}],
        "images": [{"id": "i\/1"}, {"id": "i/2"}, {"id": 2}],
        "categories": [{"id": "z", "name": "zebra"}, {"id": "a", "name": "ape"}]}"#;
    let coco = read(annotations).unwrap();
    assert_eq!(coco.images.names, ["i/1", "i/2", "2"]);
    assert_eq!(coco.classes.names, ["zebra", "ape"]);
    assert_eq!(coco.annotations.offsets, [0, 0, 1, 1]);
    assert_eq!(coco.annotations.ids.get(0), Id::String("α"));
    assert!(coco.annotations.ids.into_ints().is_err());
}

#[test]
fn classes_are_in_rising_order_of_their_ids() {
    let coco = read(
        r#"{"images": [], "annotations": [],
            "categories": [{"id": 10, "name": "c"}, {"id": -1, "name": "a"}, {"id": 2, "name": "b"}]}"#,
    );
    assert_eq!(coco.unwrap().classes.names, ["a", "b", "c"]);
}

#[test]
fn ids_of_any_length_and_strings_may_stand_in_one_column() {
    let ids = ["1", "2147483648", "-2", "\"x\"", "-9223372036854775808", "9223372036854775807", "3.0"];
    let records = ids.map(|id| annotation(id, 1, "[0, 0, 1, 1]", ""));
    let boxes = read(&document(&records.join(","))).unwrap().annotations;
    let expected = ["1", "2147483648", "-2", "\"x\"", "-9223372036854775808", "9223372036854775807", "3"];
    assert_eq!(boxes.ids.iter().map(|id| id.to_string()).collect::<Vec<_>>(), expected);
}

#[test]
fn an_image_without_size_has_nan_and_one_without_name_its_id() {
    let coco = read(r#"{"images": [{"id": 12, "width": null}], "annotations": [], "categories": []}"#);
    let images = coco.unwrap().images;
    assert_eq!(images.names, ["12"]);
    assert!(images.sizes[0].iter().all(|side| side.is_nan()));
}

#[test]
fn ids_far_apart_are_told_apart() {
    let far = 4_611_686_018_427_387_904_i64;
    let coco = read(&format!(
        r#"{{"images": [{{"id": {far}}}, {{"id": -{far}}}, {{"id": 0}}], "categories": [{{"id": 1, "name": "x"}}],
            "annotations": [{{"id": 1, "image_id": -{far}, "category_id": 1, "bbox": [0, 0, 1, 1]}}]}}"#
    ));
    assert_eq!(coco.unwrap().annotations.offsets, [0, 0, 1, 1]);
}

#[test]
fn detections_may_be_a_list_or_in_an_object() {
    let list = format!("[{}]", detection(2, 9, 1));
    let bare = read_both(&document(TWO), &list).unwrap().detections.unwrap();
    assert_eq!(bare.score.as_deref(), Some(&[1.0][..]));
    assert!(bare.flags.is_none());
    for name in ["annotations", "predictions", "detections"] {
        let object = format!(r#"{{"info": {{}}, "{name}": {list}}}"#);
        let inside = read_both(&document(TWO), &object).unwrap().detections.unwrap();
        assert_eq!(inside.offsets, bare.offsets);
    }
}

#[test]
fn detections_have_their_ids_or_their_positions() {
    let ids = |id: &str| {
        let score = format!("0.5{id}");
        let list = format!("[{}, {}]", detection(2, 3, &score), detection(1, 3, &score));
        read_both(&document(""), &list).unwrap().detections.unwrap().ids.into_ints().unwrap()
    };
    assert_eq!(ids(""), [1, 0]);
    assert_eq!(ids(r#", "id": 77"#), [77, 77]);
}

#[test]
fn detections_may_name_file_stems_and_class_positions() {
    let annotations = r#"{
        "images": [
            {"id": 1, "file_name": "x/000042.jpg"},
            {"id": 2, "file_name": "b.c.png"},
            {"id": 3, "file_name": "-5.png"}
        ],
        "annotations": [], "categories": [{"id": 5, "name": "p"}, {"id": 6, "name": "q"}]}"#;
    let detections = [detection("\"b.c\"", 1, 0.5), detection(42, 2, 0.5), detection("\"-5\"", 1, 0.5)];
    let detections = format!("[{}]", detections.join(", "));
    let mut options = Options::default();
    options.images_by_stem = true;
    options.classes_from = Some(1);
    let coco = read_with(annotations, &detections, &options).unwrap();
    let detections = coco.detections.unwrap();
    assert_eq!(detections.offsets, [0, 1, 2, 3]);
    assert_eq!(detections.class_id, [1, 0, 0]);
}

#[test]
fn gzip_and_a_byte_order_mark_make_no_difference() {
    let text = document(TWO);
    let marked = format!("\u{feff}{text}");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gt.json");
    std::fs::write(&path, gzip([marked.as_bytes()])).unwrap();
    let packed = read_coco(Source::Path(&path), None, &Options::default()).unwrap();
    assert_eq!(packed.annotations.xyxy, read(&text).unwrap().annotations.xyxy);
}

#[test]
fn strings_stay_with_their_boxes_in_a_file_of_many_blocks() {
    let record = |id: usize| annotation(format!("\"box {id}\""), 1, &format!("[{id}, 0, 1, 1]"), "");
    let records: Vec<String> = (0..40_000).map(record).collect();
    let boxes = read(&document(&records.join(", "))).unwrap().annotations;
    let expected: Vec<String> = (0..40_000).map(|id| format!("box {id}")).collect();
    assert!(boxes.ids.iter().eq(expected.iter().map(|id| Id::String(id))));
}

#[test]
fn a_file_of_many_blocks_reads_the_same_whatever_its_strings_look_like() {
    // Each string and each nested list looks like the border between two records.
    let trap = r#""note": "}, {\"id\": 0}, {", "parts": [{"id": 1}, {"id": 2}, {"bbox": []}]"#;
    let record = |id: usize| {
        let image = 1 + id % 2;
        format!(r#"{{{trap}, "id": {id}, "image_id": {image}, "category_id": 3, "bbox": [{id}, 0, 1, 1]}}"#)
    };
    let records: Vec<String> = (0..60_000).map(record).collect();
    let text = document(&records.join(", "));
    let expected: Vec<i64> = (0..60_000).step_by(2).chain((1..60_000).step_by(2)).collect();
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in [("plain.json", text.as_bytes()), ("packed.json", &gzip([text.as_bytes()]))] {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        for source in [Source::Path(&path), bytes(name, content)] {
            let boxes = read_coco(source, None, &Options::default()).unwrap().annotations;
            assert!(boxes.ids.iter().eq(expected.iter().map(|&id| Id::Int(id))));
            assert!(boxes.xyxy.iter().zip(&expected).all(|(xyxy, &id)| xyxy[0] == id as f64));
        }
    }
}

#[test]
fn what_is_wrong_far_into_a_file_is_named_by_its_place() {
    let record = |id: usize| annotation(id, 1, "[1, 2, 3, 4]", "") + ",\n";
    let records: String = (0..100_000).map(record).collect();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gt.json");
    let refusal = |last: &str| {
        std::fs::write(&path, document(&format!("{records}{last}"))).unwrap();
        let error = read_coco(Source::Path(&path), None, &Options::default()).unwrap_err();
        error.to_string().replace(&path.display().to_string(), "gt.json")
    };
    // Three lines come before the first annotation, which is on the fourth.
    assert_eq!(refusal("x"), "gt.json:100004:1: expected an object, found 'x'");
    let lacks = r#"{"id": 5, "image_id": 1, "category_id": 3}"#;
    assert!(refusal(lacks).starts_with("gt.json: annotations[100000] (image 1): bbox is missing"));
}

#[test]
fn a_long_list_that_nobody_asks_for_may_be_cut_anywhere() {
    // So long that a part of the file that is in memory at once ends within a number.
    let number = "1234567890".repeat(6);
    let list = vec![number; 200_000].join(",");
    let text = document(TWO).replacen('{', &format!(r#"{{"embedding": [{list}], "#), 1);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gt.json");
    std::fs::write(&path, text).unwrap();
    let coco = read_coco(Source::Path(&path), None, &Options::default()).unwrap();
    assert_eq!(coco.annotations.offsets, [0, 1, 3]);
}
