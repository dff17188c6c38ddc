"""How the expected number of lineages in a tumor found at a size changes: with what follows, and with growth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.detection import founding, founding_times, integral, settled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process import BranchingProcess

STEP = 0.005


def lineages_by_cell(
    growth: BranchingProcess, presence: NDArray[np.float64], absence: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """The integral, and its derivatives by the logarithm of the smaller of presence and absence of each type.

    The integral is smooth in them, and the error of one quadrature cancels, so differences of fourth order with steps
    of 0.5 % have a relative error of about 1e-8. A probability that is exactly 0 has derivative 0.
    """
    value, _, panels = settled(growth, presence, absence)
    birth, net, mutation = founding(growth)
    slopes = np.zeros(len(presence))
    for i in np.flatnonzero(np.minimum(presence, absence) > 0.0):
        shifted = []
        for steps in (-2, -1, 1, 2):
            end = (presence.copy(), absence.copy())
            small, large = end if presence[i] <= absence[i] else end[::-1]
            small[i] *= 1.0 + steps * STEP
            large[i] = 1.0 - small[i]
            shifted.append(integral(growth, end, birth * mutation, net, panels))
        slopes[i] = (shifted[0] - shifted[3] + 8.0 * (shifted[2] - shifted[1])) / (12.0 * STEP)
    return value, slopes


def lineages_of_growth(
    growth: BranchingProcess, presence: NDArray[np.float64], absence: NDArray[np.float64]
) -> Callable[[BranchingProcess], float]:
    """The integral for another growth, less that for this one: on the same nodes, so that errors cancel."""
    _, _, panels = settled(growth, presence, absence)
    _, net, _ = founding(growth)
    nodes, weights = founding_times(growth, net, panels)
    # Without e^{-net s}, of which every growth has its own.
    weights = weights * np.exp(net * nodes)

    def total(other: BranchingProcess) -> float:
        birth, net, mutation = founding(other)
        present, _ = _core.backward(other._core, presence, absence, nodes)
        return float((present @ (birth * mutation)) @ (np.exp(-net * nodes) * weights))

    here = total(growth)
    return lambda other: total(other) - here
