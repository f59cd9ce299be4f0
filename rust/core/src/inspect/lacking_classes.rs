//! Images without annotation of a class that nearly all others have.

use std::collections::BTreeMap;

use crate::dataset::Dataset;
use crate::inspect::occurrences::{Merge, over_images};

/// A class is expected in an image if at most one in so many of the annotated images in which it was looked for is without it.
const EXPECTED_IN: usize = 20;

/// An annotated image that lacks a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LackingClass {
    /// The image.
    pub image: usize,
    /// The class.
    pub class: i32,
    /// Images that have the class.
    pub having: usize,
    /// Images with annotations in which the class was looked for.
    pub searched: usize,
}

/// The annotated images that lack a class which nearly all others have, the ignored annotations counted, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LackingClasses {
    /// How many there are.
    pub images: usize,
    /// The first image, and its first class that lacks.
    pub first: Option<LackingClass>,
}

impl LackingClasses {
    /// Counts how many images have each class, then looks for those that lack one.
    ///
    /// ```
    /// use boxlint_core::{Boxes, Dataset, Floats, LackingClass, LackingClasses};
    ///
    /// // 20 images of one box each, all of class 3 but the last.
    /// let xyxy = [10.0, 10.0, 50.0, 50.0].repeat(20);
    /// let (class_id, offsets) = ([[3; 19].as_slice(), &[0]].concat(), (0..=20).collect::<Vec<i64>>());
    /// let annotations = Boxes::new(Floats::F64(&xyxy), &class_id, None, &offsets)?;
    /// let predictions = Boxes::new(Floats::F64(&[]), &[], Some(Floats::F64(&[])), &[0; 21])?;
    /// let lacking = LackingClasses::of(&Dataset::new(annotations, predictions, None)?);
    /// assert_eq!(lacking.images, 1);
    /// assert_eq!(lacking.first, Some(LackingClass { image: 19, class: 3, having: 19, searched: 20 }));
    /// # Ok::<(), boxlint_core::Error>(())
    /// ```
    #[must_use]
    pub fn of(dataset: &Dataset) -> Self {
        let counts = over_images(dataset.images(), &|counts: &mut Counts, images| {
            each_annotated(dataset, images, |_, classes, verified| counts.add(classes, verified));
        });
        let expected = counts.expected();
        let classes: Vec<i32> = expected.keys().copied().collect();
        over_images(dataset.images(), &|found: &mut Self, images| {
            each_annotated(dataset, images, |image, annotated, verified| {
                let lacks = |class: &&i32| annotated.binary_search(class).is_err() && expected.contains_key(class);
                if let Some(&class) = verified.unwrap_or(&classes).iter().find(lacks) {
                    let (having, searched) = expected[&class];
                    let first = Some(LackingClass { image, class, having, searched });
                    found.merge(Self { images: 1, first });
                }
            });
        })
    }
}

impl Merge for LackingClasses {
    fn merge(&mut self, other: Self) {
        self.images += other.images;
        self.first = self.first.into_iter().chain(other.first).min();
    }
}

/// Calls `work` with each image that has annotations, their classes, which rise, and those that were looked for.
fn each_annotated(
    dataset: &Dataset,
    images: std::ops::Range<usize>,
    mut work: impl FnMut(usize, &[i32], Option<&[i32]>),
) {
    let mut classes = Vec::new();
    for index in images {
        let image = dataset.image(index);
        classes.clear();
        classes.extend_from_slice(image.annotations.class_id);
        classes.sort_unstable();
        classes.dedup();
        if !classes.is_empty() {
            work(index, &classes, image.verified);
        }
    }
}

#[derive(Default)]
struct Counts {
    /// Images with annotations.
    annotated: usize,
    /// Of each class, the images that have it, and those in which it was looked for, where that is known of each class.
    of_class: BTreeMap<i32, (usize, usize)>,
}

impl Counts {
    fn add(&mut self, classes: &[i32], verified: Option<&[i32]>) {
        self.annotated += 1;
        let looked_for = |class: &&i32| verified.is_none_or(|verified| verified.binary_search(class).is_ok());
        for &class in classes.iter().filter(looked_for) {
            self.of_class.entry(class).or_default().0 += 1;
        }
        for &class in verified.unwrap_or_default() {
            self.of_class.entry(class).or_default().1 += 1;
        }
    }

    /// The classes that are expected wherever they are looked for and lack somewhere, with both of their numbers.
    fn expected(mut self) -> BTreeMap<i32, (usize, usize)> {
        let annotated = self.annotated;
        self.of_class.retain(|_, (having, searched)| {
            if *searched == 0 {
                *searched = annotated; // without verified classes, all were looked for
            }
            let without = *searched - *having;
            without > 0 && without * EXPECTED_IN <= *searched
        });
        self.of_class
    }
}

impl Merge for Counts {
    fn merge(&mut self, other: Self) {
        self.annotated += other.annotated;
        for (class, (having, searched)) in other.of_class {
            let mine = self.of_class.entry(class).or_default();
            *mine = (mine.0 + having, mine.1 + searched);
        }
    }
}
