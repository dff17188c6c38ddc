"""Linear equations of M-matrices, and Perron vectors by them: every entry keeps its digits, also the smallest.

Elimination of an M-matrix without exchanges adds numbers of one sign but for the pivots, so its solutions are accurate
entry by entry. The Perron vector is that of Noda's inverse iteration [1]_: with a positive x and the largest ratio
m = max_k (xA)_k / x_k, which is never below the root, m - A is an M-matrix, and the next x is its solution for the last
one. The ratios fall to the root quadratically from any x.

References
----------
.. [1] T. Noda (1971), Numer. Math. 17:382, doi:10.1007/BF01436087.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo.errors import SimulationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDING = 1e-15
"""A pivot of this size, next to the rates of its type, is 0 up to rounding."""

_STEPS = 200
_CLOSE = 1e-10
"""Ratios that differ by more, next to the rates, at the end of the iteration are those of no Perron vector."""


def solved(
    matrix: NDArray[np.float64], right: NDArray[np.float64], size: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """The solution for an M-matrix and a nonnegative right-hand side; None where a pivot is not positive.

    Elimination without exchanges: only the pivots are differences, so the solution has its digits entry by entry.
    """
    a, b = matrix.copy(), right.copy()
    for c in range(len(b)):
        if not a[c, c] > _ROUNDING * size[c]:
            return None
        factor = a[c + 1 :, c] / a[c, c]
        a[c + 1 :, c:] -= np.multiply.outer(factor, a[c, c:])
        b[c + 1 :] -= factor * b[c]
    for c in range(len(b) - 1, -1, -1):
        b[c] = (b[c] - a[c, c + 1 :] @ b[c + 1 :]) / a[c, c]
    return b


def perron_vector(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The left Perron vector, of sum 1, of an irreducible matrix that is nonnegative off its diagonal.

    Raises
    ------
    SimulationError
        If no digit of it is left.
    """
    diagonal = np.diag(matrix)
    # Next to the largest entry of the diagonal, which is eliminated last, other pivots are sums.
    order = np.argsort(diagonal, kind="stable")
    a = (matrix - float(diagonal.max()) * np.eye(len(matrix)))[np.ix_(order, order)]
    x, largest = np.full(len(a), 1.0 / len(a)), np.inf
    for _ in range(_STEPS):
        ratios = (x @ a) / x
        if not ratios.max() < largest:
            break
        largest = float(ratios.max())
        following = solved(largest * np.eye(len(a)) - a.T, x, np.zeros(len(a)))
        if following is None:
            break
        x = following / following.sum()
    if not np.ptp(ratios) <= _CLOSE * np.abs(a).max():
        raise SimulationError("growth: the shares of types that switch into one another have no digit left.")
    vector = np.empty_like(x)
    vector[order] = x
    return vector
