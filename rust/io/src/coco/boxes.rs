//! The boxes of a COCO file: read into columns in the order of the file, then grouped by image with a counting sort.

use boxlint_core::{COORDINATE_LIMIT, check_stop, filled, join, map, reserve};

use crate::coco::fields::{BoxField as Field, flag};
use crate::coco::listed::{Lookup, NOWHERE, Tally};
use crate::coco::substitutes::{Complete, complete};
use crate::findings::{Findings, Kind};
use crate::ids::Ids;
use crate::json::document::{ReadList, Records};
use crate::json::fault::{Flaw, required};
use crate::json::fields::Fields;
use crate::json::reader::Reader;
use crate::json::unreadable::Unreadable;
use crate::record::{List, Record};

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
        let (mut image, mut category, mut id, mut class_name) = (None, None, None, None);
        let (mut xyxy, mut score, mut flags) = (None, None, 0);
        self.fields.read(
            reader,
            |name| Field::named(name, list),
            |reader, field| -> Result<(), Flaw> {
                match field {
                    Field::Image => image = reader.id("image_id", &mut self.image)?,
                    Field::Category => category = reader.id("category_id", &mut self.category)?,
                    Field::Id => id = reader.id("id", &mut self.id)?,
                    Field::Box => xyxy = read_bbox(reader)?,
                    Field::Score => score = Some(read_score(reader)?),
                    Field::ClassName if reader.at_string() => {
                        class_name = reader.id("category_name", &mut self.class_name)?;
                    }
                    Field::Flag(bit, name) => set(&mut flags, bit, reader.boolean(name)?),
                    Field::ClassName | Field::Other => reader.skip()?,
                }
                Ok(())
            },
        )?;
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

#[inline]
fn corners([x, y, width, height]: [f64; 4]) -> Result<[f64; 4], Flaw> {
    let xyxy = [x, y, x + width, y + height];
    if xyxy.iter().all(|corner| corner.abs() <= COORDINATE_LIMIT) {
        Ok(xyxy)
    } else {
        let found = format!("{:?}", [x, y, width, height]);
        Err(Flaw::wrong("bbox", found, "finite corners up to 1e150"))
    }
}

fn read_score(reader: &mut Reader<'_>) -> Result<f64, Flaw> {
    let score = reader.number("score")?;
    if (0.0..=1.0).contains(&score) { Ok(score) } else { Err(Flaw::wrong("score", score, "a number from 0 to 1")) }
}

/// What the boxes of a part name.
pub(crate) struct Rows {
    /// The row of each box's image, and later the row of the box in the sorted columns. `NOWHERE` leaves the box out.
    places: Vec<usize>,
    class_id: Vec<i32>,
    /// Whether the image of each box is known, and whether its class is.
    pub all_known: [bool; 2],
}

/// Finds the images and the classes that boxes name.
pub(crate) fn find_rows(parts: &[BoxRecords], images: &Lookup<'_>, classes: &Lookup<'_>) -> Vec<Rows> {
    let find = |records: &BoxRecords| {
        let places = images.rows(&records.image);
        // A file has fewer than 2^31 classes, so only `NOWHERE` is cut off, to -1.
        let class_id = classes.rows_as(&records.category, |class| class as i32);
        let all_known = [!places.contains(&NOWHERE), !class_id.contains(&-1)];
        Rows { places, class_id, all_known }
    };
    map(parts, find)
}

/// The boxes of a file by image, and what is found in their records. Boxes of an unknown image or category are left out
/// and reported.
pub(crate) fn group_by_image(
    boxes: ReadList<BoxRecords>,
    rows: Vec<Rows>,
    list: List,
    image_count: usize,
) -> (Columns, Findings) {
    let ReadList { parts, unreadable, .. } = boxes;
    let starts: Vec<usize> = parts
        .iter()
        .scan(0, |next, part| {
            let start = *next;
            *next += part.xyxy.len();
            Some(start)
        })
        .collect();
    let resolve = |((records, rows), first)| resolve(records, rows, list, first, &unreadable);
    let (parts, part_findings): (Vec<Part>, Vec<Findings>) =
        map(parts.into_iter().zip(rows).zip(starts), resolve).into_iter().unzip();
    let mut findings = Findings::default();
    part_findings.into_iter().for_each(|later| findings.extend(later));
    let distinct = have_distinct_ids(&parts);
    let columns = sort(parts, list, &unreadable, image_count);
    if !distinct && let Some((count, id)) = columns.ids.repeated() {
        findings.note(Kind::DuplicateId, list, count, || format!("id {id}"));
    }
    (columns, findings)
}

/// A part of a file: the ids of images and categories are replaced by rows.
struct Part {
    /// As in [`Rows`].
    places: Vec<usize>,
    class_id: Vec<i32>,
    xyxy: Vec<[f64; 4]>,
    score: Vec<f64>,
    flags: Vec<u8>,
    ids: Ids,
}

/// Replaces ids by rows. `first` is the number of readable records before the part.
fn resolve(records: BoxRecords, rows: Rows, list: List, first: usize, unreadable: &Unreadable) -> (Part, Findings) {
    let mut findings = Findings::default();
    let record = |row| unreadable.record(list, first + row);
    if list == List::Annotations {
        let without_id = records.without_id;
        findings.note_some(Kind::WithoutId, list, without_id.count, || record(without_id.first).to_string());
    }
    let outlined = records.outlined;
    findings.note_some(Kind::BoxFromOutline, list, outlined.count, || record(outlined.first).to_string());
    let Rows { mut places, class_id, .. } = rows;
    for (row, (place, &class)) in places.iter_mut().zip(&class_id).enumerate() {
        if *place == NOWHERE {
            let example = || format!("{} names image {}", record(row), records.image.get(row));
            findings.note(Kind::UnknownImage, list, 1, example);
        }
        if class == -1 {
            let example = || format!("{} names category {}", record(row), records.category.get(row));
            findings.note(Kind::UnknownClass, list, 1, example);
            *place = NOWHERE;
        }
        if let Some(&flags) = records.flags.get(row)
            && flags != 0
        {
            note_flags(flags, list, || record(row), &mut findings);
        }
    }
    let part =
        Part { places, class_id, xyxy: records.xyxy, score: records.score, flags: records.flags, ids: records.id };
    (part, findings)
}

fn note_flags(flags: u8, list: List, record: impl Fn() -> Record, findings: &mut Findings) {
    const KINDS: [(u8, Kind); 3] =
        [(flag::CROWD, Kind::Crowd), (flag::IGNORE, Kind::Ignore), (flag::DIFFICULT, Kind::Difficult)];
    for (_, kind) in KINDS.into_iter().filter(|(bit, _)| flags & bit != 0) {
        findings.note(kind, list, 1, || record().to_string());
    }
}

/// Whether no two ids can be equal, because they rise along the file, or because boxes are numbered for lack of them.
fn have_distinct_ids(parts: &[Part]) -> bool {
    let complete = parts.iter().all(|part| part.ids.len() == part.places.len());
    let mut last = i64::MIN;
    !complete || parts.iter().all(|part| part.ids.rise(&mut last))
}

/// Sorts the boxes by image; those of one image stay in the order of the file.
fn sort(mut parts: Vec<Part>, list: List, unreadable: &Unreadable, images: usize) -> Columns {
    let offsets = place(&mut parts, images);
    let mut places = Vec::new();
    let (mut xyxy, mut class_id, mut score, mut flags) = (vec![], vec![], vec![], vec![]);
    let mut ids = Vec::new();
    for part in parts {
        places.push(part.places);
        xyxy.push(part.xyxy);
        class_id.push(part.class_id);
        score.push(part.score);
        flags.push(part.flags);
        ids.push(part.ids);
    }
    let boxes = offsets[images] as usize;
    let scored = list == List::Detections;
    // Annotations count from 1: an annotation 0 is never matched by pycocotools.
    let first = usize::from(!scored);
    let number = |row| (first + unreadable.position(row)) as i64;
    let (xyxy, (class_id, ids, score, flags)) = join(
        || scatter(xyxy, &places, boxes),
        || {
            (
                scatter(class_id, &places, boxes),
                scatter_ids(ids, &places, boxes, number),
                scored.then(|| scatter(score, &places, boxes)),
                (!scored).then(|| split(&scatter(flags, &places, boxes))),
            )
        },
    );
    Columns { xyxy, class_id, offsets, ids, score, flags }
}

/// Replaces the row of each box's image by the row of the box in the sorted columns; returns the offsets of the images.
fn place(parts: &mut [Part], images: usize) -> Vec<i64> {
    let mut offsets = filled(images + 1, 0);
    let rows = parts.iter().flat_map(|part| &part.places);
    for row in rows.filter(|row| **row != NOWHERE) {
        offsets[row + 1] += 1;
    }
    for image in 0..images {
        offsets[image + 1] += offsets[image];
    }
    let mut next = offsets.clone();
    let rows = parts.iter_mut().flat_map(|part| &mut part.places);
    for row in rows.filter(|row| **row != NOWHERE) {
        let place = &mut next[*row];
        *row = *place as usize;
        *place += 1;
    }
    offsets
}

/// One column in the sorted order. Each part is made when its turn comes and freed once it is copied.
fn scatter<T: Copy + Default>(parts: impl IntoIterator<Item = Vec<T>>, places: &[Vec<usize>], boxes: usize) -> Vec<T> {
    let mut column = filled(boxes, T::default());
    for (part, places) in parts.into_iter().zip(places) {
        check_stop();
        for (value, &place) in part.into_iter().zip(places) {
            if place != NOWHERE {
                column[place] = value;
            }
        }
    }
    column
}

/// The ids in the sorted order, or if a box has no id, the number of each box in the file.
fn scatter_ids(parts: Vec<Ids>, places: &[Vec<usize>], boxes: usize, number: impl Fn(usize) -> i64) -> Ids {
    let complete = parts.iter().zip(places).all(|(ids, places)| ids.len() == places.len());
    let mut ids = Ids::default();
    let codes = if complete {
        scatter(parts.into_iter().map(|part| ids.adopt(part)), places, boxes)
    } else {
        let mut rows = 0..;
        let numbered = |places: &Vec<usize>| rows.by_ref().take(places.len()).map(&number).collect();
        scatter(places.iter().map(numbered), places, boxes)
    };
    ids.set_codes(codes);
    ids
}

fn split(flags: &[u8]) -> Flags {
    let column = |bit| flags.iter().map(|flags| flags & bit != 0).collect();
    Flags { crowd: column(flag::CROWD), ignore: column(flag::IGNORE), difficult: column(flag::DIFFICULT) }
}
