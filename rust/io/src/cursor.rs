//! Walks a JSON text value by value, by way of `jiter`.

use jiter::{Jiter, JiterError, JiterErrorType, NumberAny, NumberInt, Peek};
use memchr::{memchr2, memchr3};

use crate::fault::{Flaw, Syntax};
use crate::ids::{Id, Ids};

/// Up to here every integer is a float of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A place in a text. Python writes `NaN` and `Infinity` into JSON: they are read, and refused where
/// they are used, so that the message can name the record.
pub(crate) struct Cursor<'a> {
    text: &'a [u8],
    start: usize,
    jiter: Jiter<'a>,
}

impl<'a> Cursor<'a> {
    /// A cursor before the value at byte `start`.
    pub fn at(text: &'a [u8], start: usize) -> Self {
        Self { text, start, jiter: Jiter::new(&text[start..]).with_allow_inf_nan() }
    }

    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    pub fn position(&self) -> usize {
        self.start + self.jiter.current_index()
    }

    /// Hands each field of an object to `read`, which must consume its value.
    pub fn object<F, E: From<Syntax>>(
        &mut self,
        field: impl Fn(&str) -> F,
        mut read: impl FnMut(&mut Self, F) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut key = self.jiter.next_object().map(|key| key.map(&field));
        while let Some(name) = key.map_err(|error| self.syntax(&error))? {
            read(self, name)?;
            key = self.jiter.next_key().map(|key| key.map(&field));
        }
        Ok(())
    }

    /// Enters a list; whether it has a first item.
    pub fn open_list(&mut self) -> Result<bool, Syntax> {
        let first = self.jiter.next_array();
        Ok(first.map_err(|error| self.syntax(&error))?.is_some())
    }

    /// Steps past an item of a list; whether another follows.
    pub fn next_item(&mut self) -> Result<bool, Syntax> {
        let next = self.jiter.array_step();
        Ok(next.map_err(|error| self.syntax(&error))?.is_some())
    }

    /// Whether the next value is a list.
    pub fn at_list(&mut self) -> Result<bool, Syntax> {
        Ok(self.peek()? == Peek::Array)
    }

    pub fn skip(&mut self) -> Result<(), Syntax> {
        self.jiter.next_skip().map_err(|error| self.syntax(&error))
    }

    /// Passes over a list or an object by its brackets alone, several times as fast as `skip`: masks are
    /// most of many files. What stands between the brackets is not looked at.
    pub fn skip_brackets(&mut self) -> Result<(), Syntax> {
        let peek = self.peek()?;
        match closing_bracket(&self.text[self.position()..], peek) {
            Some(length) => *self = Self::at(self.text, self.position() + length),
            None => self.skip()?,
        }
        Ok(())
    }

    /// Nothing but white space may follow.
    pub fn finish(&mut self) -> Result<(), Syntax> {
        self.jiter.finish().map_err(|error| self.syntax(&error))
    }

    /// An id, as its code in the column that it is for.
    pub fn id(&mut self, field: &'static str, ids: &mut Ids) -> Result<i64, Flaw> {
        const EXPECTED: &str = "an integer or a text";
        let id = match self.peek()? {
            Peek::String => match self.jiter.known_str() {
                Ok(text) => Id::Text(text),
                Err(error) => return Err(self.syntax(&error).into()),
            },
            peek => match self.jiter.known_number(peek) {
                Ok(NumberAny::Int(NumberInt::Int(int))) => Id::Int(int),
                Ok(NumberAny::Float(float)) if float.fract() == 0.0 && float.abs() <= EXACT => Id::Int(float as i64),
                Ok(number) => return Err(Flaw::wrong(field, f64::from(number), EXPECTED)),
                Err(error) => return Err(self.wrong(&error, field, EXPECTED)),
            },
        };
        Ok(ids.encode(id))
    }

    /// A finite number.
    pub fn number(&mut self, field: &'static str) -> Result<f64, Flaw> {
        const EXPECTED: &str = "a finite number";
        match self.jiter.next_float() {
            Ok(number) if number.is_finite() => Ok(number),
            Ok(number) => Err(Flaw::wrong(field, number, EXPECTED)),
            Err(error) => Err(self.wrong(&error, field, EXPECTED)),
        }
    }

    /// The four numbers of a bbox.
    pub fn bbox(&mut self) -> Result<[f64; 4], Flaw> {
        let mut bbox = [0.0; 4];
        let mut found = 0;
        let mut item = self.jiter.next_array();
        loop {
            match item {
                Ok(Some(_)) => {}
                Ok(None) if found == bbox.len() => return Ok(bbox),
                Ok(None) => return Err(Flaw::BoxLength { found }),
                Err(error) => return Err(self.wrong(&error, "bbox", "a list of 4 numbers")),
            }
            let number = self.number("bbox")?;
            if let Some(place) = bbox.get_mut(found) {
                *place = number;
            }
            found += 1;
            item = self.jiter.array_step();
        }
    }

    /// A flag, as 0 and 1 or as a boolean; null is no.
    pub fn flag(&mut self, field: &'static str) -> Result<bool, Flaw> {
        const EXPECTED: &str = "0, 1, true or false";
        let peek = self.peek()?;
        let flag = match peek {
            Peek::Null => self.jiter.known_null().map(|()| false),
            Peek::True | Peek::False => self.jiter.known_bool(peek),
            _ => match self.jiter.known_float(peek) {
                Ok(0.0) => Ok(false),
                Ok(1.0) => Ok(true),
                Ok(number) => return Err(Flaw::wrong(field, number, EXPECTED)),
                Err(error) => Err(error),
            },
        };
        flag.map_err(|error| self.wrong(&error, field, EXPECTED))
    }

    pub fn string(&mut self, field: &'static str) -> Result<String, Flaw> {
        match self.jiter.next_str() {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(self.wrong(&error, field, "a text")),
        }
    }

    /// Consumes a null, if that is what comes next: the same as if the field were not there.
    pub fn null(&mut self) -> Result<bool, Syntax> {
        let null = self.peek()? == Peek::Null;
        if null {
            self.skip()?;
        }
        Ok(null)
    }

    fn peek(&mut self) -> Result<Peek, Syntax> {
        self.jiter.peek().map_err(|error| self.syntax(&error))
    }

    fn syntax(&self, error: &JiterError) -> Syntax {
        Syntax::new(self.start, error)
    }

    fn wrong(&self, error: &JiterError, field: &'static str, expected: &'static str) -> Flaw {
        match &error.error_type {
            JiterErrorType::WrongType { actual, .. } => Flaw::wrong(field, actual, expected),
            JiterErrorType::JsonError(_) => self.syntax(error).into(),
        }
    }
}

/// The length of the list or object that `text` begins with, if it is one and ends. In well-formed JSON
/// brackets of one kind pair up whatever those of the other kind do.
fn closing_bracket(text: &[u8], peek: Peek) -> Option<usize> {
    let (open, close) = match peek {
        Peek::Array => (b'[', b']'),
        Peek::Object => (b'{', b'}'),
        _ => return None,
    };
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        at += memchr3(b'"', open, close, &text[at..])?;
        match text[at] {
            b'"' => at += string_length(&text[at..])?,
            bracket => {
                depth = if bracket == open { depth + 1 } else { depth - 1 };
                at += 1;
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The length of the string that `text` begins with, quotes included, if it ends.
fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}
