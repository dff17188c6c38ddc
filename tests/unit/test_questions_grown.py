"""Generating functions and laws of times from tumors that grew: closed forms, single sizes, and the other questions."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chemoevo as ce

TYPES = ["S", "R"]
GROWTH = ce.BranchingProcess(types=TYPES, birth=[0.2, 0.2], death=[0.1, 0.1], mutation={("S", "R"): 1e-5})
THERAPY = ce.BranchingProcess(types=TYPES, birth=[0.2, 0.2], death=[0.6, 0.3], mutation={("S", "R"): 1e-3})
PURE = ce.BranchingProcess(types=TYPES, birth=[0.2, 0.2], death=[0.1, 0.1])
SIZES = [1e2, 1e4, 1e6]
TUMORS = ce.GrownTo(GROWTH, size=SIZES)
GRID = [0.0, 5.0, 40.0]


def test_growth_without_mutants_is_a_number_of_cells_of_the_first_type() -> None:
    grown, cells = ce.GrownTo(PURE, size=SIZES), [[int(m), 0] for m in SIZES]
    for ask in (
        lambda initial: ce.extinction_time(THERAPY, initial=initial).cdf(GRID),
        lambda initial: ce.extinction_time(THERAPY, initial=initial).median(),
        lambda initial: ce.first_appearance(THERAPY, types=["R"], initial=initial).survival(GRID),
        lambda initial: ce.first_appearance(THERAPY, types=["R"], initial=initial).quantile([0.1, 0.9]),
        lambda initial: ce.first_appearance(THERAPY, types=["R"], initial=initial).never,
        lambda initial: ce.generating_function(
            THERAPY, z=[[0.5, 0.2], [1.0, 0.0], [0.999, 1.0]], initial=initial, time=9.0
        ),
    ):
        got, want = np.asarray(ask(grown)), np.asarray(ask(cells))
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-9)


def test_generating_function_at_detection() -> None:
    """Without death neutral founders have geometric clones: the generating function of Lea and Coulson in closed form.

    A clone of age s has E[1 - z^N] = y/(y + (1 - y) e^{-b s}), y = 1 - z; over founding times at the rate b m e^{-b s},
    m = M u, that is -m (y/(1 - y)) ln(y).
    """
    u, z = 1e-6, np.array([0.0, 0.3, 0.9, 0.999999])
    growth = ce.BranchingProcess(types=TYPES, birth=[0.5, 0.5], death=[0.0, 0.0], mutation={("S", "R"): u})
    sizes = np.array([1e4, 1e6, 1e7])
    got = ce.generating_function(
        growth, z=np.stack([np.ones(4), z], axis=1), initial=ce.GrownTo(growth, size=sizes), time=0.0
    )
    y = 1.0 - z
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = np.where(z > 0.0, -y / z * np.log(y), 1.0)
    # The net rate of the founders is b (1 - u), so m is u M/(1 - u) to first order.
    np.testing.assert_allclose(got, np.exp(-np.outer(sizes * u, loss)), rtol=1e-4)
    np.testing.assert_allclose(got[:2], np.exp(-np.outer(sizes[:2] * u, loss)), rtol=1e-5)


def test_ever_counts_from_detection() -> None:
    """R that came and went while the tumor grew is forgotten; R that is there at detection appears at time 0."""
    law = ce.first_appearance(THERAPY, types=["R"], initial=TUMORS)
    there = ce.presence_probability(THERAPY, types=["R"], initial=TUMORS, times=[0.0])[:, 0]
    np.testing.assert_allclose(law.cdf([0.0])[:, 0], there, rtol=1e-12)
    assert (law.probability > there).all()
    # S cells alone are M, whatever the mutants do: P(never) = P(none at detection) P(never from M cells).
    alone = ce.first_appearance(THERAPY, types=["R"], initial=[[int(m), 0] for m in SIZES]).survival(GRID)
    np.testing.assert_allclose(law.survival(GRID), (1.0 - there)[:, None] * alone, rtol=1e-9, atol=1e-12)
    # Planted: "ever" from the first cell of the tumor on.
    before = ce.first_appearance(GROWTH, types=["R"], initial={"S": 1}).probability
    assert abs(before - there[2]) > 0.1


@pytest.mark.parametrize("days", [[20.0, 60.0], 60.0])
def test_growth_for_a_time(days) -> None:
    tumors = ce.GrownFor(GROWTH, days=days)
    law = ce.extinction_time(THERAPY, initial=tumors)
    np.testing.assert_allclose(
        law.cdf(GRID), ce.extinction_probability(THERAPY, initial=tumors, times=GRID), rtol=1e-12
    )
    zero = ce.generating_function(THERAPY, z=[0.0, 0.0], initial=tumors, time=40.0)
    np.testing.assert_allclose(zero, np.asarray(law.cdf([40.0]))[..., 0], rtol=1e-12)
    assert np.shape(law.median()) == np.shape(days)
    if np.ndim(days) == 0:
        assert law.cdf([law.median()])[0] == pytest.approx(0.5, abs=1e-9)
        first = ce.first_appearance(THERAPY, types=["R"], initial=tumors)
        assert first.cdf([first.quantile(0.02)])[0] == pytest.approx(0.02, abs=1e-9)
        # Where too few digits are left it is still said.
        with pytest.raises(ce.SimulationError, match="not enough digits"):
            law.quantile(1e-9)


def test_many_sizes_are_single_ones() -> None:
    first, last = (
        ce.first_appearance(THERAPY, types=["R"], initial=TUMORS),
        ce.extinction_time(THERAPY, initial=TUMORS),
    )
    z = [[0.9, 0.5], [0.0, 1.0]]
    many = ce.generating_function(THERAPY, z=z, initial=TUMORS, time=8.0)
    assert many.shape == (3, 2)
    for k, size in enumerate(SIZES):
        one = ce.GrownTo(GROWTH, size=size)
        alone = ce.first_appearance(THERAPY, types=["R"], initial=one)
        assert alone.cdf(GRID).tolist() == first.cdf(GRID)[k].tolist()
        assert alone.quantile(0.9) == first.quantile(0.9)[k]
        assert alone.never == first.never[k]
        assert ce.extinction_time(THERAPY, initial=one).median(conditional=True) == last.median(conditional=True)[k]
        assert ce.generating_function(THERAPY, z=z, initial=one, time=8.0).tolist() == many[k].tolist()
    assert math.isinf(first.quantile(0.999)[0])
