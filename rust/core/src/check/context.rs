//! Which classes fit beside the annotations of an image.

use crate::check::collect::MOST_CLASSES;
use crate::check::detector::DetectorModel;

/// Sums over the annotations of an image that are kept: few, so that they are always at hand.
const RECENT: usize = 256;

/// How well classes fit the annotations of one image.
#[derive(Debug, Default)]
pub(crate) struct ClassContext {
    /// The place of the class of each annotation.
    slots: Vec<usize>,
    /// Sum of the co-occurrences over all annotations, for each place of a class; nothing of many classes.
    sums: Vec<f64>,
    /// Of many classes, such sums that were asked for, each with its image and its place.
    recent: Vec<(u64, f64)>,
    /// Number of the image.
    image: u64,
    /// Whether the image has too many classes to tell which go together.
    unknown: bool,
    sorted: Vec<u32>,
}

impl ClassContext {
    /// Begins a new image, with the classes of all of its annotations.
    pub(crate) fn begin(&mut self, model: &DetectorModel, classes: &[u32]) {
        self.slots.clear();
        self.slots.extend(classes.iter().map(|&class| model.slot(class)));
        self.unknown = classes.len() > MOST_CLASSES && self.distinct(classes) > MOST_CLASSES;
        self.image += 1;
        self.sums.clear();
        if model.co_occurrences(0).is_none() {
            self.recent.resize(RECENT, (0, 0.0));
            if !self.unknown {
                model.fetch_pairs(&self.slots);
            }
            return;
        }
        self.sums.resize(model.places(), 0.0);
        for row in self.slots.iter().filter_map(|&slot| model.co_occurrences(slot)) {
            self.sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
    }

    fn distinct(&mut self, classes: &[u32]) -> usize {
        self.sorted.clear();
        self.sorted.extend_from_slice(classes);
        self.sorted.sort_unstable();
        self.sorted.dedup();
        self.sorted.len()
    }

    /// How much more likely `class` is beside this image's other annotations, in place of annotation `n`, than in the data
    /// set as a whole; 1 is no information.
    #[inline]
    pub(crate) fn lift(&mut self, model: &DetectorModel, n: usize, class: u32) -> f64 {
        if self.unknown {
            return 1.0;
        }
        let (frequency, other) = (model.frequency(class), model.slot(class));
        let others = self.sum(model, other) - model.co_occurrence(self.slots[n], other);
        (others + frequency) / (self.slots.len() as f64 * frequency)
    }

    /// The same for one more annotation beside all of them.
    #[inline]
    pub(crate) fn lift_of_another(&mut self, model: &DetectorModel, class: u32) -> f64 {
        if self.unknown {
            return 1.0;
        }
        let frequency = model.frequency(class);
        (self.sum(model, model.slot(class)) + frequency) / ((self.slots.len() + 1) as f64 * frequency)
    }

    #[inline]
    fn sum(&mut self, model: &DetectorModel, other: usize) -> f64 {
        if let Some(&sum) = self.sums.get(other) {
            return sum;
        }
        let key = self.image << u32::BITS | other as u64;
        let recent = &mut self.recent[other % RECENT];
        if recent.0 != key {
            *recent = (key, self.slots.iter().map(|&slot| model.co_occurrence(slot, other)).sum());
        }
        recent.1
    }
}
