//! Walks a JSON text value by value. Every byte is looked at, what is passed over included, and nothing is
//! built that is not asked for: most of a text is passed over, and most of the rest is a few numbers.

use std::borrow::Cow;

use crate::fault::{Flaw, Syntax};
use crate::ids::{Id, Ids};
use crate::number::{EXACT, Number, POWERS_OF_TEN, SAFE_DIGITS, short_number};

/// Lists and objects in each other, before a text is refused that means to exhaust the stack.
const MAX_DEPTH: usize = 200;

/// A place in a text: before a value, a bracket, a comma or the end, never before white space. Python writes
/// `NaN` and `Infinity` into JSON: they are read, and refused where they are used, so that the message can
/// name the record.
pub(crate) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    leads: Vec<Lead<'a>>,
}

/// What leads to the value of a field: a bracket or comma, the name and a colon.
struct Lead<'a> {
    text: &'a [u8],
    name: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// A cursor before the value at byte `start`.
    pub fn at(text: &'a [u8], start: usize) -> Self {
        let mut cursor = Self { text, at: start, leads: Vec::new() };
        cursor.step(0);
        cursor
    }

    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    pub fn position(&self) -> usize {
        self.at
    }

    /// Hands the name of each field of an object to `read`, which must consume its value.
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

    /// The same for one object of many alike: whoever writes a list of records writes the fields of each in the
    /// same order, so all up to a value is first compared with what was there in the record before.
    pub fn record<E: From<Syntax>>(
        &mut self,
        mut read: impl FnMut(&mut Self, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for place in 0.. {
            let name = match self.leads.get(place) {
                Some(lead) if self.text[self.at..].starts_with(lead.text) => {
                    let name = lead.name;
                    self.step(lead.text.len());
                    Cow::Borrowed(name)
                }
                _ => {
                    let start = self.at;
                    let Some(name) = self.name(place == 0)? else { break };
                    if let Cow::Borrowed(name) = name {
                        self.leads.truncate(place);
                        self.leads.push(Lead { text: &self.text[start..self.at], name });
                    }
                    name
                }
            };
            read(self, &name)?;
        }
        Ok(())
    }

    /// The name of the next field of an object, and a step to its value; None behind the last field.
    fn name(&mut self, first: bool) -> Result<Option<Cow<'a, [u8]>>, Syntax> {
        match (self.peek(), first) {
            (Some(b'{'), true) => {
                self.step(1);
                if self.peek() == Some(b'}') {
                    self.step(1);
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

    /// Enters a list; whether it has a first item.
    pub fn open_list(&mut self) -> Result<bool, Syntax> {
        self.expect(b'[', "a list")?;
        let empty = self.peek() == Some(b']');
        if empty {
            self.step(1);
        }
        Ok(!empty)
    }

    /// Steps past an item of a list; whether another follows.
    #[inline]
    pub fn next_item(&mut self) -> Result<bool, Syntax> {
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

    /// Passes over a value.
    pub fn skip(&mut self) -> Result<(), Syntax> {
        self.skip_within(MAX_DEPTH)
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
                    self.skip_within(depth - 1)?;
                    more = self.next_item()?;
                }
                Ok(())
            }
            Some(b'{') => self.object(|cursor, _| cursor.skip_within(depth - 1)),
            Some(b'"') => self.raw_string("a text").map(drop),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.any_number().map(drop),
        }
    }

    /// Nothing but white space may follow.
    pub fn finish(&self) -> Result<(), Syntax> {
        if self.at == self.text.len() { Ok(()) } else { Err(self.expected("the end of the file")) }
    }

    /// An id, as its code in the column that it is for.
    pub fn id(&mut self, field: &'static str, ids: &mut Ids) -> Result<i64, Flaw> {
        const EXPECTED: &str = "an integer or a text";
        if self.peek() == Some(b'"') {
            return Ok(ids.encode(Id::Text(&String::from_utf8_lossy(&self.string_bytes(EXPECTED)?))));
        }
        let whole = |value: f64| {
            let exact = value.fract() == 0.0 && value.abs() <= EXACT as f64;
            if exact { Ok(value as i64) } else { Err(Flaw::wrong(field, value, EXPECTED)) }
        };
        let id = match self.short_number() {
            Some((digits, 0)) => digits as i64,
            Some((digits, decimals)) => whole(digits as f64 / POWERS_OF_TEN[decimals])?,
            None => {
                let number = self.number_as_written(field, EXPECTED)?;
                number.as_str().parse().or_else(|_| whole(number.value()))?
            }
        };
        Ok(ids.encode(Id::Int(id)))
    }

    /// A finite number.
    #[inline]
    pub fn number(&mut self, field: &'static str) -> Result<f64, Flaw> {
        const EXPECTED: &str = "a finite number";
        if let Some((digits, decimals)) = self.short_number() {
            return Ok(digits as f64 / POWERS_OF_TEN[decimals]);
        }
        let number = self.number_as_written(field, EXPECTED)?.value();
        if number.is_finite() { Ok(number) } else { Err(Flaw::wrong(field, number, EXPECTED)) }
    }

    /// The four numbers of a bbox.
    pub fn bbox(&mut self) -> Result<[f64; 4], Flaw> {
        if !self.at_list() {
            return Err(self.wrong("bbox", "a list of 4 numbers"));
        }
        let mut bbox = [0.0; 4];
        let mut found = 0;
        let mut more = self.open_list()?;
        while more {
            let number = self.number("bbox")?;
            if let Some(place) = bbox.get_mut(found) {
                *place = number;
            }
            found += 1;
            more = self.next_item()?;
        }
        if found == bbox.len() { Ok(bbox) } else { Err(Flaw::BoxLength { found }) }
    }

    /// A flag, as 0 and 1 or as a boolean; null is no.
    pub fn flag(&mut self, field: &'static str) -> Result<bool, Flaw> {
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

    pub fn string(&mut self, field: &'static str) -> Result<String, Flaw> {
        const EXPECTED: &str = "a text";
        if self.peek() != Some(b'"') {
            return Err(self.wrong(field, EXPECTED));
        }
        Ok(String::from_utf8_lossy(&self.string_bytes(EXPECTED)?).into_owned())
    }

    /// Consumes a null, if that is what comes next: the same as if the field were not there.
    pub fn null(&mut self) -> Result<bool, Syntax> {
        let null = self.peek() == Some(b'n');
        if null {
            self.word("null")?;
        }
        Ok(null)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Steps over a token of this length and the white space behind it.
    #[inline]
    fn step(&mut self, length: usize) {
        self.at += length;
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    #[inline]
    fn expect(&mut self, token: u8, what: &'static str) -> Result<(), Syntax> {
        if self.peek() != Some(token) {
            return Err(self.expected(what));
        }
        self.step(1);
        Ok(())
    }

    fn word(&mut self, word: &'static str) -> Result<(), Syntax> {
        if !self.text[self.at..].starts_with(word.as_bytes()) {
            return Err(self.expected("a value"));
        }
        self.step(word.len());
        Ok(())
    }

    fn expected(&self, what: &'static str) -> Syntax {
        Syntax::new(self.text, self.at, what)
    }

    /// A value of the wrong kind; or that it is no value at all.
    fn wrong(&mut self, field: &'static str, expected: &'static str) -> Flaw {
        let found = match self.peek() {
            Some(b'"') => "a text",
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

    fn number_as_written(&mut self, field: &'static str, expected: &'static str) -> Result<Number<'a>, Flaw> {
        match self.peek() {
            Some(b'-' | b'0'..=b'9' | b'N' | b'I') => Ok(self.any_number()?),
            _ => Err(self.wrong(field, expected)),
        }
    }

    /// Steps over a number of seven characters or fewer, as most are: its digits as one integer, and how many of
    /// them stand behind the point. None if it is none of these, or stands at the very end.
    #[inline(always)]
    fn short_number(&mut self) -> Option<(u64, usize)> {
        let (length, digits, decimals) = short_number(*self.text[self.at..].first_chunk()?)?;
        self.step(length);
        Some((digits, decimals))
    }

    /// Steps over any number.
    #[inline(never)]
    fn any_number(&mut self) -> Result<Number<'a>, Syntax> {
        let start = self.at;
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let mut mantissa = 0_u64;
        let whole = match self.peek() {
            Some(b'0') => {
                self.at += 1;
                1
            }
            Some(b'1'..=b'9') => self.digits(&mut mantissa)?,
            _ => return self.number_word(start),
        };
        let mut decimals = 0;
        if self.peek() == Some(b'.') {
            self.at += 1;
            decimals = self.digits(&mut mantissa)?;
        }
        let exponent = matches!(self.peek(), Some(b'e' | b'E'));
        if exponent {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits(&mut 0)?;
        }
        let text = &self.text[start..self.at];
        self.step(0);
        let decimal = (!exponent && whole + decimals <= SAFE_DIGITS).then_some((mantissa, decimals));
        Ok(Number { text, negative, decimal })
    }

    /// Steps over the rest of a number that begins at `start`, but with no digit.
    #[cold]
    fn number_word(&mut self, start: usize) -> Result<Number<'a>, Syntax> {
        let negative = self.at > start;
        match self.peek() {
            Some(b'I') => self.word("Infinity")?,
            Some(b'N') if !negative => self.word("NaN")?,
            _ => return Err(self.expected(if negative { "a digit" } else { "a value" })),
        }
        Ok(Number { text: self.text[start..self.at].trim_ascii_end(), negative, decimal: None })
    }

    /// Steps over digits, at least one, and appends them to a number; how many there are.
    #[inline]
    fn digits(&mut self, number: &mut u64) -> Result<usize, Syntax> {
        let start = self.at;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            *number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        if self.at == start { Err(self.expected("a digit")) } else { Ok(self.at - start) }
    }

    /// The bytes of a string, which are UTF-8.
    #[inline]
    fn string_bytes(&mut self, what: &'static str) -> Result<Cow<'a, [u8]>, Syntax> {
        let start = self.at;
        let raw = self.raw_string(what)?;
        if !raw.escaped {
            return Ok(Cow::Borrowed(raw.text));
        }
        let quoted = &self.text[start..start + raw.text.len() + 2];
        match serde_json::from_slice::<String>(quoted) {
            Ok(text) => Ok(Cow::Owned(text.into_bytes())),
            Err(_) => Err(Syntax::new(self.text, start, "a text without halves of surrogate pairs")),
        }
    }

    #[inline]
    fn raw_string(&mut self, what: &'static str) -> Result<RawString<'a>, Syntax> {
        if self.peek() != Some(b'"') {
            return Err(self.expected(what));
        }
        self.at += 1;
        let start = self.at;
        let (mut escaped, mut ascii) = (false, true);
        loop {
            self.at += plain_length(&self.text[self.at..]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(0x80..) => {
                    ascii = false;
                    self.at += 1;
                }
                _ => return Err(self.expected("the rest of a text and its closing quote")),
            }
        }
        let text = &self.text[start..self.at];
        if !ascii && let Err(error) = std::str::from_utf8(text) {
            return Err(Syntax::new(self.text, start + error.valid_up_to(), "UTF-8"));
        }
        self.step(1);
        Ok(RawString { text, escaped })
    }

    fn escape(&mut self) -> Result<(), Syntax> {
        const EXPECTED: &str = r#"one of `"`, `\`, `/`, b, f, n, r, t and u with four hexadecimal digits"#;
        self.at += 1;
        let hexadecimal = match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 0,
            Some(b'u') => 4,
            _ => return Err(self.expected(EXPECTED)),
        };
        self.at += 1;
        for _ in 0..hexadecimal {
            if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                return Err(self.expected(EXPECTED));
            }
            self.at += 1;
        }
        Ok(())
    }
}

/// What stands between the quotes of a string.
struct RawString<'a> {
    text: &'a [u8],
    escaped: bool,
}

/// How many bytes at the start of `text` are ASCII characters of a string that stand for themselves.
#[inline]
fn plain_length(text: &[u8]) -> usize {
    // So many are compared at once.
    const LANES: usize = 16;
    let special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\' || *byte >= 0x80;
    let lanes = text.chunks_exact(LANES);
    let plain = LANES * lanes.take_while(|lane| !lane.iter().fold(false, |any, byte| any | special(byte))).count();
    plain + text[plain..].iter().position(special).unwrap_or(text.len() - plain)
}
