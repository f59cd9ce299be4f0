//! Strings of a JSON text: where they end, and what they stand for.

use std::borrow::Cow;

use crate::json::fault::Syntax;

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
    // Bytes that are compared at once.
    const LANES: usize = 16;
    let special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\' || *byte >= 0x80;
    let lanes = text.chunks_exact(LANES);
    let plain = LANES * lanes.take_while(|lane| !lane.iter().fold(false, |any, byte| any | special(byte))).count();
    plain + text[plain..].iter().position(special).unwrap_or(text.len() - plain)
}
