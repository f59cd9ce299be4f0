//! Finds the image and the class that each box means, where they are not named by id.

use std::collections::HashMap;

use crate::coco::boxes::{BoxRecords, Columns};
use crate::coco::group_by_image::{find_rows, group_by_image};
use crate::coco::join_key::{Hit, Key, Listed};
use crate::coco::listed::{ClassList, Images};
use crate::coco::lookup::{Lookup, NOWHERE};
use crate::coco::options::{ClassOrder, Options};
use crate::error::Error;
use crate::findings::{Finding, Findings, Kind};
use crate::ids::{Id, Ids};
use crate::json::document::ReadList;
use crate::json::unreadable::Unreadable;
use crate::record::List;
use crate::source::Source;

/// How many of the listed images or categories the refusal of unknown ones shows.
const SHOWN: usize = 5;

/// Boxes that name something, in parts.
struct Naming<'a> {
    list: List,
    columns: Vec<&'a Ids>,
    unreadable: &'a Unreadable,
}

/// How the boxes of a file are joined with what they name.
struct Joined<'a> {
    lookup: Lookup<'a>,
    finding: Option<Finding>,
    /// Another way, if some boxes stay without.
    hint: Option<String>,
}

/// What a file says to name images or classes: each only once.
struct Said<'a> {
    id: Id<'a>,
    /// The position of the first box that says it, among the readable ones.
    first: usize,
    count: usize,
}

impl<'a> Naming<'a> {
    fn new(list: List, parts: &'a [BoxRecords], unreadable: &'a Unreadable, column: fn(&BoxRecords) -> &Ids) -> Self {
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

/// Joins boxes with what they name, if not each of them names a listed id: by id if any box names a listed one; if not,
/// by the key that most of them match.
///
/// # Errors
/// In words, if what a box says may mean two of the listed ones.
fn join<'a>(naming: &Naming<'_>, listed: &Listed<'a>) -> Result<Joined<'a>, String> {
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
    // Positions that count from 0 mostly have a 0 among them.
    let first = i64::from(!ids.contains(&Id::Int(0)));
    let positions = first..first + listed.names.len() as i64;
    let within = ids.iter().all(|id| matches!(id, Id::Int(id) if positions.contains(id)));
    within.then(|| format!("numbers from {first} may be positions of classes: classes_from={first}"))
}

/// Joins boxes with images by the stem of their file names.
///
/// # Errors
/// As those of [`join`].
fn join_by_stem<'a>(naming: &Naming<'_>, listed: &Listed<'a>) -> Result<Joined<'a>, String> {
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

/// The boxes of one file, and what they may name.
pub(crate) struct Side<'a> {
    pub source: &'a Source<'a>,
    pub list: List,
    pub images: &'a Images,
    pub classes: &'a ClassList,
    pub options: &'a Options,
}

impl Side<'_> {
    /// Groups boxes by the images and classes that they name in the way the options say, or else in the way they fit.
    pub fn group(&self, boxes: ReadList<BoxRecords>) -> Result<(Columns, Findings), Error> {
        let ReadList { parts, unreadable, .. } = &boxes;
        let (mut images, mut classes) = (self.images_as_told(parts, unreadable)?, self.classes_as_told()?);
        let mut rows = find_rows(parts, &images.lookup, &classes.lookup);
        let unknown = |side: usize| rows.iter().any(|rows| !rows.all_known[side]);
        let join_images = unknown(0) && !self.options.images_by_stem;
        let join_classes = unknown(1) && self.options.classes_from.is_none();
        if join_images {
            let naming = Naming::new(self.list, parts, unreadable, |part| &part.image);
            images = join(&naming, &self.listed_images()).map_err(|message| self.ambiguous(message))?;
        }
        if join_classes {
            let naming = Naming::new(self.list, parts, unreadable, |part| &part.category);
            classes = join(&naming, &self.listed_classes()).map_err(|message| self.ambiguous(message))?;
        }
        if join_images || join_classes {
            rows = find_rows(parts, &images.lookup, &classes.lookup);
        }
        let joins = [images.finding, classes.finding];
        let hints = [images.hint, classes.hint];
        let (columns, found) = group_by_image(boxes, rows, self.list, self.images.names.len());
        if let (false, Some(finding)) = (self.options.skip_unknown, found.unknown()) {
            return Err(self.unknown(finding.clone(), hints));
        }
        let mut findings = Findings::default();
        joins.into_iter().flatten().for_each(|finding| findings.add(finding));
        findings.extend(found);
        Ok((columns, findings))
    }

    fn listed_images(&self) -> Listed<'_> {
        Listed { kind: Kind::ImagesJoined, ids: &self.images.ids, names: &self.images.names }
    }

    fn listed_classes(&self) -> Listed<'_> {
        let classes = &self.classes.classes;
        Listed { kind: Kind::ClassesJoined, ids: &classes.ids, names: &classes.names }
    }

    fn ambiguous(&self, message: String) -> Error {
        Error::Ambiguous { path: self.source.name(), message }
    }

    fn unknown(&self, finding: Finding, [of_images, of_classes]: [Option<String>; 2]) -> Error {
        let (shown, hint) = match finding.kind {
            Kind::UnknownImage => (show(&self.listed_images()), of_images),
            _ => (show(&self.listed_classes()), of_classes),
        };
        let listed = [Some(shown), hint].into_iter().flatten().collect::<Vec<_>>().join("; ");
        Error::Unknown { path: self.source.name(), finding, listed }
    }

    /// Images by id, or by the stem of their file names.
    fn images_as_told<'a>(&'a self, parts: &[BoxRecords], unreadable: &Unreadable) -> Result<Joined<'a>, Error> {
        if !self.options.images_by_stem {
            return Ok(Joined { lookup: Lookup::new(&self.images.ids), finding: None, hint: None });
        }
        let naming = Naming::new(self.list, parts, unreadable, |part| &part.image);
        join_by_stem(&naming, &self.listed_images()).map_err(|message| self.ambiguous(message))
    }

    /// Classes by id, or by position.
    fn classes_as_told(&self) -> Result<Joined<'_>, Error> {
        let Some(first) = self.options.classes_from else {
            return Ok(Joined { lookup: Lookup::new(&self.classes.classes.ids), finding: None, hint: None });
        };
        let in_order = self.classes.file_order.is_sorted();
        let rows: Vec<usize> = match self.options.class_order {
            Some(ClassOrder::File) => self.classes.file_order.clone(),
            Some(ClassOrder::Ids) => (0..self.classes.file_order.len()).collect(),
            None if in_order => self.classes.file_order.clone(),
            None => return Err(self.ambiguous(self.two_orders(first))),
        };
        let positions = (i64::from(first)..).map(Id::Int);
        Ok(Joined { lookup: Lookup::of(positions.zip(rows)), finding: None, hint: None })
    }

    fn two_orders(&self, first: u32) -> String {
        let listed = self.listed_classes();
        let in_file = listed.show(self.classes.file_order[0]);
        format!(
            "class {first} may be {in_file}, which the annotations list first, or {}, which has the least id: \
             class_order is \"file\" or \"ids\"",
            listed.show(0)
        )
    }
}

/// The first of the listed images or categories.
fn show(listed: &Listed<'_>) -> String {
    let all = listed.names.len();
    let shown: Vec<String> = (0..all.min(SHOWN)).map(|row| listed.show(row)).collect();
    let more = if all > SHOWN { ", ..." } else { "" };
    if all == 0 { "none is listed".to_owned() } else { format!("listed are {}{more}", shown.join(", ")) }
}
