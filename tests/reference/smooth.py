"""Kendall's exact law of one type whose rates change continuously, and rates to try it on."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

Rate = Callable[[float], float]
LN2 = math.log(2)


def kendall(birth: Rate, death: Rate, until: float, kinks: tuple[float, ...] = ()) -> tuple[float, float, float]:
    """P(extinct), P(alive) and the mean from one cell at `until`, by quadrature.

    Kendall (1948) Ann. Math. Stat. 19:1, eq. 10: with rho(t) = int_0^t (death - birth),
    1/P(alive) = e^rho(T) + int_0^T birth e^rho dt = 1 + int_0^T death e^rho dt.
    """
    nodes, weights = np.polynomial.legendre.leggauss(20)
    w, births, deaths = 1.0, 0.0, 0.0  # e^rho at the start of a piece, and the integrals up to it
    ends = [0.0, *kinks, until]
    for a, b in pairwise(ends):
        cuts = np.linspace(a, b, 1 + max(8, math.ceil((b - a) / 0.05)))
        for s, e in pairwise(cuts):
            h = e - s

            def net(t: float) -> float:
                return death(t) - birth(t)

            def inner(t: float, s: float = s, net: Rate = net) -> float:
                return (
                    sum(wt * net(s + (t - s) * 0.5 * (1 + x)) for x, wt in zip(nodes, weights, strict=True))
                    * 0.5
                    * (t - s)
                )

            for x, wt in zip(nodes, weights, strict=True):
                t = s + h * 0.5 * (1 + x)
                value = 0.5 * h * wt * w * math.exp(inner(t))
                births += value * birth(t)
                deaths += value * death(t)
            w *= math.exp(inner(e))
    alive = 1.0 / (1.0 + deaths)
    assert abs(alive * (w + births) - 1.0) < 1e-11, "the quadrature disagrees with itself"
    return deaths * alive, alive, 1.0 / w


def sinus(t: float) -> float:
    return 0.3 * (1.0 + 0.6 * math.sin(2 * math.pi * t / 1.7))


def hill_kill(t: float) -> float:
    if t < 3.0:
        return 0.05
    c = 6.0 * math.exp(-LN2 / 0.8 * (t - 3.0))
    return 0.05 + 1.2 * c**2 / (1.0 + c**2)
