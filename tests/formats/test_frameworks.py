"""Outputs of frameworks become the same columns; what cannot be read is refused with the image named."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import boxlint
import stand_ins
from boxlint import Boxes, Dataset
from boxlint.benchmark import plant
from refusals import assert_refused, table
from stand_ins import NAMES, SIZES, XYXY, Tensor, expected


def assert_same(found: Boxes, wanted: Boxes) -> None:
    """Equal but for the order of an image's boxes, which some frameworks keep by class, and for float32."""

    def ordered(boxes: Boxes) -> Any:
        image = np.repeat(np.arange(len(boxes)), np.diff(boxes.offsets))
        scores = np.zeros(len(image)) if boxes.score is None else boxes.score
        rows = np.column_stack([image, boxes.class_id, boxes.xyxy, scores])
        return rows[np.lexsort(rows[:, ::-1].T)]

    assert (found.score is None) == (wanted.score is None)
    np.testing.assert_array_equal(found.offsets, wanted.offsets)
    np.testing.assert_allclose(ordered(found), ordered(wanted), rtol=1e-6)


PREDICTIONS = {
    "torchvision": lambda: boxlint.from_torchvision(stand_ins.dicts(scores=True, first_label=1)),
    "torchvision, no background": lambda: boxlint.from_torchvision(stand_ins.dicts(scores=True), background=False),
    "torchmetrics": lambda: boxlint.from_torchmetrics(stand_ins.dicts(scores=True)),
    "ultralytics": lambda: boxlint.from_ultralytics(stand_ins.ultralytics_results()),
    "ultralytics, a stream": lambda: boxlint.from_ultralytics(iter(stand_ins.ultralytics_results())),
    "ultralytics, tracked": lambda: boxlint.from_ultralytics(stand_ins.ultralytics_results(track_ids=True)),
    "supervision": lambda: boxlint.from_supervision(stand_ins.supervision_detections(scores=True)),
    "transformers, post-processed": lambda: boxlint.from_transformers(stand_ins.dicts(scores=True)),
    "transformers, pipeline": lambda: boxlint.from_transformers(stand_ins.pipeline_output(), classes=NAMES),
    "transformers, label2id": lambda: boxlint.from_transformers(
        stand_ins.pipeline_output(), classes={"cat": 0, "dog": 1, "bird": 2}
    ),
    "detectron2": lambda: boxlint.from_detectron2(stand_ins.detectron2_outputs(scores=True)),
    "detectron2, bare instances": lambda: boxlint.from_detectron2(
        [output["instances"] for output in stand_ins.detectron2_outputs(scores=True)]
    ),
    "mmdetection 3": lambda: boxlint.from_mmdetection(stand_ins.mmdetection_samples(scores=True)),
    "mmdetection 3, inferencer": lambda: boxlint.from_mmdetection(
        [{"bboxes": image["boxes"], **image} for image in stand_ins.dicts(scores=True)]
    ),
    "mmdetection 2": lambda: boxlint.from_mmdetection(stand_ins.mmdetection_lists()),
    "mmdetection 2, with masks": lambda: boxlint.from_mmdetection(
        [(classes, "masks") for classes in stand_ins.mmdetection_lists()]
    ),
    "fiftyone": lambda: boxlint.from_fiftyone(stand_ins.fiftyone_detections(scores=True), SIZES, classes=NAMES),
}

ANNOTATIONS = {
    "torchvision": lambda: boxlint.from_torchvision(stand_ins.dicts(scores=False, first_label=1)),
    "torchmetrics": lambda: boxlint.from_torchmetrics(stand_ins.dicts(scores=False)),
    "supervision": lambda: boxlint.from_supervision(stand_ins.supervision_detections(scores=False)),
    "datasets": lambda: boxlint.from_datasets(stand_ins.objects_column()),
    "datasets, names": lambda: boxlint.from_datasets(stand_ins.objects_column(names=True), classes=NAMES),
    "datasets, a dict for each box": lambda: boxlint.from_datasets(
        [
            [dict(zip(image, row, strict=True)) for row in zip(*image.values(), strict=True)]
            for image in stand_ins.objects_column()
        ]
    ),
    "detectron2": lambda: boxlint.from_detectron2(stand_ins.detectron2_outputs(scores=False)),
    "detectron2, data set dicts": lambda: boxlint.from_detectron2(stand_ins.detectron2_records()),
    "mmdetection 3": lambda: boxlint.from_mmdetection(stand_ins.mmdetection_samples(scores=False), annotations=True),
    "mmdetection 2": lambda: boxlint.from_mmdetection(
        [{"bboxes": image["boxes"], "labels": image["labels"]} for image in stand_ins.dicts(scores=False)]
    ),
    "fiftyone": lambda: boxlint.from_fiftyone(stand_ins.fiftyone_detections(scores=False), SIZES, classes=NAMES),
}


@pytest.mark.parametrize("name", PREDICTIONS)
def test_outputs_become_predictions(name: str) -> None:
    assert_same(PREDICTIONS[name](), expected(scores=True))


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_targets_become_annotations(name: str) -> None:
    assert_same(ANNOTATIONS[name](), expected(scores=False))


def test_single_precision_is_kept() -> None:
    assert boxlint.from_torchvision(stand_ins.dicts(scores=True, first_label=1)).xyxy.dtype == np.float32


def test_double_precision_is_kept_beside_an_image_in_single() -> None:
    images = [{"boxes": np.array([[0.1, 0.2, 9.3, 9.4]], kind), "labels": [1]} for kind in (np.float64, np.float32)]
    found = boxlint.from_torchvision(images)
    assert found.xyxy.dtype == np.float64
    assert found.xyxy[0].tolist() == [0.1, 0.2, 9.3, 9.4]


def test_the_background_is_no_class_in_integers_of_any_type() -> None:
    image = {"boxes": [[1, 1, 9, 9]], "labels": np.zeros(1, np.uint8)}
    with pytest.raises(ValueError, match="image 0: label 0 is out of range, expected integers from 1"):
        boxlint.from_torchvision([image])


def test_empty_arrays_may_be_of_any_type() -> None:
    empty = np.empty(0, object)
    assert len(boxlint.from_torchvision([{"boxes": empty, "labels": empty}]).class_id) == 0


def test_half_precision_that_numpy_lacks_is_widened() -> None:
    image = {"boxes": Tensor(np.array(XYXY[0], np.float32), "bfloat16 cuda, grad"), "labels": [1, 1]}
    assert boxlint.from_torchmetrics([image]).xyxy.tolist() == XYXY[0]


def test_tensors_are_columns_of_boxes() -> None:
    offsets = np.arange(2)
    boxes = boxlint.Boxes(Tensor([XYXY[2][0]]), Tensor([1]), Tensor([0.5], "cuda"), Tensor(offsets, "cpu"))
    assert boxes.xyxy.tolist() == XYXY[2]
    assert boxes.score is not None
    assert boxes.score.tolist() == [0.5]
    assert boxes.offsets.tolist() == [0, 1]
    assert not np.shares_memory(boxes.offsets, offsets)


@pytest.mark.parametrize("box_format", ["xywh", "cxcywh"])
def test_box_formats(box_format: Any) -> None:
    given = {"xywh": [10, 20, 40, 40], "cxcywh": [30, 40, 40, 40]}[box_format]
    found = boxlint.from_torchmetrics([{"boxes": [given], "labels": [0]}], box_format=box_format)
    assert found.xyxy.tolist() == [[10, 20, 50, 60]]


def test_supervision_without_classes_is_of_one_class() -> None:
    detections = SimpleNamespace(xyxy=np.array(XYXY[0]), class_id=None, confidence=None)
    assert boxlint.from_supervision([detections]).class_id.tolist() == [0, 0]


def test_an_empty_image_does_not_say_whether_these_are_predictions() -> None:
    box = {"boxes": [[1, 1, 9, 9]], "labels": [0]}
    empty: dict[str, Any] = {"boxes": [], "labels": []}
    assert boxlint.from_torchmetrics([{**empty, "scores": []}, box]).score is None
    assert boxlint.from_torchmetrics([{**box, "scores": [0.5]}, empty]).score is not None
    assert boxlint.from_torchmetrics([{**empty, "scores": []}]).score is not None
    assert boxlint.from_torchmetrics([]).score is None


def test_a_detector_that_sees_nothing_anywhere_needs_no_scores() -> None:
    nothing = boxlint.from_fiftyone([None, None], SIZES[:2], class_names=NAMES)
    assert nothing.score is None
    annotations = Boxes([[1, 1, 9, 9]], [0], offsets=[0, 1, 1])
    assert (
        len(boxlint.check(annotations, nothing)) == len(boxlint.check(annotations, {"a": nothing, "b": nothing})) == 0
    )
    scores = boxlint.rank.get_label_quality_scores(annotations, nothing, verbose=False)
    assert scores.tolist() == boxlint.rank.get_label_quality_scores(annotations, [[], []], verbose=False).tolist()
    _, truth = plant(Dataset(annotations, nothing), 1, ["missing"], annotator=nothing)
    assert len(truth) == 1
    grey = np.full((20, 30, 3), 90, np.uint8)
    figure = boxlint.summary.visualize(grey, prediction=nothing[0], prediction_threshold=0.5)
    assert not figure.axes[0].texts


A_SET: Any = {"cat"}
BOX: dict[str, Any] = {"boxes": [[1, 1, 9, 9]], "labels": [1]}
OBB = SimpleNamespace(boxes=None, obb=SimpleNamespace(data=np.zeros((1, 7))))
SAMPLE = SimpleNamespace(gt_instances=None)
DETECTED = SimpleNamespace(
    detections=[SimpleNamespace(label="cat", bounding_box=[0.1, 0.1, 0.8, 0.8], confidence=None)]
)


@pytest.mark.parametrize(
    ("call", "refusal"),
    table(
        (
            "one output, not a list",
            lambda: boxlint.from_torchvision(BOX),
            "TypeError: from_torchvision: expected a list with one output an image, found dict",
        ),
        (
            "the background",
            lambda: boxlint.from_torchvision([BOX, {**BOX, "labels": [0]}]),
            "ValueError: from_torchvision: image 1: label 0 is out of range, expected integers from 1",
        ),
        (
            "no labels",
            lambda: boxlint.from_torchvision([{"boxes": []}]),
            "ValueError: from_torchvision: image 0: no field 'labels', only boxes",
        ),
        (
            "another number of labels",
            lambda: boxlint.from_torchmetrics([{**BOX, "labels": [1, 2]}]),
            "ValueError: from_torchmetrics: image 0: labels has shape (2,), expected (1,), one for each box",
        ),
        (
            "a score that is none",
            lambda: boxlint.from_torchmetrics([BOX | {"scores": [0.5]}, BOX | {"scores": [1.5]}]),
            "ValueError: from_torchmetrics: image 1, class 1, row 0: score is 1.5, expected a number from 0 to 1",
        ),
        (
            "scores for some images only",
            lambda: boxlint.from_torchmetrics([BOX | {"scores": [0.5]}, BOX]),
            "ValueError: from_torchmetrics: image 1: no scores, expected some as other images have them",
        ),
        (
            "oriented boxes",
            lambda: boxlint.from_torchmetrics([{"boxes": [[1, 1, 9, 9, 0.5]], "labels": [1]}]),
            "ValueError: from_torchmetrics: image 0: boxes has shape (1, 5), perhaps oriented boxes, expected (n, 4)",
        ),
        (
            "a path for an output",
            lambda: boxlint.from_transformers(["a.jpg"]),
            "TypeError: from_transformers: image 0: expected a dict, or a list of dicts, found str",
        ),
        (
            "a number for an output",
            lambda: boxlint.from_transformers([7]),
            "TypeError: from_transformers: image 0: expected a dict, or a list of dicts, found int",
        ),
        (
            "names and ids of categories",
            lambda: boxlint.from_transformers([], id2label={0: "cat"}, class_names=["cat"], category_ids=[1]),
            "TypeError: from_transformers: expected one of id2label and category_ids, found both",
        ),
        (
            "a number for names",
            lambda: boxlint.from_ultralytics([], class_names=7),  # type: ignore[arg-type]
            "TypeError: class_names is 7, expected a list of names, or a dict from names to class ids",
        ),
        (
            "boxes of three numbers",
            lambda: boxlint.from_torchmetrics([{"boxes": [[1, 1, 9]], "labels": [1]}]),
            "ValueError: from_torchmetrics: image 0: boxes has shape (1, 3), expected (n, 4)",
        ),
        (
            "boxes in a plain list",
            lambda: boxlint.from_torchmetrics([{"boxes": [1, 1, 9, 9, 5], "labels": [1]}]),
            "ValueError: from_torchmetrics: image 0: boxes has shape (5,), expected (n, 4)",
        ),
        (
            "boxes of text",
            lambda: boxlint.from_torchmetrics([{"boxes": [["a", "b", "c", "d"]], "labels": [1]}]),
            "TypeError: from_torchmetrics: image 0: boxes: expected numbers, found dtype <U1",
        ),
        (
            "a label that is no integer",
            lambda: boxlint.from_torchmetrics([{**BOX, "labels": [0.5]}]),
            "ValueError: from_torchmetrics: image 0: label 0.5 is no integer",
        ),
        (
            "an unknown box format",
            lambda: boxlint.from_torchmetrics([BOX], box_format="yxyx"),  # type: ignore[arg-type]
            "ValueError: from_torchmetrics: box_format is 'yxyx', expected 'xyxy', 'xywh' or 'cxcywh'",
        ),
        (
            "results of an oriented model",
            lambda: boxlint.from_ultralytics([OBB]),
            "ValueError: from_ultralytics: image 0: the boxes are oriented, expected upright ones: of a model for "
            "detection, not for obb",
        ),
        (
            "results of a classifier",
            lambda: boxlint.from_ultralytics([SimpleNamespace(boxes=None, obb=None)]),
            "ValueError: from_ultralytics: image 0: no boxes, expected results of a model for detection",
        ),
        (
            "boxes that know another format, as target",
            lambda: boxlint.from_torchvision([{"boxes": stand_ins.BoundingBoxes("XYWH"), "labels": [1]}]),
            "ValueError: from_torchvision: image 0: boxes are XYWH, expected XYXY: see ConvertBoundingBoxFormat",
        ),
        (
            "the same, as the metric has them",
            lambda: boxlint.from_torchmetrics(
                [{"boxes": stand_ins.BoundingBoxes("XYXY"), "labels": [1]}], box_format="xywh"
            ),
            "ValueError: from_torchmetrics: image 0: boxes are XYXY, expected XYWH: see ConvertBoundingBoxFormat",
        ),
        (
            "no results",
            lambda: boxlint.from_ultralytics([3]),
            "TypeError: from_ultralytics: image 0: expected Results, found int",
        ),
        (
            "names without classes",
            lambda: boxlint.from_transformers(stand_ins.pipeline_output()),
            "ValueError: from_transformers: image 0: label 'bird' is a name, expected class_names to say which "
            "class id it has",
        ),
        (
            "a name that is no class",
            lambda: boxlint.from_transformers(stand_ins.pipeline_output(), classes=["cat"]),
            "ValueError: from_transformers: image 0: label 'bird' is none of the classes, expected one of cat "
            "(skip_unknown=True drops boxes of others)",
        ),
        (
            "another column",
            lambda: boxlint.from_datasets([{"bbox": [], "label": []}]),
            "ValueError: from_datasets: image 0: no field 'category', only bbox, label",
        ),
        (
            "rotated records",
            lambda: boxlint.from_detectron2([{"annotations": [{"bbox": [1] * 5, "bbox_mode": 4, "category_id": 0}]}]),
            "ValueError: from_detectron2: image 0: bbox_mode is 4, expected XYXY_ABS (0) or XYWH_ABS (1)",
        ),
        (
            "a sample without predictions",
            lambda: boxlint.from_mmdetection([SAMPLE]),
            "ValueError: from_mmdetection: image 0: SimpleNamespace has no pred_instances",
        ),
        (
            "classes with other columns",
            lambda: boxlint.from_mmdetection([[np.zeros((2, 4))]]),
            "ValueError: from_mmdetection: image 0: class 0 has an array of shape (2, 4), expected (n, 5)",
        ),
        (
            "no class names",
            lambda: boxlint.from_fiftyone([None], [(1, 1)]),
            "TypeError: from_fiftyone: expected class_names, which say which class id a label has",
        ),
        (
            "class names that are one text",
            lambda: boxlint.from_supervision(stand_ins.supervision_detections(scores=True), class_names="cat"),
            "TypeError: class_names is 'cat', expected a list of names, or a dict from names to class ids",
        ),
        (
            "class names without an order",
            lambda: boxlint.from_supervision(stand_ins.supervision_detections(scores=True), class_names=A_SET),
            "TypeError: class_names is {'cat'}, expected a list of names, or a dict from names to class ids",
        ),
        (
            "a category id that is none",
            lambda: boxlint.from_torchvision([BOX, {**BOX, "labels": [12]}], category_ids=[1, 3]),
            "ValueError: from_torchvision: image 1: label 12 is none of the classes, expected one of 1, 3 "
            "(skip_unknown=True drops boxes of others)",
        ),
        (
            "a category id that stands twice",
            lambda: boxlint.from_torchvision([BOX], category_ids=[1, 3, 1]),
            "ValueError: category_ids has 1 twice",
        ),
        (
            "category ids that are a dict",
            lambda: boxlint.from_torchvision([BOX], category_ids={1: 0}),
            "TypeError: category_ids is {1: 0}, expected a list: the category id of each class",
        ),
        (
            "two words for class names",
            lambda: boxlint.from_transformers([], class_names=["cat"], classes=["cat"]),
            "TypeError: expected class_names, found class_names and classes",
        ),
        (
            "names of labels without class names",
            lambda: boxlint.from_transformers([], id2label={1: "cat"}),
            "TypeError: from_transformers: id2label needs class_names, which say which class id a name has",
        ),
        (
            "a size that is unknown",
            lambda: boxlint.from_fiftyone([None, DETECTED], ([1, None], [1, None]), class_names=["cat"]),
            "ValueError: from_fiftyone: image 1: its size is unknown (nan x nan), expected width and height: "
            "compute_metadata()",
        ),
        (
            "sizes in a row",
            lambda: boxlint.from_fiftyone([None, None], [1, 1, 1, 1], class_names=[]),
            "ValueError: from_fiftyone: image_sizes has shape (4,), expected (2, 2), width and height of each image, "
            "or a tuple of two lists, 2 widths and 2 heights",
        ),
        (
            "fewer sizes than images",
            lambda: boxlint.from_fiftyone([None, None], [(1, 1)], classes=[]),
            "ValueError: from_fiftyone: image_sizes has 1 rows, expected 2, one an image",
        ),
    ),
)
def test_refusals(call: Any, refusal: str) -> None:
    assert_refused(call, refusal)
