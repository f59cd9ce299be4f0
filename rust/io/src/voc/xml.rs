//! Elements of plain XML: their names, the text before the first element in them, and what lies in what.
//!
//! Only what annotation tools write is taken: UTF-8 without namespaces, document types, CDATA or processing instructions.
//! Anything else is left to a parser of all XML, and so is what is no XML, without saying what is wrong with it.

use std::borrow::Cow;

use crate::text::position;

/// An element, before those that lie in it.
struct Element<'a> {
    tag: &'a str,
    /// What is written before the first element in it, with references and line ends as they are in the file.
    text: &'a str,
    /// Where the elements that lie in it end.
    end: usize,
}

/// The elements of a document in their order.
pub(crate) struct Document<'a> {
    elements: Vec<Element<'a>>,
    /// Whether all texts stand for themselves: there are no references, no returns, and no `]]>`.
    is_literal: bool,
}

/// One element of a document.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    document: &'a Document<'a>,
    at: usize,
}

impl<'a> Document<'a> {
    /// Reads a document; None if it is more than plain XML, or none.
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (mut has_control, mut is_literal) = (false, true);
        for byte in text.bytes() {
            has_control |= byte < b' ' && !is_space(byte);
            is_literal &= byte != b'&' && byte != b']' && byte != b'\r';
        }
        if has_control || !text.is_ascii() && text.contains(['\u{fffe}', '\u{ffff}']) {
            return None;
        }
        let mut reader = Reader { rest: text, is_literal };
        if text.starts_with("<?xml") {
            reader.declaration()?;
        }
        reader.skip_comments()?;
        let elements = reader.elements()?;
        reader.skip_comments()?;
        reader.rest.is_empty().then_some(Self { elements, is_literal })
    }

    /// The outermost element.
    pub fn root(&'a self) -> Node<'a> {
        Node { document: self, at: 0 }
    }
}

impl<'a> Node<'a> {
    fn element(self) -> &'a Element<'a> {
        &self.document.elements[self.at]
    }

    /// The name of the element.
    pub fn tag(self) -> &'a str {
        self.element().tag
    }

    /// What is written before the first element in it.
    pub fn text(self) -> Cow<'a, str> {
        let text = self.element().text;
        if self.document.is_literal || !text.contains(['&', '\r']) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(with_references(&text.replace("\r\n", "\n").replace('\r', "\n")).unwrap_or_default())
    }

    /// The elements directly in it.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let end = self.element().end;
        let first = Some(Self { at: self.at + 1, ..self }).filter(|child| child.at < end);
        let after = move |child: &Self| Some(Self { at: child.element().end, ..*child }).filter(|next| next.at < end);
        std::iter::successors(first, after)
    }

    /// How many elements of a name there are in it, at any depth.
    pub fn count_within(self, tag: &str) -> usize {
        let within = &self.document.elements[self.at + 1..self.element().end];
        within.iter().filter(|element| element.tag == tag).count()
    }
}

/// What is left of a text.
struct Reader<'a> {
    rest: &'a str,
    /// As in [`Document`].
    is_literal: bool,
}

impl<'a> Reader<'a> {
    /// The next byte.
    fn next(&self) -> Option<u8> {
        self.rest.bytes().next()
    }

    /// What comes before the first byte of which `ends` is true; all, if there is none.
    fn until(&mut self, ends: impl Fn(u8) -> bool) -> &'a str {
        let end = self.rest.bytes().position(ends).unwrap_or(self.rest.len());
        let (before, rest) = self.rest.split_at(end);
        self.rest = rest;
        before
    }

    /// Moves past `what`, which must come next.
    fn pass(&mut self, what: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(what)?;
        Some(())
    }

    /// The name that comes next.
    fn name(&mut self) -> Option<&'a str> {
        let may_end = |byte: u8| !matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | 0x80..=0xbf);
        let (name, rest) = self.rest.split_at(position(self.rest, 0, may_end, |character| !is_in_name(character)));
        self.rest = rest;
        name.starts_with(begins_name).then_some(name)
    }

    /// The attributes of a tag, each after white space.
    fn attributes(&mut self) -> Option<Vec<(&'a str, &'a str)>> {
        let mut attributes = Vec::new();
        while !self.until(|byte| !is_space(byte)).is_empty() && !matches!(self.next(), Some(b'>' | b'/' | b'?')) {
            let name = self.name()?;
            self.until(|byte| !is_space(byte));
            self.pass("=")?;
            self.until(|byte| !is_space(byte));
            let quote = self.next().filter(|quote| matches!(quote, b'"' | b'\''))?;
            self.rest = &self.rest[1..];
            let value = self.until(|byte| byte == quote || matches!(byte, b'<' | b'&'));
            if self.next() != Some(quote) || name == "xmlns" {
                return None;
            }
            self.rest = &self.rest[1..];
            if attributes.iter().any(|&(other, _)| other == name) {
                return None;
            }
            attributes.push((name, value));
        }
        Some(attributes)
    }

    /// The declaration of a document in UTF-8.
    fn declaration(&mut self) -> Option<()> {
        self.pass("<?xml")?;
        let attributes = self.attributes()?;
        let is_utf8 = |encoding: &str| encoding.eq_ignore_ascii_case("utf-8");
        let is_known = match attributes.as_slice() {
            [("version", "1.0")] | [("version", "1.0"), ("standalone", "yes" | "no")] => true,
            [("version", "1.0"), ("encoding", encoding)] => is_utf8(encoding),
            [("version", "1.0"), ("encoding", encoding), ("standalone", "yes" | "no")] => is_utf8(encoding),
            _ => false,
        };
        self.pass("?>").filter(|()| is_known)
    }

    /// Passes over comments and the white space around them.
    fn skip_comments(&mut self) -> Option<()> {
        self.until(|byte| !is_space(byte));
        while self.rest.starts_with("<!--") {
            self.skip_comment()?;
            self.until(|byte| !is_space(byte));
        }
        Some(())
    }

    fn skip_comment(&mut self) -> Option<()> {
        self.pass("<!--")?;
        self.rest = self.rest.split_once("--")?.1;
        self.pass(">")
    }

    /// The next element and all that lie in it.
    fn elements(&mut self) -> Option<Vec<Element<'a>>> {
        let mut elements: Vec<Element> = Vec::with_capacity(self.rest.len() / 32);
        let mut open = Vec::new();
        loop {
            let after = self.rest.as_bytes().get(1)?;
            if *after == b'!' {
                self.skip_comment()?;
            } else if *after == b'/' {
                self.pass("</")?;
                let at = open.pop()?;
                let end = elements.len();
                let element: &mut Element = &mut elements[at];
                self.pass(element.tag)?;
                self.until(|byte| !is_space(byte));
                self.pass(">")?;
                element.end = end;
            } else {
                self.pass("<")?;
                let tag = self.name()?;
                if self.next() != Some(b'>') {
                    self.attributes()?;
                }
                let is_empty = self.pass("/").is_some();
                self.pass(">")?;
                let end = elements.len() + 1;
                if !is_empty {
                    open.push(elements.len());
                }
                elements.push(Element { tag, text: "", end });
            }
            let Some(&at) = open.last() else { return Some(elements) };
            self.note_text(at, &mut elements)?;
        }
    }

    /// Takes the text that comes next, in the element `at`.
    fn note_text(&mut self, at: usize, elements: &mut [Element<'a>]) -> Option<()> {
        let text = self.until(|byte| byte == b'<');
        if !self.is_literal && (text.contains("]]>") || with_references(text).is_none()) {
            return None;
        }
        if at + 1 == elements.len() {
            let element = &mut elements[at];
            if !element.text.bytes().all(is_space) {
                return None; // a comment in the middle of it
            }
            element.text = text;
        }
        Some(())
    }
}

/// A text with the characters that its references stand for; None if one is unknown.
fn with_references(text: &str) -> Option<String> {
    let mut parts = text.split('&');
    let mut read = parts.next()?.to_owned();
    for part in parts {
        let (name, after) = part.split_once(';')?;
        read.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => numbered(name)?,
        });
        read.push_str(after);
    }
    Some(read)
}

/// The character of a reference by number, such as `#65` or `#x41`.
fn numbered(name: &str) -> Option<char> {
    let digits = name.strip_prefix('#')?;
    let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |digits| (digits, 16));
    let number = u32::from_str_radix(Some(digits).filter(|digits| !digits.starts_with('+'))?, radix).ok()?;
    char::from_u32(number).filter(|&read| matches!(read, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..))
}

/// Whether a name may begin so. Colons are left out: they divide names of namespaces.
fn begins_name(character: char) -> bool {
    if character.is_ascii() {
        return matches!(character, 'A'..='Z' | 'a'..='z' | '_');
    }
    matches!(character,
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn is_in_name(character: char) -> bool {
    begins_name(character)
        || matches!(character, '0'..='9' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::Document;

    fn shown(text: &str) -> Option<String> {
        let document = Document::parse(text)?;
        let root = document.root();
        let children: Vec<_> = root.children().map(|child| format!("{}={:?}", child.tag(), child.text())).collect();
        Some(format!("{} {:?} {}", root.tag(), root.text(), children.join(" ")))
    }

    #[test]
    fn plain_documents_are_read() {
        for (text, expected) in [
            ("<a>x</a>", "a \"x\" "),
            ("\u{feff}<?xml version=\"1.0\" encoding='UTF-8'?>\n<!-- b --><a/>\n<!--c-->", "a \"\" "),
            ("<a k='1' l = \"2\" ><b/>c<d>e</d ></a>", "a \"\" b=\"\" d=\"e\""),
            ("<a>\r\n1&lt;&#x32;&amp;&#51;\r</a>", "a \"\\n1<2&3\\n\" "),
            ("<a>\n<!-- b -->c<d/>e</a>", "a \"c\" d=\"\""),
            ("<a><狗·1>x</狗·1></a>", "a \"\" 狗·1=\"x\""),
            ("<a><b><b>1</b></b><c>2</c></a>", "a \"\" b=\"\" c=\"2\""),
        ] {
            assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
        }
        let nested = Document::parse("<a><b><b/><c/></b><b/></a>").expect("plain XML");
        assert_eq!((nested.root().count_within("b"), nested.root().count_within("a")), (3, 0));
    }

    #[test]
    fn anything_else_is_left_to_a_parser_of_all_xml() {
        #[rustfmt::skip]
        let texts = [
            "", " ", "a", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a/>b", "b<a/>", "<a></a", "<a", "< a/>", "<1/>",
            "<a>]]></a>", "<!DOCTYPE a><a/>", "<a><?b?></a>", "<a><![CDATA[b]]></a>", "<x:a/>", "<a xmlns='b'/>",
            "<×/>", "<a b/>", "<a b=c/>", "<a b='1'c='2'/>", "<a b='1' b='2'/>", "<a b='<'/>", "<a b='&lt;'/>",
            "<a b='1/>", "<a>&b;</a>", "<a>&</a>", "<a>&#0;</a>", "<a>&#+65;</a>", "<a>&#xd800;</a>",
            "<a>&#xffff;</a>", "<a>b\u{1}</a>", "<a>\u{ffff}</a>", "<a><!-- -- --></a>", "<a><!--></a>",
            "<a>b<!-- -->c</a>", " <?xml version='1.0'?><a/>", "<?xml version='1.1'?><a/>",
            "<?xml encoding='utf-8'?><a/>", "<?xml version='1.0' encoding='gbk'?><a/>", "<?xml version='1.0'><a/>",
            "<?xml?><a/>", "<a / >", "<a/ >",
        ];
        for text in texts {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
