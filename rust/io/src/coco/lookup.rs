//! From ids to the rows of the records that have them.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::ids::{Id, Ids};

/// The row of an id that is not listed.
pub(crate) const NOWHERE: usize = usize::MAX;

/// Finds the row of an id; of equal ids the first row.
pub(crate) struct Lookup<'a> {
    ints: IntRows,
    strings: HashMap<Cow<'a, str>, usize>,
}

/// The rows of integer ids: a table if they lie close together, else a map.
enum IntRows {
    Table { first: i64, rows: Vec<usize> },
    Map(HashMap<i64, usize>),
}

impl<'a> Lookup<'a> {
    pub fn new(ids: &'a Ids) -> Self {
        let mut strings = HashMap::new();
        let mut ints = IntRows::with_room_for(ids);
        for (row, id) in ids.iter().enumerate() {
            match id {
                Id::String(string) => {
                    strings.entry(Cow::Borrowed(string)).or_insert(row);
                }
                Id::Int(int) => ints.insert(int, row),
            }
        }
        Self { ints, strings }
    }

    /// The rows that are given.
    pub fn of<'b>(pairs: impl IntoIterator<Item = (Id<'b>, usize)>) -> Self {
        let pairs: Vec<(Id<'b>, usize)> = pairs.into_iter().collect();
        let ids: Ids = pairs.iter().map(|(id, _)| *id).collect();
        let mut strings = HashMap::new();
        let mut ints = IntRows::with_room_for(&ids);
        for (id, row) in pairs {
            match id {
                Id::Int(int) => ints.insert(int, row),
                Id::String(string) => {
                    strings.entry(Cow::Owned(string.to_owned())).or_insert(row);
                }
            }
        }
        Self { ints, strings }
    }

    /// The row of an id, or [`NOWHERE`].
    pub fn row(&self, id: Id<'_>) -> usize {
        match id {
            Id::Int(int) => self.int(int),
            Id::String(string) => self.string(string),
        }
    }

    /// The row of each of `ids`, or [`NOWHERE`].
    pub fn rows(&self, ids: &Ids) -> Vec<usize> {
        ids.rows(|int| self.int(int), |string| self.string(string))
    }

    #[inline]
    fn int(&self, int: i64) -> usize {
        match &self.ints {
            IntRows::Table { first, rows } => {
                let place = int.checked_sub(*first).map(usize::try_from);
                match place {
                    Some(Ok(place)) => rows.get(place).copied().unwrap_or(NOWHERE),
                    _ => NOWHERE,
                }
            }
            IntRows::Map(rows) => rows.get(&int).copied().unwrap_or(NOWHERE),
        }
    }

    fn string(&self, string: &str) -> usize {
        self.strings.get(string).copied().unwrap_or(NOWHERE)
    }
}

impl IntRows {
    /// Entries of a table for each id. In the official COCO files about one number in five is an id, and a table of
    /// eight entries for each is still small beside its file.
    const TABLE_ROOM: usize = 8;

    /// A table or map with room for `ids`, still empty.
    fn with_room_for(ids: &Ids) -> Self {
        let first = ids.ints().min().unwrap_or(0);
        let last = ids.ints().max().unwrap_or(0);
        let span = usize::try_from(last.abs_diff(first)).unwrap_or(usize::MAX);
        if span / Self::TABLE_ROOM <= ids.len() {
            let rows = vec![NOWHERE; span + 1];
            Self::Table { first, rows }
        } else {
            Self::Map(HashMap::with_capacity(ids.len()))
        }
    }

    fn insert(&mut self, int: i64, row: usize) {
        match self {
            Self::Table { first, rows } => {
                let place = &mut rows[int.abs_diff(*first) as usize];
                *place = row.min(*place);
            }
            Self::Map(rows) => {
                rows.entry(int).or_insert(row);
            }
        }
    }
}
