//! What the tests share.
#![allow(dead_code, reason = "each test file uses a part of this")]

use std::fmt::Display;
use std::io::Write;

use boxlint_io::{Coco, Error, Options, Source, read_coco, write_annotations};
use flate2::{Compression, write::GzEncoder};

/// Two images, two categories and the annotations given.
pub fn document(annotations: &str) -> String {
    format!(
        r#"{{"images": [{{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}},
                        {{"id": 2, "file_name": "b.jpg", "width": 100, "height": 80}}],
            "categories": [{{"id": 3, "name": "cat"}}, {{"id": 9, "name": "dog"}}],
            "annotations": [{annotations}]}}"#
    )
}

/// An annotation of category 3. What is in `more` begins with a comma.
pub fn annotation(id: impl Display, image: impl Display, bbox: &str, more: &str) -> String {
    format!(r#"{{"id": {id}, "image_id": {image}, "category_id": 3, "bbox": {bbox}{more}}}"#)
}

/// A detection without an id.
pub fn detection(image: impl Display, category: impl Display, score: impl Display) -> String {
    format!(r#"{{"image_id": {image}, "category_id": {category}, "bbox": [1, 1, 2, 2], "score": {score}}}"#)
}

pub fn bytes<'a>(name: &'a str, text: &'a (impl AsRef<[u8]> + ?Sized)) -> Source<'a> {
    let bytes = text.as_ref();
    Source::Bytes { name, bytes }
}

/// Parts of a text, one after the other, packed.
pub fn gzip<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    parts.into_iter().for_each(|part| gzip.write_all(part).unwrap());
    gzip.finish().unwrap()
}

pub fn read(annotations: &(impl AsRef<[u8]> + ?Sized)) -> Result<Coco, Error> {
    read_coco(bytes("gt.json", annotations), None, &Options::default())
}

pub fn read_both(annotations: &str, detections: &str) -> Result<Coco, Error> {
    read_with(annotations, detections, &Options::default())
}

pub fn read_with(annotations: &str, detections: impl AsRef<[u8]>, options: &Options) -> Result<Coco, Error> {
    read_coco(bytes("gt.json", annotations), Some(bytes("dt.json", &detections)), options)
}

pub fn skip_unknown() -> Options {
    let mut options = Options::default();
    options.skip_unknown = true;
    options
}

/// The annotations file of a data set.
pub fn written(coco: &Coco) -> String {
    let mut out = Vec::new();
    write_annotations(&mut out, &coco.images, &coco.classes, &coco.annotations, coco.verified.as_ref()).unwrap();
    String::from_utf8(out).unwrap()
}

/// The most memory that this process ever had, in bytes.
pub fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
