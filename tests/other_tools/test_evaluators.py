"""What the evaluators of COCO files make of unusual files, and what boxlint says of the same files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from readings import EVALUATORS, Evaluator, write_json

from boxlint import Boxes, Dataset, check, read_coco, write_coco

Records = list[dict[str, Any]]
PYCOCOTOOLS, FASTER, HOTCOCO = EVALUATORS


class Case:
    """Annotations of cars, 20 by 20 pixels, and exact detections of them, to be changed and then written."""

    def __init__(self, folder: Path, images: int = 4, cars: int = 1) -> None:
        self.paths = folder / "annotations.json", folder / "detections.json"
        self.images: Records = [
            {"id": image, "file_name": f"{image}.jpg", "width": 200, "height": 100} for image in range(1, images + 1)
        ]
        self.categories: Records = [{"id": 1, "name": "car"}, {"id": 2, "name": "van"}]
        places = [(image, car) for image in range(1, images + 1) for car in range(cars)]
        self.annotations: Records = [
            {
                "id": id_,
                "image_id": image,
                "category_id": 1,
                "bbox": [10 + 40 * car, 10, 20, 20],
                "area": 400,
                "iscrowd": 0,
            }
            for id_, (image, car) in enumerate(places, 1)
        ]
        self.detections: Any = [self.detection(annotation) for annotation in self.annotations]

    @staticmethod
    def detection(annotation: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return {key: annotation[key] for key in ("image_id", "category_id", "bbox")} | {"score": 0.9} | fields

    def without(self, *fields: str) -> Case:
        for annotation in self.annotations:
            for field in fields:
                del annotation[field]
        return self

    def written(self) -> tuple[Path, Path]:
        content = {"images": self.images, "categories": self.categories, "annotations": self.annotations}
        return write_json(self.paths[0], content), write_json(self.paths[1], self.detections)

    def results(self) -> dict[str, float | str]:
        """Average precision by each evaluator, or the name of its error."""
        return {package: outcome(package, *self.written()) for package in EVALUATORS}

    def read(self, **options: Any) -> tuple[Dataset, set[str]]:
        """What boxlint reads, and the kinds of what it finds."""
        findings: list[Any] = []
        dataset = read_coco(*self.written(), on_finding=findings.append, **options)
        return dataset, {finding.kind for finding in findings}

    def written_again(self, **changes: Any) -> dict[str, float | str]:
        """Average precision of what boxlint writes of what it read, changed."""
        dataset, _ = self.read()
        write_coco(replace(dataset, **changes), *self.paths)
        return {package: outcome(package, *self.paths) for package in EVALUATORS}


def outcome(package: str, annotations: Path, detections: Path) -> float | str:
    try:
        return round(Evaluator(package).average_precision(annotations, detections), 4)
    except (AssertionError, IndexError, KeyError, TypeError, ValueError) as error:
        return type(error).__name__


def all_give(value: float | str) -> dict[str, float | str]:
    return dict.fromkeys(EVALUATORS, value)


class TestIds:
    @pytest.mark.filterwarnings("ignore:Found annotation id 0:UserWarning")  # from faster-coco-eval
    def test_annotation_0_is_never_matched(self, tmp_path: Path) -> None:
        case = Case(tmp_path, images=1)
        case.annotations[0]["id"] = 0
        assert case.results() == {PYCOCOTOOLS: 0, FASTER: 0, HOTCOCO: 1}
        assert "id_zero" in case.read()[1]
        assert case.written_again() == {PYCOCOTOOLS: 0, FASTER: 0, HOTCOCO: 1}
        assert case.written_again(annotation_ids=None) == all_give(1)

    def test_annotations_of_one_id_are_one(self, tmp_path: Path) -> None:
        case = Case(tmp_path, images=1, cars=2)
        case.annotations[1]["id"] = 1
        assert case.results() == all_give(0.2525)
        assert "duplicate_id" in case.read()[1]
        assert case.written_again(annotation_ids=None) == all_give(1)

    def test_annotations_without_ids_are_numbered_by_boxlint(self, tmp_path: Path) -> None:
        case = Case(tmp_path, images=1, cars=2).without("id")
        assert case.results() == {PYCOCOTOOLS: "KeyError", FASTER: "KeyError", HOTCOCO: 0.2525}
        assert "without_id" in case.read()[1]
        assert case.written_again() == all_give(1)

    def test_ids_that_are_texts(self, tmp_path: Path) -> None:
        case = Case(tmp_path)
        for record in case.images:
            record["id"] = str(record["id"])
        for record in (*case.annotations, *case.detections):
            record["image_id"] = str(record["image_id"])
        wanted = {PYCOCOTOOLS: 1.0, FASTER: "AssertionError", HOTCOCO: "ValueError"}
        assert case.results() == wanted
        assert case.written_again() == wanted
        assert case.written_again(image_ids=None) == all_give(1)

    def test_texts_and_integers_agree_in_boxlint_alone(self, tmp_path: Path) -> None:
        case = Case(tmp_path)
        for record in case.detections:
            record["image_id"] = str(record["image_id"])
        assert case.results() == {PYCOCOTOOLS: "AssertionError", FASTER: "AssertionError", HOTCOCO: "ValueError"}
        assert case.written_again() == all_give(1)

    def test_ids_below_zero(self, tmp_path: Path) -> None:
        case = Case(tmp_path)
        for record in case.annotations:
            record["id"] *= -1
        assert case.results() == {PYCOCOTOOLS: 1, FASTER: 0, HOTCOCO: "ValueError"}
        assert case.written_again(annotation_ids=None) == all_give(1)


class TestFields:
    def test_no_area(self, tmp_path: Path) -> None:
        case = Case(tmp_path).without("area")
        assert case.results() == {PYCOCOTOOLS: "KeyError", FASTER: 1, HOTCOCO: 1}
        assert case.written_again() == all_give(1)

    def test_boxes_without_area_are_small_in_faster_coco_eval(self, tmp_path: Path) -> None:
        case = Case(tmp_path).without("area")
        for record in (*case.annotations, *case.detections):
            record["bbox"] = [10, 10, 100, 100]
        sizes = {package: Evaluator(package).statistics(*case.written())[3:6] for package in (FASTER, HOTCOCO)}
        assert sizes == {FASTER: pytest.approx([1, -1, -1]), HOTCOCO: pytest.approx([-1, -1, 1])}

    def test_the_area_of_a_mask_is_kept_only_beside_its_file(self, tmp_path: Path) -> None:
        case = Case(tmp_path, images=1)
        case.annotations[0]["area"] = 300
        annotations, _ = case.written()
        write_coco(read_coco(annotations), tmp_path / "alone.json")
        write_coco(read_coco(annotations), tmp_path / "kept.json", keep=annotations)
        areas = [Evaluator(PYCOCOTOOLS).read(tmp_path / file).anns[1]["area"] for file in ("alone.json", "kept.json")]
        assert areas == [400, 300]

    def test_no_iscrowd(self, tmp_path: Path) -> None:
        case = Case(tmp_path).without("iscrowd")
        assert case.results() == {PYCOCOTOOLS: "KeyError", FASTER: 1, HOTCOCO: 1}
        assert case.written_again() == all_give(1)

    def test_a_box_of_32_by_32_is_small_and_medium(self, tmp_path: Path) -> None:
        case = Case(tmp_path)
        for record in (*case.annotations, *case.detections):
            record.update(bbox=[10, 10, 32, 32], area=1024)
        sizes = {package: Evaluator(package).statistics(*case.written())[3:6] for package in EVALUATORS}
        assert sizes == dict.fromkeys(EVALUATORS, pytest.approx([1, 1, -1]))

    def test_sizes_of_images_with_fractions(self, tmp_path: Path) -> None:
        case = Case(tmp_path)
        for record in case.images:
            record["width"] = 200.5
        assert case.results() == {PYCOCOTOOLS: 1, FASTER: 1, HOTCOCO: "ValueError"}


class TestResults:
    def test_detections_of_unknown_images(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        case = Case(tmp_path)
        case.detections.append(case.detection(case.annotations[0], image_id=99))
        assert case.results() == {PYCOCOTOOLS: "AssertionError", FASTER: "AssertionError", HOTCOCO: 1}
        assert "image_id 99 not in the GT dataset" in capfd.readouterr().err
        with pytest.raises(ValueError, match="unknown image"):
            case.read()
        dataset, kinds = case.read(skip_unknown=True)
        assert (len(dataset.predictions.class_id), "unknown_image" in kinds) == (4, True)

    @pytest.mark.parametrize("given", ["annotations", "file of annotations", "without scores"])
    def test_annotations_instead_of_results(self, tmp_path: Path, given: str) -> None:
        case = Case(tmp_path)
        case.detections = {
            "annotations": case.annotations,
            "file of annotations": {"images": case.images, "annotations": case.annotations},
            "without scores": [
                {key: value for key, value in record.items() if key != "score"} for record in case.detections
            ],
        }[given]
        refused = "AssertionError" if given == "file of annotations" else "KeyError"
        assert case.results() == {PYCOCOTOOLS: refused, FASTER: refused, HOTCOCO: 1}
        with pytest.raises(ValueError, match="score"):
            case.read()

    def test_no_detections(self, tmp_path: Path) -> None:
        case = Case(tmp_path)
        case.detections = []
        assert case.results() == {PYCOCOTOOLS: "IndexError", FASTER: 0, HOTCOCO: 0}
        assert "no_detections" in case.read()[1]

    def test_of_equal_scores_the_first_in_the_file_wins(self, tmp_path: Path) -> None:
        case = Case(tmp_path)
        right = case.detections
        wrong = [case.detection(record, bbox=[50, 50, 20, 20]) for record in case.annotations]
        for order, precision in (((right, wrong), 0.7124), ((wrong, right), 0.5)):
            case.detections = [record for pair in zip(*order, strict=True) for record in pair]
            assert case.results() == all_give(precision)
            assert case.written_again() == all_give(precision)

    @pytest.mark.parametrize("first", [0, 1])
    def test_between_images_of_equal_scores_the_lower_id_wins(self, tmp_path: Path, first: int) -> None:
        case = Case(tmp_path, images=2)
        del case.annotations[1]
        case.detections = [case.detections[first], case.detections[1 - first]]
        assert case.results() == all_give(1)
        assert case.written_again() == all_give(1)
        # Numbers given anew, in the order of the file, change who wins.
        case.images.reverse()
        assert case.written_again(image_ids=None) == all_give(0.5)


class TestCrowds:
    def test_a_crowd_shields_its_own_class_alone_but_all_in_boxlint(self, tmp_path: Path) -> None:
        case = Case(tmp_path)
        crowd = {"id": 9, "image_id": 1, "category_id": 2, "bbox": [100, 0, 100, 100], "area": 10_000, "iscrowd": 1}
        case.annotations.append(crowd)
        exact = case.detections
        inside = case.detection(crowd, bbox=[120, 20, 20, 20], score=0.95)
        case.detections = [*exact, inside]
        assert case.results() == all_give(1)
        case.detections = [*exact, inside | {"category_id": 1}]
        assert case.results() == all_give(0.8)
        for options, reported in (({}, set()), ({"ignore": ()}, {"missing"})):
            dataset, _ = case.read(**options)
            assert {issue.kind for issue in check(dataset, kinds="missing", min_suspicion=0)} == reported

    def test_what_is_ignored_for_another_reason_is_written_as_crowd(self, tmp_path: Path) -> None:
        boxes = Boxes([[10, 10, 30, 30], [50, 50, 70, 70]], [0, 0], offsets=[0, 2], ignore=[False, True])
        found = Boxes([[10, 10, 30, 30]], [0], [0.9], [0, 1])
        paths = tmp_path / "a.json", tmp_path / "d.json"
        write_coco(Dataset(boxes, found, ["a.jpg"], ["car"], image_sizes=np.array([[100.0, 100.0]])), *paths)
        assert {package: outcome(package, *paths) for package in EVALUATORS} == all_give(1)


def test_the_box_of_a_mask_is_that_of_pycocotools(tmp_path: Path) -> None:
    mask = pytest.importorskip("pycocotools.mask")
    pixels = np.zeros((60, 80), np.uint8, order="F")
    pixels[7:20, 11:40] = 1
    runs = mask.encode(pixels)
    packed = {"size": runs["size"], "counts": runs["counts"].decode()}
    case = Case(tmp_path, images=1).without("bbox")
    case.annotations[0]["segmentation"] = packed
    case.detections = []
    x, y, width, height = mask.toBbox(runs).tolist()
    assert case.read()[0].annotations.xyxy.tolist() == [[x, y, x + width, y + height]] == [[11, 7, 40, 20]]
