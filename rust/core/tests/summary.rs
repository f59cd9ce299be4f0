//! Counts and areas of boxes are those of plain loops.

mod common;

use std::collections::BTreeMap;

use boxlint_core::{Boxes, ClassCount, Classes, Floats, area, box_counts};
use common::{dataset, on_threads};
use proptest::prelude::*;

/// More boxes than one thread takes, twice.
const MANY: usize = 100_000;

/// Class ids near 0, and beyond any table.
fn class_ids() -> impl Strategy<Value = Vec<i32>> {
    let class = || prop_oneof![8 => 0..5, 1 => 4_090..4_100, 1 => Just(i32::MAX)];
    let few = prop::collection::vec(class(), 0..20);
    let many = prop::collection::vec(class(), 1..20).prop_map(|ids| ids.into_iter().cycle().take(MANY).collect());
    prop_oneof![4 => few, 1 => many]
}

fn corners(boxes: usize) -> Vec<f64> {
    (0..boxes).flat_map(|row| [0.0, 0.0, row as f64, 2.0]).collect()
}

proptest! {
    #[test]
    fn classes_are_counted_in_the_order_in_which_they_first_occur(ids in class_ids(), threads in 1..4_usize) {
        let (xyxy, offsets) = (corners(ids.len()), [0, ids.len() as i64]);
        let boxes = Boxes::new(Floats::F64(&xyxy), &ids, None, &offsets).expect("valid columns");
        let mut expected: Vec<ClassCount> = Vec::new();
        for &class in &ids {
            match expected.iter_mut().find(|count| count.class == class) {
                Some(count) => count.boxes += 1,
                None => expected.push(ClassCount { class, boxes: 1 }),
            }
        }
        prop_assert_eq!(on_threads(threads, || Classes::of(&boxes, None).counts()), expected);
    }

    #[test]
    fn areas_come_group_by_group_in_the_order_of_the_boxes(ids in class_ids(), threads in 1..4_usize) {
        let groups = vec![vec![3], vec![], vec![1, i32::MAX], vec![4_095, 4_096, 0]];
        let (xyxy, offsets) = (corners(ids.len()), [0, ids.len() as i64]);
        let boxes = Boxes::new(Floats::F64(&xyxy), &ids, None, &offsets).expect("valid columns");
        let mut expected: BTreeMap<usize, Vec<f64>> = (0..groups.len()).map(|group| (group, Vec::new())).collect();
        for (row, class) in ids.iter().enumerate() {
            if let Some(group) = groups.iter().position(|classes| classes.contains(class)) {
                expected.entry(group).or_default().push(area(&boxes.xyxy().corners(row)));
            }
        }
        let areas = on_threads(threads, || {
            let mut areas = vec![f64::NAN; expected.values().map(Vec::len).sum()];
            Classes::of(&boxes, None).areas(&boxes, None, &groups, &mut areas);
            areas
        });
        prop_assert_eq!(areas, expected.into_values().flatten().collect::<Vec<_>>());
    }
}

#[test]
fn an_image_without_boxes_has_none() {
    let (xyxy, scores, offsets) = (corners(3), [0.5; 3], [0, 2, 2, 3]);
    let boxes =
        Boxes::new(Floats::F64(&xyxy), &[0, 0, 7], Some(Floats::F64(&scores)), &offsets).expect("valid columns");
    let counts = box_counts(&dataset(boxes, boxes, None));
    assert_eq!((counts.annotations, counts.predictions), (vec![2, 0, 1], vec![2, 0, 1]));
}
