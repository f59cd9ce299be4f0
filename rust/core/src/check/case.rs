//! What is checked: annotations and predictions of the same images, and the annotations that are not to be judged.

use crate::boxes::Boxes;
use crate::dataset::Dataset;
use crate::error::Error;

/// Annotations and predictions of the same images.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub(crate) annotations: Boxes<'a>,
    pub(crate) predictions: Boxes<'a>,
    pub(crate) ignore: Option<&'a [bool]>,
    classes: usize,
}

impl<'a> Case<'a> {
    /// `ignore` flags annotations that mark regions where nothing is to be judged; `classes` is the least number of
    /// classes, for those that no box has.
    ///
    /// # Errors
    /// Unequal numbers of images, predictions without scores, flags that are not one for each annotation, too many
    /// classes.
    pub fn new(
        annotations: Boxes<'a>,
        predictions: Boxes<'a>,
        ignore: Option<&'a [bool]>,
        classes: usize,
    ) -> Result<Self, Error> {
        let dataset = Dataset::new(annotations, predictions, ignore)?;
        let classes = dataset.with_classes(classes.max(annotations.classes()))?.classes();
        Ok(Self { annotations, predictions, ignore, classes })
    }

    /// Number of images.
    #[must_use]
    pub fn images(&self) -> usize {
        self.annotations.images()
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }
}
