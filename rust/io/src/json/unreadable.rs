//! Records of a list that are JSON but cannot be used: where they are, and how many of each kind.

use crate::findings::{Finding, Kind};
use crate::json::fault::{Flaw, Syntax};
use crate::json::reader::Reader;
use crate::record::{List, Record};

/// The longest text that names a record in a message.
const LONGEST_NAME: usize = 200;

/// The records of a list that were passed over.
#[derive(Debug, Default)]
pub(crate) struct Unreadable {
    /// For each of them, the number of readable records before it.
    before: Vec<usize>,
    kinds: Vec<Alike>,
}

/// Records with the same flaw.
#[derive(Debug)]
struct Alike {
    /// Of the first of them.
    flaw: Flaw,
    count: usize,
    /// The position of the first in its list.
    first: usize,
    /// What the first says of itself, such as its image.
    name: Option<String>,
}

impl Unreadable {
    /// Notes a record after `readable` other ones; `name` is called for the first of each kind.
    pub fn note(&mut self, readable: usize, flaw: Flaw, name: impl FnOnce() -> Option<String>) {
        let first = readable + self.before.len();
        self.before.push(readable);
        match self.kinds.iter_mut().find(|alike| alike.flaw.is_like(&flaw)) {
            Some(alike) => alike.count += 1,
            None => self.kinds.push(Alike { flaw, count: 1, first, name: name() }),
        }
    }

    /// Adds those of a later part of the list, which has `readable` records before it.
    pub fn extend(&mut self, later: Self, readable: usize) {
        let moved = readable + self.before.len();
        for alike in later.kinds {
            match self.kinds.iter_mut().find(|known| known.flaw.is_like(&alike.flaw)) {
                Some(known) => known.count += alike.count,
                None => self.kinds.push(Alike { first: alike.first + moved, ..alike }),
            }
        }
        self.before.extend(later.before.into_iter().map(|before| before + readable));
    }

    /// The position in the list of a readable record, given its position among the readable ones.
    pub fn position(&self, row: usize) -> usize {
        row + self.before.partition_point(|&before| before <= row)
    }

    /// The place in the file of a readable record.
    pub fn record(&self, list: List, row: usize) -> Record {
        Record { list, index: self.position(row) }
    }

    /// One finding a kind, in the order of their first records.
    pub fn findings(&self, list: List) -> impl Iterator<Item = Finding> {
        self.kinds.iter().map(move |Alike { flaw, count, first, name }| {
            let record = Record { list, index: *first };
            let name = name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            Finding { kind: Kind::Unreadable, list, count: *count, example: format!("{record}{name}: {flaw}") }
        })
    }
}

/// The image that the record at byte `start` says it is of, as it is written there: the id, or else the file name.
pub(crate) fn name_of_record(text: &[u8], start: usize) -> Option<String> {
    let (mut image, mut file) = (None, None);
    let read = Reader::at(text, start).object(|reader, name| -> Result<(), Syntax> {
        let from = reader.position();
        reader.skip()?;
        let value = text[from..reader.position()].trim_ascii_end();
        if value.len() <= LONGEST_NAME && matches!(value.first(), Some(b'"' | b'-' | b'0'..=b'9')) {
            let value = String::from_utf8_lossy(value).into_owned();
            match name {
                b"image_id" => image = Some(format!("image {value}")),
                b"file_name" => file = Some(value),
                _ => {}
            }
        }
        Ok(())
    });
    read.ok().and(image.or(file))
}
