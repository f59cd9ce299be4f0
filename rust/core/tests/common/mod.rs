//! Data sets for the property tests: boxes that meet in every way, few images and many.
#![allow(dead_code, reason = "each test file uses its part")]

use boxlint_core::{Boxes, Corners, DataSet, Floats, Similarity};
use proptest::prelude::*;

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
}

/// An image has the annotations of all its pairs, and the predictions.
pub type Image = Vec<Pair>;

/// Columns that own what they hold.
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
}

impl Made {
    pub fn of(images: &[Image]) -> Self {
        // An odd image has one prediction less than annotations, an image of one pair none.
        let fewer: Vec<Image> = images.iter().map(|image| image[image.len() % 2..].to_vec()).collect();
        Self {
            annotations: Columns::of(images, |pair| (pair.annotation, pair.annotation_class, 0.0)),
            predictions: Columns::of(&fewer, |pair| (pair.prediction, pair.prediction_class, pair.score)),
        }
    }

    pub fn data(&self, alpha: f64, single: bool) -> DataSet<'_> {
        DataSet::new(self.annotations.boxes(single), self.predictions.boxes(single), alpha).expect("the same images")
    }
}

/// The definition: the least similarity that is not 0 of all pairs of some images, at most 1.
pub fn plain_least(data: &DataSet, images: std::ops::Range<usize>, alpha: f64) -> f64 {
    let similarity = Similarity::new(alpha);
    let mut least = 1.0_f64;
    for index in images {
        let (annotations, predictions) = (data.annotations().image(index), data.predictions().image(index));
        for n in 0..annotations.len() {
            for j in 0..predictions.len() {
                let value = similarity.of(&annotations.corners(n), &predictions.corners(j));
                if value > 0.0 {
                    least = least.min(value);
                }
            }
        }
    }
    least
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
    (anywhere(scale), relation(), anywhere(scale), (0..3, 0..3), probability()).prop_map(
        |(annotation, relation, other, (annotation_class, prediction_class), score)| Pair {
            annotation,
            annotation_class,
            prediction: relation.to(&annotation, other),
            prediction_class,
            score,
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
