"""Rates as rates of events, which are free of one another: what is sampled, and what becomes of it.

Divisions by their outcome: two cells of the type, a mutant (one row per target), none (lethal). So whatever nonnegative
numbers stand in the rows are a process, in which probabilities are quotients of rates and sum to at most 1. Means of
rows are means of events: the probability of a mutation over a stretch is int b u / int b there, not the mean of u.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.process.transitions import ROW_SUM_ROUNDING, Transitions, kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Pairs = tuple[tuple[int, int], ...]
"""Indices (from, to) of types, sorted."""


def _rows_of(pairs: Pairs) -> list[int]:
    """The row of every pair: a type's first target is in row 0, its second in row 1, and so on."""
    targets: Counter[int] = Counter()
    rows = []
    for i, _ in pairs:
        rows.append(targets[i])
        targets[i] += 1
    return rows


def _origins(pairs: Pairs) -> list[int]:
    return [i for i, _ in pairs]


@dataclass(frozen=True)
class Channels:
    """Which events have rates that are sampled.

    Rows of (..., rows, types) are divisions into two cells of the type, deaths, lethal divisions if there are any, and
    as many rows of divisions with a mutant and of switches as the type with most targets has. Transitions that are
    constant are in none of them: the former rows hold the divisions with such mutants too.

    Attributes
    ----------
    lethal
        Whether some divisions are lethal.
    mutation, switching
        The pairs whose probability or rate moves. A type has all of its mutations among them or none.
    """

    lethal: bool
    mutation: Pairs = ()
    switching: Pairs = ()

    @property
    def _first(self) -> int:
        """The row of the first mutants."""
        return 3 if self.lethal else 2

    @property
    def _second(self) -> int:
        """The row of the first switches."""
        return self._first + max(_rows_of(self.mutation), default=-1) + 1

    @property
    def fluxes(self) -> slice:
        """Rows of divisions with a mutant, in what is sampled and in what is felt."""
        return slice(self._first, self._second)

    @property
    def switches(self) -> slice:
        """Rows of switches."""
        return slice(self._second, self._second + max(_rows_of(self.switching), default=-1) + 1)

    def _fluxes(self) -> tuple[slice, list[int], list[int]]:
        """Where in (n, rows, types) the mutants of every pair are."""
        return slice(None), [self._first + row for row in _rows_of(self.mutation)], _origins(self.mutation)

    def _switches(self) -> tuple[slice, list[int], list[int]]:
        """Where the switches of every pair are."""
        return slice(None), [self._second + row for row in _rows_of(self.switching)], _origins(self.switching)

    def pack(self, birth: Array, death: Array, lethal: Array | None, mutation: Array, switching: Array) -> Array:
        """Rates of events (n, rows, types).

        Parameters
        ----------
        birth, death, lethal
            (per cell and day) Of all divisions, deaths and lethal divisions, (n, types).
        mutation, switching
            Probabilities per division that is not lethal, and rates, (n, pairs).
        """
        found = np.zeros((len(birth), self.switches.stop, birth.shape[1]))
        found[:, 0], found[:, 1] = birth, death
        if lethal is not None:
            found[:, 2] = lethal
            found[:, 0] -= lethal
        found[self._switches()] = switching
        if self.mutation:
            found[self._fluxes()] = mutation * found[:, 0, _origins(self.mutation)]
            # What is left of a row that sums to 1 up to rounding would be noise, which no step follows.
            least = ROW_SUM_ROUNDING * found[:, 0]
            found[:, 0] -= found[:, self.fluxes].sum(axis=1)
            found[:, 0][found[:, 0] <= least] = 0.0
        return found

    def felt(self, rates: Array) -> Array:
        """What independent cells feel: divisions that succeed, all deaths, all divisions if some are lethal; the rest.

        Of (..., rows, types), and as many rows.
        """
        found = rates.copy()
        if self.mutation:
            found[..., 0, :] += rates[..., self.fluxes, :].sum(axis=-2)
        if self.lethal:
            lethal = rates[..., 2, :]
            found[..., 1, :] += lethal
            found[..., 2, :] += found[..., 0, :]
        return found

    def events(self, rates: Array, fixed: Array) -> Array:
        """What a clone of one type sees: divisions within it, deaths, and what leads out of it, (..., 3, types).

        Parameters
        ----------
        fixed
            Sums of mutation probabilities and of switching rates that are constant, (2, types).
        """
        plain, death = rates[..., 0, :], rates[..., 1, :]
        share = np.minimum(fixed[0], 1.0)
        special = plain * share + fixed[1]
        if self.switches.stop > self._first:
            special = special + rates[..., self._first :, :].sum(axis=-2)
        if self.lethal:
            death = death + rates[..., 2, :]
        return np.ascontiguousarray(np.stack([plain * (1.0 - share), death, special], axis=-2))

    def process(self, rates: Array) -> tuple[Array, Array, Array]:
        """Divisions, deaths and shares of lethal divisions (n, types) from rates (n, rows, types)."""
        birth = self.felt(rates)[:, 2 if self.lethal else 0]
        shares = np.zeros_like(birth)
        if self.lethal:
            np.divide(rates[:, 2], birth, out=shares, where=birth > 0.0)
        return np.ascontiguousarray(birth), np.ascontiguousarray(rates[:, 1]), np.minimum(shares, 1.0)

    def transitions(
        self, rates: Array, mutations: Transitions, switches: Transitions
    ) -> tuple[Transitions, Transitions]:
        """All mutation probabilities and switching rates, those that are constant among them."""
        flux, chances = rates[self._fluxes()], np.zeros((len(rates), len(self.mutation)))
        success = self.felt(rates)[:, 0, _origins(self.mutation)]
        np.divide(flux, success, out=chances, where=success > 0.0)
        return (
            _with(mutations, self.mutation, np.minimum(chances, 1.0)),
            _with(switches, self.switching, rates[self._switches()]),
        )


def _with(constant: Transitions, pairs: Pairs, values: Array) -> Transitions:
    """Constant transitions and others, of which `values` has (intervals, pairs)."""
    if not pairs:
        return constant
    fixed = np.broadcast_to(constant.values, (len(values), len(constant)))
    both = np.array([*constant.pairs, *pairs], dtype=np.int64).reshape(-1, 2)
    return kept(both, np.concatenate([fixed, values], axis=1))
