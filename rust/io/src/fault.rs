//! What is wrong in a text, before it is known which file the text is of.

use jiter::{Jiter, JiterError, LinePosition};

use crate::error::{Error, Record};

/// JSON that is malformed, or of the wrong outer form, at a byte of the text.
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
    /// The error of a parser that began at byte `start` of the text.
    pub fn new(start: usize, error: &JiterError) -> Self {
        Self { at: start + error.index, message: error.error_type.to_string() }
    }

    /// The first place where a text is no JSON.
    fn check(text: &[u8]) -> Option<Self> {
        let mut jiter = Jiter::new(text).with_allow_inf_nan();
        let error = jiter.next_skip().and_then(|()| jiter.finish()).err()?;
        Some(Self::new(0, &error))
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
    /// The error to show. A text that is no JSON is told so, at the first place where it is not: masks are
    /// passed over by their brackets, so a bracket missing there comes to notice only further on.
    pub fn into_error(self, path: String, text: &[u8]) -> Error {
        match Syntax::check(text).map_or(self, Self::Syntax) {
            Self::Syntax(syntax) | Self::Record(_, Flaw::Syntax(syntax)) => {
                let position = LinePosition::find(text, syntax.at);
                Error::Syntax { path, line: position.line, column: position.column.max(1), message: syntax.message }
            }
            Self::Record(record, Flaw::Missing { field }) => Error::MissingField { path, record, field },
            Self::Record(record, Flaw::Wrong { field, found, expected }) => {
                Error::WrongValue { path, record, field, found, expected }
            }
            Self::Record(record, Flaw::BoxLength { found }) => Error::BoxLength { path, record, found },
        }
    }
}
