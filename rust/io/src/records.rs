//! The columns of the three kinds of records, as they stand in a file.

use crate::cursor::Cursor;
use crate::error::List;
use crate::fault::Flaw;
use crate::ids::{Id, Ids};
use crate::list::Columns;

/// Annotations, or detections, in the order of the file.
pub(crate) struct BoxRecords {
    list: List,
    pub image: Ids,
    pub category: Ids,
    /// Shorter than the other columns when a detection has no id.
    pub id: Ids,
    pub xyxy: Vec<[f64; 4]>,
    /// Of detections only.
    pub score: Vec<f64>,
    /// Of annotations only: the bits of `Flag`.
    pub flags: Vec<u8>,
}

/// The bits that mark an annotation.
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

impl Columns for BoxRecords {
    fn len(&self) -> usize {
        self.xyxy.len()
    }

    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Flaw> {
        let list = self.list;
        let (mut image, mut category, mut id) = (None, None, None);
        let (mut xyxy, mut score, mut flags) = (None, None, 0);
        cursor.record(|cursor, name| -> Result<(), Flaw> {
            match (name, list) {
                (b"image_id", _) => image = Some(cursor.id("image_id", &mut self.image)?),
                (b"category_id", _) => category = Some(cursor.id("category_id", &mut self.category)?),
                (b"id", _) => id = Some(cursor.id("id", &mut self.id)?),
                (b"bbox", _) => xyxy = Some(corners(cursor.bbox()?)?),
                (b"score", List::Detections) => score = Some(read_score(cursor)?),
                (b"iscrowd", List::Annotations) => set(&mut flags, flag::CROWD, cursor.flag("iscrowd")?),
                (b"ignore", List::Annotations) => set(&mut flags, flag::IGNORE, cursor.flag("ignore")?),
                (b"difficult", List::Annotations) => set(&mut flags, flag::DIFFICULT, cursor.flag("difficult")?),
                _ => cursor.skip()?,
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

/// The last of two fields of one name counts.
fn set(flags: &mut u8, bit: u8, value: bool) {
    *flags = if value { *flags | bit } else { *flags & !bit };
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

fn read_score(cursor: &mut Cursor<'_>) -> Result<f64, Flaw> {
    let score = cursor.number("score")?;
    if (0.0..=1.0).contains(&score) { Ok(score) } else { Err(Flaw::wrong("score", score, "a number from 0 to 1")) }
}

fn required<T>(value: Option<T>, field: &'static str) -> Result<T, Flaw> {
    value.ok_or(Flaw::Missing { field })
}

/// Images, in the order of the file.
#[derive(Default)]
pub(crate) struct ImageRecords {
    pub id: Ids,
    pub name: Vec<String>,
    pub size: Vec<[f64; 2]>,
}

impl Columns for ImageRecords {
    fn len(&self) -> usize {
        self.name.len()
    }

    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Flaw> {
        let (mut id, mut name, mut size) = (None, None, [f64::NAN; 2]);
        cursor.record(|cursor, field| -> Result<(), Flaw> {
            match field {
                b"id" => id = Some(cursor.id("id", &mut self.id)?),
                b"file_name" | b"width" | b"height" if cursor.null()? => {}
                b"file_name" => name = Some(cursor.string("file_name")?),
                b"width" => size[0] = read_side(cursor, "width")?,
                b"height" => size[1] = read_side(cursor, "height")?,
                _ => cursor.skip()?,
            }
            Ok(())
        })?;
        self.id.push_code(required(id, "id")?);
        let name = name.unwrap_or_else(|| match self.id.get(self.id.len() - 1) {
            Id::Int(int) => int.to_string(),
            Id::Text(text) => text.to_owned(),
        });
        self.name.push(name);
        self.size.push(size);
        Ok(())
    }
}

fn read_side(cursor: &mut Cursor<'_>, field: &'static str) -> Result<f64, Flaw> {
    let side = cursor.number(field)?;
    if side > 0.0 { Ok(side) } else { Err(Flaw::wrong(field, side, "a positive number")) }
}

/// Categories, in the order of the file.
#[derive(Default)]
pub(crate) struct CategoryRecords {
    pub id: Ids,
    pub name: Vec<String>,
}

impl Columns for CategoryRecords {
    fn len(&self) -> usize {
        self.name.len()
    }

    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Flaw> {
        let (mut id, mut name) = (None, None);
        cursor.record(|cursor, field| -> Result<(), Flaw> {
            match field {
                b"id" => id = Some(cursor.id("id", &mut self.id)?),
                b"name" => name = Some(cursor.string("name")?),
                _ => cursor.skip()?,
            }
            Ok(())
        })?;
        let name = required(name, "name")?;
        self.id.push_code(required(id, "id")?);
        self.name.push(name);
        Ok(())
    }
}
