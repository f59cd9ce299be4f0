//! Plain text: that of a file, its lines, its words and the numbers among them, and how they are shown in messages.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use crate::decimal::{decimal, leading_decimal};
use crate::error::Error;
use crate::folder::FolderFiles;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a file is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoText {
    Utf16,
    Nul,
}

impl NoText {
    /// What was found and what is expected.
    pub fn message(self) -> &'static str {
        match self {
            Self::Utf16 => "this is UTF-16; save it as UTF-8",
            Self::Nul => "holds NUL bytes, expected text: the file is damaged or no text",
        }
    }
}

/// Reads small files one after the other into the same memory.
#[derive(Default)]
pub(crate) struct SmallFiles {
    path: PathBuf,
    content: Vec<u8>,
}

impl SmallFiles {
    /// The bytes of a file. They are read without asking for its size, which would take as long as reading it.
    pub fn read(&mut self, files: &FolderFiles, file: usize) -> Result<&[u8], Error> {
        const USUAL_SIZE: usize = 1 << 13;
        files.put_path(file, &mut self.path);
        self.content.clear();
        self.content.reserve(USUAL_SIZE);
        let read = File::open(&self.path).and_then(|file| file.take(u64::MAX).read_to_end(&mut self.content));
        read.map_err(|source| Error::File { path: self.path.display().to_string(), source })?;
        Ok(&self.content)
    }
}

/// A text in UTF-8, without the byte order mark that it may have; bytes of another encoding become U+FFFD.
pub(crate) fn as_text(content: &[u8]) -> Result<Cow<'_, str>, NoText> {
    if matches!(content, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Err(NoText::Utf16);
    }
    if content.contains(&0) {
        return Err(if has_alternate_zeros(content) { NoText::Utf16 } else { NoText::Nul });
    }
    let content = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content);
    Ok(str::from_utf8(content).map_or_else(|_| String::from_utf8_lossy(content), Cow::Borrowed))
}

/// Whether every other byte is zero in more than half of a text, as in UTF-16.
fn has_alternate_zeros(content: &[u8]) -> bool {
    let zeros = |first: usize| content.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    content.len() > 3 && 4 * even.max(odd) > content.len() && even.min(odd) == 0
}

/// The lines that are not blank, with their numbers from 1, as Python's `str.splitlines` has them.
pub(crate) fn numbered_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    let mut number = 0;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        number += 1;
        let end = end_of_line(rest);
        let (line, after) = rest.split_at(end);
        let mut characters = after.chars();
        let is_return = characters.next() == Some('\r');
        rest = characters.as_str();
        rest = rest.strip_prefix('\n').filter(|_| is_return).unwrap_or(rest);
        Some((number, line))
    })
    .filter(|(_, line)| !line.chars().all(is_space))
}

/// The words between white space.
pub(crate) fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        rest = without_space(rest);
        let (word, after) = rest.split_at(end_of_word(rest));
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

/// Adds the numbers of a line; returns whether its words are nothing else.
pub(crate) fn read_numbers(line: &str, numbers: &mut Vec<f64>) -> bool {
    let mut rest = without_space(line);
    while !rest.is_empty() {
        let plain = leading_decimal(rest.as_bytes());
        let plain = plain.filter(|&(_, end)| matches!(rest.as_bytes().get(end), None | Some(b' ' | b'\t')));
        let read = plain.or_else(|| {
            let end = end_of_word(rest);
            number(&rest[..end]).map(|value| (value, end))
        });
        let Some((value, end)) = read else { return false };
        numbers.push(value);
        rest = without_space(&rest[end..]);
    }
    true
}

/// A text from its first word on.
#[inline]
fn without_space(text: &str) -> &str {
    match text.as_bytes() {
        [b' ', b'!'..=b'~', ..] => &text[1..],
        [b'!'..=b'~', ..] => text,
        _ => text.trim_start_matches(is_space),
    }
}

fn end_of_word(text: &str) -> usize {
    position(text, 0, |byte| matches!(byte, 0..=b' ' | 0xc0..), is_space)
}

/// A text without the white space around it.
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim_matches(is_space),
    }
}

/// The number that a word is, also nan or inf.
pub(crate) fn number(word: &str) -> Option<f64> {
    decimal(word.as_bytes()).or_else(|| word.parse().ok())
}

/// The characters that Python's `str.split` takes for white space.
#[inline]
pub(crate) fn is_space(character: char) -> bool {
    match character {
        '\t'..='\r' | '\x1c'..='\x1f' | ' ' => true,
        _ => !character.is_ascii() && character.is_whitespace(),
    }
}

/// Where a line ends. Sixteen bytes at once are passed over that cannot end it.
fn end_of_line(text: &str) -> usize {
    const LANES: usize = 16;
    let is_plain = |byte: u8| (b' '..0x80).contains(&byte) | (byte == b'\t');
    let lanes = text.as_bytes().chunks_exact(LANES);
    let plain = LANES * lanes.take_while(|lane| lane.iter().fold(true, |all, &byte| all & is_plain(byte))).count();
    position(text, plain, |byte| matches!(byte, b'\n'..=b'\r' | 0x1c..=0x1e | 0xc2 | 0xe2), ends_line)
}

/// Where the first character is, from byte `from` on, of which `is` is true; the end, if there is none. Most bytes can be
/// told not to begin such a character without making one of them.
#[inline(always)]
pub(crate) fn position(text: &str, mut from: usize, may_begin: impl Fn(u8) -> bool, is: fn(char) -> bool) -> usize {
    while let Some(after) = text.as_bytes()[from..].iter().position(|&byte| may_begin(byte)) {
        let at = from + after;
        if text[at..].starts_with(is) {
            return at;
        }
        from = at + 1;
    }
    text.len()
}

fn ends_line(character: char) -> bool {
    matches!(character, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A text in quotes, as Python's `repr` writes it.
///
/// What cannot be seen is written as an escape.
pub(crate) fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if character == quote || character == '\\' => shown.extend(['\\', character]),
            _ if is_printable(character) => shown.push(character),
            _ => shown.push_str(&match character as u32 {
                code @ ..=0xff => format!("\\x{code:02x}"),
                code @ ..=0xffff => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
        }
    }
    shown.push(quote);
    shown
}

/// Whether the standard library shows a character as it is within a text.
fn is_printable(character: char) -> bool {
    let within = String::from_iter(['a', character]);
    within.escape_debug().nth(1) != Some('\\') || matches!(character, '"' | '\'' | '\\')
}

/// A number with six digits at most, as `%g` of C writes it.
pub(crate) fn general(value: f64) -> String {
    const DIGITS: i32 = 6;
    if !value.is_finite() {
        return value.to_string().to_lowercase();
    }
    let scientific = format!("{value:.*e}", DIGITS as usize - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..DIGITS).contains(&exponent) {
        let decimals = usize::try_from(DIGITS - 1 - exponent).unwrap_or_default();
        return without_zeros(&format!("{value:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
}

/// A decimal number without zeros at its end.
fn without_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

#[cfg(test)]
mod tests {
    use super::{NoText, as_text, general, numbered_lines, quoted, words};

    #[test]
    fn zeros_in_every_other_byte_are_utf16_and_others_are_damage() {
        assert_eq!(as_text(b"0\x00 \x001\x00"), Err(NoText::Utf16));
        assert_eq!(as_text(b"\x000\x000\x00 \x001"), Err(NoText::Utf16));
        for damaged in [b"0 1\0\0\0\0".as_slice(), b"\0\0\0\0", b"0 0.5 0.5 1\0", b"1\0"] {
            assert_eq!(as_text(damaged), Err(NoText::Nul));
        }
    }

    #[test]
    fn lines_end_as_in_python() {
        let lines: Vec<_> = numbered_lines("a\r\nb\rc\u{85}\n \x1f\u{2028}d\x0b").collect();
        assert_eq!(lines, [(1, "a"), (2, "b"), (3, "c"), (6, "d")]);
        assert_eq!(words(" a\u{3000}b\x1fc ").collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn texts_are_quoted_as_in_python() {
        for (text, shown) in [
            ("a", "'a'"),
            ("it's", "\"it's\""),
            ("'\"", "'\\'\"'"),
            ("\\\n\t\r", "'\\\\\\n\\t\\r'"),
            ("\0\u{7f}\u{a0}\u{200b}\u{e0001}", "'\\x00\\x7f\\xa0\\u200b\\U000e0001'"),
            ("狗e\u{301}", "'狗e\u{301}'"),
        ] {
            assert_eq!(quoted(text), shown);
        }
    }

    #[test]
    fn numbers_have_six_digits() {
        for (value, shown) in [
            (0.0, "0"),
            (50.0, "50"),
            (-0.5, "-0.5"),
            (999_999.5, "1e+06"),
            (123_456.7, "123457"),
            (1e-5, "1e-05"),
            (0.000_123_456_78, "0.000123457"),
            (-1.5e300, "-1.5e+300"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(general(value), shown);
        }
    }
}
