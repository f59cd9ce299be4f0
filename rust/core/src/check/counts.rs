//! Counts, of which nearly all are 0: only the others are kept, in order, in eight bytes each, the largest in up to 24.
//!
//! A count is of a *key*: a class, and a *column*, which says what is counted of it. It stands in one to three words, a digit
//! of 21 bits in each, the lowest first. A word holds, from its highest bit down, the key, the place of the digit, and the
//! digit, so that words sort by class, column and place.

use std::ops::Range;
use std::sync::Arc;

use crate::abandon::{check_stop, reserve};

const COLUMN_BITS: u32 = 21;
const PLACE_BITS: u32 = 2;
const DIGIT_BITS: u32 = 21;
const KEY_AT: u32 = PLACE_BITS + DIGIT_BITS;
const CLASS_AT: u32 = COLUMN_BITS + KEY_AT;

/// The key of a column of a class.
#[inline]
pub(crate) fn key_of(class: u32, column: u32) -> u64 {
    u64::from(class) << COLUMN_BITS | u64::from(column)
}

/// The column of a key.
#[inline]
pub(crate) fn column_of(key: u64) -> u32 {
    key as u32 & ((1 << COLUMN_BITS) - 1)
}

#[inline]
fn key_in(word: u64) -> u64 {
    word >> KEY_AT
}

/// What a word adds to the count of its key.
#[inline]
fn part_in(word: u64) -> u64 {
    let place = word >> DIGIT_BITS & ((1 << PLACE_BITS) - 1);
    (word & ((1 << DIGIT_BITS) - 1)) << (place as u32 * DIGIT_BITS)
}

/// The sum of two counts, or the largest number if that is beyond it.
#[inline]
fn plus(one: u64, other: u64) -> u64 {
    one.saturating_add(other).min(i64::MAX as u64)
}

/// How many words a count takes.
#[inline]
fn length(count: u64) -> usize {
    if count >> DIGIT_BITS == 0 { 1 } else { (u64::BITS - count.leading_zeros()).div_ceil(DIGIT_BITS) as usize }
}

/// The words of a count that is not 0.
#[inline]
fn words(key: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..length(count) as u32).map(move |place| {
        let digit = count >> (place * DIGIT_BITS) & ((1 << DIGIT_BITS) - 1);
        key << KEY_AT | u64::from(place) << DIGIT_BITS | digit
    })
}

/// Appends the words of a count.
#[inline]
pub(crate) fn push(list: &mut Vec<u64>, key: u64, count: u64) {
    if count != 0 {
        reserve(list, length(count));
        list.extend(words(key, count));
    }
}

/// Number of keys of sorted words.
pub(crate) fn keys(words: &[u64]) -> usize {
    words.iter().filter(|&&word| word >> DIGIT_BITS & ((1 << PLACE_BITS) - 1) == 0).count()
}

/// The keys of sorted words, each once, and their counts.
#[derive(Clone)]
pub(crate) struct Tallies<'a>(pub(crate) &'a [u64]);

impl Tallies<'_> {
    /// How many of the sorted words of a class are of columns before this one.
    pub(crate) fn until(words: &[u64], column: u32) -> usize {
        words.partition_point(|&word| column_of(key_in(word)) < column)
    }
}

impl Iterator for Tallies<'_> {
    type Item = (u64, u64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (&first, mut rest) = self.0.split_first()?;
        let (key, mut count) = (key_in(first), part_in(first));
        while let Some((&word, after)) = rest.split_first()
            && key_in(word) == key
        {
            count = plus(count, part_in(word));
            rest = after;
        }
        self.0 = rest;
        Some((key, count))
    }
}

/// The counts that are not 0, each key once, in order. Clones share them until they change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts(Arc<Vec<u64>>);

impl Counts {
    /// The sums of words in any order.
    pub(crate) fn sum_of(mut list: Vec<u64>) -> Self {
        sum(&mut list);
        list.shrink_to_fit();
        Self(Arc::new(list))
    }

    /// The sums of these and others.
    pub(crate) fn merge(mut self, mut other: Self) -> Self {
        if self.len() < other.len() {
            std::mem::swap(&mut self, &mut other);
        }
        self.add_sums(&other.0);
        self
    }

    /// Adds words in any order, which it takes.
    pub(crate) fn take(&mut self, list: &mut Vec<u64>) {
        sum(list);
        self.add_sums(list);
        list.clear();
    }

    /// Adds words that are sums themselves.
    fn add_sums(&mut self, mut more: &[u64]) {
        if more.is_empty() {
            return;
        }
        check_stop();
        let longer = self.longer_by(more);
        let sums = self.own(longer);
        let (mut from, mut to) = (sums.len(), sums.len() + longer);
        sums.resize(to, 0);
        // From the last one on, each goes where it belongs. No sum is shorter than what it is of, so none is overwritten
        // before it was moved.
        while let Some(&word) = more.last() {
            let key = key_in(word);
            if from > 0 && key_in(sums[from - 1]) > key {
                (from, to) = (from - 1, to - 1);
                sums[to] = sums[from];
                continue;
            }
            let count = plus(
                take_last(more, key, |left| more = &more[..left]),
                take_last(&sums[..from], key, |left| from = left),
            );
            to -= length(count);
            sums[to..].iter_mut().zip(words(key, count)).for_each(|(sum, word)| *sum = word);
        }
    }

    /// The words, shared with no clone, and with room for so many more.
    fn own(&mut self, more: usize) -> &mut Vec<u64> {
        if Arc::get_mut(&mut self.0).is_none() {
            let mut words = Vec::new();
            reserve(&mut words, self.len() + more);
            words.extend_from_slice(&self.0);
            self.0 = Arc::new(words);
        }
        let words = Arc::make_mut(&mut self.0);
        reserve(words, more);
        words
    }

    /// How many words more there are with others.
    fn longer_by(&self, more: &[u64]) -> usize {
        let mut known = Tallies(&self.0).peekable();
        let longer = Tallies(more).map(|(key, count)| {
            while known.next_if(|&(other, _)| other < key).is_some() {}
            let before = known.peek().filter(|&&(other, _)| other == key).map(|&(_, count)| count);
            before.map_or(length(count), |before| length(plus(before, count)) - length(before))
        });
        longer.sum()
    }

    /// Gives memory back that is not needed.
    pub(crate) fn shrink(&mut self) {
        self.own(0).shrink_to_fit();
    }

    /// Drops the counts of columns before this one, unless a clone has them, too.
    pub(crate) fn drop_before(&mut self, column: u32) {
        if let Some(words) = Arc::get_mut(&mut self.0) {
            words.retain(|&word| column_of(key_in(word)) >= column);
            words.shrink_to_fit();
        }
    }

    /// Number of words.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// One of the words.
    #[inline]
    pub(crate) fn word(&self, at: usize) -> u64 {
        self.0[at]
    }

    /// The words of each class that has any, and where they begin.
    pub(crate) fn by_class(&self) -> impl Iterator<Item = (u32, usize, &[u64])> {
        let mut next = 0;
        self.0.chunk_by(|one, other| one >> CLASS_AT == other >> CLASS_AT).map(move |words| {
            let start = next;
            next += words.len();
            ((words[0] >> CLASS_AT) as u32, start, words)
        })
    }

    /// The count of a key whose words are in a range.
    #[inline]
    pub(crate) fn find(&self, places: Range<usize>, key: u64) -> u64 {
        let words = &self.0[places];
        let rest = &words[words.partition_point(|&word| key_in(word) < key)..];
        Tallies(rest).next().filter(|&(found, _)| found == key).map_or(0, |(_, count)| count)
    }
}

/// The count of a key in the last words, and says how many are left.
#[inline]
fn take_last(words: &[u64], key: u64, left: impl FnOnce(usize)) -> u64 {
    let (mut count, mut end) = (0, words.len());
    while end > 0 && key_in(words[end - 1]) == key {
        end -= 1;
        count = plus(count, part_in(words[end]));
    }
    left(end);
    count
}

/// Puts words in order, those of a key together. They take no more room then.
fn sum(list: &mut Vec<u64>) {
    list.sort_unstable();
    let (mut from, mut to) = (0, 0);
    while let Some((key, count)) = Tallies(&list[from..]).next() {
        while list.get(from).is_some_and(|&word| key_in(word) == key) {
            from += 1;
        }
        for word in words(key, count) {
            list[to] = word;
            to += 1;
        }
    }
    list.truncate(to);
}
