//! Reads a COCO data set: an annotations file, and a detections file if there is one.

use std::path::Path;

use crate::coco::columns::{Classes, Columns, Images};
use crate::coco::group_by_image::{Targets, group_by_image};
use crate::coco::lookup::Lookup;
use crate::coco::parse::{AnnotationFile, read_annotations, read_detections};
use crate::coco::records::BoxRecords;
use crate::error::Error;
use crate::findings::{Finding, Findings, Kind};
use crate::ids::{Id, Ids};
use crate::record::{List, Record};
use crate::source::Source;

/// A COCO data set.
#[derive(Clone, Debug)]
pub struct Coco {
    /// The images.
    pub images: Images,
    /// The classes.
    pub classes: Classes,
    /// The annotated boxes.
    pub annotations: Columns,
    /// The detected boxes, if a detections file was given.
    pub detections: Option<Columns>,
    /// What may be wrong with the records, and how many boxes were left out.
    pub findings: Vec<Finding>,
}

/// How to read a data set.
///
/// ```
/// let mut options = boxlint_io::Options::default();
/// options.skip_unknown = true;
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Leave out boxes of an unknown image or category and report them, instead of refusing the file.
    pub skip_unknown: bool,
    /// Detections name images by the stem of their file name (`17` or `"street_17"`), as Ultralytics writes them, not
    /// by id.
    pub images_by_stem: bool,
    /// Detections name classes by position, counted from this number, not by category id.
    pub classes_from: Option<u32>,
}

/// Reads an annotations file and, if given, a detections file of the same images.
///
/// An annotations file is an object with the lists `images`, `annotations` and `categories`. A detections file is a
/// list (a COCO results file), or an object with one list named `annotations`, `predictions` or `detections`. Other
/// fields are skipped.
///
/// ```
/// use boxlint_io::{Kind, Options, Source, read_coco};
///
/// let annotations = br#"{
///     "images": [{"id": 7, "file_name": "street.jpg"}, {"id": 8, "file_name": "yard.jpg"}],
///     "categories": [{"id": 1, "name": "car"}],
///     "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40]}]
/// }"#;
/// let detections = br#"[{"image_id": 8, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.9}]"#;
/// let coco = read_coco(
///     Source::Bytes { name: "annotations.json", bytes: annotations },
///     Some(Source::Bytes { name: "detections.json", bytes: detections }),
///     &Options::default(),
/// )?;
/// assert_eq!(coco.detections.unwrap().offsets, [0, 0, 1]);
/// assert_eq!(coco.findings[0].kind, Kind::WithoutAnnotations);
/// assert_eq!(coco.findings[0].example, "images[1] is \"yard.jpg\"");
/// # Ok::<(), boxlint_io::Error>(())
/// ```
///
/// # Errors
/// [`Error`] names the file, the record, what was found and what is expected. A file is refused if it cannot be read,
/// is not JSON, lacks a list or a field, or holds a value of the wrong type or range. It is also refused if a box names
/// an image or a category that is not listed, unless [`skip_unknown`](Options::skip_unknown) is set.
pub fn read_coco(annotations: Source<'_>, detections: Option<Source<'_>>, options: &Options) -> Result<Coco, Error> {
    let (annotated, detected) =
        rayon::join(|| read_annotations(&annotations), || detections.as_ref().map(read_detections).transpose());
    let AnnotationFile { images, classes, boxes } = annotated?;
    let detected = detected?;
    let by_id = Options::default();
    let (annotated, detected) = rayon::join(
        || group(&images, &classes, boxes, List::Annotations, &by_id),
        || detected.map(|boxes| group(&images, &classes, boxes, List::Detections, options)),
    );

    let mut findings = Findings::default();
    if let Some((count, id)) = images.ids.repeated() {
        findings.note(Kind::DuplicateId, List::Images, count, || format!("id {id}"));
    }
    let mut accept = |source: &Source<'_>, (columns, found): (Columns, Findings), without| {
        if let (false, Some(finding)) = (options.skip_unknown, found.unknown()) {
            return Err(Error::Unknown { path: source.name(), finding: finding.clone() });
        }
        findings.extend(found);
        note_without_boxes(&columns, &images, without, &mut findings);
        Ok(columns)
    };
    let annotated = accept(&annotations, annotated, Kind::WithoutAnnotations)?;
    let detected = match (&detections, detected) {
        (Some(source), Some(grouped)) => Some(accept(source, grouped, Kind::WithoutDetections)?),
        _ => None,
    };
    Ok(Coco { annotations: annotated, detections: detected, findings: findings.into_vec(), images, classes })
}

/// Groups boxes by the images and classes that they name in the way the options say.
fn group(
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
        image_count: images.names.len(),
        images: Lookup::new(stems.as_ref().unwrap_or(&images.ids)),
        classes: Lookup::new(positions.as_ref().unwrap_or(&classes.ids)),
    };
    group_by_image(boxes, list, &targets)
}

/// The id that stands for a file name: its stem, as an integer if that is all digits.
fn stem(name: &str) -> Id<'_> {
    let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str());
    let stem = stem.unwrap_or(name);
    let digits = stem.bytes().all(|byte| byte.is_ascii_digit());
    match stem.parse() {
        Ok(int) if digits => Id::Int(int),
        _ => Id::String(stem),
    }
}

/// Notes the images that have no boxes.
fn note_without_boxes(columns: &Columns, images: &Images, kind: Kind, findings: &mut Findings) {
    let ends = columns.offsets.windows(2);
    let images = images.names.iter().enumerate();
    for ((index, name), _) in images.zip(ends).filter(|(_, ends)| ends[0] == ends[1]) {
        let list = List::Images;
        findings.note(kind, list, 1, || format!("{} is {name:?}", Record { list, index }));
    }
}
