"""Regimens in one line: what is read, what is written, where an error points; other levels, delays and sequences."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

import chemoevo as ce
from chemoevo.pharmacology import Dose, Phase, Regimen
from chemoevo.testing import regimens

CHOP = (
    "cyclophosphamide 750 mg/m2 over 1 h + doxorubicin 50 mg/m2 over 15 min "
    "+ vincristine 1.4 mg/m2 over 10 min max 2 mg q21d x6"
)


def test_a_line_is_its_phases() -> None:
    chop = Regimen.parse(CHOP, name="CHO", cite="a test")
    assert chop == Regimen(
        name="CHO",
        cite="a test",
        phases=Phase(
            cycle_length_days=21,
            cycles=6,
            doses=[
                Dose(drug="cyclophosphamide", amount=750, unit="mg/m2", duration_hours=1),
                Dose(drug="doxorubicin", amount=50, unit="mg/m2", duration_hours=0.25),
                Dose(drug="vincristine", amount=1.4, unit="mg/m2", duration_hours=10 / 60, cap=2),
            ],
        ),
    )
    assert chop.text == CHOP


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a 1 mg q21d", "a 1 mg q21d x1"),
        ("a 1 mg q3w x2", "a 1 mg q21d x2"),
        ("  a   1.50 mg\n d1-3,8 q21d x2", "a 1.5 mg d1-3,8 q21d x2"),
        ("a 1 mg d1,2,3 q21d x2", "a 1 mg d1-3 q21d x2"),
        ("a 1 mg po at 6 h over 90 min q1d x28", "a 1 mg over 1.5 h oral at 6 h q1d x28"),
        ('"my drug" 1e2 mg/kg q0.5d x3', '"my drug" 100 mg/kg q0.5d x3'),
        ("a 1 mg q7d x2 then pause 28d then a 2 mg q7d", "a 1 mg q7d x2 then pause 28d then a 2 mg q7d x1"),
        ("a 5 AUC + b 1 mg q21d x1 then b 1 mg q21d x3", "a 5 AUC + b 1 mg q21d x1 then b 1 mg q21d x3"),
        ('"then" 1 mg q7d x1', '"then" 1 mg q7d x1'),
        ("a 8 mg c1 + a 6 mg d1,8 c2,3,4,6 q21d x6", "a 8 mg c1 + a 6 mg d1,8 c2-4,6 q21d x6"),
    ],
)
def test_one_regimen_has_one_text(text: str, same: str) -> None:
    found = Regimen.parse(text)
    assert found.text == same
    assert Regimen.parse(same, name=found.name) == found


@settings(max_examples=200, deadline=None)
@given(plan=regimens())
def test_every_regimen_comes_back(plan: Regimen) -> None:
    assert Regimen.parse(plan.text, name=plan.name, cite=plan.cite) == plan


WRONG = {
    "": "text, word 1, must be the name of a drug; the text ends there: >>><<<.",
    "docetaxel": "text, word 2, must be an amount; the text ends there: docetaxel >>><<<.",
    "docetaxel much mg q21d": "text, word 2, must be an amount; got 'much': docetaxel >>>much<<< mg q21d.",
    "docetaxel 75 mgm2 q21d": (
        "text, word 3, must be a unit: mg, mg/m2, mg/kg, AUC, IU, IU/m2; got 'mgm2': docetaxel 75 >>>mgm2<<< q21d. "
        "Did you mean 'mg/m2'?"
    ),
    "docetaxel 75 mg over 1 hour q21d": "text, word 6, must be a unit of time: h, min; got 'hour'",
    "docetaxel 75 mg over h q21d": "text, word 5, must be the length of the infusion; got 'h'",
    "docetaxel 75 mg x6": "text, word 4, must be '+' and another dose, or how often the cycle comes, such as q21d; got",
    "docetaxel 75 mg q21d x6 carboplatin 5 AUC q21d": "text, word 6, must be 'then' or the end of the text; got",
    "docetaxel 75 mg d1 d8 q21d": "text, word 5, must be said once of a dose; got 'd8': docetaxel 75 mg d1 >>>d8<<<",
    "docetaxel 75 mg q21d then": "text, word 6, must be the name of a drug; the text ends there",
    "docetaxel 75 mg + q21d": "text, word 5, must be the name of a drug; got 'q21d'",
    "pause 4 docetaxel 75 mg q21d": "text, word 2, must be the length of the pause in days, such as 28d; got '4'",
    "docetaxel 75 mg at 5 q21d": "text, word 6, must be 'h'; got 'q21d'",
    "pause 28d": "phases must give at least one dose.",
    "docetaxel 75 mg d8,1 q21d": "days must be increasing, each day once; got [8, 1].",
    "docetaxel 75 mg d30 q21d": "doses[0].days must lie within the cycle of 21 days; got [30].",
}


@pytest.mark.parametrize("text", WRONG)
def test_an_error_points_at_the_word(text: str) -> None:
    with pytest.raises(ce.ModelError) as caught:
        Regimen.parse(text)
    assert str(caught.value).startswith(WRONG[text])


def test_no_text_is_a_type_error() -> None:
    no_text: Any = 3
    with pytest.raises(TypeError, match=r"^text must be a text, such as .*; got 3\.$"):
        Regimen.parse(no_text)


A = Regimen.parse("a 10 mg/m2 over 1 h q21d x4", name="A", cite="one")
B = Regimen.parse("b 2 mg q7d x3", name="B", cite="two")


def test_one_after_the_other() -> None:
    both = A.then(B, after=14)
    assert both.text == "a 10 mg/m2 over 1 h q21d x4 then pause 14d then b 2 mg q7d x3"
    assert (both.name, both.cite, both.cycles, both.duration_days) == ("A, then B", "one; two", 7, 84 + 14 + 21)
    events = both.events(ce.Patient(bsa=2))
    assert events["cycle"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert events["time"].to_list() == [0, 504, 1008, 1512, 98 * 24, 105 * 24, 112 * 24]
    assert A.then(A).cite == "one"
    no_regimen: Any = "B"
    with pytest.raises(TypeError, match="other must be a Regimen"):
        A.then(no_regimen)
    with pytest.raises(ce.ModelError, match="after must be a number of days"):
        A.then(B, after=-1)


def test_other_levels() -> None:
    both = Regimen.parse("a 10 mg + b 4 mg q21d x2 then a 5 mg q7d x1")
    assert both.scaled(0.5).text == "a 5 mg + b 2 mg q21d x2 then a 2.5 mg q7d x1"
    assert both.scaled(0.5, drug="a").text == "a 5 mg + b 4 mg q21d x2 then a 2.5 mg q7d x1"
    with pytest.raises(ce.ModelError) as caught:
        both.scaled(0, drug="c")
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("cycle", "text"),
    [
        (1, "pause 7d then a 1 mg q21d x2 then pause 14d then b 1 mg q7d x3"),
        (2, "a 1 mg q21d x1 then pause 7d then a 1 mg q21d x1 then pause 14d then b 1 mg q7d x3"),
        (3, "a 1 mg q21d x2 then pause 14d then pause 7d then b 1 mg q7d x3"),
        (5, "a 1 mg q21d x2 then pause 14d then b 1 mg q7d x2 then pause 7d then b 1 mg q7d x1"),
    ],
)
def test_delays(cycle: int, text: str) -> None:
    plan = Regimen.parse("a 1 mg q21d x2 then pause 14d then b 1 mg q7d x3")
    later = plan.delayed(7, cycle=cycle)
    assert later.text == text
    before, after = (one.events(ce.Patient()) for one in (plan, later))
    assert after["cycle"].to_list() == before["cycle"].to_list()
    shift = (after["time"] - before["time"]).to_list()
    assert shift == [0.0 if number < cycle else 168.0 for number in before["cycle"]]


def test_no_such_cycle() -> None:
    with pytest.raises(ce.ModelError, match="cycle must be a whole number from 1 to 4"):
        A.delayed(7, cycle=5)


def test_a_pause_belongs_to_the_cycle_before_it() -> None:
    drug = ce.Drug(
        name="a",
        drug_class="a class",
        molar_mass=500,
        fraction_unbound=0.1,
        kinetics=ce.Kinetics(clearance=1, volume=40),
    )
    plan = Regimen.parse("pause 2d then a 100 mg q2d x1 then pause 5d then a 100 mg q1d x1")
    table = ce.exposure(plan, patient=ce.Patient(), drugs=drug)
    course = ce.pharmacology.course(plan, ce.Patient(), drug)
    import numpy as np

    areas = np.diff(course.area(np.array([0.0, 9.0, 10.0]) * 24))
    assert table["auc_mg_h_per_L"].to_list() == pytest.approx(areas.tolist(), rel=1e-12)
    assert "pause" in str(plan)
    with pytest.raises(ce.ModelError, match="cycles must be 1 where nothing is given"):
        Phase(cycle_length_days=7, cycles=2, doses=[])


@pytest.mark.parametrize("name", ['a"b', '"', "q21d", "q3w", "then", "pause", "+", "my drug", "75mg", "x2"])
def test_any_name_of_a_drug_can_be_written_and_read(name: str) -> None:
    plan = Regimen(name="one", phases=Phase(cycle_length_days=7, cycles=2, doses=Dose(drug=name, amount=1, unit="mg")))
    assert Regimen.parse(plan.text, name="one") == plan


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a 75mg/m2 over 1h q21d x2", "a 75 mg/m2 over 1 h q21d x2"),
        ("a 5AUC over 90min at 2h max 900mg q3w", "a 5 AUC over 1.5 h max 900 mg at 2 h q21d x1"),
        ("a 300mg oral q12h x4", "a 300 mg oral q0.5d x4"),
    ],
)
def test_numbers_and_units_may_stand_together(text: str, same: str) -> None:
    assert Regimen.parse(text).text == same


@pytest.mark.parametrize("days", ["d1-1000000000", "d5-1", "d0", "d100001"])
def test_runs_of_days_are_seen_before_they_are_written_out(days: str) -> None:
    with pytest.raises(ce.ModelError, match=r"^text, word 4, must be days from 1 to 100,000, runs of them from"):
        Regimen.parse(f"docetaxel 75 mg {days} q21d")


LOADING = "trastuzumab 8 mg/kg over 1.5 h c1 + trastuzumab 6 mg/kg over 30 min c2-6 + docetaxel 75 mg/m2 c1-4 q21d x6"


def doses_of(plan: Regimen) -> list[tuple[float, float, str]]:
    """Day, mg and drug of every dose."""
    return [(row.time / 24, row.amount, row.drug) for row in plan.administrations(ce.Patient(bsa=2, weight=100))]


def test_a_loading_dose_and_its_maintenance() -> None:
    plan = Regimen.parse(LOADING, name="TH")
    wanted = [(21.0 * k, 800.0 if k == 0 else 600.0, "trastuzumab") for k in range(6)]
    wanted += [(21.0 * k, 150.0, "docetaxel") for k in range(4)]
    assert sorted(doses_of(plan)) == sorted(wanted)
    assert plan.events(ce.Patient(bsa=2, weight=100)).filter(drug="docetaxel")["cycle"].to_list() == [1, 2, 3, 4]
    assert max(len(line) for line in str(plan).splitlines()) <= 80
    late = Regimen.parse("a 1 mg q7d x2 then a 1 mg + b 1 mg c3 q7d x4")
    assert late.first_cycle("b") == (28.0, 35.0)


@pytest.mark.parametrize("cycle", range(1, 7))
def test_a_delay_moves_what_some_cycles_have(cycle: int) -> None:
    plan = Regimen.parse(LOADING)
    later = plan.delayed(7, cycle=cycle)
    start = (cycle - 1) * 21.0
    assert sorted(doses_of(later)) == sorted((day + 7 * (day >= start), mg, drug) for day, mg, drug in doses_of(plan))
    assert Regimen.parse(later.text).phases == later.phases


def test_cycles_that_are_cut_off_are_not_given() -> None:
    plan = Regimen.parse(LOADING)
    for days in range(1, 130):
        kept = [one for one in doses_of(plan.within(days)) if one[0] < days]
        assert sorted(kept) == sorted(one for one in doses_of(plan) if one[0] < days)
    # No drug is lost, whatever the day.
    only_later = Regimen.parse("a 1 mg c3 + c 1 mg q7d x9 then b 1 mg q7d x1")
    assert only_later.within(1).text == "a 1 mg c3 + c 1 mg q7d x3 then b 1 mg q7d x1"


@pytest.mark.parametrize(
    ("cycles", "said"),
    [
        ((2, 1), "doses[0].cycles must be increasing, each cycle once; got [2, 1]"),
        ((0,), "doses[0].cycles[0] must be >= 1"),
        ((1, 7), "doses[0].cycles must be cycles of the phase, which has 6; got [1, 7]"),
        ((), "doses[0].cycles must have at least 1"),
    ],
)
def test_cycles_that_are_none(cycles: tuple[int, ...], said: str) -> None:
    with pytest.raises(ce.ModelError) as error:
        Phase(cycle_length_days=21, cycles=6, doses={"drug": "a", "amount": 1, "unit": "mg", "cycles": cycles})  # type: ignore[arg-type]
    assert said in str(error.value)
