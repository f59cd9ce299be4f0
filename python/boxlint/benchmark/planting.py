"""Known errors, planted into a data set."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from boxlint._arguments import fraction
from boxlint.benchmark.truth import KINDS, SAME_OBJECT, Truth, pairwise_iou
from boxlint.dataset import Boxes, Dataset

__all__ = ["STANDARD_KINDS", "plant", "withhold"]

STANDARD_KINDS = KINDS[:4]

# IoU below which a box of an annotator shows no annotation, and share of its area below which a box stands free of one.
EMPTY = 0.2
# IoU of a badly located box with the right one.
MOVED = (0.3, 0.7)
# Least IoU of the second box of a double with the first, and how far its middle and sides are off, in those sides.
DOUBLED, DOUBLED_SPREAD = 0.75, 0.06
# Draws of a box, or of a way to move it, before it is given up.
TRIES = 200
# Halvings of the way that a box is moved.
HALVINGS = 30

Rows = NDArray[np.int64]


class _Added(NamedTuple):
    """An annotation to add; ``doubled`` is the row it doubles, or -1."""

    kind: str
    image: int
    box: NDArray[np.float64]
    class_id: int
    doubled: int = -1


class _Mistakes(NamedTuple):
    """What a detector gets wrong: rows of annotations, with the class or box it would have written; rows of its own."""

    missing: list[int]
    swap: dict[int, int]
    badloc: dict[int, NDArray[np.float64]]
    spurious: list[int]


def plant(
    dataset: Dataset,
    rate: float = 0.1,
    kinds: Sequence[str] = STANDARD_KINDS,
    seed: int = 0,
    annotator: Boxes | None = None,
) -> tuple[Dataset, Truth]:
    """A corrupted copy of a data set, and what is wrong in it.

    Errors strike at random, or are the own mistakes of another detector, which sit on hard objects and look plausible
    as those of people do:

    ========= ======================================== ===============================================================
    kind      at random                                with an annotator
    ========= ======================================== ===============================================================
    missing   the annotation is removed                removed: no box of the annotator meets it at IoU 0.5
    swap      another class, each as likely            only boxes of other classes meet it: takes the best-scored class
    badloc    moved and stretched to an IoU drawn      takes the annotator's best box of its class, of IoU 0.3-0.7
              evenly from 0.3-0.7
    spurious  a box like one of another annotation,    a box of the annotator with IoU below 0.2 to every annotation
              less than 0.2 of it on any annotation
    duplicate a second box of IoU 0.75 or more, every  the same
              other one with another class
    ========= ======================================== ===============================================================

    Boxes stay within their image. A box of the annotator is held against one annotation only: the best that it meets
    of its own class, else the one that it fits best. So what shows one object well is no mistake about another.

    Parameters
    ----------
    dataset:
        What to corrupt. Annotations to ignore stay as they are.
    rate:
        Errors as a share of the annotations, from 0 to 1, in equal numbers of each kind. An annotation suffers at most
        one; where an annotator's mistakes of a kind don't last, there are fewer.
    kinds:
        Which; all but duplicates by default.
    seed:
        Equal seeds plant equal errors.
    annotator:
        Boxes with scores of the same images, cut at a sensible score; None for errors at random.

    Raises
    ------
    ValueError
        If a kind is unknown, the rate outside [0, 1], or the annotator's images or scores do not fit.

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
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ValueError(f"kinds: unknown kind {unknown[0]!r}, expected some of {', '.join(KINDS)}")
    annotations = dataset.annotations
    usable = np.ones(len(annotations.class_id), bool) if annotations.ignore is None else ~annotations.ignore
    quota = round(fraction("rate", rate) * int(usable.sum()) / max(len(set(kinds)), 1))
    mistakes = None if annotator is None else _mistakes(annotations, _checked(annotator, len(dataset)))
    classes = _number_of_classes(dataset)
    planted = tuple(kind for kind in KINDS if kind in kinds and (kind != "swap" or classes > 1))

    generator = np.random.default_rng(seed)
    # A box without area can neither be moved nor doubled.
    sizable = usable & (annotations.xyxy[:, 2:] > annotations.xyxy[:, :2]).all(axis=1)
    chosen = _chosen(generator, np.flatnonzero(usable), np.flatnonzero(sizable), planted, quota, mistakes)
    xyxy, class_id = np.array(annotations.xyxy, np.float64), np.array(annotations.class_id)
    for row in chosen["swap"]:
        class_id[row] = _other_class(generator, class_id[row], classes) if mistakes is None else mistakes.swap[row]
    for row in chosen["badloc"]:
        xyxy[row] = _moved(generator, dataset, row) if mistakes is None else mistakes.badloc[row]
    added = _doubles(generator, dataset, chosen["duplicate"], classes)
    if "spurious" in planted and annotator is not None and mistakes is not None:
        added += _taken_over(generator, annotator, mistakes.spurious, quota)
    elif "spurious" in planted:
        added += _strays(generator, dataset, np.flatnonzero(usable), quota)
    counts = np.diff(annotations.offsets)[[one.image for one in added]] if added else np.empty(0)
    return _rebuilt(dataset, chosen, xyxy, class_id, added, generator.uniform(-0.5, counts - 0.5), planted)


def withhold(dataset: Dataset, flags: ArrayLike) -> tuple[Dataset, Truth]:
    """The data set without the annotations flagged, which are listed as missing: a natural omission.

    Objects that the source calls difficult are what annotators leave out.

    Parameters
    ----------
    dataset:
        What to take them from.
    flags:
        (n,) booleans, one for each annotation. Those to ignore stay as they are.

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
    annotations = dataset.annotations
    flagged = np.asarray(flags, bool)
    if flagged.shape != annotations.class_id.shape:
        raise ValueError(f"flags has shape {flagged.shape}, expected one for each of {len(annotations.class_id)}")
    if annotations.ignore is not None:
        flagged = flagged & ~annotations.ignore
    xyxy = np.array(annotations.xyxy, np.float64)
    chosen = {"missing": np.flatnonzero(flagged)}
    return _rebuilt(dataset, chosen, xyxy, annotations.class_id, [], np.empty(0), ("missing",))


def _checked(annotator: Boxes, images: int) -> Boxes:
    if annotator.score is None:
        raise ValueError("annotator has no scores, expected the predictions of a detector")
    if len(annotator) != images:
        raise ValueError(f"annotator has {len(annotator)} images, expected {images} as in dataset")
    return annotator


def _chosen(
    generator: np.random.Generator,
    usable: Rows,
    sizable: Rows,
    kinds: Sequence[str],
    quota: int,
    mistakes: _Mistakes | None,
) -> dict[str, Rows]:
    """The rows that each kind strikes, none twice. The scarcest mistakes choose first, so that they last."""
    pools = {"missing": usable, "swap": usable, "badloc": sizable, "duplicate": sizable}
    if mistakes is not None:
        for kind in ("missing", "swap", "badloc"):
            pools[kind] = np.array(list(getattr(mistakes, kind)), np.int64)
    free = np.zeros(usable.max(initial=-1) + 1, bool)
    free[usable] = True
    chosen = {kind: np.empty(0, np.int64) for kind in pools}
    for kind in sorted(pools, key=lambda kind: len(pools[kind])):
        if kind in kinds:
            left = pools[kind][free[pools[kind]]]
            chosen[kind] = np.sort(generator.permutation(left)[:quota])
            free[chosen[kind]] = False
    return chosen


def _mistakes(annotations: Boxes, annotator: Boxes) -> _Mistakes:
    found = _Mistakes([], {}, {}, [])
    score = np.empty(0) if annotator.score is None else annotator.score
    ends, other_ends = annotations.offsets.tolist(), annotator.offsets.tolist()
    for image in range(len(annotations)):
        rows, others = slice(*ends[image : image + 2]), slice(*other_ends[image : image + 2])
        iou = pairwise_iou(annotations.xyxy[rows], annotator.xyxy[others])
        empty = iou.max(axis=0, initial=0) < EMPTY
        found.spurious.extend((others.start + np.flatnonzero(empty)).tolist())
        same = annotations.class_id[rows, None] == annotator.class_id[None, others]
        about = (iou + (same & (iou >= SAME_OBJECT))).argmax(axis=0) if len(iou) else np.empty(0)
        for row in range(rows.start, rows.stop):
            if annotations.ignore is not None and annotations.ignore[row]:
                continue
            here = np.where(about == row - rows.start, iou[row - rows.start], 0)
            meets, of_class = here >= SAME_OBJECT, same[row - rows.start]
            own = np.where(of_class, here, 0)
            if not meets.any():
                found.missing.append(row)
            elif not (meets & of_class).any():
                best = others.start + np.where(meets, score[others], -1).argmax()
                found.swap[row] = int(annotator.class_id[best])
            if MOVED[0] <= own.max(initial=0) <= MOVED[1]:
                found.badloc[row] = annotator.xyxy[others.start + own.argmax()].astype(np.float64)
    return found


def _other_class(generator: np.random.Generator, class_id: int, classes: int) -> int:
    return int((class_id + generator.integers(1, classes)) % classes)


def _moved(generator: np.random.Generator, dataset: Dataset, row: int) -> NDArray[np.float64]:
    """The box of an annotation, shifted and stretched until its IoU is one drawn from those of a badly located box."""
    box, within = _box(dataset, row)
    target = generator.uniform(*MOVED)
    for _ in range(TRIES):
        shift, stretch = generator.normal(size=(2, 2))
        moved, overlap, near, far = box, 1.0, 0.0, 2.0
        for _ in range(HALVINGS):
            way = (near + far) / 2
            tried = _shifted(box, way * shift, way * stretch, within)
            iou = pairwise_iou(box[None], tried[None])[0, 0]
            if iou < target:
                far = way
            else:
                moved, overlap, near = tried, iou, way
        if overlap <= MOVED[1] and far < 2:
            return moved
    return box


def _doubled(generator: np.random.Generator, dataset: Dataset, row: int) -> NDArray[np.float64]:
    """A second box of an annotation, as another hand draws it."""
    box, within = _box(dataset, row)
    for _ in range(TRIES):
        shift, stretch = generator.normal(0, DOUBLED_SPREAD, (2, 2))
        double = _shifted(box, shift, stretch, within)
        if pairwise_iou(box[None], double[None])[0, 0] >= DOUBLED:
            return double
    return box


def _box(dataset: Dataset, row: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The box of an annotation, and the one that it may not leave: its image, or itself where it already does."""
    annotations = dataset.annotations
    box = annotations.xyxy[row].astype(np.float64)
    low, high = _extent(dataset, int(np.searchsorted(annotations.offsets, row, side="right")) - 1)
    return box, np.concatenate([np.minimum(low, box[:2]), np.maximum(high, box[2:])])


def _shifted(
    box: NDArray[np.float64], shift: NDArray[np.float64], stretch: NDArray[np.float64], within: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A box moved by a share of its sides, which grow by a factor of exp(stretch), and cut to another box."""
    centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    middle, half = centre + shift * size, np.exp(stretch) * size / 2
    low, high = within[:2], within[2:]
    return np.concatenate([np.clip(middle - half, low, high), np.clip(middle + half, low, high)])


def _doubles(generator: np.random.Generator, dataset: Dataset, rows: Rows, classes: int) -> list[_Added]:
    annotations, added = dataset.annotations, []
    image = _image_of(annotations)
    for turn, row in enumerate(generator.permutation(rows).tolist()):
        class_id = int(annotations.class_id[row])
        if turn % 2 == 1 and classes > 1:
            class_id = _other_class(generator, class_id, classes)
        box = _doubled(generator, dataset, row)
        added.append(_Added("duplicate", int(image[row]), box, class_id, row))
    return added


def _taken_over(generator: np.random.Generator, annotator: Boxes, rows: list[int], quota: int) -> list[_Added]:
    """Some rows of the annotator's own boxes."""
    image = _image_of(annotator)
    taken = np.sort(generator.permutation(np.array(rows, np.int64))[:quota]).tolist()
    boxes = annotator.xyxy.astype(np.float64)
    return [_Added("spurious", int(image[row]), boxes[row], int(annotator.class_id[row])) for row in taken]


def _strays(generator: np.random.Generator, dataset: Dataset, usable: Rows, quota: int) -> list[_Added]:
    """Boxes where nothing is annotated, in images that have annotations, with the size and class of some annotation."""
    annotations, added = dataset.annotations, []
    filled = np.flatnonzero(np.diff(annotations.offsets) > 0)
    for _ in range(quota):
        for _ in range(TRIES):
            image, like = int(generator.choice(filled)), usable[generator.integers(len(usable))]
            low, high = _extent(dataset, image)
            size = annotations.xyxy[like, 2:].astype(np.float64) - annotations.xyxy[like, :2]
            if (size > high - low).any() or (size <= 0).any():
                continue
            corner = low + generator.random(2) * (high - low - size)
            box = np.concatenate([corner, corner + size])
            here = annotations.xyxy[annotations.offsets[image] : annotations.offsets[image + 1]]
            if _covered(box, here).max() < EMPTY:
                added.append(_Added("spurious", image, box, int(annotations.class_id[like])))
                break
    return added


def _covered(box: NDArray[np.float64], others: NDArray[Any]) -> NDArray[np.float64]:
    """The share of a box that lies on each of the others."""
    sides = np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0, None)
    covered: NDArray[np.float64] = sides.prod(axis=1) / (box[2:] - box[:2]).prod()
    return covered


def _extent(dataset: Dataset, image: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners of an image: of the whole where its size is known, else of what lies in it."""
    if dataset.image_sizes is not None and not np.isnan(dataset.image_sizes[image]).any():
        return np.zeros(2), np.asarray(dataset.image_sizes[image], np.float64)
    both = (dataset.annotations, dataset.predictions)
    seen = np.vstack([boxes.xyxy[boxes.offsets[image] : boxes.offsets[image + 1]] for boxes in both])
    return seen[:, :2].min(axis=0), seen[:, 2:].max(axis=0)


def _rebuilt(
    dataset: Dataset,
    chosen: dict[str, Rows],
    xyxy: NDArray[np.float64],
    class_id: NDArray[np.int32],
    added: list[_Added],
    place: NDArray[np.float64],
    kinds: tuple[str, ...],
) -> tuple[Dataset, Truth]:
    """Takes out, puts in at places among the annotations of the image, and writes down what was done."""
    old = dataset.annotations
    count, images = len(old.class_id), np.concatenate([_image_of(old), [one.image for one in added]]).astype(np.int64)
    places = np.concatenate([np.arange(count) - old.offsets[images[:count]], place])
    keep = np.ones(len(images), bool)
    keep[chosen["missing"]] = False
    order = np.lexsort((places, images))
    order = order[keep[order]]
    offsets = np.searchsorted(images[order], np.arange(len(old) + 1))
    annotations = Boxes(
        np.vstack([xyxy, *(one.box for one in added)])[order],
        np.concatenate([class_id, [one.class_id for one in added]]).astype(np.int32)[order],
        offsets=offsets,
        ignore=None if old.ignore is None else np.concatenate([old.ignore, np.zeros(len(added), bool)])[order],
    )
    row = np.full(len(images), -1)
    row[order] = np.arange(len(order)) - offsets[images[order]]
    errors: list[tuple[Any, ...]] = [
        (kind, images[n], row[n], -1, old.class_id[n], old.xyxy[n])
        for kind in ("missing", "swap", "badloc")
        for n in chosen.get(kind, ())
    ]
    for new, one in enumerate(added, start=count):
        right = (-1, -1, np.full(4, np.nan))
        if one.kind == "duplicate":
            right = (row[one.doubled], old.class_id[one.doubled], old.xyxy[one.doubled])
        errors.append((one.kind, one.image, row[new], *right))
    errors.sort(key=lambda error: (KINDS.index(error[0]), *error[1:3]))
    corrupted = dataclasses.replace(dataset, annotations=annotations, annotation_ids=_ids(dataset, len(added), order))
    return corrupted, _truth(errors, annotations, kinds)


def _truth(errors: list[tuple[Any, ...]], annotations: Boxes, kinds: tuple[str, ...]) -> Truth:
    kind, image, row, partner, class_id, box = zip(*errors, strict=True) if errors else ((),) * 6
    return Truth(
        kind=np.array(kind, np.str_),
        image_index=np.array(image, np.int64),
        annotation_index=np.array(row, np.int64),
        partner_index=np.array(partner, np.int64),
        class_id=np.array(class_id, np.int64),
        box=np.array(box, np.float64).reshape(-1, 4),
        annotations=annotations,
        kinds=kinds,
    )


def _ids(dataset: Dataset, added: int, order: Rows) -> Any:
    """The ids of the annotations that are left, and new ones for those added."""
    if dataset.annotation_ids is None:
        return None
    ids = np.asarray(dataset.annotation_ids)
    if ids.dtype.kind in "iu":
        return np.concatenate([ids, ids.max(initial=0) + 1 + np.arange(added)])[order]
    both = [*dataset.annotation_ids, *(f"planted {number}" for number in range(1, added + 1))]
    return [both[row] for row in order.tolist()]


def _image_of(boxes: Boxes) -> Rows:
    return np.repeat(np.arange(len(boxes)), np.diff(boxes.offsets))


def _number_of_classes(dataset: Dataset) -> int:
    return max(len(dataset.class_names or ()), int(dataset.annotations.class_id.max(initial=-1)) + 1)
