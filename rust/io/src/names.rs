//! Names of images or classes, of which there may be millions of a few letters.

use std::ops::Index;

/// Texts end to end, one a row.
///
/// ```
/// use boxlint_io::Names;
///
/// let names: Names = ["a.jpg", "b.jpg"].into_iter().collect();
/// assert_eq!((names.len(), &names[1]), (2, "b.jpg"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    joined: String,
    ends: Vec<usize>,
}

impl Names {
    /// Number of rows.
    ///
    /// ```
    /// # use boxlint_io::Names;
    /// assert_eq!(Names::default().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// # use boxlint_io::Names;
    /// assert!(Names::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The name in a row, if there is such a row.
    ///
    /// ```
    /// # use boxlint_io::Names;
    /// let names: Names = ["a.jpg"].into_iter().collect();
    /// assert_eq!((names.get(0), names.get(1)), (Some("a.jpg"), None));
    /// ```
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)?;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.joined[start..end])
    }

    /// The names, row by row.
    ///
    /// ```
    /// # use boxlint_io::Names;
    /// let names: Names = ["a.jpg", ""].into_iter().collect();
    /// assert!(names.iter().eq(["a.jpg", ""]));
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|row| &self[row])
    }

    /// Adds a name in a new row.
    ///
    /// ```
    /// # use boxlint_io::Names;
    /// let mut names = Names::default();
    /// names.push("a.jpg");
    /// assert_eq!(names, ["a.jpg"]);
    /// ```
    pub fn push(&mut self, name: &str) {
        self.joined.push_str(name);
        self.ends.push(self.joined.len());
    }

    /// Adds the rows of a later part.
    pub(crate) fn append(&mut self, later: &Self) {
        let moved = self.joined.len();
        self.joined.push_str(&later.joined);
        self.ends.extend(later.ends.iter().map(|end| end + moved));
    }
}

impl Index<usize> for Names {
    type Output = str;

    fn index(&self, row: usize) -> &str {
        self.get(row).expect("there is such a row")
    }
}

impl<S: AsRef<str>> FromIterator<S> for Names {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut column = Self::default();
        names.into_iter().for_each(|name| column.push(name.as_ref()));
        column
    }
}

impl<const N: usize> PartialEq<[&str; N]> for Names {
    fn eq(&self, other: &[&str; N]) -> bool {
        self.iter().eq(other.iter().copied())
    }
}
