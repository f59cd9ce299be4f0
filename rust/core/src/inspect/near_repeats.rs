//! Annotations that nearly repeat another of their image and class: one object boxed twice.

use crate::dataset::Dataset;
use crate::inspect::occurrences::{Occurrences, over_images};
use crate::overlaps::{NOTHING, Neighbours, OverlapIndex, PreparedBoxes, surround};

/// IoU above which two boxes of a class hardly ever show two objects.
const NEAR_REPEAT_IOU: f64 = 0.9;

/// The annotations whose IoU with one before them, of their image and class, is above 0.9, but not those that equal it.
/// Ignored annotations take no part.
///
/// ```
/// use boxlint_core::{Boxes, Dataset, Floats, Occurrences, near_repeats};
///
/// let xyxy = [10.0, 10.0, 50.0, 50.0, 11.0, 10.0, 50.0, 50.0, 10.0, 10.0, 50.0, 50.0];
/// let annotations = Boxes::new(Floats::F64(&xyxy), &[0, 0, 1], None, &[0, 3])?;
/// let predictions = Boxes::new(Floats::F64(&[]), &[], Some(Floats::F64(&[])), &[0, 0])?;
/// let found = near_repeats(&Dataset::new(annotations, predictions, None)?);
/// assert_eq!(found, Occurrences { count: 1, first: Some(1) });
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[must_use]
pub fn near_repeats(dataset: &Dataset) -> Occurrences {
    over_images(dataset.images(), &|found: &mut Occurrences, images| {
        let (mut boxes, mut rows, mut repeats) = (PreparedBoxes::default(), Vec::new(), Vec::new());
        let (mut neighbours, mut overlaps) = (Neighbours::default(), OverlapIndex::default());
        for index in images {
            let image = dataset.image(index);
            rows.clear();
            rows.extend((0..image.annotations.len() as u32).filter(|&row| !image.ignores(row as usize)));
            boxes.load(image.annotations.xyxy, &rows);
            let frame = surround(image.annotations.xyxy, &rows, NOTHING);
            overlaps.load_each(boxes.all().iter().copied(), &frame);
            repeats.clear();
            neighbours.each(&boxes, &overlaps, |a, b, overlap| {
                let [class_a, class_b] = [a, b].map(|n| image.annotations.class_id[rows[n] as usize]);
                let near = class_a == class_b && overlap.exceeds(NEAR_REPEAT_IOU);
                if near && boxes.corners(a) != boxes.corners(b) {
                    repeats.push(rows[b]);
                }
            });
            repeats.sort_unstable();
            repeats.dedup();
            let first = dataset.annotations().offsets()[index] as usize;
            repeats.iter().for_each(|&row| found.note(first + row as usize, true));
        }
    })
}
