"""Lineages of mutants in a tumor that grew to a size: when they were founded, and how many leave something.

They are founded of the trunk: the type of the first cell, or the types of its block that are no rarity. A lineage of a
block ends where its cells return to the trunk, whose cells are all counted already.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.analytic.absorbing import absorbing
from chemoevo.analytic.grown.block import block_of, founded_by
from chemoevo.errors import SimulationError
from chemoevo.process.quadrature import gauss_legendre

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.grown.block import Block
    from chemoevo.process.branching import BranchingProcess
    from chemoevo.process.compiled import Compiled

NODES = 8
"""Gauss-Legendre nodes per panel."""

PANELS = 16
"""Panels of the first quadrature; each further one has twice as many."""

MOST_PANELS = 1024
"""Panels of the last quadrature."""

ACCURACY = 1e-8
"""Relative difference of two quadratures that settles the integral: the finer one is then better by far."""

REACH = 40.0
"""The integral ends where e^{-r s} is e^{-40}."""


@dataclass(frozen=True, eq=False, slots=True)
class Founding:
    """Where the lineages of a large tumor come from, per cell of its block.

    Attributes
    ----------
    block
        The block of the first cell.
    trunk
        Which types are the trunk.
    cells
        Shares of the trunk in the block, of shape (types,): what is there besides lineages.
    flux
        (per day) Founders of lineages of each type at detection, of shape (types,).
    lineages
        The process by which lineages go on.
    """

    block: Block
    trunk: NDArray[np.bool_]
    cells: NDArray[np.float64]
    flux: NDArray[np.float64]
    lineages: Compiled

    @property
    def rate(self) -> float:
        """(per day) At which the tumor grows."""
        return self.block.rate

    def outside(
        self, presence: NDArray[np.float64], absence: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Presence and absence from one cell of each type at detection, for lineages: none of the trunk of a block."""
        if self.block.single:
            return presence, absence
        return np.where(self.trunk, 0.0, presence), np.where(self.trunk, 1.0, absence)


@lru_cache(maxsize=32)
def founding(growth: BranchingProcess, first: int = 0, *, whole: bool = False) -> Founding:
    """Where lineages come from, in a tumor whose first cell is of the type at place `first`.

    If `whole`, the whole block is the trunk, its rare types too.

    Raises
    ------
    ModelError
        If rates change, there are pulses, or the block does not grow.
    """
    block = block_of(growth, first)
    if block.single:
        flux = float(growth.divisions[0, first]) * founded_by(growth, first)
        return Founding(block, block.members, block.shares, flux, growth.compiled)
    trunk = block.members if whole else block.common
    cells = np.where(trunk, block.shares, 0.0)
    flux = np.zeros(len(cells))
    for table, per in ((growth.mutations, growth.divisions[0]), (growth.switches, np.ones(len(cells)))):
        for source, target, value in table.in_interval(0):
            if trunk[source] and not trunk[target]:
                flux[target] += cells[source] * float(per[source]) * value
    return Founding(block, trunk, cells, flux, absorbing(growth, trunk))


def lineages_present(
    growth: BranchingProcess,
    presence: NDArray[np.float64],
    absence: NDArray[np.float64],
    first: int = 0,
    *,
    whole: bool = False,
) -> tuple[float, float]:
    """The integral for a tumor of one cell, and the difference of the last two quadratures.

    Its first cell is of the type at place `first`. `presence` and `absence`, of shape (types,), are those from one cell
    of each type at detection. The integral is in proportion to the size. If `whole`, only lineages that leave the block
    are counted.

    Raises
    ------
    SimulationError
        If 1024 panels do not settle it to a relative 1e-8.
    """
    value, error, _ = settled(growth, founding(growth, first, whole=whole), presence, absence)
    return value, error


def settled(
    growth: BranchingProcess, found: Founding, presence: NDArray[np.float64], absence: NDArray[np.float64]
) -> tuple[float, float, int]:
    """The integral, the difference of the last two quadratures, and the panels of the last."""
    end = found.outside(presence, absence)
    panels, value = PANELS, integral(growth, found, end, PANELS)
    while True:
        panels, before, value = 2 * panels, value, integral(growth, found, end, 2 * panels)
        error = abs(value - before)
        if error <= ACCURACY * value:
            return value, error, panels
        if panels >= MOST_PANELS:
            raise SimulationError(
                f"the integral over founding times reaches a relative accuracy of {error / value:.1g}, not the "
                f"{ACCURACY:g} asked for: the rates of growth differ too much for it."
            )


def integral(
    growth: BranchingProcess, found: Founding, end: tuple[NDArray[np.float64], NDArray[np.float64]], panels: int
) -> float:
    """The integral of e^{-rate s} flux . y(s) by Gauss-Legendre on panels that widen geometrically."""
    s, weights = founding_times(growth, found.rate, panels)
    presence = _core.backward(found.lineages, *end, s).presence
    return float((presence @ found.flux) @ weights)


def founding_times(
    growth: BranchingProcess, net: float, panels: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes s and the weights of e^{-net s} ds there."""
    # y changes on the scale of one division or switch at s = 0 and of 1/net at the end.
    fastest = max(float(growth.divisions.max()), float(growth.switches.leaving(len(growth.types)).max()))
    edges = np.concatenate([[0.0], np.geomspace(0.25 / fastest, REACH / net, panels)])
    nodes, weights = gauss_legendre(NODES)
    half = 0.5 * np.diff(edges)[:, None]
    s = (edges[:-1, None] + half * (1.0 + nodes[None, :])).reshape(-1)
    return s, np.exp(-net * s) * (half * weights[None, :]).reshape(-1)
