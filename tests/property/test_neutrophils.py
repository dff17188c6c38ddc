"""Neutrophils of models and regimens drawn at random: what must hold whatever a drug does to the marrow."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import chemoevo as ce
from chemoevo import testing
from tests.property._examples import short_and_long

PATIENT = ce.Patient(bsa=1.8, gfr=90)
MODELS = testing.neutropenias(drugs=["docetaxel"])
HOURS = st.sampled_from([0.0, 1.0, 24.0]) | st.floats(0.1, 48.0)
STATED = 2e-6
"""Twice the accuracy that is stated of counts: two numbers are compared."""


def once(amount: float, hours: float, *, cycles: int = 1, times: int = 1) -> ce.Regimen:
    """So many equal doses at one time, every three weeks."""
    dose = ce.Dose(drug="docetaxel", amount=amount / times, unit="mg", duration_hours=hours)
    phase = ce.Phase(cycle_length_days=21, cycles=cycles, doses=[dose] * times)
    return ce.Regimen(name="a test", phases=phase)


def counts(regimen: ce.Regimen, model: ce.Neutropenia) -> np.ndarray:
    """Every half a day."""
    times = np.arange(0, regimen.duration_days + 0.25, 0.5)
    table = ce.neutrophils(regimen, patient=PATIENT, times=times, model=model)
    return table[table.columns[-1]].to_numpy()


@short_and_long(15, 200, model=MODELS, amount=st.floats(1.0, 400.0), more=st.floats(1.0, 5.0), hours=HOURS)
def test_more_of_a_drug_never_raises_the_first_nadir(
    model: ce.Neutropenia, amount: float, more: float, hours: float
) -> None:
    # When a growth factor ends counts fall by themselves, and then less where a drug has kept cells back.
    model = model.replace({"growth_factor": None})
    less, most = (
        ce.toxicity(once(mg, hours), patient=PATIENT, model=model).row(0, named=True) for mg in (amount, amount * more)
    )
    assert most["nadir"] <= less["nadir"] * (1 + STATED)
    assert most["days_below_0_5"] >= less["days_below_0_5"] - 1e-4 or less["at_end"] < 0.5
    assert less["nadir"] <= model.circ0.value * (1 + STATED)


@short_and_long(15, 200, model=MODELS, amount=st.floats(1.0, 400.0), times=st.integers(2, 4), hours=HOURS)
def test_a_dose_in_parts_is_the_dose(model: ce.Neutropenia, amount: float, times: int, hours: float) -> None:
    whole, parts = (counts(once(amount, hours, cycles=2, times=n), model) for n in (1, times))
    np.testing.assert_allclose(parts, whole, rtol=STATED)


@short_and_long(15, 200, model=MODELS, amount=st.floats(1.0, 400.0), days=st.integers(1, 30), hours=HOURS)
def test_until_the_first_dose_nothing_moves_and_then_time_has_no_origin(
    model: ce.Neutropenia, amount: float, days: int, hours: float
) -> None:
    # A growth factor is given by cycles, and the days before the first dose belong to the first.
    model = model.replace({"growth_factor": None})
    now = once(amount, hours, cycles=2)
    pause = ce.Phase(cycle_length_days=days, cycles=1, doses=())
    late = ce.Regimen(name="late", phases=[pause, *now.phases])
    found = counts(late, model)
    np.testing.assert_allclose(found[: 2 * days + 1], model.circ0.value, rtol=STATED)
    np.testing.assert_allclose(found[2 * days :], counts(now, model), rtol=2 * STATED)


@short_and_long(
    15, 200, model=MODELS, rules=testing.dose_rules(), amount=st.floats(20.0, 120.0), days=st.integers(5, 28)
)
def test_counts_that_rules_see_are_those_of_what_is_given(
    model: ce.Neutropenia, rules: ce.DoseRules, amount: float, days: int
) -> None:
    plan = ce.Regimen.parse(f"docetaxel {amount} mg/m2 over 1 h d1,{min(days, 8)} q{days}d x3")
    table = ce.decisions(plan, rules=rules, patient=PATIENT, model=model)
    given = plan.realized(PATIENT, rules=rules, model=model)
    again = ce.neutrophils(given, patient=PATIENT, times=table["day"].to_list(), model=model)
    np.testing.assert_allclose(again["neutrophils"], table["neutrophils"], rtol=2 * STATED)
    amounts = [row.amount for row in given.administrations(PATIENT)]
    assert amounts == sorted(amounts, reverse=True)
    assert len(amounts) <= 6
    assert (table["neutrophils"].filter(table["action"] == "wait") < rules.give_at).all()
    first = table.filter((table["days_late"] >= 0) & (table["cycle"] > 1)).filter(action="give")
    least = rules.give_at if rules.give_less_at is None else rules.give_less_at
    starts = first.unique("cycle", keep="first", maintain_order=True)
    assert rules.skip_below is not None or (starts["neutrophils"] >= least).all()
    assert (table["days_late"] <= rules.wait_at_most_days * (1 + 1e-8)).all()
