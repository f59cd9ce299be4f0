"""The most suspicious rows and images of all parts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from boxlint._arguments import integer
from boxlint._kinds import KINDS
from boxlint.parts.schemas import IMAGES, ISSUES, SCORES

__all__ = ["ranked"]

# So many rows are gathered, beside twice those that are kept, before the others are dropped.
_GATHERED = 1 << 16


def ranked(batches: Iterable[pa.RecordBatch], max_rows: int | None = None) -> pa.Table:
    """The rows of all parts in one order, most suspicious first.

    Equal ones stand in the order of the image ids, shorter ones first, then by their bytes: so do numbers by value. It
    is the order of the whole if its images stand so. Rankings of some parts can be ranked again.

    Parameters
    ----------
    batches:
        What `check`, `check_images` or `score` returns, or batches of earlier rankings.
    max_rows:
        Keep so many, of issues so many of each kind; about twice as many are held at a time. None keeps all.
        ``boxlint.check`` lists three for each annotation, and at least 1,000, of each kind.

    Raises
    ------
    ValueError
        If the batches have another schema.

    Examples
    --------
    >>> from boxlint.parts import check, collect
    >>> from boxlint.synthetic import make_scenes
    >>> scenes = make_scenes(60).dataset
    >>> parts = [scenes[:20], scenes[20:]]
    >>> ranked(check(parts, collect(parts)), max_rows=2).num_rows
    8
    """
    most = None if max_rows is None else integer("max_rows", max_rows, 0)
    held: list[pa.RecordBatch] = []
    rows, limit = 0, _GATHERED
    schema: pa.Schema | None = None
    for batch in batches:
        if schema is None:
            schema = next((known for known in (ISSUES, IMAGES, SCORES) if batch.schema.equals(known)), None)
        if schema is None or not batch.schema.equals(schema):
            raise ValueError(f"found columns {', '.join(batch.schema.names)}, expected those of check or of score")
        held.append(batch)
        rows += batch.num_rows
        if most is not None and rows > limit:
            kept = _kept(pa.Table.from_batches(held), most)
            held, rows = kept.to_batches(), kept.num_rows
            limit = 2 * rows + _GATHERED
    if schema is None:
        raise ValueError("there are no batches to rank")
    return _kept(pa.Table.from_batches(held, schema), most)


def _kept(rows: pa.Table, most: int | None) -> pa.Table:
    keys = _keys(rows)
    order = pc.sort_indices(pa.table({name: key for name, (key, _) in keys.items()}), [*_directions(keys)])
    if most is not None:
        order = order.to_numpy()
        kinds = keys["kind"][0].to_numpy()[order] if "kind" in keys else np.zeros(len(order), np.int64)
        first = [np.flatnonzero(kinds == kind)[:most] for kind in range(len(KINDS))]
        order = order[np.sort(np.concatenate(first))]
    return rows.take(order)


def _directions(keys: dict[str, tuple[Any, str]]) -> Iterable[tuple[str, str]]:
    return ((name, direction) for name, (_, direction) in keys.items())


def _keys(rows: pa.Table) -> dict[str, tuple[Any, str]]:
    """What rows are ordered by: columns, and whether these rise."""
    image = {
        "length": (pc.binary_length(rows["image_id"]), "ascending"),
        "image": (rows["image_id"], "ascending"),
    }
    if rows.schema.equals(SCORES):
        return {"score": (rows["score"], "ascending"), **image}
    if rows.schema.equals(IMAGES):
        return {"suspicion": (rows["neg_log_clean"], "descending"), **image}
    others = pc.coalesce(rows["prediction_index"], rows["kept_annotation_index"], pa.scalar(0, pa.int64()))
    # No column says how `check` orders what several detectors say together; their batch has that order, which stays.
    others = pc.if_else(pc.is_null(rows["detector"]), others, 0)
    return {
        "suspicion": (rows["suspicion"], "descending"),
        **image,
        "kind": (pc.index_in(rows["kind"], pa.array(KINDS)), "ascending"),
        "annotation": (pc.fill_null(rows["annotation_index"], 0), "ascending"),
        "other": (others, "ascending"),
    }
