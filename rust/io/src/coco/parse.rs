//! The outer form of the two kinds of COCO files: which lists they have, and where.

use crate::coco::columns::{Classes, Images};
use crate::coco::records::{BoxRecords, CategoryRecords, ImageRecords};
use crate::error::Error;
use crate::ids::{Id, Ids};
use crate::json::fault::Fault;
use crate::json::parallel_list::read_list;
use crate::json::reader::Reader;
use crate::record::List;
use crate::source::{Source, without_byte_order_mark};

/// An annotations file; its boxes are not grouped by image yet.
pub(crate) struct AnnotationFile {
    pub images: Images,
    pub classes: Classes,
    pub boxes: Vec<BoxRecords>,
}

/// The lists of an annotations file. Of two lists with the same name the last one counts, as in any JSON object.
#[derive(Default)]
struct Lists {
    images: Option<Vec<ImageRecords>>,
    categories: Option<Vec<CategoryRecords>>,
    boxes: Option<Vec<BoxRecords>>,
}

/// Reads an annotations file: an object with the lists `images`, `annotations` and `categories`.
pub(crate) fn read_annotations(source: &Source<'_>) -> Result<AnnotationFile, Error> {
    let lists = parse(source, read_lists)?;
    let missing = |list| Error::MissingList { path: source.name(), list };
    let images = lists.images.ok_or_else(|| missing(List::Images))?;
    let boxes = lists.boxes.ok_or_else(|| missing(List::Annotations))?;
    let categories = lists.categories.ok_or_else(|| missing(List::Categories))?;
    Ok(AnnotationFile { images: merge_images(images), classes: sort_classes(categories, source)?, boxes })
}

/// Reads a detections file: a list, or an object one field of which is a list of detections.
pub(crate) fn read_detections(source: &Source<'_>) -> Result<Vec<BoxRecords>, Error> {
    let mut lists = parse(source, read_detection_lists)?;
    let found = lists.len();
    lists.pop().filter(|_| found == 1).ok_or_else(|| Error::DetectionLists { path: source.name(), found })
}

/// Parses a whole file, and frees its text.
fn parse<T>(source: &Source<'_>, read: impl FnOnce(&mut Reader<'_>) -> Result<T, Fault>) -> Result<T, Error> {
    let file = source.text()?;
    let text = without_byte_order_mark(&file);
    let mut reader = Reader::at(text, 0);
    read(&mut reader)
        .and_then(|value| Ok(reader.finish().map(|()| value)?))
        .map_err(|fault| fault.into_error(source.name(), text))
}

fn read_lists(reader: &mut Reader<'_>) -> Result<Lists, Fault> {
    let mut lists = Lists::default();
    reader.object(|reader, name| -> Result<(), Fault> {
        match name {
            b"images" => lists.images = Some(read_list(reader, List::Images, ImageRecords::default)?),
            b"categories" => lists.categories = Some(read_list(reader, List::Categories, CategoryRecords::default)?),
            b"annotations" => {
                let list = List::Annotations;
                lists.boxes = Some(read_list(reader, list, || BoxRecords::new(list))?);
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(lists)
}

fn read_detection_lists(reader: &mut Reader<'_>) -> Result<Vec<Vec<BoxRecords>>, Fault> {
    let list = List::Detections;
    let new = || BoxRecords::new(list);
    if reader.at_list() {
        return Ok(vec![read_list(reader, list, new)?]);
    }
    let mut lists = Vec::new();
    reader.object(|reader, name| -> Result<(), Fault> {
        if matches!(name, b"annotations" | b"predictions" | b"detections") && reader.at_list() {
            lists.push(read_list(reader, list, new)?);
        } else {
            reader.skip()?;
        }
        Ok(())
    })?;
    Ok(lists)
}

fn merge_images(parts: Vec<ImageRecords>) -> Images {
    let mut images = Images::default();
    for part in parts {
        images.ids.append(part.id);
        images.names.extend(part.name);
        images.sizes.extend(part.size);
    }
    images
}

/// Classes in rising order of their ids; ids that are strings come first, in the order of the file.
fn sort_classes(parts: Vec<CategoryRecords>, source: &Source<'_>) -> Result<Classes, Error> {
    let mut ids = Ids::default();
    let mut names = Vec::new();
    for part in parts {
        ids.append(part.id);
        names.extend(part.name);
    }
    if let Some((count, id)) = ids.repeated() {
        return Err(Error::DuplicateCategories { path: source.name(), count, id: id.to_string() });
    }
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|&row| match ids.get(row) {
        Id::Int(int) => Some(int),
        Id::String(_) => None,
    });
    Ok(Classes {
        ids: order.iter().map(|&row| ids.get(row)).collect(),
        names: order.iter().map(|&row| std::mem::take(&mut names[row])).collect(),
    })
}
