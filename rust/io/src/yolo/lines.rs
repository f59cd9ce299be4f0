//! Reads the lines of many text files. What longer ones than those of boxes are is told by all of them together.

use std::collections::BTreeMap;

use boxlint_core::{check_stop, map};

use crate::error::Error;
use crate::folder::FolderFiles;
use crate::text::{SmallFiles, as_text, number, numbered_lines, read_numbers, words};
use crate::yolo::boxes::LineBoxes;
use crate::yolo::fault::{LineFault, other_length, unreadable_line};
use crate::yolo::layout::{BOX, Layout, Shape};
use crate::yolo::shapes::shapes_by_columns;

/// Files that a thread reads at a time: enough to be worth handing over.
const FILES_AT_A_TIME: usize = 64;

/// Lines of one number of columns, which is not that of a box.
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
    pub boxes: LineBoxes,
    /// Whether there are lines of boxes, in range or not.
    pub has_boxes: bool,
    /// Longer lines by their number of columns. What they are is told by all parts together.
    pub long: BTreeMap<usize, Lines>,
}

/// Reads the files of images, in parallel; None is of no file. `shape` is what lines are that are longer than a box; None
/// tells by all of them.
///
/// # Examples
/// ```
/// use boxlint_io::{FolderFiles, LineLayout, read_lines};
///
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("street.txt"), "2 0.5 0.5 0.25 0.5\n0 0.5 0.5 wide 0.5\n")?;
/// let files = FolderFiles::below(folder.path(), folder.path().join(""), ".txt")?;
/// let boxes = read_lines(&files, &[Some(0)], LineLayout::Annotations, None)?;
/// assert_eq!((boxes.class_id, boxes.corners), (vec![2], vec![[0.375, 0.25, 0.625, 0.75]]));
/// assert_eq!(boxes.faults[0].line, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::File`] for the first file that the system refuses.
pub fn read_lines(
    files: &FolderFiles,
    of_images: &[Option<usize>],
    layout: Layout,
    shape: Option<Shape>,
) -> Result<LineBoxes, Error> {
    let read_few = |(chunk, of_images): (usize, &[Option<usize>])| {
        let (mut part, mut small) = (Part::default(), SmallFiles::default());
        for (image, file) in (chunk * FILES_AT_A_TIME..).zip(of_images) {
            check_stop();
            if let Some(file) = *file {
                part.add_file(image, small.read(files, file)?, layout);
            }
        }
        Ok(part)
    };
    let parts: Result<Vec<Part>, Error> =
        map(of_images.chunks(FILES_AT_A_TIME).enumerate(), read_few).into_iter().collect();
    let parts = parts?;
    let shapes = shapes_of(&parts, layout, shape);
    let mut made = map(parts, |part| part.into_boxes(layout, &shapes)).into_iter();
    let mut boxes = made.next().unwrap_or_default();
    boxes.reserve(made.as_slice().iter().map(|later| later.file.len()).sum());
    made.for_each(|later| boxes.append(later));
    Ok(boxes)
}

/// What longer lines of each number of columns are; those that are missing cannot be read.
fn shapes_of(parts: &[Part], layout: Layout, given: Option<Shape>) -> Vec<(usize, Shape)> {
    if layout == Layout::ConfidenceSecond {
        return Vec::new();
    }
    let confidence = layout.columns().len() - BOX;
    let mut long: BTreeMap<usize, Vec<&[f64]>> = BTreeMap::new();
    for (columns, lines) in parts.iter().flat_map(|part| &part.long) {
        let columns = columns - confidence;
        long.entry(columns).or_default().extend(lines.rows().map(|row| &row[..columns]));
    }
    let shapes: Vec<(usize, Shape)> = match given {
        Some(shape) => {
            long.into_keys().filter(|&columns| shape.fits(columns)).map(|columns| (columns, shape)).collect()
        }
        None => {
            let boxes_beside = parts.iter().any(|part| part.has_boxes);
            shapes_by_columns(&long.into_iter().collect::<Vec<_>>(), boxes_beside, layout.is_detected())
        }
    };
    shapes.into_iter().map(|(columns, shape)| (columns + confidence, shape)).collect()
}

impl Part {
    fn add_file(&mut self, file: usize, content: &[u8], layout: Layout) {
        match as_text(content) {
            Ok(text) => self.read_lines(file, &text, layout),
            Err(no_text) => {
                self.boxes.lost.push(file);
                let what = no_text.message().into();
                self.boxes.faults.push(LineFault { file, line: 0, what, kind: "whole files" });
            }
        }
    }

    fn read_lines(&mut self, file: usize, text: &str, layout: Layout) {
        let (mut numbers, of_box) = (Vec::new(), layout.columns().len());
        for (line, content) in numbered_lines(text) {
            numbers.clear();
            let are_numbers = read_numbers(content, &mut numbers);
            if are_numbers && numbers.len() == of_box {
                self.has_boxes = true;
                self.boxes.add(file, line, &numbers, layout, None);
            } else if are_numbers && numbers.len() > of_box {
                self.long.entry(numbers.len()).or_default().push(file, line, &numbers);
            } else {
                let words: Vec<&str> = words(content).collect();
                let (what, kind) = unreadable_line(content, &words, layout);
                self.boxes.faults.push(LineFault { file, line, what, kind });
            }
        }
    }

    /// All boxes, in order of files and lines, and all faults.
    fn into_boxes(self, layout: Layout, shapes: &[(usize, Shape)]) -> LineBoxes {
        let Self { mut boxes, long, .. } = self;
        for (columns, lines) in &long {
            let places = lines.file.iter().zip(&lines.line);
            match shapes.iter().find(|(of, _)| of == columns) {
                Some(&(_, shape)) => {
                    for ((&file, &line), row) in places.zip(lines.rows()) {
                        boxes.add(file, line, row, layout, Some(shape));
                    }
                }
                None => {
                    let (what, kind) = other_length(*columns, layout);
                    let faults = places.map(|(&file, &line)| LineFault { file, line, what: what.clone(), kind });
                    boxes.faults.extend(faults);
                }
            }
        }
        if !long.is_empty() {
            boxes.sort();
            boxes.faults.sort_by_key(|fault| (fault.file, fault.line));
        }
        boxes
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
