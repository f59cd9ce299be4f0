//! Reads a COCO data set: an annotations file, and a detections file if there is one.

use crate::coco::columns::{Classes, Columns, Images, Verified};
use crate::coco::group_by_image::{find_rows, group_by_image};
use crate::coco::join::{Joined, Naming, join, join_by_stem};
use crate::coco::join_key::Listed;
use crate::coco::lookup::Lookup;
use crate::coco::named::{prefer_class_names, prefer_file_names};
use crate::coco::parse::{AnnotationFile, ClassList, DetectionFile, ImageList, read_annotations, read_detections};
use crate::coco::records::BoxRecords;
use crate::coco::verified::verified;
use crate::error::Error;
use crate::findings::{Finding, Findings, Kind};
use crate::ids::Id;
use crate::json::parallel_list::ReadList;
use crate::json::unreadable::Unreadable;
use crate::record::List;
use crate::source::Source;

/// How many of the listed images or categories the refusal of unknown ones shows.
const SHOWN: usize = 5;

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
    /// The classes that are annotated wherever they occur in an image, if the file tells as LVIS files do.
    pub verified: Option<Verified>,
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
    /// Leave out records that lack a field or whose values cannot be used, instead of refusing the file.
    pub skip_unreadable: bool,
    /// Detections name images by the stem of their file name (`17` or `"street_17"`), as Ultralytics writes them, not
    /// by id.
    pub images_by_stem: bool,
    /// Detections name classes by position, counted from this number, not by category id.
    pub classes_from: Option<u32>,
    /// The order that positions of classes are in. It must be said if the file does not list the categories in the
    /// order of their ids.
    pub class_order: Option<ClassOrder>,
}

/// An order of classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassOrder {
    /// Rising order of the category ids.
    Ids,
    /// The order in which the annotations file lists the categories.
    File,
}

/// Reads an annotations file and, if given, a detections file of the same images.
///
/// An annotations file is an object with the lists `images`, `annotations` and `categories`. A detections file is a
/// list (a COCO results file), or an object with one list named `annotations`, `predictions` or `detections`, or with
/// only one list of any other name. Other fields are skipped.
///
/// Boxes name images and classes by id. If none of a file does so, they are joined by whichever of these most of them
/// match: the file name, the file name without its ending, without its folders or without both; the name of the class.
/// That is a [`Finding`]. A name that may mean two images or two classes is refused.
///
/// A box without `bbox` gets that around its `segmentation`, which is a [`Finding`] too.
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
/// is not JSON in UTF-8 or lacks a list. It is also refused if a record lacks a field or holds a value of the wrong type or
/// range, unless [`skip_unreadable`](Options::skip_unreadable) is set, and if a box names an image or a category that is
/// not listed, unless [`skip_unknown`](Options::skip_unknown) is set.
pub fn read_coco(annotations: Source<'_>, detections: Option<Source<'_>>, options: &Options) -> Result<Coco, Error> {
    let skip = options.skip_unreadable;
    let (annotated, detected) = rayon::join(
        || read_annotations(&annotations, skip),
        || detections.as_ref().map(|source| read_detections(source, skip)).transpose(),
    );
    let AnnotationFile { images, classes, boxes, mut findings } = annotated?;
    let mut detected = detected?;
    if let (Some(file), None) = (&mut detected, options.classes_from) {
        prefer_class_names(&mut file.boxes.parts, file.classes.as_ref(), &classes.classes);
        prefer_file_names(&mut file.boxes.parts, file.images.as_ref(), &images.images);
    }
    let by_id = Options { skip_unknown: options.skip_unknown, ..Options::default() };
    let side = |source, list, options| Side { source, list, images: &images.images, classes: &classes, options };
    let (annotated, detected) = rayon::join(
        || side(&annotations, List::Annotations, &by_id).group(boxes),
        || {
            let (source, file) = detections.as_ref().zip(detected)?;
            let DetectionFile { boxes, findings, .. } = file;
            Some(side(source, List::Detections, options).group(boxes).map(|grouped| (grouped, findings)))
        },
    );
    let (annotated, found) = annotated?;
    findings.extend(found);
    note_without_boxes(&annotated, &images, Kind::WithoutAnnotations, &mut findings);
    let detected = detected.transpose()?.map(|((detected, found), unreadable)| {
        findings.extend(unreadable);
        findings.extend(found);
        let name = || detections.as_ref().map(Source::name).unwrap_or_default();
        findings.note_some(Kind::NoDetections, List::Detections, usize::from(detected.xyxy.is_empty()), name);
        note_without_boxes(&detected, &images, Kind::WithoutDetections, &mut findings);
        detected
    });
    let lookup = Lookup::new(&classes.classes.ids);
    let verified = verified(&images.negative, &images.not_exhaustive, &lookup, &annotated);
    let findings = findings.into_vec();
    let (images, classes) = (images.images, classes.classes);
    Ok(Coco { images, classes, annotations: annotated, detections: detected, verified, findings })
}

/// The boxes of one file, and what they may name.
struct Side<'a> {
    source: &'a Source<'a>,
    list: List,
    images: &'a Images,
    classes: &'a ClassList,
    options: &'a Options,
}

impl Side<'_> {
    /// Groups boxes by the images and classes that they name in the way the options say, or else in the way they fit.
    fn group(&self, boxes: ReadList<BoxRecords>) -> Result<(Columns, Findings), Error> {
        let ReadList { parts, unreadable } = &boxes;
        let (mut images, mut classes) = (self.images_as_told(parts, unreadable)?, self.classes_as_told()?);
        let mut rows = find_rows(parts, &images.lookup, &classes.lookup);
        let unknown = |side: usize| rows.iter().any(|rows| !rows.all_known[side]);
        let join_images = unknown(0) && !self.options.images_by_stem;
        let join_classes = unknown(1) && self.options.classes_from.is_none();
        if join_images {
            let naming = Naming::new(self.list, parts, unreadable, |part| &part.image);
            images = join(&naming, &self.listed_images()).map_err(|message| self.ambiguous(message))?;
        }
        if join_classes {
            let naming = Naming::new(self.list, parts, unreadable, |part| &part.category);
            classes = join(&naming, &self.listed_classes()).map_err(|message| self.ambiguous(message))?;
        }
        if join_images || join_classes {
            rows = find_rows(parts, &images.lookup, &classes.lookup);
        }
        let joins = [images.finding, classes.finding];
        let hints = [images.hint, classes.hint];
        let (columns, found) = group_by_image(boxes, rows, self.list, self.images.names.len());
        if let (false, Some(finding)) = (self.options.skip_unknown, found.unknown()) {
            return Err(self.unknown(finding.clone(), hints));
        }
        let mut findings = Findings::default();
        joins.into_iter().flatten().for_each(|finding| findings.add(finding));
        findings.extend(found);
        Ok((columns, findings))
    }

    fn listed_images(&self) -> Listed<'_> {
        Listed { kind: Kind::ImagesJoined, ids: &self.images.ids, names: &self.images.names }
    }

    fn listed_classes(&self) -> Listed<'_> {
        let classes = &self.classes.classes;
        Listed { kind: Kind::ClassesJoined, ids: &classes.ids, names: &classes.names }
    }

    fn ambiguous(&self, message: String) -> Error {
        Error::Ambiguous { path: self.source.name(), message }
    }

    fn unknown(&self, finding: Finding, [of_images, of_classes]: [Option<String>; 2]) -> Error {
        let (shown, hint) = match finding.kind {
            Kind::UnknownImage => (show(&self.listed_images()), of_images),
            _ => (show(&self.listed_classes()), of_classes),
        };
        let listed = [Some(shown), hint].into_iter().flatten().collect::<Vec<_>>().join("; ");
        Error::Unknown { path: self.source.name(), finding, listed }
    }

    /// Images by id, or by the stem of their file names.
    fn images_as_told<'a>(&'a self, parts: &[BoxRecords], unreadable: &Unreadable) -> Result<Joined<'a>, Error> {
        if !self.options.images_by_stem {
            return Ok(Joined { lookup: Lookup::new(&self.images.ids), finding: None, hint: None });
        }
        let naming = Naming::new(self.list, parts, unreadable, |part| &part.image);
        join_by_stem(&naming, &self.listed_images()).map_err(|message| self.ambiguous(message))
    }

    /// Classes by id, or by position.
    fn classes_as_told(&self) -> Result<Joined<'_>, Error> {
        let Some(first) = self.options.classes_from else {
            return Ok(Joined { lookup: Lookup::new(&self.classes.classes.ids), finding: None, hint: None });
        };
        let in_order = self.classes.file_order.is_sorted();
        let rows: Vec<usize> = match self.options.class_order {
            Some(ClassOrder::File) => self.classes.file_order.clone(),
            Some(ClassOrder::Ids) => (0..self.classes.file_order.len()).collect(),
            None if in_order => self.classes.file_order.clone(),
            None => return Err(self.ambiguous(self.two_orders(first))),
        };
        let positions = (i64::from(first)..).map(Id::Int);
        Ok(Joined { lookup: Lookup::of(positions.zip(rows)), finding: None, hint: None })
    }

    fn two_orders(&self, first: u32) -> String {
        let listed = self.listed_classes();
        let in_file = listed.show(self.classes.file_order[0]);
        format!(
            "class {first} may be {in_file}, which the annotations list first, or {}, which has the least id: \
             class_order is \"file\" or \"ids\"",
            listed.show(0)
        )
    }
}

/// The first of the listed images or categories.
fn show(listed: &Listed<'_>) -> String {
    let all = listed.names.len();
    let shown: Vec<String> = (0..all.min(SHOWN)).map(|row| listed.show(row)).collect();
    let more = if all > SHOWN { ", ..." } else { "" };
    if all == 0 { "none is listed".to_owned() } else { format!("listed are {}{more}", shown.join(", ")) }
}

/// Notes the images that have no boxes.
fn note_without_boxes(columns: &Columns, list: &ImageList, kind: Kind, findings: &mut Findings) {
    let ends = columns.offsets.windows(2);
    let images = list.images.names.iter().enumerate();
    for ((row, name), _) in images.zip(ends).filter(|(_, ends)| ends[0] == ends[1]) {
        findings.note(kind, List::Images, 1, || format!("{} is {name:?}", list.unreadable.record(List::Images, row)));
    }
}
