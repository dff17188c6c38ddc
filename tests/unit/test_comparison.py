"""Two answers side by side."""

from __future__ import annotations

import math

import numpy as np

from chemoevo.analytic.grown.detection import DetectionLaw
from chemoevo.answers.comparison import with_compositions, with_law


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
