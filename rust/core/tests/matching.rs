//! Average precision: the same from any parts in any order and on any number of threads, and that of its definition.

mod common;

use boxlint_core::{Boxes, Dataset, Floats, IOU_THRESHOLDS, Matches, Ranking, TruePositives, average_precision, iou};
use common::{Image, Made, bits, dataset, few_images, images, many_images, on_threads, parts};
use proptest::prelude::*;

/// The parts of a data set, each with columns of its own, and the number of its first image.
struct Part {
    made: Made,
    images: usize,
    /// The number of its first prediction.
    first: u64,
}

impl Part {
    fn of(images: &[Image], cuts: (usize, usize)) -> [Self; 3] {
        parts(images.len(), cuts).map(|part| Self {
            images: part.len(),
            first: Made::of(&images[..part.start]).dataset().predictions().len() as u64,
            made: Made::of(&images[part]),
        })
    }

    fn matches(&self) -> Matches {
        Matches::of(&self.made.dataset(), 0..self.images, self.first)
    }

    fn places(&self, ranking: &Ranking) -> Vec<u64> {
        ranking.places(&self.made.dataset(), 0..self.images, self.first)
    }
}

fn whole(images: &[Image]) -> Vec<f64> {
    average_precision(&Made::of(images).dataset()).iter().map(|class| class.average_precision).collect()
}

fn merged<'a>(parts: impl Iterator<Item = &'a Part> + Clone) -> Vec<f64> {
    let ranking = Ranking::new(parts.clone().map(Part::matches).fold(Matches::default(), Matches::merge));
    let places = parts.map(|part| part.places(&ranking)).reduce(|sum, more| {
        assert_eq!(sum.len(), more.len(), "one place for each match");
        sum.iter().zip(more).map(|(a, b)| a + b).collect()
    });
    ranking.average_precision(&places.expect("three parts"))
}

/// The definition, one class and threshold after another.
fn plain(dataset: &Dataset) -> Vec<f64> {
    let mean = |class| IOU_THRESHOLDS.iter().map(|&at| plain_area(dataset, class, at)).sum::<f64>() / 10.0;
    (0..dataset.classes() as i32).map(mean).collect()
}

fn plain_area(dataset: &Dataset, class: i32, threshold: f64) -> f64 {
    let mut ranked: Vec<(f64, bool)> =
        (0..dataset.images()).flat_map(|image| matched(dataset, image, class, threshold)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let annotations = dataset.annotations().class_id().iter().filter(|&&other| other == class).count();
    let found_by = |place: usize| ranked[..=place].iter().filter(|(_, found)| *found).count();
    let precision: Vec<f64> = (0..ranked.len()).map(|place| found_by(place) as f64 / (place + 1) as f64).collect();
    let greatest_from = |place: usize| precision[place..].iter().copied().fold(0.0, f64::max);
    let found = (0..ranked.len()).filter(|&place| ranked[place].1);
    found.map(greatest_from).sum::<f64>() / (annotations as f64).max(1.0)
}

/// The predictions of a class in an image with their scores, each a true positive or not, in the order of their rows.
fn matched(dataset: &Dataset, image: usize, class: i32, threshold: f64) -> Vec<(f64, bool)> {
    let (annotations, predictions) = (dataset.image(image).annotations, dataset.image(image).predictions);
    let rows: Vec<usize> = (0..predictions.len()).filter(|&row| predictions.class_id[row] == class).collect();
    let annotated: Vec<usize> = (0..annotations.len()).filter(|&row| annotations.class_id[row] == class).collect();
    let mut by_score = rows.clone();
    by_score.sort_by(|&a, &b| predictions.score.get(b).total_cmp(&predictions.score.get(a)));
    let (mut taken, mut found) = (Vec::new(), Vec::new());
    for row in by_score {
        let overlap = |&n: &usize| iou(&predictions.corners(row), &annotations.corners(n));
        // max_by returns the last of equal ones.
        let best = annotated.iter().rev().max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
        if let Some(&best) = best.filter(|best| overlap(best) >= threshold && !taken.contains(*best)) {
            taken.push(best);
            found.push(row);
        }
    }
    rows.into_iter().map(|row| (predictions.score.get(row), found.contains(&row))).collect()
}

proptest! {
    #[test]
    fn average_precision_is_that_of_its_definition(images in few_images()) {
        let expected = plain(&Made::of(&images).dataset());
        let found = whole(&images);
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            prop_assert!((found - expected).abs() <= 1e-12, "{} is not {}", found, expected);
        }
    }

    #[test]
    fn average_precision_of_parts_in_any_order_is_that_of_the_whole_to_the_last_bit(
        images in images(),
        cuts in (0..320_usize, 0..320_usize),
        order in Just([0, 1, 2]).prop_shuffle(),
    ) {
        let few = images.len() + 1;
        let parts = Part::of(&images, (cuts.0 % few, cuts.1 % few));
        prop_assert_eq!(bits(&merged(order.iter().map(|&part| &parts[part]))), bits(&whole(&images)));
    }

    #[test]
    fn true_positives_are_no_more_than_predictions_or_annotations_and_fall_with_the_threshold(images in few_images()) {
        let made = Made::of(&images);
        for class in TruePositives::of(&made.dataset()) {
            prop_assert!(class.at[0] <= class.annotations.min(class.predictions));
            prop_assert!(class.at.is_sorted_by(|a, b| a >= b));
        }
    }

    #[test]
    fn true_positives_are_the_matches_counted(images in images()) {
        let made = Made::of(&images);
        let dataset = made.dataset();
        let counted = Matches::of(&dataset, 0..images.len(), 0).classes.into_iter().map(|class| {
            let count = |threshold| class.matches.iter().filter(|found| found.at >> threshold & 1 == 1).count() as u64;
            let at = std::array::from_fn(count);
            TruePositives { annotations: class.annotations, predictions: class.predictions, at }
        });
        prop_assert_eq!(TruePositives::of(&dataset), counted.collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn threads_change_no_bit_of_average_precision(images in many_images()) {
        let on = |threads| bits(&on_threads(threads, || whole(&images)));
        prop_assert_eq!(on(1), on(2));
        prop_assert_eq!(on(1), on(5));
    }
}

#[test]
fn equal_scores_keep_their_order_through_more_predictions_than_are_placed_at_a_time() {
    // Two million predictions an image, of which only the first finds the object.
    let (images, each) = (3, 2_000_000);
    let (object, stray) = ([0.0_f32, 0.0, 10.0, 10.0], [90.0_f32, 90.0, 99.0, 99.0]);
    let mut predicted = vec![stray; images * each];
    predicted.iter_mut().step_by(each).for_each(|first| *first = object);
    let annotated = vec![object; images];
    let (classes, scores) = (vec![0; images * each], vec![0.5_f32; images * each]);
    let offsets = |step: usize| (0..=images).map(|image| (image * step) as i64).collect::<Vec<_>>();
    let (one_each, many_each) = (offsets(1), offsets(each));
    let annotations = Boxes::new(Floats::F32(annotated.as_flattened()), &classes[..images], None, &one_each);
    let predictions =
        Boxes::new(Floats::F32(predicted.as_flattened()), &classes, Some(Floats::F32(&scores)), &many_each);
    let dataset = dataset(annotations.expect("annotations"), predictions.expect("predictions"), None);
    let ranking = Ranking::new(Matches::of(&dataset, 0..images, 0));
    let places = ranking.places(&dataset, 0..images, 0);
    assert_eq!(places, [1, each as u64, each as u64]);
}

/// The average precision of the boxes of one class in one image, all predicted with the same score.
fn of_equal_scores(annotated: &[f64], predicted: &[f64]) -> f64 {
    of_scores(annotated, predicted, &vec![0.5; predicted.len() / 4])
}

/// The same with these scores.
fn of_scores(annotated: &[f64], predicted: &[f64], scores: &[f64]) -> f64 {
    let columns = |xyxy: &[f64]| (vec![0; xyxy.len() / 4], [0, xyxy.len() as i64 / 4]);
    let ((of_annotated, ends), (of_predicted, predicted_ends)) = (columns(annotated), columns(predicted));
    let annotations = Boxes::new(Floats::F64(annotated), &of_annotated, None, &ends).expect("annotations");
    let score = Some(Floats::F64(scores));
    let predictions = Boxes::new(Floats::F64(predicted), &of_predicted, score, &predicted_ends).expect("predictions");
    average_precision(&Dataset::new(annotations, predictions, None).expect("a data set"))[0].average_precision
}

#[test]
fn of_annotations_with_equal_iou_the_first_is_matched() {
    let annotated = [0.0, 0.0, 100.0, 100.0, 20.0, 0.0, 120.0, 100.0];
    let (between, on_the_second) = ([10.0, 0.0, 110.0, 100.0], [20.0, 0.0, 120.0, 100.0]);
    // An IoU of 90 / 110 is enough at 7 of the 10 thresholds; at the others one annotation of two is found, at place 2.
    let found = of_equal_scores(&annotated, &[between, on_the_second].concat());
    assert!((found - (7.0 + 3.0 * 0.5 * 0.5) / 10.0).abs() < 1e-9, "{found}");
}

#[test]
fn of_predictions_with_equal_score_the_first_is_matched() {
    let annotated = [0.0, 0.0, 100.0, 100.0];
    // An IoU of .62 is enough at 3 of the 10 thresholds; at the others the second prediction matches, at place 2.
    let found = of_equal_scores(&annotated, &[[0.0, 0.0, 100.0, 62.0], annotated].concat());
    assert!((found - (3.0 + 7.0 * 0.5) / 10.0).abs() < 1e-9, "{found}");
}

#[test]
fn of_predictions_of_one_object_that_of_the_highest_score_is_matched_wherever_it_stands() {
    let object = [0.0, 0.0, 100.0, 100.0];
    for scores in [[0.9, 0.5, 0.7], [0.5, 0.9, 0.7], [0.5, 0.7, 0.9]] {
        assert_eq!(of_scores(&object, &[object; 3].concat(), &scores), 1.0);
    }
}
