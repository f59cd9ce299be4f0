"""The native method for several detectors, slow, plain and exact: the engine is tested against it.

One detector is in method_reference.py. Formulas and symbols are those of docs/method.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

import method_reference as reference
from boxlint import Boxes, Dataset
from method_statistics import (
    Array,
    DetectorModel,
    ImageData,
    Statistics,
    collect,
    confidence,
    detector_model,
    image_data,
    iou,
    number_of_classes,
)

FAINT = 0.01  # confidence up to which a prediction is not fused
SAME = 0.5  # IoU from which on a prediction shows the same object as others of its class
STEEPNESS, WEAK = 4, 0.75  # exponent of the weight; fraction of the best detector below which one does not count
CUT = 16  # exponent of the fraction of annotations that a detector says anything about
FLOOR = 1e-4  # of the odds of each detector


def weights(models: list[DetectorModel], weak: float = WEAK, cut: float = CUT) -> tuple[Array, Array]:
    """w_d = (mean of G at the best score)^4, 0 below .75 of the best detector's mean; the weight of silence is
    w_d (fraction of the annotations that a prediction is on)^16.
    """
    mean, answered = np.array([m.mean_found for m in models]), np.array([m.answered for m in models])
    w = np.where(mean < weak * mean.max(), 0, mean**STEEPNESS)
    return w, w * answered**cut


def shares(w: Array) -> Array:
    """Weights over their sum; equal if all are 0."""
    return w / w.sum() if w.sum() > 0 else np.full(len(w), 1 / max(len(w), 1))


def ranks(counts: list[Statistics], models: list[DetectorModel]) -> list[int]:
    """The place of each detector in an order that does not depend on that in which they are given: by falling mean of G
    at the best score, then by counts. Equal ones have the same.
    """
    keys = [(-model.mean_found, entries(one)) for one, model in zip(counts, models, strict=True)]
    return [sum(other < key for other in keys) for key in keys]


def entries(counts: Statistics) -> list[list[list[int]]]:
    """All counts that are not 0, with their places."""
    by_score = np.stack([counts.n, counts.t, counts.free, counts.repeats], 2)
    scores, gaps = (
        [[*at, *x[tuple(at)].tolist()] for at in np.argwhere(x[..., 0]).tolist()] for x in (by_score, counts.gaps)
    )
    others = [[[*at, int(x[tuple(at)])] for at in np.argwhere(x).tolist()] for x in (counts.best, counts.pairs)]
    return [scores, *others, gaps]


def contents(im: ImageData, c: Array) -> tuple[object, ...]:
    """Tells apart detectors of one rank: what they see in the image."""
    rows = np.argsort(im.order)
    rows = rows[c[rows] > 0]
    return len(rows), im.s[rows].tolist(), im.kp[rows].tolist(), im.p[rows].ravel().tolist()


def fused(c: list[Array], images: list[ImageData], w: Array) -> tuple[Array, Array, Array, Array]:
    """Boxes (n, 4), classes, scores and members (n, D) of the fused predictions of an image; members are positions in
    the images, -1 for none.

    All predictions with c > .01, by falling c, those of detectors without weight last (equal ones by detector, in the
    order given, and by falling score): each joins the cluster of its
    class with the largest IoU >= .5 to the cluster's box, one of a detector at most, or opens one; without weight it
    opens none. The box is the mean of the members, weighted by w_d c, in single precision if there are
    several; the score the sum of w_d c.
    """
    every = [(w[d] == 0, -c[d][j], d, j) for d in range(len(images)) for j in np.flatnonzero(c[d] > FAINT)]
    boxes: list[Array] = []
    classes: list[int] = []
    scores: list[float] = []
    members: list[list[int]] = []
    for without, negative, d, j in sorted(every):
        box, k = images[d].p[j], images[d].kp[j]
        v = iou(box[None], np.reshape(boxes, (-1, 4)))[0]
        fits = [classes[i] == k and members[i][d] < 0 and v[i] >= SAME for i in range(len(boxes))]
        at = int(np.where(fits, v, -1).argmax()) if any(fits) else len(boxes)
        if at == len(boxes):
            if without:
                continue
            boxes.append(box)
            classes.append(k)
            scores.append(0.0)
            members.append([-1] * len(images))
        weight = w[d] * -negative
        scores[at] += weight
        boxes[at] = boxes[at] + (box - boxes[at]) * (weight / scores[at])
        members[at][d] = int(j)
    several = (np.array(members).reshape(len(boxes), len(images)) >= 0).sum(1, keepdims=True) > 1
    corners = np.reshape(boxes, (-1, 4))
    return (
        np.where(several, corners.astype(np.float32).astype(float), corners),
        np.array(classes, int),
        np.array(scores),
        np.array(members, int).reshape(len(boxes), len(images)),
    )


def pooled(of_each: list[Array], share: Array, weight: Array) -> Array:
    """exp(sum of weight_d ln(odds_d + 1e-4)) - 1e-4, at least 0, and 0 where all odds are; the odds of the one that
    alone has a share.
    """
    if (share > 0).sum() == 1:
        return of_each[int(share.argmax())]
    logs = [x * np.log(odds + FLOOR) for x, odds, counts in zip(weight, of_each, share > 0, strict=True) if counts]
    any_odds = np.any([odds > 0 for odds, counts in zip(of_each, share > 0, strict=True) if counts], 0)
    return np.where(any_odds, np.maximum(np.exp(np.sum(logs, 0)) - FLOOR, 0), 0)


@dataclass
class Consensus:
    """A report on the fused predictions, which its rows name; their members (n, D), rows within the image, -1 for none;
    how surely each detector sees an object at each annotation (annotations, D), NaN for none.
    """

    report: reference.Report
    members: Array
    seen: Array


@dataclass
class Together:
    """Several detectors before the last pass: the data of each, what the counts say about it, its weights, and the data
    set of the fused predictions with their members (n, D).
    """

    images: list[list[ImageData]]
    models: list[DetectorModel]
    weight: Array
    silence: Array
    fused: Dataset
    members: Array


def together(sets: list[Dataset], counts: list[Statistics], weak: float = WEAK, cut: float = CUT) -> Together:
    """The passes before the last one, of detectors with these counts."""
    models = [detector_model(one) for one in counts]
    rank = ranks(counts, models)
    w, silence = weights(models, weak, cut)
    images = [[image_data(one, i) for one in sets] for i in range(len(sets[0]))]
    every, members = [], []
    for of_image in images:
        c_of = [confidence(*both) for both in zip(models, of_image, strict=True)]
        run = [d for d, im in enumerate(of_image) if not im.not_run]
        run.sort(key=lambda d: (rank[d], contents(of_image[d], c_of[d])))
        c = [c_of[d] for d in run]
        *columns, of_boxes = fused(c, [of_image[d] for d in run], shares(w[run]))
        every.append(columns)
        rows = np.full((len(of_boxes), len(sets)), -1)
        for at, d in enumerate(run):
            has = of_boxes[:, at] >= 0
            rows[has, d] = of_image[d].order[of_boxes[has, at]]
        members.append(rows)
    boxes, ids, scores = (np.concatenate([columns[at] for columns in every]) for at in range(3))
    ends = np.concatenate([[0], np.cumsum([len(columns[1]) for columns in every])])
    predictions = Boxes(boxes, ids, scores, ends)
    nowhere = np.array([all(im.not_run for im in of_image) for of_image in images], bool)
    one = replace(sets[0], predictions=predictions, prediction_ids=None, not_run=nowhere)
    return Together(images, models, w, silence, one, np.concatenate(members))


def check(dataset: Dataset, min_suspicion: float = 0.0) -> Consensus:
    """All passes, of detectors of which none is a copy of another."""
    classes = max(number_of_classes(one) for one in dataset.detectors.values())
    names = [f"{k}" for k in range(classes)] if dataset.class_names is None else dataset.class_names
    sets = [replace(one, class_names=names) for one in dataset.detectors.values()]
    found = together(sets, [collect(one) for one in sets])
    report, seen = examined(found.fused, found.images, found.models, found.weight, found.silence, min_suspicion)
    return Consensus(report, found.members, seen)


def examined(
    one: Dataset, images: list[list[ImageData]], models: list[DetectorModel], w: Array, silence: Array, least: float
) -> tuple[reference.Report, Array]:
    """The last pass, on fused predictions."""
    model = detector_model(collect(one))
    rows: list[tuple[object, ...]] = []
    logs: list[float] = []
    seen = np.full((len(one.annotations.class_id), len(models)), np.nan)
    for i, of_image in enumerate(images):
        im = image_data(one, i)
        run = [d for d, x in enumerate(of_image) if not x.not_run]
        evidence = [reference.Evidence(models[d], of_image[d]) for d in run]
        badloc, spurious = ([of(e) for e in evidence] for of in (reference.badloc, reference.spurious))
        odds = np.zeros(len(im.k)), np.zeros(len(im.k))
        if run:
            share = shares(w[run])
            odds = pooled(badloc, share, share), pooled(spurious, share, shares(silence[run]))
        found = reference.weigh(reference.Evidence(model, im), odds)
        logs.append(found.log)
        rows += reference.listed(i, im, found, least)
        for d, e in zip(run, evidence, strict=True):
            seen[one.annotations.offsets[i] + im.rows, d] = e.E
    return reference.report(rows, logs), seen
