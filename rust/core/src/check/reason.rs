//! Why a row of a report is there, as a sentence.

use std::io::Write;

use crate::check::kind::Kind;

/// What the sentence of a row says, texts in UTF-8. What a kind does not have can be anything.
///
/// ```
/// use boxlint_core::check::{Kind, Reason};
///
/// let reason = Reason { given: b"dog", suggested: b"cat", score: 0.9, iou: 0.8, ..Reason::of(Kind::Swap) };
/// let mut sentence = Vec::new();
/// reason.write(&mut sentence);
/// assert_eq!(sentence, b"annotated as dog, but detected as cat with score 0.90 at IoU 0.80");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reason<'a> {
    /// What is wrong.
    pub kind: Kind,
    /// Name of the class of the annotation.
    pub given: &'a [u8],
    /// Name of the class that it should have, or of the missing object.
    pub suggested: &'a [u8],
    /// What names the annotation that stays.
    pub kept: &'a [u8],
    /// Name of its class.
    pub kept_class: &'a [u8],
    /// Score of the prediction.
    pub score: f64,
    /// IoU of the boxes; NaN for a missing object where none is.
    pub iou: f64,
    /// How likely the detector finds such an annotation; NaN for one without area.
    pub detectability: f64,
}

impl Reason<'_> {
    /// That of a kind, of which nothing else is known yet.
    ///
    /// ```
    /// use boxlint_core::check::{Kind, Reason};
    ///
    /// assert_eq!(Reason::of(Kind::Missing).kind, Kind::Missing);
    /// ```
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        let none = f64::NAN;
        Self {
            kind,
            given: b"",
            suggested: b"",
            kept: b"",
            kept_class: b"",
            score: none,
            iou: none,
            detectability: none,
        }
    }

    /// Adds the sentence, without a full stop.
    pub fn write(&self, out: &mut Vec<u8>) {
        let Self { given, suggested, kept, kept_class, score, iou, detectability, .. } = *self;
        match self.kind {
            Kind::Missing => {
                push(out, &[b"detected as ", suggested, b" with score "]);
                push_hundredths(out, score);
                out.extend_from_slice(b", and no annotation ");
                if iou.is_nan() {
                    out.extend_from_slice(b"is there");
                } else {
                    out.extend_from_slice(b"overlaps it by more than IoU ");
                    push_hundredths(out, iou);
                }
            }
            Kind::Swap => {
                push(out, &[b"annotated as ", given, b", but detected as ", suggested, b" with score "]);
                push_hundredths(out, score);
                out.extend_from_slice(b" at IoU ");
                push_hundredths(out, iou);
            }
            Kind::Badloc => {
                push(out, &[b"annotated as ", given, b", and detected so with score "]);
                push_hundredths(out, score);
                out.extend_from_slice(b", in a box of IoU ");
                push_hundredths(out, iou);
                out.extend_from_slice(b" only");
            }
            Kind::Spurious if detectability.is_nan() => {
                push(out, &[b"annotated as ", given, b" in a box without area"]);
            }
            Kind::Spurious => {
                push(out, &[b"annotated as ", given, b", but hardly detected, although "]);
                let percent = detectability * 100.0;
                write!(out, "{percent:.0}").ok();
                out.extend_from_slice(b"% of such boxes are");
            }
            Kind::Duplicate => {
                push(
                    out,
                    &[b"annotated as ", given, b", and overlaps annotation ", kept, b", ", kept_class, b", by IoU "],
                );
                push_hundredths(out, iou);
            }
        }
    }
}

fn push(out: &mut Vec<u8>, parts: &[&[u8]]) {
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

/// A fraction with two decimals.
fn push_hundredths(out: &mut Vec<u8>, fraction: f64) {
    let hundredths = fraction * 100.0;
    // Where the product lies between two numbers, its own rounding could decide: then all digits are looked at.
    let clear = (hundredths - hundredths.floor() - 0.5).abs() > 1e-9;
    if !(clear && (0.0..=1.0).contains(&fraction)) {
        write!(out, "{fraction:.2}").ok(); // writing to memory cannot fail
        return;
    }
    let whole = hundredths.round() as u8;
    let digit = |number: u8| b'0' + number % 10;
    out.extend_from_slice(&[digit(whole / 100), b'.', digit(whole / 10), digit(whole)]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hundredths(fraction: f64) -> String {
        let mut out = Vec::new();
        push_hundredths(&mut out, fraction);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn ties_are_rounded_to_even_as_all_digits_say() {
        assert_eq!(
            [0.125, 0.375, 0.285, 0.115, 1.0, 0.995].map(hundredths),
            ["0.12", "0.38", "0.28", "0.12", "1.00", "0.99"]
        );
    }

    proptest! {
        #[test]
        fn two_decimals_are_those_of_the_number(fraction in 0.0..1.0f64, whole in 0..2000u32) {
            for number in [fraction, f64::from(fraction as f32), f64::from(whole) / 2000.0] {
                prop_assert_eq!(hundredths(number), format!("{number:.2}"));
            }
        }
    }
}
