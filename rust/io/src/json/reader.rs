//! Reads a JSON text value by value. Every byte is checked, skipped values included, but only the values that are asked
//! for are built: most of a COCO file is skipped, and most of the rest are numbers.

use std::borrow::Cow;

use crate::decimal::{POWERS_OF_TEN, short_number};
use crate::ids::{Id, Ids};
use crate::json::fault::{Flaw, Syntax};
use crate::json::numbers::{AN_ID, after_short_numbers, four_numbers, leading_number, not_an_id, whole};
use crate::json::tokens::{Number, RawString, after_space};

/// Lists and objects nested deeper than this are refused: reading them takes one stack frame a level.
const MAX_DEPTH: usize = 200;

/// A text and the position of what is read next, which is never white space.
///
/// Python writes `NaN` and `Infinity` into JSON. They are read as numbers, and refused by whoever uses the number, so
/// that the message can name the record.
///
/// Where records are read, its place stays in registers as long as no call is given a reference to it: so what is seldom
/// called there is given a [copy](Self::apart). The next value can be read no sooner than its place is known.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    text: &'a [u8],
    /// The end of the text, from what is read next.
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of the value at byte `start`.
    pub fn at(text: &'a [u8], start: usize) -> Self {
        let mut reader = Self { text, rest: text };
        reader.step(start);
        reader
    }

    /// What `read` makes of a copy, whose place is then that of this one.
    #[inline(always)]
    pub fn apart<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let mut copy = *self;
        let value = read(&mut copy);
        self.rest = copy.rest;
        value
    }

    /// The whole text.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The byte that is read next.
    pub fn position(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    /// The text from that byte on.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Reads an object: calls `read` with the name of each field, and `read` must consume the value.
    pub fn object<E: From<Syntax>>(
        &mut self,
        mut read: impl FnMut(&mut Self, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut first = true;
        while let Some(name) = self.name(first)? {
            read(self, &name)?;
            first = false;
        }
        Ok(())
    }

    /// Reads the name of the next field of an object and the colon; None after the last field.
    pub fn name(&mut self, first: bool) -> Result<Option<Cow<'a, [u8]>>, Syntax> {
        match (self.peek(), first) {
            (Some(b'{'), true) => {
                self.step(1);
                if self.close_object() {
                    return Ok(None);
                }
            }
            (Some(b','), false) => self.step(1),
            (Some(b'}'), false) => {
                self.step(1);
                return Ok(None);
            }
            _ => return Err(self.expected(if first { "an object" } else { "`,` or `}`" })),
        }
        let name = self.string_bytes("a name in quotes")?;
        self.expect(b':', "`:`")?;
        Ok(Some(name))
    }

    /// Reads the bracket that closes an object if it comes next; returns whether it did.
    #[inline(always)]
    pub(super) fn close_object(&mut self) -> bool {
        let closes = self.peek() == Some(b'}');
        if closes {
            self.step(1);
        }
        closes
    }

    /// Reads the bracket that opens a list; returns whether the list has an item.
    pub fn open_list(&mut self) -> Result<bool, Syntax> {
        self.expect(b'[', "a list")?;
        let empty = self.peek() == Some(b']');
        if empty {
            self.step(1);
        }
        Ok(!empty)
    }

    /// Reads the comma or bracket after an item of a list; returns whether another item follows.
    #[inline(always)]
    pub fn next_item(&mut self) -> Result<bool, Syntax> {
        // As Python writes it.
        if let [b',', b' ', b'!'..=b'~', ..] = self.rest {
            self.rest = &self.rest[2..];
            return Ok(true);
        }
        let more = match self.peek() {
            Some(b',') => true,
            Some(b']') => false,
            _ => return Err(self.expected("`,` or `]`")),
        };
        self.step(1);
        Ok(more)
    }

    /// Whether the next value is a list.
    pub fn at_list(&self) -> bool {
        self.peek() == Some(b'[')
    }

    /// Whether the next value is an object.
    pub fn at_object(&self) -> bool {
        self.peek() == Some(b'{')
    }

    /// Whether the next value is a string.
    #[inline(always)]
    pub fn at_string(&self) -> bool {
        self.peek() == Some(b'"')
    }

    /// Skips a value.
    #[inline(always)]
    pub fn skip(&mut self) -> Result<(), Syntax> {
        self.apart(|reader| reader.skip_within(MAX_DEPTH))
    }

    /// Skips the value at byte `start`, whatever of it was read.
    pub fn skip_from(&mut self, start: usize) -> Result<(), Syntax> {
        self.rest = &self.text[start..];
        self.skip()
    }

    /// Skips an item of a list.
    pub fn skip_item(&mut self) -> Result<(), Syntax> {
        self.skip_within(MAX_DEPTH - 1)
    }

    fn skip_within(&mut self, depth: usize) -> Result<(), Syntax> {
        if self.short_number().is_some() {
            return Ok(());
        }
        match self.peek() {
            Some(b'[' | b'{') if depth == 0 => Err(self.expected("fewer lists and objects in each other")),
            Some(b'[') => {
                let mut more = self.open_list()?;
                while more {
                    self.rest = after_short_numbers(self.rest);
                    self.skip_within(depth - 1)?;
                    more = self.next_item()?;
                }
                Ok(())
            }
            Some(b'{') => self.object(|reader, _| reader.skip_within(depth - 1)),
            Some(b'"') => self.raw_string("a string").map(drop),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.any_number().map(drop),
        }
    }

    /// Checks that nothing but white space is left.
    pub fn finish(&self) -> Result<(), Syntax> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.expected("the end of the file")) }
    }

    /// Reads a finite number.
    #[inline(always)]
    pub fn number(&mut self, field: &'static str) -> Result<f64, Flaw> {
        match leading_number(self.rest) {
            (_, 0) => self.apart(|reader| reader.unusual_number(field)),
            (number, length) => {
                self.step(length);
                Ok(number)
            }
        }
    }

    /// Reads a list of four numbers as Python writes it. None, and nothing is read, if the value is not plainly that.
    #[inline(always)]
    pub fn four_numbers(&mut self) -> Option<[f64; 4]> {
        let (numbers, rest) = four_numbers(self.rest)?;
        self.move_to(rest);
        Some(numbers)
    }

    #[cold]
    fn unusual_number(&mut self, field: &'static str) -> Result<f64, Flaw> {
        const EXPECTED: &str = "a finite number";
        let number = self.number_as_written(field, EXPECTED)?.value();
        if number.is_finite() { Ok(number) } else { Err(Flaw::wrong(field, number, EXPECTED)) }
    }

    /// Reads a boolean, which may be written as 0 or 1; null is false.
    #[inline(always)]
    pub fn boolean(&mut self, field: &'static str) -> Result<bool, Flaw> {
        if let [digit @ (b'0' | b'1'), b',' | b'}', ..] = self.rest {
            self.step(1);
            return Ok(*digit == b'1');
        }
        self.apart(|reader| reader.unusual_boolean(field))
    }

    #[inline(never)]
    fn unusual_boolean(&mut self, field: &'static str) -> Result<bool, Flaw> {
        const EXPECTED: &str = "0, 1, true or false";
        match self.peek() {
            Some(b't') => self.word("true").map(|()| true).map_err(Flaw::from),
            Some(b'f') => self.word("false").map(|()| false).map_err(Flaw::from),
            Some(b'n') => self.word("null").map(|()| false).map_err(Flaw::from),
            _ => {
                let number = self.number_as_written(field, EXPECTED)?.value();
                if number == 0.0 || number == 1.0 {
                    Ok(number == 1.0)
                } else {
                    Err(Flaw::wrong(field, number, EXPECTED))
                }
            }
        }
    }

    /// Reads a string.
    pub fn string(&mut self, field: &'static str) -> Result<Cow<'a, str>, Flaw> {
        const EXPECTED: &str = "a string";
        if self.peek() != Some(b'"') {
            return Err(self.wrong(field, EXPECTED));
        }
        Ok(match self.string_bytes(EXPECTED)? {
            Cow::Borrowed(bytes) => Cow::Borrowed(str::from_utf8(bytes).unwrap_or_default()),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).unwrap_or_default()),
        })
    }

    /// Reads an id; returns its code in the column `ids`, to be added there once the whole record is read. None for
    /// null, which counts as missing.
    #[inline(always)]
    pub fn id(&mut self, field: &'static str, ids: &mut Ids) -> Result<Option<i64>, Flaw> {
        match self.short_number() {
            Some((digits, 0)) => Ok(Some(digits as i64)),
            Some((digits, decimals)) => {
                let value = digits as f64 / POWERS_OF_TEN[decimals];
                whole(value).map(Some).ok_or_else(|| Flaw::wrong(field, value, AN_ID))
            }
            None => self.apart(|reader| reader.long_id(field, ids)),
        }
    }

    #[inline(never)]
    fn long_id(&mut self, field: &'static str, ids: &mut Ids) -> Result<Option<i64>, Flaw> {
        if self.at_string() {
            let string = self.string_bytes(AN_ID)?;
            return Ok(Some(ids.encode(Id::String(&String::from_utf8_lossy(&string)))));
        }
        if self.null()? {
            return Ok(None);
        }
        let number = self.number_as_written(field, AN_ID)?;
        let id = number.as_str().parse().ok().or_else(|| whole(number.value()));
        let id = id.ok_or_else(|| not_an_id(field, &number))?;
        Ok(Some(ids.encode(Id::Int(id))))
    }

    /// Reads null if it comes next; returns whether it did. A field that is null counts as missing.
    pub fn null(&mut self) -> Result<bool, Syntax> {
        let null = self.peek() == Some(b'n');
        if null {
            self.word("null")?;
        }
        Ok(null)
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Moves on to `rest`, the end of the text, and past the white space that it begins with.
    #[inline(always)]
    pub(super) fn move_to(&mut self, rest: &'a [u8]) {
        self.rest = match rest {
            [b'\t' | b'\n' | b'\r' | b' ', ..] => after_space(rest),
            _ => rest,
        };
    }

    /// Moves past a token of this length and the white space after it.
    #[inline(always)]
    pub(super) fn step(&mut self, length: usize) {
        self.move_to(self.rest.get(length..).unwrap_or_default());
    }

    #[inline]
    fn expect(&mut self, token: u8, expected: &'static str) -> Result<(), Syntax> {
        if self.peek() != Some(token) {
            return Err(self.expected(expected));
        }
        self.step(1);
        Ok(())
    }

    /// Reads `true`, `false`, `null`, `NaN` or `Infinity`.
    fn word(&mut self, word: &'static str) -> Result<(), Syntax> {
        if !self.rest.starts_with(word.as_bytes()) {
            return Err(self.expected("a value"));
        }
        self.step(word.len());
        Ok(())
    }

    fn expected(self, what: &'static str) -> Syntax {
        Syntax::new(self.text, self.position(), what)
    }

    /// The flaw of a value of the wrong type, or the syntax error if it is no value at all.
    pub fn wrong(&mut self, field: &'static str, expected: &'static str) -> Flaw {
        let found = match self.peek() {
            Some(b'"') => "a string",
            Some(b'[') => "a list",
            Some(b'{') => "an object",
            Some(b't') => "true",
            Some(b'f') => "false",
            Some(b'n') => "null",
            _ => "a number",
        };
        match self.skip() {
            Ok(()) => Flaw::wrong(field, found, expected),
            Err(syntax) => syntax.into(),
        }
    }

    #[inline(always)]
    fn number_as_written(&mut self, field: &'static str, expected: &'static str) -> Result<Number<'a>, Flaw> {
        match self.peek() {
            Some(b'-' | b'0'..=b'9' | b'N' | b'I') => Ok(self.any_number()?),
            _ => Err(self.wrong(field, expected)),
        }
    }

    /// Reads a number of seven characters or fewer, as most are: returns its digits as one integer and how many of them
    /// are decimals. None for any other value, and within the last eight bytes of the text.
    #[inline(always)]
    fn short_number(&mut self) -> Option<(u64, usize)> {
        let (length, digits, decimals) = short_number(*self.rest.first_chunk()?)?;
        self.step(length);
        Some((digits, decimals))
    }

    /// Reads any number.
    #[inline(always)]
    fn any_number(&mut self) -> Result<Number<'a>, Syntax> {
        let number = Number::read(self.text, self.rest)?;
        self.step(number.length());
        Ok(number)
    }

    /// The bytes of a string, which are UTF-8.
    #[inline]
    fn string_bytes(&mut self, expected: &'static str) -> Result<Cow<'a, [u8]>, Syntax> {
        let start = self.position();
        let string = self.raw_string(expected)?;
        string.bytes().ok_or_else(|| Syntax::new(self.text, start, "a string without halves of surrogate pairs"))
    }

    #[inline]
    fn raw_string(&mut self, expected: &'static str) -> Result<RawString<'a>, Syntax> {
        let string = RawString::read(self.text, self.position(), expected)?;
        self.step(string.quoted.len());
        Ok(string)
    }
}
