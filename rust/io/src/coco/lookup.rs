//! Finds images and categories by their ids.

use std::borrow::Cow;
use std::collections::HashMap;

use boxlint_core::{check_room, filled, reserve, sort};

use crate::ids::{Id, Ids};

/// The row of an id that is not listed.
pub(crate) const NOWHERE: usize = usize::MAX;

/// Finds the row of an id; of equal ids the first row.
pub(crate) struct Lookup<'a> {
    ints: IntRows,
    strings: HashMap<Cow<'a, str>, usize>,
}

/// The rows of integer ids: a table if they lie close together, else pairs of an id and its row, in rising order: of the type
/// by which classes are sorted, so that sorting is compiled once.
enum IntRows {
    Table { first: i64, rows: Vec<usize> },
    Sorted(Vec<(Option<i64>, usize)>),
}

impl<'a> Lookup<'a> {
    /// Bytes that a full map of strings takes more for each of them when it grows: with room for twice as many, of which an
    /// eighth stays empty.
    const GROWN: usize = 2 * (size_of::<(Cow<'_, str>, usize)>() + 1) * 8 / 7 + 1;

    pub fn new(ids: &'a Ids) -> Self {
        Self::from_pairs(ids.iter().enumerate().map(|(row, id)| (id, row)), Cow::Borrowed)
    }

    /// The rows that are given.
    pub fn of<'b>(pairs: impl IntoIterator<Item = (Id<'b>, usize)>) -> Self {
        Self::from_pairs(pairs, |string: &str| Cow::Owned(string.to_owned()))
    }

    fn from_pairs<'b>(pairs: impl IntoIterator<Item = (Id<'b>, usize)>, own: impl Fn(&'b str) -> Cow<'a, str>) -> Self {
        let (mut ints, mut strings) = (Vec::new(), HashMap::new());
        for (id, row) in pairs {
            match id {
                Id::Int(int) => {
                    reserve(&mut ints, 1);
                    ints.push((Some(int), row));
                }
                Id::String(string) => {
                    if strings.len() == strings.capacity() {
                        check_room(strings.len() * Self::GROWN);
                    }
                    strings.entry(own(string)).or_insert(row);
                }
            }
        }
        Self { ints: IntRows::new(ints), strings }
    }

    /// The row of an id, or [`NOWHERE`].
    pub fn row(&self, id: Id<'_>) -> usize {
        match id {
            Id::Int(int) => self.int(int, &mut 0),
            Id::String(string) => self.string(string),
        }
    }

    /// The row of each of `ids`, or [`NOWHERE`].
    pub fn rows(&self, ids: &Ids) -> Vec<usize> {
        self.rows_as(ids, |row| row)
    }

    /// The same, each turned into another value.
    pub fn rows_as<R: Copy>(&self, ids: &Ids, turn: impl Fn(usize) -> R) -> Vec<R> {
        let mut found = 0;
        ids.rows(|int| turn(self.int(int, &mut found)), |string| turn(self.string(string)))
    }

    /// The row of an integer. Among pairs it is looked for first where the one before was `found`, and behind that: most
    /// boxes are of the same image as the box before them, or of the next one.
    #[inline]
    fn int(&self, int: i64, found: &mut usize) -> usize {
        match &self.ints {
            IntRows::Table { first, rows } => {
                let place = int.checked_sub(*first).map(usize::try_from);
                match place {
                    Some(Ok(place)) => rows.get(place).copied().unwrap_or(NOWHERE),
                    _ => NOWHERE,
                }
            }
            IntRows::Sorted(pairs) => {
                let row = |place: usize| pairs.get(place).filter(|(id, _)| *id == Some(int)).map(|&(_, row)| row);
                let near = [*found, *found + 1].into_iter().find(|&place| row(place).is_some());
                *found = near.unwrap_or_else(|| pairs.partition_point(|&(id, _)| id < Some(int)));
                row(*found).unwrap_or(NOWHERE)
            }
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

    fn new(mut pairs: Vec<(Option<i64>, usize)>) -> Self {
        let ids = || pairs.iter().filter_map(|&(id, _)| id);
        let (first, last) = (ids().min().unwrap_or(0), ids().max().unwrap_or(0));
        let span = usize::try_from(last.abs_diff(first)).unwrap_or(usize::MAX);
        if span / Self::TABLE_ROOM > pairs.len() {
            sort(&mut pairs, &Ord::cmp);
            pairs.dedup_by_key(|(id, _)| *id);
            return Self::Sorted(pairs);
        }
        let mut rows = filled(span + 1, NOWHERE);
        for (id, row) in pairs {
            let place = &mut rows[id.map_or(0, |id| id.abs_diff(first) as usize)];
            *place = row.min(*place);
        }
        Self::Table { first, rows }
    }
}
