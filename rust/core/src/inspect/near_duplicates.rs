//! Predictions that equal an annotation but for rounding.

use crate::boxes::{Boxes, ImageBoxes};
use crate::inspect::occurrences::{Key, Merge, Occurrences, key, over_images};

/// Boxes are near duplicates if their corners are equal when rounded to this many pixels: files have one or two
/// decimals.
const NEAR_DUPLICATE_STEP: f64 = 0.1;

/// A detector does not predict near duplicates of this fraction of the annotations, except on its training data.
const WIDESPREAD_FRACTION: f64 = 0.5;

/// Annotations and predictions of the same image and class whose corners are equal to a tenth of a pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NearDuplicates {
    /// The annotations that have a near duplicate among the predictions.
    pub annotations: Occurrences,
    /// The predictions that have a near duplicate among the annotations.
    pub predictions: Occurrences,
    /// Whether half of the annotations or more have one: the predictions are probably copied from the annotations, or
    /// made on the detector's training data.
    pub widespread: bool,
}

impl NearDuplicates {
    /// Compares annotations and predictions of the same images.
    ///
    /// ```
    /// use boxlint_core::{Boxes, Floats, NearDuplicates};
    ///
    /// let (annotated, predicted) = ([10.0, 10.0, 50.0, 50.0], [10.01, 10.0, 49.99, 50.0]);
    /// let annotations = Boxes::new(Floats::F64(&annotated), &[0], None, &[0, 1])?;
    /// let predictions = Boxes::new(Floats::F64(&predicted), &[0], Some(Floats::F64(&[1.0])), &[0, 1])?;
    /// assert!(NearDuplicates::of(&annotations, &predictions).widespread);
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    #[must_use]
    pub fn of(annotations: &Boxes, predictions: &Boxes) -> Self {
        let mut found = over_images(annotations.images(), &|found: &mut Self, images| {
            let mut keys = Vec::new();
            for index in images {
                let starts = [annotations, predictions].map(|boxes| boxes.offsets()[index] as usize);
                found.add(&annotations.image(index), &predictions.image(index), starts, &mut keys);
            }
        });
        let count = found.annotations.count;
        found.widespread = count > 0 && count as f64 >= WIDESPREAD_FRACTION * annotations.len() as f64;
        found
    }

    fn add(
        &mut self,
        annotations: &ImageBoxes,
        predictions: &ImageBoxes,
        [first_annotation, first_prediction]: [usize; 2],
        keys: &mut Vec<(Key, usize, bool)>,
    ) {
        let in_steps = |corner: f64| (corner / NEAR_DUPLICATE_STEP).round_ties_even();
        keys.clear();
        keys.extend((0..annotations.len()).map(|row| (key(annotations, row, in_steps), first_annotation + row, false)));
        keys.sort_unstable();
        for row in 0..predictions.len() {
            let class = predictions.class_id[row];
            let of_class = keys.partition_point(|(key, ..)| key.0 < class);
            if keys.get(of_class).is_none_or(|(key, ..)| key.0 != class) {
                continue;
            }
            let wanted = key(predictions, row, in_steps);
            let equal = keys.partition_point(|(key, ..)| *key < wanted);
            let equal = keys[equal..].iter_mut().take_while(|(key, ..)| *key == wanted);
            let found = equal.map(|(.., duplicated)| *duplicated = true).count();
            self.predictions.note(first_prediction + row, found > 0);
        }
        for &(_, row, duplicated) in keys.iter() {
            self.annotations.note(row, duplicated);
        }
    }
}

impl Merge for NearDuplicates {
    fn merge(&mut self, other: Self) {
        self.annotations.merge(other.annotations);
        self.predictions.merge(other.predictions);
    }
}
