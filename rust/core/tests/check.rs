//! What holds for the native method on every data set.

use boxlint_core::check::{Found, Kind, Parameters, Rows, Statistics, Tables, examine};
use boxlint_core::{Boxes, Dataset, Floats};
use proptest::prelude::*;

/// More images than one thread takes at a time (128).
const MANY: usize = 300;

const PARAMETERS: Parameters = Parameters { priors: Kind::PRIORS, kinds: [true; 5], min_suspicion: 0.0 };

/// Columns that own what they hold.
#[derive(Clone, Debug, Default)]
struct Made {
    xyxy: Vec<f64>,
    class_id: Vec<i32>,
    score: Vec<f64>,
    offsets: Vec<i64>,
}

type Object = ([i32; 4], i32, f64);

impl Made {
    fn of(images: &[Vec<Object>]) -> Self {
        let mut made = Self { offsets: vec![0], ..Self::default() };
        for image in images {
            for &([x, y, width, height], class, score) in image {
                made.xyxy.extend([x, y, x + width, y + height].map(f64::from));
                made.class_id.push(class);
                made.score.push(score);
            }
            made.offsets.push(made.class_id.len() as i64);
        }
        made
    }

    fn boxes(&self) -> Boxes<'_> {
        Boxes::new(Floats::F64(&self.xyxy), &self.class_id, Some(Floats::F64(&self.score)), &self.offsets)
            .expect("valid columns")
    }
}

/// Corners on a coarse grid, so that ties and copies are common; some boxes are inverted or without area.
fn images(count: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<Vec<Object>>> {
    let corners = [0..12, 0..12, -1..6, -1..6];
    let score = prop::sample::select(vec![0.0, 0.05, 0.3, 0.5, 0.9, 0.99, 1.0]);
    prop::collection::vec(prop::collection::vec((corners, 0..4, score), 0..12), count)
}

fn found(dataset: &Dataset, statistics: &Statistics, parameters: &Parameters) -> (Rows, Vec<u64>) {
    let mut logarithms = vec![0.0; dataset.images()];
    let tables = Tables::new(statistics);
    let mut found = Found::default();
    examine(dataset, &tables, parameters, 0..dataset.images(), &mut found, &mut logarithms);
    (found.into_rows(), logarithms.into_iter().map(f64::to_bits).collect())
}

proptest! {
    #[test]
    fn suspicions_are_within_bounds_and_fall(annotated in images(1..5), predicted in images(5)) {
        let (annotated, predicted) = (Made::of(&annotated), Made::of(&predicted[..annotated.len()]));
        let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), None).expect("a data set");
        let (rows, logarithms) = found(&dataset, &Statistics::of(&dataset, 0..dataset.images()), &PARAMETERS);
        prop_assert!(rows.suspicion.iter().all(|&suspicion| suspicion > 0.0 && suspicion <= 1.0));
        prop_assert!(rows.suspicion.is_sorted_by(|a, b| a >= b));
        prop_assert!(logarithms.into_iter().map(f64::from_bits).all(|logarithm| logarithm >= 0.0));
    }

    #[test]
    fn parts_merge_in_any_order(annotated in images(4), predicted in images(4), at in 0..=4_usize) {
        let (annotated, predicted) = (Made::of(&annotated), Made::of(&predicted));
        let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), None).expect("a data set");
        let whole = Statistics::of(&dataset, 0..4);
        let [before, after] = [0..at, at..4].map(|images| Statistics::of(&dataset, images));
        prop_assert_eq!(&before.clone().merge(after.clone()), &whole);
        prop_assert_eq!(&after.merge(before), &whole);
        let (scores, bests, pairs) = whole.entries();
        prop_assert_eq!(Statistics::from_entries(whole.classes(), &scores, &bests, &pairs), Some(whole));
    }

    #[test]
    fn flagged_annotations_are_never_listed(annotated in images(3), predicted in images(3)) {
        let (annotated, predicted) = (Made::of(&annotated), Made::of(&predicted));
        let ignore = vec![true; annotated.class_id.len()];
        let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), Some(&ignore)).expect("a data set");
        let (rows, _) = found(&dataset, &Statistics::of(&dataset, 0..3), &PARAMETERS);
        prop_assert!(rows.kind.iter().all(|&kind| kind == Kind::Missing as u8));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn threads_change_nothing(annotated in images(MANY), predicted in images(MANY)) {
        let (annotated, predicted) = (Made::of(&annotated), Made::of(&predicted));
        let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), None).expect("a data set");
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| found(&dataset, &Statistics::of(&dataset, 0..MANY), &PARAMETERS))
        };
        let (one, two) = (with(1), with(3));
        prop_assert_eq!(one.1, two.1);
        prop_assert_eq!(one.0, two.0);
    }
}
