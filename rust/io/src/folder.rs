//! Which files lie in a folder with a file for each image.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use boxlint_core::check_stop;

use crate::error::Error;

/// What macOS and Synology put beside the files of a folder.
const SYSTEM_FOLDERS: [&str; 2] = ["__MACOSX", "@eaDir"];

/// The paths within a folder of its files with one of the endings, in any case, in order of folders and names. Hidden
/// files and folders are passed over, and so are those of operating systems. Pipes and devices, which may never end, are
/// among them only `with_pipes`, for those who look before they read.
///
/// # Examples
/// ```
/// let folder = tempfile::tempdir()?;
/// for name in ["b.txt", "a.TXT", "notes.md", ".hidden.txt"] {
///     std::fs::write(folder.path().join(name), "")?;
/// }
/// assert_eq!(boxlint_io::paths_within(folder.path(), &[".txt".to_owned()], false)?, ["a.TXT", "b.txt"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::File`] if a folder cannot be read, and [`Error::NoFile`] for a pipe or a device, but `with_pipes`.
pub fn paths_within(folder: &Path, endings: &[String], with_pipes: bool) -> Result<Vec<OsString>, Error> {
    let mut found = Vec::new();
    let mut folders = vec![OsString::new()];
    while let Some(within) = folders.pop() {
        let folder = folder.join(&within);
        let failed = |source| Error::File { path: folder.display().to_string(), source };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            check_stop();
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            if is_passed_over(&name) {
                continue;
            }
            let mut path = within.clone();
            path.push(&name);
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                path.push("/");
                folders.push(path);
            } else if has_ending(&name, endings) {
                // A link to nothing is found as well: reading it says what is wrong.
                let kind = if kind.is_symlink() {
                    fs::metadata(entry.path()).ok().map(|to| to.file_type())
                } else {
                    Some(kind)
                };
                match kind {
                    Some(kind) if kind.is_dir() => {}
                    Some(kind) if !kind.is_file() && !with_pipes => {
                        return Err(Error::NoFile { path: entry.path().display().to_string() });
                    }
                    _ => found.push(path),
                }
            }
        }
    }
    found.sort_by_cached_key(|path| {
        check_stop();
        by_parts(path)
    });
    Ok(found)
}

/// Whether a file or folder is hidden or of the operating system.
///
/// # Examples
/// ```
/// assert!(boxlint_io::is_passed_over(".git".as_ref()) && !boxlint_io::is_passed_over("labels".as_ref()));
/// ```
#[must_use]
pub fn is_passed_over(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || SYSTEM_FOLDERS.iter().any(|&folder| name == folder)
}

fn has_ending(name: &OsStr, endings: &[String]) -> bool {
    let name = name.as_encoded_bytes();
    endings.iter().any(|ending| {
        name.len() >= ending.len() && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
    })
}

/// What paths are sorted by so that those of a folder follow each other: no name holds a zero.
fn by_parts(path: &OsStr) -> Vec<u8> {
    path.as_encoded_bytes().iter().map(|&byte| if byte == b'/' { 0 } else { byte }).collect()
}
