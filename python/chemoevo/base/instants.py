"""When two times are one: equal within a share of 1e-12, as sums and products of the same numbers come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ONE = 1e-12
"""Share of a time by which another may differ and be the same: rounding leaves a few 1e-16 per operation."""


def on_instants(times: NDArray[np.float64], instants: NDArray[np.float64]) -> NDArray[np.float64]:
    """The times, each of them exactly at the instant that it is equal to, if there is one.

    Of several that are equal to one instant the first is there, and the others follow as near as floats can: increasing
    times stay so.

    Parameters
    ----------
    times, instants
        In one unit, finite, >= 0; instants sorted. There is no absolute tolerance.
    """
    if instants.size == 0:
        return times
    after = np.minimum(np.searchsorted(instants, times), instants.size - 1)
    before = np.maximum(after - 1, 0)
    found = times
    for near in (instants[before], instants[after]):
        found = np.where(np.abs(near - times) <= ONE * times, near, found)
    if not (found != times).any():
        return times
    for index in np.flatnonzero((found[1:] <= found[:-1]) & (times[1:] > times[:-1])) + 1:
        found[index] = np.nextafter(found[index - 1], np.inf)
    return found
