//! Writes columns as COCO files. A number that is written and read again is the same.

use std::io::Write;

use boxlint_core::check_stop;
use serde::{Serialize, Serializer};

use crate::coco::boxes::{Columns, Flags};
use crate::coco::listed::{Classes, Images};
use crate::error::Error;
use crate::ids::{Id, Ids};

/// Writes an annotations file: images, annotations and categories.
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
/// write_annotations(&mut out, &images, &classes, &annotations)?;
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
    let document = Document {
        images: Rows(|| (0..images.names.len()).map(|row| ImageRow::new(images, row))),
        annotations: Rows(|| {
            rows(annotations).map(|(image, row)| {
                let base = BoxRow::new(images, classes, annotations, image, row);
                AnnotationRow::new(base, annotations, row)
            })
        }),
        categories: Rows(|| (0..classes.names.len()).map(|row| CategoryRow::new(classes, row))),
    };
    write(out, &document)
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
    let detections = Rows(|| {
        rows(detections).map(|(image, row)| DetectionRow {
            base: BoxRow::new(images, classes, detections, image, row),
            score: scores[row],
        })
    });
    write(out, &detections)
}

fn write(mut out: impl Write, document: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut out, document)
        .map_err(Into::into)
        .and_then(|()| out.flush())
        .map_err(|source| Error::Write { source })
}

/// The image and the row of each box.
fn rows(columns: &Columns) -> impl Iterator<Item = (usize, usize)> {
    let images = columns.offsets.windows(2).enumerate();
    images.flat_map(|(image, ends)| (ends[0]..ends[1]).map(move |row| (image, row as usize)))
}

#[derive(Serialize)]
struct Document<I, A, C> {
    images: I,
    annotations: A,
    categories: C,
}

/// Items that are written before it is asked whether to end: about a millisecond.
const ITEMS_AT_A_TIME: usize = 1 << 10;

/// A list whose items are made one at a time, while it is written.
struct Rows<F>(F);

impl<F, I> Serialize for Rows<F>
where
    F: Fn() -> I,
    I: IntoIterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let items = (self.0)().into_iter().enumerate();
        serializer.collect_seq(items.map(|(number, item)| {
            if number % ITEMS_AT_A_TIME == 0 {
                check_stop();
            }
            item
        }))
    }
}

/// An id, or the width or height of an image. Whole numbers are written without a decimal point.
#[derive(Serialize)]
#[serde(untagged)]
enum Scalar<'a> {
    Int(i64),
    Float(f64),
    String(&'a str),
}

impl<'a> Scalar<'a> {
    fn id(ids: &'a Ids, row: usize) -> Self {
        match ids.get(row) {
            Id::Int(int) => Self::Int(int),
            Id::String(string) => Self::String(string),
        }
    }

    /// The width or height of an image, if it is known.
    fn side(side: f64) -> Option<Self> {
        let whole = side as i64;
        if whole as f64 == side { Some(Self::Int(whole)) } else { side.is_finite().then_some(Self::Float(side)) }
    }
}

#[derive(Serialize)]
struct ImageRow<'a> {
    id: Scalar<'a>,
    file_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<Scalar<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<Scalar<'a>>,
}

impl<'a> ImageRow<'a> {
    fn new(images: &'a Images, row: usize) -> Self {
        let [width, height] = images.sizes[row];
        Self {
            id: Scalar::id(&images.ids, row),
            file_name: &images.names[row],
            width: Scalar::side(width),
            height: Scalar::side(height),
        }
    }
}

#[derive(Serialize)]
struct CategoryRow<'a> {
    id: Scalar<'a>,
    name: &'a str,
}

impl<'a> CategoryRow<'a> {
    fn new(classes: &'a Classes, row: usize) -> Self {
        Self { id: Scalar::id(&classes.ids, row), name: &classes.names[row] }
    }
}

/// The fields that annotations and detections have in common.
#[derive(Serialize)]
struct BoxRow<'a> {
    id: Scalar<'a>,
    image_id: Scalar<'a>,
    category_id: Scalar<'a>,
    bbox: [f64; 4],
}

impl<'a> BoxRow<'a> {
    fn new(images: &'a Images, classes: &'a Classes, columns: &'a Columns, image: usize, row: usize) -> Self {
        Self {
            id: Scalar::id(&columns.ids, row),
            image_id: Scalar::id(&images.ids, image),
            category_id: Scalar::id(&classes.ids, columns.class_id[row] as usize),
            bbox: xywh(columns.xyxy[row]),
        }
    }
}

#[derive(Serialize)]
struct AnnotationRow<'a> {
    #[serde(flatten)]
    base: BoxRow<'a>,
    area: f64,
    iscrowd: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difficult: Option<u8>,
}

impl<'a> AnnotationRow<'a> {
    /// `iscrowd` is always written, as in the official files; the other flags only if they are set.
    fn new(base: BoxRow<'a>, columns: &Columns, row: usize) -> Self {
        let [_, _, width, height] = base.bbox;
        let flags = columns.flags.as_ref();
        let set = |flag: fn(&Flags) -> &[bool]| flags.is_some_and(|flags| flag(flags)[row]);
        Self {
            base,
            area: width * height,
            iscrowd: u8::from(set(|flags| &flags.crowd)),
            ignore: set(|flags| &flags.ignore).then_some(1),
            difficult: set(|flags| &flags.difficult).then_some(1),
        }
    }
}

#[derive(Serialize)]
struct DetectionRow<'a> {
    #[serde(flatten)]
    base: BoxRow<'a>,
    score: f64,
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
    check_offsets(&columns.offsets, boxes as i64)?;
    check_values("class_id", &columns.class_id, "the row of a class", |&class| {
        usize::try_from(class).is_ok_and(|class| class < classes.ids.len())
    })?;
    check_values("xyxy", columns.xyxy.as_flattened(), "a finite number", |corner| corner.is_finite())
}

fn check_offsets(offsets: &[i64], boxes: i64) -> Result<(), Error> {
    let last = offsets.len() - 1;
    let valid = |row: usize| match row {
        0 => offsets[0] == 0 && (last > 0 || boxes == 0),
        _ if row == last => offsets[row] == boxes && offsets[row - 1] <= boxes,
        _ => offsets[row - 1] <= offsets[row],
    };
    match (0..=last).find(|&row| !valid(row)) {
        None => Ok(()),
        Some(row) => Err(Error::Value {
            column: "offsets",
            row,
            found: offsets[row].to_string(),
            expected: "a number rising from 0 to the number of boxes",
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
