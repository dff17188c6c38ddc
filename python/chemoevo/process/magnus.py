"""Steps of constant rates for rates that change continuously, and how far they are from these.

A step has two halves of constant rates. With the mean a of a rate over the step and its tilt
s = int_0^1 (x - 1/2) a(x) dx, x the place in the step, the first half has the rate a - 4 s and the second a + 4 s: the
commutator-free Magnus integrator of fourth order [1]_. It holds for every equation that is linear in the rates, of
divisions with a mutant too (not in their probabilities), and so for the law of the whole process. Without mutations and
switches mean numbers are exact at the ends of steps.

References
----------
.. [1] Blanes S, Moan PC (2006) Fourth- and sixth-order commutator-free Magnus integrators for linear and non-linear
   dynamical systems. Appl Numer Math 56:1519. doi:10.1016/j.apnum.2005.11.004
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from chemoevo import _core
from chemoevo.process.channels import Channels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Sample(Protocol):
    """Rates of events (..., rows, types) at times (...), and what the rows are."""

    @property
    def channels(self) -> Channels:
        """What the rows are."""

    def __call__(self, times: Array, /) -> Array:
        """Rates (per cell and day)."""


# A rate below this share of its largest value is measured against that share.
_NEGLIGIBLE = 0.01
# Fewer events than that are none.
_NONE = 1e-200
# Gauss-Legendre nodes of order six on [0, 1], and their weights.
_NODES = 0.5 + np.array([-1.0, 0.0, 1.0]) * np.sqrt(0.15)
_OUTER = 5.0 / 18.0


def _fit() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """What a polynomial of degree five leaves of values at nodes of a step and its halves; its ends; itself.

    Matrices of shapes (9, 9), (2, 9) and, in Legendre's basis, (6, 9).
    """
    places = np.concatenate([_NODES, 0.5 * _NODES, 0.5 + 0.5 * _NODES])
    basis = np.polynomial.legendre.legvander(2.0 * places - 1.0, 5)
    coefficients = np.asarray(np.linalg.pinv(basis), dtype=np.float64)
    ends = np.asarray(np.polynomial.legendre.legvander([-1.0, 1.0], 5), dtype=np.float64)
    return np.eye(9) - basis @ coefficients, np.asarray(ends @ coefficients), coefficients


_REST, _AT_ENDS, _POLYNOMIAL = _fit()
# A step of this share of the time is an instant.
_INSTANT = 1e-11
# No node of a step's halves is nearer to the end than this share of the step.
_UNSEEN = 0.5 * float(_NODES[0])


def moments_of(values: Array) -> Array:
    """Means and tilts (..., 2, rows, types) of rates at the nodes (..., 3, rows, types); a constant is its own mean."""
    early, middle, late = (values[..., n, :, :] for n in range(3))
    mean = middle + _OUTER * ((early - middle) + (late - middle))
    tilt = (_OUTER * np.sqrt(0.15)) * (late - early)
    return np.stack([mean, tilt], axis=-3)


def joined(halves: Array) -> Array:
    """Means and tilts of steps from those of their halves, (..., halves, 2, rows, types)."""
    (m1, s1), (m2, s2) = ((halves[..., n, 0, :, :], halves[..., n, 1, :, :]) for n in range(2))
    return np.stack([m1 + 0.5 * (m2 - m1), 0.25 * (s1 + s2) + 0.125 * (m2 - m1)], axis=-3)


def constants(moments: Array) -> Array:
    """Rates of the two halves of steps, (..., halves, rows, types): never negative, with the right mean."""
    mean, tilt = moments[..., 0, :, :], moments[..., 1, :, :]
    shift = np.clip(4.0 * tilt, -mean, mean)
    shift[np.abs(shift) <= 1e-14 * mean] = 0.0
    return np.stack([mean - shift, mean + shift], axis=-3)


@dataclass
class Steps:
    """Steps in order of time: ends (n,), rates at their own nodes (n, 3, rows, K) and at those of their halves."""

    start: Array
    end: Array
    own: Array
    halves: Array  # (n, 2, 3, rows, K)
    channels: Channels

    @classmethod
    def over(cls, start: Array, end: Array, own: Array | None, sample: Sample) -> Steps:
        """Steps with their halves sampled, and they themselves unless `own` is known."""
        cut = start + 0.5 * (end - start)
        ends = np.stack([start, cut, end], axis=1)

        def at_nodes(from_: Array, to: Array) -> Array:
            return sample(from_[..., None] + (to - from_)[..., None] * _NODES)

        own = at_nodes(start, end) if own is None else own
        return cls(start, end, own, at_nodes(ends[:, :-1], ends[:, 1:]), sample.channels)

    def split(self, chosen: NDArray[np.bool_], sample: Sample) -> Steps:
        """The steps with the chosen ones cut in halves."""
        s, e = self.start[chosen], self.end[chosen]
        cut = s + 0.5 * (e - s)
        ends = np.stack([s, cut, e], axis=1)
        own = self.halves[chosen].reshape(-1, *self.own.shape[1:])
        new = Steps.over(ends[:, :-1].ravel(), ends[:, 1:].ravel(), own, sample)
        order = np.argsort(np.concatenate([self.start[~chosen], new.start]), kind="stable")

        def merged(old: Array, more: Array) -> Array:
            return np.concatenate([old[~chosen], more])[order]

        return Steps(
            merged(self.start, new.start),
            merged(self.end, new.end),
            merged(self.own, new.own),
            merged(self.halves, new.halves),
            self.channels,
        )

    def errors(self, fixed: Array, kinks: Array) -> tuple[Array, Array]:
        """(n, 2): against steps of half the length, in one type's propagator; (n,): between the ends.

        `fixed` is what leaves each type by transitions that are constant, as `Channels.events` has it.
        """
        length = self.end - self.start
        own, halves = moments_of(self.own), moments_of(self.halves)
        floor = _NEGLIGIBLE * self.channels.events(own[:, 0], fixed).max(axis=0)
        coarse = self.channels.events(constants(own), fixed)
        fine = self.channels.events(constants(halves), fixed).reshape(len(length), 4, *floor.shape)
        found = np.array(_core.step_discrepancies(coarse, fine, length, floor))
        # What begins at a jump that is not named has no relative accuracy in the very step of the jump.
        found[self._are_jumps(length), 1] = 0.0
        found[:, 0] += self._roughness(length, kinks)
        return found, self._inside(halves, length)

    def at_nodes(self) -> Array:
        """The rates that cells feel at the nodes of steps and of their halves, (n, 9, rows K)."""
        values = np.concatenate([self.own[:, None], self.halves], axis=1)
        return self.channels.felt(values).reshape(len(self.start), 9, -1)

    def weights(self) -> Array:
        """How much an error of an expected number of events counts, in the order of `at_nodes`, (rows K,).

        Of divisions and deaths as it is. Mutations and switches may be rare, and what matters of them is relative: to a
        hundredth of those of all steps.
        """
        mean = moments_of(self.own)[:, 0]
        found = np.ones(mean.shape[1:])
        moving = slice(self.channels.fluxes.start, None)
        total = np.einsum("n,nrk->rk", self.end - self.start, mean[:, moving])
        found[moving] = 1.0 / np.maximum(_NEGLIGIBLE * total, _NONE)
        return found.ravel()

    def _are_jumps(self, length: Array) -> NDArray[np.bool_]:
        """Steps that are an instant, in which rates go from those before to those after it, (n,)."""
        values = self.at_nodes()
        low, high = values.min(axis=1), values.max(axis=1)
        within = np.zeros(len(length), dtype=np.bool_)
        slack = 0.01 * np.maximum(high[:-2], high[2:])
        below = low[1:-1] >= np.minimum(low[:-2], low[2:]) - slack
        above = high[1:-1] <= np.maximum(high[:-2], high[2:]) + slack
        within[1:-1] = (below & above).all(axis=1)
        return np.asarray(within & (length <= _INSTANT * self.end[-1]))

    def _roughness(self, length: Array, kinks: Array) -> Array:
        """What jumps that nobody named may do to the expected numbers of events of a cell, by their `weights`, (n,).

        Moments can agree by chance, and a jump may fall between the last node of a step and the first of the next. No
        polynomial follows the one, and polynomials do not meet at the other.
        """
        values = self.at_nodes() * self.weights()
        rough = length * np.abs(_REST @ values).max(axis=(1, 2))
        ends = _AT_ENDS @ values
        gap = np.abs(ends[1:, 0] - ends[:-1, 1]).max(axis=1)
        gap[np.isin(self.start[1:], kinks)] = 0.0
        gap *= _UNSEEN * np.maximum(length[1:], length[:-1])
        rough[1:] += gap
        rough[:-1] += gap
        return np.asarray(rough)

    def _inside(self, halves: Array, length: Array) -> Array:
        """What is expected of a cell up to the quarters of a step: the largest difference from the rates themselves.

        Mutations are counted as divisions of which every one has the largest probability of its pair.
        """
        rates = constants(joined(halves))
        # The mean of a linear rate over the first part of a half is its mean there less three tilts.
        (m1, s1), (m2, s2) = ((halves[:, n, 0], halves[:, n, 1]) for n in range(2))
        first = rates[:, 0] - m1 + 3.0 * s1
        half = 2.0 * (rates[:, 0] - m1)
        third = half + rates[:, 1] - m2 + 3.0 * s2
        off = self.channels.felt(np.stack([first, half, third]) * (0.25 * length)[:, None, None])
        net = off[:, :, 0] - off[:, :, 1]
        leaving = off[:, :, self.channels.fluxes.start :].sum(axis=2)
        net = np.maximum(np.abs(net), np.abs(net - leaving))
        mean = self.channels.felt(moments_of(self.own)[:, 0])
        flux, success = mean[:, self.channels.fluxes], mean[:, :1]
        most = np.divide(flux, success, out=np.zeros_like(flux), where=success > 0.0).max(axis=0)
        off[:, :, self.channels.fluxes] /= np.where(most > 0.0, most, 1.0)
        return np.asarray(np.maximum(np.abs(off).max(axis=2), net).max(axis=(0, 2)))


def predicted(steps: Steps, place: NDArray[np.intp], x: Array) -> Array:
    """Rates by the polynomials of steps, at parts x of the steps at `place`, (..., rows K)."""
    basis = np.polynomial.legendre.legvander(2.0 * x - 1.0, 5)
    coefficients = _POLYNOMIAL @ steps.at_nodes()
    found: Array = np.zeros((len(x), coefficients.shape[2]))
    for order in range(6):
        found += basis[:, order, None] * coefficients[place, order]
    return found
