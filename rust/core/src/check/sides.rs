//! Boxes whose sides stand in columns of their own, so that a loop over many of them runs at the width of the machine.

use crate::boxes::{Floats, select};
use crate::geometry::{Corners, intersection, larger, smaller};

/// IoU is rounded to a multiple of 2^-20: integer pixels give an IoU of exactly one half and exact ties all the time, and
/// so they stay after a change of scale. It also makes every IoU exact in single precision.
const GRID: f64 = (1 << 20) as f64;

/// The boxes of one image, in double precision.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    /// All sides of a box together, for those looked at one by one.
    corners: Vec<Corners>,
    x1: Vec<f64>,
    y1: Vec<f64>,
    x2: Vec<f64>,
    y2: Vec<f64>,
    area: Vec<f64>,
}

impl Sides {
    /// Loads the boxes in `rows`.
    pub(crate) fn load(&mut self, xyxy: Floats, rows: &[u32]) {
        match xyxy {
            Floats::F32(values) => self.load_from(values.as_chunks().0, rows),
            Floats::F64(values) => self.load_from(values.as_chunks().0, rows),
        }
    }

    fn load_from<T: Copy + Into<f64>>(&mut self, boxes: &[[T; 4]], rows: &[u32]) {
        self.corners.clear();
        self.corners.extend(rows.iter().map(|&row| boxes[row as usize].map(Into::into)));
        for (side, values) in [&mut self.x1, &mut self.y1, &mut self.x2, &mut self.y2].into_iter().enumerate() {
            values.clear();
            values.extend(self.corners.iter().map(|corners| corners[side]));
        }
        self.area.clear();
        self.area.extend(self.corners.iter().map(|[x1, y1, x2, y2]| larger(x2 - x1, 0.0) * larger(y2 - y1, 0.0)));
    }

    pub(crate) fn len(&self) -> usize {
        self.area.len()
    }

    #[inline]
    pub(crate) fn corners(&self, index: usize) -> Corners {
        self.corners[index]
    }

    /// The corners of all boxes.
    #[inline]
    pub(crate) fn all(&self) -> &[Corners] {
        &self.corners
    }

    /// Width times height, 0 for an inverted box.
    #[inline]
    pub(crate) fn area(&self, index: usize) -> f64 {
        self.area[index]
    }

    /// IoU of a box of these with one of others, 0 where the union is 0.
    #[inline]
    pub(crate) fn iou(&self, index: usize, others: &Self, other: usize) -> f64 {
        let shared = intersection(&self.corners[index], &others.corners[other]);
        let union = self.area[index] + others.area[other] - shared;
        if union > 0.0 { f64::from((shared / union * GRID + 0.5) as i32) / GRID } else { 0.0 }
    }

    /// The share of a box of these that lies in one of others that it meets.
    #[inline]
    pub(crate) fn share_inside(&self, index: usize, others: &Self, other: usize) -> f64 {
        intersection(&self.corners[index], &others.corners[other]) / self.area[index]
    }

    /// False only if that IoU is not above `least`; needs no division.
    #[inline]
    pub(crate) fn may_exceed(&self, least: f64, index: usize, others: &Self, other: usize) -> bool {
        let shared = intersection(&self.corners[index], &others.corners[other]);
        excess(least, shared, self.area[index] + others.area[other]) > 0.0
    }

    /// Lists, in `found`, at least all of these boxes whose IoU with a box of others is above `least`.
    pub(crate) fn near(&self, others: &Self, other: usize, least: f64, found: &mut Nearby) {
        let ([x1, y1, x2, y2], area) = (others.corners(other), others.area[other]);
        let sides = self.x1.iter().zip(&self.y1).zip(self.x2.iter().zip(&self.y2)).zip(&self.area);
        found.excess.clear();
        found.excess.extend(sides.map(|(((&left, &top), (&right, &bottom)), &size)| {
            let width = larger(smaller(right, x2) - larger(left, x1), 0.0);
            let height = larger(smaller(bottom, y2) - larger(top, y1), 0.0);
            excess(least, width * height, area + size)
        }));
        select(found.excess.iter().map(|&excess| excess > 0.0), &mut found.list);
    }

    /// Extends `[x1, y1, x2, y2]` so that it surrounds these boxes, inverted ones too.
    pub(crate) fn surround(&self, around: Corners) -> Corners {
        let [mut x1, mut y1, mut x2, mut y2] = around;
        for &[left, top, right, bottom] in &self.corners {
            x1 = smaller(smaller(left, right), x1);
            y1 = smaller(smaller(top, bottom), y1);
            x2 = larger(larger(left, right), x2);
            y2 = larger(larger(top, bottom), y2);
        }
        [x1, y1, x2, y2]
    }
}

/// Above 0 for all boxes whose IoU is above `least`, by what they share and the sum of their areas: IoU > t where
/// (1 + t) shared > t sum. Lowered by more than the rounding to the grid.
#[inline]
fn excess(least: f64, shared: f64, sum: f64) -> f64 {
    let t = least - 1e-6;
    (1.0 + t) * shared - t * sum
}

/// What [`Sides::near`] lists, and what it needs room for.
#[derive(Debug, Default)]
pub(crate) struct Nearby {
    pub(crate) list: Vec<u32>,
    excess: Vec<f64>,
}
