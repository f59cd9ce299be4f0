//! Which classes fit the annotations of an image.

use crate::check::detector::DetectorModel;

/// How well classes fit the annotations of one image.
#[derive(Debug, Default)]
pub(crate) struct ClassContext {
    /// Sum of the co-occurrences over all annotations, for each class asked for so far.
    sums: Vec<(u32, f64)>,
}

impl ClassContext {
    /// Begins a new image.
    pub(crate) fn clear(&mut self) {
        self.sums.clear();
    }

    /// How much more likely `class` is beside this image's other annotations, in place of annotation `n`, than in the data
    /// set as a whole; 1 is no information. `classes` are those of all annotations of the image.
    #[inline]
    pub(crate) fn lift(&mut self, model: &DetectorModel, classes: &[u32], n: usize, class: u32) -> f64 {
        let frequency = model.frequency(class);
        let others = self.sum(model, classes, class) - model.co_occurrence(classes[n], class);
        (others + frequency) / (classes.len() as f64 * frequency)
    }

    /// The same for one more annotation beside all of them.
    #[inline]
    pub(crate) fn lift_of_another(&mut self, model: &DetectorModel, classes: &[u32], class: u32) -> f64 {
        let frequency = model.frequency(class);
        (self.sum(model, classes, class) + frequency) / ((classes.len() + 1) as f64 * frequency)
    }

    fn sum(&mut self, model: &DetectorModel, classes: &[u32], class: u32) -> f64 {
        if let Some(&(_, sum)) = self.sums.iter().find(|(known, _)| *known == class) {
            return sum;
        }
        let sum = classes.iter().map(|&beside| model.co_occurrence(beside, class)).sum();
        self.sums.push((class, sum));
        sum
    }
}
