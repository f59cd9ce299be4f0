//! Ids as COCO files have them: mostly integers, sometimes strings.

use std::borrow::Cow;
use std::fmt;

use boxlint_core::{check_room, reserve, sort};

use crate::names::Names;

/// A code below this stands for a string: `i64::MIN` plus twice its number, and one more if the string is the digits of
/// an integer that is as low. Any other code is the integer itself. There is room for the strings of any memory.
const FIRST_INT: i64 = i64::MIN / 2;

/// The id of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Id<'a> {
    /// An integer; `1.0` in a file is the integer 1.
    Int(i64),
    /// A string; `"1"` in a file is not the integer 1.
    String(&'a str),
}

impl<'a> Id<'a> {
    /// The string, or the digits of the integer.
    pub(crate) fn text(self) -> Cow<'a, str> {
        match self {
            Self::Int(int) => Cow::Owned(int.to_string()),
            Self::String(string) => Cow::Borrowed(string),
        }
    }

    fn as_str(self) -> Option<&'a str> {
        match self {
            Self::Int(_) => None,
            Self::String(string) => Some(string),
        }
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(int) => write!(f, "{int}"),
            Self::String(string) => write!(f, "{string:?}"),
        }
    }
}

/// A column of ids.
///
/// It takes four bytes an id while all are integers of 32 bits, else eight, and the length of the strings. Integers below
/// -2^62, as some hashes are, are held as the strings of their digits.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    codes: Codes,
    /// A string equal to the one before it is held once.
    strings: Names,
}

impl Ids {
    /// How many ids there are.
    ///
    /// ```
    /// # use boxlint_io::Ids;
    /// assert_eq!(Ids::from(vec![7, 8]).len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// # use boxlint_io::Ids;
    /// assert!(Ids::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id in this row.
    ///
    /// ```
    /// # use boxlint_io::{Id, Ids};
    /// assert_eq!(Ids::from(vec![7, 8]).get(1), Id::Int(8));
    /// ```
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn get(&self, row: usize) -> Id<'_> {
        self.decode(self.codes.get(row))
    }

    /// The ids, row by row.
    ///
    /// ```
    /// # use boxlint_io::{Id, Ids};
    /// let ids: Ids = [Id::Int(7), Id::String("x")].into_iter().collect();
    /// assert!(ids.iter().eq([Id::Int(7), Id::String("x")]));
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Id<'_>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Adds an id in a new row.
    ///
    /// ```
    /// # use boxlint_io::{Id, Ids};
    /// let mut ids = Ids::from(vec![7]);
    /// ids.push(Id::String("x"));
    /// assert_eq!(ids.get(1), Id::String("x"));
    /// ```
    pub fn push(&mut self, id: Id<'_>) {
        let code = self.encode(id);
        self.codes.push(code);
    }

    /// The ids as integers, if all of them are.
    ///
    /// ```
    /// # use boxlint_io::Ids;
    /// assert_eq!(Ids::from(vec![7, i64::MIN]).into_ints().ok(), Some(vec![7, i64::MIN]));
    /// ```
    ///
    /// # Errors
    /// The ids themselves, if one of them is a string.
    pub fn into_ints(self) -> Result<Vec<i64>, Self> {
        if self.strings.is_empty() {
            return Ok(self.codes.into_wide());
        }
        if self.iter().any(|id| matches!(id, Id::String(_))) {
            return Err(self);
        }
        check_room(self.len() * size_of::<i64>());
        Ok(self.ints().collect())
    }

    /// The code of an id. [`push_code`](Self::push_code) adds it to the column once its record is read.
    pub(crate) fn encode(&mut self, id: Id<'_>) -> i64 {
        let code = match id {
            Id::Int(int) if int >= FIRST_INT => return int,
            Id::Int(int) => 2 * self.number_of(&int.to_string()) + 1,
            Id::String(string) => 2 * self.number_of(string),
        };
        i64::MIN + code as i64
    }

    /// The number of a string, which is added unless it is the last one.
    fn number_of(&mut self, string: &str) -> usize {
        let last = self.strings.len().wrapping_sub(1);
        if self.strings.get(last) == Some(string) {
            return last;
        }
        self.strings.push(string);
        last.wrapping_add(1)
    }

    /// Makes room for so many rows more.
    pub(crate) fn make_room(&mut self, rows: usize) {
        match &mut self.codes {
            Codes::Narrow(codes) => reserve(codes, rows),
            Codes::Wide(codes) => reserve(codes, rows),
        }
    }

    /// Adds the id of a code in a new row.
    pub(crate) fn push_code(&mut self, code: i64) {
        self.codes.push(code);
    }

    fn decode(&self, code: i64) -> Id<'_> {
        match place_of(code) {
            Place::String(number) => Id::String(&self.strings[number]),
            Place::Digits(number) => Id::Int(self.int_of(number)),
            Place::Code => Id::Int(code),
        }
    }

    /// The integer whose digits this string is.
    fn int_of(&self, number: usize) -> i64 {
        self.strings[number].parse().unwrap_or(i64::MIN)
    }

    /// The ids that are integers.
    pub(crate) fn ints(&self) -> impl Iterator<Item = i64> {
        self.iter().filter_map(|id| match id {
            Id::Int(int) => Some(int),
            Id::String(_) => None,
        })
    }

    /// The row of each id, given the row of any integer and of any string.
    pub(crate) fn rows<R: Copy>(
        &self,
        mut row_of_int: impl FnMut(i64) -> R,
        row_of_string: impl Fn(&str) -> R,
    ) -> Vec<R> {
        let string_rows: Vec<R> = self.strings.iter().map(row_of_string).collect();
        check_room(self.len() * size_of::<R>());
        // Most boxes are of the same image as the box before them.
        let mut last = (0, row_of_int(0));
        let mut row_of = |code| match place_of(code) {
            Place::String(number) => string_rows[number],
            Place::Digits(number) => row_of_int(self.int_of(number)),
            Place::Code => row_of_int(code),
        };
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

    /// Adds the strings of a later part of the column, and returns the codes of that part with its strings' new
    /// numbers.
    pub(crate) fn adopt(&mut self, part: Self) -> Vec<i64> {
        let moved = 2 * self.strings.len() as i64;
        self.strings.append(&part.strings);
        let mut codes = part.codes.into_wide();
        if moved > 0 {
            for code in codes.iter_mut().filter(|code| **code < FIRST_INT) {
                *code += moved;
            }
        }
        codes
    }

    /// Replaces all rows by these codes.
    pub(crate) fn set_codes(&mut self, codes: Vec<i64>) {
        self.codes = Codes::Wide(codes);
    }

    /// Adds the rows of a later part of the column.
    pub(crate) fn append(&mut self, part: Self) {
        if let (Codes::Narrow(codes), Codes::Narrow(later)) = (&mut self.codes, &part.codes)
            && part.strings.is_empty()
        {
            reserve(codes, later.len());
            codes.extend(later);
            return;
        }
        for code in self.adopt(part) {
            self.codes.push(code);
        }
    }

    /// Whether these codes of later rows rise from those of the rows before, the last of which is `last`.
    pub(crate) fn rise(&self, last: &mut i64) -> bool {
        // Codes of strings say where these are.
        let mut rises = |code: i64| code >= FIRST_INT && code > std::mem::replace(last, code);
        (0..self.len()).all(|row| rises(self.codes.get(row)))
    }

    /// How many ids repeat another one, and the least that is repeated: the least integer, or else the least string.
    pub(crate) fn repeated(&self) -> Option<(usize, Id<'_>)> {
        let mut ints: Vec<i64> = self.ints().collect();
        sort(&mut ints, &Ord::cmp);
        let mut strings: Vec<&str> = self.iter().filter_map(Id::as_str).collect();
        strings.sort_unstable();
        let ints = ints.windows(2).filter(|pair| pair[0] == pair[1]);
        let strings = strings.windows(2).filter(|pair| pair[0] == pair[1]);
        let mut repeated = ints.map(|pair| Id::Int(pair[0])).chain(strings.map(|pair| Id::String(pair[0])));
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
        Self { codes: Codes::Wide(ints), strings: Names::default() }
    }
}

impl PartialEq for Ids {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// Codes of ids. Three ids a record in four bytes instead of eight keep the memory that reading takes below twice the
/// file, even where records are as short as they can be.
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

    #[inline(always)]
    fn push(&mut self, code: i64) {
        match (&mut *self, i32::try_from(code)) {
            (Self::Narrow(codes), Ok(code)) => codes.push(code),
            _ => self.push_wide(code),
        }
    }

    #[inline(never)]
    fn push_wide(&mut self, code: i64) {
        let mut codes = std::mem::take(self).into_wide();
        codes.push(code);
        *self = Self::Wide(codes);
    }

    fn into_wide(self) -> Vec<i64> {
        match self {
            Self::Narrow(codes) => {
                check_room(codes.len() * size_of::<i64>());
                codes.into_iter().map(i64::from).collect()
            }
            Self::Wide(codes) => codes,
        }
    }
}

/// Where an id is: in a string, in one that is the digits of an integer, or in the code itself.
enum Place {
    String(usize),
    Digits(usize),
    Code,
}

#[inline]
fn place_of(code: i64) -> Place {
    if code >= FIRST_INT {
        return Place::Code;
    }
    let place = (code - i64::MIN) as usize;
    if place.is_multiple_of(2) { Place::String(place / 2) } else { Place::Digits(place / 2) }
}
