//! How many boxes each image and each class has, and how large they are. Ignored annotations are not counted.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::abandon::check_stop;
use crate::boxes::Boxes;
use crate::dataset::Dataset;
use crate::geometry::area;
use crate::parallel;

/// The fewest boxes that one thread counts: waking another takes as long as counting several thousand.
const BOXES_AT_LEAST: usize = 1 << 15;
/// Class ids below this are looked up in a table, which fits the cache; any others in a tree.
const TABLE: usize = 1 << 12;

/// How many boxes a class has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassCount {
    /// The class id.
    pub class: i32,
    /// Number of boxes, at least one.
    pub boxes: u64,
}

/// How many boxes each image has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxCounts {
    /// Number of annotations of each image, without ignored ones.
    pub annotations: Vec<i64>,
    /// Number of predictions of each image.
    pub predictions: Vec<i64>,
}

/// How many boxes each image of a data set has.
///
/// # Examples
/// ```
/// use boxlint_core::{Boxes, Dataset, Floats, box_counts};
///
/// let annotations = Boxes::new(Floats::F64(&[1.0; 12]), &[0, 0, 7], None, &[0, 2, 2, 3])?;
/// let predictions = Boxes::new(Floats::F64(&[1.0; 4]), &[0], Some(Floats::F64(&[0.9])), &[0, 0, 0, 1])?;
/// let counts = box_counts(&Dataset::new(annotations, predictions, Some(&[true, false, false]))?);
/// assert_eq!((counts.annotations, counts.predictions), (vec![1, 0, 1], vec![0, 0, 1]));
/// # Ok::<(), boxlint_core::Error>(())
/// ```
#[must_use]
pub fn box_counts(dataset: &Dataset) -> BoxCounts {
    let all = |boxes: &Boxes| boxes.offsets().windows(2).map(|pair| pair[1] - pair[0]).collect();
    let kept = |flags: &[bool]| flags.iter().map(|&ignored| i64::from(!ignored)).sum();
    let annotations = match dataset.ignored() {
        None => all(dataset.annotations()),
        Some(flags) => {
            let images = dataset.annotations().offsets().windows(2);
            images.map(|pair| kept(&flags[pair[0] as usize..pair[1] as usize])).collect()
        }
    };
    BoxCounts { annotations, predictions: all(dataset.predictions()) }
}

/// The boxes of each class, counted once; from the counts follows where the areas of each class belong.
///
/// # Examples
/// ```
/// use boxlint_core::{Boxes, ClassCount, Classes, Floats};
///
/// let xyxy = Floats::F64(&[0.0, 0.0, 9.0, 9.0, 0.0, 0.0, 2.0, 3.0, 0.0, 0.0, 4.0, 4.0]);
/// let boxes = Boxes::new(xyxy, &[7, 0, 7], None, &[0, 3])?;
/// let classes = Classes::of(&boxes, None);
/// assert_eq!(classes.counts(), [ClassCount { class: 7, boxes: 2 }, ClassCount { class: 0, boxes: 1 }]);
///
/// let mut areas = [0.0; 3];
/// classes.areas(&boxes, None, &[vec![0], vec![7]], &mut areas);
/// assert_eq!(areas, [6.0, 81.0, 16.0]);
/// # Ok::<(), boxlint_core::Error>(())
/// ```
pub struct Classes {
    parts: Vec<Range<usize>>,
    /// One for each part.
    counts: Vec<ByClass<Count>>,
}

impl Classes {
    /// Counts the boxes of each class, without those that are flagged in `ignored`.
    #[must_use]
    pub fn of(boxes: &Boxes, ignored: Option<&[bool]>) -> Self {
        let parts = parts(boxes.len());
        let counts = parallel::map(&parts, |rows| match ignored {
            None => ByClass::counted(boxes, rows.clone()),
            Some(flags) => ByClass::counted(boxes, rows.clone().filter(|&row| !flags[row])),
        });
        Self { parts, counts }
    }

    /// How many boxes each class has, in the order in which the classes first occur.
    #[must_use]
    pub fn counts(&self) -> Vec<ClassCount> {
        let mut whole = BTreeMap::<i32, Count>::new();
        // Parts are in the order of their rows, so the first part that has a class has its first box.
        for (class, part) in self.counts.iter().flat_map(ByClass::iter).filter(|(_, part)| part.boxes > 0) {
            whole.entry(class).and_modify(|count| count.boxes += part.boxes).or_insert(part);
        }
        let mut counts: Vec<_> = whole.into_iter().collect();
        counts.sort_unstable_by_key(|(_, count)| count.first);
        counts.into_iter().map(|(class, count)| ClassCount { class, boxes: count.boxes as u64 }).collect()
    }

    /// Writes the areas in square pixels of the boxes of each group of classes: one group after another, each in the order
    /// of its boxes. A class belongs to one group or to none.
    ///
    /// A box that is inverted in one direction has a negative area.
    ///
    /// # Panics
    /// If `boxes` and `ignored` are not those that were counted, or `areas` is too short.
    pub fn areas(&self, boxes: &Boxes, ignored: Option<&[bool]>, groups: &[Vec<i32>], mut areas: &mut [f64]) {
        let mut group_of = ByClass::of(boxes, groups.len());
        // Each part writes to a slice of its own in each group.
        let mut places: Vec<Vec<_>> = self.parts.iter().map(|_| Vec::with_capacity(groups.len())).collect();
        for (group, classes) in groups.iter().enumerate() {
            classes.iter().for_each(|&class| *group_of.entry(class) = group);
            for (places, counts) in places.iter_mut().zip(&self.counts) {
                let count = classes.iter().map(|&class| counts.get(class).boxes).sum();
                let (place, rest) = areas.split_at_mut(count);
                places.push(place.iter_mut());
                areas = rest;
            }
        }
        let write = |row: usize, places: &mut [std::slice::IterMut<f64>]| {
            let group = group_of.get(boxes.class_id()[row]);
            if let Some(place) = places.get_mut(group).and_then(Iterator::next) {
                *place = area(&boxes.xyxy().corners(row));
            }
        };
        parallel::map(self.parts.iter().zip(places), |(rows, mut places)| match ignored {
            None => rows.clone().for_each(|row| write(row, &mut places)),
            Some(flags) => rows.clone().filter(|&row| !flags[row]).for_each(|row| write(row, &mut places)),
        });
    }
}

/// All rows, in a part for each thread.
fn parts(rows: usize) -> Vec<Range<usize>> {
    let at_once = rows.div_ceil(parallel::threads()).max(BOXES_AT_LEAST);
    (0..rows).step_by(at_once).map(|start| start..rows.min(start + at_once)).collect()
}

#[derive(Clone, Copy, Default)]
struct Count {
    boxes: usize,
    /// Row of the first box.
    first: usize,
}

/// A value for each class id.
struct ByClass<T> {
    unset: T,
    table: Vec<T>,
    beyond: BTreeMap<i32, T>,
}

impl ByClass<Count> {
    /// Counts the boxes in `rows`, which rise.
    fn counted(boxes: &Boxes, rows: impl Iterator<Item = usize>) -> Self {
        let mut counts = Self::of(boxes, Count::default());
        for (number, row) in rows.enumerate() {
            if number % BOXES_AT_LEAST == 0 {
                check_stop();
            }
            let count = counts.entry(boxes.class_id()[row]);
            if count.boxes == 0 {
                count.first = row;
            }
            count.boxes += 1;
        }
        counts
    }
}

impl<T: Copy> ByClass<T> {
    fn of(boxes: &Boxes, unset: T) -> Self {
        Self { unset, table: vec![unset; boxes.classes().min(TABLE)], beyond: BTreeMap::new() }
    }

    #[inline]
    fn get(&self, class: i32) -> T {
        *self.table.get(class as usize).or_else(|| self.beyond.get(&class)).unwrap_or(&self.unset)
    }

    #[inline]
    fn entry(&mut self, class: i32) -> &mut T {
        let index = class as usize;
        if index < self.table.len() { &mut self.table[index] } else { self.beyond.entry(class).or_insert(self.unset) }
    }

    fn iter(&self) -> impl Iterator<Item = (i32, T)> {
        let table = self.table.iter().enumerate().map(|(class, &value)| (class as i32, value));
        table.chain(self.beyond.iter().map(|(&class, &value)| (class, value)))
    }
}
