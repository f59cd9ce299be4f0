//! What holds of the scores of every data set.

mod common;

use boxlint_core::{
    ALPHA, ByType, HIGH_PROBABILITY_THRESHOLD, ImageScore, LOW_PROBABILITY_THRESHOLD, MinSimilarity, Pairs, Parameters,
    TEMPERATURE, TwoPass, badloc_box_scores, image_scores, image_scores_so_far, iou, min_similarity,
    overlooked_box_scores, pooled_scores, softmin, swap_box_scores,
};
use common::{
    MANY, Made, Pair, alphas, bits, few_images, images, many_images, on_threads, parts, plain_min_similarity,
};
use proptest::prelude::*;

/// The scores of all boxes.
fn box_scores_of(pairs: &Pairs) -> ByType<Vec<f64>> {
    let min = MinSimilarity::OfDataset(min_similarity(pairs, 0..pairs.dataset().images()));
    ByType {
        overlooked: overlooked_box_scores(pairs, min, HIGH_PROBABILITY_THRESHOLD),
        badloc: badloc_box_scores(pairs, LOW_PROBABILITY_THRESHOLD),
        swap: swap_box_scores(pairs, min, HIGH_PROBABILITY_THRESHOLD, true),
    }
}

/// The bits of every score of each image: its own four, and those of its boxes.
fn all_scores(pairs: &Pairs) -> Vec<[Vec<u64>; 4]> {
    let (boxes, dataset) = (box_scores_of(pairs), pairs.dataset());
    let of_image = |(index, image): (usize, ImageScore)| {
        let own = bits(&[image.score, image.pooled.overlooked, image.pooled.badloc, image.pooled.swap]);
        let of = |scores: &[f64], offsets: &[i64]| bits(&scores[offsets[index] as usize..offsets[index + 1] as usize]);
        let (annotated, predicted) = (dataset.annotations().offsets(), dataset.predictions().offsets());
        [own, of(&boxes.overlooked, predicted), of(&boxes.badloc, annotated), of(&boxes.swap, annotated)]
    };
    scores_of(pairs).into_iter().enumerate().map(of_image).collect()
}

/// The scores of all images, with the minimum similarity of all.
fn scores_of(pairs: &Pairs) -> Vec<ImageScore> {
    let images = 0..pairs.dataset().images();
    let mut scores = vec![ImageScore::default(); images.len()];
    image_scores(pairs, images.clone(), min_similarity(pairs, images), &Parameters::default(), &mut scores);
    scores
}

fn within_unit(scores: impl IntoIterator<Item = f64>) -> bool {
    scores.into_iter().all(|score| (0.0..=1.0).contains(&score))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_minimum_similarity_is_that_of_the_plain_loop(images in images(), alpha in alphas(), single: bool) {
        let made = Made::of(&images);
        let pairs = made.pairs(alpha, single);
        let found = min_similarity(&pairs, 0..images.len());
        prop_assert_eq!(found.to_bits(), plain_min_similarity(&pairs, 0..images.len(), alpha).to_bits());
    }

    /// The first image has the smallest nearness above 0, which only an overlap narrow enough lowers.
    #[test]
    fn wide_boxes_that_overlap_by_a_sliver_count(
        sides in [260.0..600.0, 260.0..600.0, 260.0..600.0, 260.0..600.0],
        slivers in [-14.0..2.0, -14.0..2.0],
        alpha in alphas(),
        single: bool,
    ) {
        let [width, height, other_width, other_height] = sides;
        let [x, y] = [width - f64::powf(10.0, slivers[0]), height - f64::powf(10.0, slivers[1])];
        let pair = |annotation, prediction| {
            vec![Pair { annotation, annotation_class: 0, prediction, prediction_class: 0, score: 0.9, ignored: false }; 2]
        };
        let images = [
            pair([0.0, 0.0, 10.0, 10.0], [370.0, 0.0, 380.0, 10.0]),
            pair([0.0, 0.0, width, height], [x, y, x + other_width, y + other_height]),
        ];
        let made = Made::of(&images);
        let pairs = made.pairs(alpha, single);
        let found = min_similarity(&pairs, 0..2);
        prop_assert_eq!(found.to_bits(), plain_min_similarity(&pairs, 0..2, alpha).to_bits());
    }

    #[test]
    fn the_minimum_similarity_of_parts_merges_to_that_of_the_whole(
        images in images(), alpha in alphas(), cuts in (0..MANY, 0..MANY)
    ) {
        let made = Made::of(&images);
        let pairs = made.pairs(alpha, false);
        let merged = parts(images.len(), cuts).map(|part| min_similarity(&pairs, part)).into_iter().fold(1.0, f64::min);
        prop_assert_eq!(merged.to_bits(), min_similarity(&pairs, 0..images.len()).to_bits());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn scores_are_fractions_and_overlooked_ones_nan_where_nothing_can_be(images in images(), alpha in alphas()) {
        let made = Made::of(&images);
        let pairs = made.pairs(alpha, false);
        let ByType { overlooked, badloc, swap } = box_scores_of(&pairs);
        for index in 0..images.len() {
            let image = pairs.dataset().image(index);
            let first = pairs.dataset().predictions().offsets()[index] as usize;
            for j in 0..image.predictions.len() {
                let overlaps = |n| iou(&image.annotations.corners(n), &image.predictions.corners(j)) > 0.0;
                let unlikely = image.predictions.score.get(j) < HIGH_PROBABILITY_THRESHOLD;
                let hidden = unlikely || (0..image.annotations.len()).any(overlaps);
                prop_assert_eq!(overlooked[first + j].is_nan(), hidden);
            }
        }
        prop_assert!(within_unit(overlooked.into_iter().filter(|score| !score.is_nan())));
        prop_assert!(within_unit(badloc));
        prop_assert!(within_unit(swap));
        for ImageScore { score, pooled } in scores_of(&pairs) {
            prop_assert!(within_unit([score, pooled.overlooked, pooled.badloc, pooled.swap]));
        }
    }

    #[test]
    fn image_scores_are_the_pooled_box_scores(images in images(), alpha in alphas(), single: bool, ignoring: bool) {
        let made = Made::of(&images);
        let pairs = if ignoring { Pairs::new(made.ignoring(), alpha) } else { made.pairs(alpha, single) };
        let (annotated, predicted) = (pairs.dataset().annotations().offsets(), pairs.dataset().predictions().offsets());
        let boxes = box_scores_of(&pairs);
        let overlooked = pooled_scores(&boxes.overlooked, predicted, TEMPERATURE);
        let badloc = pooled_scores(&boxes.badloc, annotated, TEMPERATURE);
        let swap = pooled_scores(&boxes.swap, annotated, TEMPERATURE);
        for (index, ImageScore { pooled, .. }) in scores_of(&pairs).into_iter().enumerate() {
            let found = [pooled.overlooked, pooled.badloc, pooled.swap];
            prop_assert_eq!(bits(&found), bits(&[overlooked[index], badloc[index], swap[index]]));
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
        let reordered = all_scores(&Made::of(&shuffled).pairs(alpha, false));
        let expected = all_scores(&made.pairs(alpha, false));
        prop_assert!(reordered.iter().zip(order).all(|(found, image)| *found == expected[image]));
    }

    #[test]
    fn parts_scored_in_two_passes_are_scored_as_the_whole(
        images in images(), cuts in (0..MANY, 0..MANY), order in Just([0, 1, 2]).prop_shuffle(), apart: bool
    ) {
        let cut = parts(images.len(), (cuts.0 % (images.len() + 1), cuts.1 % (images.len() + 1)));
        // Either each part has columns of its own, or all are in the same.
        let made = cut.clone().map(|part| Made::of(if apart { &images[part] } else { &images }));
        let row = |part: usize, image: usize| if apart { image - cut[part].start } else { image };
        let (parameters, two_pass) = (Parameters::default(), TwoPass::default());
        let mut scores = vec![ImageScore::default(); images.len()];
        for part in order {
            let (pairs, images) = (made[part].pairs(ALPHA, false), cut[part].clone());
            let (rows, first) = (row(part, images.start)..row(part, images.end), images.start);
            image_scores_so_far(&pairs, rows, first, &two_pass, &parameters, &mut scores[images]);
        }
        let (min, early) = two_pass.finish();
        for part in 0..3 {
            let again = early.start.max(cut[part].start)..early.end.min(cut[part].end);
            if !again.is_empty() {
                let (pairs, rows) = (made[part].pairs(ALPHA, false), row(part, again.start)..row(part, again.end));
                image_scores(&pairs, rows, min, &parameters, &mut scores[again]);
            }
        }
        let whole = Made::of(&images);
        let pairs = whole.pairs(ALPHA, false);
        prop_assert_eq!(min.to_bits(), min_similarity(&pairs, 0..images.len()).to_bits());
        prop_assert_eq!(scores, scores_of(&pairs));
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
        let pairs = made.pairs(alpha, single);
        prop_assert_eq!(on_threads(4, || all_scores(&pairs)), on_threads(1, || all_scores(&pairs)));
    }

    #[test]
    fn matrices_hold_the_similarity_and_iou_of_each_pair(images in few_images(), alpha in alphas()) {
        let made = Made::of(&images);
        let pairs = made.pairs(alpha, false);
        let matrices = pairs.matrices();
        prop_assert_eq!(pairs.count(), matrices.iou.len());
        let mut entries = matrices.similarity.into_iter().zip(matrices.iou);
        for index in 0..images.len() {
            let image = pairs.dataset().image(index);
            for n in 0..image.annotations.len() {
                for j in 0..image.predictions.len() {
                    let (a, b) = (image.annotations.corners(n), image.predictions.corners(j));
                    prop_assert_eq!(entries.next(), Some((pairs.similarity().of(&a, &b), iou(&a, &b))));
                }
            }
        }
        prop_assert_eq!(entries.next(), None);
    }
}

/// A case that proptest once found: the farther pair overlaps so little that the nearer one, whose nearness rounds down to
/// the same step, is less similar.
#[test]
fn a_nearer_pair_can_be_less_similar_than_a_farther_one_that_overlaps() {
    let sliver = 256.0 - 2.8e-7;
    let pair = |annotation, prediction| {
        let pair =
            Pair { annotation, annotation_class: 0, prediction, prediction_class: 0, score: 0.9, ignored: false };
        // Of two equal pairs, an image has both.
        vec![pair.clone(), pair]
    };
    let farther = pair([0.0, 0.0, 256.0, 256.0], [sliver, sliver, sliver + 256.0, sliver + 256.0]);
    let nearer = pair([0.0, 0.0, 10.0, 10.0], [360.0, 0.0, 370.0, 10.0]);
    let made = Made::of(&[farther, nearer]);
    let pairs = made.pairs(ALPHA, false);
    let plain = plain_min_similarity(&pairs, 0..2, ALPHA);
    assert!(plain < plain_min_similarity(&pairs, 0..1, ALPHA));
    assert_eq!(min_similarity(&pairs, 0..2).to_bits(), plain.to_bits());
}

/// Two squares whose corners overlap by a sliver, so near to where nearness ends that the search for wide boxes hardly takes
/// them in.
#[test]
fn corners_that_overlap_where_nearness_ends_count() {
    let pair = |annotation, prediction| {
        let pair =
            Pair { annotation, annotation_class: 0, prediction, prediction_class: 0, score: 0.9, ignored: false };
        vec![pair.clone(), pair]
    };
    let smallest_step = pair([0.0, 0.0, 10.0, 10.0], [370.0, 0.0, 380.0, 10.0]);
    for distance in [374.3, 374.4, 375.0, 376.0, 380.0] {
        for larger in [1.0, 3.0, 10.0] {
            let side = distance * 2.0_f64.sqrt() / (1.0 + larger);
            let near = side - 1e-7;
            let apart = pair([0.0, 0.0, side, side], [near, near, near + larger * side, near + larger * side]);
            let made = Made::of(&[smallest_step.clone(), apart]);
            let pairs = made.pairs(ALPHA, false);
            let plain = plain_min_similarity(&pairs, 0..2, ALPHA);
            assert!(plain < plain_min_similarity(&pairs, 0..1, ALPHA), "{distance} {larger}");
            assert_eq!(min_similarity(&pairs, 0..2).to_bits(), plain.to_bits(), "{distance} {larger}");
        }
    }
}
