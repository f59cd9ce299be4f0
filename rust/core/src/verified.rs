//! Which classes were looked for in each image: data in which not every class is annotated everywhere.
//!
//! In an image, a class that was not looked for is never missing, and its predictions say nothing about the detector.

use crate::error::Error;

/// The classes that were looked for exhaustively, image after image.
///
/// # Examples
/// ```
/// use boxlint_core::VerifiedClasses;
///
/// // Classes 0 and 2 in the first image, none in the second.
/// let verified = VerifiedClasses::new(&[0, 2, 2], &[0, 2])?;
/// assert_eq!(verified.images(), 2);
/// assert_eq!((verified.image(0), verified.image(1)), (&[0, 2][..], &[][..]));
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct VerifiedClasses<'a> {
    offsets: &'a [i64],
    class_id: &'a [i32],
}

impl<'a> VerifiedClasses<'a> {
    /// Image i has the entries `offsets[i]..offsets[i + 1]` of `class_id`, which rise within an image.
    ///
    /// # Errors
    /// Offsets that do not rise from 0 to the number of entries; classes of an image that do not rise.
    ///
    /// # Examples
    /// ```
    /// use boxlint_core::{Error, VerifiedClasses};
    ///
    /// let fault = VerifiedClasses::new(&[0, 2], &[5, 5]).err();
    /// assert_eq!(fault, Some(Error::Verified { image: 0 }));
    /// ```
    pub fn new(offsets: &'a [i64], class_id: &'a [i32]) -> Result<Self, Error> {
        let (Some(&first), Some(&last)) = (offsets.first(), offsets.last()) else {
            return Err(Error::NoOffsets);
        };
        if first != 0 {
            return Err(Error::FirstOffset { found: first });
        }
        for (image, pair) in offsets.windows(2).enumerate() {
            let rows = usize::try_from(pair[0]).ok().zip(usize::try_from(pair[1]).ok());
            let classes = rows.and_then(|(start, end)| class_id.get(start..end));
            if classes.is_none_or(|classes| !classes.is_sorted_by(|a, b| a < b)) {
                return Err(Error::Verified { image });
            }
        }
        if last != class_id.len() as i64 {
            return Err(Error::Rows { column: "verified classes", found: class_id.len(), expected: last as usize });
        }
        Ok(Self { offsets, class_id })
    }

    /// Number of images.
    #[must_use]
    pub fn images(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The classes that were looked for in an image, rising.
    #[inline]
    #[must_use]
    pub fn image(&self, index: usize) -> &'a [i32] {
        &self.class_id[self.offsets[index] as usize..self.offsets[index + 1] as usize]
    }
}
