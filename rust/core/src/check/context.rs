//! How well a class fits the other annotations of an image.

use crate::check::detector::Tables;

/// What the other annotations of an image say of the classes that matter there.
#[derive(Debug, Default)]
pub(crate) struct Company {
    /// Sum over all annotations of the image, for each class asked for so far.
    sums: Vec<(u32, f64)>,
}

impl Company {
    /// Begins a new image.
    pub(crate) fn clear(&mut self) {
        self.sums.clear();
    }

    /// How much likelier than anywhere a class is in the place of annotation `n`, given the `classes` of all.
    pub(crate) fn lift(&mut self, tables: &Tables, classes: &[u32], n: usize, class: u32) -> f64 {
        let frequency = tables.frequency(class);
        let others = self.sum(tables, classes, class) - tables.beside(classes[n], class);
        (others + frequency) / (classes.len() as f64 * frequency)
    }

    /// The same in the place of one more annotation.
    pub(crate) fn lift_of_another(&mut self, tables: &Tables, classes: &[u32], class: u32) -> f64 {
        let frequency = tables.frequency(class);
        (self.sum(tables, classes, class) + frequency) / ((classes.len() + 1) as f64 * frequency)
    }

    fn sum(&mut self, tables: &Tables, classes: &[u32], class: u32) -> f64 {
        if let Some(&(_, sum)) = self.sums.iter().find(|(known, _)| *known == class) {
            return sum;
        }
        let sum = classes.iter().map(|&beside| tables.beside(beside, class)).sum();
        self.sums.push((class, sum));
        sum
    }
}
