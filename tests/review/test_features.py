"""What is measured at each annotation equals the formulas, and answers teach which of it counts."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

import boxlint
import method_reference as reference
from boxlint import Boxes, Dataset, Report
from boxlint._by_name import columns_by_name
from boxlint._core import FEATURES, annotation_features
from boxlint._kinds import SPURIOUS
from boxlint.benchmark import plant, reviewed
from boxlint.report.features import WEIGHED, RowFeatures, aspect_rarity
from boxlint.report.learning import Line, fit, learned, logit, total, weigh
from boxlint.synthetic import make_scenes
from method_statistics import area, collect, detector_model, image_data, iou, overlap, size_bin
from test_check_method import made

Numbers = NDArray[np.float64]
seeds = st.integers(0, 2**32)


def measured(dataset: Dataset) -> NDArray[np.float32]:
    columns = columns_by_name(dataset)
    return annotation_features(columns, boxlint.collect(dataset)._counts)


def expected(dataset: Dataset) -> Numbers:
    """The same, from the slow formulas."""
    model = detector_model(collect(dataset))
    rows = np.full((len(dataset.annotations.class_id), len(FEATURES)), np.nan)
    for number in range(len(dataset)):
        im = image_data(dataset, number)
        if len(im.k) == 0:
            continue
        evidence = reference.Evidence(model, im)
        n = len(im.k)
        others = ~np.eye(n, dtype=bool)
        of_class = others & (im.k[:, None] == im.k[None])
        shared = overlap(im.boxes, im.boxes)
        inside = np.divide(shared, area(im.boxes)[:, None], out=np.zeros((n, n)), where=of_class & (shared > 0))
        own = evidence.own >= 0
        columns: dict[str, Any] = {
            "other_class": evidence.O,
            "support": evidence.S,
            "lift": evidence.given_lift,
            "found": evidence.found,
            "neighbour": evidence.N,
            "size": size_bin(im),
            "overlap": np.where(others, iou(im.boxes, im.boxes), 0).max(1, initial=0),
            "confidence": reference.at_trigger(np.tile(evidence.c, (n, 1)), evidence.own),
            "iou": reference.at_trigger(im.v, evidence.own),
            "well_placed": evidence.W,
            "whole": np.where(own, reference.at_trigger(np.tile(evidence.whole, (n, 1)), evidence.own), 1),
            "part": inside.max(1, initial=0),
            "group": inside.max(0, initial=0),
            "any_object": reference.best(evidence.c * reference.ramp(im.v, 0.3, 0.6))[0],
        }
        place = dataset.annotations.offsets[number] + im.rows
        rows[place] = np.stack([columns[name] for name in FEATURES], axis=1)
    return rows


@given(seed=seeds, ignore=st.booleans())
def test_annotations_are_measured_as_by_the_formulas(seed: int, ignore: bool) -> None:
    dataset = made(seed, ignore=ignore)
    np.testing.assert_allclose(measured(dataset), expected(dataset), rtol=2e-6, atol=2e-6)


@given(seed=seeds)
def test_the_rarity_of_an_aspect_is_counted_within_its_class(seed: int) -> None:
    annotations = made(seed, ignore=True).annotations
    sides = annotations.xyxy[:, 2:] - annotations.xyxy[:, :2]
    assert annotations.ignore is not None
    keys: list[Any] = []
    for (width, height), class_id in zip(sides, annotations.class_id, strict=True):
        if width and height:
            keys.append((class_id, int(np.floor(3 * np.log(width / height)))))
        else:
            keys.append((class_id, "flat" if width > height else "tall" if height > width else "point"))
    counts: dict[Any, int] = {}
    for key, ignored in zip(keys, annotations.ignore, strict=True):
        counts[key] = counts.get(key, 0) + (not ignored)
    fullest = {class_id: max(n for key, n in counts.items() if key[0] == class_id) for class_id, _ in keys}
    # A point is as wide as it is high.
    square = {class_id: (class_id, 0) for class_id, _ in keys}
    for key in [key for key in counts if key[1] == "point"]:
        counts[square[key[0]]] = counts.get(square[key[0]], 0) + counts.pop(key)
        fullest[key[0]] = max(fullest[key[0]], counts[square[key[0]]])
    keys = [square[key[0]] if key[1] == "point" else key for key in keys]
    slow = [(counts[key] + 1) / (fullest[key[0]] + 1) for key in keys]
    np.testing.assert_allclose(aspect_rarity(annotations), slow)


class TestWeigh:
    @given(seed=seeds, answers=st.sampled_from([10, 70, 199, 200]))
    def test_it_finds_the_maximum_of_the_penalised_likelihood(self, seed: int, answers: int) -> None:
        generator, rows = np.random.default_rng(seed), answers + 50
        logits, features = generator.normal(-2, 1.5, rows), generator.normal(3, 2, (rows, 3))
        # One value of the last feature is many deviations from the others.
        features[0, 2] = 60
        answered, accepted = np.arange(rows) < answers, generator.random(rows) < 0.4
        z = np.clip((features - features.mean(0)) / features.std(0), -4, 4)

        def value(x: Numbers) -> Numbers:
            return np.asarray(logits + x[0] + x[1] * (logits - logits.mean()) + z @ x[2:])

        def loss(x: Numbers) -> float:
            eta = value(x)[answered]
            likelihood = -np.logaddexp(0, np.where(accepted[answered], -eta, eta)).sum()
            of_weights = 15 if answers < 200 else 5
            return float(-(likelihood - 0.025 * x[0] ** 2 - 2 * x[1] ** 2 - of_weights * (x[2:] ** 2).sum()))

        best = minimize(loss, np.zeros(5), tol=1e-12).x
        p, weights = weigh(logits, features, answered, accepted)
        np.testing.assert_allclose(weights, best[2:], atol=1e-3)
        np.testing.assert_allclose(logit(p), value(best), atol=0.02)

    def test_a_feature_that_tells_errors_gets_a_weight_and_noise_gets_none(self) -> None:
        found = []
        for seed in range(40):
            generator = np.random.default_rng(seed)
            logits, features = generator.normal(-1, 1, 400), generator.normal(size=(400, 2))
            accepted = generator.random(400) < 1 / (1 + np.exp(-logits - 1.5 * features[:, 0]))
            found.append(weigh(logits, features, np.arange(400) < 250, accepted)[1])
        mean = np.mean(found, axis=0)
        assert mean[0] > 0.7
        assert abs(mean[1]) < 0.1

    def test_a_feature_that_is_the_same_everywhere_changes_nothing(self) -> None:
        generator = np.random.default_rng(0)
        logits, accepted = generator.normal(size=50), generator.random(50) < 0.5
        features = generator.normal(size=(50, 1))
        without, weights = weigh(logits, features, np.ones(50, bool), accepted)
        with_one = weigh(logits, np.hstack([features, np.full((50, 1), 7.0)]), np.ones(50, bool), accepted)
        np.testing.assert_allclose(with_one[0], without)
        np.testing.assert_allclose(with_one[1], [*weights, 0], atol=1e-12)


class TestLearn:
    PLANTED, TRUTH = plant(make_scenes(600, error_rate=0, seed=5).dataset, 0.2, seed=1)
    REPORT = boxlint.check(PLANTED)

    def test_from_a_hundred_answers_on_there_are_weights(self) -> None:
        for answers, kinds in ((99, set()), (100, {"swap", "badloc", "spurious"})):
            learned = reviewed(self.REPORT, self.TRUTH, answers).learned
            assert learned is not None
            assert {kind for kind, one in learned.estimates.items() if one.weights} == kinds

    def test_the_interval_moves_with_the_sum_that_the_weights_move(self) -> None:
        sample = self.REPORT.sample(150, "spurious")
        decisions = sample.decide(
            dict(zip(sample["issue_id"].tolist(), ["accept", "reject", "reject"] * 50, strict=True))
        )
        after = self.REPORT.learn(decisions)
        assert after.learned is not None
        one = after.learned.estimates["spurious"]
        scores = self.REPORT.without(decisions).issues.where(kind="spurious")["suspicion"]
        line = Line(np.array([one.intercept, one.slope]), np.zeros((2, 2)))
        of_line = learned(logit(scores), line).sum()
        answers = [one.kind == "spurious" and one.decision == "accept" for one in decisions]
        given = fit(logit(np.array([one.suspicion for one in decisions])), np.array(answers))
        low, high = total(logit(scores), given, np.random.default_rng([0, SPURIOUS]))[1:]
        moved = (one.errors - one.right) / of_line
        assert moved != pytest.approx(1, abs=1e-4)
        assert (one.low - one.right, one.high - one.right) == pytest.approx((low * moved, high * moved))

    def test_it_learns_which_evidence_tells_errors_in_this_data_set(self) -> None:
        # Reviewers find that small boxes are the wrong ones, whatever the score says.
        rows = self.REPORT.issues.where(kind="spurious")
        x1, y1, x2, y2 = rows["given_box"].data.T
        side = np.sqrt((x2 - x1) * (y2 - y1))
        small = dict(zip(rows["issue_id"].tolist(), (side < np.median(side)).tolist(), strict=True))
        sample = self.REPORT.sample(150, "spurious")
        decisions = sample.decide({one: "accept" if small[one] else "reject" for one in sample["issue_id"].tolist()})
        after = self.REPORT.learn(decisions)

        def found(report: Report) -> float:
            rest = report.without(decisions).issues.where(kind="spurious")
            return float(roc_auc_score([small[one] for one in rest["issue_id"].tolist()], rest["suspicion"]))

        assert found(after) > found(self.REPORT) + 0.1
        assert after.learned is not None
        weights = after.learned.estimates["spurious"].weights
        assert weights["size"] == max(weights.values(), key=abs) > 0

    def test_all_answers_no_lower_every_suspicion(self) -> None:
        sample = self.REPORT.sample(150)
        after = self.REPORT.learn(sample.decide(dict.fromkeys(sample["issue_id"], "reject")))
        new = dict(zip(after["issue_id"].tolist(), after["suspicion"].tolist(), strict=True))
        assert all(new[issue.issue_id] < issue.suspicion for issue in self.REPORT)

    def test_a_pickled_report_needs_its_data_set(self) -> None:
        sample = self.REPORT.sample(100)
        decisions = sample.decide(dict.fromkeys(sample["issue_id"], "reject"))
        copy = pickle.loads(pickle.dumps(self.REPORT))
        with pytest.raises(ValueError, match=r"^the report was pickled, without its data set: give it back with "):
            copy.learn(decisions)
        same = copy.with_dataset(self.PLANTED).learn(decisions)
        np.testing.assert_array_equal(same["suspicion"], self.REPORT.learn(decisions)["suspicion"])

    def test_features_are_finite_whatever_the_boxes(self) -> None:
        boxes = [[0, 0, 0, 0], [5, 5, 5, 9], [1, 1, 9, 9], [1, 1, 9, 9]]
        annotations = Boxes(boxes, [0, 0, 1, 2], offsets=[0, 4])
        dataset = Dataset(annotations, Boxes(boxes[2:], [1, 1], [1.0, 0.0], offsets=[0, 2]))
        features = RowFeatures(dataset, measured)
        for kind in WEIGHED:
            for column in features.of(kind, np.zeros(4, np.uint32), np.arange(4, dtype=np.int32)).values():
                assert np.isfinite(column).all()
