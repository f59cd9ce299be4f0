//! The columns of a table, on borrowed memory.

use crate::table::number::{write_float, write_int};

/// A column of a table; where `nothing` is set, the cell is empty.
///
/// ```
/// use boxlint_io::{Cell, TableColumn, Texts};
///
/// let names = Texts { offsets: &[0, 3, 6], data: b"catdog", ..Texts::default() };
/// let column = TableColumn::Taken { rows: &[1, -1, 1], texts: names };
/// assert_eq!([0, 1, 2].map(|row| column.cell(row)), [Cell::Text(b"dog"), Cell::Nothing, Cell::Text(b"dog")]);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum TableColumn<'a> {
    /// Integers.
    Ints {
        /// One a row.
        values: &'a [i64],
        /// Where there is none.
        nothing: Option<&'a [bool]>,
    },
    /// Floats.
    Floats {
        /// One a row.
        values: &'a [f64],
        /// Where there is none.
        nothing: Option<&'a [bool]>,
    },
    /// Texts, one a row.
    Texts(Texts<'a>),
    /// Texts of which each can stand in many rows.
    Taken {
        /// For each row which text it is, -1 for none.
        rows: &'a [i64],
        /// The texts.
        texts: Texts<'a>,
    },
}

/// Texts, end to end: that of row i is `data[offsets[i]..offsets[i + 1]]`, in UTF-8.
#[derive(Clone, Copy, Debug, Default)]
pub struct Texts<'a> {
    /// One more than there are texts.
    pub offsets: &'a [i64],
    /// The bytes of all texts.
    pub data: &'a [u8],
    /// Where there is none.
    pub nothing: Option<&'a [bool]>,
    /// Which are the digits of an integer that stands among texts: JSON has it as a number.
    pub integer: Option<&'a [bool]>,
}

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Nothing,
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A text, in UTF-8.
    Text(&'a [u8]),
    /// The digits of an integer.
    Digits(&'a [u8]),
}

impl<'a> TableColumn<'a> {
    /// Number of rows.
    ///
    /// ```
    /// # use boxlint_io::TableColumn;
    /// assert_eq!(TableColumn::Ints { values: &[7, 8], nothing: None }.len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Ints { values, .. } => values.len(),
            Self::Floats { values, .. } => values.len(),
            Self::Texts(texts) => texts.offsets.len().saturating_sub(1),
            Self::Taken { rows, .. } => rows.len(),
        }
    }

    /// Whether there is no row.
    ///
    /// ```
    /// # use boxlint_io::TableColumn;
    /// assert!(TableColumn::Ints { values: &[], nothing: None }.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What stands in a row; nothing below the last row.
    ///
    /// ```
    /// # use boxlint_io::{Cell, TableColumn};
    /// let column = TableColumn::Floats { values: &[0.5, 0.0], nothing: Some(&[false, true]) };
    /// assert_eq!([0, 1, 2].map(|row| column.cell(row)), [Cell::Float(0.5), Cell::Nothing, Cell::Nothing]);
    /// ```
    #[inline]
    #[must_use]
    pub fn cell(&self, row: usize) -> Cell<'a> {
        match *self {
            Self::Ints { nothing, .. } | Self::Floats { nothing, .. } if is_set(nothing, row) => Cell::Nothing,
            Self::Ints { values, .. } => values.get(row).map_or(Cell::Nothing, |&value| Cell::Int(value)),
            Self::Floats { values, .. } => values.get(row).map_or(Cell::Nothing, |&value| Cell::Float(value)),
            Self::Texts(texts) => texts.cell(row),
            Self::Taken { rows, texts } => {
                let taken = rows.get(row).and_then(|&taken| usize::try_from(taken).ok());
                taken.map_or(Cell::Nothing, |taken| texts.cell(taken))
            }
        }
    }
}

impl<'a> Texts<'a> {
    /// What stands in a row; nothing below the last row.
    #[inline]
    fn cell(&self, row: usize) -> Cell<'a> {
        if is_set(self.nothing, row) {
            return Cell::Nothing;
        }
        let ends = self.offsets.get(row).zip(self.offsets.get(row + 1));
        match ends.and_then(|(&start, &end)| self.data.get(start as usize..end as usize)) {
            None => Cell::Nothing,
            Some(digits) if is_set(self.integer, row) => Cell::Digits(digits),
            Some(text) => Cell::Text(text),
        }
    }
}

impl<'a> Cell<'a> {
    /// What stands there as a text, in memory of its own if need be; None for nothing.
    ///
    /// ```
    /// # use boxlint_io::Cell;
    /// let mut memory = Vec::new();
    /// assert_eq!(Cell::Int(7).text(&mut memory), Some(&b"7"[..]));
    /// assert_eq!(Cell::Nothing.text(&mut memory), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn text(self, memory: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        match self {
            Self::Nothing => None,
            Self::Text(text) | Self::Digits(text) => Some(text),
            Self::Int(int) => {
                memory.clear();
                write_int(memory, int);
                Some(memory)
            }
            Self::Float(float) => {
                memory.clear();
                write_float(memory, float);
                Some(memory)
            }
        }
    }
}

#[inline]
fn is_set(flags: Option<&[bool]>, row: usize) -> bool {
    flags.is_some_and(|flags| flags.get(row) == Some(&true))
}
