"""COCO to YOLO to Pascal VOC and back to COCO keeps every box, name and size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from boxlint import (
    Boxes,
    Dataset,
    from_arrow,
    read_coco,
    read_voc,
    read_yolo,
    write_coco,
    write_parquet,
    write_voc,
    write_yolo,
)
from boxlint.synthetic import make_scenes

REAL = {
    "coco_small": "detections.json",
    "coco_val2017": "detections_yolov2.json",
    "voc2007_test": "detections_mobilenet_yolo.json",
}

# Ten digits of a share of an image of some thousand pixels.
PIXELS = 1e-5


def rows(dataset: Dataset, boxes: Boxes) -> NDArray[np.float64]:
    """(n, 6) image by order of names, class and corners, in order of images."""
    order = np.argsort(np.argsort(np.array(dataset.image_names)))
    image = np.repeat(order, np.diff(boxes.offsets))
    stable = np.argsort(image, kind="stable")
    return np.column_stack([image, boxes.class_id, boxes.xyxy]).astype(np.float64)[stable]


def sizes(dataset: Dataset) -> dict[str, Any]:
    assert dataset.image_names is not None
    assert dataset.image_sizes is not None
    return dict(zip(dataset.image_names, map(tuple, dataset.image_sizes.tolist()), strict=True))


def check(start: Dataset, folder: Path) -> None:
    assert start.class_names is not None
    flagged = start.annotations.ignore

    write_yolo(start, folder / "labels", folder / "detected", ignored="write")
    yolo = read_yolo(folder / "labels", folder / "detected", names=start.class_names, image_sizes=sizes(start))
    marked = Boxes(yolo.annotations.xyxy, yolo.annotations.class_id, offsets=yolo.annotations.offsets, ignore=flagged)
    write_voc(
        Dataset(marked, yolo.predictions, yolo.image_names, yolo.class_names, image_sizes=yolo.image_sizes),
        folder / "voc",
    )
    voc = read_voc(folder / "voc", names=start.class_names)
    write_coco(voc, folder / "annotations.json")
    coco = read_coco(folder / "annotations.json")
    write_coco(yolo, folder / "yolo.json", folder / "detections.json")
    detected = read_coco(folder / "yolo.json", folder / "detections.json")

    assert sizes(coco) == sizes(start)
    assert list(coco.class_names or ()) == list(start.class_names)
    np.testing.assert_allclose(rows(coco, coco.annotations), rows(start, start.annotations), rtol=0, atol=PIXELS)
    np.testing.assert_allclose(rows(detected, detected.predictions), rows(start, start.predictions), atol=PIXELS)
    scores = np.asarray(detected.predictions.score), np.asarray(start.predictions.score)
    np.testing.assert_allclose(*scores, rtol=0, atol=1e-9)
    if flagged is not None:
        assert coco.annotations.ignore is not None
        assert coco.annotations.ignore.sum() == flagged.sum()


@pytest.mark.parametrize("name", REAL)
def test_real_data(name: str, data_dir: Path, tmp_path: Path) -> None:
    check(read_coco(data_dir / name / "annotations.json", data_dir / name / REAL[name]), tmp_path)


def test_made_up_data(tmp_path: Path) -> None:
    check(make_scenes(30, seed=2).dataset, tmp_path)


@pytest.mark.parametrize("name", REAL)
def test_coco_keeps_ids(name: str, data_dir: Path, tmp_path: Path) -> None:
    start = read_coco(data_dir / name / "annotations.json", data_dir / name / REAL[name])
    write_coco(start, tmp_path / "a.json", tmp_path / "d.json")
    again = read_coco(tmp_path / "a.json", tmp_path / "d.json")
    for ids in ("image_ids", "category_ids", "annotation_ids"):
        np.testing.assert_array_equal(getattr(again, ids), getattr(start, ids))
    np.testing.assert_allclose(again.annotations.xyxy, start.annotations.xyxy, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.sampled_from([None, [7, 3, 90, 12, 5, 6], list("abcdef")]), st.booleans())
def test_coco_keeps_which_classes_were_looked_for(
    tmp_path_factory: pytest.TempPathFactory, seed: int, category_ids: Any, with_names: bool
) -> None:
    generator = np.random.default_rng(seed)
    scenes = make_scenes(5, seed=seed).dataset
    names = scenes.class_names if with_names else None
    verified = [np.flatnonzero(generator.random(6) < generator.random()).tolist() for _ in range(5)]
    start = replace(scenes, verified_classes=verified, class_names=names, category_ids=category_ids)
    path = tmp_path_factory.mktemp("verified") / "annotations.json"
    write_coco(start, path)
    found = read_coco(path)
    ids = np.arange(1, 7) if category_ids is None else np.asarray(category_ids, object)
    place = {class_id: position for position, class_id in enumerate(np.asarray(found.category_ids, object).tolist())}
    expected = [
        sorted(place[ids[class_id]] for class_id in of_image if ids[class_id] in place) for of_image in verified
    ]
    assert found.verified_classes is not None
    offsets, class_ids = found.verified_classes
    assert [list(class_ids[slice(*offsets[image : image + 2])]) for image in range(5)] == expected
    if with_names or any(5 in of_image for of_image in verified):
        assert len(place) == 6


@pytest.mark.parametrize("classes", [[], ["cat"]])
@pytest.mark.parametrize("images", [0, 1, 2])
def test_what_is_written_of_data_sets_without_boxes_is_read_back(
    tmp_path: Path, images: int, classes: list[str]
) -> None:
    """A folder of no images has no files, and is refused before it is made."""
    names, ends = [f"{image}.jpg" for image in range(images)], np.zeros(images + 1, np.int64)
    nothing = Boxes(np.empty((0, 4)), [], offsets=ends), Boxes(np.empty((0, 4)), [], [], ends)
    start = Dataset(*nothing, image_names=names, class_names=classes, image_sizes=np.full((images, 2), 9.0))
    for write, path in ((write_yolo, tmp_path / "yolo"), (write_voc, tmp_path / "voc")):
        if images == 0:
            with pytest.raises(
                ValueError, match=rf"^{write.__name__}: the data set has no images, expected one or more"
            ):
                write(start, path)
            assert not path.exists()
        else:
            write(start, path)
    write_coco(start, tmp_path / "coco.json", tmp_path / "results.json")
    write_parquet(start, tmp_path / "data.parquet")
    found = [
        read_coco(tmp_path / "coco.json", tmp_path / "results.json"),
        from_arrow(pq.read_table(tmp_path / "data.parquet")),
    ]
    if images:
        found += [
            read_yolo(tmp_path / "yolo", names=classes, image_sizes=sizes(start)),
            read_voc(tmp_path / "voc", names=classes),
        ]
    for one in found:
        assert (list(one.image_names or ()), list(one.class_names or ())) == (names, classes)
        assert (len(one), len(one.annotations.class_id), len(one.predictions.class_id)) == (images, 0, 0)
