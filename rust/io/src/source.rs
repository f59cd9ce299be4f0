//! Files and bytes, plain or gzip, and the part of their text that is in memory.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::error::Error;
use crate::pipe::read_pipe;

const GZIP: &[u8] = &[0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How many times its size a gzip file may expand at most. JSON of boxes shrinks five to twentyfold; a file that expands
/// more than this is meant to exhaust the memory.
pub const MAX_EXPANSION: usize = 250;

/// A file or its content, plain or gzip: the first bytes tell which.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A file by its path.
    Path(&'a Path),
    /// The content of a file.
    Bytes {
        /// Its name in errors.
        name: &'a str,
        /// The content.
        bytes: &'a [u8],
    },
}

impl<'a> Source<'a> {
    /// The name of the file in errors.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Bytes { name, .. } => (*name).to_owned(),
        }
    }

    /// The content, and how many bytes there are, not expanded. What is no regular file is read at once, because it can
    /// be read only once.
    fn content(&self) -> io::Result<(Content<'a>, usize)> {
        let bytes = match self {
            Self::Path(path) => {
                let metadata = fs::metadata(path)?;
                if metadata.is_file() {
                    let size = usize::try_from(metadata.len()).map_err(io::Error::other)?;
                    return Ok((Content::Stream(Box::new(BufReader::new(File::open(path)?))), size));
                }
                Cow::Owned(read_pipe(path)?)
            }
            Self::Bytes { bytes, .. } => Cow::Borrowed(*bytes),
        };
        let size = bytes.len();
        if bytes.starts_with(GZIP) {
            return Ok((Content::Stream(Box::new(Cursor::new(bytes))), size));
        }
        Ok((Content::Memory(bytes), size))
    }
}

/// The content of a source.
enum Content<'a> {
    Stream(Box<dyn BufRead + Send + Sync + 'a>),
    /// Plain text.
    Memory(Cow<'a, [u8]>),
}

/// The part of a text that is in memory. It moves on over a file, so that reading takes no memory for the whole of it.
/// A byte order mark, which some editors put first, is not part of the text.
pub(crate) struct Window<'a> {
    source: Source<'a>,
    /// The most bytes in the window.
    size: usize,
    /// What follows; None if nothing does.
    rest: Option<Box<dyn Read + Send + Sync + 'a>>,
    /// The most that the text may have.
    limit: Option<usize>,
    compressed: usize,
    bytes: Cow<'a, [u8]>,
    /// How much of the text comes before.
    before: usize,
}

/// The place of a byte of a text.
pub(crate) struct Place {
    /// From 1.
    pub line: usize,
    /// The byte within the line, from 1.
    pub column: usize,
    /// The last byte before it that is not white space.
    pub follows: Option<u8>,
}

impl<'a> Window<'a> {
    /// The first `size` bytes of a text.
    pub fn open(source: Source<'a>, size: usize) -> Result<Self, Error> {
        let failed = |error| Error::File { path: source.name(), source: error };
        let (content, stored) = source.content().map_err(failed)?;
        let mut window =
            Self { source, size, rest: None, limit: None, compressed: stored, bytes: Cow::default(), before: 0 };
        match content {
            Content::Memory(bytes) => window.bytes = bytes,
            Content::Stream(mut stream) => {
                // One byte more shows where a file ends.
                let mut room = stored.saturating_add(1);
                window.rest = if stream.fill_buf().map_err(failed)?.starts_with(GZIP) {
                    let limit = stored.saturating_mul(MAX_EXPANSION);
                    window.limit = Some(limit);
                    room = limit.saturating_add(1);
                    Some(Box::new(MultiGzDecoder::new(stream)))
                } else {
                    Some(Box::new(stream))
                };
                window.bytes = Cow::Owned(Vec::with_capacity(room.min(size)));
                window.fill()?;
            }
        }
        if window.text().starts_with(BYTE_ORDER_MARK) {
            window.drop_before(BYTE_ORDER_MARK.len());
        }
        match foreign_encoding(window.text()) {
            Some(encoding) => Err(Error::Encoding { path: source.name(), encoding }),
            None => Ok(window),
        }
    }

    /// What is in memory.
    pub fn text(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the text ends where the window does.
    pub fn is_last(&self) -> bool {
        self.rest.is_none()
    }

    /// Drops what is before byte `start` of the window and reads what follows: if nothing is dropped, into a window
    /// twice as large.
    pub fn move_to(&mut self, start: usize) -> Result<(), Error> {
        if self.is_last() {
            return Ok(());
        }
        self.drop_before(start);
        self.before += start;
        if self.bytes.len() == self.size {
            self.size *= 2;
        }
        self.fill()
    }

    /// The place of byte `at` of the window. What comes before is read again, which only an error is worth.
    pub fn place(&self, at: usize) -> Result<Place, Error> {
        let mut place = Place { line: 1, column: 1, follows: None };
        if self.before == 0 {
            place.pass(&self.text()[..at]);
            return Ok(place);
        }
        let mut again = Self::open(self.source, self.size)?;
        let mut left = self.before + at;
        loop {
            let part = &again.text()[..left.min(again.bytes.len())];
            place.pass(part);
            left -= part.len();
            if left == 0 || again.is_last() {
                return Ok(place);
            }
            again.move_to(again.bytes.len())?;
        }
    }

    /// The name of the file in errors.
    pub fn name(&self) -> String {
        self.source.name()
    }

    fn drop_before(&mut self, start: usize) {
        match &mut self.bytes {
            Cow::Borrowed(bytes) => *bytes = &bytes[start..],
            Cow::Owned(bytes) => drop(bytes.drain(..start)),
        }
    }

    /// Reads until the window is full or the text ends.
    fn fill(&mut self) -> Result<(), Error> {
        if let Some(rest) = &mut self.rest {
            let room = self.size - self.bytes.len();
            let read = rest.take(room as u64).read_to_end(self.bytes.to_mut());
            let read = read.map_err(|source| Error::File { path: self.source.name(), source })?;
            if read < room {
                self.rest = None;
            }
        }
        match self.limit {
            Some(limit) if self.before + self.bytes.len() > limit => {
                Err(Error::Expansion { path: self.source.name(), compressed: self.compressed, limit })
            }
            _ => Ok(()),
        }
    }
}

impl Place {
    /// Moves past a part of the text.
    fn pass(&mut self, part: &[u8]) {
        self.line += part.iter().filter(|&&byte| byte == b'\n').count();
        match part.iter().rposition(|&byte| byte == b'\n') {
            Some(end) => self.column = part.len() - end,
            None => self.column += part.len(),
        }
        self.follows = part.trim_ascii_end().last().copied().or(self.follows);
    }
}

/// The encoding of a text that is not UTF-8, by its byte order mark or its zeros, which JSON has none of.
fn foreign_encoding(text: &[u8]) -> Option<&'static str> {
    match text {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, _, ..] | [_, 0, 0, 0, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => Some("UTF-16"),
        _ => None,
    }
}
