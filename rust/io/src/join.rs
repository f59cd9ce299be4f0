//! Brings boxes to their images: a counting sort of the rows of a file.

use rayon::prelude::*;

use crate::coco::{Columns, Flags};
use crate::error::{List, Record};
use crate::findings::{Findings, Kind};
use crate::ids::{Ids, Lookup, NOWHERE};
use crate::inspect::Inspector;
use crate::records::{BoxRecords, flag};

/// What the ids of boxes refer to.
pub(crate) struct Targets<'a> {
    pub images: Lookup<'a>,
    pub classes: Lookup<'a>,
    pub sizes: &'a [[f64; 2]],
}

/// The boxes of a file by image, and what there is to tell about them. Boxes of an unknown image or
/// category are left out, and told.
pub(crate) fn join(parts: Vec<BoxRecords>, list: List, targets: &Targets<'_>) -> (Columns, Findings) {
    let starts: Vec<usize> = parts
        .iter()
        .scan(0, |next, part| {
            let start = *next;
            *next += part.xyxy.len();
            Some(start)
        })
        .collect();
    let (parts, inspectors): (Vec<Part>, Vec<Inspector>) =
        parts.into_par_iter().zip(starts).map(|(records, first)| resolve(records, list, first, targets)).unzip();
    let mut inspector = Inspector::new(list);
    inspectors.into_iter().for_each(|later| inspector.extend(later));
    let columns = sort(parts, list, targets.sizes.len());
    let mut findings = inspector.finish();
    if let Some((count, id)) = columns.ids.repeated() {
        findings.note(Kind::DuplicateId, list, count, || format!("id {id}"));
    }
    (columns, findings)
}

/// A part of a file, its ids of images and categories resolved.
struct Part {
    /// First the rows of the images, then the places in the sorted columns; `NOWHERE` to leave out.
    places: Vec<usize>,
    class_id: Vec<i32>,
    xyxy: Vec<[f64; 4]>,
    score: Vec<f64>,
    flags: Vec<u8>,
    ids: Ids,
}

fn resolve(records: BoxRecords, list: List, first: usize, targets: &Targets<'_>) -> (Part, Inspector) {
    let mut inspector = Inspector::new(list);
    let mut places = records.image.rows(&targets.images);
    let classes = records.category.rows(&targets.classes);
    for (row, (place, &class)) in places.iter_mut().zip(&classes).enumerate() {
        let index = first + row;
        let record = Record { list, index };
        let image = *place;
        if image == NOWHERE {
            inspector.note(Kind::UnknownImage, || format!("{record} names image {}", records.image.get(row)));
        }
        if class == NOWHERE {
            inspector.note(Kind::UnknownCategory, || format!("{record} names category {}", records.category.get(row)));
            *place = NOWHERE;
        }
        if let Some(&flags) = records.flags.get(row) {
            inspector.flags(record, flags);
        }
        let size = targets.sizes.get(image).copied().unwrap_or([f64::NAN; 2]);
        inspector.shape(record, records.xyxy[row], size);
    }
    let part = Part {
        places,
        // A class left out goes nowhere, and no file has 2^31 classes.
        class_id: classes.into_iter().map(|class| class as i32).collect(),
        xyxy: records.xyxy,
        score: records.score,
        flags: records.flags,
        ids: records.id,
    };
    (part, inspector)
}

/// Sorts the boxes by image; those of one image stay in the order of the file.
fn sort(mut parts: Vec<Part>, list: List, images: usize) -> Columns {
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
    let (xyxy, (class_id, ids, score, flags)) = rayon::join(
        || scatter(xyxy, &places, boxes),
        || {
            (
                scatter(class_id, &places, boxes),
                scatter_ids(ids, &places, boxes),
                scored.then(|| scatter(score, &places, boxes)),
                (!scored).then(|| split(&scatter(flags, &places, boxes))),
            )
        },
    );
    Columns { xyxy, class_id, offsets, ids, score, flags }
}

/// Turns the rows of images into places, and returns where each image begins.
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

/// One column in its new order; each part is freed once it is copied.
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

/// The ids in their new order, or the positions in the file where a box has no id.
fn scatter_ids(parts: Vec<Ids>, places: &[Vec<usize>], boxes: usize) -> Ids {
    let complete = parts.iter().zip(places).all(|(ids, places)| ids.len() == places.len());
    let mut ids = Ids::default();
    let codes = if complete {
        parts.into_iter().map(|part| ids.adopt(part)).collect()
    } else {
        let mut positions = 0..;
        let numbered = |places: &Vec<usize>| positions.by_ref().take(places.len()).collect();
        places.iter().map(numbered).collect()
    };
    ids.set_codes(scatter(codes, places, boxes));
    ids
}

fn split(flags: &[u8]) -> Flags {
    let column = |bit| flags.iter().map(|flags| flags & bit != 0).collect();
    Flags { crowd: column(flag::CROWD), ignore: column(flag::IGNORE), difficult: column(flag::DIFFICULT) }
}
