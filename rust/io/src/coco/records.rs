//! The boxes of a COCO file, as columns in the order of the file.

use crate::coco::substitutes::{Complete, complete};
use crate::ids::Ids;
use crate::json::fault::{Flaw, required};
use crate::json::parallel_list::Records;
use crate::json::reader::Reader;
use crate::record::List;

/// Annotations or detections.
pub(crate) struct BoxRecords {
    list: List,
    pub image: Ids,
    pub category: Ids,
    /// Shorter than the other columns if a box has no id.
    pub id: Ids,
    /// The names of the classes of detections; shorter than the other columns if one has none.
    pub class_name: Ids,
    pub xyxy: Vec<[f64; 4]>,
    /// Of detections; empty for annotations.
    pub score: Vec<f64>,
    /// Of annotations, the bits of [`flag`]; empty for detections.
    pub flags: Vec<u8>,
    pub without_id: Tally,
    /// Boxes made around an outline.
    pub outlined: Tally,
}

/// Some rows: how many, and the first.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub count: usize,
    pub first: usize,
}

impl Tally {
    pub fn add(&mut self, row: usize) {
        if self.count == 0 {
            self.first = row;
        }
        self.count += 1;
    }
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
            class_name: Ids::default(),
            without_id: Tally::default(),
            outlined: Tally::default(),
        }
    }
}

impl Records for BoxRecords {
    fn len(&self) -> usize {
        self.xyxy.len()
    }

    #[inline]
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw> {
        let list = self.list;
        let start = reader.position();
        let (mut image, mut category, mut id, mut class_name) = (None, None, None, None);
        let (mut xyxy, mut score, mut flags) = (None, None, 0);
        reader.record(|reader, name| -> Result<(), Flaw> {
            match (name, list) {
                (b"image_id", _) => image = reader.id("image_id", &mut self.image)?,
                (b"category_id", _) => category = reader.id("category_id", &mut self.category)?,
                (b"id", _) => id = reader.id("id", &mut self.id)?,
                (b"bbox", _) => xyxy = read_bbox(reader)?,
                (b"score", List::Detections) => score = Some(read_score(reader)?),
                (b"category_name", List::Detections) if reader.at_string() => {
                    class_name = reader.id("category_name", &mut self.class_name)?;
                }
                (b"iscrowd", List::Annotations) => set(&mut flags, flag::CROWD, reader.boolean("iscrowd")?),
                (b"ignore", List::Annotations) => set(&mut flags, flag::IGNORE, reader.boolean("ignore")?),
                (b"difficult", List::Annotations) => set(&mut flags, flag::DIFFICULT, reader.boolean("difficult")?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        let Complete { image, category, xyxy, outlined } = match (image, category, xyxy) {
            (Some(image), Some(category), Some(xyxy)) => Complete { image, category, xyxy, outlined: false },
            given => complete(reader.text(), start, given, &mut self.image, &mut self.category)?,
        };
        let row = self.len();
        if list == List::Annotations {
            self.flags.push(flags);
        } else {
            self.score.push(required(score, "score")?);
        }
        match id {
            Some(id) => self.id.push_code(id),
            None => self.without_id.add(row),
        }
        if outlined {
            self.outlined.add(row);
        }
        class_name.into_iter().for_each(|name| self.class_name.push_code(name));
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

/// Reads a list of four numbers, corner and size, as corners. None for null and an empty list, which count as missing.
fn read_bbox(reader: &mut Reader<'_>) -> Result<Option<[f64; 4]>, Flaw> {
    if !reader.at_list() {
        return if reader.null()? { Ok(None) } else { Err(reader.wrong("bbox", "a list of 4 numbers")) };
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
    match found {
        4 => corners(bbox).map(Some),
        0 => Ok(None),
        _ => Err(Flaw::BoxLength { found }),
    }
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
