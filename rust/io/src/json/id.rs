//! Ids of a JSON text: integers and strings.

use crate::ids::{Id, Ids};
use crate::json::fault::Flaw;
use crate::json::number::{EXACT, Number, POWERS_OF_TEN};
use crate::json::reader::Reader;

const EXPECTED: &str = "an integer or a string";
const WITHIN_LIMIT: &str = "an integer of 64 bits, from -9223372036854775808 to 9223372036854775807, or a string";

/// More characters of a number than this are cut off in messages.
const LONGEST_NUMBER: usize = 60;

impl Reader<'_> {
    /// Reads an id; returns its code in the column `ids`, to be added there once the whole record is read. None for
    /// null, which counts as missing.
    #[inline]
    pub fn id(&mut self, field: &'static str, ids: &mut Ids) -> Result<Option<i64>, Flaw> {
        if self.peek() == Some(b'"') {
            let string = self.string_bytes(EXPECTED)?;
            return Ok(Some(ids.encode(Id::String(&String::from_utf8_lossy(&string)))));
        }
        let id = match self.short_number() {
            Some((digits, 0)) => digits as i64,
            Some((digits, decimals)) => {
                let value = digits as f64 / POWERS_OF_TEN[decimals];
                whole(value).ok_or_else(|| Flaw::wrong(field, value, EXPECTED))?
            }
            None if self.null()? => return Ok(None),
            None => {
                let number = self.number_as_written(field, EXPECTED)?;
                number
                    .as_str()
                    .parse()
                    .ok()
                    .or_else(|| whole(number.value()))
                    .ok_or_else(|| not_an_id(field, &number))?
            }
        };
        Ok(Some(ids.encode(Id::Int(id))))
    }
}

/// The integer that a float is, unless the float may be a rounded one: 2^53 + 1 becomes 2^53.
fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < EXACT as f64).then_some(value as i64)
}

/// The flaw of a number that is no id, with its digits as they are written.
#[cold]
fn not_an_id(field: &'static str, number: &Number<'_>) -> Flaw {
    let written = number.as_str();
    let shown: String = written.chars().take(LONGEST_NUMBER).collect();
    let more = if shown.len() < written.len() { "..." } else { "" };
    let expected = if number.value().fract() == 0.0 { WITHIN_LIMIT } else { EXPECTED };
    Flaw::wrong(field, format!("{shown}{more}"), expected)
}
