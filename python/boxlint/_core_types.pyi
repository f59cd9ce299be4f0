"""What the Rust engine takes and returns as dicts; known to type checkers alone."""

from typing import Generic, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from boxlint.inspection.findings import FindingKind

_T = TypeVar("_T")

class ByType(TypedDict, Generic[_T]):
    overlooked: _T
    badloc: _T
    swap: _T

class Given(TypedDict):
    similarity: NDArray[np.float64]
    iou: NDArray[np.float64] | None
    min_similarity: NDArray[np.float64]

class Matrices(TypedDict):
    similarity: NDArray[np.float64]
    iou: NDArray[np.float64]
    min_similarity: float

class ConfidenceCounts(TypedDict):
    annotations: int
    predictions: int
    confident: int
    very_confident: int

class ClassPrecision(TypedDict):
    average_precision: NDArray[np.float64]
    annotations: NDArray[np.uint64]
    predictions: NDArray[np.uint64]

class ClassCounts(TypedDict):
    true_positives: NDArray[np.uint64]
    annotations: NDArray[np.uint64]
    predictions: NDArray[np.uint64]

class PartMatches(TypedDict):
    annotations: NDArray[np.int64]
    predictions: NDArray[np.int64]
    class_id: NDArray[np.int32]
    score: NDArray[np.float64]
    row: NDArray[np.int64]
    at: NDArray[np.uint16]

class Search(TypedDict):
    priors: list[float]
    kinds: list[bool]
    min_suspicion: float
    max_rows: int

class Occurrences(TypedDict):
    count: int
    first: int | None

class ImageFiles(TypedDict):
    files: NDArray[np.int64]
    others: list[int]
    by_stem: bool
    shared: tuple[int, int, int] | None
    twofold: tuple[int, int, int] | None

class LineFault(TypedDict):
    file: int
    line: int
    what: str
    kind: str

class LineBoxes(TypedDict):
    file: NDArray[np.int64]
    line: NDArray[np.int64]
    class_id: NDArray[np.int32]
    corners: NDArray[np.float64]
    score: NDArray[np.float64]
    outlines: NDArray[np.bool_]
    keypoints: NDArray[np.bool_]
    faults: list[LineFault]
    lost: list[int]

class VocFault(TypedDict):
    file: int
    object: int | None
    what: str

class VocFiles(TypedDict):
    filenames: list[str]
    sizes: NDArray[np.float64]
    lost: list[int]
    faults: list[VocFault]
    file: NDArray[np.int64]
    position: NDArray[np.int64]
    class_id: NDArray[np.int32]
    class_names: list[str]
    corners: NDArray[np.float64]
    difficult: NDArray[np.bool_]
    from_outline: NDArray[np.bool_]
    scores: list[str | None]

class NearDuplicates(TypedDict):
    predictions: Occurrences
    widespread: bool

class LackingClass(TypedDict):
    image: int
    class_id: int
    having: int
    searched: int

class LackingClasses(TypedDict):
    images: int
    first: LackingClass | None

class PermutedClass(TypedDict):
    annotated: int
    predicted: int
    pairs: int
    explained: int

class ReadOptions(TypedDict):
    skip_unknown: bool
    skip_unreadable: bool
    images_by_stem: bool
    classes_from: int | None
    in_file_order: bool | None
    ids_are_positions: bool

class RecordFinding(TypedDict):
    kind: FindingKind
    where: str
    count: int
    example: str
