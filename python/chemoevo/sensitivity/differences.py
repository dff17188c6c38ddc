"""Derivatives of smooth functions that are cheap and accurate, by differences of high order with an error estimate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

CENTRAL = (45 / 60, -9 / 60, 1 / 60)
"""Weights of a central difference of order six, in points 1, 2 and 3 steps to both sides."""
CENTRAL_LOWER = (8 / 12, -1 / 12)
"""Weights of the central difference of order four in the nearest of these points; it tells the error of the other."""
ONE_SIDED = (6.0, -15 / 2, 20 / 3, -15 / 4, 6 / 5, -1 / 6)
"""Weights of a one-sided difference of order six, in points 1 to 6 steps to one side, for a function that is 0 here."""
ONE_SIDED_LOWER = (5.0, -5.0, 10 / 3, -5 / 4, 1 / 5)
"""Weights of the one-sided difference of order five in the nearest of these points; it tells the error of the other."""
REACH = 6
"""Steps to the farthest point, one-sided; 3 where central."""
SETTLED = 1e-8
"""Two orders that differ by this share of the scale settle a derivative; the higher one is then better by far."""
KINK = 1e-4
"""Slopes from both sides that differ by this share of the scale: there is no derivative."""


@dataclass(frozen=True, slots=True)
class Slope:
    """A derivative, by how much two orders of differences disagree about it, and what both are to be compared with.

    `value` is nan where the derivatives from both sides differ. `scale` is the sum of the absolute values of what the
    derivative is a sum of.
    """

    value: float
    error: float
    scale: float


def slope(change: Callable[[float], tuple[float, float]], step: float, side: int) -> Slope:
    """The derivative at 0 of `change`, which returns its value and the sum of the absolute values of its parts.

    Parameters
    ----------
    change
        Exactly 0 at 0.
    step
        Of the first try, > 0; then an eighth and a sixty-fourth of it, until two orders agree.
    side
        0 for central differences; 1 or -1 where the function is defined on that side only.
    """
    best = Slope(math.nan, math.inf, 0.0)
    for shrink in (1.0, 1 / 8, 1 / 64):
        found = _central(change, step * shrink) if side == 0 else _one_sided(change, step * shrink, side)
        if found.error < best.error:
            best = found
        if found.error <= SETTLED * found.scale:
            break
    return best


def mean(slopes: list[Slope]) -> Slope:
    """The mean of two derivatives, one from each side, with the larger of their errors."""
    value = math.fsum(s.value for s in slopes) / len(slopes)
    return Slope(value, max(s.error for s in slopes), max(s.scale for s in slopes))


def _central(change: Callable[[float], tuple[float, float]], h: float) -> Slope:
    up, down = [[change(sign * k * h) for k in (1, 2, 3)] for sign in (1.0, -1.0)]
    odd = [u[0] - d[0] for u, d in zip(up, down, strict=True)]
    scale = 0.5 * (up[0][1] + down[0][1]) / h
    fine, coarse = _sum(CENTRAL, odd) / h, _sum(CENTRAL_LOWER, odd) / h
    # Of a smooth function the even part grows with the square of the distance, at a kink with the distance.
    even = [u[0] + d[0] for u, d in zip(up, down, strict=True)]
    kink = abs(4.0 * even[0] - even[1]) / (2.0 * h)
    if kink > KINK * scale:
        return Slope(math.nan, kink, scale)
    return Slope(fine, abs(fine - coarse), scale)


def _one_sided(change: Callable[[float], tuple[float, float]], h: float, side: int) -> Slope:
    values = [change(side * k * h) for k in range(1, REACH + 1)]
    fine, coarse = (side * _sum(weights, [v[0] for v in values]) / h for weights in (ONE_SIDED, ONE_SIDED_LOWER))
    return Slope(fine, abs(fine - coarse), values[0][1] / h)


def _sum(weights: tuple[float, ...], values: list[float]) -> float:
    return math.fsum(w * v for w, v in zip(weights, values, strict=False))
