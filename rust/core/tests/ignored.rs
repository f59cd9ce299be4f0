//! Ignored annotations count as if they were not there, and predictions that lie in one are not overlooked.

mod common;

use boxlint_core::{
    ALPHA, Boxes, Classes, Dataset, Floats, HIGH_PROBABILITY_THRESHOLD, LOW_PROBABILITY_THRESHOLD, MinSimilarity,
    Pairs, TruePositives, area, average_precision, badloc_box_scores, box_counts, intersection, min_similarity,
    overlooked_box_scores, swap_box_scores,
};
use common::{Image, Made, bits, images};
use proptest::prelude::*;

/// The scores of the annotations that are not ignored; the others must be NaN.
fn of_kept(scores: &[f64], dataset: &Dataset) -> Vec<f64> {
    let flags = dataset.ignored().expect("flags");
    assert!(scores.iter().zip(flags).all(|(score, &ignored)| score.is_nan() == ignored));
    scores.iter().copied().filter(|score| !score.is_nan()).collect()
}

/// Whether each prediction shares at least half of its area with one ignored annotation of its image.
fn lies_in_ignored(dataset: &Dataset, images: &[Image]) -> Vec<bool> {
    let mut found = Vec::new();
    for (index, image) in images.iter().enumerate() {
        let predictions = dataset.predictions().image(index);
        found.extend((0..predictions.len()).map(|j| predictions.corners(j)).map(|prediction| {
            image.iter().filter(|pair| pair.ignored).any(|pair| {
                let shared = intersection(&prediction, &pair.annotation);
                shared > 0.0 && shared >= 0.5 * area(&prediction)
            })
        }));
    }
    found
}

proptest! {
    #[test]
    fn annotations_are_scored_as_if_the_ignored_ones_were_not_there(images in images()) {
        let (made, plain) = (Made::of(&images), Made::without_ignored(&images));
        let (pairs, expected) = (Pairs::new(made.ignoring(), ALPHA), plain.pairs(ALPHA, false));
        let least = min_similarity(&pairs, 0..images.len());
        prop_assert_eq!(least.to_bits(), min_similarity(&expected, 0..images.len()).to_bits());
        let (min, low, high) =
            (MinSimilarity::OfDataset(least), LOW_PROBABILITY_THRESHOLD, HIGH_PROBABILITY_THRESHOLD);
        let badloc = of_kept(&badloc_box_scores(&pairs, low), pairs.dataset());
        prop_assert_eq!(bits(&badloc), bits(&badloc_box_scores(&expected, low)));
        let swap = of_kept(&swap_box_scores(&pairs, min, high, true), pairs.dataset());
        prop_assert_eq!(bits(&swap), bits(&swap_box_scores(&expected, min, high, true)));
    }

    #[test]
    fn predictions_in_an_ignored_annotation_have_no_overlooked_score(images in images()) {
        let (made, plain) = (Made::of(&images), Made::without_ignored(&images));
        let (pairs, min) = (Pairs::new(made.ignoring(), ALPHA), MinSimilarity::OfDataset(0.25));
        let mut expected = overlooked_box_scores(&plain.pairs(ALPHA, false), min, HIGH_PROBABILITY_THRESHOLD);
        for (score, hidden) in expected.iter_mut().zip(lies_in_ignored(pairs.dataset(), &images)) {
            *score = if hidden { f64::NAN } else { *score };
        }
        prop_assert_eq!(bits(&overlooked_box_scores(&pairs, min, HIGH_PROBABILITY_THRESHOLD)), bits(&expected));
    }

    #[test]
    fn matches_and_counts_are_those_without_the_ignored_annotations(images in images()) {
        let (made, plain) = (Made::of(&images), Made::without_ignored(&images));
        let (dataset, expected) = (made.ignoring(), plain.dataset());
        prop_assert_eq!(dataset.classes(), expected.classes());
        prop_assert_eq!(average_precision(&dataset), average_precision(&expected));
        prop_assert_eq!(TruePositives::of(&dataset), TruePositives::of(&expected));
        prop_assert_eq!(box_counts(&dataset), box_counts(&expected));
        let classes = [Classes::of(dataset.annotations(), dataset.ignored()), Classes::of(expected.annotations(), None)];
        prop_assert_eq!(classes[0].counts(), classes[1].counts());
        let groups = [vec![2], vec![0, 1]];
        let mut areas = [vec![f64::NAN; expected.annotations().len()], vec![f64::NAN; expected.annotations().len()]];
        classes[0].areas(dataset.annotations(), dataset.ignored(), &groups, &mut areas[0]);
        classes[1].areas(expected.annotations(), None, &groups, &mut areas[1]);
        prop_assert_eq!(bits(&areas[0]), bits(&areas[1]));
    }
}

/// Given matrices have a row for every annotation, so the flags must not shift them.
#[test]
fn given_similarities_belong_to_the_rows_of_all_annotations() {
    let object = [0.0, 0.0, 9.0, 9.0];
    let boxes = Boxes::new(Floats::F64(&object), &[0], Some(Floats::F64(&[0.9])), &[0, 1]);
    let twice = [object, object].concat();
    let annotations = Boxes::new(Floats::F64(&twice), &[0, 0], None, &[0, 2]).expect("annotations");
    let dataset = common::dataset(annotations, boxes.expect("predictions"), Some(&[true, false]));
    let pairs = Pairs::new(dataset, ALPHA).with_matrices(&[0.25, 0.75], None).expect("two pairs");
    assert_eq!(bits(&badloc_box_scores(&pairs, LOW_PROBABILITY_THRESHOLD)[1..]), bits(&[0.75]));
}
