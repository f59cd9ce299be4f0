//! Reads the fields of many records alike.

use crate::json::fault::Syntax;
use crate::json::reader::Reader;

/// Bytes of a lead that are compared at once: more than most have.
const COMPARED: usize = 32;

/// The fields of the record before, in their order.
///
/// Most files write the fields of all records in the same order, so what comes before a value is first compared with what
/// came before it in the last record. Which field `F` a name stands for is asked only where that differs.
pub(crate) struct Fields<F> {
    leads: Vec<Lead<F>>,
}

impl<F> Default for Fields<F> {
    fn default() -> Self {
        Self { leads: Vec::new() }
    }
}

impl<F: Copy> Fields<F> {
    /// Reads an object: calls `read` with the field of each name, and `read` must consume the value.
    #[inline(always)]
    pub fn read<'a, E: From<Syntax>>(
        &mut self,
        reader: &mut Reader<'a>,
        named: impl Fn(&[u8]) -> F,
        mut read: impl FnMut(&mut Reader<'a>, F) -> Result<(), E>,
    ) -> Result<(), E> {
        for place in 0.. {
            let known = self.leads.get(place).and_then(|lead| Some((lead.field, lead.after(reader.rest())?)));
            let field = match known {
                Some((field, rest)) => {
                    reader.move_to(rest);
                    field
                }
                _ if place > 0 && reader.close_object() => break,
                _ => match reader.apart(|reader| self.next(reader, place, &named))? {
                    Some(field) => field,
                    None => break,
                },
            };
            read(reader, field)?;
        }
        Ok(())
    }

    /// Reads what comes before the value in this place, and remembers it; None after the last field.
    #[inline(never)]
    fn next(
        &mut self,
        reader: &mut Reader<'_>,
        place: usize,
        named: &impl Fn(&[u8]) -> F,
    ) -> Result<Option<F>, Syntax> {
        let before = reader.rest();
        let Some(name) = reader.name(place == 0)? else { return Ok(None) };
        let field = named(&name);
        self.leads.truncate(place);
        self.leads.push(Lead::new(&before[..before.len() - reader.rest().len()], field));
        Ok(Some(field))
    }
}

/// What comes before the value of a field: a bracket or comma, the name and a colon.
struct Lead<F> {
    /// The first bytes, zeros behind them, and ones for each.
    first: [u128; 2],
    mask: [u128; 2],
    rest: Box<[u8]>,
    length: usize,
    field: F,
}

impl<F> Lead<F> {
    fn new(text: &[u8], field: F) -> Self {
        let (first, rest) = text.split_at(text.len().min(COMPARED));
        let words = |byte: &dyn Fn(usize) -> u8| {
            let bytes: [u8; COMPARED] = std::array::from_fn(byte);
            halves(&bytes)
        };
        let mask = words(&|at| if at < first.len() { u8::MAX } else { 0 });
        let first = words(&|at| first.get(at).copied().unwrap_or_default());
        Self { first, mask, rest: rest.into(), length: text.len(), field }
    }

    /// What follows it, if a text begins with it; not found out within the last bytes.
    #[inline(always)]
    fn after<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (first, rest) = text.split_first_chunk()?;
        let [one, other] = halves(first);
        let differ = (one ^ self.first[0]) & self.mask[0] | (other ^ self.first[1]) & self.mask[1];
        let begins = differ == 0 && (self.rest.is_empty() || rest.starts_with(&self.rest));
        begins.then(|| &text[self.length..])
    }
}

#[inline(always)]
fn halves(bytes: &[u8; COMPARED]) -> [u128; 2] {
    let (halves, _) = bytes.as_chunks();
    [u128::from_le_bytes(halves[0]), u128::from_le_bytes(halves[1])]
}

#[cfg(test)]
mod tests {
    use super::Fields;
    use crate::json::fault::Syntax;
    use crate::json::reader::Reader;

    /// The last letter and the length of the name of each field, record by record.
    fn told(records: &[&str]) -> Vec<Vec<(u8, usize)>> {
        let mut fields = Fields::default();
        let mut read = |text: &&str| {
            let (mut reader, mut told) = (Reader::at(text.as_bytes(), 0), Vec::new());
            let named = |name: &[u8]| (name.last().copied().unwrap_or_default(), name.len());
            let record = fields.read(&mut reader, named, |reader, field| -> Result<(), Syntax> {
                told.push(field);
                reader.skip()
            });
            assert!(record.is_ok() && reader.finish().is_ok(), "{text}");
            told
        };
        records.iter().map(&mut read).collect()
    }

    #[test]
    fn fields_are_told_whatever_came_before() {
        let long = "n".repeat(40);
        let other = format!("{}m", &long[1..]);
        let records = [
            r#"{"a": 1, "bb": [2, {"c": 3}], "ccc": "d"}"#.to_owned(),
            r#"{"a": 1, "bb": [2, {"c": 3}], "ccc": "d", "a": 4}"#.to_owned(),
            r#"{ "a":1,"ccc":"d","bb":2}"#.to_owned(),
            r#"{"bb": 1}"#.to_owned(),
            "{}".to_owned(),
            format!(r#"{{"a": 1, "{long}": 2, "bb": 3}}"#),
            format!(r#"{{"a": 1, "{long}": 2, "bb": 3}}"#),
            format!(r#"{{"a": 1, "{other}": 2, "bb": 3}}"#),
            r#"{"a": 1, "\u0062b": 2, "bb": 3}"#.to_owned(),
        ];
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        let alone: Vec<_> = records.iter().flat_map(|record| told(&[record])).collect();
        assert_eq!(alone[1], [(b'a', 1), (b'b', 2), (b'c', 3), (b'a', 1)]);
        assert_eq!(told(&records), alone);
        assert_eq!(alone[8][1], (b'b', 2));
    }
}
