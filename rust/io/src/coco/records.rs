//! The three kinds of records of a COCO file, as columns in the order of the file.

use crate::ids::{Id, Ids};
use crate::json::fault::Flaw;
use crate::json::parallel_list::Records;
use crate::json::reader::Reader;
use crate::record::List;

/// Annotations or detections.
pub(crate) struct BoxRecords {
    list: List,
    pub image: Ids,
    pub category: Ids,
    /// Shorter than the other columns if a detection has no id.
    pub id: Ids,
    pub xyxy: Vec<[f64; 4]>,
    /// Of detections; empty for annotations.
    pub score: Vec<f64>,
    /// Of annotations, the bits of [`flag`]; empty for detections.
    pub flags: Vec<u8>,
}

/// The bits of the flags of an annotation.
pub(crate) mod flag {
    pub const CROWD: u8 = 1;
    pub const IGNORE: u8 = 2;
    pub const DIFFICULT: u8 = 4;
}

impl BoxRecords {
    pub fn new(list: List) -> Self {
        Self {
            list,
            image: Ids::default(),
            category: Ids::default(),
            id: Ids::default(),
            xyxy: Vec::new(),
            score: Vec::new(),
            flags: Vec::new(),
        }
    }
}

impl Records for BoxRecords {
    fn len(&self) -> usize {
        self.xyxy.len()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw> {
        let list = self.list;
        let (mut image, mut category, mut id) = (None, None, None);
        let (mut xyxy, mut score, mut flags) = (None, None, 0);
        reader.record(|reader, name| -> Result<(), Flaw> {
            match (name, list) {
                (b"image_id", _) => image = Some(reader.id("image_id", &mut self.image)?),
                (b"category_id", _) => category = Some(reader.id("category_id", &mut self.category)?),
                (b"id", _) => id = Some(reader.id("id", &mut self.id)?),
                (b"bbox", _) => xyxy = Some(corners(read_bbox(reader)?)?),
                (b"score", List::Detections) => score = Some(read_score(reader)?),
                (b"iscrowd", List::Annotations) => set(&mut flags, flag::CROWD, reader.boolean("iscrowd")?),
                (b"ignore", List::Annotations) => set(&mut flags, flag::IGNORE, reader.boolean("ignore")?),
                (b"difficult", List::Annotations) => set(&mut flags, flag::DIFFICULT, reader.boolean("difficult")?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        let image = required(image, "image_id")?;
        let category = required(category, "category_id")?;
        let xyxy = required(xyxy, "bbox")?;
        if list == List::Annotations {
            self.id.push_code(required(id, "id")?);
            self.flags.push(flags);
        } else {
            self.score.push(required(score, "score")?);
            id.into_iter().for_each(|id| self.id.push_code(id));
        }
        self.image.push_code(image);
        self.category.push_code(category);
        self.xyxy.push(xyxy);
        Ok(())
    }
}

/// Sets or clears a flag: of two fields with the same name the last one counts.
fn set(flags: &mut u8, bit: u8, value: bool) {
    *flags = if value { *flags | bit } else { *flags & !bit };
}

/// Reads a list of four numbers.
fn read_bbox(reader: &mut Reader<'_>) -> Result<[f64; 4], Flaw> {
    if !reader.at_list() {
        return Err(reader.wrong("bbox", "a list of 4 numbers"));
    }
    let mut bbox = [0.0; 4];
    let mut found = 0;
    let mut more = reader.open_list()?;
    while more {
        let number = reader.number("bbox")?;
        if let Some(place) = bbox.get_mut(found) {
            *place = number;
        }
        found += 1;
        more = reader.next_item()?;
    }
    if found == bbox.len() { Ok(bbox) } else { Err(Flaw::BoxLength { found }) }
}

fn corners([x, y, width, height]: [f64; 4]) -> Result<[f64; 4], Flaw> {
    let xyxy = [x, y, x + width, y + height];
    if xyxy.iter().all(|corner| corner.is_finite()) {
        Ok(xyxy)
    } else {
        let found = format!("{:?}", [x, y, width, height]);
        Err(Flaw::wrong("bbox", found, "finite corners"))
    }
}

fn read_score(reader: &mut Reader<'_>) -> Result<f64, Flaw> {
    let score = reader.number("score")?;
    if (0.0..=1.0).contains(&score) { Ok(score) } else { Err(Flaw::wrong("score", score, "a number from 0 to 1")) }
}

fn required<T>(value: Option<T>, field: &'static str) -> Result<T, Flaw> {
    value.ok_or(Flaw::Missing { field })
}

/// Images.
#[derive(Default)]
pub(crate) struct ImageRecords {
    pub id: Ids,
    pub name: Vec<String>,
    pub size: Vec<[f64; 2]>,
}

impl Records for ImageRecords {
    fn len(&self) -> usize {
        self.name.len()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw> {
        let (mut id, mut name, mut size) = (None, None, [f64::NAN; 2]);
        reader.record(|reader, field| -> Result<(), Flaw> {
            match field {
                b"id" => id = Some(reader.id("id", &mut self.id)?),
                b"file_name" | b"width" | b"height" if reader.null()? => {}
                b"file_name" => name = Some(reader.string("file_name")?),
                b"width" => size[0] = read_side(reader, "width")?,
                b"height" => size[1] = read_side(reader, "height")?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        self.id.push_code(required(id, "id")?);
        let name = name.unwrap_or_else(|| match self.id.get(self.id.len() - 1) {
            Id::Int(int) => int.to_string(),
            Id::String(string) => string.to_owned(),
        });
        self.name.push(name);
        self.size.push(size);
        Ok(())
    }
}

fn read_side(reader: &mut Reader<'_>, field: &'static str) -> Result<f64, Flaw> {
    let side = reader.number(field)?;
    if side > 0.0 { Ok(side) } else { Err(Flaw::wrong(field, side, "a positive number")) }
}

/// Categories.
#[derive(Default)]
pub(crate) struct CategoryRecords {
    pub id: Ids,
    pub name: Vec<String>,
}

impl Records for CategoryRecords {
    fn len(&self) -> usize {
        self.name.len()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw> {
        let (mut id, mut name) = (None, None);
        reader.record(|reader, field| -> Result<(), Flaw> {
            match field {
                b"id" => id = Some(reader.id("id", &mut self.id)?),
                b"name" => name = Some(reader.string("name")?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        let name = required(name, "name")?;
        self.id.push_code(required(id, "id")?);
        self.name.push(name);
        Ok(())
    }
}
