"""Two answers side by side."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from chemoevo.analytic.grown.detection import DetectionLaw
from chemoevo.answers.comparison import CHANCE, with_compositions, with_law, with_sizes


def test_comparison_of_true_probabilities_is_standard_normal() -> None:
    rng = np.random.default_rng(2)
    z = []
    for _ in range(400):
        p = rng.beta(0.5, 0.5, 300)
        z.append(with_compositions("cure", rng.random(300) < p, np.log(p)).standard_errors)
    # Standard error of the mean 0.05 and of the variance 0.07: five of each.
    assert abs(np.mean(z)) < 0.25
    assert abs(np.var(z) - 1.0) < 0.35


def test_comparison_planted_bug_of_half_the_odds_is_caught() -> None:
    rng = np.random.default_rng(2)
    p = np.full(1000, 0.5)
    assert not with_compositions("cure", rng.random(1000) < 0.42, np.log(p)).agrees


def test_comparison_of_impossible_events() -> None:
    never = np.zeros(200, bool)
    assert with_compositions("cure", never, np.full(200, -np.inf)).agrees
    assert with_compositions("cure", never, np.full(200, -50.0)).agrees
    assert not with_compositions("cure", ~never, np.full(200, -np.inf)).agrees
    assert with_compositions("cure", ~never, np.zeros(200)).agrees


def test_comparison_below_the_smallest_float_keeps_its_logarithm_and_effective_number() -> None:
    log = np.array([-1e6, -1e6, -2e6, -2e6])
    result = with_compositions("cure", np.zeros(4, bool), log)
    assert result.computed.value == 0.0
    assert math.isclose(result.log10, (-1e6 + math.log(0.5)) / math.log(10.0))
    assert math.isclose(result.computed.effective, 2.0)


def test_comparison_with_law_keeps_what_floats_cannot_hold() -> None:
    law = DetectionLaw(log=-1e6, founders=1e6, quadrature_error=0.0)
    result = with_law("cure", np.zeros(200, bool), law)
    assert result.computed.value == 0.0
    assert math.isclose(result.log10, -1e6 / math.log(10.0))
    assert result.agrees


def chance_of(happened: int, p: list[float]) -> float:
    mask = np.arange(len(p)) < happened
    return with_compositions("cure", mask, np.log(np.array(p))).chance


def test_chance_is_that_of_the_exact_law() -> None:
    n = 57
    for p in (1e-4, 0.03, 0.5, 0.97):
        for k in range(0, n + 1, 3):
            upper, lower = stats.binom.sf(k - 1, n, p), stats.binom.cdf(k, n, p)
            expected = min(1.0, 2.0 * (upper if k > n * p else lower))
            assert chance_of(k, [p] * n) == pytest.approx(expected, rel=1e-9, abs=1e-13)
    # Three trials by hand.
    assert chance_of(3, [0.1, 0.2, 0.5]) == pytest.approx(2 * 0.1 * 0.2 * 0.5, rel=1e-12)
    assert chance_of(0, [0.9, 0.8, 0.5]) == pytest.approx(2 * 0.1 * 0.2 * 0.5, rel=1e-12)
    assert chance_of(1, [0.3]) == pytest.approx(0.6)


def test_chance_of_many_is_normal_and_of_few_among_many_is_exact() -> None:
    rng = np.random.default_rng(3)
    p = rng.uniform(0.3, 0.7, 20_001)
    happened = rng.random(p.size) < p
    row = with_compositions("cure", happened, np.log(p))
    assert row.chance == pytest.approx(2.0 * stats.norm.sf(abs(row.standard_errors)), rel=1e-9)
    rare = with_compositions("cure", np.arange(10**5) < 7, np.full(10**5, np.log(1e-5)))
    assert rare.chance == pytest.approx(2.0 * stats.binom.sf(6, 10**5, 1e-5), abs=4e-16 * 10**5)


def test_one_history_where_few_were_expected_is_no_disagreement() -> None:
    one = np.arange(40) < 1
    row = with_law("absent", one, DetectionLaw(log=math.log(5e-4), founders=1.0, quadrature_error=0.0))
    assert row.standard_errors > 6.0
    assert row.chance == pytest.approx(2.0 * stats.binom.sf(0, 40, 5e-4), rel=1e-6)
    assert row.agrees
    assert not with_law("absent", one, DetectionLaw(log=math.log(1e-7), founders=1.0, quadrature_error=0.0)).agrees
    assert pytest.approx(6.3e-5, rel=0.01) == CHANCE


def test_false_alarms_are_no_more_than_is_said() -> None:
    # Of every count that can be, where few are expected: those that are marked have no more than twice the level.
    for n, p in ((40, 5e-4), (200, 1e-3), (1000, 2e-3), (200, 0.995)):
        marked = [k for k in range(n + 1) if not with_sizes("s", np.arange(n) < k, np.full(n, p), 1e-6).agrees]
        assert marked
        assert stats.binom.pmf(marked, n, p).sum() <= CHANCE
