"""Numbers that cannot be meant in the unit of their field are refused, with the unit that was probably meant."""

from __future__ import annotations

from typing import Any

import pytest

import chemoevo as ce
from chemoevo.base.units import Unit
from chemoevo.pharmacology import DrugPotency, Figure, Peripheral

DOSE = {"drug": "docetaxel", "amount": 75, "unit": "mg/m2"}
KINETICS = {"clearance": 44.1, "volume": 8.9}
DRUG = {"name": "x", "drug_class": "taxane", "molar_mass": 808, "fraction_unbound": 0.06, "kinetics": KINETICS}

# What people write who think of another unit: the class, what is changed, and what they are told.
SLIPS: list[tuple[type, dict[str, Any], list[str]]] = [
    (ce.Patient, {"height": 1.70, "weight": 75}, ["height must be from 20 to 300 cm; got 1.7", "meters: write 170."]),
    (ce.Patient, {"height": 5.9}, ["height", "feet: write 179.8."]),
    (ce.Patient, {"height": 1750}, ["height", "millimeters: write 175."]),
    (ce.Patient, {"weight": 70_000}, ["weight must be from 0.001 to 1000 kg; got 70000", "grams: write 70."]),
    (ce.Patient, {"weight": 20, "bsa": 0.007}, ["weight must fit bsa = 0.007 m2", "some 0.019 kg; got 20"]),
    (ce.Patient, {"bsa": 18}, ["bsa must be from 0.001 to 8 m2; got 18", "square feet (write 1.672)", "(write 1.8)"]),
    (ce.Patient, {"bsa": 180}, ["bsa", "dm2: write 1.8."]),
    (ce.Patient, {"bsa": 18_000}, ["bsa", "cm2: write 1.8."]),
    (ce.Patient, {"gfr": 0.9}, ["gfr must be from 1 to 400 mL/min; got 0.9", "mL/s (write 54)", "weight or bsa"]),
    (ce.Patient, {"gfr": 0.09, "bsa": 1.8}, ["gfr", "for 1.8 m2", "L/min: write 90."]),
    (ce.Patient, {"gfr": 5400}, ["gfr", "mL/h: write 90."]),
    (ce.Patient, {"gfr": 250, "bsa": 0.007}, ["gfr", "for 0.007 m2", "uL/min: write 0.25."]),
    (ce.Patient, {"age": 780}, ["age must be at most 125 years; got 780", "months (write 65)"]),
    (ce.Patient, {"age": 20_000}, ["age", "days: write 54.76."]),
    (ce.Patient, {"serum_creatinine": 90}, ["must be from 0.1 to 30 mg/dL; got 90", "umol/L: write 1.018."]),
    (ce.Patient, {"serum_creatinine": 0.09}, ["serum_creatinine", "mmol/L: write 1.018."]),
    (ce.Dose, {**DOSE, "amount": 75_000}, ["amount must be at most 40000 mg/m2; got 75000", "ug/m2: write 75."]),
    (ce.Dose, {**DOSE, "amount": 15_000, "unit": "mg/kg"}, ["amount", "at most 5000 mg/kg", "ug/kg: write 15."]),
    (ce.Dose, {**DOSE, "amount": 1_000_000, "unit": "mg"}, ["amount", "at most 200000 mg", "ug: write 1000."]),
    (ce.Dose, {**DOSE, "amount": 100, "unit": "AUC"}, ["amount", "at most 40 mg min/mL", "mg h/L: write 6."]),
    (ce.Dose, {**DOSE, "amount": 690, "unit": "AUC"}, ["amount", "An AUC is no number of mg."]),
    (ce.Dose, {**DOSE, "duration_hours": 2760}, ["duration_hours must be at most 2200 h", "minutes (write 46)"]),
    (
        ce.Phase,
        {"cycle_length_days": 504, "cycles": 6, "doses": ce.Dose(**DOSE)},
        ["cycle_length_days must be at most 400 days where it is repeated; got 504", "hours: write 21."],
    ),
    (ce.Kinetics, {**KINETICS, "clearance": 735}, ["clearance must be at most 400 L/h; got 735", "(write 44.1)"]),
    (ce.Kinetics, {**KINETICS, "clearance": 44_100}, ["clearance", "mL/h: write 44.1.", "state the unit"]),
    (ce.Kinetics, {**KINETICS, "volume": 8900}, ["volume must be at most 2500 L; got 8900", "mL: write 8.9."]),
    (ce.Kinetics, {**KINETICS, "peripherals": (6100, 7.3)}, ["peripherals[0].exchange", "mL/min (write 366)"]),
    (ce.Kinetics, {**KINETICS, "peripherals": (6.1, 73_000)}, ["peripherals[0].volume", "mL: write 73."]),
    (ce.Drug, {**DRUG, "molar_mass": 0.5435}, ["molar_mass must be from 5 to 2000000 g/mol", "kg/mol: write 543.5."]),
    (ce.Drug, {**DRUG, "fraction_unbound": 25}, ["fraction_unbound must be at most 1; got 25", "%: write 0.25."]),
    (DrugPotency, {"ec50": 50_000, "hill": 1}, ["ec50 must be from 1e-08 to 10000 uM", "nM (write 50)"]),
    (DrugPotency, {"ec50": 2.5e-9, "hill": 1}, ["ec50", "M: write 0.0025."]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "said"), SLIPS, ids=[f"{k.__name__} {g}"[:70] for k, g, _ in SLIPS])
def test_another_unit_is_refused_and_named(kind: type, given: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(ce.ModelError) as caught:
        kind(**given)
    assert len(caught.value.problems) == 1
    for words in said:
        assert words in str(caught.value)


# People of every size and animals in which doses are studied; what was given to them; drugs of every kind.
MEANT: list[tuple[type, dict[str, Any]]] = [
    (ce.Patient, {"weight": 0.02, "bsa": 0.007, "gfr": 0.25}),  # a mouse
    (ce.Patient, {"weight": 0.02, "gfr": 0.25}),
    (ce.Patient, {"weight": 0.25, "bsa": 0.04, "gfr": 2}),  # a rat
    (ce.Patient, {"weight": 15, "bsa": 0.6}),  # a dog
    (ce.Patient, {"weight": 550, "bsa": 5.5, "gfr": 900}),  # a horse
    (ce.Patient, {"weight": 0.4, "height": 27, "age": 0.01, "gfr": 0.4}),  # born in the 24th week
    (ce.Patient, {"weight": 3.4, "height": 51, "age": 0.003, "gfr": 5, "serum_creatinine": 0.4}),
    (ce.Patient, {"weight": 12, "height": 86, "age": 2, "serum_creatinine": 0.2}),
    (ce.Patient, {"weight": 635, "height": 185, "age": 30}),
    (ce.Patient, {"weight": 90, "height": 272, "age": 22}),
    (ce.Patient, {"weight": 45, "height": 150, "age": 122, "serum_creatinine": 1.1}),
    (ce.Patient, {"bsa": 1.8, "gfr": 3, "serum_creatinine": 12}),
    (ce.Patient, {"bsa": 1.9, "gfr": 220}),
    (ce.Dose, {**DOSE, "amount": 12_000}),  # methotrexate
    (ce.Dose, {**DOSE, "amount": 0.04, "unit": "mg/kg"}),  # an immunotoxin
    (ce.Dose, {**DOSE, "amount": 75_000, "unit": "mg"}),  # ascorbate
    (ce.Dose, {**DOSE, "amount": 1.4, "cap": 2}),
    (ce.Dose, {**DOSE, "amount": 20, "unit": "AUC"}),
    (ce.Dose, {**DOSE, "duration_hours": 46}),
    (ce.Dose, {**DOSE, "duration_hours": 60}),
    (ce.Dose, {**DOSE, "duration_hours": 28 * 24}),
    (ce.Phase, {"cycle_length_days": 365, "cycles": 3, "doses": ce.Dose(**DOSE)}),
    (ce.Phase, {"cycle_length_days": 730, "cycles": 1, "doses": ce.Dose(**DOSE)}),  # and then a pause of two years
    (ce.Kinetics, {"clearance": 0.008, "volume": 3.1}),  # an antibody
    (ce.Kinetics, {"clearance": 8e-6, "volume": 0.001}),  # in a mouse
    (ce.Kinetics, {"clearance": 354, "volume": 345}),  # nelarabine
    (ce.Kinetics, {"clearance": 62.4, "volume": 17.7, "peripherals": [(50.7, 1830), (28.4, 71)]}),
    (ce.Kinetics, {"clearance": Figure(value=2000, unit="L/h"), "volume": {"value": 44_000, "unit": "L"}}),
    (Peripheral, {"rate_out": 31, "rate_back": 1e-3}),
    (ce.Drug, {**DRUG, "molar_mass": 76}),  # hydroxyurea
    (ce.Drug, {**DRUG, "molar_mass": 148_000}),
    (ce.Drug, {**DRUG, "molar_mass": Figure(value=5e6, unit="g/mol")}),
    (ce.Drug, {**DRUG, "fraction_unbound": 1}),
    (DrugPotency, {"ec50": 1e-6, "hill": 0.4}),
    (DrugPotency, {"ec50": Figure(value=30_000, unit="uM"), "hill": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given"), MEANT, ids=[f"{k.__name__} {g}"[:70] for k, g in MEANT])
def test_what_was_measured_is_taken(kind: type, given: dict[str, Any]) -> None:
    made = kind(**given)
    assert kind.from_toml(made.to_toml()) == made  # type: ignore[attr-defined]


def test_a_figure_in_another_unit_is_refused_with_the_number_in_the_right_one() -> None:
    with pytest.raises(ce.ModelError) as caught:
        ce.Kinetics(
            clearance=Figure(value=735, unit="mL/min"),
            volume={"value": 8900, "unit": "mL"},
            peripherals=[{"exchange": {"value": 6.1, "unit": "furlong"}, "volume": 7.3}],
        )
    assert caught.value.problems == (
        "clearance.unit must be 'L/h'; got 'mL/min'. 735 mL/min is 44.1 L/h.",
        "volume.unit must be 'L'; got 'mL'. 8900 mL is 8.9 L.",
        "peripherals[0].exchange.unit must be 'L/h'; got 'furlong'.",
    )
    micro = DrugPotency(ec50=Figure(value=3, unit="µM"), hill=1)
    assert micro.ec50.value == 3


def test_a_unit_looks_first_where_numbers_usually_are() -> None:
    unit = Unit("m", low=0.1, high=3, usual=(1, 2), others={"cm": 0.01, "feet": 0.3})
    assert unit.fault(1.7) is None
    assert unit.fault(0.1) is unit.fault(3) is None
    assert unit.fault(170) == ("must be from 0.1 to 3 m", "170 looks like cm: write 1.7.")
    assert unit.fault(5) == ("must be from 0.1 to 3 m", "5 looks like feet: write 1.5.")
    assert unit.fault(40) == ("must be from 0.1 to 3 m", "40 looks like cm: write 0.4.")
    assert unit.fault(1e6) == ("must be from 0.1 to 3 m", "")
    assert unit.fault(1e6, scale=1e6) is None
    # A number that is not one is never within a range.
    assert unit.fault(float("nan")) is not None
