"""What `write_coco` keeps of the file that a data set was read from."""

from __future__ import annotations

import gzip
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from boxlint import Boxes, Dataset, read_coco, write_coco

RECORDS = [
    {"id": 7, "image_id": 1, "category_id": 3, "bbox": [1.1, 2.2, 3.3, 4.4], "area": 9, "mood": "odd", "iscrowd": 1},
    {"id": 5, "image_id": 2, "category_id": 3, "bbox": [5, 6, 7, 8], "segmentation": [[1, 2, 3, 4, 5, 6]]},
    {"id": 9, "image_id": 99, "category_id": 3, "bbox": [0, 0, 1, 1], "note": "of an image that is not listed"},
]
CONTENT: dict[str, Any] = {
    "info": {"year": 2026},
    "images": [{"id": 2, "licence": 4}, {"id": 1}],
    "categories": [{"id": 3, "name": "cat", "supercategory": "animal"}],
    "annotations": RECORDS,
}


def given(folder: Path, name: str, text: bytes) -> tuple[Path, Dataset]:
    path = folder / name
    path.write_bytes(text)
    return path, read_coco(path, skip_unknown=True)


@pytest.mark.parametrize("name", ["plain.json", "packed.json.gz"])
def test_an_unchanged_data_set_is_the_file_it_was_read_from(tmp_path: Path, name: str) -> None:
    text = json.dumps(CONTENT).encode()
    path, dataset = given(tmp_path, name, gzip.compress(text) if name.endswith(".gz") else text)
    write_coco(dataset, tmp_path / "written.json", keep=path)
    assert json.loads((tmp_path / "written.json").read_text()) == CONTENT


@pytest.mark.parametrize("ending", ["gz", "GZ"])
def test_a_path_that_ends_in_gz_is_packed(tmp_path: Path, ending: str) -> None:
    path, dataset = given(tmp_path, "plain.json", json.dumps(CONTENT).encode())
    for options in ({}, {"keep": path}):
        write_coco(dataset, tmp_path / f"packed.json.{ending}", tmp_path / f"detections.json.{ending}", **options)
        assert len(json.loads(gzip.decompress((tmp_path / f"packed.json.{ending}").read_bytes()))["images"]) == 2
        assert json.loads(gzip.decompress((tmp_path / f"detections.json.{ending}").read_bytes())) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "expected a name in quotes"),
        ("[]", "expected an object, found '\\['"),
        ("null", "expected an object, found 'n'"),
        ('{"info": {}}', "the list images is missing"),
        ('{"annotations": [{}]}', "the list images is missing"),
    ],
)
def test_another_file_is_refused_and_nothing_written(tmp_path: Path, text: str, why: str) -> None:
    _, dataset = given(tmp_path, "plain.json", json.dumps(CONTENT).encode())
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(ValueError, match=rf"other\.json: expected the COCO annotations .*{why}"):
        write_coco(dataset, tmp_path / "written.json", keep=tmp_path / "other.json")
    assert not (tmp_path / "written.json").exists()


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + json.dumps(CONTENT),
        json.dumps(CONTENT, indent="\t").replace("\n", "\r\n") + "\r\n",
        json.dumps(CONTENT, separators=(",", ":")).replace("},", "}\n ,"),
        json.dumps(CONTENT).replace("1.1,", "11e-1,").replace("odd", "\\u00fcber \u00fcber"),
        json.dumps({"annotations": [ ], **CONTENT} | {"annotations": []}).replace("[]", "[ \n ]"),
    ],
    ids=["byte order mark", "lines", "no space", "numbers and escapes", "no annotations"],
)  # fmt: skip
def test_an_unchanged_data_set_is_the_same_text(tmp_path: Path, text: str) -> None:
    path, dataset = given(tmp_path, "given.json", text.encode())
    write_coco(dataset, tmp_path / "written.json", keep=path)
    assert (tmp_path / "written.json").read_bytes() == text.encode()


LAYOUTS: list[dict[str, Any]] = [
    {}, {"separators": (",", ":")}, {"indent": 0}, {"indent": 1}, {"indent": 4}, {"indent": "\t"},
    {"indent": 2, "separators": (",", ":")},
]  # fmt: skip
CHANGES = st.lists(st.sampled_from(["none", "deleted", "moved", "class"]), min_size=1, max_size=5)


def corrected(changes: list[str], add: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Boxes]:
    """Records, what becomes of each by its change and perhaps one more, and the boxes of these."""
    before: list[dict[str, Any]] = [
        {"id": 5 + row, "image_id": 1, "category_id": 3, "bbox": [row, 2, 3, 4], "area": 12, "iscrowd": 0}
        for row in range(len(changes))
    ]
    changed: dict[str, dict[str, Any]] = {
        "none": {},
        "moved": {"bbox": [1.5, 2.0, 3.0, 5.0], "area": 15.0},
        "class": {"category_id": 4},
    }
    after = [record | changed[change] for record, change in zip(before, changes, strict=True) if change != "deleted"]
    if add:
        new = {"id": 99, "image_id": 1, "category_id": 4, "bbox": [0.0, 0.0, 2.0, 2.0], "area": 4.0, "iscrowd": 0}
        after.append(new)
    xywh = np.array([record["bbox"] for record in after], np.float64).reshape(-1, 4)
    corners = np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]])
    return before, after, Boxes(corners, [record["category_id"] - 3 for record in after], offsets=[0, len(after)])


@for_all(CHANGES, st.booleans(), st.sampled_from(LAYOUTS))
def test_corrections_change_their_records_alone_and_are_laid_out_as_these(
    changes: list[str], add: bool, layout: dict[str, Any]
) -> None:
    before, after, boxes = corrected(changes, add)
    content = {"images": [{"id": 1}], "annotations": before, "categories": [{"id": 3}, {"id": 4}], "info": [None]}
    with tempfile.TemporaryDirectory() as folder:
        path, dataset = given(Path(folder), "given.json", json.dumps(content, **layout).encode())
        ids = [record["id"] for record in after]
        write_coco(replace(dataset, annotations=boxes, annotation_ids=ids), path, keep=path)
        text = path.read_text()
    content["annotations"] = after
    assert json.loads(text) == content
    if after:
        assert text == json.dumps(content, **layout)


BY_HAND = r"""{
  "images": [{"id": 1}], "categories": [{"id": 3, "name": "cat"}],
  "annotations": [
    null,
    {
      "id": 7,  "image_id": 1, "segmentation": [[1, 1, 3, 1, 3, 3]],
      "category_id": 3, "bbox": [1, 1, 2.50,
        2], "area": 5.0,
      "note": "\u00fc ü \": ,", "score": 1E2
    }
  ]
}"""
BY_HAND_CORRECTED = r"""{
  "images": [{"id": 1}], "categories": [{"id": 3, "name": "cat"}],
  "annotations": [
    null,
    {
      "id": 7,  "image_id": 1,
      "category_id": 3, "bbox": [2.0, 1.0, 2.0,
        2.5], "area": 5.0,
      "note": "\u00fc ü \": ,", "score": 1E2,  "iscrowd": 0
    },
    {
      "id": 8,  "image_id": 1,
      "category_id": 3, "bbox": [0.0, 0.0, 1.0,
        1.0], "area": 1.0,  "iscrowd": 0
    }
  ]
}"""


def test_values_that_did_not_change_are_written_as_they_were(tmp_path: Path) -> None:
    """In a record that changes, too; one that is new is laid out as the last one."""
    path = tmp_path / "given.json"
    path.write_text(BY_HAND, encoding="utf-8")
    dataset = read_coco(path, skip_unreadable=True)
    moved = Boxes(np.array([[2, 1, 4, 3.5], [0, 0, 1, 1]]), [0, 0], offsets=[0, 2])
    write_coco(replace(dataset, annotations=moved, annotation_ids=[7, 8]), path, keep=path)
    assert path.read_text(encoding="utf-8") == BY_HAND_CORRECTED


def test_records_of_one_id_are_told_apart_by_image_and_order(tmp_path: Path) -> None:
    """The first of three boxes of image 1 is deleted, the last one moved; image 2 has another one of that id."""
    content = {"images": [{"id": 1}, {"id": 2}], "categories": [{"id": 3}], "annotations": []}
    records = [
        {"id": 7, "image_id": image, "category_id": 3, "bbox": [x, 2, 3, 4], "area": 12, "iscrowd": 0}
        for image, x in [(1, 0), (2, 1), (1, 2), (1, 3)]
    ]
    path, dataset = given(tmp_path, "given.json", json.dumps(content | {"annotations": records}).encode())
    boxes = Boxes([[2, 2, 5, 6], [3, 2, 6, 8], [1, 2, 4, 6]], [0, 0, 0], offsets=[0, 2, 3])
    write_coco(replace(dataset, annotations=boxes, annotation_ids=[7, 7, 7]), path, keep=path)
    moved = [record | {"bbox": box, "area": area} for record, box, area in [
        (records[0], [2.0, 2.0, 3.0, 4.0], 12.0), (records[2], [3.0, 2.0, 3.0, 6.0], 18.0),
    ]]  # fmt: skip
    assert json.loads(path.read_text())["annotations"] == [moved[0], records[1], moved[1]]


def test_a_second_list_of_annotations_is_refused(tmp_path: Path) -> None:
    text = json.dumps(CONTENT)[:-1] + ', "annotations": []}'
    path, dataset = given(tmp_path, "twice.json", text.encode())
    with pytest.raises(ValueError, match=r"twice\.json: .* it has two lists of annotations"):
        write_coco(dataset, tmp_path / "written.json", keep=path)
    assert not (tmp_path / "written.json").exists()


def test_annotations_of_images_that_the_data_set_has_not_stay(tmp_path: Path) -> None:
    path, dataset = given(tmp_path, "given.json", json.dumps(CONTENT).encode())
    without = replace(dataset[1:], annotations=Boxes(np.empty((0, 4)), [], offsets=[0, 0]), annotation_ids=[])
    write_coco(without, path, keep=path)
    assert json.loads(path.read_text())["annotations"] == RECORDS[1:]


def test_verified_classes_of_images_with_one_id_stay(tmp_path: Path) -> None:
    """The first one had those of the last."""
    images = [{"id": 1, "neg_category_ids": ids, "not_exhaustive_category_ids": []} for ids in ([1, 2], [])]
    text = json.dumps({"images": images, "annotations": [], "categories": [{"id": 1}, {"id": 2}]})
    path, dataset = given(tmp_path, "given.json", text.encode())
    write_coco(dataset, path, keep=path)
    assert path.read_text() == text


# The two lists of LVIS in the records of three images; an id that no category has stays where it is.
LISTS = st.lists(st.lists(st.integers(1, 5), max_size=3), min_size=6, max_size=6)


@for_all(LISTS, st.booleans(), st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=6, max_size=6))
def test_verified_classes_stay_those_of_the_data_set(lists: list[Any], has_lists: bool, classes: list[Any]) -> None:
    """The class of a deleted annotation was not verified any more, and a new class of another one was.

    That of a new annotation was still said to be known to be absent.
    """
    images: list[dict[str, Any]] = [{"id": image} for image in range(3)]
    for image, record in enumerate(images):
        if has_lists:
            record |= {"neg_category_ids": lists[image], "not_exhaustive_category_ids": lists[3 + image]}
    categories = [{"id": id_} for id_ in range(1, 5)]
    with tempfile.TemporaryDirectory() as folder:
        content = {"images": images, "annotations": [], "categories": categories}
        path, dataset = given(Path(folder), "given.json", json.dumps(content).encode())
        if not has_lists:
            dataset = replace(dataset, verified_classes=classes[3:])
        else:
            write_coco(dataset, path, keep=path)
            assert path.read_text() == json.dumps(content)
        ends = np.cumsum([0, *map(len, classes[:3])])
        of_boxes = [class_id for of_image in classes[:3] for class_id in of_image]
        boxes = Boxes(np.tile([1, 1, 9, 9], (ends[-1], 1)), of_boxes, offsets=ends)
        corrected = replace(dataset, annotations=boxes, annotation_ids=np.arange(ends[-1]))
        write_coco(corrected, path, keep=path)
        again = read_coco(path)
        once = path.read_bytes()
        write_coco(again, path, keep=path)
        assert path.read_bytes() == once
        records = json.loads(once)["images"]
    assert again.verified_classes is not None
    assert corrected.verified_classes is not None
    for found, expected in zip(again.verified_classes, corrected.verified_classes, strict=True):
        np.testing.assert_array_equal(found, expected)
    for record, annotated in zip(records, classes, strict=False):
        assert set(record.get("neg_category_ids", [])).isdisjoint(class_id + 1 for class_id in annotated)
    if has_lists:
        unknown = [[5 in record[name] for name in list(record)[1:]] for record in records]
        assert unknown == [[5 in lists[image], 5 in lists[3 + image]] for image in range(3)]
