//! What is written reads back the same.

mod common;

use boxlint_core::{Abandoned, Stop};
use boxlint_io::{
    Classes, Coco, Columns, Error, Flags, Id, Ids, Images, Verified, write_annotations, write_detections,
};
use common::{annotation, document, read, read_both, written};
use proptest::prelude::*;

/// The detections file of a data set.
fn written_detections(coco: &Coco) -> String {
    let mut out = Vec::new();
    write_detections(&mut out, &coco.images, &coco.classes, coco.detections.as_ref().unwrap()).unwrap();
    String::from_utf8(out).unwrap()
}

fn id() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(".{0,6}")
}

/// Ids that differ from each other: integers, and strings where one is given.
fn ids(strings: &[Option<String>]) -> Ids {
    let mut ids = Ids::default();
    for (row, string) in strings.iter().enumerate() {
        match string {
            Some(string) => ids.push(Id::String(&format!("{row}{string}"))),
            None => ids.push(Id::Int(row as i64 * 7 - 3)),
        }
    }
    ids
}

/// A number as files have them, or any at all that leaves room for a sum.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (0..100_000_i32).prop_map(|hundredths| f64::from(hundredths) / 100.0),
        -1e6..1e6_f64,
        any::<f64>().prop_filter("sums must be in range", |number| number.abs() < 5e149),
    ]
}

prop_compose! {
    fn columns(images: usize, classes: usize)(
        boxes in proptest::collection::vec(
            (
                0..images,
                0..classes as i32,
                [number(), number(), number(), number()],
                id(),
                0.0..=1.0_f64,
                any::<[bool; 3]>(),
            ),
            0..12,
        )
    ) -> Columns {
        let mut boxes = boxes;
        boxes.sort_by_key(|(image, ..)| *image);
        let end = |image| boxes.iter().filter(|(of, ..)| *of < image).count() as i64;
        let flag = |bit: usize| boxes.iter().map(|row| row.5[bit]).collect();
        Columns {
            xyxy: boxes.iter().map(|row| { let [x, y, w, h] = row.2; [x, y, x + w, y + h] }).collect(),
            class_id: boxes.iter().map(|row| row.1).collect(),
            offsets: (0..=images).map(end).collect(),
            ids: ids(&boxes.iter().map(|row| row.3.clone()).collect::<Vec<_>>()),
            score: Some(boxes.iter().map(|row| row.4).collect()),
            flags: Some(Flags { crowd: flag(0), ignore: flag(1), difficult: flag(2) }),
        }
    }
}

fn side() -> impl Strategy<Value = f64> {
    prop_oneof![Just(480.0), Just(f64::NAN), 1.0..2000.0]
}

prop_compose! {
    fn data_set()(
        image_ids in proptest::collection::vec(id(), 1..5),
        names in proptest::collection::vec(".{0,8}", 5),
        sizes in proptest::collection::vec([side(), side()], 5),
        class_names in proptest::collection::vec(".{0,8}", 1..4),
    )(
        annotations in columns(image_ids.len(), class_names.len()),
        detections in columns(image_ids.len(), class_names.len()),
        image_ids in Just(image_ids), names in Just(names), sizes in Just(sizes), class_names in Just(class_names),
    ) -> Coco {
        let count = image_ids.len();
        let class_ids: Vec<i64> = (0..class_names.len() as i64).map(|class| class * class + 1).collect();
        Coco {
            images: Images { ids: ids(&image_ids), names: names[..count].iter().collect(), sizes: sizes[..count].to_vec() },
            classes: Classes { ids: Ids::from(class_ids), names: class_names.iter().collect() },
            annotations: Columns { score: None, ..annotations },
            detections: Some(Columns { flags: None, ..detections }),
            verified: None,
            findings: Vec::new(),
        }
    }
}

proptest! {
    #[test]
    fn every_number_and_string_is_kept_exactly(coco in data_set()) {
        let again = read_both(&written(&coco), &written_detections(&coco)).unwrap();
        prop_assert!(again.images.ids == coco.images.ids);
        prop_assert_eq!(again.images.names, coco.images.names);
        prop_assert_eq!(format!("{:?}", again.images.sizes), format!("{:?}", coco.images.sizes));
        prop_assert!(again.classes.ids == coco.classes.ids);
        prop_assert_eq!(again.classes.names, coco.classes.names);
        prop_assert_eq!(again.annotations, coco.annotations);
        prop_assert_eq!(again.detections, coco.detections);
    }
}

#[test]
fn an_annotation_is_written_with_the_fields_that_other_tools_need() {
    let text = document(r#"{"id": 1, "image_id": 2, "category_id": 9, "bbox": [1, 2, 3.5, 4], "ignore": 1}"#);
    let coco = read(&text).unwrap();
    let expected = concat!(
        r#"{"images":[{"id":1,"file_name":"a.jpg","width":100,"height":80},"#,
        r#"{"id":2,"file_name":"b.jpg","width":100,"height":80}],"#,
        r#""annotations":[{"id":1,"image_id":2,"category_id":9,"bbox":[1.0,2.0,3.5,4.0],"#,
        r#""area":14.0,"iscrowd":0,"ignore":1}],"#,
        r#""categories":[{"id":3,"name":"cat"},{"id":9,"name":"dog"}]}"#,
    );
    assert_eq!(written(&coco), expected);
}

/// The difference of these corners is rounded to a width that leads elsewhere; only the one above leads back.
#[test]
fn a_box_whose_width_is_rounded_is_kept_exactly() {
    let (x, width) = (-f64::exp2(-45.0), 256.0 + f64::exp2(-44.0));
    let coco = read(&document(&annotation(1, 1, &format!("[{x:e}, 0, {width}, 1]"), ""))).unwrap();
    let [x1, _, x2, _] = coco.annotations.xyxy[0];
    assert_ne!(x1 + (x2 - x1), x2);
    assert_eq!(read(&written(&coco)).unwrap().annotations, coco.annotations);
}

#[test]
fn columns_that_do_not_fit_are_refused_before_anything_is_written() {
    let valid = read(&document(&annotation(1, 2, "[1, 2, 3, 4]", ""))).unwrap();
    let refusal = |spoil: fn(&mut Columns)| {
        let mut columns = valid.annotations.clone();
        spoil(&mut columns);
        let mut out = Vec::new();
        let refusal = write_annotations(&mut out, &valid.images, &valid.classes, &columns, None);
        assert!(out.is_empty());
        refusal.unwrap_err().to_string()
    };
    assert_eq!(refusal(|columns| columns.class_id.clear()), "class_id has 0 rows, 1 expected");
    assert_eq!(refusal(|columns| columns.class_id[0] = 2), "class_id[0] is 2, the row of a class expected");
    assert_eq!(refusal(|columns| columns.class_id[0] = -1), "class_id[0] is -1, the row of a class expected");
    assert_eq!(refusal(|columns| columns.xyxy[0][3] = f64::NAN), "xyxy[3] is NaN, a finite number expected");
    assert_eq!(refusal(|columns| columns.flags.as_mut().unwrap().crowd.clear()), "crowd has 0 rows, 1 expected");
    for offsets in [[1, 1, 1], [0, 2, 1], [0, -1, 1], [0, 0, 0], [0, 0, 2]] {
        let mut columns = valid.annotations.clone();
        columns.offsets = offsets.to_vec();
        let refusal = write_annotations(Vec::new(), &valid.images, &valid.classes, &columns, None);
        assert!(matches!(refusal, Err(Error::Value { column: "offsets", .. })), "{offsets:?}");
    }
    for (offsets, classes, column) in [
        (vec![0, 1], vec![0], "verified.offsets has 2 rows, 3 expected"),
        (vec![0, 1, 2], vec![0], "verified.offsets[2] is 2, a number rising from 0 to the number of rows expected"),
        (vec![0, 1, 1], vec![2], "verified.classes[0] is 2, the row of a class expected"),
    ] {
        let verified = Some(&Verified { offsets, classes });
        let refusal = write_annotations(Vec::new(), &valid.images, &valid.classes, &valid.annotations, verified);
        assert_eq!(refusal.unwrap_err().to_string(), column);
    }
    let refusal = write_detections(Vec::new(), &valid.images, &valid.classes, &valid.annotations);
    assert_eq!(refusal.unwrap_err().to_string(), "score has 0 rows, 1 expected");
}

#[test]
fn writing_ends_when_it_is_asked_to() {
    let boxes = 10_000;
    let images = Images { ids: Ids::from(vec![7]), names: ["a"].iter().collect(), sizes: vec![[1.0; 2]] };
    let classes = Classes { ids: Ids::from(vec![1]), names: ["car"].iter().collect() };
    let columns = Columns {
        xyxy: vec![[0.0, 0.0, 1.0, 1.0]; boxes],
        class_id: vec![0; boxes],
        offsets: vec![0, boxes as i64],
        ids: (0..boxes as i64).map(Id::Int).collect(),
        score: Some(vec![0.5; boxes]),
        flags: None,
    };
    let stop = Stop::default();
    let mut out = AskingAt { stop: stop.clone(), left: 1000 };
    let write = std::panic::AssertUnwindSafe(|| write_detections(&mut out, &images, &classes, &columns));
    let ended = std::panic::catch_unwind(|| stop.during(write)).expect_err("it was asked to end");
    assert_eq!(ended.downcast_ref(), Some(&Abandoned::Stopped));
}

/// Asks to end after so many pieces.
struct AskingAt {
    stop: Stop,
    left: usize,
}

impl std::io::Write for AskingAt {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.stop.request();
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
