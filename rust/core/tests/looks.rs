//! What is told of boxes that look wrong, beside plain searches.

mod common;

use boxlint_core::{Boxes, Copies, Corners, Floats, Looks, Tally};
use common::{Made, images};
use proptest::prelude::*;

/// Image, class and corners of each box.
fn rows(boxes: &Boxes) -> Vec<(usize, i32, Corners)> {
    let rows = |index: usize| {
        let image = boxes.image(index);
        (0..image.len()).map(move |row| (index, image.class_id[row], image.corners(row)))
    };
    (0..boxes.images()).flat_map(rows).collect()
}

fn tally<T>(rows: &[T], looks_so: impl Fn(usize, &T) -> bool) -> Tally {
    let found: Vec<usize> = (0..rows.len()).filter(|&row| looks_so(row, &rows[row])).collect();
    Tally { count: found.len(), first: found.first().copied().unwrap_or(usize::MAX) }
}

proptest! {
    #[test]
    fn each_look_is_counted_and_the_first_box_of_it_found(images in images(), single: bool, side in 1.0..700.0) {
        let made = Made::of(&images);
        let sizes: Vec<[f64; 2]> = (0..images.len()).map(|image| [if image % 3 == 0 { f64::NAN } else { side }; 2]).collect();
        for columns in [&made.annotations, &made.predictions] {
            let boxes = columns.boxes(single);
            let rows = rows(&boxes);
            let inverted = |[x1, y1, x2, y2]: Corners| x2 < x1 || y2 < y1;
            let outside = |image: usize, corners: Corners| {
                corners.iter().any(|&corner| corner < -1.0 || corner - sizes[image][0] > 1.0)
            };
            let expected = Looks {
                inverted: tally(&rows, |_, row| inverted(row.2)),
                no_area: tally(&rows, |_, &(_, _, [x1, y1, x2, y2])| !inverted([x1, y1, x2, y2]) && (x1 == x2 || y1 == y2)),
                outside: tally(&rows, |_, row| outside(row.0, row.2)),
                repeated: tally(&rows, |index, row| rows[..index].contains(row)),
                relative: tally(&rows, |_, row| row.2.iter().all(|corner| (0.0..=1.0).contains(corner))),
                cornerlike: tally(&rows, |_, &(_, _, [x1, y1, x2, y2])| x2 - x1 > x1 && y2 - y1 > y1),
            };
            prop_assert_eq!(Looks::of(&boxes, Some(&sizes)), expected);
        }
    }

    #[test]
    fn a_copy_equals_a_box_of_its_image_and_class_to_a_tenth_of_a_pixel(images in images(), single: bool) {
        let made = Made::of(&images);
        let sides = [made.annotations.boxes(single), made.predictions.boxes(single)];
        let rounded = |boxes| {
            let rows = rows(boxes).into_iter();
            rows.map(|(image, class, corners)| (image, class, corners.map(|corner| (corner / 0.1).round_ties_even())))
        };
        let [annotations, predictions] = sides.each_ref().map(|boxes| rounded(boxes).collect::<Vec<_>>());
        let expected = Copies {
            annotations: tally(&annotations, |_, row| predictions.contains(row)),
            predictions: tally(&predictions, |_, row| annotations.contains(row)),
        };
        prop_assert_eq!(Copies::of(&sides[0], &sides[1]), expected);
    }
}

#[test]
fn the_two_zeros_are_equal() {
    let xyxy = [0.0, 0.0, 1.0, 1.0, -0.0, 0.0, 1.0, 1.0];
    let boxes = Boxes::checked_before(Floats::F64(&xyxy), &[0, 0], None, &[0, 2], 1);
    assert_eq!(Looks::of(&boxes, None).repeated, Tally { count: 1, first: 1 });
    let signed = Boxes::checked_before(Floats::F64(&xyxy[4..]), &[0], None, &[0, 1], 1);
    let plain = Boxes::checked_before(Floats::F64(&xyxy[..4]), &[0], None, &[0, 1], 1);
    assert_eq!(Copies::of(&signed, &plain).predictions, Tally { count: 1, first: 0 });
}
