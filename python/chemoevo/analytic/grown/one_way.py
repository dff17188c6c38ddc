"""Cells that left the block by switching and do not come back: by the law of growth they are a rarity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.block import RARE, block_of
from chemoevo.base.warned import warn
from chemoevo.process.expected import expected
from chemoevo.process.quadrature import gauss_legendre

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess

_NODES, _PANELS = 8, 32


def warn_of_one_way(growth: BranchingProcess, size: float, first: int = 0) -> None:
    """Warns where cells that left by switching are expected to be more than 1 % of a tumor of a size.

    Its first cell is of the type at place `first`.

    Raises
    ------
    ModelError
        If rates change, there are pulses, or the block does not grow.
    """
    block = block_of(growth, first)
    leaving = np.zeros(len(growth.types))
    ways: list[str] = []
    for source, target, rate in growth.switches.in_interval(0):
        if block.members[source] and not block.members[target] and rate > 0.0:
            leaving[target] += block.shares[source] * rate
            ways.append(f"{growth.types[source]!r} to {growth.types[target]!r}")
    if not ways:
        return
    share = _share_that_left(growth, leaving, block.rate, block.members, math.log(max(size, 1.0)) / block.rate)
    if share > RARE:
        named = ", ".join(ways[:3]) + (", ..." if len(ways) > 3 else "")
        warn(
            f"growth: cells that switched one way ({named}) and their descendants are {100 * share:.2g} % of a tumor "
            f"of {size:g} cells. The law of growth, which takes them for rare founders, holds up to about "
            f"{100 * RARE:g} %; elsewhere simulate growth (of a scenario: method='histories'), take ce.GrownFor, or "
            "give the switch its way back."
        )


def _share_that_left(
    growth: BranchingProcess, leaving: NDArray[np.float64], rate: float, members: NDArray[np.bool_], age: float
) -> float:
    """Expected share of a tumor that is outside the block since a switch, on the mean course of an age (days)."""
    per_day = float(leaving.sum())
    # No line grows faster than the type that does: most often that is enough to see that they are few.
    fastest = float((growth.divisions[0] - growth.deaths[0])[~members].max())
    if per_day * age * math.exp(min(max(fastest - rate, 0.0) * age, 700.0)) <= RARE:
        return 0.0
    nodes, weights = gauss_legendre(_NODES)
    edges = np.concatenate([[0.0], np.geomspace(1e-4 * age, age, _PANELS)])
    half = 0.5 * np.diff(edges)[:, None]
    since = (edges[:-1, None] + half * (1.0 + nodes)).ravel()
    left = expected(growth, leaving[None, :], since)[0][0][:, ~members].sum(axis=1)
    outside = float(left @ (np.exp(-rate * since) * (half * weights).ravel()))
    return outside / (1.0 + outside)
