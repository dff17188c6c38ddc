"""Competition, in plain Python: the rates of a process that hold in a state, until the next event.

With ``r_i = max(birth_i - death_i, 0)`` and the crowding ``x_i`` of a state, a cell of type i dies at the rate
``death_i + r_i x_i`` (on "death") or divides at the rate ``max(birth_i - r_i x_i, 0)`` (on "birth"). Of the divisions
that are left, the same share is lethal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import log

from tests.reference.simulator import Process

Crowding = Callable[[Sequence[int]], Sequence[float]]


def logistic(capacity: float, weights: Sequence[float]) -> Crowding:
    """The weighted number of cells over the capacity."""
    return lambda n: [sum(w * c for w, c in zip(weights, n, strict=True)) / capacity] * len(n)


def gompertz(capacity: float, weights: Sequence[float]) -> Crowding:
    """The logarithm of the weighted number of cells over that of the capacity."""
    return lambda n: [log(max(1.0, sum(w * c for w, c in zip(weights, n, strict=True)))) / log(capacity)] * len(n)


def lotka_volterra(matrix: Sequence[Sequence[float]]) -> Crowding:
    """`matrix[i][j]`: the effect of a cell of type j on type i."""
    return lambda n: [sum(a * c for a, c in zip(row, n, strict=True)) for row in matrix]


def crowded(crowding: Crowding, on: str) -> Callable[[Process, Sequence[int]], Process]:
    """From a process and a state to the process whose rates hold in it."""

    def under(process: Process, n: Sequence[int]) -> Process:
        x = crowding(n)
        birth, death = [list(row) for row in process.birth], [list(row) for row in process.death]
        for b, d in zip(birth, death, strict=True):
            for i, crowd in enumerate(x):
                growth = max(b[i] - d[i], 0.0)
                if on == "death":
                    d[i] += growth * crowd
                else:
                    b[i] = max(b[i] - growth * crowd, 0.0)
        return replace(process, birth=birth, death=death)

    return under
