"""Competition as users meet it: specifications, the mean field, and what does not apply."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import chemoevo as ce
from chemoevo.analytic.grown.detection import absence_law
from chemoevo.process.competition import Competition
from chemoevo.process.expected import expected
from chemoevo.testing import merged, refined, relabeled, rescaled, split

TYPES = ["S", "R", "P"]
MATRIX = np.array([[1e-3, 2e-3, 0.0], [5e-4, 1e-3, 1e-3], [0.0, 0.0, 4e-3]])
COMPETITIONS: dict[str, Competition] = {
    f"{type(c).__name__}, {c.on}": c
    for on in ("birth", "death")
    for c in (
        ce.Logistic(capacity=1000, on=on, weights={"R": 0.5}),
        ce.Gompertz(capacity=1000.5, on=on, weights={"R": 2, "P": 0}),
        ce.LotkaVolterra(matrix=MATRIX, on=on),
    )
}
ALL = pytest.mark.parametrize("name", COMPETITIONS)


def process(competition: Competition | None) -> ce.BranchingProcess:
    """Mutation, switching, a drug from day 5 to 9 under which S declines, and a pulse."""
    return ce.BranchingProcess(
        types=TYPES,
        birth=[[0.9, 0.7, 0.2], [0.9, 0.7, 0.2], [0.8, 0.7, 0.2]],
        death=[[0.2, 0.3, 0.1], [1.9, 0.3, 0.1], [0.2, 0.2, 0.1]],
        mutation={("S", "R"): 0.01, ("R", "S"): 0.002},
        switching={("S", "P"): 0.05, ("P", "S"): 0.1},
        breakpoints=[5.0, 9.0],
        pulses=[ce.Pulse(time=12.0, survival={"S": 0.1, "R": 0.5})],
        competition=competition,
    )


def crowding_of(c: Competition, n: NDArray[np.float64]) -> NDArray[np.float64]:
    if isinstance(c, ce.LotkaVolterra):
        return MATRIX @ n
    load = sum((c.weights or {}).get(name, 1.0) * m for name, m in zip(TYPES, n, strict=True))
    if isinstance(c, ce.Logistic):
        return np.full(3, load / c.capacity)
    return np.full(3, np.log(max(1.0, load)) / np.log(c.capacity))


def mean_field(p: ce.BranchingProcess, c: Competition, start: list[float], times: list[float]) -> NDArray[np.float64]:
    """By another integrator, from the equations as documented; the last column is the mutations and switches so far."""

    def slope(k: int) -> Callable[[float, NDArray[np.float64]], NDArray[np.float64]]:
        def of(_: float, y: NDArray[np.float64]) -> NDArray[np.float64]:
            n = y[:3]
            growth, x = np.maximum(p.birth[k] - p.death[k], 0.0), crowding_of(c, n)
            b = np.maximum(p.birth[k] - growth * x, 0.0) if c.on == "birth" else p.birth[k]
            d = p.death[k] + growth * x if c.on == "death" else p.death[k]
            dy = np.append((b - d) * n, 0.0)
            for (i, j), u in p.mutation.items():
                rate = b[TYPES.index(i)] * float(u) * n[TYPES.index(i)]
                dy[TYPES.index(j)] += rate
                dy[TYPES.index(i)] -= rate
                dy[3] += rate
            for (i, j), s in p.switching.items():
                rate = float(s) * n[TYPES.index(i)]
                dy[TYPES.index(j)] += rate
                dy[TYPES.index(i)] -= rate
                dy[3] += rate
            return dy

        return of

    y, t, rows = np.array([*start, 0.0]), 0.0, []
    for end in sorted({*times, 5.0, 9.0, 12.0}):
        if end > times[-1]:
            break
        if end > t:
            k = int(np.searchsorted(p.breakpoints, t, side="right"))
            y = solve_ivp(slope(k), (t, end), y, method="LSODA", rtol=1e-10, atol=1e-10).y[:, -1]
            t = end
        if end == 12.0:
            y = y * [0.1, 0.5, 1.0, 1.0]
        if end in times:
            rows.append(y)
    return np.array(rows)


@ALL
def test_mean_counts_solve_the_equations_of_the_mean_field(name: str) -> None:
    competition = COMPETITIONS[name]
    p, times = process(competition), [0.0, 2.0, 5.0, 7.0, 12.0, 14.0, 60.0]
    for start in ([5, 0, 0], [3000, 100, 50]):
        found = expected(p, np.array([start], dtype=float), np.array(times))
        counts, events = (rows[0] for rows in found)
        want = mean_field(p, competition, [float(n) for n in start], times)
        assert counts == pytest.approx(want[:, :3], rel=2e-7, abs=1e-6)
        assert events == pytest.approx(want[:, 3], rel=2e-7, abs=1e-6)
    free = ce.mean_counts(process(None), initial=[5, 0, 0], times=times)
    assert not np.allclose(free[2:], ce.mean_counts(p, initial=[5, 0, 0], times=times)[2:], rtol=0.05)


def test_mean_counts_of_many_rows_are_those_of_each() -> None:
    p = process(COMPETITIONS["Logistic, death"])
    rows = [[n, 2 * n, 1] for n in (1, 10, 100, 1000, 10000)]
    alone = [ce.mean_counts(p, initial=row, times=[3, 20]) for row in rows]
    assert np.array_equal(ce.mean_counts(p, initial=rows, times=[3, 20]), np.array(alone))


@pytest.mark.parametrize("on", ["birth", "death"])
@pytest.mark.parametrize("law", [ce.Logistic, ce.Gompertz])
def test_one_type_follows_its_closed_form_for_a_long_time(law: type, on: str) -> None:
    """Rates times time to 1e6, from one cell and from ten times the capacity (where births have stopped)."""
    b, d, capacity = 1.0, 0.5, 1e6
    r = b - d
    p = ce.BranchingProcess(types=["S"], birth=[b], death=[d], competition=law(capacity=capacity, on=on))
    times = np.array([1.0, 20.0, 40.0, 1e6])
    found = ce.mean_counts(p, initial=[1], times=times)[:, 0]
    if law is ce.Logistic:
        want = capacity / (1 + (capacity - 1) * np.exp(-r * times))
    else:
        want = np.exp(np.log(capacity) * -np.expm1(-r / np.log(capacity) * times))
    assert found == pytest.approx(want, rel=1e-8)
    above = ce.mean_counts(p, initial=[10 * capacity], times=[1.0, 1e6])[:, 0]
    assert above[1] == pytest.approx(capacity, rel=1e-9)
    # Without births nothing falls faster than by deaths.
    assert (above[0] > 10 * capacity * np.exp(-d) * (1 - 1e-9)) == (on == "birth" or law is ce.Gompertz)


@pytest.mark.parametrize("net", [-1.0, 0.0, 1e-5])
def test_independent_means_of_one_type_hold_for_a_long_time(net: float) -> None:
    p = ce.BranchingProcess(types=["S"], birth=[1.0 + net], death=[1.0])
    assert ce.mean_counts(p, initial=[1000], times=[1e6])[0, 0] == pytest.approx(1000 * np.exp(net * 1e6), rel=1e-9)


def test_a_state_of_no_cells_stays() -> None:
    for competition in COMPETITIONS.values():
        assert not ce.mean_counts(process(competition), initial=[0, 0, 0], times=[10, 100]).any()


@ALL
def test_specifications_survive_every_round_trip(name: str) -> None:
    c = COMPETITIONS[name]
    p = process(c)
    for again in (type(c).from_dict(c.to_dict()), type(c).from_json(c.to_json()), type(c).from_toml(c.to_toml())):
        assert again == c
        assert hash(again) == hash(c)
    assert pickle.loads(pickle.dumps(c)) == c
    copies = [ce.BranchingProcess.from_dict(p.to_dict()), ce.BranchingProcess.from_json(p.to_json())]
    copies += [ce.BranchingProcess.from_toml(p.to_toml()), pickle.loads(pickle.dumps(p))]
    for copy in copies:
        assert copy == p
        assert hash(copy) == hash(p)
        assert copy.competition == p.competition
    assert process(None) != p
    assert process(None).competition is None
    for other in COMPETITIONS.values():
        assert (process(other) == p) == (other is c)
    assert c.on in repr(c)
    assert type(c).__name__ in repr(p)
    with pytest.raises(AttributeError):
        c.on = "death"  # type: ignore[misc]


def test_equal_competition_in_other_words_makes_equal_processes() -> None:
    named = {(i, j): float(MATRIX[a, b]) for a, i in enumerate(TYPES) for b, j in enumerate(TYPES)}
    assert process(ce.LotkaVolterra(matrix=named)) == process(ce.LotkaVolterra(matrix=MATRIX))
    assert process(ce.LotkaVolterra(matrix=named)) != process(ce.LotkaVolterra(matrix=MATRIX.T))
    weighted = ce.Logistic(capacity=9, weights=dict.fromkeys(TYPES, 1))
    assert process(weighted) == process(ce.Logistic(capacity=9))


def test_describe_says_what_competes() -> None:
    p = process(ce.Logistic(capacity=1000, weights={"R": 0.5}))
    text = p.describe(initial={"S": 10}, until=4)
    assert "logistic competition on deaths: net growth vanishes at 1000 cells, weighted R 0.5" in text
    assert "mean field (an approximation)" in text
    assert "engine='auto' takes 'direct'" in text
    text = process(ce.LotkaVolterra(matrix={("S", "R"): 0.25}, on="birth")).describe()
    assert "Lotka-Volterra competition on births (1/cells): R on S 0.25" in text


def test_an_ensemble_keeps_its_competition(tmp_path: Path) -> None:
    p = process(ce.Gompertz(capacity=50))
    ens = ce.simulate(p, initial={"S": 20}, times=[1, 8, 20], replicates=20, seed=1)
    assert (ens.engine, ens.exact) == ("direct", True)
    ens.save(tmp_path / "ens")
    loaded = ce.load(tmp_path / "ens")
    assert loaded.process == p
    assert np.array_equal(loaded.replicate(7).counts[0], ens.counts[7])


def test_numbers_do_not_depend_on_when_one_looks_or_on_records() -> None:
    for competition in COMPETITIONS.values():
        p = process(competition)
        few = ce.simulate(p, initial={"S": 20}, times=[6, 11], replicates=30, seed=2)
        # Up to the pulse at day 12: there clones are thinned one by one.
        many = ce.simulate(p, initial={"S": 20}, times=np.arange(1, 12), replicates=30, seed=2)
        assert np.array_equal(few.counts, many.counts[:, [5, 10]])
        assert np.array_equal(few.outcomes["time"], many.outcomes["time"])
        clones = ce.simulate(p, initial={"S": 20}, times=[6, 11], replicates=30, seed=2, record="clones")
        assert np.array_equal(few.counts, clones.counts)
        assert int(clones.clone_sizes["count"].sum()) == int(few.counts.sum())


def test_limits_are_met_exactly() -> None:
    p = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.1], competition=ce.Logistic(capacity=1000))
    ens = ce.simulate(p, initial=[10], times=[50], replicates=50, seed=1, limits=ce.Limits(size=500))
    assert set(ens.outcomes["outcome"]) == {"size_limit"}
    assert (ens.final == 500).all()
    ens = ce.simulate(p, initial=[10], times=[50], replicates=50, seed=1, limits=ce.Limits(events=100))
    assert set(ens.outcomes["outcome"]) == {"event_limit"}
    assert set(ens.ends["steps"]) == {100}


def test_extreme_crowding_ends_in_extinction_or_standstill() -> None:
    heavy = ce.Logistic(capacity=1, weights={"S": 1e308})
    p = ce.BranchingProcess(types=["S"], birth=[1e6], death=[0.0], competition=heavy)
    ens = ce.simulate(p, initial=[1000], times=[1.0], replicates=5, seed=1)
    assert set(ens.outcomes["outcome"]) == {"extinct"}
    births = ce.Logistic(capacity=1, on="birth", weights={"S": 1e308})
    p = ce.BranchingProcess(types=["S"], birth=[1e6], death=[0.0], competition=births)
    assert (ce.simulate(p, initial=[2**61], times=[1.0], replicates=2, seed=1).final == 2**61).all()
    assert ce.mean_counts(p, initial=[2**61], times=[1.0])[0, 0] == 2.0**61


def test_transformations_take_the_competition_along() -> None:
    times = np.array([2.0, 7.0, 14.0])
    start = {"S": 40, "R": 5}
    for c in COMPETITIONS.values():
        p = process(c)
        mean = ce.mean_counts(p, initial=start, times=times)
        assert ce.mean_counts(rescaled(p, 4.0), initial=start, times=4 * times) == pytest.approx(mean, rel=1e-8)
        assert ce.mean_counts(refined(p, [1, 3]), initial=start, times=times) == pytest.approx(mean, rel=1e-8)
        other = ce.mean_counts(relabeled(p, [2, 0, 1]), initial=start, times=times)
        assert other == pytest.approx(mean[:, [2, 0, 1]], rel=1e-8)
        two = ce.mean_counts(split(p, "R", share=0.3, exchange=0.1), initial=start, times=times)
        assert np.column_stack([two[:, 0], two[:, 1] + two[:, 3], two[:, 2]]) == pytest.approx(mean, rel=1e-8)
        with pytest.raises(ce.ModelError, match="no competition"):
            merged(p, process(None))


def test_rates_that_change_continuously_may_compete() -> None:
    def rates(t: float) -> tuple[list[float], list[float]]:
        return [1.0], [0.4 + 0.1 * np.sin(t)]

    c = ce.Logistic(capacity=500)
    p = ce.BranchingProcess.from_rates(types=["S"], rates=rates, until=10, competition=c)
    assert p.competition == c
    assert ce.mean_counts(p, initial=[5], times=[10])[0, 0] < 500
    assert ce.BranchingProcess.from_json(p.to_json()) == p


QUESTIONS: dict[str, Callable[[ce.BranchingProcess], object]] = {
    "extinction": lambda p: ce.extinction_probability(p, initial=[1, 0, 0], times=[1]),
    "survival": lambda p: ce.survival_probability(p, initial=[1, 0, 0], times=[1]),
    "absence": lambda p: ce.absence_probability(p, types=["R"], initial=[1, 0, 0], times=[1]),
    "presence": lambda p: ce.presence_probability(p, types=["R"], initial=[1, 0, 0], times=[1]),
    "ultimate": lambda p: ce.ultimate_extinction_probability(p, initial=[1, 0, 0]),
    "cure": lambda p: ce.cure_probability(p, initial=[1, 0, 0], horizon=3.0),
    "cure ever": lambda p: ce.cure_probability(p, initial=[1, 0, 0], horizon=np.inf),
    "detection": lambda p: absence_law(p, types=["R"], size=1e9),
}


@pytest.mark.parametrize("question", QUESTIONS)
@ALL
def test_backward_equations_refuse_cells_that_are_not_independent(question: str, name: str) -> None:
    with pytest.raises(ce.ModelError) as caught:
        QUESTIONS[question](process(COMPETITIONS[name]))
    law = type(COMPETITIONS[name]).__name__
    for word in ("competition", law, "independent", "ce.simulate", "'direct'", "ce.mean_counts"):
        assert word in str(caught.value)


def test_skipping_refuses_cells_that_are_not_independent() -> None:
    p = process(ce.Logistic(capacity=100))
    with pytest.raises(ce.ModelError) as caught:
        ce.simulate(p, initial=[1, 0, 0], times=[1], engine="bnb")
    for word in ("engine", "'bnb'", "independent", "competition", "engine='direct'", "'leap'"):
        assert word in str(caught.value)
