"""The Rust engine. Private: use it through the public modules."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypedDict, final, type_check_only

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ALPHA",
    "CLASS_LIMIT",
    "CONFIDENT",
    "COORDINATE_LIMIT",
    "DEBUG_BUILD",
    "EXPLANATIONS",
    "HIGH_PROBABILITY_THRESHOLD",
    "KINDS",
    "LOW_PROBABILITY_THRESHOLD",
    "PRIORS",
    "TEMPERATURE",
    "THRESHOLD_FACTOR",
    "VERSION",
    "WEIGHT",
    "CheckResult",
    "Classes",
    "Coco",
    "Columns",
    "Entries",
    "Statistics",
    "average_precision",
    "badloc_box_scores",
    "box_counts",
    "box_issues",
    "classes",
    "collect",
    "copies",
    "examine",
    "gather_annotations",
    "gather_predictions",
    "image_issues",
    "image_scores",
    "image_scores_of_lists",
    "looks",
    "overlooked_box_scores",
    "pooled_scores",
    "read_coco",
    "similarity_matrices",
    "swap_box_scores",
    "true_positives",
    "write_coco",
]

_Floats = NDArray[np.float32] | NDArray[np.float64]
_Given = tuple[NDArray[np.float64], NDArray[np.float64] | None, NDArray[np.float64]]

@type_check_only
class Formula(TypedDict):
    alpha: float
    low: float
    high: float
    temperature: float
    weights: tuple[float, float, float]
    overlapping_label_check: bool

@type_check_only
class Search(TypedDict):
    priors: list[float]
    kinds: list[bool]
    min_suspicion: float

VERSION: Final[str]
DEBUG_BUILD: Final[bool]
ALPHA: Final[float]
LOW_PROBABILITY_THRESHOLD: Final[float]
HIGH_PROBABILITY_THRESHOLD: Final[float]
TEMPERATURE: Final[float]
WEIGHT: Final[float]
THRESHOLD_FACTOR: Final[float]
CONFIDENT: Final[float]
COORDINATE_LIMIT: Final[float]
CLASS_LIMIT: Final[int]
KINDS: Final[list[str]]
PRIORS: Final[list[float]]
EXPLANATIONS: Final[dict[str, str]]

@final
class Columns:
    def __new__(
        cls,
        xyxy: _Floats,
        class_id: NDArray[np.int32],
        score: _Floats | None,
        offsets: NDArray[np.int64],
        argument: str,
    ) -> Columns: ...
    @property
    def xyxy(self) -> _Floats: ...
    @property
    def class_id(self) -> NDArray[np.int32]: ...
    @property
    def score(self) -> _Floats | None: ...
    @property
    def offsets(self) -> NDArray[np.int64]: ...
    def sparing(self, regions: Columns) -> Columns: ...

@final
class Classes:
    def counts(self) -> tuple[NDArray[np.int32], NDArray[np.uint64]]: ...
    def areas(self, groups: list[list[int]], boxes: int) -> NDArray[np.float64]: ...

@final
class Coco:
    @property
    def image_ids(self) -> NDArray[np.int64] | list[int | str]: ...
    @property
    def image_names(self) -> list[str]: ...
    @property
    def image_sizes(self) -> NDArray[np.float64]: ...
    @property
    def class_ids(self) -> NDArray[np.int64] | list[int | str]: ...
    @property
    def class_names(self) -> list[str]: ...
    @property
    def annotations(self) -> Columns: ...
    @property
    def annotation_ids(self) -> NDArray[np.int64] | list[int | str]: ...
    @property
    def flags(self) -> list[NDArray[np.bool_]]: ...
    @property
    def detections(self) -> Columns | None: ...
    @property
    def detection_ids(self) -> NDArray[np.int64] | list[int | str] | None: ...
    @property
    def findings(self) -> list[tuple[str, str, int, str]]: ...

@final
class Statistics:
    def __new__(
        cls, classes: int, scores: NDArray[np.int64], best: NDArray[np.int64], pairs: NDArray[np.int64]
    ) -> Statistics: ...
    @property
    def classes(self) -> int: ...
    def merged(self, other: Statistics) -> Statistics: ...
    def entries(self) -> Entries: ...

@final
class Entries:
    @property
    def scores(self) -> NDArray[np.int64]: ...
    @property
    def best(self) -> NDArray[np.int64]: ...
    @property
    def pairs(self) -> NDArray[np.int64]: ...

@final
class CheckResult:
    def __len__(self) -> int: ...
    @property
    def suspicion(self) -> NDArray[np.float64]: ...
    @property
    def image(self) -> NDArray[np.uint32]: ...
    @property
    def kind(self) -> NDArray[np.uint8]: ...
    @property
    def annotation(self) -> NDArray[np.int32]: ...
    @property
    def prediction(self) -> NDArray[np.int32]: ...
    @property
    def kept_annotation(self) -> NDArray[np.int32]: ...
    @property
    def iou(self) -> NDArray[np.float32]: ...
    @property
    def detectability(self) -> NDArray[np.float32]: ...
    @property
    def image_neg_log_clean(self) -> NDArray[np.float64]: ...
    @property
    def confident_predictions(self) -> int: ...

def read_coco(
    annotations: str,
    detections: str | None,
    *,
    skip_unknown: bool,
    images_by_stem: bool,
    classes_from: int | None,
) -> Coco: ...
def write_coco(
    path: str,
    boxes: Columns,
    ids: NDArray[np.int64] | Sequence[int | str],
    *,
    image_ids: NDArray[np.int64] | Sequence[int | str],
    image_names: list[str],
    image_sizes: list[list[float]],
    class_ids: NDArray[np.int64] | Sequence[int | str],
    class_names: list[str],
    ignore: list[bool] | None = None,
) -> None: ...
def gather_annotations(labels: list[Any], *, progress: Callable[[int], object] | None = None) -> Columns: ...
def gather_predictions(predictions: list[Any], *, progress: Callable[[int], object] | None = None) -> Columns: ...
def image_scores(
    annotations: Columns, predictions: Columns, formula: Formula, *, progress: Callable[[int], object] | None = None
) -> NDArray[np.float64]: ...
def image_scores_of_lists(
    labels: list[Any],
    predictions: list[Any],
    formula: Formula,
    *,
    progress: Callable[[int], object] | None = None,
) -> tuple[NDArray[np.float64], list[int]]: ...
def overlooked_box_scores(
    annotations: Columns, predictions: Columns, *, alpha: float, high: float, given: _Given | None = None
) -> NDArray[np.float64]: ...
def badloc_box_scores(
    annotations: Columns, predictions: Columns, *, alpha: float, low: float, given: _Given | None = None
) -> NDArray[np.float64]: ...
def swap_box_scores(
    annotations: Columns,
    predictions: Columns,
    *,
    alpha: float,
    high: float,
    overlapping_label_check: bool,
    given: _Given | None = None,
) -> NDArray[np.float64]: ...
def similarity_matrices(
    annotations: Columns, predictions: Columns, *, alpha: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]: ...
def pooled_scores(
    scores: NDArray[np.float64], offsets: NDArray[np.int64], temperature: float
) -> NDArray[np.float64]: ...
def collect(
    annotations: Columns,
    predictions: Columns,
    ignore: NDArray[np.bool_] | None,
    classes: int,
    *,
    progress: Callable[[int], object] | None = None,
) -> Statistics: ...
def examine(
    annotations: Columns,
    predictions: Columns,
    ignore: NDArray[np.bool_] | None,
    statistics: Statistics,
    search: Search,
    *,
    progress: Callable[[int], object] | None = None,
) -> CheckResult: ...
def average_precision(
    annotations: Columns, predictions: Columns
) -> tuple[NDArray[np.float64], NDArray[np.uint64], NDArray[np.uint64]]: ...
def true_positives(
    annotations: Columns, predictions: Columns
) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]: ...
def image_issues(annotations: Columns, predictions: Columns, overlapping_label_check: bool) -> NDArray[np.bool_]: ...
def box_issues(
    annotations: Columns,
    predictions: Columns,
    overlooked: NDArray[np.float64],
    badloc: NDArray[np.float64],
    swap: NDArray[np.float64],
    overlapping_label_check: bool,
) -> list[NDArray[np.bool_]]: ...
def looks(boxes: Columns, sizes: NDArray[np.float64] | None = None) -> dict[str, tuple[int, int]]: ...
def copies(annotations: Columns, predictions: Columns) -> list[tuple[int, int]]: ...
def box_counts(annotations: Columns, predictions: Columns) -> list[NDArray[np.int64]]: ...
def classes(annotations: Columns, predictions: Columns) -> list[Classes]: ...
