//! Which files lie in a folder with a file for each image.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use boxlint_core::{check_stop, sort};

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
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                let mut path = joined(&within, name);
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
                    _ => found.push(joined(&within, name)),
                }
            }
        }
    }
    Ok(sorted(found))
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

fn joined(folder: &OsStr, name: OsString) -> OsString {
    if folder.is_empty() {
        return name;
    }
    let mut path = folder.to_owned();
    path.push(name);
    path
}

/// Paths in order of folders and names. Most are told apart by the eight bytes behind what all begin with.
fn sorted(paths: Vec<OsString>) -> Vec<OsString> {
    let first = paths.first().map(|path| path.as_encoded_bytes().to_vec()).unwrap_or_default();
    let shared = paths.iter().fold(first.len(), |shared, path| {
        first[..shared].iter().zip(path.as_encoded_bytes()).take_while(|(one, other)| one == other).count()
    });
    let key = |path: &OsStr| {
        let mut key = [0; 8];
        key.iter_mut().zip(parts_apart(&path.as_encoded_bytes()[shared..])).for_each(|(to, byte)| *to = byte);
        u64::from_be_bytes(key)
    };
    let mut keyed: Vec<_> = paths.into_iter().map(|path| (key(&path), path)).collect();
    sort(&mut keyed, &|(key, path), (other_key, other)| {
        let whole = || parts_apart(path.as_encoded_bytes()).cmp(parts_apart(other.as_encoded_bytes()));
        key.cmp(other_key).then_with(whole)
    });
    keyed.into_iter().map(|(_, path)| path).collect()
}

/// The bytes that paths are sorted by so that those of a folder follow each other: no name holds a zero.
fn parts_apart(path: &[u8]) -> impl Iterator<Item = u8> {
    path.iter().map(|&byte| if byte == b'/' { 0 } else { byte })
}

/// The files of one ending in a folder. A path is put together where it is asked for.
#[derive(Clone, Debug)]
pub struct FolderFiles {
    /// What comes before the path within the folder.
    before: PathBuf,
    within: Vec<OsString>,
    /// The length of the ending.
    ending: usize,
}

impl FolderFiles {
    /// The files below a folder, as [`paths_within`] finds them; `before` is what their paths begin with.
    ///
    /// # Examples
    /// ```
    /// use boxlint_io::FolderFiles;
    ///
    /// let folder = tempfile::tempdir()?;
    /// std::fs::write(folder.path().join("street.TXT"), "")?;
    /// let files = FolderFiles::below(folder.path(), folder.path().join(""), ".txt")?;
    /// assert_eq!(files.name(0), "street");
    /// assert_eq!(files.path(0), folder.path().join("street.TXT"));
    /// assert_eq!((files.len(), files.names()), (1, vec![&b"street"[..]]));
    /// assert!(files.chosen(&[]).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`paths_within`], and [`Error::TwoFiles`] if two files differ in the case of their endings alone.
    pub fn below(folder: &Path, before: PathBuf, ending: &str) -> Result<Self, Error> {
        let within = paths_within(folder, &[ending.to_owned()], false)?;
        let files = Self { before, within, ending: ending.len() };
        let are_alike = files.within.windows(2).all(|two| files.ending_of(&two[0]) == files.ending_of(&two[1]));
        let mut names = HashMap::new();
        for file in (0..files.len()).filter(|_| !are_alike) {
            check_stop();
            if let Some(other) = names.insert(files.name(file), file) {
                let [one, other] = [other, file].map(|file| files.path(file).display().to_string());
                return Err(Error::TwoFiles { one, other });
            }
        }
        Ok(files)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.within.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.within.is_empty()
    }

    /// The path of a file within the folder without its ending.
    #[must_use]
    pub fn name(&self, file: usize) -> OsString {
        Path::new(&self.within[file]).with_extension("").into_os_string()
    }

    /// All of these as bytes.
    #[must_use]
    pub fn names(&self) -> Vec<&[u8]> {
        self.within.iter().map(|path| &path.as_encoded_bytes()[..path.len() - self.ending]).collect()
    }

    fn ending_of<'a>(&self, path: &'a OsStr) -> &'a [u8] {
        &path.as_encoded_bytes()[path.len() - self.ending..]
    }

    /// The path of a file.
    #[must_use]
    pub fn path(&self, file: usize) -> PathBuf {
        let mut path = PathBuf::new();
        self.put_path(file, &mut path);
        path
    }

    /// Some of the files.
    #[must_use]
    pub fn chosen(&self, files: &[usize]) -> Self {
        let within = files.iter().map(|&file| self.within[file].clone()).collect();
        Self { before: self.before.clone(), within, ending: self.ending }
    }

    /// The same as [`FolderFiles::path`], in memory that was used before.
    pub(crate) fn put_path(&self, file: usize, path: &mut PathBuf) {
        let path = path.as_mut_os_string();
        path.clear();
        path.push(&self.before);
        path.push(&self.within[file]);
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::sorted;

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_found_and_those_to_folders_are_not() -> Result<(), Box<dyn std::error::Error>> {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("a.txt"), "")?;
        std::fs::create_dir(folder.path().join("folder"))?;
        for (link, to) in [("b.txt", "a.txt"), ("c.txt", "folder"), ("d.txt", "nowhere")] {
            symlink(folder.path().join(to), folder.path().join(link))?;
        }
        assert_eq!(super::paths_within(folder.path(), &[".txt".to_owned()], false)?, ["a.txt", "b.txt", "d.txt"]);
        Ok(())
    }

    #[test]
    fn paths_are_in_order_of_folders_and_names_whatever_they_share() {
        let names = ["", "/b", "-b/c", "/b.c", "b", "/bcdefghij1", "/bcdefghij0", "/b/c", "\u{e9}", "/bcdefgh"];
        for shared in ["a", "", "images/train/000000"] {
            let mut paths: Vec<String> = names.iter().map(|name| format!("{shared}{name}")).collect();
            let found = sorted(paths.iter().map(OsString::from).collect());
            paths.sort_by_key(|path| path.split('/').map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(found, paths.into_iter().map(OsString::from).collect::<Vec<_>>());
        }
    }
}
