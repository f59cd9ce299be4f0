//! Reads a JSON text of which a part is in memory at a time: value by value, and lists of records in parallel.
//!
//! In the middle of a JSON text, the start of a record can only be guessed: a `{` after `},`. Blocks of the text are
//! read in parallel from such guesses. A block is kept only if reading everything before it ended exactly where the
//! block began; otherwise its text is read again from there. So a wrong guess costs time but changes nothing.
//!
//! A record that the part in memory may cut is read again when more is there.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};
use std::sync::atomic::{AtomicUsize, Ordering};

use boxlint_core::{check_room, check_stop, map, threads};

use crate::error::Error;
use crate::json::fault::{Flaw, Syntax};
use crate::json::reader::Reader;
use crate::json::unreadable::{Unreadable, name_of_record};
use crate::source::{Source, Window};

/// Bytes of a text that are in memory at once: for each thread, some blocks of the smallest size. Larger windows are no
/// faster.
const WINDOW: RangeInclusive<usize> = 1 << 21..=1 << 22;

/// Bytes of a block: reading one takes much longer than handing it to a thread, and larger ones are no faster.
const BLOCK: RangeInclusive<usize> = 1 << 16..=1 << 20;

/// Bytes that the shortest records take in memory for each byte of text.
const RECORDS_PER_BYTE: usize = 16;

/// With several blocks for each thread, one that is done early takes over blocks of the others.
const BLOCKS_PER_THREAD: usize = 4;

/// Lists of fewer blocks are not worth merging them.
const BLOCKS_OF_A_PART: usize = 128;

/// No word of JSON that a cut makes unreadable is longer than this: what is wrong earlier is wrong without a cut. A
/// string is unreadable where it is cut.
const LONGEST_WORD: usize = "Infinity".len();

/// Columns that the records of a list are read into, one row a record.
pub(crate) trait Records: Send {
    /// Reads one record and adds its row; adds nothing if it is flawed.
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw>;

    /// The number of rows.
    fn len(&self) -> usize;

    /// Makes room for so many rows more, where that is worth it.
    fn make_room(&mut self, _rows: usize) {}

    /// Adds the rows of a later part of the list.
    fn append(&mut self, later: Self);
}

/// A list, in parts that follow each other in the text.
pub(crate) struct ReadList<R> {
    pub parts: Vec<R>,
    /// The records that are in no part.
    pub unreadable: Unreadable,
    readable: usize,
    /// How many of the parts are of many blocks.
    large: usize,
}

impl<R: Records> ReadList<R> {
    /// Adds a block, and makes one part of many blocks: the memory of large parts goes back to the system when they are
    /// freed.
    fn push(&mut self, block: R) {
        self.readable += block.len();
        self.parts.push(block);
        if self.parts.len() - self.large == BLOCKS_OF_A_PART {
            let blocks = self.parts.drain(self.large..).reduce(merged);
            self.parts.extend(blocks);
            self.large += 1;
        }
    }

    /// All parts as one; None if there is none.
    pub fn into_one(self) -> (Option<R>, Unreadable) {
        (self.parts.into_iter().reduce(merged), self.unreadable)
    }
}

fn merged<R: Records>(mut records: R, later: R) -> R {
    records.append(later);
    records
}

/// A text and the place in it of what is read next.
pub(crate) struct Document<'a> {
    window: Window<'a>,
    /// In the window.
    at: usize,
}

impl<'a> Document<'a> {
    /// The document of a file, before its first value.
    pub fn open(source: Source<'a>) -> Result<Self, Error> {
        let window = BLOCKS_PER_THREAD * BLOCK.start() * threads();
        Self::with_window(source, window.clamp(*WINDOW.start(), *WINDOW.end()))
    }

    /// The same with so many bytes in memory, unless one value has more.
    pub(super) fn with_window(source: Source<'a>, size: usize) -> Result<Self, Error> {
        Ok(Self { window: Window::open(source, size)?, at: 0 })
    }

    /// Reads an object: calls `read` with the name of each field, and `read` must consume the value.
    pub fn object(&mut self, mut read: impl FnMut(&mut Self, &[u8]) -> Result<(), Error>) -> Result<(), Error> {
        let mut first = true;
        while let Some(name) = self.next(|reader| Ok(reader.name(first)?.map(Cow::into_owned)))? {
            read(self, &name)?;
            first = false;
        }
        Ok(())
    }

    /// Whether the next value is a list.
    pub fn at_list(&mut self) -> Result<bool, Error> {
        self.next(|reader| Ok(reader.at_list()))
    }

    /// Skips a value.
    pub fn skip(&mut self) -> Result<(), Error> {
        if self.at_list()? { self.list(|| Skipped).map(drop) } else { self.next(|reader| reader.skip()) }
    }

    /// Checks that nothing but white space is left.
    pub fn finish(mut self) -> Result<(), Error> {
        self.next(|reader| reader.finish())
    }

    /// Reads a list. A record that is JSON but cannot be used is passed over and noted.
    pub fn list<R: Records>(&mut self, new: impl Fn() -> R + Sync) -> Result<ReadList<R>, Error> {
        let mut list = ReadList { parts: Vec::new(), unreadable: Unreadable::default(), readable: 0, large: 0 };
        let mut more = self.next(|reader| reader.open_list())?;
        if more && self.at > self.window.text().len() / 2 && !self.window.is_last() {
            self.load()?; // so that all threads have something to read
        }
        while more {
            let (at, end) = self.read_wave(&mut list, &new)?;
            self.at = at;
            match end {
                End::Record => {}
                End::List => more = false,
                End::Comma => more = self.next(|reader| reader.next_item())?,
                End::Cut => self.load()?,
                End::Doubtful => unreachable!("a block that begins where the one before ended is not doubted"),
            }
        }
        Ok(list)
    }

    /// Reads what comes next, again if the window may cut it: whatever is followed by something is whole.
    fn next<T>(&mut self, read: impl Fn(&mut Reader<'_>) -> Result<T, Syntax>) -> Result<T, Error> {
        loop {
            let text = self.window.text();
            let mut reader = Reader::at(text, self.at);
            self.at = reader.position();
            let read = read(&mut reader);
            let end = reader.position();
            match read {
                Ok(value) if end < text.len() || self.window.is_last() => {
                    self.at = end;
                    return Ok(value);
                }
                Err(syntax) if !self.may_be_cut(&syntax) => return Err(self.fault(syntax)),
                _ => self.load()?,
            }
        }
    }

    /// Moves the window to what comes next, or doubles it if that is what it begins with.
    fn load(&mut self) -> Result<(), Error> {
        self.window.move_to(self.at)?;
        self.at = 0;
        Ok(())
    }

    fn may_be_cut(&self, syntax: &Syntax) -> bool {
        !self.window.is_last() && syntax.at() + LONGEST_WORD > self.window.text().len()
    }

    fn fault(&self, syntax: Syntax) -> Error {
        match self.window.place(syntax.at()) {
            Ok(place) => syntax.into_error(self.window.name(), &place),
            Err(error) => error,
        }
    }

    /// Reads the next records, many at a time, and tells where and how that ended.
    fn read_wave<R: Records>(
        &self,
        list: &mut ReadList<R>,
        new: &(impl Fn() -> R + Sync),
    ) -> Result<(usize, End), Error> {
        let mut at = self.at;
        for block in self.read_blocks(new) {
            let doubtful = matches!(block.end, Ok((_, End::Doubtful)));
            let block = if block.start == at && !doubtful {
                block
            } else if block.stop > at {
                Block::read(self, at..block.stop, new(), true, &AtomicUsize::new(usize::MAX))
            } else {
                continue;
            };
            let end;
            (at, end) = match block.end {
                Ok(end) => end,
                Err(syntax) => return Err(self.fault(syntax)),
            };
            list.unreadable.extend(block.unreadable, list.readable);
            list.push(block.records);
            if !matches!(end, End::Record) {
                return Ok((at, end));
            }
        }
        Ok((at, End::Record))
    }

    /// Reads the next blocks, the first of which begins with the record that comes next. The list may end in any of
    /// them, and what is read after its end is thrown away: so there are only as many blocks as keep all threads busy.
    fn read_blocks<R: Records>(&self, new: &(impl Fn() -> R + Sync)) -> Vec<Block<R>> {
        let (text, first) = (self.window.text(), self.at);
        check_stop();
        check_room(RECORDS_PER_BYTE * text.len());
        let count = BLOCKS_PER_THREAD * threads();
        let size = (text.len() - first).div_ceil(count).clamp(*BLOCK.start(), *BLOCK.end());
        let end = text.len().min(first.saturating_add(count * size));
        let guesses =
            (first + size..end).step_by(size).filter_map(|from| guess_record(text, from..end.min(from + size)));
        let starts: Vec<usize> = std::iter::once(first).chain(guesses).collect();
        let stops = starts[1..].iter().copied().chain([end]);
        let spans: Vec<(usize, usize)> = starts.iter().copied().zip(stops).collect();
        let last = AtomicUsize::new(usize::MAX);
        let read = |(start, stop)| Block::read(self, start..stop, new(), start == first, &last);
        map(spans, read)
    }
}

/// The first place in a block that looks like the start of a record.
fn guess_record(text: &[u8], mut block: Range<usize>) -> Option<usize> {
    block.find(|&at| {
        text[at] == b'{'
            && text[..at]
                .trim_ascii_end()
                .strip_suffix(b",")
                .is_some_and(|before| before.trim_ascii_end().ends_with(b"}"))
    })
}

/// The records that begin from `start` on and before `stop`.
struct Block<R> {
    start: usize,
    stop: usize,
    records: R,
    unreadable: Unreadable,
    /// Where reading ended, and what is there.
    end: Result<(usize, End), Syntax>,
}

/// What comes where reading a block ended.
enum End {
    /// A record.
    Record,
    /// What follows the list.
    List,
    /// A record that the window may cut.
    Cut,
    /// The comma or bracket after a record, not in the window.
    Comma,
    /// The first record of the block, which is unreadable: the block may begin with a wrong guess.
    Doubtful,
}

impl<R: Records> Block<R> {
    /// Reads a block into `records`. `certain` is whether it is known to begin with a record. `last` is the start of the
    /// first block that met the end of the list: blocks after it stop early. If that block began with a wrong guess,
    /// what was left out is read again like any other text.
    fn read(document: &Document<'_>, span: Range<usize>, records: R, certain: bool, last: &AtomicUsize) -> Self {
        let Range { start, end: stop } = span;
        let more = |position| position < stop && last.load(Ordering::Relaxed) >= start;
        let mut block = Self { start, stop, records, unreadable: Unreadable::default(), end: Ok((start, End::Cut)) };
        block.end = block.read_while(document, certain, more);
        if let Ok((_, End::List)) = block.end {
            last.fetch_min(start, Ordering::Relaxed);
        }
        block
    }

    /// Reads records while there are `more`. One that has a flaw is noted and passed over, if it is JSON at all.
    fn read_while(
        &mut self,
        document: &Document<'_>,
        certain: bool,
        more: impl Fn(usize) -> bool,
    ) -> Result<(usize, End), Syntax> {
        let text = document.window.text();
        let open = !document.window.is_last();
        let mut reader = Reader::at(text, self.start);
        loop {
            let start = reader.position();
            let flaw = match self.records.read(&mut reader) {
                Ok(()) => None,
                Err(_) if !certain && start == self.start => return Ok((start, End::Doubtful)),
                Err(flaw) => match (reader.skip_from(start), flaw) {
                    (Err(syntax), _) if document.may_be_cut(&syntax) => return Ok((start, End::Cut)),
                    (Err(_), Flaw::Syntax(syntax)) | (Err(syntax), _) => return Err(syntax),
                    (Ok(()), flaw) => Some(flaw),
                },
            };
            if open && reader.position() == text.len() && may_go_on(text) {
                return Ok((start, End::Cut));
            }
            if let Some(flaw) = flaw {
                self.unreadable.note(self.records.len(), flaw, || name_of_record(text, start));
            }
            let next = match reader.next_item() {
                Err(syntax) if document.may_be_cut(&syntax) => return Ok((reader.position(), End::Comma)),
                item => {
                    if item? {
                        End::Record
                    } else {
                        End::List
                    }
                }
            };
            let at = reader.position();
            if matches!(next, End::List) || !more(at) {
                return Ok((at, next));
            }
            if start == self.start && self.records.len() == 1 {
                // If the others are as long.
                self.records.make_room((self.stop.saturating_sub(at)).div_ceil(at - start));
            }
        }
    }
}

/// Whether the value that a text ends with may be longer: a number or a word, which is no record.
fn may_go_on(text: &[u8]) -> bool {
    !matches!(text.trim_ascii_end().last(), Some(b'}' | b']' | b'"'))
}

/// Items of a list that nobody asks for.
struct Skipped;

impl Records for Skipped {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw> {
        reader.skip_item().map_err(Flaw::from)
    }

    fn len(&self) -> usize {
        0
    }

    fn append(&mut self, _: Self) {}
}
