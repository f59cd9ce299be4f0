//! Strings and numbers of a JSON text as they are written: where they end, and what they stand for.

use std::borrow::Cow;

use crate::json::fault::Syntax;

/// Every integer up to this is exactly a float.
pub(super) const EXACT: u64 = 1 << 53;

/// The powers of ten that are exactly floats.
pub(super) const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// What moves an integer so many digits on.
const SHIFTS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Any number of this many digits fits 64 bits.
const SAFE_DIGITS: usize = 19;

/// A number as it is written.
pub(super) struct Number<'a> {
    text: &'a [u8],
    negative: bool,
    /// All its digits as one integer, and how many of them are decimals. None if they may not fit 64 bits, if it has an
    /// exponent, and for infinity and NaN.
    decimal: Option<(u64, usize)>,
}

impl<'a> Number<'a> {
    /// The number that begins at byte `start`, of any length: checked.
    #[inline(always)]
    pub fn read(text: &'a [u8], start: usize) -> Result<Self, Syntax> {
        let negative = text.get(start) == Some(&b'-');
        let mut at = start + usize::from(negative);
        let (end, mut mantissa) = match text.get(at) {
            Some(b'0') => (at + 1, 0),
            Some(b'1'..=b'9') => digits(text, at, 0)?,
            _ => return Self::word(text, start, at),
        };
        let whole = end - at;
        at = end;
        let mut decimals = 0;
        if text.get(at) == Some(&b'.') {
            let (end, longer) = digits(text, at + 1, mantissa)?;
            decimals = end - at - 1;
            (at, mantissa) = (end, longer);
        }
        let exponent = matches!(text.get(at), Some(b'e' | b'E'));
        if exponent {
            at += 1;
            at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
            (at, _) = digits(text, at, 0)?;
        }
        let decimal = (!exponent && whole + decimals <= SAFE_DIGITS).then_some((mantissa, decimals));
        Ok(Self { text: &text[start..at], negative, decimal })
    }

    /// Infinity or NaN. The number begins at byte `start`, and behind its sign, at byte `at`, is no digit.
    #[cold]
    fn word(text: &'a [u8], start: usize, at: usize) -> Result<Self, Syntax> {
        let negative = at > start;
        let word = match text.get(at) {
            Some(b'I') => "Infinity",
            Some(b'N') if !negative => "NaN",
            _ => return Err(Syntax::new(text, at, if negative { "a digit" } else { "a value" })),
        };
        if !text[at..].starts_with(word.as_bytes()) {
            return Err(Syntax::new(text, at, "a value"));
        }
        Ok(Self { text: &text[start..at + word.len()], negative, decimal: None })
    }

    /// How many bytes it is written in.
    pub fn length(&self) -> usize {
        self.text.len()
    }

    /// The float nearest to the number: a quotient of two exact floats, rounded once, or else what the standard library
    /// parses.
    #[inline]
    pub fn value(&self) -> f64 {
        match self.decimal {
            Some((digits, decimals)) if digits <= EXACT && decimals < POWERS_OF_TEN.len() => {
                let value = digits as f64 / POWERS_OF_TEN[decimals];
                if self.negative { -value } else { value }
            }
            _ => self.as_str().parse().unwrap_or(f64::NAN),
        }
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.text).unwrap_or_default()
    }
}

/// Appends the digits from byte `start` on, one or more, to `number`: returns the end of them and the longer number.
#[inline(always)]
fn digits(text: &[u8], start: usize, mut number: u64) -> Result<(usize, u64), Syntax> {
    let mut at = start;
    while let Some(bytes) = text[at..].first_chunk() {
        let (count, digits) = leading_digits(*bytes);
        number = number.wrapping_mul(SHIFTS[count]).wrapping_add(digits);
        at += count;
        if count < 8 {
            return if at == start { Err(Syntax::new(text, at, "a digit")) } else { Ok((at, number)) };
        }
    }
    while let Some(digit @ b'0'..=b'9') = text.get(at).copied() {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        at += 1;
    }
    if at == start { Err(Syntax::new(text, at, "a digit")) } else { Ok((at, number)) }
}

/// The length, the digits as one integer, and the number of decimals of the number that eight bytes begin with; None if
/// it does not end within them, or has a sign or an exponent. All bytes are handled together, because a branch on the
/// number of digits would be mispredicted often.
#[inline(always)]
pub(super) fn short_number(bytes: [u8; 8]) -> Option<(usize, u64, usize)> {
    const POINT: u64 = (b'.' ^ b'0') as u64;
    let (word, others) = digit_values(bytes);
    let whole = others.trailing_zeros() / 8;
    let byte = |place: u32| word.checked_shr(8 * place).unwrap_or(0) & 0xff;
    let (length, digits, decimals) = if byte(whole) == POINT {
        let end = (others & (others - 1)).trailing_zeros() / 8;
        let before = (1 << (8 * whole)) - 1;
        (end, word & before | (word >> 8) & !before, end - whole - 1)
    } else {
        (whole, word, 0)
    };
    let complete = whole > 0 && length < 8 && (decimals > 0) == (length > whole);
    let leading_zero = whole > 1 && byte(0) == 0;
    let exponent = byte(length) | 0x20 == (b'e' ^ b'0') as u64 | 0x20;
    if !complete || leading_zero || exponent {
        return None;
    }
    Some((length as usize, first_digits(digits, whole + decimals), decimals as usize))
}

/// How many digits eight bytes begin with, and these as one integer.
#[inline(always)]
fn leading_digits(bytes: [u8; 8]) -> (usize, u64) {
    let (word, others) = digit_values(bytes);
    let count = others.trailing_zeros() / 8;
    (count as usize, if count == 0 { 0 } else { first_digits(word, count) })
}

/// The value of each byte that is a digit, and the upper bit of each byte that is none. After a byte that is not ASCII
/// that bit may be wrong, so only the first byte that is not a digit may be used, and the next one if the first is the
/// point.
#[inline(always)]
fn digit_values(bytes: [u8; 8]) -> (u64, u64) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(bytes) ^ (EACH * b'0' as u64);
    (word, (word.wrapping_add(EACH * (0x80 - 10)) | word) & (EACH * 0x80))
}

/// The first `count` of eight digits, one a byte, as one integer: moved to the end of the eight bytes, zeros before
/// them; then combined into pairs, fours and all eight.
#[inline(always)]
fn first_digits(digits: u64, count: u32) -> u64 {
    let ones = digits << (64 - 8 * count);
    let pairs = (ones.wrapping_mul(10).wrapping_add(ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff
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
    // Bytes that are compared at once.
    const LANES: usize = 16;
    let special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\' || *byte >= 0x80;
    let lanes = text.chunks_exact(LANES);
    let plain = LANES * lanes.take_while(|lane| !lane.iter().fold(false, |any, byte| any | special(byte))).count();
    plain + text[plain..].iter().position(special).unwrap_or(text.len() - plain)
}
