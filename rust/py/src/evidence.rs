//! The sentences and the ids of issues, from the columns of their table.

use boxlint_core::check::{IssueNames, Kind, Reason, SeenBy, issue_id, name_hash};
use boxlint_guard::guarded;
use boxlint_io::{Cell, TableColumn};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::table::{Column, MadeTexts, made, made_of_16};

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
    /// Which image it is.
    image_index: Vector<'py, u32>,
    /// What names the image and the annotation: the first column that has something.
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
    let (given_box, suggested_box) = (sides(&identity.given_box)?, sides(&identity.suggested_box)?);
    let kind_hashes = Kind::NAMES.map(|kind| name_hash(kind.as_bytes()));
    let class_hashes: Vec<_> = names.iter().map(|name| name_hash(name)).collect();
    let nothing = name_hash(b"");
    let image = NameHashes::of_images(identity.image_index.as_slice()?, &image);
    let annotation = NameHashes::of(&annotation);
    let class_hash = |class: i64| usize::try_from(class).map_or(nothing, |class| class_hashes[class]);
    made_of_16(py, kinds.len(), |rows, out| {
        let mut memory = Vec::new();
        for (row, out) in rows.zip(out) {
            let names = IssueNames {
                image: image.hash(row, &mut memory),
                kind: kind_hashes[usize::from(kinds[row])],
                annotation: annotation.hash(row, &mut memory),
                given: class_hash(given[row]),
                suggested: class_hash(suggested[row]),
            };
            let missing = usize::from(kinds[row]) == Kind::Missing as usize;
            let corners = if missing { suggested_box } else { given_box }.map(|side| side[row]);
            *out = digits(issue_id(&names, corners));
        }
    })
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
        hashes: Vec<u64>,
    },
    /// The integers, where there is none, the hash of each up to the largest, and that of none.
    Small {
        values: &'a [i64],
        nothing: Option<&'a [bool]>,
        hashes: Vec<u64>,
        of_nothing: u64,
    },
    Any(&'a [TableColumn<'a>]),
}

impl<'a> NameHashes<'a> {
    /// Those of images, unless there are more images than rows.
    fn of_images(images: &'a [u32], columns: &'a [TableColumn<'a>]) -> Self {
        let count = images.iter().max().map_or(0, |&last| last as usize + 1);
        if count > images.len() {
            return Self::Any(columns);
        }
        let (mut memory, mut hashes) = (Vec::new(), vec![None; count]);
        for (row, &image) in images.iter().enumerate() {
            hashes[image as usize].get_or_insert_with(|| name_hash(first(columns, row, &mut memory)));
        }
        Self::OfImages { images, hashes: hashes.into_iter().map(Option::unwrap_or_default).collect() }
    }

    fn of(columns: &'a [TableColumn<'a>]) -> Self {
        if let &[TableColumn::Ints { values, nothing }] = columns {
            let known = |row: usize| nothing.is_none_or(|nothing| !nothing[row]);
            let mut numbers = (0..values.len()).filter(|&row| known(row)).map(|row| values[row]);
            let most = numbers.try_fold(0, |most, number| (number >= 0).then_some(most.max(number)));
            if let Some(most) = most.filter(|&most| most < values.len() as i64) {
                let hashes = (0..=most).map(|number| name_hash(number.to_string().as_bytes()));
                return Self::Small { values, nothing, hashes: hashes.collect(), of_nothing: name_hash(b"") };
            }
        }
        Self::Any(columns)
    }

    #[inline]
    fn hash(&self, row: usize, memory: &mut Vec<u8>) -> u64 {
        match self {
            Self::OfImages { images, hashes } => hashes[images[row] as usize],
            Self::Small { values, nothing, hashes, of_nothing } => {
                if nothing.is_some_and(|nothing| nothing[row]) {
                    *of_nothing
                } else {
                    hashes[values[row] as usize]
                }
            }
            Self::Any(columns) => name_hash(first(columns, row, memory)),
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
