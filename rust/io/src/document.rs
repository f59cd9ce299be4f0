//! The outer form of the two kinds of files.

use crate::coco::{Classes, Images};
use crate::cursor::Cursor;
use crate::error::{Error, List};
use crate::fault::Fault;
use crate::ids::{Id, Ids};
use crate::list::read_list;
use crate::records::{BoxRecords, CategoryRecords, ImageRecords};
use crate::source::{Source, without_mark};

/// An annotations file, its boxes not yet joined to its images.
pub(crate) struct AnnotationFile {
    pub images: Images,
    pub classes: Classes,
    pub boxes: Vec<BoxRecords>,
}

/// The lists of an annotations file; a later list of the same name replaces an earlier one, as in any JSON object.
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
    Ok(AnnotationFile { images: join_images(images), classes: order_classes(categories, source)?, boxes })
}

/// Reads a detections file: a list, or an object with one list of detections among other things.
pub(crate) fn read_detections(source: &Source<'_>) -> Result<Vec<BoxRecords>, Error> {
    let mut lists = parse(source, read_detection_lists)?;
    let found = lists.len();
    lists.pop().filter(|_| found == 1).ok_or_else(|| Error::DetectionLists { path: source.name(), found })
}

/// Parses the whole of a text, which is freed at the end.
fn parse<T>(source: &Source<'_>, read: impl FnOnce(&mut Cursor<'_>) -> Result<T, Fault>) -> Result<T, Error> {
    let file = source.text()?;
    let text = without_mark(&file);
    let mut cursor = Cursor::at(text, 0);
    read(&mut cursor)
        .and_then(|value| Ok(cursor.finish().map(|()| value)?))
        .map_err(|fault| fault.into_error(source.name(), text))
}

fn read_lists(cursor: &mut Cursor<'_>) -> Result<Lists, Fault> {
    let mut lists = Lists::default();
    cursor.object(|cursor, name| -> Result<(), Fault> {
        match name {
            b"images" => lists.images = Some(read_list(cursor, List::Images, ImageRecords::default)?),
            b"categories" => lists.categories = Some(read_list(cursor, List::Categories, CategoryRecords::default)?),
            b"annotations" => {
                let list = List::Annotations;
                lists.boxes = Some(read_list(cursor, list, || BoxRecords::new(list))?);
            }
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(lists)
}

fn read_detection_lists(cursor: &mut Cursor<'_>) -> Result<Vec<Vec<BoxRecords>>, Fault> {
    let list = List::Detections;
    let new = || BoxRecords::new(list);
    if cursor.at_list() {
        return Ok(vec![read_list(cursor, list, new)?]);
    }
    let mut lists = Vec::new();
    cursor.object(|cursor, name| -> Result<(), Fault> {
        if matches!(name, b"annotations" | b"predictions" | b"detections") && cursor.at_list() {
            lists.push(read_list(cursor, list, new)?);
        } else {
            cursor.skip()?;
        }
        Ok(())
    })?;
    Ok(lists)
}

fn join_images(parts: Vec<ImageRecords>) -> Images {
    let mut images = Images::default();
    for part in parts {
        images.ids.append(part.id);
        images.names.extend(part.name);
        images.sizes.extend(part.size);
    }
    images
}

/// Classes in rising order of integer ids; ids that are texts come first, in the order of the file.
fn order_classes(parts: Vec<CategoryRecords>, source: &Source<'_>) -> Result<Classes, Error> {
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
        Id::Text(_) => None,
    });
    Ok(Classes {
        ids: order.iter().map(|&row| ids.get(row)).collect(),
        names: order.iter().map(|&row| std::mem::take(&mut names[row])).collect(),
    })
}
