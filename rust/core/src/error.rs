//! The faults of columns of boxes, with the numbers that are wrong.

use thiserror::Error;

/// A fault of the given columns, found before anything is computed. Its text is one sentence for the user.
///
/// Rows count from 0 within their image.
///
/// # Examples
/// ```
/// use boxlint_core::{Boxes, Floats};
///
/// let fault = Boxes::new(Floats::F64(&[0.0, 0.0, f64::NAN, 9.0]), &[5], None, &[0, 0, 1]).expect_err("x2 is NaN");
/// let expected = "image 1, class 5, row 0: x2 is NaN, expected a finite number up to 1e150";
/// assert_eq!(fault.to_string(), expected);
/// ```
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Error {
    /// A column has another number of rows than `xyxy`.
    #[error("{column} has {found} rows, expected {expected} as in xyxy")]
    Rows {
        /// The column at fault.
        column: &'static str,
        /// Its number of rows.
        found: usize,
        /// The number of boxes.
        expected: usize,
    },
    /// `offsets` is empty; it needs one entry more than there are images.
    #[error("offsets is empty, expected one entry more than there are images")]
    NoOffsets,
    /// `offsets` does not start at the first box.
    #[error("offsets[0] is {found}, expected 0")]
    FirstOffset {
        /// The first offset.
        found: i64,
    },
    /// An entry of `offsets` is below the one before.
    #[error("offsets[{index}] is {found}, expected at least {least} as before it")]
    OffsetGoesBack {
        /// The index into `offsets`.
        index: usize,
        /// The offset there.
        found: i64,
        /// The offset before it.
        least: i64,
    },
    /// `offsets` does not end at the last box.
    #[error("offsets ends at {found}, expected {expected}, the number of boxes")]
    LastOffset {
        /// The last offset.
        found: i64,
        /// The number of boxes.
        expected: usize,
    },
    /// A coordinate is not a number, infinite, or too large to square.
    #[error("image {image}, class {class}, row {row}: {axis} is {found:?}, expected a finite number up to 1e150")]
    Coordinate {
        /// The image.
        image: usize,
        /// The class of the box.
        class: i32,
        /// The row within the image.
        row: usize,
        /// Which of x1, y1, x2, y2.
        axis: &'static str,
        /// The coordinate.
        found: f64,
    },
    /// A score is not a probability.
    #[error("image {image}, class {class}, row {row}: score is {found:?}, expected a number from 0 to 1")]
    Score {
        /// The image.
        image: usize,
        /// The class of the box.
        class: i32,
        /// The row within the image.
        row: usize,
        /// The score.
        found: f64,
    },
    /// A class id is negative.
    #[error("image {image}, row {row}: class id is {found}, expected an integer from 0 to 2147483647")]
    Class {
        /// The image.
        image: usize,
        /// The row within the image.
        row: usize,
        /// The class id.
        found: i64,
    },
    /// There are more classes than a table with an entry a class is made for.
    #[error("there are class ids up to {}, expected at most {}", .found - 1, .limit - 1)]
    Classes {
        /// One more than the greatest class id.
        found: usize,
        /// The largest number of classes.
        limit: usize,
    },
    /// Predictions were given without scores.
    #[error("predictions has no scores, expected one for each box")]
    NoScores,
    /// Annotations and predictions are not of the same images.
    #[error("labels has {annotations} images and predictions has {predictions}, expected as many")]
    Images {
        /// Images of the annotations.
        annotations: usize,
        /// Images of the predictions.
        predictions: usize,
    },
    /// The verified classes of an image do not rise, or its offsets do not fit.
    #[error("image {image}: verified classes are no rising class ids")]
    Verified {
        /// The image.
        image: usize,
    },
    /// Verified classes were given for another number of images.
    #[error("verified classes are of {found} images, expected {expected} as in annotations")]
    VerifiedImages {
        /// Images of the verified classes.
        found: usize,
        /// Images of the annotations.
        expected: usize,
    },
    /// Counts of a class, a bin of the score or of the size that there is not.
    #[error("a class, bin or size is out of range")]
    OutOfRange,
    /// Counts that no data set has, of a class or of two.
    #[error("class {class}: {what}")]
    Counts {
        /// The class.
        class: u32,
        /// What is wrong.
        what: &'static str,
    },
    /// A given matrix has not one entry for each pair of an annotation and a prediction of its image.
    #[error("{column} has {found} entries, expected {expected}, one for each pair of an image")]
    Pairs {
        /// The matrix at fault.
        column: &'static str,
        /// Its number of entries.
        found: usize,
        /// The number of pairs.
        expected: usize,
    },
}
