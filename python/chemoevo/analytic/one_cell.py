"""Probabilities of absence from one cell of each type, which all compositions are made of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess


def one_of_each(process: BranchingProcess) -> NDArray[np.int64]:
    """Compositions of one cell each, of shape (types, types)."""
    return np.eye(len(process.types), dtype=np.int64)


def log_absence_of_one(
    process: BranchingProcess, marked: NDArray[np.bool_], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logarithm of the probability that one cell of each type has no marked descendant at each time, (types, times)."""
    return _core.log_absence(process.compiled, marked.tolist(), one_of_each(process), times)


def log_extinction_of_one(
    process: BranchingProcess, horizon: float, clonogenic: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Logarithm of the probability that one cell of each type leaves none at a time, at infinity ever; (types,).

    With `clonogenic` it is about these types. The others must end by themselves, so that at infinity all is one.
    """
    if math.isinf(horizon):
        return _core.log_ultimate_extinction(process.compiled, one_of_each(process))
    marked = np.ones(len(process.types), dtype=np.bool_) if clonogenic is None else clonogenic
    return log_absence_of_one(process, marked, np.array([horizon]))[:, 0]


def log_absence_of(presence: NDArray[np.float64], absence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of F from the pair G, F = 1 - G, of which the smaller has its digits."""
    with np.errstate(divide="ignore"):
        return np.where(presence < 0.5, np.log1p(-np.minimum(presence, 0.5)), np.log(absence))
