//! Which boxes can matter to another one, by columns of their sides: a loop over them runs at the width of the machine.
//!
//! The columns are of single precision whatever the boxes are. Rounding keeps order, so boxes that meet still meet.

use crate::boxes::Floats;
use crate::geometry::Corners;

/// The boxes of one image.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    corners: Vec<[f32; 4]>,
    sides: [Vec<f32>; 4],
}

/// What [`Columns::meeting`] lists, and what it needs room for.
#[derive(Debug, Default)]
pub(crate) struct Meeting {
    pub(crate) list: Vec<u32>,
    marks: Vec<u8>,
}

impl Columns {
    /// Loads the boxes in `rows`.
    pub(crate) fn load(&mut self, xyxy: Floats, rows: &[u32]) {
        self.corners.clear();
        match xyxy {
            Floats::F32(values) => {
                let boxes = values.as_chunks().0;
                self.corners.extend(rows.iter().map(|&row| boxes[row as usize]));
            }
            Floats::F64(values) => {
                let boxes = values.as_chunks::<4>().0;
                self.corners.extend(rows.iter().map(|&row| boxes[row as usize].map(|side| side as f32)));
            }
        }
        for (side, values) in self.sides.iter_mut().enumerate() {
            values.clear();
            values.extend(self.corners.iter().map(|corners| corners[side]));
        }
    }

    /// Lists, in order, at least all that meet a box.
    pub(crate) fn meeting(&self, other: &Corners, meeting: &mut Meeting) {
        let Meeting { list, marks } = meeting;
        let [x1, y1, x2, y2] = other.map(|side| side as f32);
        let [left, top, right, bottom] = &self.sides;
        marks.clear();
        marks.extend(left.iter().zip(top).zip(right.iter().zip(bottom)).map(|((&left, &top), (&right, &bottom))| {
            u8::from((left <= x2) & (right >= x1) & (top <= y2) & (bottom >= y1))
        }));
        list.clear();
        let (words, rest) = marks.as_chunks::<8>();
        for (word, &marks) in words.iter().enumerate() {
            let mut set = u64::from_le_bytes(marks);
            while set != 0 {
                list.push(8 * word as u32 + set.trailing_zeros() / 8);
                set &= set - 1;
            }
        }
        let rest = (8 * words.len() as u32..).zip(rest);
        list.extend(rest.filter(|&(_, &mark)| mark != 0).map(|(row, _)| row));
    }
}
