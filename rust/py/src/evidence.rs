//! The sentences and the ids of issues, from the columns of their table.

use std::ops::Range;

use boxlint_core::check::{IssueNames, Kind, Reason, SeenBy, issue_id, name_hash};
use boxlint_guard::guarded;
use boxlint_io::{Cell, TableColumn};
use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::table::{Column, MadeTexts, made, made_of_16};
use crate::threads;

type Vector<'py, T> = PyReadonlyArray1<'py, T>;

/// What the sentences say, as a dict in Python. Numbers are NaN, and classes -1, for none.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Evidence<'py> {
    kind: Vector<'py, u8>,
    class_names: Column<'py>,
    given_class: Vector<'py, i64>,
    suggested_class: Vector<'py, i64>,
    kept_class: Vector<'py, i64>,
    /// What names the annotation that stays: the first column that has something.
    kept: Vec<Column<'py>>,
    score: Vector<'py, f64>,
    iou: Vector<'py, f64>,
    detectability: Vector<'py, f64>,
    alike: Vector<'py, u32>,
    /// How surely each of several detectors sees what a row is about.
    support: Option<PyReadonlyArray2<'py, f64>>,
}

/// For each row why it is there: see [`Reason`].
#[guarded]
#[pyfunction]
pub(crate) fn reasons(py: Python<'_>, evidence: Evidence<'_>) -> PyResult<MadeTexts> {
    let kinds = evidence.kind.as_slice()?;
    let (names, kept) = (texts(&evidence.class_names)?, borrowed(&evidence.kept)?);
    let [given, suggested, kept_class] = [&evidence.given_class, &evidence.suggested_class, &evidence.kept_class];
    let (given, suggested, kept_class) = (given.as_slice()?, suggested.as_slice()?, kept_class.as_slice()?);
    let [score, iou, detectability] = [&evidence.score, &evidence.iou, &evidence.detectability];
    let (score, iou, detectability) = (score.as_slice()?, iou.as_slice()?, detectability.as_slice()?);
    let alike = evidence.alike.as_slice()?;
    let support = evidence.support.as_ref().map(|support| support.as_slice()).transpose()?;
    let detectors = support.map_or(0, |support| support.len() / kinds.len().max(1));
    made(py, kinds.len(), |rows, out| {
        let mut memory = Vec::new();
        for row in rows {
            let reason = Reason {
                kind: Kind::ALL[usize::from(kinds[row])],
                given: name(&names, given[row]),
                suggested: name(&names, suggested[row]),
                kept: first(&kept, row, &mut memory),
                kept_class: name(&names, kept_class[row]),
                score: score[row],
                iou: iou[row],
                detectability: detectability[row],
                alike: alike[row],
                seen_by: support.map(|support| SeenBy::of(&support[detectors * row..detectors * (row + 1)])),
            };
            reason.write(&mut out.data);
            out.end();
        }
    })
}

/// What the ids are made of, as a dict in Python. Classes are -1 for none.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Identity<'py> {
    kind: Vector<'py, u8>,
    class_names: Column<'py>,
    given_class: Vector<'py, i64>,
    suggested_class: Vector<'py, i64>,
    /// Which image it is, and the hash of what names each image of the data set, if these are made.
    image_index: Vector<'py, u32>,
    image_hashes: Option<Vector<'py, u64>>,
    /// What names the image, if no hashes are given, and the annotation: the first column that has something.
    image: Vec<Column<'py>>,
    annotation: Vec<Column<'py>>,
    /// The corners, each a column.
    given_box: [Vector<'py, f64>; 4],
    suggested_box: [Vector<'py, f64>; 4],
}

/// For each row 16 hex digits: see [`issue_id`].
#[guarded]
#[pyfunction]
pub(crate) fn issue_ids(py: Python<'_>, identity: Identity<'_>) -> PyResult<MadeTexts> {
    let kinds = identity.kind.as_slice()?;
    let names = texts(&identity.class_names)?;
    let (given, suggested) = (identity.given_class.as_slice()?, identity.suggested_class.as_slice()?);
    let (image, annotation) = (borrowed(&identity.image)?, borrowed(&identity.annotation)?);
    let boxes = [sides(&identity.given_box)?, sides(&identity.suggested_box)?];
    let kind_hashes = Kind::NAMES.map(|kind| name_hash(kind.as_bytes()));
    // That of none comes first.
    let class_hashes: Vec<_> = std::iter::once(&&b""[..]).chain(&names).map(|name| name_hash(name)).collect();
    let image = match &identity.image_hashes {
        Some(hashes) => NameHashes::OfImages { images: identity.image_index.as_slice()?, hashes: hashes.as_slice()? },
        None => NameHashes::Any(&image),
    };
    let annotation = NameHashes::of(&annotation);
    made_of_16(py, kinds.len(), |rows, out| {
        // In loops of their own, without branches where that is possible: the processor would guess wrong.
        let (images, annotations) = (image.hashes(rows.clone()), annotation.hashes(rows.clone()));
        for (((row, out), image), annotation) in rows.zip(out).zip(images).zip(annotations) {
            let kind = usize::from(kinds[row]);
            let names = IssueNames {
                image,
                kind: kind_hashes[kind],
                annotation,
                given: class_hashes[(given[row] + 1) as usize],
                suggested: class_hashes[(suggested[row] + 1) as usize],
            };
            let corners = boxes[usize::from(kind == Kind::Missing as usize)].each_ref().map(|side| side[row]);
            *out = digits(issue_id(&names, corners));
        }
    })
}

/// The hash of what names each thing: of the first column that has something.
#[guarded]
#[pyfunction]
pub(crate) fn name_hashes<'py>(py: Python<'py>, columns: Vec<Column<'py>>) -> PyResult<Bound<'py, PyArray1<u64>>> {
    let columns = borrowed(&columns)?;
    let rows = columns.first().map_or(0, TableColumn::len);
    let hashes = threads::detached(py, || NameHashes::Any(&columns).hashes(0..rows))?;
    Ok(PyArray1::from_vec(py, hashes))
}

/// The 16 digits of a number in base 16.
fn digits(number: u64) -> [u8; 16] {
    let halves = [(number >> 32) as u32, number as u32].map(eight_digits);
    let mut digits = [0; 16];
    digits[..8].copy_from_slice(&halves[0]);
    digits[8..].copy_from_slice(&halves[1]);
    digits
}

/// The 8 digits of a number in base 16, all at once: each in a byte of its own, the first one in the lowest.
fn eight_digits(number: u32) -> [u8; 8] {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let bytes = u64::from(number.swap_bytes());
    let pairs = (bytes | bytes << 16) & 0x0000_ffff_0000_ffff;
    let bytes = (pairs | pairs << 8) & 0x00ff_00ff_00ff_00ff;
    let digits = (bytes >> 4 | bytes << 8) & (15 * EACH);
    let letters = (digits + 6 * EACH) >> 4 & EACH;
    (digits + u64::from(b'0') * EACH + letters * u64::from(b'a' - b'0' - 10)).to_le_bytes()
}

fn sides<'a>(corners: &'a [Vector<'_, f64>; 4]) -> PyResult<[&'a [f64]; 4]> {
    let [x1, y1, x2, y2] = corners;
    Ok([x1.as_slice()?, y1.as_slice()?, x2.as_slice()?, y2.as_slice()?])
}

fn borrowed<'a>(columns: &'a [Column<'_>]) -> PyResult<Vec<TableColumn<'a>>> {
    columns.iter().map(Column::borrow).collect()
}

/// The text of the first column that has something in a row.
#[inline]
fn first<'a>(columns: &[TableColumn<'a>], row: usize, memory: &'a mut Vec<u8>) -> &'a [u8] {
    let cells = columns.iter().map(|column| column.cell(row));
    cells.into_iter().find(|cell| *cell != Cell::Nothing).and_then(|cell| cell.text(memory)).unwrap_or_default()
}

/// The hashes of what names things: images, and small integers, such as positions, repeat, and are hashed once.
enum NameHashes<'a> {
    /// The image of each row, and the hash of each image.
    OfImages {
        images: &'a [u32],
        hashes: &'a [u64],
    },
    /// The integers, where there is none, and the hash of each up to the largest, before that of none.
    Small {
        values: &'a [i64],
        nothing: Option<&'a [bool]>,
        hashes: Vec<u64>,
    },
    Any(&'a [TableColumn<'a>]),
}

impl<'a> NameHashes<'a> {
    fn of(columns: &'a [TableColumn<'a>]) -> Self {
        if let &[TableColumn::Ints { values, nothing }] = columns {
            let known = |row: usize| nothing.is_none_or(|nothing| !nothing[row]);
            let mut numbers = (0..values.len()).filter(|&row| known(row)).map(|row| values[row]);
            let most = numbers.try_fold(0, |most, number| (number >= 0).then_some(most.max(number)));
            if let Some(most) = most.filter(|&most| most < values.len() as i64) {
                let hashes = (0..=most).map(|number| name_hash(number.to_string().as_bytes()));
                return Self::Small { values, nothing, hashes: hashes.chain([name_hash(b"")]).collect() };
            }
        }
        Self::Any(columns)
    }

    /// Those of some rows.
    fn hashes(&self, rows: Range<usize>) -> Vec<u64> {
        match self {
            Self::OfImages { images, hashes } => images[rows].iter().map(|&image| hashes[image as usize]).collect(),
            Self::Small { values, nothing: None, hashes } => {
                values[rows].iter().map(|&value| hashes[value as usize]).collect()
            }
            Self::Small { values, nothing: Some(nothing), hashes } => {
                let last = hashes.len() - 1;
                let rows = values[rows.clone()].iter().zip(&nothing[rows]);
                rows.map(|(&value, &none)| hashes[if none { last } else { value as usize }]).collect()
            }
            Self::Any(columns) => {
                let mut memory = Vec::new();
                rows.map(|row| name_hash(first(columns, row, &mut memory))).collect()
            }
        }
    }
}

/// The texts of a column.
fn texts<'a>(column: &'a Column<'_>) -> PyResult<Vec<&'a [u8]>> {
    let column = column.borrow()?;
    Ok((0..column.len()).map(|row| text(column.cell(row))).collect())
}

fn text(cell: Cell<'_>) -> &[u8] {
    match cell {
        Cell::Text(text) | Cell::Digits(text) => text,
        _ => b"",
    }
}

#[inline]
fn name<'a>(names: &[&'a [u8]], class: i64) -> &'a [u8] {
    usize::try_from(class).ok().and_then(|class| names.get(class)).copied().unwrap_or_default()
}
