//! Objects without annotation: confident predictions that nothing covers, one for each object.

use crate::check::evidence::{odds, ramp, whole};
use crate::check::image::Scene;
use crate::overlaps::pairs::Neighbours;

/// What suppressing predictions needs room for, and which are kept.
#[derive(Debug, Default)]
pub(crate) struct Suppression {
    pub(crate) kept: Vec<bool>,
    /// The neighbours of each prediction, as a set of bits; only those of the disputed are up to date.
    rivals: Vec<u64>,
    disputed: Vec<u32>,
}

impl Suppression {
    /// Keeps, by falling confidence and then score, each prediction that is no neighbour of one kept before, whatever
    /// their classes.
    pub(crate) fn find(&mut self, scene: &Scene, neighbours: &mut Neighbours) {
        let count = scene.score.len();
        let words = count.div_ceil(64);
        self.kept.clear();
        self.kept.resize(count, true);
        self.disputed.clear();
        self.rivals.clear();
        self.rivals.resize(count * words, 0);
        let Self { kept, rivals, disputed } = self;
        neighbours.each(&scene.predictions, &scene.frame, |i, j, _| {
            for (one, other) in [(i, j), (j, i)] {
                // `kept` serves as the mark of those not yet listed.
                if std::mem::take(&mut kept[one]) {
                    disputed.push(one as u32);
                }
                rivals[one * words + other / 64] |= 1 << (other % 64);
            }
        });
        disputed.sort_unstable_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            scene.confidence[b].total_cmp(&scene.confidence[a]).then_with(|| scene.by_score(a, b))
        });
        for &j in disputed.iter() {
            let j = j as usize;
            let of_j = &rivals[j * words..(j + 1) * words];
            kept[j] = !of_j.iter().enumerate().any(|(word, &set)| bits(set).any(|bit| kept[word * 64 + bit]));
        }
    }
}

/// The odds, without prior, that a prediction is an object without annotation, given its greatest IoU with any and the
/// share of it inside those of its class.
#[inline]
pub(crate) fn uncovered(confidence: f64, cover: f64, inside: f64) -> f64 {
    odds(confidence * ramp(0.5 - cover, 0.0, 0.3) * whole(inside))
}

/// The bits of a set, lowest first.
fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = set.trailing_zeros() as usize;
        (set != 0).then(|| {
            set &= set - 1;
            bit
        })
    })
}
