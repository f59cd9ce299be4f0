//! What a line of a box holds, and what longer lines are.

/// Columns of a box without a confidence: class, center and size.
pub(crate) const BOX: usize = 5;

/// Columns of the shortest outlines.
pub(crate) const TRIANGLE: usize = 7;

/// What the line of a box holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Class, center and size.
    Annotations,
    /// The same and the confidence.
    ConfidenceLast,
    /// Class, confidence, center and size.
    ConfidenceSecond,
}

impl Layout {
    /// The names of the columns, in their order.
    pub(crate) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Annotations => &["class", "x_center", "y_center", "width", "height"],
            Self::ConfidenceLast => &["class", "x_center", "y_center", "width", "height", "confidence"],
            Self::ConfidenceSecond => &["class", "confidence", "x_center", "y_center", "width", "height"],
        }
    }

    /// Whether a detector wrote the lines.
    pub(crate) fn is_detected(self) -> bool {
        self != Self::Annotations
    }

    /// Columns of a line without its confidence, if it is long enough.
    pub(crate) fn without_confidence(self, columns: usize) -> usize {
        columns - usize::from(self.is_detected())
    }
}

/// What a line that is longer than a box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A class and the points of an outline.
    Outlines,
    /// A box and its keypoints.
    Keypoints,
}

impl Shape {
    /// Whether a line of so many columns, without a confidence, can be of the shape.
    pub(crate) fn fits(self, columns: usize) -> bool {
        match self {
            Self::Outlines => columns >= TRIANGLE && columns % 2 == 1,
            Self::Keypoints => {
                columns > BOX && ((columns - BOX).is_multiple_of(2) || (columns - BOX).is_multiple_of(3))
            }
        }
    }
}
