//! Groups the boxes of a COCO file by image, with a counting sort where they are not in the order of the images.

use boxlint_core::{check_stop, filled, join, map, reserve};

use crate::coco::boxes::{BoxRecords, Columns, Flags};
use crate::coco::fields::flag;
use crate::coco::lookup::{Lookup, NOWHERE};
use crate::findings::{Findings, Kind};
use crate::ids::Ids;
use crate::json::document::ReadList;
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
    let (offsets, in_order) = place(&mut parts, images);
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
    let order = Order { places: &places, in_order, boxes: offsets[images] as usize };
    let scored = list == List::Detections;
    // Annotations count from 1: an annotation 0 is never matched by pycocotools.
    let first = usize::from(!scored);
    let number = |row| (first + unreadable.position(row)) as i64;
    let (xyxy, (class_id, ids, score, flags)) = join(
        || order.sorted(xyxy),
        || {
            (
                order.sorted(class_id),
                order.sorted_ids(ids, number),
                scored.then(|| order.sorted(score)),
                (!scored).then(|| split(&order.sorted(flags))),
            )
        },
    );
    Columns { xyxy, class_id, offsets, ids, score, flags }
}

/// Finds the offsets of the images, and whether the boxes are in the order of the images; if not, replaces the row of each
/// box's image by the row of the box in the sorted columns.
fn place(parts: &mut [Part], images: usize) -> (Vec<i64>, bool) {
    let mut offsets = filled(images + 1, 0);
    let (mut last, mut in_order) = (0, true);
    for &row in parts.iter().flat_map(|part| &part.places) {
        in_order &= last <= row && row != NOWHERE;
        last = row;
        if row != NOWHERE {
            offsets[row + 1] += 1;
        }
    }
    for image in 0..images {
        offsets[image + 1] += offsets[image];
    }
    if in_order {
        return (offsets, true);
    }
    let mut next = offsets.clone();
    let rows = parts.iter_mut().flat_map(|part| &mut part.places);
    for row in rows.filter(|row| **row != NOWHERE) {
        let place = &mut next[*row];
        *row = *place as usize;
        *place += 1;
    }
    (offsets, false)
}

/// Where the boxes of each part go.
struct Order<'a> {
    places: &'a [Vec<usize>],
    in_order: bool,
    /// How many are left.
    boxes: usize,
}

impl Order<'_> {
    /// One column in the sorted order. Each part is made when its turn comes and freed once it is copied.
    fn sorted<T: Copy + Default>(&self, parts: impl IntoIterator<Item = Vec<T>>) -> Vec<T> {
        let mut column = if self.in_order { Vec::new() } else { filled(self.boxes, T::default()) };
        let more = self.boxes - column.len();
        reserve(&mut column, more);
        for (part, places) in parts.into_iter().zip(self.places) {
            check_stop();
            if self.in_order {
                column.extend(part);
                continue;
            }
            for (value, &place) in part.into_iter().zip(places) {
                if place != NOWHERE {
                    column[place] = value;
                }
            }
        }
        column
    }

    /// The ids in the sorted order, or if a box has no id, the number of each box in the file.
    fn sorted_ids(&self, parts: Vec<Ids>, number: impl Fn(usize) -> i64) -> Ids {
        let complete = parts.iter().zip(self.places).all(|(ids, places)| ids.len() == places.len());
        let mut ids = Ids::default();
        let codes = if complete {
            self.sorted(parts.into_iter().map(|part| ids.adopt(part)))
        } else {
            let mut rows = 0..;
            let numbered = |places: &Vec<usize>| rows.by_ref().take(places.len()).map(&number).collect();
            self.sorted(self.places.iter().map(numbered))
        };
        ids.set_codes(codes);
        ids
    }
}

fn split(flags: &[u8]) -> Flags {
    let column = |bit| flags.iter().map(|flags| flags & bit != 0).collect();
    Flags { crowd: column(flag::CROWD), ignore: column(flag::IGNORE), difficult: column(flag::DIFFICULT) }
}
