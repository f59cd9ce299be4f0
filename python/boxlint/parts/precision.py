"""How good a detector is at each class of a data set in parts, and the thresholds that follow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from boxlint._core import matches as matches_of
from boxlint._threads import at_most
from boxlint._totals import check_new, part_ids
from boxlint.boxes import dataset_columns
from boxlint.dataset import Dataset
from boxlint.filter import ClassThresholds, thresholds_of
from boxlint.parts.matches import Matches, Places, keys_of, numbered
from boxlint.parts.part import Part, added, walked

__all__ = ["class_thresholds", "collect_matches", "collect_places"]


def collect_matches(parts: Iterable[Dataset | Any], *, threads: int | None = None) -> Matches:
    """Lists the predictions that match an annotation: the first of two passes before `class_thresholds`.

    The matches of any parts add up, with ``+`` or `sum`. There are about as many as annotations: see `Matches` for what
    they take. Predictions of classes that were not looked for in their image are left out.

    Parameters
    ----------
    parts, threads:
        As in `collect`; of a single detector.

    Raises
    ------
    ValueError, TypeError
        If a part is not as described, or an image or a part comes twice.

    Examples
    --------
    >>> from boxlint.synthetic import make_scenes
    >>> scenes = make_scenes(60).dataset
    >>> sum([collect_matches([scenes[:20]]), collect_matches([scenes[20:]])])
    Matches(320 of 453 predictions, 60 images)
    """
    found = added(_matches_of(part, threads) for part in walked(parts, threads))
    if found is None:
        raise ValueError("there are no parts to match")
    return found


def collect_places(parts: Iterable[Dataset | Any], matches: Matches, *, threads: int | None = None) -> Places:
    """Counts how many predictions stand between one match and the next: the second pass.

    The counts of any parts add up, with ``+`` or `sum`.

    Parameters
    ----------
    parts, threads:
        As in `collect_matches`, and of the same images.
    matches:
        The sum of `collect_matches` over all parts.

    Raises
    ------
    ValueError, TypeError
        If a part is not as described, comes twice, or has other images or classes than were matched.

    Examples
    --------
    >>> from boxlint.synthetic import make_scenes
    >>> scenes = make_scenes(60).dataset
    >>> places = collect_places([scenes], collect_matches([scenes]))
    >>> len(places.counts)
    320
    """
    counts, seen = np.zeros(len(matches), np.uint64), set[bytes]()
    for part in walked(parts, threads):
        boxes = part.boxes()
        offsets = boxes[1].offsets
        per_image = np.diff(offsets)
        rows = np.arange(offsets[-1]) - np.repeat(offsets[:-1], per_image)
        numbers = numbered(np.repeat(_ranks(part, matches), per_image), rows)
        ids = part_ids(part.dataset)
        check_new(seen, ids)
        seen |= ids
        with at_most(threads):
            matches.ranking.add_places(dataset_columns(*boxes), numbers, counts)
    return Places(counts, matches.digest, frozenset(seen))


def class_thresholds(matches: Matches, places: Places) -> ClassThresholds:
    """How good the detector is at each class, and the thresholds that follow, for `find_label_issues`.

    What `boxlint.filter.class_thresholds` tells of the whole, to the last bit, if its images stand in the order of
    their ids, shorter ones first: see `Matches`.

    Parameters
    ----------
    matches, places:
        The sums of `collect_matches` and `collect_places` over all parts.

    Raises
    ------
    ValueError
        If the places are among other matches, or not of all predictions.

    Examples
    --------
    >>> from boxlint.synthetic import make_scenes
    >>> scenes = make_scenes(60).dataset
    >>> matches = collect_matches([scenes])
    >>> class_thresholds(matches, collect_places([scenes], matches)).average_precision.round(2)
    array([0.81, 0.84, 0.86, 0.83, 0.82, 0.81])
    """
    if places.matches != matches.digest or places.parts != matches.parts:
        raise ValueError("these are places of other parts than the matches are of, or among other matches")
    precision = matches.ranking.average_precision(places.counts)
    return thresholds_of(precision, matches.annotations, matches.predictions)


def _ranks(part: Part, matches: Matches) -> Any:
    """Where the images of a part stand in the order of all."""
    keys = keys_of(part.image_ids)
    ranks = np.searchsorted(matches.sorted_keys, keys)
    known = matches.sorted_keys[np.minimum(ranks, len(matches.sorted_keys) - 1)] == keys if len(keys) else True
    if not np.all(known):
        raise ValueError(f"image {part.image_ids[int(np.argmin(known))]} was not among those that were matched")
    return ranks


def _matches_of(part: Part, threads: int | None) -> Matches:
    boxes = part.boxes()
    with at_most(threads):
        found = matches_of(dataset_columns(*boxes))
    rows, offsets = found["row"], boxes[1].offsets
    image = np.searchsorted(offsets, rows, side="right") - 1
    return Matches(
        found["annotations"],
        found["predictions"],
        found["class_id"],
        found["score"],
        found["at"],
        image.astype(np.uint32),
        (rows - offsets[image]).astype(np.uint32),
        keys_of(part.image_ids),
        part_ids(part.dataset),
    )
