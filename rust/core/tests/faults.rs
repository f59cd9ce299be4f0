//! Columns that are not what they should be, each refused with its own error.

use boxlint_core::{ALPHA, Boxes, CLASS_LIMIT, Dataset, Error, Floats, Pairs, VerifiedClasses};
use proptest::prelude::*;

const XYXY: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
const SCORES: [f64; 2] = [0.0, 1.0];

fn refusal(xyxy: &[f64], class_id: &[i32], score: &[f64], offsets: &[i64]) -> Option<Error> {
    Boxes::new(Floats::F64(xyxy), class_id, Some(Floats::F64(score)), offsets).err()
}

#[test]
fn columns_without_fault_are_accepted() {
    assert_eq!(refusal(&XYXY, &[0, i32::MAX], &SCORES, &[0, 0, 2]), None);
    assert_eq!(refusal(&[], &[], &[], &[0]), None);
}

#[test]
fn columns_of_other_lengths_are_refused() {
    let rows = |column, found| Some(Error::Rows { column, found, expected: 2 });
    assert_eq!(refusal(&XYXY, &[0], &SCORES, &[0, 2]), rows("class_id", 1));
    assert_eq!(refusal(&XYXY, &[0, 0], &[0.5; 3], &[0, 2]), rows("score", 3));
}

#[test]
fn offsets_must_lead_from_the_first_box_to_the_last() {
    let refused = |offsets: &[i64]| refusal(&XYXY, &[0, 0], &SCORES, offsets);
    assert_eq!(refused(&[]), Some(Error::NoOffsets));
    assert_eq!(refused(&[1, 2]), Some(Error::FirstOffset { found: 1 }));
    assert_eq!(refused(&[0, 2, 1, 2]), Some(Error::OffsetGoesBack { index: 2, found: 1, least: 2 }));
    assert_eq!(refused(&[0, i64::MIN, 2]), Some(Error::OffsetGoesBack { index: 1, found: i64::MIN, least: 0 }));
    assert_eq!(refused(&[0, 1]), Some(Error::LastOffset { found: 1, expected: 2 }));
    assert_eq!(refused(&[0, i64::MAX]), Some(Error::LastOffset { found: i64::MAX, expected: 2 }));
}

#[test]
fn a_data_set_needs_annotations_and_predictions_of_the_same_images_and_scores() {
    let one = Boxes::new(Floats::F64(&XYXY), &[0, 0], None, &[0, 2]).expect("valid");
    let two = Boxes::new(Floats::F64(&XYXY), &[0, 0], Some(Floats::F64(&SCORES)), &[0, 1, 2]).expect("valid");
    assert_eq!(Dataset::new(one, two, None).err(), Some(Error::Images { annotations: 1, predictions: 2 }));
    assert_eq!(Dataset::new(one, one, None).err(), Some(Error::NoScores));
}

/// Two boxes, the second of the greatest class id.
fn boxes() -> Boxes<'static> {
    Boxes::new(Floats::F64(&XYXY), &[0, i32::MAX], Some(Floats::F64(&SCORES)), &[0, 2]).expect("valid")
}

#[test]
fn a_data_set_needs_a_flag_for_each_annotation() {
    let refused = |flags: &[bool]| Dataset::new(boxes(), boxes(), Some(flags)).err();
    assert_eq!(refused(&[true]), Some(Error::Rows { column: "ignore", found: 1, expected: 2 }));
    assert_eq!(refused(&[true, false]), None);
}

#[test]
fn verified_classes_rise_in_each_image_of_the_data_set() {
    let refused = |offsets: &[i64], class_id: &[i32]| VerifiedClasses::new(offsets, class_id).err();
    assert_eq!(refused(&[0, 1, 3], &[5, 0, 5]), None);
    assert_eq!(refused(&[], &[]), Some(Error::NoOffsets));
    assert_eq!(refused(&[1, 1], &[0]), Some(Error::FirstOffset { found: 1 }));
    for (offsets, class_id) in [([0, 2, 3], [1, 0, 1]), ([0, 2, 3], [1, 1, 1]), ([0, 4, 3], [0, 1, 2])] {
        assert_eq!(refused(&offsets, &class_id), Some(Error::Verified { image: 0 }));
    }
    assert_eq!(refused(&[0, i64::MIN, 1], &[0]), Some(Error::Verified { image: 0 }));
    let fewer = Error::Rows { column: "verified classes", found: 2, expected: 1 };
    assert_eq!(refused(&[0, 1], &[0, 1]), Some(fewer));
    let of_two_images = VerifiedClasses::new(&[0, 0, 0], &[]).expect("valid");
    let dataset = Dataset::new(boxes(), boxes(), None).expect("valid");
    let refusal = dataset.with_verified(Some(of_two_images)).err();
    assert_eq!(refusal, Some(Error::VerifiedImages { found: 2, expected: 1 }));
}

#[test]
fn classes_beyond_a_table_are_refused_where_one_is_kept_unless_they_are_ignored() {
    let few = Boxes::new(Floats::F64(&[]), &[], Some(Floats::F64(&[])), &[0, 0]).expect("valid");
    let dataset = Dataset::new(boxes(), few, None).expect("valid");
    let beyond = Error::Classes { found: 1 << 31, limit: CLASS_LIMIT };
    assert_eq!(dataset.with_classes(0).err(), Some(beyond));
    let ignoring = Dataset::new(boxes(), few, Some(&[false, true])).expect("valid");
    assert_eq!(ignoring.with_classes(0).expect("one class").classes(), 1);
    assert_eq!(ignoring.with_classes(80).expect("80 classes").classes(), 80);
}

#[test]
fn given_matrices_need_an_entry_for_each_pair() {
    let pairs = || Pairs::new(Dataset::new(boxes(), boxes(), None).expect("valid"), ALPHA);
    let refused = |column, found| Some(Error::Pairs { column, found, expected: 4 });
    assert_eq!(pairs().with_matrices(&[0.5; 3], None).err(), refused("similarity_matrix", 3));
    assert_eq!(pairs().with_matrices(&[0.5; 4], Some(&[0.5; 5])).err(), refused("iou_matrix", 5));
    assert_eq!(pairs().with_matrices(&[0.5; 4], Some(&[0.5; 4])).err(), None);
}

/// Columns of `rows` boxes, three in an image.
fn columns(rows: usize) -> (Vec<f64>, Vec<i32>, Vec<f64>, Vec<i64>) {
    let images = rows.div_ceil(3);
    let offsets = (0..=images).map(|image| rows.min(3 * image) as i64).collect();
    (vec![1.0; 4 * rows], vec![5; rows], vec![0.5; rows], offsets)
}

/// A row anywhere among few rows or many: beyond the block that one thread checks.
fn a_row() -> impl Strategy<Value = (usize, usize)> {
    prop_oneof![1..20_usize, Just(40_000)].prop_flat_map(|rows| (Just(rows), 0..rows))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_coordinate_at_fault_is_named(
        (rows, row) in a_row(), axis in 0..4_usize, single: bool,
        value in prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 2e150, -2e150]),
    ) {
        let (mut xyxy, class_id, score, offsets) = columns(rows);
        xyxy[4 * row + axis] = value;
        let narrow: Vec<f32> = xyxy.iter().map(|&value| value as f32).collect();
        let floats = if single { Floats::F32(&narrow) } else { Floats::F64(&xyxy) };
        match Boxes::new(floats, &class_id, Some(Floats::F64(&score)), &offsets) {
            Err(Error::Coordinate { image, class: 5, row: within, axis: name, found }) => {
                prop_assert_eq!((image, within), (row / 3, row % 3));
                prop_assert_eq!(name, ["x1", "y1", "x2", "y2"][axis]);
                prop_assert_eq!(found.is_nan(), value.is_nan());
                prop_assert!(found.is_nan() || found.abs() > 1e150);
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_score_at_fault_is_named(
        (rows, row) in a_row(), value in prop::sample::select(vec![f64::NAN, 1.5, -0.1, f64::INFINITY]),
    ) {
        let (xyxy, class_id, mut score, offsets) = columns(rows);
        score[row] = value;
        match refusal(&xyxy, &class_id, &score, &offsets) {
            Some(Error::Score { image, class: 5, row: within, found }) => {
                prop_assert_eq!((image, within, found.to_bits()), (row / 3, row % 3, value.to_bits()));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_negative_class_id_is_named((rows, row) in a_row(), value in i32::MIN..0) {
        let (xyxy, mut class_id, score, offsets) = columns(rows);
        class_id[row] = value;
        let expected = Error::Class { image: row / 3, row: row % 3, found: i64::from(value) };
        prop_assert_eq!(refusal(&xyxy, &class_id, &score, &offsets), Some(expected));
    }

    #[test]
    fn of_several_faults_the_first_is_named((rows, row) in a_row()) {
        let (mut xyxy, class_id, score, offsets) = columns(rows);
        xyxy[4 * row] = f64::NAN;
        xyxy[4 * rows - 1] = f64::INFINITY;
        let found = refusal(&xyxy, &class_id, &score, &offsets);
        let is_first = matches!(found, Some(Error::Coordinate { image, row: within, .. }) if 3 * image + within == row);
        prop_assert!(is_first, "{found:?}");
    }
}
