//! Files and bytes, plain or gzip.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use rayon::prelude::*;

use crate::error::Error;

const GZIP: &[u8] = &[0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Blocks of this size are read in parallel: filling fresh memory takes as long as reading a cached file.
const BLOCK: usize = 1 << 24;

/// The most that a gzip file may expand. JSON of boxes shrinks five to twentyfold; one that expands more than this is
/// meant to exhaust the memory.
const MAX_EXPANSION: usize = 250;

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

    /// The whole text, expanded.
    pub(crate) fn text(&self) -> Result<Cow<'a, [u8]>, Error> {
        let failed = |source| Error::File { path: self.name(), source };
        let bytes = match self {
            Self::Path(path) => Cow::Owned(read_file(path).map_err(failed)?),
            Self::Bytes { bytes, .. } => Cow::Borrowed(*bytes),
        };
        if !bytes.starts_with(GZIP) {
            return Ok(bytes);
        }
        let limit = bytes.len().saturating_mul(MAX_EXPANSION);
        let mut text = Vec::new();
        MultiGzDecoder::new(&*bytes).take(limit as u64 + 1).read_to_end(&mut text).map_err(failed)?;
        if text.len() > limit {
            return Err(Error::Expansion { path: self.name(), compressed: bytes.len(), limit });
        }
        Ok(Cow::Owned(text))
    }
}

/// The text without the byte order mark that some editors put first.
pub(crate) fn without_byte_order_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The encoding of a text that is not UTF-8, by its byte order mark or its zeros, which JSON has none of.
pub(crate) fn foreign_encoding(text: &[u8]) -> Option<&'static str> {
    match text {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, _, ..] | [_, 0, 0, 0, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => Some("UTF-16"),
        _ => None,
    }
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    let size = usize::try_from(metadata.len()).map_err(io::Error::other)?;
    if !metadata.is_file() || size <= BLOCK {
        return fs::read(path);
    }
    let mut bytes = vec![0; size];
    bytes.par_chunks_mut(BLOCK).enumerate().try_for_each(|(number, block)| {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start((number * BLOCK) as u64))?;
        file.read_exact(block)
    })?;
    Ok(bytes)
}
