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

/// How many boxes each class has, in the order in which the classes first occur.
#[must_use]
pub fn class_counts(boxes: &Boxes) -> Vec<ClassCount> {
    let count = |rows: Range<usize>| {
        let mut counts = ByClass::of(Count::default());
        for row in rows {
            let count = counts.entry(boxes.class_id()[row]);
            if count.boxes == 0 {
                count.first = row;
            }
            count.boxes += 1;
        }
        counts
    };
    let parts: Vec<_> = parts(boxes.len()).into_par_iter().map(count).collect();
    let mut whole = ByClass::of(Count::default());
    for (class, part) in parts.iter().flat_map(ByClass::iter).filter(|(_, part)| part.boxes > 0) {
        let count = whole.entry(class);
        // Parts come in the order of their rows.
        if count.boxes == 0 {
            count.first = part.first;
        }
        count.boxes += part.boxes;
    }
    let mut counts: Vec<_> = whole.iter().filter(|(_, count)| count.boxes > 0).collect();
    counts.sort_unstable_by_key(|(_, count)| count.first);
    counts.into_iter().map(|(class, count)| ClassCount { class, boxes: count.boxes }).collect()
}

/// Classes put together in groups, and how many of some boxes are in each.
pub struct Groups<'a> {
    boxes: Boxes<'a>,
    group_of: ByClass<usize>,
    parts: Vec<Range<usize>>,
    /// Of each part, how many boxes are in each group; those in none come last.
    counts: Vec<Vec<usize>>,
}

impl<'a> Groups<'a> {
    /// Counts the boxes of each group. A class belongs to one group or to none.
    #[must_use]
    pub fn of(boxes: Boxes<'a>, groups: &[Vec<i32>]) -> Self {
        let mut group_of = ByClass::of(groups.len());
        for (group, classes) in groups.iter().enumerate() {
            classes.iter().for_each(|&class| *group_of.entry(class) = group);
        }
        let parts = parts(boxes.len());
        let count = |rows: &Range<usize>| {
            let mut counts = vec![0; groups.len() + 1];
            boxes.class_id()[rows.clone()].iter().for_each(|&class| counts[group_of.get(class)] += 1);
            counts
        };
        let counts = parts.par_iter().map(count).collect();
        Self { boxes, group_of, parts, counts }
    }

    /// How many boxes are in each group.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let count = |group: usize| self.counts.iter().map(|of_part| of_part[group]).sum();
        (0..self.group_of.unset).map(count).collect()
    }

    /// Writes the area of each box that is in a group: one group after another, in each the order of the boxes.
    ///
    /// A box whose corners are inverted in one direction has a negative area.
    ///
    /// # Panics
    /// If `areas` has not room for all.
    pub fn areas(&self, mut areas: &mut [f64]) {
        // Each part has a place of its own in each group.
        let mut places: Vec<Vec<_>> = vec![];
        places.resize_with(self.parts.len(), Vec::new);
        for group in 0..self.group_of.unset {
            for (places, counts) in places.iter_mut().zip(&self.counts) {
                let (place, rest) = areas.split_at_mut(counts[group]);
                places.push(place.iter_mut());
                areas = rest;
            }
        }
        self.parts.par_iter().zip(places).for_each(|(rows, mut places)| {
            for row in rows.clone() {
                let group = self.group_of.get(self.boxes.class_id()[row]);
                if let Some(place) = places.get_mut(group).and_then(Iterator::next) {
                    *place = area(&self.boxes.xyxy().corners(row));
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
    boxes: u64,
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
    fn of(unset: T) -> Self {
        Self { unset, table: Vec::new(), beyond: BTreeMap::new() }
    }

    fn get(&self, class: i32) -> T {
        *self.table.get(class as usize).or_else(|| self.beyond.get(&class)).unwrap_or(&self.unset)
    }

    fn entry(&mut self, class: i32) -> &mut T {
        let index = class as usize;
        if index >= TABLE {
            return self.beyond.entry(class).or_insert(self.unset);
        }
        if index >= self.table.len() {
            self.table.resize(index + 1, self.unset);
        }
        &mut self.table[index]
    }

    fn iter(&self) -> impl Iterator<Item = (i32, T)> {
        let table = self.table.iter().enumerate().map(|(class, &value)| (class as i32, value));
        table.chain(self.beyond.iter().map(|(&class, &value)| (class, value)))
    }
}
