//! The classes that LVIS files know to be annotated wherever they occur in an image.

use crate::coco::boxes::Columns;
use crate::coco::listed::IdLists;
use crate::coco::lookup::Lookup;

/// The classes that are known to be annotated wherever they occur in an image, as LVIS files tell: image `i` has
/// `classes[offsets[i]..offsets[i + 1]]`, in rising order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Where the classes of each image begin, and the number of them all.
    pub offsets: Vec<i64>,
    /// Rows in [`Classes`](crate::Classes).
    pub classes: Vec<i32>,
}

/// For each image, the classes that it has boxes of, except those in `not_exhaustive`, and those in `negative`, which
/// are known to be absent. A category that is not listed cannot be missed, so it is passed over.
pub(crate) fn verified(
    negative: &IdLists,
    not_exhaustive: &IdLists,
    classes: &Lookup<'_>,
    annotations: &Columns,
) -> Option<Verified> {
    if negative.ends.is_empty() && not_exhaustive.ends.is_empty() {
        return None;
    }
    let rows = [classes.rows(&negative.ids), classes.rows(&not_exhaustive.ids)];
    let mut verified = Verified { offsets: vec![0], classes: Vec::new() };
    for (image, ends) in annotations.offsets.windows(2).enumerate() {
        let absent = &rows[0][negative.places(image)];
        let partial = &rows[1][not_exhaustive.places(image)];
        let annotated = &annotations.class_id[ends[0] as usize..ends[1] as usize];
        let complete = annotated.iter().copied().filter(|&class| !partial.contains(&(class as usize)));
        let known = absent.iter().filter_map(|&row| i32::try_from(row).ok());
        let mut of_image: Vec<i32> = complete.chain(known).collect();
        of_image.sort_unstable();
        of_image.dedup();
        verified.classes.extend(of_image);
        verified.offsets.push(verified.classes.len() as i64);
    }
    Some(verified)
}
