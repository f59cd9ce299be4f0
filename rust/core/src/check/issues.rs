//! The rows of a report: what is suspicious, most suspicious first, as columns.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::check::evidence::Kind;

/// A suspected error. Boxes are named by their row within the image, -1 for none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) suspicion: f64,
    pub(crate) measure: f32,
    pub(crate) image: u32,
    pub(crate) annotation: i32,
    pub(crate) witness: i32,
    pub(crate) kind: Kind,
}

impl Row {
    /// Most suspicious first; equal ones by image, kind, annotation and witness.
    fn order(&self, other: &Self) -> Ordering {
        let place = |row: &Self| (row.image, row.kind, row.annotation, row.witness);
        // Positive numbers stand in the order of their bits.
        let bits = |row: &Self| row.suspicion.to_bits();
        bits(other).cmp(&bits(self)).then_with(|| place(self).cmp(&place(other)))
    }
}

/// Rows dealt out by suspicion while they are found: what is left to sort then fits the cache.
#[derive(Debug)]
pub(crate) struct Dealt {
    /// 64 steps of suspicion to a doubling; the first is for all below 2^-16.
    steps: Vec<Step>,
}

/// Rows in pieces, so that none moves when there are more.
type Step = Vec<Vec<Row>>;

impl Default for Dealt {
    fn default() -> Self {
        Self { steps: vec![Vec::new(); Self::step(1.0) + 1] }
    }
}

impl Dealt {
    const LOWEST: f64 = 1.0 / 65536.0;
    const PIECE: usize = 128;

    pub(crate) fn deal(&mut self, rows: &[Row]) {
        for &row in rows {
            let step = &mut self.steps[Self::step(row.suspicion)];
            match step.last_mut() {
                Some(piece) if piece.len() < Self::PIECE => piece.push(row),
                _ => {
                    let mut piece = Vec::with_capacity(Self::PIECE);
                    piece.push(row);
                    step.push(piece);
                }
            }
        }
    }

    fn step(suspicion: f64) -> usize {
        // The exponent and six bits of the fraction.
        let step = |value: f64| value.to_bits() >> (f64::MANTISSA_DIGITS - 1 - 6);
        step(suspicion).saturating_sub(step(Self::LOWEST)) as usize
    }
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
    pub(crate) fn sorted(dealt: Dealt) -> Self {
        let mut rows = Self::of_length(dealt.steps.iter().flatten().map(Vec::len).sum());
        let mut rest = rows.all();
        let mut parts = Vec::with_capacity(dealt.steps.len());
        for step in dealt.steps.into_iter().rev() {
            let (columns, after) = rest.split_at(step.iter().map(Vec::len).sum());
            parts.push((step, columns));
            rest = after;
        }
        parts.into_par_iter().for_each(|(step, columns)| {
            let mut step = step.concat();
            step.sort_unstable_by(Row::order);
            columns.fill(&step);
        });
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

    fn all(&mut self) -> Columns<'_> {
        Columns {
            suspicion: &mut self.suspicion,
            measure: &mut self.measure,
            image: &mut self.image,
            annotation: &mut self.annotation,
            witness: &mut self.witness,
            kind: &mut self.kind,
        }
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

/// Some of the rows, to be written.
struct Columns<'a> {
    suspicion: &'a mut [f64],
    measure: &'a mut [f32],
    image: &'a mut [u32],
    annotation: &'a mut [i32],
    witness: &'a mut [i32],
    kind: &'a mut [u8],
}

impl Columns<'_> {
    fn split_at(self, at: usize) -> (Self, Self) {
        let suspicion = self.suspicion.split_at_mut(at);
        let measure = self.measure.split_at_mut(at);
        let image = self.image.split_at_mut(at);
        let annotation = self.annotation.split_at_mut(at);
        let witness = self.witness.split_at_mut(at);
        let kind = self.kind.split_at_mut(at);
        let [before, after] = [
            (suspicion.0, measure.0, image.0, annotation.0, witness.0, kind.0),
            (suspicion.1, measure.1, image.1, annotation.1, witness.1, kind.1),
        ]
        .map(|(suspicion, measure, image, annotation, witness, kind)| Self {
            suspicion,
            measure,
            image,
            annotation,
            witness,
            kind,
        });
        (before, after)
    }

    fn fill(self, rows: &[Row]) {
        fn write<T>(column: &mut [T], rows: &[Row], value: impl Fn(&Row) -> T) {
            column.iter_mut().zip(rows).for_each(|(out, row)| *out = value(row));
        }
        write(self.suspicion, rows, |row| row.suspicion);
        write(self.measure, rows, |row| row.measure);
        write(self.image, rows, |row| row.image);
        write(self.annotation, rows, |row| row.annotation);
        write(self.witness, rows, |row| row.witness);
        write(self.kind, rows, |row| row.kind as u8);
    }
}
