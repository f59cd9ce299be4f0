//! Regions where nothing is to be judged: crowds, and objects that are too difficult.

use crate::boxes::Boxes;
use crate::geometry::{Corners, area, intersection};
use crate::parallel;

/// The share of its own area that a prediction has inside a region to lie mostly there.
pub const REGION_SHARE: f64 = 0.5;

/// Which predictions lie mostly inside one of the regions of their image. Both are of the same images.
#[must_use]
pub fn mostly_inside(regions: &Boxes, predictions: &Boxes) -> Vec<bool> {
    let start = |image: usize| predictions.offsets()[image] as usize;
    let mut inside = vec![false; predictions.len()];
    parallel::each(0..predictions.images(), &mut inside, &start, &|(): &mut (), index, out| {
        let (regions, predictions) = (regions.image(index), predictions.image(index));
        for (row, out) in out.iter_mut().enumerate() {
            let prediction = predictions.corners(row);
            *out = (0..regions.len()).any(|n| is_mostly_in(&prediction, &regions.corners(n)));
        }
    });
    inside
}

/// Whether a prediction lies mostly inside a region.
pub(crate) fn is_mostly_in(prediction: &Corners, region: &Corners) -> bool {
    let shared = intersection(prediction, region);
    shared > 0.0 && shared >= REGION_SHARE * area(prediction)
}
