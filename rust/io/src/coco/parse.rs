//! The outer form of the two kinds of COCO files: which lists they have, and where.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::coco::columns::{Classes, Images};
use crate::coco::listed::{CategoryRecords, IdLists, ImageRecords};
use crate::coco::records::BoxRecords;
use crate::error::Error;
use crate::findings::{Finding, Findings, Kind};
use crate::ids::{Id, Ids};
use crate::json::fault::Syntax;
use crate::json::parallel_list::{ReadList, read_list};
use crate::json::reader::Reader;
use crate::json::unreadable::Unreadable;
use crate::record::List;
use crate::source::{Source, foreign_encoding, without_byte_order_mark};

/// An annotations file; its boxes are not grouped by image yet.
pub(crate) struct AnnotationFile {
    pub images: ImageList,
    pub classes: ClassList,
    pub boxes: ReadList<BoxRecords>,
    pub findings: Findings,
}

/// The images of a file.
pub(crate) struct ImageList {
    pub images: Images,
    pub unreadable: Unreadable,
    /// LVIS: for each image, the categories that are known to be absent.
    pub negative: IdLists,
    /// LVIS: for each image, the categories of which not every object is annotated.
    pub not_exhaustive: IdLists,
}

/// The categories of a file.
pub(crate) struct ClassList {
    pub classes: Classes,
    /// The row in `classes` of each category, in the order of the file.
    pub file_order: Vec<usize>,
}

/// A detections file, with the images and categories that it lists itself.
pub(crate) struct DetectionFile {
    pub boxes: ReadList<BoxRecords>,
    pub images: Option<Images>,
    pub classes: Option<Classes>,
    pub findings: Findings,
}

/// The lists of a file. Of two lists with the same name the last one counts, as in any JSON object.
#[derive(Default)]
struct Lists {
    images: Option<ReadList<ImageRecords>>,
    categories: Option<ReadList<CategoryRecords>>,
    boxes: Vec<ReadList<BoxRecords>>,
}

/// Reads an annotations file: an object with the lists `images`, `annotations` and `categories`.
pub(crate) fn read_annotations(source: &Source<'_>, skip_unreadable: bool) -> Result<AnnotationFile, Error> {
    let mut lists = parse(source, read_lists)?;
    let missing = |list| Error::MissingList { path: source.name(), list };
    let images = lists.images.ok_or_else(|| missing(List::Images))?;
    let boxes = lists.boxes.pop().ok_or_else(|| missing(List::Annotations))?;
    let categories = lists.categories.ok_or_else(|| missing(List::Categories))?;
    let mut findings = Findings::default();
    let unreadable = images.unreadable.findings(List::Images);
    let unreadable = unreadable.chain(categories.unreadable.findings(List::Categories));
    let unreadable = unreadable.chain(boxes.unreadable.findings(List::Annotations));
    note_unreadable(unreadable.collect(), source, skip_unreadable, &mut findings)?;
    let images = merge_images(images);
    if let Some((count, id)) = images.images.ids.repeated() {
        findings.note(Kind::DuplicateId, List::Images, count, || format!("id {id}"));
    }
    note_names(&images, &mut findings);
    let classes = sort_classes(categories, source, &mut findings)?;
    Ok(AnnotationFile { images, classes, boxes, findings })
}

/// Reads a detections file: a list, or an object one field of which is a list of detections.
pub(crate) fn read_detections(source: &Source<'_>, skip_unreadable: bool) -> Result<DetectionFile, Error> {
    let mut lists = parse(source, read_detection_lists)?;
    let found = lists.boxes.len();
    let boxes =
        lists.boxes.pop().filter(|_| found == 1).ok_or_else(|| Error::DetectionLists { path: source.name(), found })?;
    let mut findings = Findings::default();
    note_unreadable(boxes.unreadable.findings(List::Detections).collect(), source, skip_unreadable, &mut findings)?;
    let classes = lists.categories.map(|list| sort_classes(list, source, &mut Findings::default())).transpose()?;
    Ok(DetectionFile {
        boxes,
        images: lists.images.map(|list| merge_images(list).images),
        classes: classes.map(|list| list.classes),
        findings,
    })
}

/// Adds the unreadable records to the findings, or refuses the file for them.
fn note_unreadable(
    unreadable: Vec<Finding>,
    source: &Source<'_>,
    skip_unreadable: bool,
    findings: &mut Findings,
) -> Result<(), Error> {
    if !skip_unreadable && !unreadable.is_empty() {
        return Err(Error::Unreadable { path: source.name(), findings: unreadable });
    }
    unreadable.into_iter().for_each(|finding| findings.add(finding));
    Ok(())
}

/// Parses a whole file, and frees its text.
fn parse<T>(source: &Source<'_>, read: impl FnOnce(&mut Reader<'_>) -> Result<T, Syntax>) -> Result<T, Error> {
    let file = source.text()?;
    let text = without_byte_order_mark(&file);
    if let Some(encoding) = foreign_encoding(text) {
        return Err(Error::Encoding { path: source.name(), encoding });
    }
    let mut reader = Reader::at(text, 0);
    read(&mut reader)
        .and_then(|value| reader.finish().map(|()| value))
        .map_err(|syntax| syntax.into_error(source.name(), text))
}

fn read_lists(reader: &mut Reader<'_>) -> Result<Lists, Syntax> {
    let mut lists = Lists::default();
    reader.object(|reader, name| -> Result<(), Syntax> {
        match name {
            b"images" => lists.images = Some(read_list(reader, ImageRecords::default)?),
            b"categories" => lists.categories = Some(read_list(reader, CategoryRecords::default)?),
            b"annotations" => lists.boxes = vec![read_list(reader, || BoxRecords::new(List::Annotations))?],
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(lists)
}

fn read_detection_lists(reader: &mut Reader<'_>) -> Result<Lists, Syntax> {
    let mut lists = Lists::default();
    let new = || BoxRecords::new(List::Detections);
    if reader.at_list() {
        lists.boxes.push(read_list(reader, new)?);
        return Ok(lists);
    }
    let mut others = Vec::new();
    reader.object(|reader, name| -> Result<(), Syntax> {
        match name {
            _ if !reader.at_list() => reader.skip()?,
            b"annotations" | b"predictions" | b"detections" => lists.boxes.push(read_list(reader, new)?),
            b"images" => lists.images = Some(read_list(reader, ImageRecords::default)?),
            b"categories" => lists.categories = Some(read_list(reader, CategoryRecords::default)?),
            b"licenses" => reader.skip()?,
            _ => {
                others.push(reader.position());
                reader.skip()?;
            }
        }
        Ok(())
    })?;
    if lists.boxes.is_empty() {
        for start in others {
            lists.boxes.push(read_list(&mut Reader::at(reader.text(), start), new)?);
        }
    }
    Ok(lists)
}

fn merge_images(list: ReadList<ImageRecords>) -> ImageList {
    let mut images = Images::default();
    let (mut negative, mut not_exhaustive) = (IdLists::default(), IdLists::default());
    for part in list.parts {
        let before = images.names.len();
        negative.append(part.negative, before);
        not_exhaustive.append(part.not_exhaustive, before);
        images.ids.append(part.id);
        images.names.extend(part.name);
        images.sizes.extend(part.size);
    }
    ImageList { images, unreadable: list.unreadable, negative, not_exhaustive }
}

/// Notes the images that have the file name of another.
fn note_names(list: &ImageList, findings: &mut Findings) {
    let ImageList { images, unreadable, .. } = list;
    if images.names.is_sorted_by(|before, after| before < after) {
        return;
    }
    let mut order: Vec<usize> = (0..images.names.len()).collect();
    order.par_sort_by(|&one, &other| images.names[one].cmp(&images.names[other]));
    for same in order.chunk_by(|&one, &other| images.names[one] == images.names[other]) {
        for &row in &same[1..] {
            let name = &images.names[row];
            let record = |row| unreadable.record(List::Images, row);
            let example = || format!("{} and {} are both {name:?}", record(same[0]), record(row));
            let repeated_id = images.ids.get(row).text() == *name;
            findings.note_some(Kind::EqualFileNames, List::Images, usize::from(!repeated_id), example);
        }
    }
}

/// Classes in rising order of their ids; ids that are strings come first, in the order of the file.
fn sort_classes(
    list: ReadList<CategoryRecords>,
    source: &Source<'_>,
    findings: &mut Findings,
) -> Result<ClassList, Error> {
    let mut ids = Ids::default();
    let mut names = Vec::new();
    for part in list.parts {
        let first = names.len();
        ids.append(part.id);
        names.extend(part.name);
        findings.note_some(Kind::WithoutName, List::Categories, part.without_name.count, || {
            let row = first + part.without_name.first;
            format!("{} is named {:?}", list.unreadable.record(List::Categories, row), names[row])
        });
    }
    if let Some((count, id)) = ids.repeated() {
        return Err(Error::DuplicateCategories { path: source.name(), count, id: id.to_string() });
    }
    let mut rows = HashMap::new();
    for (row, name) in names.iter().enumerate() {
        let first: usize = *rows.entry(name.as_str()).or_insert(row);
        let example = || format!("categories {} and {} are both {name:?}", ids.get(first), ids.get(row));
        findings.note_some(Kind::EqualNames, List::Categories, usize::from(first != row), example);
    }
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|&row| match ids.get(row) {
        Id::Int(int) => Some(int),
        Id::String(_) => None,
    });
    let mut file_order = vec![0; order.len()];
    order.iter().enumerate().for_each(|(row, &in_file)| file_order[in_file] = row);
    let classes = Classes {
        ids: order.iter().map(|&row| ids.get(row)).collect(),
        names: order.iter().map(|&row| std::mem::take(&mut names[row])).collect(),
    };
    Ok(ClassList { classes, file_order })
}
