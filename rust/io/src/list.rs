//! Reads a list of records, many at a time.
//!
//! Where a record begins cannot be known in the middle of a JSON text, but it can be guessed: after
//! `},` and at `{`. Blocks of the text are read side by side from such guesses. A block counts only if
//! reading all before it ended exactly where it began; otherwise its text is read again from there. So
//! a wrong guess costs time and changes nothing.

use std::ops::{Range, RangeInclusive};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::cursor::Cursor;
use crate::error::{List, Record};
use crate::fault::{Fault, Flaw};

/// Far more work than to hand it to a thread; larger blocks are no faster.
const BLOCK: RangeInclusive<usize> = 1 << 16..=1 << 20;

/// A core that is done early takes a block from another; waiting for the last one costs an eighth of a block.
const BLOCKS_PER_THREAD: usize = 4;

/// The columns that the records of a list are read into.
pub(crate) trait Columns: Send {
    /// Reads one record, whole or not at all.
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Flaw>;

    /// How many records were read.
    fn len(&self) -> usize;
}

/// Reads the list at the cursor, in parts that follow each other in the text.
pub(crate) fn read_list<C: Columns>(
    cursor: &mut Cursor<'_>,
    list: List,
    new: impl Fn() -> C + Sync,
) -> Result<Vec<C>, Fault> {
    let mut parts = Vec::new();
    if !cursor.open_list()? {
        return Ok(parts);
    }
    let text = cursor.text();
    let mut at = cursor.position();
    let mut count = 0;
    loop {
        for block in read_wave(text, at, &new) {
            let block = if block.start == at {
                block
            } else if block.stop > at {
                Block::read(text, at, block.stop, new(), &AtomicUsize::new(usize::MAX))
            } else {
                continue;
            };
            count += block.columns.len();
            let record = Record { list, index: count };
            let end = block.end.map_err(|flaw| Fault::Record(record, flaw))?;
            parts.push(block.columns);
            match end {
                End::Record(next) => at = next,
                End::List(after) => {
                    *cursor = Cursor::at(text, after);
                    return Ok(parts);
                }
            }
        }
    }
}

/// Reads the next blocks, the first of which begins at the record at `first`. The list may end in any of
/// them, and what was read behind its end is lost: so there are no more than keep the cores busy.
fn read_wave<C: Columns>(text: &[u8], first: usize, new: &(impl Fn() -> C + Sync)) -> Vec<Block<C>> {
    let count = BLOCKS_PER_THREAD * rayon::current_num_threads();
    let size = (text.len() - first).div_ceil(count).clamp(*BLOCK.start(), *BLOCK.end());
    let end = text.len().min(first.saturating_add(count * size));
    let guesses = (first + size..end).step_by(size).filter_map(|from| guess_record(text, from..end.min(from + size)));
    let starts: Vec<usize> = std::iter::once(first).chain(guesses).collect();
    let stops = starts[1..].iter().copied().chain([end]);
    let spans: Vec<(usize, usize)> = starts.iter().copied().zip(stops).collect();
    let last = AtomicUsize::new(usize::MAX);
    spans.into_par_iter().map(|(start, stop)| Block::read(text, start, stop, new(), &last)).collect()
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
struct Block<C> {
    start: usize,
    stop: usize,
    columns: C,
    end: Result<End, Flaw>,
}

/// Where reading a block ended.
enum End {
    /// Before the record that begins at this byte.
    Record(usize),
    /// Behind the list, at this byte.
    List(usize),
}

impl<C: Columns> Block<C> {
    /// Stops early behind the end of the list: where the block begins that met it, is in `last`. Met from a
    /// wrong guess, it was none, and the records left out are read again like those before a wrong guess.
    fn read(text: &[u8], start: usize, stop: usize, mut columns: C, last: &AtomicUsize) -> Self {
        let more = |position| position < stop && last.load(Ordering::Relaxed) >= start;
        let end = Self::read_while(&mut columns, Cursor::at(text, start), more);
        if let Ok(End::List(_)) = end {
            last.fetch_min(start, Ordering::Relaxed);
        }
        Self { start, stop, columns, end }
    }

    fn read_while(columns: &mut C, mut cursor: Cursor<'_>, more: impl Fn(usize) -> bool) -> Result<End, Flaw> {
        loop {
            columns.read(&mut cursor)?;
            if !cursor.next_item()? {
                return Ok(End::List(cursor.position()));
            }
            if !more(cursor.position()) {
                return Ok(End::Record(cursor.position()));
            }
        }
    }
}
