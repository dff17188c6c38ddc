"""Engines under switching and mutation that a drug drives, against the equations of the true rates by scipy.

Checks fail at 1e-6. Planted: switching that takes no notice of the drug, with the same mean; a tenth fewer mutants.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.ensemble.request import Engine
from tests.reference import driven
from tests.statistical import _laws as laws

N = 20_000
UNTIL = 20.0
FOUNDERS = 60
TYPES = driven.TOLERANCE


def steady(t: float) -> dict[tuple[str, str], float]:
    """Switching with the mean that it has over the time: the mean effect is log(1 + 3) / 20."""
    mean = np.log(4.0) / UNTIL
    return {("S", "T"): 1e-4 + 0.02 * mean, ("T", "S"): 0.05 * (1.0 - mean)}


@cache
def expected(driven_by_drug: bool) -> tuple[float, float]:
    """P(nothing is left) and P(no tolerant cell) at the end."""
    switching = driven.tolerance_switching if driven_by_drug else steady
    model = (TYPES, driven.tolerance_rates, driven.tolerance_mutation, switching, UNTIL)
    extinct, absent = (driven.seen(*model, of)[0] for of in (TYPES, ["T"]))
    return float(np.exp(FOUNDERS * np.log1p(-extinct))), float(np.exp(FOUNDERS * np.log1p(-absent)))


@cache
def counts(engine: Engine) -> np.ndarray:
    process = ce.BranchingProcess.from_rates(
        types=TYPES,
        rates=driven.tolerance_rates,
        until=UNTIL,
        switching=driven.tolerance_switching,
        mutation=driven.tolerance_mutation,
    )
    ens = ce.simulate(process, initial=[FOUNDERS, 0], times=[UNTIL], replicates=N, seed=711, engine=engine)
    return ens.counts[:, 0, :]


def verdict(engine: Engine, want: tuple[float, float]) -> laws.Verdict:
    found = laws.Verdict()
    found.add("extinct", laws.has_probability(int((counts(engine).sum(axis=1) == 0).sum()), N, want[0]))
    found.add("no tolerant cell", laws.has_probability(int((counts(engine)[:, 1] == 0).sum()), N, want[1]))
    return found


@pytest.mark.parametrize("engine", ["direct", "bnb", "leap"])
def test_tolerance_that_a_drug_drives_is_as_frequent_as_the_equations_say(engine: Engine) -> None:
    verdict(engine, expected(True)).require()
    assert verdict(engine, expected(False)).alarms


MUTATION_UNTIL = 6.0


def rates(t: float) -> tuple[list[float], list[float]]:
    return [0.4 * (1.0 + 0.9 * np.cos(5.0 * t)), 0.0], [0.3, 0.0]


def mutation(t: float) -> dict[tuple[str, str], float]:
    return {("S", "T"): 0.05 * (1.0 - 0.9 * np.cos(5.0 * t))}


@pytest.mark.parametrize("engine", ["direct", "bnb", "leap"])
def test_mutants_are_those_of_births_times_probability(engine: Engine) -> None:
    """Cells divide when mutants are rare: means of both apart would give two thirds more of them."""
    process = ce.BranchingProcess.from_rates(types=TYPES, rates=rates, until=MUTATION_UNTIL, mutation=mutation)
    ens = ce.simulate(process, initial=[10, 0], times=[MUTATION_UNTIL], replicates=N, seed=712, engine=engine)
    absent = int((ens.counts[:, 0, 1] == 0).sum())

    def want(share: float) -> float:
        table = lambda t: {("S", "T"): share * mutation(t)["S", "T"]}  # noqa: E731
        seen = driven.seen(TYPES, rates, table, lambda t: {}, MUTATION_UNTIL, ["T"])[0]
        return float(np.exp(10 * np.log1p(-seen)))

    laws.require(laws.has_probability(absent, N, want(1.0)))
    assert laws.has_probability(absent, N, want(0.9)) < laws.FALSE_ALARM
