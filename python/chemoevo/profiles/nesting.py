"""Which subclones may be nested in which: the pigeonhole principle, as far as fractions are known.

Two subclones with more than all of the cells together share some, and cells share their ancestors: one is within the
other [1]_. Of fractions that reads leave uncertain this holds up to a probability: a nesting is taken for impossible
if less than 1 % of the posterior allows it.

References
----------
.. [1] S. Nik-Zainal et al. (2012), Cell 149:994, doi:10.1016/j.cell.2012.04.023.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

POSSIBLE = 0.01
"""Share of the posterior that must allow a nesting."""
MOST = 5000
"""Nestings that are looked at."""

Parents = tuple[int, ...]
"""Place of the subclone that each is within; -1 for the trunk."""


def exclusive(fractions: NDArray[np.float64], parents: Parents) -> NDArray[np.float64]:
    """Shares of the cells with exactly each genotype, (draws, 1 + subclones): first that of the trunk."""
    draws, number = fractions.shape
    shares = np.concatenate([np.ones((draws, 1)), fractions], axis=1)
    for k in range(number):
        shares[:, parents[k] + 1] -= fractions[:, k]
    return shares


def allowed(fractions: NDArray[np.float64], parents: Parents, least: float) -> NDArray[np.bool_]:
    """Which draws leave room: nothing has fewer cells than what is nested in it.

    Every part but the trunk has at least a share `least`, of one cell, or none at all where its children are it.
    """
    shares = exclusive(fractions, parents)
    own = shares[:, 1:]
    leaves = ~np.isin(np.arange(own.shape[1]), parents)
    room: NDArray[np.bool_] = (own >= least) | (~leaves & (np.abs(own) < ROUNDING))
    return room.all(axis=1) & (shares[:, 0] > -ROUNDING)


ROUNDING = 1e-9
"""Fractions that were given may miss one another by so much."""


def ancestors(parents: Parents, k: int) -> list[int]:
    """What a subclone is within, from the outermost on; itself left out. Of a circle, up to where it closes."""
    found: list[int] = []
    here = parents[k]
    while here >= 0 and here not in found and here != k:
        found.append(here)
        here = parents[here]
    return found[::-1]


def is_tree(parents: Parents) -> bool:
    """Whether nothing is nested in itself."""
    for k in range(len(parents)):
        here, steps = k, 0
        while here >= 0:
            here, steps = parents[here], steps + 1
            if steps > len(parents):
                return False
    return True


def candidates(said: Sequence[int | None], fractions: NDArray[np.float64]) -> list[list[int]] | None:
    """What each may be within, by itself: what is said, or the trunk and whatever may be as large; None of too many."""
    number = len(said)
    larger = (fractions[:, None, :] >= fractions[:, :, None] - ROUNDING).mean(axis=0) >= POSSIBLE
    each = [
        [-1, *(j for j in range(number) if j != k and larger[k, j])] if one is None else [one]
        for k, one in enumerate(said)
    ]
    return None if float(np.prod([float(len(options)) for options in each])) > MOST else each


def possible(each: Sequence[Sequence[int]], fractions: NDArray[np.float64], least: float) -> Iterator[Parents]:
    """The nestings that enough of the posterior allows."""
    for parents in itertools.product(*each):
        if is_tree(parents) and allowed(fractions, parents, least).mean() >= POSSIBLE:
            yield parents
