//! What names an issue on every run on the same data.

/// A part of the largest coordinate of a box: a box that is moved by less mostly keeps its number.
const STEPS: f64 = 2048.0;
/// Where steps begin, as a fraction of one. Coordinates in files have few decimals, as has the middle between two of
/// them: none of these is a border, so that the last bits of single precision do not decide.
const BORDER: f64 = 0.382_017;

/// Names of what an issue is about, each as its [`name_hash`]; that of an empty text where there is none.
#[derive(Clone, Copy, Debug)]
pub struct IssueNames {
    /// What names the image.
    pub image: u64,
    /// The name of the kind.
    pub kind: u64,
    /// What names the annotation; none for a missing object.
    pub annotation: u64,
    /// The class of the annotation.
    pub given: u64,
    /// The class that it should have, or that of the missing object.
    pub suggested: u64,
}

/// SipHash-2-4 of a name in UTF-8, under the key 0: the same on every platform.
///
/// ```
/// use boxlint_core::check::name_hash;
///
/// assert_ne!(name_hash(b"cat"), name_hash(b"dog"));
/// ```
#[must_use]
pub fn name_hash(name: &[u8]) -> u64 {
    let (words, rest) = name.as_chunks();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    last[7] = name.len() as u8;
    sip_hash([0, 0], words.iter().chain([&last]).map(|&word| u64::from_le_bytes(word)))
}

/// A number that names an issue: SipHash-2-4, under the key 0, of the hashes of the names, of the rounded corners as integers
/// of 32 bits, and of the exponent of their power of two, as the bits of a double have it, in 16; all least byte first.
///
/// The same on every platform. That two of n issues share their number has odds of about n^2 / 2^65: 1 to 370,000 for ten
/// million. `corners` are those of the annotation, or of the missing object.
///
/// ```
/// use boxlint_core::check::{IssueNames, issue_id, name_hash};
///
/// let [image, kind, annotation] = ["a.jpg", "swap", "7"].map(|name| name_hash(name.as_bytes()));
/// let names = IssueNames { image, kind, annotation, given: name_hash(b"dog"), suggested: name_hash(b"cat") };
/// let corners = [10.0, 20.1, 300.4, 400.0];
/// assert_eq!(issue_id(&names, corners), issue_id(&names, corners.map(|corner| f64::from(corner as f32))));
/// assert_ne!(issue_id(&names, corners), issue_id(&IssueNames { image: name_hash(b"b.jpg"), ..names }, corners));
/// ```
#[must_use]
pub fn issue_id(names: &IssueNames, corners: [f64; 4]) -> u64 {
    let IssueNames { image, kind, annotation, given, suggested } = *names;
    let (corners, exponent) = rounded(corners);
    let [x1, y1, x2, y2] = corners.map(|corner| u64::from(corner as u32));
    const BYTES: u64 = 7 * 8 + 2;
    sip_hash([0, 0], [image, kind, annotation, given, suggested, x1 | y1 << 32, x2 | y2 << 32, exponent | BYTES << 56])
}

/// The corners as multiples of a power of two, which depends on how large the largest is, and the bits of its exponent.
fn rounded(corners: [f64; 4]) -> ([i32; 4], u64) {
    let largest = corners.iter().fold(f64::MIN_POSITIVE, |largest, corner| largest.max(corner.abs()));
    // The power of two below: of a number whose border lies at no round one. To multiply by its inverse is exact.
    const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    let exponent = (largest * 1.1).to_bits() >> MANTISSA_BITS;
    let inverse = 1.0 / f64::from_bits(exponent << MANTISSA_BITS);
    (corners.map(|corner| floor(corner * inverse * STEPS + BORDER)), exponent)
}

/// The integer below: on processors without an instruction for that, faster than by the system's library.
fn floor(number: f64) -> i32 {
    let whole = number as i32;
    whole - i32::from(f64::from(whole) > number)
}

/// SipHash-2-4 of Aumasson and Bernstein, 2012, of words of which the last one holds the length.
#[inline]
fn sip_hash(key: [u64; 2], words: impl IntoIterator<Item = u64>) -> u64 {
    const START: [u64; 4] =
        [0x736f_6d65_7073_6575, 0x646f_7261_6e64_6f6d, 0x6c79_6765_6e65_7261, 0x7465_6462_7974_6573];
    let [mut a, mut b, mut c, mut d] = [key[0] ^ START[0], key[1] ^ START[1], key[0] ^ START[2], key[1] ^ START[3]];
    for word in words {
        d ^= word;
        (a, b, c, d) = sip_round(sip_round((a, b, c, d)));
        a ^= word;
    }
    c ^= 0xff;
    (a, b, c, d) = sip_round(sip_round(sip_round(sip_round((a, b, c, d)))));
    a ^ b ^ c ^ d
}

#[inline]
fn sip_round((mut a, mut b, mut c, mut d): (u64, u64, u64, u64)) -> (u64, u64, u64, u64) {
    a = a.wrapping_add(b);
    c = c.wrapping_add(d);
    b = b.rotate_left(13) ^ a;
    d = d.rotate_left(16) ^ c;
    a = a.rotate_left(32);
    c = c.wrapping_add(b);
    a = a.wrapping_add(d);
    b = b.rotate_left(17) ^ c;
    d = d.rotate_left(21) ^ a;
    c = c.rotate_left(32);
    (a, b, c, d)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_hash_is_that_of_the_example_in_the_paper() {
        // Appendix A: the key 00 to 0f, the message 00 to 0e.
        let words = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        assert_eq!(sip_hash(words, words), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn an_id_does_not_change_from_version_to_version() {
        let [image, kind, annotation, given] =
            ["a.jpg", "badloc", "", "airplane"].map(|name| name_hash(name.as_bytes()));
        let names = IssueNames { image, kind, annotation, given, suggested: given };
        assert_eq!(issue_id(&names, [0.0, 1.5, 99.25, 640.0]), 0x9e1f_78e4_44c9_b97e);
    }

    proptest! {
        #[test]
        fn names_differ_in_any_byte_and_in_length(name: Vec<u8>, byte: u8, at: prop::sample::Index) {
            let mut other = name.clone();
            other.insert(at.index(name.len() + 1), byte);
            prop_assert_ne!(name_hash(&name), name_hash(&other));
        }

        #[test]
        fn numbers_of_few_decimals_keep_their_place_in_single_precision(
            corners in prop::array::uniform4(0..400_000u32),
        ) {
            // Up to two decimals, and sides that were added in single precision. A third may lie at the border: .618 does.
            let [x1, y1, w, h] = corners.map(|corner| f64::from(corner) / 100.0);
            let [a, b, c, d] = [x1, y1, w, h].map(|corner| corner as f32);
            let single = [a, b, a + c, b + d].map(f64::from);
            prop_assert_eq!(rounded([x1, y1, x1 + w, y1 + h]), rounded(single));
        }

        #[test]
        fn moving_a_box_by_a_hundredth_changes_it(corners in prop::array::uniform4(1.0..1000.0f64)) {
            let largest = corners.iter().copied().fold(0.0, f64::max);
            prop_assert_ne!(rounded(corners), rounded(corners.map(|corner| corner + largest / 100.0)));
        }

        #[test]
        fn scaling_a_box_changes_it(corners in prop::array::uniform4(1.0..1000.0f64), power in 1..20) {
            prop_assert_ne!(rounded(corners), rounded(corners.map(|corner| corner * f64::from(power).exp2())));
        }
    }
}
