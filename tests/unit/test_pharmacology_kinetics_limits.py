"""Limits and traps of dosing and kinetics, through the public functions and through the core.

Traps are what programs of this kind were caught in: infusions that end at the wrong time where they overlap, have a lag
or fill an interval; a share of the dose that shortens an infusion; a duration of 0 that divides; units taken twice.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.base.evidence import figures_of
from chemoevo.pharmacology import Absorption, Patient
from tests.unit.pharmacokinetics import EVERYTHING, Model, course, once

CMAX, AUC = "c_max_mg_per_L", "auc_mg_h_per_L"
SIDES = [(4.0, 30.0), (0.8, 90.0)]
PLAIN = Model(6.0, 15.0, SIDES)
LATE = Model(6.0, 15.0, SIDES, absorption=([0.9], 10.0, 0.4))
TIMES = np.array([0.0, 0.2, 1.0, 3.0, 5.9, 6.0, 9.0, 10.0, 14.0, 19.0, 30.0, 80.0])
LONG = np.array([1e5])


def own(*, absorption: Absorption | None = None, **more: Any) -> ce.Drug:
    made = ce.Kinetics(clearance=6.0, volume=15.0, peripherals=SIDES, absorption=absorption, **more)
    routes = ["iv"] if absorption is None else ["iv", "oral", "sc", "ip"]
    return ce.Drug(
        name="mine", drug_class="a class", molar_mass=500, fraction_unbound=0.2, kinetics=made, routes=routes
    )


def plan(*doses: dict[str, Any], days: float = 50, cycles: int = 1) -> ce.Regimen:
    made = [ce.Dose(**{"drug": "mine", "unit": "mg", **dose}) for dose in doses]
    return ce.Regimen(name="a test", phases=ce.Phase(cycle_length_days=days, cycles=cycles, doses=made))


def plasma(drug: ce.Drug, *doses: dict[str, Any], hours: np.ndarray = TIMES) -> np.ndarray:
    table = ce.concentrations(plan(*doses), patient=Patient(), times=hours / 24, drugs=drug)
    return table.filter(compartment="plasma")["mg_per_L"].to_numpy()


@pytest.mark.parametrize("fast", [1e4, 1e6, 1e8])
def test_fast_absorption_and_effect_tend_to_a_bolus_and_to_plasma(fast: float) -> None:
    # The difference falls as one over the rate: not only near, but nearer by as much as the theory says.
    times = TIMES[1:]
    bolus = course(PLAIN, [(0, 100, 0, False)])
    absorbed = course(Model(6.0, 15.0, SIDES, absorption=([fast], 0.0, 1.0)), [(0, 100, 0, True)])
    followed = course(Model(6.0, 15.0, SIDES, effects=[(fast, 1.0, 0)]), [(0, 100, 0, False)])
    step = 1e-4
    slope = (bolus.concentration(times + step) - bolus.concentration(times - step)) / (2 * step)
    for found in (absorbed.concentration(times), followed.concentration(times, 1)):
        assert found == pytest.approx(bolus.concentration(times) - slope / fast, rel=2e3 / fast**2 + 1e-13)


def test_many_stages_tend_to_a_lag() -> None:
    # Mean absorption time 2 h in n stages: what is left of its spread is 2 / sqrt(n) h.
    after = np.array([6.0, 12.0, 40.0])
    lagged = course(Model(6.0, 15.0, SIDES, absorption=([1e9], 2.0, 1.0)), [(0, 100, 0, True)]).concentration(after)
    off = []
    for stages in (4, 8, 16):
        model = Model(6.0, 15.0, SIDES, absorption=([stages / 2.0] * stages, 0.0, 1.0))
        off.append(np.abs(course(model, [(0, 100, 0, True)]).concentration(after) / lagged - 1))
    assert (off[0] < 0.4).all()
    # The difference is of the order of the variance, one over n.
    np.testing.assert_allclose(off[0] / off[1], 2, rtol=0.25)
    np.testing.assert_allclose(off[1] / off[2], 2, rtol=0.15)


@pytest.mark.parametrize("stages", [1, 3, 16])
def test_mean_times_add(stages: int) -> None:
    # Area over first moment: lag, stages, half the duration, and the mean residence time V/CL of the body.
    lag, rate, duration = 0.7, 1.3, 5.0
    model = Model(6.0, 15.0, SIDES, absorption=([rate] * stages, lag, 0.5))
    found = course(model, [(0, 100, duration, True)])
    total = found.area(LONG)[0]
    ends = np.concatenate([np.linspace(0, 40, 81), np.geomspace(41, 6000, 60)])
    nodes, weights = np.polynomial.legendre.leggauss(10)
    half = np.diff(ends)[:, None] / 2
    left = 1 - found.area((ends[:-1, None] + half * (1 + nodes)).ravel()) / total
    volume = 15.0 + sum(side for _, side in SIDES)
    assert (half * weights).ravel() @ left == pytest.approx(lag + stages / rate + duration / 2 + volume / 6.0, rel=1e-8)


def test_slow_absorption_shows_as_the_last_half_life_and_trades_places_with_elimination() -> None:
    # Flip-flop: at one clearance the two rates of one compartment may be exchanged.
    times = TIMES[1:]
    slow = course(Model(0.05 * 15.0, 15.0, absorption=([2.0], 0.0, 1.0)), [(0, 100, 0, True)])
    flipped = course(Model(0.05 * 15.0, 0.05 * 15.0 / 2.0, absorption=([0.05], 0.0, 1.0)), [(0, 100, 0, True)])
    assert flipped.concentration(times) == pytest.approx(slow.concentration(times), rel=1e-13)
    late = np.log(flipped.concentration(np.array([100.0, 120.0])))
    assert (late[0] - late[1]) / 20 == pytest.approx(0.05, rel=1e-9)


def test_areas_of_all_stages_do_not_depend_on_how_it_is_given() -> None:
    # Lag, duration, order of doses and number of stages are nothing to an area; the share is all that counts.
    areas = []
    for lag, stages, doses in [
        (0.0, 1, [(0.0, 100.0, 0.0, True)]),
        (7.0, 3, [(0.0, 100.0, 30.0, True)]),
        (0.5, 16, [(0.0, 50.0, 0.0, True), (100.0, 50.0, 1.0, True)]),
        (0.5, 16, [(0.0, 40.0, 0.0, False)]),
    ]:
        model = Model(**{**vars(EVERYTHING), "absorption": ([0.7] * stages, lag, 0.4)})
        areas.append([course(model, doses).area(LONG, place)[0] for place in range(5)])
    plasma = 40.0 / 6.0
    first, second = 0.3 * 40.0 / 9.0, 0.1 * 40.0 / 1.5
    for found in areas:
        assert found == pytest.approx([plasma, first, second, plasma, 0.4 * first], rel=1e-12)


def test_infusions_by_mouth_that_are_longer_than_their_interval_end_each_at_its_own_time() -> None:
    # Every 6 h one of 8 h after a lag of 10 h: lag and duration are each longer than the interval.
    given = [(6.0 * k, 80.0, 8.0, True) for k in range(4)]
    together = course(LATE, given)
    times = np.linspace(0, 60, 121)
    alone = sum(course(LATE, [one]).concentration(times) for one in given)
    np.testing.assert_allclose(together.concentration(times), alone, rtol=1e-13)
    assert together.area(LONG)[0] == pytest.approx(0.4 * 4 * 80 / 6.0, rel=1e-12)
    starts = {10.0 + 6.0 * k for k in range(4)}
    assert set(together.kinks) == starts | {start + 8.0 for start in starts}


def test_doses_of_one_time_and_rate_are_each_given_in_any_order() -> None:
    # Two at the same rate that start together, one that starts as another ends, a bolus on top, and one by mouth.
    given = [(0.0, 10.0, 1.0, False), (0.0, 20.0, 2.0, False), (1.0, 10.0, 1.0, False), (1.0, 5.0, 0.0, False),
             (1.0, 5.0, 0.0, False), (1.0, 7.0, 0.0, True)]  # fmt: skip
    model = Model(6.0, 15.0, SIDES, absorption=([0.9], 0.0, 0.4))
    alone = sum(course(model, [one]).concentration(TIMES) for one in given)
    for order in itertools.islice(itertools.permutations(given), 0, 720, 37):
        assert course(model, order).concentration(TIMES) == pytest.approx(alone, rel=1e-13)


@pytest.mark.parametrize("duration", [12.0, 24.0, 36.0])
def test_a_steady_infusion_that_fills_its_interval_is_a_constant_level(duration: float) -> None:
    # One of 12, 24 or 36 h every 12 h: one, two or three of them run at any time.
    model = Model(6.0, 15.0, SIDES, effects=[(0.3, 1.0, 0)])
    start = model.core.steady([0.0], [120.0], [duration], [False], 12.0)
    going_on = [(12.0 * k, 120.0, duration, False) for k in range(4)]
    found = course(model, going_on, start)
    times = np.array([0.0, 1.0, 11.9, 12.0, 30.0, 47.9])
    for place in (0, 1):
        assert found.concentration(times, place) == pytest.approx(np.full(6, 10.0 / 6.0), rel=1e-12)


def test_the_routes_that_are_absorbed_are_alike_and_into_a_vein_knows_no_lag_and_no_share() -> None:
    drug = own(absorption=Absorption(rate=0.9, lag=0.5, bioavailability=0.4))
    by = {route: plasma(drug, {"amount": 100, "route": route}) for route in ("iv", "oral", "sc", "ip")}
    assert (by["oral"] == by["sc"]).all()
    assert (by["oral"] == by["ip"]).all()
    assert (by["iv"] == plasma(own(), {"amount": 100})).all()
    both = plasma(drug, {"amount": 100, "route": "iv"}, {"amount": 30, "route": "oral", "start_hours": 2.0})
    late = np.where(TIMES >= 2, np.interp(TIMES, TIMES, TIMES) - 2, 0)
    swallowed = np.where(TIMES >= 2, plasma(drug, {"amount": 30, "route": "oral"}, hours=late), 0)
    assert both == pytest.approx(by["iv"] + swallowed, rel=1e-13)


def test_all_is_absorbed_where_no_share_is_said_and_never_more_than_all() -> None:
    whole = own(absorption=Absorption(rate=0.9))
    said = own(absorption=Absorption(rate=0.9, bioavailability=1))
    given = {"amount": 100, "route": "oral"}
    assert (plasma(whole, given) == plasma(said, given)).all()
    half = own(absorption=Absorption(rate=0.9, bioavailability=0.5))
    areas = []
    for factor in (1.0, 1.5, 2.0, 3.0):
        patient = Patient(factors={"mine": ce.Factors(bioavailability=factor)})
        areas.append(ce.exposure(plan(given, days=2000), patient=patient, drugs=half)[AUC][0])
    assert areas == pytest.approx([x * 100 / 6.0 for x in (0.5, 0.75, 1.0, 1.0)], rel=1e-12)


def test_a_share_leaves_the_duration_of_an_infusion() -> None:
    # A planted bug would be a rate that is kept, and an infusion of half the time.
    given = {"amount": 100, "route": "oral", "duration_hours": 8.0}
    half, whole = (own(absorption=Absorption(rate=0.9, bioavailability=share)) for share in (0.5, 1.0))
    assert plasma(half, given) == pytest.approx(plasma(whole, given) / 2, rel=1e-15)
    shorter = {"amount": 50, "route": "oral", "duration_hours": 4.0}
    assert plasma(half, given)[1:] != pytest.approx(plasma(whole, shorter)[1:], rel=0.01)


def test_absorption_of_order_zero_is_an_infusion() -> None:
    # By mouth over 5 h into a gut that empties at once.
    fast = own(absorption=Absorption(rate=3000.0))
    swallowed = plasma(fast, {"amount": 100, "route": "oral", "duration_hours": 5.0})
    infused = plasma(own(), {"amount": 100, "duration_hours": 5.0})
    assert swallowed[1:] == pytest.approx(infused[1:], rel=3e-3)


def test_a_dose_acts_from_its_time_on_also_at_the_end_of_a_cycle() -> None:
    # A bolus is there at its own time; what is given as a cycle begins belongs to that cycle alone.
    table = ce.exposure(plan({"amount": 100}, days=1, cycles=2), patient=Patient(), drugs=own())
    first, second = table.iter_rows(named=True)
    assert first[CMAX] == pytest.approx(100 / 15.0, rel=1e-15)
    assert second[CMAX] == pytest.approx(100 / 15.0 + first["trough_mg_per_L"], rel=1e-14)
    found = ce.concentrations(plan({"amount": 100}, days=1, cycles=2), patient=Patient(), times=[1.0], drugs=own())
    assert found["mg_per_L"][0] == pytest.approx(second[CMAX], rel=1e-15)


def test_a_metabolite_takes_its_share_of_the_clearance_and_not_more() -> None:
    alone = own()
    made = pharmacology.Metabolite(name="M", molar_mass=250, fraction=1.0, clearance=3.0, volume=9.0)
    with_one = alone.replace({"metabolites": [made]})
    given = plan({"amount": 100, "duration_hours": 3.0}, days=2000)
    before, after = (ce.exposure(given, patient=Patient(), drugs=drug) for drug in (alone, with_one))
    assert after.row(0) == before.row(0)
    # In moles all of the drug becomes it: 100 / 500 of 250 g/mol, over 3 L/h.
    assert after[AUC][1] == pytest.approx(100 / 500 * 250 / 3.0, rel=1e-12)


def test_platinum_may_be_counted_as_platinum_or_as_the_drug() -> None:
    # Shares of mass of an atomic mass of 195.08: 0.4910 of oxaliplatin, 0.650 of cisplatin; micromoles are the same.
    for name, share in (("oxaliplatin", 0.4910), ("cisplatin", 0.650)):
        drug = pharmacology.drug(name)
        assert 195.08 / drug.molar_mass.value == pytest.approx(share, abs=5e-4)
        as_drug, as_metal = (
            ce.exposure(once(name, 100 * mass, 2), patient=Patient(), drugs=drug.replace({"molar_mass": of}))[CMAX][0]
            * (1000 / of)
            for mass, of in ((1.0, drug.molar_mass.value), (195.08 / drug.molar_mass.value, 195.08))
        )
        assert as_drug == pytest.approx(as_metal, rel=1e-12)


# What sources give per day or per minute is in the files per hour: L/day, 1/day or L/min of them.
CONVERTED = {
    "venetoclax.absorption.rate": 3.83 / 24,
    "venetoclax.peripherals[0].exchange": 130 / 24,
    "veliparib.clearance": 479 / 24,
    "veliparib.absorption.rate": 59.4 / 24,
    "pembrolizumab.clearance": 0.22 / 24,
    "pembrolizumab.peripherals[0].exchange": 0.795 / 24,
    "bevacizumab.clearance": 8.6 / 1000,
    "gemcitabine.clearance": 2.7 * 60,
    "gemcitabine.peripherals[0].exchange": 0.7 * 60,
    "olaparib.volume": 35.06 * 3**0.17,
}


@pytest.mark.parametrize("path", CONVERTED)
def test_constants_are_converted_once(path: str) -> None:
    name, _, field = path.partition(".")
    figures = dict(figures_of(pharmacology.drug(name).kinetics))
    assert figures[field].value == pytest.approx(CONVERTED[path], rel=5e-8)


def test_a_share_of_nothing_leaves_nothing() -> None:
    none = Model(**{**vars(EVERYTHING), "absorption": ([0.7], 3.0, 0.0)})
    found = course(none, [(0.0, 100.0, 0.0, True), (1.0, 100.0, 5.0, True)])
    for place in range(5):
        assert not found.concentration(TIMES, place).any()
        assert not found.area(TIMES, place).any()
