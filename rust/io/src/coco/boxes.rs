//! The boxes of a COCO file, read into columns in the order of the file.

use boxlint_core::{COORDINATE_LIMIT, reserve};

use crate::coco::fields::{BoxField as Field, CLASS_NAME, ID_NAMES, RestField, flag};
use crate::coco::listed::Tally;
use crate::coco::substitutes::{Complete, complete};
use crate::ids::Ids;
use crate::json::document::Records;
use crate::json::fault::{Flaw, required};
use crate::json::fields::Fields;
use crate::json::reader::Reader;
use crate::record::List;

/// The boxes of all images: image `i` has the rows `offsets[i]..offsets[i + 1]`, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// The corners `[x1, y1, x2, y2]`.
    pub xyxy: Vec<[f64; 4]>,
    /// The row of each box's class in [`Classes`](crate::Classes).
    pub class_id: Vec<i32>,
    /// The first row of each image, and the number of boxes.
    pub offsets: Vec<i64>,
    /// The ids in the file. If a detection has no id, the positions of all in the list; if an annotation has none, the
    /// positions counted from 1.
    pub ids: Ids,
    /// The scores of detections.
    pub score: Option<Vec<f64>>,
    /// The flags of annotations.
    pub flags: Option<Flags>,
}

/// The flags of annotations, one row a box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `iscrowd`.
    pub crowd: Vec<bool>,
    /// `ignore`.
    pub ignore: Vec<bool>,
    /// `difficult`.
    pub difficult: Vec<bool>,
}

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
    fields: Fields<Field>,
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
            fields: Fields::default(),
        }
    }
}

impl Records for BoxRecords {
    fn len(&self) -> usize {
        self.xyxy.len()
    }

    fn make_room(&mut self, rows: usize) {
        self.image.make_room(rows);
        self.category.make_room(rows);
        reserve(&mut self.xyxy, rows);
        if self.list == List::Detections {
            reserve(&mut self.score, rows);
        } else {
            self.id.make_room(rows);
            reserve(&mut self.flags, rows);
        }
    }

    fn append(&mut self, later: Self) {
        let before = self.len();
        self.image.append(later.image);
        self.category.append(later.category);
        self.id.append(later.id);
        self.class_name.append(later.class_name);
        reserve(&mut self.xyxy, later.xyxy.len());
        self.xyxy.extend(later.xyxy);
        reserve(&mut self.score, later.score.len());
        self.score.extend(later.score);
        reserve(&mut self.flags, later.flags.len());
        self.flags.extend(later.flags);
        self.without_id.append(later.without_id, before);
        self.outlined.append(later.outlined, before);
    }

    #[inline]
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw> {
        let list = self.list;
        let start = reader.position();
        let mut ids = [None; ID_NAMES.len()];
        let mut columns = [&mut self.image, &mut self.category, &mut self.id, &mut self.class_name];
        let (mut xyxy, mut score, mut flags) = (None, None, 0);
        self.fields.read(
            reader,
            |name| Field::named(name, list),
            |reader, field| -> Result<(), Flaw> {
                match field {
                    Field::Id(CLASS_NAME) if !reader.at_string() => reader.skip()?,
                    Field::Id(place) => {
                        let place = usize::from(place);
                        ids[place] = reader.id(ID_NAMES[place], columns[place])?;
                    }
                    Field::Box => xyxy = read_bbox(reader)?,
                    Field::Rest(RestField::Score) => score = Some(read_score(reader)?),
                    Field::Rest(RestField::Flag(bit)) => set(&mut flags, bit, reader.boolean(flag::name(bit))?),
                    Field::Rest(RestField::Other) => reader.skip()?,
                }
                Ok(())
            },
        )?;
        let [image, category, id, class_name] = ids;
        let Complete { image, category, xyxy, outlined } = match (image, category, xyxy) {
            (Some(image), Some(category), Some(xyxy)) => Complete { image, category, xyxy, outlined: false },
            _ => complete(reader.text(), start, (image, category, xyxy), &mut self.image, &mut self.category)?,
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
#[inline(always)]
fn read_bbox(reader: &mut Reader<'_>) -> Result<Option<[f64; 4]>, Flaw> {
    if let Some(bbox) = reader.four_numbers() {
        return corners(bbox).map(Some);
    }
    reader.apart(read_unusual_bbox)
}

#[inline(never)]
fn read_unusual_bbox(reader: &mut Reader<'_>) -> Result<Option<[f64; 4]>, Flaw> {
    if !reader.at_list() {
        return if reader.null()? { Ok(None) } else { Err(reader.wrong("bbox", "a list of 4 numbers")) };
    }
    let mut bbox = [0.0; 4];
    let mut found = 0;
    let mut more = reader.open_list()?;
    while more {
        let number = reader.number("a number of bbox")?;
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

#[inline(always)]
fn corners([x, y, width, height]: [f64; 4]) -> Result<[f64; 4], Flaw> {
    let xyxy = [x, y, x + width, y + height];
    if xyxy.iter().all(|corner| corner.abs() <= COORDINATE_LIMIT) {
        Ok(xyxy)
    } else {
        let found = format!("{:?}", [x, y, width, height]);
        Err(Flaw::wrong("bbox", found, "finite corners up to 1e150"))
    }
}

#[inline(always)]
fn read_score(reader: &mut Reader<'_>) -> Result<f64, Flaw> {
    let score = reader.number("score")?;
    if (0.0..=1.0).contains(&score) { Ok(score) } else { Err(Flaw::wrong("score", score, "a number from 0 to 1")) }
}
