"""The native method, slow, plain and exact: the engine is tested against it.

Pass 1 and what follows from it are in method_statistics.py; pass 2 is `check`, one image at a time. Formulas and
symbols are those of docs/method.md. Order matters in ties: predictions stand by falling score (equal ones as given),
annotations as given, and every argmax takes the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from boxlint import Dataset
from method_statistics import (
    Array,
    DetectorModel,
    ImageData,
    Statistics,
    area,
    collect,
    confidence,
    context_factor,
    detector_model,
    image_data,
    iou,
    lift,
    overlap,
    size_bin,
)

KINDS = ("missing", "swap", "badloc", "spurious", "duplicate")
EPS = 0.01  # no single piece of evidence is believed beyond 100 to 1
BASE = 0.05  # odds that an annotation holds an error that the detector cannot show
PRIOR = {"missing": 0.2, "swap": 0.025, "badloc": 0.1, "spurious": 0.003, "duplicate": 0.5}
SEEN = 0.25  # exponent of the context of the class that is seen
NO_NEIGHBOUR = 0.05  # what a confusion is worth where no other annotation explains the given class
GROUP = 4  # how much likelier an annotation around another of its class is spurious: by 1 + this
SAME_CLASS = (0.6, 0.95)  # IoU at which two boxes of a class begin to look like one object, and where they surely do
OTHER_CLASS = (0.7, 0.95)  # the same for two classes: different things share a place more often


@dataclass(frozen=True)
class Swap:
    """The constants of swap; docs/constants.py measures what others would be worth."""

    slip: float = 0.6  # weight of a slip to any class
    confusion: float = 2.5  # and of a confusion of two classes
    place: float = 1  # exponent of the IoU of the swap trigger
    given: float = 1  # of the context of the given class
    sure: float = 0.75  # of odds(O) in a confusion
    found: float = 0.5  # of detectability there
    silence: float = 0.5  # of against(S) there
    neighbour: float = 0.5  # of N + .05 there
    mistaken: float = 1  # whether it counts that a class is taken for others anyway


def ramp(v: Any, a: float, b: float) -> Any:
    """R(v; a, b) = (v - a) / (b - a), cut to 0..1."""
    return np.clip((v - a) / (b - a), 0, 1)


def odds(x: Any) -> Any:
    """x / (1 - x + EPS)."""
    return x / (1 - x + EPS)


def against(x: Any) -> Any:
    """(1 - x) / (x + EPS)."""
    return (1 - x) / (x + EPS)


def best(x: Array) -> tuple[Array, Array]:
    """Largest value of each row of x (n, m) and the first column it stands in; (0, -1) where nothing is above 0."""
    if x.shape[1] == 0:
        return np.zeros(len(x)), np.full(len(x), -1)
    top = x.max(1)
    return np.where(top > 0, top, 0.0), np.where(top > 0, x.argmax(1), -1)


def at_trigger(x: Array, trigger: Array) -> Array:
    """x (n, m) at the trigger of each row; 0 where there is none."""
    return np.where(trigger >= 0, x[np.arange(len(x)), trigger], 0) if x.shape[1] else np.zeros(len(x))


def visibility(supported: Array, usual: Array) -> Array:
    """How well other annotations of an image are seen, from the sums of S and found over them; 1 is as usual."""
    return np.maximum((1 + supported) / (1 + usual), 0.7)


class Evidence:
    """What the predictions say about the annotations of one image.

    c       confidence of each prediction
    rest    IoU of prediction j with the best other annotation of its class
    whole   1 - R(i; .8, 1) / 2, i the sum over annotations of its class with v > .05 of the fraction of j in them
    new     1 - R(max(i, the largest fraction in j of such an annotation); .8, 1) / 2
    S       max over same-class j with v >= rest of c R(v; .05, .3), its argmax the own trigger
    W       max over same-class j of c R(1 - tight (1 - v); .6, .8)
    E       max(S, max over all j of c R(v; .3, .6))
    O       max over other-class j of c R(v; .3, .6) (1 - R(rest; .3, .6)) lift[n, k_j]^.25, its argmax the swap trigger
    N       max over same-class j with v < rest of c R(v; .3, .6)
    own     max of c R(v; .3, .6) over the predictions of n's class that n fits best, of equals the first annotation
    taken   max over n of v, where n is of another class 0 up to .3, then v (1 - own_n), from .5 on v
    claimed is taken of another class, or is j the own trigger of an annotation with c R(v; .3, .6) >= own
    outside max(0, 1 - i)
    visibility  max(.7, (1 + sum of S) / (1 + sum of found[k, size])), over the other annotations of the image
    group   R(max over other annotations of its class of the fraction of them in n; .5, .9)
    """

    def __init__(self, model: DetectorModel, im: ImageData) -> None:
        n, m = im.v.shape
        self.im, self.c, v = im, confidence(model, im), im.v
        same = im.k[:, None] == im.kp[None]
        self.v_same = np.where(same, v, 0)
        rest = np.zeros((n, m))
        for i in range(n):
            rest[i] = np.delete(self.v_same, i, 0).max(0, initial=0)
        lifts = lift(model, im.k) if n else np.zeros((0, len(model.q)))
        self.given_lift = lifts[np.arange(n), im.k]
        about = self.c * ramp(v, 0.3, 0.6)
        self.S, self.own = best(np.where(same & (v >= rest), self.c * ramp(v, 0.05, 0.3), 0))
        self.N, _ = best(np.where(same & (v < rest), about, 0))
        self.E = np.maximum(self.S, best(about)[0])
        self.O, self.other = best(np.where(same, 0, about * (1 - ramp(rest, 0.3, 0.6)) * lifts[:, im.kp] ** SEEN))
        self.other_iou = at_trigger(v, self.other)
        fits = (np.arange(n)[:, None] == self.v_same.argmax(0)[None]) & (self.v_same > 0) if n else same
        self.own_object, _ = best(np.where(fits, about, 0))
        other = np.where(v > 0.3, v * (1 - self.own_object[:, None]), 0)
        self.taken = np.where(same | (v >= 0.5), v, other).max(0, initial=0)
        self.claimed = self.taken > self.v_same.max(0, initial=0)
        only = (self.own >= 0) & (at_trigger(about, self.own) >= self.own_object)
        self.claimed[self.own[only]] = True
        within = same & (v > 0.05)
        inside = np.divide(overlap(im.boxes, im.p), area(im.p), out=np.zeros((n, m)), where=within)
        around = np.divide(overlap(im.boxes, im.p), area(im.boxes)[:, None], out=np.zeros((n, m)), where=within)
        self.whole = 1 - ramp(inside.sum(0), 0.8, 1) / 2
        self.outside = np.maximum(1 - inside.sum(0), 0)
        self.new = 1 - ramp(np.maximum(inside.sum(0), around.max(0, initial=0)), 0.8, 1) / 2
        other = (im.k[:, None] == im.k[None]) & ~np.eye(n, dtype=bool) & (overlap(im.boxes, im.boxes) > 0)
        held = np.divide(overlap(im.boxes, im.boxes), area(im.boxes)[None], out=np.zeros((n, n)), where=other)
        self.group = ramp(held.max(1, initial=0), 0.5, 0.9)
        size = size_bin(im) if n else np.zeros(0, int)
        self.found, self.tight = model.found[im.k, size], model.tight[im.k, size]
        self.mistaken = model.mistaken[im.k]
        self.visibility = visibility(self.S.sum() - self.S, self.found.sum() - self.found)
        self.alike = model.number[im.k, size]
        self.W, _ = best(np.where(same, self.c * ramp(1 - self.tight[:, None] * (1 - v), 0.6, 0.8), 0))
        self.context = context_factor(model, im.k)[im.kp]
        self.omitted = model.omitted[im.kp]


def swap(e: Evidence, x: Swap = Swap()) -> Array:
    """pi min(L, L^(1 - mistaken[k_n])) / lift[n, k_n].

    L = v_o (.6 O against(S) + 2.5 T) where O > 0, else 0, with v_o the IoU of the swap trigger
    T = odds(min(O, 1))^.75 (odds(found[k_n, size]) against(S) (N + .05))^.5
    """
    silence = against(e.S)
    confusion = odds(np.minimum(e.O, 1)) ** x.sure * odds(e.found) ** x.found * silence**x.silence
    confusion *= (e.N + NO_NEIGHBOUR) ** x.neighbour
    total = np.where(e.O > 0, (x.slip * e.O * silence + x.confusion * confusion) * e.other_iou**x.place, 0)
    total = np.minimum(total, total ** (1 - x.mistaken * e.mistaken))
    return PRIOR["swap"] * total * e.given_lift**-x.given


def badloc(e: Evidence) -> Array:
    """pi odds(c_o) (tight (1 - v_o))^2 R(v_o; .1, .4) (1 - W) whole_o visibility_n / (1 + 5 omitted_k outside_o).

    o is the own trigger.
    """
    n = len(e.own)
    c, v = at_trigger(np.tile(e.c, (n, 1)), e.own), at_trigger(e.im.v, e.own)
    whole = at_trigger(np.tile(e.whole, (n, 1)), e.own)
    apart = (e.tight * (1 - v)) ** 2 * ramp(v, 0.1, 0.4)
    neighbour = at_trigger(np.tile(1 + 5 * e.omitted * e.outside, (n, 1)), e.own)
    found = PRIOR["badloc"] * odds(c) * apart * (1 - e.W) * whole * e.visibility
    return np.divide(found, neighbour, out=np.zeros(n), where=e.own >= 0)


def spurious(e: Evidence, group: float = GROUP, found: float = 0.75, seen: float = 1) -> Array:
    """pi odds(found[k_n, size])^.75 against(E) (1 + 4 group_n) visibility_n / lift[n, k_n]."""
    unseen = odds(e.found) ** found * against(e.E) * e.visibility**seen
    return PRIOR["spurious"] * unseen * (1 + group * e.group) / e.given_lift


def missing(e: Evidence, kept: Array, badloc_odds: Array) -> tuple[Array, Array]:
    """The odds of a missing object for each prediction j that suppression keeps, and those of an error there.

    pi (1 + 5 omitted_kj) context_j times odds(c_j new_j) R(.5 - taken_j; 0, .3), but for a missing object that may be
    the object of an annotation, which is claimed_j, times odds(c_j new_j R(.5 - taken_j; 0, .3)).

    0 without area, in an ignored annotation, and if the class was not looked for in the image; no missing object where
    j is the own trigger of an annotation whose badloc odds are at least as large.
    """
    likely = PRIOR["missing"] * (1 + 5 * e.omitted[kept]) * e.context[kept]
    likely *= (area(e.im.p[kept]) > 0) & ~(e.im.ignored[kept] | e.im.unverified[kept])
    new, free = e.c[kept] * e.new[kept], ramp(0.5 - e.taken[kept], 0, 0.3)
    better_place = np.zeros(len(e.c))
    np.maximum.at(better_place, e.own[e.own >= 0], badloc_odds[e.own >= 0])
    error = likely * odds(new) * free
    found = np.where(e.claimed[kept], likely * odds(new * free), error)
    return np.where(better_place[kept] >= found, 0, found), error


def suppressed(c: Array, p: Array) -> Array:
    """The predictions that suppression keeps: by falling c (equal ones in the order of score), whatever their classes,
    those with IoU <= .5 to all kept before.
    """
    kept: list[int] = []
    v = iou(p, p)
    for j in np.argsort(-c, kind="stable"):
        if not any(v[j, i] > 0.5 for i in kept):
            kept.append(j)
    return np.array(sorted(kept), int)


def duplicate(e: Evidence) -> list[tuple[int, int, float]]:
    """Annotations that show the same object as another one: [(the one to delete, the one to keep, odds)].

    odds of a pair = pi odds(R(IoU; SAME_CLASS, or OTHER_CLASS for two classes) (1 - min(own_a, own_b)))
    There are two objects where each annotation has a prediction of its own. To delete: the one with less support, max
    over same-class j of c v; of equals the later one. An annotation is deleted once: by its pair with the largest odds,
    the first of equals.
    """
    n, own = len(e.im.k), e.own_object
    support, _ = best(e.c * e.v_same)
    v = iou(e.im.boxes, e.im.boxes)
    found: dict[int, tuple[int, float]] = {}
    for a in range(n):
        for b in range(a + 1, n):
            near = ramp(v[a, b], *(SAME_CLASS if e.im.k[a] == e.im.k[b] else OTHER_CLASS))
            pair = PRIOR["duplicate"] * float(odds(near * (1 - min(own[a], own[b]))))
            drop, keep = (a, b) if support[a] < support[b] else (b, a)
            if pair > found.get(drop, (0, 0.0))[1]:
                found[drop] = (keep, pair)
    return [(drop, keep, pair) for drop, (keep, pair) in sorted(found.items())]


@dataclass
class Verdict:
    """One image: suspicions (n, 3) of swap, badloc, spurious, with the predictions that trigger them; suspicions of
    missing for the predictions kept; duplicates; detectability of each annotation, and how many annotations that rests
    on; -log P(clean).
    """

    suspicion: Array
    swap_trigger: Array
    own_trigger: Array
    kept: Array
    missing: Array
    duplicates: list[tuple[int, int, float]]  # (annotation to delete, the one to keep, odds)
    detectability: Array
    alike: Array
    log: float


def weigh(e: Evidence, pooled: tuple[Array, Array] | None = None) -> Verdict:
    """Weighs the explanations of one image. Of several detectors, the odds of badloc and spurious are pooled before.

    The odds of spurious are 100 where n has no area.
    swap, badloc, spurious: suspicion = odds / (1 + BASE + the sum of the annotation's three)
    missing, duplicate: suspicion = odds / (1 + odds)
    log = sum of log(1 + BASE + sum of three) + sum of log(1 + odds of an error) + sum of log(1 + duplicate odds)
    """
    im = e.im
    both = (badloc(e), spurious(e)) if pooled is None else (np.where(e.own >= 0, pooled[0], 0), pooled[1])
    # A detector that was not run on the image is not silent.
    empty = np.where(area(im.boxes) == 0, 100, np.zeros(len(im.k)) if im.not_run else both[1])
    x = np.stack([swap(e), both[0], empty], 1)
    kept = suppressed(e.c, im.p)
    y, error = missing(e, kept, x[:, 1])
    pairs = duplicate(e)
    total = 1 + BASE + x.sum(1, keepdims=True)
    log = np.log(total).sum() + np.log1p(error).sum() + sum(np.log1p(pair[2]) for pair in pairs)
    return Verdict(x / total, e.other, e.own, kept, y / (1 + y), pairs, e.found, e.alike, float(log))


@dataclass
class Report:
    """issues: columns, most suspicious first; image_scores: 1 - suspicion of the image; image_order: worst first, by
    the logarithm.
    """

    issues: dict[str, Array]
    image_scores: Array
    image_order: Array


def listed(i: int, im: ImageData, found: Verdict, min_suspicion: float) -> list[tuple[Any, ...]]:
    """The rows of image number i."""
    none, rows = np.full(4, np.nan), []

    def row(
        kind: str, suspicion: float, n: int = -1, j: int = -1, to: int = -1, box: Array = none, other: int = -1
    ) -> None:
        """Append one row; n, other: annotations, j: the prediction that triggers it."""
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
                    found.detectability[n] if kind == "spurious" and area(im.boxes[[n]])[0] > 0 else np.nan,
                    im.k[n] if n >= 0 else -1,
                    to,
                    im.boxes[n] if n >= 0 else none,
                    box,
                    im.rows[other] if other >= 0 else -1,
                    found.alike[n] if kind == "spurious" else 0,
                )
            )

    for n in range(len(im.k)):
        swap, badloc, spurious = found.suspicion[n]
        row("swap", swap, n, found.swap_trigger[n], im.kp[found.swap_trigger[n]] if swap else -1, im.boxes[n])
        row("badloc", badloc, n, found.own_trigger[n], im.k[n], im.p[found.own_trigger[n]] if badloc else none)
        row("spurious", spurious, n)
    for j, suspicion in zip(found.kept, found.missing, strict=True):
        row("missing", suspicion, -1, j, im.kp[j], im.p[j])
    for drop, keep, pair in found.duplicates:
        row("duplicate", pair / (1 + pair), drop, other=keep)
    return rows


def check(dataset: Dataset, statistics: Statistics | None = None, min_suspicion: float = 0.0) -> Report:
    """Both passes. Rows of equal suspicion stand by image, kind (in the order of KINDS), annotation and prediction."""
    model = detector_model(collect(dataset) if statistics is None else statistics)
    rows: list[tuple[Any, ...]] = []
    logs: list[float] = []
    for i in range(len(dataset.annotations.offsets) - 1):
        im = image_data(dataset, i)
        found = weigh(Evidence(model, im))
        logs.append(found.log)
        rows += listed(i, im, found, min_suspicion)
    return report(rows, logs)


def report(rows: list[tuple[Any, ...]], logs: list[float]) -> Report:
    """The rows in their order, as columns."""
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
        "alike",
    )
    shape = {"given_box": (-1, 4), "suggested_box": (-1, 4)}
    kinds = dict.fromkeys(("suspicion", "score", "iou", "detectability", "given_box", "suggested_box"), float)
    issues = {
        a: np.array([r[c] for r in rows], kinds.get(a, int)).reshape(shape.get(a, -1)) for c, a in enumerate(names)
    }
    issues["kind"] = np.array(KINDS)[issues["kind"]]
    log = np.array(logs)
    return Report(issues, np.exp(-log), np.argsort(-log, kind="stable"))
