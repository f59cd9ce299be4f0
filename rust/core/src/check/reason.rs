//! Why a row of a report is there, as a sentence.

use std::fmt::Write;

use crate::check::kind::Kind;

/// What the sentence of a row says. What a kind does not have can be anything.
///
/// ```
/// use boxlint_core::check::{Kind, Reason};
///
/// let reason = Reason { given: "dog", suggested: "cat", score: 0.9, iou: 0.8, ..Reason::of(Kind::Swap) };
/// let mut sentence = String::new();
/// reason.write(&mut sentence);
/// assert_eq!(sentence, "annotated as dog, but detected as cat with score 0.90 at IoU 0.80");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reason<'a> {
    /// What is wrong.
    pub kind: Kind,
    /// Name of the class of the annotation.
    pub given: &'a str,
    /// Name of the class that it should have, or of the missing object.
    pub suggested: &'a str,
    /// What names the annotation that stays.
    pub kept: &'a str,
    /// Name of its class.
    pub kept_class: &'a str,
    /// Score of the prediction.
    pub score: f64,
    /// IoU of the boxes; NaN for a missing object where none is.
    pub iou: f64,
    /// How likely the detector finds such an annotation.
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
        Self { kind, given: "", suggested: "", kept: "", kept_class: "", score: none, iou: none, detectability: none }
    }

    /// Adds the sentence, without a full stop.
    pub fn write(&self, out: &mut String) {
        let Self { given, suggested, kept, kept_class, score, iou, detectability, .. } = *self;
        match self.kind {
            Kind::Missing => {
                push(out, &["detected as ", suggested, " with score "]);
                push_hundredths(out, score);
                out.push_str(", and no annotation ");
                if iou.is_nan() {
                    out.push_str("is there");
                } else {
                    out.push_str("overlaps it by more than IoU ");
                    push_hundredths(out, iou);
                }
            }
            Kind::Swap => {
                push(out, &["annotated as ", given, ", but detected as ", suggested, " with score "]);
                push_hundredths(out, score);
                out.push_str(" at IoU ");
                push_hundredths(out, iou);
            }
            Kind::Badloc => {
                push(out, &["annotated as ", given, ", and detected so with score "]);
                push_hundredths(out, score);
                out.push_str(", in a box of IoU ");
                push_hundredths(out, iou);
                out.push_str(" only");
            }
            Kind::Spurious => {
                push(out, &["annotated as ", given, ", but hardly detected, although "]);
                push_rounded(out, detectability * 100.0);
                out.push_str("% of such boxes are");
            }
            Kind::Duplicate => {
                push(out, &["annotated as ", given, ", and overlaps annotation ", kept, ", ", kept_class, ", by IoU "]);
                push_hundredths(out, iou);
            }
        }
    }
}

fn push(out: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| out.push_str(part));
}

/// A fraction with two decimals.
fn push_hundredths(out: &mut String, fraction: f64) {
    let hundredths = fraction * 100.0;
    // Where the product lies between two numbers, its own rounding could decide: then all digits are looked at.
    let clear = (hundredths - hundredths.floor() - 0.5).abs() > 1e-9;
    if !(clear && (0.0..=1.0).contains(&fraction)) {
        write!(out, "{fraction:.2}").ok(); // writing to memory cannot fail
        return;
    }
    let whole = hundredths.round() as u8;
    let digit = |number: u8| char::from(b'0' + number % 10);
    out.extend([digit(whole / 100), '.', digit(whole / 10), digit(whole)]);
}

/// The nearest whole number.
fn push_rounded(out: &mut String, number: f64) {
    write!(out, "{number:.0}").ok();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hundredths(fraction: f64) -> String {
        let mut out = String::new();
        push_hundredths(&mut out, fraction);
        out
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
