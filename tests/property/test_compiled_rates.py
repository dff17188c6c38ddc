"""Rates that are constant between breakpoints, against quadrature of the rates at instants, which knows no segments."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import chemoevo as ce
from chemoevo import testing
from chemoevo.resistance import TherapyRates
from chemoevo.scenario import compilation

NODES, WEIGHTS = np.polynomial.legendre.leggauss(10)
INSIDE = (0.02, 0.1, 0.3, 0.6)
"""Where cells of quadrature are cut, as shares of their width: near a dose rates change fastest."""
MOST = 3000
"""Stretches of a scenario that are looked at: all of most, the first of others."""


def shares_of_what_is_allowed(scenario: ce.Scenario, compiled: TherapyRates) -> dict[str, float]:
    """Largest error of birth, death and driven transitions integrated from 0 to any time, over what is allowed.

    Of a probability per division it is that of the mutants.
    """
    cells = compiled.cells
    edges = np.unique(np.concatenate([cells, *(cells[:-1] + x * np.diff(cells) for x in INSIDE)]))[: MOST + 1]
    half, middle = 0.5 * np.diff(edges), 0.5 * (edges[1:] + edges[:-1])
    instant = compilation.rates_at(scenario, (middle[:, None] + half[:, None] * NODES).ravel())
    times = edges / 24.0
    starts = np.append(0.0, compiled.breakpoints)
    within = np.searchsorted(starts, times, side="right") - 1
    found = {}
    for kind in ("birth", "death", "driven"):
        rates: NDArray[np.float64] = getattr(compiled, kind)
        if not rates.size:
            continue
        each = getattr(instant, kind)
        if kind == "driven":
            rates, each = rates * _divides(compiled, compiled.birth), each * _divides(compiled, instant.birth)
        each = each.reshape(len(middle), len(NODES), -1)
        exact = _summed((each * WEIGHTS[:, None]).sum(axis=1) * half[:, None] / 24.0)
        whole = _summed(rates[:-1] * np.diff(starts)[:, None])
        error = np.abs(whole[within] + rates[within] * (times - starts[within])[:, None] - exact)
        allowed = np.full(rates.shape[1], compiled.tolerance)
        if kind == "driven":
            # Of transitions, a share of what there is of them until the horizon, whatever is looked at.
            allowed = min(10.0 * compiled.tolerance, 0.01) * whole[-1]
        found[kind] = float((error / np.maximum(allowed, 1e-300)).max())
    return found


def _divides(compiled: TherapyRates, birth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Births of the types that driven mutations leave, and 1 for driven switches: (times, pairs)."""
    place = {name: k for k, name in enumerate(compiled.types.names)}
    columns = [birth[:, place[start]] if mutates else np.ones(len(birth)) for start, _, mutates in compiled.pairs]
    return np.stack(columns, axis=1)


def _summed(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.vstack([np.zeros(rows.shape[1]), np.cumsum(rows, axis=0)])


@pytest.mark.parametrize("number", [60, pytest.param(200, marks=pytest.mark.slow)])
def test_integrated_rates_are_within_the_tolerance(number: int) -> None:
    """Random drugs, doses, mechanisms, niches and states. Half of what is allowed is usual, the whole is never met."""

    @settings(max_examples=number, database=None)
    @given(testing.scenarios())
    def look(scenario: ce.Scenario) -> None:
        found = shares_of_what_is_allowed(scenario, scenario.rates)
        assert max(found.values()) <= 1.0, found

    look()


@pytest.mark.parametrize("number", [40, pytest.param(150, marks=pytest.mark.slow)])
def test_steep_effects_are_within_it_as_well(number: int) -> None:
    """They may be there soon after a dose begins, before the first node of a cell, and be over late and at once."""

    @settings(max_examples=number, database=None)
    @given(testing.scenarios(), st.floats(3.0, 12.0), st.floats(-5.0, 0.0), st.sampled_from([1e-2, 1e-3, 1e-5]))
    def look(scenario: ce.Scenario, hill: float, magnitude: float, tolerance: float) -> None:
        steep = [
            ce.Potency(drug=p.drug, emax=p.emax or 2.0, ec50=10.0**magnitude, hill=hill, mode=p.mode, basis="steep")
            for p in scenario.potencies
        ]
        model = scenario.replace({"potencies": steep, "simulation.tolerance": tolerance})
        found = shares_of_what_is_allowed(model, model.rates)
        assert max(found.values()) <= 1.0, found

    look()


@pytest.mark.parametrize(
    "name", ["gemcitabine_matrix", "glioblastoma_temozolomide_benzylguanine", "bevacizumab_window"]
)
@pytest.mark.parametrize("tolerance", [4e-3, 1e-5])
def test_windows_and_pools_are_within_it_as_well(name: str, tolerance: float) -> None:
    scenario = ce.scenarios.scenario(name).replace({"simulation.tolerance": tolerance})
    found = shares_of_what_is_allowed(scenario, scenario.rates)
    # Segments as fine as that, and no finer.
    assert 0.2 <= found["death"] <= 1.0, found


@settings(max_examples=60, database=None)
@given(testing.scenarios())
def test_a_compiled_process_is_that_of_its_plain_data(scenario: ce.Scenario) -> None:
    """Its tables are handed on in the order in which they were computed; what is written is in that of the types."""
    process = scenario.therapy
    again = ce.BranchingProcess.from_dict(process.to_dict())
    assert again == process
    assert hash(again) == hash(process)
    one = dict.fromkeys(process.types, 1)
    answers = [ce.mean_counts(made, initial=one, times=[scenario.follow_up.horizon]) for made in (process, again)]
    assert np.array_equal(*answers)


PLANTED: dict[str, Callable[[ce.Scenario], TherapyRates]] = {
    "segments for four times the tolerance": lambda s: dataclasses.replace(
        compilation.rates(s.replace({"simulation.tolerance": 4.0 * s.simulation.tolerance})),
        tolerance=s.simulation.tolerance,
    ),
    "a twentieth more death in one segment": lambda s: dataclasses.replace(
        s.rates, death=s.rates.death * np.where(np.arange(len(s.rates.death)) == 40, 1.05, 1.0)[:, None]
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors_are_seen(name: str) -> None:
    scenario = ce.scenarios.scenario("nsclc")
    assert shares_of_what_is_allowed(scenario, scenario.rates)["death"] <= 1.0
    assert shares_of_what_is_allowed(scenario, PLANTED[name](scenario))["death"] > 1.0
