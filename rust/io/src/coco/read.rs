//! Reads a COCO data set: an annotations file, and a detections file if there is one.

use boxlint_core::{join, sort};

use crate::coco::boxes::{BoxRecords, Columns};
use crate::coco::group_by_image::{find_rows, group_by_image};
use crate::coco::join::Side;
use crate::coco::listed::{CategoryRecords, ClassList, Classes, ImageList, ImageRecords, Images};
use crate::coco::lookup::Lookup;
use crate::coco::named::{prefer_class_names, prefer_file_names};
use crate::coco::options::Options;
use crate::coco::verified::{Verified, verified};
use crate::error::Error;
use crate::findings::{Finding, Findings, Kind};
use crate::ids::Ids;
use crate::json::document::{Document, ReadList};
use crate::record::List;
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
    /// The classes that are annotated wherever they occur in an image, if the file tells as LVIS files do.
    pub verified: Option<Verified>,
    /// What may be wrong with the records, and how many boxes were left out.
    pub findings: Vec<Finding>,
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
    let (annotated, detected) = join(
        || read_annotations(&annotations, skip),
        || detections.as_ref().map(|source| read_detections(source, skip)).transpose(),
    );
    let AnnotationFile { images, classes, mut boxes, mut findings } = annotated?;
    if options.ids_are_positions {
        // As if no annotation had an id.
        boxes.parts.iter_mut().for_each(|part| part.id = Ids::default());
    }
    let mut detected = detected?;
    if let (Some(file), None) = (&mut detected, options.classes_from)
        && file.has_names()
    {
        prefer_class_names(&mut file.boxes.parts, file.classes.as_ref(), &classes.classes);
        prefer_file_names(&mut file.boxes.parts, file.images.as_ref(), &images.images);
    }
    let by_id = Options { skip_unknown: options.skip_unknown, ..Options::default() };
    let lookups = [Lookup::new(&images.images.ids), Lookup::new(&classes.classes.ids)];
    let side = |source, list, options| Side { source, list, images: &images.images, classes: &classes, options };
    let (annotated, detected) = join(
        || group(boxes, &side(&annotations, List::Annotations, &by_id), &lookups),
        || {
            let (source, file) = detections.as_ref().zip(detected)?;
            let DetectionFile { boxes, findings, .. } = file;
            let grouped = group(boxes, &side(source, List::Detections, options), &lookups);
            Some(grouped.map(|grouped| (grouped, findings)))
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
    let verified = verified(&images.negative, &images.not_exhaustive, &lookups[1], &annotated);
    let findings = findings.into_vec();
    let (images, classes) = (images.images, classes.classes);
    Ok(Coco { images, classes, annotations: annotated, detections: detected, verified, findings })
}

/// Groups boxes by the images and classes whose ids they name, or in the way that the options say or that fits them.
fn group(
    boxes: ReadList<BoxRecords>,
    side: &Side<'_>,
    [images, classes]: &[Lookup<'_>; 2],
) -> Result<(Columns, Findings), Error> {
    if !side.options.images_by_stem && side.options.classes_from.is_none() {
        let rows = find_rows(&boxes.parts, images, classes);
        if rows.iter().all(|rows| rows.all_known == [true; 2]) {
            return Ok(group_by_image(boxes, rows, side.list, side.images.names.len()));
        }
    }
    side.group(boxes)
}

/// An annotations file; its boxes are not grouped by image yet.
pub(crate) struct AnnotationFile {
    pub images: ImageList,
    pub classes: ClassList,
    pub boxes: ReadList<BoxRecords>,
    pub findings: Findings,
}

/// A detections file, with the images and categories that it lists itself.
pub(crate) struct DetectionFile {
    pub boxes: ReadList<BoxRecords>,
    pub images: Option<Images>,
    pub classes: Option<Classes>,
    pub findings: Findings,
}

impl DetectionFile {
    /// Whether boxes may have names beside their numbers.
    fn has_names(&self) -> bool {
        self.images.is_some()
            || self.classes.is_some()
            || self.boxes.parts.iter().any(|part| !part.class_name.is_empty())
    }
}

/// The lists of a file. Of two lists with the same name the last one counts, as in any JSON object.
#[derive(Default)]
struct Lists {
    images: Option<ReadList<ImageRecords>>,
    categories: Option<ReadList<CategoryRecords>>,
    boxes: Vec<ReadList<BoxRecords>>,
}

/// Reads an annotations file: an object with the lists `images`, `annotations` and `categories`.
pub(crate) fn read_annotations(source: &Source<'_>, skip_unreadable: bool) -> Result<AnnotationFile, Error> {
    let mut lists = parse(source, read_lists)?;
    let missing = |list| Error::MissingList { path: source.name(), list };
    let images = lists.images.ok_or_else(|| missing(List::Images))?;
    let boxes = lists.boxes.pop().ok_or_else(|| missing(List::Annotations))?;
    let categories = lists.categories.ok_or_else(|| missing(List::Categories))?;
    let mut findings = Findings::default();
    let unreadable = images.unreadable.findings(List::Images);
    let unreadable = unreadable.chain(categories.unreadable.findings(List::Categories));
    let unreadable = unreadable.chain(boxes.unreadable.findings(List::Annotations));
    note_unreadable(unreadable.collect(), source, skip_unreadable, &mut findings)?;
    let images = ImageList::new(images);
    if let Some((count, id)) = images.images.ids.repeated() {
        findings.note(Kind::DuplicateId, List::Images, count, || format!("id {id}"));
    }
    note_names(&images, &mut findings);
    let classes = ClassList::new(categories, source, &mut findings)?;
    Ok(AnnotationFile { images, classes, boxes, findings })
}

/// Reads a detections file: a list, or an object one field of which is a list of detections.
pub(crate) fn read_detections(source: &Source<'_>, skip_unreadable: bool) -> Result<DetectionFile, Error> {
    let mut lists = parse(source, read_detection_lists)?;
    let found = lists.boxes.len();
    let boxes =
        lists.boxes.pop().filter(|_| found == 1).ok_or_else(|| Error::DetectionLists { path: source.name(), found })?;
    let mut findings = Findings::default();
    note_unreadable(boxes.unreadable.findings(List::Detections).collect(), source, skip_unreadable, &mut findings)?;
    let classes = lists.categories.map(|list| ClassList::new(list, source, &mut Findings::default())).transpose()?;
    Ok(DetectionFile {
        boxes,
        images: lists.images.map(|list| ImageList::new(list).images),
        classes: classes.map(|list| list.classes),
        findings,
    })
}

/// Adds the unreadable records to the findings, or refuses the file for them.
fn note_unreadable(
    unreadable: Vec<Finding>,
    source: &Source<'_>,
    skip_unreadable: bool,
    findings: &mut Findings,
) -> Result<(), Error> {
    if !skip_unreadable && !unreadable.is_empty() {
        return Err(Error::Unreadable { path: source.name(), findings: unreadable });
    }
    unreadable.into_iter().for_each(|finding| findings.add(finding));
    Ok(())
}

/// Reads a whole file.
fn parse<'a, T>(source: &Source<'a>, read: impl FnOnce(&mut Document<'a>) -> Result<T, Error>) -> Result<T, Error> {
    let mut document = Document::open(*source)?;
    let value = read(&mut document)?;
    document.finish()?;
    Ok(value)
}

fn read_lists(document: &mut Document<'_>) -> Result<Lists, Error> {
    let mut lists = Lists::default();
    document.object(|document, name| {
        match name {
            b"images" => lists.images = Some(document.list(ImageRecords::default)?),
            b"categories" => lists.categories = Some(document.list(CategoryRecords::default)?),
            b"annotations" => lists.boxes = vec![document.list(|| BoxRecords::new(List::Annotations))?],
            _ => document.skip()?,
        }
        Ok(())
    })?;
    Ok(lists)
}

fn read_detection_lists(document: &mut Document<'_>) -> Result<Lists, Error> {
    let mut lists = Lists::default();
    let new = || BoxRecords::new(List::Detections);
    if document.at_list()? {
        lists.boxes.push(document.list(new)?);
        return Ok(lists);
    }
    // Lists of any other name are that of the detections if no list has a usual name.
    let mut others = Vec::new();
    document.object(|document, name| {
        match name {
            b"licenses" => document.skip()?,
            _ if !document.at_list()? => document.skip()?,
            b"annotations" | b"predictions" | b"detections" => lists.boxes.push(document.list(new)?),
            b"images" => lists.images = Some(document.list(ImageRecords::default)?),
            b"categories" => lists.categories = Some(document.list(CategoryRecords::default)?),
            _ => others.push(document.list(new)?),
        }
        Ok(())
    })?;
    if lists.boxes.is_empty() {
        lists.boxes = others;
    }
    Ok(lists)
}

/// Notes the images that have the file name of another.
fn note_names(list: &ImageList, findings: &mut Findings) {
    let ImageList { images, unreadable, .. } = list;
    if images.names.iter().is_sorted_by(|before, after| before < after) {
        return;
    }
    let mut order: Vec<usize> = (0..images.names.len()).collect();
    sort(&mut order, &|&one, &other| images.names[one].cmp(&images.names[other]));
    for same in order.chunk_by(|&one, &other| images.names[one] == images.names[other]) {
        for &row in &same[1..] {
            let name = &images.names[row];
            let record = |row| unreadable.record(List::Images, row);
            let example = || format!("{} and {} are both {name:?}", record(same[0]), record(row));
            let repeated_id = images.ids.get(row).text() == *name;
            findings.note_some(Kind::EqualFileNames, List::Images, usize::from(!repeated_id), example);
        }
    }
}

/// Notes the images that have no boxes.
fn note_without_boxes(columns: &Columns, list: &ImageList, kind: Kind, findings: &mut Findings) {
    let ends = columns.offsets.windows(2);
    let images = list.images.names.iter().enumerate();
    for ((row, name), _) in images.zip(ends).filter(|(_, ends)| ends[0] == ends[1]) {
        findings.note(kind, List::Images, 1, || format!("{} is {name:?}", list.unreadable.record(List::Images, row)));
    }
}
