"""Means and covariances of tumors grown from one cell: given that they are there, or that they were found at a size.

For a size, with J the matrix of mean growth, a lineage of type j founded a time s before detection has the means
x(s) = e^{Js} e_j and the pairs P(s) = E[X_a X_b] - [a = b] x_a, which start at 0 and are what divisions make:
P' = J P + P J' + D(x). Founders come at the rate M f_j e^{-rs}, f_j = b u_j, so that all lineages of a tumor of M cells
have the covariance M (diag(mean) + pairs) (Campbell), with

    (r - J) mean = f,    (r - J) pairs - pairs J' = D(mean).

Both are finite where the lineages grow more slowly than r, and than r/2: where r - J and r/2 - J are M-matrices. All
terms are nonnegative then, and the rarest mutant keeps its digits.

References
----------
.. [1] Y. Iwasa, M. A. Nowak, F. Michor (2006), Genetics 172:2557, doi:10.1534/genetics.105.049791.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.analytic.absorbing import closed
from chemoevo.analytic.grown.founding import founding
from chemoevo.analytic.grown.m_matrix import solved
from chemoevo.analytic.grown.part import Part, summed
from chemoevo.errors import ModelError, SimulationError
from chemoevo.process.expected import expected
from chemoevo.process.quadrature import gauss_legendre

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.grown.age import GrownFor
    from chemoevo.analytic.grown.size import GrownTo
    from chemoevo.process.branching import BranchingProcess

    Moments = tuple[NDArray[np.float64], NDArray[np.float64]]

_NODES = 8
_TERMS = 24
_DOUBLINGS = 60
"""Slower than 2^60 time scales of the rates, nothing is told from what never ends."""


def moments_of_age(process: BranchingProcess, law: GrownFor, times: NDArray[np.float64]) -> Moments:
    """Means (n, times, types) and covariances (n, times, types, types), n the number of ages."""
    days, order = np.unique(law.values, return_inverse=True)
    there, gone = law.surely_there(days)
    found = [
        _survivors(law.growth, day, (one, none), process, times)
        for day, one, none in zip(days.tolist(), there.tolist(), gone.tolist(), strict=True)
    ]
    mean, covariance = (np.array(part)[order.reshape(-1)] for part in zip(*found, strict=True))
    return mean, covariance


def mean_of_age(law: GrownFor) -> NDArray[np.float64]:
    """Mean numbers of cells at the end of growth, given that a tumor is there, (n, types) for n ages."""
    days, order = np.unique(law.values, return_inverse=True)
    there, _ = law.surely_there(days)
    founder = np.eye(len(law.growth.types))[:1]
    means: NDArray[np.float64] = expected(law.growth, founder, days)[0][0] / there[:, None]
    return means[order.reshape(-1)]


def _survivors(
    growth: BranchingProcess,
    days: float,
    there: tuple[float, float],
    process: BranchingProcess,
    times: NDArray[np.float64],
) -> Moments:
    found = _core.moments_of_survivors(growth.compiled, days, there, process.compiled, times)
    return found.mean, found.covariance


def moments_of_size(process: BranchingProcess, law: GrownTo, times: NDArray[np.float64]) -> Moments:
    """Means (n, times, types) and covariances (n, times, types, types), n the number of sizes."""
    mean, covariance = zip(*(_of_part(process, law.growth, part, times) for part in law.parts), strict=True)
    return summed(mean), summed(covariance)


def _of_part(process: BranchingProcess, growth: BranchingProcess, part: Part, times: NDArray[np.float64]) -> Moments:
    """The same of one part; parts are independent."""
    k = len(process.types)
    trunk, none = founding(growth, part.first).trunk, np.zeros(k)
    own = _core.moments(process.compiled, np.eye(k)[trunk], times)
    mean, pairs = lineages(growth, part.first)
    others = _core.moments_of_families(process.compiled, none, mean, pairs, times)
    # Both are in proportion: one to the whole cells of the trunk, the other to the size.
    sizes, cells = part.sizes, part.cells(growth)[:, trunk]
    total_mean, total = (
        np.tensordot(cells, a, axes=1) + np.multiply.outer(sizes, b)
        for a, b in ((own.mean, others.mean), (own.covariance, others.covariance))
    )
    return total_mean, total


def mean_of_size(law: GrownTo) -> NDArray[np.float64]:
    """Mean numbers of cells at detection, (n, types) for n sizes: whole ones of the trunk, and all in lineages.

    Raises
    ------
    ModelError
        If one of them is infinite.
    """
    return summed(
        np.multiply.outer(part.sizes, _means_of_lineages(law.growth, 1.0, part.first)[0]) + part.cells(law.growth)
        for part in law.parts
    )


def lineages(growth: BranchingProcess, first: int = 0) -> Moments:
    """Means (types,) of all lineages of mutants at detection, and pairs (types, types), for a tumor of one cell.

    Its first cell is of the type at place `first`.

    Raises
    ------
    ModelError
        If one of them is infinite.
    """
    mean, here, table, net = _means_of_lineages(growth, 0.5, first)
    pairs = np.zeros((len(mean), len(mean)))
    if here.any():
        inside = np.ix_(here, here)
        pairs[inside] = _integral(-table.shifted(0.5 * net, here), table.made(mean)[inside])
    return mean, pairs


def _means_of_lineages(
    growth: BranchingProcess, share: float, first: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], _Rates, float]:
    """Means of lineages of mutants (types,), the types that have some, the rates, and the net growth of the tumor.

    Lineages must grow more slowly than this share of the net growth: 1 for finite means, 1/2 for finite variances.
    """
    found = founding(growth, first)
    flux, net = found.flux, found.rate
    table = _Rates(growth)
    mean = np.zeros(len(growth.types))
    here = table.descendants(flux > 0.0, ends=np.zeros_like(found.trunk) if found.block.single else found.trunk)
    if here.any():
        if not table.grows_slower(share * net, here):
            raise ModelError(_infinite(growth, table, here, net, first))
        mean[here] = solved(table.shifted(net, here), flux[here], table.size[here])
    return mean, here, table, net


class _Rates:
    """Mean growth of a process of constant rates: `growth`[j, i] is the rate at which a cell of i makes cells of j."""

    def __init__(self, process: BranchingProcess) -> None:
        birth, death = process.divisions[0], process.deaths[0]
        k = len(process.types)
        self.mutation, switching = np.zeros((k, k)), np.zeros((k, k))
        for matrix, table in ((self.mutation, process.mutations), (switching, process.switches)):
            for i, j, value in table.in_interval(0):
                matrix[j, i] = value
        self.plain = birth * np.maximum(1.0 - self.mutation.sum(axis=0), 0.0)
        self.mutation *= birth
        self.growth = self.mutation + switching + np.diag(self.plain - death - switching.sum(axis=0))
        self.size = birth + death + switching.sum(axis=0)

    def made(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """Ordered pairs of cells that divisions leave, per day."""
        mutants = self.mutation * mean
        return 2.0 * np.diag(self.plain * mean) + mutants + mutants.T

    def descendants(self, of: NDArray[np.bool_], *, ends: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Types that lines of these types reach before they end, and they themselves."""
        return closed((self.growth > 0.0) & ~ends[:, None], of)

    def ancestors(self, of: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Types whose lines reach these types, and they themselves."""
        return closed(self.growth.T > 0.0, of)

    def shifted(self, rate: float, here: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The matrix rate - J of some of the types."""
        matrix: NDArray[np.float64] = rate * np.eye(int(here.sum())) - self.growth[np.ix_(here, here)]
        return matrix

    def grows_slower(self, rate: float, here: NDArray[np.bool_]) -> bool:
        """Whether these types, by themselves, grow at less than a rate: whether rate - J is an M-matrix."""
        return solved(self.shifted(rate, here), np.zeros(int(here.sum())), self.size[here]) is not None


def _integral(rates: NDArray[np.float64], source: NDArray[np.float64]) -> NDArray[np.float64]:
    """The integral of e^{As} source e^{A's} over all s >= 0, by doubling: every term is nonnegative."""
    h = 0.5 / float(np.abs(rates).sum(axis=0).max())
    nodes, weights = gauss_legendre(_NODES)
    total = np.zeros_like(source)
    for node, weight in zip(nodes, weights, strict=True):
        step = _exponential(rates * (0.5 * h * (1.0 + node)))
        total += 0.5 * h * weight * (step @ source @ step.T)
    step = _exponential(rates * h)
    for _ in range(_DOUBLINGS):
        more = total + step @ total @ step.T
        if (more == total).all():
            return total
        total, step = more, step @ step
    raise SimulationError("growth: lineages grow so nearly at half the rate of the first type that no digit is left.")


def _exponential(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """e^A of a small matrix with nonnegative entries off its diagonal, entry by entry."""
    shift = max(float(-np.diag(matrix).min()), 0.0)
    shifted = matrix + shift * np.eye(len(matrix))
    term = np.eye(len(matrix))
    total = term.copy()
    for n in range(1, _TERMS):
        term = term @ shifted / n
        total += term
    return float(np.exp(-shift)) * total


def _infinite(growth: BranchingProcess, table: _Rates, here: NDArray[np.bool_], net: float, first: int) -> str:
    """Which moments are infinite, why, and what to ask instead."""
    types = np.arange(len(here))
    means: list[str] = []
    variances: list[str] = []
    for i in np.flatnonzero(here):
        lines = here & table.ancestors(types == i)
        if not table.grows_slower(0.5 * net, lines):
            (variances if table.grows_slower(net, lines) else means).append(growth.types[i])
    what, named = ("mean", means) if means else ("variance", variances)
    names = ", ".join(map(repr, named[:5])) + (", ..." if len(named) > 5 else "")
    return (
        f"initial: by the law of a tumor found at a size the {what} is infinite for {names}: lineages founded long "
        f"before detection, in few tumors, carry it, as they grow at {'' if means else 'half '}the rate of "
        f"{growth.types[first]!r} ({net:.4g} per day) or faster. ce.count_distribution has the whole law; the moments "
        "of ce.GrownFor are finite, and so are those of tumors simulated to a size."
    )
