"""Closed forms and numerical solutions to test against, written from the literature and not from the package.

They take the reference simulator's `Process`. Complements (1 minus a probability) are carried where they may be small.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, linalg, stats
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply

from tests.reference.simulator import Process

Array = NDArray[np.float64]


def _instants(process: Process, until: float) -> list[tuple[float, float, int]]:
    """Stretches (start, end, interval) of constant rates without a pulse inside, up to `until`."""
    cuts = sorted(
        {0.0, until, *(x for x in (*process.breakpoints, *(t for t, _ in process.pulses)) if 0.0 < x < until)}
    )
    return [(a, b, int(np.searchsorted(process.breakpoints, a, side="right"))) for a, b in pairwise(cuts)]


def _survival_at(process: Process, time: float) -> Array:
    """What all pulses at `time` leave of a cell of each type."""
    result = np.ones(len(process.birth[0]))
    for t, p in process.pulses:
        if t == time:
            result *= p
    return result


def kendall(process: Process, until: float) -> tuple[float, float]:
    """One type: P(N > 0) from one cell, and the ratio of the geometric law of N given N > 0.

    Kendall (1948) Ann. Math. Stat. 19:1. With y = 1 - z, a stretch h of constant rates maps 1 - E[z^N] as
    y -> y/(exp(-l h) + b g y), l = b - d, g = (1 - exp(-l h))/l; a pulse maps y -> p y. Both are y -> y/(a + c y).
    """
    a, c = 1.0, 0.0
    p = _survival_at(process, until)[0]
    if p == 0.0:
        return 0.0, 0.0
    a, c = a / p, c / p
    for start, end, k in reversed(_instants(process, until)):
        b, d, h = process.birth[k][0], process.death[k][0], end - start
        net = b - d
        decline = np.exp(-net * h)
        g = -np.expm1(-net * h) / net if net else h
        a, c = decline * a, decline * c + b * g
        p = _survival_at(process, start)[0]
        if p == 0.0:
            return 0.0, 0.0
        a, c = a / p, c / p
    return 1.0 / (a + c), c / (a + c)


def kendall_by_integrals(process: Process, until: float) -> tuple[float, float]:
    """The same without pulses, by the integrals of Kendall's paper: rho = int (d - b), I = int d exp(rho)."""
    assert not process.pulses
    rho, integral = 0.0, 0.0
    for start, end, k in _instants(process, until):
        b, d = process.birth[k][0], process.death[k][0]
        integral += integrate.quad(lambda s, b=b, d=d, rho=rho: d * np.exp(rho + (d - b) * s), 0.0, end - start)[0]
        rho += (d - b) * (end - start)
    return 1.0 / (1.0 + integral), 1.0 - np.exp(rho) / (1.0 + integral)


def one_type_pmf(process: Process, founders: int, until: float, top: int) -> Array:
    """P(N = 0..top) of one type from some founders: a binomial number of survivors, each a geometric family."""
    alive, ratio = kendall(process, until)
    survivors = stats.binom.pmf(np.arange(founders + 1), founders, alive)
    result = np.zeros(top + 1)
    result[0] = survivors[0]
    n = np.arange(top + 1)
    for k in range(1, founders + 1):
        result[k:] += survivors[k] * stats.nbinom.pmf(n[k:] - k, k, 1.0 - ratio)
    return result


def survival(process: Process, until: float, absent: Sequence[int] | None = None) -> Array:
    """P(some cell of the types `absent` (default: all) at `until` | one cell of type i at 0): backward equations.

    dy_i/ds = sum over events e of rate_e (1 - prod_j (1 - y_j)^k_ej - y_i), s the time left, k_e the cells after e.
    """
    k = len(process.birth[0])
    y = np.ones(k)
    if absent is not None:
        y = np.zeros(k)
        y[list(absent)] = 1.0
    y = y * _survival_at(process, until)
    for start, end, m in reversed(_instants(process, until)):
        tables = process.birth[m], process.death[m], process.mutation[m], process.switching[m]
        # Rates whose squares underflow make the solver's estimate of its error 0/0; they change nothing here.
        b, d, u, s = (np.where(np.asarray(table) < 1e-100, 0.0, table) for table in tables)

        def slope(_: float, y: Array, b: Array = b, d: Array = d, u: Array = u, s: Array = s) -> Array:
            # A union of two independent events: 1 - (1 - x)(1 - y) = x + y - x y.
            plain = (1.0 - u.sum(axis=1)) * (y - y * y)
            mutant = (u * (y[None, :] * (1.0 - y[:, None]))).sum(axis=1)
            return b * (plain + mutant) - d * y + (s * (y[None, :] - y[:, None])).sum(axis=1)

        # Types that start at 0 need an absolute tolerance; a single type keeps its digits however small it gets.
        tolerance = 1e-200 if k == 1 else 1e-30
        y = integrate.solve_ivp(slope, (0.0, end - start), y, method="DOP853", rtol=1e-11, atol=tolerance).y[:, -1]
        y = np.minimum(y, 1.0) * _survival_at(process, start)
    return y


def extinction(process: Process, initial: Sequence[int], until: float) -> float:
    """P(no cell at `until`)."""
    return absence(process, initial, until, range(len(initial)))


def absence(process: Process, initial: Sequence[int], until: float, types: Sequence[int]) -> float:
    """P(no cell of some types at `until`)."""
    y = survival(process, until, types)
    with np.errstate(divide="ignore"):
        logs = np.log1p(-y)
    return float(np.exp(sum(n * x for n, x in zip(initial, logs, strict=True) if n)))


def moments(process: Process, initial: Sequence[int], until: float) -> tuple[Array, Array]:
    """Mean (types,) and covariance (types, types) by the moment equations, exact for a branching process.

    Every event of type i with rate r changes the counts by D: m' = sum r m_i D, V' = J V + V J' + sum r m_i D D'.
    """
    k = len(process.birth[0])
    mean, covariance = np.asarray(initial, dtype=float), np.zeros((k, k))

    def thin(mean: Array, covariance: Array, p: Array) -> tuple[Array, Array]:
        return p * mean, covariance * np.outer(p, p) + np.diag(p * (1.0 - p) * mean)

    for start, end, m in _instants(process, until):
        mean, covariance = thin(mean, covariance, _survival_at(process, start))
        changes = []
        for i in range(k):
            b, d, u, s = process.birth[m][i], process.death[m][i], process.mutation[m][i], process.switching[m][i]
            one = np.eye(k)
            changes += [(i, b * (1.0 - sum(u)), one[i]), (i, d, -one[i])]
            changes += [(i, b * u[j], one[j]) for j in range(k)]
            changes += [(i, s[j], one[j] - one[i]) for j in range(k)]
        jacobian = np.zeros((k, k))
        for i, rate, change in changes:
            jacobian[:, i] += rate * change
        # Linear in (m, V): one matrix exponential.
        size = k + k * k
        system = np.zeros((size, size))
        system[:k, :k] = jacobian
        system[k:, k:] = np.kron(jacobian, np.eye(k)) + np.kron(np.eye(k), jacobian)
        for i, rate, change in changes:
            system[k:, i] += rate * np.outer(change, change).ravel()
        state = np.concatenate([mean, covariance.ravel()])
        if size > 500:  # 32 types have a thousand moments, and few of them move another
            state = expm_multiply(csr_array(system * (end - start)), state)
        else:
            state = linalg.expm(system * (end - start)) @ state
        mean, covariance = state[:k], state[k:].reshape(k, k)
    return thin(mean, covariance, _survival_at(process, until))


def gamblers_ruin(founders: int, size: int, ratio: float) -> float:
    """P(a total reaches `size` before 0), with `ratio` = death rate over birth rate."""
    if ratio == 1.0:
        return founders / size
    return float(np.expm1(founders * np.log(ratio)) / np.expm1(size * np.log(ratio))) if ratio > 0.0 else 1.0


def passage(process: Process, founders: int, size: int, times: Sequence[float]) -> tuple[Array, Array]:
    """One type, no pulses: P(reached `size`) and P(died out first) by each time, from the chain on 0..size.

    The chain with both ends absorbing, moved by matrix exponentials: for sizes of a few hundred at most.
    """
    assert not process.pulses
    reached, ruined = [], []
    steps: dict[tuple[int, float], Array] = {}  # on an even grid, one exponential an interval
    state, now = np.zeros(size + 1), 0.0
    state[founders] = 1.0
    for time in times:
        for start, end, k in _instants(process, time):
            if end <= now:
                continue
            step = k, round(end - max(start, now), 10)
            if step not in steps:
                b, d = process.birth[k][0], process.death[k][0]
                n = np.arange(size + 1, dtype=float)
                n[size] = 0.0
                generator = np.diag(b * n[:-1], -1) + np.diag(d * n[1:], 1) - np.diag((b + d) * n)
                steps[step] = linalg.expm(generator * step[1])
            state = steps[step] @ state
        now = time
        reached.append(state[size])
        ruined.append(state[0])
    return np.array(reached), np.array(ruined)


def mutants_at_size(size: int, u: float, top: int) -> Array:
    """P(0..top mutants when the total reaches `size`), from one wild-type cell, no death, neutral mutants: exact.

    The next division is of a mutant with probability k/n, else it founds a mutant with probability u.
    """
    k = np.arange(top + 1, dtype=float)
    p = np.zeros(top + 1)
    p[0] = 1.0
    for n in range(1, size):
        up = k / n + (1.0 - k / n) * u
        up = np.where(k <= n, up, 0.0)
        moved = p * up
        p = p - moved
        p[1:] += moved[:-1]
    return p


def luria_delbrueck(m: float, top: int) -> Array:
    """The limit law of mutant numbers, by the recursion of Ma, Sandri & Sarkar (1992) J. Appl. Probab. 29:255."""
    p = np.zeros(top + 1)
    p[0] = np.exp(-m)
    for n in range(1, top + 1):
        p[n] = m / n * (p[:n] / (n - np.arange(n) + 1.0)).sum()
    return p
