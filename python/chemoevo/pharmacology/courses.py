"""The concentration of one drug in many patients: closed forms between the instants at which something changes.

All patients have the doses of one regimen, at the same times; amounts and kinetics differ. Between two instants, that
is starts and ends of infusions and of cycles, the input rate `R` is constant and each exponential of the disposition
(see `kinetics.rs` of the core) carries

    x_i(h) = x_i e^{-l_i h} + A_i R h phi(l_i h),      phi(y) = (1 - e^{-y})/y,

so the concentration `sum_i x_i(h)` has the derivative `sum_i (A_i R - l_i x_i) e^{-l_i h}` and the area
`sum_i x_i h phi(l_i h) + A_i R h^2 psi(l_i h)`, `psi(y) = (y - 1 + e^{-y})/y^2`. Every term of concentration and area
is nonnegative. Hours, mg, L and mg/L.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemoevo import _core
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.pharmacology.representable import computable
from chemoevo.pharmacology.roots import Array, Places, crossings, turns

HOURS = 24.0
"""In a day."""
_SHORTEST = 1e-200
"""(h) Of an infusion."""


@dataclass(frozen=True, eq=False)
class Courses:
    """One drug in several patients, in stretches of constant input.

    Attributes
    ----------
    starts
        (h) When the stretches begin, increasing, from 0; the last one has no end. Shape (stretches,).
    lengths
        (h) Of the stretches in cycles, which come first; the others begin when the last cycle has ended.
    cycle
        Of these, from 0.
    coefficients, exponents
        (1/L, 1/h) A_i, and l_i, which increase; shape (patients, 1, terms).
    rates
        (mg/h) Input in the stretches; shape (patients, stretches).
    states
        (mg/L) Share of every exponential at the start of the stretches; shape (patients, stretches, terms).
    """

    starts: Array
    lengths: Array
    cycle: NDArray[np.intp]
    coefficients: Array
    exponents: Array
    rates: Array
    states: Array

    @classmethod
    def of(cls, regimen: Regimen, patients: Sequence[Patient], given: Drug) -> Courses:
        """The courses of a drug of the regimen.

        Raises
        ------
        ModelError
            If a patient lacks what a dose asks for.
        """
        own = [dose.drug == given.name for phase in regimen.phases for dose in phase.doses]
        amounts = np.array([[mg for phase in regimen.amounts(one) for mg in phase] for one in patients])[:, own]
        times, ends, order = _administrations(regimen, given.name)
        borders = cycle_borders(regimen)
        starts = np.unique(np.concatenate([borders, times, ends]))
        within = starts[: np.searchsorted(starts, borders[-1]) + 1]
        cycle = np.searchsorted(borders, within[:-1], side="right") - 1
        coefficients, exponents = _dispositions(patients, given)
        rates, boluses = np.zeros((2, len(patients), len(starts)))
        # An infusion too short for the clock is a bolus, as is one whose rate no number holds; the amount is delivered
        # over the time the clock sees.
        for time, end, which in zip(times.tolist(), ends.tolist(), order, strict=True):
            first = int(np.searchsorted(starts, time))
            if end - time > _SHORTEST:
                rates[:, first : int(np.searchsorted(starts, end))] += amounts[:, which, None] / (end - time)
            else:
                boluses[:, first] += amounts[:, which]
        states = np.empty((len(patients), len(starts), coefficients.shape[-1]))
        state = np.zeros_like(states[:, 0])
        for s, length in enumerate(np.diff(starts, append=starts[-1])):
            state = state + coefficients[:, 0] * boluses[:, s, None]
            states[:, s] = state
            grown = coefficients[:, 0] * rates[:, s, None] * length * _phi(exponents[:, 0] * length)
            state = state * np.exp(-exponents[:, 0] * length) + grown
        return cls(starts, np.diff(within), cycle, coefficients, exponents, rates, states)

    @property
    def cycles(self) -> int:
        """How many there are."""
        return int(self.cycle[-1]) + 1

    def concentration(self, hours: Array) -> Array:
        """(mg/L) At times from 0 on, also after the last cycle; shape (patients, times)."""
        found = np.empty((len(self.rates), len(hours)))
        which = np.searchsorted(self.starts, hours, side="right") - 1
        for s in np.unique(which):
            here = np.flatnonzero(which == s)
            h = (hours[here] - self.starts[s])[None, :, None]
            grown = self.coefficients * self.rates[:, s, None, None] * h * _phi(self.exponents * h)
            found[:, here] = (self.states[:, s, None] * np.exp(-self.exponents * h) + grown).sum(axis=-1)
        return found

    def areas(self) -> Array:
        """(mg h/L) Under the concentration, by cycle; shape (patients, cycles)."""
        h = self.lengths[:, None]
        y = self.exponents * h
        fed = self._fed * h * h * _psi(y)
        return self._by_cycle(np.add, (self._begun * h * _phi(y) + fed).sum(axis=-1))

    def highest(self) -> Array:
        """(mg/L) The largest concentration, by cycle: at the ends of stretches and wherever it turns."""
        ends = np.maximum(self._begun.sum(axis=-1), self._at(self.lengths))
        inside = self._turns()
        for k in range(2):
            there = np.isfinite(inside[..., k])
            if there.any():
                ends = np.maximum(ends, np.where(there, self._at(np.where(there, inside[..., k], 0.0)), 0.0))
        return self._by_cycle(np.maximum, ends)

    def last(self) -> Array:
        """(mg/L) At the end of every cycle, before any dose of the next; shape (patients, cycles)."""
        ends = self._at(self.lengths)
        return ends[:, np.flatnonzero(np.diff(self.cycle, append=self.cycles))]

    def hours_above(self, level: float) -> Array:
        """(h) For which the concentration is above a level (mg/L), by cycle; shape (patients, cycles)."""
        begun, fed = self._begun, self._fed
        length = np.broadcast_to(self.lengths, begun.shape[:-1])
        turned = self._turns()
        inside = np.sort(np.where(np.isfinite(turned), turned, length[..., None]), axis=-1)
        # Between two marks the concentration rises or falls.
        marks = np.concatenate([np.zeros((*length.shape, 1)), inside, length[..., None]], axis=-1)
        low, high = marks[..., :-1], marks[..., 1:]

        def some(which: Places) -> Callable[[Array], Array]:
            p, s, _ = np.unravel_index(which, low.shape)
            x, a, exponents = begun[p, s], fed[p, s], self.exponents[p, 0]

            def excess(times: Array) -> Array:
                y = exponents * times[:, None]
                return np.asarray((x * np.exp(-y) + a * times[:, None] * _phi(y)).sum(axis=-1) - level)

            return excess

        crossed = crossings(some, low, high)
        everywhere = some(np.arange(low.size))
        first, second = (everywhere(end.reshape(-1)).reshape(low.shape) >= 0 for end in (low, high))
        time = np.where(first & second, high - low, 0.0)
        time = np.where(first & ~second, crossed - low, time)
        time = np.where(~first & second, high - crossed, time)
        return self._by_cycle(np.add, time.sum(axis=-1))

    @property
    def _begun(self) -> Array:
        """(mg/L) The states of the stretches in cycles."""
        return self.states[:, : len(self.lengths)]

    @property
    def _fed(self) -> Array:
        """(mg/L/h) What the input adds to every exponential."""
        return self.coefficients * self.rates[:, : len(self.lengths), None]

    def _at(self, h: Array) -> Array:
        """Concentration so long after the start of every stretch in a cycle."""
        y = self.exponents * h[..., None]
        return np.asarray((self._begun * np.exp(-y) + self._fed * h[..., None] * _phi(y)).sum(axis=-1))

    def _turns(self) -> Array:
        slope = self._fed - self.exponents * self._begun
        return turns(
            slope, np.broadcast_to(self.exponents, slope.shape), np.broadcast_to(self.lengths, slope.shape[:-1])
        )

    def _by_cycle(self, together: np.ufunc, values: Array) -> Array:
        firsts = np.searchsorted(self.cycle, np.arange(self.cycles))
        return np.asarray(together.reduceat(values, firsts, axis=1))


def cycle_borders(regimen: Regimen) -> Array:
    """(h) Starts of all cycles, and the end of the last."""
    starts, start = [0.0], 0.0
    for phase in regimen.phases:
        for _ in range(phase.cycles):
            start += phase.cycle_length_days
            starts.append(start)
    # Rounded as the doses of day 1 are: none of them is just before its cycle.
    return (np.array(starts) + 1.0 - 1.0) * HOURS


def _administrations(regimen: Regimen, drug: str) -> tuple[Array, Array, list[int]]:
    """(h) Starts and ends of all doses of a drug, and which of its doses each is."""
    number, numbers = 0, []
    for phase in regimen.phases:
        numbers.append([float("nan")] * len(phase.doses))
        for i, dose in enumerate(phase.doses):
            if dose.drug == drug:
                numbers[-1][i], number = number, number + 1
    rows = [row for row in regimen.written_out(numbers) if row[3] == drug]
    times = np.array([row[0] for row in rows])
    return times, times + np.array([row[2] for row in rows]), [int(row[1]) for row in rows]


def _dispositions(patients: Sequence[Patient], given: Drug) -> tuple[Array, Array]:
    made, kinetics = [], computable(given)
    for one in patients:
        clearance, volume, sides = kinetics.parameters(one, one.factors.get(given.name))
        made.append(_core.Exposure(clearance, volume, sides, [], [], []))
    # The core has them by rising exponent.
    coefficients = np.array([one.coefficients for one in made])[:, None]
    return coefficients, np.array([one.exponents for one in made])[:, None]


def _phi(y: Array) -> Array:
    """`(1 - e^{-y})/y`."""
    return np.divide(-np.expm1(-y), y, out=np.ones_like(y), where=y != 0)


def _psi(y: Array) -> Array:
    """`(y - 1 + e^{-y})/y^2`, by its series where the closed form would cancel."""
    small = np.minimum(y, 1.0)
    term = np.full_like(small, 0.5)
    total = term.copy()
    for k in range(3, 24):
        term = term * (-small / k)
        total += term
    return np.where(y < 1.0, total, (y + np.expm1(-y)) / np.maximum(y, 1.0) ** 2)
