//! A short file takes little memory, whatever is in it. Alone in its process, whose peak is measured.
#![cfg(target_os = "linux")]

mod common;

use common::{document, gzip, peak, read, read_both};

const MEGABYTE: usize = 1 << 20;

#[test]
fn short_hostile_files_take_little_memory() {
    let before = peak();
    let bomb = gzip(std::iter::repeat_n(&[b' '; MEGABYTE][..], 256));
    let refusal = read(&bomb).unwrap_err().to_string();
    assert!(refusal.contains("too many for real data"), "{refusal}");

    assert!(read(&"[".repeat(MEGABYTE)).is_err());
    assert!(read(&document(&"{},".repeat(MEGABYTE / 3))).is_err());
    assert!(read(&document(&"},{".repeat(MEGABYTE / 3))).is_err());
    assert!(read_both(&document(""), &"[{".repeat(MEGABYTE / 2)).is_err());
    let far = r#"{"images": [{"id": 0}, {"id": 4611686018427387904}, {"id": -4611686018427387904}],
        "annotations": [], "categories": []}"#;
    assert!(read(far).is_ok());

    let grown = peak() - before;
    assert!(grown < 128 * MEGABYTE, "{} MiB", grown / MEGABYTE);
}
