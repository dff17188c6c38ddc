"""How the expected number of lineages in a tumor found at a size changes: with what follows detection, and with growth.

The integral over founding times is a sum over nodes of quadrature, E = sum_k w_k e^{-r s_k} b sum_j u_j G_j(s_k).
Its derivatives by the G_j(0) at detection, and by the rates that carry G through growth, are those of an adjoint with a
source at every node; those by b, d, u_j and the switching s_j of the first type, r = b (1 - sum_j u_j) - sum_j s_j - d,
add what the rate of founding, b u_j + s_j, does at fixed nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.analytic.grown.founding import founding, founding_times, settled
from chemoevo.sensitivity.gradient import Gradient, by_rates_as_given

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess


@dataclass(frozen=True, slots=True)
class LineageSlopes:
    """The integral for a tumor of one cell, and its derivatives.

    Attributes
    ----------
    founders
        The integral.
    end
        By the presence from one cell of each type at detection.
    growth
        By what growth is made of.
    """

    founders: float
    end: NDArray[np.float64]
    growth: Gradient


def lineage_slopes(
    growth: BranchingProcess, presence: NDArray[np.float64], absence: NDArray[np.float64]
) -> LineageSlopes:
    """All derivatives of the integral; `presence` and `absence` as for `lineages_present`.

    Raises
    ------
    SimulationError
        If the integral does not settle, or too many steps are needed.
    """
    value, _, panels = settled(growth, presence, absence)
    birth, net, mutation = founding(growth)
    times, measure = founding_times(growth, net, panels)
    weights = np.outer(measure, birth * mutation)
    found = _core.founding_gradient(growth.compiled, presence, absence, times, weights)
    values = Gradient.values_of(growth, np.zeros(len(growth.types)), 0.0)
    by = {kind: np.zeros_like(array) for kind, array in values.items()}
    for kind in ("birth", "death", "mutation", "switching"):
        by[kind][0] = getattr(found, kind)
    # The rate of founding, and how long ago it was: d/dr is - sum of s times everything.
    later = float((found.presence * weights).sum(axis=1) @ times)
    by["birth"][0, 0] -= later
    by["death"][0, 0] += later
    pairs = Gradient.pairs_of(growth)
    # A mutation founds by b u, a switch by s; both leave net growth.
    for column, (source, target) in enumerate(pairs["mutation"]):
        if source == 0:
            founded = float(found.presence[:, target] @ measure) + later
            by["mutation"][0, column] += birth * founded
            by["birth"][0, 0] += float(values["mutation"][0, column]) * founded
    for column, (source, target) in enumerate(pairs["switching"]):
        if source == 0:
            by["switching"][0, column] += float(found.presence[:, target] @ measure) + later
    return LineageSlopes(value, found.end, Gradient(values, by_rates_as_given(growth, by), pairs))
