//! Elements of XML by their names without namespaces, their texts, and the numbers in these.

use boxlint_core::COORDINATE_LIMIT;
use roxmltree::Node;

use crate::text::{general, is_space, number, quoted};

/// An element, or what is expected of it and what was found.
pub(crate) type Found<T> = Result<T, String>;

/// The elements of a name directly in another.
pub(crate) fn children<'a>(parent: Node<'a, 'a>, tag: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    parent.children().filter(move |child| child.is_element() && child.tag_name().name() == tag)
}

/// How many elements of a name there are in another, at any depth.
pub(crate) fn count_within(parent: Node<'_, '_>, tag: &str) -> usize {
    parent.descendants().filter(|node| node.is_element() && node.tag_name().name() == tag).count()
}

/// An element that may occur once.
pub(crate) fn only<'a>(parent: Node<'a, 'a>, tag: &'a str) -> Found<Option<Node<'a, 'a>>> {
    let mut found = children(parent, tag);
    let first = found.next();
    match found.count() {
        0 => Ok(first),
        more => Err(format!("has {} {tag}, expected one", more + 1)),
    }
}

/// The text of an element that may occur once, without the white space around it; empty if there is none.
pub(crate) fn optional_text(parent: Node<'_, '_>, tag: &str) -> Found<String> {
    Ok(only(parent, tag)?.map(text_of).map_or_else(String::new, |text| text.trim_matches(is_space).to_owned()))
}

/// The text of an element that must be there; `at` is what its parent is called, if that is not plain.
pub(crate) fn text(at: &str, parent: Node<'_, '_>, tag: &str) -> Found<String> {
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
pub(crate) fn coordinate(at: &str, parent: Node<'_, '_>, tag: &str) -> Found<f64> {
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
pub(crate) fn names_of_children(parent: Node<'_, '_>) -> String {
    let names = parent.children().filter(Node::is_element).map(|child| child.tag_name().name());
    names.collect::<Vec<_>>().join(", ")
}

/// What an element holds before the first element in it.
pub(crate) fn text_of(element: Node<'_, '_>) -> String {
    element
        .children()
        .take_while(|child| !child.is_element())
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect()
}
