//! Boxes whose sides stand in columns of their own, so that a loop over many of them runs at the width of the machine.

use std::ops::{Add, Mul, Sub};

use crate::boxes::Floats;
use crate::geometry::Corners;

/// Columns of single precision have no number much above.
const LARGEST_SINGLE_AREA: f64 = 1e37;

/// The boxes of one image, in the precision that they are given in.
#[derive(Debug)]
pub(crate) enum Columns {
    Single(Of<f32>),
    Double(Of<f64>),
}

impl Default for Columns {
    fn default() -> Self {
        Self::Single(Of::default())
    }
}

/// What [`Columns::near`] lists, and what it needs room for.
#[derive(Debug, Default)]
pub(crate) struct Near {
    pub(crate) list: Vec<u32>,
    marks: Vec<u8>,
}

impl Columns {
    /// Loads the boxes in `rows`. `others` are those that will be looked for, and `frame` surrounds all.
    pub(crate) fn load(&mut self, xyxy: Floats, rows: &[u32], others: Floats, frame: &Corners) {
        let area = (frame[2] - frame[0]) * (frame[3] - frame[1]);
        match (xyxy, others) {
            (Floats::F32(values), Floats::F32(_)) if area < LARGEST_SINGLE_AREA => {
                if !matches!(self, Self::Single(_)) {
                    *self = Self::default();
                }
                if let Self::Single(columns) = self {
                    columns.load(rows.iter().map(|&row| values.as_chunks::<4>().0[row as usize]));
                }
            }
            _ => {
                if !matches!(self, Self::Double(_)) {
                    *self = Self::Double(Of::default());
                }
                if let Self::Double(columns) = self {
                    columns.load(rows.iter().map(|&row| xyxy.corners(row as usize)));
                }
            }
        }
    }

    /// Lists, in order, at least all boxes whose IoU with another one is above `least`, or not below it by the grid.
    pub(crate) fn near(&self, other: &Corners, least: f32, near: &mut Near) {
        match self {
            Self::Single(columns) => columns.mark(other.map(|side| side as f32), least, &mut near.marks),
            Self::Double(columns) => columns.mark(*other, least, &mut near.marks),
        }
        near.list.clear();
        let (words, rest) = near.marks.as_chunks::<8>();
        for (word, &marks) in words.iter().enumerate() {
            let mut set = u64::from_le_bytes(marks);
            while set != 0 {
                near.list.push(8 * word as u32 + set.trailing_zeros() / 8);
                set &= set - 1;
            }
        }
        let rest = (8 * words.len() as u32..).zip(rest);
        near.list.extend(rest.filter(|&(_, &mark)| mark != 0).map(|(row, _)| row));
    }
}

/// What single and double precision have in common.
pub(crate) trait Number:
    Copy + Default + PartialOrd + From<f32> + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
}

impl Number for f32 {}
impl Number for f64 {}

/// The columns in one precision.
#[derive(Debug, Default)]
pub(crate) struct Of<T> {
    boxes: Vec<[T; 4]>,
    sides: [Vec<T>; 4],
    area: Vec<T>,
}

impl<T: Number> Of<T> {
    fn load(&mut self, boxes: impl Iterator<Item = [T; 4]>) {
        self.boxes.clear();
        self.boxes.extend(boxes);
        for (side, values) in self.sides.iter_mut().enumerate() {
            values.clear();
            values.extend(self.boxes.iter().map(|corners| corners[side]));
        }
        self.area.clear();
        self.area.extend(self.boxes.iter().map(area));
    }

    /// IoU > t where (1 + t) shared > t sum, of what two boxes share and the sum of their areas.
    fn mark(&self, other: [T; 4], least: f32, marks: &mut Vec<u8>) {
        // Lowered by more than all rounding, to the grid too; and where numbers are so small that they lose their last
        // bits, any box will do.
        let (t, nothing) = (T::from(least - 1e-5), T::from(-1e-37));
        let (one_more, zero) = (T::from(1.0) + t, T::default());
        let ([x1, y1, x2, y2], size) = (other, area(&other));
        let [left, top, right, bottom] = &self.sides;
        let sides = left.iter().zip(top).zip(right.iter().zip(bottom)).zip(&self.area);
        marks.clear();
        marks.extend(sides.map(|(((&left, &top), (&right, &bottom)), &area)| {
            let width = larger(smaller(right, x2) - larger(left, x1), zero);
            let height = larger(smaller(bottom, y2) - larger(top, y1), zero);
            u8::from(one_more * (width * height) - t * (size + area) > nothing)
        }));
    }
}

fn area<T: Number>(&[x1, y1, x2, y2]: &[T; 4]) -> T {
    larger(x2 - x1, T::default()) * larger(y2 - y1, T::default())
}

#[inline]
fn smaller<T: PartialOrd>(a: T, b: T) -> T {
    if a < b { a } else { b }
}

#[inline]
fn larger<T: PartialOrd>(a: T, b: T) -> T {
    if a > b { a } else { b }
}
