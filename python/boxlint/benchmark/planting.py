"""Known errors, planted into a data set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from boxlint._arguments import expect, fraction, integer
from boxlint._by_name import boxes_by_name
from boxlint._kinds import KINDS, kinds_of
from boxlint.benchmark.annotator_errors import AnnotatorErrors, errors_of, spurious_boxes_of
from boxlint.benchmark.corruption import Rows, corrupted_copy
from boxlint.benchmark.random_errors import Classes, duplicates, moved_box, spurious_boxes
from boxlint.benchmark.truth import Truth
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset

__all__ = ["STANDARD_KINDS", "plant", "withhold"]

STANDARD_KINDS = KINDS[:4]


def plant(
    dataset: Dataset,
    rate: float = 0.1,
    kinds: str | Iterable[str] = STANDARD_KINDS,
    seed: int = 0,
    annotator: Boxes | None = None,
) -> tuple[Dataset, Truth]:
    """A corrupted copy of a data set, and the list of its errors.

    Errors are random, or those of another detector, the annotator, which sit on hard objects and look plausible as
    those of people do:

    ========= ======================================== ===============================================================
    kind      random                                   with an annotator
    ========= ======================================== ===============================================================
    missing   the annotation is removed                removed where no box of the annotator has IoU 0.5 with it
    swap      another class, each as likely            takes the class of the annotator's best-scored box with IoU 0.5,
                                                       where none of these is of the right class
    badloc    moved and stretched to an IoU drawn      takes the annotator's best box of its class, of IoU 0.3-0.7
              evenly from 0.3-0.7
    spurious  a box like one of another annotation,    a box of the annotator with IoU below 0.2 to every annotation
              less than 0.2 of it on any annotation
    duplicate a second box of IoU 0.75 or more, every  the same
              other one with another class
    ========= ======================================== ===============================================================

    Boxes stay within their image. A box of the annotator is compared with one annotation only: the best one of its own
    class with IoU 0.5, else the one with the largest IoU. A box that shows one object well is no error about another.

    Parameters
    ----------
    dataset:
        What to corrupt. Annotations to ignore stay as they are.
    rate:
        Errors as a fraction of the annotations, from 0 to 1, in equal numbers of each kind. An annotation has at most
        one; where an annotator makes fewer errors of a kind, fewer are planted.
    kinds:
        Kinds to plant, one or several; by default all but ``duplicate``.
    seed:
        Equal seeds plant equal errors.
    annotator:
        The annotator's boxes of the same images, with scores, from a sensible score up; None for random errors.

    Raises
    ------
    ValueError
        If a kind is unknown, the rate outside [0, 1], or the annotator's images, classes or scores do not fit.

    Examples
    --------
    >>> boxes = [[50 * n, 10, 50 * n + 30, 40] for n in range(10)]
    >>> clean = Dataset(Boxes(boxes, [0, 1] * 5), Boxes(boxes, [0, 1] * 5, score=[0.9] * 10), class_names=["a", "b"])
    >>> corrupted, truth = plant(clean, rate=0.2, kinds=["missing", "swap"])
    >>> truth
    Truth(1 missing, 1 swap in 1 image)
    >>> len(corrupted.annotations.class_id)
    9
    """
    expect("plant", dataset, Dataset)
    if annotator is not None:
        expect("annotator", annotator, Boxes)
    wanted = kinds_of(kinds)
    annotations = dataset.annotations
    usable = np.ones(len(annotations.class_id), bool) if annotations.ignore is None else ~annotations.ignore
    quota = round(fraction("rate", rate) * int(usable.sum()) / max(len(wanted), 1))
    errors = None if annotator is None else _errors_of(annotator, dataset)
    classes = Classes.of(dataset)
    planted = tuple(kind for kind in wanted if kind != "swap" or len(classes.distinct) > 1)

    generator = np.random.default_rng(integer("seed", seed, 0))
    # A box without area can neither be moved nor duplicated.
    sizable = usable & (annotations.xyxy[:, 2:] > annotations.xyxy[:, :2]).all(axis=1)
    chosen = _chosen(generator, np.flatnonzero(usable), np.flatnonzero(sizable), planted, quota, errors)
    xyxy, class_id = np.array(annotations.xyxy, np.float64), np.array(annotations.class_id)
    for row in chosen["swap"]:
        class_id[row] = classes.other(generator, class_id[row]) if errors is None else errors.swap[row]
    for row in chosen["badloc"]:
        xyxy[row] = moved_box(generator, dataset, row) if errors is None else errors.badloc[row]
    added = duplicates(generator, dataset, chosen["duplicate"], classes)
    if "spurious" in planted and annotator is not None and errors is not None:
        added += spurious_boxes_of(annotator, errors, generator, quota)
    elif "spurious" in planted:
        added += spurious_boxes(generator, dataset, np.flatnonzero(usable), quota)
    counts = np.diff(annotations.offsets)[[one.image for one in added]] if added else np.empty(0)
    return corrupted_copy(dataset, chosen, xyxy, class_id, added, generator.uniform(-0.5, counts - 0.5), planted)


def withhold(dataset: Dataset, flags: ArrayLike) -> tuple[Dataset, Truth]:
    """A copy of a data set without the flagged annotations, and the list of these as missing.

    Flag what annotators tend to leave out, such as the objects that the source calls difficult.

    Parameters
    ----------
    dataset:
        What to remove them from.
    flags:
        (n,) booleans, one for each annotation. Annotations to ignore stay as they are.

    Raises
    ------
    ValueError
        If the flags are not one for each annotation.

    Examples
    --------
    >>> clean = Dataset(Boxes([[0, 0, 9, 9], [5, 5, 8, 8]], [0, 0]), Boxes([[0, 0, 9, 9]], [0], score=[0.9]))
    >>> withhold(clean, [False, True])[1]
    Truth(1 missing in 1 image)
    """
    expect("withhold", dataset, Dataset)
    annotations = dataset.annotations
    flagged = np.asarray(flags, bool)
    if flagged.shape != annotations.class_id.shape:
        raise ValueError(f"flags has shape {flagged.shape}, expected one for each of {len(annotations.class_id)}")
    if annotations.ignore is not None:
        flagged = flagged & ~annotations.ignore
    xyxy = np.array(annotations.xyxy, np.float64)
    chosen = {"missing": np.flatnonzero(flagged)}
    return corrupted_copy(dataset, chosen, xyxy, annotations.class_id, [], np.empty(0), ("missing",))


def _chosen(
    generator: np.random.Generator,
    usable: Rows,
    sizable: Rows,
    kinds: Sequence[str],
    quota: int,
    errors: AnnotatorErrors | None,
) -> dict[str, Rows]:
    """Kind -> rows of the annotations in error, each row in one kind. The kind with the fewest rows chooses first."""
    pools = {"missing": usable, "swap": usable, "badloc": sizable, "duplicate": sizable}
    if errors is not None:
        for kind in ("missing", "swap", "badloc"):
            pools[kind] = np.array(list(getattr(errors, kind)), np.int64)
    free = np.zeros(usable.max(initial=-1) + 1, bool)
    free[usable] = True
    chosen = {kind: np.empty(0, np.int64) for kind in pools}
    for kind in sorted(pools, key=lambda kind: len(pools[kind])):
        if kind in kinds:
            left = pools[kind][free[pools[kind]]]
            chosen[kind] = np.sort(generator.permutation(left)[:quota])
            free[chosen[kind]] = False
    return chosen


def _errors_of(annotator: Boxes, dataset: Dataset) -> AnnotatorErrors:
    """The errors of an annotator; classes of equal names are one.

    Raises
    ------
    ValueError
        If a class id has no name, or as `errors_of`.
    """
    names = dataset.class_names
    most = int(annotator.class_id.max(initial=-1))
    if names is not None and most >= len(names):
        raise ValueError(f"annotator has class id {most}, expected one below {len(names)}, the number of class_names")
    return errors_of(boxes_by_name(annotator, names), boxes_by_name(dataset.annotations, names))
