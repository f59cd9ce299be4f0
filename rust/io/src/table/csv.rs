//! Rows as CSV: cells between commas, in quotes where they need them, and a line feed after each row.

use std::ops::Range;

use crate::table::column::{Cell, TableColumn};
use crate::table::number::{write_float, write_int};

/// Adds the names of the columns.
///
/// ```
/// let mut out = Vec::new();
/// boxlint_io::write_csv_head(&mut out, &["a", "b,c"]);
/// assert_eq!(out, b"a,\"b,c\"\n");
/// ```
pub fn write_csv_head(out: &mut Vec<u8>, names: &[&str]) {
    write_row(out, names.iter().map(|name| Cell::Text(name.as_bytes())));
}

/// Adds some rows; a cell for which there is nothing is empty.
///
/// ```
/// use boxlint_io::{TableColumn, write_csv_rows};
///
/// let columns = [
///     TableColumn::Ints { values: &[1, 2], nothing: Some(&[false, true]) },
///     TableColumn::Floats { values: &[0.5, 1e-7], nothing: None },
/// ];
/// let mut out = Vec::new();
/// write_csv_rows(&mut out, &columns, 0..2);
/// assert_eq!(out, b"1,0.5\n,1e-07\n");
/// ```
pub fn write_csv_rows(out: &mut Vec<u8>, columns: &[TableColumn<'_>], rows: Range<usize>) {
    for row in rows {
        write_row(out, columns.iter().map(|column| column.cell(row)));
    }
}

fn write_row<'a>(out: &mut Vec<u8>, cells: impl ExactSizeIterator<Item = Cell<'a>>) {
    let alone = cells.len() == 1;
    let start = out.len();
    for cell in cells {
        match cell {
            Cell::Nothing => {}
            Cell::Int(int) => write_int(out, int),
            Cell::Float(float) => write_float(out, float),
            Cell::Text(text) | Cell::Digits(text) => write_text(out, text),
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

fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    if !text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for part in text.split_inclusive(|&byte| byte == b'"') {
        out.extend_from_slice(part);
        if part.ends_with(b"\"") {
            out.push(b'"');
        }
    }
    out.push(b'"');
}
