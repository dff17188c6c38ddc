"""Edges of exposures: what no step follows, what is of another kind or another drug, what acts on nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.pharmacology import Figure, Metabolite, Peripheral, Regimen, Saturable

PATIENT = ce.Patient(bsa=1.8, gfr=90, weight=70)
PACLITAXEL = Regimen.parse("paclitaxel 175 mg/m2 over 3 h q21d x2")


def own(**more: Any) -> ce.Drug:
    kinetics = ce.Kinetics(clearance=5, volume=20)
    parts = {"name": "mine", "drug_class": "a class", "molar_mass": 500, "fraction_unbound": 0.2, "kinetics": kinetics}
    return ce.Drug(**{**parts, **more})


def saturable(km: float) -> ce.Drug:
    flow = Saturable(vmax=10, km=Figure(value=km, unit="uM"))
    return own(kinetics=ce.Kinetics(volume=20, saturable=flow))


@pytest.mark.parametrize("km", [1e-3, 1e-1, 10, 1e3])
def test_elimination_that_saturates_has_its_area(km: float) -> None:
    # C0 + km ln(C0/C) falls by vmax/V: the area is C0 (km + C0/2) V/vmax. In uM.
    concentration = 100 / 500 * 1000 / 20
    area = concentration * (km + concentration / 2) * 20 / 10 * 500 / 1000
    table = ce.exposure(Regimen.parse("mine 100 mg q2000d x1"), patient=PATIENT, drugs=saturable(km))
    assert table["auc_mg_h_per_L"][0] == pytest.approx(area, rel=1e-6)


def test_a_concentration_far_above_km_is_refused_at_once() -> None:
    plan = Regimen.parse("mine 100 mg q3d x2")
    with pytest.raises(ce.SimulationError, match=r"patient\[0\]: the concentration is 1\.000e6 times a KM at 0 h"):
        ce.exposure(plan, patient=PATIENT, drugs=saturable(1e-5))
    some = pl.DataFrame({"patient.bsa": [1.8, 1.8], "patient.factors[paclitaxel].transfer_km": [1.0, 1e-6]})
    with pytest.raises(ce.SimulationError, match=r"patient\[1\]: the concentration is"):
        ce.exposure(PACLITAXEL, patient=some)


@pytest.mark.parametrize("hours", [5e-324, 1e-310, 1e-300, 1e-100, 1e-20, 1e-13])
def test_a_dose_over_no_time_is_given_at_once(hours: float) -> None:
    for name in ("paclitaxel", "docetaxel"):
        dose = ce.Dose(drug=name, amount=300, unit="mg", duration_hours=hours)
        once = ce.Dose(drug=name, amount=300, unit="mg")
        plans = [
            ce.Regimen(name="one", phases=ce.Phase(cycle_length_days=21, cycles=1, doses=one)) for one in (dose, once)
        ]
        tables = [ce.exposure(plan, patient=PATIENT) for plan in plans]
        assert tables[0].equals(tables[1])


def test_a_state_belongs_to_its_drug_and_patient() -> None:
    daily = Regimen.parse("venetoclax 400 mg q1d x3")
    state = pharmacology.steady(daily, PATIENT, "venetoclax")
    assert pharmacology.course(daily, PATIENT, "venetoclax", start=state).concentration(np.zeros(1))[0] > 0
    other = Regimen.parse("docetaxel 100 mg q7d")
    with pytest.raises(ce.ModelError, match="a state of other kinetics"):
        pharmacology.course(other, PATIENT, "docetaxel", start=state)
    slow = PATIENT.replace({"factors[venetoclax].clearance": 0.5})
    with pytest.raises(ce.ModelError, match="a state of other kinetics"):
        pharmacology.course(daily, slow, "venetoclax", start=state)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("docetaxel 75 mg q21d", PATIENT, "docetaxel"), "regimen must be a Regimen"),
        ((PACLITAXEL, None, "paclitaxel"), "patient must be a Patient"),
        ((PACLITAXEL, PATIENT, 3), "given must be a Drug or the name of one; got 3"),
    ],
)
def test_arguments_of_other_kinds(arguments: Any, sentence: str) -> None:
    for ask in (pharmacology.course, pharmacology.steady):
        with pytest.raises(TypeError) as caught:
            ask(*arguments)
        assert sentence in str(caught.value)
    start: Any = 5
    with pytest.raises(TypeError, match="start must be a state"):
        pharmacology.course(PACLITAXEL, PATIENT, "paclitaxel", start=start)


def test_a_table_that_does_not_fit_is_refused() -> None:
    plan = Regimen.parse("docetaxel 75 mg/m2 q1d x100000")
    many = pl.DataFrame({"patient.bsa": np.full(20_000, 1.8)})
    for ask in (ce.exposure, ce.toxicity, ce.cumulative_doses):
        with pytest.raises(ce.ModelError, match=r"^regimen makes a table of 2,000,000,000 rows, which needs"):
            ask(plan, patient=many)
    for over_time in (ce.concentrations, ce.neutrophils):
        with pytest.raises(ce.ModelError, match=r"^times make a table of [\d,]+ rows, which needs more memory"):
            over_time(plan, patient=many, times=np.linspace(0, 1, 10**6))


def test_metabolites_share_one_clearance() -> None:
    made = [Metabolite(name=f"M{i}", molar_mass=500, fraction=0.5, clearance=2, volume=1) for i in range(3)]
    assert own(metabolites=made[:2]).metabolites == tuple(made[:2])
    with pytest.raises(ce.ModelError, match=r"metabolites must have fractions whose sum is at most 1.*; got 1\.5"):
        own(metabolites=made)
    with pytest.raises(ce.ModelError, match=r"metabolites\[0\]\.name must be a name of its own; got 'mine'"):
        own(metabolites=Metabolite(name="mine", molar_mass=500, fraction=0.5, clearance=2, volume=1))


def test_one_drug_for_one_name() -> None:
    with pytest.raises(ce.ModelError, match=r"drugs\[1\]\.name must be unique; got 'mine'"):
        ce.exposure(Regimen.parse("mine 1 mg q7d"), patient=PATIENT, drugs=[own(), own(molar_mass=400)])


IDLE = {
    "docetaxl": ({"clearance": 2}, "patient.factors[docetaxl] is not a known drug. Did you mean 'docetaxel'?"),
    "prednisone": ({"clearance": 2}, "patient.factors[prednisone] must be left out: 'prednisone' has no kinetics."),
    "irinotecan": (
        {"metabolites": {"SN38": {"clearance": 2}}},
        "patient.factors[irinotecan].metabolites[SN38] is not a metabolite of 'irinotecan'. Did you mean 'SN-38'?",
    ),
}


@pytest.mark.parametrize("name", IDLE)
def test_factors_of_what_is_not_there_are_refused(name: str) -> None:
    factors, sentence = IDLE[name]
    patient = ce.Patient.from_dict({"bsa": 1.8, "gfr": 90, "factors": {name: factors}})
    with pytest.raises(ce.ModelError) as caught:
        ce.exposure(PACLITAXEL, patient=patient)
    assert caught.value.problems == (sentence,)
    with pytest.raises(ce.ModelError) as caught:
        ce.Scenario(
            name="a test",
            tumor=ce.Tumor(birth=0.2, death=0.1, size=1e6),
            regimen=PACLITAXEL,
            patient=patient,
            potencies=ce.Potency(drug="paclitaxel", emax=1, basis="a test"),
        )
    assert caught.value.problems == (sentence,)


IDLE_OF = [
    ("paclitaxel", "exchange_2"),
    ("paclitaxel", "lag"),
    ("etoposide", "elimination_vmax"),
    ("irinotecan", "metabolites[SN-38].exchange"),
    ("docetaxel", "metabolites[M].clearance"),
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("name", "factor"), IDLE_OF)
def test_factors_that_act_on_nothing_are_said_once(name: str, factor: str) -> None:
    plan, column = Regimen.parse(f"{name} 100 mg q21d"), f"patient.factors[{name}].{factor}"
    some = pl.DataFrame({"patient.bsa": [1.8] * 9})
    wrong = some.with_columns(pl.Series(column, [1.0, *[2.0] * 8]))
    if "[M]" in column:
        patient = ce.Patient(bsa=1.8).replace({column.removeprefix("patient."): 2.0})
        asked: Any = patient
    else:
        asked = wrong
    said = f"{column} acts on nothing: the kinetics of {name} have no such part."
    with pytest.warns(UserWarning, match="acts on nothing") as caught:
        table = ce.exposure(plan, patient=asked)
    assert [str(one.message) for one in caught] == [said]
    alone = ce.exposure(plan, patient=some.head(1))
    assert table["auc_mg_h_per_L"][0] == alone["auc_mg_h_per_L"][0]


def test_what_a_row_does_not_say_is_as_it_is_of_the_scenario() -> None:
    run = ce.Scenario(
        name="a test",
        tumor=ce.Tumor(birth=0.2, death=0.1, size=1e6),
        regimen="docetaxel",
        patient=ce.Patient(bsa=1.8, factors={"docetaxel": ce.Factors(clearance=0.5)}),
        potencies=ce.Potency(drug="docetaxel", emax=1, basis="a test"),
    )
    rows = {"patient.bsa": [None, 2.0, math.nan], "patient.factors[docetaxel].clearance": [None, 1.0, 0.25]}
    table = ce.exposure(run, patient=pl.DataFrame(rows)).filter(cycle=1)
    area = 75 / 44.1
    expected = [1.8 * area / 0.5, 2.0 * area, 1.8 * area / 0.25]
    # The tail beyond the first cycle is small.
    assert table["auc_mg_h_per_L"].to_list() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("ids", [["a", "a"], ["a", None]])
def test_every_row_is_somebody_else(ids: list[str | None]) -> None:
    some = pl.DataFrame({"id": ids, "patient.bsa": [1.8, 1.9]})
    with pytest.raises(ce.ModelError, match=r"^patient\['id'\] must say who each row is, all of them others\.$"):
        ce.exposure(PACLITAXEL, patient=some)


@pytest.mark.parametrize("times", [[1e308], [-1.0], [math.nan], [math.inf]])
def test_times_beyond_the_clock(times: list[float]) -> None:
    for ask in (
        lambda: ce.concentrations(PACLITAXEL, patient=PATIENT, times=times),
        lambda: ce.neutrophils(PACLITAXEL, patient=PATIENT, times=times),
        lambda: pharmacology.concentration(PACLITAXEL, PATIENT, "paclitaxel", times),
    ):
        with pytest.raises(ce.ModelError, match=r"^times must be finite and >= 0\.$"):
            ask()


def test_levels_are_of_drugs_that_act() -> None:
    plan = Regimen.parse("docetaxel 75 mg/m2 over 1 h + prednisone 10 mg q21d")
    table = ce.exposure(plan, patient=PATIENT, inert="prednisone", above={"docetaxel": 0.1})
    assert table["time_above_h"][0] > 0
    with pytest.raises(ce.ModelError, match=r"^above\[prednisone\] must be of a drug of the regimen"):
        ce.exposure(plan, patient=PATIENT, inert="prednisone", above={"prednisone": 0.1})


def test_a_peripheral_compartment_is_one() -> None:
    with pytest.raises(ce.ModelError, match="one transfer at most can saturate"):
        flow = Peripheral(saturable=Saturable(vmax=1, km=1), rate_back=1)
        ce.Kinetics(clearance=1, volume=1, peripherals=[flow, flow])
