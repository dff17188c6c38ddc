"""Exposure by cycle against closed forms, and against what the core says on fine grids."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.pharmacology import courses, treated

CLEARANCE, VOLUME = 4.0, 20.0
RATE = CLEARANCE / VOLUME
PATIENT = ce.Patient(bsa=1.8, gfr=90)
REGIMEN = ce.regimens.docetaxel_carboplatin()
CMAX, AUC, TROUGH = "c_max_mg_per_L", "auc_mg_h_per_L", "trough_mg_per_L"


def own(peripherals: Any = (), **more: Any) -> ce.Drug:
    kinetics = ce.Kinetics(clearance=CLEARANCE, volume=VOLUME, peripherals=peripherals, **more)
    return ce.Drug(name="mine", drug_class="a class", molar_mass=500, fraction_unbound=0.25, kinetics=kinetics)


def regimen(*doses: dict[str, Any], days: float = 21, cycles: int = 3) -> ce.Regimen:
    made = [ce.Dose(**{"drug": "mine", "unit": "mg", **dose}) for dose in doses]
    return ce.Regimen(name="a test", phases=ce.Phase(cycle_length_days=days, cycles=cycles, doses=made))


def exposed(given_regimen: ce.Regimen, drug: ce.Drug | None = None, **more: Any) -> pl.DataFrame:
    return ce.exposure(given_regimen, patient=ce.Patient(), drugs=drug or own(), **more)


def test_a_bolus_in_one_compartment() -> None:
    # 100 mg every day: what is left decays by the rate constant.
    table = exposed(regimen({"amount": 100}, days=1), above={"mine": 2 * 2.0})  # 2 mg/L of 500 g/mol are 4 uM
    left = math.exp(-24 * RATE)
    peaks = np.cumsum(100 / VOLUME * left ** np.arange(3))
    np.testing.assert_allclose(table[CMAX], peaks, rtol=1e-14)
    np.testing.assert_allclose(table[TROUGH], peaks * left, rtol=1e-13)
    np.testing.assert_allclose(table[AUC], peaks * (1 - left) * VOLUME / CLEARANCE, rtol=1e-13)
    np.testing.assert_allclose(table["time_above_h"], np.log(peaks / 2.0) / RATE, rtol=1e-13)
    assert table["above_uM"].to_list() == [4.0] * 3
    assert table["cycle"].to_list() == [1, 2, 3]


def test_an_infusion_in_one_compartment() -> None:
    table = exposed(regimen({"amount": 100, "duration_hours": 3}, cycles=1), above={"mine": 2 * 1.5})
    level = 100 / 3 / CLEARANCE
    peak = level * (1 - math.exp(-3 * RATE))
    assert table[CMAX][0] == pytest.approx(peak, rel=1e-14)
    assert table[AUC][0] == pytest.approx(100 / CLEARANCE, rel=1e-12)
    assert table[TROUGH][0] == pytest.approx(peak * math.exp(-RATE * (21 * 24 - 3)), rel=1e-12)
    rise, fall = -math.log(1 - 1.5 / level) / RATE, 3 + math.log(peak / 1.5) / RATE
    assert table["time_above_h"][0] == pytest.approx(fall - rise, rel=1e-13)


def test_published_peaks_and_areas() -> None:
    # Computed elsewhere from the published parameters: carboplatin 840 mg over 1 h at a GFR of 115, docetaxel 180 mg.
    table = ce.exposure(REGIMEN, patient=ce.Patient(bsa=1.8, gfr=115)).filter(cycle=1)
    assert table.filter(drug="carboplatin")[CMAX][0] == pytest.approx(39.74797042, rel=1e-9)
    assert table.filter(drug="carboplatin")[AUC][0] == pytest.approx(100.0, rel=1e-9)
    once = ce.Dose(drug="docetaxel", amount=100, unit="mg/m2", duration_hours=1)
    alone = ce.Regimen(name="one", phases=ce.Phase(cycle_length_days=100, cycles=1, doses=once))
    table = ce.exposure(alone, patient=PATIENT)
    assert table[CMAX][0] == pytest.approx(2.921557587, rel=1e-9)
    assert table[AUC][0] == pytest.approx(4.081632653, rel=1e-9)


def test_a_level_that_is_never_reached_or_never_left() -> None:
    table = exposed(regimen({"amount": 100}), above={"mine": 1e3})
    assert table["time_above_h"].to_list() == [0.0] * 3
    table = exposed(regimen({"amount": 100}), above={"mine": 1e-300})
    assert table["time_above_h"].to_list() == [21 * 24.0] * 3


SIDES = {"one": [], "two": [(6.1, 7.3)], "three": [(6.1, 7.3), (14.4, 388.0)]}
ABSORBED = pharmacology.Absorption(rate=1.5, lag=0.4, stages=3, bioavailability=0.7)
SATURABLE = pharmacology.Saturable(vmax=60, km=4)


def of_kind(kind: str) -> ce.Drug:
    if kind in SIDES:
        return own(SIDES[kind])
    more: dict[str, Any] = {"by mouth": {"absorption": ABSORBED}, "saturable": {"saturable": SATURABLE}}[kind]
    made = own(SIDES["two"], **more)
    return made.replace({"routes": ["oral"]}) if kind == "by mouth" else made


KINDS = [*SIDES, "by mouth", "saturable"]
DOSES = st.lists(
    st.fixed_dictionaries(
        {
            "amount": st.floats(1, 1000),
            "days": st.integers(1, 3),
            "start_hours": st.sampled_from([0.0, 1.0, 6.0]) | st.floats(0, 23.9),
            "duration_hours": st.sampled_from([0.0, 1e-9, 1.0, 46.0]) | st.floats(1e-9, 90),
        }
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(doses=DOSES, kind=st.sampled_from(KINDS), share=st.floats(0.01, 0.99))
def test_it_is_what_the_core_has_on_a_fine_grid(doses: list[dict[str, Any]], kind: str, share: float) -> None:
    drug, plan = of_kind(kind), regimen(*doses, days=3, cycles=2)
    core = pharmacology.course(plan, ce.Patient(), drug)
    hours = np.linspace(0, 144, 20_001)
    grid = core.concentration(hours)
    level = share * float(grid.max())
    table = exposed(plan, drug, above={"mine": level * drug.micromolar_per_mg_per_l})
    areas = np.diff(core.area(np.array([0.0, 72.0, 144.0])))
    np.testing.assert_allclose(table[AUC], areas, rtol=1e-9, atol=1e-12)
    # Between points of the grid the concentration turns by little; at ends of infusions it has an edge.
    kinks = np.array(core.kinks)
    edges = np.unique(np.concatenate([kinks[kinks < 144], [144.0]]))
    for cycle, (first, last) in enumerate([(0.0, 72.0), (72.0, 144.0)]):
        inside = [hours[(hours >= first) & (hours < last)], edges[(edges >= first) & (edges < last)]]
        before = np.nextafter(edges[(edges > first) & (edges <= last)], 0.0)
        peak = core.concentration(np.concatenate([*inside, before])).max()
        assert peak * (1 - 1e-12) <= table[CMAX][cycle] <= peak * 1.001
    # A crossing between points of the grid moves the share of the grid by one step.
    times = [float((grid[here] > level).sum()) * 144 / 20_000 for here in (hours < 72, hours >= 72)]
    np.testing.assert_allclose(table["time_above_h"], times, atol=12 * 144 / 20_000)


def test_a_peak_between_the_ends_of_infusions_is_found() -> None:
    # A bolus, then a slow infusion: the concentration falls, turns, and turns again, inside one stretch.
    drug = own([(60.0, 5.0), (3.0, 900.0)])
    plan = regimen(
        {"amount": 400, "duration_hours": 0.0}, {"amount": 900, "start_hours": 0.05, "duration_hours": 60}, cycles=1
    )
    core = pharmacology.course(plan, ce.Patient(), drug)
    hours = np.linspace(0.05, 60.05, 600_001)
    grid = core.concentration(hours)
    turned = np.flatnonzero(np.diff(np.sign(np.diff(grid)))) + 1
    assert len(turned) >= 1, "or the example shows nothing"
    # The time above a level that is crossed several times, by root finding between the turns.
    level = 0.5 * (grid[turned[0]] + grid[-1])
    ends = [0.0, 0.05, *hours[turned], 60.05, 500.0]

    def excess(hour: float) -> float:
        return float(core.concentration(np.array([hour]))[0]) - level

    crossed = [brentq(excess, a, b, xtol=1e-13) for a, b in pairwise(ends) if (excess(a) < 0) != (excess(b) < 0)]
    marks = [0.0, *crossed, 500.0]
    expected = sum(b - a for a, b in pairwise(marks) if excess(0.5 * (a + b)) > 0)
    table = exposed(plan, drug, above={"mine": level * drug.micromolar_per_mg_per_l})
    assert len(crossed) >= 3
    assert table["time_above_h"][0] == pytest.approx(expected, rel=1e-10)


@settings(max_examples=30, deadline=None)
@given(doses=DOSES, sides=st.sampled_from(sorted(SIDES)), more=st.floats(1.01, 10))
def test_areas_and_what_is_left_are_the_dose_and_more_dose_is_more(
    doses: list[dict[str, Any]], sides: str, more: float
) -> None:
    drug, plan = own(SIDES[sides]), regimen(*doses, days=7, cycles=3)
    table = exposed(plan, drug, above={"mine": 1.0})
    total = 3 * sum(dose["amount"] for dose in doses)
    tail = pharmacology.course(plan, ce.Patient(), drug).area(np.array([21 * 24.0, 1e7]))
    assert table[AUC].sum() + float(np.diff(tail)[0]) == pytest.approx(total / CLEARANCE, rel=1e-9)
    larger = exposed(regimen(*({**d, "amount": more * d["amount"]} for d in doses), days=7, cycles=3), drug,
                     above={"mine": 1.0})  # fmt: skip
    for name in (CMAX, AUC, TROUGH):
        np.testing.assert_allclose(larger[name], more * table[name], rtol=1e-10)
    assert (larger["time_above_h"] >= table["time_above_h"] - 1e-9).all()


def test_cycles_are_counted_through_all_phases_and_an_infusion_goes_on_into_the_next() -> None:
    weekly = ce.Phase(cycle_length_days=7, cycles=2, doses=ce.Dose(drug="mine", amount=10, unit="mg"))
    long = ce.Dose(drug="mine", amount=70, unit="mg", days=3, duration_hours=48)
    pump = ce.Phase(cycle_length_days=3, cycles=1, doses=long)
    plan = ce.Regimen(name="two phases", phases=[weekly, pump])
    table = exposed(plan)
    assert table["cycle"].to_list() == [1, 2, 3]
    core = pharmacology.course(plan, ce.Patient(), own())
    np.testing.assert_allclose(table[AUC], np.diff(core.area(np.array([0, 7, 14, 17]) * 24.0)), rtol=1e-12)
    assert table[CMAX][2] == pytest.approx(table[TROUGH][2]), "the last infusion is still rising when counting ends"
    days = [16.5, 17.5, 18.0, 19.0]
    found = ce.concentrations(plan, patient=ce.Patient(), times=days, drugs=own()).filter(compartment="plasma")
    np.testing.assert_allclose(found["mg_per_L"], core.concentration(np.array(days) * 24), rtol=1e-13)


def test_concentrations_are_those_of_one_drug_in_one_patient() -> None:
    times = [0.0, 0.02, 1 / 24, 1.0, 21.0, 200.0]
    table = ce.concentrations(REGIMEN, patient=PATIENT, times=times)
    assert table.columns == ["time", "drug", "compartment", "mg_per_L", "uM"]
    for name in REGIMEN.drugs:
        one = pharmacology.concentration(REGIMEN, PATIENT, name, times)
        mine = table.filter(drug=name, compartment="plasma")
        assert mine["time"].to_list() == times
        np.testing.assert_allclose(mine["mg_per_L"], one["total_mg_per_l"], rtol=1e-13)
        np.testing.assert_allclose(mine["uM"], one["total_um"], rtol=1e-13)
        unbound = table.filter(drug=name, compartment="unbound")
        np.testing.assert_allclose(unbound["uM"], one["unbound_um"], rtol=1e-13)
        share = pharmacology.drug(name).fraction_unbound.value
        np.testing.assert_allclose(unbound["mg_per_L"], share * mine["mg_per_L"], rtol=1e-14)


def test_many_patients_are_each_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    some = ce.patients(7, seed=3, like=REGIMEN)
    monkeypatch.setattr(treated, "_BLOCK", 26)  # blocks of two patients
    above = {"docetaxel": 0.05}
    table = ce.exposure(REGIMEN, patient=some, above=above)
    times = [0.1, 22.0]
    course = ce.concentrations(REGIMEN, patient=some, times=times)
    for row in range(len(some)):
        one = ce.Patient().replace({path.removeprefix("patient."): x for path, x in some.row(row, named=True).items()})
        alone = ce.exposure(REGIMEN, patient=one, above=above)
        mine = table.filter(patient=row).drop("patient")
        assert mine.select("drug", "cycle").equals(alone.select("drug", "cycle"))
        for name in (CMAX, AUC, TROUGH, "time_above_h"):
            np.testing.assert_allclose(mine[name].to_numpy(), alone[name].to_numpy(), rtol=1e-12)
        assert mine.filter(drug="carboplatin")["time_above_h"].null_count() == 6
        other = ce.concentrations(REGIMEN, patient=one, times=times)
        np.testing.assert_allclose(course.filter(patient=row)["uM"], other["uM"], rtol=1e-12)


def test_memory_is_bounded_by_blocks() -> None:
    # 2000 doses: a block has few patients, and never none.
    plan = regimen({"amount": 1}, days=1, cycles=2000)
    some = pl.DataFrame({"patient.weight": [60.0, 70.0, 80.0]})
    table = ce.exposure(plan, patient=some, drugs=own())
    assert len(table) == 6000
    assert table[AUC].is_finite().all()


def test_borders_are_where_doses_begin() -> None:
    plan = regimen({"amount": 1}, days=0.1, cycles=1000)
    starts = np.array([row[0] for row in plan.administrations(ce.Patient())])
    assert (courses.cycle_borders(plan)[:-1] == starts).all()
