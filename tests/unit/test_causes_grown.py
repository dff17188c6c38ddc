"""Causes of a relapse in tumors that grew, and of one without end: closed forms, limits, and the other questions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

import chemoevo as ce

TYPES = ["S", "A", "AB"]
MUTATION = {("S", "A"): 2e-4, ("A", "AB"): 2e-3, ("S", "AB"): 1e-6}
GROWTH = ce.BranchingProcess(types=TYPES, birth=[0.2] * 3, death=[0.05, 0.06, 0.05], mutation=MUTATION)
THERAPY = ce.BranchingProcess(types=TYPES, birth=[0.2] * 3, death=[1.0, 0.3, 0.15], mutation=MUTATION)
SIZES = [1e3, 1e5, 1e7]
JOINT = ("preexisting_alone", "acquired_alone", "both", "neither")
TUMORS: list[Callable[[], ce.GrownTo | ce.GrownFor]] = [
    lambda: ce.GrownTo(GROWTH, size=SIZES),
    lambda: ce.GrownFor(GROWTH, days=[30.0, 60.0, 75.0]),
]


def test_resistance_that_therapy_spares_comes_back_with_one_minus_exp_minus_m_u() -> None:
    """Lineages of the birth rate b at the rate b u M e^{-r s}, each for ever with r/b: M u of them.

    Acquired: S cells under a decline by d' - b' each found a survivor with u b'/(d' - b') r/b to first order in u.
    """
    b, d, u, harsh = 0.14, 0.13, 1e-9, 0.17
    growth = ce.BranchingProcess(types=["S", "R"], birth=[b, b], death=[d, d], mutation={("S", "R"): u})
    treated = ce.BranchingProcess(types=["S", "R"], birth=[b, b], death=[harsh, d], mutation={("S", "R"): u})
    sizes = np.array([1e2, 1e6, 1e9])
    causes = ce.cause_of_relapse(treated, resistant=["R"], initial=ce.GrownTo(growth, size=sizes), time=math.inf)
    # r is b (1 - u) - d in the founding rate: u b/r is 1.4e-8.
    old, new = -np.expm1(-sizes * u), -np.expm1(-sizes * u * b / (harsh - b) * (b - d) / b)
    np.testing.assert_allclose(causes.preexisting, old, rtol=3e-8)
    np.testing.assert_allclose(causes.acquired, new, rtol=1e-6)
    np.testing.assert_allclose(causes.both, causes.preexisting * causes.acquired, rtol=1e-6)
    np.testing.assert_allclose(causes.relapse, 1.0 - (1.0 - old) * (1.0 - new), rtol=1e-6)
    assert (causes.neither < 1e-8 * causes.relapse).all()


def test_one_type_that_grew_for_a_time() -> None:
    """Given that a tumor is there its size is geometric; each cell is left with probability s."""
    b, d, t, s = 0.3, 0.2, 12.0, 0.01
    growth = ce.BranchingProcess(types=["S"], birth=[b], death=[d])
    therapy = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0], pulses=[ce.Pulse(time=1.0, survival={"S": s})])
    causes = ce.cause_of_relapse(therapy, resistant=["S"], initial=ce.GrownFor(growth, days=t), time=2.0)
    p = 1.0 / (1.0 + b * math.expm1((b - d) * t) / (b - d))
    want = s / (s + p * (1.0 - s))
    assert causes.preexisting == pytest.approx(want, rel=1e-9)
    assert causes.preexisting_alone == causes.from_type_alone["S"] == pytest.approx(want, rel=1e-9)
    assert (causes.acquired, causes.both, causes.neither) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("tumors", TUMORS)
@pytest.mark.parametrize("time", [0.0, 60.0, math.inf])
def test_shares_add_up_and_are_what_the_other_questions_say(tumors, time: float) -> None:
    causes = ce.cause_of_relapse(THERAPY, resistant=["AB"], initial=tumors() if time else TUMORS[0](), time=time)
    law = tumors() if time else TUMORS[0]()
    if math.isinf(time):
        gone = ce.ultimate_extinction_probability(THERAPY, initial=law)
    else:
        gone = ce.extinction_probability(THERAPY, initial=law, times=[time])[:, 0]
    np.testing.assert_allclose(causes.relapse, 1.0 - gone, rtol=1e-11)
    joint = np.array([getattr(causes, name) for name in JOINT])
    assert (joint >= 0.0).all()
    np.testing.assert_allclose(joint.sum(axis=0), causes.relapse, rtol=1e-7)
    np.testing.assert_allclose(joint[0] + joint[2], causes.preexisting, rtol=1e-7)
    np.testing.assert_allclose(joint[1] + joint[2], causes.acquired, rtol=1e-7, atol=1e-15)
    np.testing.assert_allclose(causes.from_type["AB"], causes.preexisting, rtol=1e-12)
    alone = np.array(list(causes.from_type_alone.values()))
    assert (alone <= np.array(list(causes.from_type.values()))).all()
    assert (alone.sum(axis=0) <= causes.relapse * (1 + 1e-7)).all()
    if time == 0.0:
        want = ce.presence_probability(THERAPY, types=["AB"], initial=law, times=[0.0])[:, 0]
        np.testing.assert_allclose(causes.preexisting, want, rtol=1e-12)
        assert (causes.acquired == 0.0).all()


@pytest.mark.parametrize("time", [60.0, math.inf])
def test_many_sizes_are_single_ones(time: float) -> None:
    many = ce.cause_of_relapse(THERAPY, resistant=["A", "AB"], initial=ce.GrownTo(GROWTH, size=SIZES), time=time)
    for k, size in enumerate(SIZES):
        one = ce.cause_of_relapse(THERAPY, resistant=["A", "AB"], initial=ce.GrownTo(GROWTH, size=size), time=time)
        for name in ("relapse", "preexisting", "acquired", *JOINT):
            assert getattr(one, name) == getattr(many, name)[k]
        assert one.from_type_alone["A"] == many.from_type_alone["A"][k]


@pytest.mark.parametrize(
    "initial", [{"S": 10**4, "A": 20, "AB": 1}, ce.GrownTo(GROWTH, size=1e5), ce.GrownFor(GROWTH, days=60.0)]
)
def test_no_end_is_the_limit_of_late_times(initial) -> None:
    """With rates that change, a pulse after the last change, and resistance that is lost again by switching."""
    rough = ce.BranchingProcess(
        types=TYPES,
        birth=[[0.2] * 3] * 2,
        death=[[1.0, 0.3, 0.15], [0.4, 0.25, 0.1]],
        breakpoints=[9.0],
        mutation=MUTATION,
        switching={("AB", "S"): 0.01},
        pulses=[ce.Pulse(time=14.0, survival={"S": 0.3, "AB": 0.7})],
    )
    late = ce.cause_of_relapse(rough, resistant=["AB"], initial=initial, time=1500.0)
    ever = ce.cause_of_relapse(rough, resistant=["AB"], initial=initial, time=math.inf)
    assert 0.01 < ever.relapse < 1.0
    for name in ("relapse", "preexisting", "acquired", *JOINT):
        assert getattr(ever, name) == pytest.approx(getattr(late, name), rel=1e-6, abs=1e-10), name
    assert ever.from_type_alone["A"] == pytest.approx(late.from_type_alone["A"], rel=1e-6)


def test_lines_that_never_end_without_resistance_are_neither() -> None:
    process = ce.BranchingProcess(
        types=["S", "D", "R"], birth=[0.2, 0.1, 0.2], death=[0.3, 0.0, 0.3], mutation={("S", "D"): 0.1, ("D", "R"): 0.0}
    )
    causes = ce.cause_of_relapse(process, resistant=["R"], initial={"S": 5, "R": 5}, time=math.inf)
    assert causes.relapse == causes.neither == causes.from_type_alone["S"] > 0.1
    assert (causes.preexisting, causes.acquired, causes.both) == (0.0, 0.0, 0.0)
    # With the least way to R, such lines lead there again and again.
    leading = ce.BranchingProcess(
        types=["S", "D", "R"], birth=[0.2, 0.1, 0.2], death=[0.3, 0.0, 0.3], mutation={("S", "D"): 0.1, ("D", "R"): 0.2}
    )
    causes = ce.cause_of_relapse(leading, resistant=["R"], initial={"S": 5, "R": 5}, time=math.inf)
    assert causes.relapse == causes.acquired == causes.acquired_alone > 0.1
    assert causes.neither == 0.0


def test_types_must_be_those_of_growth_and_all_is_said_at_once() -> None:
    other = ce.BranchingProcess(types=["S", "R"], birth=[0.2] * 2, death=[0.1] * 2)
    with pytest.raises(ce.ModelError) as error:
        ce.cause_of_relapse(other, resistant=["X"], initial=ce.GrownTo(GROWTH, size=10.0), time=-1.0)
    for words in ("initial.growth.types", "resistant[0]", "time must be a time in days >= 0, or infinity"):
        assert words in str(error.value)
