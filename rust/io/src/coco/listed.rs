//! The images and categories of a COCO file, as columns in the order of the file.

use std::ops::Range;

use crate::coco::records::Tally;
use crate::ids::Ids;
use crate::json::fault::{Flaw, required};
use crate::json::parallel_list::Records;
use crate::json::reader::Reader;

/// Images.
#[derive(Default)]
pub(crate) struct ImageRecords {
    pub id: Ids,
    pub name: Vec<String>,
    pub size: Vec<[f64; 2]>,
    /// LVIS: the categories that are known to be absent.
    pub negative: IdLists,
    /// LVIS: the categories of which not every object is annotated.
    pub not_exhaustive: IdLists,
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

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw> {
        let (mut id, mut name, mut size) = (None, None, [f64::NAN; 2]);
        let (mut negative, mut not_exhaustive) = (None, None);
        reader.record(|reader, field| -> Result<(), Flaw> {
            match field {
                b"id" => id = reader.id("id", &mut self.id)?,
                b"file_name" | b"width" | b"height" if reader.null()? => {}
                b"file_name" => name = Some(reader.string("file_name")?),
                b"width" => size[0] = read_side(reader, "width")?,
                b"height" => size[1] = read_side(reader, "height")?,
                b"neg_category_ids" => negative = read_ids(reader, "neg_category_ids", &mut self.negative.ids)?,
                b"not_exhaustive_category_ids" => {
                    let ids = &mut self.not_exhaustive.ids;
                    not_exhaustive = read_ids(reader, "not_exhaustive_category_ids", ids)?;
                }
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        self.id.push_code(required(id, "id")?);
        self.name.push(name.unwrap_or_else(|| self.id.get(self.id.len() - 1).text().into_owned()));
        self.size.push(size);
        let row = self.size.len() - 1;
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
    pub name: Vec<String>,
    /// Those whose id stands for their name.
    pub without_name: Tally,
}

impl Records for CategoryRecords {
    fn len(&self) -> usize {
        self.name.len()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw> {
        let (mut id, mut name) = (None, None);
        reader.record(|reader, field| -> Result<(), Flaw> {
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
            Some(name) => self.name.push(name),
            None => {
                self.without_name.add(row);
                self.name.push(self.id.get(row).text().into_owned());
            }
        }
        Ok(())
    }
}
