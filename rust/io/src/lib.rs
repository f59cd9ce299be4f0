//! Reads COCO annotation and results files straight into flat columns, and writes them; reads YOLO and Pascal VOC files
//! into columns; writes tables as CSV and JSON.
//!
//! [`read_coco`] takes an annotations file and, if there is one, a detections file: plain or gzip, by path or as bytes.
//! Fields that are not needed (masks, keypoints, licences) are skipped, and no object is made for a box. The boxes come
//! out grouped by image.
//!
//! A file that cannot be read gives an [`Error`] that names the record. What can be read but may be a mistake is a
//! [`Finding`]: the caller decides what to do about it.
//!
//! ```
//! use boxlint_io::{Options, Source, read_coco};
//!
//! let bytes = br#"{
//!     "images": [{"id": 7, "file_name": "street.jpg", "width": 640, "height": 480}],
//!     "categories": [{"id": 1, "name": "car"}],
//!     "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40]}]
//! }"#;
//! let source = Source::Bytes { name: "street.json", bytes };
//! let coco = read_coco(source, None, &Options::default())?;
//! assert_eq!(coco.annotations.xyxy, [[10.0, 20.0, 40.0, 60.0]]);
//! assert_eq!(coco.annotations.offsets, [0, 1]);
//! assert_eq!(coco.classes.names, ["car"]);
//! # Ok::<(), boxlint_io::Error>(())
//! ```
//!
//! With a results file, the columns are what `boxlint_core` checks:
//!
//! ```
//! use boxlint_core::check::{DetectorModel, Found, Kind, Parameters, collect, examine};
//! use boxlint_core::{Boxes, Dataset, Floats};
//! use boxlint_io::{Columns, Options, Source, read_coco};
//!
//! fn boxes(columns: &Columns) -> Result<Boxes<'_>, boxlint_core::Error> {
//!     let score = columns.score.as_deref().map(Floats::F64);
//!     Boxes::new(Floats::F64(columns.xyxy.as_flattened()), &columns.class_id, score, &columns.offsets)
//! }
//!
//! // Or Source::Path, of files on a disk.
//! # let image = |id| format!(r#"{{"id": {id}, "file_name": "{id}.jpg"}}"#);
//! # let annotation = |id| format!(r#"{{"id": {id}, "image_id": {id}, "category_id": 1, "bbox": [9, 9, 80, 80]}}"#);
//! # let detection = |id| format!(r#"{{"image_id": {id}, "category_id": 1, "bbox": [9, 9, 80, 80], "score": 0.9}}"#);
//! # let (images, annotated) = ((1..=31).map(image).collect::<Vec<_>>(), (1..=30).map(annotation).collect::<Vec<_>>());
//! # let [images, annotated] = [images, annotated].map(|records| records.join(","));
//! # let categories = r#"[{"id": 1, "name": "car"}]"#;
//! # let annotations = format!(r#"{{"images": [{images}], "categories": {categories}, "annotations": [{annotated}]}}"#);
//! # let detections = format!("[{}]", (1..=31).map(detection).collect::<Vec<_>>().join(","));
//! # let annotations = Source::Bytes { name: "annotations.json", bytes: annotations.as_bytes() };
//! # let detections = Source::Bytes { name: "detections.json", bytes: detections.as_bytes() };
//! let coco = read_coco(annotations, Some(detections), &Options::default())?;
//! let predicted = coco.detections.as_ref().ok_or("no results file was given")?;
//! let dataset = Dataset::new(boxes(&coco.annotations)?, boxes(predicted)?, None)?;
//!
//! let images = 0..dataset.images();
//! let model = DetectorModel::new(&collect(&dataset, images.clone()));
//! let parameters = Parameters { priors: Kind::PRIORS, kinds: [true; 5], min_suspicion: 0.5 };
//! let (mut found, mut neg_log_clean) = (Found::new(1000), vec![0.0; images.len()]);
//! examine(&dataset, &model, None, &parameters, images, &mut found, &mut neg_log_clean);
//! let (issues, _) = found.into_issues();
//! let worst = issues.iter().next().ok_or("nothing is suspicious")?;
//! // 30 of 31 images have their car annotated.
//! assert_eq!((worst.kind(), worst.image), (Kind::Missing, 30));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod coco;
mod decimal;
mod error;
mod findings;
mod folder;
mod ids;
mod image_files;
mod jpeg;
mod json;
mod names;
mod pipe;
mod record;
mod source;
mod table;
mod text;
mod voc;
mod yolo;

pub use coco::boxes::{Columns, Flags};
pub use coco::listed::{Classes, Images};
pub use coco::options::{ClassOrder, Options};
pub use coco::read::{Coco, read_coco};
pub use coco::verified::Verified;
pub use coco::write::{write_annotations, write_detections};
pub use error::Error;
pub use findings::{Finding, Kind};
pub use folder::{FolderFiles, is_passed_over, paths_within};
pub use ids::{Id, Ids};
pub use image_files::{IMAGE_ENDINGS, ImageFiles, Misfit, image_files, without_ending};
pub use jpeg::jpeg_sizes;
pub use names::Names;
pub use record::{List, Record};
pub use source::{MAX_EXPANSION, Source};
pub use table::column::{Cell, TableColumn, Texts};
pub use table::csv::{Formulas, write_csv_head, write_csv_rows};
pub use table::json::write_json_rows;
pub use voc::file::{VocFault, VocFile, VocFiles, VocImage, VocReader};
pub use yolo::boxes::{LARGEST_FRACTION, LineBoxes};
pub use yolo::fault::LineFault;
pub use yolo::layout::{Layout as LineLayout, Shape as LineShape};
pub use yolo::lines::{count_box_lines, read_lines};
