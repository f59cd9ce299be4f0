//! What can be wrong with columns of boxes.

use thiserror::Error;

/// A fault of the given columns, found before anything is computed.
///
/// Rows are counted within their image, from 0.
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
    /// `offsets` goes back.
    #[error("offsets[{index}] is {found}, expected at least {least} as before it")]
    OffsetGoesBack {
        /// Place in `offsets`.
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
    /// There are more classes than tables are made for.
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
    /// A matrix of pairs has not one entry for each annotation and prediction.
    #[error("{column} has {found} entries, expected {expected}, one for each pair of an image")]
    Pairs {
        /// The column at fault.
        column: &'static str,
        /// Its number of entries.
        found: usize,
        /// The number of pairs.
        expected: usize,
    },
}
