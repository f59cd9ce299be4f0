//! Boxes of lines, whose numbers are in range.

use crate::yolo::fault::{LineFault, Wrong, out_of_range};
use crate::yolo::layout::{Layout, Shape};
use crate::yolo::shapes::{corners_around, corners_of_box};

/// Boxes may reach over the edge of the image. A larger number is not a fraction of its side.
pub const LARGEST_FRACTION: f64 = 2.0;

/// The boxes of the lines of many files, in order of files and lines, and what could not be read.
#[derive(Debug, Default)]
pub struct LineBoxes {
    /// The position of the file of each box.
    pub file: Vec<usize>,
    /// The line of each box, from 1.
    pub line: Vec<usize>,
    /// The class of each box, which may be unknown.
    pub class_id: Vec<i32>,
    /// The corners of each box, relative to the image's sides.
    pub corners: Vec<[f64; 4]>,
    /// The confidence of each box; 0 in annotations.
    pub score: Vec<f64>,
    /// What each box was made from, if it was no line of a box.
    pub shape: Vec<Option<Shape>>,
    /// What could not be read, in order of files and lines.
    pub faults: Vec<LineFault>,
    /// The positions of files of which nothing could be read.
    pub lost: Vec<usize>,
}

impl LineBoxes {
    pub(crate) fn reserve(&mut self, more: usize) {
        self.file.reserve_exact(more);
        self.line.reserve_exact(more);
        self.class_id.reserve_exact(more);
        self.corners.reserve_exact(more);
        self.score.reserve_exact(more);
        self.shape.reserve_exact(more);
    }

    /// Adds the boxes of later files.
    pub(crate) fn append(&mut self, mut later: Self) {
        self.file.append(&mut later.file);
        self.line.append(&mut later.line);
        self.class_id.append(&mut later.class_id);
        self.corners.append(&mut later.corners);
        self.score.append(&mut later.score);
        self.shape.append(&mut later.shape);
        self.faults.append(&mut later.faults);
        self.lost.append(&mut later.lost);
    }

    /// Adds the box of a line of a shape, None for a box.
    pub(crate) fn add(&mut self, file: usize, line: usize, row: &[f64], layout: Layout, shape: Option<Shape>) {
        if let Some((what, kind)) = fault_in(row, layout, shape) {
            self.faults.push(LineFault { file, line, what, kind });
            return;
        }
        self.file.push(file);
        self.line.push(line);
        self.class_id.push(row[0] as i32);
        self.score.push(match layout {
            Layout::Annotations => 0.0,
            Layout::ConfidenceLast => row[row.len() - 1],
            Layout::ConfidenceSecond => row[1],
        });
        self.corners.push(match (shape, layout) {
            (Some(shape), _) => corners_around(&row[..layout.without_confidence(row.len())], shape),
            (None, Layout::ConfidenceSecond) => corners_of_box([row[2], row[3], row[4], row[5]]),
            (None, _) => corners_of_box([row[1], row[2], row[3], row[4]]),
        });
        self.shape.push(shape);
    }

    /// Brings lines of different lengths into the order of files and lines.
    pub(crate) fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.file.len()).collect();
        order.sort_by_key(|&row| (self.file[row], self.line[row]));
        fn taken<T: Copy>(column: &mut Vec<T>, order: &[usize]) {
            *column = order.iter().map(|&row| column[row]).collect();
        }
        taken(&mut self.class_id, &order);
        taken(&mut self.corners, &order);
        taken(&mut self.score, &order);
        taken(&mut self.shape, &order);
        taken(&mut self.line, &order);
        taken(&mut self.file, &order);
    }
}

/// The first number of a line that is out of the range of its column.
fn fault_in(row: &[f64], layout: Layout, shape: Option<Shape>) -> Option<Wrong> {
    let confidence = match layout {
        Layout::Annotations => row.len(),
        Layout::ConfidenceLast => row.len() - 1,
        Layout::ConfidenceSecond => 1,
    };
    let at = row.iter().enumerate().position(|(at, &value)| match at {
        0 => !(0.0..f64::from(2_u32.pow(31))).contains(&value) || value.fract() != 0.0,
        _ if at == confidence => !(0.0..=1.0).contains(&value),
        _ => value.is_nan() || value.abs() > LARGEST_FRACTION,
    })?;
    let expected = match at {
        0 => "an integer from 0",
        _ if at == confidence => "a number from 0 to 1",
        _ => "a fraction of the image's side, not pixels",
    };
    let name = match shape {
        None => layout.columns()[at].to_owned(),
        Some(_) if at == 0 => "class".to_owned(),
        Some(_) if at == confidence => "confidence".to_owned(),
        Some(_) => format!("number {}", at + 1),
    };
    Some(out_of_range(&name, row[at], expected))
}
