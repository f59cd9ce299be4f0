//! Reads the files of Pascal VOC into columns.

use std::collections::HashMap;
use std::ops::Range;

use boxlint_core::{check_stop, map};

use crate::error::Error;
use crate::folder::FolderFiles;
use crate::text::{SmallFiles, general, quoted};
use crate::voc::element::{Found, children, coordinate, optional_text};
use crate::voc::object::Object;
use crate::voc::xml::{Document, Node};

/// Files that a thread reads at a time: enough to be worth handing over.
const FILES_AT_A_TIME: usize = 16;

/// What stands for a side or file name that is not known.
const UNKNOWN: [&str; 5] = ["", "none", "nan", "null", "unknown"];

/// What the files of a folder say: a row for each file, and one for each object, in the order of files.
#[derive(Debug, Default)]
pub struct VocFiles {
    /// The file name of each image as it is written; empty if there is none.
    pub filenames: Vec<String>,
    /// Width and height of each image; NaN where they are unknown.
    pub sizes: Vec<[f64; 2]>,
    /// The files of which nothing could be read.
    pub lost: Vec<usize>,
    /// What could not be read, in order of files.
    pub faults: Vec<VocFault>,
    /// The file of each object.
    pub file: Vec<usize>,
    /// The position of each object among all of its file.
    pub position: Vec<usize>,
    /// The class of each object, in `class_names`.
    pub class: Vec<usize>,
    /// The names of the classes in the order in which they first occur.
    pub class_names: Vec<String>,
    /// The corners of each object as they are in the file.
    pub corners: Vec<[f64; 4]>,
    /// Whether an object is marked `difficult`.
    pub difficult: Vec<bool>,
    /// Whether the box of an object was made around its polygon.
    pub from_outline: Vec<bool>,
    /// The score of each object as it is written; None in annotations.
    pub score: Vec<Option<String>>,
}

/// A file or object that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VocFault {
    /// The file.
    pub file: usize,
    /// The position of the object among all of the file; None for the whole file.
    pub object: Option<usize>,
    /// What was found and what is expected.
    pub what: String,
}

/// What a file says of its image; or that it is no plain XML in UTF-8, in which case only a parser of all XML can tell more.
pub enum VocFile {
    /// Plain XML: the image, or why it is none of Pascal VOC.
    Read(Result<VocImage, String>),
    /// Another encoding, a document type, or no XML at all.
    NotPlain,
}

/// An image and its objects, or what is wrong with each of these.
pub struct VocImage {
    filename: String,
    size: [f64; 2],
    objects: Vec<Found<Object>>,
}

impl VocFile {
    /// Reads some of the files of a folder in parallel.
    ///
    /// # Errors
    /// [`Error::File`] for the first file that the system refuses.
    ///
    /// # Examples
    /// ```
    /// use boxlint_io::{FolderFiles, VocFile};
    ///
    /// let folder = tempfile::tempdir()?;
    /// std::fs::write(folder.path().join("street.xml"), "<!DOCTYPE annotation><annotation/>")?;
    /// let files = FolderFiles::below(folder.path(), folder.path().join(""), ".xml")?;
    /// assert!(matches!(VocFile::read_all(&files, 0..files.len(), false)?[..], [VocFile::NotPlain]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_all(files: &FolderFiles, some: Range<usize>, one_based: bool) -> Result<Vec<Self>, Error> {
        let read_few = |first: usize| -> Result<Vec<Self>, Error> {
            let mut small = SmallFiles::default();
            let read_one = |file: usize| {
                check_stop();
                Ok(Self::read(small.read(files, file)?, one_based))
            };
            (first..some.end.min(first + FILES_AT_A_TIME)).map(read_one).collect()
        };
        let firsts = some.clone().step_by(FILES_AT_A_TIME);
        let read: Result<Vec<_>, Error> = map(firsts, read_few).into_iter().collect();
        Ok(read?.into_iter().flatten().collect())
    }

    /// Reads the content of a file. Corners of objects that count from 1 may not lie before the first pixel.
    pub fn read(content: &[u8], one_based: bool) -> Self {
        match std::str::from_utf8(content).ok().and_then(Document::parse) {
            Some(document) => Self::Read(VocImage::read(document.root(), one_based)),
            None => Self::NotPlain,
        }
    }
}

impl VocImage {
    fn read(root: Node<'_>, one_based: bool) -> Found<Self> {
        let tag = root.tag();
        if tag == "annotations" && children(root, "image").next().is_some() {
            return Err("is XML of CVAT for images, expected Pascal VOC: convert it with panlabel convert".into());
        }
        if tag != "annotation" {
            return Err(format!("the outermost element is {}, expected 'annotation'", quoted(tag)));
        }
        let size = [side(root, "width")?, side(root, "height")?];
        let filename = optional_text(root, "filename")?.into_owned();
        let objects: Vec<Node> = children(root, "object").collect();
        if root.count_within("object") != objects.len() {
            return Err("has an object within another element, expected all objects directly in annotation".into());
        }
        let of_objects: usize = objects.iter().map(|object| object.count_within("bndbox")).sum();
        let outside = root.count_within("bndbox") - of_objects;
        if outside > 0 {
            return Err(format!("has {outside} bndbox outside of any object"));
        }
        let objects = objects.into_iter().map(|object| Object::read(object, one_based)).collect();
        Ok(Self { filename, size, objects })
    }
}

/// Width or height in pixels; NaN where it is unknown.
fn side(root: Node<'_>, side: &str) -> Found<f64> {
    let sizes = children(root, "size").count();
    if sizes > 1 {
        return Err(format!("has {sizes} size, expected one"));
    }
    let Some(size) = children(root, "size").next() else {
        return Ok(f64::NAN);
    };
    let text = optional_text(size, side)?;
    if UNKNOWN.iter().any(|unknown| text.eq_ignore_ascii_case(unknown)) {
        return Ok(f64::NAN);
    }
    match coordinate("size", size, side)? {
        0.0 => Ok(f64::NAN),
        pixels if pixels > 0.0 => Ok(pixels),
        pixels => {
            Err(format!("size: {side} is {}, expected a positive number, or 0 if it is unknown", general(pixels)))
        }
    }
}

/// Files that are put together one after another.
///
/// # Examples
/// ```
/// use boxlint_io::{VocFile, VocReader};
///
/// let xml = b"<annotation><filename>street.jpg</filename><object><name>car</name><bndbox>
///     <xmin>10</xmin><ymin>20</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>";
/// let VocFile::Read(image) = VocFile::read(xml, false) else { panic!("that is plain XML") };
/// let mut reader = VocReader::default();
/// reader.add(image);
/// let files = reader.into_files();
/// assert_eq!((files.filenames, files.class_names), (vec!["street.jpg".to_owned()], vec!["car".to_owned()]));
/// assert_eq!(files.corners, [[10.0, 20.0, 30.0, 40.0]]);
/// ```
#[derive(Default)]
pub struct VocReader {
    files: VocFiles,
    class_of: HashMap<String, usize>,
}

impl VocReader {
    /// Adds what the next file says, or what is wrong with it.
    pub fn add(&mut self, image: Result<VocImage, String>) {
        let file = self.files.filenames.len();
        let image = image.unwrap_or_else(|what| {
            self.files.lost.push(file);
            self.files.faults.push(VocFault { file, object: None, what });
            VocImage { filename: String::new(), size: [f64::NAN; 2], objects: Vec::new() }
        });
        self.files.filenames.push(image.filename);
        self.files.sizes.push(image.size);
        for (position, object) in image.objects.into_iter().enumerate() {
            match object {
                Ok(object) => self.add_object(file, position, object),
                Err(what) => self.files.faults.push(VocFault { file, object: Some(position), what }),
            }
        }
    }

    fn add_object(&mut self, file: usize, position: usize, object: Object) {
        let Object { name, corners, difficult, from_outline, score } = object;
        let files = &mut self.files;
        files.file.push(file);
        files.position.push(position);
        files.class.push(match self.class_of.get(&name) {
            Some(&class) => class,
            None => {
                files.class_names.push(name.clone());
                self.class_of.insert(name, files.class_names.len() - 1);
                files.class_names.len() - 1
            }
        });
        files.corners.push(corners);
        files.difficult.push(difficult);
        files.from_outline.push(from_outline);
        files.score.push(score);
    }

    /// All files that were added.
    pub fn into_files(self) -> VocFiles {
        self.files
    }
}
