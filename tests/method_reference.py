"""The native method, slow, plain and exact: what the engine is tested against.

Pass 1 is `collect`, integers only; pass 2 is `check`, one image at a time. Notation: annotations n of class k_n,
predictions j of class k_j with score s_j, v_nj their IoU; K classes. Order matters in ties: predictions stand by
falling
score (equal ones as given), annotations as given, and every argmax takes the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from boxlint import Dataset

Array = Any  # of numpy


KINDS = ("missing", "swap", "badloc", "spurious", "duplicate")
SCORE_BINS = 65  # quarter steps of logit(score) from -8 to 8
SIZE_BINS = 7  # halvings of the side of the image
GRID = 2.0**20  # IoU is rounded to 1 / GRID, so that ties and thresholds survive a change of scale
UNIT = 2**20  # fixed point of the fractions in `pairs`
CAP = 300  # predictions of an image that take part
EPS = 0.01  # no single piece of evidence is believed beyond 100 to 1
BASE = 0.05  # odds that an annotation holds an error that the detector cannot show
PRIOR = {"missing": 0.2, "swap": 0.025, "badloc": 0.1, "spurious": 0.0025, "duplicate": 0.5}
SEEN, GIVEN = 0.25, 0.75  # weight of the image's other classes on what is seen, and on what is given
SHRINK_SCORE = 30  # pseudo-predictions of the common curve behind each bin
SHRINK_TABLE = 20  # pseudo-annotations behind each cell of detectability and context
DOUBLE = (0.6, 0.95)  # IoU at which two boxes of a class begin to look like one object, and where they surely do
DOUBLE_OTHER = (0.7, 0.95)  # the same for two classes: different things share a place more often


def ramp(v: Any, a: float, b: float) -> Any:
    """R(v; a, b) = (v - a) / (b - a), cut to 0..1."""
    return np.clip((v - a) / (b - a), 0, 1)


def odds(x: Any) -> Any:
    """x / (1 - x + EPS)."""
    return x / (1 - x + EPS)


def against(x: Any) -> Any:
    """(1 - x) / (x + EPS)."""
    return (1 - x) / (x + EPS)


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


def best(x: Array) -> tuple[Array, Array]:
    """Largest value of each row of x (n, m) and the first column it stands in; (0, -1) where nothing is above 0."""
    if x.shape[1] == 0:
        return np.zeros(len(x)), np.full(len(x), -1)
    top = x.max(1)
    return np.where(top > 0, top, 0.0), np.where(top > 0, x.argmax(1), -1)


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
class Image:
    """What takes part of one image. `rows` and `order` point back at the rows of the data set within the image."""

    boxes: Array  # annotations (n, 4), those flagged `ignore` left out
    k: Array
    rows: Array
    p: Array  # predictions (m, 4), by falling score, the first CAP
    kp: Array
    s: Array
    order: Array
    ignored: Array  # does the prediction lie in an ignore region: intersection >= half of its own area
    v: Array  # IoU (n, m)


def image(dataset: Dataset, i: int) -> Image:
    """The Image number i of a data set."""
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
    return Image(
        boxes,
        a.class_id[ra][rows].astype(int),
        rows,
        p,
        b.class_id[rb][order].astype(int),
        s[order],
        order,
        (inside > 0) & (2 * inside >= area(p)),
        iou(boxes, p),
    )


def size_bin(im: Image) -> Array:
    """floor(log2(sqrt(A / area)) + 1e-6) cut to 0..6; A: area of the box around all of the image; without
    area: the last bin.
    """
    seen = np.vstack([im.boxes, im.p])
    whole = np.ptp(seen[:, [0, 2]]) * np.ptp(seen[:, [1, 3]])
    own = area(im.boxes)
    ok = (own > 0) & (whole > 0)
    z = np.floor(0.5 * np.log2(np.where(ok, whole, 1) / np.where(ok, own, 1)) + 1e-6)
    return np.where(ok, np.clip(z, 0, SIZE_BINS - 1), SIZE_BINS - 1).astype(int)


class Statistics:
    """Sums over images, all int64. Merge by adding."""

    def __init__(self, n_classes: int) -> None:
        self.n = np.zeros((n_classes, SCORE_BINS), np.int64)  # predictions by class and score
        self.t = np.zeros((n_classes, SCORE_BINS), np.int64)  # of these, matched to an annotation
        # annotations by class, size, and the best score on them (last: none)
        self.best = np.zeros((n_classes, SIZE_BINS, SCORE_BINS + 1), np.int64)
        self.pairs = np.zeros((n_classes, n_classes), np.int64)  # classes sharing an image, in 1 / UNIT
        self.count = np.zeros(n_classes, np.int64)  # annotations by class

    def __add__(self, other: Statistics) -> Statistics:
        total = Statistics(len(self.count))
        for name in vars(total):
            setattr(total, name, getattr(self, name) + getattr(other, name))
        return total


def number_of_classes(dataset: Dataset) -> int:
    """K: as many as have names, or as the boxes say."""
    named = 0 if dataset.class_names is None else len(dataset.class_names)
    return max(named, *(int(b.class_id.max(initial=-1)) + 1 for b in (dataset.annotations, dataset.predictions)))


def collect(dataset: Dataset) -> Statistics:
    """Pass 1 over the images of a data set.

    A prediction is matched greedily by falling score: to the free annotation of its class with the largest IoU >= .5
    (the first
    of equals). An unmatched one in an ignore region is not counted. The best score on an annotation is that of any
    prediction, of
    whatever class, with IoU >= .5. pairs gains (h_k h_k' - [k = k'] h_k) / (annotations - 1) with h the image's
    counts, rounded half up to 1 / UNIT.
    """
    st = Statistics(number_of_classes(dataset))
    for i in range(len(dataset.annotations.offsets) - 1):
        im = image(dataset, i)
        n, b = len(im.k), np.floor(score_position(im.s) + 0.5).astype(int)
        free, top = np.ones(n, bool), np.full(n, SCORE_BINS)
        for j in range(len(im.s)):
            fit = np.where((im.k == im.kp[j]) & free & (im.v[:, j] >= 0.5), im.v[:, j], 0)
            hit = n > 0 and fit.max() > 0
            if hit:
                free[fit.argmax()] = False
            if hit or not im.ignored[j]:
                st.n[im.kp[j], b[j]] += 1
                st.t[im.kp[j], b[j]] += hit
            top[(top == SCORE_BINS) & (im.v[:, j] >= 0.5)] = b[j]
        np.add.at(st.count, im.k, 1)
        if n:
            np.add.at(st.best, (im.k, size_bin(im), top), 1)
        if n > 1:
            h = np.bincount(im.k, minlength=len(st.count))
            st.pairs += (2 * UNIT * (np.outer(h, h) - np.diag(h)) + (n - 1)) // (2 * (n - 1))
    return st


@dataclass
class Tables:
    """What pass 2 knows of the data set: confidence curves (K, 65), detectability (K, 7), class frequency
    (K,), context (K, K).
    """

    curve: Array
    found: Array
    q: Array
    context: Array


def tables(st: Statistics) -> Tables:
    """Statistics -> Tables.

    common   G = isotonic((T + .5) / (N + 1), N + .001), N and T the sums of n and t over classes
    curve    C_k = isotonic((t_k + 30 G) / (n_k + 30), n_k + 30 (N / sum N + 1e-6))
    found    mean of G at the best score (0 for none) over the annotations of a class and size, shrunk with 20 to that
    of the size, and
             that with 20 to that of all
    q        (count_k + 1) / (count + K)
    context  (pairs_kk' + 20 q_k') / (sum over k' of pairs_kk' + 20): how often class k' stands beside class k
    """
    k, m = len(st.count), SHRINK_TABLE
    n, t, pairs = st.n.astype(float), st.t.astype(float), st.pairs / UNIT
    total, matched = n.sum(0), t.sum(0)
    common = isotonic((matched + 0.5) / (total + 1), total + 1e-3)
    share = total / max(total.sum(), 1) + 1e-6
    curve = np.stack(
        [
            isotonic((t[c] + SHRINK_SCORE * common) / (n[c] + SHRINK_SCORE), n[c] + SHRINK_SCORE * share)
            for c in range(k)
        ]
    )
    support, number = st.best @ np.r_[common, 0.0], st.best.sum(2)
    by_size = (support.sum(0) + m * support.sum() / max(number.sum(), 1)) / (number.sum(0) + m)
    q = (st.count + 1) / (st.count.sum() + k)
    return Tables(curve, (support + m * by_size) / (number + m), q, (pairs + m * q) / (pairs.sum(1, keepdims=True) + m))


def confidence(tab: Tables, im: Image) -> Array:
    """c_j: the curve of the predicted class at the score, linear between bins, at most .999; 0 where not above
    .002: such a prediction is not heard.
    """
    x = score_position(im.s)
    i = np.minimum(x.astype(int), SCORE_BINS - 2)
    f = x - i
    below, above = tab.curve[im.kp, i], tab.curve[im.kp, i + 1]
    c = below + (above - below) * f  # in this form exactly flat where the curve is
    return np.where(c > 0.002, np.minimum(c, 0.999), 0)


def lift(tab: Tables, k: Array) -> Array:
    """lift[n, k'] = (sum over the other annotations m of context[k_m, k'] + q[k']) / (annotations q[k']):
    class k' in this company.
    """
    votes = tab.context[k]
    return (votes.sum(0) - votes + tab.q) / (len(k) * tab.q)


def strongest(c: Array, p: Array) -> Array:
    """Class-agnostic suppression by falling c (equal ones in the order of score): the predictions with
    IoU <= .5 to all kept before.
    """
    kept: list[int] = []
    v = iou(p, p)
    for j in np.argsort(-c, kind="stable"):
        if not any(v[j, i] > 0.5 for i in kept):
            kept.append(j)
    return np.array(sorted(kept), int)


@dataclass
class Verdict:
    """One image: suspicions (n, 3) of swap, badloc, spurious, with the predictions that speak; missing;
    duplicates; -log P(clean).
    """

    suspicion: Array
    swap_trigger: Array
    own_trigger: Array
    kept: Array
    missing: Array
    doubles: list[tuple[int, int, float]]  # (annotation to delete, the one to keep, odds of duplicate)
    detectability: Array
    log: float


def judge(tab: Tables, im: Image) -> Verdict:
    """Weigh the explanations of one image.

    rest_nj  IoU of prediction j with the best other annotation of its class
    whole_j  1 - R(sum over annotations of its class with v > .05 of the share of j in them; .8, 1) / 2
    home_j   min(1, lift of k_j in the place of one more annotation)
    S        max over same-class j with v >= rest of c R(v; .05, .3), its argmax the own trigger o
    S75      max over same-class j of c R(v; .6, .8)
    E        max(S, max over all j of c R(v; .3, .6))
    O        max over other-class j of c R(v; .3, .6) (1 - R(rest; .3, .6)) lift[n, k_j]^.25, its argmax the swap
    trigger
    swap     pi O against(S) lift[n, k_n]^-.75
    badloc   pi odds(c_o) (1 - v_o)^2 R(v_o; .1, .4) (1 - S75) whole_o
    spurious pi odds(found[k_n, size]) against(E) / lift[n, k_n]
    missing  pi odds(c_j R(.5 - max_n v_nj; 0, .3) whole_j) home_j for kept j; 0 in an ignore region, and where j is
             the own trigger of an annotation whose badloc odds are at least as large
    duplicate  see duplicates
    suspicion of a kind = its odds / (1 + BASE + the sum of the annotation's three); of missing and duplicate = odds /
    (1 + odds)
    log = sum of log(1 + BASE + sum of three) + sum of log(1 + missing odds) + sum of log(1 + duplicate odds)
    """
    n, m = im.v.shape
    c, v, same = confidence(tab, im), im.v, im.k[:, None] == im.kp[None]
    vs = np.where(same, v, 0)
    rest = np.zeros((n, m))
    for i in range(n):
        rest[i] = np.delete(vs, i, 0).max(0, initial=0)
    company = lift(tab, im.k) if n else np.zeros((0, len(tab.q)))
    own_lift = company[np.arange(n), im.k]
    s, own = best(np.where(same & (v >= rest), c * ramp(v, 0.05, 0.3), 0))
    well, _ = best(np.where(same, c * ramp(v, 0.6, 0.8), 0))
    anything, _ = best(c * ramp(v, 0.3, 0.6))
    o, other = best(np.where(same, 0, c * ramp(v, 0.3, 0.6) * (1 - ramp(rest, 0.3, 0.6)) * company[:, im.kp] ** SEEN))
    c_own = np.where(own >= 0, c[own], 0) if m else np.zeros(n)
    within = same & (v > 0.05)
    share = np.divide(overlap(im.boxes, im.p), area(im.p), out=np.zeros((n, m)), where=within)
    whole = 1 - ramp(share.sum(0), 0.8, 1) / 2
    whole_own = np.where(own >= 0, whole[own], 0) if m else np.zeros(n)
    v_own = np.where(own >= 0, v[np.arange(n), own], 0) if m else np.zeros(n)
    found = tab.found[im.k, size_bin(im)] if n else np.zeros(0)
    x = np.stack(
        [
            PRIOR["swap"] * o * against(s) * own_lift**-GIVEN,
            PRIOR["badloc"] * odds(c_own) * (1 - v_own) ** 2 * ramp(v_own, 0.1, 0.4) * (1 - well) * whole_own,
            PRIOR["spurious"] * odds(found) * against(np.maximum(s, anything)) / own_lift,
        ],
        1,
    )
    kept = strongest(c, im.p)
    y = PRIOR["missing"] * odds(c[kept] * ramp(0.5 - v[:, kept].max(0, initial=0), 0, 0.3) * whole[kept])
    y *= np.minimum(1, (tab.context[im.k].sum(0) + tab.q) / ((n + 1) * tab.q))[im.kp[kept]]
    placed = np.zeros(m)  # badloc odds of the annotations a prediction is the own trigger of
    np.maximum.at(placed, own[own >= 0], x[own >= 0, 1])
    y = np.where(im.ignored[kept] | (placed[kept] >= y), 0, y)
    doubles = duplicates(im, c, vs)
    total = 1 + BASE + x.sum(1, keepdims=True)
    log = np.log(total).sum() + np.log1p(y).sum() + sum(np.log1p(d[2]) for d in doubles)
    return Verdict(x / total, other, own, kept, y / (1 + y), doubles, found, float(log))


def duplicates(im: Image, c: Array, vs: Array) -> list[tuple[int, int, float]]:
    """Annotations that show the same object as another one: [(the one to delete, the one to keep, odds)].

    odds of a pair = pi odds(R(IoU; DOUBLE, or DOUBLE_OTHER for two classes) (1 - min(alone_a, alone_b)))
    alone_n = max of c R(v; .3, .6) over the predictions of n's class that n fits best (of equals the first
    annotation): two objects are
    seen where each has a box of its own. To delete: the one with less support, max over same-class j of c v; of
    equals the later. An
    annotation is deleted once: by its pair with the largest odds, the first of equals.
    """
    n, m = vs.shape
    fits = (np.arange(n)[:, None] == vs.argmax(0)[None]) & (vs > 0) if n and m else np.zeros((n, m), bool)
    alone, _ = best(np.where(fits, c * ramp(vs, 0.3, 0.6), 0))
    support, _ = best(c * vs)
    v = iou(im.boxes, im.boxes)
    found: dict[int, tuple[int, float]] = {}
    for a in range(n):
        for b in range(a + 1, n):
            near = ramp(v[a, b], *(DOUBLE if im.k[a] == im.k[b] else DOUBLE_OTHER))
            pair = PRIOR["duplicate"] * float(odds(near * (1 - min(alone[a], alone[b]))))
            drop, keep = (a, b) if support[a] < support[b] else (b, a)
            if pair > found.get(drop, (0, 0.0))[1]:
                found[drop] = (keep, pair)
    return [(drop, keep, pair) for drop, (keep, pair) in sorted(found.items())]


@dataclass
class Report:
    """issues: columns, most suspicious first; image_scores: 1 - suspicion of the image; image_order:
    worst first, by the logarithm.
    """

    issues: dict[str, Array]
    image_scores: Array
    image_order: Array


def listed(i: int, im: Image, found: Verdict, min_suspicion: float) -> list[tuple[Any, ...]]:
    """The rows of image number i."""
    none, rows = np.full(4, np.nan), []

    def row(
        kind: str, suspicion: float, n: int = -1, j: int = -1, to: int = -1, box: Array = none, other: int = -1
    ) -> None:
        """Append one row; n, other: annotations, j: the prediction that speaks."""
        if suspicion >= min_suspicion and suspicion > 0:
            v = np.nan
            if n >= 0 and j >= 0:
                v = im.v[n, j]
            elif other >= 0:
                v = iou(im.boxes[[n]], im.boxes[[other]])[0, 0]
            elif j >= 0 and im.v[:, j].max(initial=0) > 0.05:
                v = im.v[:, j].max()
            rows.append(
                (
                    i,
                    KINDS.index(kind),
                    suspicion,
                    im.rows[n] if n >= 0 else -1,
                    im.order[j] if j >= 0 else -1,
                    im.s[j] if j >= 0 else np.nan,
                    v,
                    found.detectability[n] if kind == "spurious" else np.nan,
                    im.k[n] if n >= 0 else -1,
                    to,
                    im.boxes[n] if n >= 0 else none,
                    box,
                    im.rows[other] if other >= 0 else -1,
                )
            )

    for n in range(len(im.k)):
        swap, badloc, spurious = found.suspicion[n]
        row("swap", swap, n, found.swap_trigger[n], im.kp[found.swap_trigger[n]] if swap else -1, im.boxes[n])
        row("badloc", badloc, n, found.own_trigger[n], im.k[n], im.p[found.own_trigger[n]] if badloc else none)
        row("spurious", spurious, n)
    for j, suspicion in zip(found.kept, found.missing, strict=True):
        row("missing", suspicion, -1, j, im.kp[j], im.p[j])
    for drop, keep, pair in found.doubles:
        row("duplicate", pair / (1 + pair), drop, other=keep)
    return rows


def check(dataset: Dataset, statistics: Statistics | None = None, min_suspicion: float = 0.01) -> Report:
    """Both passes -> Report. Rows of equal suspicion: by image, kind (in the order of KINDS), annotation,
    prediction.
    """
    tab = tables(collect(dataset) if statistics is None else statistics)
    rows: list[tuple[Any, ...]] = []
    logs: list[float] = []
    for i in range(len(dataset.annotations.offsets) - 1):
        im = image(dataset, i)
        found = judge(tab, im)
        logs.append(found.log)
        rows += listed(i, im, found, min_suspicion)
    rows.sort(key=lambda r: (-r[2], r[0], r[1], r[3], r[4]))
    names = (
        "image_index",
        "kind",
        "suspicion",
        "annotation_index",
        "prediction_index",
        "score",
        "iou",
        "detectability",
        "given_class",
        "suggested_class",
        "given_box",
        "suggested_box",
        "kept_annotation_index",
    )
    shape = {"given_box": (-1, 4), "suggested_box": (-1, 4)}
    kinds = dict.fromkeys(("suspicion", "score", "iou", "detectability", "given_box", "suggested_box"), float)
    issues = {
        a: np.array([r[c] for r in rows], kinds.get(a, int)).reshape(shape.get(a, -1)) for c, a in enumerate(names)
    }
    issues["kind"] = np.array(KINDS)[issues["kind"]]
    log = np.array(logs)
    return Report(issues, np.exp(-log), np.argsort(-log, kind="stable"))
