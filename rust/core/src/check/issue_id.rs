//! What names an issue on every run on the same data.

use crate::check::kind::Kind;

/// A part of the largest coordinate of a box: a box that is moved by less mostly keeps its number.
const STEPS: f64 = 2048.0;
/// Where steps begin, as a fraction of one. Coordinates in files have few decimals, as has the middle between two of
/// them: none of these is a border, so that the last bits of single precision do not decide.
const BORDER: f64 = 0.382_017;

/// A number made of what an issue is about: SipHash-2-4, under the key 0, of the texts in UTF-8, each with a byte 255
/// after it, and of the rounded corners as integers of 32 bits, least byte first.
///
/// The same on every platform. That two of n issues share their number has the odds n^2 / 2^65: 1 to 370,000 for ten
/// million.
///
/// * `image`: what names the image,
/// * `annotation`: what names the annotation; empty for a missing object,
/// * `classes`: names of the given and of the suggested class; empty where there is none,
/// * `corners`: those of the annotation, or of the missing object.
///
/// ```
/// use boxlint_core::check::{Kind, issue_id};
///
/// let corners = [10.0, 20.1, 300.4, 400.0];
/// let id = issue_id(b"a.jpg", Kind::Swap, b"7", [b"dog", b"cat"], corners);
/// assert_eq!(id, issue_id(b"a.jpg", Kind::Swap, b"7", [b"dog", b"cat"], corners.map(|x| f64::from(x as f32))));
/// assert_ne!(id, issue_id(b"b.jpg", Kind::Swap, b"7", [b"dog", b"cat"], corners));
/// ```
#[must_use]
pub fn issue_id(image: &[u8], kind: Kind, annotation: &[u8], classes: [&[u8]; 2], corners: [f64; 4]) -> u64 {
    let mut hash = SipHash::new([0, 0]);
    for text in [image, kind.name().as_bytes(), annotation, classes[0], classes[1]] {
        hash.write(text);
        hash.write(&[0xff]);
    }
    for corner in rounded(corners) {
        hash.write(&corner.to_le_bytes());
    }
    hash.finish()
}

/// The corners as multiples of a power of two, which depends on how large the largest is.
fn rounded(corners: [f64; 4]) -> [i32; 4] {
    let largest = corners.iter().fold(f64::MIN_POSITIVE, |largest, corner| largest.max(corner.abs()));
    // The power of two below: of a number whose border lies at no round one.
    let power = f64::from_bits((largest * 1.1).to_bits() & !((1 << (f64::MANTISSA_DIGITS - 1)) - 1));
    corners.map(|corner| (corner / power * STEPS + BORDER).floor() as i32)
}

/// SipHash-2-4 of Aumasson and Bernstein, 2012.
struct SipHash {
    state: [u64; 4],
    /// Bytes of a word that is not full yet, the first one lowest.
    tail: u64,
    length: usize,
}

impl SipHash {
    fn new(key: [u64; 2]) -> Self {
        let [k0, k1] = key;
        let state = [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ];
        Self { state, tail: 0, length: 0 }
    }

    #[inline]
    fn write(&mut self, mut bytes: &[u8]) {
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.length.is_multiple_of(8)
                && let Some((&word, rest)) = bytes.split_first_chunk()
            {
                self.length += 8;
                self.word(u64::from_le_bytes(word));
                bytes = rest;
                continue;
            }
            self.tail |= u64::from(byte) << (8 * (self.length % 8));
            self.length += 1;
            if self.length.is_multiple_of(8) {
                let word = std::mem::take(&mut self.tail);
                self.word(word);
            }
            bytes = rest;
        }
    }

    fn finish(mut self) -> u64 {
        let last = self.tail | (self.length as u64) << 56;
        self.word(last);
        self.state[2] ^= 0xff;
        (0..4).for_each(|_| self.round());
        self.state.iter().fold(0, |hash, part| hash ^ part)
    }

    #[inline]
    fn word(&mut self, word: u64) {
        self.state[3] ^= word;
        self.round();
        self.round();
        self.state[0] ^= word;
    }

    #[inline]
    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.state;
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
        self.state = [a, b, c, d];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_hash_is_that_of_the_example_in_the_paper() {
        // Appendix A: the key 00 to 0f, the message 00 to 0e.
        let message: Vec<u8> = (0..15).collect();
        let mut hash = SipHash::new([0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908]);
        hash.write(&message);
        assert_eq!(hash.finish(), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn an_id_does_not_change_from_version_to_version() {
        let id = issue_id(b"a.jpg", Kind::Badloc, b"7", [b"dog", b"dog"], [0.0, 1.5, 99.25, 640.0]);
        assert_eq!(id, 0xca8c_e337_4376_595c);
    }

    #[test]
    fn a_text_does_not_run_into_the_next() {
        let id = |annotation: &[u8], given: &[u8]| issue_id(b"", Kind::Swap, annotation, [given, b""], [0.0; 4]);
        assert_ne!(id(b"ab", b"c"), id(b"a", b"bc"));
        assert_ne!(id(b"", b"c"), id(b"c", b""));
    }

    proptest! {
        #[test]
        fn bytes_in_any_parts_have_one_hash(bytes: Vec<u8>, cut in 0..64usize) {
            let (left, right) = bytes.split_at(cut.min(bytes.len()));
            let [mut whole, mut parts] = [0, 0].map(|_| SipHash::new([1, 2]));
            whole.write(&bytes);
            parts.write(left);
            parts.write(right);
            prop_assert_eq!(whole.finish(), parts.finish());
        }

        #[test]
        fn numbers_of_few_decimals_keep_their_place_in_single_precision(
            corners in prop::array::uniform4(0..4_000_000u32),
        ) {
            // Up to three decimals, and sides that were added in single precision.
            let [x1, y1, w, h] = corners.map(|corner| f64::from(corner) / 1000.0);
            let [a, b, c, d] = [x1, y1, w, h].map(|corner| corner as f32);
            let single = [a, b, a + c, b + d].map(f64::from);
            prop_assert_eq!(rounded([x1, y1, x1 + w, y1 + h]), rounded(single));
        }

        #[test]
        fn moving_a_box_by_a_hundredth_changes_it(corners in prop::array::uniform4(1.0..1000.0f64)) {
            let largest = corners.iter().copied().fold(0.0, f64::max);
            prop_assert_ne!(rounded(corners), rounded(corners.map(|corner| corner + largest / 100.0)));
        }
    }
}
