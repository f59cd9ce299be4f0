//! Writes columns as COCO files. A number that is written and read again is the same.

use std::io::{self, Write};

use boxlint_core::check_stop;
use serde_json::ser::{CompactFormatter, Formatter};

use crate::coco::boxes::{Columns, Flags};
use crate::coco::listed::{Classes, Images};
use crate::coco::verified::Verified;
use crate::error::Error;
use crate::ids::{Id, Ids};

/// Writes an annotations file: images, annotations and categories; if only some classes are verified, images tell which as in
/// LVIS.
///
/// A box that was read by [`read_coco`](crate::read_coco) and written here has the same corners when it is read again,
/// to the last bit.
///
/// ```
/// use boxlint_io::{Classes, Columns, Ids, Images, write_annotations};
///
/// let images = Images { ids: Ids::from(vec![7]), names: ["a.jpg"].iter().collect(), sizes: vec![[640.0, 480.0]] };
/// let classes = Classes { ids: Ids::from(vec![1]), names: ["car"].iter().collect() };
/// let annotations = Columns {
///     xyxy: vec![[10.0, 20.0, 40.0, 60.0]],
///     class_id: vec![0],
///     offsets: vec![0, 1],
///     ids: Ids::from(vec![5]),
///     ..Columns::default()
/// };
/// let mut out = Vec::new();
/// write_annotations(&mut out, &images, &classes, &annotations, None)?;
/// assert!(String::from_utf8_lossy(&out).contains(r#""bbox":[10.0,20.0,30.0,40.0]"#));
/// # Ok::<(), boxlint_io::Error>(())
/// ```
///
/// # Errors
/// [`Error::Length`] if the columns do not fit together, and [`Error::Value`] if one holds a number that is not finite:
/// both before anything is written. [`Error::Write`] if `out` fails.
pub fn write_annotations(
    out: impl Write,
    images: &Images,
    classes: &Classes,
    annotations: &Columns,
    verified: Option<&Verified>,
) -> Result<(), Error> {
    check_rows("images.names", images.names.len(), images.ids.len())?;
    check_rows("images.sizes", images.sizes.len(), images.ids.len())?;
    check_rows("classes.names", classes.names.len(), classes.ids.len())?;
    check_boxes(images, classes, annotations)?;
    let boxes = annotations.xyxy.len();
    if let Some(flags) = &annotations.flags {
        check_rows("crowd", flags.crowd.len(), boxes)?;
        check_rows("ignore", flags.ignore.len(), boxes)?;
        check_rows("difficult", flags.difficult.len(), boxes)?;
    }
    if let Some(Verified { offsets, classes: verified }) = verified {
        check_rows("verified.offsets", offsets.len(), images.ids.len() + 1)?;
        check_offsets("verified.offsets", offsets, verified.len() as i64)?;
        check_classes("verified.classes", verified, classes)?;
    }
    let write_all = |out: &mut dyn Write| {
        out.write_all(b"{\"images\":")?;
        write_list(out, 0..images.names.len(), |out, row| {
            write_image(out, images, row)?;
            verified.map_or(Ok(()), |verified| write_verified(out, classes, annotations, verified, row))
        })?;
        out.write_all(b",\"annotations\":")?;
        write_list(out, rows(annotations), |out, (image, row)| {
            write_box(out, images, classes, annotations, image, row)?;
            write_rest(out, annotations, row)
        })?;
        out.write_all(b",\"categories\":")?;
        write_list(out, 0..classes.names.len(), |out, row| write_category(out, classes, row))?;
        out.write_all(b"}")
    };
    finish(out, write_all)
}

/// Writes a results file: a list of detections.
///
/// ```
/// use boxlint_io::{Classes, Columns, Ids, Images, write_detections};
///
/// let images = Images { ids: Ids::from(vec![7]), names: ["a.jpg"].iter().collect(), sizes: vec![[640.0, 480.0]] };
/// let classes = Classes { ids: Ids::from(vec![1]), names: ["car"].iter().collect() };
/// let detections = Columns {
///     xyxy: vec![[10.0, 20.0, 40.0, 60.0]],
///     class_id: vec![0],
///     offsets: vec![0, 1],
///     ids: Ids::from(vec![5]),
///     score: Some(vec![0.9]),
///     ..Columns::default()
/// };
/// let mut out = Vec::new();
/// write_detections(&mut out, &images, &classes, &detections)?;
/// let expected = r#"[{"id":5,"image_id":7,"category_id":1,"bbox":[10.0,20.0,30.0,40.0],"score":0.9}]"#;
/// assert_eq!(out, expected.as_bytes());
/// # Ok::<(), boxlint_io::Error>(())
/// ```
///
/// # Errors
/// [`Error::Length`] if the columns do not fit together, and [`Error::Value`] if one holds a number that is not finite,
/// or a score outside 0 to 1: both before anything is written. [`Error::Write`] if `out` fails.
pub fn write_detections(
    out: impl Write,
    images: &Images,
    classes: &Classes,
    detections: &Columns,
) -> Result<(), Error> {
    check_boxes(images, classes, detections)?;
    let scores = detections.score.as_deref().unwrap_or_default();
    check_rows("score", scores.len(), detections.xyxy.len())?;
    check_values("score", scores, "a number from 0 to 1", |score| (0.0..=1.0).contains(score))?;
    let write_all = |out: &mut dyn Write| {
        write_list(out, rows(detections), |out, (image, row)| {
            write_box(out, images, classes, detections, image, row)?;
            out.write_all(b",\"score\":")?;
            write_float(out, scores[row])
        })
    };
    finish(out, write_all)
}

fn finish(mut out: impl Write, write_all: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    write_all(&mut out).and_then(|()| out.flush()).map_err(|source| Error::Write { source })
}

/// The image and the row of each box.
fn rows(columns: &Columns) -> impl Iterator<Item = (usize, usize)> {
    let images = columns.offsets.windows(2).enumerate();
    images.flat_map(|(image, ends)| (ends[0]..ends[1]).map(move |row| (image, row as usize)))
}

/// Items that are written before it is asked whether to end: about a millisecond.
const ITEMS_AT_A_TIME: usize = 1 << 10;

/// A list of objects, whose fields `write_fields` writes.
fn write_list<T>(
    out: &mut dyn Write,
    items: impl Iterator<Item = T>,
    mut write_fields: impl FnMut(&mut dyn Write, T) -> io::Result<()>,
) -> io::Result<()> {
    let mut before: &[u8] = b"[{";
    for (number, item) in items.enumerate() {
        if number % ITEMS_AT_A_TIME == 0 {
            check_stop();
        }
        out.write_all(before)?;
        write_fields(out, item)?;
        before = b"},{";
    }
    out.write_all(if before == b"[{" { b"[]" } else { b"}]" })
}

fn write_image(out: &mut dyn Write, images: &Images, row: usize) -> io::Result<()> {
    out.write_all(b"\"id\":")?;
    write_id(out, &images.ids, row)?;
    out.write_all(b",\"file_name\":")?;
    write_text(out, &images.names[row])?;
    let [width, height] = images.sizes[row];
    write_side(out, "width", width)?;
    write_side(out, "height", height)
}

/// The classes that are known to be absent from an image, and those of whose objects some may have no box.
fn write_verified(
    out: &mut dyn Write,
    classes: &Classes,
    annotations: &Columns,
    verified: &Verified,
    image: usize,
) -> io::Result<()> {
    let of_image = |offsets: &[i64], classes: &[i32]| {
        let mut classes = classes[offsets[image] as usize..offsets[image + 1] as usize].to_vec();
        classes.sort_unstable();
        classes.dedup();
        classes
    };
    let searched = of_image(&verified.offsets, &verified.classes);
    let annotated = of_image(&annotations.offsets, &annotations.class_id);
    for (name, listed, others) in
        [("neg_category_ids", &searched, &annotated), ("not_exhaustive_category_ids", &annotated, &searched)]
    {
        let only = listed.iter().filter(|class| others.binary_search(class).is_err());
        write!(out, ",\"{name}\":[")?;
        for (number, class) in only.enumerate() {
            out.write_all(if number == 0 { b"" } else { b"," })?;
            write_id(out, &classes.ids, *class as usize)?;
        }
        out.write_all(b"]")?;
    }
    Ok(())
}

fn write_category(out: &mut dyn Write, classes: &Classes, row: usize) -> io::Result<()> {
    out.write_all(b"\"id\":")?;
    write_id(out, &classes.ids, row)?;
    out.write_all(b",\"name\":")?;
    write_text(out, &classes.names[row])
}

/// The fields that annotations and detections have in common.
fn write_box(
    out: &mut dyn Write,
    images: &Images,
    classes: &Classes,
    columns: &Columns,
    image: usize,
    row: usize,
) -> io::Result<()> {
    out.write_all(b"\"id\":")?;
    write_id(out, &columns.ids, row)?;
    out.write_all(b",\"image_id\":")?;
    write_id(out, &images.ids, image)?;
    out.write_all(b",\"category_id\":")?;
    write_id(out, &classes.ids, columns.class_id[row] as usize)?;
    let mut before = ",\"bbox\":[";
    for number in xywh(columns.xyxy[row]) {
        out.write_all(before.as_bytes())?;
        write_float(out, number)?;
        before = ",";
    }
    out.write_all(b"]")
}

/// What only annotations have. `iscrowd` is always written, as in the official files; the other flags only if they are set.
fn write_rest(out: &mut dyn Write, columns: &Columns, row: usize) -> io::Result<()> {
    let [_, _, width, height] = xywh(columns.xyxy[row]);
    out.write_all(b",\"area\":")?;
    write_float(out, width * height)?;
    let set = |flag: fn(&Flags) -> &[bool]| columns.flags.as_ref().is_some_and(|flags| flag(flags)[row]);
    write!(out, ",\"iscrowd\":{}", u8::from(set(|flags| &flags.crowd)))?;
    if set(|flags| &flags.ignore) {
        out.write_all(b",\"ignore\":1")?;
    }
    if set(|flags| &flags.difficult) {
        out.write_all(b",\"difficult\":1")?;
    }
    Ok(())
}

fn write_id(out: &mut dyn Write, ids: &Ids, row: usize) -> io::Result<()> {
    match ids.get(row) {
        Id::Int(int) => CompactFormatter.write_i64(&mut *out, int),
        Id::String(string) => write_text(out, string),
    }
}

/// The width or height of an image, if it is known. Whole numbers are written without a decimal point.
fn write_side(out: &mut dyn Write, name: &str, side: f64) -> io::Result<()> {
    let whole = side as i64;
    if whole as f64 == side {
        write!(out, ",\"{name}\":{whole}")
    } else if side.is_finite() {
        write!(out, ",\"{name}\":")?;
        write_float(out, side)
    } else {
        Ok(())
    }
}

/// A number; null if an area is too large to be one.
fn write_float(out: &mut dyn Write, float: f64) -> io::Result<()> {
    if float.is_finite() { CompactFormatter.write_f64(out, float) } else { out.write_all(b"null") }
}

fn write_text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}

fn xywh([x1, y1, x2, y2]: [f64; 4]) -> [f64; 4] {
    [x1, y1, side(x1, x2), side(y1, y2)]
}

/// The length for which `start + length` is exactly `end`. `end - start` may be rounded; then it is the float above or
/// below, if there is one at all.
fn side(start: f64, end: f64) -> f64 {
    let length = end - start;
    [length, length.next_up(), length.next_down()].into_iter().find(|length| start + length == end).unwrap_or(length)
}

fn check_boxes(images: &Images, classes: &Classes, columns: &Columns) -> Result<(), Error> {
    let boxes = columns.xyxy.len();
    check_rows("class_id", columns.class_id.len(), boxes)?;
    check_rows("ids", columns.ids.len(), boxes)?;
    check_rows("offsets", columns.offsets.len(), images.ids.len() + 1)?;
    check_offsets("offsets", &columns.offsets, boxes as i64)?;
    check_classes("class_id", &columns.class_id, classes)?;
    check_values("xyxy", columns.xyxy.as_flattened(), "a finite number", |corner| corner.is_finite())
}

fn check_classes(column: &'static str, rows: &[i32], classes: &Classes) -> Result<(), Error> {
    check_values(column, rows, "the row of a class", |&class| {
        usize::try_from(class).is_ok_and(|class| class < classes.ids.len())
    })
}

fn check_offsets(column: &'static str, offsets: &[i64], end: i64) -> Result<(), Error> {
    let last = offsets.len() - 1;
    let valid = |row: usize| match row {
        0 => offsets[0] == 0 && (last > 0 || end == 0),
        _ if row == last => offsets[row] == end && offsets[row - 1] <= end,
        _ => offsets[row - 1] <= offsets[row],
    };
    match (0..=last).find(|&row| !valid(row)) {
        None => Ok(()),
        Some(row) => Err(Error::Value {
            column,
            row,
            found: offsets[row].to_string(),
            expected: "a number rising from 0 to the number of rows",
        }),
    }
}

fn check_rows(column: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected { Ok(()) } else { Err(Error::Length { column, found, expected }) }
}

fn check_values<T: Copy + std::fmt::Debug>(
    column: &'static str,
    values: &[T],
    expected: &'static str,
    valid: impl Fn(&T) -> bool,
) -> Result<(), Error> {
    match values.iter().position(|value| !valid(value)) {
        None => Ok(()),
        Some(row) => Err(Error::Value { column, row, found: format!("{:?}", values[row]), expected }),
    }
}
