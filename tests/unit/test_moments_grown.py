"""Means and covariances of tumors grown to a size or for a time: closed forms, whole distributions and simulation."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from numpy.typing import NDArray

import chemoevo as ce
from tests.unit.backward_reference import backward
from tests.unit.moments_reference import by_matrix

TYPES = ["S", "A", "B"]
Z = 4.9


def pair(b: float, d: float, u: float) -> ce.BranchingProcess:
    """Parents with 0.2 divisions and 0.1 deaths per day, and mutants."""
    return ce.BranchingProcess(types=["S", "R"], birth=[0.2, b], death=[0.1, d], mutation={("S", "R"): u})


GROWTH = ce.BranchingProcess(
    types=TYPES,
    birth=[0.2, 0.15, 0.12],
    death=[0.05, 0.16, 0.14],
    mutation={("S", "A"): 2e-2, ("A", "B"): 5e-2, ("S", "B"): 1e-3},
    switching={("B", "A"): 0.02},
)
THERAPY = ce.BranchingProcess(
    types=TYPES,
    birth=[[0.2] * 3] * 2,
    death=[[0.8, 0.3, 0.1], [0.1, 0.2, 0.1]],
    breakpoints=[4.0],
    mutation={("S", "A"): 2e-2, ("A", "B"): 5e-2},
    switching={("B", "A"): 0.02},
    pulses=[ce.Pulse(time=6.0, survival={"S": 0.5, "B": 0.9})],
)


@pytest.mark.parametrize(
    ("b", "d"), [(0.1, 0.2), (0.2, 0.2), (0.1, 0.0999), (0.0, 0.3), (0.2, 0.151), (0.2, 0.1501), (0.2, 1000.0)]
)
@pytest.mark.parametrize("u", [1e-12, 1e-4])
def test_mutants_at_detection(b: float, d: float, u: float) -> None:
    """A lineage has the mean e^{ls} and the factorial moment 2b e^{ls}(e^{ls} - 1)/l, to be integrated with e^{-rs}."""
    growth = pair(b, d, u)
    sizes = [3.2, 1e6, 1e12]
    mean, covariance = ce.moments(growth, initial=ce.GrownTo(growth, size=sizes), times=[0.0])
    with mp.workdps(40):
        r, l = mp.mpf(0.2) * (1 - mp.mpf(u)) - mp.mpf(0.1), mp.mpf(b) - mp.mpf(d)  # noqa: E741
        assert 2 * l < r
        each = mp.mpf(0.2) * mp.mpf(u) / (r - l)
        spread = 1 + 2 * mp.mpf(b) / (r - 2 * l)
        for row, size in enumerate(sizes):
            assert mean[row, 0].tolist() == pytest.approx([round(size), float(size * each)], rel=1e-12)
            assert covariance[row, 0, 1, 1] == pytest.approx(float(size * each * spread), rel=1e-11)
    assert not covariance[:, 0, 0].any()


def test_rare_mutants_keep_their_digits() -> None:
    """Five steps of mutation, of which the last leads back to the first, against the linear equations at 40 digits."""
    types = [f"t{i}" for i in range(6)]
    birth, death = np.array([0.2, 0.1, 0.15, 0.12, 0.2, 0.1]), np.array([0.1, 0.11, 0.2, 0.12, 0.3, 0.1])
    u = {(0, 1): 1e-9, (1, 2): 1e-8, (2, 3): 1e-9, (3, 4): 1e-7, (4, 5): 1e-9, (5, 1): 1e-6}
    growth = ce.BranchingProcess(
        types=types, birth=birth, death=death, mutation={(types[a], types[b]): v for (a, b), v in u.items()}
    )
    mean, covariance = (part[0] for part in ce.moments(growth, initial=ce.GrownTo(growth, size=1e9), times=[0.0]))
    with mp.workdps(60):
        rate = [mp.mpf(float(x)) for x in birth]
        growth_rates = mp.zeros(5)
        for i in range(5):
            out = sum(mp.mpf(v) for (a, _), v in u.items() if a == i + 1)
            growth_rates[i, i] = rate[i + 1] * (1 - out) - mp.mpf(float(death[i + 1]))
        for (a, b), v in u.items():
            if a > 0:
                growth_rates[b - 1, a - 1] += rate[a] * mp.mpf(v)
        r = rate[0] * (1 - mp.mpf(1e-9)) - mp.mpf(float(death[0]))
        flux = mp.matrix([rate[0] * mp.mpf(1e-9), 0, 0, 0, 0])
        want = mp.lu_solve(r * mp.eye(5) - growth_rates, flux)
        big, source = mp.zeros(25), mp.zeros(25, 1)
        for i in range(5):
            out = sum(mp.mpf(v) for (a, _), v in u.items() if a == i + 1)
            source[6 * i] += 2 * rate[i + 1] * (1 - out) * want[i]
            for j in range(5):
                made = rate[i + 1] * mp.mpf(u.get((i + 1, j + 1), 0.0)) * want[i]
                source[5 * i + j] += made
                source[5 * j + i] += made
                big[5 * i + j, 5 * i + j] += r
                for k in range(5):
                    big[5 * i + j, 5 * k + j] -= growth_rates[i, k]
                    big[5 * i + j, 5 * i + k] -= growth_rates[j, k]
        pairs = mp.lu_solve(big, source)
        # The expected numbers of the last types are far below one, and so are their covariances.
        assert want[4] < 1e-40
        for i in range(5):
            assert mean[i + 1] == pytest.approx(float(10**9 * want[i]), rel=1e-11)
            for j in range(5):
                expected = 10**9 * (pairs[5 * i + j] + (want[i] if i == j else 0))
                assert covariance[i + 1, j + 1] == pytest.approx(float(expected), rel=1e-11)


@pytest.mark.parametrize("time", [pytest.param(0.0, marks=pytest.mark.slow), 9.0])
def test_whole_distributions_have_these_moments(time: float) -> None:
    """Variances of types and of their sums, by `count_distribution`. Planted: mutants counted twice."""
    size, count = 20, np.arange(301)

    def of(types: list[str], growth: ce.BranchingProcess) -> tuple[float, float]:
        tumor = ce.GrownTo(growth, size=size)
        law = ce.count_distribution(THERAPY, of=types, initial=tumor, time=time, max_count=300, tolerance=1e-8)
        mean = float(count @ law)
        return mean, float((count - mean) ** 2 @ law)

    mean, covariance = (part[0] for part in ce.moments(THERAPY, initial=ce.GrownTo(GROWTH, size=size), times=[time]))
    for i, name in enumerate(TYPES):
        assert (mean[i], covariance[i, i]) == pytest.approx(of([name], GROWTH), rel=1e-7, abs=1e-7)
        for j in range(i):
            both = covariance[i, i] + covariance[j, j] + 2.0 * covariance[i, j]
            assert both == pytest.approx(of([name, TYPES[j]], GROWTH)[1], rel=1e-7, abs=1e-7)
    twice = ce.BranchingProcess(
        types=TYPES,
        birth=GROWTH.birth[0],
        death=GROWTH.death[0],
        mutation={("S", "A"): 4e-2, ("A", "B"): 5e-2, ("S", "B"): 1e-3},
        switching={("B", "A"): 0.02},
    )
    assert covariance[1, 1] != pytest.approx(of(["A"], twice)[1], rel=1e-2)


def test_moments_of_a_size_are_met_by_simulation() -> None:
    """Tumors simulated to 20000 cells, and through therapy; within 4.9 standard errors. Planted: the mean age."""
    growth, size, n = pair(0.1, 0.12, 5e-3), 20_000, 4000
    therapy = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.2], death=[0.9, 0.25], mutation={("S", "R"): 5e-3})
    ens = ce.simulate(
        growth, initial={"S": 1}, times=[5000.0], stop=ce.Stop(size=size, of=["S"], retry=True), replicates=n, seed=5
    )
    later = ce.simulate(therapy, initial=ens.final, times=[4.0], replicates=n, seed=6).counts[:, 0, :].astype(float)
    mean, covariance = (part[0] for part in ce.moments(therapy, initial=ce.GrownTo(growth, size=size), times=[4.0]))
    assert misses(later, mean, covariance) < Z
    age = float(ens.outcomes["time"].mean())  # type: ignore[arg-type]
    other = ce.moments(therapy, initial=ce.GrownFor(growth, days=age), times=[4.0])
    assert misses(later, other[0][0], other[1][0]) > Z


def misses(counts: NDArray[np.float64], mean: NDArray[np.float64], covariance: NDArray[np.float64]) -> float:
    """The largest deviation of sampled means and covariances from the expected ones, in standard errors."""
    n = len(counts)
    centered = counts - mean
    products = centered[:, :, None] * centered[:, None, :]
    off = [
        np.abs(counts.mean(axis=0) - mean) / (counts.std(axis=0) / n**0.5),
        np.abs(products.mean(axis=0) - covariance) / (products.std(axis=0) / n**0.5),
    ]
    return float(max(part.max() for part in off))


def test_infinite_moments_are_named() -> None:
    def ask(growth: ce.BranchingProcess) -> Any:
        return ce.moments(growth, initial=ce.GrownTo(growth, size=1e6), times=[0.0])

    with pytest.raises(ce.ModelError, match=r"^initial: .* the mean is infinite for 'R': .*count_distribution"):
        ask(pair(0.2, 0.1, 1e-9))
    with pytest.raises(
        ce.ModelError, match=r"the variance is infinite for 'R': .* at half the rate of 'S' \(0.1 per day\)"
    ):
        ask(pair(0.2, 0.15, 1e-9))
    # Mutants that turn back are cells of the first type.
    back = ce.BranchingProcess(
        types=TYPES,
        birth=[0.2, 0.1, 0.1],
        death=[0.1, 0.2, 0.2],
        mutation={("S", "A"): 1e-3, ("A", "B"): 1e-3},
        switching={("A", "S"): 1e-6},
    )
    with pytest.raises(ce.ModelError, match=r"the mean is infinite for 'S', 'A', 'B': "):
        ask(back)
    # A type that grows, and one behind it.
    chain = ce.BranchingProcess(
        types=TYPES, birth=[0.2, 0.1, 0.2], death=[0.1, 0.2, 0.12], mutation={("S", "A"): 1e-3, ("A", "B"): 1e-3}
    )
    with pytest.raises(ce.ModelError, match=r"the variance is infinite for 'B': "):
        ask(chain)
    # Types that no lineage reaches do not matter.
    apart = ce.BranchingProcess(
        types=TYPES, birth=[0.2, 0.1, 0.9], death=[0.1, 0.2, 0.0], mutation={("S", "A"): 1e-3, ("B", "A"): 1e-3}
    )
    assert ask(apart)[0][0].tolist() == pytest.approx([1e6, 1e6 * 2e-4 / (0.0998 + 0.1), 0.0])
    none = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    assert ask(none)[0].tolist() == [[1e6]]


AGED = ce.BranchingProcess(
    types=TYPES,
    birth=[[0.2, 0.15, 0.12], [0.1, 0.15, 0.12]],
    death=[[0.05, 0.16, 0.14], [0.15, 0.1, 0.1]],
    breakpoints=[12.0],
    mutation={("S", "A"): 2e-2, ("A", "B"): 5e-2, ("S", "B"): 1e-3},
    switching={("B", "S"): 0.02, ("S", "B"): 0.01},
    pulses=[ce.Pulse(time=7.0, survival={"S": 0.5, "B": 0.9})],
)


def test_moments_of_an_age_by_the_matrix_exponential() -> None:
    """One way from the first cell through growth and therapy, and the probability that it is there in 320 bits."""
    mutation = [{(0, 1): 2e-2, (1, 2): 5e-2, (0, 2): 1e-3}, {(0, 1): 2e-2, (1, 2): 5e-2}]
    switching = [{(2, 0): 0.02, (0, 2): 0.01}, {(2, 1): 0.02}]
    survival, later = np.array([0.5, 1.0, 0.9]), np.array([0.5, 1.0, 0.9])
    days = 20.0

    def on(state: Any, process: ce.BranchingProcess, interval: int, table: int, t: float) -> Any:
        return by_matrix(  # type: ignore[call-arg]
            process.birth[interval], process.death[interval], mutation[table], switching[table], *state, mp.mpf(t)
        )

    def thinned(state: Any, p: NDArray[np.float64]) -> Any:
        m, v = state
        return p * m, np.outer(p, p) * v + np.diag(p * (1 - p) * m)

    state = on((np.array([1.0, 0.0, 0.0]), np.zeros((3, 3))), AGED, 0, 0, 7.0)
    state = on(thinned(state, survival), AGED, 0, 0, 5.0)
    state = on(state, AGED, 1, 0, 8.0)
    wanted = [state]
    state = thinned(on(on(state, THERAPY, 0, 1, 4.0), THERAPY, 1, 1, 2.0), later)
    wanted += [state, on(state, THERAPY, 1, 1, 3.0)]
    gone = backward(
        AGED.birth.tolist(), AGED.death.tolist(), mutation[:1] * 2, switching[:1] * 2, [12.0],
        [(7.0, survival.tolist())], [1.0] * 3, days,
    )[0]  # fmt: skip
    there = float(1 - gone)
    mean, covariance = ce.moments(THERAPY, initial=ce.GrownFor(AGED, days=days), times=[0.0, 6.0, 9.0])
    for at, (m, v) in enumerate(wanted):
        np.testing.assert_allclose(mean[at], m / there, rtol=1e-9)
        want = v / there - (1.0 - there) * np.outer(m, m) / there**2
        scale = np.sqrt(np.outer(np.diag(want), np.diag(want)))
        np.testing.assert_allclose(covariance[at] / scale, want / scale, rtol=0, atol=1e-8)


def test_moments_of_an_age_are_met_by_simulation() -> None:
    """Within 4.9 standard errors. Planted: tumors that died out counted in."""
    days, n = 40.0, 60_000
    grown = ce.simulate(AGED, initial={"S": 1}, times=[days], replicates=n, seed=8).final
    there = grown[grown.sum(axis=1) > 0]
    later = (
        ce.simulate(THERAPY, initial=there, times=[9.0], replicates=len(there), seed=9).counts[:, 0, :].astype(float)
    )
    mean, covariance = (part[0] for part in ce.moments(THERAPY, initial=ce.GrownFor(AGED, days=days), times=[9.0]))
    assert 0.1 * n < len(there) < 0.9 * n
    assert misses(later, mean, covariance) < Z
    share = len(there) / n
    everyone = share * covariance + share * (1.0 - share) * np.outer(mean, mean)
    assert misses(later, share * mean, everyone) > Z


def test_ages_come_in_any_order_and_one_alone() -> None:
    days = [300.0, 100.0, 300.0]
    growth = pair(0.2, 0.1, 1e-3)
    mean, covariance = ce.moments(growth, initial=ce.GrownFor(growth, days=days), times=[0.0, 5.0])
    assert (mean.shape, covariance.shape) == ((3, 2, 2), (3, 2, 2, 2))
    for row, day in enumerate(days):
        one = ce.moments(growth, initial=ce.GrownFor(growth, days=day), times=[0.0, 5.0])
        assert (one[0].shape, one[1].shape) == ((2, 2), (2, 2, 2))
        np.testing.assert_allclose(one[0], mean[row], rtol=1e-12)
        np.testing.assert_allclose(one[1], covariance[row], rtol=1e-12)


def test_what_cannot_be_said_is_an_error() -> None:
    growth = pair(0.2, 0.1, 1e-3)
    dead = ce.BranchingProcess(types=["S", "R"], birth=[0.0, 0.0], death=[1.0, 1.0])
    with pytest.raises(
        ce.SimulationError, match=r"a tumor is there after 700\.0 days with probability .* earlier time"
    ):
        ce.moments(growth, initial=ce.GrownFor(dead, days=[1.0, 700.0]), times=[1.0])
    # A cell that may die first, and then lays 10000 others: a Poisson number, next to the variance of being there.
    stem = ce.BranchingProcess(
        types=["S", "R"],
        birth=[[0.0, 0.0], [1.0, 0.0]],
        death=[[0.1, 0.0], [0.0, 0.0]],
        breakpoints=[20.0],
        mutation={("S", "R"): 1.0},
    )
    tumors = ce.GrownFor(stem, days=[20.0, 30.0])
    covariance = ce.moments(stem, initial=tumors, times=[1.0])[1]
    assert covariance[:, 0, 1, 1] == pytest.approx([0.0, 10.0], rel=1e-8, abs=1e-8)
    with pytest.raises(ce.SimulationError, match=r"a covariance .* too few digits .* earlier times"):
        ce.moments(stem, initial=ce.GrownFor(stem, days=10_020.0), times=[0.0])
    other = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    with pytest.raises(ce.ModelError, match=r"initial\.growth\.types"):
        ce.moments(other, initial=ce.GrownTo(growth, size=100), times=[1.0])
    with pytest.raises(ce.ModelError, match=r"initial\.growth\.types[\s\S]*times\[0\]"):
        ce.moments(other, initial=ce.GrownFor(growth, days=100), times=[-1.0])
