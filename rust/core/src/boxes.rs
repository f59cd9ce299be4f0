//! The boxes of N images as columns: flat arrays, borrowed from their owner and checked once.

use std::ops::Range;

use crate::error::Error;
use crate::geometry::Corners;
use crate::parallel;

/// The largest coordinate, in pixels: areas and squared distances of boxes up to here are finite.
pub const COORDINATE_LIMIT: f64 = 1e150;

/// The most classes for which a table with an entry a class is made. Class ids above are legal where no table is needed.
pub const CLASS_LIMIT: usize = 1 << 20;

const AXES: [&str; 4] = ["x1", "y1", "x2", "y2"];

/// A column of numbers in single or double precision, kept as given and read as f64.
///
/// # Examples
/// ```
/// use boxlint_core::Floats;
///
/// let column = Floats::F32(&[1.0, 2.0, 3.0, 4.0, 5.0]);
/// assert_eq!((column.len(), column.is_empty(), column.get(4)), (5, false, 5.0));
/// assert_eq!(column.slice(3..5).get(0), 4.0);
/// assert_eq!(column.corners(0), [1.0, 2.0, 3.0, 4.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Floats<'a> {
    /// Single precision.
    F32(&'a [f32]),
    /// Double precision.
    F64(&'a [f64]),
}

impl<'a> Floats<'a> {
    /// Number of values.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value at `index`; panics beyond the end, as do the two below.
    #[inline]
    #[must_use]
    pub fn get(self, index: usize) -> f64 {
        match self {
            Self::F32(values) => f64::from(values[index]),
            Self::F64(values) => values[index],
        }
    }

    /// The values in `range`.
    #[inline]
    #[must_use]
    pub fn slice(self, range: Range<usize>) -> Self {
        match self {
            Self::F32(values) => Self::F32(&values[range]),
            Self::F64(values) => Self::F64(&values[range]),
        }
    }

    /// The four values from `4 * row` on: the corners of the box in `row`.
    #[inline]
    #[must_use]
    pub fn corners(self, row: usize) -> Corners {
        match self {
            Self::F32(values) => values.as_chunks::<4>().0[row].map(f64::from),
            Self::F64(values) => values.as_chunks::<4>().0[row],
        }
    }
}

/// The boxes of N images: image i owns the rows `offsets[i]..offsets[i + 1]`.
///
/// # Examples
/// ```
/// use boxlint_core::{Boxes, Floats};
///
/// // Two images: the first has a box of class 0 and one of class 2, the second has none.
/// let xyxy = [10.0, 10.0, 50.0, 50.0, 20.0, 20.0, 30.0, 30.0];
/// let boxes = Boxes::new(Floats::F64(&xyxy), &[0, 2], None, &[0, 2, 2])?;
/// assert_eq!((boxes.images(), boxes.len(), boxes.classes()), (2, 2, 3));
/// assert_eq!(boxes.image(0).corners(1), [20.0, 20.0, 30.0, 30.0]);
/// assert!(boxes.image(1).is_empty());
/// // The columns, as they were given.
/// assert_eq!((boxes.offsets(), boxes.class_id()), (&[0, 2, 2][..], &[0, 2][..]));
/// assert_eq!(boxes.xyxy().get(4), 20.0);
/// assert!(boxes.score().is_none());
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Boxes<'a> {
    xyxy: Floats<'a>,
    class_id: &'a [i32],
    score: Option<Floats<'a>>,
    offsets: &'a [i64],
    classes: usize,
}

impl<'a> Boxes<'a> {
    /// Checks the columns of n boxes in N images, in parallel, in time proportional to n.
    ///
    /// `xyxy` (4 n) holds x1, y1, x2, y2 in pixels, box after box; `class_id` (n) counts from 0; `score` (n) is None for
    /// annotations; `offsets` (N + 1) rises from 0 to n.
    ///
    /// # Errors
    /// The first fault: columns of unequal length, offsets that do not rise from 0 to n, a coordinate that is not finite
    /// or beyond [`COORDINATE_LIMIT`], a score outside [0, 1], a negative class id.
    ///
    /// # Examples
    /// ```
    /// use boxlint_core::{Boxes, Error, Floats};
    ///
    /// let fault = Boxes::new(Floats::F64(&[0.0, 0.0, 9.0, 9.0]), &[-1], None, &[0, 1]).err();
    /// assert_eq!(fault, Some(Error::Class { image: 0, row: 0, found: -1 }));
    /// ```
    pub fn new(
        xyxy: Floats<'a>,
        class_id: &'a [i32],
        score: Option<Floats<'a>>,
        offsets: &'a [i64],
    ) -> Result<Self, Error> {
        let boxes = Self::checked_before(xyxy, class_id, score, offsets, 0);
        boxes.check_shape()?;
        Ok(Self { classes: boxes.check_values()?, ..boxes })
    }

    /// Columns that [`Boxes::new`] has accepted before or is known to accept, with the number of `classes` that it
    /// counted or would count: checks nothing.
    ///
    /// Other columns, or another number of classes, give meaningless numbers or a panic.
    ///
    /// # Examples
    /// ```
    /// use boxlint_core::{Boxes, Floats};
    ///
    /// let xyxy = Floats::F64(&[0.0, 0.0, 9.0, 9.0]);
    /// let classes = Boxes::new(xyxy, &[3], None, &[0, 1])?.classes();
    /// assert_eq!(Boxes::checked_before(xyxy, &[3], None, &[0, 1], classes).classes(), 4);
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    #[must_use]
    pub fn checked_before(
        xyxy: Floats<'a>,
        class_id: &'a [i32],
        score: Option<Floats<'a>>,
        offsets: &'a [i64],
        classes: usize,
    ) -> Self {
        Self { xyxy, class_id, score, offsets, classes }
    }

    /// Number of classes: one more than the greatest class id.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Number of images.
    #[must_use]
    pub fn images(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of boxes in all images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.class_id.len()
    }

    /// Whether no image has a box.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.class_id.is_empty()
    }

    /// The row at which the boxes of each image begin, and n at the end.
    #[must_use]
    pub fn offsets(&self) -> &'a [i64] {
        self.offsets
    }

    /// Tells the number of the first box of an image, where that of image `start` has the number `first`.
    pub(crate) fn numbering(&self, start: usize, first: u64) -> impl Fn(usize) -> u64 + Sync + use<'a> {
        let offsets = self.offsets;
        move |image| first + (offsets[image] - offsets[start]) as u64
    }

    /// The boxes of one image.
    #[inline(always)] // most callers need few of the columns
    #[must_use]
    pub fn image(&self, index: usize) -> ImageBoxes<'a> {
        let rows = self.offsets[index] as usize..self.offsets[index + 1] as usize;
        ImageBoxes {
            xyxy: self.xyxy.slice(4 * rows.start..4 * rows.end),
            class_id: &self.class_id[rows.clone()],
            score: self.score.map_or(Floats::F64(&[]), |score| score.slice(rows)),
        }
    }

    /// x1, y1, x2, y2 of each box.
    #[must_use]
    pub fn xyxy(&self) -> Floats<'a> {
        self.xyxy
    }

    /// The class of each box.
    #[must_use]
    pub fn class_id(&self) -> &'a [i32] {
        self.class_id
    }

    /// The score of each box; None for annotations.
    #[must_use]
    pub fn score(&self) -> Option<Floats<'a>> {
        self.score
    }

    fn check_shape(&self) -> Result<(), Error> {
        let expected = self.xyxy.len() / 4;
        let columns = [("class_id", Some(self.class_id.len())), ("score", self.score.map(Floats::len))];
        for (column, found) in columns {
            if let Some(found) = found.filter(|&found| found != expected) {
                return Err(Error::Rows { column, found, expected });
            }
        }
        let (Some(&first), Some(&last)) = (self.offsets.first(), self.offsets.last()) else {
            return Err(Error::NoOffsets);
        };
        if first != 0 {
            return Err(Error::FirstOffset { found: first });
        }
        if let Some(at) = self.offsets.windows(2).position(|pair| pair[1] < pair[0]) {
            let (least, found) = (self.offsets[at], self.offsets[at + 1]);
            return Err(Error::OffsetGoesBack { index: at + 1, found, least });
        }
        if last != expected as i64 {
            return Err(Error::LastOffset { found: last, expected });
        }
        Ok(())
    }

    /// The number of classes, if no value is at fault.
    fn check_values(&self) -> Result<usize, Error> {
        const BLOCK: usize = 1 << 14;
        let rows = |block: usize| block * BLOCK..self.len().min((block + 1) * BLOCK);
        let classes = parallel::map(0..self.len().div_ceil(BLOCK), |block| self.plausible_classes(rows(block)));
        if let Some(block) = classes.iter().position(Option::is_none) {
            rows(block).try_for_each(|row| self.check_row(row))?;
        }
        Ok(classes.into_iter().flatten().max().unwrap_or(0))
    }

    /// The number of classes of some rows, None if one of them is at fault. No branch depends on a value, so that this
    /// runs at the speed of memory.
    fn plausible_classes(&self, rows: Range<usize>) -> Option<usize> {
        let coordinates = match self.xyxy.slice(4 * rows.start..4 * rows.end) {
            Floats::F32(values) => values.iter().fold(true, |fine, value| fine & value.is_finite()),
            Floats::F64(values) => values.iter().fold(true, |fine, value| fine & (value.abs() <= COORDINATE_LIMIT)),
        };
        let scores = match self.score.map(|score| score.slice(rows.clone())) {
            Some(Floats::F32(values)) => values.iter().fold(true, |fine, value| fine & (0.0..=1.0).contains(value)),
            Some(Floats::F64(values)) => values.iter().fold(true, |fine, value| fine & (0.0..=1.0).contains(value)),
            None => true,
        };
        let (least, greatest) = self.class_id[rows]
            .iter()
            .fold((0, -1), |(least, greatest), &class| (class.min(least), class.max(greatest)));
        (coordinates && scores && least >= 0).then_some((i64::from(greatest) + 1) as usize)
    }

    fn check_row(&self, row: usize) -> Result<(), Error> {
        let image = self.offsets.partition_point(|&offset| offset <= row as i64) - 1;
        let class = self.class_id[row];
        let within = row - self.offsets[image] as usize;
        if class < 0 {
            return Err(Error::Class { image, row: within, found: i64::from(class) });
        }
        for (axis, found) in AXES.into_iter().zip(self.xyxy.corners(row)) {
            if found.is_nan() || found.abs() > COORDINATE_LIMIT {
                return Err(Error::Coordinate { image, class, row: within, axis, found });
            }
        }
        match self.score.map(|score| score.get(row)) {
            Some(found) if !(0.0..=1.0).contains(&found) => Err(Error::Score { image, class, row: within, found }),
            _ => Ok(()),
        }
    }
}

/// The boxes of one image, as [`Boxes::image`] hands them out. Rows count from 0 within the image.
#[derive(Clone, Copy, Debug)]
pub struct ImageBoxes<'a> {
    /// x1, y1, x2, y2 of each box.
    pub xyxy: Floats<'a>,
    /// The class of each box.
    pub class_id: &'a [i32],
    /// The score of each box; empty for annotations.
    pub score: Floats<'a>,
}

impl ImageBoxes<'_> {
    /// Number of boxes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.class_id.len()
    }

    /// Whether the image has no box.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.class_id.is_empty()
    }

    /// The box in `row`.
    #[inline]
    #[must_use]
    pub fn corners(&self, row: usize) -> Corners {
        self.xyxy.corners(row)
    }

    /// The score of the box in `row`, as [`without_negative_zero`] has it.
    #[inline]
    pub(crate) fn score(&self, row: usize) -> f64 {
        without_negative_zero(self.score.get(row))
    }
}

/// A score, or 0 for -0: these two are equal, but [`f64::total_cmp`] puts -0 below 0.
#[inline]
pub(crate) fn without_negative_zero(score: impl Into<f64>) -> f64 {
    score.into() + 0.0
}

/// Appends the rows that are wanted. There is no branch on `wanted`, since the processor could hardly predict it.
#[inline]
pub(crate) fn select(wanted: impl ExactSizeIterator<Item = bool>, rows: &mut Vec<u32>) {
    let mut count = rows.len();
    rows.resize(count + wanted.len(), 0);
    for (row, wanted) in wanted.enumerate() {
        rows[count] = row as u32;
        count += usize::from(wanted);
    }
    rows.truncate(count);
}

/// Replaces `out` by the values in `rows`, which rise: all of them if there are as many rows as values.
#[inline]
pub(crate) fn take<T: Copy, U>(values: &[T], rows: &[u32], out: &mut Vec<U>, converted: impl Fn(T) -> U) {
    out.clear();
    if rows.len() == values.len() {
        out.extend(values.iter().map(|&value| converted(value)));
    } else {
        out.extend(rows.iter().map(|&row| converted(values[row as usize])));
    }
}
