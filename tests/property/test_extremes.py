"""Every engine at the edges of double precision: no panic, no hang, no NaN, no stop that is passed.

Rates of 0, 1e-300 and 1e6 per day, b = d, intervals from 1e-9 to 1e5 days, up to 2^62 cells, with pulses, stops and
competition. `CHEMOEVO_FUZZ=100000 pytest tests/property/test_extremes.py` looks for longer; what it finds becomes a
test in tests/unit/test_engine_edges.py.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import chemoevo as ce
from tests.property._examples import short_and_long

EXAMPLES = int(os.environ.get("CHEMOEVO_FUZZ", "60"))
RATES = st.sampled_from([0.0, 1e-300, 1e-12, 1e-6, 0.01, 0.3, 1.0, 1.0, 5.0, 1e3, 1e6])
PROBABILITIES = st.sampled_from([0.0, 1e-300, 1e-16, 1e-6, 1e-3, 0.1, 0.25, 1.0 / 3.0])
SURVIVAL = st.sampled_from([0.0, 1e-300, 1e-15, 1e-3, 0.5, 1.0 - 1e-16, 1.0])
LIMITS = ce.Limits(size=2**62, events=3000)


def powers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False).map(lambda x: 10.0**x)


@st.composite
def extremes(draw: st.DrawFn, competition: bool) -> tuple[ce.BranchingProcess, list[int], list[float]]:
    types = [f"T{k}" for k in range(draw(st.integers(1, 4)))]
    k, m = len(types), draw(st.integers(1, 3))
    table = st.lists(st.lists(RATES, min_size=k, max_size=k), min_size=m, max_size=m)
    birth = draw(table)
    death = birth if draw(st.booleans()) else draw(table)
    pairs = [(a, b) for a in types for b in types if a != b]
    mutation = {pair: u for pair in pairs if (u := draw(PROBABILITIES))}
    switching = {pair: s for pair in pairs if draw(st.booleans()) and (s := draw(RATES))}
    breakpoints = sorted(set(draw(st.lists(powers(-9.0, 5.0), min_size=m - 1, max_size=m - 1))))
    if len(breakpoints) < m - 1:
        breakpoints = [float(x) for x in range(1, m)]
    pulses = [
        ce.Pulse(time=time, survival=dict(zip(types, draw(st.lists(SURVIVAL, min_size=k, max_size=k)), strict=True)))
        for time in sorted(set(draw(st.lists(powers(-9.0, 5.0), max_size=2))))
    ]
    crowding: Any = None
    if competition:
        on: Any = draw(st.sampled_from(["birth", "death"]))
        crowding = draw(
            st.one_of(
                powers(0.0, 15.0).map(lambda c: ce.Logistic(capacity=c, on=on)),
                powers(0.1, 15.0).map(lambda c: ce.Gompertz(capacity=c, on=on)),
                powers(-15.0, 0.0).map(lambda a: ce.LotkaVolterra(matrix=np.full((k, k), a), on=on)),
            )
        )
    process = ce.BranchingProcess(
        types=types,
        birth=birth,
        death=death,
        mutation=mutation or None,
        switching=switching or None,
        breakpoints=breakpoints or None,
        pulses=pulses,
        competition=crowding,
    )
    initial = draw(st.lists(st.one_of(st.just(0), powers(0.0, 17.9).map(int)), min_size=k, max_size=k))
    times = sorted(set(draw(st.lists(powers(-9.0, 5.0), min_size=1, max_size=3))))
    return process, initial, times


def check(case: tuple[ce.BranchingProcess, list[int], list[float]], engine: str, size: float | None) -> None:
    process, initial, times = case
    options: dict[str, Any] = {} if engine in ("direct", "bnb") else {"tolerance": 1e-3}
    ens = ce.simulate(
        process,
        initial=initial,
        times=times,
        replicates=2,
        seed=1,
        engine=engine,  # type: ignore[arg-type]
        stop=None if size is None else ce.Stop(size=int(size)),
        limits=LIMITS,
        **options,
    )
    assert (ens.counts <= 2**62).all()
    for row, (outcome, time) in zip(ens.final, ens.outcomes.select("outcome", "time").iter_rows(), strict=True):
        total = sum(map(int, row))
        assert 0.0 <= time <= times[-1]
        assert (outcome == "extinct") == (total == 0)
        if outcome == "alive":
            assert time == times[-1]
            assert size is None or total < int(size)
        if outcome == "stopped" and size is not None and sum(initial) < int(size):
            assert total == int(size)


@short_and_long(EXAMPLES, 6 * EXAMPLES, case=extremes(competition=False), size=st.none() | powers(0.0, 18.6))
@pytest.mark.parametrize("engine", ["direct", "bnb", "leap", "auto"])
def test_engines_at_the_edges(
    engine: str, case: tuple[ce.BranchingProcess, list[int], list[float]], size: float | None
) -> None:
    check(case, engine, size)


@short_and_long(EXAMPLES // 2, 3 * EXAMPLES, case=extremes(competition=True), size=st.none() | powers(0.0, 18.6))
@pytest.mark.parametrize("engine", ["direct", "leap", "auto"])
def test_engines_at_the_edges_under_competition(
    engine: str, case: tuple[ce.BranchingProcess, list[int], list[float]], size: float | None
) -> None:
    check(case, engine, size)


@short_and_long(EXAMPLES // 6, EXAMPLES // 3, case=extremes(competition=False))
def test_backward_equations_at_the_edges(case: tuple[ce.BranchingProcess, list[int], list[float]]) -> None:
    process, initial, times = case
    few = [min(n, 10**15) for n in initial]
    try:
        absent = ce.extinction_probability(process, initial=few, times=times)
        there = ce.survival_probability(process, initial=few, times=times)
    except ce.SimulationError:
        # Rates times time beyond a few million: refused, in words that test_analytic_stiff.py looks at.
        return
    assert ((absent >= 0.0) & (absent <= 1.0)).all()
    assert ((there >= 0.0) & (there <= 1.0)).all()
    np.testing.assert_allclose(absent + there, 1.0, rtol=1e-12)
