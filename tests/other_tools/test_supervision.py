"""What boxlint reads from what supervision wrote, and the other way round, where the two differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from readings import make_images, read_json, write_json, write_names

import boxlint
from boxlint import Boxes, Dataset

NAMES = ["car", "van"]
SIZE = (100, 80)


class Folder(NamedTuple):
    """An image and what lies beside it; paths as supervision takes them."""

    root: Path
    images: str
    image: str

    def at(self, name: str) -> str:
        return str(self.root / name)


@pytest.fixture
def sv() -> Any:
    return pytest.importorskip("supervision")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    images = make_images(tmp_path / "images", {"a.png": SIZE})
    return Folder(tmp_path, str(images), str(images / "a.png"))


def held_by_supervision(sv: Any, folder: Folder, boxes: Sequence[Sequence[float]]) -> Any:
    """A data set of one image with these boxes, cars all of them."""
    detections = sv.Detections(np.array(boxes, float), class_id=np.zeros(len(boxes), int))
    return sv.DetectionDataset(NAMES, [folder.image], {folder.image: detections})


def held_by_boxlint(**columns: Any) -> Dataset:
    annotations = Boxes([[10, 10, 30, 30], [50, 50, 70, 75]], [0, 1], offsets=[0, 2], **columns)
    predictions = Boxes(annotations.xyxy, annotations.class_id, [0.9, 0.8], [0, 2])
    return Dataset(annotations, predictions, ["a.png"], NAMES, image_sizes=np.array([SIZE], float))


class TestVoc:
    def test_it_counts_from_one(self, sv: Any, folder: Folder) -> None:
        boxes = [[0, 0, 100, 80], [10, 20, 30, 40]]
        held_by_supervision(sv, folder, boxes).as_pascal_voc(annotations_directory_path=folder.at("voc"))
        assert boxlint.read_voc(folder.at("voc"), one_based=True).annotations.xyxy.tolist() == boxes
        moved = [[1, 1, 100, 80], [11, 21, 30, 40]]
        assert boxlint.read_voc(folder.at("voc")).annotations.xyxy.tolist() == moved

    def test_many_of_its_boxes_are_told(self, sv: Any, folder: Folder) -> None:
        boxes = [[0, 10 * row, 20, 10 * row + 9] for row in range(5)] + [[80, 10 * row, 100, 80] for row in range(5)]
        held_by_supervision(sv, folder, boxes).as_pascal_voc(annotations_directory_path=folder.at("voc"))
        found: list[Any] = []
        boxlint.read_voc(folder.at("voc"), on_finding=found.append)
        assert "one_based" in {finding.kind for finding in found}

    def test_it_rounds_halves_to_even(self, sv: Any, folder: Folder) -> None:
        boxes = [[10.5, 10.5, 20.5, 20.5], [11.5, 11.5, 21.5, 21.5]]
        held_by_supervision(sv, folder, boxes).as_pascal_voc(annotations_directory_path=folder.at("voc"))
        read = boxlint.read_voc(folder.at("voc"), one_based=True).annotations.xyxy.tolist()
        assert read == [[11, 11, 20, 20], [11, 11, 22, 22]]

    def test_files_that_count_from_zero_are_a_pixel_off(self, sv: Any, folder: Folder) -> None:
        boxlint.write_voc(held_by_boxlint(), folder.at("voc"))
        data = sv.DetectionDataset.from_pascal_voc(folder.images, folder.at("voc"))
        assert data.annotations[folder.image].xyxy.tolist() == [[9, 9, 30, 30], [49, 49, 70, 75]]

    def test_its_classes_are_in_the_order_of_their_images(self, sv: Any, folder: Folder) -> None:
        make_images(Path(folder.images), {"b.png": SIZE})
        boxes = Boxes([[10, 10, 30, 30], [50, 50, 70, 75]], [1, 0], offsets=[0, 1, 2])
        scored = Boxes(boxes.xyxy, boxes.class_id, [0.9, 0.8], boxes.offsets)
        boxlint.write_voc(
            Dataset(boxes, scored, ["a.png", "b.png"], NAMES, image_sizes=np.array([SIZE] * 2)), folder.at("voc")
        )
        data = sv.DetectionDataset.from_pascal_voc(folder.images, folder.at("voc"))
        assert data.classes == NAMES[::-1]
        assert data.annotations[folder.image].class_id.tolist() == [0]

    def test_difficult_objects_are_ordinary(self, sv: Any, folder: Folder) -> None:
        boxlint.write_voc(held_by_boxlint(ignore=[True, False]), folder.at("voc"), one_based=True)
        data = sv.DetectionDataset.from_pascal_voc(folder.images, folder.at("voc"))
        assert boxlint.from_supervision([data.annotations[folder.image]]).ignore is None


class TestYolo:
    def test_its_lines_have_five_decimals(self, sv: Any, folder: Folder) -> None:
        boxes = [[100 / 7, 80 / 7, 200 / 7, 400 / 7]]
        held_by_supervision(sv, folder, boxes).as_yolo(annotations_directory_path=folder.at("labels"))
        read = boxlint.read_yolo(folder.at("labels"), names=NAMES, images_dir=folder.images).annotations.xyxy
        # Each number is off by half of a hundred-thousandth of a side at most, an edge is made of two.
        error = np.abs(read - boxes)
        assert 0 < error.max() <= 1e-5 * max(SIZE)

    def test_detections_read_as_labels_lose_their_confidence(self, sv: Any, folder: Folder) -> None:
        dataset = held_by_boxlint()
        boxlint.write_yolo(dataset, folder.root / "labels", folder.root / "predicted")
        names = str(write_names(folder.root, dataset))
        data = sv.DetectionDataset.from_yolo(folder.images, folder.at("predicted"), names)
        assert data.annotations[folder.image].confidence is None
        assert len(data.annotations[folder.image]) == 2
        with pytest.raises(ValueError, match="6 columns, which look like a detection with its confidence"):
            boxlint.read_yolo(folder.at("predicted"), names=NAMES, images_dir=folder.images)


class TestCoco:
    @pytest.fixture
    def data(self, sv: Any, folder: Folder) -> Any:
        """What supervision reads of a file of boxlint with ids of its own, and with the area of a mask."""
        dataset = replace(
            held_by_boxlint(ignore=[True, False]), image_ids=[40], category_ids=[7, 9], annotation_ids=[5, 6]
        )
        boxlint.write_coco(dataset, folder.root / "a.json")
        content = read_json(folder.root / "a.json")
        content["annotations"][1]["area"] = 123
        write_json(folder.root / "a.json", content)
        return sv.DetectionDataset.from_coco(folder.images, folder.at("a.json"))

    def test_it_numbers_all_anew_and_keeps_areas(self, data: Any, folder: Folder) -> None:
        data.as_coco(annotations_path=folder.at("b.json"))
        read = boxlint.read_coco(folder.at("b.json"))
        assert np.asarray(read.category_ids).tolist() == [1, 2]
        assert np.asarray(read.image_ids).tolist() == [1]
        assert np.asarray(read.annotation_ids).tolist() == [1, 2]
        assert [record["area"] for record in read_json(folder.root / "b.json")["annotations"]] == [400, 123]
        given = held_by_boxlint(ignore=[True, False]).annotations
        assert read.annotations.xyxy.tolist() == given.xyxy.tolist()
        assert np.asarray(read.annotations.ignore).tolist() == [True, False]

    def test_an_object_in_parts_is_a_crowd_unless_it_is_said_not_to_be(self, sv: Any, folder: Folder) -> None:
        masks = np.zeros((2, SIZE[1], SIZE[0]), bool)
        masks[:, 10:30, 10:30] = True
        masks[1, 10:30, 18:22] = False
        corners, classes = np.array([[10, 10, 30, 30]] * 2, float), np.zeros(2, int)
        for data, ignored in (({}, [False, True]), ({"iscrowd": np.zeros(2, int)}, None)):
            objects = sv.Detections(corners, masks, class_id=classes, data=data)
            written = sv.DetectionDataset(NAMES, [folder.image], {folder.image: objects})
            written.as_coco(annotations_path=folder.at("parts.json"))
            read = boxlint.read_coco(folder.at("parts.json")).annotations.ignore
            assert (None if read is None else np.asarray(read).tolist()) == ignored

    def test_the_flag_travels_with_the_boxes(self, data: Any, folder: Folder) -> None:
        boxes = data.annotations[folder.image]
        assert boxes.data["iscrowd"].tolist() == [1, 0]
        assert np.asarray(boxlint.from_supervision([boxes]).ignore).tolist() == [True, False]

    def test_its_average_precision_heeds_the_flag(self, sv: Any, data: Any, folder: Folder) -> None:
        metrics = pytest.importorskip("supervision.metrics")
        boxes = data.annotations[folder.image]
        found = boxes[np.array([False, True])]
        found.confidence = np.array([0.9])
        unflagged = sv.Detections(boxes.xyxy, class_id=boxes.class_id)
        scores = [metrics.MeanAveragePrecision().update([found], [target]).compute() for target in (boxes, unflagged)]
        assert [score.map50_95 for score in scores] == [pytest.approx(1), pytest.approx(0.5)]

    @pytest.mark.parametrize("form", ["yolo", "voc"])
    def test_crowds_become_ordinary_in_the_other_formats(self, data: Any, folder: Folder, form: str) -> None:
        if form == "yolo":
            data.as_yolo(annotations_directory_path=folder.at("written"))
            read = boxlint.read_yolo(folder.at("written"), names=NAMES, images_dir=folder.images)
        else:
            data.as_pascal_voc(annotations_directory_path=folder.at("written"))
            read = boxlint.read_voc(folder.at("written"), one_based=True)
        assert (len(read.annotations.class_id), read.annotations.ignore) == (2, None)
