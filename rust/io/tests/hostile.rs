//! No input makes the reader panic, and numbers are read exactly or refused.

mod common;

use boxlint_core::{Boxes, Floats};
use boxlint_io::Columns;
use common::{annotation, document, gzip, read, read_with, skip_unknown};
use proptest::prelude::*;

const SEED: &str = r#"{"id": 5, "image_id": 2, "category_id": 9, "bbox": [1, 2, 3.5, 4], "iscrowd": 0,
    "segmentation": [[1.5, 2, -3e2]], "note": "\u00e9\n"}, {"id": "x", "image_id": 1, "category_id": 3.0,
    "bbox": [0, 0, 10, 10], "ignore": true, "segmentation": {"counts": "a\"}", "size": [1, 2]}}"#;

fn read_as_either(text: &[u8]) {
    let read = [read(text), read_with(&document(SEED), text, &skip_unknown())];
    for coco in read.into_iter().flatten() {
        check(&coco.annotations);
        coco.detections.iter().for_each(check);
    }
}

/// The bindings rely on it that the core would accept what is read.
fn check(columns: &Columns) {
    let Columns { xyxy, class_id, offsets, score, .. } = columns;
    let score = score.as_deref().map(Floats::F64);
    Boxes::new(Floats::F64(xyxy.as_flattened()), class_id, score, offsets).unwrap();
}

#[test]
fn every_truncation_is_refused() {
    let text = document(SEED);
    assert!(read(&text).is_ok());
    for end in 0..text.len() {
        assert!(read(&text.as_bytes()[..end]).is_err(), "{}", &text[..end]);
    }
}

#[test]
fn no_text_of_number_characters_panics() {
    let characters = ["0", "1", "9", "-", "+", ".", "e", "E", "N", "I", "_"];
    let mut numbers = vec![String::new()];
    for _ in 0..4 {
        let longer = numbers.iter().flat_map(|start| characters.map(|end| format!("{start}{end}")));
        numbers = longer.collect();
        for number in &numbers {
            let result = read(&document(&annotation(number, 1, &format!("[{number}, 0, 1, 1]"), "")));
            assert!(result.is_err() || number.parse::<f64>().is_ok(), "{number}");
        }
    }
}

#[test]
fn numbers_of_any_length_are_kept_or_refused() {
    for length in [1, 18, 19, 20, 300, 400, 100_000] {
        let nines = "9".repeat(length);
        for number in
            [nines.clone(), format!("-{nines}"), format!("0.{nines}"), format!("1e{nines}"), format!("1e-{nines}")]
        {
            let value: f64 = number.parse().unwrap();
            let bbox = annotation(1, 1, &format!("[{number}, 0, 1, 1]"), "");
            assert_eq!(read(&document(&bbox)).is_ok(), value.abs() <= 1e150, "{number}");
            let id = annotation(&number, 1, "[0, 0, 1, 1]", "");
            let whole =
                value.fract() == 0.0 && value.abs() < 9.3e18 && (number.parse::<i64>().is_ok() || value.abs() < 9e15);
            assert_eq!(read(&document(&id)).is_ok(), whole, "{number}");
        }
    }
}

#[test]
fn gzip_that_ends_early_is_refused() {
    let packed = gzip([document(SEED).as_bytes()]);
    assert!(read(&packed).is_ok());
    for end in 0..packed.len() {
        assert!(read(&packed[..end]).is_err(), "{end} of {} bytes", packed.len());
    }
}

#[test]
fn damaged_gzip_is_refused() {
    for text in [&b"\x1f\x8b"[..], b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03junk"] {
        assert!(read(text).unwrap_err().to_string().starts_with("gt.json: "));
    }
}

/// A byte that has a meaning in JSON, or any other.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![any::<u8>(), prop::sample::select(b"0129.-+eE,:{}[]\"\\ tnu".as_slice())]
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        read_as_either(&text);
    }

    #[test]
    fn arbitrary_json_characters_never_panic(text in r#"[\[\]{}",:0-9.eE\\ a-e-]{0,80}"#) {
        read_as_either(text.as_bytes());
        let _ = read(&document(&text));
    }

    #[test]
    fn a_valid_file_with_mutations_is_read_only_if_it_is_still_json(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), byte(), 0..3_u8), 1..6)
    ) {
        let mut text = document(SEED).into_bytes();
        for (place, byte, edit) in edits {
            let at = place.index(text.len());
            match edit {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                _ => drop(text.remove(at)),
            }
        }
        read_as_either(&text);
        if read(&text).is_ok() {
            prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&text).is_ok(), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_number_is_the_float_nearest_to_what_is_written(
        number in r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?"
    ) {
        let text = annotation(1, 1, &format!("[{number},0 , 0, 0]"), &format!(r#", "area": {number}"#));
        let expected: f64 = number.parse().unwrap();
        prop_assert_eq!(read(&document(&text)).unwrap().annotations.xyxy[0][0].to_bits(), expected.to_bits());
    }

    #[test]
    fn any_numbers_in_a_box_are_kept_or_refused(bbox in any::<[f64; 4]>()) {
        let text = annotation(1, 1, &format!("{bbox:?}"), "");
        let [x, y, width, height] = bbox;
        let xyxy = [x, y, x + width, y + height];
        match read(&document(&text)) {
            Ok(coco) => {
                check(&coco.annotations);
                prop_assert_eq!(coco.annotations.xyxy, [xyxy]);
            }
            Err(error) => prop_assert!(xyxy.iter().any(|corner| corner.is_nan() || corner.abs() > 1e150), "{}", error),
        }
    }
}

#[test]
fn a_list_that_lacks_a_number_is_no_box() {
    for bbox in ["[, 2, 3, 4]", "[1, , 3, 4]", "[1, 2, , 4]", "[1, 2, 3, ]", "[,2,3,4]", "[1,2,3,]", "[1,2,,4]"] {
        assert!(read(&document(&annotation(1, 1, bbox, ""))).is_err(), "{bbox}");
    }
}
