//! Ids as COCO files have them: integers mostly, texts now and then.

use std::collections::HashMap;
use std::fmt;

use rayon::prelude::*;

/// Codes below this are texts, by their number from `i64::MIN` up; all others are the integers themselves.
const FIRST_INT: i64 = i64::MIN / 2;

/// The row of an id that is not listed.
pub(crate) const NOWHERE: usize = usize::MAX;

/// The id of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Id<'a> {
    /// An integer; `1.0` in a file is the integer 1.
    Int(i64),
    /// A text; `"1"` in a file is not the integer 1.
    Text(&'a str),
}

impl<'a> Id<'a> {
    fn as_text(self) -> Option<&'a str> {
        match self {
            Self::Int(_) => None,
            Self::Text(text) => Some(text),
        }
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(int) => write!(f, "{int}"),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// A column of ids: four bytes each while all are short integers, else eight; and the texts end to end in one string.
///
/// An integer below -2^62 is held as the text of its digits.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    codes: Codes,
    texts: Texts,
}

impl Ids {
    /// How many ids there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id in this row.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn get(&self, row: usize) -> Id<'_> {
        self.decode(self.codes.get(row))
    }

    /// The ids, row by row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Id<'_>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Adds an id in a new row.
    pub fn push(&mut self, id: Id<'_>) {
        let code = self.encode(id);
        self.codes.push(code);
    }

    /// The column as it is when every id is an integer, or the ids again.
    ///
    /// # Errors
    /// The ids themselves, when one of them is a text.
    pub fn into_ints(self) -> Result<Vec<i64>, Self> {
        if self.texts.is_empty() { Ok(self.codes.into_wide()) } else { Err(self) }
    }

    /// Makes an id ready to be added by `push_code`, once its record is known to be sound.
    pub(crate) fn encode(&mut self, id: Id<'_>) -> i64 {
        let text = match id {
            Id::Int(int) if int >= FIRST_INT => return int,
            Id::Int(int) => self.texts.add(&int.to_string()),
            Id::Text(text) => self.texts.add(text),
        };
        i64::MIN + text as i64
    }

    pub(crate) fn push_code(&mut self, code: i64) {
        self.codes.push(code);
    }

    fn decode(&self, code: i64) -> Id<'_> {
        match text_number(code) {
            Some(number) => Id::Text(self.texts.get(number)),
            None => Id::Int(code),
        }
    }

    /// Those that are integers.
    fn ints(&self) -> impl Iterator<Item = i64> {
        (0..self.len()).map(|row| self.codes.get(row)).filter(|&code| code >= FIRST_INT)
    }

    /// The row of each id.
    pub(crate) fn rows(&self, lookup: &Lookup<'_>) -> Vec<usize> {
        let text_rows: Vec<usize> = (0..self.texts.len()).map(|number| lookup.text(self.texts.get(number))).collect();
        let row_of = |code| match text_number(code) {
            Some(number) => text_rows[number],
            None => lookup.int(code),
        };
        // Boxes of an image mostly follow each other.
        let mut last = (0, lookup.int(0));
        let row = |code| {
            if last.0 != code {
                last = (code, row_of(code));
            }
            last.1
        };
        match &self.codes {
            Codes::Narrow(codes) => codes.iter().map(|&code| i64::from(code)).map(row).collect(),
            Codes::Wide(codes) => codes.iter().copied().map(row).collect(),
        }
    }

    /// Moves the texts of a later part of the column here, and returns that part's codes to fit them.
    pub(crate) fn adopt(&mut self, part: Self) -> Vec<i64> {
        let moved = self.texts.len() as i64;
        self.texts.append(&part.texts);
        let mut codes = part.codes.into_wide();
        if moved > 0 {
            for code in codes.iter_mut().filter(|code| **code < FIRST_INT) {
                *code += moved;
            }
        }
        codes
    }

    pub(crate) fn set_codes(&mut self, codes: Vec<i64>) {
        self.codes = Codes::Wide(codes);
    }

    /// Adds the rows of a later part of the column.
    pub(crate) fn append(&mut self, part: Self) {
        for code in self.adopt(part) {
            self.codes.push(code);
        }
    }

    /// How many ids repeat another one, and the least of them.
    pub(crate) fn repeated(&self) -> Option<(usize, Id<'_>)> {
        let mut ints: Vec<i64> = self.ints().collect();
        ints.par_sort_unstable();
        let mut texts: Vec<&str> = self.iter().filter_map(Id::as_text).collect();
        texts.sort_unstable();
        let ints = ints.windows(2).filter(|pair| pair[0] == pair[1]);
        let texts = texts.windows(2).filter(|pair| pair[0] == pair[1]);
        let mut repeated = ints.map(|pair| Id::Int(pair[0])).chain(texts.map(|pair| Id::Text(pair[0])));
        let first = repeated.next()?;
        Some((1 + repeated.count(), first))
    }
}

impl<'a> FromIterator<Id<'a>> for Ids {
    fn from_iter<I: IntoIterator<Item = Id<'a>>>(ids: I) -> Self {
        let mut column = Self::default();
        for id in ids {
            column.push(id);
        }
        column
    }
}

impl From<Vec<i64>> for Ids {
    fn from(ints: Vec<i64>) -> Self {
        if ints.iter().any(|&int| int < FIRST_INT) {
            return ints.into_iter().map(Id::Int).collect();
        }
        Self { codes: Codes::Wide(ints), texts: Texts::default() }
    }
}

impl PartialEq for Ids {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// Codes of ids: a file of the shortest records takes twice its size while it is read, and less than that with four
/// bytes for each of three ids.
#[derive(Clone, Debug)]
enum Codes {
    Narrow(Vec<i32>),
    Wide(Vec<i64>),
}

impl Default for Codes {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

impl Codes {
    fn len(&self) -> usize {
        match self {
            Self::Narrow(codes) => codes.len(),
            Self::Wide(codes) => codes.len(),
        }
    }

    #[inline]
    fn get(&self, row: usize) -> i64 {
        match self {
            Self::Narrow(codes) => codes[row].into(),
            Self::Wide(codes) => codes[row],
        }
    }

    #[inline]
    fn push(&mut self, code: i64) {
        match self {
            Self::Wide(codes) => codes.push(code),
            Self::Narrow(codes) => match i32::try_from(code) {
                Ok(code) => codes.push(code),
                Err(_) => {
                    let mut codes = std::mem::take(self).into_wide();
                    codes.push(code);
                    *self = Self::Wide(codes);
                }
            },
        }
    }

    fn into_wide(self) -> Vec<i64> {
        match self {
            Self::Narrow(codes) => codes.into_iter().map(i64::from).collect(),
            Self::Wide(codes) => codes,
        }
    }
}

fn text_number(code: i64) -> Option<usize> {
    (code < FIRST_INT).then(|| (code - i64::MIN) as usize)
}

/// Texts end to end in one string; a text equal to the one before it is held once.
#[derive(Clone, Debug, Default)]
struct Texts {
    joined: String,
    ends: Vec<usize>,
}

impl Texts {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn get(&self, number: usize) -> &str {
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.joined[start..self.ends[number]]
    }

    fn add(&mut self, text: &str) -> usize {
        if self.is_empty() || self.get(self.len() - 1) != text {
            self.joined.push_str(text);
            self.ends.push(self.joined.len());
        }
        self.len() - 1
    }

    fn append(&mut self, later: &Self) {
        let moved = self.joined.len();
        self.joined.push_str(&later.joined);
        self.ends.extend(later.ends.iter().map(|end| end + moved));
    }
}

/// From an id to its row; of equal ids the first counts.
pub(crate) struct Lookup<'a> {
    ints: IntRows,
    texts: HashMap<&'a str, usize>,
}

/// Integers that lie close together are looked up in a table, others in a map.
enum IntRows {
    Table { first: i64, rows: Vec<usize> },
    Map(HashMap<i64, usize>),
}

impl<'a> Lookup<'a> {
    pub fn new(ids: &'a Ids) -> Self {
        let mut texts = HashMap::new();
        let mut ints = IntRows::holding(ids);
        for (row, id) in ids.iter().enumerate() {
            match id {
                Id::Text(text) => {
                    texts.entry(text).or_insert(row);
                }
                Id::Int(int) => ints.insert(int, row),
            }
        }
        Self { ints, texts }
    }

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

    fn text(&self, text: &str) -> usize {
        self.texts.get(text).copied().unwrap_or(NOWHERE)
    }
}

impl IntRows {
    /// Official COCO ids leave about four of five numbers out; a table stays small beside its file up to here.
    const TABLE_ROOM: usize = 8;

    fn holding(ids: &Ids) -> Self {
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
