"""What holds for the kinetics of every drug: superposition, restarts, shifts in time, scaling, and mass balance."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.property._examples import short_and_long
from tests.unit.pharmacokinetics import PACLITAXEL, SATURABLE, Given, Model, course

AFTER = np.array([0.0, 0.01, 0.7, 3.0, 11.0, 60.0, 400.0])

rates = st.floats(0.01, 30.0)
sides = st.lists(st.tuples(rates, st.floats(1.0, 500.0)), max_size=2)


@st.composite
def linear(draw: st.DrawFn) -> Model:
    """Any linear drug, with equal and with very different rates."""
    absorbed = draw(st.lists(st.sampled_from([0.3, 1.0, 9.22]) | rates, min_size=1, max_size=5))
    metabolites = draw(st.lists(st.tuples(st.floats(0, 1), rates, st.floats(1, 100), sides), max_size=1))
    effect = (draw(rates), draw(st.floats(0.01, 2)), len(metabolites))
    return Model(
        draw(rates),
        draw(st.floats(1.0, 100.0)),
        draw(sides),
        absorption=(absorbed, draw(st.sampled_from([0.0, 0.5, 7.0])), draw(st.floats(0.1, 1))),
        metabolites=metabolites,
        effects=[effect],
    )


durations = st.sampled_from([0.0, 1e-3, 1.0]) | st.floats(0.1, 48)
doses = st.lists(st.tuples(st.floats(0, 100), st.floats(1, 1000), durations, st.booleans()), min_size=1, max_size=5)
places = st.integers(0, 1)


def both(model: Model, given: list[Given], times: Any, place: int, start: Any = None) -> np.ndarray:
    found = course(model, given, start)
    return np.array([found.concentration(times, place), found.area(times, place)])


@short_and_long(40, 1000, model=linear(), given=doses, place=places)
def test_doses_of_linear_drugs_superpose(model: Model, given: list[Given], place: int) -> None:
    times = np.sort(np.concatenate([AFTER, [t for t, *_ in given]]))
    together = both(model, given, times, place)
    alone = sum(both(model, [dose], times, place) for dose in given)
    np.testing.assert_allclose(together, alone, rtol=1e-11, atol=1e-280)
    assert (together >= 0).all()


@short_and_long(40, 1000, model=linear(), given=doses, place=places, cut=st.floats(0, 150))
def test_a_course_goes_on_from_any_time(model: Model, given: list[Given], place: int, cut: float) -> None:
    state = course(model, given).state(cut)
    later = [dose for dose in given if dose[0] > cut]
    whole, again = both(model, given, cut + AFTER, place), both(model, later, cut + AFTER, place, state)
    np.testing.assert_allclose(again, whole, rtol=1e-11, atol=1e-280)


@short_and_long(40, 1000, model=linear(), given=doses, place=places, shift=st.integers(1, 64), by=st.floats(1e-3, 1e3))
def test_time_has_no_origin_and_amounts_no_unit(
    model: Model, given: list[Given], place: int, shift: int, by: float
) -> None:
    # Multiples of a 64th are exact, so that both courses see the same times.
    exact = [(np.floor(t * 64) / 64, a, np.ceil(d * 64) / 64, mouth) for t, a, d, mouth in given]
    moved = [(t + shift, a * by, d, mouth) for t, a, d, mouth in exact]
    at = np.floor(AFTER * 64) / 64 + 100
    np.testing.assert_allclose(
        both(model, moved, at + shift, place), by * both(model, exact, at, place), rtol=1e-11, atol=1e-280
    )


@short_and_long(30, 500, model=linear(), given=doses)
def test_nothing_is_lost(model: Model, given: list[Given]) -> None:
    assert model.absorption is not None
    end = course(model, given).state(200.0)
    depots, plasma = end.amounts(model.core)
    eliminated = model.clearance * end.areas[0]
    want = sum(amount * (model.absorption[2] if mouth else 1.0) for _, amount, _, mouth in given)
    assert abs(sum(depots) + sum(plasma) + eliminated - want) < 1e-10 * want


amounts = st.floats(1e-3, 3000.0)
saturable = st.sampled_from([PACLITAXEL, SATURABLE])


@short_and_long(15, 300, model=saturable, amount=amounts, duration=durations, cut=st.floats(0, 60))
def test_saturable_drugs_go_on_from_any_time_and_lose_nothing(
    model: Model, amount: float, duration: float, cut: float
) -> None:
    given = [(0.0, amount, duration, False), (24.0, amount, 0.0, False)]
    found = course(model, given)
    state = found.state(cut)
    again = course(model, [dose for dose in given if dose[0] > cut], state)
    times = cut + AFTER
    np.testing.assert_allclose(again.concentration(times), found.concentration(times), rtol=1e-7, atol=1e-280)
    np.testing.assert_allclose(again.area(times), found.area(times), rtol=1e-7)
    # More of it is more at every time, and more than in proportion in all.
    more = course(model, [(t, 2 * a, d, mouth) for t, a, d, mouth in given])
    assert (more.concentration(times) >= 2 * found.concentration(times) * (1 - 1e-7)).all()
