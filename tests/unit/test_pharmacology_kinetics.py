"""Kinetics of linear drugs: published drugs to nine digits, a stiff solver, mass balance, and the traps of dosing.

Numbers of published drugs were computed elsewhere from the same parameters, with another program.
"""

from __future__ import annotations

import numpy as np
import pytest

from chemoevo import _core
from tests.unit.pharmacokinetics import (
    CARBOPLATIN,
    EVERYTHING,
    IRINOTECAN,
    OLAPARIB,
    TOPOTECAN,
    VENETOCLAX,
    Model,
    Reference,
    compartments,
    course,
)

LONG = np.array([1e5])


def at(model, doses, times, compartment=0):
    return course(model, doses).concentration(np.array(times, dtype=float), compartment)


@pytest.mark.parametrize(
    ("model", "dose", "times", "want"),
    [
        (VENETOCLAX, (0, 400, 0, True), [2, 6, 24, 48], [0.5440957681, 1.197036338, 0.2499593275, 0.05881195594]),
        (TOPOTECAN, (0, 4, 0, True), [1, 4], [0.01273031408, 0.005714346349]),
        (OLAPARIB, (0, 300, 0, True), [0.5, 1, 4, 12], [3.400950022, 6.335313334, 4.491093064, 1.58222584]),
        (
            CARBOPLATIN,
            (0, 800, 1, False),
            [0.5, 1, 6, 48],
            [22.04932869, 37.87703979, 2.942768297, 0.002623156992],
        ),
        (
            IRINOTECAN,
            (0, 324, 1.5, False),
            [1.5, 2, 6, 24],
            [1.239031982, 1.119987853, 0.5390992816, 0.08291608055],
        ),
    ],
    ids=["venetoclax", "topotecan", "olaparib", "carboplatin", "irinotecan"],
)
def test_published_drugs(model, dose, times, want):
    assert at(model, [dose], times) == pytest.approx(want, rel=5e-10)


def test_published_metabolite_and_effect_compartments():
    given = [(0, 324, 1.5, False)]
    sn38 = [0.01420643736, 0.01623809435, 0.008288360692, 0.001231709241]
    assert at(IRINOTECAN, given, [1.5, 2, 6, 24], 1) == pytest.approx(sn38, rel=5e-10)
    areas = [course(IRINOTECAN, given).area(LONG, place)[0] for place in (0, 1)]
    assert areas == pytest.approx([9.759036145, 0.1413257646], rel=5e-10)
    for place, want in [
        (1, [2.676024919, 8.879693935, 7.260296015, 0.003848308152]),
        (2, [0.2885362622, 1.032638695, 3.329868475, 0.53188855]),
    ]:
        assert at(CARBOPLATIN, [(0, 800, 1, False)], [0.5, 1, 6, 48], place) == pytest.approx(want, rel=5e-9)


def test_published_state():
    state = course(CARBOPLATIN, [(0, 800, 1, False)]).state(1.0)
    assert state.values[:2] == pytest.approx([4.655677702, 33.22136209], rel=5e-10)
    assert state.amounts(CARBOPLATIN.core)[1] == pytest.approx([583.3064127, 40.57191403], rel=5e-10)


def per_hour(v, cl, *pairs):
    """A model from rate constants (out, back) in 1/h."""
    return Model(cl, v, [(out * v, out * v / back) for out, back in pairs])


@pytest.mark.parametrize(
    ("model", "dose", "duration", "want"),
    [
        (Model(62.4, 17.7, [(50.7, 1830), (28.4, 71)]), 90, 0.5, (1.277437497, 1.442307692, 45.808024)),
        (Model(44.1, 8.9, [(6.1, 7.3), (14.4, 388)]), 180, 1, (2.921557587, 4.081632653, 24.83906)),
        (per_hour(7.4, 5.2 * 7.4, (1.06, 1.51), (1.26, 0.084)), 180, 1, (3.582922002, 4.677754678, 10.297147)),
        (per_hour(26, 48.5, (2.48, 0.604), (4.84, 0.0266)), 46, 1, (0.2152811028, 0.9484536082, 95.060436)),
        (Model(0.06 * 140, 15.4, CARBOPLATIN.peripherals), 840, 1, (39.74797042, 100, 4.35105)),
        (Model(8.09, 51.1, [(113, 171), (3.21, 1400)]), 153 * 0.4910, 2, (0.47822553, 9.285908529, 427.85)),
        (Model(2.7 * 60, 15, [(0.7 * 60, 15)]), 1800, 0.5, (20.00253466, 11.11111111, 0.3273828)),
    ],
    ids=["doxorubicin", "docetaxel", "docetaxel, Bruno", "cabazitaxel", "carboplatin", "oxaliplatin", "gemcitabine"],
)
def test_published_infusions(model, dose, duration, want):
    found = course(model, [(0, dose, duration, False)])
    half_life = np.log(2) / model.core.exponents[0]
    peak, area = found.concentration(np.array([duration], dtype=float))[0], found.area(LONG)[0]
    assert peak == pytest.approx(want[0], rel=2e-8)
    assert area == pytest.approx(want[1], rel=1e-8)
    assert half_life == pytest.approx(want[2], rel=1e-5)


def test_steady_dosing_of_published_drugs():
    # Venetoclax daily: the clock of absorption begins 0.96 h after the dose.
    lag = 0.96
    start = VENETOCLAX.core.steady([0.0], [400.0], [0.0], [True], 24.0)
    found = course(VENETOCLAX, [(24.0 * k, 400.0, 0.0, True) for k in range(4)], start)
    assert found.concentration(np.array([lag, 12 + lag, 24 + lag])) == pytest.approx(
        [0.3428417317, 0.9478284965, 0.3428417317], rel=5e-10
    )
    fine = np.linspace(0, 24, 2001)
    assert found.concentration(fine).max() == pytest.approx(1.445273319, rel=1e-6)
    assert found.area(np.array([24.0, 96.0])) * VENETOCLAX.clearance / 400 == pytest.approx([1, 4], rel=1e-13)
    # Olaparib twice a day: what is left just before a dose, and the peak.
    start = OLAPARIB.core.steady([0.0], [300.0], [0.0], [True], 12.0)
    found = course(OLAPARIB, [(0.0, 300.0, 0.0, True)], start)
    assert found.concentration(np.array([0.0, 1.109925, 12.0])) == pytest.approx(
        [2.290999288, 8.427501509, 2.290999288], rel=1e-9
    )


@pytest.mark.parametrize("lag", [0.0, 5.0, 12.0, 31.0])
def test_steady_dosing_is_what_many_doses_build_up(lag):
    model = Model(6.0, 15.0, [(4.0, 30.0)], ([2.0, 0.7], lag, 0.6), effects=[(0.3, 0.5, 0)])
    within = [(0.0, 100.0, 0.0, True), (3.0, 50.0, 17.0, False), (1.0, 30.0, 2.0, True)]
    columns = [list(column) for column in zip(*within, strict=True)]
    start = model.core.steady(*columns, 12.0)  # type: ignore[call-arg]
    doses = [(t + 12.0 * k, *rest) for k in range(31) for t, *rest in within]
    built, after = course(model, doses).state(12.0 * 31), 12.0 * np.array([0.0, 0.1, 0.5, 1.0, 2.3, 4.0])
    went_on = course(model, [], start)
    for place in (0, 1):
        stopped = course(model, doses).concentration(12.0 * 31 + after, place)
        assert went_on.concentration(after, place) == pytest.approx(stopped, rel=1e-10)
    # At a lag of a whole interval the state built up has the dose that enters at that instant.
    assert start.values[lag == 12 :] == pytest.approx(built.values[lag == 12 :], rel=1e-10)


def test_equal_rates_need_no_case():
    # Absorption exactly as fast as the slow phase, and nearly so.
    slow = Model(10, 20, [(5, 30)]).core.exponents[0]
    assert slow == pytest.approx(0.1023331773, rel=1e-9)
    for rate in (slow, slow * (1 + 1e-9)):
        model = Model(10, 20, [(5, 30)], absorption=([rate], 0.0, 1.0))
        assert at(model, [(0, 100, 0, True)], [1, 10]) == pytest.approx([0.3423020337, 0.4009024485], rel=2e-9)


LINEAR = [(0.0, 100.0, 1.0, False), (0.5, 40.0, 0.0, True), (0.5, 30.0, 3.0, True), (2.0, 30.0, 0.0, False)]
TIMES = np.array([0.0, 0.1, 0.5, 0.9, 1.0, 1.4, 2.0, 3.9, 9.0, 30.0])


def test_every_part_solves_its_equations():
    reference = Reference(EVERYTHING)
    want, end = reference.solve(LINEAR, TIMES)
    got = compartments(course(EVERYTHING, LINEAR), 5, TIMES)
    np.testing.assert_allclose(got, want, rtol=2e-9, atol=1e-11)
    # A planted bug: a metabolite that takes its share on top of the clearance.
    wrong = Model(**{**vars(EVERYTHING), "clearance": 6.0 * 1.1})
    assert not np.allclose(compartments(course(wrong, LINEAR), 5, TIMES), want, rtol=2e-9, atol=1e-11)
    # Mass balance: what was given is what is there and what was eliminated.
    state = course(EVERYTHING, LINEAR).state(30.0)
    depots, plasma = state.amounts(EVERYTHING.core)
    eliminated = EVERYTHING.clearance * got[1, 0, -1]
    given = sum(amount * (0.6 if mouth else 1.0) for _, amount, _, mouth in LINEAR)
    assert sum(depots) + sum(plasma) + eliminated == pytest.approx(given, rel=1e-12)
    assert end[reference.size] == pytest.approx(eliminated, rel=1e-8)


def test_areas_of_parts_are_in_proportion():
    found = course(EVERYTHING, LINEAR)
    areas = [found.area(LONG, place)[0] for place in range(5)]
    given = 100 + 30 + 0.6 * 70
    assert areas[0] == pytest.approx(given / 6.0, rel=1e-12)
    assert areas[1:3] == pytest.approx([0.3 * given / 9.0, 0.1 * given / 1.5], rel=1e-12)
    assert areas[3:] == pytest.approx([areas[0], 0.4 * areas[1]], rel=1e-12)


def test_limits_of_parts():
    times = np.array([0.0, 0.2, 1.0, 5.0, 40.0])
    plain = Model(6.0, 15.0, [(4.0, 30.0)])
    bolus = at(plain, [(0, 100, 0, False)], times)
    fast = Model(6.0, 15.0, [(4.0, 30.0)], ([1e9, 1e10], 0.0, 1.0), effects=[(1e9, 1.0, 0)])
    assert at(fast, [(0, 100, 0, True)], times)[1:] == pytest.approx(bolus[1:], rel=1e-7)
    assert at(fast, [(0, 100, 0, False)], times, 1)[1:] == pytest.approx(bolus[1:], rel=1e-7)
    none = Model(6.0, 15.0, absorption=([1.0], 0.0, 0.0))
    assert not at(none, [(0, 100, 0, True)], times).any()
    assert not at(plain, [], times).any()


def test_traps_of_dosing():
    times = np.array([0.0, 0.6, 1.0, 2.0, 3.0, 4.5, 9.0])
    whole = Model(6.0, 15.0, absorption=([1.0], 1.5, 1.0))
    half = Model(6.0, 15.0, absorption=([1.0], 1.5, 0.5))
    # A share scales the amount and not the duration; a lag shifts what enters, also where infusions overlap.
    given = [(0.0, 80.0, 4.0, True), (1.0, 20.0, 0.0, True)]
    assert at(half, given, times) == pytest.approx(at(whole, given, times) / 2, rel=1e-15)
    assert course(half, given).kinks == [1.5, 2.5, 5.5]
    early = Model(6.0, 15.0, absorption=([1.0], 0.0, 1.0))
    assert at(whole, given, times + 1.5) == pytest.approx(at(early, given, times), rel=1e-13)
    # Infusions at one rate end each at its own time, and duration 0 is a bolus.
    two = at(whole, [(0, 10, 1, False), (0, 20, 2, False)], times)
    assert two == pytest.approx(at(whole, [(0, 20, 1, False), (1, 10, 1, False)], times), rel=1e-13)
    bolus = at(whole, [(0, 10, 0, False)], times)
    assert at(whole, [(0, 10, 1e-12, False)], times)[1:] == pytest.approx(bolus[1:], rel=1e-11)
    assert bolus[0] == pytest.approx(10 / 15)


def test_parameters_may_change_on_the_way():
    # What a body holds does not change at once: two halves of an integration with different parameters.
    before = Model(6.0, 15.0, [(4.0, 30.0), (1.0, 90.0)], ([0.7], 0.0, 0.6), [(0.3, 9.0, 20.0, [(2.0, 12.0)])])
    after = Model(2.0, 12.0, [(5.0, 20.0), (2.0, 90.0)], ([0.9], 0.0, 0.6), [(0.2, 5.0, 25.0, [(1.0, 12.0)])])
    doses = [(0.0, 100.0, 1.0, False), (0.0, 50.0, 0.0, True)]
    state = course(before, doses).state(4.0)
    carried = state.carried(before.core, after.core)
    assert carried.amounts(after.core)[1] == pytest.approx(state.amounts(before.core)[1], rel=1e-12)
    back = carried.carried(after.core, before.core)
    assert back.values == pytest.approx(state.values, rel=1e-11)
    # Mass balance over the change.
    end = course(after, [], carried).state(500.0)
    left = sum(map(sum, end.amounts(after.core)))
    eliminated = 6.0 * state.areas[0] + 2.0 * (end.areas[0] - state.areas[0])
    assert left + eliminated == pytest.approx(130.0, rel=1e-12)


def test_many_patients_at_once_are_each_alone():
    rng = np.random.default_rng(1)

    def one():
        clearance, volume = 6.0 * rng.uniform(0.5, 2), 15.0 * rng.uniform(0.5, 2)
        sides = [tuple(pair) for pair in rng.uniform(2.0, 30.0, (2, 2))]
        made = [(0.3, 9.0, volume, sides[:1])]
        return Model(clearance, volume, sides, ([1.3] * 2, 0.4, 0.6), made, [(0.3, 0.5, 1)]).core

    bodies = [one() for _ in range(7)]
    many = _core.Cohort(bodies)
    amounts = rng.uniform(10, 100, (7, 3))
    doses = (np.array([0.0, 1.0, 5.0]), amounts.ravel(), np.array([0.0, 2.0, 0.0]), [True, False, False])
    times = np.array([0.0, 0.5, 2.0, 7.0, 3.0])
    assert len(many) == 7
    for place in range(3):
        tables = [ask(doses, times, compartment=place) for ask in (many.concentration, many.area)]
        for patient in range(7):
            alone = _core.Course(bodies[patient], doses[0], amounts[patient], doses[2], doses[3])
            assert np.array_equal(tables[0][patient], alone.concentration(times, place))
            assert np.array_equal(tables[1][patient], alone.area(times, place))
    shared = (doses[0], amounts[0], doses[2], doses[3])
    assert np.array_equal(many.concentration(shared, times, threads=1)[0], many.concentration(doses, times)[0])
