"""Answers for scenarios with niches, phenotypes and late death: derivatives, sweeps, rare cures, relapse, texts."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.sensitivity.paths import usual
from tests.unit.place_scenarios import EFFLUX, scenario

PATHS = (
    "tumor.niches[B].penetration[docetaxel].half_distance",
    "tumor.niches[B].penetration[docetaxel].lag_hours",
    "tumor.niches[B].distance[1]",
    "tumor.niches[B].oxygen",
    "tumor.niches[A].immune_kill",
    "tumor.exchange",
    "tumor.phenotypes[T].enter",
    "tumor.phenotypes[T].induced[docetaxel]",
    "tumor.phenotypes[T].held[docetaxel]",
    "tumor.phenotypes[T].protection",
    "potencies[0].mutation",
    "drugs[0].kinetics.clearance",
)


@cache
def model() -> ce.Scenario:
    return scenario(
        horizon=14.0,
        tolerance=3e-4,
        size=10**5,
        emax=3.0,
        mutation=20.0,
        surgery=ce.Surgery(residual_cells=30),
        alterations=[EFFLUX.replace({"mutation": 1e-5})],
        niches=[
            ce.Niche(name="A", share=0.6, immune_kill=0.02),
            ce.Niche(
                name="B",
                share=0.4,
                oxygen=15.0,
                distance=[50, 90],
                penetration={"docetaxel": ce.Access(half_distance=60.0, lag_hours=6)},
            ),
        ],
        exchange=0.1,
        phenotypes=[
            ce.Phenotype(
                name="T",
                enter=0.01,
                induced={"docetaxel": 0.3},
                leave=0.1,
                held={"docetaxel": 0.8},
                birth=0.1,
                protection=0.5,
                ec50=2.0,
            )
        ],
        late_death=ce.LateDeath(rate=0.5, stages=2),
        assume_untouched=True,
    )


def log_extinct(one: ce.Scenario) -> float:
    tumor = ce.GrownTo(one.growth.process, size=one.tumor.size)
    return math.log(
        float(np.ravel(ce.absence_probability(one.therapy, types=one.types.alive, initial=tumor, times=[14.0]))[0])
    )


@cache
def derivatives() -> dict[str, tuple[float, float]]:
    table = ce.sensitivities(model(), question="extinction", with_respect_to=PATHS)
    return {row["parameter"]: (row["value"], row["log_derivative"]) for row in table.iter_rows(named=True)}


@pytest.mark.parametrize("path", PATHS)
def test_derivatives_are_those_of_the_whole_answer(path: str) -> None:
    """By differences of fourth order of the answer anew, growth, migration and compilation included."""
    value, found = derivatives()[path]
    step = 0.01 * value
    far, near = (
        log_extinct(model().replace({path: value + k * step})) - log_extinct(model().replace({path: value - k * step}))
        for k in (2, 1)
    )
    assert found == pytest.approx((8.0 * near - far) / (12.0 * step), rel=1e-3, abs=1e-9)
    assert found != 0.0


def test_all_parameters_are_without_shares_of_niches() -> None:
    found = usual(model())
    assert not [path for path in found if path.endswith(".share")]
    assert {"tumor.exchange", "tumor.niches[1].oxygen", "tumor.phenotypes[0].enter"} <= set(found)
    with pytest.raises(ce.SimulationError, match=r"share: it has no room to change around 0.4"):
        ce.sensitivities(model(), with_respect_to=["tumor.niches[B].share"])


def test_a_derivative_that_is_not_there_is_null_with_its_reason() -> None:
    asked = ["tumor.niches[B].share", "tumor.exchange"]
    with pytest.warns(UserWarning, match=r"null:\n  tumor.niches\[1\].share: it has no room to change around 0.4"):
        found = ce.sensitivities(model(), with_respect_to=asked)
    there = ce.sensitivities(model(), with_respect_to=asked[1:])
    assert found.row(0) == ("tumor.niches[B].share", 0.4, None, None, None)
    assert found.row(1) == there.row(0)


def test_derivatives_by_given_cells_name_all_types() -> None:
    table = ce.sensitivities(
        model(), initial={"sensitive@A": 3, "sensitive@B:T": 2}, with_respect_to=["initial[sensitive@B:T]"]
    )
    alive = model().types.alive
    expected = ce.absence_probability(model().therapy, types=alive, initial={"sensitive@B:T": 1}, times=[14.0])
    assert table["log_derivative"][0] == pytest.approx(math.log(float(np.ravel(expected)[0])), rel=1e-9)


def test_the_derivative_by_the_time_is_that_of_the_answer() -> None:
    start, h = {"sensitive@A": 30, "sensitive@B:T": 2}, 0.02
    table = ce.sensitivities(model(), initial=start, time=3.0, with_respect_to=["time"])
    days = [3.0 - 2 * h, 3.0 - h, 3.0 + h, 3.0 + 2 * h]
    exact = model().replace({"simulation.tolerance": 1e-7})
    absent = ce.absence_probability(exact.therapy, types=exact.types.alive, initial=start, times=days)
    a, b, c, d = np.log(absent)
    assert table["log_derivative"][0] == pytest.approx((8 * (c - b) - (d - a)) / (12 * h), rel=1e-3)


def test_late_death_moves_no_cure() -> None:
    """But all cells, damaged ones included, are the sooner gone the faster they die."""
    table = ce.sensitivities(
        model(), question="absence", types=model().types.alive, with_respect_to=["tumor.late_death.rate"]
    )
    assert table["log_derivative"][0] == 0.0
    every = {"question": "absence", "types": model().types.names}
    whole = ce.sensitivities(model(), **every, with_respect_to=["tumor.late_death.rate"])
    assert whole["log_derivative"][0] > 0.0


def test_a_sweep_asks_for_cure_by_parts_of_niches() -> None:
    points = pl.DataFrame(
        {
            "tumor.exchange": [0.05, 0.2],
            "tumor.phenotypes[T].induced[docetaxel]": [0.3, 0.1],
            "tumor.late_death.rate": [1.0, 2.0],
        }
    )
    table = ce.sweep(model(), points, ask=["cure", "survival"], threads=1)
    for row in table.iter_rows(named=True):
        one = model().replace({name: row[name] for name in points.columns})
        cure = ce.cure_probability(one, method="law").value
        assert row["cure"] == pytest.approx(cure, rel=1e-12)
        assert row["survival"] == pytest.approx(1.0 - cure, rel=1e-9)


def test_gradients_of_an_evaluator_are_those_of_cure() -> None:
    path = "tumor.niches[B].penetration[docetaxel].lag_hours"
    asked = ce.evaluator(model().replace({"simulation.tolerance": 1e-5}), [path], threads=1)
    ends = asked([[5.97], [6.03]])
    assert asked.gradient([6.0])[0] == pytest.approx((ends[1] - ends[0]) / 0.06, rel=1e-4)


def test_rare_cures_are_those_of_the_law() -> None:
    """Where most tumors hold carriers: 4.9 standard errors are a false alarm of 1e-6."""
    one = model().replace({"tumor.alterations[R].mutation": 1e-4, "tumor.size": 4000, "surgery.residual_cells": 400})
    tumor = ce.GrownTo(one.growth.process, size=4000)
    law = float(np.asarray(ce.absence_probability(one, types=one.types.alive, initial=tumor, times=[14.0]))[0])
    found = ce.rare_cure_probability(one, initial=tumor, horizon=14.0, replicates=200, seed=5)
    error = (found.high - found.low) / (2 * 1.96)
    assert abs(found.value - law) < 4.9 * error
    # Planted: 5 % more cells are left.
    wrong = ce.cure_probability(one.replace({"surgery.residual_cells": 420}), method="law").value
    assert abs(found.value - wrong) > 4.9 * error


def test_relapse_is_the_law_of_the_size() -> None:
    one = model()
    law = ce.relapse_time(one, size=1e3)
    tumor = ce.GrownTo(one.growth.process, size=one.tumor.size)
    expected = ce.size_probability(one.therapy, initial=tumor, above=1e3, times=[60.0])
    assert law.cdf([60.0])[0] == pytest.approx(float(np.ravel(expected)[0]), abs=1e-4)
    assert 0.01 < law.cdf([60.0])[0] < 0.99


def test_attribution_waits_for_no_damaged_cell() -> None:
    """Damaged cells that stay for ever change no row, those about when founders arose included."""
    one = model().replace({"tumor.late_death.rate": 1e-6})
    table, plain = (ce.attribution(each) for each in (one, one.replace({"tumor.late_death": None})))
    assert table["part"].to_list() == plain["part"].to_list()
    assert table["cure"].to_list() == pytest.approx(plain["cure"].to_list(), rel=1e-9)


def test_texts_say_what_is_counted() -> None:
    words = model().describe()
    assert "cure: no cell at the horizon but damaged ones, which only die" in " ".join(words.split())
    assert "expected mutations and switches per replicate" in words
    plain = scenario().describe()
    assert "cure: no cell at the horizon" in plain
    assert "expected mutations per replicate" in plain
