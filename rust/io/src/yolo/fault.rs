//! What is wrong with a line, or with a whole file.

use crate::text::{general, number, quoted};
use crate::yolo::layout::{Layout, Shape};

/// A line or file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFault {
    /// The position of the file.
    pub file: usize,
    /// The line, from 1; 0 for the whole file.
    pub line: usize,
    /// What was found and what is expected.
    pub what: String,
    /// The sort of fault in a few words, to count by.
    pub kind: &'static str,
}

/// What is wrong, and the kind of it.
pub(crate) type Wrong = (String, &'static str);

/// What is wrong with a line, some of whose words are no numbers or which is shorter than a box.
pub(crate) fn unreadable_line(line: &str, words: &[&str], layout: Layout) -> Wrong {
    if words.first().is_some_and(|word| ["#", "//", "%", ";"].iter().any(|mark| word.starts_with(mark))) {
        return ("is a comment, which these files cannot hold: take it out".into(), "comments");
    }
    let wrong = words.iter().position(|word| number(word).is_none());
    if let Some(at) = wrong {
        if line.contains(char::REPLACEMENT_CHARACTER) {
            return ("is not UTF-8 text; save the file as UTF-8".into(), "texts of another encoding");
        }
        if words[at].contains(',') {
            let between = words.len() == 1 || words.iter().any(|word| word.ends_with(','));
            let what = if between {
                "has numbers separated by commas, expected spaces"
            } else {
                "has numbers with a decimal comma, expected a point"
            };
            return (what.into(), "commas");
        }
        if words[at].contains(';') {
            return ("has numbers separated by semicolons, expected spaces".into(), "semicolons");
        }
    }
    let columns = layout.columns();
    if let Some(other) = other_format(words) {
        let expected = columns.join(" ");
        return (
            format!("looks like {other}, expected {expected}: convert it with panlabel"),
            "lines of another format",
        );
    }
    match wrong {
        Some(at) if words.len() >= columns.len() => not_a_number(words, at, columns),
        _ => other_length(words.len(), layout),
    }
}

/// A line of another number of columns than is known.
pub(crate) fn other_length(found: usize, layout: Layout) -> Wrong {
    let known = looks_like(found, layout);
    (format!("{found} columns{known}, expected {}", layout.columns().join(" ")), "lines of another length")
}

/// A number that its column cannot have.
pub(crate) fn out_of_range(column: &str, value: f64, expected: &str) -> Wrong {
    (format!("{column} is {}, expected {expected}", general(value)), "values out of range")
}

fn not_a_number(words: &[&str], at: usize, columns: &[&str]) -> Wrong {
    let column = columns.get(at).map_or_else(|| format!("column {}", at + 1), |&name| name.to_owned());
    let hint = if column == "class" { "the number of its class" } else { "a number" };
    (format!("{column} is {}, expected {hint}", quoted(words[at])), "words that are no numbers")
}

/// KITTI and DOTA put names beside numbers.
fn other_format(words: &[&str]) -> Option<&'static str> {
    let numbers: Vec<bool> = words.iter().map(|word| number(word).is_some()).collect();
    match numbers.as_slice() {
        [false, rest @ ..] if matches!(words.len(), 15 | 16) && rest.iter().all(|&is| is) => Some("an object of KITTI"),
        [corners @ .., false] | [corners @ .., false, _] if corners.len() == 8 && corners.iter().all(|&is| is) => {
            Some("an oriented box of DOTA")
        }
        _ => None,
    }
}

/// What a line of so many columns may be, to follow their number in a message; empty if nothing is known.
fn looks_like(columns: usize, layout: Layout) -> String {
    let detected = layout.is_detected();
    let known = match (columns, detected) {
        (5, _) => "an annotation, or a detection saved without its confidence (save_conf=True)",
        (6, false) => "a detection with its confidence, or a box with a track id",
        (7, _) => "a detection with its confidence and a track id",
        (9, false) => "a class and the four corners of an oriented box, which are not supported",
        (10, true) => "a class and the four corners of an oriented box with its confidence, which are not supported",
        _ => "",
    };
    let known = if known.is_empty() { String::new() } else { format!(", which look like {known}") };
    let without = layout.without_confidence(columns);
    if Shape::Outlines.fits(without) || Shape::Keypoints.fits(without) {
        return format!("{known}; outlines=True reads it as an outline, keypoints=True as a box with keypoints");
    }
    known
}
