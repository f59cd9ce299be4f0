//! What is refused, and in which words.

mod common;

use boxlint_io::Options;
use common::{annotation, detection, document, read, read_both};

fn refusal(annotations: &str) -> String {
    read(annotations).unwrap_err().to_string()
}

/// The refusal of a second annotation with one field replaced.
fn refusal_of(field: &str, value: &str) -> String {
    let fields = [("id", "2"), ("image_id", "1"), ("category_id", "3"), ("bbox", "[1, 2, 3, 4]")];
    let valid = fields.map(|(name, value)| format!(r#""{name}": {value}"#)).join(", ");
    let wrong = fields
        .into_iter()
        .filter(|(name, _)| *name != field)
        .chain((!value.is_empty()).then_some((field, value)))
        .map(|(name, value)| format!(r#""{name}": {value}"#));
    let wrong: Vec<String> = wrong.collect();
    refusal(&document(&format!("{{{valid}}}, {{{}}}", wrong.join(", "))))
}

#[test]
fn a_wrong_field_is_named_with_its_record() {
    let cases = [
        ("bbox", "[1, 2, 3]", "bbox has 3 numbers, 4 expected"),
        ("bbox", "[1, 2, 3, 4, 5]", "bbox has 5 numbers, 4 expected"),
        ("bbox", "[]", "bbox is missing"),
        ("bbox", "[1, NaN, 3, 4]", "a number of bbox is NaN, a finite number expected"),
        ("bbox", "[1, 1e999, 3, 4]", "a number of bbox is inf, a finite number expected"),
        ("bbox", "[1, \"2\", 3, 4]", "a number of bbox is a string, a finite number expected"),
        ("bbox", "null", "bbox is missing"),
        ("bbox", "{}", "bbox is an object, a list of 4 numbers expected"),
        ("bbox", "", "bbox is missing"),
        ("image_id", "", "image_id is missing"),
        ("image_id", "null", "image_id is missing"),
        ("image_id", "1.5", "image_id is 1.5, an integer or a string expected"),
        ("image_id", "[1]", "image_id is a list, an integer or a string expected"),
        ("category_id", "true", "category_id is true, an integer or a string expected"),
        ("category_id", "", "category_id is missing"),
        (
            "id",
            "9223372036854775808",
            "id is 9223372036854775808, an integer of 64 bits, from -9223372036854775808 to \
            9223372036854775807, or a string expected",
        ),
        // 5 more than 64 bits hold.
        (
            "id",
            "18446744073709551621",
            "id is 18446744073709551621, an integer of 64 bits, from -9223372036854775808 to \
            9223372036854775807, or a string expected",
        ),
        ("iscrowd", "2", "iscrowd is 2, 0, 1, true or false expected"),
        ("ignore", "\"no\"", "ignore is a string, 0, 1, true or false expected"),
    ];
    for (field, value, expected) in cases {
        let image = match (field, value) {
            ("image_id", "" | "null" | "[1]") => String::new(),
            ("image_id", _) => format!(" (image {value})"),
            _ => " (image 1)".to_owned(),
        };
        let rest = "skip_unreadable leaves such records out";
        assert_eq!(refusal_of(field, value), format!("gt.json: annotations[1]{image}: {expected}; {rest}"));
    }
}

#[test]
fn corners_must_be_finite_too() {
    let refusal = refusal_of("bbox", "[1e308, 0, 1e308, 1]");
    assert!(refusal.contains("bbox is [1e308, 0.0, 1e308, 1.0], finite corners up to 1e150 expected;"), "{refusal}");
}

#[test]
fn a_score_must_be_from_0_to_1() {
    for (score, found) in [("1.5", "1.5"), ("-0.1", "-0.1"), ("Infinity", "inf")] {
        let refusal = read_both(&document(""), &format!("[{}]", detection(1, 3, score))).unwrap_err().to_string();
        assert!(refusal.starts_with(&format!("dt.json: detections[0] (image 1): score is {found}, ")), "{refusal}");
    }
    let refusal = read_both(&document(""), r#"[{"image_id": 1, "category_id": 3, "bbox": [1, 1, 2, 2]}]"#);
    let expected = "dt.json: detections[0] (image 1): score is missing; skip_unreadable leaves such records out";
    assert_eq!(refusal.unwrap_err().to_string(), expected);
}

#[test]
fn malformed_json_is_shown_by_line_and_column() {
    assert_eq!(refusal("{\"images\": [],\n \"annotations\": [}"), "gt.json:2:18: expected an object, found '}'");
    assert_eq!(refusal("{\"images\": []\n\n  7}"), "gt.json:3:3: expected `,` or `}`, found '7'");
    assert_eq!(refusal("[]"), "gt.json:1:1: expected an object, found '['");
    assert_eq!(refusal(""), "gt.json:1:1: expected an object, found the end of the file");
    assert!(refusal(&(document("") + "x")).ends_with("expected the end of the file, found 'x'"));
}

#[test]
fn a_bracket_missing_in_a_mask_is_shown_where_it_is_missing() {
    let text = "{\"images\": [], \"categories\": [], \"annotations\": [\n\
                {\"segmentation\": [[1, 2], \"id\": 1},\n{\"id\": 2}]}";
    assert_eq!(refusal(text), "gt.json:2:31: expected `,` or `]`, found ':'");
}

#[test]
fn numbers_that_are_read_must_be_json_however_long_they_are() {
    for number in ["01", "-01", "00.5", "-00.5", "012345678", "-012345678", "00.12345678", "5.", "12345678.", ".5"] {
        for bbox in [format!("[{number}, 2, 3, 4]"), format!("[1, 2, 3, {number}]")] {
            let refusal = refusal(&document(&annotation(1, 1, &bbox, "")));
            assert!(refusal.starts_with("gt.json:") && refusal.contains(": expected "), "{bbox}: {refusal}");
        }
        assert!(read(&document(&annotation(number, 1, "[1, 2, 3, 4]", ""))).is_err(), "{number}");
    }
}

#[test]
fn what_is_skipped_must_be_json_too() {
    let values = [
        "01",
        "-01",
        "1.",
        "-",
        ".5",
        "+1",
        "1e",
        "1e+",
        "0x1",
        "1.5.2",
        "12345678901.",
        "1 2",
        "tru",
        "nul",
        "none",
        "-NaN",
        "\"",
        r#""\q""#,
        r#""\u12G4""#,
        "\"\t\"",
        "{1: 2}",
        "{\"a\" 2}",
        "{\"a\": 2,}",
        "[1,]",
        "[1}",
        "[,]",
        "",
    ];
    for value in values {
        for value in [value.to_owned(), format!("[[1, {value}]]")] {
            let record = annotation(1, 1, "[0, 0, 1, 1]", &format!(r#", "segmentation": {value}"#));
            let refusal = refusal(&document(&record));
            assert!(refusal.contains(": expected "), "{value}: {refusal}");
        }
    }
    let broken = document("{\"note\": \"?\"}").replace('?', "\u{0}").into_bytes();
    let broken: Vec<u8> = broken.into_iter().map(|byte| if byte == 0 { 0xff } else { byte }).collect();
    assert!(read(&broken).unwrap_err().to_string().ends_with("expected UTF-8, found no character"));
}

#[test]
fn deep_nesting_is_refused() {
    for open in ["[", "{\"a\": "] {
        let text = format!("{{\"info\": {}", open.repeat(100_000));
        assert!(refusal(&text).contains("expected fewer lists and objects in each other"));
        let masks = document(&format!("{{\"segmentation\": {}", open.repeat(100_000)));
        assert!(refusal(&masks).contains("expected fewer lists and objects in each other"));
    }
}

#[test]
fn a_missing_list_is_named() {
    let lists = ["images", "annotations", "categories"];
    for missing in lists {
        let kept = lists.into_iter().filter(|list| *list != missing);
        let kept: Vec<String> = kept.map(|list| format!("\"{list}\": []")).collect();
        let expected = format!("gt.json: the list {missing} is missing");
        assert_eq!(refusal(&format!("{{{}}}", kept.join(", "))), expected);
    }
}

#[test]
fn detections_in_two_lists_or_none_are_refused() {
    for (text, found) in [("{}", 0), (r#"{"annotations": [], "predictions": []}"#, 2)] {
        let refusal = read_both(&document(""), text).unwrap_err().to_string();
        assert!(refusal.starts_with(&format!("dt.json: has {found} lists of detections, 1 expected")));
    }
}

#[test]
fn categories_of_one_id_are_refused() {
    let text = document("").replace(r#""id": 9"#, r#""id": 3"#);
    assert_eq!(refusal(&text), "gt.json: categories: ids used before (1), the least: id 3");
}

#[test]
fn boxes_of_unknown_images_and_categories_are_refused() {
    let refusal =
        |list: &[String]| read_both(&document(""), &format!("[{}]", list.join(", "))).unwrap_err().to_string();
    assert_eq!(
        refusal(&[detection(1, 3, 0.5), detection("\"7\"", 3, 0.5), detection(8, 3, 0.5)]),
        "dt.json: detections: boxes of an unknown image (2), the first: detections[1] names image \"7\"; listed are \
         image 1 \"a.jpg\", image 2 \"b.jpg\"; skip_unknown leaves such boxes out"
    );
    assert_eq!(
        refusal(&[detection(1, 4, 0.5)]),
        "dt.json: detections: boxes of an unknown class (1), the first: detections[0] names category 4; listed are \
         category 3 \"cat\", category 9 \"dog\"; skip_unknown leaves such boxes out"
    );
}

#[test]
fn an_image_whose_name_is_its_id_is_named_once() {
    let text = document("").replace(r#""id": 1"#, r#""id": "a.jpg""#).replace(r#""id": 2"#, r#""id": "b.jpg""#);
    let refusal = read_both(&text, &format!("[{}]", detection(7, 3, 0.5))).unwrap_err().to_string();
    assert!(refusal.contains("listed are image \"a.jpg\", image \"b.jpg\"; "), "{refusal}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let path = std::path::Path::new("/nowhere/gt.json");
    let source = boxlint_io::Source::Path(path);
    let refusal = boxlint_io::read_coco(source, None, &Options::default()).unwrap_err();
    assert!(refusal.to_string().starts_with("/nowhere/gt.json: "), "{refusal}");
}
