//! Reading takes at most twice the file, even of the shortest records. Alone in its process, whose peak is measured.
#![cfg(target_os = "linux")]

mod common;

use boxlint_io::{Options, Source, read_coco};
use common::{bytes, document, peak};

#[test]
fn a_file_of_the_shortest_records_takes_at_most_twice_its_size() {
    const RECORDS: usize = 1_000_000;
    let record = r#"{"image_id":1,"category_id":3,"bbox":[0,0,1,1],"score":1},"#;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dt.json");
    std::fs::write(&path, format!("[{}]", record.repeat(RECORDS).trim_end_matches(','))).unwrap();
    let annotations = document("");

    // What making the file took is the peak so far: it is set back to what is in use now.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = peak();
    let coco = read_coco(bytes("gt.json", &annotations), Some(Source::Path(&path)), &Options::default()).unwrap();
    assert_eq!(coco.detections.unwrap().xyxy.len(), RECORDS);
    let times = (peak() - before) as f64 / (record.len() * RECORDS) as f64;
    assert!(times < 2.0, "{times:.2} times");
}
