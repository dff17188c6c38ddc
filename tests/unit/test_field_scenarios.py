"""The scenarios of combinations and sequences that ship: both ways answer alike, and effects go as their sources say.

A comparison of both answers is an exact binomial test at a false-alarm level of 1e-6; planted bugs fail it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

TAXANES, OLAPARIB, VELIPARIB = "docetaxel_cabazitaxel", "ovarian_olaparib", "ovarian_veliparib"
RADIATION, INHIBITED = "glioblastoma_temozolomide_radiotherapy", "glioblastoma_temozolomide_benzylguanine"
COMBINATION, MUSTARD, WINDOW = "r_chop", "chlorambucil_ethacrynic", "bevacizumab_window"

NOT: dict[str, list[str]] = {
    TAXANES: ["ABCB1"],
    OLAPARIB: ["ABCB1"],
    VELIPARIB: ["BRCA2-reversion"],
    RADIATION: ["MGMT"],
    INHIBITED: ["MGMT"],
    COMBINATION: ["ABCB1", "ALDH1A1"],
    MUSTARD: ["TP53", "GSTA1"],
    WINDOW: [],
}
"""Alterations that a comparison of both answers must notice, when one answer has lost them."""
SHORT = {
    TAXANES: 250,
    OLAPARIB: 250,
    VELIPARIB: 150,
    RADIATION: 150,
    INHIBITED: 250,
    COMBINATION: 250,
    MUSTARD: 400,
    WINDOW: 400,
}
LONG = {name: 5 * replicates for name, replicates in SHORT.items()}
"""Replicates."""
NAMES = tuple(SHORT)
ENDS = {
    TAXANES: 700,
    OLAPARIB: 1100,
    VELIPARIB: 1100,
    RADIATION: 600,
    INHIBITED: 600,
    COMBINATION: 500,
    MUSTARD: 800,
    WINDOW: 500,
}
"""Days on which both answers are compared: nearly all that die out have, and few cells have grown back."""


def without(model: ce.Scenario, *alterations: str) -> ce.Scenario:
    kept = [one for one in model.tumor.alterations if one.name not in alterations]
    assert len(kept) == len(model.tumor.alterations) - len(alterations)
    return model.replace({"tumor.alterations": kept})


def cure(model: ce.Scenario | str, changes: Mapping[str, Any] | None = None) -> float:
    whole = scenario(model) if isinstance(model, str) else model
    found = ce.cure_probability(whole.replace(changes) if changes else whole)
    assert found.method == "law"
    return found.value


@pytest.mark.parametrize("name", NAMES)
def test_its_comment_says_what_is_an_input(name: str) -> None:
    shown = text(name)
    comment = shown[: shown.index("\nformat_version = ")]
    assert all(line.startswith("#") for line in comment.splitlines())
    assert "?" in comment.split("\n#\n")[0]
    assert f"chemoevo run examples/{name}.toml" in comment
    assert "Inputs without a source:" in comment
    assert max(map(len, shown.splitlines())) <= 125
    assert ce.Scenario.from_toml(scenario(name).to_toml()) == scenario(name)


@pytest.mark.parametrize("name", NAMES)
def test_its_question_is_open(name: str) -> None:
    assert 0.05 < cure(name) < 0.95


def soon(name: str) -> ce.Scenario:
    return scenario(name).replace({"follow_up.horizon": float(ENDS[name])})


def agree(name: str, replicates: int) -> None:
    model = soon(name)
    assert p_value(soon(name), replicates, model) >= FALSE_ALARM
    for alteration in NOT[name]:
        assert p_value(soon(name), replicates, without(model, alteration)) < FALSE_ALARM, alteration
    if name == WINDOW:
        idle = model.replace({"niche_therapies": [], "inert": ["bevacizumab"]})
        assert p_value(soon(name), replicates, idle) < FALSE_ALARM


@pytest.mark.parametrize("name", NAMES)
def test_both_answers_agree_and_planted_bugs_are_seen(name: str) -> None:
    agree(name, SHORT[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_both_answers_agree_at_length(name: str) -> None:
    agree(name, LONG[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_who_comes_back_and_when_is_open(name: str) -> None:
    """As the file says: no row of both answers disagrees, two genotypes lead relapses, and these are months apart.

    Of veliparib the second leads one relapse in fifteen (18 of 270 in 1000 histories): fewer than 3 in 600 come once in
    a thousand times.
    """
    model = scenario(name)
    answer = ce.answer(model, ce.simulate(model, replicates=600))
    assert all(abs(row.standard_errors) < 4 for row in answer.comparisons)
    led = np.sort(answer.genotypes["most_numerous"].to_numpy())
    assert led[-2] >= 3
    early, late = np.quantile(answer.outcomes["time_to_progression"].drop_nulls().to_numpy(), [0.05, 0.95])
    assert late - early > 180


def taxanes(first: int, of: int = 10) -> dict[str, Any]:
    """So many cycles of docetaxel, then cabazitaxel."""
    docetaxel, cabazitaxel = "docetaxel 75 mg/m2 over 1 h q21d x{}", "cabazitaxel 25 mg/m2 over 1 h q21d x{}"
    if first == of:
        return {"regimen": docetaxel.format(first), "potencies": scenario(TAXANES).potencies[:1]}
    return {"regimen": f"{docetaxel.format(first)} then {cabazitaxel.format(of - first)}"}


def test_a_second_taxane_helps_against_the_pump_alone() -> None:
    """Duran et al. 2015: P-gp protects from docetaxel more than from cabazitaxel, other tubulin from both alike."""
    found = [cure(TAXANES, taxanes(first)) for first in (2, 4, 6, 8, 10)]
    assert np.all(np.diff(found) < 0)
    assert found[0] > found[-1] + 0.5
    assert found[2] == pytest.approx(cure(TAXANES), rel=1e-12)
    for lost, largest in (("ABCB1", 0.1), ("TUBB3", 1.0)):
        model = without(scenario(TAXANES), lost)
        switched, stayed = cure(model), cure(model, taxanes(10))
        assert stayed < switched < stayed + largest
    assert cure(without(scenario(TAXANES), "TUBB3")) > cure(TAXANES)


def test_an_inhibitor_that_is_not_pumped_out_gives_back_what_p_gp_costs() -> None:
    """Vaidyanathan et al. 2016: cells with P-gp resist olaparib and not veliparib."""
    olaparib, veliparib = cure(OLAPARIB), cure(VELIPARIB)
    neither = cure(without(scenario(OLAPARIB), "ABCB1"))
    assert olaparib + 0.2 < veliparib < neither + 0.02
    assert cure(without(scenario(VELIPARIB), "ABCB1")) == pytest.approx(neither, abs=0.02)
    # P-gp costs nothing where olaparib is far above its EC50, and no inhibitor reaches cells with recombination.
    none: dict[str, Any] = {"tumor.expressions": {"HR": 0.0}}
    assert cure(OLAPARIB, none) == pytest.approx(cure(VELIPARIB, none), abs=0.01)
    assert cure(without(scenario(VELIPARIB), "BRCA2-reversion")) > veliparib + 0.2
    weaker = {"potencies[veliparib].emax": 0.25 * 0.07}
    assert cure(VELIPARIB, weaker) < olaparib


def test_two_files_are_one_tumor() -> None:
    one, other = scenario(OLAPARIB), scenario(VELIPARIB)
    assert one.tumor == other.tumor
    assert one.surgery == other.surgery
    assert one.potencies[:2] == other.potencies[:2]
    assert one.regimen.phases[0] == other.regimen.phases[0]
    # HR of the file is that of the library, for the drugs that both know.
    ships, own = ce.mechanism("HR"), other.mechanisms[0]
    for drug, as_drug in (("carboplatin", "carboplatin"), ("paclitaxel", "paclitaxel"), ("veliparib", "olaparib")):
        mine, known = own.on(drug), ships.on(as_drug)
        assert mine is not None
        assert known is not None
        assert mine.fold == known.fold
    first, second = scenario(RADIATION), scenario(INHIBITED)
    assert second.replace({"name": first.name, "regimen": first.regimen}) == first


def test_an_inhibitor_of_mgmt_restores_temozolomide() -> None:
    """It does nothing where no cell has MGMT, and nothing for cells without mismatch repair (Hunter et al. 2006)."""
    inhibited, free = cure(INHIBITED), cure(INHIBITED, {"inert": ["o6-benzylguanine"]})
    assert inhibited > free + 0.05
    bare = without(scenario(INHIBITED), "MGMT")
    assert cure(bare) == pytest.approx(cure(bare, {"inert": ["o6-benzylguanine"]}), rel=1e-9)
    cost = cure(without(scenario(INHIBITED), "MSH6")) - inhibited
    assert cost > 0.05
    # What was borne with it (Quinn et al. 2009) is less temozolomide.
    borne = "o6-benzylguanine 120 mg/m2 over 1 h + o6-benzylguanine 60 mg/m2 over 48 h at 1 h"
    line = (
        f"temozolomide 75 mg/m2 oral q1d x42 then pause 28d then {borne} + temozolomide 472 mg/m2 oral at 1.5 h q28d x6"
    )
    assert cure(INHIBITED, {"regimen": line}) < 0.05


DRUGS = ("rituximab", "cyclophosphamide", "doxorubicin", "vincristine")


def part(kept: Sequence[str]) -> ce.Scenario:
    model = scenario(COMBINATION)
    inert = [*model.inert, *(drug for drug in DRUGS if drug not in kept)]
    return model.replace({"potencies": [one for one in model.potencies if one.drug in kept], "inert": inert})


def test_a_combination_cures_what_its_parts_do_not() -> None:
    for lost in DRUGS:
        assert cure(part([drug for drug in DRUGS if drug != lost])) < cure(COMBINATION) - 0.3


def test_kills_of_a_combination_add() -> None:
    """Independent action (Palmer et al. 2019): the log kill of all is the sum of those of its parts."""

    def left(kept: Sequence[str]) -> float:
        process = part(kept).therapy
        return float(ce.mean_counts(process, initial={"sensitive": 10**9}, times=[126.0])[0, 0]) / 1e9

    kills = {drug: -np.log10(left([drug]) / np.exp(0.023 * 126)) for drug in DRUGS}
    assert kills["doxorubicin"] == pytest.approx(6 * 0.65, abs=0.1)
    assert -np.log10(left(DRUGS) / np.exp(0.023 * 126)) == pytest.approx(sum(kills.values()), rel=1e-3)


def test_an_inhibitor_below_its_concentration_does_nothing() -> None:
    """It would, were it unbound and given often; and without MRP1 the enzyme does nothing (Morrow et al. 1998)."""
    model = scenario(MUSTARD)
    given, idle, free = cure(model), cure(model, {"inert": ["ethacrynic-acid"]}), cure(without(model, "GSTA1"))
    assert idle < given < idle + 0.01 < free - 0.1
    hours = "".join(f" + ethacrynic-acid 50 mg over 30 min d1,15 at {hour} h" for hour in range(6))
    often = {"regimen": f"chlorambucil 0.5 mg/kg oral d1,15{hours} q28d x6"}
    assert cure(model, often) < idle + 0.02
    assert cure(model, {**often, "drugs[ethacrynic-acid].fraction_unbound": 1.0}) > 0.2 * idle + 0.8 * free
    # Cells with GSTA1 are then like others; the law of growth leaves out what is of the order of their share.
    assert cure(model, {"tumor.expressions": {}}) == pytest.approx(free, rel=1e-4)


def test_radiotherapy_is_best_in_the_window() -> None:
    """Winkler et al. 2004: in it, not before and not after."""
    idle = {"niche_therapies": [], "inert": ["bevacizumab"]}
    gains = []
    for start in (0.0, 7.0, 14.0, 28.0, 42.0):
        day = {"radiotherapy[0].start": start}
        gains.append(cure(WINDOW, day) - cure(WINDOW, {**day, **idle}))
    assert np.argmax(gains) in (1, 2)
    assert max(gains) > 0.1
    assert gains[-1] < -0.05


HOURS = np.array([0.3, 1.2, 3.0, 7.1, 24.2, 30.0, 100.0, 169.0, 335.0, 337.0, 505.0])


def unbound(model: ce.Scenario, drug: str, hours: NDArray[np.float64] = HOURS) -> NDArray[np.float64]:
    """(uM) Free in plasma."""
    table = ce.concentrations(model, times=hours / 24)
    found = table.filter(pl.col("drug") == drug, pl.col("compartment") == "unbound")["uM"].to_numpy()
    return np.asarray(found)


def death(model: ce.Scenario, of: str, hours: NDArray[np.float64] = HOURS) -> NDArray[np.float64]:
    rates = instant_rates(hours, **under_therapy(model))
    return np.asarray(rates.death[:, model.types.names.index(of)])


def hill(dose: NDArray[np.float64], power: float = 1.0) -> NDArray[np.float64]:
    return np.asarray(dose**power / (1 + dose**power))


@pytest.mark.parametrize(("name", "ec50", "pumped"), [(OLAPARIB, 11.5, 3.0), (VELIPARIB, 22.0, 1.0)])
def test_parp_inhibitors(name: str, ec50: float, pumped: float) -> None:
    """EC50 goes from 0.01 to 1 with recombination, times the fold of the pump."""
    model = scenario(name)
    drug = name.split("_")[1]
    hours = 24 * 126.0 + HOURS
    outside = unbound(model, drug, hours)
    chemotherapy = model.replace({"inert": [drug], "potencies": model.potencies[:2]})
    cells = {"sensitive": 0.1, "ABCB1": 0.1, "BRCA2-reversion": 1.1, "ABCB1+BRCA2-reversion": 1.1}
    for cell, recombination in cells.items():
        fold = (0.01 + 0.99 * recombination) * (pumped if "ABCB1" in cell else 1.0)
        added = death(model, cell, hours) - death(chemotherapy, cell, hours)
        np.testing.assert_allclose(added, 0.07 * hill(outside / (ec50 * fold), 2.6), rtol=1e-6)
    # The mean over EC50 is the same for both, so that they differ by the pump alone.
    assert unbound(model, drug, 24 * 160.0 + np.arange(0, 24, 0.05)).mean() / ec50 == pytest.approx(0.175, rel=0.02)


def test_fractions_of_radiotherapy() -> None:
    surgery, *fractions = scenario(RADIATION).therapy.pulses
    assert set(surgery.survival.values()) == {0.003}
    assert [pulse.time for pulse in fractions] == [7.0 * week + day for week in range(6) for day in range(5)]
    for pulse in fractions:
        assert all(left == pytest.approx(np.exp(-0.12 * 2 - 0.015 * 4)) for left in pulse.survival.values())


def test_mgmt_is_used_up_by_both_drugs() -> None:
    """EC50 of cells with MGMT, 20-fold with all of it, by an equation that is solved here, over one cycle."""
    model = scenario(INHIBITED).replace({"regimen": INTO_ONE_CYCLE})
    grid = np.arange(0.0, 200.0, 0.02)
    temozolomide, blocker = (unbound(model, drug, grid) for drug in ("temozolomide", "o6-benzylguanine"))

    def change(hour: float, left: NDArray[np.float64]) -> list[float]:
        used = 0.0046 * np.interp(hour, grid, temozolomide) + 2.16 * np.interp(hour, grid, blocker)
        return [float(np.log(2) / 99 * (1 - left[0]) - used * left[0])]

    hours = np.array([2.0, 5.0, 26.0, 50.0, 98.5, 150.0])
    left = solve_ivp(change, (0, 200), [1.0], "LSODA", hours, rtol=1e-8, atol=1e-12, max_step=0.05).y[0]
    assert left.min() < 0.1
    dose = np.interp(hours, grid, temozolomide)
    bare = death(model, "sensitive", hours) - 0.086
    wanted = bare * hill(dose / (50 * (1 + 19 * left)), 1.5) / hill(dose / 50, 1.5)
    np.testing.assert_allclose(death(model, "MGMT", hours) - 0.086, wanted, rtol=1e-3)


INTO_ONE_CYCLE = """o6-benzylguanine 120 mg/m2 over 1 h + o6-benzylguanine 60 mg/m2 over 48 h at 1 h + \
temozolomide 150 mg/m2 oral d1-5 at 1.5 h q28d x1"""


def test_cells_without_cd20_are_not_found() -> None:
    alone = part(["rituximab"])
    found = unbound(alone, "rituximab")
    np.testing.assert_allclose(death(alone, "sensitive"), 0.177 + 0.04 * hill(found / 0.1), rtol=1e-9)
    np.testing.assert_allclose(death(alone, "MS4A1"), 0.177, rtol=1e-12)
    whole = scenario(COMBINATION)
    np.testing.assert_allclose(death(whole, "MS4A1"), death(whole, "sensitive") - 0.04 * hill(found / 0.1), rtol=1e-9)
    # 675 mg in 9.61 L, which half in 29 days.
    one_dose = whole.replace({"regimen": "rituximab 375 mg/m2 q21d x1", "potencies": whole.potencies[:1], "inert": []})
    level = unbound(one_dose, "rituximab", np.array([24.0, 24.0 * 21]))
    np.testing.assert_allclose(level, 675 / 9.61 / 143860e-3 * np.exp(-0.00943 / 9.61 * np.array([24, 504])), rtol=1e-6)


def test_the_conjugate_needs_the_pump() -> None:
    model = scenario(MUSTARD)
    outside, blocker = unbound(model, "chlorambucil"), unbound(model, "ethacrynic-acid")
    folds = {"sensitive": np.ones_like(HOURS), "GSTA1": 1 + 3 / (1 + blocker / 5.3)}
    folds["TP53"], folds["GSTA1+TP53"] = 3 * folds["sensitive"], 3 * folds["GSTA1"]
    for cell, fold in folds.items():
        np.testing.assert_allclose(death(model, cell) - 0.09, 1000 * hill(outside / fold), rtol=1e-6, atol=1e-12)
    # 35 mg: an area of 883 ng h/mL per 0.2 mg/kg.
    grid = np.arange(0, 48, 0.01)
    area = unbound(model, "chlorambucil", grid).sum() * 0.01
    assert area == pytest.approx(0.01 * 2.5 * 0.883 / 0.3042, rel=0.01)
