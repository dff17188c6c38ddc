"""How the expected number of lineages in a tumor found at a size changes: with what follows detection, and with growth.

The integral over founding times is a sum over nodes of quadrature, E = sum_k w_k e^{-r s_k} b sum_j u_j G_j(s_k).
Its derivatives by the G_j(0) at detection, and by the rates that carry G through growth, are those of an adjoint with a
source at every node; those by b, d, u_j and the switching s_j of the first type, r = b (1 - sum_j u_j) - sum_j s_j - d,
add what the rate of founding, b u_j + s_j, does at fixed nodes.

Where the first type has a block (`analytic.grown.block`), r is the Perron root of its mean matrix A, and founders come
by the shares p, the left Perron vector. With the right one v and p v = 1, dr/dA_kl = p_k v_l; for a function of the
shares with the derivatives g it is -p_k y_l, where (A - r) y = g - (p g) and p y = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.analytic.grown.founding import founding, founding_times, settled
from chemoevo.analytic.grown.m_matrix import perron_vector
from chemoevo.sensitivity.gradient import Gradient, by_rates_as_given

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.grown.block import Block
    from chemoevo.process.branching import BranchingProcess


@dataclass(frozen=True, slots=True)
class LineageSlopes:
    """The integral for a tumor of one cell, and its derivatives.

    Attributes
    ----------
    founders
        The integral.
    own
        The log of absence of what is in no lineage.
    cells
        Shares of what is in no lineage, of shape (types,): derivatives of `own` by the log of absence from one cell.
    end
        Derivatives of `founders` by the presence from one cell of each type at detection.
    growth
        Derivatives of `founders` - `own` by what growth is made of.
    """

    founders: float
    own: float
    cells: NDArray[np.float64]
    end: NDArray[np.float64]
    growth: Gradient


def lineage_slopes(growth: BranchingProcess, cell: NDArray[np.float64], first: int = 0) -> LineageSlopes:
    """All derivatives; `cell`, of shape (types,), is the natural logarithm of absence from one cell at detection.

    The first cell of the tumor is of the type at place `first`.

    Raises
    ------
    SimulationError
        If the integral does not settle, or too many steps are needed.
    """
    found = founding(growth, first)
    block, trunk, shares = found.block, found.trunk, found.cells
    presence, absence = found.outside(-np.expm1(cell) + 0.0, np.exp(cell))
    value, _, panels = settled(growth, found, presence, absence)
    times, measure = founding_times(growth, found.rate, panels)
    weights = np.outer(measure, found.flux)
    slopes = _core.founding_gradient(found.lineages, presence, absence, times, weights)
    values = Gradient.values_of(growth, np.zeros(len(growth.types)), 0.0)
    pairs = Gradient.pairs_of(growth)
    by = {kind: np.zeros_like(array) for kind, array in values.items()}
    for kind in ("birth", "death", "mutation", "switching"):
        by[kind][0] = getattr(slopes, kind)
        if not block.single:
            # Lineages end at the trunk: its rates are not theirs.
            sources = [i for i, _ in pairs[kind]] if kind in pairs else list(range(len(trunk)))
            by[kind][0, trunk[sources]] = 0.0
    birth = growth.divisions[0]
    leaving = [
        (kind, column, source, target, birth[source] if kind == "mutation" else 1.0)
        for kind in ("mutation", "switching")
        for column, (source, target) in enumerate(pairs[kind])
        if block.members[source]
    ]
    # What each founding adds to the integral, and with it each type of the trunk by its share.
    there = {target: float(slopes.presence[:, target] @ measure) for _, _, _, target, _ in leaving}
    by_share = np.where(trunk, -cell, 0.0)
    for kind, column, source, target, per in leaving:
        if trunk[source] and not trunk[target]:
            by_share[source] += float(per * values[kind][0, column]) * there[target]
    # How long ago founding was: d/dr is - sum of s times everything.
    later = float((slopes.presence * weights).sum(axis=1) @ times)
    by_mean = _by_mean(block, -later, by_share)
    place = np.cumsum(block.members) - 1
    inside = np.flatnonzero(block.members)
    by["birth"][0, inside] += np.diag(by_mean)
    by["death"][0, inside] -= np.diag(by_mean)
    # A mutation founds by b u, a switch by s; both leave the growth of their type.
    for kind, column, source, target, per in leaving:
        gained = by_mean[place[source], place[target]] if block.members[target] else 0.0
        if trunk[source] and not trunk[target]:
            gained += shares[source] * there[target]
        change = float(gained - by_mean[place[source], place[source]])
        by[kind][0, column] += per * change
        if kind == "mutation":
            by["birth"][0, source] += float(values[kind][0, column]) * change
    own = float(sum(shares[k] * cell[k] for k in np.flatnonzero(shares)))
    end = slopes.end if block.single else np.where(trunk, 0.0, slopes.end)
    return LineageSlopes(value, own, shares, end, Gradient(values, by_rates_as_given(growth, by), pairs))


def _by_mean(block: Block, by_rate: float, by_share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Derivatives by the mean matrix of the block, (members, members), from those by its rate and its shares."""
    p = block.shares[block.members]
    if block.single:
        return np.array([[by_rate]])
    v = perron_vector(block.mean.T)
    n = len(p)
    bordered = np.zeros((n + 1, n + 1))
    bordered[:n, :n] = block.mean - block.rate * np.eye(n)
    bordered[:n, n], bordered[n, :n] = 1.0, p
    y = np.linalg.solve(bordered, np.append(by_share[block.members], 0.0))[:n]
    derivatives: NDArray[np.float64] = by_rate / float(p @ v) * np.outer(p, v) - np.outer(p, y)
    return derivatives
