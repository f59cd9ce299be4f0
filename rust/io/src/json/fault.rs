//! What is wrong with a text or with one record of it. The name of the file and the line are added last, in
//! [`Fault::into_error`].

use crate::error::Error;
use crate::record::Record;

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

/// What is wrong with a text.
#[derive(Debug)]
pub(crate) enum Fault {
    Syntax(Syntax),
    Record(Record, Flaw),
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
}

impl Flaw {
    pub fn wrong(field: &'static str, found: impl ToString, expected: &'static str) -> Self {
        Self::Wrong { field, found: found.to_string(), expected }
    }
}

impl From<Syntax> for Flaw {
    fn from(syntax: Syntax) -> Self {
        Self::Syntax(syntax)
    }
}

impl From<Syntax> for Fault {
    fn from(syntax: Syntax) -> Self {
        Self::Syntax(syntax)
    }
}

impl Fault {
    /// The error for whoever reads the file `path`, whose content is `text`.
    pub fn into_error(self, path: String, text: &[u8]) -> Error {
        match self {
            Self::Syntax(Syntax { at, message }) | Self::Record(_, Flaw::Syntax(Syntax { at, message })) => {
                let before = &text[..at];
                let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
                let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
                Error::Syntax { path, line, column: at - line_start + 1, message }
            }
            Self::Record(record, Flaw::Missing { field }) => Error::MissingField { path, record, field },
            Self::Record(record, Flaw::Wrong { field, found, expected }) => {
                Error::WrongValue { path, record, field, found, expected }
            }
            Self::Record(record, Flaw::BoxLength { found }) => Error::BoxLength { path, record, found },
        }
    }
}
