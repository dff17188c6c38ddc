"""Rules for doses where regimens are odd: cycles that give nothing, pauses, several doses, limits, growth factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo import pharmacology

PATIENT = ce.Patient(bsa=1.8)
KLOFT = pharmacology.neutropenia("docetaxel-kloft2006")


def dose_rules(**fields: Any) -> ce.DoseRules:
    base: dict[str, Any] = {"give_at": 1.5, "look_every_days": 7, "wait_at_most_days": 21, "factors": [0.75, 0.5]}
    return ce.DoseRules(name="a test", **{**base, **fields})


EASY = dose_rules(give_at=0)
LOW = dose_rules(reduce_below=0.5, reduce_after_days=4)


def actions(text: str, rules: ce.DoseRules, **more: Any) -> list[tuple[float, str, str]]:
    table = ce.decisions(ce.Regimen.parse(text), rules=rules, **{"patient": PATIENT, **more})
    return table.select("day", "action", "reason").rows()


@pytest.mark.parametrize("fields", [{"reduce_below": 0.5, "reduce_after_days": 4}, {"fever_per_day": 24}])
def test_the_same_doses_on_the_same_days_are_decided_alike(fields: dict[str, Any]) -> None:
    rules = dose_rules(**fields)
    seed = 1 if "fever_per_day" in fields else None
    texts = [
        "docetaxel 100 mg/m2 over 1 h q28d x2",
        "docetaxel 100 mg/m2 over 1 h c1,3 q14d x3",
        "docetaxel 100 mg/m2 over 1 h q14d x1 then pause 14d then docetaxel 100 mg/m2 over 1 h q28d x1",
    ]
    for text in texts:
        found = actions(text, rules, seed=seed)
        assert [row[:2] for row in found[:2]] == [(0, "give"), (28, "reduce")], text


def test_nothing_is_lowest_that_was_never_lowered() -> None:
    rules = dose_rules(give_at=0, reduce_below=1, reduce_after_days=0)
    text = "docetaxel 100 mg/m2 over 1 h q7d x1 then doxorubicin 60 mg/m2 q7d x3"
    found = actions(text, rules, without="doxorubicin")
    assert [row[1] for row in found] == ["give", "reduce", "give", "give", "end"]
    # Of a drug without levels nothing is reduced, and nothing ends.
    levels = {"drug": "docetaxel", "amounts": [100, 75], "unit": "mg/m2"}
    rules = dose_rules(reduce_below=4, reduce_after_days=0, factors=(), levels=levels)
    sets = ["paclitaxel-wahlby2004", "docetaxel-kloft2006"]
    text = "paclitaxel 175 mg/m2 over 3 h q21d x3 then docetaxel 100 mg/m2 over 1 h q21d x3"
    found = actions(text, rules, model=sets)
    assert [row[1] for row in found] == ["give", "give", "give", "give", "reduce", "stop"]
    assert found[1][2] == "low for long"
    # A dose below all levels is at its lowest.
    assert actions("docetaxel 60 mg/m2 over 1 h q21d x2", rules)[1][1:] == ("stop", "low for long, lowest level")


GROWTH = KLOFT.replace({"growth_factor": {"speed": 1.6, "from_day": 2, "to_day": 9}})


@pytest.mark.parametrize(
    "text",
    [
        "docetaxel 100 mg/m2 over 1 h q14d x2 then leucovorin 10 mg q14d x3",
        "leucovorin 10 mg q21d x2 then docetaxel 100 mg/m2 over 1 h q14d x2",
        "docetaxel 100 mg/m2 over 1 h c1,2,4 + leucovorin 10 mg q14d x4",
        "docetaxel 100 mg/m2 over 1 h c1,3 q10d x3",
        "pause 10d then docetaxel 100 mg/m2 over 1 h q10d x3 then pause 7d then docetaxel 50 mg/m2 q7d x2",
    ],
)
@pytest.mark.parametrize("rules", [EASY, LOW, dose_rules(reduce_below=5, reduce_after_days=0)])
def test_a_growth_factor_is_given_in_the_same_cycles(text: str, rules: ce.DoseRules) -> None:
    plan = ce.Regimen.parse(text)
    without = [name for name in plan.drugs if name == "leucovorin"]
    table = ce.decisions(plan, rules=rules, patient=PATIENT, model=GROWTH, without=without)
    given = plan.realized(PATIENT, rules=rules, model=GROWTH, without=without)
    again = ce.neutrophils(given, patient=PATIENT, times=table["day"].to_list(), model=GROWTH, without=without)
    np.testing.assert_allclose(again["neutrophils"], table["neutrophils"], rtol=2e-6)
    # With the factor counts are others.
    plain = ce.neutrophils(given, patient=PATIENT, times=table["day"].to_list(), without=without)
    assert np.abs(plain["neutrophils"].to_numpy() / table["neutrophils"].to_numpy() - 1).max() > 0.01


def test_lengths_that_are_no_whole_days_make_no_pauses() -> None:
    plan = ce.Regimen.parse("docetaxel 33.333333333333336 mg/m2 over 1 h q10.3d x1 then docetaxel 5 mg/m2 q10.3d x8")
    late = ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h q10.3d x1 then docetaxel 5 mg/m2 q10.3d x8")
    assert plan.realized(PATIENT, rules=dose_rules()).phases == plan.phases
    found = late.realized(PATIENT, rules=dose_rules(reduce_after_delay_days=100))
    assert found.text == ("docetaxel 100 mg/m2 over 1 h q10.3d x1 then pause 7d then docetaxel 5 mg/m2 q10.3d x8")


def test_the_first_cycle_that_gives_something_is_given() -> None:
    few = ce.Patient(bsa=1.8, marrow=ce.MarrowFactors(circ0=0.2))
    for text in ("docetaxel 100 mg/m2 over 1 h c2 q21d x2", "pause 5d then docetaxel 100 mg/m2 over 1 h q21d x1"):
        found = actions(text, dose_rules(), patient=few)
        assert [row[1] for row in found] == ["give", "end"]
        plan = ce.Regimen.parse(text)
        given = plan.realized(few, rules=dose_rules()).administrations(few)
        assert [row[:4] for row in given] == [row[:4] for row in plan.administrations(few)]


def test_shares_are_by_amount() -> None:
    drug = pharmacology.drug("docetaxel").replace({"limits": {"cumulative": 70}})
    plan = ce.Regimen.parse("docetaxel 60 mg/m2 over 1 h + docetaxel 20 mg/m2 over 1 h d8 q28d x2")
    table = ce.decisions(plan, rules=dose_rules(), patient=PATIENT, drugs=drug)
    assert table.select("action", "reason").rows() == [("give", "limit"), ("stop", "limit")]
    assert table["share[docetaxel]"].to_list() == [pytest.approx(70 / 80), None]


def test_a_level_is_below_the_largest_dose() -> None:
    levels = {"drug": "docetaxel", "amounts": [100, 75, 60, 40], "unit": "mg/m2"}
    rules = dose_rules(reduce_below=0.5, reduce_after_days=0, factors=(), levels=levels)
    # Whichever of the two is given first.
    for large, small in (("d1", "d8"), ("d8", "d1")):
        text = f"docetaxel 100 mg/m2 over 1 h {large} + docetaxel 50 mg/m2 over 1 h {small} q28d x2"
        given = ce.Regimen.parse(text).realized(PATIENT, rules=rules)
        amounts = {round(row.amount / 1.8, 6) for row in given.administrations(PATIENT) if row.cycle == 2}
        assert amounts == {75, 50}


def test_only_days_with_ruled_drugs_are_looked_at() -> None:
    rules = dose_rules(skip_below=1.0)
    found = actions("docetaxel 100 mg/m2 over 1 h + leucovorin 10 mg d8 q28d x2", rules, without="leucovorin")
    assert [row[:2] for row in found] == [(0, "give"), (28, "give"), (56, "end")]


def test_of_what_a_limit_leaves_nothing_a_day_is_skipped() -> None:
    drug = pharmacology.drug("docetaxel").replace({"limits": {"cumulative": 100}})
    found = actions("docetaxel 100 mg/m2 over 1 h d1,8 q28d x2", dose_rules(skip_below=0.01), drugs=drug)
    assert found == [(0, "give", ""), (7, "skip", "limit"), (28, "stop", "limit")]
    # A cycle of which nothing is left does not wait, whatever the count.
    text = "docetaxel 100 mg/m2 over 1 h c1 + docetaxel 100 mg/m2 c2 + leucovorin 10 mg c3 q8d x3"
    found = actions(text, dose_rules(), drugs=drug, without="leucovorin")
    assert found[1] == (8, "skip", "limit")


def test_sets_of_leukocytes_want_rules_for_them() -> None:
    plan = ce.Regimen.parse("paclitaxel 175 mg/m2 over 3 h q21d x2")
    name = "paclitaxel-leukocytes-friberg2002"
    with pytest.raises(ce.ModelError, match=r"rules\.cells must be what the model counts, leukocytes"):
        ce.decisions(plan, rules=dose_rules(), patient=PATIENT, model=name)
    table = ce.decisions(plan, rules=dose_rules(give_at=3, cells="leukocytes"), patient=PATIENT, model=name)
    assert "leukocytes" in table.columns
    with pytest.raises(ce.ModelError, match="fever_per_day must be 0 where leukocytes"):
        dose_rules(cells="leukocytes", fever_per_day=0.1)


def test_looks_are_at_least_an_hour_apart_and_tables_fit() -> None:
    with pytest.raises(ce.ModelError, match="look_every_days must be from"):
        dose_rules(look_every_days=1e-4)
    with pytest.raises(ce.ModelError, match=r"drugs\[1\] must be given once"):
        dose_rules(drugs=["docetaxel", "docetaxel"])
    # Many looks in one wait are quick.
    table = ce.decisions(
        ce.Regimen.parse("docetaxel 100 mg/m2 q21d x2"),
        rules=dose_rules(give_at=20, look_every_days=1 / 24, wait_at_most_days=60),
        patient=PATIENT,
    )
    assert table.height == 1 + 60 * 24 + 1


def test_a_scenario_is_realized_without_what_is_no_longer_given() -> None:
    plan = ce.Regimen.parse(
        "docetaxel 100 mg/m2 over 1 h + leucovorin 10 mg q10d x2 then paclitaxel 80 mg/m2 over 1 h q7d x6"
    )
    scenario = ce.Scenario(
        name="a test",
        tumor=ce.Tumor(birth=0.139, death=0.1313, size=1e6),
        regimen=plan,
        patient=PATIENT,
        surgery=ce.Surgery(residual_cells=100),
        potencies=[ce.Potency(drug=name, emax=0.8, basis="a test") for name in ("docetaxel", "paclitaxel")],
        inert="leucovorin",
    )
    sets = ["docetaxel-kloft2006", "paclitaxel-wahlby2004"]
    stopped = scenario.realized(rules=dose_rules(wait_at_most_days=0), model=sets)
    assert stopped.regimen.drugs == ("docetaxel", "leucovorin")
    assert [potency.drug for potency in stopped.potencies] == ["docetaxel"]
    assert stopped.inert == ("leucovorin",)
    assert ce.cure_probability(stopped).value < ce.cure_probability(scenario).value
    whole = scenario.realized(rules=EASY, model=sets)
    assert whole.regimen.phases == plan.phases
    assert whole.replace({"regimen": plan}) == scenario
    # And by patient, as points of a sweep.
    some = ce.patients(6, seed=2, like=scenario, marrow="docetaxel-kloft2006")

    def treated(**row: Any) -> ce.Scenario:
        return scenario.replace(row).realized(rules=dose_rules(wait_at_most_days=7), model=sets)

    table = ce.sweep(treated, some, ask="cure")
    assert set(table["status"]) == {"ok"}


def test_rows_that_say_only_who_they_are() -> None:
    plan = ce.Regimen.parse("docetaxel 180 mg over 1 h q21d x2")
    who = pl.DataFrame({"id": ["a", "b"]})
    table = ce.decisions(plan, rules=dose_rules(), patient=who)
    assert table["patient"].to_list() == ["a", "a", "a", "b", "b", "b"]
    assert ce.exposure(plan, patient=who)["patient"].to_list() == ["a", "a", "b", "b"]
    with pytest.raises(ce.ModelError, match=r"patient\[0\]\.bsa is missing"):
        ce.toxicity(ce.Regimen.parse("docetaxel 100 mg/m2 q21d x1"), patient=who)


def test_a_regimen_without_a_drug() -> None:
    plan = ce.Regimen.parse("docetaxel 75 mg/m2 + leucovorin 10 mg q21d x4")
    assert plan.without("leucovorin").text == "docetaxel 75 mg/m2 q21d x4"
    assert plan.without([]) is plan
    with pytest.raises(ce.ModelError, match="Did you mean 'leucovorin'"):
        plan.without(["leucovorine"])
    with pytest.raises(TypeError, match="drugs must be names of drugs"):
        plan.without(3)  # type: ignore[arg-type]
    for days, error in ((float("nan"), ce.ModelError), (-1, ce.ModelError), ("1", TypeError)):
        with pytest.raises(error, match="days must be a number of days"):
            plan.within(days)  # type: ignore[arg-type]


def test_cycles_that_give_nothing_are_counted() -> None:
    with pytest.raises(ce.ModelError, match="at most 100,000"):
        ce.Regimen.parse("docetaxel 100 mg/m2 c1 q1d x3000000").events(PATIENT)
