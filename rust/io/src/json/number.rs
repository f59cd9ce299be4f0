//! Numbers of a JSON text: from digits to values.

/// Every integer up to this is exactly a float.
pub(crate) const EXACT: u64 = 1 << 53;

/// The powers of ten that are exactly floats.
pub(crate) const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Any number of this many digits fits 64 bits.
pub(crate) const SAFE_DIGITS: usize = 19;

/// A number as it is written.
pub(crate) struct Number<'a> {
    pub text: &'a [u8],
    pub negative: bool,
    /// All its digits as one integer, and how many of them are decimals. None if they may not fit 64 bits, if it has an
    /// exponent, and for infinity and NaN.
    pub decimal: Option<(u64, usize)>,
}

impl Number<'_> {
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

/// The length, the digits as one integer, and the number of decimals of the number that eight bytes begin with; None if
/// it does not end within them, or has a sign or an exponent. All bytes are handled together, because a branch on the
/// number of digits would be mispredicted often.
#[inline(always)]
pub(crate) fn short_number(bytes: [u8; 8]) -> Option<(usize, u64, usize)> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const POINT: u64 = (b'.' ^ b'0') as u64;
    let word = u64::from_le_bytes(bytes) ^ (EACH * b'0' as u64);
    // The upper bit of each byte that is not a digit. After a byte that is not ASCII it may be wrong, so only the first
    // byte that is not a digit is used, and the next one if the first is the point.
    let others = (word.wrapping_add(EACH * (0x80 - 10)) | word) & (EACH * 0x80);
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
    // The digits moved to the end of the eight bytes, zeros before them; then combined into pairs, fours and all eight.
    let ones = digits << (64 - 8 * (whole + decimals));
    let pairs = (ones.wrapping_mul(10).wrapping_add(ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let eight = (fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff;
    Some((length as usize, eight, decimals as usize))
}
