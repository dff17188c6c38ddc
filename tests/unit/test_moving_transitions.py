"""`BranchingProcess.from_rates` with mutation and switching that are functions of time.

Expected values are solutions of the backward and forward equations of the true rates by scipy
(`tests/reference/driven.py`), and integrals in closed form.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.process.channels import Channels
from chemoevo.process.magnus import constants, moments_of
from tests.reference import driven
from tests.reference.smooth import sinus

TYPES = ["S", "T"]
UNIT = np.eye(2, dtype=int)
NODES = 0.5 + np.array([-1, 0, 1]) * math.sqrt(0.15)


def nothing(t: float) -> dict[tuple[str, str], float]:
    return {}


def still(t: float) -> tuple[list[float], list[float]]:
    return [0.3, 0.0], [0.1, 0.0]


def sampled(**changes: Any) -> ce.BranchingProcess:
    arguments: dict[str, Any] = {"types": TYPES, "rates": still, "until": 10.0, "between": 0.1, **changes}
    return ce.BranchingProcess.from_rates(**arguments)


def found_t(process: ce.BranchingProcess, time: float) -> float:
    """P(some T) from one S, where T neither dies nor divides: that of a mutation or a switch."""
    return float(1.0 - ce.absence_probability(process, types=["T"], initial={"S": 1}, times=[time])[0])


# Order.


def driven_rates(t: float) -> tuple[list[float], list[float]]:
    return [sinus(t), 0.2 + 0.1 * math.cos(t)], [0.25, 0.1 + 0.1 * math.sin(2.0 * t)]


def driven_mutation(t: float) -> dict[tuple[str, str], float]:
    return {("S", "T"): 0.3 + 0.25 * math.sin(2.0 * math.pi * t / 1.7 + 1.0)}


def driven_switching(t: float) -> dict[tuple[str, str], float]:
    return {("S", "T"): 0.2 * math.exp(-t), ("T", "S"): 0.3 * (1.0 - math.exp(-t))}


def in_steps(steps: int, weight: float, *, of_probability: bool = False) -> ce.BranchingProcess:
    """Two days in steps of one length, by the parts that `from_rates` is made of; tilts are multiplied by `weight`."""
    pairs = (((0, 1),), ((0, 1), (1, 0)))
    channels = Channels(False, *pairs)
    times = ((np.arange(steps)[:, None] + NODES) * 2.0 / steps).ravel()
    rates = np.array([driven_rates(t) for t in times])
    u = np.array([[driven_mutation(t)["S", "T"]] for t in times])
    s = np.array([list(driven_switching(t).values()) for t in times])
    packed = channels.pack(rates[:, 0], rates[:, 1], None, u, s)
    moments = moments_of(packed.reshape(steps, 3, *packed.shape[1:]))
    moments[:, 1] *= weight
    halves = constants(moments).reshape(2 * steps, *packed.shape[1:])
    birth, death, _ = channels.process(halves)
    none = ce.BranchingProcess(types=TYPES, birth=[1, 1], death=[1, 1])
    mutations, switches = channels.transitions(halves, none.mutations, none.switches)
    mutation = mutations.as_mapping(("S", "T"))
    if of_probability:
        moments = moments_of(u.reshape(steps, 3, 1, 1))
        mutation = {("S", "T"): constants(moments).ravel()}
    return ce.BranchingProcess(
        types=TYPES,
        birth=birth,
        death=death,
        mutation=mutation,
        switching=switches.as_mapping(("S", "T")),
        breakpoints=np.arange(1, 2 * steps) / steps,
    )


def test_the_order_is_four_for_transitions_too() -> None:
    alive = driven.seen(TYPES, driven_rates, driven_mutation, driven_switching, 2.0, TYPES)
    mutant = driven.seen(TYPES, driven_rates, driven_mutation, driven_switching, 2.0, ["T"])
    mean = driven.means(TYPES, driven_rates, driven_mutation, driven_switching, 2.0)

    def errors(steps: int, *options: Any, **planted: Any) -> np.ndarray:
        process = in_steps(steps, *options, **planted)
        return np.abs(
            [
                *(ce.survival_probability(process, initial=UNIT, times=[2.0])[:, 0] - alive) / alive,
                *(1.0 - ce.absence_probability(process, types=["T"], initial=UNIT, times=[2.0])[:, 0] - mutant)
                / mutant,
                *(ce.mean_counts(process, initial=[1, 0], times=[2.0])[0] / mean[0] - 1.0),
            ]
        )

    coarse, fine = errors(16, 1.0), errors(32, 1.0)
    assert (np.log2(coarse / fine) > 3.7).all()
    assert fine.max() < 1e-5
    # Planted: the wrong sign of tilts, no tilts, values at quarters; and probabilities in place of rates of mutants.
    for options, planted in [((-1.0,), {}), ((0.0,), {}), ((0.75,), {}), ((1.0,), {"of_probability": True})]:
        worst = errors(16, *options, **planted).max(), errors(32, *options, **planted).max()
        assert math.log2(worst[0] / worst[1]) < 2.5
        assert worst[1] > 10.0 * fine.max()


# Laws.


def test_driven_tolerance_agrees_with_an_independent_solution() -> None:
    process = ce.BranchingProcess.from_rates(
        types=TYPES,
        rates=driven.tolerance_rates,
        until=20.0,
        switching=driven.tolerance_switching,
        mutation=driven.tolerance_mutation,
    )
    model = (TYPES, driven.tolerance_rates, driven.tolerance_mutation, driven.tolerance_switching, 20.0)
    assert process.sampling is not None
    assert process.sampling.tolerance <= 1e-6
    alive = ce.survival_probability(process, initial=UNIT, times=[20.0])[:, 0]
    assert alive == pytest.approx(driven.seen(*model, TYPES), rel=1e-6)
    absent = ce.absence_probability(process, types=["T"], initial=UNIT, times=[20.0])[:, 0]
    assert 1.0 - absent == pytest.approx(driven.seen(*model, ["T"]), rel=1e-6)
    counts = np.array([ce.mean_counts(process, initial=row, times=[20.0])[0] for row in UNIT])
    assert counts == pytest.approx(driven.means(*model), rel=1e-6)


def test_three_types_agree_with_an_independent_solution() -> None:
    types = ["S", "T", "R"]

    def rates(t: float) -> tuple[list[float], list[float]]:
        return [sinus(t), 0.05, 0.2], [0.1 + driven.effect(t), 0.02, 0.1 + 0.05 * math.cos(t)]

    def mutation(t: float) -> dict[tuple[str, str], float]:
        return {("S", "R"): 1e-3 * driven.effect(t), ("T", "R"): 0.02 * (1.0 + math.sin(t)), ("S", "T"): 0.01}

    def switching(t: float) -> dict[tuple[str, str], float]:
        return {("S", "T"): 0.3 * driven.effect(t), ("T", "S"): 0.2 * (1.0 - driven.effect(t))}

    def array(t: float) -> np.ndarray:
        found = np.zeros((3, 3))
        for (a, b), value in mutation(t).items():
            found[types.index(a), types.index(b)] = value
        return found

    process = ce.BranchingProcess.from_rates(
        types=types, rates=rates, until=8.0, mutation=array, switching=switching, between=0.1
    )
    model = (types, rates, mutation, switching, 8.0)
    unit = np.eye(3, dtype=int)
    assert process.sampling is not None
    assert process.sampling.tolerance <= 1e-6
    alive = ce.survival_probability(process, initial=unit, times=[8.0])[:, 0]
    assert alive == pytest.approx(driven.seen(*model, types), rel=1e-6)
    absent = ce.absence_probability(process, types=["R"], initial=unit, times=[8.0])[:, 0]
    assert 1.0 - absent == pytest.approx(driven.seen(*model, ["R"]), rel=1e-6)
    counts = np.array([ce.mean_counts(process, initial=row, times=[8.0])[0] for row in unit])
    assert counts == pytest.approx(driven.means(*model), rel=1e-6, abs=1e-30)


@pytest.mark.parametrize("kind", ["mutation", "switching"])
def test_the_probability_of_the_first_is_right_at_every_end_that_is_named(kind: str) -> None:
    """With T immortal and still, P(some T) is P(some event so far): early, when it is rare, and late."""

    def rare(t: float) -> dict[tuple[str, str], float]:
        return {("S", "T"): 1e-6 * (1.0 + 0.9 * math.sin(3.0 * t))}

    ends = [0.3, 1.0, 4.2]
    process = sampled(breakpoints=ends, **{kind: rare})
    tables = (rare, nothing) if kind == "mutation" else (nothing, rare)
    for end in [*ends, 10.0]:
        want = driven.seen(TYPES, still, *tables, end, ["T"])[0]
        assert found_t(process, end) == pytest.approx(want, rel=1e-6)


def test_expected_mutants_are_those_of_births_times_probability() -> None:
    """b = 1 + 0.9 cos 5t and u = 0.5 - 0.45 cos 5t: over whole periods their product has the mean 0.5 - 0.45 * 0.45."""
    until = 2.0 * math.pi
    process = sampled(
        rates=lambda t: ([1.0 + 0.9 * math.cos(5.0 * t), 0.0], [1.0, 0.0]),
        mutation={("S", "T"): lambda t: 0.5 - 0.45 * math.cos(5.0 * t)},
        until=until,
    )
    length = np.diff(np.concatenate([[0.0], process.breakpoints]))
    u = np.asarray(process.mutation["S", "T"])[:-1]
    expected = float((length * process.birth[:-1, 0] * u).sum())
    assert expected == pytest.approx(until * (0.5 - 0.45 * 0.45), rel=1e-9)
    # Planted: means of probabilities and of births apart.
    assert abs(until * 0.5 / expected - 1.0) > 0.5


def test_probabilities_and_rates_are_in_range_where_functions_touch_their_bounds() -> None:
    def births(t: float) -> float:
        return max(0.0, math.sin(3.0 * t)) ** 3

    def mutation(t: float) -> dict[tuple[str, str], float]:
        share = 0.5 + 0.5 * math.sin(7.0 * t)
        return {("S", "T"): share, ("S", "R"): 1.0 - share}

    process = ce.BranchingProcess.from_rates(
        types=["S", "T", "R"],
        rates=lambda t: ([births(t), 0.0, 0.0], [0.1, 0.0, 0.0]),
        until=6.0,
        mutation=mutation,
        switching={("S", "T"): lambda t: max(0.0, math.sin(2.0 * t)) ** 2},
        tolerance=1e-4,
        between=1e-2,
    )
    to_t, to_r = (np.asarray(process.mutation["S", name]) for name in ("T", "R"))
    assert ((to_t >= 0.0) & (to_r >= 0.0) & (to_t + to_r <= 1.0 + 1e-12)).all()
    where = process.birth[:, 0] > 1e-9
    assert (to_t + to_r)[where] == pytest.approx(1.0, abs=1e-6)
    assert (np.asarray(process.switching["S", "T"]) >= 0.0).all()
    assert (process.birth >= 0.0).all()


def test_lethal_divisions_found_no_mutants() -> None:
    def share(t: float) -> float:
        return 0.5 + 0.4 * math.sin(t)

    def u(t: float) -> float:
        return 0.2 + 0.1 * math.cos(2.0 * t)

    process = sampled(
        rates=lambda t: ([sinus(t), 0.0], [0.1, 0.0]),
        lethal=lambda t: [share(t), 0.0],
        mutation={("S", "T"): u},
        until=8.0,
    )

    def felt(t: float) -> tuple[list[float], list[float]]:
        return [(1.0 - share(t)) * sinus(t), 0.0], [0.1 + share(t) * sinus(t), 0.0]

    model = (TYPES, felt, lambda t: {("S", "T"): u(t)}, nothing, 8.0)
    assert found_t(process, 8.0) == pytest.approx(driven.seen(*model, ["T"])[0], rel=1e-6)
    alive = ce.survival_probability(process, initial={"S": 1}, times=[8.0])[0]
    assert alive == pytest.approx(driven.seen(*model, TYPES)[0], rel=1e-6)
    middle = 0.5 * float(process.breakpoints[19] + process.breakpoints[20])
    assert process.lethal[20, 0] == pytest.approx(share(middle), rel=0.02)
    assert np.asarray(process.mutation["S", "T"])[20] == pytest.approx(u(middle), rel=0.02)


@pytest.mark.parametrize("kind", ["mutation", "switching"])
@pytest.mark.parametrize(("start", "length", "low"), [(math.pi, 9.0, 1e-6), (3.3, 0.05, 1e-6), (3.3, 0.05, 0.0)])
def test_jumps_and_short_pulses_that_nobody_names_are_found(kind: str, start: float, length: float, low: float) -> None:
    """A thousandth per division or day, of whose absolute size nobody would take notice."""
    process = sampled(**{kind: {("S", "T"): lambda t: 1e-3 if start <= t < start + length else low}})
    named = ce.BranchingProcess(
        types=TYPES,
        birth=[0.3, 0.0],
        death=[0.1, 0.0],
        breakpoints=[start, start + length],
        **{kind: {("S", "T"): [low, 1e-3, low]}},
    )
    assert found_t(process, 10.0) == pytest.approx(found_t(named, 10.0), rel=1e-6)


# Forms.


def test_the_forms_give_one_process() -> None:
    one = sampled(switching=driven.tolerance_switching, mutation=driven.tolerance_mutation)

    def entry(table: Any, pair: tuple[str, str]) -> Any:
        return lambda t: table(t)[pair]

    forth, back = ("S", "T"), ("T", "S")
    by_pair = sampled(
        switching={forth: entry(driven.tolerance_switching, forth), back: entry(driven.tolerance_switching, back)},
        mutation={forth: entry(driven.tolerance_mutation, forth)},
    )
    arrays = sampled(
        switching=lambda t: [[0, driven.tolerance_switching(t)[forth]], [driven.tolerance_switching(t)[back], 0]],
        mutation=lambda t: np.array([[0.0, driven.tolerance_mutation(t)[forth]], [0.0, 0.0]]),
    )
    assert one == by_pair == arrays
    assert ce.BranchingProcess.from_json(one.to_json()) == one


def test_constants_stay_constants_next_to_functions() -> None:
    process = sampled(switching={("S", "T"): lambda t: 0.01 * (1.0 + math.sin(t)), ("T", "S"): 0.05})
    assert process.switching["T", "S"] == 0.05
    assert np.ndim(process.switching["S", "T"]) == 1
    types = ["S", "T", "R"]
    both = ce.BranchingProcess.from_rates(
        types=types,
        rates=lambda t: ([sinus(t), 0.2, 0.2], [0.1, 0.1, 0.1]),
        until=5.0,
        mutation={("S", "T"): lambda t: 0.1 * (1.0 + math.sin(t)), ("S", "R"): 0.3, ("T", "R"): 0.2},
    )
    assert both.mutation["T", "R"] == 0.2
    # Beside a mutation that moves: int b u / int b of each half is what it was.
    assert both.mutation["S", "R"] == pytest.approx(np.full(len(both.birth), 0.3), rel=1e-12)


def test_functions_that_are_constant_make_one_interval() -> None:
    process = sampled(mutation=lambda t: {("S", "T"): 1e-7}, switching={("T", "S"): lambda t: 2})
    assert len(process.birth) == 1
    assert process.mutation == {("S", "T"): pytest.approx(1e-7, rel=1e-14)}
    assert process.switching == {("T", "S"): 2.0}


def test_pairs_may_come_and_go() -> None:
    def early(t: float) -> dict[tuple[str, str], float]:
        return {("S", "T"): 0.1} if t < 5.0 else {}

    process = sampled(switching=early, breakpoints=[5.0])
    assert np.asarray(process.switching["S", "T"]).tolist() == [pytest.approx(0.1), 0.0]
    assert process.breakpoints.tolist() == [5.0]
    assert sampled(switching=nothing).switching == {}


def test_a_pair_that_no_look_sees_is_there_where_breakpoints_name_it() -> None:
    ends = [2.001, 2.003]
    process = sampled(switching=lambda t: {("T", "S"): 5.0} if ends[0] <= t < ends[1] else {}, breakpoints=ends)
    assert np.asarray(process.switching["T", "S"]).tolist() == [0.0, pytest.approx(5.0), 0.0]


def test_after_the_end_all_stays_as_it_was_there() -> None:
    process = sampled(switching={("S", "T"): lambda t: 0.01 * t}, mutation=lambda t: {("S", "T"): 0.02 * t})
    assert np.asarray(process.switching["S", "T"])[-1] == pytest.approx(0.1, rel=1e-14)
    assert np.asarray(process.mutation["S", "T"])[-1] == pytest.approx(0.2, rel=1e-14)


def test_competition_is_kept() -> None:
    process = sampled(switching={("S", "T"): lambda t: 0.01 * t}, competition=ce.Logistic(capacity=1000))
    assert process.competition == ce.Logistic(capacity=1000)


# Errors.


ST = "[('S', 'T')]"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (
            {"mutation": lambda t: {("S", "T"): -t}},
            ce.ModelError,
            f"mutation(10.0){ST} must be finite and >= 0; got -10.0",
        ),
        ({"mutation": lambda t: {("S", "T"): 1.5}}, ce.ModelError, f"mutation(10.0){ST} must be a probability per"),
        ({"mutation": lambda t: {("S", "T"): t < 5}}, TypeError, f"mutation(10.0){ST} must be a number"),
        ({"mutation": lambda t: {("S", "X"): 0.1}}, ce.ModelError, "(10.0)[('S', 'X')] names the unknown type 'X'"),
        ({"mutation": lambda t: {("S", "S"): 0.1}}, ce.ModelError, "mutation(10.0)[('S', 'S')] must be 0"),
        ({"mutation": lambda t: [[0.1, 0.1], [0, 0]]}, ce.ModelError, "mutation(10.0)[('S', 'S')] must be 0"),
        ({"mutation": lambda t: {"S": 0.1}}, TypeError, "mutation(10.0) must have (from, to) pairs"),
        ({"mutation": lambda t: None}, TypeError, "mutation(10.0) must return {(from, to): value} or an array"),
        ({"switching": lambda t: [0.1, 0.2]}, ce.ModelError, "switching(10.0) must have the shape (2, 2)"),
        ({"switching": lambda t: np.full((2, 2), math.nan)}, ce.ModelError, "(10.0)[('S', 'S')] must be finite"),
        (
            {"switching": lambda t: {("S", "T"): math.inf}},
            ce.ModelError,
            f"switching(10.0){ST} must be finite and >= 0",
        ),
        ({"switching": lambda t: {("S", "T"): 5 - t if t < 9 else 1}}, ce.ModelError, f"{ST} must be finite and >= 0"),
        ({"switching": {("S", "T"): lambda t: -1}}, ce.ModelError, f"switching{ST}(10.0) must be finite and >= 0 (per"),
        ({"switching": {("S", "T"): lambda t: "1"}}, TypeError, f"switching{ST}(10.0) must be finite"),
        ({"switching": {("S", "T"): lambda t: [1]}}, TypeError, f"switching{ST}(10.0) must be finite"),
        ({"mutation": {("S", "T"): lambda t: 1.5}}, ce.ModelError, f"mutation{ST}(10.0) must be a probability per"),
        ({"mutation": {("S", "X"): lambda t: 0.1}}, ce.ModelError, "mutation[('S', 'X')] names the unknown type 'X'"),
        ({"mutation": {("S", "S"): lambda t: 0.1}}, ce.ModelError, "does not turn into itself; got a function"),
        ({"mutation": {"S": lambda t: 0.1}}, TypeError, "mutation must have (from, to) pairs"),
        ({"mutation": {("S", "T"): lambda t: 0.1, ("T", "S"): -1.0}}, ce.ModelError, "('T', 'S')] must be finite"),
        ({"mutation": "fast"}, TypeError, "mutation must be numbers; got 'fast'"),
    ],
)
def test_wrong_functions_are_named(change: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        sampled(**change)
    assert words in str(caught.value)


def test_rows_sum_to_at_most_one_at_all_times() -> None:
    with pytest.raises(ce.ModelError, match=r"mutation at t = 10.0 days, row 'S', must sum to at most 1 .* got 1.1"):
        ce.BranchingProcess.from_rates(
            types=["S", "T", "R"],
            rates=lambda t: ([0.1] * 3, [0.1] * 3),
            until=10.0,
            mutation={("S", "T"): lambda t: 0.08 * t, ("S", "R"): 0.3},
        )


def test_all_that_is_wrong_with_what_is_given_is_said_together() -> None:
    with pytest.raises(ce.ModelError) as caught:
        sampled(mutation={("S", "X"): lambda t: 0.1}, switching={("S", "T"): -1.0, ("Y", "S"): lambda t: 1.0}, until=-1)
    text = str(caught.value)
    assert all(
        word in text for word in ("mutation[('S', 'X')]", "switching[('S', 'T')]", "switching[('Y', 'S')]", "until")
    )


def test_an_error_inside_a_function_says_which_and_when() -> None:
    for change, note in [
        ({"mutation": lambda t: 1 / 0}, "raised by mutation(t) at t = 10.0 days"),
        ({"switching": {("S", "T"): lambda t: 1 / 0}}, "raised by switching[('S', 'T')](t) at t = 10.0 days"),
    ]:
        with pytest.raises(ZeroDivisionError) as caught:
            sampled(**change)
        assert note in caught.value.__notes__


def test_the_mean_of_a_probability_is_weighted_by_births() -> None:
    """b .5 (1 - .6 e^-t) and u 1e-6 (1 + 19 e^-t/(1 + e^-t)) over three days: 4.606029664e-6; plain, 5.08221225e-6."""
    process = sampled(
        rates=lambda t: ([0.5 * (1.0 - 0.6 * math.exp(-t)), 0.0], [0.1, 0.0]),
        mutation={("S", "T"): lambda t: 1e-6 * (1.0 + 19.0 * math.exp(-t) / (1.0 + math.exp(-t)))},
        until=3.0,
    )
    ends = np.concatenate([[0.0], process.breakpoints[process.breakpoints < 3.0], [3.0]])
    births = process.birth[: len(ends) - 1, 0] * np.diff(ends)
    mutation = np.asarray(process.mutation["S", "T"])[: len(births)]
    assert births @ mutation / births.sum() == pytest.approx(4.606029664e-6, rel=1e-7)
    plain = np.diff(ends) @ mutation / 3.0
    assert plain == pytest.approx(5.08221225e-6, rel=1e-3)
