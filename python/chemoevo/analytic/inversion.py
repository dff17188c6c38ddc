"""The upper tail P(N >= a) of a law on whole numbers, from its generating function at complex points.

With z = e^{-s} the numbers P(N > m) have the generating function h(s) = (1 - f(z)) / (1 - z), so

    P(N > m) = (1 / 2 pi i) int h(s) e^{m s} ds,    s from c - i pi to c + i pi.

**Euler summation** (Abate & Whitt 1992, 2006). On the line Re s = c = A / (2 l m) the trapezoidal rule with l m steps
to pi is exact but for P(N > m + 2 l m j) e^{-A j}, j = 1, 2, ..., at most e^{-A} / (1 - e^{-A}) together. Its terms
alternate in groups of l, and where the law is smooth on the scale of m a few tens of groups are enough: the average of
the partial sums n, ..., 2n with binomial weights stands for all. Where the law has a step next to m, relative to m,
more are needed. For small m all l m terms are taken.

**Panels.** On the line c = 0 (Gil-Pelaez 1951), with x = a - 1/2 between two whole numbers,

    P(N > x) = 1/2 - (1/pi) int_0^pi Im[f(e^{-i w}) e^{i w x}] / (2 sin(w / 2)) dw.

Of a narrow law whose place is next to x all is slow in log w until f is gone: Gauss-Legendre on panels that double.
With e^{-(w / o)^2 / 2} in the integral the step at x becomes a normal distribution function of standard deviation
1 / o, which is off by at most E[e^{-(o (N - x))^2 / 2}] / 2, and that is an integral of the same f:

    E[e^{-(o (N - x))^2 / 2}] = (2 / (o sqrt(2 pi))) int_0^inf Re[f(e^{-i w}) e^{i w x}] e^{-(w / o)^2 / 2} dw.

So a law that is not at x needs no more panels than say so.

References
----------
* Abate J, Whitt W (1992) The Fourier-series method for inverting transforms of probability distributions. Queueing Syst
  10:5. doi:10.1007/BF01158520
* Abate J, Whitt W (2006) A unified framework for numerically inverting Laplace transforms. INFORMS J Comput 18:408.
  doi:10.1287/ijoc.1050.0137
* Gil-Pelaez J (1951) Note on the inversion theorem. Biometrika 38:481. doi:10.1093/biomet/38.3-4.481
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.process.quadrature import gauss_legendre

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = tuple[NDArray[np.complex128], NDArray[np.float64]]
    Transform = Callable[[NDArray[np.float64], NDArray[np.float64]], Iterable[Values]]
    """f and the bound on its error for every law, each of shape (points,), from real and imaginary part of 1 - z."""
    Tails = tuple[NDArray[np.float64], NDArray[np.float64]]
    """P(N >= a) of every law, and what it may be off by."""

_FIRST, _ENOUGH, _MOST = 32, 128, 4096
"""Points of Euler sums, for groups of one: at first, before panels are tried, and at last."""
_NODES = (8, 16, 32, 64)
"""Gauss-Legendre nodes of a panel, until two results agree."""
_BATCH = 4
"""Panels that are solved together."""
_REACH = 6.5
"""Standard deviations at which a normal law is gone: e^(-6.5^2 / 2) is 7e-10."""
_ROUNDING = 2e-16
_FINE = 1e-6
"""Tolerance below which two terms make a group: rounding then counts half as many digits."""


def upper_tails(transform: Transform, above: int, laws: int, tolerance: float) -> Tails:
    """P(N >= above) for every law, above at least 2, and the errors reached: at most the tolerance where possible."""
    values, errors = np.zeros(laws), np.full(laws, np.inf)

    def take(found: Tails, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        better = found[1] < errors[rows]
        values[rows[better]], errors[rows[better]] = found[0][better], found[1][better]
        return np.flatnonzero(errors > tolerance)

    euler = _Euler(above - 1, laws, tolerance)
    rows, points = np.arange(laws), _FIRST
    while rows.size and points <= _ENOUGH:
        rows, points = take(euler.extended(transform, points - 1, rows), rows), 2 * points
    for found in _panels(transform, above - 0.5, laws, tolerance) if rows.size else ():
        rows = take((found[0][rows], found[1][rows]), rows)
        if not rows.size:
            break
    while rows.size and points <= _MOST and not euler.complete:
        rows, points = take(euler.extended(transform, points - 1, rows), rows), 2 * points
    return np.clip(values, 0.0, 1.0), errors


class _Euler:
    """Euler sums for P(N > m) of several laws, with more groups of terms whenever asked."""

    def __init__(self, m: int, laws: int, tolerance: float) -> None:
        self.m, self.size = m, 1 if tolerance >= _FINE else 2
        self.alias = 0.1 * tolerance
        self.growth = self.alias ** (-0.5 / self.size)
        self.steps = self.size * m
        self.terms = np.zeros((laws, 0))
        self.ends = np.zeros((laws, 0), dtype=np.complex128)
        self.solver = np.zeros(laws)

    @property
    def complete(self) -> bool:
        """Whether all terms are there."""
        return self.terms.shape[1] > self.steps

    def extended(self, transform: Transform, groups: int, rows: NDArray[np.intp]) -> Tails:
        """P(N > m) of some laws by so many groups, at most all, and errors."""
        groups = min(groups, self.m)
        self._add(transform, groups * self.size + 1, rows)
        terms, alternating = self.terms[rows], 1.0 - 2.0 * (np.arange(groups + 1) % 2)
        terms[:, 0] *= 0.5
        base = self.alias / (1.0 - self.alias) + self.solver[rows]
        factor = self.growth / self.steps
        if self.complete:
            terms[:, -1] *= 0.5
            return factor * terms.sum(axis=1), base
        sums = factor * np.cumsum(terms, axis=1)[:, :: self.size]
        values = [_averaged(sums, n) for n in (groups // 4, groups // 2)]
        # A law that is all within what the sums resolve has no share in their difference, but it has one here.
        unresolved = self.growth * np.abs(_averaged(self.ends[rows] * alternating, groups // 2))
        return values[1], base + np.abs(values[1] - values[0]) + unresolved

    def _add(self, transform: Transform, number: int, rows: NDArray[np.intp]) -> None:
        k = np.arange(self.terms.shape[1], number)
        angle = np.pi * k / self.steps
        decay = -math.log(self.alias) / (2.0 * self.steps)
        radius = math.exp(-decay)
        re, im = -math.expm1(-decay) + 2.0 * radius * np.sin(0.5 * angle) ** 2, radius * np.sin(angle)
        laws, wanted = self.terms.shape[0], set(rows.tolist())
        terms, ends = np.zeros((laws, k.size)), np.zeros((laws, k.size), dtype=np.complex128)
        turn = np.exp(1j * np.pi * (k % (2 * self.size)) / self.size)
        for row, (function, error) in enumerate(transform(re, im)):
            if row in wanted:
                terms[row] = ((1.0 - function) / (re + 1j * im) * turn).real
                ends[row] = function
                self.solver[row] += self.growth / self.steps * float((error / np.hypot(re, im)).sum())
        self.terms = np.concatenate([self.terms, terms], axis=1)
        last = ends[:, k % self.size == 0]
        self.ends = np.concatenate([self.ends, last], axis=1)


def _averaged(sums: NDArray[Any], n: int) -> NDArray[Any]:
    """Average of the sums n, ..., 2n, along the last axis, with the weights of n tosses of a coin."""
    i = np.arange(n + 1)
    chosen = np.concatenate([[0.0], np.cumsum(np.log((n + 1.0 - i[1:]) / i[1:]))])
    return np.asarray(sums[:, n : 2 * n + 1] @ np.exp(chosen - n * math.log(2.0)))


def _panels(transform: Transform, x: float, laws: int, tolerance: float) -> Iterator[Tails]:
    """P(N > x) by the line c = 0, with more nodes to a panel each time; errors from the second time on."""
    least = 1e-3 * tolerance / x
    below = np.geomspace(least, 0.1 / x, math.ceil(math.log(100.0 / tolerance, 8.0)) + 1)
    doubled = below[-1] * 2.0 ** np.arange(1, math.ceil(math.log2(np.pi / below[-1])))
    edges = np.concatenate([below, doubled, [np.pi]])
    before = np.full(laws, np.inf)
    for nodes in _NODES:
        values, error = _Panels(x, laws, nodes, tolerance).inverted(transform, edges)
        yield values, error + np.abs(values - before)
        before = values


class _Panels:
    """The integral over panels for several laws, each of them as far up as it needs."""

    def __init__(self, x: float, laws: int, nodes: int, tolerance: float) -> None:
        self.x, self.tolerance = x, tolerance
        self.at, self.weights = gauss_legendre(nodes)
        self.values, self.errors = np.full(laws, np.nan), np.full(laws, np.inf)
        self.pending = np.ones(laws, dtype=np.bool_)
        self.w, self.weight = np.zeros(0), np.zeros(0)
        self.turned = np.zeros((laws, 0), dtype=np.complex128)
        self.solver = np.zeros((laws, 0))

    def inverted(self, transform: Transform, edges: NDArray[np.float64]) -> Tails:
        """Values and errors, without that of the nodes, for panels between the edges."""
        for first in range(0, edges.size - 1, _BATCH):
            part = edges[first : first + _BATCH + 1]
            if self.pending.any():
                self._add(transform, part)
            for end in part[1:].tolist():
                self._judge(end, last=end == np.pi)
        return self.values, self.errors

    def _add(self, transform: Transform, edges: NDArray[np.float64]) -> None:
        half = 0.5 * np.diff(edges)[:, None]
        w = (edges[:-1, None] + half * (1.0 + self.at)).reshape(-1)
        sine = np.sin(0.5 * w)
        # The angle w x is large, and so is its rounding.
        turn = np.exp(1j * w * self.x)
        turned = np.zeros((self.pending.size, w.size), dtype=np.complex128)
        solver = np.zeros((self.pending.size, w.size))
        for row, (function, error) in enumerate(transform(2.0 * sine * sine, np.sin(w))):
            if self.pending[row]:
                turned[row], solver[row] = function * turn, error + _ROUNDING * w * self.x * np.abs(function)
        self.w = np.concatenate([self.w, w])
        self.weight = np.concatenate([self.weight, (half * self.weights).reshape(-1)])
        self.turned = np.concatenate([self.turned, turned], axis=1)
        self.solver = np.concatenate([self.solver, solver], axis=1)

    def _judge(self, end: float, *, last: bool) -> None:
        """Takes what the panels up to `end` say of the laws for which they are enough."""
        rows, upto = np.flatnonzero(self.pending), self.w < end
        if not rows.size:
            return
        w, weight, turned = self.w[upto], self.weight[upto], self.turned[np.ix_(rows, upto)]
        over = weight / (2.0 * np.pi * np.sin(0.5 * w))
        # What comes before the first panel, where the integrand hardly changes, counts as an error.
        base = self.solver[np.ix_(rows, upto)] @ over + np.abs(turned[:, 0].imag) * 1e-3 * self.tolerance
        # A step as wide as a normal law of deviation 1 / smooth: what lies next to x bounds what that changes.
        smooth = end / _REACH
        fading = np.exp(-0.5 * (w / smooth) ** 2)
        near = np.abs(turned.real @ (fading * weight)) / (smooth * math.sqrt(0.5 * np.pi))
        error = base + 0.5 * near + math.exp(-0.5 * _REACH**2)
        gone = np.abs(turned[:, w > 0.25 * end]).max(axis=1)
        narrow = (gone < 1e-3 * self.tolerance) | last
        taken = narrow | (error < 0.9 * self.tolerance)
        plain, smoothed = 0.5 - turned.imag @ over, 0.5 - turned.imag @ (over * fading)
        chosen = rows[taken]
        self.values[chosen] = np.where(narrow, plain, smoothed)[taken]
        self.errors[chosen] = np.where(narrow, base + (0.0 if last else 1.0) * gone * math.log(np.pi / end), error)[
            taken
        ]
        self.pending[chosen] = False
