//! Reads a list of records in parallel.
//!
//! In the middle of a JSON text, the start of a record can only be guessed: a `{` after `},`. Blocks of the text are
//! read in parallel from such guesses. A block is kept only if reading everything before it ended exactly where the
//! block began; otherwise its text is read again from there. So a wrong guess costs time but changes nothing.

use std::ops::{Range, RangeInclusive};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::json::fault::{Flaw, Syntax};
use crate::json::reader::Reader;
use crate::json::unreadable::{Unreadable, name_of_record};

/// Bytes of a block: reading one takes much longer than handing it to a thread, and larger ones are no faster.
const BLOCK: RangeInclusive<usize> = 1 << 16..=1 << 20;

/// With several blocks for each thread, one that is done early takes over blocks of the others.
const BLOCKS_PER_THREAD: usize = 4;

/// Columns that the records of a list are read into, one row a record.
pub(crate) trait Records: Send {
    /// Reads one record and adds its row; adds nothing if it is flawed.
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw>;

    /// The number of rows.
    fn len(&self) -> usize;
}

/// A list, in parts that follow each other in the text.
pub(crate) struct ReadList<R> {
    pub parts: Vec<R>,
    /// The records that are in no part.
    pub unreadable: Unreadable,
}

/// Reads the list that comes next. A record that is JSON but cannot be used is passed over and noted.
pub(crate) fn read_list<R: Records>(
    reader: &mut Reader<'_>,
    new: impl Fn() -> R + Sync,
) -> Result<ReadList<R>, Syntax> {
    let mut list = ReadList { parts: Vec::new(), unreadable: Unreadable::default() };
    if !reader.open_list()? {
        return Ok(list);
    }
    let text = reader.text();
    let mut at = reader.position();
    let mut readable = 0;
    loop {
        for block in read_wave(text, at, &new) {
            let doubtful = matches!(block.end, Ok(End::Doubtful));
            let block = if block.start == at && !doubtful {
                block
            } else if block.stop > at {
                Block::read(text, at..block.stop, new(), true, &AtomicUsize::new(usize::MAX))
            } else {
                continue;
            };
            let end = block.end?;
            list.unreadable.extend(block.unreadable, readable);
            readable += block.records.len();
            list.parts.push(block.records);
            match end {
                End::Record(next) => at = next,
                End::List(after) => {
                    *reader = Reader::at(text, after);
                    return Ok(list);
                }
                End::Doubtful => unreachable!("a block that begins where the one before ended is not doubted"),
            }
        }
    }
}

/// Reads the next blocks, the first of which begins with the record at byte `first`. The list may end in any of them,
/// and what is read after its end is thrown away: so there are only as many blocks as keep all threads busy.
fn read_wave<R: Records>(text: &[u8], first: usize, new: &(impl Fn() -> R + Sync)) -> Vec<Block<R>> {
    let count = BLOCKS_PER_THREAD * rayon::current_num_threads();
    let size = (text.len() - first).div_ceil(count).clamp(*BLOCK.start(), *BLOCK.end());
    let end = text.len().min(first.saturating_add(count * size));
    let guesses = (first + size..end).step_by(size).filter_map(|from| guess_record(text, from..end.min(from + size)));
    let starts: Vec<usize> = std::iter::once(first).chain(guesses).collect();
    let stops = starts[1..].iter().copied().chain([end]);
    let spans: Vec<(usize, usize)> = starts.iter().copied().zip(stops).collect();
    let last = AtomicUsize::new(usize::MAX);
    spans.into_par_iter().map(|(start, stop)| Block::read(text, start..stop, new(), start == first, &last)).collect()
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
    end: Result<End, Syntax>,
}

/// Where reading a block ended.
enum End {
    /// Before the record at this byte.
    Record(usize),
    /// After the list, at this byte.
    List(usize),
    /// At its first record, which is unreadable: the block may begin with a wrong guess.
    Doubtful,
}

impl<R: Records> Block<R> {
    /// Reads a block into `records`. `certain` is whether it is known to begin with a record. `last` is the start of the
    /// first block that met the end of the list: blocks after it stop early. If that block began with a wrong guess,
    /// what was left out is read again like any other text.
    fn read(text: &[u8], span: Range<usize>, records: R, certain: bool, last: &AtomicUsize) -> Self {
        let Range { start, end: stop } = span;
        let more = |position| position < stop && last.load(Ordering::Relaxed) >= start;
        let mut block = Self { start, stop, records, unreadable: Unreadable::default(), end: Ok(End::Doubtful) };
        block.end = block.read_while(Reader::at(text, start), certain, more);
        if let Ok(End::List(_)) = block.end {
            last.fetch_min(start, Ordering::Relaxed);
        }
        block
    }

    fn read_while(
        &mut self,
        mut reader: Reader<'_>,
        certain: bool,
        more: impl Fn(usize) -> bool,
    ) -> Result<End, Syntax> {
        loop {
            let start = reader.position();
            if let Err(flaw) = self.records.read(&mut reader) {
                if !certain && start == self.start {
                    return Ok(End::Doubtful);
                }
                self.pass_over(&mut reader, start, flaw)?;
            }
            if !reader.next_item()? {
                return Ok(End::List(reader.position()));
            }
            if !more(reader.position()) {
                return Ok(End::Record(reader.position()));
            }
        }
    }

    /// Notes the record at byte `start`, which has a flaw, and moves to its end, if it is JSON at all.
    #[cold]
    fn pass_over(&mut self, reader: &mut Reader<'_>, start: usize, flaw: Flaw) -> Result<(), Syntax> {
        let skipped = reader.skip_from(start);
        match (skipped, flaw) {
            (Err(_), Flaw::Syntax(syntax)) | (Err(syntax), _) => Err(syntax),
            (Ok(()), flaw) => {
                self.unreadable.note(self.records.len(), flaw, || name_of_record(reader.text(), start));
                Ok(())
            }
        }
    }
}
