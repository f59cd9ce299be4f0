//! The images and categories of a COCO file: read into columns in the order of the file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use boxlint_core::sort;

use crate::coco::fields::ImageField as Field;
use crate::coco::substitutes::file_of_url;
use crate::error::Error;
use crate::findings::{Findings, Kind};
use crate::ids::{Id, Ids};
use crate::json::document::{ReadList, Records};
use crate::json::fault::{Flaw, required};
use crate::json::fields::Fields;
use crate::json::reader::Reader;
use crate::json::unreadable::Unreadable;
use crate::names::Names;
use crate::record::List;
use crate::source::Source;

/// The images of a data set, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// The ids.
    pub ids: Ids,
    /// The file names; where the file has none, the path of its `coco_url` as in LVIS, else the id.
    pub names: Names,
    /// Width and height; NaN where the file has none, 0 or empty text.
    pub sizes: Vec<[f64; 2]>,
}

/// The classes of a data set, in rising order of their category ids. Ids that are strings come first, in the order of
/// the file.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    /// The category ids.
    pub ids: Ids,
    /// The names; where the file has none, the id.
    pub names: Names,
}

/// Images.
#[derive(Default)]
pub(crate) struct ImageRecords {
    pub id: Ids,
    pub name: Names,
    pub size: Vec<[f64; 2]>,
    /// LVIS: the categories that are known to be absent.
    pub negative: IdLists,
    /// LVIS: the categories of which not every object is annotated.
    pub not_exhaustive: IdLists,
    fields: Fields<Field>,
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

/// A list of ids for each image.
#[derive(Default)]
pub(crate) struct IdLists {
    pub ids: Ids,
    /// Where the list of each image ends; of images after the last that has a list, there is no entry.
    pub ends: Vec<usize>,
}

impl IdLists {
    /// Adds the list of the image in this row, which is later than those before.
    fn push(&mut self, row: usize, codes: Vec<i64>) {
        self.ends.resize(row, self.ids.len());
        codes.into_iter().for_each(|code| self.ids.push_code(code));
        self.ends.push(self.ids.len());
    }

    /// Adds the lists of later images, after this many.
    pub fn append(&mut self, later: Self, images: usize) {
        if later.ends.is_empty() {
            return;
        }
        let moved = self.ids.len();
        self.ends.resize(images, moved);
        self.ids.append(later.ids);
        self.ends.extend(later.ends.into_iter().map(|end| end + moved));
    }

    /// The places of the ids of an image.
    pub fn places(&self, image: usize) -> Range<usize> {
        let end = |image: usize| self.ends.get(image).copied().unwrap_or(self.ids.len());
        if image == 0 { 0..end(0) } else { end(image - 1)..end(image) }
    }
}

impl Records for ImageRecords {
    fn len(&self) -> usize {
        self.name.len()
    }

    fn append(&mut self, later: Self) {
        self.negative.append(later.negative, self.len());
        self.not_exhaustive.append(later.not_exhaustive, self.len());
        self.id.append(later.id);
        self.name.append(&later.name);
        self.size.extend(later.size);
    }

    #[inline]
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw> {
        let (mut id, mut name, mut size) = (None, None, [f64::NAN; 2]);
        let (mut negative, mut not_exhaustive) = (None, None);
        self.fields.read(reader, Field::named, |reader, field| -> Result<(), Flaw> {
            match field {
                Field::Id => id = reader.id("id", &mut self.id)?,
                Field::Name | Field::Width | Field::Height if reader.null()? => {}
                Field::Name => name = Some(reader.string("file_name")?),
                Field::Url if name.is_none() && reader.at_string() => {
                    name = file_of_url(&reader.string("coco_url")?).map(Cow::Owned);
                }
                Field::Width => size[0] = read_side(reader, "width")?,
                Field::Height => size[1] = read_side(reader, "height")?,
                Field::Negative => negative = read_ids(reader, "neg_category_ids", &mut self.negative.ids)?,
                Field::NotExhaustive => {
                    let ids = &mut self.not_exhaustive.ids;
                    not_exhaustive = read_ids(reader, "not_exhaustive_category_ids", ids)?;
                }
                Field::Url | Field::Other => reader.skip()?,
            }
            Ok(())
        })?;
        self.id.push_code(required(id, "id")?);
        self.name.push(&name.unwrap_or_else(|| self.id.get(self.id.len() - 1).text()));
        let row = self.size.len();
        self.size.push(size);
        negative.into_iter().for_each(|codes| self.negative.push(row, codes));
        not_exhaustive.into_iter().for_each(|codes| self.not_exhaustive.push(row, codes));
        Ok(())
    }
}

/// Reads the width or height of an image; NaN for 0 and for empty text, which mean that it is unknown.
fn read_side(reader: &mut Reader<'_>, field: &'static str) -> Result<f64, Flaw> {
    if reader.at_string() {
        let text = reader.string(field)?;
        let empty = text.trim().is_empty();
        return if empty { Ok(f64::NAN) } else { Err(Flaw::wrong(field, "a string", "a positive number")) };
    }
    let side = reader.number(field)?;
    match side {
        0.0 => Ok(f64::NAN),
        0.0.. => Ok(side),
        _ => Err(Flaw::wrong(field, side, "a positive number")),
    }
}

/// Reads a list of ids as codes; None for null.
fn read_ids(reader: &mut Reader<'_>, field: &'static str, ids: &mut Ids) -> Result<Option<Vec<i64>>, Flaw> {
    if reader.null()? {
        return Ok(None);
    }
    if !reader.at_list() {
        return Err(reader.wrong(field, "a list of ids"));
    }
    let mut codes = Vec::new();
    let mut more = reader.open_list()?;
    while more {
        codes.push(required(reader.id(field, ids)?, field)?);
        more = reader.next_item()?;
    }
    Ok(Some(codes))
}

/// Categories.
#[derive(Default)]
pub(crate) struct CategoryRecords {
    pub id: Ids,
    pub name: Names,
    /// Those whose id stands for their name.
    pub without_name: Tally,
}

impl Records for CategoryRecords {
    fn len(&self) -> usize {
        self.name.len()
    }

    fn append(&mut self, later: Self) {
        self.without_name.append(later.without_name, self.len());
        self.id.append(later.id);
        self.name.append(&later.name);
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw> {
        let (mut id, mut name) = (None, None);
        reader.object(|reader, field| -> Result<(), Flaw> {
            match field {
                b"id" => id = reader.id("id", &mut self.id)?,
                b"name" if reader.null()? => {}
                b"name" => name = Some(reader.string("name")?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        self.id.push_code(required(id, "id")?);
        let row = self.name.len();
        match name {
            Some(name) => self.name.push(&name),
            None => {
                self.without_name.add(row);
                self.name.push(&self.id.get(row).text());
            }
        }
        Ok(())
    }
}

impl ImageList {
    pub fn new(list: ReadList<ImageRecords>) -> Self {
        let (records, unreadable) = list.into_one();
        let ImageRecords { id, name, size, negative, not_exhaustive, .. } = records.unwrap_or_default();
        Self { images: Images { ids: id, names: name, sizes: size }, unreadable, negative, not_exhaustive }
    }
}

impl ClassList {
    /// Classes in rising order of their ids; ids that are strings come first, in the order of the file.
    pub fn new(list: ReadList<CategoryRecords>, source: &Source<'_>, findings: &mut Findings) -> Result<Self, Error> {
        let (records, unreadable) = list.into_one();
        let CategoryRecords { id: ids, name: names, without_name } = records.unwrap_or_default();
        findings.note_some(Kind::WithoutName, List::Categories, without_name.count, || {
            let row = without_name.first;
            format!("{} is named {:?}", unreadable.record(List::Categories, row), &names[row])
        });
        if let Some((count, id)) = ids.repeated() {
            return Err(Error::DuplicateCategories { path: source.name(), count, id: id.to_string() });
        }
        let mut rows = HashMap::new();
        for (row, name) in names.iter().enumerate() {
            let first: usize = *rows.entry(name).or_insert(row);
            let example = || format!("categories {} and {} are both {name:?}", ids.get(first), ids.get(row));
            findings.note_some(Kind::EqualNames, List::Categories, usize::from(first != row), example);
        }
        let by_id = |row| match ids.get(row) {
            Id::Int(int) => (Some(int), row),
            Id::String(_) => (None, row),
        };
        let mut order: Vec<(Option<i64>, usize)> = (0..ids.len()).map(by_id).collect();
        sort(&mut order, &Ord::cmp);
        let mut file_order = vec![0; order.len()];
        order.iter().enumerate().for_each(|(row, &(_, in_file))| file_order[in_file] = row);
        let classes = Classes {
            ids: order.iter().map(|&(_, row)| ids.get(row)).collect(),
            names: order.iter().map(|&(_, row)| &names[row]).collect(),
        };
        Ok(Self { classes, file_order })
    }
}

/// Some rows: how many, and the first.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub count: usize,
    pub first: usize,
}

impl Tally {
    /// Adds the rows of a later part, which has so many rows before it.
    pub fn append(&mut self, later: Self, before: usize) {
        if self.count == 0 {
            self.first = before + later.first;
        }
        self.count += later.count;
    }

    pub fn add(&mut self, row: usize) {
        if self.count == 0 {
            self.first = row;
        }
        self.count += 1;
    }
}
