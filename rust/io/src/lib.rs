//! Reads COCO annotation and results files straight into flat columns, and writes them.
//!
//! [`read_coco`] takes a file of annotations and, if there is one, a file of detections; plain or gzip,
//! by path or as bytes. What is of no use here (masks, keypoints, licences) is passed over without being
//! built, and no box is ever an object of its own. Boxes come out by image, as columns that can be
//! handed on without copying.
//!
//! What cannot be read is an [`Error`] that names the record. What can be read but may be a mistake is a
//! [`Finding`]: the caller decides what to make of it.
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
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod coco;
mod cursor;
mod document;
mod error;
mod fault;
mod findings;
mod ids;
mod inspect;
mod join;
mod list;
mod number;
mod records;
mod source;
mod write;

pub use coco::{Classes, Coco, Columns, Flags, Images, Options, read_coco};
pub use error::{Error, List, Record};
pub use findings::{Finding, Kind};
pub use ids::{Id, Ids};
pub use source::Source;
pub use write::{write_annotations, write_detections};
