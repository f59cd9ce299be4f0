//! Numbers of a JSON text, as far as they are plainly what they are: all others are read with more care.

use crate::decimal::{EXACT, POWERS_OF_TEN, leading_decimal, short_number};
use crate::json::fault::Flaw;
use crate::json::tokens::Number;

/// What ids are expected to be.
pub(super) const AN_ID: &str = "an integer or a string";
const AN_ID_WITHIN_LIMIT: &str = "an integer of 64 bits, from -9223372036854775808 to 9223372036854775807, or a string";

/// More characters of a number than this are cut off in messages.
const LONGEST_NUMBER: usize = 60;

/// The list of four numbers that a text begins with, and what follows it; None if it is not plainly there.
#[inline(always)]
pub(super) fn four_numbers(text: &[u8]) -> Option<([f64; 4], &[u8])> {
    let text = text.strip_prefix(b"[")?;
    let (first, text) = number_and_comma(text)?;
    let (second, text) = number_and_comma(text)?;
    let (third, text) = number_and_comma(text)?;
    let (fourth, text) = number_before(text)?;
    Some(([first, second, third, fourth], text.strip_prefix(b"]")?))
}

/// The number that a text begins with, and what follows the comma after it; None if either is not plainly there.
#[inline(always)]
fn number_and_comma(text: &[u8]) -> Option<(f64, &[u8])> {
    let (number, after) = number_before(text)?;
    match after.strip_prefix(b", ") {
        Some(rest) => Some((number, rest)),
        None => after_comma(after).map(|rest| (number, rest)),
    }
}

/// The number that a text begins with, and what follows it.
#[inline(always)]
fn number_before(text: &[u8]) -> Option<(f64, &[u8])> {
    let (number, length) = leading_number(text);
    (length > 0).then(|| (number, &text[length..]))
}

/// What follows a comma. Not inlined: a branch on the space behind it is foreseen, and a choice of what to read next would
/// be waited for.
#[cold]
#[inline(never)]
fn after_comma(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b",")
}

/// The number that a text begins with, and its length; 0 if it has to be read with more care, or is none.
#[inline(always)]
pub(super) fn leading_number(text: &[u8]) -> (f64, usize) {
    match text.first_chunk().and_then(|bytes| short_number(*bytes)) {
        Some((length, digits, decimals)) => (digits as f64 / POWERS_OF_TEN[decimals], length),
        None => long_number(text),
    }
}

/// The same of more than seven characters, or with a sign.
#[inline(never)]
fn long_number(text: &[u8]) -> (f64, usize) {
    let Some((value, length)) = leading_decimal(text) else { return (0.0, 0) };
    let (decimal, after) = text.split_at(length);
    let unsigned = decimal.strip_prefix(b"-").unwrap_or(decimal);
    let leading_zero = matches!(unsigned, [b'0', b'0'..=b'9', ..]);
    if leading_zero || matches!(unsigned, [.., b'.']) || matches!(after, [b'e' | b'E', ..]) {
        return (0.0, 0);
    }
    (value, length)
}

/// The integer that a float is, unless the float may be a rounded one: 2^53 + 1 becomes 2^53.
pub(super) fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < EXACT as f64).then_some(value as i64)
}

/// What follows short numbers and the comma after each, up to an item of another kind or the last one of a list.
#[inline]
pub(super) fn after_short_numbers(mut text: &[u8]) -> &[u8] {
    while let Some((length, ..)) = text.first_chunk().and_then(|bytes| short_number(*bytes)) {
        let after = &text[length..];
        text = match after {
            [b',', b' ', b'!'..=b'~', ..] => &after[2..],
            [b',', b'!'..=b'~', ..] => &after[1..],
            _ => break,
        };
    }
    text
}

/// The flaw of a number that is no id, with its digits as they are written.
#[cold]
pub(super) fn not_an_id(field: &'static str, number: &Number<'_>) -> Flaw {
    let written = number.as_str();
    let shown: String = written.chars().take(LONGEST_NUMBER).collect();
    let more = if shown.len() < written.len() { "..." } else { "" };
    let expected = if number.value().fract() == 0.0 { AN_ID_WITHIN_LIMIT } else { AN_ID };
    Flaw::wrong(field, format!("{shown}{more}"), expected)
}
