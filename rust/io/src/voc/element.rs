//! Elements of XML by their names, their texts, and the numbers in these.

use std::borrow::Cow;

use boxlint_core::COORDINATE_LIMIT;

use crate::text::{general, number, quoted, trimmed};
use crate::voc::xml::Node;

/// An element, or what is expected of it and what was found.
pub(crate) type Found<T> = Result<T, String>;

/// The elements of a name directly in another.
pub(crate) fn children<'a>(parent: Node<'a>, tag: &'a str) -> impl Iterator<Item = Node<'a>> {
    parent.children().filter(move |child| child.tag() == tag)
}

/// An element that may occur once.
pub(crate) fn only<'a>(parent: Node<'a>, tag: &'a str) -> Found<Option<Node<'a>>> {
    let mut found = children(parent, tag);
    let first = found.next();
    match found.count() {
        0 => Ok(first),
        more => Err(format!("has {} {tag}, expected one", more + 1)),
    }
}

/// The text of an element that may occur once, without the white space around it; empty if there is none.
pub(crate) fn optional_text<'a>(parent: Node<'a>, tag: &'a str) -> Found<Cow<'a, str>> {
    Ok(match only(parent, tag)?.map(Node::text) {
        Some(Cow::Borrowed(text)) => Cow::Borrowed(trimmed(text)),
        Some(Cow::Owned(text)) => Cow::Owned(trimmed(&text).to_owned()),
        None => Cow::Borrowed(""),
    })
}

/// The text of an element that must be there; `at` is what its parent is called, if that is not plain.
pub(crate) fn text<'a>(at: &str, parent: Node<'a>, tag: &'a str) -> Found<Cow<'a, str>> {
    let text = optional_text(parent, tag)?;
    if !text.is_empty() {
        return Ok(text);
    }
    let others = names_of_children(parent);
    let is_there = children(parent, tag).next().is_some();
    let only = if at.is_empty() || is_there || others.is_empty() { String::new() } else { format!(", only {others}") };
    let space = if at.is_empty() { "" } else { " " };
    Err(format!("{at}{space}has no {tag}{only}"))
}

/// The number in an element that must be there.
pub(crate) fn coordinate(at: &str, parent: Node<'_>, tag: &str) -> Found<f64> {
    let text = text(at, parent, tag)?;
    match number(&text) {
        Some(value) if value.abs() <= COORDINATE_LIMIT => Ok(value),
        _ => {
            let point = if text.contains(',') { " with a decimal point" } else { "" };
            let (found, limit) = (quoted(&text), general(COORDINATE_LIMIT));
            Err(format!("{at}: {tag} is {found}, expected a finite number up to {limit}{point}"))
        }
    }
}

/// The names of the elements in another, in their order.
pub(crate) fn names_of_children(parent: Node<'_>) -> String {
    parent.children().map(Node::tag).collect::<Vec<_>>().join(", ")
}
