"""What `read_coco` makes of files that are not quite COCO, and what `write_coco` keeps of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import boxlint
from boxlint import Boxes, Dataset, read_coco, write_coco
from boxlint.inspection import Finding
from boxlint.synthetic import make_scenes

SQUARE = [[10, 20, 30, 20, 30, 40, 10, 40]]
IMAGES: list[dict[str, Any]] = [
    {"id": index, "file_name": f"street_{index}.jpg", "width": 64, "height": 48} for index in (1, 2)
]
CATEGORIES = [{"id": 3, "name": "cat"}, {"id": 5, "name": "dog"}]
RECORDS: list[dict[str, Any]] = [
    {"id": 7, "image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4], "area": 5.5, "iscrowd": 0, "segmentation": SQUARE},
    {"id": 8, "image_id": 2, "category_id": 5, "bbox": [5, 6, 7, 8], "area": 50, "iscrowd": 0},
]
DETECTED = {"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.9}


def written(folder: Path, records: list[Any] = RECORDS, detections: Any = None, **lists: Any) -> list[Path]:
    """The paths of an annotations file with these records, and of a detections file if there are any."""
    content = {"images": IMAGES, "annotations": records, "categories": CATEGORIES, **lists}
    files = [folder / "gt.json"]
    files[0].write_text(json.dumps(content))
    if detections is not None:
        files.append(folder / "dt.json")
        files[1].write_text(json.dumps(detections))
    return files


def read(*files: Path, **options: Any) -> tuple[Dataset, dict[str, Finding]]:
    findings: list[Finding] = []
    dataset = read_coco(*files, on_finding=findings.append, **options)
    return dataset, {finding.kind: finding for finding in findings}


def changed(row: int, **fields: Any) -> list[Any]:
    """The records, one of them with other fields; None leaves a field out."""
    records = [dict(record) for record in RECORDS]
    records[row] = {name: value for name, value in (records[row] | fields).items() if value is not None}
    return records


def test_a_file_as_it_should_be_has_no_finding(tmp_path: Path) -> None:
    detections = [DETECTED, {**DETECTED, "image_id": 2, "category_id": 5}]
    kinds = set(read(*written(tmp_path, detections=detections))[1])
    assert kinds <= {"copied", "none_certain"}


def test_unreadable_records_are_errors_that_can_be_left_out(tmp_path: Path) -> None:
    (file,) = written(tmp_path, [*RECORDS, {"id": 9, "image_id": 2}, {"id": 9, "category_id": 3, "bbox": [1, 2, 3]}])
    with pytest.raises(
        ValueError, match=r"gt\.json: annotations\[2\] \(image 2\): category_id is missing; .*2 records"
    ):
        read_coco(file)
    dataset, found = read(file, skip_unreadable=True)
    assert len(dataset.annotations.class_id) == 2
    assert found["unreadable"].is_error
    with pytest.raises(ValueError, match="records that cannot be read"):
        read_coco(file, skip_unreadable=True, refuse=["unreadable"])


def test_no_detection_is_an_error(tmp_path: Path) -> None:
    empty: list[Any] = [[], {"predictions": []}, [{**DETECTED, "image_id": 9}]]
    for detections in empty:
        _, found = read(*written(tmp_path, detections=detections), skip_unknown=True)
        assert found["no_detections"].is_error
        assert found["no_detections"].example == str(tmp_path / "dt.json")
    assert "no_detections" not in read(*written(tmp_path))[1]


@pytest.mark.parametrize(
    ("detected", "kind"),
    [
        ({"image_id": "street_1"}, "images_joined"),
        ({"image_id": "1"}, "images_joined"),
        ({"category_id": "cat"}, "classes_joined"),
        ({"category_id": 0, "category_name": "cat"}, "classes_joined"),
    ],
)
def test_joins_by_another_key_are_told(tmp_path: Path, detected: dict[str, Any], kind: str) -> None:
    dataset, found = read(*written(tmp_path, detections=[DETECTED | detected]))
    assert (dataset.predictions.offsets.tolist(), dataset.predictions.class_id.tolist()) == ([0, 1, 1], [0])
    assert not found[kind].is_error
    assert found[kind].count == 1


def test_the_order_of_positions_is_asked_for_where_it_matters(tmp_path: Path) -> None:
    files = written(tmp_path, detections=[{**DETECTED, "category_id": 0}], categories=CATEGORIES[::-1])
    with pytest.raises(ValueError, match='class_order is "file" or "ids"'):
        read_coco(*files, classes_from=0)
    in_file, by_id = (read_coco(*files, classes_from=0, class_order=order) for order in ("file", "ids"))
    assert (in_file.predictions.class_id.tolist(), by_id.predictions.class_id.tolist()) == ([1], [0])
    with pytest.raises(ValueError, match="class_order needs classes_from, the number of the first class"):
        read_coco(*files, class_order="file")
    with pytest.raises(ValueError, match="class_order is 'name', expected"):
        read_coco(*files, class_order="name")  # type: ignore[arg-type]


def test_equal_names_are_told_once(tmp_path: Path) -> None:
    images = [IMAGES[0], IMAGES[1] | {"file_name": "street_1.jpg"}]
    (file,) = written(tmp_path, images=images, categories=[CATEGORIES[0], {"id": 5, "name": "cat"}])
    _, found = read(file)
    assert found["equal_names"] == Finding("equal_names", "classes", 1, 'categories 3 and 5 are both "cat"')
    assert found["equal_file_names"].where == "images"


def test_lvis_lists_become_the_verified_classes_of_a_data_set(tmp_path: Path) -> None:
    images = [IMAGES[0] | {"neg_category_ids": [5], "not_exhaustive_category_ids": [3]}, IMAGES[1]]
    dataset: Any = read_coco(*written(tmp_path, images=images))
    offsets, classes = dataset.verified_classes
    assert (offsets.tolist(), classes.tolist()) == ([0, 1, 2], [1, 1])


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"coco_url": "http://images.org/val2017/7.jpg", "flickr_url": "http://flickr.org/a.jpg"}, "val2017/7.jpg"),
        ({"coco_url": "http://images.org/val2017/7.jpg", "file_name": "a.jpg"}, "a.jpg"),
        ({"file_name": "a.jpg", "coco_url": "http://images.org/val2017/7.jpg"}, "a.jpg"),
        ({"coco_url": None}, "1"),
        ({"coco_url": 5}, "1"),
        ({"coco_url": "http://images.org/"}, "1"),
    ],
)
def test_an_image_without_a_file_name_has_that_of_its_address_as_in_lvis(
    tmp_path: Path, fields: dict[str, Any], name: str
) -> None:
    without_name = {key: value for key, value in IMAGES[0].items() if key != "file_name"}
    dataset = read_coco(*written(tmp_path, images=[without_name | fields, IMAGES[1]]))
    assert dataset.image_names == [name, "street_2.jpg"]


def test_ignored_annotations_are_written_as_evaluators_read_them(tmp_path: Path) -> None:
    boxes = Boxes([[1, 1, 9, 9], [2, 2, 30, 30]], [0, 0], ignore=[False, True])
    write_coco(Dataset(boxes, Boxes([], [], [])), tmp_path / "written.json")
    records = json.loads((tmp_path / "written.json").read_text())["annotations"]
    assert [record["iscrowd"] for record in records] == [0, 1]
    np.testing.assert_array_equal(read_coco(tmp_path / "written.json").annotations.ignore, [False, True])


class TestKeeping:
    """`write_coco` with the file that the data set was read from."""

    def kept(self, folder: Path, records: list[Any], change: Any = None) -> list[dict[str, Any]]:
        (file,) = written(folder, records)
        dataset = read_coco(file)
        write_coco(dataset if change is None else change(dataset), folder / "out.json", keep=file)
        again = read_coco(folder / "out.json")
        assert len(again.annotations.class_id) == len(records)
        content: dict[str, Any] = json.loads((folder / "out.json").read_text())
        return list(content["annotations"])

    def test_an_unchanged_box_keeps_its_area_and_mask(self, tmp_path: Path) -> None:
        def swapped(dataset: Dataset) -> Dataset:
            boxes = dataset.annotations
            other = Boxes(boxes.xyxy, [1, 1], offsets=boxes.offsets)
            return Dataset(
                other, dataset.predictions, annotation_ids=dataset.annotation_ids, image_ids=dataset.image_ids,
                category_ids=dataset.category_ids, class_names=dataset.class_names,
            )  # fmt: skip

        assert self.kept(tmp_path, RECORDS) == RECORDS
        assert self.kept(tmp_path, RECORDS, swapped) == changed(0, category_id=5)

    @pytest.mark.parametrize("bbox", [None, []])
    def test_a_box_from_an_outline_is_written_beside_it(self, tmp_path: Path, bbox: Any) -> None:
        first, second = self.kept(tmp_path, changed(0, bbox=bbox))
        assert (first["bbox"], first["area"], first["segmentation"]) == ([10, 20, 20, 20], 5.5, SQUARE)
        assert second == RECORDS[1]

    def test_ids_by_position_are_written(self, tmp_path: Path) -> None:
        records = self.kept(tmp_path, changed(1, id=None))
        assert [record["id"] for record in records] == [1, 2]
        assert [record["area"] for record in records] == [5.5, 50]

    @pytest.mark.parametrize("field", ["image_id", "file_name"])
    def test_records_joined_by_another_key_get_the_ids(self, tmp_path: Path, field: str) -> None:
        names = [{"image_id": None, field: f"street_{index}.jpg", "category_id": str(3)} for index in (1, 2)]
        records = [changed(row, **name)[row] for row, name in enumerate(names)]
        kept = self.kept(tmp_path, records)
        assert [(record["image_id"], record["category_id"]) for record in kept] == [(1, 3), (2, 3)]
        assert [record["area"] for record in kept] == [5.5, 50]

    def test_ids_of_equal_text_are_kept_apart(self, tmp_path: Path) -> None:
        """The boxes of the images 7 and "7" were exchanged."""
        given = {
            "images": [
                {"id": id_, "file_name": f"{at}.jpg", "width": 99, "height": 99} for at, id_ in enumerate([7, "7"])
            ],
            "categories": [{"id": 1, "name": "cat"}, {"id": "1", "name": "dog"}],
            "annotations": [
                {"id": 1, "image_id": "7", "category_id": 1, "bbox": [1, 1, 9, 9], "area": 81, "iscrowd": 0},
                {"id": 1, "image_id": 7, "category_id": "1", "bbox": [2, 2, 5, 5], "area": 25, "iscrowd": 0},
            ],
        }
        path = tmp_path / "both.json"
        path.write_text(json.dumps(given))
        boxlint.write_coco(boxlint.read_coco(path), tmp_path / "kept.json", keep=path)
        assert json.loads((tmp_path / "kept.json").read_text()) == given

    def test_ids_that_repeat_in_other_images_are_kept_apart(self, tmp_path: Path) -> None:
        records = [RECORDS[1] | {"id": 1}, RECORDS[0] | {"id": 1}]
        assert self.kept(tmp_path, records) == records

    @pytest.mark.parametrize(
        "odd",
        [
            {"id": 9, "image_id": 2, "note": "nothing else"},
            {"image_id": 1, "note": "without an id"},
            RECORDS[0] | {"id": [7]},
            RECORDS[0] | {"id": True},
            RECORDS[0] | {"bbox": [1, 2]},
            RECORDS[0] | {"category_id": 99},
            7,
        ],
        ids=[
            "no box", "no id", "an id that is a list", "an id that is true", "another's id and image",
            "another's id and image, of an unknown class", "no object",
        ],
    )  # fmt: skip
    def test_unreadable_records_stay(self, tmp_path: Path, odd: Any) -> None:
        (file,) = written(tmp_path, [odd, *RECORDS])
        dataset = read_coco(file, skip_unreadable=True, skip_unknown=True)
        boxes = dataset.annotations
        moved = Boxes(boxes.xyxy + np.array([0, 0, 1, 0]), boxes.class_id, offsets=boxes.offsets)
        write_coco(dataset, tmp_path / "out.json", keep=file)
        assert json.loads((tmp_path / "out.json").read_text())["annotations"] == [odd, *RECORDS]
        write_coco(replace(dataset, annotations=moved), tmp_path / "out.json", keep=file)
        first, *rest = json.loads((tmp_path / "out.json").read_text())["annotations"]
        assert (first, [record["bbox"][2] for record in rest]) == (odd, [4, 8])


def test_what_is_written_without_a_file_to_keep_has_what_pycocotools_needs(tmp_path: Path) -> None:
    dataset = Dataset(Boxes([[1, 2, 4, 6]], [0]), Boxes(np.empty((0, 4)), [], [], [0, 0]))
    boxlint.write_coco(dataset, tmp_path / "out.json")
    (record,) = json.loads((tmp_path / "out.json").read_text())["annotations"]
    assert record == {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"images": [{"id": 9, "file_name": "a.jpg"}]}, r"no image \d"),
        ({"categories": [{"id": 9, "name": "cat"}]}, r"no category \d"),
    ],
)
def test_a_file_that_is_not_the_one_that_was_read_is_not_kept(tmp_path: Path, change: Any, why: str) -> None:
    dataset = make_scenes(3).dataset
    write_coco(dataset, tmp_path / "annotations.json")
    other = tmp_path / "other.json"
    other.write_text(json.dumps(json.loads((tmp_path / "annotations.json").read_text()) | change))
    expected = rf"^{re.escape(str(other))}: expected the COCO annotations that the data set was read from: {why}"
    with pytest.raises(ValueError, match=expected):
        write_coco(dataset, tmp_path / "out.json", keep=other)
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("categories", [{"1": "cat"}, None, "cat"])
def test_what_is_no_list_is_told_to_be_one(tmp_path: Path, categories: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"images": [], "annotations": [], "categories": categories}))
    with pytest.raises(
        ValueError, match=r"a\.json:1:49: expected a list, found '.': images, annotations and categories"
    ):
        read_coco(tmp_path / "a.json")


def test_detections_in_place_of_annotations_are_named(tmp_path: Path) -> None:
    results, annotations = tmp_path / "results.json", tmp_path / "annotations.json"
    write_coco(make_scenes(3).dataset, annotations, results)
    with pytest.raises(
        ValueError, match=r"results\.json:1:1: .*: a list is a detector's results, and the annotations come"
    ):
        read_coco(results, annotations)


def test_classes_without_names_are_those_with_ids(tmp_path: Path) -> None:
    boxes = [[1, 1, 9, 9]]
    nameless = Dataset(Boxes(boxes, [1]), Boxes(boxes, [0], [0.5]), category_ids=[3, 5, 7])
    write_coco(nameless, tmp_path / "a.json")
    found = read_coco(tmp_path / "a.json")
    assert (np.asarray(found.category_ids).tolist(), found.annotations.class_id.tolist()) == ([3, 5, 7], [1])
    with pytest.raises(ValueError, match=r"^write_coco: category_ids has 1, expected 2, one for each class$"):
        write_coco(replace(nameless, category_ids=[3]), tmp_path / "b.json")
    assert not (tmp_path / "b.json").exists()


@pytest.mark.parametrize(
    "name", ["image_names", "class_names", "image_ids", "category_ids", "annotation_ids", "prediction_ids"]
)
def test_a_text_that_no_file_can_hold_is_refused_and_nothing_written(name: str, tmp_path: Path) -> None:
    box = [[1, 1, 9, 9]]
    fields: dict[str, Any] = {name: ["caf\udce9"]}
    given = Dataset(Boxes(box, [0]), Boxes(box, [0], [0.5]), **fields)
    with pytest.raises(
        ValueError, match=rf"^write_coco: {name}\[0\] is 'caf\\udce9', expected a text that UTF-8 can hold$"
    ):
        write_coco(given, tmp_path / "a.json", tmp_path / "b.json")
    assert not list(tmp_path.iterdir())


def test_equal_ids_one_after_the_other_are_one_object(tmp_path: Path) -> None:
    """A file may hold nothing else, and a text of Python takes several times as much as its record."""
    path = tmp_path / "a.json"
    images = [{"id": "2a3"}, {"id": "2a3"}, {"id": "b"}]
    path.write_text(json.dumps({"images": images, "annotations": [], "categories": []}))
    dataset = read_coco(path)
    ids, names = dataset.image_ids, dataset.image_names
    assert ids is not None
    assert names is not None
    assert list(ids) == ["2a3", "2a3", "b"]
    assert ids[0] is ids[1] is names[0] is names[1]


@pytest.mark.parametrize("text", [False, True])
def test_ids_by_which_boxes_would_be_read_as_those_of_another_are_not_written(tmp_path: Path, text: bool) -> None:
    boxes, none = Boxes([[1, 1, 5, 5]], [1], offsets=[0, 0, 1]), Boxes(np.empty((0, 4)), [], [], [0, 0, 0])
    scored = Boxes(boxes.xyxy, boxes.class_id, [0.5], boxes.offsets)
    alike: Any = ["a", "a"] if text else [7, 7]
    no_boxes = Boxes(np.empty((0, 4)), [], offsets=[0, 0, 0])
    for dataset, what in (
        (Dataset(boxes, none, image_ids=alike), "image_ids"),
        (Dataset(no_boxes, scored, image_ids=alike), "image_ids"),
        (Dataset(boxes, none, category_ids=alike, class_names=["cat", "dog"]), "category_ids"),
    ):
        with pytest.raises(ValueError, match=rf"write_coco: {what}\[1\] is {alike[1]!r}, as is {what}\[0\]"):
            write_coco(dataset, tmp_path / "a.json", tmp_path / "d.json")
    assert list(tmp_path.iterdir()) == []
    # An image without boxes may have the id of one before it, as in a file that was read so.
    write_coco(Dataset(no_boxes, none, image_ids=alike), tmp_path / "a.json", tmp_path / "d.json")
    assert len(read_coco(tmp_path / "a.json")) == 2
