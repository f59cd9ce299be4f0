//! What the tests share.
#![allow(dead_code, reason = "each test file uses a part of this")]

use boxlint_io::{Coco, Error, Options, Source, read_coco};

/// Two images, two categories and the annotations given.
pub fn document(annotations: &str) -> String {
    format!(
        r#"{{"images": [{{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}},
                        {{"id": 2, "file_name": "b.jpg", "width": 100, "height": 80}}],
            "categories": [{{"id": 3, "name": "cat"}}, {{"id": 9, "name": "dog"}}],
            "annotations": [{annotations}]}}"#
    )
}

pub fn bytes<'a>(name: &'a str, text: &'a (impl AsRef<[u8]> + ?Sized)) -> Source<'a> {
    let bytes = text.as_ref();
    Source::Bytes { name, bytes }
}

pub fn read(annotations: &(impl AsRef<[u8]> + ?Sized)) -> Result<Coco, Error> {
    read_coco(bytes("gt.json", annotations), None, &Options::default())
}

pub fn read_both(annotations: &str, detections: &str) -> Result<Coco, Error> {
    read_with(annotations, detections, &Options::default())
}

pub fn read_with(annotations: &str, detections: &str, options: &Options) -> Result<Coco, Error> {
    let detections = bytes("dt.json", detections);
    read_coco(bytes("gt.json", annotations), Some(detections), options)
}

/// The most memory that this process ever had, in bytes.
pub fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
