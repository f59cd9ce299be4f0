//! Strings and numbers of a JSON text as they are written: where they end, and what they stand for.

use std::borrow::Cow;

use crate::decimal::digits;
use crate::json::fault::Syntax;

/// A number as it is written.
pub(super) struct Number<'a>(&'a [u8]);

impl<'a> Number<'a> {
    /// The number that `rest`, the end of `text`, begins with: checked.
    #[inline(always)]
    pub fn read(text: &'a [u8], rest: &'a [u8]) -> Result<Self, Syntax> {
        let negative = rest.first() == Some(&b'-');
        let whole = &rest[usize::from(negative)..];
        let some_digits = |rest: &'a [u8]| match digits(rest, 0) {
            (after, _) if after.len() < rest.len() => Ok(after),
            _ => Err(Syntax::new(text, text.len() - rest.len(), "a digit")),
        };
        let mut after = match whole {
            [b'0', after @ ..] => after,
            [b'1'..=b'9', ..] => some_digits(whole)?,
            _ => return Self::word(text, rest, negative),
        };
        if let [b'.', fraction @ ..] = after {
            after = some_digits(fraction)?;
        }
        if let [b'e' | b'E', signed @ ..] = after {
            after = some_digits(signed.strip_prefix(b"-").or(signed.strip_prefix(b"+")).unwrap_or(signed))?;
        }
        Ok(Self(&rest[..rest.len() - after.len()]))
    }

    /// Infinity or NaN: what `rest`, the end of `text`, begins with has no digit behind its sign.
    #[cold]
    fn word(text: &'a [u8], rest: &'a [u8], negative: bool) -> Result<Self, Syntax> {
        let unsigned = &rest[usize::from(negative)..];
        let at = text.len() - unsigned.len();
        let word = match unsigned.first() {
            Some(b'I') => "Infinity",
            Some(b'N') if !negative => "NaN",
            _ => return Err(Syntax::new(text, at, if negative { "a digit" } else { "a value" })),
        };
        if !unsigned.starts_with(word.as_bytes()) {
            return Err(Syntax::new(text, at, "a value"));
        }
        Ok(Self(&rest[..word.len() + usize::from(negative)]))
    }

    /// How many bytes it is written in.
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// The float nearest to the number.
    pub fn value(&self) -> f64 {
        self.as_str().parse().unwrap_or(f64::NAN)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.0).unwrap_or_default()
    }
}

/// A string as it is written.
pub(super) struct RawString<'a> {
    /// With its quotes.
    pub quoted: &'a [u8],
    escaped: bool,
}

impl<'a> RawString<'a> {
    /// The string that begins at byte `start`, if a quote is there: checked, its escapes left as they are.
    #[inline]
    pub fn read(text: &'a [u8], start: usize, expected: &'static str) -> Result<Self, Syntax> {
        if text.get(start) != Some(&b'"') {
            return Err(Syntax::new(text, start, expected));
        }
        let mut at = start + 1;
        let (mut escaped, mut ascii) = (false, true);
        loop {
            at += plain_length(&text[at..]);
            match text.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at = after_escape(text, at)?;
                }
                Some(0x80..) => {
                    ascii = false;
                    at += 1;
                }
                _ => return Err(Syntax::new(text, at, "the rest of a string and its closing quote")),
            }
        }
        if !ascii && let Err(error) = std::str::from_utf8(&text[start + 1..at]) {
            return Err(Syntax::new(text, start + 1 + error.valid_up_to(), "UTF-8"));
        }
        Ok(Self { quoted: &text[start..=at], escaped })
    }

    /// The string as UTF-8, or None if an escape in it is half of a surrogate pair.
    #[inline]
    pub fn bytes(&self) -> Option<Cow<'a, [u8]>> {
        if !self.escaped {
            return Some(Cow::Borrowed(&self.quoted[1..self.quoted.len() - 1]));
        }
        serde_json::from_slice::<String>(self.quoted).ok().map(|string| Cow::Owned(string.into_bytes()))
    }
}

/// The end of the escape that begins with the backslash at byte `start`.
fn after_escape(text: &[u8], start: usize) -> Result<usize, Syntax> {
    const EXPECTED: &str = r#"one of `"`, `\`, `/`, b, f, n, r, t and u with four hexadecimal digits"#;
    let mut at = start + 1;
    let hexadecimal = match text.get(at) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 0,
        Some(b'u') => 4,
        _ => return Err(Syntax::new(text, at, EXPECTED)),
    };
    at += 1;
    for _ in 0..hexadecimal {
        if !text.get(at).is_some_and(|byte| byte.is_ascii_hexdigit()) {
            return Err(Syntax::new(text, at, EXPECTED));
        }
        at += 1;
    }
    Ok(at)
}

/// How many bytes at the start of `text` are ASCII characters that stand for themselves in a string.
#[inline]
fn plain_length(text: &[u8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\' || *byte >= 0x80;
    let (words, _) = text.as_chunks();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The upper bit of each special byte. After the first of them it may be wrong.
        let equal = |byte: u8| (word ^ (EACH * u64::from(byte))).wrapping_sub(EACH);
        let found = (word.wrapping_sub(EACH * u64::from(b' ')) | equal(b'"') | equal(b'\\') | word) & (EACH * 0x80);
        if found != 0 {
            return 8 * place + found.trailing_zeros() as usize / 8;
        }
    }
    let plain = 8 * words.len();
    plain + text[plain..].iter().position(special).unwrap_or(text.len() - plain)
}

/// What follows white space.
#[inline(never)]
pub(super) fn after_space(mut text: &[u8]) -> &[u8] {
    while let [b'\t' | b'\n' | b'\r' | b' ', rest @ ..] = text {
        text = rest;
    }
    text
}
