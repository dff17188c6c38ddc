"""Absorption by a number of stages that is not whole: published numbers, quadrature, solvers, whole numbers nearby."""

from __future__ import annotations

import itertools
from dataclasses import replace

import mpmath as mp
import numpy as np
import pytest

import chemoevo as ce
from chemoevo import _core, pharmacology
from tests.unit.pharmacokinetics import EVERYTHING, SATURABLE, Model, Reference, compartments, course

ONCE = [(0.0, 1.0, 0.0, True)]
FRACTION = replace(EVERYTHING, absorption=([1.3], 0.4, 0.6), stages=3.7)
"""A linear drug with every part."""
SLOW = replace(EVERYTHING, absorption=([0.05], 0.4, 0.6), stages=2.4)
"""One that is absorbed more slowly than it is eliminated."""


def one(stages, rate, exponent):
    """Of one compartment of 1 L."""
    return Model(exponent, 1.0, absorption=([rate], 0.0, 1.0), stages=stages)


def fails(call, *arguments, **named):
    with pytest.raises(ce.ModelError) as caught:
        call(*arguments, **named)
    return str(caught.value)


def test_published_numbers():
    times = np.array([1.0, 5.0])
    for rate, exponent, want in [
        (2.0, 0.3, [0.08264921062, 0.441045418]),
        (0.3, 2.0, [4.750336712e-5, 0.009645574569]),
    ]:
        found = course(one(4.5, rate, exponent), ONCE).concentration(times)
        assert found == pytest.approx(want, rel=1e-9)
        # A planted bug: n in place of n + 1 stages.
        assert course(one(3.5, rate, exponent), ONCE).concentration(times) != pytest.approx(want, rel=0.1)


@pytest.mark.parametrize("stages", [1.0000001, 1.5, 4.5, 17.25, 49.9])
@pytest.mark.parametrize(
    ("rate", "exponent"), [(2.0, 0.3), (0.3, 2.0), (0.7, 0.7), (0.7, 0.7 * (1 + 1e-9)), (40.0, 1e-3)]
)
def test_plasma_is_a_convolution(stages, rate, exponent):
    model = one(stages, rate, exponent)
    times = np.array([1e-6, 1e-2, 1.0, 12.0, 60.0, 700.0])
    found = course(model, ONCE)
    with mp.workdps(30):
        k, a, s = mp.mpf(rate), mp.mpf(model.core.exponents[0]), mp.mpf(stages)

        def plasma(t):
            # Kummer's function, by Tricomi's relation where its argument is below 0.
            return mp.exp(s * mp.log(k * t) - a * t - mp.loggamma(s + 1)) * mp.hyp1f1(s, s + 1, (a - k) * t)

        wants = [plasma(mp.mpf(t)) for t in times]
        areas = [
            (mp.gammainc(s, 0, k * mp.mpf(t), regularized=True) - c) / a for t, c in zip(times, wants, strict=True)
        ]
        kept = [float(c) > 1e-280 for c in wants]
    got = found.concentration(times), found.area(times)
    for values, want in zip(got, (wants, areas), strict=True):
        assert values[kept] == pytest.approx(np.array(want, dtype=float)[kept], rel=1e-12, abs=0)


DOSES = [(0.0, 100.0, 0.0, True), (0.5, 40.0, 1.0, False), (3.0, 60.0, 0.0, True), (3.0, 20.0, 0.0, True)]
TIMES = np.array([0.4, 0.5, 0.9, 1.4, 2.0, 3.4, 3.9, 9.0, 30.0, 150.0])


@pytest.mark.parametrize("model", [FRACTION, SLOW, replace(FRACTION, stages=20.5)], ids=["fast", "slow", "many"])
def test_every_part_solves_its_equations(model):
    want, end = Reference(model).solve(DOSES, TIMES, "DOP853", 3e-14)
    found = course(model, DOSES)
    np.testing.assert_allclose(compartments(found, 5, TIMES), want, rtol=1e-10, atol=1e-12)
    # Planted bugs: a lag that is forgotten, a share that is taken twice, stages that are one too few.
    rates, lag, share = model.absorption
    for wrong in [
        replace(model, absorption=(rates, 0.0, share)),
        replace(model, absorption=(rates, lag, share * share)),
        replace(model, stages=model.stages - 1),
    ]:
        bad = compartments(course(wrong, DOSES), 5, TIMES)
        assert not np.allclose(bad, want, rtol=1e-3, atol=1e-12)
    # Mass balance: what was given is what is to come, what is there and what was eliminated.
    (coming,), plasma = found.state(TIMES[-1]).amounts(model.core)
    eliminated = model.clearance * found.area(TIMES[-1:])[0]
    assert coming + sum(plasma) + eliminated == pytest.approx(40 + 0.6 * 180, rel=1e-12)
    assert end[Reference(model).size] == pytest.approx(eliminated, rel=1e-9)


def test_a_saturable_drug_solves_its_equations():
    model = replace(SATURABLE, absorption=([1.1], 0.3, 0.8), stages=2.6)
    doses = [(0.0, 80.0, 2.0, False), (1.0, 100.0, 0.0, True), (8.0, 40.0, 0.0, True)]
    times = np.array([0.5, 1.3, 1.4, 2.0, 3.0, 8.3, 10.0, 30.0])
    want, _ = Reference(model).solve(doses, times)
    np.testing.assert_allclose(compartments(course(model, doses), 3, times), want, rtol=1e-8, atol=1e-10)
    little = course(model, [(0.0, 1e-9, 0.0, True)])
    assert little.stretches < 40
    assert little.area(np.array([1e4]))[0] == pytest.approx(0.8e-9 / (1.0 + 30.0 / 0.5), rel=1e-7)


def test_large_and_tiny_times():
    for model in (FRACTION, SLOW):
        found = course(model, [(0.0, 100.0, 0.0, True)])
        assert found.concentration(np.array([0.0, 0.4]))[1] == 0.0
        # At first nothing leaves: C = F D (k t)^s/(V Gamma(s + 1)).
        t = 1e-7
        (rate,), _, share = model.absorption
        start = found.concentration(np.array([0.4 + t]))[0]
        t = 0.4 + t - 0.4
        law = share * 100 * float(mp.mpf(rate * t) ** model.stages / mp.gamma(model.stages + 1)) / model.volume
        assert start == pytest.approx(law, rel=1e-6)
        areas = [found.area(np.array([1e5]), place)[0] for place in range(5)]
        assert areas[:3] == pytest.approx([60 / 6.0, 0.3 * 60 / 9.0, 0.1 * 60 / 1.5], rel=1e-12)
        assert areas[3:] == pytest.approx([areas[0], 0.4 * areas[1]], rel=1e-12)
    # Of a drug that is eliminated sooner, what is left is what still comes in, also where next to nothing does.
    late = course(one(2.4, 0.05, 2.0), ONCE).concentration(np.array([8000.0, 8001.0]))
    assert 0 < late[1] < late[0] < 1e-160
    assert late[1] / late[0] == pytest.approx(np.exp(-0.05) * (8001 / 8000) ** 1.4, rel=1e-6)


@pytest.mark.parametrize("number", [1, 5, 17, 50])
def test_numbers_of_stages_are_continuous(number):
    times = np.array([0.5, 1.0, 3.0, 10.0, 40.0, 200.0])
    rate = 0.5 * number
    whole = replace(EVERYTHING, absorption=([rate] * number, 0.4, 0.6))
    want = compartments(course(whole, DOSES), 5, times)
    for off in (-1e-6, 1e-6):
        if 1 <= number + off <= 50:
            near = replace(EVERYTHING, absorption=([rate], 0.4, 0.6), stages=number + off)
            got = compartments(course(near, DOSES), 5, times)
            np.testing.assert_allclose(got, want, rtol=2e-4 if number > 5 else 2e-5, atol=1e-9)
    # The gamma density of a whole number is that of the stages.
    same = replace(EVERYTHING, absorption=([rate], 0.4, 0.6), stages=float(number))
    np.testing.assert_allclose(compartments(course(same, DOSES), 5, times), want, rtol=1e-11, atol=0)


@pytest.mark.parametrize("model", [FRACTION, SLOW], ids=["fast", "slow"])
def test_a_course_goes_on_from_any_state(model):
    times = np.array([45.0, 60.0, 300.0])
    whole = course(model, DOSES)
    for cut in (0.0, 0.2, 0.4, 0.9, 3.0, 3.4, 20.0, 40.0):
        state = whole.state(cut)
        kept = _core.State(state.time, state.values, state.areas, state.inputs)
        again = course(model, [dose for dose in DOSES if dose[0] > cut], kept)
        got, want = compartments(again, 5, times), compartments(whole, 5, times)
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=0)


def test_many_doses_superpose():
    times = np.array([1.0, 100.0, 1000.0, 2405.0, 2600.0])
    once = course(FRACTION, ONCE)
    all_of_them = course(FRACTION, [(12.0 * k, 1.0, 0.0, True) for k in range(200)])
    for place in range(5):
        sum_of = sum(once.concentration(np.maximum(times - 12.0 * k, 0.0), place) for k in range(200))
        assert all_of_them.concentration(times, place) == pytest.approx(sum_of, rel=1e-12)


@pytest.mark.parametrize("lag", [0.0, 5.0, 12.0, 31.0])
@pytest.mark.parametrize("rate", [0.9, 0.06])
def test_steady_dosing_is_what_many_doses_build_up(lag, rate):
    model = Model(6.0, 15.0, [(4.0, 30.0)], ([rate], lag, 0.6), effects=[(0.3, 0.5, 0)], stages=2.3)
    within = [(0.0, 100.0, 0.0, True), (3.0, 50.0, 17.0, False), (1.0, 30.0, 0.0, True)]
    start = model.core.steady(*map(list, zip(*within, strict=True)), 12.0)  # type: ignore[call-arg]
    doses = [(t + 12.0 * k, *rest) for k in range(61) for t, *rest in within]
    built, after = course(model, doses), 12.0 * np.array([0.0, 0.1, 0.5, 1.0, 2.3, 4.0])
    went_on = course(model, [], start)
    for place in (0, 1):
        stopped = built.concentration(12.0 * 61 + after, place)
        assert went_on.concentration(after, place) == pytest.approx(stopped, rel=1e-10)
    assert start.values == pytest.approx(built.state(12.0 * 61).values, rel=1e-10)


def test_parameters_may_change_on_the_way_but_not_those_of_absorption():
    after = replace(FRACTION, clearance=2.0, volume=12.0)
    state = course(FRACTION, DOSES).state(4.0)
    carried = state.carried(FRACTION.core, after.core)
    assert carried.amounts(after.core)[1] == pytest.approx(state.amounts(FRACTION.core)[1], rel=1e-12)
    end = course(after, [], carried).state(900.0)
    eliminated = 6.0 * state.areas[0] + 2.0 * (end.areas[0] - state.areas[0])
    left = sum(map(sum, end.amounts(after.core)))
    assert left + eliminated == pytest.approx(40 + 0.6 * 180, rel=1e-11)
    for wrong in (replace(after, stages=3.8), replace(after, absorption=([1.4], 0.4, 0.6))):
        said = fails(state.carried, FRACTION.core, wrong.core)
        assert "a dose that is being absorbed by 3.7 stages, a number that is not whole, cannot change" in said


def test_many_patients_and_what_periods_amount_to():
    bodies = [replace(FRACTION, stages=stages).core for stages in (3.7, 1.2, 8.5)]
    doses = (np.array([0.0, 5.0]), np.array([100.0, 60.0]), np.zeros(2), [True, True])
    times = np.linspace(0.0, 40.0, 4001)
    table = _core.Cohort(bodies).concentration(doses, times, compartment=1)
    periods = _core.Cohort(bodies).periods(doses, np.array([0.0, 40.0]), [(1, 0.05)])
    for row, (body, values) in enumerate(zip(bodies, table, strict=True)):
        alone = _core.Course(body, *doses)
        assert np.array_equal(values, alone.concentration(times, 1))
        highest, area, last, above = periods[row, 0, 0]
        assert highest == pytest.approx(values.max(), rel=1e-5)
        assert highest >= values.max()
        assert area == pytest.approx(alone.area(times[-1:], 1)[0], rel=1e-13)
        assert last == values[-1]
        assert above == pytest.approx((values > 0.05).sum() * 0.01, abs=0.03)


ORAL = {
    "name": "X",
    "drug_class": "x",
    "molar_mass": 500.0,
    "fraction_unbound": 0.1,
    "routes": ["oral"],
}


def drug(stages, **more):
    kinetics = pharmacology.Kinetics(
        clearance=20.0,
        volume=50.0,
        absorption=pharmacology.Absorption(rate=2.0, stages=stages, lag=0.5, bioavailability=0.7),
        **more,
    )
    return pharmacology.Drug(**ORAL, kinetics=kinetics, potency=pharmacology.DrugPotency(ec50=1.0, hill=1.0, line="x"))


def regimen(**more):
    dose = pharmacology.Dose(drug="X", amount=100, unit="mg", days=[1, 2], **more)
    return pharmacology.Regimen(name="r", phases=[pharmacology.Phase(doses=[dose], cycles=2, cycle_length_days=7)])


def test_a_drug_takes_any_number_of_stages():
    patient = pharmacology.Patient()
    days = [0.1, 0.3, 1.2, 8.0]

    def total(stages):
        table = ce.concentrations(regimen(), patient=patient, times=days, drugs=[drug(stages)])
        return table["mg_per_L"].to_numpy()[: len(days)]

    tables = {stages: total(stages) for stages in (4, 4.000001, 4.5, 30, 50)}
    assert tables[4.000001] == pytest.approx(tables[4], rel=1e-4)
    assert tables[4.5] != pytest.approx(tables[4], rel=1e-2)
    model = Model(20.0, 50.0, absorption=([2.0], 0.5, 0.7), stages=4.5)
    found = course(model, [(24.0 * day, 100.0, 0.0, True) for day in (0, 1, 7, 8)])
    assert tables[4.5] == pytest.approx(found.concentration(24 * np.array(days)), rel=1e-14)
    exposure = ce.exposure(regimen(), patient=patient, drugs=[drug(4.5)])
    assert len(exposure) == 2


@pytest.mark.parametrize(
    ("stages", "said"), [(0.5, ">= 1; got 0.5"), (50.5, "<= 50; got 50.5"), (float("nan"), "finite")]
)
def test_numbers_of_stages_are_checked(stages, said):
    assert said in fails(pharmacology.Absorption, rate=1.0, stages=stages)


def test_doses_that_last_are_refused_by_their_field():
    patient = pharmacology.Patient()
    lasting = regimen(duration_hours=2.0)
    said = fails(ce.concentrations, lasting, patient=patient, times=[1.0], drugs=[drug(4.5)])
    assert said == (
        "regimen.phases[0].doses[0].duration_hours must be 0, since 'X' is absorbed by a number of stages that is not "
        "whole; got 2.0. A dose that lasts can be absorbed by a whole number: stages = 4 or 5."
    )
    assert len(ce.concentrations(lasting, patient=patient, times=[1.0], drugs=[drug(4)])) == 2
    assert "doses[0] lasts" in fails(course, FRACTION, [(0.0, 1.0, 1.0, True)])


def test_two_courses_are_one_if_their_doses_are():
    orders = itertools.permutations(DOSES)
    values = [course(FRACTION, order).concentration(TIMES) for order in itertools.islice(orders, 0, 24, 7)]
    assert all(np.array_equal(values[0], other) for other in values[1:])
