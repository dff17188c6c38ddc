"""Doses, patients and their expansion to events."""

from __future__ import annotations

import pytest

from chemoevo import ModelError
from chemoevo.pharmacology import Dose, Patient, Phase, Regimen, regimens


def test_regimen_of_tax_326_expands_to_twelve_infusions():
    events = regimens.docetaxel_carboplatin().events(Patient(bsa=1.8, gfr=115))
    assert events.columns == [
        "dose_id", "time", "amt", "dur", "rate", "evid", "cmt", "ii", "addl", "ss", "drug", "cycle", "day",
        "route", "unit",
    ]  # fmt: skip
    assert events["time"].to_list() == [h for c in range(6) for h in (504.0 * c, 504.0 * c + 1)]
    assert events["amt"].to_list() == [135.0, 840.0] * 6
    assert events["rate"].to_list() == [135.0, 840.0] * 6
    assert events["drug"].to_list() == ["docetaxel", "carboplatin"] * 6
    assert events["cycle"].to_list() == [c for c in range(1, 7) for _ in range(2)]
    assert events["dose_id"].to_list() == list(range(12))
    assert set(events["evid"]) == set(events["cmt"]) == {1}
    assert set(events["ii"]) == set(events["addl"]) == set(events["ss"]) == {0}


def test_phases_follow_each_other_and_days_count_from_one():
    first = Phase(cycle_length_days=21, cycles=2, doses=[Dose(drug="a", amount=1, unit="mg", days=(1, 8))])
    second = Phase(cycle_length_days=7, cycles=2, doses=[Dose(drug="b", amount=2, unit="mg", start_hours=6)])
    regimen = Regimen(name="r", phases=[first, second])
    events = regimen.events(Patient())
    assert [t / 24 for t in events["time"]] == [0, 7, 21, 28, 42.25, 49.25]
    assert events["cycle"].to_list() == [1, 1, 2, 2, 3, 4]
    assert events["day"].to_list() == [1, 8, 1, 8, 1, 1]
    assert events["rate"].to_list() == [0.0] * 6
    assert regimen.drugs == ("a", "b")
    assert regimen.duration_days == 56
    assert regimen.first_cycle("b") == (42, 49)
    with pytest.raises(ModelError, match=r"'c' is not a drug of the regimen 'r'; its drugs: a, b."):
        regimen.first_cycle("c")


@pytest.mark.parametrize(
    ("amount", "unit", "patient", "milligrams"),
    [
        (75, "mg/m2", Patient(bsa=2.0), 150),
        (15, "mg/kg", Patient(weight=70), 1050),
        (100, "mg", Patient(), 100),
        # Calvert et al. 1989: AUC (GFR + 25).
        (5, "AUC", Patient(gfr=60), 425),
        # A GFR above 125 mL/min counts as 125.
        (6, "AUC", Patient(gfr=180), 900),
        # 140 - 65 = 75; 75 * 72 / (72 * 1) = 75 mL/min.
        (6, "AUC", Patient(age=65, weight=72, sex="male", serum_creatinine=1), 600),
        (6, "AUC", Patient(age=65, weight=72, sex="female", serum_creatinine=1), 6 * (75 * 0.85 + 25)),
        # Mosteller: sqrt(180 * 80 / 3600) = 2 m2.
        (50, "mg/m2", Patient(weight=80, height=180, bsa_formula="mosteller"), 100),
        # Du Bois & Du Bois 1916 at 70 kg and 175 cm: 1.848 m2.
        (100, "mg/m2", Patient(weight=70, height=175), 184.8),
    ],
)
def test_units_become_milligrams(amount, unit, patient, milligrams):
    assert Dose(drug="d", amount=amount, unit=unit).milligrams(patient) == pytest.approx(milligrams, rel=1e-4)


def test_a_cap_holds():
    dose = Dose(drug="vincristine", amount=1.4, unit="mg/m2", cap=2)
    assert dose.milligrams(Patient(bsa=1.8)) == 2
    assert dose.milligrams(Patient(bsa=1.0)) == 1.4


def test_missing_patient_data_name_field_and_remedy():
    with pytest.raises(ModelError) as caught:
        regimens.docetaxel_carboplatin().events(Patient())
    bsa, gfr = caught.value.problems
    assert bsa == "patient.bsa is missing, for a dose in mg/m2. Give bsa (m2), or weight (kg) and height (cm)."
    assert gfr.startswith("patient.gfr is missing, for a dose by AUC. Give gfr (mL/min), or age")
    with pytest.raises(ModelError, match=r"patient.weight is missing, for a dose in mg/kg. Give weight \(kg\)."):
        Dose(drug="d", amount=1, unit="mg/kg").milligrams(Patient())


@pytest.mark.parametrize("wrong", [0, -1.8, float("inf"), float("nan")])
def test_patients_are_positive(wrong):
    with pytest.raises(ModelError, match="bsa must be"):
        Patient(bsa=wrong)


def test_days_must_fit_the_cycle():
    with pytest.raises(ModelError, match=r"doses\[0\].days must lie within the cycle of 21 days; got \[1, 22\]."):
        Phase(cycle_length_days=21, cycles=1, doses=[Dose(drug="d", amount=1, unit="mg", days=(1, 22))])
    with pytest.raises(ModelError, match="days must be increasing, each day once"):
        Dose(drug="d", amount=1, unit="mg", days=(8, 1))
    with pytest.raises(ModelError, match=r"days\[0\] must be >= 1; got 0."):
        Dose(drug="d", amount=1, unit="mg", days=(0,))
    with pytest.raises(ModelError, match=r"days must have at least 1 item."):
        Dose(drug="d", amount=1, unit="mg", days=())


def test_doses_at_any_times_come_back():
    # 100 mg every 24 h, 200 mg every 24 h from hour 12 on, and one dose beside them: as phases of one dose each.
    rows = sorted(
        [(24.0 * k, 100.0) for k in range(11)] + [(12 + 24.0 * k, 200.0) for k in range(11)] + [(300.5, 77.0)]
    )
    ends = [time for time, _ in rows[1:]] + [rows[-1][0] + 24]
    phases = [
        Phase(cycle_length_days=(end - time) / 24, cycles=1, doses=Dose(drug="x", amount=amount, unit="mg"))
        for (time, amount), end in zip(rows, ends, strict=True)
    ]
    events = Regimen(name="r", phases=phases).events(Patient())
    assert events["time"].to_list() == pytest.approx([time for time, _ in rows], rel=0, abs=1e-9)
    assert events["amt"].to_list() == [amount for _, amount in rows]


# Every door, with something else than it takes.
DOORS = {
    "events": (lambda: regimens.docetaxel_carboplatin().events(None), "patient must be a Patient, such as Patient("),
    "administrations": (
        lambda: regimens.docetaxel_carboplatin().administrations("me"),
        "patient must be a Patient, such as Patient(bsa=1.8, gfr=90); got 'me'.",
    ),
    "milligrams": (lambda: Dose(drug="x", amount=1, unit="mg").milligrams(None), "patient must be a Patient"),
    "first_cycle": (lambda: regimens.docetaxel_carboplatin().first_cycle(None), "drug must be the name of a drug"),
    "cycles": (lambda: regimens.docetaxel_carboplatin(cycles="six"), "cycles must be a whole number >= 1; got 'six'"),
}


@pytest.mark.parametrize("name", DOORS)
def test_other_types_are_refused_by_the_name_of_the_argument(name):
    call, words = DOORS[name]
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value).startswith(words)
