"""Cure does not wait for damaged cells: it is that of the same tumor whose cells die at once, by every way to ask."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import binom

import chemoevo as ce
from tests.unit.late import CELLS, at_once, late, slowly

LEVEL = 1e-6
"""False alarms per check of a fraction."""
END = 7.5


def cure_at_once() -> float:
    """Cure where cells die at once: damaged cells neither divide nor come back, so it is the cure of late deaths."""
    return float(ce.extinction_probability(at_once(), initial=CELLS, times=[END])[0])


@cache
def histories() -> ce.Ensemble:
    return ce.simulate(slowly(), initial=CELLS, replicates=2000, seed=3)


def possible(count: int, p: float) -> bool:
    """Whether so many of the histories are possible with a probability, at the level of a check."""
    law = binom(len(histories()), p)
    return min(law.cdf(count), law.sf(count - 1)) >= LEVEL / 2


def test_cells_that_cure_is_about() -> None:
    assert slowly().clonogenic == ("sensitive", "R")
    assert slowly().therapy.types == ("sensitive", "R", "damaged 1", "damaged 2", "damaged 3")
    assert at_once().clonogenic is None


def test_damaged_cells_are_there_at_the_horizon_and_cure_does_not_wait_for_them() -> None:
    wanted = cure_at_once()
    assert 0.2 < wanted < 0.8
    assert float(ce.cure_probability(slowly(), initial=CELLS)) == pytest.approx(wanted, rel=1e-9)
    everything = float(ce.extinction_probability(slowly(), initial=CELLS, times=[END])[0])
    assert everything < 0.3 * wanted
    # A process has no damaged cells by name: it is asked for all of them.
    process = slowly().therapy
    assert float(ce.cure_probability(process, initial=CELLS, horizon=END)) == pytest.approx(everything, rel=1e-12)
    # In the end they are all gone.
    ever = [float(ce.cure_probability(one, initial=CELLS, horizon=np.inf)) for one in (slowly(), at_once())]
    assert ever[0] == pytest.approx(ever[1], rel=1e-9)


def test_simulated_cures_against_equations_of_cells_that_die_at_once() -> None:
    found = ce.answer(slowly(), histories())
    cured = int(found.outcomes["cured"].sum())
    assert possible(cured, cure_at_once())
    assert found.comparisons[-2].question == f"cure on day {END:g}"
    assert all(one.agrees for one in found.comparisons)
    assert found.comparisons[-2].computed.value == pytest.approx(cure_at_once(), rel=1e-9)
    # Planted: to wait for damaged cells, in the counts or in the equations.
    gone = int((histories().final.sum(axis=1) == 0).sum())
    everything = float(ce.extinction_probability(slowly(), initial=CELLS, times=[END])[0])
    assert possible(gone, everything)
    assert not possible(gone, cure_at_once())
    assert not possible(cured, everything)


def test_both_answers_of_a_tumor_that_grew() -> None:
    scenario = late(**{"tumor.size": 100})
    found = ce.answer(scenario, ce.simulate(scenario, replicates=300, seed=2))
    routes = {one.route: one for one in found.comparisons if one.question == f"cure on day {END:g}"}
    assert sorted(routes) == ["backward equations", "detection law"]
    assert all(one.agrees for one in found.comparisons)
    law = float(ce.cure_probability(late(dies_late=False, **{"tumor.size": 100}), method="law"))
    assert routes["detection law"].computed.value == pytest.approx(law, rel=1e-9)
    assert float(ce.cure_probability(scenario, method="law")) == pytest.approx(law, rel=1e-9)
    assert found.damaged == ("damaged 1", "damaged 2", "damaged 3")
    assert "cured (no cell but damaged" in str(found)
    assert "cure: no cell at the horizon but damaged ones, which only die" in scenario.describe()
    assert "cure: no cell at the horizon\n" in at_once().describe()


def test_size_and_progression_count_damaged_cells() -> None:
    found = ce.answer(slowly(), histories())
    at = int(np.flatnonzero(histories().times == 7.0)[0])
    totals = histories().counts[:, : at + 1].sum(axis=2)
    assert found.outcomes["smallest_total"].to_list() == totals.min(axis=1).tolist()
    assert int((histories().counts[:, at, 2:].sum(axis=1) > 0).sum()) > 100


def test_sweeps_and_their_derivatives() -> None:
    small = {"surgery.residual_cells": 20.0}
    slow, fast = (late(dies_late=dies, surgery=ce.Surgery(residual_cells=20)) for dies in (True, False))
    points = {path: [value] for path, value in small.items()}
    tables = [ce.sweep(one, points, ask=["cure", "survival", "extinct_ever"]) for one in (slow, fast)]
    for column in ("cure", "survival", "extinct_ever"):
        assert tables[0][column][0] == pytest.approx(tables[1][column][0], rel=1e-9)
    assert tables[0]["cure"][0] == pytest.approx(1.0 - tables[0]["survival"][0], rel=1e-12)
    paths = ["surgery.residual_cells", "potencies[docetaxel].emax", "tumor.birth"]
    at = [20.0, 6.0, 0.3]
    for ask in ("cure", "survival"):
        slope, wanted = (ce.evaluator(one, paths, ask=ask).gradient(at) for one in (slow, fast))
        assert slope.tolist() == pytest.approx(wanted.tolist(), rel=1e-5)


def test_sensitivities_of_extinction_are_those_of_cure() -> None:
    asked = {"initial": CELLS, "with_respect_to": ["potencies[docetaxel].emax"]}
    cure = [ce.sensitivities(one, **asked)["derivative"][0] for one in (slowly(), at_once())]
    assert cure[0] == pytest.approx(cure[1], rel=1e-5)
    # The first dose later, and the horizon: segments that move, and one of which the question cuts off the end.
    for path in ("regimen.phases[0].doses[0].start_hours", "follow_up.horizon"):
        both = [ce.sensitivities(one, initial=CELLS, with_respect_to=[path]) for one in (slowly(), at_once())]
        slopes = [table["derivative"][0] for table in both]
        assert slopes[0] == pytest.approx(slopes[1], rel=1e-5)
        assert abs(slopes[0]) > 1e-5
    named = ce.sensitivities(slowly(), question="absence", types=["sensitive", "R"], **asked)
    assert named["derivative"][0] == pytest.approx(cure[0], rel=1e-12)
    every = slowly().therapy.types
    everything = ce.sensitivities(slowly(), question="absence", types=every, **asked)["derivative"][0]
    assert abs(everything - cure[0]) > 0.1 * abs(cure[0])
    with pytest.raises(ce.ModelError, match="types must be None: extinction and survival are about all"):
        ce.sensitivities(slowly(), types=["R"], **asked)
    # Cells of the start may be of any type.
    rows = ce.sensitivities(slowly(), initial=CELLS, with_respect_to=["initial[damaged 1]"])
    assert rows["derivative"].to_list() == [0.0]


def test_other_questions_about_cure() -> None:
    slow, fast = slowly(), at_once()
    causes = [ce.cause_of_relapse(one, resistant=["R"], initial=CELLS, time=END) for one in (slow, fast)]
    for name in ("relapse", "acquired", "neither"):
        assert getattr(causes[0], name) == pytest.approx(getattr(causes[1], name), rel=1e-9)
    assert causes[0].relapse == pytest.approx(1.0 - cure_at_once(), rel=1e-9)
    tumors = [ce.GrownTo(one.growth.process, size=1000) for one in (slow, fast)]
    rare = [
        ce.rare_cure_probability(one, initial=tumor, horizon=END, replicates=20, seed=1).value
        for one, tumor in zip((slow, fast), tumors, strict=True)
    ]
    assert rare[0] == pytest.approx(rare[1], rel=1e-6)
    assert 0.0 < slow.rate_error < 0.01
    tables = [ce.attribution(late(dies_late=dies, surgery=ce.Surgery(residual_cells=20))) for dies in (True, False)]
    assert tables[0]["part"].to_list() == tables[1]["part"].to_list()
    assert tables[0]["cure"].to_list() == pytest.approx(tables[1]["cure"].to_list(), rel=1e-9)
