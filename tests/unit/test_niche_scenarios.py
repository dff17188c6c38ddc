"""The scenarios of niches and phenotypes that ship: short, answered alike by both ways, and with the rates of formulas.

A comparison of both answers is an exact binomial test at a false-alarm level of 1e-6; planted bugs fail it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import chemoevo as ce
from chemoevo.resistance.therapy import instant_rates
from chemoevo.scenario.under_therapy import under_therapy
from tests.unit.both_answers import p_value
from tests.unit.shipped import scenario, text

FALSE_ALARM = 1e-6

HYPOXIC, INHIBITED = "doxorubicin_hypoxia", "doxorubicin_tariquidar_hypoxia"
MATRIX, CHECKPOINT, STROMA = "gemcitabine_matrix", "doxorubicin_checkpoint", "venetoclax_stroma"
CONTINUOUS, INTERMITTENT = "venetoclax_persisters_continuous", "venetoclax_persisters_intermittent"

SHORT = {HYPOXIC: 60, INHIBITED: 60, MATRIX: 40, CHECKPOINT: 60, STROMA: 50, CONTINUOUS: 150, INTERMITTENT: 400}
LONG = {HYPOXIC: 500, INHIBITED: 1000, MATRIX: 250, CHECKPOINT: 700, STROMA: 500, CONTINUOUS: 2000, INTERMITTENT: 4000}
"""Replicates."""
NAMES = tuple(SHORT)
ENDS = {HYPOXIC: 154, INHIBITED: 154, MATRIX: 196, CHECKPOINT: 154, STROMA: 364, CONTINUOUS: 364, INTERMITTENT: 700}
"""Days on which both answers are compared: four weeks after the last cycle, as long as few cells have grown back."""

PLANTED: dict[str, dict[str, dict[str, Any]]] = {
    HYPOXIC: {
        "as in plasma": {f"tumor.niches[{niche}].penetration": {} for niche in ("vascular", "hypoxic")},
    },
    INHIBITED: {"no inhibitor": {"inert": ["tariquidar"]}},
    MATRIX: {"nothing comes through": {"tumor.niches[matrix].penetration[gemcitabine].ratio": 0.02}},
    CHECKPOINT: {
        "T cells see all": {"tumor.alterations": []},
        "half of the immune kill": {"tumor.niches[inflamed].immune_kill": 0.01},
    },
    STROMA: {"no stroma": {"tumor.niches[marrow].changes": []}},
    CONTINUOUS: {"no persisters": {"tumor.phenotypes": []}},
    INTERMITTENT: {"no MCL1": {"tumor.alterations": []}, "never left": {"tumor.phenotypes[persister].leave": 0.001}},
}
"""What a comparison of both answers must notice; switches of the wrong sign and lost parts look like these."""


def without(name: str) -> ce.Scenario:
    """The scenario without what it is about."""
    changes: dict[str, dict[str, Any]] = {
        INHIBITED: {"inert": ["tariquidar"]},
        MATRIX: {"inert": ["pegvorhyaluronidase"], "niche_therapies": []},
        CHECKPOINT: {"inert": ["pembrolizumab"], "potencies": list(scenario(CHECKPOINT).potencies[:1])},
        STROMA: {"tumor.niches[marrow].changes": []},
        CONTINUOUS: {"tumor.phenotypes": []},
        INTERMITTENT: {"tumor.phenotypes": []},
    }
    return scenario(name).replace(changes[name])


@cache
def cure(name: str, *, whole: bool = True) -> float:
    found = ce.cure_probability(scenario(name) if whole else without(name))
    assert found.method == "law"
    return found.value


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short_and_comes_back(name: str) -> None:
    shown = text(name)
    lines = [line for line in shown.splitlines() if line.strip() and not line.startswith(("#", "format_version"))]
    assert len(lines) <= 35
    assert max(map(len, shown.splitlines())) <= 125
    assert ce.Scenario.from_toml(scenario(name).to_toml()) == scenario(name)
    assert f"chemoevo run examples/{name}.toml" in shown
    assert "Inputs without a source:" in shown


@pytest.mark.parametrize("name", NAMES)
def test_its_question_is_open(name: str) -> None:
    assert 0.02 < cure(name) < 0.98


def test_effects_are_as_their_sources_say() -> None:
    """Comerford 2002, Jacobetz 2013, Zaretsky 2016, Karjalainen 2017, Sharma 2010 and Haven 2016."""
    assert cure(INHIBITED) > cure(HYPOXIC) + 0.05
    assert cure(MATRIX) > cure(MATRIX, whole=False) + 0.05
    assert cure(CHECKPOINT) > cure(CHECKPOINT, whole=False) + 0.05
    assert cure(STROMA) < cure(STROMA, whole=False) - 0.05
    assert cure(CONTINUOUS) < cure(CONTINUOUS, whole=False) - 0.05
    # With breaks persisters cost nothing: they cannot gain, and all else is as before.
    assert 0 <= cure(INTERMITTENT, whole=False) - cure(INTERMITTENT) < 1e-3
    assert cure(INTERMITTENT) > cure(CONTINUOUS) + 0.05


def test_two_files_are_one_tumor() -> None:
    """An inhibitor that does nothing leaves the other file; breaks are all that two regimens differ by."""
    assert cure(INHIBITED, whole=False) == pytest.approx(cure(HYPOXIC), rel=1e-9)
    one, other = scenario(CONTINUOUS), scenario(INTERMITTENT)
    assert other.replace({"name": one.name, "regimen": one.regimen}) == one
    assert [plan.regimen.phases[0].cycle_length_days for plan in (one, other)] == [28, 56]
    assert one.regimen.phases[0].doses == other.regimen.phases[0].doses


def soon(name: str) -> ce.Scenario:
    return scenario(name).replace({"follow_up.horizon": float(ENDS[name])})


def agree(name: str, replicates: int) -> None:
    assert p_value(soon(name), replicates, soon(name)) >= FALSE_ALARM
    for planted, change in PLANTED[name].items():
        assert p_value(soon(name), replicates, soon(name).replace(change)) < FALSE_ALARM, planted


@pytest.mark.parametrize("name", NAMES)
def test_both_answers_agree_and_planted_bugs_are_seen(name: str) -> None:
    agree(name, SHORT[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_both_answers_agree_at_length(name: str) -> None:
    agree(name, LONG[name])


HOURS = np.array([0.2, 0.3, 0.6, 3.0, 6.0, 24.2, 24.6, 27.0, 100.0, 169.0, 192.3, 195.0, 505.0])


def unbound(model: ce.Scenario, drug: str, hours: NDArray[np.float64] = HOURS) -> NDArray[np.float64]:
    """(uM) Free in plasma."""
    table = ce.concentrations(model, times=hours / 24)
    found = table.filter(pl.col("drug") == drug, pl.col("compartment") == "unbound")["uM"].to_numpy()
    return np.asarray(found)


def chosen(name: str, emax: float) -> ce.Scenario:
    """The scenario with the Emax of its first potency written out."""
    model = scenario(name)
    first, *others = model.potencies
    potency = ce.Potency(drug=first.drug, emax=emax, mutation=first.mutation, basis="a test")
    return model.replace({"potencies": [potency, *others]})


def rates(model: ce.Scenario) -> Any:
    return instant_rates(HOURS, **under_therapy(model))


def death(model: ce.Scenario, of: str) -> NDArray[np.float64]:
    return np.asarray(rates(model).death[:, model.types.names.index(of)])


def hill(dose: NDArray[np.float64], power: float = 1.0) -> NDArray[np.float64]:
    return np.asarray(dose**power / (1 + dose**power))


def access(near: float, far: float, half: float) -> float:
    """The mean of 2^(-x/half), by Simpson's rule."""
    x = np.linspace(near, far, 2001)
    weights = np.r_[1.0, np.tile([4.0, 2.0], 999), 4.0, 1.0] / 6000.0
    return float(weights @ np.exp2(-x / half))


INDUCED = {
    40.0: 1 + 6 * (1 + (20 / 30) ** 4) / (1 + (40 / 30) ** 4),
    5.0: 1 + 6 * (1 + (20 / 30) ** 4) / (1 + (5 / 30) ** 4),
}
"""Factor on P-gp at an oxygen (mmHg): 7-fold at 20 mmHg."""
FOLD, BASAL, KI = 8.6, 0.01, 0.0006
"""Of P-gp, doxorubicin and tariquidar."""


@pytest.mark.parametrize("name", [HYPOXIC, INHIBITED])
def test_doxorubicin_far_from_vessels(name: str) -> None:
    model = chosen(name, 5.0)
    outside = unbound(model, "doxorubicin")
    working = 1 / (1 + unbound(model, "tariquidar") / KI) if name == INHIBITED else 1.0
    strength = (FOLD - 1) / (1 - FOLD * BASAL)
    for niche, oxygen, ratio in (("vascular", 40.0, access(0, 50, 31)), ("hypoxic", 5.0, access(90, 140, 31))):
        for cell, expression in (("sensitive", BASAL), ("ABCB1", 1.0)):
            fold = (1 + strength * expression * INDUCED[oxygen] * working) / (1 + strength * BASAL)
            wanted = 0.1 + 5.0 * hill(outside * ratio / (0.214 * fold))
            np.testing.assert_allclose(death(model, f"{cell}@{niche}"), wanted, rtol=1e-9)
    assert access(90, 140, 31) < 0.1 < 0.5 < access(0, 50, 31)


def test_gemcitabine_behind_matrix_that_is_dissolved() -> None:
    model = chosen(MATRIX, 7.0)
    given = np.array([0.0, 168.0, 336.0])

    def change(time: float, open_: NDArray[np.float64], last: float) -> NDArray[np.float64]:
        # 0.003 mg/kg at 75 kg in 3 L, of 474 kg/mol; one compartment that is cleared by 0.058 L/h.
        since = time - given[given <= last]
        dose = 0.003 * 75 / 3 / 474 * float(np.exp(-0.058 / 3 * since).sum()) / 1e-5
        return np.asarray((dose / (1 + dose) - open_) / 24)

    solved, state = np.zeros_like(HOURS), np.zeros(1)
    for start, end in zip(given, [168.0, 336.0, 600.0], strict=True):
        until = np.searchsorted(HOURS, [start, end])
        asked = HOURS[slice(*until)]
        run = solve_ivp(change, (start, end), state, "LSODA", [*asked, end], args=(start,), rtol=1e-10, atol=1e-12)
        state = run.y[:, -1]
        solved[slice(*until)] = run.y[0, :-1]
    assert solved[0] < 0.01 < 0.5 < solved[5] < solved.max() < 0.8
    outside = unbound(model, "gemcitabine")
    for niche, oxygen, ratio in (("perfused", 10.0, 1.0), ("matrix", 2.0, 0.2 * (1 + solved))):
        cycling = oxygen / (5 + oxygen) * 65 / 60
        wanted = 0.03 + 7.0 * cycling * hill(outside * ratio / 0.06, 1.5)
        np.testing.assert_allclose(death(model, f"sensitive@{niche}"), wanted, rtol=1e-6)


def test_immune_kill_that_an_antibody_unmasks() -> None:
    model = chosen(CHECKPOINT, 5.0)
    kill = 5.0 * hill(unbound(model, "doxorubicin") / 0.214)
    immune = 0.02 * (1 + 7 * hill(unbound(model, "pembrolizumab") / 0.00366))
    assert immune[4:].min() > 0.15
    for cell, wanted in (("sensitive@inflamed", immune), ("B2M@inflamed", 0), ("sensitive@excluded", 0)):
        np.testing.assert_allclose(death(model, cell), 0.08 + wanted + kill, rtol=1e-9)


def test_stroma_and_mcl1_add_up() -> None:
    model = scenario(STROMA)
    outside = unbound(model, "venetoclax")
    folds = {"sensitive@blood": 1.0, "sensitive@marrow": 2.8, "MCL1@blood": 10.0, "MCL1@marrow": 28.0}
    for cell, fold in folds.items():
        np.testing.assert_allclose(death(model, cell), 0.05 + 0.2 * hill(outside / (0.008 * fold), 1.5), rtol=1e-9)


@pytest.mark.parametrize("name", [CONTINUOUS, INTERMITTENT])
def test_persisters_come_and_go_with_the_drug(name: str) -> None:
    model = scenario(name)
    for cell, fold in (("sensitive", 1.0), ("MCL1", 10.0)):
        share = hill(unbound(model, "venetoclax") / (0.008 * fold), 1.5)
        np.testing.assert_allclose(death(model, cell), 0.02 + 0.3 * share, rtol=1e-9)
        np.testing.assert_allclose(death(model, f"{cell}:persister"), 0.02, rtol=1e-12)
    # Of those that the drug removes, 0.3 % become persisters, whatever the concentration is.
    (persister,) = model.tumor.phenotypes
    (potency,) = model.potencies
    assert potency.emax is not None
    assert persister.induced["venetoclax"] / potency.emax == pytest.approx(0.003)
    # In four weeks they decline by what they divide less than they die, and by those that the drug lets go.
    grid = np.arange(0.0, 28.01, 0.01)
    shares = hill(unbound(model, "venetoclax", 24 * grid) / 0.008, 1.5)

    def change(day: float, cells: NDArray[np.float64]) -> list[float]:
        share = float(np.interp(day, grid, shares))
        into, out = 0.0009 * share, 0.05 * (1 - share)
        growing = (0.05 - 0.02 - 0.3 * share - into) * cells[0] + out * cells[1]
        return [growing, into * cells[0] + (0.2 * 0.05 - 0.02 - out) * cells[1]]

    solved = solve_ivp(change, (0.0, 28.0), [0.0, 1.0], method="LSODA", rtol=1e-8, atol=1e-12, max_step=0.05).y[:, -1]
    left = ce.mean_counts(model.therapy, initial={"sensitive:persister": 10**9}, times=[28.0])[0, :2]
    # Surgery leaves one in 1000; segments are compiled to 1e-3.
    np.testing.assert_allclose(left / 1e6, solved, rtol=1e-3)


def test_mutation_under_the_drug() -> None:
    """Where H is the share of the largest effect, cells die 0.3 H faster and mutate 1 + 6 H times as often."""
    process = scenario(CONTINUOUS).therapy
    share = (process.death[:, 0] - 0.02) / 0.3
    assert 0.0 <= share.min() < 0.2 < 0.8 < share.max() < 1.0
    for start, to in (("sensitive", "MCL1"), ("sensitive:persister", "MCL1:persister")):
        np.testing.assert_allclose(process.mutation[start, to], 1e-8 * (1 + 6 * share), rtol=1e-6)
