//! Reads the lines of many text files: their numbers, sorted by how many a line has.

use std::collections::BTreeMap;

use boxlint_core::{check_stop, map};

use crate::error::Error;
use crate::folder::FolderFiles;
use crate::text::{SmallFiles, as_text, number, numbered_lines, read_numbers, words};
use crate::yolo::fault::{LineFault, unreadable_line};
use crate::yolo::layout::Layout;

/// Files that a thread reads at a time: enough to be worth handing over.
const FILES_AT_A_TIME: usize = 64;

/// Lines of one number of columns.
#[derive(Default)]
pub(crate) struct Lines {
    /// The position of the file of each line.
    pub file: Vec<usize>,
    /// The number of each line in its file, from 1.
    pub line: Vec<usize>,
    /// The numbers of all lines.
    pub values: Vec<f64>,
}

impl Lines {
    /// The numbers of each line.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> + Clone {
        self.values.chunks_exact(self.values.len() / self.file.len().max(1))
    }

    fn push(&mut self, file: usize, line: usize, numbers: &[f64]) {
        self.file.push(file);
        self.line.push(line);
        self.values.extend_from_slice(numbers);
    }
}

/// What a few files hold.
#[derive(Default)]
pub(crate) struct Part {
    /// By their number of columns.
    pub lines: BTreeMap<usize, Lines>,
    pub faults: Vec<LineFault>,
    /// The positions of files that are no text.
    pub lost: Vec<usize>,
}

/// The lines of files that hold numbers alone, and what is wrong with the others.
///
/// # Examples
/// ```
/// use boxlint_io::{FolderFiles, LineLayout, LineReader};
///
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("street.txt"), "2 0.5 0.5 0.25 0.5\n0 0.5 0.5 wide 0.5\n")?;
/// let files = FolderFiles::below(folder.path(), folder.path().join(""), ".txt")?;
/// let mut reader = LineReader::new(LineLayout::Annotations);
/// reader.read(&files, &[Some(0)], 0)?;
/// let boxes = reader.into_boxes(None);
/// assert_eq!((boxes.class_id, boxes.corners), (vec![2], vec![[0.375, 0.25, 0.625, 0.75]]));
/// assert_eq!(boxes.faults[0].line, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LineReader {
    pub(crate) layout: Layout,
    pub(crate) parts: Vec<Part>,
}

impl LineReader {
    /// Before the first file.
    pub fn new(layout: Layout) -> Self {
        Self { layout, parts: Vec::new() }
    }

    /// Reads the files of images whose positions follow each other from `first`, in parallel; None is of no file.
    ///
    /// # Errors
    /// [`Error::File`] for the first file that the system refuses.
    pub fn read(&mut self, files: &FolderFiles, of_images: &[Option<usize>], first: usize) -> Result<(), Error> {
        let read_files = |first: usize, of_images: &[Option<usize>]| {
            let (mut part, mut small) = (Part::default(), SmallFiles::default());
            for (image, file) in (first..).zip(of_images) {
                check_stop();
                if let Some(file) = *file {
                    part.add_file(image, small.read(files, file)?, self.layout);
                }
            }
            Ok(part)
        };
        let some = of_images.chunks(FILES_AT_A_TIME).enumerate();
        for read in map(some, |(chunk, files)| read_files(first + chunk * FILES_AT_A_TIME, files)) {
            self.parts.push(read?);
        }
        Ok(())
    }
}

impl Part {
    fn add_file(&mut self, file: usize, content: &[u8], layout: Layout) {
        match as_text(content) {
            Ok(text) => self.read_lines(file, &text, layout),
            Err(no_text) => {
                self.lost.push(file);
                self.faults.push(LineFault { file, line: 0, what: no_text.message().into(), kind: "whole files" });
            }
        }
    }

    fn read_lines(&mut self, file: usize, text: &str, layout: Layout) {
        let mut numbers = Vec::new();
        for (line, content) in numbered_lines(text) {
            numbers.clear();
            if read_numbers(content, &mut numbers) && numbers.len() >= layout.columns().len() {
                self.lines.entry(numbers.len()).or_default().push(file, line, &numbers);
            } else {
                let words: Vec<&str> = words(content).collect();
                let (what, kind) = unreadable_line(content, &words, layout);
                self.faults.push(LineFault { file, line, what, kind });
            }
        }
    }
}

/// How many lines each file has that may be boxes: none in a list of classes or images, or in notes. A file that is no
/// text counts as a line.
///
/// # Examples
/// ```
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("classes.txt"), "car\nperson\n")?;
/// std::fs::write(folder.path().join("street.txt"), "2 0.5 0.5 0.25 0.5\n0 0.2 0.2 0.1 0.1\n")?;
/// let files = boxlint_io::FolderFiles::below(folder.path(), folder.path().join(""), ".txt")?;
/// assert_eq!(boxlint_io::count_box_lines(&files)?, [0, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::File`] for the first file that the system refuses.
pub fn count_box_lines(files: &FolderFiles) -> Result<Vec<usize>, Error> {
    map(0..files.len(), |file| box_lines(files, file)).into_iter().collect()
}

fn box_lines(files: &FolderFiles, file: usize) -> Result<usize, Error> {
    let mut small = SmallFiles::default();
    let Ok(text) = as_text(small.read(files, file)?) else {
        return Ok(1);
    };
    let of_boxes = numbered_lines(&text).any(|(_, line)| ends_with_box(line));
    Ok(if of_boxes { numbered_lines(&text).count() } else { 0 })
}

/// Whether a line ends with four numbers after a word, with spaces or commas between them.
fn ends_with_box(line: &str) -> bool {
    let line = line.replace(',', " ");
    let words: Vec<&str> = words(&line).collect();
    matches!(words.as_slice(), [_, .., a, b, c, d] if [a, b, c, d].iter().all(|word| number(word).is_some()))
}
