//! The box around the outline of an object: of its polygons, or of its mask as run lengths.

use crate::json::fault::Flaw;
use crate::json::reader::Reader;

const FIELD: &str = "segmentation";
const A_NUMBER: &str = "a number of segmentation";
const POLYGON: &str = "polygons of three or more points";
const MASK: &str = "a mask with counts and size";
const FULL_MASK: &str = "counts that add up to height x width and are not all background";

/// Reads a `segmentation`; returns the corners of the box around it, or None if there is no outline in it.
///
/// A pixel of a mask is a square: a mask of the first pixel alone spans 0 to 1.
pub(crate) fn read_outline(reader: &mut Reader<'_>) -> Result<Option<[f64; 4]>, Flaw> {
    if reader.null()? {
        return Ok(None);
    }
    if reader.at_list() { read_polygons(reader) } else { read_mask(reader).map(Some) }
}

/// Reads a list of polygons, or a single polygon.
fn read_polygons(reader: &mut Reader<'_>) -> Result<Option<[f64; 4]>, Flaw> {
    let mut around = None;
    let mut single = Vec::new();
    let mut more = reader.open_list()?;
    while more {
        if reader.at_list() {
            let polygon = read_numbers(reader)?;
            around = Some(join(around, corners(&polygon)?));
        } else {
            single.push(reader.number(A_NUMBER)?);
        }
        more = reader.next_item()?;
    }
    match (around, single.is_empty()) {
        (around, true) => Ok(around),
        (None, false) => corners(&single).map(Some),
        (Some(_), false) => Err(Flaw::wrong(FIELD, "a list of numbers and lists", POLYGON)),
    }
}

fn read_numbers(reader: &mut Reader<'_>) -> Result<Vec<f64>, Flaw> {
    let mut numbers = Vec::new();
    let mut more = reader.open_list()?;
    while more {
        numbers.push(reader.number(A_NUMBER)?);
        more = reader.next_item()?;
    }
    Ok(numbers)
}

/// The corners of the box around the points x1, y1, x2, y2, ...
fn corners(polygon: &[f64]) -> Result<[f64; 4], Flaw> {
    let (points, rest) = polygon.as_chunks::<2>();
    if points.len() < 3 || !rest.is_empty() {
        return Err(Flaw::wrong(FIELD, format!("a list of {} numbers", polygon.len()), POLYGON));
    }
    let around = points.iter().map(|&[x, y]| [x, y, x, y]).fold(None, |around, point| Some(join(around, point)));
    around.ok_or(Flaw::Missing { field: FIELD })
}

fn join(around: Option<[f64; 4]>, [x1, y1, x2, y2]: [f64; 4]) -> [f64; 4] {
    match around {
        Some([left, top, right, bottom]) => [left.min(x1), top.min(y1), right.max(x2), bottom.max(y2)],
        None => [x1, y1, x2, y2],
    }
}

/// Reads a mask: its size, and the lengths of runs of background and object in turn, column by column.
fn read_mask(reader: &mut Reader<'_>) -> Result<[f64; 4], Flaw> {
    let (mut counts, mut size) = (None, Vec::new());
    if !reader.at_object() {
        return Err(reader.wrong(FIELD, MASK));
    }
    reader.object(|reader, name| -> Result<(), Flaw> {
        match name {
            b"counts" if reader.at_list() => counts = Some(whole_numbers(&read_numbers(reader)?)?),
            b"counts" => counts = Some(unpack(&reader.string("counts of segmentation")?)?),
            b"size" if reader.at_list() => size = whole_numbers(&read_numbers(reader)?)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let (Some(counts), &[height, width]) = (counts, &*size) else {
        return Err(Flaw::wrong(FIELD, "an object", MASK));
    };
    box_of_runs(&counts, height, width).ok_or_else(|| Flaw::wrong(FIELD, "a damaged or empty mask", FULL_MASK))
}

fn whole_numbers(numbers: &[f64]) -> Result<Vec<u64>, Flaw> {
    let whole = |&number: &f64| (number.fract() == 0.0 && (0.0..1e15).contains(&number)).then_some(number as u64);
    numbers.iter().map(whole).collect::<Option<_>>().ok_or_else(|| Flaw::wrong(FIELD, "a list of odd numbers", MASK))
}

/// The run lengths in the text of a compressed mask: digits of five bits, lowest first, each in a character from `0`
/// on, of the difference to the run before the last.
fn unpack(text: &str) -> Result<Vec<u64>, Flaw> {
    const MORE: u8 = 0x20;
    const NEGATIVE: u8 = 0x10;
    let damaged = || Flaw::wrong(FIELD, "a damaged mask", MASK);
    let mut counts: Vec<i64> = Vec::new();
    let (mut value, mut shift) = (0_i64, 0);
    for byte in text.bytes() {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 64 && shift < 60).ok_or_else(damaged)?;
        value |= i64::from(digit & 0x1f) << shift;
        shift += 5;
        if digit & MORE != 0 {
            continue;
        }
        if digit & NEGATIVE != 0 {
            value |= -1 << shift;
        }
        if counts.len() > 2 {
            value = value.checked_add(counts[counts.len() - 2]).ok_or_else(damaged)?;
        }
        counts.push(value);
        (value, shift) = (0, 0);
    }
    if shift > 0 {
        return Err(damaged());
    }
    counts.into_iter().map(|count| u64::try_from(count).map_err(|_| damaged())).collect()
}

/// The corners of the box around the runs of the object; None if there are none, or the runs do not fill the mask.
fn box_of_runs(counts: &[u64], height: u64, width: u64) -> Option<[f64; 4]> {
    let area = height.checked_mul(width)?;
    let mut around = None;
    let mut start = 0_u64;
    for (number, &count) in counts.iter().enumerate() {
        let end = start.checked_add(count).filter(|&end| end <= area)?;
        if number % 2 == 1 && count > 0 {
            let (left, right) = (start / height, (end - 1) / height);
            // A run over several columns holds the last pixel of one and the first of the next.
            let (top, bottom) = if left == right { (start % height, (end - 1) % height) } else { (0, height - 1) };
            let corners = [left, top, right + 1, bottom + 1].map(|corner| corner as f64);
            around = Some(join(around, corners));
        }
        start = end;
    }
    around.filter(|_| start == area)
}
