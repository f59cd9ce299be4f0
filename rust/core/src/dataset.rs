//! The data set that both methods work on: annotations, predictions, and which annotations to ignore.
//!
//! Ignored are crowds, and objects that are too difficult to annotate well. They take no part as annotations, and a
//! prediction that lies mostly in one says nothing of an annotation that is missing.

use crate::boxes::{Boxes, CLASS_LIMIT, ImageBoxes};
use crate::error::Error;
use crate::geometry::{Corners, area, intersection};
use crate::verified::VerifiedClasses;

/// Annotations and predictions of the same images, and which annotations to ignore.
///
/// # Examples
/// ```
/// use boxlint_core::{Boxes, Dataset, Floats};
///
/// let annotations = Boxes::new(Floats::F64(&[10.0, 10.0, 50.0, 50.0]), &[0], None, &[0, 1, 1])?;
/// let scores = Floats::F64(&[0.9, 0.4]);
/// let predicted = Floats::F64(&[12.0, 10.0, 50.0, 50.0, 70.0, 70.0, 90.0, 90.0]);
/// let predictions = Boxes::new(predicted, &[0, 3], Some(scores), &[0, 1, 2])?;
/// let dataset = Dataset::new(annotations, predictions, None)?;
/// assert_eq!((dataset.images(), dataset.classes()), (2, 4));
/// assert_eq!((dataset.annotations().len(), dataset.predictions().len()), (1, 2));
/// assert!(dataset.ignored().is_none());
/// assert_eq!(dataset.image(1).predictions.corners(0), [70.0, 70.0, 90.0, 90.0]);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dataset<'a> {
    annotations: Boxes<'a>,
    predictions: Boxes<'a>,
    ignored: Option<&'a [bool]>,
    verified: Option<VerifiedClasses<'a>>,
    not_run: Option<&'a [bool]>,
    classes: usize,
}

impl<'a> Dataset<'a> {
    /// `ignored` has a flag for each annotation; None ignores none.
    ///
    /// # Errors
    /// Unequal numbers of images, predictions without scores, another number of flags than of annotations.
    ///
    /// # Examples
    /// ```
    /// use boxlint_core::{Boxes, Dataset, Error, Floats};
    ///
    /// let boxes = Boxes::new(Floats::F64(&[10.0, 10.0, 50.0, 50.0]), &[0], None, &[0, 1])?;
    /// assert_eq!(Dataset::new(boxes, boxes, None).err(), Some(Error::NoScores));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(annotations: Boxes<'a>, predictions: Boxes<'a>, ignored: Option<&'a [bool]>) -> Result<Self, Error> {
        if annotations.images() != predictions.images() {
            return Err(Error::Images { annotations: annotations.images(), predictions: predictions.images() });
        }
        if predictions.score().is_none() {
            return Err(Error::NoScores);
        }
        if let Some(found) = ignored.map(<[bool]>::len).filter(|&found| found != annotations.len()) {
            return Err(Error::Rows { column: "ignore", found, expected: annotations.len() });
        }
        let annotated = ignored.map_or(annotations.classes(), |flags| classes_of_kept(&annotations, flags));
        let classes = annotated.max(predictions.classes());
        Ok(Self { annotations, predictions, ignored, verified: None, not_run: None, classes })
    }

    /// The same data set with at least so many classes, for methods that keep a table with an entry a class.
    ///
    /// # Errors
    /// More classes than [`CLASS_LIMIT`].
    ///
    /// # Examples
    /// ```
    /// use boxlint_core::{Boxes, CLASS_LIMIT, Dataset, Error, Floats};
    ///
    /// let boxes = Boxes::new(Floats::F64(&[]), &[], Some(Floats::F64(&[])), &[0])?;
    /// let dataset = Dataset::new(boxes, boxes, None)?;
    /// assert_eq!(dataset.with_classes(80)?.classes(), 80);
    /// let too_many = Error::Classes { found: CLASS_LIMIT + 1, limit: CLASS_LIMIT };
    /// assert_eq!(dataset.with_classes(CLASS_LIMIT + 1).err(), Some(too_many));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn with_classes(self, at_least: usize) -> Result<Self, Error> {
        let found = self.classes.max(at_least);
        if found > CLASS_LIMIT {
            return Err(Error::Classes { found, limit: CLASS_LIMIT });
        }
        Ok(Self { classes: found, ..self })
    }

    /// The same data set where only some classes were looked for in each image; without, all were.
    ///
    /// # Errors
    /// Verified classes of another number of images.
    ///
    /// # Examples
    /// ```
    /// use boxlint_core::{Boxes, Dataset, Floats, VerifiedClasses};
    ///
    /// let predicted = Floats::F64(&[10.0, 10.0, 50.0, 50.0, 20.0, 20.0, 30.0, 30.0]);
    /// let predictions = Boxes::new(predicted, &[0, 1], Some(Floats::F64(&[0.9, 0.8])), &[0, 2])?;
    /// let annotations = Boxes::new(Floats::F64(&[]), &[], None, &[0, 0])?;
    /// let dataset = Dataset::new(annotations, predictions, None)?;
    /// let only_0 = dataset.with_verified(Some(VerifiedClasses::new(&[0, 1], &[0])?))?;
    /// assert_eq!(only_0.image(0).verified, Some(&[0][..]));
    /// assert_eq!(dataset.image(0).verified, None);
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    pub fn with_verified(self, verified: Option<VerifiedClasses<'a>>) -> Result<Self, Error> {
        let (found, expected) = (verified.map(|verified| verified.images()), self.images());
        match found.filter(|&found| found != expected) {
            Some(found) => Err(Error::VerifiedImages { found, expected }),
            None => Ok(Self { verified, ..self }),
        }
    }

    /// The same data set where the detector was not run on the images that are flagged: without predictions there, which say
    /// nothing. Without flags it was run on all.
    ///
    /// # Errors
    /// Another number of flags than of images.
    ///
    /// # Examples
    /// ```
    /// use boxlint_core::{Boxes, Dataset, Floats};
    ///
    /// let none = Boxes::new(Floats::F64(&[]), &[], Some(Floats::F64(&[])), &[0, 0, 0])?;
    /// let dataset = Dataset::new(none, none, None)?.with_not_run(Some(&[false, true]))?;
    /// assert_eq!([0, 1].map(|image| dataset.image(image).not_run), [false, true]);
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    pub fn with_not_run(self, not_run: Option<&'a [bool]>) -> Result<Self, Error> {
        match not_run.map(<[bool]>::len).filter(|&found| found != self.images()) {
            Some(found) => Err(Error::Rows { column: "not_run", found, expected: self.images() }),
            None => Ok(Self { not_run, ..self }),
        }
    }

    /// Number of images.
    #[must_use]
    pub fn images(&self) -> usize {
        self.annotations.images()
    }

    /// Number of classes: one more than the greatest class id of a prediction or of an annotation that is not ignored,
    /// or what [`Dataset::with_classes`] was given if that is more.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// All annotations, the ignored ones too.
    #[must_use]
    pub fn annotations(&self) -> &Boxes<'a> {
        &self.annotations
    }

    /// The predictions.
    #[must_use]
    pub fn predictions(&self) -> &Boxes<'a> {
        &self.predictions
    }

    /// A flag for each annotation, true for those to ignore; None if none is.
    #[must_use]
    pub fn ignored(&self) -> Option<&'a [bool]> {
        self.ignored
    }

    /// One image.
    #[inline(always)] // most callers need few of the columns
    #[must_use]
    pub fn image(&self, index: usize) -> DatasetImage<'a> {
        let annotations = self.annotations.image(index);
        let first = self.annotations.offsets()[index] as usize;
        let ignored = self.ignored.map(|flags| Ignored::new(annotations, &flags[first..first + annotations.len()]));
        let verified = self.verified.map(|verified| verified.image(index));
        let not_run = self.not_run.is_some_and(|flags| flags[index]);
        DatasetImage { annotations, predictions: self.predictions.image(index), ignored, verified, not_run }
    }
}

/// One image of a [`Dataset`].
#[derive(Clone, Copy, Debug)]
pub struct DatasetImage<'a> {
    /// All annotations of the image, the ignored ones too.
    pub annotations: ImageBoxes<'a>,
    /// Its predictions.
    pub predictions: ImageBoxes<'a>,
    /// Which annotations to ignore; None if the data set has no such flags.
    pub ignored: Option<Ignored<'a>>,
    /// The classes that were looked for, rising; None if all were.
    pub verified: Option<&'a [i32]>,
    /// Whether the detector was not run on the image.
    pub not_run: bool,
}

impl DatasetImage<'_> {
    /// Whether the annotation in `row` is to be ignored.
    #[inline]
    pub(crate) fn ignores(&self, row: usize) -> bool {
        self.ignored.is_some_and(|ignored| ignored.contains(row))
    }

    /// Whether a class was looked for.
    #[inline]
    pub(crate) fn verifies(&self, class: i32) -> bool {
        self.verified.is_none_or(|verified| verified.binary_search(&class).is_ok())
    }
}

/// A prediction lies in an ignored annotation if the two share at least this fraction of the prediction's area.
pub const IGNORED_FRACTION: f64 = 0.5;

/// The ignored annotations of one image.
///
/// # Examples
/// ```
/// use boxlint_core::{Boxes, Dataset, Floats};
///
/// // An object, and a crowd that is to be ignored.
/// let xyxy = Floats::F64(&[0.0, 0.0, 9.0, 9.0, 20.0, 20.0, 60.0, 60.0]);
/// let annotations = Boxes::new(xyxy, &[0, 0], None, &[0, 2])?;
/// let predictions = Boxes::new(Floats::F64(&[]), &[], Some(Floats::F64(&[])), &[0, 0])?;
/// let ignored = Dataset::new(annotations, predictions, Some(&[false, true]))?.image(0).ignored.expect("flags");
/// assert!(!ignored.contains(0) && ignored.contains(1));
/// assert!(ignored.covers(&[10.0, 20.0, 30.0, 40.0]), "half of the prediction lies in the crowd");
/// assert!(!ignored.covers(&[9.0, 20.0, 29.0, 40.0]));
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Ignored<'a> {
    annotations: ImageBoxes<'a>,
    flags: &'a [bool],
}

impl<'a> Ignored<'a> {
    /// Those of an image's `annotations` that are flagged.
    pub(crate) fn new(annotations: ImageBoxes<'a>, flags: &'a [bool]) -> Self {
        Self { annotations, flags }
    }

    /// Whether the annotation in `row` is ignored.
    #[inline]
    #[must_use]
    pub fn contains(&self, row: usize) -> bool {
        self.flags[row]
    }

    /// Whether a predicted box lies in one of them: see [`IGNORED_FRACTION`].
    #[must_use]
    pub fn covers(&self, prediction: &Corners) -> bool {
        let ignored = (0..self.flags.len()).filter(|&row| self.flags[row]);
        ignored.map(|row| self.annotations.corners(row)).any(|annotation| is_mostly_in(prediction, &annotation))
    }
}

/// Whether a predicted box lies in an ignored annotation.
pub(crate) fn is_mostly_in(prediction: &Corners, ignored: &Corners) -> bool {
    let shared = intersection(prediction, ignored);
    shared > 0.0 && shared >= IGNORED_FRACTION * area(prediction)
}

/// One more than the greatest class id of the annotations that are not flagged.
fn classes_of_kept(annotations: &Boxes, flags: &[bool]) -> usize {
    let kept = annotations.class_id().iter().zip(flags).filter(|(_, ignored)| !**ignored);
    kept.map(|(&class, _)| class as usize + 1).max().unwrap_or(0)
}
