"""Rules for doses: tables of decisions worked out by hand and by another program, and what must hold for all rules."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chemoevo as ce
from chemoevo import pharmacology
from tests.unit.dose_rules_reference import SURFACE, Row, Rules, decided

PATIENT = ce.Patient(bsa=SURFACE)


def docetaxel(days: float, cycles: int, amount: float = 100) -> ce.Regimen:
    return ce.Regimen.parse(f"docetaxel {amount} mg/m2 over 1 h q{days}d x{cycles}")


def dose_rules(**fields: Any) -> ce.DoseRules:
    base: dict[str, Any] = {"give_at": 1.5, "look_every_days": 7, "wait_at_most_days": 21, "factors": [0.75, 0.5]}
    return ce.DoseRules(name="a test", **{**base, **fields})


def limited(most: float) -> ce.Drug:
    """Docetaxel of which no more than so many mg/m2 may be given in all."""
    return pharmacology.drug("docetaxel").replace({"limits": {"cumulative": most}})


def rows_of(table: pl.DataFrame) -> list[Row]:
    columns = ("cycle", "day", "action", "reason", "share[docetaxel]")
    return [Row(*row) for row in table.select(columns).iter_rows()]


def same(got: list[Row], want: list[Row]) -> None:
    assert [row[:4] for row in got] == [row[:4] for row in want]
    for row, wanted in zip(got, want, strict=True):
        assert (row.share is None) == (wanted.share is None), row
        assert row.share is None or row.share == pytest.approx(wanted.share, rel=1e-9), row


END, NONE = "end", None
# Counts after 100 mg/m2, by LSODA: 6.76 on day 21 and 0.344, 0.597, 1.052, 1.739 on days 10 to 13, 5.44 on day 17;
# below 0.5 for 4.51 days, of which 3.81 by day 10. 75 mg/m2 in the second cycle: nadir 0.504, below 1.0 for 5.03 days,
# and below 0.5 in the third; 60 mg/m2 in the third cycle 0.77, below 1.0 for 3.33 days.
BY_HAND: dict[str, tuple[ce.Regimen, dict[str, Any], Rules, list[Row]]] = {
    "daily looks": (
        docetaxel(10, 2), {"look_every_days": 1}, Rules(look_every=1),
        [
            Row(1, 0, "give", "", 1), Row(2, 10, "wait", "count", NONE), Row(2, 11, "wait", "count", NONE),
            Row(2, 12, "wait", "count", NONE), Row(2, 13, "give", "", 1), Row(2, 23, END, "", NONE),
        ],
    ),
    "weekly looks": (
        docetaxel(10, 2), {}, Rules(),
        [
            Row(1, 0, "give", "", 1), Row(2, 10, "wait", "count", NONE), Row(2, 17, "give", "", 1),
            Row(2, 27, END, "", NONE),
        ],
    ),
    "no time to wait": (
        docetaxel(10, 2), {"wait_at_most_days": 6}, Rules(wait_at_most=6),
        [Row(1, 0, "give", "", 1), Row(2, 10, "stop", "count", NONE)],
    ),
    "less where there are fewer": (
        docetaxel(10, 2), {"look_every_days": 1, "give_less_at": 0.9}, Rules(look_every=1, give_less_at=0.9),
        [
            Row(1, 0, "give", "", 1), Row(2, 10, "wait", "count", NONE), Row(2, 11, "wait", "count", NONE),
            Row(2, 12, "reduce", "count", 0.75), Row(2, 22, END, "", NONE),
        ],
    ),
    "low for four days": (
        docetaxel(21, 3), {"reduce_below": 0.5, "reduce_after_days": 4}, Rules(low=(0.5, 4)),
        [
            Row(1, 0, "give", "", 1), Row(2, 21, "reduce", "low for long", 0.75), Row(3, 42, "give", "", 0.75),
            Row(3, 63, END, "", NONE),
        ],
    ),
    "low at all, by levels": (
        docetaxel(21, 5),
        {
            "reduce_below": 0.5, "reduce_after_days": 0, "factors": (),
            "levels": {"drug": "docetaxel", "amounts": [100, 75, 60], "unit": "mg/m2"},
        },
        Rules(low=(0.5, 0), levels=(1, 0.75, 0.6)),
        [
            Row(1, 0, "give", "", 1), Row(2, 21, "reduce", "low for long", 0.75), Row(3, 42, "give", "", 0.75),
            Row(4, 63, "reduce", "low for long", 0.6), Row(5, 84, "give", "", 0.6), Row(5, 105, END, "", NONE),
        ],
    ),
    "no level is left": (
        docetaxel(21, 5), {"reduce_below": 1, "reduce_after_days": 0, "factors": [0.75, 0.6]},
        Rules(low=(1, 0), levels=(1, 0.75, 0.6)),
        [
            Row(1, 0, "give", "", 1), Row(2, 21, "reduce", "low for long", 0.75),
            Row(3, 42, "reduce", "low for long", 0.6), Row(4, 63, "stop", "low for long, lowest level", NONE),
        ],
    ),
    "the lowest level is kept": (
        docetaxel(21, 4), {"reduce_below": 1, "reduce_after_days": 0, "factors": [0.75, 0.6], "at_lowest": "give"},
        Rules(low=(1, 0), levels=(1, 0.75, 0.6), at_lowest="give"),
        [
            Row(1, 0, "give", "", 1), Row(2, 21, "reduce", "low for long", 0.75),
            Row(3, 42, "reduce", "low for long", 0.6), Row(4, 63, "give", "low for long, lowest level", 0.6),
            Row(4, 84, END, "", NONE),
        ],
    ),
    "less after any delay": (
        docetaxel(10, 3), {"reduce_after_delay_days": 0}, Rules(delay=0),
        [
            Row(1, 0, "give", "", 1), Row(2, 10, "wait", "count", NONE), Row(2, 17, "reduce", "delay", 0.75),
            Row(3, 27, "wait", "count", NONE), Row(3, 34, "reduce", "delay", 0.5), Row(3, 44, END, "", NONE),
        ],
    ),
    "less after a delay of more than a week": (
        docetaxel(10, 2), {"reduce_after_delay_days": 7}, Rules(delay=7),
        [
            Row(1, 0, "give", "", 1), Row(2, 10, "wait", "count", NONE), Row(2, 17, "give", "", 1),
            Row(2, 27, END, "", NONE),
        ],
    ),
    "a limit in all": (
        docetaxel(21, 5), {}, Rules(limit=250),
        [
            Row(1, 0, "give", "", 1), Row(2, 21, "give", "", 1), Row(3, 42, "give", "limit", 0.5),
            Row(4, 63, "stop", "limit", NONE),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_decisions_worked_out_by_hand(name: str) -> None:
    plan, fields, rules, wanted = BY_HAND[name]
    drugs = [limited(rules.limit)] if rules.limit < 1e9 else None
    table = ce.decisions(plan, rules=dose_rules(**fields), patient=PATIENT, drugs=drugs)
    same(rows_of(table), wanted)
    # And by another program, which follows everything anew at every look.
    length = plan.phases[0].cycle_length_days
    days = [length * cycle for cycle in range(plan.cycles)]
    same(decided(days, 100, rules, end=days[-1] + length), wanted)


@pytest.mark.parametrize("seed", range(6))
def test_rules_drawn_at_random(seed: int) -> None:
    draw = np.random.default_rng([7, seed])
    length, cycles, amount = int(draw.integers(8, 22)), int(draw.integers(2, 5)), float(draw.integers(40, 120))
    rules = Rules(
        give_at=round(draw.uniform(0.8, 3), 2), look_every=int(draw.integers(1, 8)),
        wait_at_most=int(draw.integers(22)),
        give_less_at=round(draw.uniform(0.3, 0.8), 2) if draw.random() < 0.4 else 1e9,
        low=(round(draw.uniform(0.3, 1.5), 2), round(draw.uniform(0, 6), 1)), delay=int(draw.integers(10)),
        levels=(1, 0.8, 0.6), at_lowest="stop" if draw.random() < 0.5 else "give", limit=amount * 3.3,
    )  # fmt: skip
    made = dose_rules(
        give_at=rules.give_at, look_every_days=rules.look_every, wait_at_most_days=rules.wait_at_most,
        give_less_at=rules.give_less_at if rules.give_less_at < 1e9 else None, reduce_below=rules.low[0],
        reduce_after_days=rules.low[1], reduce_after_delay_days=rules.delay, factors=rules.levels[1:],
        at_lowest=rules.at_lowest,
    )  # fmt: skip
    plan = docetaxel(length, cycles, amount)
    table = ce.decisions(plan, rules=made, patient=PATIENT, drugs=limited(rules.limit))
    days = [length * cycle for cycle in range(cycles)]
    same(rows_of(table), decided([float(day) for day in days], amount, rules, end=float(days[-1] + length)))


def test_counts_and_nadirs_that_are_seen() -> None:
    table = ce.decisions(docetaxel(10, 2), rules=dose_rules(look_every_days=1), patient=PATIENT)
    counts = table["neutrophils"].to_list()
    assert counts[0] == pytest.approx(5.22)
    # Counts on days 10, 12, 13, as they were computed elsewhere.
    assert [counts[k] for k in (1, 3, 4)] == pytest.approx([0.344177661, 1.052203637, 1.738710908], rel=1e-6)
    assert table["nadir"].to_list()[1:5] == pytest.approx([0.2203585868] * 4, rel=1e-6)
    assert table["nadir"][0] is None
    assert table["days_low"].is_null().all()


# What is realized is a regimen like any other.
rules_drawn = st.builds(
    dose_rules,
    give_at=st.floats(0.5, 3), look_every_days=st.sampled_from([0.5, 1, 3, 7]), wait_at_most_days=st.integers(0, 28),
    give_less_at=st.none() | st.floats(0.1, 0.4), reduce_below=st.floats(0.2, 2),
    reduce_after_days=st.floats(0, 8), reduce_after_delay_days=st.none() | st.floats(0, 8),
    skip_below=st.none() | st.floats(0.3, 2), at_lowest=st.sampled_from(["stop", "give"]),
)  # fmt: skip
PLANS = [
    docetaxel(14, 3),
    ce.Regimen.parse("docetaxel 50 mg/m2 over 1 h d1,8 q21d x3"),
    ce.Regimen.parse("paclitaxel 175 mg/m2 over 3 h q14d x2 then pause 3d then docetaxel 100 mg/m2 over 1 h q21d x2"),
    ce.Regimen.parse(
        "docetaxel 75 mg/m2 over 1 h c1,3 + leucovorin 10 mg d2 + paclitaxel 80 mg/m2 over 1 h c2 q10d x3"
    ),
]


@settings(max_examples=60, deadline=None)
@given(plan=st.sampled_from(PLANS), rules=rules_drawn)
def test_what_is_realized_has_the_counts_that_were_seen(plan: ce.Regimen, rules: ce.DoseRules) -> None:
    without = [name for name in plan.drugs if name == "leucovorin"]
    model = ["docetaxel-kloft2006", "paclitaxel-wahlby2004"] if "paclitaxel" in plan.drugs else None
    table = ce.decisions(plan, rules=rules, patient=PATIENT, model=model, without=without)
    realized = plan.realized(PATIENT, rules=rules, model=model, without=without)
    assert realized.drugs[0] == plan.drugs[0]
    # A set of which no drug is left would have no marrow either.
    if set(realized.drugs) == set(plan.drugs):
        times = table["day"].to_list()
        again = ce.neutrophils(realized, patient=PATIENT, times=times, model=model, without=without)
        np.testing.assert_allclose(again["neutrophils"], table["neutrophils"], rtol=2e-6)
    # Doses never go up, and nothing is given before its day.
    for name in plan.drugs:
        amounts = [row.amount for row in realized.administrations(PATIENT) if row.drug == name]
        planned = {row.amount for row in plan.administrations(PATIENT) if row.drug == name}
        if len(planned) == 1 and name not in without:
            assert all(b <= a * (1 + 1e-12) for a, b in itertools.pairwise(amounts))
    assert len(realized.administrations(PATIENT)) <= len(plan.administrations(PATIENT))


def test_rules_that_never_apply_change_nothing() -> None:
    easy = dose_rules(give_at=0, reduce_below=0, reduce_after_days=0)
    plan = ce.Regimen.parse(
        "docetaxel 75 mg/m2 over 1 h max 140 mg d1,8 + carboplatin 5 AUC over 1 h q21d x4 then pause 7d then "
        "docetaxel 60 mg/m2 q14d x2",
        cite="a test",
    )
    realized = plan.realized(ce.Patient(bsa=1.8, gfr=90), rules=easy, without="carboplatin")
    assert realized.phases == plan.phases
    assert realized.cite == "a test"
    table = ce.decisions(plan, rules=easy, patient=ce.Patient(bsa=1.8, gfr=90), without="carboplatin")
    assert table["action"].to_list() == ["give"] * 6 + ["end"]


def test_what_waits_moves_all_drugs_and_lowers_those_that_are_ruled() -> None:
    plan = ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h + carboplatin 5 AUC d2 + leucovorin 10 mg q10d x2")
    rules, patient = dose_rules(reduce_after_delay_days=0), ce.Patient(bsa=1.8, gfr=90)
    given = plan.realized(patient, rules=rules, without=["carboplatin", "leucovorin"])
    assert given.text == (
        "docetaxel 100 mg/m2 over 1 h + carboplatin 5 AUC d2 + leucovorin 10 mg q10d x1 then pause 7d then "
        "docetaxel 75 mg/m2 over 1 h + carboplatin 5 AUC d2 + leucovorin 10 mg q10d x1"
    )
    both = rules.replace({"drugs": ["docetaxel", "carboplatin"]})
    given = plan.realized(patient, rules=both, without=["carboplatin", "leucovorin"])
    assert "carboplatin 3.75 AUC" in given.text
    capped = ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h max 160 mg q10d x2").realized(PATIENT, rules=rules)
    assert [row.amount for row in capped.administrations(PATIENT)] == [160, 120]


def test_later_days_of_a_cycle_are_left_out() -> None:
    plan = ce.Regimen.parse("docetaxel 60 mg/m2 over 1 h d1,8 + leucovorin 10 mg d8 q28d x2")
    rules = dose_rules(skip_below=1.0)
    table = ce.decisions(plan, rules=rules, patient=PATIENT, without="leucovorin")
    assert table["action"].to_list() == ["give", "skip", "give", "skip", "end"]
    assert table["share[docetaxel]"].to_list() == [1, 0, 1, 0, None]
    given = plan.realized(PATIENT, rules=rules, without="leucovorin")
    assert given.text == "docetaxel 60 mg/m2 over 1 h + leucovorin 10 mg d8 q28d x2"
    assert plan.realized(PATIENT, rules=dose_rules(skip_below=0.1), without="leucovorin").phases == plan.phases


def test_a_level_is_the_most_that_is_given_from_there_on() -> None:
    # 75 mg/m2 makes 60 of the 100 that come later: doses never go up again.
    plan = ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q21d x2 then docetaxel 100 mg/m2 over 1 h q21d x1")
    levels = {"drug": "docetaxel", "amounts": [100, 75, 60], "unit": "mg/m2"}
    rules = dose_rules(reduce_below=0.5, reduce_after_days=0, factors=(), levels=levels)
    given = plan.realized(PATIENT, rules=rules)
    assert [row.amount / SURFACE for row in given.administrations(PATIENT)] == pytest.approx([75, 60, 60])


def test_a_limit_of_a_drug_that_the_model_does_not_know() -> None:
    plan = ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h c1-10 + doxorubicin 60 mg/m2 over 15 min q21d x12")
    given = plan.realized(PATIENT, rules=dose_rules(), without="doxorubicin")
    amounts = [row.amount / SURFACE for row in given.administrations(PATIENT) if row.drug == "doxorubicin"]
    assert amounts == pytest.approx([60] * 9 + [10])
    # From the eleventh cycle on there is nothing left to give.
    assert given.duration_days == 10 * 21
    assert plan.realized(PATIENT, rules=dose_rules(limits=False), without="doxorubicin").phases == plan.phases
    with pytest.raises(ce.ModelError, match=r"patient\.bsa is missing"):
        fixed = ce.Regimen.parse("docetaxel 100 mg over 1 h + doxorubicin 60 mg q21d x2")
        fixed.realized(ce.Patient(), rules=dose_rules(), without="doxorubicin")


def test_many_patients_are_as_one_by_one() -> None:
    plan = docetaxel(14, 4)
    some = ce.patients(40, seed=3, like=plan, marrow="docetaxel-kloft2006")
    rules = dose_rules(reduce_below=0.5, reduce_after_days=2, fever_per_day=0.1)
    table = ce.decisions(plan, rules=rules, patient=some, seed=5)
    regimens = plan.realized(some, rules=rules, seed=5)
    assert list(regimens) == list(range(40))
    assert set(table["action"]) >= {"give", "reduce", "end"}
    assert len({one.text for one in regimens.values()}) > 2
    # Without fever, of which patient i has a stream of his own, one alone is as among others.
    calm = rules.replace({"fever_per_day": 0})
    alone = [ce.decisions(plan, rules=calm, patient=some[k]) for k in range(10)]
    together = ce.decisions(plan, rules=calm, patient=some[:10])
    assert pl.concat(alone).drop("patient").equals(together.drop("patient"))
    few = ce.decisions(plan, rules=rules, patient=some[:10], seed=5)
    assert few.equals(table.filter(pl.col("patient") < 10))


def test_fever_comes_as_often_as_it_should() -> None:
    # 4.505 days below 0.5e9/L in the first cycle. A false alarm in one of 15 000 runs (four standard deviations); days
    # below 1.0 in place of 0.5 (6.874) are off by more than nine.
    number, rate = 4000, 0.1
    same_one = pl.DataFrame({"patient.bsa": [SURFACE] * number})
    table = ce.decisions(docetaxel(21, 2), rules=dose_rules(fever_per_day=rate), patient=same_one, seed=11)
    feverish = (table.filter(cycle=2, action="reduce")["reason"] == "fever").sum()
    chance = -math.expm1(-rate * 4.505479171)
    spread = math.sqrt(number * chance * (1 - chance))
    assert abs(feverish - number * chance) < 4 * spread
    other = -math.expm1(-rate * 6.873796975)
    assert abs(number * (other - chance)) > 9 * spread


def test_cure_of_what_is_realized_is_answered_by_equations() -> None:
    scenario = ce.scenarios.scenario("nsclc_adjuvant")
    rules = dose_rules(reduce_below=0.5, reduce_after_days=1)
    given = scenario.regimen.realized(scenario.patient, rules=rules, without="carboplatin")
    assert given.phases != scenario.regimen.phases
    less = ce.cure_probability(scenario.replace({"regimen": given}))
    assert 0 < less.value < ce.cure_probability(scenario).value
    # A scenario is asked like a regimen.
    table = ce.decisions(scenario, rules=rules, without="carboplatin")
    assert table["action"].to_list()[1] == "reduce"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a count per microliter": ({"give_at": 1500}, "looks like 1/uL: write 1.5"),
    "less at more": ({"give_less_at": 2}, "give_less_at must be below give_at = 1.5; got 2"),
    "half a rule": ({"reduce_below": 0.5}, "reduce_after_days must be given with the other"),
    "factors up": ({"factors": [0.5, 0.75]}, "factors must decrease"),
    "a factor of one": ({"factors": [1]}, "factors[0] must be < 1"),
    "nothing lower": ({"factors": (), "reduce_after_delay_days": 0}, "reduce_after_delay_days lowers doses"),
    "looks at once": ({"look_every_days": 0}, "look_every_days must be > 0"),
    "levels up": (
        {"levels": {"drug": "docetaxel", "amounts": [60, 75], "unit": "mg/m2"}}, "levels[0].amounts must decrease",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_rules_that_are_none(name: str) -> None:
    fields, said = WRONG[name]
    with pytest.raises(ce.ModelError) as error:
        dose_rules(**fields)
    assert said in str(error.value)


def test_rules_that_do_not_fit_a_regimen() -> None:
    plan = docetaxel(21, 2)
    levels = {"drug": "docetaxel", "amounts": [150, 100], "unit": "mg"}
    rules = dose_rules(drugs=["docetaxel", "docetaxal"], levels=levels, fever_per_day=0.1)
    with pytest.raises(ce.ModelError) as error:
        plan.realized(PATIENT, rules=rules)
    for said in ("rules.drugs[1]", "Did you mean 'docetaxel'", "rules.levels[0].unit must be 'mg/m2'", "seed must be"):
        assert said in str(error.value)
    with pytest.raises(ce.ModelError, match="not a known set of rules"):
        plan.realized(PATIENT, rules="docetaxel-uk")
    with pytest.raises(TypeError, match="rules must be DoseRules"):
        plan.realized(PATIENT, rules=7)  # type: ignore[arg-type]
    with pytest.raises(ce.ModelError, match="not nothing"):
        ce.regimens.docetaxel_carboplatin().realized(ce.Patient(bsa=1.8, gfr=90), rules=dose_rules())


@pytest.mark.parametrize("name", pharmacology.dose_rules_names())
def test_rules_that_ship_say_what_they_do(name: str) -> None:
    rules = pharmacology.dose_rules(name)
    text = str(rules)
    assert max(map(len, text.splitlines())) <= 80
    assert rules.cite is not None
    assert "[R]" in rules.cite
    assert f"{rules.give_at:g}e9/L" in text
    assert ce.DoseRules.from_toml(rules.to_toml()) == rules
