//! Detections that carry names beside their numbers: of their class, or in lists of their own file. The names say what
//! the numbers mean; if that is not what they mean among the annotations, the names count.

use std::collections::HashSet;

use crate::coco::boxes::BoxRecords;
use crate::coco::join_key::base_name;
use crate::coco::listed::{Classes, Images};
use crate::coco::lookup::{Lookup, NOWHERE};
use crate::ids::{Id, Ids};
use crate::json::document::Records;
use crate::names::Names;

/// Replaces the category ids of detections by the names that the file gives them, if an id means something else among
/// `classes` and any of the names is known there.
pub(crate) fn prefer_class_names(parts: &mut [BoxRecords], own: Option<&Classes>, classes: &Classes) {
    if let Some(own) = own {
        let lookup = Lookup::new(&own.ids);
        for part in parts.iter_mut().filter(|part| part.class_name.len() < part.len()) {
            part.class_name = names(&part.category, &lookup, &own.names).unwrap_or_default();
        }
    }
    if parts.iter().any(|part| part.class_name.len() < part.len()) {
        return;
    }
    let lookup = Lookup::new(&classes.ids);
    let known = Lookup::of(classes.names.iter().enumerate().map(|(row, name)| (Id::String(name), row)));
    let mut any = false;
    let mut agree = true;
    for part in parts.iter() {
        for (id, name) in part.category.iter().zip(part.class_name.iter()) {
            any |= known.row(name) != NOWHERE;
            let row = lookup.row(id);
            agree &= row != NOWHERE && Id::String(&classes.names[row]) == name;
        }
    }
    if any && !agree {
        parts.iter_mut().for_each(|part| part.category = std::mem::take(&mut part.class_name));
    }
}

/// Replaces the image ids of detections by the file names that the file's own list gives them, if an id is that of
/// another file among `images` and any of the names is known there.
pub(crate) fn prefer_file_names(parts: &mut [BoxRecords], own: Option<&Images>, images: &Images) {
    let Some(own) = own else { return };
    let lookup = Lookup::new(&images.ids);
    let agree = own.ids.iter().zip(own.names.iter()).all(|(id, name)| {
        let row = lookup.row(id);
        row != NOWHERE && base_name(&images.names[row]) == base_name(name)
    });
    let known: HashSet<&str> = images.names.iter().map(base_name).collect();
    if agree || !own.names.iter().any(|name| known.contains(base_name(name))) {
        return;
    }
    let own_rows = Lookup::new(&own.ids);
    let columns: Option<Vec<Ids>> = parts.iter().map(|part| names(&part.image, &own_rows, &own.names)).collect();
    for (part, column) in parts.iter_mut().zip(columns.unwrap_or_default()) {
        part.image = column;
    }
}

/// The names that ids have in a list; None if one is not in it.
fn names(ids: &Ids, lookup: &Lookup<'_>, names: &Names) -> Option<Ids> {
    let name = |id| names.get(lookup.row(id)).map(Id::String);
    ids.iter().map(name).collect()
}
