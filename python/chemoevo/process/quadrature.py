"""Nodes and weights of Gauss-Legendre quadrature."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@lru_cache(maxsize=32)
def gauss_legendre(number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes in (-1, 1) and weights, read-only: numpy solves for them every time."""
    nodes, weights = np.polynomial.legendre.leggauss(number)
    for array in (nodes, weights):
        array.flags.writeable = False
    return nodes, weights
