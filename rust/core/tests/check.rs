//! What the native method finds: five drawn images, one a kind of error, and what holds on every data set.

use boxlint_core::check::{
    Details, DetectorModel, Entries, Found, Issue, Kind, Parameters, Statistics, collect, examine,
};
use boxlint_core::{Boxes, Dataset, Floats, VerifiedClasses};
use proptest::prelude::*;

/// More images than one thread takes at a time (128).
const MANY: usize = 300;

const PARAMETERS: Parameters = Parameters { priors: Kind::PRIORS, kinds: [true; 5], min_suspicion: 0.0 };

const CAT: i32 = 0;
const DOG: i32 = 1;

/// The score of predictions that are always right; above the centre of a score bin, where its confidence is that of the bin.
const SURE: f64 = 0.881;
/// The score of predictions that are hardly ever right.
const WEAK: f64 = 0.01;

/// Where things are in the drawn images: x, y, width, height.
const LEFT: [i32; 4] = [10, 10, 80, 80];
const RIGHT: [i32; 4] = [200, 10, 90, 70];
/// Shifted against `LEFT`: an IoU of about one half.
const BESIDE_LEFT: [i32; 4] = [37, 10, 80, 80];
/// Nearly `RIGHT`: an IoU above 0.95.
const NEARLY_RIGHT: [i32; 4] = [201, 10, 90, 70];
const BELOW: [i32; 4] = [120, 200, 40, 40];

mod a_box_that_nobody_annotated {
    use super::*;

    const ANNOTATED: [Object; 1] = [(LEFT, CAT, 0.0)];

    #[test]
    fn is_listed_as_missing() {
        let [issue] = issues_of(&ANNOTATED, &[(LEFT, CAT, SURE), (RIGHT, DOG, SURE)])[..] else { panic!("one issue") };
        assert_eq!(issue.details(), Details::Missing { prediction: 1, iou: 0.0 });
        assert!(issue.suspicion() > 0.5);
    }

    #[test]
    fn is_one_issue_if_it_is_detected_twice() {
        let predicted = [(LEFT, CAT, SURE), (RIGHT, DOG, 0.8), (NEARLY_RIGHT, CAT, SURE)];
        let [issue] = issues_of(&ANNOTATED, &predicted)[..] else { panic!("one issue") };
        assert_eq!(issue.details(), Details::Missing { prediction: 2, iou: 0.0 });
    }

    #[test]
    fn is_not_listed_inside_an_ignored_annotation() {
        let annotated = [(LEFT, CAT, 0.0), (RIGHT, DOG, 0.0)];
        assert_eq!(issues_with_ignored(&annotated, &[(LEFT, CAT, SURE), (RIGHT, DOG, SURE)], 1), []);
    }

    #[test]
    fn is_not_listed_where_predictions_are_hardly_ever_right() {
        assert_eq!(issues_of(&ANNOTATED, &[(LEFT, CAT, SURE), (RIGHT, DOG, WEAK)]), []);
    }

    #[test]
    fn counts_half_inside_an_annotation_of_its_class() {
        let large = [200, 10, 180, 140];
        let suspicion = |class| {
            let predicted = [(LEFT, CAT, SURE), (large, class, SURE), (RIGHT, DOG, SURE)];
            issues_of(&[(LEFT, CAT, 0.0), (large, class, 0.0)], &predicted)[0].suspicion()
        };
        assert!(suspicion(DOG) < 0.5 * suspicion(CAT));
    }
}

mod an_annotation_of_the_wrong_class {
    use super::*;

    const ANNOTATED: [Object; 2] = [(LEFT, DOG, 0.0), (RIGHT, DOG, 0.0)];

    #[test]
    fn is_listed_as_swap_with_the_prediction_of_another_class() {
        let [issue] = issues_of(&ANNOTATED, &[(LEFT, CAT, SURE), (RIGHT, DOG, SURE)])[..] else { panic!("one issue") };
        assert_eq!(issue.details(), Details::Swap { annotation: 0, prediction: 0, iou: 1.0 });
        assert!(issue.suspicion() > 0.5);
    }

    #[test]
    fn is_far_less_suspicious_where_the_detector_also_sees_the_given_class() {
        let [alone] = issues_of(&ANNOTATED, &[(LEFT, CAT, SURE), (RIGHT, DOG, SURE)])[..] else { panic!("one issue") };
        let both = issues_of(&ANNOTATED, &[(LEFT, CAT, SURE), (LEFT, DOG, SURE), (RIGHT, DOG, SURE)]);
        assert!(both.iter().all(|issue| issue.suspicion() < 0.25 * alone.suspicion()), "{both:?}");
    }

    #[test]
    fn is_not_listed_where_another_annotation_accounts_for_the_prediction() {
        let issues = issues_of(&[(LEFT, DOG, 0.0), (LEFT, CAT, 0.0)], &[(LEFT, CAT, SURE)]);
        assert!(!kinds(&issues).contains(&Kind::Swap), "{issues:?}");
    }
}

mod a_badly_placed_box {
    use super::*;

    const ANNOTATED: [Object; 2] = [(BESIDE_LEFT, CAT, 0.0), (RIGHT, DOG, 0.0)];

    #[test]
    fn is_listed_as_badloc_with_the_better_place() {
        let [issue] = issues_of(&ANNOTATED, &[(LEFT, CAT, SURE), (RIGHT, DOG, SURE)])[..] else { panic!("one issue") };
        assert_eq!((issue.kind(), issue.annotation(), issue.prediction()), (Kind::Badloc, Some(0), Some(0)));
        assert!(issue.iou().is_some_and(|iou| (iou - 0.5).abs() < 0.01));
        // It hardly rises above 0.45.
        assert!(issue.suspicion() > 0.2);
    }

    #[test]
    fn is_not_listed_where_a_prediction_fits_it_well() {
        let issues = issues_of(&ANNOTATED, &[(LEFT, CAT, SURE), (BESIDE_LEFT, CAT, SURE), (RIGHT, DOG, SURE)]);
        assert!(!kinds(&issues).contains(&Kind::Badloc), "{issues:?}");
    }
}

mod an_annotation_where_nothing_is {
    use super::*;

    const ANNOTATED: [Object; 2] = [(LEFT, CAT, 0.0), (RIGHT, DOG, 0.0)];

    #[test]
    fn is_listed_as_spurious_with_how_likely_it_would_be_found() {
        let [issue] = issues_of(&ANNOTATED, &[(LEFT, CAT, SURE)])[..] else { panic!("one issue") };
        assert_eq!((issue.kind(), issue.annotation(), issue.prediction()), (Kind::Spurious, Some(1), None));
        assert!(issue.detectability().is_some_and(|detectability| detectability > 0.9));
        assert!(issue.suspicion() > 0.4, "{issue:?}");
    }

    #[test]
    fn is_not_listed_where_the_detector_sees_anything() {
        let issues = issues_of(&ANNOTATED, &[(LEFT, CAT, SURE), (RIGHT, CAT, SURE)]);
        assert!(!kinds(&issues).contains(&Kind::Spurious), "{issues:?}");
    }
}

mod an_object_annotated_twice {
    use super::*;

    const ANNOTATED: [Object; 3] = [(LEFT, CAT, 0.0), (NEARLY_RIGHT, DOG, 0.0), (RIGHT, DOG, 0.0)];

    #[test]
    fn is_listed_as_duplicate_with_the_annotation_to_keep() {
        let [issue] = issues_of(&ANNOTATED, &[(LEFT, CAT, SURE), (RIGHT, DOG, SURE)])[..] else { panic!("one issue") };
        assert_eq!((issue.kind(), issue.annotation(), issue.kept_annotation()), (Kind::Duplicate, Some(1), Some(2)));
        assert!(issue.iou().is_some_and(|iou| iou > 0.95));
        assert!(issue.suspicion() > 0.9);
    }

    #[test]
    fn is_not_listed_if_each_annotation_has_a_prediction_of_its_own() {
        let predicted = [(LEFT, CAT, SURE), (RIGHT, DOG, SURE), (NEARLY_RIGHT, DOG, SURE)];
        assert_eq!(issues_of(&ANNOTATED, &predicted), []);
    }
}

mod every_kind {
    use super::*;

    #[test]
    fn has_a_page_with_the_same_headings() {
        for kind in Kind::ALL {
            let page = kind.explanation();
            let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
            let title = format!("# {}", kind.name());
            let expected = [&title, "## What it is", "## Example", "## For and against", "## Formula", "## Limits"];
            assert_eq!(headings, expected);
            assert!(page.lines().count() <= 50 && page.lines().all(|line| line.len() <= 80), "{kind:?}");
        }
    }

    #[test]
    fn has_the_prior_on_its_page() {
        for kind in Kind::ALL {
            let prior = format!("pi = {}", Kind::PRIORS[kind as usize]).replace("0.", ".");
            assert!(kind.explanation().contains(&prior), "{prior}");
        }
    }

    #[test]
    fn is_left_out_unless_wanted() {
        let (annotated, predicted) =
            (Made::of(&vec![vec![(LEFT, DOG, 0.0)]; 9]), Made::of(&vec![vec![(RIGHT, CAT, SURE)]; 9]));
        let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), None).expect("a data set");
        let statistics = collect(&dataset, 0..9);
        let (issues, neg_log_clean) = found(&dataset, &statistics, &Parameters { kinds: [false; 5], ..PARAMETERS });
        assert!(issues.is_empty());
        // What the detector cannot show is left.
        assert!(neg_log_clean.iter().all(|&bits| (f64::from_bits(bits) - 1.05_f64.ln()).abs() < 1e-12));
    }
}

proptest! {
    #[test]
    fn suspicions_are_within_bounds_and_fall(annotated in images(1..5), predicted in images(5)) {
        let (annotated, predicted) = (Made::of(&annotated), Made::of(&predicted[..annotated.len()]));
        let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), None).expect("a data set");
        let (issues, neg_log_clean) = found(&dataset, &collect(&dataset, 0..dataset.images()), &PARAMETERS);
        prop_assert!(issues.iter().all(|issue| issue.suspicion() > 0.0 && issue.suspicion() <= 1.0));
        prop_assert!(issues.is_sorted_by(|a, b| a.suspicion() >= b.suspicion()));
        prop_assert!(neg_log_clean.into_iter().map(f64::from_bits).all(|value| value >= 0.0));
    }

    #[test]
    fn parts_merge_in_any_order(annotated in images(4), predicted in images(4), at in 0..=4_usize) {
        let (annotated, predicted) = (Made::of(&annotated), Made::of(&predicted));
        let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), None).expect("a data set");
        let whole = collect(&dataset, 0..4);
        let [before, after] = [0..at, at..4].map(|images| collect(&dataset, images));
        prop_assert_eq!(&before.clone().merge(after.clone()), &whole);
        prop_assert_eq!(&after.merge(before), &whole);
    }

    #[test]
    fn entries_make_the_statistics_again(annotated in images(4), predicted in images(4)) {
        let (annotated, predicted) = (Made::of(&annotated), Made::of(&predicted));
        let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), None).expect("a data set");
        let statistics = collect(&dataset, 0..4);
        let entries: Entries = statistics.entries();
        prop_assert_eq!(Statistics::from_entries(statistics.classes(), &entries), Ok(statistics));
    }

    #[test]
    fn classes_that_were_not_looked_for_are_never_missing(annotated in images(3), predicted in images(3)) {
        let (annotated, predicted) = (Made::of(&annotated), Made::of(&predicted));
        let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), None).expect("a data set");
        let verified = |offsets: &'static [i64], class_id: &'static [i32]| {
            dataset.with_verified(Some(VerifiedClasses::new(offsets, class_id).expect("rising"))).expect("three images")
        };
        let collected = |dataset: &Dataset| collect(dataset, 0..3);
        let all = verified(&[0, 4, 8, 12], &[0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
        prop_assert_eq!(collected(&all), collected(&dataset));
        prop_assert_eq!(found(&all, &collected(&all), &PARAMETERS), found(&dataset, &collected(&dataset), &PARAMETERS));
        let only_1 = verified(&[0, 1, 1, 2], &[1, 1]);
        let (issues, _) = found(&only_1, &collected(&only_1), &PARAMETERS);
        for issue in issues.iter().filter(|issue| issue.kind() == Kind::Missing) {
            let class = dataset.image(issue.image as usize).predictions.class_id;
            prop_assert!(issue.image != 1 && class[issue.prediction().expect("its prediction") as usize] == 1);
        }
        prop_assert!(collected(&only_1).entries().scores.iter().all(|&[class, ..]| class == 1));
    }

    #[test]
    fn ignored_annotations_are_never_listed(annotated in images(3), predicted in images(3)) {
        let (annotated, predicted) = (Made::of(&annotated), Made::of(&predicted));
        let ignore = vec![true; annotated.class_id.len()];
        let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), Some(&ignore)).expect("a data set");
        let (issues, _) = found(&dataset, &collect(&dataset, 0..3), &PARAMETERS);
        prop_assert!(kinds(&issues).iter().all(|&kind| kind == Kind::Missing));
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
            pool.install(|| found(&dataset, &collect(&dataset, 0..MANY), &PARAMETERS))
        };
        let (one, two) = (with(1), with(3));
        prop_assert_eq!(one.1, two.1);
        prop_assert_eq!(one.0, two.0);
    }

    /// Whatever the parts, those issues of each kind are kept that come first in the whole list.
    #[test]
    fn the_most_suspicious_issues_of_each_kind_are_kept(
        annotated in images(MANY),
        predicted in images(MANY),
        max_rows in 0..60_usize,
        first in 0..MANY,
    ) {
        let (annotated, predicted) = (Made::of(&annotated), Made::of(&predicted));
        let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), None).expect("a data set");
        let statistics = collect(&dataset, 0..MANY);
        let mut counts = [0; 5];
        let (mut expected, _) = found(&dataset, &statistics, &PARAMETERS);
        expected.retain(|issue| {
            let count = &mut counts[issue.kind() as usize];
            *count += 1;
            *count <= max_rows
        });
        let model = DetectorModel::new(&statistics);
        let (mut kept, mut out) = (Found::new(max_rows), [0.0; MANY]);
        for part in [first..MANY, 0..first] {
            examine(&dataset, &model, None, &PARAMETERS, part.clone(), &mut kept, &mut out[part]);
        }
        let (issues, left_out) = kept.into_issues();
        prop_assert_eq!(issues.iter().copied().collect::<Vec<_>>(), expected);
        prop_assert_eq!(left_out, counts.map(|count: usize| count.saturating_sub(max_rows) as u64));
    }
}

/// Corner, width and height; class; score, of predictions.
type Object = ([i32; 4], i32, f64);

/// Columns that own what they hold.
#[derive(Clone, Debug, Default)]
struct Made {
    xyxy: Vec<f64>,
    class_id: Vec<i32>,
    score: Vec<f64>,
    offsets: Vec<i64>,
}

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

fn kinds(issues: &[Issue]) -> Vec<Kind> {
    issues.iter().map(Issue::kind).collect()
}

/// What is suspicious in an image, after 100 images with a cat on the left and a dog on the right. The detector finds all
/// of them, and predicts a dog where none is with the score [`WEAK`].
fn issues_of(annotated: &[Object], predicted: &[Object]) -> Vec<Issue> {
    issues_with_ignored(annotated, predicted, annotated.len())
}

/// The same where annotations from number `first_ignored` on are ignored.
fn issues_with_ignored(annotated: &[Object], predicted: &[Object], first_ignored: usize) -> Vec<Issue> {
    const USUAL: usize = 100;
    let usual = [(LEFT, CAT, SURE), (RIGHT, DOG, SURE), (BELOW, DOG, WEAK)];
    let made =
        |usual: &[Object], last: &[Object]| Made::of(&[vec![usual.to_vec(); USUAL], vec![last.to_vec()]].concat());
    let (annotated, predicted) = (made(&usual[..2], annotated), made(&usual, predicted));
    let ignore: Vec<bool> = (0..annotated.class_id.len()).map(|row| row >= 2 * USUAL + first_ignored).collect();
    let dataset = Dataset::new(annotated.boxes(), predicted.boxes(), Some(&ignore)).expect("a data set");
    let parameters = Parameters { min_suspicion: 0.05, ..PARAMETERS };
    let (issues, _) = found(&dataset, &collect(&dataset, 0..dataset.images()), &parameters);
    assert!(issues.iter().all(|issue| issue.image == USUAL as u32), "the usual images are clean: {issues:?}");
    issues
}

/// The issues, and -ln of the probability that each image is clean, to the last bit.
fn found(dataset: &Dataset, statistics: &Statistics, parameters: &Parameters) -> (Vec<Issue>, Vec<u64>) {
    let mut neg_log_clean = vec![0.0; dataset.images()];
    let mut found = Found::new(usize::MAX);
    let model = DetectorModel::new(statistics);
    examine(dataset, &model, None, parameters, 0..dataset.images(), &mut found, &mut neg_log_clean);
    (found.into_issues().0.iter().copied().collect(), neg_log_clean.into_iter().map(f64::to_bits).collect())
}

#[test]
fn no_data_set_has_counts_below_zero() {
    let scores = Entries { scores: vec![[0, 40, 1, -1, 0, 0]], ..Entries::default() };
    let pairs = Entries { pairs: vec![[0, 0, -1]], ..Entries::default() };
    for entries in [scores, pairs] {
        let refused = Statistics::from_entries(1, &entries).expect_err("impossible");
        assert_eq!(refused.to_string(), "class 0: a negative count");
    }
}

#[test]
fn counts_beyond_the_largest_number_are_as_many_as_that() {
    const LARGE: i64 = 1 << 62; // twice as many are one more than i64 holds
    let classes = || 0..3;
    let entries = Entries {
        scores: classes().map(|class| [class, 40, i64::MAX, LARGE, LARGE / 2, LARGE / 4]).collect(),
        best: classes().flat_map(|class| [2, 3].map(|size| [class, size, 40, LARGE])).collect(),
        pairs: vec![[0, 1, LARGE], [0, 2, LARGE], [1, 1, LARGE], [1, 2, LARGE]],
        gaps: classes().flat_map(|class| [2, 3].map(|size| [class, size, LARGE, LARGE])).collect(),
        seen: classes().flat_map(|class| [[class, 20, 0, LARGE], [class, 40, i64::MAX, 0]]).collect(),
    };
    let statistics = Statistics::from_entries(3, &entries).expect("within range");
    let made = Made::of(&[vec![(LEFT, CAT, SURE), (RIGHT, DOG, SURE), (BELOW, 2, SURE)]]);
    let dataset = Dataset::new(made.boxes(), made.boxes(), None).expect("a data set");
    let (issues, neg_log_clean) = found(&dataset, &statistics.clone().merge(statistics), &PARAMETERS);
    assert!(issues.iter().all(|issue| (0.0..=1.0).contains(&issue.suspicion())), "{issues:?}");
    assert!(neg_log_clean.into_iter().map(f64::from_bits).all(|number| number >= 0.0 && number.is_finite()));
}
