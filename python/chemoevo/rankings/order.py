"""Who is better: ranks, which are shared where numbers differ by less than their errors, and who is best at a point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Scores:
    """Numbers of regimens at points, of shape (regimens, points); one point where nothing is uncertain.

    Attributes
    ----------
    better
        Larger is better.
    complement
        Of probabilities what they lack to 1, with its own digits; else None.
    error
        What the equations may be off by.
    half
        Half of the 95 % interval of simulation at each point; 0 where nothing was simulated.
    """

    better: NDArray[np.float64]
    complement: NDArray[np.float64] | None
    error: NDArray[np.float64]
    half: NDArray[np.float64]

    def ahead(self, one: int, other: int) -> NDArray[np.float64]:
        """By how much one is better than another at every point."""
        plain: NDArray[np.float64] = self.better[one] - self.better[other]
        if self.complement is None:
            return plain
        # Of two probabilities near 1 the difference is that of their complements.
        near_one = np.minimum(self.better[one], self.better[other]) > 0.5
        return np.where(near_one, self.complement[other] - self.complement[one], plain)

    def differs(self, one: int, other: int) -> bool:
        """Whether their means differ by more than their errors.

        Points are common to both, so that the error of a finite number of points is that of the paired differences,
        by Student's t. Histories of different points are independent of each other: their noise is in the spread of
        the differences. Where one is ahead by more than its error at every point, it also is on the average, however
        the points are weighted; this asks nothing of how the points came about, which may be a grid.
        """
        ahead, allowed = self.ahead(one, other), self._allowed(one, other)
        if ahead.size == 1 or bool((ahead > allowed).all()) or bool((-ahead > allowed).all()):
            return bool((np.abs(ahead) > allowed).all())
        spread = float(stdtrit(ahead.size - 1, 0.975)) * float(ahead.std(ddof=1)) / math.sqrt(ahead.size)
        return abs(float(ahead.mean())) > float((self.error[one] + self.error[other]).mean()) + spread

    def _allowed(self, one: int, other: int) -> NDArray[np.float64]:
        """By how much two may differ at every point and be equally good there."""
        found: NDArray[np.float64] = self.error[one] + self.error[other] + np.hypot(self.half[one], self.half[other])
        return found

    def order(self) -> list[int]:
        """From the best to the worst; of equals the first one first."""
        best: list[int] = []
        for one in range(len(self.better)):
            place = next((k for k, other in enumerate(best) if float(self.ahead(one, other).mean()) > 0.0), len(best))
            best.insert(place, one)
        return best

    def ranks(self) -> list[int]:
        """The rank of each, from 1: who does not differ from the best of a rank has it too; the next one counts all."""
        ranks, first = [0] * len(self.better), None
        for place, one in enumerate(self.order(), start=1):
            if first is None or self.differs(first, one):
                first, rank = one, place
            ranks[one] = rank
        return ranks

    def best(self) -> NDArray[np.float64]:
        """(regimens,) At which share of the points each is best; those that do not differ share a point."""
        number, points = self.better.shape
        shares = np.zeros((number, points))
        top = np.zeros(points, dtype=np.intp)
        for one in range(1, number):
            ahead = np.array([self.ahead(one, int(other))[p] for p, other in enumerate(top)])
            top = np.where(ahead > 0.0, one, top)
        for one in range(number):
            behind = np.array([self.ahead(int(other), one)[p] for p, other in enumerate(top)])
            allowed = np.array([self._allowed(int(other), one)[p] for p, other in enumerate(top)])
            shares[one] = (behind <= allowed) | (top == one)
        means: NDArray[np.float64] = (shares / shares.sum(axis=0)).mean(axis=1)
        return means
