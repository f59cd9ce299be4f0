//! Pass 1: counts each image, in parallel.

use std::ops::Range;

use crate::boxes::{Floats, ImageBoxes};
use crate::check::class_counts::{Cell, Standing};
use crate::check::image::ImageData;
use crate::check::score_bins::{SCORE_BIN_TABLE, SCORE_BINS, score_odds};
use crate::check::statistics::{Statistics, UNIT};
use crate::check::tally::Tally;
use crate::dataset::Dataset;
use crate::overlaps::iou_from;
use crate::parallel::Idle;

/// IoU from which a prediction is on an annotation.
const ON: f64 = 0.5;
/// IoU from which a prediction on an annotation repeats the one that matches it. What detectors leave of their own suppression
/// mostly overlaps less.
const REPEATS: f64 = 0.6;
/// IoU below which an annotation says nothing about a prediction: with none above, it is free.
const TOUCHES: f64 = 0.3;

/// Of an image with more classes, nobody learns which of them go together: no pairs are counted, and they do not count in it.
pub(crate) const MOST_CLASSES: usize = 256;

/// Counts `images` of a data set. The counts of any parts merge to those of the whole.
///
/// ```
/// use boxlint_core::check::{Statistics, collect};
/// use boxlint_core::{Boxes, Dataset, Floats};
///
/// // Two images with a box each, which the detector finds in the first.
/// let annotated = [10.0, 10.0, 90.0, 90.0, 20.0, 20.0, 60.0, 60.0];
/// let annotations = Boxes::new(Floats::F64(&annotated), &[0, 0], None, &[0, 1, 2])?;
/// let predictions = Boxes::new(Floats::F64(&annotated[..4]), &[0], Some(Floats::F64(&[0.5])), &[0, 1, 1])?;
/// let dataset = Dataset::new(annotations, predictions, None)?;
///
/// let counts = collect(&dataset, 0..2);
/// // Class 0, score bin 32: one prediction, which matches.
/// assert_eq!(counts.entries().scores, [[0, 32, 1, 1, 0, 0]]);
/// assert_eq!(collect(&dataset, 0..1).merge(collect(&dataset, 1..2)), counts);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[must_use]
pub fn collect(dataset: &Dataset, images: Range<usize>) -> Statistics {
    let counting = Counting::new(dataset);
    counting.count(images);
    counting.into_statistics()
}

/// [`collect()`] of one part after the other, which takes less time and memory than merging their statistics.
///
/// ```
/// use boxlint_core::check::{Counting, collect};
/// # use boxlint_core::{Boxes, Dataset, Floats};
/// # let annotated = [10.0, 10.0, 90.0, 90.0, 20.0, 20.0, 60.0, 60.0];
/// # let annotations = Boxes::new(Floats::F64(&annotated), &[0, 0], None, &[0, 1, 2])?;
/// # let predictions = Boxes::new(Floats::F64(&annotated[..4]), &[0], Some(Floats::F64(&[0.5])), &[0, 1, 1])?;
/// # let dataset = Dataset::new(annotations, predictions, None)?;
///
/// let counting = Counting::new(&dataset);
/// counting.count(0..1);
/// counting.count(1..2);
/// assert_eq!(counting.into_statistics(), collect(&dataset, 0..2));
/// # Ok::<(), boxlint_core::Error>(())
/// ```
pub struct Counting<'a> {
    dataset: &'a Dataset<'a>,
    /// What each thread has counted.
    counted: Idle<(Tally, Collector)>,
}

impl<'a> Counting<'a> {
    /// Has counted no image of a data set.
    #[must_use]
    pub fn new(dataset: &'a Dataset<'a>) -> Self {
        Self { dataset, counted: Idle::default() }
    }

    /// Counts `images`.
    pub fn count(&self, images: Range<usize>) {
        let new = || (Tally::new(self.dataset.classes()), Collector::default());
        self.counted.lend_for(images, &new, &|(counts, collector), part| {
            part.for_each(|index| collector.count(self.dataset, index, counts));
        });
    }

    /// The counts of all images so far.
    #[must_use]
    pub fn into_statistics(self) -> Statistics {
        let nothing = Statistics::of_classes(self.dataset.classes());
        let counted = self.counted.into_states().into_iter().map(|(tally, _)| nothing.with(tally.into_counts()));
        counted.reduce(Statistics::merge).unwrap_or(nothing)
    }
}

/// One image while it is counted. It is used for image after image, so that none allocates.
#[derive(Default)]
struct Collector {
    image: ImageData,
    odds: Vec<f64>,
    /// The score bin of each prediction.
    bins: Vec<u8>,
    hits: Vec<Hit>,
    /// The size of each annotation.
    sizes: Vec<u8>,
    /// The prediction that matches each annotation.
    matches: Vec<Option<u32>>,
    /// How each prediction stands to the annotations.
    standing: Vec<Standing>,
    sorted: Vec<u32>,
    /// The classes of the annotations, and how many each has.
    present: Vec<(u32, u64)>,
}

/// A prediction on an annotation of its class.
#[derive(Clone, Copy)]
struct Hit {
    prediction: u32,
    annotation: u32,
    iou: f64,
}

impl Collector {
    fn count(&mut self, dataset: &Dataset, index: usize, out: &mut Tally) {
        self.image.load(dataset, index);
        if self.image.not_run {
            return;
        }
        self.odds.clear();
        self.odds.extend(self.image.score.iter().map(|&score| score_odds(score)));
        self.bins.clear();
        self.bins.extend(self.odds.iter().map(|&odds| SCORE_BIN_TABLE.bin(odds)));
        match dataset.predictions().image(index).xyxy {
            Floats::F32(values) => self.count_annotations(values.as_chunks().0, out),
            Floats::F64(values) => self.count_annotations(values.as_chunks().0, out),
        }
        self.count_matches(&dataset.predictions().image(index), out);
        let all_judged = self.image.judges_all();
        let (classes, bins) = (&self.image.prediction_class, &self.bins);
        for (j, ((&class, &bin), &standing)) in classes.iter().zip(bins).zip(&self.standing).enumerate() {
            // Unmatched predictions in a crowd are not wrong: counting them would lower the confidence of all others. Nor
            // are those of a class that was not looked for; if they are right, that is as little known.
            let in_crowd = || self.image.is_ignored(j) && standing != Standing::Matched;
            if all_judged || !in_crowd() && !self.image.is_unverified(j) {
                out.add(class, Cell::Predictions(standing, bin), 1);
            }
        }
        self.count_pairs(out);
    }

    /// Counts the annotations by size and best score, and those that look most like another class; lists the hits, and
    /// marks the predictions that are not free.
    fn count_annotations<T: Copy + Into<f64>>(&mut self, predictions: &[[T; 4]], out: &mut Tally) {
        let image = &self.image;
        self.hits.clear();
        self.sizes.clear();
        self.standing.clear();
        self.standing.resize(image.score.len(), Standing::Free);
        for (n, &class) in image.annotation_class.iter().enumerate() {
            let (mut best, mut own) = (None, None);
            image.index.each_near(&image.annotations.inner(n, TOUCHES), |j| {
                let prediction = predictions[image.prediction_row[j] as usize].map(Into::into);
                let overlap = image.annotations.overlap_with(n, &prediction);
                // Only boxes that can be a hit, or tell that the prediction is not free, are worth a division.
                let least = if self.standing[j] == Standing::Free { TOUCHES } else { ON };
                if !overlap.may_exceed(least) {
                    return;
                }
                let iou = overlap.iou();
                if iou >= TOUCHES {
                    self.standing[j] = Standing::Poor;
                }
                if iou >= ON {
                    best = best.max(Some(self.bins[j]));
                    if image.prediction_class[j] == class {
                        own = own.max(Some(self.bins[j]));
                        if !image.is_unverified(j) {
                            self.hits.push(Hit { prediction: j as u32, annotation: n as u32, iou });
                        }
                    }
                }
            });
            let size = image.size(n);
            self.sizes.push(size as u8);
            out.add(class, Cell::Best(size as u8, best.unwrap_or(SCORE_BINS as u8)), 1);
            if let Some(best) = best.filter(|&best| own.is_none_or(|own| own < best)) {
                out.add(class, Cell::SeenAsOther(best), 1);
                if let Some(own) = own {
                    out.add(class, Cell::SeenAsOwn(own), 1);
                }
            }
        }
    }

    /// Counts the matches: by falling score, each prediction takes the free annotation with the largest IoU, the first of
    /// equals. And marks the predictions that repeat one of these.
    fn count_matches(&mut self, predictions: &ImageBoxes, out: &mut Tally) {
        let image = &self.image;
        self.hits.sort_unstable_by(|a, b| {
            let by_score = image.by_score(a.prediction as usize, b.prediction as usize);
            by_score.then_with(|| b.iou.total_cmp(&a.iou)).then(a.annotation.cmp(&b.annotation))
        });
        self.matches.clear();
        self.matches.resize(image.annotation_class.len(), None);
        let corners = |j: u32| predictions.corners(image.prediction_row[j as usize] as usize);
        for hit in &self.hits {
            let j = hit.prediction as usize;
            let (standing, taken) = (&mut self.standing[j], &mut self.matches[hit.annotation as usize]);
            if *standing == Standing::Matched {
                continue;
            }
            if let Some(other) = *taken {
                if iou_from(REPEATS, &corners(hit.prediction), &corners(other)).is_some() {
                    *standing = Standing::Repeat;
                }
            } else {
                (*standing, *taken) = (Standing::Matched, Some(hit.prediction));
                let (class, size) = (image.prediction_class[j], self.sizes[hit.annotation as usize]);
                out.add(class, Cell::Matches(size), 1);
                out.add(class, Cell::Gap(size), ((1.0 - hit.iou) * UNIT as f64) as u64);
            }
        }
    }

    /// Counts the ordered pairs of two annotations, by class; an annotation's pairs in an image sum to one.
    fn count_pairs(&mut self, out: &mut Tally) {
        let others = (self.image.annotation_class.len() as u64).saturating_sub(1);
        if others == 0 {
            return;
        }
        self.sorted.clone_from(&self.image.annotation_class);
        self.sorted.sort_unstable();
        self.present.clear();
        self.present.extend(self.sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64)));
        if self.present.len() > MOST_CLASSES {
            return;
        }
        let units = |pairs: u64| pairs.saturating_mul(2 * UNIT).saturating_add(others) / (2 * others);
        let of_one = units(1);
        for (at, &(class, count)) in self.present.iter().enumerate() {
            for &(other, times) in &self.present[at..] {
                let pairs = count.saturating_mul(if other == class { times - 1 } else { times });
                let units = if pairs == 1 { of_one } else { units(pairs) };
                out.add_pair(class, other, units);
            }
        }
    }
}
