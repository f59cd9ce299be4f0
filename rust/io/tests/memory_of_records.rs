//! Reading takes the memory of the records, of the columns and a little more, however large the file is. Alone in its
//! process, whose peak is measured.
#![cfg(target_os = "linux")]

mod common;

use std::fs::File;
use std::io::{BufWriter, Write};

use boxlint_io::{Options, Source, read_coco};
use common::{bytes, document, peak};

const RECORDS: usize = 500_000;
/// Of a detection: the ids of its image and category and its own, its corners and its score.
const RECORD: usize = 3 * 4 + 32 + 8;
/// The class, the id, the corners and the score.
const ROW: usize = 4 + 8 + 32 + 8;
const MORE: usize = 16 << 20;

#[test]
fn a_file_takes_the_memory_of_its_records_and_columns() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dt.json");
    let annotations = document("");
    // Each thread has memory of its own to take from: 64 threads take a few megabytes more than allowed here.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(8).build().unwrap();
    // The first file is three times as large as all the memory that it may take.
    for rest in [format!(r#","note":"{}""#, "x".repeat(300)), String::new()] {
        let mut file = BufWriter::new(File::create(&path).unwrap());
        for row in 0..RECORDS {
            let before = if row == 0 { '[' } else { ',' };
            let image = 1 + row % 2;
            write!(file, r#"{before}{{"image_id":{image},"category_id":3,"bbox":[0,0,1,1],"score":1{rest}}}"#).unwrap();
        }
        writeln!(file, "]").unwrap();
        drop(file);

        // The peak is set back to what is in use now.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let before = peak();
        let source = Some(Source::Path(&path));
        let coco = pool.install(|| read_coco(bytes("gt.json", &annotations), source, &Options::default())).unwrap();
        assert_eq!(coco.detections.unwrap().xyxy.len(), RECORDS);
        let bytes = peak() - before;
        let allowed = RECORDS * (RECORD + ROW) + MORE;
        assert!(bytes < allowed, "{} of {} MiB", bytes >> 20, allowed >> 20);
    }
}
