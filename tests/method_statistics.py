"""What the native method knows of an image and of the whole data set, slow, plain and exact.

An image as both passes see it, pass 1 (`collect`, integers only) and what follows from its counts (`detector_model`).
Pass 2 is in method_reference.py. Notation as in docs/method.md: annotations n of class k_n, predictions j with class
k_j and score s_j, v_nj their IoU; K classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from boxlint import Dataset

Array = Any  # of numpy

SCORE_BINS = 65  # quarter steps of logit(score) from -8 to 8
SIZE_BINS = 7  # halvings of the side of the image
GRID = 2.0**20  # IoU is rounded to 1 / GRID, so that ties and thresholds survive a change of scale
UNIT = 2**20  # fixed point of the fractions in `pairs`
MOST_CLASSES = 256  # an image with more tells nothing about which classes go together
REPEATS = 0.6  # IoU from which a prediction on an annotation repeats the one that matches it
CAP = 300  # predictions of an image that take part
NEGLIGIBLE = 0.002  # confidence up to which a prediction takes no part in pass 2
SHRINK_SCORE = 30  # pseudo-predictions of the common curve behind each bin
SHRINK_CELL = 20  # pseudo-annotations behind each cell of detectability and context
MISTAKEN = (0.05, 0.85)  # excess of what is seen as another class: from where on it counts, and where it says nothing
MOST_MISTAKEN = 0.1  # no more is usual


def area(b: Array) -> Array:
    """Areas of boxes (n, 4); 0 for an inverted box."""
    return np.maximum(b[:, 2] - b[:, 0], 0) * np.maximum(b[:, 3] - b[:, 1], 0)


def overlap(a: Array, b: Array) -> Array:
    """Intersection areas (n, m)."""
    w = np.minimum(a[:, None, 2], b[None, :, 2]) - np.maximum(a[:, None, 0], b[None, :, 0])
    h = np.minimum(a[:, None, 3], b[None, :, 3]) - np.maximum(a[:, None, 1], b[None, :, 1])
    return np.maximum(w, 0) * np.maximum(h, 0)


def iou(a: Array, b: Array) -> Array:
    """IoU (n, m), 0 where the union is 0, rounded (half up) to a multiple of 1 / GRID."""
    inter = overlap(a, b)
    union = area(a)[:, None] + area(b)[None] - inter
    v = np.divide(inter, union, out=np.zeros_like(inter), where=union > 0)
    return np.floor(v * GRID + 0.5) / GRID


def score_position(s: Array) -> Array:
    """4 (logit(s) + 8) cut to 0..64, with s cut to 1e-6..1 - 1e-6: where a score stands among the bins."""
    s = np.clip(np.asarray(s, float), 1e-6, 1 - 1e-6)
    return np.clip((np.log(s / (1 - s)) + 8) * 4, 0, SCORE_BINS - 1)


def isotonic(y: Array, w: Array) -> Array:
    """The non-decreasing sequence nearest to y in squares weighted by w (pool adjacent violators; equal
    neighbours are pooled too).
    """
    blocks = []  # [mean, weight, length]
    for mean, weight in zip(y, w, strict=True):
        blocks.append([mean, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            b, a = blocks.pop(), blocks.pop()
            total = a[1] + b[1]
            blocks.append([(a[0] * a[1] + b[0] * b[1]) / total, total, a[2] + b[2]])
    return np.concatenate([np.full(length, mean) for mean, _, length in blocks])


@dataclass
class ImageData:
    """One image prepared for checking. `rows` and `order` point back at the rows of the data set within the image."""

    boxes: Array  # annotations (n, 4), those flagged `ignore` left out
    k: Array
    rows: Array
    p: Array  # predictions (m, 4), by falling score, the first CAP
    kp: Array
    s: Array
    order: Array
    ignored: Array  # does half of the prediction's area or more lie in an ignored annotation
    unverified: Array  # was the class of the prediction not looked for in the image
    v: Array  # IoU (n, m)
    not_run: bool  # was the detector not run on the image


def image_data(dataset: Dataset, i: int) -> ImageData:
    """Image number i of a data set."""
    a, b = dataset.annotations, dataset.predictions
    assert b.score is not None
    ra, rb = slice(*a.offsets[i : i + 2]), slice(*b.offsets[i : i + 2])
    boxes, p, s = np.asarray(a.xyxy[ra], float), np.asarray(b.xyxy[rb], float), np.asarray(b.score[rb], float)
    flag = np.zeros(len(boxes), bool) if a.ignore is None else a.ignore[ra]
    order = np.argsort(-s, kind="stable")[:CAP]
    p = p[order]
    inside = overlap(p, boxes[flag]).max(1, initial=0)
    rows = np.flatnonzero(~flag)
    boxes = boxes[rows]
    return ImageData(
        boxes,
        a.class_id[ra][rows].astype(int),
        rows,
        p,
        b.class_id[rb][order].astype(int),
        s[order],
        order,
        (inside > 0) & (2 * inside >= area(p)),
        unverified(dataset, i, b.class_id[rb][order]),
        iou(boxes, p),
        dataset.not_run is not None and bool(dataset.not_run[i, 0]),
    )


def unverified(dataset: Dataset, i: int, classes: Array) -> Array:
    """Whether each class was not looked for in image number i."""
    if dataset.verified_classes is None:
        return np.zeros(len(classes), bool)
    offsets, ids = dataset.verified_classes
    return ~np.isin(classes, ids[offsets[i] : offsets[i + 1]])


def size_bin(im: ImageData) -> Array:
    """floor(log2(sqrt(A / area)) + 1e-6) cut to 0..6, with A the area of the box around everything in the image; the
    last bin for an annotation without area.
    """
    seen = np.vstack([im.boxes, im.p])
    whole = np.ptp(seen[:, [0, 2]]) * np.ptp(seen[:, [1, 3]])
    own = area(im.boxes)
    ok = (own > 0) & (whole > 0)
    z = np.floor(0.5 * np.log2(np.where(ok, whole, 1) / np.where(ok, own, 1)) + 1e-6)
    return np.where(ok, np.clip(z, 0, SIZE_BINS - 1), SIZE_BINS - 1).astype(int)


class Statistics:
    """Sums over images, all int64."""

    def __init__(self, n_classes: int) -> None:
        self.n = np.zeros((n_classes, SCORE_BINS), np.int64)  # predictions by class and score
        self.t = np.zeros((n_classes, SCORE_BINS), np.int64)  # of these, matched to an annotation
        self.free = np.zeros((n_classes, SCORE_BINS), np.int64)  # and those with an IoU below .3 with all annotations
        # and those that are not, but are much like the one that matches the annotation that they are on
        self.repeats = np.zeros((n_classes, SCORE_BINS), np.int64)
        # annotations by class, size, and the best score on them (last: none)
        self.best = np.zeros((n_classes, SIZE_BINS, SCORE_BINS + 1), np.int64)
        # matched annotations by class and size, and the sum of 1 - IoU with their match, in 1 / GRID
        self.gaps = np.zeros((n_classes, SIZE_BINS, 2), np.int64)
        # annotations that are best seen as another class, by class and that score, and by the best score as their own
        self.seen = np.zeros((n_classes, SCORE_BINS, 2), np.int64)
        self.pairs = np.zeros((n_classes, n_classes), np.int64)  # classes sharing an image, in 1 / UNIT
        self.count = np.zeros(n_classes, np.int64)  # annotations by class


def number_of_classes(dataset: Dataset) -> int:
    """K: as many as have names, or as the boxes say."""
    named = 0 if dataset.class_names is None else len(dataset.class_names)
    return max(named, *(int(b.class_id.max(initial=-1)) + 1 for b in (dataset.annotations, dataset.predictions)))


def collect(dataset: Dataset) -> Statistics:
    """Pass 1 over the images of a data set.

    Predictions are matched by falling score: each to the free annotation of its class with the largest IoU >= .5, the
    first of equals. An unmatched prediction repeats a match if an annotation of its class, which it overlaps by IoU
    >= .5, is matched by a prediction that it overlaps by IoU >= .6. One in an ignored annotation is not counted, nor is
    any prediction of a class that was not looked for in the image. The best score on an annotation is that of any
    prediction, of whatever class, with IoU >= .5; where that of its own class is lower, or there is none, it is seen as
    another. pairs gains (h_k h_k' - [k = k'] h_k) / (annotations - 1) with h the image's counts, rounded half up to
    1 / UNIT, where the image has at most MOST_CLASSES.
    """
    st = Statistics(number_of_classes(dataset))
    for i in range(len(dataset.annotations.offsets) - 1):
        im = image_data(dataset, i)
        if im.not_run:
            continue
        n, b = len(im.k), np.floor(score_position(im.s) + 0.5).astype(int)
        match, size = np.full(n, -1), size_bin(im) if n else np.zeros(0, int)
        top, own = np.full((2, n), SCORE_BINS)
        alike = iou(im.p, im.p) >= REPEATS
        for j in range(len(im.s)):
            on = (im.k == im.kp[j]) & (im.v[:, j] >= 0.5)
            fit = np.where(on & (match < 0), im.v[:, j], 0)
            hit = n > 0 and fit.max() > 0
            repeats = not hit and bool((on & (match >= 0) & alike[j][match]).any())
            if hit:
                match[fit.argmax()] = j
                gap = round((1 - fit.max()) * GRID)
                # A class that was not looked for has no matches.
                st.gaps[im.kp[j], size[fit.argmax()]] += (0, 0) if im.unverified[j] else (1, gap)
            if (hit or not im.ignored[j]) and not im.unverified[j]:
                st.n[im.kp[j], b[j]] += 1
                st.t[im.kp[j], b[j]] += hit
                st.free[im.kp[j], b[j]] += im.v[:, j].max(initial=0) < 0.3
                st.repeats[im.kp[j], b[j]] += repeats
            top[(top == SCORE_BINS) & (im.v[:, j] >= 0.5)] = b[j]
            own[(own == SCORE_BINS) & on] = b[j]
        other = (top < SCORE_BINS) & ((own == SCORE_BINS) | (own < top))
        np.add.at(st.seen, (im.k[other], top[other], 0), 1)
        other &= own < SCORE_BINS
        np.add.at(st.seen, (im.k[other], own[other], 1), 1)
        np.add.at(st.count, im.k, 1)
        if n:
            np.add.at(st.best, (im.k, size, top), 1)
        if n > 1 and len(np.unique(im.k)) <= MOST_CLASSES:
            h = np.bincount(im.k, minlength=len(st.count))
            st.pairs += (2 * UNIT * (np.outer(h, h) - np.diag(h)) + (n - 1)) // (2 * (n - 1))
    return st


@dataclass
class DetectorModel:
    """What pass 2 knows of the data set: confidence curves (K, 65), detectability (K, 7), the number of annotations
    that each rests on (K, 7), class frequency (K,), context (K, K), omissions for each match (K,), tightness (K, 7) and
    how much a class is taken for others (K,); the mean of G at the best score over all annotations, and the fraction of
    them that has one.
    """

    curve: Array
    found: Array
    number: Array
    q: Array
    context: Array
    omitted: Array
    tight: Array
    mistaken: Array
    mean_found: float
    answered: float


def curves(n: Array, t: Array) -> tuple[Array, Array]:
    """Confidence by score bin, of all classes (65,) and of each (K, 65), from predictions and matches (K, 65)."""
    total = n.sum(0)
    common = isotonic((t.sum(0) + 0.5) / (total + 1), total + 1e-3)
    # Added in the engine's order: the last bits of a confidence decide which of two predictions is fused first.
    share = total / max(sum(total.tolist()), 1) + 1e-6
    each = [
        isotonic((t[c] + SHRINK_SCORE * common) / (n[c] + SHRINK_SCORE), n[c] + SHRINK_SCORE * share)
        for c in range(len(n))
    ]
    return common, np.array(each).reshape(n.shape)


def once(st: Statistics) -> tuple[Array, Array]:
    """(K, 65) predictions and free ones, as of a detector that sees everything once: without repeats, and those without
    a match over d = 1 + repeats / matches of all classes.
    """
    d = 1 + st.repeats.sum() / max(st.t.sum(), 1)
    return st.t + (st.n - st.t - st.repeats) / d, st.free / d


def omissions(st: Statistics, curve: Array) -> Array:
    """(K, 65) objects without annotation among the predictions of a class and score bin, each seen once.

    F, P      free predictions, and poor ones: neither matched nor free
    weak      bins with C_k <= .05, and those up to the first below which at least half of all n - t - repeats lies
    ratio_k   (F + 30 ratio) / (P + 30) of the weak, ratio = (F + 30 * 2) / (P + 30) of the weak of all classes
    omitted   F max(0, F - ratio_k P) / (F + 10 ratio_k) where not weak, else 0
    """
    n, free = once(st)
    unmatched = (st.n - st.t - st.repeats).sum(0)
    below = np.cumsum(unmatched) - unmatched
    poor, weak = n - st.t - free, (curve <= 0.05) | (2 * below < unmatched.sum())
    some, bad = (free * weak).sum(1), (poor * weak).sum(1)
    ratio = ((some + 30 * ((some.sum() + 30 * 2) / (bad.sum() + 30))) / (bad + 30))[:, None]
    return np.where(weak, 0, free * (np.maximum(0, free - ratio * poor) / (free + 10 * ratio)))


def detector_model(st: Statistics) -> DetectorModel:
    """The model that follows from the counts.

    m        n of `once` less the omissions of `omissions`, which come from the curves with m = n
    common   G = isotonic((T + .5) / (M + 1), M + .001), M and T the sums of m and t over classes
    curve    C_k = isotonic((t_k + 30 G) / (m_k + 30), m_k + 30 (M / sum M + 1e-6))
    omitted  (sum of omissions of a class) / (sum of t_k + 30)
    found    mean of G at the best score (0 for none) over the annotations of a class and size, shrunk with 20 to that
             of the size, which is shrunk with 20 to that of all
    q        (count_k + 1) / (count + K)
    gap      mean of 1 - IoU over the matches of a class and size, shrunk as `found` is
    tight    min(1, mean of 1 - IoU over all matches / gap)
    mistaken R(u_k - u; .05, .85), u_k the mean over the annotations of a class of G at the best score less that at the
             best of their class, shrunk with 20 to u, which is the mean over all, at most .1
    context  (pairs_kk' + 20 q_k') / (sum over k' of pairs_kk' + 20): fraction of the annotations beside class k that
             are of class k'
    """
    k, m = len(st.count), SHRINK_CELL
    pairs = st.pairs / UNIT
    n, _ = once(st)
    gone = omissions(st, curves(n, st.t)[1])
    common, curve = curves(n - gone, st.t)
    support, number = st.best @ np.r_[common, 0.0], st.best.sum(2)
    by_size = (support.sum(0) + m * support.sum() / max(number.sum(), 1)) / (number.sum(0) + m)
    q = (st.count + 1) / (st.count.sum() + k)
    found = (support + m * by_size) / (number + m)
    context = (pairs + m * q) / (pairs.sum(1, keepdims=True) + m)
    mean_found = support.sum() / max(number.sum(), 1)
    answered = 1 - st.best[:, :, SCORE_BINS].sum() / max(st.best.sum(), 1)
    matches, sums = st.gaps[..., 0], st.gaps[..., 1] / GRID
    mean = sums.sum() / max(matches.sum(), 1)
    gap = (sums + m * (sums.sum(0) + m * mean) / (matches.sum(0) + m)) / (matches + m)
    tight = np.divide(mean, gap, out=np.ones_like(gap), where=gap > mean)
    omitted = gone.sum(1) / (st.t.sum(1) + SHRINK_SCORE)
    unnamed = (st.seen[..., 0] - st.seen[..., 1]) @ common
    usual = min(unnamed.sum() / max(number.sum(), 1), MOST_MISTAKEN)
    mistaken = (unnamed + m * usual) / (number.sum(1) + m) - usual
    mistaken = np.clip((mistaken - MISTAKEN[0]) / (MISTAKEN[1] - MISTAKEN[0]), 0, 1)
    return DetectorModel(curve, found, number, q, context, omitted, tight, mistaken, float(mean_found), float(answered))


def confidence(model: DetectorModel, im: ImageData) -> Array:
    """c_j: the curve of the predicted class at the score, linear between bins, at most .999; 0 up to .002, so that such
    a prediction has no effect.
    """
    x = score_position(im.s)
    i = np.minimum(x.astype(int), SCORE_BINS - 2)
    f = x - i
    below, above = model.curve[im.kp, i], model.curve[im.kp, i + 1]
    c = below + (above - below) * f  # in this form exactly flat where the curve is
    return np.where(c > NEGLIGIBLE, np.minimum(c, 0.999), 0)


def lift(model: DetectorModel, k: Array) -> Array:
    """(N, K) lift[n, k'] = (sum over the other annotations m of context[k_m, k'] + q[k']) / (N q[k']).

    How much more likely class k' is beside the other annotations than in the data set as a whole; k: their classes.
    1 if they are of more than MOST_CLASSES.
    """
    if len(np.unique(k)) > MOST_CLASSES:
        return np.ones((len(k), len(model.q)))
    beside = model.context[k]
    return np.asarray((beside.sum(0) - beside + model.q) / (len(k) * model.q))


def context_factor(model: DetectorModel, k: Array) -> Array:
    """(K,) The lift of each class beside all annotations, of classes k, cut to at most 1; 1 beyond MOST_CLASSES."""
    if len(np.unique(k)) > MOST_CLASSES:
        return np.ones(len(model.q))
    return np.minimum(1, (model.context[k].sum(0) + model.q) / ((len(k) + 1) * model.q))
