//! What a data set is made of: how many boxes each image and class has, and how large they are.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use crate::boxes::Boxes;
use crate::geometry::area;

/// Boxes that one thread counts at least: to wake another takes as long as counting several thousand.
const BOXES_AT_LEAST: usize = 1 << 15;
/// Class ids below this are looked up in a table, which the cache holds; any others in a tree.
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
#[must_use]
pub fn box_counts(boxes: &Boxes) -> Vec<i64> {
    boxes.offsets().windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// The boxes of each class, counted once: from it follow their counts and where the areas of each belong.
pub struct Classes {
    parts: Vec<Range<usize>>,
    /// One for each part.
    counts: Vec<ByClass<Count>>,
}

impl Classes {
    /// Counts the boxes of each class.
    #[must_use]
    pub fn of(boxes: &Boxes) -> Self {
        let parts = parts(boxes.len());
        let count = |rows: &Range<usize>| {
            let mut counts = ByClass::of(boxes, Count::default());
            for row in rows.clone() {
                let count = counts.entry(boxes.class_id()[row]);
                if count.boxes == 0 {
                    count.first = row;
                }
                count.boxes += 1;
            }
            counts
        };
        let counts = parts.par_iter().map(count).collect();
        Self { parts, counts }
    }

    /// How many boxes each class has, in the order in which the classes first occur.
    #[must_use]
    pub fn counts(&self) -> Vec<ClassCount> {
        let mut whole = BTreeMap::<i32, Count>::new();
        // Parts come in the order of their rows: the first one that has a class has its first box.
        for (class, part) in self.counts.iter().flat_map(ByClass::iter).filter(|(_, part)| part.boxes > 0) {
            whole.entry(class).and_modify(|count| count.boxes += part.boxes).or_insert(part);
        }
        let mut counts: Vec<_> = whole.into_iter().collect();
        counts.sort_unstable_by_key(|(_, count)| count.first);
        counts.into_iter().map(|(class, count)| ClassCount { class, boxes: count.boxes as u64 }).collect()
    }

    /// Writes the areas of the boxes of each group of classes, one group after another, in each the order of the boxes.
    /// A class belongs to one group or to none.
    ///
    /// A box whose corners are inverted in one direction has a negative area.
    ///
    /// # Panics
    /// If `boxes` are not those that were counted, or `areas` has not room for all.
    pub fn areas(&self, boxes: &Boxes, groups: &[Vec<i32>], mut areas: &mut [f64]) {
        let mut group_of = ByClass::of(boxes, groups.len());
        // Each part has a place of its own in each group.
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
        self.parts.par_iter().zip(places).for_each(|(rows, mut places)| {
            for row in rows.clone() {
                let group = group_of.get(boxes.class_id()[row]);
                if let Some(place) = places.get_mut(group).and_then(Iterator::next) {
                    *place = area(&boxes.xyxy().corners(row));
                }
            }
        });
    }
}

/// All rows, in a part for each thread.
fn parts(rows: usize) -> Vec<Range<usize>> {
    let at_once = rows.div_ceil(rayon::current_num_threads()).max(BOXES_AT_LEAST);
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
