//! Which file of a folder belongs to which image. Names are bytes, because those of files need not be UTF-8.

use std::borrow::Cow;

use boxlint_core::{check_stop, sort};

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

    /// The images of each key, in order of keys. Some tools keep the ending of the image: a.jpg.txt.
    fn by_key<'b>(&'b self, key: Key<'b>) -> ByKey<'b> {
        let names = || self.given.iter().map(|name| name.strip_prefix(b"./").unwrap_or(name)).enumerate();
        let without_endings = names().map(|(image, name)| (key(without_ending(name)), image));
        by_key(without_endings.chain(names().map(|(image, name)| (key(name), image))).collect())
    }
}

/// Keys, in order, each with the position of what it is of. Names that are in order already cost no sorting.
type ByKey<'a> = Vec<(Cow<'a, [u8]>, usize)>;

fn by_key(mut keyed: ByKey<'_>) -> ByKey<'_> {
    sort(&mut keyed, &|(one, _), (other, _)| one.cmp(other));
    keyed
}

/// The first two of the images of a key, or of several the first two that `is_exact` of, if there are any.
fn first_two(of_key: &[(Cow<[u8]>, usize)], is_exact: impl Fn(usize) -> bool) -> Option<(usize, Option<usize>)> {
    if let [(_, image)] = of_key {
        return Some((*image, None));
    }
    let mut images: Vec<usize> = of_key.iter().map(|&(_, image)| image).collect();
    images.sort_unstable();
    images.dedup();
    if images.len() > 1 && images.iter().any(|&image| is_exact(image)) {
        images.retain(|&image| is_exact(image));
    }
    images.first().map(|&first| (first, images.get(1).copied()))
}

/// What of a name is compared.
type Key<'a> = fn(&'a [u8]) -> Cow<'a, [u8]>;

/// What fits together if names are compared in one way.
struct Way {
    /// The image of each file, and another one that it may be of.
    images: Vec<Option<(usize, Option<usize>)>>,
    found: usize,
    twice: usize,
}

impl Way {
    fn of<'a>(names: &'a Names, files: &[&'a [u8]], key: Key<'a>) -> Self {
        let keys = by_key(files.iter().enumerate().map(|(file, name)| (key(name), file)).collect());
        let of_images = names.by_key(key);
        let mut rest = of_images.as_slice();
        let mut images = vec![None; files.len()];
        for same in keys.chunk_by(|(one, _), (other, _)| one == other) {
            check_stop();
            let (of_file, file) = &same[0];
            rest = &rest[rest.iter().take_while(|(of_image, _)| of_image < of_file).count()..];
            let of_key = &rest[..rest.iter().take_while(|(of_image, _)| of_image == of_file).count()];
            if same.len() == 1 {
                images[*file] = first_two(of_key, |image| key(&names.given[image]) == *of_file);
            }
        }
        let twice = images.iter().flatten().filter(|(_, other)| other.is_some()).count();
        let found = images.iter().flatten().count() - twice;
        Self { images, found, twice }
    }

    fn fitting(&self) -> usize {
        self.found + self.twice
    }

    fn into_files(self, images: usize, by_stem: bool) -> Result<ImageFiles, Misfit> {
        let mut matched = ImageFiles { files: vec![None; images], others: Vec::new(), by_stem };
        for (file, images) in self.images.iter().enumerate() {
            if let Some((image, Some(other))) = *images {
                return Err(Misfit::SharedFile { images: [image, other], file });
            }
        }
        for (file, images) in self.images.iter().enumerate() {
            match *images {
                Some((image, _)) => {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_files_of_one_stem_are_of_none_of_the_images() {
        let found = image_files(&[b"a.jpg"], &[b"x/a", b"y/a"]).expect("no misfit");
        assert_eq!((found.files, found.others), (vec![None], vec![0, 1]));
    }

    #[test]
    fn of_two_images_that_of_the_very_name_has_the_file() {
        let found = image_files(&[b"a.jpg.png", b"a.jpg"], &[b"a.jpg"]).expect("no misfit");
        assert_eq!((found.files, found.others), (vec![None, Some(0)], vec![]));
    }
}
