"""How the expected number of lineages in a tumor found at a size changes: with what follows, and with growth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.detection import founding, founding_times, integral, settled
from chemoevo.differences import REACH, slope
from chemoevo.errors import ModelError, SimulationError
from chemoevo.gradient_rows import Gradient

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.grown import GrownTo
    from chemoevo.process import BranchingProcess

STEP = 0.005
SHARE = 2e-3
"""Share of a rate of growth that is the first step of differences by it."""
LARGEST_ERROR = 1e-6


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


def growth_gradient(tumor: GrownTo, presence: NDArray[np.float64], absence: NDArray[np.float64]) -> Gradient:
    """Derivatives of the log of absence, M (ln F_0 - E), by the rates of growth: of E alone, by differences.

    Raises
    ------
    SimulationError
        If differences of two orders do not agree.
    """
    growth, size = tumor.growth, float(tumor.size)
    change = lineages_of_growth(growth, presence, absence)
    founders, _, _ = settled(growth, presence, absence)
    values = Gradient.values_of(growth, np.zeros(len(growth.types)), 0.0)
    by = {kind: np.zeros_like(value) for kind, value in values.items()}
    for kind, column, value in _rates(values):

        def along(shift: float, place: tuple[str, int, float] = (kind, column, value)) -> tuple[float, float]:
            more = -size * change(_shifted(growth, *place, shift))
            return more, abs(more)

        step = SHARE * (value or 1.0)
        sides = [side for side in (1, -1) if _possible(growth, kind, column, value, side * REACH * step)]
        found = slope(along, step, 0 if len(sides) == 2 else sides[0])
        # What has next to no influence changes the integral by its own error only.
        if found.error > LARGEST_ERROR * max(found.scale, 1e-3 * size * founders / (value or 1.0)):
            raise SimulationError(
                f"initial.growth.{kind}: a derivative is not settled: two orders of differences disagree by "
                f"{found.error / found.scale:.1g} of it."
            )
        by[kind][0, column] = found.value
    return Gradient(values, by, Gradient.pairs_of(growth))


def _rates(values: dict[str, NDArray[np.float64]]) -> Iterator[tuple[str, int, float]]:
    for kind in ("birth", "death", "mutation", "switching"):
        for column, value in enumerate(values[kind][0]):
            yield kind, column, float(value)


def _shifted(growth: BranchingProcess, kind: str, column: int, value: float, shift: float) -> BranchingProcess:
    """Growth with another number in one place."""
    made_of: dict[str, Any] = {
        "birth": growth.birth[0].copy(),
        "death": growth.death[0].copy(),
        "mutation": dict(growth.mutation),
        "switching": dict(growth.switching),
    }
    part = made_of[kind]
    part[column if kind in ("birth", "death") else list(part)[column]] = value + shift
    return type(growth)(types=growth.types, **made_of)


def _possible(growth: BranchingProcess, kind: str, column: int, value: float, shift: float) -> bool:
    try:
        founding(_shifted(growth, kind, column, value, shift))
    except ModelError:
        return False
    return True
