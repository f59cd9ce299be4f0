//! A COCO data set as columns, and the function that reads one.

use std::path::Path;

use crate::document::{AnnotationFile, read_annotations, read_detections};
use crate::error::{Error, List, Record};
use crate::findings::{Finding, Findings, Kind};
use crate::ids::{Id, Ids, Lookup};
use crate::join::{Targets, join};
use crate::records::BoxRecords;
use crate::source::Source;

/// The images of a data set, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// The ids.
    pub ids: Ids,
    /// The file names; the id as text where the file has none.
    pub names: Vec<String>,
    /// Width and height; NaN where the file has none.
    pub sizes: Vec<[f64; 2]>,
}

/// The classes of a data set, in rising order of their category ids (of the file, where these are texts).
#[derive(Clone, Debug, Default)]
pub struct Classes {
    /// The category ids.
    pub ids: Ids,
    /// The names.
    pub names: Vec<String>,
}

/// The boxes of all images: image `i` has the rows `offsets[i]..offsets[i + 1]`, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// The corners `[x1, y1, x2, y2]`.
    pub xyxy: Vec<[f64; 4]>,
    /// The rows of the classes.
    pub class_id: Vec<i32>,
    /// Where each image begins, and the end of the last.
    pub offsets: Vec<i64>,
    /// The ids in the file; of detections without any, their positions in the file.
    pub ids: Ids,
    /// Of detections, the scores.
    pub score: Option<Vec<f64>>,
    /// Of annotations, the flags.
    pub flags: Option<Flags>,
}

/// The flags of annotations, one of each for every box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `iscrowd`.
    pub crowd: Vec<bool>,
    /// `ignore`.
    pub ignore: Vec<bool>,
    /// `difficult`.
    pub difficult: Vec<bool>,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Coco {
    /// The images.
    pub images: Images,
    /// The classes.
    pub classes: Classes,
    /// The annotated boxes.
    pub annotations: Columns,
    /// The detected boxes, when a file of them was given.
    pub detections: Option<Columns>,
    /// What was noticed, and what was dropped.
    pub findings: Vec<Finding>,
}

/// How to read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Drop and count boxes that name an unknown image or category, instead of refusing the file.
    pub skip_unknown: bool,
    /// Detections name images by file stem (`17` or `"street_17"`), as Ultralytics writes them, not by id.
    pub images_by_stem: bool,
    /// Detections name classes by position, counted from this number, not by category id.
    pub classes_from: Option<u32>,
}

/// Reads an annotations file and, where given, a detections file of the same images.
///
/// An annotations file is an object with the lists `images`, `annotations` and `categories`. Detections
/// are a bare list (a COCO results file), or an object with one list named `annotations`, `predictions`
/// or `detections`. Other fields are passed over.
///
/// # Errors
/// [`Error`] names the file, the record, what was found and what was expected. A file is refused that
/// cannot be read, is no JSON, lacks a list or a field, or holds a value of the wrong type or range;
/// and one whose boxes name images or categories that are not listed, unless
/// [`skip_unknown`](Options::skip_unknown) is set.
pub fn read_coco(annotations: Source<'_>, detections: Option<Source<'_>>, options: &Options) -> Result<Coco, Error> {
    let (annotated, detected) =
        rayon::join(|| read_annotations(&annotations), || detections.as_ref().map(read_detections).transpose());
    let AnnotationFile { images, classes, boxes } = annotated?;
    let detected = detected?;
    let by_id = Options::default();
    let (annotated, detected) = rayon::join(
        || join_to(&images, &classes, boxes, List::Annotations, &by_id),
        || detected.map(|boxes| join_to(&images, &classes, boxes, List::Detections, options)),
    );

    let mut findings = Findings::default();
    if let Some((count, id)) = images.ids.repeated() {
        findings.note(Kind::DuplicateId, List::Images, count, || format!("id {id}"));
    }
    let mut accept = |source: &Source<'_>, (columns, found): (Columns, Findings), lacking| {
        if let (false, Some(finding)) = (options.skip_unknown, found.unknown()) {
            return Err(Error::Unknown { path: source.name(), finding: finding.clone() });
        }
        findings.extend(found);
        note_without(&columns, &images, lacking, &mut findings);
        Ok(columns)
    };
    let annotated = accept(&annotations, annotated, Kind::WithoutAnnotations)?;
    let detected = match (&detections, detected) {
        (Some(source), Some(joined)) => Some(accept(source, joined, Kind::WithoutDetections)?),
        _ => None,
    };
    Ok(Coco { annotations: annotated, detections: detected, findings: findings.into_vec(), images, classes })
}

fn join_to(
    images: &Images,
    classes: &Classes,
    boxes: Vec<BoxRecords>,
    list: List,
    options: &Options,
) -> (Columns, Findings) {
    let stems: Option<Ids> = options.images_by_stem.then(|| images.names.iter().map(|name| stem(name)).collect());
    let positions: Option<Ids> =
        options.classes_from.map(|first| (i64::from(first)..).take(classes.names.len()).map(Id::Int).collect());
    let targets = Targets {
        images: Lookup::new(stems.as_ref().unwrap_or(&images.ids)),
        classes: Lookup::new(positions.as_ref().unwrap_or(&classes.ids)),
        sizes: &images.sizes,
    };
    join(boxes, list, &targets)
}

/// A file name as an id: its stem, and an integer if that is all digits.
fn stem(name: &str) -> Id<'_> {
    let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str());
    let stem = stem.unwrap_or(name);
    let digits = stem.bytes().all(|byte| byte.is_ascii_digit());
    match stem.parse() {
        Ok(int) if digits => Id::Int(int),
        _ => Id::Text(stem),
    }
}

fn note_without(columns: &Columns, images: &Images, lacking: Kind, findings: &mut Findings) {
    let ends = columns.offsets.windows(2);
    let images = images.names.iter().enumerate();
    for ((index, name), _) in images.zip(ends).filter(|(_, ends)| ends[0] == ends[1]) {
        let list = List::Images;
        findings.note(lacking, list, 1, || format!("{} is {name:?}", Record { list, index }));
    }
}
