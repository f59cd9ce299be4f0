"""The Rust engine. Private: use it through the public modules."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from boxlint._core_types import (
    ByType,
    ClassCounts,
    ClassPrecision,
    ConfidenceCounts,
    Given,
    ImageFiles,
    LackingClasses,
    LineBoxes,
    Matrices,
    NearDuplicates,
    Occurrences,
    PartMatches,
    PermutedClass,
    ReadOptions,
    RecordFinding,
    Search,
    VocFiles,
)

__all__ = [
    "CLASS_LIMIT",
    "CONFIDENT",
    "COORDINATE_LIMIT",
    "DEBUG_BUILD",
    "EXPLANATIONS",
    "FEATURES",
    "HIGH_PROBABILITY_THRESHOLD",
    "IMAGE_ENDINGS",
    "KINDS",
    "LARGEST_FRACTION",
    "LOW_PROBABILITY_THRESHOLD",
    "MAX_EXPANSION",
    "PRIORS",
    "THRESHOLD_FACTOR",
    "VERSION",
    "CheckResult",
    "Classes",
    "Coco",
    "Columns",
    "DatasetColumns",
    "Detectors",
    "FolderFiles",
    "ImageScores",
    "Ranking",
    "Statistics",
    "annotation_features",
    "annotations_met",
    "average_precision",
    "badloc_box_scores",
    "box_counts",
    "box_issues",
    "check_boxes",
    "classes",
    "collect",
    "confidence_counts",
    "count_box_lines",
    "csv_lines",
    "examine",
    "gather_annotations",
    "gather_predictions",
    "image_issues",
    "image_scores",
    "image_scores_of_lists",
    "is_passed_over",
    "issue_ids",
    "issue_numbers",
    "jpeg_sizes",
    "json_lines",
    "lacking_classes",
    "limit_threads",
    "match_files",
    "matches",
    "min_similarity",
    "name_hashes",
    "near_duplicates",
    "near_repeats",
    "overlooked_box_scores",
    "paths_within",
    "permuted_classes",
    "plain_sizes",
    "pooled_scores",
    "read_coco",
    "read_voc_files",
    "read_yolo_lines",
    "reasons",
    "similarity_matrices",
    "swap_box_scores",
    "texts_of",
    "true_positives",
    "validity_bitmap",
    "without_ending",
    "write_coco",
]

_Floats = NDArray[np.float32] | NDArray[np.float64]
_BoxKind = Literal[
    "inverted", "no_area", "outside", "repeated", "relative", "one_based", "corners_as_size", "size_as_corners"
]
# Offsets, bytes in UTF-8, where there is no text, and which are integers.
_Texts = tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_] | None, NDArray[np.bool_] | None]

VERSION: Final[str]
DEBUG_BUILD: Final[bool]
LOW_PROBABILITY_THRESHOLD: Final[float]
HIGH_PROBABILITY_THRESHOLD: Final[float]
THRESHOLD_FACTOR: Final[float]
CONFIDENT: Final[float]
COORDINATE_LIMIT: Final[float]
LARGEST_FRACTION: Final[float]
IMAGE_ENDINGS: Final[list[str]]
CLASS_LIMIT: Final[int]
MAX_EXPANSION: Final[int]
FEATURES: Final[list[str]]
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
    @property
    def classes(self) -> int: ...

@final
class DatasetColumns:
    def __new__(
        cls,
        annotations: Columns,
        predictions: Columns,
        ignored: NDArray[np.bool_] | None,
        verified: tuple[NDArray[np.int64], NDArray[np.int32]] | None = None,
        named_classes: int = 0,
        not_run: NDArray[np.bool_] | None = None,
    ) -> DatasetColumns: ...

@final
class Detectors:
    def __new__(cls, datasets: list[DatasetColumns], statistics: list[Statistics]) -> Detectors: ...
    def weights(self) -> list[float]: ...
    def confidences(
        self, detector: int, class_id: NDArray[np.int32], score: NDArray[np.float64]
    ) -> NDArray[np.float64]: ...
    def fuse(self, *, progress: Callable[[int], object] | None = None) -> tuple[Columns, NDArray[np.int32]]: ...

@final
class ImageScores:
    @property
    def score(self) -> NDArray[np.float64]: ...
    @property
    def overlooked(self) -> NDArray[np.float64]: ...
    @property
    def badloc(self) -> NDArray[np.float64]: ...
    @property
    def swap(self) -> NDArray[np.float64]: ...

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
    def flags(self) -> dict[str, NDArray[np.bool_]]: ...
    @property
    def detections(self) -> Columns | None: ...
    @property
    def detection_ids(self) -> NDArray[np.int64] | list[int | str] | None: ...
    @property
    def verified_offsets(self) -> NDArray[np.int64] | None: ...
    @property
    def verified_classes(self) -> NDArray[np.int32] | None: ...
    @property
    def findings(self) -> list[RecordFinding]: ...

@final
class FolderFiles:
    def __new__(cls, folder: str | Path, before: str, ending: str) -> FolderFiles: ...
    def __len__(self) -> int: ...
    def name(self, file: int) -> str: ...
    def names(self) -> list[str]: ...
    def path(self, file: int) -> str: ...
    def paths(self) -> list[str]: ...
    def chosen(self, files: Sequence[int]) -> FolderFiles: ...

@final
class Statistics:
    def __new__(
        cls,
        classes: int,
        scores: NDArray[np.int64],
        best: NDArray[np.int64],
        pairs: NDArray[np.int64],
        gaps: NDArray[np.int64],
        seen: NDArray[np.int64],
    ) -> Statistics: ...
    @property
    def classes(self) -> int: ...
    @property
    def omitted(self) -> float: ...
    @property
    def mistaken(self) -> list[int]: ...
    def merged(self, other: Statistics) -> Statistics: ...
    def entries(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]: ...
    def __getnewargs__(
        self,
    ) -> tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]: ...

@final
class Ranking:
    def __new__(
        cls,
        annotations: NDArray[np.int64],
        class_id: NDArray[np.int32],
        score: NDArray[np.float64],
        number: NDArray[np.uint64],
        at: NDArray[np.uint16],
    ) -> Ranking: ...
    def add_places(self, dataset: DatasetColumns, number: NDArray[np.uint64], places: NDArray[np.uint64]) -> None: ...
    def average_precision(self, places: NDArray[np.uint64]) -> NDArray[np.float64]: ...

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
    def alike(self) -> NDArray[np.uint32]: ...
    @property
    def image_neg_log_clean(self) -> NDArray[np.float64]: ...
    @property
    def confident_predictions(self) -> int: ...
    @property
    def omitted(self) -> float: ...
    @property
    def mistaken(self) -> list[int]: ...
    @property
    def left_out(self) -> list[int]: ...
    @property
    def seen(self) -> NDArray[np.float32]: ...

def read_yolo_lines(
    files: FolderFiles,
    of_images: NDArray[np.int64],
    layout: Literal["annotations", "last", "second"],
    shape: Literal["outlines", "keypoints"] | None,
) -> LineBoxes: ...
def jpeg_sizes(folder: str | Path, names: Sequence[str]) -> NDArray[np.float64]: ...
def plain_sizes(sizes: object) -> NDArray[np.float64] | None: ...
def paths_within(folder: str | Path, endings: Sequence[str], with_pipes: bool = False) -> list[str]: ...
def without_ending(name: str) -> str: ...
def match_files(images: Sequence[str], files: FolderFiles) -> ImageFiles: ...
def is_passed_over(name: str) -> bool: ...
def read_voc_files(files: FolderFiles, one_based: bool, plain: Callable[[Path], bytes]) -> VocFiles: ...
def count_box_lines(files: FolderFiles) -> list[int]: ...
def read_coco(annotations: str, detections: str | None, options: ReadOptions) -> Coco: ...
def write_coco(
    path: str,
    boxes: Columns,
    ids: NDArray[np.int64] | Sequence[int | str],
    *,
    image_ids: NDArray[np.int64] | Sequence[int | str],
    image_names: list[str],
    image_sizes: NDArray[np.float64],
    class_ids: NDArray[np.int64] | Sequence[int | str],
    class_names: list[str],
    ignore: list[bool] | None = None,
    verified: tuple[NDArray[np.int64], NDArray[np.int32]] | None = None,
) -> None: ...
def gather_annotations(labels: list[Any], *, progress: Callable[[int], object] | None = None) -> Columns: ...
def gather_predictions(predictions: list[Any], *, progress: Callable[[int], object] | None = None) -> Columns: ...
def image_scores(
    dataset: DatasetColumns,
    *,
    weights: ByType[float] | None,
    overlapping_label_check: bool,
    min_similarity: float | None = None,
    progress: Callable[[int], object] | None = None,
) -> ImageScores: ...
def min_similarity(dataset: DatasetColumns, so_far: float) -> float: ...
def image_scores_of_lists(
    labels: list[Any],
    predictions: list[Any],
    *,
    weights: ByType[float] | None,
    overlapping_label_check: bool,
    progress: Callable[[int], object] | None = None,
) -> tuple[ImageScores, ConfidenceCounts]: ...
def confidence_counts(dataset: DatasetColumns) -> ConfidenceCounts: ...
def overlooked_box_scores(
    dataset: DatasetColumns, *, alpha: float | None, high: float | None, given: Given | None
) -> NDArray[np.float64]: ...
def badloc_box_scores(
    dataset: DatasetColumns, *, alpha: float | None, low: float | None, given: Given | None
) -> NDArray[np.float64]: ...
def swap_box_scores(
    dataset: DatasetColumns,
    *,
    alpha: float | None,
    high: float | None,
    overlapping_label_check: bool,
    given: Given | None,
) -> NDArray[np.float64]: ...
def similarity_matrices(dataset: DatasetColumns, *, alpha: float | None) -> Matrices: ...
def pooled_scores(
    scores: NDArray[np.float64], offsets: NDArray[np.int64], temperature: float | None
) -> NDArray[np.float64]: ...
def collect(dataset: DatasetColumns, *, progress: Callable[[int], object] | None = None) -> Statistics: ...
def examine(
    dataset: DatasetColumns,
    statistics: Statistics | None,
    search: Search,
    *,
    detectors: Detectors | None = None,
    progress: Callable[[int], object] | None = None,
) -> CheckResult: ...
def annotation_features(dataset: DatasetColumns, statistics: Statistics) -> NDArray[np.float32]: ...
def issue_numbers(
    rows: object, given: Mapping[str, Any], names: list[str]
) -> list[tuple[NDArray[Any], NDArray[np.bool_] | None]]: ...
def reasons(evidence: Mapping[str, Any]) -> _Texts: ...
def issue_ids(identity: Mapping[str, Any]) -> _Texts: ...
def name_hashes(columns: list[Any]) -> NDArray[np.uint64]: ...
def texts_of(values: list[Any] | NDArray[np.int64]) -> _Texts: ...
def validity_bitmap(nothing: NDArray[np.bool_]) -> NDArray[np.uint8] | None: ...
def csv_lines(table: list[tuple[str, Any]], head: bool, raw: bool) -> list[Any]: ...
def json_lines(table: list[tuple[str, Any]], begins: bool) -> list[Any]: ...
def average_precision(dataset: DatasetColumns) -> ClassPrecision: ...
def true_positives(dataset: DatasetColumns) -> ClassCounts: ...
def image_issues(
    dataset: DatasetColumns, overlapping_label_check: bool, *, of_whole: tuple[float, NDArray[np.float64]] | None = None
) -> NDArray[np.bool_]: ...
def matches(dataset: DatasetColumns) -> PartMatches: ...
def box_issues(
    dataset: DatasetColumns, thresholds: Mapping[str, NDArray[np.float64]], overlapping_label_check: bool
) -> ByType[NDArray[np.bool_]]: ...
def check_boxes(boxes: Columns, sizes: NDArray[np.float64] | None = None) -> dict[_BoxKind, Occurrences]: ...
def annotations_met(dataset: DatasetColumns) -> int: ...
def lacking_classes(dataset: DatasetColumns) -> LackingClasses: ...
def near_duplicates(annotations: Columns, predictions: Columns) -> NearDuplicates: ...
def near_repeats(dataset: DatasetColumns) -> Occurrences: ...
def permuted_classes(dataset: DatasetColumns, at_most: int | None = None) -> list[PermutedClass]: ...
def box_counts(dataset: DatasetColumns) -> list[NDArray[np.int64]]: ...
def classes(dataset: DatasetColumns) -> list[Classes]: ...
def limit_threads(threads: int | None) -> int | None: ...
