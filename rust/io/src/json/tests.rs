//! A document is the same through a window of any size, and so is what is wrong with it.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use crate::error::Error;
use crate::json::document::{Document, Records};
use crate::json::fault::{Flaw, required};
use crate::json::fields::Fields;
use crate::json::reader::Reader;
use crate::record::List;
use crate::source::Source;

/// Names and values of records.
#[derive(Default)]
struct Rows(Vec<(String, f64)>, Fields<&'static str>);

impl Records for Rows {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Flaw> {
        let (mut name, mut value) = (None, None);
        let named = |name: &[u8]| match name {
            b"name" => "name",
            b"value" => "value",
            _ => "",
        };
        self.1.read(reader, named, |reader, field| -> Result<(), Flaw> {
            match field {
                "name" => name = Some(reader.string("name")?.into_owned()),
                "value" => value = Some(reader.number("value")?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        self.0.push((required(name, "name")?, required(value, "value")?));
        Ok(())
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn append(&mut self, later: Self) {
        self.0.extend(later.0);
    }
}

/// Everything that reading tells: rows, unreadable records, the error.
fn told(text: &[u8], window: usize) -> String {
    let mut packed = GzEncoder::new(Vec::new(), Compression::none());
    packed.write_all(text).unwrap();
    let packed = packed.finish().unwrap();
    // What is packed comes through a window; plain bytes are in memory as they are.
    let bytes = if window == usize::MAX { text } else { &packed };
    let mut rows = Vec::new();
    let mut read = || -> Result<(), Error> {
        let mut document = Document::with_window(Source::Bytes { name: "file", bytes }, window)?;
        document.object(|document, name| {
            if name != b"rows" || !document.at_list()? {
                return document.skip();
            }
            let list = document.list(Rows::default)?;
            rows.push((
                list.parts.into_iter().flat_map(|part| part.0).collect::<Vec<_>>(),
                list.unreadable.findings(List::Images).map(|finding| finding.to_string()).collect::<Vec<_>>(),
            ));
            Ok(())
        })?;
        document.finish()
    };
    let error = read().err().map(|error| error.to_string());
    format!("{rows:?} {error:?}")
}

fn token() -> impl Strategy<Value = String> {
    let record = (".{0,6}", any::<f32>(), "[ \n]{0,3}").prop_map(|(name, value, space)| {
        let name = serde_json::to_string(&name).unwrap();
        let value = if value.is_finite() { value.to_string() } else { "Infinity".to_owned() };
        format!(r#"{{"name":{space}{name}, "mask": [[1, 2.5{space}], {{"a": "}}, {{"}}], "value": {value}{space}}}"#)
    });
    let other = prop::sample::select(vec!["12", "-1.5e3", "true", "null", "\"\\u00e9é\"", "[]", "{}", "[1, [2]]"]);
    prop_oneof![8 => record, 1 => other.prop_map(str::to_owned)]
}

fn text() -> impl Strategy<Value = String> {
    let list = proptest::collection::vec(token(), 0..6).prop_map(|items| format!("[{}]", items.join(", \n")));
    let name = prop::sample::select(vec!["rows", "more"]);
    let fields = proptest::collection::vec((name, prop_oneof![3 => list, 1 => token()]), 0..4);
    fields.prop_map(|fields| {
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        format!(" {{{}}}\n ", fields.join(","))
    })
}

proptest! {
    #[test]
    fn a_document_is_the_same_through_any_window(text in text(), window in 4..300_usize) {
        prop_assert_eq!(told(text.as_bytes(), window), told(text.as_bytes(), usize::MAX));
    }

    #[test]
    fn a_fault_is_the_same_through_any_window(
        text in text(),
        window in 4..300_usize,
        at in any::<prop::sample::Index>(),
        byte in prop::sample::select(b"\"\\{}[],:0-.eNI\n\x80\xc3".as_slice()),
        rest in any::<bool>(),
    ) {
        let mut text = text.into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        text.truncate(if rest { text.len() } else { at + 1 });
        prop_assert_eq!(told(&text, window), told(&text, usize::MAX));
    }
}

#[test]
fn a_syntax_error_far_behind_the_first_window_has_its_line_and_column() {
    let text = format!("{{\"rows\": [\n{}{{\"name\": tru}}]}}", "{\"name\": \"é\", \"value\": 1},\n".repeat(99));
    for window in [16, 50, 1000] {
        assert!(told(text.as_bytes(), window).ends_with("Some(\"file:101:10: expected a value, found 't'\")"));
    }
}
