"""The scenarios of modulators that ship: short, answered alike by both ways, and with the rates of formulas in scipy.

A comparison of both answers is an exact binomial test at a false-alarm level of 1e-6; planted bugs fail it.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import chemoevo as ce
from chemoevo.resistance.therapy import instant_rates
from chemoevo.scenario.under_therapy import under_therapy
from tests.unit.shipped import scenario, text

FALSE_ALARM = 1e-6

SHORT = {"paclitaxel_tariquidar": 600, "olaparib_reversion": 200, "temozolomide_mgmt": 250, "venetoclax_mcl1": 100}
LONG = {"paclitaxel_tariquidar": 2500, "olaparib_reversion": 1000, "temozolomide_mgmt": 800, "venetoclax_mcl1": 500}
"""Replicates."""
NAMES = tuple(SHORT)
FOLDS = {
    "paclitaxel_tariquidar": [("ABCB1", "P-gp", "paclitaxel", 38.58)],
    "olaparib_reversion": [("BRCA2-reversion", "HR", "olaparib", 100.0)],
    "temozolomide_mgmt": [("MGMT", "MGMT", "temozolomide", 20.0)],
    "venetoclax_mcl1": [("BCL2", "BCL2", "venetoclax", 1.0), ("MCL1", "MCL1", "venetoclax", 10.0)],
}


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short_and_comes_back(name: str) -> None:
    lines = [
        line
        for line in text(name).splitlines()
        if line.strip() and not line.strip().startswith(("#", "format_version"))
    ]
    assert len(lines) <= 25
    model = scenario(name)
    assert ce.Scenario.from_toml(model.to_toml()) == model
    assert f"chemoevo run examples/{name}.toml" in text(name)


@pytest.mark.parametrize("name", NAMES)
def test_its_folds_come_back(name: str) -> None:
    model = scenario(name)
    said = model.describe()
    assert [one.name for one in model.tumor.alterations] == [altered for altered, *_ in FOLDS[name]]
    for altered, _, drug, fold in FOLDS[name]:
        found = [ce.fold(drug, genotype=cell, expressions=model.tumor.expressions) for cell in (altered, "sensitive")]
        assert found[0] / found[1] == pytest.approx(fold, rel=1e-9)
        (row,) = [line for line in said.splitlines() if line.split()[:1] == [altered] and "[" in line]
        assert (f"EC50 x {fold:g} [" if fold != 1 else "none [") in row


def test_modulators_and_expressions_are_said() -> None:
    wanted = {
        "paclitaxel_tariquidar": ["tariquidar inhibits P-gp, half at 0.0006 uM unbound"],
        "olaparib_reversion": ["expression in cells without alterations: HR 0", "HR +1"],
        "temozolomide_mgmt": [
            "temozolomide uses up MGMT, 0.0046 per uM and h",
            "o6-benzylguanine uses up MGMT, 2.16 per uM and h",
        ],
        "venetoclax_mcl1": ["venetoclax inhibits BCL2, half at 0.004 uM unbound", "MCL1 +1"],
    }
    for name, lines in wanted.items():
        said = scenario(name).describe()
        assert max(map(len, said.splitlines())) <= 80
        for line in lines:
            assert line in " ".join(said.split()), line
    # Without alterations none of these is in play, and nothing is said of it.
    bare = scenario("paclitaxel_tariquidar").replace({"inert": ["tariquidar"]}).describe()
    assert "inhibits" not in bare


def with_fold_of_one(name: str) -> ce.Scenario:
    """As if the last mechanism touched nothing."""
    model, (_, mechanism, drug, _) = scenario(name), FOLDS[name][-1]
    one = ce.mechanism(mechanism)
    none = [ce.OnDrug(drug=drug, none="a planted bug")]
    turnover = None if one.turnover_hours is None else one.turnover_hours.value
    own = ce.Mechanism(
        name=mechanism, stage=one.stage, basal=one.basal, expression=one.expression, turnover_hours=turnover, drugs=none
    )
    return model.replace({"mechanisms": [own]})


def without(name: str, modulator: str) -> ce.Scenario:
    return scenario(name).replace({"inert": [modulator]})


@cache
def cures(name: str, replicates: int) -> int:
    ensemble = ce.simulate(scenario(name), replicates=replicates, seed=1)
    return int((ensemble.final.sum(axis=1) == 0).sum())


def p_value(name: str, replicates: int, model: ce.Scenario) -> float:
    found = ce.cure_probability(model)
    assert found.method == "law"
    return float(stats.binomtest(cures(name, replicates), replicates, found.value).pvalue)


def agree(name: str, replicates: int) -> None:
    assert p_value(name, replicates, scenario(name)) >= FALSE_ALARM
    for planted in (with_fold_of_one(name), *(without(name, drug) for drug in MODULATORS.get(name, ()))):
        assert p_value(name, replicates, planted) < FALSE_ALARM


MODULATORS = {"paclitaxel_tariquidar": ["tariquidar"], "temozolomide_mgmt": ["o6-benzylguanine"]}


@pytest.mark.parametrize("name", NAMES)
def test_both_answers_agree_and_planted_bugs_are_seen(name: str) -> None:
    agree(name, SHORT[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_both_answers_agree_at_length(name: str) -> None:
    agree(name, LONG[name])


def unbound(model: ce.Scenario, drug: str, hours: np.ndarray) -> np.ndarray:
    """(uM) Free in plasma."""
    table = ce.concentrations(model, times=hours / 24)
    found: np.ndarray = table.filter(pl.col("drug") == drug, pl.col("compartment") == "unbound")["uM"].to_numpy()
    return found


def kill(model: ce.Scenario, hours: np.ndarray) -> np.ndarray:
    """What is added to death: (times, genotypes); as a difference to 1e-15."""
    death = instant_rates(hours, **under_therapy(model)).death
    return np.asarray(death - model.tumor.death)


def hill(dose: np.ndarray, power: float) -> np.ndarray:
    return dose**power / (1 + dose**power)


def chosen(name: str, emax: float) -> tuple[ce.Scenario, float, float]:
    """A scenario with its Emax written out, and EC50 and Hill exponent."""
    model = scenario(name)
    (given,) = model.potencies
    line = ce.pharmacology.drug(given.drug).acting.potency
    assert line is not None
    ec50 = line.ec50.value if given.ec50 is None else given.ec50
    potency = ce.Potency(drug=given.drug, emax=emax, ec50=ec50, hill=line.hill.value, basis="a test")
    return model.replace({"potencies": [potency]}), ec50, line.hill.value


@pytest.mark.parametrize(
    ("name", "factors"), [("olaparib_reversion", [0.01, 1.0]), ("venetoclax_mcl1", [1.0, 1.0, 10.0, 10.0])]
)
def test_rates_where_ec50_stands_still(name: str, factors: list[float]) -> None:
    hours = np.array([0.25, 1.0, 3.0, 11.9, 12.1, 40.0, 24.0 * 300])
    model, ec50, power = chosen(name, 0.4)
    dose = unbound(model, model.potencies[0].drug, hours)
    wanted = 0.4 * hill(dose[:, None] / (ec50 * np.array(factors)), power)
    assert len(model.genotypes) == len(factors)
    np.testing.assert_allclose(kill(model, hours), wanted, rtol=1e-9, atol=1e-15)


HOURS = np.array([0.2, 0.5, 1.0, 2.9, 3.1, 6.0, 15.0, 30.0, 80.0, 400.0, 504.5, 507.0])
FOLD, BASAL, KM, KI = 38.58, 0.01, 0.091, 0.0006
"""Of P-gp, paclitaxel and tariquidar."""


def test_a_pump_that_saturates_under_its_inhibitor() -> None:
    model, ec50, power = chosen("paclitaxel_tariquidar", 7.0)
    strength = (FOLD - 1) / (1 - FOLD * BASAL)
    capacity = strength * (1 + ec50 / (1 + strength * BASAL) / KM)
    outside, inhibitor = unbound(model, "paclitaxel", HOURS), unbound(model, "tariquidar", HOURS)
    working = 1 / (1 + inhibitor / KI)
    assert 0.02 < working.min() < 0.1 < 0.9 < working.max() <= 1

    def in_line(dose: float, expression: float, left: float) -> float:
        """Concentration outside the reference line with as much inside."""

        def pumped(inside: float, capacity: float) -> float:
            return inside * (1 + capacity / (1 + inside / KM))

        def balance(inside: float) -> float:
            return pumped(inside, capacity * expression * left) - dose

        return pumped(float(brentq(balance, 0.0, dose, xtol=1e-300, rtol=1e-14)), capacity * BASAL)

    doses = np.array([[in_line(d, e, left) for e in (BASAL, 1.0)] for d, left in zip(outside, working, strict=True)])
    np.testing.assert_allclose(kill(model, HOURS), 7.0 * hill(doses / ec50, power), rtol=1e-8, atol=1e-15)
    # Without the inhibitor, and the line itself.
    doses = np.array([[d, in_line(d, 1.0, 1.0)] for d in outside])
    alone = kill(model.replace({"inert": ["tariquidar"]}), HOURS)
    np.testing.assert_allclose(alone, 7.0 * hill(doses / ec50, power), rtol=1e-8, atol=1e-15)
    assert np.all(alone[:, 1] <= kill(model, HOURS)[:, 1])


def pool(model: ce.Scenario, hours: np.ndarray, drugs: dict[str, float]) -> np.ndarray:
    """MGMT relative to undisturbed cells: made anew with a half-life of 99 h, used up by drugs per uM and h."""
    grid = np.arange(0.0, hours.max() + 0.01, 0.005)
    use = np.sum([rate * unbound(model, drug, grid) for drug, rate in drugs.items()], axis=0)
    renewal = math.log(2) / 99

    def change(time: float, left: np.ndarray) -> np.ndarray:
        return renewal * (1 - left) - np.interp(time, grid, use) * left

    # Steps no longer than the shortest infusion and its rise.
    solved = solve_ivp(
        change, (0.0, hours.max()), [1.0], method="LSODA", t_eval=hours, rtol=1e-9, atol=1e-12, max_step=0.2
    )
    found: np.ndarray = solved.y[0]
    return found


def test_a_repair_that_is_used_up() -> None:
    model, ec50, power = chosen("temozolomide_mgmt", 9.0)
    hours = np.array([0.3, 0.99, 1.5, 4.0, 23.9, 25.0, 50.0, 98.0, 110.0])
    drugs = {"temozolomide": 0.0046, "o6-benzylguanine": 2.16}
    dose = unbound(model, "temozolomide", hours)
    for given, inert in ((drugs, []), ({"temozolomide": 0.0046}, ["o6-benzylguanine"])):
        left = pool(model, hours, given)
        assert left.min() < 0.4
        divisors = np.stack([np.ones_like(left), 1 + 19 * left], axis=1)
        found = kill(model.replace({"inert": inert}), hours)
        np.testing.assert_allclose(found, 9.0 * hill(dose[:, None] / ec50 / divisors, power), rtol=2e-5)
    # What the inhibitor adds is there, and is seen.
    assert np.all(pool(model, hours, drugs)[1:] < 0.9 * pool(model, hours, {"temozolomide": 0.0046})[1:])
