//! Why a row of a report is there, as a sentence.

use std::io::Write;

use crate::check::kind::Kind;

/// Confidence from which on a detector is said to see an object.
const SURE: f64 = 0.1;

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
    /// How many annotations of its class and size that rests on.
    pub alike: u32,
    /// Which of several detectors see what the row is about; none of a single detector.
    pub seen_by: Option<SeenBy>,
}

/// How many of several detectors see something.
///
/// ```
/// use boxlint_core::check::SeenBy;
///
/// let seen_by = SeenBy::of(&[0.9, f64::NAN, 0.02]);
/// assert_eq!((seen_by.see, seen_by.run), (1, 2));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SeenBy {
    /// Those that see it.
    pub see: usize,
    /// Those that were run.
    pub run: usize,
}

impl SeenBy {
    /// Of detectors that are so sure, from 0 to 1; NaN for one that was not run.
    #[must_use]
    pub fn of(confidence: &[f64]) -> Self {
        let run = confidence.iter().filter(|confidence| !confidence.is_nan()).count();
        Self { see: confidence.iter().filter(|&&confidence| confidence >= SURE).count(), run }
    }

    /// Adds what stands before what is seen: `2 of 3 detectors see`.
    fn write(self, out: &mut Vec<u8>) {
        let Self { see, run } = self;
        match see {
            0 => write!(out, "none of {run} detectors surely sees"),
            1 => write!(out, "1 of {run} detectors sees"),
            _ => write!(out, "{see} of {run} detectors see"),
        }
        .ok(); // writing to memory cannot fail
    }
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
            alike: 0,
            seen_by: None,
        }
    }

    /// Adds the sentence, without a full stop.
    pub fn write(&self, out: &mut Vec<u8>) {
        let Self { kind, given, kept, kept_class, iou, .. } = *self;
        if kind != Kind::Missing {
            out.extend_from_slice(b"annotated as ");
            out.extend_from_slice(given);
        }
        match kind {
            Kind::Missing => {
                self.write_object(out);
                if iou.is_nan() {
                    out.extend_from_slice(b", and no annotation is there");
                } else {
                    out.extend_from_slice(b", and no annotation overlaps it by more than IoU ");
                    push_hundredths(out, iou);
                }
            }
            Kind::Swap => {
                out.extend_from_slice(b", but ");
                self.write_object(out);
                out.extend_from_slice(if self.seen_by.is_some() { b", at IoU " } else { b" at IoU " });
                push_hundredths(out, iou);
            }
            Kind::Badloc => self.write_better_box(out),
            Kind::Spurious if self.detectability.is_nan() => out.extend_from_slice(b" in a box without area"),
            Kind::Spurious => self.write_silence(out),
            Kind::Duplicate => {
                out.extend_from_slice(b", and overlaps annotation ");
                out.extend_from_slice(kept);
                out.extend_from_slice(b", ");
                out.extend_from_slice(kept_class);
                out.extend_from_slice(b", by IoU ");
                push_hundredths(out, iou);
            }
        }
    }

    /// The object that is seen.
    fn write_object(&self, out: &mut Vec<u8>) {
        let Self { suggested, score, seen_by, .. } = *self;
        if let Some(seen_by) = seen_by {
            seen_by.write(out);
            out.extend_from_slice(article(suggested));
            out.extend_from_slice(suggested);
        } else {
            out.extend_from_slice(b"detected as ");
            out.extend_from_slice(suggested);
            out.extend_from_slice(b" with score ");
            push_hundredths(out, score);
        }
    }

    /// That the annotated object is seen in another box.
    fn write_better_box(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b", and ");
        if let Some(seen_by) = self.seen_by {
            seen_by.write(out);
            out.extend_from_slice(b" that in another box, of IoU ");
        } else {
            out.extend_from_slice(b"detected so with score ");
            push_hundredths(out, self.score);
            out.extend_from_slice(b", in a box of IoU ");
        }
        push_hundredths(out, self.iou);
        out.extend_from_slice(b" only");
    }

    /// That nothing is seen, and how surely something would be.
    fn write_silence(&self, out: &mut Vec<u8>) {
        let Self { detectability, alike, seen_by, .. } = *self;
        if let Some(seen_by) = seen_by {
            out.extend_from_slice(b", but ");
            seen_by.write(out);
            out.extend_from_slice(b" anything there");
        } else {
            out.extend_from_slice(b", but hardly detected");
        }
        // Where most such boxes are not detected either, as the number says that is written, that says little.
        let percent = (detectability * 100.0).round_ties_even() as u32;
        out.extend_from_slice(if percent < 50 { b"; only " } else { b", although " });
        push_whole(out, percent);
        out.extend_from_slice(b"% of such boxes are");
        if seen_by.is_some() {
            out.extend_from_slice(b" detected");
        }
        out.extend_from_slice(b" (of ");
        push_whole(out, alike);
        out.push(b')');
    }
}

/// That of a noun, between spaces.
fn article(noun: &[u8]) -> &'static [u8] {
    if noun.first().is_some_and(|first| b"aeiou".contains(&first.to_ascii_lowercase())) { b" an " } else { b" a " }
}

/// A fraction with two decimals.
fn push_hundredths(out: &mut Vec<u8>, fraction: f64) {
    if let Some(hundredths) = hundredths(fraction) {
        let digit = |number: u8| b'0' + number % 10;
        out.extend_from_slice(&[digit(hundredths / 100), b'.', digit(hundredths / 10), digit(hundredths)]);
    } else {
        write!(out, "{fraction:.2}").ok(); // writing to memory cannot fail
    }
}

/// The nearest number of hundredths; None if the fraction is not one, or lies so near the middle between two numbers that
/// all its digits are to be looked at.
fn hundredths(fraction: f64) -> Option<u8> {
    let exactly = fraction * 100.0;
    let below = exactly as u8; // of what is not negative, the integer below
    let above_middle = exactly - f64::from(below) - 0.5;
    let clear = above_middle.abs() > 1e-9 && (0.0..=1.0).contains(&fraction);
    clear.then_some(below + u8::from(above_middle > 0.0))
}

/// A whole number.
fn push_whole(out: &mut Vec<u8>, mut number: u32) {
    let mut digits = [0; 10];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written<T>(push: impl Fn(&mut Vec<u8>, T), number: T) -> String {
        let mut out = Vec::new();
        push(&mut out, number);
        String::from_utf8_lossy(&out).into_owned()
    }

    fn of_detectors(kind: Kind, confidence: &[f64]) -> String {
        let seen_by = Some(SeenBy::of(confidence));
        let of_kind = Reason { given: b"dog", suggested: b"aeroplane", seen_by, ..Reason::of(kind) };
        written(|out, reason: Reason| reason.write(out), Reason { iou: 0.5, detectability: 0.96, alike: 61, ..of_kind })
    }

    #[test]
    fn of_several_detectors_a_reason_says_how_many_of_those_that_were_run_see_it() {
        assert_eq!(
            of_detectors(Kind::Missing, &[0.9, 0.1, 0.02]),
            "2 of 3 detectors see an aeroplane, and no annotation overlaps it by more than IoU 0.50"
        );
        assert_eq!(
            of_detectors(Kind::Swap, &[0.9, f64::NAN, 0.0]),
            "annotated as dog, but 1 of 2 detectors sees an aeroplane, at IoU 0.50"
        );
        assert_eq!(
            of_detectors(Kind::Badloc, &[0.9]),
            "annotated as dog, and 1 of 1 detectors sees that in another box, of IoU 0.50 only"
        );
        assert_eq!(
            of_detectors(Kind::Spurious, &[0.05, 0.0]),
            "annotated as dog, but none of 2 detectors surely sees anything there, although 96% of such boxes are detected \
             (of 61)"
        );
    }

    #[test]
    fn silence_about_what_is_seldom_detected_is_no_contrast() {
        let reason = |detectability| {
            let of_kind = Reason { given: b"dog", alike: 61, ..Reason::of(Kind::Spurious) };
            written(|out, reason: Reason| reason.write(out), Reason { detectability, ..of_kind })
        };
        assert_eq!(reason(0.5), "annotated as dog, but hardly detected, although 50% of such boxes are (of 61)");
        assert_eq!(reason(0.2), "annotated as dog, but hardly detected; only 20% of such boxes are (of 61)");
        assert_eq!(reason(0.494), "annotated as dog, but hardly detected; only 49% of such boxes are (of 61)");
        assert_eq!(reason(0.496), "annotated as dog, but hardly detected, although 50% of such boxes are (of 61)");
    }

    #[test]
    fn the_article_is_that_of_the_first_letter() {
        let nouns = [("apple", " an "), ("Oven", " an "), ("Dog", " a "), ("", " a ")];
        assert!(nouns.iter().all(|(noun, expected)| article(noun.as_bytes()) == expected.as_bytes()));
    }

    #[test]
    fn ties_are_rounded_to_even_as_all_digits_say() {
        assert_eq!(
            [0.125, 0.375, 0.285, 0.115, 1.0, 0.995].map(|fraction| written(push_hundredths, fraction)),
            ["0.12", "0.38", "0.28", "0.12", "1.00", "0.99"]
        );
    }

    proptest! {
        #[test]
        fn two_decimals_are_those_of_the_number(fraction in 0.0..1.0f64, whole in 0..2000u32) {
            for number in [fraction, f64::from(fraction as f32), f64::from(whole) / 2000.0] {
                prop_assert_eq!(written(push_hundredths, number), format!("{number:.2}"));
                let silence = written(
                    |out, detectability| Reason { detectability, ..Reason::of(Kind::Spurious) }.write(out),
                    number,
                );
                let percent = format!("{:.0}", number * 100.0);
                let lead = if percent.parse::<u8>().is_ok_and(|percent| percent < 50) { "; only " } else { ", although " };
                let expected = format!("{lead}{percent}% of such boxes are (of 0)");
                prop_assert!(silence.ends_with(&expected), "{} {}", silence, expected);
            }
        }

        #[test]
        fn whole_numbers_have_all_their_digits(number: u32) {
            prop_assert_eq!(written(push_whole, number), number.to_string());
        }
    }
}
