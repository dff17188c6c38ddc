"""Rates that change continuously, sampled once into steps of constant rates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.errors import ModelError, SimulationError
from chemoevo.process.compiled import Compiled, compiled
from chemoevo.process.magnus import Steps, constants, joined, moments_of
from chemoevo.process.moving import Moving, NewPairError
from chemoevo.process.sampled import Sampling
from chemoevo.process.sampler import Rates, Sampler, Shares
from chemoevo.process.scan import Scan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.fields import ProcessFields
    from chemoevo.process.transitions import Transitions

    Array = NDArray[np.float64]

MAX_STEPS = 100_000
"""Steps beyond which sampling gives up."""

# A feature between two nodes goes unseen, so steps are at most a day long; or this share of the time, if it is longer.
_FEWEST_STEPS = 512


@dataclass(frozen=True)
class Sampled:
    """Births, deaths and shares of lethal divisions (intervals, types), the breakpoints, and all transitions."""

    birth: Array
    death: Array
    lethal: Array
    ends: Array
    mutations: Transitions
    switches: Transitions


def sample_rates(
    constant: ProcessFields,
    rates: Rates,
    shares: Shares | None,
    moving: tuple[Moving | None, Moving | None],
    *,
    until: float,
    tolerance: float,
    between: float,
    kinks: Array,
    resolution: float,
) -> tuple[Sampled, Sampling]:
    """Rates in steps, and the errors reached: what moves, and what does not as `constant` has it."""
    lethal = constant.lethal[0] if constant.lethal.any() else None
    sample = Sampler(constant.types, rates, lethal if shares is None else shares, *moving)
    tables = (constant.mutations, constant.switches)
    fixed = [table if part is None else part.beside(table) for table, part in zip(tables, moving, strict=True)]
    still = _Still(constant, fixed[0], fixed[1])
    while True:
        try:
            return _sample(still, sample, until, tolerance, between, kinks, resolution)
        except NewPairError:
            # A transition so short that no look saw it: from the start, with it.
            continue


@dataclass(frozen=True)
class _Still:
    """What does not move: transitions, lethal divisions, pulses."""

    fields: ProcessFields
    mutations: Transitions
    switches: Transitions

    def leaving(self) -> Array:
        """Sums of mutation probabilities and of switching rates, (2, types)."""
        return np.stack([t.leaving(len(self.fields.types))[0] for t in (self.mutations, self.switches)])


def _sample(
    still: _Still, sample: Sampler, until: float, tolerance: float, between: float, kinks: Array, resolution: float
) -> tuple[Sampled, Sampling]:
    """One attempt, with the transitions that the looks see."""
    sample(np.array([until]))
    ends = np.concatenate([[0.0], kinks, [until]])
    longest = max(1.0, until / _FEWEST_STEPS)
    pieces = [np.linspace(a, b, 1 + int(np.ceil((b - a) / longest))) for a, b in pairwise(ends)]
    start = np.concatenate([p[:-1] for p in pieces])
    end = np.concatenate([p[1:] for p in pieces])
    if len(start) > MAX_STEPS:
        raise ModelError(f"breakpoints make more than {MAX_STEPS} steps; got {len(kinks)} of them.")
    scan = Scan(sample, until, resolution)
    sample.settle()
    final, fixed = sample(np.array([until])), still.leaving()
    steps = Steps.over(start, end, None, sample)
    # What one type's propagator shows, until the whole process agrees as well.
    wanted = tolerance
    for _ in range(8):
        steps, reached, inside = _refine(steps, sample, fixed, kinks, wanted, between, scan)
        coarse, fine = (_process(still, steps, x, final) for x in (False, True))
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
    steps: Steps, sample: Sampler, fixed: Array, kinks: Array, tolerance: float, between: float, scan: Scan
) -> tuple[Steps, float, float]:
    """Cuts steps until errors add up to the tolerance; the errors reached."""
    while True:
        found, inside = steps.errors(fixed, kinks)
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


def _process(still: _Still, steps: Steps, fine: bool, final: Array) -> tuple[Sampled, Compiled]:
    """Rates and the process with them, of the steps or of their halves; equal neighbors are one."""
    parts = 4 if fine else 2
    moments = moments_of(steps.halves)
    values = constants(moments if fine else joined(moments)).reshape(-1, *final.shape[1:])
    length = steps.end - steps.start
    starts = (steps.start[:, None] + length[:, None] * (np.arange(parts) / parts)).ravel()
    values = np.concatenate([values, final])
    starts = np.append(starts, steps.end[-1])
    new = np.append(True, (values[1:] != values[:-1]).any(axis=(1, 2)))
    values, ends = values[new], starts[new][1:]
    birth, death, lethal = steps.channels.process(values)
    if still.fields.lethal.any():
        lethal = np.broadcast_to(still.fields.lethal, birth.shape).copy()
    mutations, switches = steps.channels.transitions(values, still.mutations, still.switches)
    process = compiled(
        still.fields.types,
        breakpoints=ends,
        birth=birth,
        death=death,
        lethal=lethal,
        mutations=mutations,
        switches=switches,
        pulses=still.fields.pulses,
    )
    return Sampled(birth, death, lethal, ends, mutations, switches), process


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
