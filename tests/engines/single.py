"""The data that goes through the engines, what a single process makes of it, and what happens to it on the way."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from boxlint import Boxes, Dataset, Statistics, parts, write_parquet
from boxlint.filter import ClassThresholds
from boxlint.synthetic import make_scenes

IMAGES, FILES = 240, 8
# Engines lose the names in a file, and a dict of them comes to a worker, too.
NAMES = {0: "disc", 1: "square", 2: "triangle", 3: "ring", 4: "cross", 5: "diamond"}
CHECK: Any = {"kinds": ["missing", "swap", "badloc"], "min_suspicion": 0.05, "priors": {"swap": 0.2}}
SCORE: Any = {
    "aggregation_weights": {"overlooked": 0.5, "swap": 0.25, "badloc": 0.25},
    "overlapping_label_check": False,
}


@contextmanager
def same_modules() -> Iterator[None]:
    """Workers that begin inside run this Python and find the modules of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        yield


@lru_cache
def scenes(detectors: int = 1) -> Dataset:
    """Images of which each has other coordinates from 0 to 1: the smallest similarity of a part is not the whole's."""
    dataset = make_scenes(IMAGES, seed=5).dataset
    first = replace(dataset, predictions=_scaled(dataset.predictions), annotations=_scaled(dataset.annotations))
    # Another detector sees most of what the first sees, a little elsewhere.
    seen = np.random.default_rng(1).random(len(first.predictions.class_id)) < 0.9
    second = first.predictions.keep(seen)
    second = Boxes(second.xyxy + 0.001, second.class_id, second.score, second.offsets)
    more: Any = {} if detectors == 1 else {"detector_names": ["one", "two"], "more_predictions": [second]}
    return replace(first, image_names=None, image_ids=np.arange(IMAGES) * 7 + 3, class_names=None, **more)


def _scaled(boxes: Boxes) -> Boxes:
    return Boxes(boxes.xyxy / 640, boxes.class_id, boxes.score, boxes.offsets)


def written(folder: Path, detectors: int = 1) -> list[Path]:
    """Parquet files of the scenes."""
    paths = []
    for number, images in enumerate(np.array_split(np.arange(IMAGES), FILES)):
        paths.append(folder / f"{number}.parquet")
        write_parquet(scenes(detectors)[images], paths[-1])
    return paths


def tables(folder: Path, detectors: int = 1) -> list[pa.Table]:
    """The same as tables."""
    return [pq.read_table(path) for path in written(folder, detectors)]


@lru_cache
def statistics(detectors: int = 1) -> Statistics:
    first = parts.collect([scenes(detectors)])
    return first if detectors == 1 else parts.collect([scenes(detectors)], first)


@lru_cache
def thresholds() -> ClassThresholds:
    matches = parts.collect_matches([scenes()])
    return parts.class_thresholds(matches, parts.collect_places([scenes()], matches))


def named(detectors: int = 1) -> list[Dataset]:
    """The scenes as a single part, with names of classes."""
    return [replace(scenes(detectors), class_names=list(NAMES.values()))]


def in_order(rows: pa.Table | pa.RecordBatch) -> pa.Table:
    """Rows in an order that does not depend on that of the images."""
    table = pa.table(rows)
    keys = [name for name in ("image_id", "issue_id") if name in table.column_names]
    return table.take(pc.sort_indices(table, [(key, "ascending") for key in keys])).combine_chunks()


class Killer:
    """Passes tables on, and kills its process every other time that it sees an image: once in each pass."""

    def __init__(self, folder: Path, image_id: int) -> None:
        self.folder = folder
        self.image_id = image_id

    def __call__(self, table: Any) -> Any:
        if self.image_id in table["image_id"].to_pylist():
            seen = self.seen()
            (self.folder / str(seen)).touch(exist_ok=False)
            if seen % 2 == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return table

    def each(self, batches: Iterator[Any]) -> Iterator[Any]:
        """The same for an iterator of tables."""
        return map(self, batches)

    def seen(self) -> int:
        """How often it saw the image."""
        return len(list(self.folder.iterdir()))
