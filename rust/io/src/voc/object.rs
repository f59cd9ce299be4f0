//! Reads one object of a file.

use crate::text::{general, quoted};
use crate::voc::element::{Found, children, coordinate, names_of_children, only, optional_text, text};
use crate::voc::xml::Node;

/// The names of the corners, in their order.
const CORNERS: [&str; 4] = ["xmin", "ymin", "xmax", "ymax"];

/// Digits of the number of a point at most.
const LONGEST_NUMBER: usize = 9;

/// An object: its class, and its corners as they are in the file.
pub(crate) struct Object {
    pub name: String,
    pub corners: [f64; 4],
    pub difficult: bool,
    pub from_outline: bool,
    /// That of a detector as it is written; None in annotations.
    pub score: Option<String>,
}

impl Object {
    /// Reads an object. Corners that count from 1 may not lie before the first pixel.
    pub fn read(element: Node<'_>, one_based: bool) -> Found<Self> {
        if element.children().next().is_none() {
            return Err("is empty, expected a name and a bndbox".into());
        }
        let name = text("", element, "name")?.into_owned();
        let difficult = is_difficult(&optional_text(element, "difficult")?)?;
        let bndbox = bndbox_of(element)?;
        if optional_text(element, "deleted")? == "1" {
            return Err("is marked deleted".into());
        }
        let corners = match bndbox {
            Some(bndbox) => corners_in(bndbox)?,
            None => around_outline(element)?,
        };
        if one_based && let Some(at) = corners[..2].iter().position(|&corner| corner < 1.0) {
            let (corner, value) = (CORNERS[at], general(corners[at]));
            return Err(format!("{corner} is {value}, which is before the first pixel, 1: expected one_based=False"));
        }
        let score = ["score", "confidence"].iter().find_map(|tag| children(element, tag).next());
        Ok(Self {
            name,
            corners,
            difficult,
            from_outline: bndbox.is_none(),
            score: score.map(|score| score.text().into_owned()),
        })
    }
}

fn is_difficult(text: &str) -> Found<bool> {
    let is_any_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_any_of(&["", "0", "0.0", "false", "no", "none", "unspecified"]) {
        return Ok(false);
    }
    if is_any_of(&["1", "1.0", "true", "yes"]) {
        return Ok(true);
    }
    Err(format!("difficult is {}, expected 0 or 1", quoted(text)))
}

/// The box of an object, if it has one. Its parts may have their own, which are not read.
fn bndbox_of<'a>(element: Node<'a>) -> Found<Option<Node<'a>>> {
    let of_object = children(element, "bndbox").count();
    if of_object > 1 {
        return Err(format!("has {of_object} bndbox, expected one: make an object of each"));
    }
    let of_parts: usize = children(element, "part").map(|part| children(part, "bndbox").count()).sum();
    if element.count_within("bndbox") > of_object + of_parts {
        return Err("has a bndbox within an element that is no part".into());
    }
    only(element, "bndbox")
}

fn corners_in(bndbox: Node<'_>) -> Found<[f64; 4]> {
    let mut corners = [0.0; 4];
    for (corner, tag) in corners.iter_mut().zip(CORNERS) {
        *corner = coordinate("bndbox", bndbox, tag)?;
    }
    Ok(corners)
}

/// The corners of the box around the points of a polygon: x1, y1, x2, ..., or pt or point elements with x and y.
fn around_outline(element: Node<'_>) -> Found<[f64; 4]> {
    let Some(polygon) = children(element, "polygon").next().filter(|_| children(element, "polygon").count() == 1)
    else {
        let others = names_of_children(element);
        return Err(format!("has no bndbox, only {others}: oriented boxes and boxes of parts are no boxes here"));
    };
    let points = points_of(polygon)?;
    if points.len() < 3 {
        return Err(format!("has no bndbox, and a polygon of {} points, expected 3 or more", points.len()));
    }
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for [x, y] in points {
        bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
    }
    Ok(bounds)
}

fn points_of(polygon: Node<'_>) -> Found<Vec<[f64; 2]>> {
    let elements: Vec<Node> = children(polygon, "pt").chain(children(polygon, "point")).collect();
    if !elements.is_empty() {
        let point = |element| Ok([coordinate("polygon", element, "x")?, coordinate("polygon", element, "y")?]);
        return elements.into_iter().map(point).collect();
    }
    let tags = polygon.children().map(Node::tag);
    let mut numbers: Vec<u32> = tags.filter_map(number_of_point).collect();
    numbers.sort_unstable();
    let side = |side: char, number: u32| coordinate("polygon", polygon, &format!("{side}{number}"));
    numbers.into_iter().map(|number| Ok([side('x', number)?, side('y', number)?])).collect()
}

/// The number of the point whose x an element is.
fn number_of_point(tag: &str) -> Option<u32> {
    let digits = tag.strip_prefix('x').filter(|digits| digits.len() <= LONGEST_NUMBER)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}
