"""The fraction of cells that reads leave possible: exactly, as a truncated beta distribution.

Of d reads a show an alteration, each with probability v = s f, where f is the fraction of the tumor's cells that carry
it and s the share of reads at f = 1 (`Reads.highest`) [1]_ [2]_. With f uniform on [0, 1] before, v is uniform on
[0, s], and after the reads it has the density of Beta(a + 1, d - a + 1), cut off at s. So

    P(f <= x) = I(s x) / I(s),    E f = (a + 1) / (s (d + 2)) I'(s) / I(s),

I and I' the distribution functions of Beta(a + 1, d - a + 1) and Beta(a + 2, d - a + 1).

References
----------
.. [1] S. L. Carter et al. (2012), Nat. Biotechnol. 30:413, doi:10.1038/nbt.2203.
.. [2] A. Roth et al. (2014), Nat. Methods 11:396, doi:10.1038/nmeth.2883.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.profiles.subclone import Reads

LEAST_LIKELY = 1e-6
"""Probability of as many reads or more, if every cell of the tumor had the alteration, below which they contradict."""


def quantiles(reads: Reads, purity: float, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The fractions below which there are these shares of the posterior, in (0, 1)."""
    from scipy.special import betainc, betaincinv

    a, b, most = reads.alternate + 1.0, reads.depth - reads.alternate + 1.0, reads.highest(purity)
    found: NDArray[np.float64] = betaincinv(a, b, shares * betainc(a, b, most)) / most
    return np.clip(found, 0.0, 1.0)


def mean(reads: Reads, purity: float) -> float:
    """The mean of the posterior."""
    from scipy.special import betainc

    a, b, most = reads.alternate + 1.0, reads.depth - reads.alternate + 1.0, reads.highest(purity)
    return float(a / (a + b) / most * betainc(a + 1.0, b, most) / betainc(a, b, most))


def likely(reads: Reads, purity: float) -> float:
    """Probability of so many reads that show it, or more, if every cell of the tumor had it."""
    from scipy.special import betainc

    if reads.alternate == 0:
        return 1.0
    return float(betainc(reads.alternate, reads.depth - reads.alternate + 1.0, reads.highest(purity)))
