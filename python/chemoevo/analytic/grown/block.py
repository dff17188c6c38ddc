"""The block of a growing tumor: types that switch into one another, how fast they grow together and in which shares.

Niches or phenotypes of the founding genotype exchange cells, so that a large tumor has them in constant shares: with
the mean matrix A of the types that switching leads to from the first type and back,

    A_kl = s_kl + b_k u_kl,    A_kk = b_k (1 - sum_j u_kj) - d_k - sum_j s_kj    (j: all types),

the rate of growth is its Perron root, and the shares are its left Perron vector [1]_.

References
----------
.. [1] K. B. Athreya, P. E. Ney (1972), Branching Processes, chapter V, doi:10.1007/978-3-642-65371-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.absorbing import closed
from chemoevo.analytic.grown.m_matrix import perron_vector
from chemoevo.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess

RARE = 0.01
"""Share, next to that of the most frequent type, below which a type of the block is founded anew again and again."""


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """Types that switch into one another, and how they grow together.

    Attributes
    ----------
    members
        Which types they are: that of the first cell, and those that switching leads to from it and back to it.
    shares
        Shares of a large tumor, of shape (types,): their sum is 1, and 0 of all others.
    common
        Which of them are no rarity: the trunk, of which all other cells are founded.
    rate
        (per day) At which they grow: > 0.
    mean
        (per day) Mean matrix of the members, row = from, column = to.
    """

    members: NDArray[np.bool_]
    shares: NDArray[np.float64]
    common: NDArray[np.bool_]
    rate: float
    mean: NDArray[np.float64]

    @property
    def single(self) -> bool:
        """Whether it is the type of the first cell alone."""
        return len(self.mean) == 1


def block_of(growth: BranchingProcess, first: int = 0) -> Block:
    """The block of a process of constant rates, of a tumor whose first cell is of the type at place `first`.

    Raises
    ------
    ModelError
        If rates change, there are pulses, or the block does not grow.
    """
    if growth.divisions.shape[0] != 1 or growth.pulses:
        raise ModelError("growth must have constant rates and no pulses for the detection law.")
    members = _members(growth, first)
    if members.sum() == 1:
        return _alone(growth, members, first)
    inside = np.flatnonzero(members)
    place = {int(k): n for n, k in enumerate(inside)}
    mean = np.diag(growth.divisions[0, inside] - growth.deaths[0, inside])
    # What cells of a member add to the block in all: without what they exchange, which cancels.
    added = np.diag(mean).copy()
    for table, per in ((growth.switches, np.ones(len(members))), (growth.mutations, growth.divisions[0])):
        for source, target, value in table.in_interval(0):
            if members[source]:
                n, amount = place[source], float(per[source]) * value
                mean[n, n] -= amount
                if members[target]:
                    mean[n, place[target]] += amount
                else:
                    added[n] -= amount
    found = perron_vector(mean)
    rate = float(found @ added)
    if not rate > 0.0:
        names = ", ".join(repr(growth.types[k]) for k in inside[:5]) + (", ..." if len(inside) > 5 else "")
        raise ModelError(
            f"growth: types {names}, which switch into one another, must grow together (net rate > 0 per day); "
            f"got {rate!r}."
        )
    shares = np.zeros(len(members))
    shares[inside] = found
    return Block(members, shares, members & (shares >= RARE * shares.max()), rate, mean)


def _members(growth: BranchingProcess, first: int) -> NDArray[np.bool_]:
    """The type of the first cell, and the types that switching leads to from it and back to it."""
    k = len(growth.types)
    founder: NDArray[np.bool_] = np.arange(k) == first
    edges = [(i, j) for i, j, rate in growth.switches.in_interval(0) if rate > 0.0]
    if not (any(i == first for i, _ in edges) and any(j == first for _, j in edges)):
        return founder
    leads = np.zeros((k, k), dtype=np.bool_)
    leads[tuple(np.array(edges).T)] = True
    members: NDArray[np.bool_] = closed(leads, founder) & closed(leads.T, founder)
    return members


def _alone(growth: BranchingProcess, members: NDArray[np.bool_], first: int) -> Block:
    """One type by itself: a rate of switching counts as a probability of rate / birth."""
    birth = float(growth.divisions[0, first])
    net = birth * (1.0 - float(founded_by(growth, first).sum())) - float(growth.deaths[0, first])
    if not net > 0.0:
        raise ModelError(f"growth: type {growth.types[first]!r} must grow (net rate > 0 per day); got {net!r}.")
    return Block(members, members.astype(np.float64), members, net, np.array([[net]]))


def founded_by(growth: BranchingProcess, first: int) -> NDArray[np.float64]:
    """Probabilities per division with which a cell of a type founds lineages, of shape (types,).

    A cell that switches founds a lineage as one that mutates does, and leaves the same net growth.
    """
    birth, mutation = float(growth.divisions[0, first]), np.zeros(len(growth.types))
    for source, target, value in growth.mutations.in_interval(0):
        if source == first:
            mutation[target] += value
    for source, target, rate in growth.switches.in_interval(0):
        if source == first and birth > 0.0:
            mutation[target] += rate / birth
    return mutation
