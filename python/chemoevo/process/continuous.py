"""Rates that change continuously, sampled once into steps of constant rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.base.arguments import real_array
from chemoevo.errors import ModelError, Problems, SimulationError, Words
from chemoevo.process.compiled import Compiled, compiled
from chemoevo.process.magnus import Steps, constants, joined, moments_of
from chemoevo.process.rates import note_shares
from chemoevo.process.sampled import Sampling
from chemoevo.process.scan import Scan

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.process.fields import ProcessFields

    Array = NDArray[np.float64]

Rates = Callable[[float], tuple["ArrayLike", "ArrayLike"]]
"""f(t) -> (birth, death), each one number per type, per cell and day, at t days."""

Shares = Callable[[float], "ArrayLike"]
"""f(t) -> one share of lethal divisions per type, in [0, 1], at t days."""

MAX_STEPS = 100_000
"""Steps beyond which sampling gives up."""

# A feature between two nodes goes unseen, so steps are at most a day long; or this share of the time, if it is longer.
_FEWEST_STEPS = 512


@dataclass(frozen=True)
class Sampled:
    """Births, deaths and shares of lethal divisions (intervals, types), and the breakpoints."""

    birth: Array
    death: Array
    lethal: Array
    ends: Array


class _Sampler:
    """Calls the rates, and says where and of which type a value is wrong."""

    def __init__(self, rates: Rates, lethal: Shares | Array | None, types: tuple[str, ...]) -> None:
        self.rates, self.lethal, self.types = rates, lethal, types

    def __call__(self, times: Array) -> Array:
        """Births, deaths and, if there are any, lethal divisions at each of the times (...): (..., 2 or 3, types)."""
        flat = [float(t) for t in times.ravel()]
        rates = self._rates(flat)
        if self.lethal is not None:
            shares = self._shares(flat, self.lethal) if callable(self.lethal) else self.lethal
            rates = np.concatenate([rates, (shares * rates[:, 0])[:, None]], axis=1)
        return rates.reshape(*times.shape, *rates.shape[1:])

    def _shares(self, flat: list[float], lethal: Shares) -> Array:
        k, values = len(self.types), []
        problems = Problems()
        for t in flat:
            try:
                value = lethal(t)
            except Exception as error:
                error.add_note(f"raised by lethal(t) at t = {t!r} days")
                raise
            array = real_array(problems, f"lethal({t!r})", value, types=self.types)
            if array is not None and array.shape != (k,):
                rule = f"must return shape ({k},), one share per type of {self.types}"
                problems.value(f"lethal({t!r})", rule, Words(f"shape {array.shape}"))
            elif array is not None:
                note_shares(problems, f"lethal({t!r})", array, self.types)
            problems.raise_if_any()
            values.append(array)
        return np.array(values, dtype=np.float64)

    def _rates(self, flat: list[float]) -> Array:
        k = len(self.types)
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
        return array

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
                problems.value(call, f"must return {name} of shape ({k},), one rate per type of {self.types}", got)
            elif array.dtype.kind not in "iuf":
                wrong = next((i for i, x in enumerate(part) if not isinstance(x, int | float) or x is True), 0)
                problems.type(f"{call}: {name} of {self.types[wrong]!r}", "must be a number", part[wrong])
        problems.raise_if_any()


def sample_rates(
    constant: ProcessFields,
    rates: Rates,
    shares: Shares | None,
    *,
    until: float,
    tolerance: float,
    between: float,
    kinks: Array,
    resolution: float,
) -> tuple[Sampled, Sampling]:
    """Rates in steps, and the errors reached, for the transitions of `constant`, and its `lethal` if no shares move."""
    fixed = constant.lethal[0] if constant.lethal.any() else None
    sample = _Sampler(rates, fixed if shares is None else shares, constant.types)
    tables = (constant.mutations, constant.switches)
    transitions = np.stack([table.leaving(len(constant.types))[0] for table in tables])
    final = sample(np.array([until]))
    ends = np.concatenate([[0.0], kinks, [until]])
    longest = max(1.0, until / _FEWEST_STEPS)
    pieces = [np.linspace(a, b, 1 + int(np.ceil((b - a) / longest))) for a, b in pairwise(ends)]
    start = np.concatenate([p[:-1] for p in pieces])
    end = np.concatenate([p[1:] for p in pieces])
    if len(start) > MAX_STEPS:
        raise ModelError(f"breakpoints make more than {MAX_STEPS} steps; got {len(kinks)} of them.")
    steps = Steps.over(start, end, None, sample)
    # What one type's propagator shows, until the whole process agrees as well.
    wanted = tolerance
    scan = Scan(sample, until, resolution)
    for _ in range(8):
        steps, reached, inside = _refine(steps, sample, transitions, kinks, wanted, between, scan)
        coarse, fine = (_process(constant, steps, x, final) for x in (False, True))
        seen = _disagreement(coarse, fine, until)
        if seen <= tolerance:
            sampling = Sampling(until=until, tolerance=max(reached, seen), between=inside, resolution=scan.resolution)
            return coarse[0], sampling
        wanted = min(wanted, reached) * 0.5 * tolerance / seen
    raise ModelError(
        f"tolerance = {tolerance!r} was not reached (error {seen:.2g}). Name times at which rates jump or have a kink "
        "in breakpoints, or take a larger tolerance."
    )


def _refine(
    steps: Steps, sample: _Sampler, transitions: Array, kinks: Array, tolerance: float, between: float, scan: Scan
) -> tuple[Steps, float, float]:
    """Cuts steps until errors add up to the tolerance; the errors reached."""
    while True:
        found, inside = steps.errors(transitions, kinks)
        hidden = scan.missed(steps)
        # Errors of what is 1 for a step of no length add up; of what is 0 there, the largest counts.
        total, largest = float(found[:, 0].sum()), float(found[:, 1].max())
        # The factor: a probability is a quotient of two entries.
        reached = 2.0 * (total + largest)
        share = 0.25 * tolerance
        unseen = float(hidden.sum()) > share
        if reached <= tolerance and not unseen and inside.max() <= between:
            return steps, reached, float(inside.max())
        chosen = (found[:, 1] > share) | (inside > between)
        if total > share:
            chosen |= found[:, 0] > share / len(found)
        if unseen:
            chosen |= hidden > share / len(found)
        worst = int(np.argmax(found.sum(axis=1) + hidden))
        too_fine = (steps.end - steps.start)[chosen] <= 1e-13 * steps.end[-1]
        if len(steps.start) + int(chosen.sum()) > MAX_STEPS or too_fine.any():
            raise ModelError(
                f"tolerance = {tolerance:.2g} needs more than {MAX_STEPS} steps, or steps too short for the clock: the "
                f"rates vary fastest near t = {float(steps.start[worst]):.6g} days. Name times at which they jump or "
                "have a kink in breakpoints, or take a larger tolerance or between."
            )
        steps = steps.split(chosen, sample)


def _process(constant: ProcessFields, steps: Steps, fine: bool, final: Array) -> tuple[Sampled, Compiled]:
    """Rates and the process with them, of the steps or of their halves; equal neighbors are one."""
    parts = 4 if fine else 2
    moments = moments_of(steps.halves)
    values = constants(moments if fine else joined(moments)).reshape(-1, *final.shape[1:])
    length = steps.end - steps.start
    starts = (steps.start[:, None] + length[:, None] * (np.arange(parts) / parts)).ravel()
    values = np.concatenate([values, final])
    starts = np.append(starts, steps.end[-1])
    new = np.append(True, (values[1:] != values[:-1]).any(axis=(1, 2)))
    birth, death, ends = (np.ascontiguousarray(x) for x in (values[new, 0], values[new, 1], starts[new][1:]))
    lethal = np.broadcast_to(constant.lethal, birth.shape).copy()
    if values.shape[1] == 3 and not constant.lethal.any():
        np.divide(values[new, 2], birth, out=lethal, where=birth > 0.0)
        np.minimum(lethal, 1.0, out=lethal)
    process = compiled(
        constant.types,
        breakpoints=ends,
        birth=birth,
        death=death,
        lethal=lethal,
        mutations=constant.mutations,
        switches=constant.switches,
        pulses=constant.pulses,
    )
    return Sampled(birth, death, lethal, ends), process


def _disagreement(coarse: tuple[Sampled, Compiled], fine: tuple[Sampled, Compiled], until: float) -> float:
    """The largest relative difference of extinction and survival from one cell of each type, and of mean counts."""
    k, most = coarse[0].birth.shape[1], 0.0
    ones, horizon = np.ones(k), np.array([until])

    def answers(process: Compiled) -> list[Array]:
        pair = _core.backward(process, ones, np.zeros(k), horizon)
        found = [pair.presence, pair.absence]
        try:
            return [*found, _core.mean_counts(process, ones[None, :], horizon).counts]
        except SimulationError:  # means beyond 1e290 are compared by nobody
            return found

    for a, b in zip(answers(coarse[1]), answers(fine[1]), strict=False):
        some = b > 0
        most = max([most, *np.abs(a[some] / b[some] - 1.0).ravel()])
    return float(most)
