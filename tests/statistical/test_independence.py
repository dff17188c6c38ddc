"""Replicates are independent of each other, seeds of each other, and growth of therapy under one seed."""

from __future__ import annotations

import numpy as np
import pytest

import chemoevo as ce
from tests.statistical import _laws as laws

N = 4000
GROWTH = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.3])
START = 40


def end_of(process: ce.BranchingProcess, initial: object, seed: int, engine: str, **more: object) -> ce.Ensemble:
    n = None if isinstance(initial, np.ndarray | ce.Ensemble) else N
    return ce.simulate(process, initial=initial, times=[1.0], replicates=n, seed=seed, engine=engine, **more)


def surprises(growth: ce.Ensemble, therapy: ce.Ensemble) -> tuple[np.ndarray, np.ndarray]:
    """How far growth and therapy went beyond what was expected of each."""
    before, after = growth.final[:, 0].astype(float), therapy.final[:, 0].astype(float)
    expected = np.exp(0.7)
    return before, (after - expected * before) / np.sqrt(before)


def test_growth_and_therapy_under_one_seed_are_independent(engine: str) -> None:
    growth = end_of(GROWTH, [START], 5, engine)
    therapy = end_of(GROWTH, growth, 5, engine)
    verdict = laws.Verdict()
    verdict.add("therapy given growth", laws.independent(*surprises(growth, therapy)))
    # The law of both together is that of twice the time.
    twice = ce.simulate(GROWTH, initial=[START], times=[2.0], replicates=20_000, seed=6, engine=engine)
    verdict.add("law of both", laws.same_discrete_law(therapy.final[:, 0], twice.final[:, 0]))
    verdict.require()
    third = end_of(GROWTH, therapy, 5, engine)
    laws.require(laws.independent(*surprises(therapy, third)), "a third stage given the second")
    laws.require(laws.independent(growth.final[:, 0], third.final[:, 0] / therapy.final[:, 0]), "and given the first")


def test_therapy_with_the_stream_of_growth_is_caught(engine: str) -> None:
    """The planted error: the same seed and no new stage, as when compositions are handed over as numbers."""
    growth = end_of(GROWTH, [START], 5, engine)
    again = end_of(GROWTH, growth.final, 5, engine)
    assert laws.independent(*surprises(growth, again)) < laws.FALSE_ALARM


def test_therapy_of_a_stopped_growth_is_independent_of_its_time(engine: str) -> None:
    growth = ce.simulate(
        GROWTH, initial=[1], times=[1e3], replicates=N, seed=8, engine=engine, stop=ce.Stop(size=500, retry=True)
    )
    therapy = end_of(GROWTH, growth, 8, engine)
    assert (therapy.initial == 500).all()
    laws.require(laws.independent(growth.outcomes["time"], therapy.final[:, 0]))


@pytest.mark.parametrize("shift", [1, 7])
def test_replicates_are_independent(shift: int, engine: str) -> None:
    final = end_of(GROWTH, [START], 9, engine).final[:, 0]
    laws.require(laws.independent(final[:-shift], final[shift:]))


@pytest.mark.parametrize("other", [10, 9 + 2**32, 9 + 2**64])
def test_seeds_are_independent(other: int, engine: str) -> None:
    a, b = (end_of(GROWTH, [START], seed, engine).final[:, 0] for seed in (9, other))
    assert (a != b).any()
    laws.require(laws.independent(a, b))


def test_the_stage_is_no_shift_of_the_replicates(engine: str) -> None:
    growth = end_of(GROWTH, [START], 11, engine)
    therapy = end_of(GROWTH, np.full((N, 1), START), 11, engine)
    assert (growth.final == therapy.final).all(), "numbers keep the stage"
    staged = ce.simulate(
        GROWTH,
        initial=ce.simulate(GROWTH, initial=[START], times=[0.0], replicates=N, seed=11, engine=engine),
        times=[1.0], seed=11, engine=engine,
    )  # fmt: skip
    assert (staged.initial == START).all()
    for shift in (0, 1, 2):
        a, b = staged.final[: N - shift, 0], growth.final[shift:, 0]
        laws.require(laws.independent(a, b), f"shift {shift}")
