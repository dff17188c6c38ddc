"""The equations of processes whose rates are functions of time, solved by scipy; and tolerance that a drug drives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import integrate

Table = Callable[[float], dict[tuple[str, str], float]]
Rates = Callable[[float], tuple[list[float], list[float]]]
OPTIONS: dict[str, Any] = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-30}


def _matrix(types: Sequence[str], table: dict[tuple[str, str], float]) -> np.ndarray:
    found = np.zeros((len(types), len(types)))
    for (a, b), value in table.items():
        found[types.index(a), types.index(b)] = value
    return found


def seen(
    types: Sequence[str],
    rates: Rates,
    mutation: Table,
    switching: Table,
    until: float,
    of: Sequence[str],
    kinks: Sequence[float] = (),
) -> np.ndarray:
    """P(some cell of the types `of` at `until`) from one cell of each type: docs/design.md, Solving for the law."""

    def slope(back: float, g: np.ndarray) -> np.ndarray:
        t = until - back
        b, d = map(np.array, rates(t))
        u, s = _matrix(types, mutation(t)), _matrix(types, switching(t))
        gain = g[None, :] - g[:, None]
        return np.asarray((b - d) * g - b * g**2 + b * (1 - g) * (u * gain).sum(axis=1) + (s * gain).sum(axis=1))

    y = np.array([1.0 if name in of else 0.0 for name in types])
    for a, b in pairwise([0.0, *sorted(until - k for k in kinks), until]):
        y = integrate.solve_ivp(slope, (a + 1e-13, b - 1e-13), y, **OPTIONS).y[:, -1]
    return y


def means(
    types: Sequence[str], rates: Rates, mutation: Table, switching: Table, until: float, kinks: Sequence[float] = ()
) -> np.ndarray:
    """Mean numbers of each type at `until`, a row for one cell of each type at 0."""
    k = len(types)

    def slope(t: float, flat: np.ndarray) -> np.ndarray:
        b, d = map(np.array, rates(t))
        u, s = _matrix(types, mutation(t)), _matrix(types, switching(t))
        per_cell = np.diag(b * (1.0 - u.sum(axis=1)) - d - s.sum(axis=1)) + b[:, None] * u + s
        return np.asarray(flat.reshape(k, k) @ per_cell).ravel()

    y = np.eye(k).ravel()
    # What begins at 0 with a slope has no relative accuracy there.
    options = {**OPTIONS, "atol": 1e-14}
    for a, b in pairwise([0.0, *kinks, until]):
        y = integrate.solve_ivp(slope, (a + 1e-13, b - 1e-13), y, **options).y[:, -1]
    return np.asarray(y.reshape(k, k))


TOLERANCE = ("S", "T")
"""Sensitive cells, and tolerant ones that hardly divide."""


def effect(t: float) -> float:
    """Of a drug whose level decays from 3 times its EC50 with a rate of one per day."""
    x = 3.0 * math.exp(-t)
    return x / (1.0 + x)


def tolerance_rates(t: float) -> tuple[list[float], list[float]]:
    return [0.14, 0.01], [0.13 + 1.5 * effect(t), 0.01]


def tolerance_switching(t: float) -> dict[tuple[str, str], float]:
    return {("S", "T"): 1e-4 + 0.02 * effect(t), ("T", "S"): 0.05 * (1.0 - effect(t))}


def tolerance_mutation(t: float) -> dict[tuple[str, str], float]:
    return {("S", "T"): 1e-6 * (1.0 + 19.0 * effect(t))}
