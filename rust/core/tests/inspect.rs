//! The checks of a data set, beside plain searches.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use boxlint_core::{
    BoxChecks, Boxes, ClassPairs, Corners, Dataset, DatasetImage, Floats, NearDuplicates, Occurrences, PairCount,
    near_repeats,
};
use common::{Made, Pair, images};
use proptest::prelude::*;

/// Image, class and corners of each box.
fn rows(boxes: &Boxes) -> Vec<(usize, i32, Corners)> {
    let rows = |index: usize| {
        let image = boxes.image(index);
        (0..image.len()).map(move |row| (index, image.class_id[row], image.corners(row)))
    };
    (0..boxes.images()).flat_map(rows).collect()
}

fn occurrences<T>(rows: &[T], wrong: impl Fn(usize, &T) -> bool) -> Occurrences {
    let found: Vec<usize> = (0..rows.len()).filter(|&row| wrong(row, &rows[row])).collect();
    Occurrences { count: found.len(), first: found.first().copied() }
}

/// The checks of boxes of one class in one image of 100 x 100.
fn checks(corners: &[Corners]) -> BoxChecks {
    let (class_id, offsets) = (vec![0; corners.len()], [0, corners.len() as i64]);
    let boxes = Boxes::new(Floats::F64(corners.as_flattened()), &class_id, None, &offsets).expect("valid columns");
    BoxChecks::of(&boxes, Some(&[[100.0; 2]]))
}

/// `count` boxes of which the first `wrong` are one thing and the others another.
fn mixed(count: usize, wrong: usize, one: Corners, other: Corners) -> Vec<Corners> {
    (0..count).map(|row| if row < wrong { one } else { other }).collect()
}

const NONE: Occurrences = Occurrences { count: 0, first: None };

fn from_the_first(count: usize) -> Occurrences {
    Occurrences { count, first: Some(0) }
}

proptest! {
    #[test]
    fn each_check_counts_its_boxes_and_finds_the_first(images in images(), single: bool, side in 1.0..700.0) {
        let made = Made::of(&images);
        let size = |image: usize| [if image.is_multiple_of(3) { f64::NAN } else { side }; 2];
        let sizes: Vec<[f64; 2]> = (0..images.len()).map(size).collect();
        for columns in [&made.annotations, &made.predictions] {
            let boxes = columns.boxes(single);
            let rows = rows(&boxes);
            let inverted = |[x1, y1, x2, y2]: Corners| x2 < x1 || y2 < y1;
            let outside = |image: usize, corners: Corners| {
                corners.iter().any(|&corner| corner < -1.0 || corner - sizes[image][0] > 1.0)
            };
            let checks = BoxChecks::of(&boxes, Some(&sizes));
            prop_assert_eq!(checks.inverted, occurrences(&rows, |_, row| inverted(row.2)));
            let no_area = |[x1, y1, x2, y2]: Corners| !inverted([x1, y1, x2, y2]) && (x1 == x2 || y1 == y2);
            prop_assert_eq!(checks.no_area, occurrences(&rows, |_, row| no_area(row.2)));
            prop_assert_eq!(checks.outside, occurrences(&rows, |_, row| outside(row.0, row.2)));
            prop_assert_eq!(checks.repeated, occurrences(&rows, |index, row| rows[..index].contains(row)));
        }
    }

    #[test]
    fn a_near_duplicate_equals_a_box_of_its_image_and_class_to_a_tenth_of_a_pixel(images in images(), single: bool) {
        let made = Made::of(&images);
        let both = [made.annotations.boxes(single), made.predictions.boxes(single)];
        let rounded = |boxes| {
            let rows = rows(boxes).into_iter();
            rows.map(|(image, class, corners)| (image, class, corners.map(|corner| (corner / 0.1).round_ties_even())))
        };
        let [annotations, predictions] = both.each_ref().map(|boxes| rounded(boxes).collect::<Vec<_>>());
        let duplicated = occurrences(&annotations, |_, row| predictions.contains(row));
        let expected = NearDuplicates {
            annotations: duplicated,
            predictions: occurrences(&predictions, |_, row| annotations.contains(row)),
            widespread: duplicated.count > 0 && 2 * duplicated.count >= annotations.len(),
        };
        prop_assert_eq!(NearDuplicates::of(&both[0], &both[1]), expected);
    }
}

#[test]
fn a_box_may_reach_a_pixel_outside() {
    for within in [[-1.0, 0.0, 50.0, 50.0], [0.0, -1.0, 50.0, 50.0], [0.0, 0.0, 101.0, 50.0], [0.0, 0.0, 50.0, 101.0]] {
        assert_eq!(checks(&[within]).outside, NONE, "{within:?}");
        let beyond = within.map(|corner| if corner == 101.0 || corner == -1.0 { corner * 1.0001 } else { corner });
        assert_eq!(checks(&[beyond]).outside, from_the_first(1), "{beyond:?}");
    }
}

#[test]
fn half_of_the_annotations_are_a_widespread_copy() {
    let (annotated, copied) = ([10.0, 10.0, 20.0, 20.0, 50.0, 50.0, 60.0, 60.0], [50.0, 50.0, 60.0, 60.0]);
    let annotations = Boxes::checked_before(Floats::F64(&annotated), &[0, 0], None, &[0, 2], 1);
    let copies = Boxes::checked_before(Floats::F64(&copied), &[0], None, &[0, 1], 1);
    let found = NearDuplicates::of(&annotations, &copies);
    assert_eq!((found.annotations.count, found.widespread), (1, true));
}

#[test]
fn coordinates_are_relative_if_most_boxes_lie_within_0_to_1_and_the_others_near() {
    let relative = [0.0, 0.1, 0.9, 1.0];
    assert_eq!(checks(&[relative]).relative, from_the_first(1));
    assert_eq!(checks(&mixed(30, 30, relative, relative)).relative, from_the_first(30));
    let near = [-0.1, 0.1, 0.9, 1.1];
    assert_eq!(checks(&mixed(30, 15, relative, near)).relative, from_the_first(30));
    assert_eq!(checks(&mixed(30, 14, relative, near)).relative, NONE);
    for pixels in [[0.0, 0.1, 0.9, 2.1], [-1.1, 0.1, 0.9, 1.0]] {
        assert_eq!(checks(&mixed(30, 29, relative, pixels)).relative, NONE);
    }
    assert_eq!(checks(&[]).relative, NONE);
}

#[test]
fn corners_are_read_as_sizes_if_all_boxes_exceed_their_corner_and_a_tenth_are_outside() {
    let (outside, inside) = ([60.0, 60.0, 150.0, 150.0], [10.0, 10.0, 40.0, 40.0]);
    assert_eq!(checks(&mixed(20, 2, outside, inside)).corners_as_size, from_the_first(20));
    assert_eq!(checks(&mixed(20, 1, outside, inside)).corners_as_size, NONE);
    assert_eq!(checks(&mixed(19, 19, outside, inside)).corners_as_size, NONE);
    for narrow in [[40.0, 10.0, 60.0, 40.0], [10.0, 40.0, 40.0, 60.0]] {
        assert_eq!(checks(&mixed(20, 19, outside, narrow)).corners_as_size, NONE);
    }
}

#[test]
fn sizes_are_read_as_corners_if_a_tenth_of_the_boxes_is_inverted() {
    let (inverted, sound) = ([60.0, 60.0, 30.0, 90.0], [60.0, 60.0, 90.0, 90.0]);
    assert_eq!(checks(&mixed(20, 2, inverted, sound)).size_as_corners, from_the_first(2));
    assert_eq!(checks(&mixed(20, 1, inverted, sound)).size_as_corners, NONE);
    assert_eq!(checks(&mixed(19, 19, inverted, sound)).size_as_corners, NONE);
}

#[test]
fn relative_coordinates_are_reported_as_nothing_else() {
    let inverted = [0.9, 0.9, 0.1, 0.1];
    let checks = checks(&mixed(20, 20, inverted, inverted));
    assert_eq!(checks.relative, from_the_first(20));
    assert_eq!(checks.size_as_corners, NONE);
}

#[test]
fn the_two_zeros_are_equal() {
    let xyxy = [0.0, 0.0, 1.0, 1.0, -0.0, 0.0, 1.0, 1.0];
    let boxes = Boxes::checked_before(Floats::F64(&xyxy), &[0, 0], None, &[0, 2], 1);
    assert_eq!(BoxChecks::of(&boxes, None).repeated, Occurrences { count: 1, first: Some(1) });
    let signed = Boxes::checked_before(Floats::F64(&xyxy[4..]), &[0], None, &[0, 1], 1);
    let plain = Boxes::checked_before(Floats::F64(&xyxy[..4]), &[0], None, &[0, 1], 1);
    assert_eq!(NearDuplicates::of(&signed, &plain).predictions, from_the_first(1));
}

/// The annotated and the predicted class of those that [`ClassPairs::permuted`] finds in images that all have these pairs
/// of classes.
fn permuted(images: usize, pairs: &[(i32, i32)]) -> Vec<(u32, u32)> {
    let spaced = |row: usize| [20.0 * row as f64, 0.0, 20.0 * row as f64 + 10.0, 10.0];
    let xyxy: Vec<f64> = (0..images).flat_map(|_| (0..pairs.len()).flat_map(spaced)).collect();
    let (annotated, predicted): (Vec<i32>, Vec<i32>) = (0..images).flat_map(|_| pairs.iter().copied()).unzip();
    let offsets: Vec<i64> = (0..=images).map(|image| (image * pairs.len()) as i64).collect();
    let scores = vec![0.5; annotated.len()];
    let annotations = Boxes::new(Floats::F64(&xyxy), &annotated, None, &offsets).expect("annotations");
    let predictions = Boxes::new(Floats::F64(&xyxy), &predicted, Some(Floats::F64(&scores)), &offsets);
    let dataset = Dataset::new(annotations, predictions.expect("predictions"), None).expect("a data set");
    ClassPairs::of(&dataset, 1).permuted().iter().map(|class| (class.annotated, class.predicted)).collect()
}

#[test]
fn exchanged_classes_show_in_five_images() {
    let pairs = [[(0, 1); 5], [(1, 0); 5]].concat();
    assert_eq!(permuted(5, &pairs), [(0, 1), (1, 0)]);
    assert_eq!(permuted(4, &pairs), []);
}

/// Beside a class that agrees, so that the two do not explain most pairs.
#[test]
fn two_exchanged_classes_show_from_ten_pairs_each_on_in_five_images() {
    let beside = |exchanged: usize| {
        let pairs = [vec![(0, 1); exchanged], vec![(1, 0); exchanged], vec![(2, 2); 9]];
        pairs.concat()
    };
    assert_eq!(permuted(5, &beside(2)), [(0, 1), (1, 0)]);
    assert_eq!(permuted(10, &beside(1)), [(0, 1), (1, 0)]);
    assert_eq!(permuted(9, &beside(1)), []);
    assert_eq!(permuted(4, &beside(3)), []);
}

#[test]
fn classes_of_few_pairs_show_together_where_five_times_as_many_point_as_agree() {
    let shifted: Vec<(i32, i32)> = (0..5).map(|class| (class, (class + 1) % 5)).collect();
    let beside = |agreeing: usize| [shifted.clone(), vec![(9, 9); agreeing]].concat();
    assert_eq!(permuted(8, &beside(1)), [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]);
    assert_eq!(permuted(8, &beside(2)), []);
}

#[test]
fn a_class_that_is_taken_for_one_that_agrees_is_confused_and_not_exchanged() {
    let pairs = [vec![(0, 1); 2], vec![(1, 1); 4], vec![(2, 3); 2], vec![(3, 2); 2]];
    assert_eq!(permuted(5, &pairs.concat()), [(2, 3), (3, 2)]);
}

#[test]
fn coordinates_count_from_1_where_five_boxes_touch_each_edge_and_half_as_many_begin_at_2() {
    let one_based = |groups: &[(usize, Corners)]| {
        let corners: Vec<Corners> = groups.iter().flat_map(|&(count, corners)| vec![corners; count]).collect();
        let (class_id, offsets) = ((0..corners.len() as i32).collect::<Vec<_>>(), [0, corners.len() as i64]);
        let boxes = Boxes::new(Floats::F64(corners.as_flattened()), &class_id, None, &offsets).expect("boxes");
        BoxChecks::of(&boxes, Some(&[[50.0, 40.0]])).one_based
    };
    let [left, top] = [[1.0, 10.0, 20.0, 20.0], [10.0, 1.0, 20.0, 20.0]];
    let [right, bottom] = [[10.0, 10.0, 50.0, 20.0], [10.0, 10.0, 20.0, 40.0]];
    let [at_2, below_1] = [[2.0, 10.0, 20.0, 20.0], [10.0, 0.5, 20.0, 20.0]];
    for (begin, end) in [(left, right), (top, bottom)] {
        assert_eq!(one_based(&[(5, begin), (5, end)]), from_the_first(5));
        assert_eq!(one_based(&[(6, begin), (5, end), (3, at_2)]), from_the_first(6));
        assert_eq!(one_based(&[(4, begin), (5, end)]), NONE);
        assert_eq!(one_based(&[(5, begin), (4, end)]), NONE);
        assert_eq!(one_based(&[(5, begin), (5, end), (3, at_2)]), NONE);
        assert_eq!(one_based(&[(5, begin), (5, end), (1, below_1)]), NONE);
    }
}

#[test]
fn of_two_classes_that_point_to_one_that_of_more_pairs_counts() {
    let pairs = [[(0, 1); 4].as_slice(), &[(1, 0); 4], &[(2, 1); 3]].concat();
    assert_eq!(permuted(5, &pairs), [(0, 1), (1, 0)]);
    let pairs = [[(0, 1); 3].as_slice(), &[(1, 2); 4], &[(2, 1); 4]].concat();
    assert_eq!(permuted(5, &pairs), [(1, 2), (2, 1)]);
}

#[test]
fn of_predictions_that_fit_alike_and_have_one_score_that_of_the_annotated_class_counts() {
    let xyxy = [0.0, 0.0, 10.0, 10.0].repeat(2);
    let annotations = Boxes::new(Floats::F64(&xyxy[..4]), &[0], None, &[0, 1]).expect("annotations");
    for classes in [[0, 1], [1, 0]] {
        let predictions = Boxes::new(Floats::F64(&xyxy), &classes, Some(Floats::F64(&[0.5; 2])), &[0, 2]);
        let dataset = Dataset::new(annotations, predictions.expect("predictions"), None).expect("a data set");
        let pairs: Vec<_> = ClassPairs::of(&dataset, 1).iter().collect();
        assert_eq!(pairs, [(0, 0, PairCount { pairs: 1, images: 1 })]);
    }
}

/// IoU as `check` takes it: 0 where the union is 0, inverted boxes without area, rounded to a multiple of 2^-20.
fn plain_iou(a: &Corners, b: &Corners) -> f64 {
    let area = |[x1, y1, x2, y2]: &Corners| (x2 - x1).max(0.0) * (y2 - y1).max(0.0);
    let shared = area(&[a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
    let union = area(a) + area(b) - shared;
    let steps = f64::from(1 << 20);
    if union > 0.0 { (shared / union * steps + 0.5).floor() / steps } else { 0.0 }
}

/// The pairs of classes, found by looking at all boxes of an image.
fn pairs_beside(dataset: &Dataset, every: usize) -> Vec<(u32, u32, PairCount)> {
    let mut counts: BTreeMap<(u32, u32), PairCount> = BTreeMap::new();
    for index in (0..dataset.images()).step_by(every) {
        let DatasetImage { annotations, predictions, ignored, .. } = dataset.image(index);
        let kept: Vec<usize> = (0..annotations.len()).filter(|&n| ignored.is_none_or(|it| !it.contains(n))).collect();
        let iou = |n: usize, j: usize| plain_iou(&annotations.corners(n), &predictions.corners(j));
        let largest = |j: usize| kept.iter().map(|&n| iou(n, j)).fold(0.0, f64::max);
        let mut found = Vec::new();
        for &n in &kept {
            let class = annotations.class_id[n];
            let on = (0..predictions.len()).filter(|&j| iou(n, j) >= 0.5 && iou(n, j) == largest(j));
            let best = on.max_by(|&a, &b| {
                let key = |j: usize| (predictions.score.get(j), predictions.class_id[j] == class);
                key(a).partial_cmp(&key(b)).expect("scores").then(b.cmp(&a))
            });
            found.extend(best.map(|j| (class as u32, predictions.class_id[j] as u32)));
        }
        let of_image: BTreeSet<_> = found.iter().copied().collect();
        found.iter().for_each(|&pair| counts.entry(pair).or_default().pairs += 1);
        of_image.into_iter().for_each(|pair| counts.entry(pair).or_default().images += 1);
    }
    counts.into_iter().map(|((annotated, predicted), count)| (annotated, predicted, count)).collect()
}

proptest! {
    #[test]
    fn class_pairs_are_those_of_a_plain_search(images in images(), every in 1..4_usize) {
        let made = Made::of(&images);
        for dataset in [made.dataset(), made.ignoring()] {
            let pairs = ClassPairs::of(&dataset, every);
            prop_assert_eq!(pairs.iter().collect::<Vec<_>>(), pairs_beside(&dataset, every));
        }
    }

    #[test]
    fn near_repeats_are_those_of_a_plain_search(images in images()) {
        // Annotations and predictions of an image side by side, so that some overlap nearly.
        let both: Vec<_> = images.iter().map(|image| {
            let moved = |pair: &Pair| Pair { annotation: pair.prediction, ..pair.clone() };
            image.iter().cloned().chain(image.iter().map(moved)).collect::<Vec<_>>()
        }).collect();
        let made = Made::of(&both);
        let dataset = made.ignoring();
        let flags = dataset.ignored().expect("flags");
        let rows = rows(dataset.annotations());
        let repeats = |row: usize, other: usize| {
            let kept = !flags[row] && !flags[other];
            let ((image, class, corners), (other_image, other_class, other)) = (rows[row], rows[other]);
            kept && (image, class) == (other_image, other_class) && corners != other && plain_iou(&corners, &other) > 0.9
        };
        let expected = occurrences(&rows, |row, _| (0..row).any(|other| repeats(row, other)));
        prop_assert_eq!(near_repeats(&dataset), expected);
    }
}
