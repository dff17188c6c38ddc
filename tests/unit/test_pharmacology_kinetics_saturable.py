"""Saturable kinetics: published exposures of paclitaxel, a stiff solver, the linear limit, the end of superposition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from tests.unit.pharmacokinetics import (
    PACLITAXEL,
    SATURABLE,
    Model,
    Reference,
    compartments,
    course,
    micromoles,
)

LONG = np.array([3000.0])


@pytest.mark.parametrize(
    ("dose", "duration", "peak", "area", "above", "later"),
    [
        (175, 3, 4.599568753, 15.68446251, 26.87230523, (0.05854368, 0.004747739)),
        (80, 1, 3.66646101, 5.543691835, 9.154783406, None),
        (175, 24, 0.2972484901, 7.085215588, 28.49181699, None),
        (225, 3, 6.758757569, 23.66814665, 35.38609875, None),
    ],
)
def test_published_exposure_of_paclitaxel(dose, duration, peak, area, above, later):
    found = course(PACLITAXEL, [(0.0, micromoles(dose), duration, False)])

    def excess(time):
        return found.concentration(np.array([time]))[0] - 0.05

    assert found.concentration(np.array([float(duration)]))[0] == pytest.approx(peak, rel=5e-9)
    assert found.area(LONG)[0] == pytest.approx(area, rel=5e-9)
    assert brentq(excess, duration, 60, xtol=1e-9) - brentq(excess, 0, duration, xtol=1e-9) == pytest.approx(
        above, rel=2e-8
    )
    if later:
        assert found.concentration(np.array([24.0, 72.0])) == pytest.approx(later, rel=2e-7)


def test_superposition_ends_where_something_saturates():
    areas = [course(PACLITAXEL, [(0.0, micromoles(dose), 3.0, False)]).area(LONG)[0] for dose in (175, 225)]
    assert areas[1] / areas[0] == pytest.approx(1.5090187, rel=1e-7)
    assert not PACLITAXEL.core.linear


@pytest.mark.parametrize(
    ("times", "method"),
    [
        ([0.3, 3.0, 5.0, 24.0], "LSODA"),
        pytest.param(
            [0.1, 0.5, 1.5, 3.0, 3.1, 4.0, 9.0, 30.0, 100.0, 503.0, 504.5, 505.0, 530.0],
            "Radau",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_paclitaxel_solves_its_equations(times, method):
    doses = [(0.0, micromoles(175), 3.0, False), (504.0, micromoles(80), 1.0, False)]
    want, _ = Reference(PACLITAXEL).solve(doses, np.array(times), method, 1e-10)
    got = compartments(course(PACLITAXEL, doses), 1, np.array(times))
    np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-12)


def test_every_part_of_a_saturable_drug_solves_its_equations():
    doses = [(0.0, 80.0, 2.0, False), (1.0, 100.0, 0.0, True), (8.0, 40.0, 0.0, False)]
    times = np.array([0.5, 1.0, 1.4, 2.0, 3.0, 7.9, 8.0, 10.0, 30.0])
    want, _ = Reference(SATURABLE).solve(doses, times)
    got = compartments(course(SATURABLE, doses), 3, times)
    np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-10)


def test_little_of_a_drug_is_linear():
    # Far below KM: a mammillary disposition of VM/KM, to a relative error of the concentration over KM.
    limit = Model(33.8 / 0.44, 12.0, [(16.8, 268.0), (177 / 1.61, 177 / 1.61 / 1.21)])
    times = np.array([0.01, 0.1, 1.0, 10.0, 100.0, 1000.0])
    for amount in (1e-6, 1e-12):
        little = course(PACLITAXEL, [(0.0, amount, 0.0, False)])
        want = course(limit, [(0.0, amount, 0.0, False)]).concentration(times)
        assert little.concentration(times) == pytest.approx(want, rel=amount)
    # A planted bug: a limit without the transfer.
    without = Model(33.8 / 0.44, 12.0, [(16.8, 268.0)])
    assert want != pytest.approx(course(without, [(0.0, amount, 0.0, False)]).concentration(times), rel=0.1, abs=0)


def test_much_of_a_drug_leaves_at_one_rate():
    # Michaelis-Menten alone: V (C0 - C) + KM V ln(C0/C) = VM t, so the time of a concentration is known.
    most, half, volume, amount = 10.0, 0.2, 5.0, 2000.0
    found = course(Model(0.0, volume, saturable=((most, half), None)), [(0.0, amount, 0.0, False)])
    levels = np.array([399.0, 100.0, 10.0, 1.0, 0.2, 1e-3, 1e-8, 1e-12])
    times = volume * (amount / volume - levels + half * np.log(amount / volume / levels)) / most
    assert found.concentration(times) == pytest.approx(levels, rel=2e-6)
    # Area: C0^2/2 + KM C0 over VM/V.
    assert found.area(LONG)[0] == pytest.approx(volume / most * (400.0**2 / 2 + half * 400.0), rel=1e-8)


def test_a_saturable_drug_continues_from_any_time():
    doses = [(0.0, micromoles(175), 3.0, False), (24.0, micromoles(80), 1.0, False)]
    times = np.array([24.5, 30.0, 100.0, 500.0])
    whole = course(PACLITAXEL, doses)
    for cut in (0.0, 1.7, 3.0, 20.0, 24.0, 24.3):
        later = [dose for dose in doses if dose[0] > cut]
        again = course(PACLITAXEL, later, whole.state(cut))
        assert again.concentration(times) == pytest.approx(whole.concentration(times), rel=1e-8)
        assert again.area(times) == pytest.approx(whole.area(times), rel=1e-8)


def test_steps_grow_as_the_drug_falls():
    once = course(PACLITAXEL, [(0.0, micromoles(175), 3.0, False)])
    assert once.stretches < 80
    assert course(PACLITAXEL, [(0.0, 1e-9, 0.0, False)]).stretches < 20
