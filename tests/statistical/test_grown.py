"""Tumors grown to a size or for a time: the laws against simulation, and cure that needs a rare history.

Every check has a false-alarm level of 1e-6 (4.9 standard errors), and an error planted that it finds.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import chemoevo as ce

Z = 4.9
TYPES = ["S", "A", "AB"]
DEATH = [0.05, 0.06, 0.05]
MUTATION = {("S", "A"): 2e-4, ("A", "AB"): 2e-3, ("S", "AB"): 1e-6}
GROWTH = ce.BranchingProcess(types=TYPES, birth=[0.2] * 3, death=DEATH, mutation=MUTATION)
THERAPY = ce.BranchingProcess(types=TYPES, birth=[0.2] * 3, death=[1.0, 0.5, 0.05], mutation=MUTATION)


def test_law_of_a_size_agrees_with_first_passage() -> None:
    size, n, horizon = 10**5, 4000, 60.0
    ens = ce.simulate(
        GROWTH, initial={"S": 1}, times=[5000.0], stop=ce.Stop(size=size, retry=True), replicates=n, seed=11
    )
    sampled = ce.extinction_probability(THERAPY, initial=ens, times=[horizon])[:, 0]
    law = ce.extinction_probability(THERAPY, initial=ce.GrownTo(GROWTH, size=size), times=[horizon])[0]
    error = sampled.std(ddof=1) / math.sqrt(n)
    assert 0.1 < law < 0.9
    assert abs(sampled.mean() - law) < Z * error
    # Planted: growth for the mean time to that size, instead of growth to it.
    age = float(ens.outcomes["time"].mean())  # type: ignore[arg-type]
    other = ce.extinction_probability(THERAPY, initial=ce.GrownFor(GROWTH, days=age), times=[horizon])[0]
    assert abs(sampled.mean() - other) > Z * error


def test_law_of_an_age_agrees_with_simulation() -> None:
    days, n, horizon = 75.0, 30_000, 60.0
    ens = ce.simulate(GROWTH, initial={"S": 1}, times=[days], replicates=n, seed=12)
    there = ens.final[ens.final.sum(axis=1) > 0]
    for named in (["A", "AB"], TYPES):
        sampled = ce.absence_probability(THERAPY, types=named, initial=there, times=[horizon])[:, 0]
        law = ce.absence_probability(THERAPY, types=named, initial=ce.GrownFor(GROWTH, days=days), times=[horizon])[0]
        error = sampled.std(ddof=1) / math.sqrt(len(there))
        assert 0.05 < law < 0.95
        assert abs(sampled.mean() - law) < Z * error
        # Planted: tumors that died out before counted in.
        everyone = ce.absence_probability(THERAPY, types=named, initial=ens.final, times=[horizon])[:, 0]
        assert abs(everyone.mean() - law) > Z * error


@pytest.mark.parametrize("keep", [None, 0.2])
def test_rare_cure_is_that_of_the_law(keep: float | None) -> None:
    # Resistant lineages that nothing stops, two steps among them; cure needs a tumor without any.
    growth = ce.BranchingProcess(
        types=TYPES, birth=[0.2] * 3, death=[0.1] * 3, mutation={("S", "A"): 6e-5, ("A", "AB"): 1e-4, ("S", "AB"): 2e-5}
    )
    treated = ce.BranchingProcess(types=TYPES, birth=[0.2] * 3, death=[1.0, 0.25, 0.1], mutation=growth.mutation)
    tumors = ce.GrownTo(growth, size=10**6)
    law = ce.extinction_probability(treated, initial=tumors, times=[200.0])[0]
    assert 1e-10 < law < 1e-7
    # With fewer left out, more tumors hold what is not cured.
    n = 20_000 if keep is None else 100_000
    found = ce.rare_cure_probability(treated, initial=tumors, horizon=200.0, replicates=n, seed=13, keep=keep)
    error = (found.high - found.low) / 2.0 / 1.96
    assert found.trusted
    assert error < 0.1 * law
    assert abs(found.value - law) < Z * error
    # Planted: weights for founders two in a hundred too many.
    assert abs(found.value * math.exp(-0.02 * math.log(1.0 / law)) - law) > Z * error or keep is not None


def test_plain_average_of_rare_cures_says_that_it_knows_nothing() -> None:
    growth = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.2], death=[0.1, 0.1], mutation={("S", "R"): 2e-5})
    treated = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.2], death=[1.0, 0.1], mutation={("S", "R"): 2e-5})
    law = ce.cure_probability(treated, initial=ce.GrownTo(growth, size=1e6), horizon=300.0).value
    ens = ce.simulate(
        growth, initial={"S": 1}, times=[5000.0], stop=ce.Stop(size=1e6, retry=True), replicates=200, seed=14
    )
    plain = ce.cure_probability(treated, initial=ens, horizon=300.0)
    assert law > 1e-13
    assert plain.value < 0.01 * law
    assert not plain.trusted
    assert plain.low <= law <= plain.high
    assert np.isfinite(plain.effective)
