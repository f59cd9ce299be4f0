//! Which file of a folder belongs to which image. Names are bytes, because those of files need not be UTF-8.

use std::borrow::Cow;
use std::collections::HashMap;

use boxlint_core::check_stop;

/// The endings of files of images.
pub const IMAGE_ENDINGS: [&str; 15] = [
    ".avif", ".bmp", ".dng", ".gif", ".heic", ".jp2", ".jpeg", ".jpg", ".mpo", ".pfm", ".png", ".ppm", ".tif", ".tiff",
    ".webp",
];

/// The files of images.
#[derive(Debug, PartialEq, Eq)]
pub struct ImageFiles {
    /// The file of each image, or None.
    pub files: Vec<Option<usize>>,
    /// Files of none of the images.
    pub others: Vec<usize>,
    /// Whether their stems alone say what belongs together.
    pub by_stem: bool,
}

/// Why files and images do not fit together.
#[derive(Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Two images have one file.
    SharedFile {
        /// The images.
        images: [usize; 2],
        /// The file.
        file: usize,
    },
    /// Two files are of one image.
    TwoFiles {
        /// The files.
        files: [usize; 2],
        /// The image.
        image: usize,
    },
}

/// Finds the file of each image, by their names: those of files are without their endings.
///
/// The file of `a/b.jpg` is `a/b` or `a/b.jpg`; in folders called images and labels, that of `images/a/b.jpg` is
/// `labels/a/b`. The files of one folder without others in it, and those of which none fits so, are matched by their
/// stems if more of them fit.
///
/// # Examples
/// ```
/// let found = boxlint_io::image_files(&[b"images/one.jpg", b"images/two.jpg"], &[b"labels/two", b"labels/three"])?;
/// assert_eq!(found.files, [None, Some(0)]);
/// assert_eq!(found.others, [1]);
/// # Ok::<(), boxlint_io::Misfit>(())
/// ```
///
/// # Errors
/// [`Misfit`] if two images have one file, or two files are of one image.
pub fn image_files(images: &[&[u8]], files: &[&[u8]]) -> Result<ImageFiles, Misfit> {
    let names = Names::new(images);
    let mut ways = vec![Way::of(&names, files, Cow::Borrowed)];
    if ways[0].found < files.len() {
        ways.push(Way::of(&names, files, without_split));
        let folder = |file: &[u8]| file.len() - stem(file).len();
        let one_folder = files.windows(2).all(|two| two[0][..folder(two[0])] == two[1][..folder(two[1])]);
        if one_folder || ways.iter().all(|way| way.fitting() == 0) {
            ways.push(Way::of(&names, files, |name| Cow::Borrowed(stem(name))));
        }
    }
    let most = ways.iter().map(Way::fitting).max();
    let best = ways.iter().position(|way| Some(way.fitting()) == most).unwrap_or_default();
    ways.swap_remove(best).into_files(images.len(), best == 2)
}

/// The name of an image without .jpg or another ending of image files; other dots are part of the name.
///
/// # Examples
/// ```
/// assert_eq!(boxlint_io::without_ending(b"day.1/a.b.JPG"), b"day.1/a.b");
/// assert_eq!(boxlint_io::without_ending(b"a.b"), b"a.b");
/// ```
#[must_use]
pub fn without_ending(name: &[u8]) -> &[u8] {
    let Some(dot) = name.iter().rposition(|&byte| byte == b'.') else {
        return name;
    };
    let (stem, ending) = name.split_at(dot);
    let is_known = IMAGE_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known.as_bytes()));
    if is_known && !matches!(stem.last(), None | Some(b'/')) { stem } else { name }
}

/// The names of images with plain slashes.
struct Names<'a> {
    given: Vec<Cow<'a, [u8]>>,
}

impl<'a> Names<'a> {
    fn new(images: &[&'a [u8]]) -> Self {
        let slashed = |name: &'a [u8]| match name.contains(&b'\\') {
            true => Cow::Owned(name.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect()),
            false => Cow::Borrowed(name),
        };
        Self { given: images.iter().map(|&name| slashed(name)).collect() }
    }

    /// The images of each key. Some tools keep the ending of the image: a.jpg.txt.
    fn by_key<'b>(&'b self, key: Key<'b>) -> HashMap<Cow<'b, [u8]>, Vec<usize>> {
        let mut images: HashMap<Cow<[u8]>, Vec<usize>> = HashMap::with_capacity(2 * self.given.len());
        for (image, name) in self.given.iter().enumerate() {
            check_stop();
            let name = name.strip_prefix(b"./").unwrap_or(name);
            for known in [key(without_ending(name)), key(name)] {
                let of_key = images.entry(known).or_default();
                if of_key.last() != Some(&image) {
                    of_key.push(image);
                }
            }
        }
        images
    }
}

/// What of a name is compared.
type Key<'a> = fn(&'a [u8]) -> Cow<'a, [u8]>;

/// What fits together if names are compared in one way.
struct Way {
    /// The images of each file: one if it is found.
    images: Vec<Vec<usize>>,
    found: usize,
    twice: usize,
}

impl Way {
    fn of<'a>(names: &'a Names, files: &[&'a [u8]], key: Key<'a>) -> Self {
        let by_key = names.by_key(key);
        let mut uses: HashMap<Cow<[u8]>, usize> = HashMap::with_capacity(files.len());
        for &file in files {
            check_stop();
            *uses.entry(key(file)).or_default() += 1;
        }
        let fitting = |file: &&'a [u8]| {
            check_stop();
            let of_file = key(file);
            match by_key.get(&of_file) {
                Some(images) if uses[&of_file] == 1 => {
                    let exact = images.iter().copied().filter(|&image| key(&names.given[image]) == of_file);
                    let exact: Vec<usize> = if images.len() > 1 { exact.collect() } else { Vec::new() };
                    if exact.is_empty() { images.clone() } else { exact }
                }
                _ => Vec::new(),
            }
        };
        let images: Vec<Vec<usize>> = files.iter().map(fitting).collect();
        let found = images.iter().filter(|images| images.len() == 1).count();
        let twice = images.iter().filter(|images| images.len() > 1).count();
        Self { images, found, twice }
    }

    fn fitting(&self) -> usize {
        self.found + self.twice
    }

    fn into_files(self, images: usize, by_stem: bool) -> Result<ImageFiles, Misfit> {
        let mut matched = ImageFiles { files: vec![None; images], others: Vec::new(), by_stem };
        let shared = self.images.iter().position(|images| images.len() > 1);
        if let Some(file) = shared {
            return Err(Misfit::SharedFile { images: [self.images[file][0], self.images[file][1]], file });
        }
        for (file, images) in self.images.iter().enumerate() {
            match images.first() {
                Some(&image) => {
                    if let Some(other) = matched.files[image].replace(file) {
                        return Err(Misfit::TwoFiles { files: [other, file], image });
                    }
                }
                None => matched.others.push(file),
            }
        }
        Ok(matched)
    }
}

/// The path without the folder called images or labels that tells these apart: the last one.
fn without_split(name: &[u8]) -> Cow<'_, [u8]> {
    let parts: Vec<&[u8]> = name.split(|&byte| byte == b'/').collect();
    let folders = &parts[..parts.len() - 1];
    match folders.iter().rposition(|folder| [&b"images"[..], b"labels"].contains(folder)) {
        Some(at) => Cow::Owned([&parts[..at], &parts[at + 1..]].concat().join(&b'/')),
        None => Cow::Borrowed(name),
    }
}

fn stem(name: &[u8]) -> &[u8] {
    name.rsplit(|&byte| byte == b'/').next().unwrap_or(name)
}
