//! What is wrong with a text or with one record of it. The name of the file and the line are added last, in
//! [`Syntax::into_error`].

use std::fmt;

use crate::error::Error;
use crate::source::Place;

/// The text is not the JSON that is expected at this byte.
#[derive(Debug)]
pub(crate) struct Syntax {
    at: usize,
    message: String,
}

/// What is wrong with one record.
#[derive(Debug)]
pub(crate) enum Flaw {
    Syntax(Syntax),
    Missing { field: &'static str },
    Wrong { field: &'static str, found: String, expected: &'static str },
    BoxLength { found: usize },
}

impl Syntax {
    /// Byte `at` of `text` is something else than `expected`.
    pub fn new(text: &[u8], at: usize, expected: &'static str) -> Self {
        let found = match text[at..].utf8_chunks().next().map(|chunk| chunk.valid().chars().next()) {
            Some(Some(found)) => format!("{found:?}"),
            Some(None) => "no character".to_owned(),
            None => "the end of the file".to_owned(),
        };
        Self { at, message: format!("expected {expected}, found {found}") }
    }

    /// Where it is.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The error for whoever reads the file `path`, in which the byte is at `place`.
    pub fn into_error(self, path: String, place: &Place) -> Error {
        let Place { line, column, follows } = *place;
        // A file of one object a line is JSON up to the second object.
        if follows == Some(b'}') && self.message == "expected the end of the file, found '{'" {
            return Error::JsonLines { path, line };
        }
        Error::Syntax { path, line, column, message: self.message }
    }
}

impl Flaw {
    pub fn wrong(field: &'static str, found: impl ToString, expected: &'static str) -> Self {
        Self::Wrong { field, found: found.to_string(), expected }
    }

    /// Whether both are the same fault of the same field, whatever the value.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Missing { field }, Self::Missing { field: other }) => field == other,
            (Self::Wrong { field, expected, .. }, Self::Wrong { field: other, expected: too, .. }) => {
                (field, expected) == (other, too)
            }
            (Self::Syntax(_), Self::Syntax(_)) | (Self::BoxLength { .. }, Self::BoxLength { .. }) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(Syntax { message, .. }) => f.write_str(message),
            Self::Missing { field } => write!(f, "{field} is missing"),
            Self::Wrong { field, found, expected } => write!(f, "{field} is {found}, {expected} expected"),
            Self::BoxLength { found } => write!(f, "bbox has {found} numbers, 4 expected"),
        }
    }
}

impl From<Syntax> for Flaw {
    fn from(syntax: Syntax) -> Self {
        Self::Syntax(syntax)
    }
}

/// The value of a field that a record needs.
pub(crate) fn required<T>(value: Option<T>, field: &'static str) -> Result<T, Flaw> {
    value.ok_or(Flaw::Missing { field })
}
