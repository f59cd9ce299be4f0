//! Reading what is no regular file, such as a pipe, whose writer may keep its readers waiting.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use boxlint_core::{check_stop, reserve};

/// How often whoever waits for a pipe looks whether to go on.
const WATCH: Duration = Duration::from_millis(50);

/// Bytes that are handed on at a time.
const PIECE: usize = 1 << 16;

/// Pieces of a file; an empty one is its end.
type Pieces = SyncSender<io::Result<Vec<u8>>>;

/// What comes out of a pipe or device, up to its end. Nothing can interrupt a read that waits for a writer, so a thread of
/// its own does that: if the work is stopped, it is left to itself, until the writer goes on or the process ends.
pub(crate) fn read_pipe(path: &Path) -> io::Result<Vec<u8>> {
    let (sender, pieces) = sync_channel(4);
    let of_thread = path.to_owned();
    if thread::Builder::new().spawn(move || hand_on(of_thread, sender)).is_err() {
        return fs::read(path);
    }
    let mut content = Vec::new();
    loop {
        check_stop();
        match pieces.recv_timeout(WATCH) {
            Ok(piece) => {
                let piece = piece?;
                if piece.is_empty() {
                    return Ok(content);
                }
                reserve(&mut content, piece.len());
                content.extend_from_slice(&piece);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("reading it ended early")),
        }
    }
}

/// Sends pieces until the end, an error, or there is nobody to take them.
fn hand_on(path: PathBuf, pieces: Pieces) {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return drop(pieces.send(Err(error))),
    };
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let read = file.by_ref().take(PIECE as u64).read_to_end(&mut piece);
        let goes_on = read.as_ref().is_ok_and(|&read| read > 0);
        if pieces.send(read.map(|_| piece)).is_err() || !goes_on {
            return;
        }
    }
}
