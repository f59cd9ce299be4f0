"""Average precision of a data set in parts: its matches, and then how many predictions stand between one and the next.

Average precision takes the order of all scores. Only the matches are kept, of which there are about as many as
annotations: 22 bytes for each, and for each image 8 bytes more than the longest id has. Equal scores count in the order
of the image ids, shorter ones first, then by their bytes: so do numbers by value. A data set in this order has the same
average precision in one piece, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from boxlint._core import CLASS_LIMIT, Ranking
from boxlint._packed import packed_arrays, unpacked_arrays
from boxlint._totals import LARGEST, Summable, all_parts

__all__ = ["Matches", "Places", "keys_of", "numbered"]

_VERSION = 1
_THRESHOLDS = 10
_PART_BYTES = 16
_COLUMNS = {
    "annotations": "<i8", "predictions": "<i8", "class_id": "<i4", "score": "<f8", "at": "<u2", "image": "<u4",
    "row": "<u4", "keys": "S",
}  # fmt: skip


@final
@dataclass(frozen=True, eq=False)
class Matches(Summable):
    """The matches of a part, or the sum of several; `collect_matches` makes them.

    ``+`` and `sum` add them, in any order. What follows from them is the same in whichever order.

    Attributes
    ----------
    annotations, predictions:
        (K,) how many boxes each class has, ignored annotations left out.
    class_id, score, at, image, row:
        For each match (n,): the class, the score, the IoU thresholds at which it is one, as bits, and the position of
        the image and that of the prediction in its image.
    keys:
        For each image the length of its id in bytes, as 8 hex digits, and the id: in their order as bytes, ids of
        digits stand in that of their numbers.
    parts:
        16 bytes for each part.
    """

    annotations: NDArray[np.int64]
    predictions: NDArray[np.int64]
    class_id: NDArray[np.int32]
    score: NDArray[np.float64]
    at: NDArray[np.uint16]
    image: NDArray[np.uint32]
    row: NDArray[np.uint32]
    keys: NDArray[np.bytes_]
    parts: frozenset[bytes]

    def __add__(self, other: Matches) -> Matches:
        if not isinstance(other, Matches):
            return NotImplemented
        return _joined(self, other)

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*_COLUMNS, "parts")}

    def __len__(self) -> int:
        """Number of matches."""
        return len(self.class_id)

    def __repr__(self) -> str:
        return f"Matches({len(self):,} of {int(self.predictions.sum()):,} predictions, {len(self.keys):,} images)"

    def to_bytes(self) -> bytes:
        """What `from_bytes` reads: versioned and compressed."""
        columns = {name: getattr(self, name) for name in _COLUMNS}
        return packed_arrays("matches", _VERSION, {**columns, "parts": _rows(self.parts)})

    @classmethod
    def from_bytes(cls, data: bytes) -> Matches:
        """Reads what `to_bytes` returned.

        Raises
        ------
        ValueError
            If the bytes are something else, damaged, or hold numbers that no data set has.

        Examples
        --------
        >>> from boxlint.parts import collect_matches
        >>> from boxlint.synthetic import make_scenes
        >>> matches = collect_matches([make_scenes(60).dataset])
        >>> Matches.from_bytes(matches.to_bytes())
        Matches(320 of 453 predictions, 60 images)
        """
        columns = unpacked_arrays("matches", _VERSION, data, {**_COLUMNS, "parts": "u1"})
        # A score of -0 would stand below those of 0; the sum is 0.
        columns["score"] = columns["score"] + 0.0
        found = cls(parts=_parts("matches", columns.pop("parts")), **columns)
        found._check()
        return found

    def _check(self) -> None:
        """A ValueError if no data set has these."""
        classes, count = len(self.annotations), len(self.class_id)
        lengths = [len(getattr(self, name)) for name in ("score", "at", "image", "row")]
        if classes > CLASS_LIMIT or len(self.predictions) != classes or lengths != [count] * 4:
            raise ValueError("the bytes of matches are damaged: columns of other lengths")
        counts = np.stack([self.annotations, self.predictions])
        ranges: list[tuple[NDArray[Any], int, int]] = [
            (counts, 0, LARGEST),
            (self.class_id, 0, classes - 1),
            (self.image, 0, len(self.keys) - 1),
            (self.at, 1, 2**_THRESHOLDS - 1),
            (self.row, 0, 2**31 - 1),
            (self.score, 0, 1),
        ]
        if not all(((column >= least) & (column <= most)).all() for column, least, most in ranges):
            raise ValueError("the bytes of matches are damaged: a number is out of range")
        if (self.true_positives > counts.min(axis=0)[:, None]).any():
            raise ValueError("the bytes of matches are damaged: a class has more matches than boxes")
        boxes = self.image.astype(np.uint64) << np.uint64(32) | self.row
        if len(np.unique(boxes)) < count:
            raise ValueError("the bytes of matches are damaged: a prediction stands twice")

    @cached_property
    def true_positives(self) -> NDArray[np.int64]:
        """(K, 10) matches of each class at each IoU threshold."""
        each = [
            np.bincount(self.class_id[self.at >> at & 1 == 1], minlength=len(self.annotations))
            for at in range(_THRESHOLDS)
        ]
        return np.stack(each, axis=1)

    @cached_property
    def sorted_keys(self) -> NDArray[np.bytes_]:
        """The keys of all images in their order; a ValueError if one stands twice."""
        keys = np.sort(self.keys)
        twice = np.flatnonzero(keys[1:] == keys[:-1])
        if len(twice):
            raise ValueError(f"image {keys[twice[0]][8:].decode(errors='replace')} is in two parts")
        return keys

    @cached_property
    def _numbers(self) -> NDArray[np.uint64]:
        """What orders matches of equal scores."""
        rank = np.searchsorted(self.sorted_keys, self.keys)
        return numbered(rank[self.image], self.row)

    @cached_property
    def ranking(self) -> Ranking:
        """The matches in their order."""
        return Ranking(self.annotations, self.class_id, self.score, self._numbers, self.at)

    @cached_property
    def digest(self) -> bytes:
        """16 bytes that are the same in whichever order parts were added."""
        order = np.lexsort((self._numbers, self.class_id))
        digest = blake2b(digest_size=_PART_BYTES)
        columns = (self.class_id, self.score, self.at, self._numbers)
        for column in (self.sorted_keys, self.annotations, *(column[order] for column in columns)):
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.digest()


@final
@dataclass(frozen=True, eq=False)
class Places(Summable):
    """How many predictions of a part stand between one match and the next; `collect_places` makes them.

    ``+`` and `sum` add those of several parts, in any order.

    Attributes
    ----------
    counts:
        For each match, in the order of classes and scores, predictions of its class after the match before it and no
        later than itself: mostly small numbers.
    matches:
        ``digest`` of the matches.
    parts:
        16 bytes for each part.
    """

    counts: NDArray[np.uint64]
    matches: bytes
    parts: frozenset[bytes]

    def __add__(self, other: Places) -> Places:
        if not isinstance(other, Places):
            return NotImplemented
        if self.matches != other.matches:
            raise ValueError("these are places among other matches")
        return Places(self.counts + other.counts, self.matches, all_parts(self.parts, other.parts))

    def to_bytes(self) -> bytes:
        """What `from_bytes` reads: versioned and compressed."""
        digest = np.frombuffer(self.matches, np.uint8)
        return packed_arrays("places", _VERSION, {"counts": self.counts, "matches": digest, "parts": _rows(self.parts)})

    @classmethod
    def from_bytes(cls, data: bytes) -> Places:
        """Reads what `to_bytes` returned.

        Raises
        ------
        ValueError
            If the bytes are something else or damaged.

        Examples
        --------
        >>> from boxlint.parts import collect_matches, collect_places
        >>> from boxlint.synthetic import make_scenes
        >>> parts = [make_scenes(60).dataset]
        >>> places = collect_places(parts, collect_matches(parts))
        >>> (Places.from_bytes(places.to_bytes()).counts == places.counts).all().item()
        True
        """
        found = unpacked_arrays("places", _VERSION, data, {"counts": "<u8", "matches": "u1", "parts": "u1"})
        if (found["counts"] > LARGEST).any() or len(found["matches"]) != _PART_BYTES:
            raise ValueError("the bytes of places are damaged: a number is out of range")
        return cls(found["counts"], found["matches"].tobytes(), _parts("places", found["parts"]))


def _joined(one: Matches, other: Matches) -> Matches:
    classes = max(len(one.annotations), len(other.annotations))
    counts = np.zeros((2, classes), np.int64)
    for of in (one, other):
        counts[:, : len(of.annotations)] += (of.annotations, of.predictions)
    image = np.concatenate([one.image, other.image + np.uint32(len(one.keys))])
    columns: dict[str, NDArray[Any]] = {
        name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in _JOINED
    }
    columns |= {"annotations": counts[0], "predictions": counts[1], "image": image}
    return Matches(parts=all_parts(one.parts, other.parts), **columns)


def keys_of(image_ids: pa.StringArray) -> NDArray[np.bytes_]:
    """The ids as keys: see `Matches`.

    >>> import pyarrow
    >>> keys_of(pyarrow.array(["10", "9"]))
    array([b'0000000210', b'000000019'], dtype='|S10')
    """
    texts = image_ids.cast(pa.binary()).to_pylist()
    return np.array([b"%08x%s" % (len(text), text) for text in texts], dtype=np.bytes_)


def numbered(image: NDArray[Any], row: NDArray[Any]) -> NDArray[np.uint64]:
    """Numbers that rise with the image and, in an image, with the row."""
    return image.astype(np.uint64) << np.uint64(32) | row.astype(np.uint64)


_JOINED = ("class_id", "score", "at", "row", "keys")


def _rows(parts: frozenset[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(sorted(parts)), np.uint8)


def _parts(what: str, rows: NDArray[np.uint8]) -> frozenset[bytes]:
    if len(rows) % _PART_BYTES:
        raise ValueError(f"the bytes of {what} are damaged: parts of other lengths")
    joined_ids = rows.tobytes()
    return frozenset(joined_ids[at : at + _PART_BYTES] for at in range(0, len(joined_ids), _PART_BYTES))
