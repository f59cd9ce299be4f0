//! Finds the image and the class that each box means, where they are not named by id.

use std::collections::HashMap;

use crate::coco::join_key::{Hit, Key, Listed};
use crate::coco::lookup::{Lookup, NOWHERE};
use crate::coco::records::BoxRecords;
use crate::findings::{Finding, Kind};
use crate::ids::{Id, Ids};
use crate::json::unreadable::Unreadable;
use crate::record::List;

/// Boxes that name something, in parts.
pub(crate) struct Naming<'a> {
    pub list: List,
    pub columns: Vec<&'a Ids>,
    pub unreadable: &'a Unreadable,
}

/// How the boxes of a file are joined with what they name.
pub(crate) struct Joined<'a> {
    pub lookup: Lookup<'a>,
    pub finding: Option<Finding>,
    /// Another way, if some boxes stay without.
    pub hint: Option<String>,
}

/// What a file says to name images or classes: each only once.
struct Said<'a> {
    id: Id<'a>,
    /// The position of the first box that says it, among the readable ones.
    first: usize,
    count: usize,
}

impl<'a> Naming<'a> {
    pub fn new(
        list: List,
        parts: &'a [BoxRecords],
        unreadable: &'a Unreadable,
        column: fn(&BoxRecords) -> &Ids,
    ) -> Self {
        Self { list, columns: parts.iter().map(column).collect(), unreadable }
    }

    fn said(&self) -> Vec<Said<'a>> {
        let mut said: Vec<Said<'a>> = Vec::new();
        let mut places: HashMap<Id<'a>, usize> = HashMap::new();
        let ids = self.columns.iter().flat_map(|&column| column.iter());
        let mut last = None;
        for (row, id) in ids.enumerate() {
            // Most boxes are of the same image as the box before them.
            let place = match last {
                Some((same, place)) if same == id => place,
                _ => *places.entry(id).or_insert(said.len()),
            };
            last = Some((id, place));
            if place == said.len() {
                said.push(Said { id, first: row, count: 0 });
            }
            said[place].count += 1;
        }
        said
    }

    /// What a box says, with its place in the file.
    fn show(&self, said: &Said<'_>, noun: &str) -> String {
        format!("{} names {noun} {}", self.unreadable.record(self.list, said.first), said.id)
    }
}

/// Joins boxes with what they name, if not each of them names a listed id: by id if any box names a listed one; if not, by the key that most of them match.
///
/// # Errors
/// In words, if what a box says may mean two of the listed ones.
pub(crate) fn join<'a>(naming: &Naming<'_>, listed: &Listed<'a>) -> Result<Joined<'a>, String> {
    let exact = Lookup::new(listed.ids);
    let said = naming.said();
    let ids: Vec<Id<'_>> = said.iter().map(|said| said.id).collect();
    let by_id = Key::IdAsText.hits(&ids, listed);
    if !by_id.iter().any(|hit| hit.is_any())
        && let Some((key, hits)) = best_key(&ids, listed)
    {
        return joined_by(key, &said, &hits, naming, listed);
    }
    let hint = other_way(&ids, listed);
    // Of the same id as an integer and as a text, each is meant by boxes that say it in its own type.
    let hits: Vec<Hit> = ids
        .iter()
        .zip(by_id)
        .map(|(&id, hit)| match exact.row(id) {
            NOWHERE => hit,
            row => Hit::One(row),
        })
        .collect();
    check_texts(&said, &hits, naming, listed)?;
    Ok(Joined { hint, ..joined_by(Key::IdAsText, &said, &hits, naming, listed)? })
}

/// The option that would join all boxes, if one does.
fn other_way(ids: &[Id<'_>], listed: &Listed<'_>) -> Option<String> {
    if listed.kind == Kind::ImagesJoined {
        let by_stem = Key::Stem.hits(ids, listed).iter().all(|hit| hit.is_any());
        return by_stem.then(|| "each is the stem of a file name: images_by_stem".to_owned());
    }
    let classes = listed.names.len() as i64;
    let positions = ids.iter().all(|id| matches!(id, Id::Int(id) if (0..classes).contains(id)));
    positions.then(|| "numbers from 0 may be positions of classes: classes_from=0".to_owned())
}

/// Joins boxes with images by the stem of their file names.
///
/// # Errors
/// As those of [`join`].
pub(crate) fn join_by_stem<'a>(naming: &Naming<'_>, listed: &Listed<'a>) -> Result<Joined<'a>, String> {
    let said = naming.said();
    let ids: Vec<Id<'_>> = said.iter().map(|said| said.id).collect();
    let joined = joined_by(Key::Stem, &said, &Key::Stem.hits(&ids, listed), naming, listed)?;
    Ok(Joined { finding: None, ..joined })
}

/// The first key that all match, or else the one that most do, if any does.
fn best_key(ids: &[Id<'_>], listed: &Listed<'_>) -> Option<(Key, Vec<Hit>)> {
    let mut best = None;
    let mut most = 0;
    for &key in listed.keys() {
        let hits = key.hits(ids, listed);
        let matched = hits.iter().filter(|hit| hit.is_any()).count();
        if matched > most {
            most = matched;
            best = Some((key, hits));
        }
        if most == ids.len() {
            break;
        }
    }
    best
}

/// Refuses a text that as a number is the id of one and as a text the name of another.
fn check_texts(said: &[Said<'_>], hits: &[Hit], naming: &Naming<'_>, listed: &Listed<'_>) -> Result<(), String> {
    let texts = said.iter().zip(hits).filter_map(|(said, hit)| match (said.id, hit) {
        (Id::String(_), &Hit::One(row)) if listed.ids.get(row) != said.id => Some((said, row)),
        _ => None,
    });
    let texts: Vec<(&Said<'_>, usize)> = texts.collect();
    let ids: Vec<Id<'_>> = texts.iter().map(|(said, _)| said.id).collect();
    for &key in listed.keys() {
        for ((said, row), hit) in texts.iter().zip(key.hits(&ids, listed)) {
            if let Hit::One(other) | Hit::Several(other, _) = hit
                && other != *row
            {
                let (says, one, two) = (naming.show(said, listed.noun()), listed.show(*row), listed.show(other));
                return Err(format!("{says}, {} {one}, and {} {two}", Key::IdAsText.of(), key.of()));
            }
        }
    }
    Ok(())
}

fn joined_by<'a>(
    key: Key,
    said: &[Said<'_>],
    hits: &[Hit],
    naming: &Naming<'_>,
    listed: &Listed<'_>,
) -> Result<Joined<'a>, String> {
    let mut pairs = Vec::new();
    let mut finding: Option<Finding> = None;
    let mut sayers: HashMap<usize, &Said<'_>> = HashMap::new();
    for (said, hit) in said.iter().zip(hits) {
        let row = match *hit {
            Hit::None => continue,
            Hit::One(row) => row,
            // Ids that are listed twice are found elsewhere; the first counts.
            Hit::Several(row, _) if key == Key::IdAsText => row,
            Hit::Several(one, two) => {
                let (says, one, two) = (naming.show(said, listed.noun()), listed.show(one), listed.show(two));
                return Err(format!("{says}, {} both {one} and {two}: which is meant is not known", key.of()));
            }
        };
        pairs.push((said.id, row));
        if listed.ids.get(row) == said.id && key == Key::IdAsText {
            continue;
        }
        let says = || naming.show(said, listed.noun());
        let before = *sayers.entry(row).or_insert(said);
        if key != Key::IdAsText && before.id.text() != said.id.text() {
            let one = naming.show(before, listed.noun());
            return Err(format!("{one} and {}, each {} {}", says(), key.of(), listed.show(row)));
        }
        let finding = finding.get_or_insert_with(|| Finding {
            kind: listed.kind,
            list: naming.list,
            count: 0,
            example: format!("{}, {} {}", says(), key.of(), listed.show(row)),
        });
        finding.count += said.count;
    }
    Ok(Joined { lookup: Lookup::of(pairs), finding, hint: None })
}
