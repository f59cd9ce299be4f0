//! Records that cannot be used are counted, and stop nothing if the caller says so.

mod common;

use boxlint_io::{Coco, Finding, Id, Kind, Options};
use common::{annotation, detection, document, read, read_both, read_with};

const BOX: &str = "[1, 2, 3, 4]";

fn skip_unreadable() -> Options {
    let mut options = Options::default();
    options.skip_unreadable = true;
    options
}

fn skipping(annotations: &str) -> Coco {
    read_with(annotations, "[]", &skip_unreadable()).unwrap()
}

fn of(findings: &[Finding], kind: Kind) -> Vec<(usize, &str)> {
    let found = findings.iter().filter(|finding| finding.kind == kind);
    found.map(|finding| (finding.count, finding.example.as_str())).collect()
}

#[test]
fn they_are_counted_by_kind_with_the_first_of_each() {
    let records = [
        annotation(1, 1, BOX, ""),
        annotation(2, 1, "[1, 2]", ""),
        annotation(3, 2, BOX, r#", "category_id": null"#).replace(r#""category_id": 3, "#, ""),
        "null".to_owned(),
        annotation(4, 2, "[1, 2, 3]", ""),
        annotation(5, 2, BOX, ""),
    ];
    let text = document(&records.join(", "));
    let coco = skipping(&text);
    assert_eq!(coco.annotations.offsets, [0, 1, 2]);
    assert_eq!(coco.annotations.ids.clone().into_ints().unwrap(), [1, 5]);
    let kinds = [
        (2, "annotations[1] (image 1): bbox has 2 numbers, 4 expected"),
        (1, "annotations[2] (image 2): category_id is missing"),
        (1, "annotations[3]: expected an object, found 'n'"),
    ];
    assert_eq!(of(&coco.findings, Kind::Unreadable), kinds);
    assert_eq!(
        read(&text).unwrap_err().to_string(),
        "gt.json: annotations[1] (image 1): bbox has 2 numbers, 4 expected (2 such records); annotations[2] (image 2): \
         category_id is missing; annotations[3]: expected an object, found 'n'; 4 records in all; \
         skip_unreadable leaves such records out"
    );
}

#[test]
fn positions_count_them_in_a_file_of_many_blocks() {
    let odd = |row: usize| row % 1000 == 7;
    let record = |row: usize| match row {
        39_990 => annotation(row, 8, BOX, ""),
        _ if odd(row) => annotation(row, 1, "[1]", ""),
        _ => annotation(row, 1 + row % 2, BOX, r#", "parts": [{"id": 1}, {"bbox": 2}, {"id": 3}]"#),
    };
    let records: Vec<String> = (0..40_000).map(record).collect();
    let mut options = skip_unreadable();
    options.skip_unknown = true;
    let coco = read_with(&document(&records.join(", ")), "[]", &options).unwrap();
    let even = (0..40_000).step_by(2).filter(|&row| row != 39_990);
    let expected: Vec<usize> = even.chain((1..40_000).step_by(2).filter(|&row| !odd(row))).collect();
    assert!(coco.annotations.ids.iter().eq(expected.iter().map(|&row| Id::Int(row as i64))));
    let unreadable = (40, "annotations[7] (image 1): bbox has 1 numbers, 4 expected");
    assert_eq!(of(&coco.findings, Kind::Unreadable), [unreadable]);
    assert_eq!(of(&coco.findings, Kind::UnknownImage), [(1, "annotations[39990] names image 8")]);
}

#[test]
fn an_unreadable_image_takes_its_boxes_with_it() {
    let text = document(&annotation(1, 2, BOX, ""))
        .replace(r#""file_name": "a.jpg", "width": 100"#, r#""file_name": "a.jpg", "width": -1"#);
    let coco = skipping(&text);
    assert_eq!(coco.images.names, ["b.jpg"]);
    let kinds = [(1, r#"images[0] ("a.jpg"): width is -1, a positive number expected"#)];
    assert_eq!(of(&coco.findings, Kind::Unreadable), kinds);
    assert_eq!(of(&coco.findings, Kind::WithoutDetections), [(1, r#"images[1] is "b.jpg""#)]);
}

#[test]
fn what_is_not_json_is_refused_all_the_same() {
    let text = document(&annotation(1, 1, r#"[1, 2, "a" 3]"#, ""));
    let refusal = read_with(&text, "[]", &skip_unreadable()).unwrap_err().to_string();
    assert!(refusal.ends_with("expected `,` or `]`, found '3'"), "{refusal}");
}

#[test]
fn annotations_without_id_are_numbered_from_1_and_keep_their_positions() {
    let without = r#"{"image_id": 2, "category_id": 3, "bbox": [1, 2, 3, 4]}"#;
    let records = [without, &annotation(9, 1, "[1]", ""), without, &annotation(9, 1, BOX, "")];
    let coco = skipping(&document(&records.join(", ")));
    assert_eq!(coco.annotations.ids.clone().into_ints().unwrap(), [4, 1, 3]);
    assert_eq!(of(&coco.findings, Kind::WithoutId), [(2, "annotations[0]")]);
    let null = read(&document(&annotation("null", 1, BOX, ""))).unwrap();
    assert_eq!(null.annotations.ids.into_ints().unwrap(), [1]);
}

#[test]
fn sizes_of_0_null_and_empty_text_are_unknown() {
    for size in ["0", "0.0", "null", r#""""#, r#"" ""#] {
        let text = document("").replace(r#""width": 100"#, &format!(r#""width": {size}"#));
        let sizes = read(&text).unwrap().images.sizes;
        assert!(sizes[0][0].is_nan(), "{size}");
        assert!((sizes[0][1] - 80.0).abs() < f64::EPSILON);
    }
}

#[test]
fn digits_of_an_id_are_never_rounded() {
    for id in ["9223372036854775808", "20230405123456789012", "-9223372036854775809", "9007199254740993.0"] {
        let text = document("").replace(r#"{"id": 1,"#, &format!(r#"{{"id": {id},"#));
        let refusal = read(&text).unwrap_err().to_string();
        assert!(
            refusal.contains(&format!("id is {id}, an integer of 64 bits, from -9223372036854775808 ")),
            "{refusal}"
        );
    }
}

#[test]
fn other_encodings_are_named() {
    let text = document("");
    let wide = |swap: bool| {
        let bytes =
            text.encode_utf16().flat_map(move |unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() });
        bytes.collect::<Vec<u8>>()
    };
    let marked = [&[0xff, 0xfe][..], &wide(false)].concat();
    for bytes in [wide(false), wide(true), marked] {
        assert_eq!(read(&bytes).unwrap_err().to_string(), "gt.json: this is UTF-16; save it as UTF-8");
    }
    let widest: Vec<u8> = text.chars().flat_map(|character| (character as u32).to_le_bytes()).collect();
    assert_eq!(read(&widest).unwrap_err().to_string(), "gt.json: this is UTF-32; save it as UTF-8");
}

#[test]
fn json_lines_are_named() {
    let lines = format!("{}\n{}\n", detection(1, 3, 0.5), detection(2, 3, 0.5));
    let refusal = read_both(&document(""), &lines).unwrap_err().to_string();
    assert!(refusal.starts_with("dt.json:2: another object follows the first, as in JSON lines"), "{refusal}");
}

#[test]
fn a_file_without_detections_is_told() {
    let found = read_both(&document(""), "[]").unwrap().findings;
    assert_eq!(of(&found, Kind::NoDetections), [(1, "dt.json")]);
    let found = read_both(&document(""), &format!("[{}]", detection(1, 3, 0.5))).unwrap().findings;
    assert_eq!(of(&found, Kind::NoDetections), []);
}
