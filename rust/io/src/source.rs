//! Where the text of a file comes from.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use rayon::prelude::*;

use crate::error::Error;

const GZIP: &[u8] = &[0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Filling fresh memory takes as long as reading: blocks of this size are read side by side.
const BLOCK: usize = 1 << 24;

/// JSON of boxes shrinks five to twentyfold; a file that grows more than this is made to fill the memory.
const MAX_EXPANSION: usize = 250;

/// A file, or the bytes of one; plain or gzip, which its first bytes tell.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A file by its path.
    Path(&'a Path),
    /// The contents of a file.
    Bytes {
        /// What errors call it.
        name: &'a str,
        /// The contents.
        bytes: &'a [u8],
    },
}

impl<'a> Source<'a> {
    /// What errors call the file.
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

/// Drops the mark some editors put before UTF-8.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let about = fs::metadata(path)?;
    let size = usize::try_from(about.len()).map_err(io::Error::other)?;
    if !about.is_file() || size <= BLOCK {
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
