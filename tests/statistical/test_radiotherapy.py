"""Radiotherapy simulated: counts after some fractions against their law, a whole scenario by its two answers."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from tests.reference.simulator import Process
from tests.statistical._laws import FALSE_ALARM, follows_pmf
from tests.statistical._theory import one_type_pmf

FOUNDERS, REPLICATES, BIRTH, DEATH = 300, 4000, 0.3, 0.1
COURSE = {"dose": 3.0, "fractions": 6, "alpha": 0.2, "beta": 0.02, "weekday": "thursday"}
SURVIVAL = math.exp(-0.2 * 3 - 0.02 * 9)
# Thursday, Friday, and from Monday on.
DAYS = (0.0, 1.0, 4.0, 5.0, 6.0, 7.0)
LEVEL = 4.9
"""Standard errors of a false alarm of 1e-6."""


def scenario(horizon: float, **changes: Any) -> ce.Scenario:
    return ce.Scenario(
        name="radiotherapy",
        tumor=ce.Tumor(birth=BIRTH, death=DEATH, size=FOUNDERS),
        radiotherapy=ce.Radiotherapy(**{**COURSE, **changes}),
        follow_up=ce.FollowUp(horizon=horizon, looks_every=5.0),
        simulation=ce.Simulation(engine="direct"),
    )


def law(day: float, *, days: tuple[float, ...] = DAYS, survival: float = SURVIVAL, to_births: float = 0.0) -> Any:
    process = Process(
        birth=[[BIRTH * (1.0 - to_births)]],
        death=[[DEATH]],
        mutation=[[[0.0]]],
        switching=[[[0.0]]],
        breakpoints=[],
        pulses=[(time, [survival]) for time in days],
    )
    return one_type_pmf(process, FOUNDERS, day, 400)


@cache
def counts(engine: str) -> dict[float, np.ndarray]:
    treated = scenario(9.0).replace({"simulation.engine": engine})
    ens = ce.simulate(treated, initial={"sensitive": FOUNDERS}, replicates=REPLICATES, seed=9)
    times = ens.times.tolist()
    return {time: ens.counts[:, times.index(time), 0] for time in (5.0, 9.0)}


@pytest.mark.parametrize("engine", ["direct", "bnb"])
def test_counts_after_fractions_follow_their_law(engine: str) -> None:
    """False alarm 1e-6 per day; the planted errors are seen by the same check."""
    for day, sample in counts(engine).items():
        assert follows_pmf(sample, law(day)) > FALSE_ALARM, day
    last = counts(engine)[9.0]
    planted = {
        "a fraction too few": law(9.0, days=DAYS[:-1]),
        "the week-end worked through": law(9.0, days=(0.0, 1.0, 2.0, 3.0, 4.0, 5.0)),
        "a survival off by 5 %": law(9.0, survival=SURVIVAL * 1.05),
        "without the quadratic term": law(9.0, survival=math.exp(-0.6)),
        "births off by 10 %": law(9.0, to_births=0.1),
    }
    assert all(follows_pmf(last, wrong) < FALSE_ALARM for wrong in planted.values())


def test_both_answers_agree_where_some_cells_resist() -> None:
    """Cure, absence of carriers at detection and at the last fraction; 4.9 standard errors are 1e-6."""
    treated = scenario(35.0, fractions=22).replace(
        {
            "tumor.size": 20_000,
            "tumor.alterations": [ce.Alteration(name="X", mutation=2e-4, radiosensitivity=0.4)],
            "simulation.engine": "auto",
        }
    )
    ens = ce.simulate(treated, replicates=1500, seed=4)
    rows = ce.answer(treated, ens).comparisons
    assert all(abs(row.standard_errors) < LEVEL for row in rows), rows
    cure = next(row for row in rows if row.question.startswith("cure"))
    assert 0.1 < cure.computed.value < 0.9
    # Planted: carriers that are as sensitive as the others.
    alike = treated.replace({"tumor.alterations[X].radiosensitivity": 1.0})
    other = ce.cure_probability(alike, initial=ens.growth).value
    error = math.sqrt(cure.computed.value * (1.0 - cure.computed.value) / 1500)
    assert abs(other - cure.simulated.value) > LEVEL * error
