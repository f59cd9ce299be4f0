//! Data sets for the property tests: boxes that overlap in every way, few images and many.
#![allow(dead_code, reason = "each test file uses its part")]

use std::ops::Range;

use boxlint_core::{Boxes, Corners, Dataset, Floats, Pairs, Similarity};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

/// More images than one thread takes at a time (128).
pub const MANY: usize = 300;

/// An annotated and a predicted box that are related somehow.
#[derive(Clone, Debug)]
pub struct Pair {
    pub annotation: Corners,
    pub annotation_class: i32,
    pub prediction: Corners,
    pub prediction_class: i32,
    pub score: f64,
    /// Whether the annotation is to be ignored, in the tests that ignore any.
    pub ignored: bool,
}

/// An image has the annotations of all its pairs, and the predictions.
pub type Image = Vec<Pair>;

/// Columns that own their arrays.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    pub xyxy: Vec<f64>,
    pub class_id: Vec<i32>,
    pub score: Vec<f64>,
    pub offsets: Vec<i64>,
    single: Vec<f32>,
}

impl Columns {
    fn of(images: &[Image], box_of: impl Fn(&Pair) -> (Corners, i32, f64)) -> Self {
        let mut columns = Self { offsets: vec![0], ..Self::default() };
        for image in images {
            for (corners, class, score) in image.iter().map(&box_of) {
                columns.xyxy.extend(corners);
                columns.class_id.push(class);
                columns.score.push(score);
            }
            columns.offsets.push(columns.class_id.len() as i64);
        }
        columns.single = columns.xyxy.iter().map(|&value| value as f32).collect();
        columns
    }

    /// In single or double precision.
    pub fn boxes(&self, single: bool) -> Boxes<'_> {
        let xyxy = if single { Floats::F32(&self.single) } else { Floats::F64(&self.xyxy) };
        Boxes::new(xyxy, &self.class_id, Some(Floats::F64(&self.score)), &self.offsets).expect("valid columns")
    }
}

/// Annotations and predictions of the same images.
#[derive(Clone, Debug)]
pub struct Made {
    pub annotations: Columns,
    pub predictions: Columns,
    ignored: Vec<bool>,
}

impl Made {
    pub fn of(images: &[Image]) -> Self {
        // An odd image has one prediction less than annotations, an image of one pair none.
        let fewer: Vec<Image> = images.iter().map(|image| image[image.len() % 2..].to_vec()).collect();
        Self {
            annotations: Columns::of(images, |pair| (pair.annotation, pair.annotation_class, 0.0)),
            predictions: Columns::of(&fewer, |pair| (pair.prediction, pair.prediction_class, pair.score)),
            ignored: images.iter().flatten().map(|pair| pair.ignored).collect(),
        }
    }

    /// The same predictions with those annotations only that are not to be ignored.
    pub fn without_ignored(images: &[Image]) -> Self {
        let kept = |image: &Image| image.iter().filter(|pair| !pair.ignored).cloned().collect();
        let kept: Vec<Image> = images.iter().map(kept).collect();
        Self { annotations: Self::of(&kept).annotations, ..Self::of(images) }
    }

    /// In double precision, no annotation ignored.
    pub fn dataset(&self) -> Dataset<'_> {
        dataset(self.annotations.boxes(false), self.predictions.boxes(false), None)
    }

    /// In double precision, with the annotations ignored that are to be.
    pub fn ignoring(&self) -> Dataset<'_> {
        dataset(self.annotations.boxes(false), self.predictions.boxes(false), Some(&self.ignored))
    }

    /// Compared with any weight of IoU, in either precision, no annotation ignored.
    pub fn pairs(&self, alpha: f64, single: bool) -> Pairs<'_> {
        Pairs::new(dataset(self.annotations.boxes(single), self.predictions.boxes(single), None), alpha)
    }
}

pub fn dataset<'a>(annotations: Boxes<'a>, predictions: Boxes<'a>, ignored: Option<&'a [bool]>) -> Dataset<'a> {
    Dataset::new(annotations, predictions, ignored).expect("a data set")
}

/// The definition: the smallest similarity above 0 of all pairs of some images, at most 1.
pub fn plain_min_similarity(pairs: &Pairs, images: Range<usize>, alpha: f64) -> f64 {
    let similarity = Similarity::new(alpha);
    let mut min = 1.0_f64;
    for index in images {
        let image = pairs.dataset().image(index);
        for n in 0..image.annotations.len() {
            for j in 0..image.predictions.len() {
                let value = similarity.of(&image.annotations.corners(n), &image.predictions.corners(j));
                if value > 0.0 {
                    min = min.min(value);
                }
            }
        }
    }
    min
}

/// What `work` returns on so many threads.
pub fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(work)
}

/// Some images in three parts, some of them empty perhaps.
pub fn parts(images: usize, cuts: (usize, usize)) -> [Range<usize>; 3] {
    let (first, second) = (cuts.0.min(cuts.1).min(images), cuts.0.max(cuts.1).min(images));
    [0..first, first..second, second..images]
}

pub fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// From normalised coordinates to 10,000 pixels; one for all images, as in a data set.
pub fn scales() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![1.0, 100.0, 640.0, 10_000.0])
}

pub fn alphas() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0), Just(0.9), Just(f64::EPSILON), 0.0..=1.0]
}

/// A few images, of up to a dozen pairs.
pub fn few_images() -> impl Strategy<Value = Vec<Image>> {
    scales().prop_flat_map(|scale| prop::collection::vec(image(scale, 12), 0..8))
}

/// More images than one thread takes at a time, of few pairs.
pub fn many_images() -> impl Strategy<Value = Vec<Image>> {
    scales().prop_flat_map(|scale| prop::collection::vec(image(scale, 4), MANY))
}

pub fn images() -> impl Strategy<Value = Vec<Image>> {
    prop_oneof![7 => few_images(), 1 => many_images()]
}

fn image(scale: f64, pairs: usize) -> impl Strategy<Value = Image> {
    prop::collection::vec(pair(scale), 0..pairs)
}

fn pair(scale: f64) -> impl Strategy<Value = Pair> {
    (anywhere(scale), relation(), anywhere(scale), (0..3, 0..3), probability(), prop::bool::weighted(0.25)).prop_map(
        |(annotation, relation, other, (annotation_class, prediction_class), score, ignored)| Pair {
            annotation,
            annotation_class,
            prediction: relation.to(&annotation, other),
            prediction_class,
            score,
            ignored,
        },
    )
}

fn anywhere(scale: f64) -> impl Strategy<Value = Corners> {
    let corner = (0.0..1.0, 0.0..1.0);
    let size = (prop_oneof![Just(0.0), 0.0..0.3, 0.0..1.0], prop_oneof![Just(0.0), 0.0..0.3, 0.0..1.0]);
    (corner, size).prop_map(move |((x, y), (w, h))| [x, y, x + w, y + h].map(|value: f64| value * scale))
}

fn probability() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(0.5), Just(0.95), Just(1.0), 0.0..=1.0]
}

#[derive(Clone, Debug)]
enum Relation {
    None,
    Same,
    Touching,
    Nested,
    Inverted,
    InvertedTwice,
    /// Overlaps by this fraction of its width: with big boxes far apart, an IoU next to nothing.
    Sliver(f64),
    /// Overlaps by such a fraction at a corner, where the IoU is its square.
    CornerSliver(f64),
    /// Far away: nearness rounds to few multiples of 2^-53, or to 0.
    Distant(f64),
}

fn relation() -> impl Strategy<Value = Relation> {
    let fraction = || (0..14).prop_map(|exponent| 0.1_f64.powi(exponent));
    prop_oneof![
        3 => Just(Relation::None),
        1 => Just(Relation::Same),
        1 => Just(Relation::Touching),
        1 => Just(Relation::Nested),
        1 => Just(Relation::Inverted),
        1 => Just(Relation::InvertedTwice),
        2 => fraction().prop_map(Relation::Sliver),
        2 => fraction().prop_map(Relation::CornerSliver),
        2 => (340.0..380.0).prop_map(Relation::Distant),
    ]
}

impl Relation {
    fn to(&self, a: &Corners, other: Corners) -> Corners {
        let [x1, y1, x2, y2] = *a;
        let (width, height) = (x2 - x1, y2 - y1);
        match *self {
            Self::None => other,
            Self::Same => *a,
            Self::Touching => [x2, y1, x2 + width, y2],
            Self::Nested => [x1 + width / 4.0, y1 + height / 4.0, x2 - width / 4.0, y2 - height / 4.0],
            Self::Inverted => [x2, y1, x1, y2],
            Self::InvertedTwice => [x2, y2, x1, y1],
            Self::Sliver(fraction) => [x2 - fraction * width, y1, x2 + width, y2],
            Self::CornerSliver(fraction) => [x2 - fraction * width, y2 - fraction * height, x2 + width, y2 + height],
            Self::Distant(distance) => [x1 + distance, y1, x2 + distance, y2],
        }
    }
}
