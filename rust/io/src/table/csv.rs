//! Rows as CSV: cells between commas, in quotes where they need them, and a line feed after each row.

use std::ops::Range;

use crate::table::column::{Cell, TableColumn};
use crate::table::number::{write_float, write_int};

/// What becomes of texts that a spreadsheet would run as a formula, such as the name of an image that begins with `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formulas {
    /// An apostrophe stands before them, which makes a spreadsheet show them.
    Disarmed,
    /// They are written as they are.
    Kept,
}

/// Adds the names of the columns.
///
/// ```
/// use boxlint_io::{Formulas, write_csv_head};
///
/// let mut out = Vec::new();
/// write_csv_head(&mut out, &["a", "b,c"], Formulas::Disarmed);
/// assert_eq!(out, b"a,\"b,c\"\n");
/// ```
pub fn write_csv_head(out: &mut Vec<u8>, names: &[&str], formulas: Formulas) {
    write_row(out, names.iter().map(|name| Cell::Text(name.as_bytes())), formulas);
}

/// Adds some rows; a cell for which there is nothing is empty.
///
/// ```
/// use boxlint_io::{Formulas, TableColumn, write_csv_rows};
///
/// let columns = [
///     TableColumn::Ints { values: &[1, 2], nothing: Some(&[false, true]) },
///     TableColumn::Floats { values: &[0.5, 1e-7], nothing: None },
/// ];
/// let mut out = Vec::new();
/// write_csv_rows(&mut out, &columns, 0..2, Formulas::Disarmed);
/// assert_eq!(out, b"1,0.5\n,1e-07\n");
/// ```
pub fn write_csv_rows(out: &mut Vec<u8>, columns: &[TableColumn<'_>], rows: Range<usize>, formulas: Formulas) {
    for row in rows {
        write_row(out, columns.iter().map(|column| column.cell(row)), formulas);
    }
}

fn write_row<'a>(out: &mut Vec<u8>, cells: impl ExactSizeIterator<Item = Cell<'a>>, formulas: Formulas) {
    let alone = cells.len() == 1;
    let start = out.len();
    for cell in cells {
        match cell {
            Cell::Nothing => {}
            Cell::Int(int) => write_int(out, int),
            Cell::Float(float) => write_float(out, float),
            Cell::Text(text) => write_text(out, text, formulas == Formulas::Disarmed && is_formula(text)),
            Cell::Digits(digits) => out.extend_from_slice(digits),
        }
        out.push(b',');
    }
    // The last comma makes room for the line feed; a reader would skip a line without anything.
    if out.len() > start {
        out.pop();
    }
    if alone && out.len() == start {
        out.extend_from_slice(b"\"\"");
    }
    out.push(b'\n');
}

/// Whether a spreadsheet may run a text: the characters that OWASP lists for CSV injection, also those of full width.
fn is_formula(text: &[u8]) -> bool {
    matches!(text, [b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n', ..])
        || ["\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}"].iter().any(|first| text.starts_with(first.as_bytes()))
}

fn write_text(out: &mut Vec<u8>, text: &[u8], is_formula: bool) {
    let quote: &[u8] = if is_formula { b"'" } else { b"" };
    if !text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.extend_from_slice(quote);
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(quote);
    for part in text.split_inclusive(|&byte| byte == b'"') {
        out.extend_from_slice(part);
        if part.ends_with(b"\"") {
            out.push(b'"');
        }
    }
    out.push(b'"');
}
