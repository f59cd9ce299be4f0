//! The rows of a report: what is suspicious, most suspicious first, as columns.

use rayon::prelude::*;

use crate::check::evidence::Kind;

/// Rows that a thread writes at a time.
const ROWS_AT_A_TIME: usize = 1 << 14;

/// A suspected error, as it is kept until all are known. Boxes are named by their row within the image, -1 for none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartRow {
    pub(crate) suspicion: f64,
    pub(crate) measure: f32,
    pub(crate) annotation: i32,
    pub(crate) witness: i32,
    /// Where the image stands in its part.
    pub(crate) image: u16,
    pub(crate) kind: Kind,
}

/// The rows of some images one after the other, those of an image by kind, annotation and witness.
#[derive(Debug)]
pub(crate) struct Part {
    /// The first image.
    pub(crate) first: u32,
    pub(crate) rows: Vec<PartRow>,
}

/// Suspected errors, most suspicious first; equal ones by image, kind, annotation and witness. Boxes are named by their
/// row within the image, -1 for none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// From 0 to 1.
    pub suspicion: Vec<f64>,
    /// IoU of the annotation with the witness; of a missing object, with the annotation that overlaps it most; of a
    /// spurious annotation, how likely the detector finds such ones.
    pub measure: Vec<f32>,
    /// The image.
    pub image: Vec<u32>,
    /// The annotation that is wrong.
    pub annotation: Vec<i32>,
    /// The prediction that speaks; for a duplicate, the annotation to keep.
    pub witness: Vec<i32>,
    /// What is wrong, by the number of the kind.
    pub kind: Vec<u8>,
}

impl Rows {
    /// The rows of all parts. What is sorted says where a row is found: that takes half the memory of the row.
    pub(crate) fn sorted(mut parts: Vec<Part>) -> Self {
        parts.sort_unstable_by_key(|part| part.first);
        let mut order: Vec<u128> = Vec::with_capacity(parts.iter().map(|part| part.rows.len()).sum());
        for (place, part) in (0_u128..).zip(&parts) {
            // Positive numbers stand in the order of their bits.
            let falling = |suspicion: f64| u128::from(!suspicion.to_bits());
            order.extend((0_u128..).zip(&part.rows).map(|(at, row)| falling(row.suspicion) << 64 | place << 32 | at));
        }
        order.par_sort_unstable();
        let mut rows = Self::of_length(order.len());
        rows.fill(&parts, &order);
        rows
    }

    fn of_length(length: usize) -> Self {
        Self {
            suspicion: vec![0.0; length],
            measure: vec![0.0; length],
            image: vec![0; length],
            annotation: vec![0; length],
            witness: vec![0; length],
            kind: vec![0; length],
        }
    }

    fn fill(&mut self, parts: &[Part], order: &[u128]) {
        let columns = (
            order.par_chunks(ROWS_AT_A_TIME),
            self.suspicion.par_chunks_mut(ROWS_AT_A_TIME),
            self.measure.par_chunks_mut(ROWS_AT_A_TIME),
            self.image.par_chunks_mut(ROWS_AT_A_TIME),
            self.annotation.par_chunks_mut(ROWS_AT_A_TIME),
            self.witness.par_chunks_mut(ROWS_AT_A_TIME),
            self.kind.par_chunks_mut(ROWS_AT_A_TIME),
        );
        columns.into_par_iter().for_each(|(order, suspicion, measure, image, annotation, witness, kind)| {
            for (at, &found) in order.iter().enumerate() {
                let part = &parts[(found >> 32) as u32 as usize];
                let row = &part.rows[found as u32 as usize];
                suspicion[at] = row.suspicion;
                measure[at] = row.measure;
                image[at] = part.first + u32::from(row.image);
                annotation[at] = row.annotation;
                witness[at] = row.witness;
                kind[at] = row.kind as u8;
            }
        });
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.suspicion.len()
    }

    /// Whether nothing is suspicious.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.suspicion.is_empty()
    }
}
