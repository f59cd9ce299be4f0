//! The boxes of one image, prepared for IoU, and the box around them.

use crate::boxes::{Floats, take};
use crate::geometry::{Corners, intersection, larger, smaller};

/// IoU is rounded to a multiple of 2^-20. Boxes in whole pixels give an IoU of exactly one half, and exact ties, all the
/// time; rounded, these survive a change of scale. It also makes every IoU exact in single precision.
const GRID: f64 = (1 << 20) as f64;

/// The boxes of one image, in double precision.
#[derive(Debug, Default)]
pub(crate) struct PreparedBoxes {
    corners: Vec<Corners>,
    area: Vec<f64>,
}

impl PreparedBoxes {
    /// Loads the boxes in `rows`, which rise.
    pub(crate) fn load(&mut self, xyxy: Floats, rows: &[u32]) {
        match xyxy {
            Floats::F32(values) => {
                take(values.as_chunks().0, rows, &mut self.corners, |corners: [f32; 4]| corners.map(f64::from));
            }
            Floats::F64(values) => take(values.as_chunks().0, rows, &mut self.corners, |corners| corners),
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

    /// The centre, as a box with some room for rounding. Boxes whose IoU with this one is one half or more overlap it.
    pub(crate) fn centre(&self, index: usize) -> Corners {
        self.inner(index, 0.5)
    }

    /// The inner part that all boxes overlap whose IoU with this one is `least` or more, with some room for rounding.
    pub(crate) fn inner(&self, index: usize, least: f64) -> Corners {
        const ROOM: f64 = 1e-5;
        let [x1, y1, x2, y2] = self.corners[index];
        let near = least - ROOM;
        let far = 1.0 - near;
        [far * x1 + near * x2, far * y1 + near * y2, near * x1 + far * x2, near * y1 + far * y2]
    }

    /// Width times height, 0 for an inverted box.
    #[inline]
    pub(crate) fn area(&self, index: usize) -> f64 {
        self.area[index]
    }

    /// What one of these boxes shares with one of `others`.
    #[inline]
    pub(crate) fn overlap(&self, index: usize, others: &Self, other: usize) -> Overlap {
        let shared = intersection(&self.corners[index], &others.corners[other]);
        Overlap { shared, areas: [self.area[index], others.area[other]] }
    }

    /// The same with any box.
    #[inline]
    pub(crate) fn overlap_with(&self, index: usize, other: &Corners) -> Overlap {
        Overlap { shared: intersection(&self.corners[index], other), areas: [self.area[index], area(other)] }
    }

    /// IoU of one of these boxes with one of `others`; 0 where the union is 0.
    #[inline]
    pub(crate) fn iou(&self, index: usize, others: &Self, other: usize) -> f64 {
        self.overlap(index, others, other).iou()
    }
}

/// What two boxes share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Overlap {
    shared: f64,
    areas: [f64; 2],
}

impl Overlap {
    /// False only if the IoU is below `least`; needs no division.
    #[inline]
    pub(crate) fn may_exceed(self, least: f64) -> bool {
        // IoU > t where (1 + t) shared > t sum. `least` is lowered by more than the rounding to the grid.
        let t = least - 1e-6;
        (1.0 + t) * self.shared > t * (self.areas[0] + self.areas[1])
    }

    /// Whether the IoU is above `least`; hardly ever needs a division.
    #[inline]
    pub(crate) fn exceeds(self, least: f64) -> bool {
        self.may_exceed(least) && (self.may_exceed(least + 3e-6) || self.iou() > least)
    }

    /// IoU; 0 where the union is 0.
    #[inline]
    pub(crate) fn iou(self) -> f64 {
        let union = self.areas[0] + self.areas[1] - self.shared;
        if union > 0.0 { f64::from((self.shared / union * GRID + 0.5) as i32) / GRID } else { 0.0 }
    }

    /// The fraction of the first (0) or second box (1) that lies in the other; 0 for a box without area.
    #[inline]
    pub(crate) fn fraction_of(self, which: usize) -> f64 {
        if self.shared > 0.0 { self.shared / self.areas[which] } else { 0.0 }
    }
}

/// IoU of two boxes, as [`PreparedBoxes::iou`], if it is at least `least`; most others need no division.
#[inline]
pub(crate) fn iou_from(least: f64, a: &Corners, b: &Corners) -> Option<f64> {
    let overlap = Overlap { shared: intersection(a, b), areas: [area(a), area(b)] };
    overlap.may_exceed(least).then(|| overlap.iou()).filter(|&iou| iou >= least)
}

#[inline]
fn area(&[x1, y1, x2, y2]: &Corners) -> f64 {
    larger(x2 - x1, 0.0) * larger(y2 - y1, 0.0)
}

/// The box around no boxes.
pub(crate) const NOTHING: Corners = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];

/// Extends `around` so that it surrounds the boxes in `rows`, which rise; inverted ones too.
pub(crate) fn surround(xyxy: Floats, rows: &[u32], around: Corners) -> Corners {
    match xyxy {
        Floats::F32(values) => surround_rows(values.as_chunks().0, rows, around),
        Floats::F64(values) => surround_rows(values.as_chunks().0, rows, around),
    }
}

fn surround_rows<T: Copy + PartialOrd + Into<f64>>(boxes: &[[T; 4]], rows: &[u32], around: Corners) -> Corners {
    if rows.len() == boxes.len() {
        surround_all(boxes, around)
    } else {
        rows.iter().fold(around, |around, &row| surround_all(&boxes[row as usize..][..1], around))
    }
}

fn surround_all<T: Copy + PartialOrd + Into<f64>>(boxes: &[[T; 4]], around: Corners) -> Corners {
    let Some(&first) = boxes.first() else { return around };
    let (mut least, mut greatest) = (first, first);
    for corners in boxes {
        least = std::array::from_fn(|side| if corners[side] < least[side] { corners[side] } else { least[side] });
        greatest =
            std::array::from_fn(|side| if corners[side] > greatest[side] { corners[side] } else { greatest[side] });
    }
    let (least, greatest) = (least.map(Into::into), greatest.map(Into::into));
    let low = |axis: usize| smaller(around[axis], smaller(least[axis], least[axis + 2]));
    let high = |axis: usize| larger(around[axis + 2], larger(greatest[axis], greatest[axis + 2]));
    [low(0), low(1), high(0), high(1)]
}
