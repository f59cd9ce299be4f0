//! Numbers as Python writes them: the fewest digits that are read back as the same number.

use std::io::Write;

use serde_json::ser::{CompactFormatter, Formatter};

/// From here to [`LARGEST`], numbers are written without an exponent.
const SMALLEST: f64 = 1e-4;
const LARGEST: f64 = 1e16;

/// `1.0`, `0.0001`, `1e-05`, `1e+16`, `nan`, `-inf`.
pub(crate) fn write_float(out: &mut Vec<u8>, float: f64) {
    let size = float.abs();
    // Writing to memory cannot fail.
    if (SMALLEST..LARGEST).contains(&size) || size == 0.0 {
        CompactFormatter.write_f64(out, float).ok();
    } else if float.is_finite() {
        let text = format!("{float:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
        write!(out, "{digits}e{sign}{exponent:0>2}").ok();
    } else {
        let sign = if float < 0.0 { "-" } else { "" };
        write!(out, "{sign}{}", if float.is_nan() { "nan" } else { "inf" }).ok();
    }
}

/// Digits, with a sign if the number is negative.
pub(crate) fn write_int(out: &mut Vec<u8>, int: i64) {
    CompactFormatter.write_i64(out, int).ok();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(float: f64) -> String {
        let mut out = Vec::new();
        write_float(&mut out, float);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn floats_are_written_as_python_writes_them() {
        let numbers = [0.0, -0.0, 1.0, 0.1, 1e-4, 1.5e-5, 1e-5, 123_456.75, 1e15, 1e16, -2.5e22, 5e-324, f64::MAX];
        let expected = [
            "0.0",
            "-0.0",
            "1.0",
            "0.1",
            "0.0001",
            "1.5e-05",
            "1e-05",
            "123456.75",
            "1000000000000000.0",
            "1e+16",
            "-2.5e+22",
            "5e-324",
            "1.7976931348623157e+308",
        ];
        assert_eq!(numbers.map(text), expected);
        assert_eq!([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(text), ["nan", "inf", "-inf"]);
    }

    proptest! {
        #[test]
        fn a_float_is_read_back_as_it_was(bits: u64) {
            let float = f64::from_bits(bits);
            let again: f64 = text(float).parse().expect("a float");
            prop_assert!(again.to_bits() == bits || float.is_nan());
        }

        #[test]
        fn no_exponent_stands_where_python_has_none(float in SMALLEST..LARGEST) {
            prop_assert!(!text(float).contains('e') && text(float).contains('.'));
        }
    }
}
