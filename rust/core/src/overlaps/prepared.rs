//! The boxes of one image side by side, and their IoU.

use crate::boxes::Floats;
use crate::geometry::{Corners, intersection, larger};

/// IoU is rounded to a multiple of 2^-20: integer pixels give an IoU of exactly one half and exact ties all the time, and
/// so they stay after a change of scale. It also makes every IoU exact in single precision.
const GRID: f64 = (1 << 20) as f64;

/// The boxes of one image, in double precision.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    corners: Vec<Corners>,
    area: Vec<f64>,
}

impl Sides {
    /// Loads the boxes in `rows`.
    pub(crate) fn load(&mut self, xyxy: Floats, rows: &[u32]) {
        self.corners.clear();
        match xyxy {
            Floats::F32(values) => {
                let boxes = values.as_chunks::<4>().0;
                self.corners.extend(rows.iter().map(|&row| boxes[row as usize].map(f64::from)));
            }
            Floats::F64(values) => {
                let boxes = values.as_chunks::<4>().0;
                self.corners.extend(rows.iter().map(|&row| boxes[row as usize]));
            }
        }
        self.area.clear();
        self.area.extend(self.corners.iter().map(area));
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

    /// The centre, with some room for rounding: boxes whose IoU with this one is one half or more hold it, since less than
    /// half lies beside it.
    pub(crate) fn centre(&self, index: usize) -> Corners {
        const ROOM: f64 = 1e-5;
        let [x1, y1, x2, y2] = self.corners[index];
        let (x, y, across, down) = (0.5 * x1 + 0.5 * x2, 0.5 * y1 + 0.5 * y2, ROOM * (x2 - x1), ROOM * (y2 - y1));
        [x - across, y - down, x + across, y + down]
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
        iou(shared, self.area[index] + others.area[other])
    }

    /// The same with any box.
    #[inline]
    pub(crate) fn iou_with(&self, index: usize, other: &Corners) -> f64 {
        iou(intersection(&self.corners[index], other), self.area[index] + area(other))
    }

    /// The share of a box of these that lies in one of others that it meets.
    #[inline]
    pub(crate) fn share_inside(&self, index: usize, others: &Self, other: usize) -> f64 {
        intersection(&self.corners[index], &others.corners[other]) / self.area[index]
    }

    /// False only if that IoU is below `least` or not above it; needs no division.
    #[inline]
    pub(crate) fn may_exceed(&self, least: f64, index: usize, others: &Self, other: usize) -> bool {
        let shared = intersection(&self.corners[index], &others.corners[other]);
        may_exceed(least, shared, self.area[index] + others.area[other])
    }

    /// The same with any box.
    #[inline]
    pub(crate) fn may_exceed_with(&self, least: f64, index: usize, other: &Corners) -> bool {
        may_exceed(least, intersection(&self.corners[index], other), self.area[index] + area(other))
    }
}

/// By what two boxes share and the sum of their areas.
#[inline]
fn iou(shared: f64, sum: f64) -> f64 {
    let union = sum - shared;
    if union > 0.0 { f64::from((shared / union * GRID + 0.5) as i32) / GRID } else { 0.0 }
}

/// IoU > t where (1 + t) shared > t sum; lowered by more than the rounding to the grid.
#[inline]
fn may_exceed(least: f64, shared: f64, sum: f64) -> bool {
    let t = least - 1e-6;
    (1.0 + t) * shared > t * sum
}

#[inline]
fn area(&[x1, y1, x2, y2]: &Corners) -> f64 {
    larger(x2 - x1, 0.0) * larger(y2 - y1, 0.0)
}
