//! Groups the boxes of a file by image, with a counting sort.

use rayon::prelude::*;

use crate::coco::columns::{Columns, Flags};
use crate::coco::lookup::{Lookup, NOWHERE};
use crate::coco::records::{BoxRecords, flag};
use crate::findings::{Findings, Kind};
use crate::ids::Ids;
use crate::json::parallel_list::ReadList;
use crate::json::unreadable::Unreadable;
use crate::record::{List, Record};

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
        let class_id: Vec<i32> = classes.rows(&records.category).into_iter().map(|class| class as i32).collect();
        let all_known = [!places.contains(&NOWHERE), !class_id.contains(&-1)];
        Rows { places, class_id, all_known }
    };
    parts.par_iter().map(find).collect()
}

/// The boxes of a file by image, and what is found in their records. Boxes of an unknown image or category are left out
/// and reported.
pub(crate) fn group_by_image(
    boxes: ReadList<BoxRecords>,
    rows: Vec<Rows>,
    list: List,
    image_count: usize,
) -> (Columns, Findings) {
    let ReadList { parts, unreadable } = boxes;
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
        parts.into_par_iter().zip(rows).zip(starts).map(resolve).unzip();
    let mut findings = Findings::default();
    part_findings.into_iter().for_each(|later| findings.extend(later));
    let columns = sort(parts, list, &unreadable, image_count);
    if let Some((count, id)) = columns.ids.repeated() {
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
    let (xyxy, (class_id, ids, score, flags)) = rayon::join(
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
    let mut offsets = vec![0; images + 1];
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

/// One column in the sorted order. Each part is freed once it is copied.
fn scatter<T: Copy + Default>(parts: Vec<Vec<T>>, places: &[Vec<usize>], boxes: usize) -> Vec<T> {
    let mut column = vec![T::default(); boxes];
    for (part, places) in parts.into_iter().zip(places) {
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
        parts.into_iter().map(|part| ids.adopt(part)).collect()
    } else {
        let mut rows = 0..;
        let numbered = |places: &Vec<usize>| rows.by_ref().take(places.len()).map(&number).collect();
        places.iter().map(numbered).collect()
    };
    ids.set_codes(scatter(codes, places, boxes));
    ids
}

fn split(flags: &[u8]) -> Flags {
    let column = |bit| flags.iter().map(|flags| flags & bit != 0).collect();
    Flags { crowd: column(flag::CROWD), ignore: column(flag::IGNORE), difficult: column(flag::DIFFICULT) }
}
