"""The maths of learning from answers, against slow versions of each formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from boxlint.report.learning import fit, inclusion, learned, logit, neg_log_clean, sampled, total

Numbers = NDArray[np.float64]

seeds = st.integers(0, 2**32)
suspicions = st.lists(st.floats(1e-6, 1 - 1e-6), min_size=1, max_size=60).map(np.array)


def drawn(seed: int, rows: int, a: float = 0.0, b: float = 1.0) -> tuple[Numbers, NDArray[np.bool_]]:
    """Logits of suspicions, most of them low, and answers with probability sigmoid(a + b logit)."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(-2, 1.5, rows)
    return logits, generator.random(rows) < 1 / (1 + np.exp(-(a + b * logits)))


class TestInclusion:
    @given(suspicion=suspicions, size=st.integers(0, 60))
    def test_it_is_proportional_to_the_root_of_suspicion_capped_at_1_and_sums_to_the_size(
        self, suspicion: Numbers, size: int
    ) -> None:
        pi = inclusion(suspicion, size)
        assert pi.sum() == pytest.approx(min(size, len(suspicion)))
        assert pi.max() <= 1
        below = pi < 1
        if size and below.any():
            factor = pi[below] / np.sqrt(suspicion[below])
            np.testing.assert_allclose(factor, factor[0], rtol=1e-9)
            # Those that are certain would be more than certain by that factor.
            assert (factor[0] * np.sqrt(suspicion[~below]) >= 1 - 1e-9).all()

    def test_rows_are_in_the_sample_as_often_as_that(self) -> None:
        suspicion = np.array([0.9, 0.5, 0.1, 0.1, 0.05, 0.02, 0.01, 0.01, 0.001, 0.0])
        times = np.zeros(len(suspicion))
        for seed in range(4000):
            times[sampled(suspicion, 4, np.random.default_rng(seed))] += 1
        np.testing.assert_allclose(times / 4000, inclusion(suspicion, 4), atol=0.03)

    @given(suspicion=suspicions, size=st.integers(0, 70), seed=seeds)
    def test_a_sample_holds_so_many_different_rows_or_all(self, suspicion: Numbers, size: int, seed: int) -> None:
        rows = sampled(suspicion, size, np.random.default_rng(seed))
        assert len(rows) == min(size, len(suspicion))
        assert (np.diff(rows) > 0).all()


class TestFit:
    @given(seed=seeds, rows=st.integers(0, 200), a=st.floats(-4, 4), b=st.floats(-1, 3))
    def test_it_finds_the_maximum_of_the_penalised_likelihood(self, seed: int, rows: int, a: float, b: float) -> None:
        logits, accepted = drawn(seed, rows, a, b)

        def loss(line: Numbers) -> float:
            value = line[0] + line[1] * logits
            likelihood = -np.logaddexp(0, np.where(accepted, -value, value)).sum()
            return float(-(likelihood - 0.025 * line[0] ** 2 - 2 * (line[1] - 1) ** 2))

        best = minimize(loss, np.array([0.0, 1.0]), tol=1e-12)
        found = fit(logits, accepted).mean
        assert loss(found) <= loss(best.x) + 1e-9
        np.testing.assert_allclose(found, best.x, atol=1e-3)

    @given(seed=seeds)
    def test_the_covariance_is_the_inverse_of_the_curvature(self, seed: int) -> None:
        logits, accepted = drawn(seed, 80)
        line = fit(logits, accepted)
        p = learned(logits, line)
        features = np.stack([np.ones(80), logits], axis=1)
        curvature = features.T @ np.diag(p * (1 - p)) @ features + np.diag([0.05, 4])
        np.testing.assert_allclose(line.covariance @ curvature, np.eye(2), atol=1e-6)

    def test_no_answer_changes_nothing(self) -> None:
        assert fit(np.zeros(0), np.zeros(0, bool)).mean.tolist() == [0, 1]

    @given(seed=seeds, rows=st.integers(1, 200))
    def test_all_answers_no_lower_every_suspicion_and_all_answers_yes_raise_them(self, seed: int, rows: int) -> None:
        logits = np.clip(drawn(seed, rows)[0], -8, 8)
        every = logit(np.linspace(0.001, 0.999, 99))
        before = 1 / (1 + np.exp(-every))
        assert (learned(every, fit(logits, np.zeros(rows, bool))) < before).all()
        assert (learned(every, fit(logits, np.ones(rows, bool))) > before).all()

    def test_answers_that_agree_with_suspicion_change_nothing_beyond_noise(self) -> None:
        away = []
        for seed in range(200):
            line = fit(*drawn(seed, 100))
            away.append((line.mean - [0, 1]) / np.sqrt(np.diag(line.covariance)))
        # Standard deviations from where it was: as often beyond two as noise is, and to neither side.
        assert (np.abs(away) > 2).mean() < 0.07
        assert np.abs(np.mean(away, axis=0)).max() < 0.3

    @pytest.mark.parametrize(("a", "b"), [(-2.0, 1.0), (1.0, 1.3), (-1.0, 0.7)])
    def test_it_finds_the_line_that_answers_follow(self, a: float, b: float) -> None:
        lines = [fit(*drawn(seed, 400, a, b)).mean for seed in range(40)]
        np.testing.assert_allclose(np.mean(lines, axis=0), [a, b], atol=0.12)

    @pytest.mark.parametrize("value", [0.0, 1.0])
    def test_a_suspicion_of_0_or_1_is_no_obstacle(self, value: float) -> None:
        line = fit(logit(np.full(9, value)), np.arange(9) % 2 == 0)
        assert np.isfinite(line.mean).all()
        assert 0 < learned(logit(np.array([value])), line)[0] < 1


class TestTotal:
    def test_nine_in_ten_intervals_hold_the_number_of_errors(self) -> None:
        inside = []
        for seed in range(300):
            generator = np.random.default_rng(seed)
            a, b = generator.normal(-1, 1), generator.normal(1, 0.3)
            logits, wrong = drawn(seed + 1000, 3000, a, b)
            rows = sampled(1 / (1 + np.exp(-logits)), 100, generator)
            low, high = total(logits, fit(logits[rows], wrong[rows]), generator)[1:]
            inside.append(low <= wrong.sum() <= high)
        assert 0.85 <= np.mean(inside) <= 0.97

    def test_the_estimate_is_the_sum_of_the_probabilities(self) -> None:
        logits, accepted = drawn(0, 100)
        line = fit(logits, accepted)
        assert total(logits, line, np.random.default_rng(0))[0] == pytest.approx(learned(logits, line).sum())

    def test_the_interval_is_that_of_draws_row_by_row(self) -> None:
        logits, accepted = drawn(1, 500)
        line = fit(logits[:100], accepted[:100])
        generator = np.random.default_rng(3)
        sums = []
        for a, b in generator.multivariate_normal(line.mean, line.covariance, 20_000):
            p = 1 / (1 + np.exp(-(a + b * logits)))
            sums.append(p.sum() + np.sqrt((p * (1 - p)).sum()) * generator.standard_normal())
        many = [total(logits, line, np.random.default_rng(seed))[1:] for seed in range(100)]
        np.testing.assert_allclose(np.mean(many, axis=0), np.percentile(sums, [5, 95]), rtol=0.03)

    def test_no_rows_are_no_errors(self) -> None:
        assert total(np.zeros(0), fit(np.zeros(0), np.zeros(0, bool)), np.random.default_rng(0)) == (0, 0, 0)


@given(seed=seeds)
def test_an_image_is_as_suspicious_as_its_rows(seed: int) -> None:
    generator = np.random.default_rng(seed)
    suspicion, rival = generator.random(40) * 0.5, generator.random(40) < 0.6
    image, annotation = generator.integers(0, 7, 40), generator.integers(0, 3, 40)
    expected = np.zeros(8)
    for one in range(8):
        for place in range(3):
            together = suspicion[rival & (image == one) & (annotation == place)].sum()
            expected[one] -= np.log(max(1 - together, 1e-6))
        expected[one] -= np.log(1 - suspicion[~rival & (image == one)]).sum()
    np.testing.assert_allclose(neg_log_clean(suspicion, image, annotation, rival, 8), expected, atol=1e-12)
