//! Finds the rows of images and classes by their ids.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};

use boxlint_core::filled;

use crate::ids::{Id, Ids};

/// The row of an id that is not listed.
pub(crate) const NOWHERE: usize = usize::MAX;

/// Finds the row of an id; of equal ids the first row.
pub(crate) struct Lookup<'a> {
    ints: IntRows,
    strings: StringRows<'a>,
    /// The row of each id, where it is not the position among the ids.
    rows: Option<Vec<usize>>,
}

/// The rows of integer ids: a table if they lie close together, else pairs of an id and its row, in rising order.
enum IntRows {
    Table { first: i64, rows: Vec<usize> },
    Sorted(Vec<(Option<i64>, usize)>),
}

impl<'a> Lookup<'a> {
    pub fn new(ids: &'a Ids) -> Self {
        Self::with_rows(Cow::Borrowed(ids), None)
    }

    /// The rows that are given.
    pub fn of<'b>(pairs: impl IntoIterator<Item = (Id<'b>, usize)>) -> Self {
        let (mut ids, mut rows) = (Ids::default(), Vec::new());
        for (id, row) in pairs {
            ids.push(id);
            rows.push(row);
        }
        Self::with_rows(Cow::Owned(ids), Some(rows))
    }

    fn with_rows(ids: Cow<'a, Ids>, rows: Option<Vec<usize>>) -> Self {
        let row = |position: usize| rows.as_ref().map_or(position, |rows| rows[position]);
        let ints = ids.iter().enumerate().filter_map(|(position, id)| match id {
            Id::Int(int) => Some((Some(int), row(position))),
            Id::String(_) => None,
        });
        Self { ints: IntRows::new(ints.collect()), strings: StringRows::new(ids), rows }
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
        let position = self.strings.position(string);
        self.rows.as_ref().and_then(|rows| rows.get(position).copied()).unwrap_or(position)
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
            pairs.sort_unstable();
            pairs.dedup_by_key(|(id, _)| *id);
            return Self::Sorted(pairs);
        }
        let mut rows = vec![NOWHERE; span + 1];
        for (id, row) in pairs {
            let place = &mut rows[id.map_or(0, |id| id.abs_diff(first) as usize)];
            *place = row.min(*place);
        }
        Self::Table { first, rows }
    }
}

/// The strings among ids, by their hashes: a place of eight bytes for each, and as many free ones at most. A map of the
/// standard library that holds the strings takes four times as much.
struct StringRows<'a> {
    ids: Cow<'a, Ids>,
    /// Positions in `ids`, each at or behind the place of its hash, before the first free one.
    places: Vec<usize>,
    hashes: RandomState,
}

impl<'a> StringRows<'a> {
    /// Of equal strings the first.
    fn new(ids: Cow<'a, Ids>) -> Self {
        let strings = ids.len() - ids.ints().count();
        // At most three quarters are taken.
        let places = if strings == 0 { 0 } else { (strings + strings / 3 + 1).next_power_of_two() };
        let mut rows = Self { ids, places: filled(places, NOWHERE), hashes: RandomState::new() };
        for position in 0..rows.ids.len() {
            if let Id::String(string) = rows.ids.get(position) {
                let place = rows.place(string);
                if rows.places[place] == NOWHERE {
                    rows.places[place] = position;
                }
            }
        }
        rows
    }

    /// The position of a string among the ids, or [`NOWHERE`].
    fn position(&self, string: &str) -> usize {
        if self.places.is_empty() { NOWHERE } else { self.places[self.place(string)] }
    }

    /// The place of a string, or the free one where it belongs.
    fn place(&self, string: &str) -> usize {
        let mask = self.places.len() - 1;
        let mut place = self.hashes.hash_one(string) as usize & mask;
        while self.places[place] != NOWHERE && self.ids.get(self.places[place]) != Id::String(string) {
            place = (place + 1) & mask;
        }
        place
    }
}
