//! Rows as JSON: a list of objects, one a line, in ASCII.

use std::io::Write;
use std::ops::Range;

use crate::table::column::{Cell, TableColumn};
use crate::table::number::{write_float, write_int};

/// Adds some rows, each after a line feed; a comma stands before all but the first row of the table, row `first`.
///
/// ```
/// use boxlint_io::{TableColumn, write_json_rows};
///
/// let columns = [("a", TableColumn::Ints { values: &[1, 2], nothing: Some(&[false, true]) })];
/// let mut out = Vec::new();
/// write_json_rows(&mut out, &columns, 0..2, Some(0));
/// assert_eq!(out, b"\n{\"a\": 1},\n{\"a\": null}");
/// ```
pub fn write_json_rows(
    out: &mut Vec<u8>,
    columns: &[(&str, TableColumn<'_>)],
    rows: Range<usize>,
    first: Option<usize>,
) {
    let keys: Vec<_> = columns.iter().enumerate().map(|(number, (name, _))| key(number, name)).collect();
    for row in rows {
        out.extend_from_slice(if first == Some(row) { b"\n{" } else { b",\n{" });
        for (key, (_, column)) in keys.iter().zip(columns) {
            out.extend_from_slice(key);
            match column.cell(row) {
                Cell::Nothing => out.extend_from_slice(b"null"),
                Cell::Int(int) => write_int(out, int),
                Cell::Float(float) => write_float(out, float),
                Cell::Digits(digits) => out.extend_from_slice(digits),
                Cell::Text(text) => write_text(out, text),
            }
        }
        out.push(b'}');
    }
}

/// What stands before the values of a column.
fn key(number: usize, name: &str) -> Vec<u8> {
    let mut key = if number == 0 { Vec::new() } else { b", ".to_vec() };
    write_text(&mut key, name.as_bytes());
    key.extend_from_slice(b": ");
    key
}

fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    if text.iter().all(|&byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
        out.extend_from_slice(text);
    } else {
        String::from_utf8_lossy(text).chars().for_each(|char| write_char(out, char));
    }
    out.push(b'"');
}

fn write_char(out: &mut Vec<u8>, char: char) {
    let short = match char {
        '"' => b'"',
        '\\' => b'\\',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        ' '..='~' => {
            out.push(char as u8);
            return;
        }
        _ => {
            for unit in char.encode_utf16(&mut [0; 2]) {
                // Writing to memory cannot fail.
                write!(out, "\\u{unit:04x}").ok();
            }
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}
