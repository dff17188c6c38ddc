"""Scenarios with capacities: engines against each other, the mean field, and the law of independent cells.

Every check has a false-alarm level of 1e-6, and a capacity that is 5 % off is caught.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from tests.statistical._laws import Verdict, has_mean, has_probability, same_continuous_law, same_discrete_law
from tests.unit.roomy import EFFLUX, killed

DAYS, SHORT = 63.0, 35.0
N_DIRECT, N_LEAP = 250, 500
SMALL: dict[str, Any] = {"birth": 0.3, "death": 0.1, "size": 1200, "alterations": [EFFLUX.replace({"mutation": 1e-3})]}

AT_FIRST = {"surgery": {"residual_fraction": 0.5}}


@cache
def crowded(
    engine: Any, replicates: int, seed: int, capacity: float = 1500.0, days: float = DAYS, **changes: Any
) -> ce.Ensemble:
    """Growth to 1200 of 1500 cells, surgery that leaves a half, and a drug that leaves next to nothing."""
    model = killed(1.0, **{**SMALL, "capacity": capacity, **changes}).replace({**AT_FIRST, "follow_up.horizon": days})
    return ce.simulate(
        model, engine=engine, tolerance=1e-5 if engine == "leap" else None, replicates=replicates, seed=seed
    )


def compared(one: ce.Ensemble, other: ce.Ensemble) -> Verdict:
    """Days of growth, tumors at detection and numbers of cells of both types at looks."""
    verdict = Verdict()
    assert one.growth is not None
    assert other.growth is not None
    times = [ens.growth.outcomes["time"].to_numpy() for ens in (one, other) if ens.growth is not None]
    verdict.add("days to detection", same_continuous_law(*times))
    verdict.add("mutants at detection", same_discrete_law(one.initial[:, 1], other.initial[:, 1]))
    assert one.times.tolist() == other.times.tolist()
    for day in (7.0, 21.0, float(one.times[-1])):
        at = int(np.flatnonzero(one.times == day)[0])
        for k, name in enumerate(one.types):
            verdict.add(f"{name} on day {day:g}", same_discrete_law(one.counts[:, at, k], other.counts[:, at, k]))
    return verdict


LAWS: dict[str, dict[str, Any]] = {
    "death": {},
    "birth": {"competition_on": "birth"},
    "gompertz": {"competition": "gompertz"},
}


@pytest.mark.parametrize("law", LAWS)
def test_leap_agrees_with_direct_in_law(law: str) -> None:
    direct = crowded("direct", N_DIRECT, 1, **LAWS[law])
    leap = crowded("leap", N_LEAP, 2, **LAWS[law])
    assert direct.exact
    assert not leap.exact
    compared(direct, leap).require()


def test_a_capacity_that_is_wrong_is_caught() -> None:
    assert compared(crowded("direct", N_DIRECT, 1), crowded("leap", N_LEAP, 2, capacity=1425.0)).alarms


@pytest.mark.parametrize("engine", ["direct", "leap"])
def test_a_capacity_without_end_leaves_the_law_of_no_capacity(engine: Any) -> None:
    free = killed(1.0, **SMALL).replace({**AT_FIRST, "follow_up.horizon": SHORT})
    compared(
        ce.simulate(free, replicates=N_LEAP, seed=3),
        crowded(engine, N_DIRECT if engine == "direct" else N_LEAP, 4, capacity=1e30, days=SHORT),
    ).require()


def test_little_that_is_left_dies_out_as_without_a_capacity_that_is_large() -> None:
    """Cells far below the capacity are next to independent: the equations of the scenario without it hold."""
    start, n = {"sensitive": 300, "R": 1}, 3000
    free = killed(1.0, **SMALL)
    cured = ce.cure_probability(free, initial=start).value
    assert 0.2 < cured < 0.8
    verdict = Verdict()
    for engine in ("leap", "auto"):
        ens = ce.simulate(
            free.replace({"tumor.capacity": 1e12}),
            initial=start,
            replicates=n,
            seed=5,
            engine=engine,  # type: ignore[arg-type]
        )
        verdict.add(engine, has_probability(int((ens.final.sum(axis=1) == 0).sum()), n, cured))
    verdict.require()


def test_a_large_tumor_comes_back_as_the_mean_field_and_more_slowly_near_the_capacity() -> None:
    """1e9 cells: the total follows the closed form of the logistic law within 1e-3, the tolerance of leaping."""
    days = {}
    for capacity in (1.05e9, 1e12):
        model = killed(0.2, size=10**9, capacity=capacity)
        ens = ce.simulate(model, replicates=40, seed=6)
        field = ce.mean_counts(model, initial={"sensitive": 10**9}, times=ens.times)[:, 0]
        np.testing.assert_allclose(ens.counts[:, :, 0].mean(axis=0), field, rtol=1e-3)
        back = ens.times[(field >= 0.9e9) & (ens.times > 30.0)]
        days[capacity] = float(back[0]) if len(back) else math.inf
    assert days[1e12] < days[1.05e9]


def test_niches_with_rooms_of_their_own() -> None:
    """Engines agree on the cells of each niche, and the mean of a full tumor is that of the mean field, about."""
    niches = [
        ce.Niche(name="near", share=0.8, birth=1.0, capacity=900.0),
        ce.Niche(name="far", share=0.2, birth=0.9, capacity=200.0),
    ]
    ensembles = [
        ce.simulate(
            killed(1.0, birth=0.3, death=0.1, size=900, niches=niches, exchange=0.1),
            engine=engine,  # type: ignore[arg-type]
            tolerance=1e-5 if engine == "leap" else None,
            replicates=n,
            seed=seed,
        )
        for engine, n, seed in (("direct", 200, 7), ("leap", 300, 8))
    ]
    verdict = Verdict()
    for k, name in enumerate(ensembles[0].types):
        start = [ens.initial[:, k] for ens in ensembles]
        verdict.add(f"{name} at detection", same_discrete_law(*start))
        verdict.add(f"{name} at last", same_discrete_law(*(ens.final[:, k] for ens in ensembles)))
    verdict.require()
    grown = killed(1.0, birth=0.3, death=0.1, size=900, niches=niches, exchange=0.1).growth.crowded
    assert grown is not None
    shares = ensembles[1].initial[:, 0]
    assert has_mean(shares, float(grown.cells[0]) * 0.9) < 1e-6
    assert abs(shares.mean() / grown.cells[0] - 1.0) < 0.02
