//! Issues: an image is one exactly if one of its boxes is, however many images the least similarity is found in.

mod common;

use boxlint_core::{
    ALPHA, Boxes, Corners, DataSet, Floats, Matches, Ranking, THRESHOLD_FACTOR, Thresholds, box_issues, image_issues,
};
use common::{MANY, Made, many_images};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

fn by_boxes(data: &DataSet, overlapping_label_check: bool) -> Vec<bool> {
    let ranking = Ranking::new(Matches::of(data, 0..data.images(), 0));
    let precision = ranking.average_precision(&ranking.places(data, 0..data.images(), 0));
    let thresholds: Vec<f64> = precision.iter().map(|precision| precision * THRESHOLD_FACTOR).collect();
    let thresholds = Thresholds { overlooked: &thresholds, badloc: &thresholds, swap: &thresholds };
    let [overlooked, badloc, swap] = box_issues(data, thresholds, overlapping_label_check);
    let any = |flags: &[bool], offsets: &[i64], image: usize| {
        flags[offsets[image] as usize..offsets[image + 1] as usize].contains(&true)
    };
    let (annotated, predicted) = (data.annotations().offsets(), data.predictions().offsets());
    (0..data.images())
        .map(|image| {
            any(&overlooked, predicted, image) || any(&badloc, annotated, image) || any(&swap, annotated, image)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_image_is_an_issue_if_and_only_if_one_of_its_boxes_is(images in many_images(), check: bool) {
        let made = Made::of(&images);
        let data = made.data(0.9, false);
        prop_assert_eq!(image_issues(&data, check), by_boxes(&data, check));
    }
}

#[test]
fn the_least_similarity_of_the_last_image_counts_in_the_first() {
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
    let data = DataSet::new(annotations.expect("annotations"), predictions.expect("predictions"), ALPHA).expect("data");
    // On one thread the parts are done in order, and the first one before the least similarity is known.
    let one = ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let issues = one.install(|| image_issues(&data, true));
    assert_eq!(issues.iter().position(|&issue| issue), Some(0));
}
