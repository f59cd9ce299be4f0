//! The sentences and the ids of issues, from the columns of their table.

use std::borrow::Cow;

use boxlint_core::check::{Kind, Reason, issue_id};
use boxlint_io::{Cell, TableColumn};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::table::{Column, MadeTexts, made};

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
}

/// For each row why it is there: see [`Reason`].
#[pyfunction]
pub(crate) fn reasons(py: Python<'_>, evidence: Evidence<'_>) -> PyResult<MadeTexts> {
    let kinds = evidence.kind.as_slice()?;
    let (names, kept) = (evidence.class_names.borrow()?, borrowed(&evidence.kept)?);
    let [given, suggested, kept_class] = [&evidence.given_class, &evidence.suggested_class, &evidence.kept_class];
    let (given, suggested, kept_class) = (given.as_slice()?, suggested.as_slice()?, kept_class.as_slice()?);
    let [score, iou, detectability] = [&evidence.score, &evidence.iou, &evidence.detectability];
    let (score, iou, detectability) = (score.as_slice()?, iou.as_slice()?, detectability.as_slice()?);
    made(py, kinds.len(), |row, out| {
        let kept = if kept_class[row] < 0 { Cow::default() } else { first(&kept, row) };
        let reason = Reason {
            kind: kind(kinds[row]),
            given: &name(&names, given[row]),
            suggested: &name(&names, suggested[row]),
            kept: &String::from_utf8_lossy(&kept),
            kept_class: &name(&names, kept_class[row]),
            score: score[row],
            iou: iou[row],
            detectability: detectability[row],
        };
        reason.write(out);
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
    /// What names the image and the annotation: the first column that has something.
    image: Vec<Column<'py>>,
    annotation: Vec<Column<'py>>,
    /// The corners of the annotation, or of the missing object.
    corners: PyReadonlyArray2<'py, f64>,
}

/// For each row 16 hex digits: see [`issue_id`].
#[pyfunction]
pub(crate) fn issue_ids(py: Python<'_>, identity: Identity<'_>) -> PyResult<MadeTexts> {
    let kinds = identity.kind.as_slice()?;
    let names = identity.class_names.borrow()?;
    let (given, suggested) = (identity.given_class.as_slice()?, identity.suggested_class.as_slice()?);
    let (image, annotation) = (borrowed(&identity.image)?, borrowed(&identity.annotation)?);
    let corners = identity.corners.as_slice()?.as_chunks().0;
    made(py, kinds.len(), |row, out| {
        let classes = [given[row], suggested[row]].map(|class| name_bytes(&names, class));
        let (image, annotation) = (first(&image, row), first(&annotation, row));
        let id = issue_id(&image, kind(kinds[row]), &annotation, [&classes[0], &classes[1]], corners[row]);
        out.extend((0..16).rev().map(|digit| char::from(b"0123456789abcdef"[(id >> (4 * digit)) as usize & 15])));
    })
}

fn borrowed<'a>(columns: &'a [Column<'_>]) -> PyResult<Vec<TableColumn<'a>>> {
    columns.iter().map(Column::borrow).collect()
}

fn kind(number: u8) -> Kind {
    Kind::ALL[usize::from(number)]
}

/// The text of the first column that has one.
fn first<'a>(columns: &[TableColumn<'a>], row: usize) -> Cow<'a, [u8]> {
    columns.iter().find_map(|column| column.cell(row).text()).unwrap_or_default()
}

fn name_bytes<'a>(names: &TableColumn<'a>, class: i64) -> Cow<'a, [u8]> {
    usize::try_from(class).map_or(Cell::Nothing, |class| names.cell(class)).text().unwrap_or_default()
}

fn name<'a>(names: &TableColumn<'a>, class: i64) -> Cow<'a, str> {
    match name_bytes(names, class) {
        Cow::Borrowed(name) => String::from_utf8_lossy(name),
        Cow::Owned(name) => Cow::Owned(String::from_utf8_lossy(&name).into_owned()),
    }
}
