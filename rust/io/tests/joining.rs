//! How boxes are joined with images and classes that they do not name by id.

mod common;

use boxlint_io::{ClassOrder, Coco, Kind, Options};
use common::{detection, document, read, read_both, read_with, skip_unknown};

fn images(names: &[&str]) -> String {
    let list: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(row, name)| format!(r#"{{"id": {}, "file_name": "{name}"}}"#, row + 1))
        .collect();
    format!(
        r#"{{"images": [{}], "annotations": [],
            "categories": [{{"id": 3, "name": "cat"}}, {{"id": 9, "name": "dog"}}]}}"#,
        list.join(", ")
    )
}

fn detections(images: &[&str]) -> String {
    let list: Vec<String> = images.iter().map(|image| detection(image, 3, 0.5)).collect();
    format!("[{}]", list.join(", "))
}

fn told(coco: &Coco, kind: Kind) -> Option<(usize, &str)> {
    let found = coco.findings.iter().find(|finding| finding.kind == kind);
    found.map(|finding| (finding.count, finding.example.as_str()))
}

/// The offsets of the detections, and the key that is told.
fn joined(names: &[&str], said: &[&str]) -> (Vec<i64>, String) {
    let coco = read_both(&images(names), &detections(said)).unwrap();
    let (count, example) = told(&coco, Kind::ImagesJoined).unwrap();
    assert_eq!(count, said.len());
    (coco.detections.as_ref().unwrap().offsets.clone(), example.to_owned())
}

fn refused(names: &[&str], said: &[&str]) -> String {
    read_both(&images(names), &detections(said)).unwrap_err().to_string()
}

#[test]
fn images_are_joined_by_the_key_that_all_match() {
    let cases = [
        (["x/a.jpg", "b.png"], [r#""b.png""#, r#""x/a.jpg""#], r#""b.png", the name of image 2 "b.png""#),
        (
            ["x/a.jpg", "y/a.jpg"],
            [r#""y/a""#, r#""x/a""#],
            r#""y/a", the name without its ending of image 2 "y/a.jpg""#,
        ),
        (
            ["x/a.jpg", "y/b.jpg"],
            [r#""b.jpg""#, r#""a.jpg""#],
            r#""b.jpg", the name without folders of image 2 "y/b.jpg""#,
        ),
        (
            ["a.jpg", "b.jpg"],
            [r#""/z/b.jpg""#, r#""c:\\a.jpg""#],
            r#""/z/b.jpg", the name without folders of image 2 "b.jpg""#,
        ),
        (["x/a.1.jpg", "b.jpg"], [r#""b""#, r#""a.1""#], r#""b", the stem of image 2 "b.jpg""#),
        (
            ["a.jpg", "b.jpg"],
            [r#""b.png""#, r#""a.png""#],
            r#""b.png", but for the ending the name of image 2 "b.jpg""#,
        ),
    ];
    for (names, said, expected) in cases {
        let (offsets, example) = joined(&names, &said);
        assert_eq!(offsets, [0, 1, 2], "{expected}");
        assert_eq!(example, format!("detections[0] names image {expected}"));
    }
}

#[test]
fn of_keys_that_match_as_many_the_first_one_counts() {
    // The first is a whole name, the second a stem alone.
    let read = read_with(&images(&["a", "b.jpg"]), detections(&[r#""a""#, r#""x/b.png""#, r#""c""#]), &skip_unknown());
    let read = read.unwrap();
    assert_eq!(told(&read, Kind::ImagesJoined), Some((1, r#"detections[0] names image "a", the name of image 1 "a""#)));
    assert_eq!(read.detections.unwrap().offsets, [0, 1, 1]);
}

#[test]
fn what_is_too_long_for_an_ending_is_part_of_the_name() {
    assert_eq!(joined(&["a.jpg"], &[r#""a.heics""#]).0, [0, 1]);
    let refusal = refused(&["a.jpg"], &[r#""a.second""#]);
    assert!(refusal.contains(r#"names image "a.second""#), "{refusal}");
}

#[test]
fn names_of_classes_that_nobody_knows_do_not_replace_ids_that_are_known() {
    let in_german = r#"[{"image_id": 1, "category_id": 9, "category_name": "Hund", "bbox": [1, 1, 2, 2], "score": 1}]"#;
    let read = read_both(&images(&["a.jpg"]), in_german).unwrap();
    assert_eq!(read.detections.unwrap().class_id, [1]);
}

#[test]
fn digits_match_stems_as_numbers_and_as_texts() {
    for said in [["17", "5"], [r#""17""#, "5"], [r#""000017""#, r#""05""#]] {
        assert_eq!(joined(&["000017.jpg", "x/005.png"], &said).0, [0, 1, 2], "{said:?}");
    }
    let digits = "20230405123456789012";
    assert_eq!(joined(&["a.jpg", &format!("{digits}.jpg")], &[&format!("\"{digits}\"")]).0, [0, 0, 1]);
    // As text each is one of them; the number may be either.
    assert_eq!(joined(&["x/17.jpg", "x/017.jpg"], &[r#""017""#]).0, [0, 0, 1]);
    assert!(refused(&["x/17.jpg", "x/017.jpg"], &["17"]).contains("the stem of both image 1"));
}

#[test]
fn a_key_of_two_images_is_refused_and_both_are_named() {
    let expected = r#"dt.json: detections[0] names image "a", the stem of both image 1 "day/a.jpg" and image 2 "night/a.jpg": which is meant is not known"#;
    assert_eq!(refused(&["day/a.jpg", "night/a.jpg", "b.jpg"], &[r#""a""#, r#""b""#]), expected);
    assert!(refused(&["a.jpg", "a.png"], &[r#""a""#]).contains(r#"both image 1 "a.jpg" and image 2 "a.png""#));
    let two = refused(&["a.jpg", "b.jpg"], &[r#""day/a.jpg""#, r#""night/a.jpg""#]);
    let expected = r#"detections[0] names image "day/a.jpg" and detections[1] names image "night/a.jpg", each the name without folders of image 1 "a.jpg""#;
    assert_eq!(two, format!("dt.json: {expected}"));
    // The option makes no difference to that, and nobody minds a stem that no box names.
    let mut options = Options::default();
    options.images_by_stem = true;
    let names = images(&["day/a.jpg", "night/a.jpg", "b.jpg"]);
    assert!(read_with(&names, detections(&[r#""a""#]), &options).unwrap_err().to_string().contains("both image 1"));
    assert!(read_with(&names, detections(&[r#""b""#]), &options).is_ok());
}

#[test]
fn ids_come_first_and_a_part_that_matches_is_not_replaced() {
    let coco = read_both(&images(&["2.jpg", "1.jpg"]), &detections(&["1"])).unwrap();
    assert_eq!(coco.detections.as_ref().unwrap().offsets, [0, 1, 1]);
    assert_eq!(told(&coco, Kind::ImagesJoined), None);
    let refusal = refused(&["2.jpg", "3.jpg"], &["2", "3"]);
    assert!(refusal.contains("each is the stem of a file name: images_by_stem"), "{refusal}");
}

#[test]
fn text_and_integer_ids_that_agree_are_one() {
    let (offsets, example) = joined(&["a.jpg", "b.jpg"], &[r#""2""#, r#""1""#]);
    assert_eq!(offsets, [0, 1, 2]);
    assert_eq!(example, r#"detections[0] names image "2", as text the id of image 2 "b.jpg""#);
    let texts = images(&["a.jpg", "b.jpg"]).replace(r#""id": 1"#, r#""id": "1""#);
    let coco = read_both(&texts, &detections(&["1", "2"])).unwrap();
    assert_eq!(coco.detections.as_ref().unwrap().offsets, [0, 1, 2]);
    assert_eq!(told(&coco, Kind::ImagesJoined).unwrap().0, 1);
    // With both among the images, each box means that of its own type.
    let both = images(&["a.jpg", "b.jpg"]).replace(r#""id": 2"#, r#""id": "1""#);
    let coco = read_both(&both, &detections(&["1", r#""1""#])).unwrap();
    assert_eq!(coco.detections.as_ref().unwrap().offsets, [0, 1, 2]);
    let refusal = refused(&["2.jpg", "1.jpg"], &[r#""1""#]);
    let expected =
        r#"names image "1", as text the id of image 1 "2.jpg", and the name without its ending of image 2 "1.jpg""#;
    assert!(refusal.contains(expected), "{refusal}");
}

#[test]
fn annotations_are_joined_in_the_same_way() {
    let text = document(r#"{"id": 1, "file_name": "b.jpg", "category_id": "9", "bbox": [1, 2, 3, 4]}"#);
    let coco = read(&text).unwrap();
    assert_eq!((coco.annotations.offsets.as_slice(), coco.annotations.class_id.as_slice()), (&[0, 0, 1][..], &[1][..]));
    let class = told(&coco, Kind::ClassesJoined).unwrap().1;
    assert_eq!(class, r#"annotations[0] names category "9", as text the id of category 9 "dog""#);
}

#[test]
fn classes_are_joined_by_their_names() {
    let named = format!("[{}, {}]", detection(1, r#""dog""#, 0.5), detection(2, r#""cat""#, 0.5));
    let other = r#""score": 0.5, "category_name": "#;
    let beside = named
        .replace(r#""category_id": "dog""#, r#""category_name": "dog""#)
        .replace(r#""category_id": "cat""#, r#""class": "cat""#);
    let against = format!("[{}]", detection(1, 3, 0.5)).replace(r#""score": 0.5"#, &format!(r#"{other}"dog""#));
    for (list, classes) in [(&named, &[1, 0][..]), (&beside, &[1, 0]), (&against, &[1])] {
        let coco = read_both(&document(""), list).unwrap();
        assert_eq!(coco.detections.as_ref().unwrap().class_id, classes, "{list}");
        let (count, example) = told(&coco, Kind::ClassesJoined).unwrap();
        assert_eq!(
            (count, example),
            (classes.len(), r#"detections[0] names category "dog", the name of category 9 "dog""#)
        );
    }
    let agreeing = against.replace(r#""dog""#, r#""cat""#);
    assert_eq!(told(&read_both(&document(""), &agreeing).unwrap(), Kind::ClassesJoined), None);
    let twice = document("").replace(r#""dog""#, r#""cat""#);
    let refusal = read_both(&twice, &named.replace("dog", "cat")).unwrap_err().to_string();
    assert!(refusal.contains(r#"the name of both category 3 "cat" and category 9 "cat""#), "{refusal}");
}

#[test]
fn names_in_the_lists_of_a_detections_file_say_what_its_ids_mean() {
    let list = format!("[{}, {}]", detection(1, 0, 0.5), detection(2, 1, 0.5));
    let object = format!(
        r#"{{"images": [{{"id": 1, "file_name": "b.jpg"}}, {{"id": 2, "file_name": "a.jpg"}}], "annotations": {list},
            "categories": [{{"id": 0, "name": "dog"}}, {{"id": 1, "name": "cat"}}]}}"#
    );
    let folders = object.replace("a.jpg", "in/a.jpg").replace("b.jpg", "in/b.jpg");
    for object in [object, folders] {
        let detected = read_both(&document(""), &object).unwrap().detections.unwrap();
        assert_eq!(detected.ids.into_ints().unwrap(), [1, 0]);
        assert_eq!(detected.class_id, [0, 1]);
    }
    // The ids of the annotations, said again: there is nothing to tell.
    let same = format!(
        r#"{{"images": [{{"id": 1, "file_name": "a.jpg"}}], "detections": [{}],
            "categories": [{{"id": 3, "name": "cat"}}, {{"id": 9, "name": "dog"}}]}}"#,
        detection(1, 9, 0.5)
    );
    let coco = read_both(&document(""), &same).unwrap();
    assert_eq!((told(&coco, Kind::ImagesJoined), told(&coco, Kind::ClassesJoined)), (None, None));
    assert_eq!(coco.detections.unwrap().class_id, [1]);
}

#[test]
fn an_object_with_one_list_of_any_name_is_read() {
    let text = format!(r#"{{"model": "x", "results": {}}}"#, detections(&["1"]));
    assert_eq!(read_both(&document(""), &text).unwrap().detections.unwrap().offsets, [0, 1, 1]);
}

#[test]
fn positions_of_classes_in_another_order_than_their_ids_need_a_word() {
    let unsorted = r#"{"images": [{"id": 1}], "annotations": [],
        "categories": [{"id": 9, "name": "dog"}, {"id": 3, "name": "cat"}]}"#;
    let list = format!("[{}]", detection(1, 0, 0.5));
    let refusal = read_both(unsorted, &list).unwrap_err().to_string();
    assert!(refusal.contains("numbers from 0 may be positions of classes: classes_from=0"), "{refusal}");
    let from_1 = format!("[{}, {}]", detection(1, 1, 0.5), detection(1, 2, 0.5));
    let refusal = read_both(unsorted, &from_1).unwrap_err().to_string();
    assert!(refusal.contains("numbers from 1 may be positions of classes: classes_from=1"), "{refusal}");
    let mut options = Options::default();
    options.classes_from = Some(0);
    let refusal = read_with(unsorted, &list, &options).unwrap_err().to_string();
    assert!(
        refusal.contains(r#"class 0 may be category 9 "dog", which the annotations list first, or category 3"#),
        "{refusal}"
    );
    for (order, class) in [(ClassOrder::File, 1), (ClassOrder::Ids, 0)] {
        options.class_order = Some(order);
        assert_eq!(read_with(unsorted, &list, &options).unwrap().detections.unwrap().class_id, [class]);
    }
}

#[test]
fn names_that_repeat_or_lack_are_told() {
    let coco = read(&images(&["a.jpg", "b.jpg", "a.jpg"]).replace(r#""name": "dog""#, r#""name": "cat""#)).unwrap();
    assert_eq!(told(&coco, Kind::EqualFileNames), Some((1, r#"images[0] and images[2] are both "a.jpg""#)));
    assert_eq!(told(&coco, Kind::EqualNames), Some((1, r#"categories 3 and 9 are both "cat""#)));
    let coco = read(&images(&["a.jpg"]).replace(r#", "name": "dog""#, "")).unwrap();
    assert_eq!(told(&coco, Kind::WithoutName), Some((1, r#"categories[1] is named "9""#)));
    assert_eq!(coco.classes.names, ["cat", "9"]);
}

#[test]
fn lvis_tells_which_classes_are_verified() {
    let text = r#"{"images": [{"id": 1, "neg_category_ids": [3, 77], "not_exhaustive_category_ids": [1]},
            {"id": 2, "neg_category_ids": [], "not_exhaustive_category_ids": []}, {"id": 3}],
        "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "c"}], "annotations": [
            {"id": 1, "image_id": 1, "category_id": 2, "bbox": [0, 0, 1, 1]},
            {"id": 2, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1]},
            {"id": 3, "image_id": 2, "category_id": 1, "bbox": [0, 0, 1, 1]},
            {"id": 4, "image_id": 2, "category_id": 1, "bbox": [0, 0, 2, 2]}]}"#;
    let verified = read(text).unwrap().verified.unwrap();
    assert_eq!(verified.offsets, [0, 2, 3, 3]);
    assert_eq!(verified.classes, [1, 2, 0]);
    assert!(read(&document("")).unwrap().verified.is_none());
}

#[test]
fn what_lvis_tells_stays_with_its_image_in_a_file_of_many_blocks() {
    let told = r#", "neg_category_ids": [3], "not_exhaustive_category_ids": []"#;
    let record = |id: usize| format!(r#"{{"id": {id}{}}}"#, if id % 20_000 == 1 { told } else { "" });
    let images: Vec<String> = (0..50_000).map(record).collect();
    let verified = read(&format!(
        r#"{{"images": [{}], "categories": [{{"id": 3, "name": "c"}}], "annotations": []}}"#,
        images.join(",\n")
    ));
    let verified = verified.unwrap().verified.unwrap();
    let found = verified.offsets.windows(2).enumerate().filter(|(_, ends)| ends[0] < ends[1]);
    assert_eq!(found.map(|(image, _)| image).collect::<Vec<_>>(), [1, 20_001, 40_001]);
}
