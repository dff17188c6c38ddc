"""Lethal divisions: without competition they fold into births and deaths, with it they do not; and what is refused.

Folded processes, which know nothing of lethal divisions, are the expected values; with competition the mean field is
that of another integrator, from the equations as documented.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import chemoevo as ce
from chemoevo.process.expected import expected
from chemoevo.testing import merged, refined, relabeled, rescaled, split
from tests.reference.smooth import kendall
from tests.unit.lethal_divisions import BIRTH, COMPETITIONS, DEATH, START, TYPES, folded, lethal

ONCE: dict[str, Any] = {"breakpoints": None, "pulses": None}
GROWN: dict[str, Any] = {"types": TYPES, "mutation": {("S", "R"): 0.02}}
OWN = {"birth": np.array([0.5, 0.2]), "death": np.array([0.1, 0.1]), "lethal": np.array([0.1, 0.3])}
GROWTH = ce.BranchingProcess(**GROWN, **OWN)  # type: ignore[arg-type]
GROWTH_FOLDED = ce.BranchingProcess(
    **GROWN, birth=(1.0 - OWN["lethal"]) * OWN["birth"], death=OWN["death"] + OWN["lethal"] * OWN["birth"]
)


Ask = Callable[[ce.BranchingProcess, ce.BranchingProcess], Any]
QUESTIONS: dict[str, Ask] = {
    "extinction": lambda p, g: ce.extinction_probability(p, initial=START, times=[1, 5, 30]),
    "presence": lambda p, g: ce.presence_probability(p, types=["R"], initial={"S": 3}, times=[1, 5, 30]),
    "ever": lambda p, g: ce.ultimate_extinction_probability(p, initial=START),
    "means": lambda p, g: ce.mean_counts(p, initial=START, times=[1, 5, 30]),
    "moments": lambda p, g: ce.moments(p, initial=START, times=[5])[1],
    "law": lambda p, g: ce.count_distribution(p, of="R", initial=START, time=5, max_count=9),
    "first": lambda p, g: ce.first_appearance(p, types=["R"], initial={"S": 3}).cdf([1, 5, 30]),
    "relapse": lambda p, g: ce.relapse_time(p, initial=START, size=100).quantile(0.2),
    "cause": lambda p, g: ce.cause_of_relapse(p, resistant=["R"], initial=START, time=9).acquired,
    "of a size": lambda p, g: ce.extinction_probability(p, initial=ce.GrownTo(g, size=50), times=[5, 30]),
    "of an age": lambda p, g: ce.extinction_probability(p, initial=ce.GrownFor(g, days=9), times=[5, 30]),
    "mean of a size": lambda p, g: ce.mean_counts(p, initial=ce.GrownTo(g, size=50), times=[5]),
    "moments of a size": lambda p, g: ce.moments(p, initial=ce.GrownTo(g, size=50), times=[5])[1],
    "relapse of a size": lambda p, g: ce.relapse_time(p, initial=ce.GrownTo(g, size=50), size=99).quantile(0.2),
    "rare": lambda p, g: (
        ce.rare_cure_probability(p, initial=ce.GrownTo(g, size=50), horizon=30, replicates=20, seed=1).value
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_have_the_answers_of_the_folded_process(question: str) -> None:
    ask = QUESTIONS[question]
    found, want, without = ask(lethal(), GROWTH), ask(folded(), GROWTH_FOLDED), ask(lethal(None), GROWTH)
    assert np.array_equal(found, want)
    assert not np.array_equal(want, without)


@pytest.mark.parametrize("engine", ["direct", "bnb", "leap"])
def test_engines_draw_the_histories_of_the_folded_process(engine: Any) -> None:
    times = [1.0, 4.0, 9.0]
    runs = [
        ce.simulate(p, initial={"S": 300}, times=times, replicates=5, seed=3, engine=engine).counts
        for p in (lethal(), folded(), lethal(None))
    ]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


ALL = pytest.mark.parametrize("name", COMPETITIONS)


@pytest.mark.parametrize("engine", ["direct", "leap"])
@ALL
def test_no_lethal_divisions_change_no_bit(name: str, engine: Any) -> None:
    crowded = {"competition": COMPETITIONS[name]}
    without, zero = lethal(None, **crowded), lethal(np.zeros((3, 2)), **crowded)
    assert without == zero
    assert hash(without) == hash(zero)
    # Of a type that is not there all divisions may be lethal: the rates of the others are the same numbers.
    never = lethal(np.array([[0.0, 1.0]] * 3), **crowded, mutation=None, switching=None)
    alone = lethal(None, **crowded, mutation=None, switching=None)
    runs = [
        ce.simulate(p, initial={"S": 600}, times=[1, 8], replicates=2, seed=1, engine=engine).counts
        for p in (never, alone)
    ]
    assert np.array_equal(*runs)
    means = [ce.mean_counts(p, initial={"S": 600}, times=[1, 8]) for p in (never, alone)]
    assert np.array_equal(*means)


def mean_field(p: ce.BranchingProcess, start: list[float], until: float) -> NDArray[np.float64]:
    """Cells of both types, and the mutations and switches so far, before the first change of rates."""
    c, q = p.competition, p.lethal[0]
    growth = np.maximum(p.birth[0] - p.death[0], 0.0)
    u, s = float(p.mutation["S", "R"]), float(p.switching["R", "S"])

    def slope(_: float, y: NDArray[np.float64]) -> NDArray[np.float64]:
        n = y[:2]
        if isinstance(c, ce.LotkaVolterra):
            x = np.array([[1e-3, 2e-3], [5e-4, 1e-3]]) @ n
        elif isinstance(c, ce.Logistic):
            x = np.full(2, (n[0] + 0.5 * n[1]) / 800)
        else:
            x = np.full(2, math.log(max(1.0, n.sum())) / math.log(800))
        on = c.on if c is not None else None
        b = np.maximum(p.birth[0] - growth * x, 0.0) if on == "birth" else p.birth[0]
        d = p.death[0] + growth * x if on == "death" else p.death[0]
        divisions, deaths = (1.0 - q) * b, d + q * b
        mutants, switches = u * divisions[0] * n[0], s * n[1]
        net = (divisions - deaths) * n
        return np.array([net[0] - mutants + switches, net[1] + mutants - switches, mutants + switches])

    return solve_ivp(slope, (0, until), [*start, 0.0], method="LSODA", rtol=1e-10, atol=1e-10).y[:, -1]


@pytest.mark.parametrize("q", [[0.15, 0.0], [0.7, 0.2]], ids=["grows", "falls"])
@ALL
def test_mean_counts_solve_the_equations_of_the_mean_field(name: str, q: list[float]) -> None:
    p = lethal(q, birth=BIRTH[0], death=[0.1, 0.5], competition=COMPETITIONS[name], **ONCE)
    for start in ([5.0, 0.0], [900.0, 400.0]):
        want = mean_field(p, start, 12.0)
        counts, events = expected(p, np.array([start]), np.array([12.0]))
        assert counts[0, 0] == pytest.approx(want[:2], rel=2e-7)
        assert events[0, 0] == pytest.approx(want[2], rel=2e-7)
    # Planted: folded before the crowding, which then takes less away.
    before = lethal(None, birth=p.divisions[0], death=p.deaths[0], competition=p.competition, **ONCE)
    assert not np.allclose(ce.mean_counts(before, initial=[900, 400], times=[12])[0], want[:2], rtol=1e-3)


def test_crowded_deaths_have_a_closed_form() -> None:
    """dn/dt = n (r (1 - n/K) - 2 q b): logistic growth at r - 2 q b, up to K (1 - 2 q b / r)."""
    b, d, q, capacity, start = 0.5, 0.1, 0.2, 1e6, 10.0
    p = ce.BranchingProcess(types=["S"], birth=[b], death=[d], lethal=[q], competition=ce.Logistic(capacity=capacity))
    r = b - d - 2 * q * b
    top = capacity * r / (b - d)
    for t in (1.0, 40.0, 90.0, 1e4):
        want = top / (1.0 + (top / start - 1.0) * math.exp(-r * t))
        assert ce.mean_counts(p, initial=[10], times=[t])[0, 0] == pytest.approx(want, rel=1e-8)


@pytest.mark.parametrize("engine", ["direct", "bnb", "leap"])
def test_where_all_divisions_are_lethal_cells_only_die(engine: Any) -> None:
    p = lethal(np.ones((3, 2)), switching=None, pulses=None)
    assert (p.divisions == 0.0).all()
    gone = -np.expm1(-(0.5 + 0.1) * 1.5)
    assert ce.extinction_probability(p, initial={"S": 3}, times=[1.5])[0] == pytest.approx(gone**3, rel=1e-12)
    counts = ce.simulate(p, initial={"S": 1000}, times=[0.5, 1, 3], replicates=9, seed=1, engine=engine).counts
    assert (np.diff(counts[:, :, 0], axis=1) < 0).all()
    assert not counts[:, :, 1].any()
    with pytest.raises(ce.ModelError, match=r"stop.size is never reached"):
        ce.simulate(p, initial={"S": 1}, times=[9], stop=ce.Stop(size=9, retry=True))


@pytest.mark.parametrize("on", ["birth", "death"])
def test_where_all_divisions_are_lethal_crowding_may_spare_cells(on: Any) -> None:
    """At the capacity crowded births are d, so that cells die at 2 d, or crowded deaths b, so that they die at 2 b."""
    competition = ce.LotkaVolterra(matrix={("S", "R"): 0.001}, on=on)
    p = ce.BranchingProcess(types=TYPES, birth=[0.5, 0.0], death=[0.1, 0.0], lethal={"S": 1.0}, competition=competition)
    rate = 2 * 0.1 if on == "birth" else 2 * 0.5
    mean = ce.mean_counts(p, initial={"S": 50, "R": 1000}, times=[3])[0]
    assert mean == pytest.approx([50 * math.exp(-3 * rate), 1000], rel=1e-9)


def test_a_kill_in_proportion_to_births_has_the_mean_and_another_law() -> None:
    """Norton-Simon deaths eps b, and lethal divisions of a share eps / 2: both grow at b (1 - eps) - d."""
    b, d, eps = 1.0, 0.2, 0.4
    at_division = ce.BranchingProcess(types=["S"], birth=[b], death=[d], lethal=[eps / 2])
    at_any_time = ce.BranchingProcess(types=["S"], birth=[b], death=[d + eps * b])
    means = [ce.mean_counts(p, initial=[1], times=[5])[0, 0] for p in (at_division, at_any_time)]
    assert means == pytest.approx([math.exp(5 * (b * (1 - eps) - d))] * 2, rel=1e-12)
    ever = [ce.ultimate_extinction_probability(p, initial=[1]) for p in (at_division, at_any_time)]
    # Deaths over divisions: (d + q b) / ((1 - q) b), and (d + eps b) / b.
    assert ever == pytest.approx([0.5, 0.6], rel=1e-12)


def log_absence(p: ce.BranchingProcess, initial: Any, time: float) -> float:
    value = ce.absence_probability(p, types=["R"], initial=initial, times=[time])[0]
    return math.log(value)


@pytest.mark.parametrize("kind", ["birth", "death", "lethal"])
@pytest.mark.parametrize("start", ["cells", "size", "age"])
def test_sensitivities_are_differences_of_the_law(start: str, kind: str) -> None:
    """Of fourth order, in steps of 1e-3: right to some 1e-8. By therapy, and by the growth that the tumor had."""
    q, time = np.array([[0.1, 0.3], [0.6, 0.1], [0.2, 0.2]]), 8.0

    def grown(growth: ce.BranchingProcess) -> Any:
        return {"cells": START, "size": ce.GrownTo(growth, size=50), "age": ce.GrownFor(growth, days=9)}[start]

    def therapy(**changed: Any) -> ce.BranchingProcess:
        return lethal(**{"q": q, **{("q" if k == "lethal" else k): v for k, v in changed.items()}})

    table = ce.sensitivities(
        therapy(), question="absence", types=["R"], initial=grown(GROWTH), time=time, per_interval=True
    )
    slopes = dict(zip(table["parameter"], table["log_derivative"], strict=True))
    values = {"birth": BIRTH, "death": DEATH, "lethal": q}[kind]

    def difference(ask: Callable[[float], float]) -> float:
        far = [ask(k * 1e-3) for k in (-2, -1, 1, 2)]
        return (far[0] - far[3] + 8 * (far[2] - far[1])) / 12e-3

    def shifted(array: NDArray[np.float64], where: int | tuple[int, int], h: float) -> NDArray[np.float64]:
        other = np.array(array)
        other[where] += h
        return other

    for where in ((1, 0), (2, 1)):
        by = difference(
            lambda h, w=where: log_absence(therapy(**{kind: shifted(values, w, h)}), grown(GROWTH), time)  # type: ignore[misc]
        )
        assert slopes[f"{kind}[{where[0]}][{TYPES[where[1]]}]"] == pytest.approx(by, rel=1e-6, abs=1e-9)
    if start == "cells":
        return
    for i, name in enumerate(TYPES):

        def by_growth(h: float, i: int = i) -> float:
            changed = {k: (shifted(v, i, h) if k == kind else v) for k, v in OWN.items()}
            other = ce.BranchingProcess(**GROWN, **changed)  # type: ignore[arg-type]
            return log_absence(therapy(), grown(other), time)

        assert slopes[f"initial.growth.{kind}[0][{name}]"] == pytest.approx(difference(by_growth), rel=1e-6, abs=1e-9)


def test_sensitivities_know_lethal_divisions_where_there_are_any_or_one_asks() -> None:
    def kinds(p: ce.BranchingProcess, **asked: Any) -> set[str]:
        table = ce.sensitivities(p, initial=START, time=5.0, **asked)
        return {path.partition("[")[0] for path in table["parameter"]}

    assert "lethal" in kinds(lethal())
    assert "lethal" not in kinds(folded())
    asked = ce.sensitivities(lethal(None), initial=START, time=5.0, with_respect_to=["lethal"], parameters=None)
    assert asked["parameter"].to_list() == ["lethal[S]", "lethal[R]"]
    # The first lethal divisions: a death in place of a division.
    both = ce.sensitivities(
        lethal(None),
        initial=START,
        time=5.0,
        with_respect_to=[],
        parameters={"q": {"lethal": [1, 0]}, "fold": {"birth": -BIRTH * [1, 0], "death": BIRTH * [1, 0]}},
    )["derivative"]
    assert both[0] == pytest.approx(both[1], rel=1e-12)
    assert asked["derivative"][0] == pytest.approx(both[0], rel=1e-12)


def test_transformations_keep_the_law() -> None:
    p, times = lethal(), [1.0, 5.0, 9.0]
    want = ce.extinction_probability(p, initial=[3, 2], times=times)
    same = [
        (relabeled(p, [1, 0]), [2, 3], times),
        (split(p, "S", exchange=0.1), [1, 2, 2], times),
        (refined(p, [0.5, 3.0]), [3, 2], times),
        (rescaled(p, 2.0), [3, 2], [2.0, 10.0, 18.0]),
    ]
    for other, initial, at in same:
        assert other.lethal.any()
        assert ce.extinction_probability(other, initial=initial, times=at) == pytest.approx(want, rel=1e-11)
    beside = merged(p, lethal(None))
    both = want * ce.extinction_probability(lethal(None), initial=[3, 2], times=times)
    assert ce.extinction_probability(beside, initial=[3, 2, 3, 2], times=times) == pytest.approx(both, rel=1e-11)


def birth_of(t: float) -> float:
    return 0.5 + 0.2 * math.sin(t)


def share_of(t: float) -> float:
    return 0.8 * math.exp(-0.7 * t)


@pytest.mark.parametrize("moving", [False, True], ids=["constant", "moving"])
def test_rates_that_change_continuously_may_have_lethal_divisions(moving: bool) -> None:
    share = share_of if moving else lambda t: 0.3
    process = ce.BranchingProcess.from_rates(
        types=["S"],
        rates=lambda t: ([birth_of(t)], [0.1]),
        lethal=(lambda t: [share(t)]) if moving else [0.3],
        until=8.0,
        tolerance=1e-5,
    )
    extinct, alive, mean = kendall(lambda t: (1 - share(t)) * birth_of(t), lambda t: 0.1 + share(t) * birth_of(t), 8.0)
    found = (
        ce.extinction_probability(process, initial=[1], times=[8])[0],
        ce.survival_probability(process, initial=[1], times=[8])[0],
        ce.mean_counts(process, initial=[1], times=[8])[0, 0],
    )
    assert process.sampling is not None
    assert process.sampling.tolerance <= 1e-5
    assert found == pytest.approx((extinct, alive, mean), rel=process.sampling.tolerance)
    middle = 0.5 * (process.breakpoints[0] + process.breakpoints[1])
    assert process.lethal[1, 0] == (pytest.approx(share(middle), rel=0.02) if moving else 0.3)
    assert process.death == pytest.approx(0.1, rel=1e-12)
    assert ce.BranchingProcess.from_json(process.to_json()) == process


def test_shares_that_are_functions_are_checked() -> None:
    def sampled(share: Any) -> ce.BranchingProcess:
        return ce.BranchingProcess.from_rates(
            types=TYPES, rates=lambda t: ([0.5, 0.4], [0.1, 0.1]), lethal=share, until=1.0
        )

    assert not sampled(lambda t: [0.0, 0.0]).lethal.any()
    assert sampled({"R": 0.5}).lethal.tolist() == [[0.0, 0.5]]
    for share, error, words in [
        (lambda t: [0.0, 1.5], ce.ModelError, r"lethal\(1.0\)\[1\] must be in \[0, 1\].*got 1.5. Type 'R'"),
        (lambda t: [0.5], ce.ModelError, r"lethal\(1.0\) must return shape \(2,\), one share per type.*shape \(1,\)"),
        (lambda t: "no", TypeError, r"lethal\(1.0\) must be numbers"),
        ([2.0, 0.0], ce.ModelError, r"lethal\[0\] must be in \[0, 1\]"),
    ]:
        with pytest.raises(error, match=words):
            sampled(share)

    def fails(t: float) -> list[float]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        sampled(fails)
    assert "raised by lethal(t) at t = 1.0 days" in caught.value.__notes__
