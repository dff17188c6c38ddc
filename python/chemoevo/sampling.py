"""Rates that change continuously, sampled once into steps of constant rates.

A step of length h has two halves of constant rates. With the mean a of a rate over the step and its tilt
s = (1/h) int (x - 1/2) a(x) dx, x in [0, 1] the place in the step, the first half has the rate a - 4 s and the second
a + 4 s: the commutator-free Magnus integrator of fourth order [1]_. It holds for every equation that is linear in the
rates, and so for the law of the whole process; the mean number of cells is exact at the ends of steps.

References
----------
.. [1] Blanes S, Moan PC (2006) Fourth- and sixth-order commutator-free Magnus integrators for linear and non-linear
   dynamical systems. Appl Numer Math 56:1519. doi:10.1016/j.apnum.2005.11.004
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.errors import ModelError, Problems, Words

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.process import BranchingProcess

    Array = NDArray[np.float64]

Rates = Callable[[float], tuple["ArrayLike", "ArrayLike"]]
"""f(t) -> (birth, death), each one number a type, per cell and day, at t days."""

MAX_STEPS = 200_000
"""Steps beyond which sampling gives up."""

# No step is longer than a day, unless there were more than this number of them: a feature between nodes goes unseen.
_FEWEST_STEPS = 512
# A rate below this share of its largest value is measured against that share.
_NEGLIGIBLE = 0.01
# Gauss-Legendre nodes of order six on [0, 1], and their weights.
_NODES = 0.5 + np.array([-1.0, 0.0, 1.0]) * np.sqrt(0.15)
_OUTER = 5.0 / 18.0


def _fit() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """From values at the nodes of a step and of its halves: what a polynomial of degree five leaves of them, (9, 9), and
    its values at the two ends, (2, 9)."""
    places = np.concatenate([_NODES, 0.5 * _NODES, 0.5 + 0.5 * _NODES])
    basis = np.polynomial.legendre.legvander(2.0 * places - 1.0, 5)
    coefficients = np.linalg.pinv(basis)
    return np.eye(9) - basis @ coefficients, np.polynomial.legendre.legvander([-1.0, 1.0], 5) @ coefficients


_REST, _AT_ENDS = _fit()
# No node of a step's halves is nearer to the end than this share of the step.
_UNSEEN = 0.5 * float(_NODES[0])


@dataclass(frozen=True)
class Sampling:
    """How a process came from continuously changing rates.

    Attributes
    ----------
    until
        (days) The end of the sampled time; later the rates are constant.
    tolerance
        The relative error reached at the ends of steps.
    between
        The largest error reached inside a step.
    """

    until: float
    tolerance: float
    between: float

    def to_dict(self) -> dict[str, float]:
        """Plain data."""
        return {"until": self.until, "tolerance": self.tolerance, "between": self.between}

    @classmethod
    def from_dict(cls, data: Any) -> Sampling:
        """Reads `to_dict`.

        Raises
        ------
        ModelError
            If a value is missing, unknown or not a finite number >= 0.
        """
        keys = ("until", "tolerance", "between")
        if not isinstance(data, dict) or set(data) != set(keys):
            raise ModelError(f"sampling must have the keys {', '.join(keys)}; got {data!r}.")
        return cls(*(number(f"sampling.{key}", data[key], 0.0, 1e9) for key in keys))

    def describe(self) -> str:
        """One sentence."""
        return (
            f"Sampled from continuous rates until day {self.until:g}: relative error {self.tolerance:.2g} at ends of "
            f"steps, {self.between:.2g} between"
        )


def number(path: str, value: object, low: float, high: float) -> float:
    """`value` as a float in [low, high].

    Raises
    ------
    ModelError
        If it is outside or NaN.
    TypeError
        If it is no number.
    """
    problems = Problems()
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        problems.type(path, "must be a number", value)
    elif not low <= value <= high:
        problems.value(path, f"must be in [{low:g}, {high:g}]", value)
    problems.raise_if_any()
    return float(value)  # type: ignore[arg-type]


class _Sampler:
    """Calls the rates, and says where and of which type a value is wrong."""

    def __init__(self, rates: Rates, types: Sequence[str]) -> None:
        self.rates, self.types = rates, types

    def __call__(self, times: Array) -> Array:
        """(births, deaths) at each of the times (...): (..., 2, types)."""
        k = len(self.types)
        flat = [float(t) for t in times.ravel()]
        values = []
        for t in flat:
            try:
                values.append(self.rates(t))
            except Exception as error:
                error.add_note(f"raised by rates(t) at t = {t!r} days")
                raise
        try:
            array = np.array(values)
        except ValueError:
            array = np.empty(0)
        if array.shape != (len(flat), 2, k) or array.dtype.kind not in "iuf":
            for t, value in zip(flat, values, strict=True):
                self._check(t, value)
            array = np.array([[np.asarray(part, dtype=float) for part in value] for value in values])
        array = array.astype(np.float64)
        wrong = ~(np.isfinite(array) & (array >= 0))
        if wrong.any():
            problems = Problems()
            for n, part, i in np.argwhere(wrong)[:5]:
                where = f"rates({flat[n]!r}): {('birth', 'death')[part]} of {self.types[i]!r}"
                problems.value(where, "must be finite and >= 0 (per cell and day)", float(array[n, part, i]))
            problems.raise_if_any()
        return array.reshape(*times.shape, 2, k)

    def _check(self, t: float, value: object) -> None:
        problems = Problems()
        call, k = f"rates({t!r})", len(self.types)
        if not isinstance(value, tuple | list | np.ndarray) or len(value) != 2:
            problems.type(call, f"must return (birth, death), each with {k} numbers", value)
            problems.raise_if_any()
        assert isinstance(value, tuple | list | np.ndarray)
        for name, part in zip(("birth", "death"), value, strict=True):
            try:
                array = np.asarray(part)
            except ValueError:
                array = np.empty(0)
            if array.shape != (k,):
                got = Words(f"shape {array.shape}")
                problems.value(call, f"must return {name} of shape ({k},), one rate a type of {self.types}", got)
            elif array.dtype.kind not in "iuf":
                wrong = next((i for i, x in enumerate(part) if not isinstance(x, int | float) or x is True), 0)
                problems.type(f"{call}: {name} of {self.types[wrong]!r}", "must be a number", part[wrong])
        problems.raise_if_any()


def _moments(values: Array) -> Array:
    """Means and tilts (..., 2, 2, types) of rates at the nodes (..., 3, 2, types); a constant is its own mean."""
    early, middle, late = (values[..., n, :, :] for n in range(3))
    mean = middle + _OUTER * ((early - middle) + (late - middle))
    tilt = (_OUTER * np.sqrt(0.15)) * (late - early)
    return np.stack([mean, tilt], axis=-3)


def _joined(halves: Array) -> Array:
    """Means and tilts of steps from those of their halves, (..., halves, 2, 2, types)."""
    (m1, s1), (m2, s2) = ((halves[..., n, 0, :, :], halves[..., n, 1, :, :]) for n in range(2))
    return np.stack([m1 + 0.5 * (m2 - m1), 0.25 * (s1 + s2) + 0.125 * (m2 - m1)], axis=-3)


def _constants(moments: Array) -> Array:
    """Rates of the two halves of steps, (..., halves, 2, types): never negative, with the right mean."""
    mean, tilt = moments[..., 0, :, :], moments[..., 1, :, :]
    shift = np.clip(4.0 * tilt, -mean, mean)
    shift[np.abs(shift) <= 1e-14 * mean] = 0.0
    return np.stack([mean - shift, mean + shift], axis=-3)


@dataclass
class _Steps:
    """Steps in order of time: ends (n,), rates at their own nodes (n, 3, 2, K) and at those of their halves."""

    start: Array
    end: Array
    own: Array
    halves: Array  # (n, 2, 3, 2, K)

    @classmethod
    def over(cls, start: Array, end: Array, own: Array | None, sample: _Sampler) -> _Steps:
        """Steps with their halves sampled, and they themselves unless `own` is known."""
        cut = start + 0.5 * (end - start)
        ends = np.stack([start, cut, end], axis=1)

        def at_nodes(from_: Array, to: Array) -> Array:
            return sample(from_[..., None] + (to - from_)[..., None] * _NODES)

        return cls(
            start, end, at_nodes(start, end) if own is None else own, at_nodes(ends[:, :-1], ends[:, 1:])
        )

    def split(self, chosen: NDArray[np.bool_], sample: _Sampler) -> _Steps:
        """The steps with the chosen ones cut in halves."""
        s, e = self.start[chosen], self.end[chosen]
        cut = s + 0.5 * (e - s)
        ends = np.stack([s, cut, e], axis=1)
        own = self.halves[chosen].reshape(-1, *self.own.shape[1:])
        new = _Steps.over(ends[:, :-1].ravel(), ends[:, 1:].ravel(), own, sample)
        order = np.argsort(np.concatenate([self.start[~chosen], new.start]), kind="stable")

        def merged(old: Array, more: Array) -> Array:
            return np.concatenate([old[~chosen], more])[order]

        return _Steps(
            merged(self.start, new.start),
            merged(self.end, new.end),
            merged(self.own, new.own),
            merged(self.halves, new.halves),
        )

    def errors(self, transitions: Array, kinks: Array) -> tuple[Array, Array]:
        """(n, 2): against steps of half the length, in one type's propagator; (n,): between the ends."""
        length = self.end - self.start
        own, halves = _moments(self.own), _moments(self.halves)
        most = own[:, 0].max(axis=0)
        floor = _NEGLIGIBLE * np.stack([most[0], most[1], most[0] * transitions[0] + transitions[1]])
        coarse = _constants(own)
        fine = _constants(halves).reshape(len(length), 4, *most.shape)
        found = _core.step_discrepancies(coarse, np.ascontiguousarray(fine), length, transitions, floor)
        found[:, 0] += self._roughness(length, kinks)
        return found, self._inside(halves, length)

    def _roughness(self, length: Array, kinks: Array) -> Array:
        """What jumps that nobody named may do: moments can agree by chance, and a jump may fall between the last node of
        a step and the first of the next. No polynomial follows the one, and polynomials do not meet at the other."""
        values = np.concatenate([self.own[:, None], self.halves], axis=1).reshape(len(length), 9, -1)
        rough = length * np.abs(_REST @ values).max(axis=(1, 2))
        ends = _AT_ENDS @ values
        gap = np.abs(ends[1:, 0] - ends[:-1, 1]).max(axis=1)
        gap[np.isin(self.start[1:], kinks)] = 0.0
        gap *= _UNSEEN * np.maximum(length[1:], length[:-1])
        rough[1:] += gap
        rough[:-1] += gap
        return rough

    @staticmethod
    def _inside(halves: Array, length: Array) -> Array:
        """What is expected of a cell up to the quarters of a step: the largest difference from the rates themselves."""
        rates = _constants(_joined(halves))
        # The mean of a linear rate over the first part of a half is its mean there less three tilts.
        (m1, s1), (m2, s2) = ((halves[:, n, 0], halves[:, n, 1]) for n in range(2))
        first = rates[:, 0] - m1 + 3.0 * s1
        half = 2.0 * (rates[:, 0] - m1)
        third = half + rates[:, 1] - m2 + 3.0 * s2
        off = np.stack([first, half, third]) * (0.25 * length)[:, None, None]
        net = np.abs(off[:, :, 0] - off[:, :, 1])
        return np.maximum(np.abs(off).max(axis=2), net).max(axis=(0, 2))


def sample_rates(
    constant: BranchingProcess,
    rates: Rates,
    *,
    until: float,
    tolerance: float,
    between: float,
    kinks: Array,
) -> tuple[Array, Array, Array, Sampling]:
    """Births, deaths (intervals, types), breakpoints, and the errors reached, for the transitions of `constant`."""
    sample = _Sampler(rates, constant.types)
    transitions = np.zeros((2, len(constant.types)))
    for row, table in zip(transitions, (constant.mutation, constant.switching), strict=True):
        for (name, _), value in table.items():
            row[constant.types.index(name)] += value
    final = sample(np.array([until]))
    ends = np.concatenate([[0.0], kinks, [until]])
    longest = max(1.0, until / _FEWEST_STEPS)
    pieces = [np.linspace(a, b, 1 + int(np.ceil((b - a) / longest))) for a, b in zip(ends[:-1], ends[1:], strict=True)]
    start = np.concatenate([p[:-1] for p in pieces])
    end = np.concatenate([p[1:] for p in pieces])
    if len(start) > MAX_STEPS:
        raise ModelError(f"breakpoints make more than {MAX_STEPS} steps; got {len(kinks)} of them.")
    steps = _Steps.over(start, end, None, sample)
    # What one type's propagator shows, until the whole process agrees as well.
    wanted = tolerance
    for _ in range(8):
        steps, reached, inside = _refine(steps, sample, transitions, kinks, wanted, between)
        coarse, fine = (_process(constant, steps, x, final) for x in (False, True))
        seen = _disagreement(coarse, fine, until)
        if seen <= tolerance:
            sampling = Sampling(until=until, tolerance=max(reached, seen), between=inside)
            return coarse[0], coarse[1], coarse[2], sampling
        wanted = min(wanted, reached) * 0.5 * tolerance / seen
    raise ModelError(
        f"tolerance = {tolerance!r} was not reached (error {seen:.2g}). Name times at which rates jump or have a kink "
        "in breakpoints, or take a larger tolerance."
    )


def _refine(
    steps: _Steps, sample: _Sampler, transitions: Array, kinks: Array, tolerance: float, between: float
) -> tuple[_Steps, float, float]:
    """Cuts steps until errors add up to the tolerance; the errors reached."""
    while True:
        found, inside = steps.errors(transitions, kinks)
        # Errors of what is 1 for a step of no length add up; of what is 0 there, the largest counts.
        total, largest = float(found[:, 0].sum()), float(found[:, 1].max())
        # The factor: a probability is a quotient of two entries.
        reached = 2.0 * (total + largest)
        if reached <= tolerance and inside.max() <= between:
            return steps, reached, float(inside.max())
        share = 0.25 * tolerance
        chosen = (found[:, 1] > share) | (inside > between)
        if total > share:
            chosen |= found[:, 0] > share / len(found)
        worst = int(np.argmax(found.sum(axis=1)))
        too_fine = (steps.end - steps.start)[chosen] <= 1e-13 * steps.end[chosen]
        if len(steps.start) + int(chosen.sum()) > MAX_STEPS or too_fine.any():
            raise ModelError(
                f"tolerance = {tolerance:.2g} needs more than {MAX_STEPS} steps, or steps too short for the clock: the "
                f"rates vary fastest near t = {float(steps.start[worst]):.6g} days. Name times at which they jump or "
                "have a kink in breakpoints, or take a larger tolerance or between."
            )
        steps = steps.split(chosen, sample)


def _process(
    constant: BranchingProcess, steps: _Steps, fine: bool, final: Array
) -> tuple[Array, Array, Array, _core.Process]:
    """Births, deaths, breakpoints and the process, of the steps or of their halves; equal neighbors are one."""
    parts = 4 if fine else 2
    moments = _moments(steps.halves)
    values = _constants(moments if fine else _joined(moments)).reshape(-1, *final.shape[1:])
    length = steps.end - steps.start
    starts = (steps.start[:, None] + length[:, None] * (np.arange(parts) / parts)).ravel()
    values = np.concatenate([values, final])
    starts = np.append(starts, steps.end[-1])
    new = np.append(True, (values[1:] != values[:-1]).any(axis=(1, 2)))
    birth, death, ends = (np.ascontiguousarray(x) for x in (values[new, 0], values[new, 1], starts[new][1:]))
    pulses = [(p.time, [p.survival.get(name, 1.0) for name in constant.types]) for p in constant.pulses]
    return birth, death, ends, _core.Process(ends, birth, death, *constant._mutation, *constant._switching, pulses)


def _disagreement(
    coarse: tuple[Array, Array, Array, _core.Process], fine: tuple[Array, Array, Array, _core.Process], until: float
) -> float:
    """The largest relative difference of extinction and survival from one cell of each type, and of mean counts."""
    k, most = coarse[0].shape[1], 0.0
    ones, horizon = np.ones(k), np.array([until])

    def answers(process: _core.Process) -> list[Array]:
        found = list(_core.backward(process, ones, np.zeros(k), horizon))
        try:
            return [*found, _core.mean_counts(process, ones[None, :], horizon)[0]]
        except RuntimeError:  # means beyond 1e290 are compared by nobody
            return found

    for a, b in zip(answers(coarse[3]), answers(fine[3]), strict=False):
        some = b > 0
        most = max([most, *np.abs(a[some] / b[some] - 1.0).ravel()])
    return float(most)
