//! Digits of numbers, many at a time.

/// Every integer up to this is exactly a float.
pub(crate) const EXACT: u64 = 1 << 53;

/// Any number of this many digits fits 64 bits.
const MAX_DIGITS: usize = 19;

/// Powers of ten, which are all exactly floats.
pub(crate) const POWERS_OF_TEN: [f64; MAX_DIGITS] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

/// The same as integers.
const INTEGERS: [u64; MAX_DIGITS] = {
    let mut powers = [1; MAX_DIGITS];
    let mut exponent = 1;
    while exponent < MAX_DIGITS {
        powers[exponent] = 10 * powers[exponent - 1];
        exponent += 1;
    }
    powers
};

/// The float that a word is, if it is a decimal.
pub(crate) fn decimal(word: &[u8]) -> Option<f64> {
    leading_decimal(word).filter(|&(_, length)| length == word.len()).map(|(value, _)| value)
}

/// The float that a text begins with, and its length: digits, at most [`MAX_DIGITS`], with a sign and a point among them
/// or without.
#[inline(always)]
pub(crate) fn leading_decimal(text: &[u8]) -> Option<(f64, usize)> {
    let (negative, unsigned) = text.strip_prefix(b"-").map_or((false, text), |unsigned| (true, unsigned));
    let (mut after, mut mantissa) = match unsigned {
        [b'0', b'.', ..] => (&unsigned[1..], 0),
        _ => digits(unsigned, 0),
    };
    let mut count = unsigned.len() - after.len();
    let mut decimals = 0;
    if let [b'.', fraction @ ..] = after
        && count > 0
    {
        (after, mantissa) = digits(fraction, mantissa);
        decimals = fraction.len() - after.len();
        count += decimals;
    }
    let value = (1..=MAX_DIGITS).contains(&count).then(|| quotient(mantissa, decimals))?;
    Some((if negative { -value } else { value }, text.len() - after.len()))
}

/// The float nearest to `digits` with so many decimals, fewer than [`MAX_DIGITS`].
#[inline(always)]
fn quotient(digits: u64, decimals: usize) -> f64 {
    if digits <= EXACT { digits as f64 / POWERS_OF_TEN[decimals] } else { wide_quotient(digits, decimals) }
}

/// The same of more digits than a float has: a quotient of integers with more bits than a float, and whether there is a
/// rest, rounded once.
#[inline(never)]
fn wide_quotient(digits: u64, decimals: usize) -> f64 {
    let Divisor { power, shift, inverse } = DIVISORS[decimals];
    let leading = digits.leading_zeros();
    // The dividend has 126 bits, the quotient 62 or 63. It is found as in Moeller and Granlund, Improved division by
    // invariant integers, algorithm 4.
    let (high, low) = ((digits << leading) >> 2, digits << leading << 62);
    let product = u128::from(inverse) * u128::from(high) + (u128::from(high) << 64 | u128::from(low));
    let mut quotient = ((product >> 64) as u64).wrapping_add(1);
    let mut rest = low.wrapping_sub(quotient.wrapping_mul(power));
    if rest > product as u64 {
        quotient = quotient.wrapping_sub(1);
        rest = rest.wrapping_add(power);
    }
    if rest >= power {
        quotient += 1;
        rest -= power;
    }
    let scale = f64::from_bits(u64::from(1023 - 62 + shift - leading) << 52);
    (quotient | u64::from(rest != 0)) as i64 as f64 * scale
}

/// A power of ten by which is divided.
#[derive(Clone, Copy)]
struct Divisor {
    /// Moved to the left until its first bit is set, by `shift` bits.
    power: u64,
    shift: u32,
    /// The bits of its inverse that follow the first one.
    inverse: u64,
}

const DIVISORS: [Divisor; MAX_DIGITS] = {
    let mut divisors = [Divisor { power: 0, shift: 0, inverse: 0 }; MAX_DIGITS];
    let mut exponent = 0;
    while exponent < MAX_DIGITS {
        let shift = INTEGERS[exponent].leading_zeros();
        let power = INTEGERS[exponent] << shift;
        divisors[exponent] = Divisor { power, shift, inverse: (u128::MAX / power as u128) as u64 };
        exponent += 1;
    }
    divisors
};

/// Appends the digits that `rest` begins with to `number`: returns what follows them, and the longer number.
#[inline(always)]
pub(crate) fn digits(mut rest: &[u8], mut number: u64) -> (&[u8], u64) {
    while let Some((bytes, _)) = rest.split_first_chunk() {
        let (count, digits) = leading_digits(*bytes);
        number = number.wrapping_mul(INTEGERS[count]).wrapping_add(digits);
        rest = &rest[count..];
        if count < 8 {
            return (rest, number);
        }
    }
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        rest = after;
    }
    (rest, number)
}

/// The length, the digits as one integer, and the number of decimals of the number that eight bytes begin with; None if
/// it does not end within them, or has a sign or an exponent. All bytes are handled together, because a branch on the
/// number of digits would be mispredicted often.
#[inline(always)]
pub(crate) fn short_number(bytes: [u8; 8]) -> Option<(usize, u64, usize)> {
    const POINT: u64 = (b'.' ^ b'0') as u64;
    const EXPONENT: u64 = (b'e' ^ b'0') as u64 | 0x20;
    let (word, others) = digit_values(bytes);
    let byte = |place: u32| (word >> place) & 0xff;
    // Places and lengths are in bits.
    let whole = first_place(others)?;
    let (length, digits, decimals) = if byte(whole) == POINT {
        let end = first_place(others & (others - 1))?;
        let before = (1 << whole) - 1;
        (end, word & before | (word >> 8) & !before, end - whole - 8)
    } else {
        (whole, word, 0)
    };
    let leading_zero = whole > 8 && byte(0) == 0;
    if whole == 0 || length == whole + 8 || leading_zero || byte(length) | 0x20 == EXPONENT {
        return None;
    }
    Some((length as usize / 8, first_digits(digits, whole + decimals), decimals as usize / 8))
}

/// How many digits eight bytes begin with, and these as one integer.
#[inline(always)]
fn leading_digits(bytes: [u8; 8]) -> (usize, u64) {
    let (word, others) = digit_values(bytes);
    match first_place(others) {
        None => (8, first_digits(word, 64)),
        Some(0) => (0, 0),
        Some(bits) => (bits as usize / 8, first_digits(word, bits)),
    }
}

/// The place in bits of the first byte of which the upper bit is set.
#[inline(always)]
fn first_place(word: u64) -> Option<u32> {
    std::num::NonZero::new(word).map(|word| word.trailing_zeros() - 7)
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

/// The first `bits` of eight digits, one a byte, as one integer: moved to the end of the eight bytes, zeros before
/// them; then combined into pairs, fours and all eight.
#[inline(always)]
fn first_digits(digits: u64, bits: u32) -> u64 {
    let ones = digits << (64 - bits);
    let pairs = (ones.wrapping_mul(10).wrapping_add(ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{POWERS_OF_TEN, decimal, short_number};

    proptest! {
        #[test]
        fn a_decimal_is_what_the_standard_library_parses(word in "-?[0-9]{1,19}(\\.[0-9]{0,18})?") {
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            let expected = (digits <= 19).then(|| word.parse::<f64>().unwrap_or(f64::NAN).to_bits());
            prop_assert_eq!(decimal(word.as_bytes()).map(f64::to_bits), expected);
        }

        #[test]
        fn a_short_number_is_one_of_json(
            text in "(0|[1-9][0-9]{0,6}|[0-9]{1,4}\\.[0-9]{0,6}|[0-9.eE-]{1,7})[,e. \u{80}]{8}",
        ) {
            let bytes = *text.as_bytes().first_chunk().unwrap_or(&[0; 8]);
            let found = short_number(bytes);
            if let Some((length, digits, decimals)) = found {
                let value = serde_json::from_slice::<f64>(&bytes[..length]);
                prop_assert_eq!(Some(digits as f64 / POWERS_OF_TEN[decimals]), value.ok());
                prop_assert!(!matches!(bytes[length], b'0'..=b'9' | b'e' | b'E'));
            }
            let end = text.find(|character| !matches!(character, '0'..='9' | '.')).unwrap_or(text.len());
            let is_number = serde_json::from_str::<f64>(&text[..end]).is_ok() && end < 8;
            prop_assert!(found.is_some() || !is_number || text[end..].starts_with(['e', 'E']));
        }
    }

    #[test]
    fn what_is_no_plain_decimal_is_left_to_the_standard_library() {
        for word in ["", "-", ".", "-.", ".5", "1e5", "inf", "nan", "+1", "1.2.3", "1_0", "0x1", "--1", "1 ", "5.-"] {
            assert_eq!(decimal(word.as_bytes()), None, "{word}");
        }
    }
}
