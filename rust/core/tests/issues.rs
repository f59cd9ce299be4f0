//! Issues: an image is one if and only if one of its boxes is, in whichever image the minimum similarity is.

mod common;

use boxlint_core::{
    ALPHA, Boxes, ByType, Corners, Floats, Pairs, THRESHOLD_FACTOR, average_precision, box_issues, image_issues,
    min_similarity,
};
use common::{MANY, Made, dataset, many_images, on_threads};
use proptest::prelude::*;

fn by_boxes(pairs: &Pairs, overlapping_label_check: bool) -> Vec<bool> {
    let precision = average_precision(pairs.dataset());
    let thresholds: Vec<f64> = precision.iter().map(|class| class.average_precision * THRESHOLD_FACTOR).collect();
    let thresholds = ByType { overlooked: &thresholds[..], badloc: &thresholds[..], swap: &thresholds[..] };
    let ByType { overlooked, badloc, swap } = box_issues(pairs, &thresholds, overlapping_label_check);
    let any = |flags: &[bool], offsets: &[i64], image: usize| {
        flags[offsets[image] as usize..offsets[image + 1] as usize].contains(&true)
    };
    let (annotated, predicted) = (pairs.dataset().annotations().offsets(), pairs.dataset().predictions().offsets());
    (0..pairs.dataset().images())
        .map(|image| {
            any(&overlooked, predicted, image) || any(&badloc, annotated, image) || any(&swap, annotated, image)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_image_is_an_issue_if_and_only_if_one_of_its_boxes_is(
        images in many_images(), check: bool, ignoring: bool
    ) {
        let made = Made::of(&images);
        let pairs = Pairs::new(if ignoring { made.ignoring() } else { made.dataset() }, ALPHA);
        prop_assert_eq!(image_issues(&pairs, check), by_boxes(&pairs, check));
    }
}

#[test]
fn the_minimum_similarity_of_the_last_image_counts_in_the_first() {
    // First image: a stray prediction. Then right ones of another class. Last: ten objects, of which one is found.
    let square = |x: f64| [x, 0.0, x + 10.0, 10.0];
    let objects: Vec<Corners> = (0..10).map(|n| square(100.0 * f64::from(n))).collect();
    let annotated = [vec![square(0.0); MANY - 2], objects].concat();
    let annotated_class = [vec![1; MANY - 2], vec![0; 10]].concat();
    let annotated_from = [&[0, 0], &(1..MANY as i64 - 1).collect::<Vec<_>>()[..], &[MANY as i64 + 8]].concat();
    let predicted = vec![square(0.0); MANY];
    let predicted_class = [vec![0], vec![1; MANY - 2], vec![0]].concat();
    let scores = [vec![0.95], vec![0.99; MANY - 1]].concat();
    let predicted_from: Vec<i64> = (0..=MANY as i64).collect();
    let annotations = Boxes::new(Floats::F64(annotated.as_flattened()), &annotated_class, None, &annotated_from);
    let scored = Some(Floats::F64(&scores));
    let predictions = Boxes::new(Floats::F64(predicted.as_flattened()), &predicted_class, scored, &predicted_from);
    let dataset = dataset(annotations.expect("annotations"), predictions.expect("predictions"), None);
    // On one thread the parts are done in order, so the first one is done before the minimum similarity is known.
    let issues = on_threads(1, || image_issues(&Pairs::new(dataset, ALPHA), true));
    assert_eq!(issues.iter().position(|&issue| issue), Some(0));
}

/// Boxes that are labelled twice have the minimum similarity. Here it is the threshold of a class of average precision 1.
#[test]
fn a_score_at_the_threshold_is_an_issue() {
    let (object, moved) = ([0.0, 0.0, 3.0, 1.0], [2.0, 0.0, 5.0, 1.0]);
    let annotated = [object; 3];
    let annotations = Boxes::new(Floats::F64(annotated.as_flattened()), &[0, 1, 2], None, &[0, 2, 3]);
    let predicted = [object, object, moved];
    let scored = Some(Floats::F64(&[0.9; 3]));
    let predictions = Boxes::new(Floats::F64(predicted.as_flattened()), &[0, 1, 2], scored, &[0, 2, 3]);
    let pairs = Pairs::new(dataset(annotations.expect("annotations"), predictions.expect("predictions"), None), 1.0);
    assert_eq!(min_similarity(&pairs, 0..2), THRESHOLD_FACTOR);
    assert_eq!(image_issues(&pairs, true), [true, false]);
    assert_eq!(by_boxes(&pairs, true), [true, false]);
    assert_eq!(image_issues(&pairs, false), [false, false]);
}

#[test]
fn a_class_without_a_threshold_has_that_of_0() {
    let (annotated, predicted) = ([0.0, 0.0, 10.0, 10.0], [50.0, 0.0, 60.0, 10.0, 0.0, 50.0, 10.0, 60.0]);
    let annotations = Boxes::new(Floats::F64(&annotated), &[0], None, &[0, 1]).expect("annotations");
    let scores = Some(Floats::F64(&[1.0, 0.96]));
    let predictions = Boxes::new(Floats::F64(&predicted), &[1, 1], scores, &[0, 2]).expect("predictions");
    let pairs = Pairs::new(dataset(annotations, predictions, None), ALPHA);
    let none = ByType { overlooked: &[][..], badloc: &[], swap: &[] };
    assert_eq!(box_issues(&pairs, &none, true).overlooked, [true, false]);
}
