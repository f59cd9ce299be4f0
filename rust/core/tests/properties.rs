//! What holds for every data set.

mod common;

use std::ops::Range;

use boxlint_core::{
    Boxes, DataSet, Floats, HIGH_PROBABILITY_THRESHOLD, LOW_PROBABILITY_THRESHOLD, Parameters, TEMPERATURE, WEIGHT,
    badloc_box_scores, image_scores, iou, least_similarity, overlooked_box_scores, pooled_scores, softmin,
    swap_box_scores,
};
use common::{MANY, Made, alphas, few_images, images, many_images, plain_least};
use proptest::prelude::*;

const PARAMETERS: Parameters = Parameters {
    low_probability_threshold: LOW_PROBABILITY_THRESHOLD,
    high_probability_threshold: HIGH_PROBABILITY_THRESHOLD,
    temperature: TEMPERATURE,
    weights: [WEIGHT; 3],
    overlapping_label_check: true,
};

/// Every score of a data set, image by image.
#[derive(Debug, PartialEq)]
struct Scores {
    images: Vec<[u64; 4]>,
    overlooked: Vec<Vec<u64>>,
    badloc: Vec<Vec<u64>>,
    swap: Vec<Vec<u64>>,
}

impl Scores {
    fn of(data: &DataSet) -> Self {
        let least = least_similarity(data, 0..data.images());
        let (annotated, predicted) = (data.annotations().offsets(), data.predictions().offsets());
        let high = HIGH_PROBABILITY_THRESHOLD;
        Self {
            images: image_scores_of(data).into_iter().map(|scores| scores.map(f64::to_bits)).collect(),
            overlooked: by_image(&overlooked_box_scores(data, |_| least, high), predicted),
            badloc: by_image(&badloc_box_scores(data, LOW_PROBABILITY_THRESHOLD), annotated),
            swap: by_image(&swap_box_scores(data, |_| least, high, true), annotated),
        }
    }

    fn reordered(&self, order: &[usize]) -> Self {
        let boxes = |scores: &[Vec<u64>]| order.iter().map(|&image| scores[image].clone()).collect();
        Self {
            images: order.iter().map(|&image| self.images[image]).collect(),
            overlooked: boxes(&self.overlooked),
            badloc: boxes(&self.badloc),
            swap: boxes(&self.swap),
        }
    }
}

fn by_image(scores: &[f64], offsets: &[i64]) -> Vec<Vec<u64>> {
    let of_image = |pair: &[i64]| scores[pair[0] as usize..pair[1] as usize].iter().map(|s| s.to_bits()).collect();
    offsets.windows(2).map(of_image).collect()
}

fn image_scores_of(data: &DataSet) -> Vec<[f64; 4]> {
    let mut scores = vec![[0.0; 4]; data.images()];
    image_scores(data, 1.0, &PARAMETERS, 0..data.images(), &mut scores);
    scores
}

fn in_a_pool_of<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(work)
}

/// Two cuts of the images in three parts, some of them empty perhaps.
fn parts(count: usize, cuts: (usize, usize)) -> [Range<usize>; 3] {
    let (first, second) = (cuts.0.min(cuts.1).min(count), cuts.0.max(cuts.1).min(count));
    [0..first, first..second, second..count]
}

fn within_unit(scores: impl IntoIterator<Item = f64>) -> bool {
    scores.into_iter().all(|score| (0.0..=1.0).contains(&score))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_least_similarity_is_that_of_the_plain_loop(images in images(), alpha in alphas(), single: bool) {
        let made = Made::of(&images);
        let data = made.data(alpha, single);
        let found = least_similarity(&data, 0..data.images());
        prop_assert_eq!(found.to_bits(), plain_least(&data, 0..data.images(), alpha).to_bits());
    }

    #[test]
    fn the_least_similarity_of_parts_merges_to_that_of_the_whole(
        images in images(), alpha in alphas(), cuts in (0..MANY, 0..MANY)
    ) {
        let made = Made::of(&images);
        let data = made.data(alpha, false);
        let merged = parts(data.images(), cuts).map(|part| least_similarity(&data, part)).into_iter().fold(1.0, f64::min);
        prop_assert_eq!(merged.to_bits(), least_similarity(&data, 0..data.images()).to_bits());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn scores_are_fractions_and_overlooked_ones_nan_where_nothing_can_be(images in images(), alpha in alphas()) {
        let made = Made::of(&images);
        let data = made.data(alpha, false);
        let least = least_similarity(&data, 0..data.images());
        let overlooked = overlooked_box_scores(&data, |_| least, HIGH_PROBABILITY_THRESHOLD);
        for index in 0..data.images() {
            let (annotations, predictions) = (data.annotations().image(index), data.predictions().image(index));
            let first = data.predictions().offsets()[index] as usize;
            for j in 0..predictions.len() {
                let meets = |n| iou(&annotations.corners(n), &predictions.corners(j)) > 0.0;
                let unlikely = predictions.score.get(j) < HIGH_PROBABILITY_THRESHOLD;
                let hidden = unlikely || (0..annotations.len()).any(meets);
                prop_assert_eq!(overlooked[first + j].is_nan(), hidden);
            }
        }
        prop_assert!(within_unit(overlooked.into_iter().filter(|score| !score.is_nan())));
        prop_assert!(within_unit(badloc_box_scores(&data, LOW_PROBABILITY_THRESHOLD)));
        prop_assert!(within_unit(swap_box_scores(&data, |_| least, HIGH_PROBABILITY_THRESHOLD, true)));
        prop_assert!(within_unit(image_scores_of(&data).into_flattened()));
    }

    #[test]
    fn image_scores_are_the_pooled_box_scores(images in images(), alpha in alphas(), single: bool) {
        let made = Made::of(&images);
        let data = made.data(alpha, single);
        let least = plain_least(&data, 0..data.images(), alpha);
        let (annotated, predicted) = (data.annotations().offsets(), data.predictions().offsets());
        let high = HIGH_PROBABILITY_THRESHOLD;
        let pooled = [
            pooled_scores(&overlooked_box_scores(&data, |_| least, high), predicted, TEMPERATURE),
            pooled_scores(&badloc_box_scores(&data, LOW_PROBABILITY_THRESHOLD), annotated, TEMPERATURE),
            pooled_scores(&swap_box_scores(&data, |_| least, high, true), annotated, TEMPERATURE),
        ];
        for (index, scores) in image_scores_of(&data).into_iter().enumerate() {
            prop_assert_eq!(scores[1..].to_vec(), pooled.iter().map(|of_type| of_type[index]).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_order_of_images_changes_no_bit(
        (images, order) in images().prop_flat_map(|images| {
            let order: Vec<usize> = (0..images.len()).collect();
            (Just(images), Just(order).prop_shuffle())
        }),
        alpha in alphas(),
    ) {
        let (made, shuffled) = (Made::of(&images), order.iter().map(|&image| images[image].clone()).collect::<Vec<_>>());
        let reordered = Made::of(&shuffled);
        prop_assert_eq!(Scores::of(&reordered.data(alpha, false)), Scores::of(&made.data(alpha, false)).reordered(&order));
    }

    #[test]
    fn parts_scored_with_the_least_similarity_of_all_are_scored_as_the_whole(
        images in images(), alpha in alphas(), cuts in (0..MANY, 0..MANY)
    ) {
        let made = Made::of(&images);
        let data = made.data(alpha, false);
        let least = least_similarity(&data, 0..data.images());
        let mut scores = vec![[0.0; 4]; data.images()];
        for part in parts(data.images(), cuts) {
            let known = image_scores(&data, least, &PARAMETERS, part.clone(), &mut scores[part]);
            prop_assert_eq!(known.to_bits(), least.to_bits());
        }
        prop_assert_eq!(scores, image_scores_of(&data));
    }

    #[test]
    fn softmin_lies_between_its_scores_and_leaves_out_nan(
        scores in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), Just(f64::NAN), 0.0..=1.0], 0..20),
        temperature in prop_oneof![Just(0.0), Just(1e-9), 0.0..2.0],
    ) {
        let present: Vec<f64> = scores.iter().copied().filter(|score| !score.is_nan()).collect();
        let found = softmin(&scores, temperature);
        prop_assert_eq!(found.to_bits(), softmin(&present, temperature).to_bits());
        let (least, greatest) = present.iter().fold((1.0_f64, 0.0_f64), |(low, high), &s| (low.min(s), high.max(s)));
        let expected = if present.is_empty() { 1.0..=1.0 } else { least..=greatest };
        prop_assert!(expected.contains(&found));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_number_of_threads_changes_no_bit(images in many_images(), alpha in alphas(), single: bool) {
        let made = Made::of(&images);
        let data = made.data(alpha, single);
        let alone = in_a_pool_of(1, || Scores::of(&data));
        prop_assert_eq!(in_a_pool_of(4, || Scores::of(&data)), alone);
    }

    #[test]
    fn matrices_hold_the_similarity_and_iou_of_each_pair(images in few_images(), alpha in alphas()) {
        let made = Made::of(&images);
        let data = made.data(alpha, false);
        let (similarity, ious) = data.matrices();
        let mut entries = similarity.into_iter().zip(ious);
        for index in 0..data.images() {
            let (annotations, predictions) = (data.annotations().image(index), data.predictions().image(index));
            for n in 0..annotations.len() {
                for j in 0..predictions.len() {
                    let (a, b) = (annotations.corners(n), predictions.corners(j));
                    prop_assert_eq!(entries.next(), Some((data.similarity().of(&a, &b), iou(&a, &b))));
                }
            }
        }
        prop_assert_eq!(entries.next(), None);
    }
}

/// What proptest once found: the overlap of the farther pair is so little that the nearer one, whose nearness rounds
/// down to the same step, is less similar.
#[test]
fn a_nearer_pair_can_be_less_similar_than_a_farther_one_that_overlaps() {
    let sliver = 256.0 - 2.8e-7;
    let columns = [
        (vec![0.0, 0.0, 256.0, 256.0, 0.0, 0.0, 10.0, 10.0], vec![]),
        (vec![sliver, sliver, sliver + 256.0, sliver + 256.0, 360.0, 0.0, 370.0, 10.0], vec![0.9; 2]),
    ];
    let [annotations, predictions] = columns.each_ref().map(|(xyxy, score): &(Vec<f64>, Vec<f64>)| {
        let score = (!score.is_empty()).then_some(Floats::F64(score));
        Boxes::new(Floats::F64(xyxy), &[0, 0], score, &[0, 1, 2]).expect("valid columns")
    });
    let data = DataSet::new(annotations, predictions, 0.9).expect("the same images");
    let plain = plain_least(&data, 0..2, 0.9);
    assert!(plain < plain_least(&data, 0..1, 0.9));
    assert_eq!(least_similarity(&data, 0..2).to_bits(), plain.to_bits());
}
