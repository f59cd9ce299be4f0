//! What a box may say to name an image or a class, beside the id of the same type.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::findings::Kind;
use crate::ids::{Id, Ids};
use crate::names::Names;

/// The longest ending of the name of an image, such as `jpeg`.
const LONGEST_ENDING: usize = 5;

/// The images or the classes that boxes may name.
#[derive(Clone, Copy)]
pub(crate) struct Listed<'a> {
    /// [`Kind::ImagesJoined`] or [`Kind::ClassesJoined`].
    pub kind: Kind,
    pub ids: &'a Ids,
    pub names: &'a Names,
}

impl Listed<'_> {
    pub fn noun(&self) -> &'static str {
        if self.kind == Kind::ImagesJoined { "image" } else { "category" }
    }

    /// The keys beside the id, in the order in which they are tried.
    pub fn keys(&self) -> &'static [Key] {
        if self.kind == Kind::ImagesJoined {
            &[Key::Name, Key::NameWithoutEnding, Key::BaseName, Key::Stem, Key::OtherEnding]
        } else {
            &[Key::Name]
        }
    }

    /// Its id and name, for messages; once where they are equal.
    pub fn show(&self, row: usize) -> String {
        let (id, name) = (self.ids.get(row), &self.names[row]);
        if id == Id::String(name) { format!("{} {id}", self.noun()) } else { format!("{} {id} {name:?}", self.noun()) }
    }
}

/// A text that names an image or a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// The id, as a text where it is an integer and the other way round.
    IdAsText,
    /// The whole name.
    Name,
    /// The name without its ending, folders included.
    NameWithoutEnding,
    /// The name without its folders.
    BaseName,
    /// The name without folders and ending. `17` is the stem of `000017.jpg`, as Ultralytics writes it.
    Stem,
    /// The same, where boxes name a file of another ending.
    OtherEnding,
}

/// The rows that a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hit {
    None,
    One(usize),
    /// The first two of several.
    Several(usize, usize),
}

impl Hit {
    pub fn is_any(self) -> bool {
        self != Self::None
    }

    fn or_also(self, row: usize) -> Self {
        match self {
            Self::None => Self::One(row),
            Self::One(first) => Self::Several(first, row),
            several @ Self::Several(..) => several,
        }
    }
}

impl Key {
    /// In words, before the image or class that it is of.
    pub fn of(self) -> &'static str {
        match self {
            Self::IdAsText => "as text the id of",
            Self::Name => "the name of",
            Self::NameWithoutEnding => "the name without its ending of",
            Self::BaseName => "the name without folders of",
            Self::Stem => "the stem of",
            Self::OtherEnding => "but for the ending the name of",
        }
    }

    /// What each of `ids` means by this key.
    pub fn hits(self, ids: &[Id<'_>], listed: &Listed<'_>) -> Vec<Hit> {
        let mut by_text: HashMap<Cow<'_, str>, Hit> = HashMap::new();
        let mut by_number: HashMap<&str, Hit> = HashMap::new();
        for row in 0..listed.names.len() {
            let text = self.of_listed(listed, row);
            if self == Self::Stem
                && let Cow::Borrowed(text) = text
                && let Some(number) = number(text)
            {
                let hit = by_number.entry(number).or_insert(Hit::None);
                *hit = hit.or_also(row);
            }
            let hit = by_text.entry(text).or_insert(Hit::None);
            *hit = hit.or_also(row);
        }
        let by_number = |text: &str| number(text).and_then(|number| by_number.get(number)).copied();
        let hit = |id: &Id<'_>| {
            let text = id.text();
            let exact = || self.of_box(&text).and_then(|text| by_text.get(text).copied());
            match id {
                Id::Int(_) if self == Self::Stem => by_number(&text),
                _ => exact().or_else(|| by_number(&text)),
            }
            .unwrap_or(Hit::None)
        };
        ids.iter().map(hit).collect()
    }

    fn of_listed<'a>(self, listed: &Listed<'a>, row: usize) -> Cow<'a, str> {
        let name = &listed.names[row];
        match self {
            Self::IdAsText => return listed.ids.get(row).text(),
            Self::Name => name,
            Self::NameWithoutEnding => without_ending(name),
            Self::BaseName => base_name(name),
            Self::Stem | Self::OtherEnding => without_ending(base_name(name)),
        }
        .into()
    }

    /// The part of what a box says that is compared; None if it cannot be compared.
    fn of_box(self, text: &str) -> Option<&str> {
        match self {
            Self::IdAsText | Self::Name | Self::NameWithoutEnding => Some(text),
            Self::BaseName | Self::Stem => Some(base_name(text)),
            Self::OtherEnding => {
                let stem = without_ending(base_name(text));
                let ending = base_name(text).strip_prefix(stem)?.strip_prefix('.')?;
                (ending.len() <= LONGEST_ENDING && ending.bytes().any(|byte| byte.is_ascii_alphabetic()))
                    .then_some(stem)
            }
        }
    }
}

/// A path without its folders, which may be separated as on any system.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// A path without its last dot and what follows, if that is not all of the name.
fn without_ending(path: &str) -> &str {
    match path.rsplit_once('.') {
        Some((start, ending)) if !base_name(start).is_empty() && !ending.contains(['/', '\\']) => start,
        _ => path,
    }
}

/// The digits of a text of nothing but digits, without zeros before them.
fn number(text: &str) -> Option<&str> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| {
        let number = text.trim_start_matches('0');
        if number.is_empty() { "0" } else { number }
    })
}
