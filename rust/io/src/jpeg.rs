//! The sizes of images in plain JPEG files, read from their first bytes.

use std::fs::{File, metadata};
use std::io::Read;
use std::path::Path;

use boxlint_core::{check_stop, map};

/// Bytes that are read: the header of a file without a profile or EXIF data is shorter.
const HEADER: u64 = 1 << 12;

/// Pillow warns of images that are larger than this, or refuses them.
const MOST_PIXELS: f64 = (1 << 26) as f64;

/// Width and height of each image of a folder that is a plain JPEG file; NaN for any other, and for what cannot be read.
///
/// A file is plain if no segment before its first scan can change how it is shown, and all are as they should be.
///
/// # Examples
/// ```
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("street.jpg"), "no image")?;
/// let sizes = boxlint_io::jpeg_sizes(folder.path(), &["street.jpg"]);
/// assert!(sizes[0][0].is_nan());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn jpeg_sizes<P: AsRef<Path> + Sync>(folder: &Path, names: &[P]) -> Vec<[f64; 2]> {
    let size_of = |name: &P| {
        check_stop();
        let path = folder.join(name);
        // A pipe would be waited for.
        let is_file = metadata(&path).is_ok_and(|found| found.is_file());
        let mut header = Vec::with_capacity(HEADER as usize);
        let read = is_file && File::open(path).and_then(|file| file.take(HEADER).read_to_end(&mut header)).is_ok();
        size_in(&header).filter(|_| read).unwrap_or([f64::NAN; 2])
    };
    map(names, size_of)
}

/// The size that a plain header tells.
fn size_in(header: &[u8]) -> Option<[f64; 2]> {
    let mut rest = header.strip_prefix(b"\xff\xd8")?;
    let mut size = None;
    loop {
        let [0xff, marker, high, low, after @ ..] = rest else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(2)?;
        let (segment, after) = after.split_at_checked(length)?;
        rest = after;
        match marker {
            0xc0..=0xc2 if size.is_none() => size = Some(frame_size(segment)?),
            0xc4 | 0xdd | 0xfe => {}
            0xdb if are_tables(segment) => {}
            0xe0 if segment.starts_with(b"JFIF\0") && length >= 14 => {}
            0xee if segment.starts_with(b"Adobe") && length >= 12 => {}
            0xda => return size,
            _ => return None,
        }
    }
}

/// Width and height in the segment of a frame of eight bits, and 1, 3 or 4 components.
fn frame_size(segment: &[u8]) -> Option<[f64; 2]> {
    let [8, sides @ .., components] = segment.first_chunk::<6>()? else { return None };
    let is_whole = matches!(components, 1 | 3 | 4) && segment.len() == 6 + 3 * usize::from(*components);
    let [height, width] = [[sides[0], sides[1]], [sides[2], sides[3]]].map(|side| f64::from(u16::from_be_bytes(side)));
    (is_whole && (1.0..=MOST_PIXELS).contains(&(width * height))).then_some([width, height])
}

/// Whether a segment is quantization tables.
fn are_tables(mut segment: &[u8]) -> bool {
    while let Some(first) = segment.first() {
        let length = 1 + 64 * (1 + usize::from(*first >= 0x10));
        match segment.get(length..) {
            Some(after) => segment = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::size_in;

    /// A segment with its marker and length.
    fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
        [&[0xff, marker][..], &(content.len() as u16 + 2).to_be_bytes(), content].concat()
    }

    #[test]
    fn headers_with_tables_of_either_width_are_plain_and_those_of_two_frames_are_not() {
        let frame = segment(0xc0, &[8, 0, 48, 0, 64, 1, 1, 0x11, 0]);
        let [narrow, wide] = [(0x01, 64), (0x10, 128)].map(|(first, length)| [vec![first], vec![1; length]].concat());
        let size =
            |segments: &[&[u8]]| size_in(&[&[0xff, 0xd8], &segments.concat()[..], &segment(0xda, &[])[..]].concat());
        let tables = [narrow.clone(), wide.clone(), [narrow, wide].concat()].map(|tables| segment(0xdb, &tables));
        for tables in &tables {
            assert_eq!(size(&[tables, &frame]), Some([64.0, 48.0]));
        }
        assert_eq!(size(&[&segment(0xdb, &[0x10; 65]), &frame]), None);
        assert_eq!(size(&[&frame, &frame]), None);
        let adobe = [b"Adobe".as_slice(), &[0; 7]].concat();
        assert_eq!(size(&[&segment(0xee, &adobe), &frame]), Some([64.0, 48.0]));
        assert_eq!(size(&[&segment(0xee, &adobe[..11]), &frame]), None);
    }
}
