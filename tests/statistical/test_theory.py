"""The formulas that engines are tested against, against each other and against published values."""

from __future__ import annotations

import numpy as np
import pytest

from tests.reference.simulator import Process
from tests.statistical import _theory as theory
from tests.statistical.models import ALL, BY_NAME, ONE_TYPE, Model


@pytest.mark.parametrize("model", [m for m in ONE_TYPE if not m.pulses], ids=repr)
def test_kendall_by_composition_and_by_integrals(model: Model) -> None:
    for time in model.times:
        expected = theory.kendall_by_integrals(model.reference, time)
        assert theory.kendall(model.reference, time) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("model", ONE_TYPE, ids=repr)
def test_kendall_and_the_backward_equations(model: Model) -> None:
    for time in model.times:
        alive = theory.survival(model.reference, time)[0]
        assert alive == pytest.approx(theory.kendall(model.reference, time)[0], rel=1e-8)


@pytest.mark.parametrize("model", ONE_TYPE, ids=repr)
def test_moments_and_the_distribution(model: Model) -> None:
    for time in model.times:
        pmf = theory.one_type_pmf(model.reference, model.start[0], time, 4000)
        n = np.arange(4001)
        mean, covariance = theory.moments(model.reference, model.start, time)
        assert pmf.sum() == pytest.approx(1.0, abs=1e-10)
        assert (n * pmf).sum() == pytest.approx(mean[0], rel=1e-8, abs=1e-12)
        assert (n**2 * pmf).sum() - mean[0] ** 2 == pytest.approx(covariance[0, 0], rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("model", ALL, ids=repr)
def test_covariances_are_symmetric_and_nonnegative(model: Model) -> None:
    _, covariance = theory.moments(model.reference, model.start, model.times[-1])
    assert np.allclose(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > -1e-9 * max(1.0, covariance.max())


def test_published_moments_of_birth_and_death() -> None:
    # Evans, Gillespie & Wilkinson (2008) Bioinformatics 24:285, case 001-01 at t = 50.
    process = Process([[0.1]], [[0.11]], [[[0.0]]], [[[0.0]]])
    mean, covariance = theory.moments(process, [100], 50.0)
    assert (mean[0], covariance[0, 0] ** 0.5) == pytest.approx((60.65307, 22.38677), rel=1e-6)


def test_passage_ends_in_gamblers_ruin() -> None:
    process = BY_NAME["supercritical"].reference
    reached, ruined = theory.passage(process, 3, 40, [200.0])
    assert reached[0] == pytest.approx(theory.gamblers_ruin(3, 40, 0.5), rel=1e-9)
    assert reached[0] + ruined[0] == pytest.approx(1.0)


def test_gamblers_ruin_is_continuous_at_equal_rates() -> None:
    assert theory.gamblers_ruin(3, 50, 1.0 - 1e-10) == pytest.approx(3 / 50, rel=1e-6)


def test_mutants_at_a_size_approach_luria_and_delbrueck() -> None:
    exact, limit = theory.mutants_at_size(5000, 2e-4, 60), theory.luria_delbrueck(1.0, 60)
    assert exact[0] == pytest.approx((1.0 - 2e-4) ** 4999, rel=1e-10)
    assert np.abs(exact - limit).max() < 1e-3
