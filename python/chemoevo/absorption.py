"""Processes in which some types end: what the questions about a first time and about "ever" are asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process import BranchingProcess


def absorbing(
    process: BranchingProcess, stopped: NDArray[np.bool_], doomed: NDArray[np.bool_] | None = None
) -> _core.Process:
    """The process in which cells of the stopped types stay for ever and do nothing.

    Whether one is there at t is then whether one was ever there until t. With `doomed`, cells of those types have no
    events but death after the last change of rates and the last pulse.
    """
    ends, birth, death = process.breakpoints, process.birth.copy(), process.death.copy()
    pairs, rates = process._switching
    rates = np.broadcast_to(rates, (len(birth), len(pairs))).copy()
    mutation = process._mutation[1]
    last = max((p.time for p in process.pulses), default=0.0)
    if doomed is not None and last > (ends[-1] if ends.size else 0.0):
        # The last pulse comes later than the last change: what follows it is an interval of its own.
        ends = np.append(ends, last)
        birth, death, rates = (np.concatenate([a, a[-1:]]) for a in (birth, death, rates))
        if len(mutation) > 1:
            mutation = np.concatenate([mutation, mutation[-1:]])
    sources = np.array([a for a, _ in pairs], dtype=np.intp)
    birth[:, stopped] = death[:, stopped] = 0.0
    rates[:, stopped[sources]] = 0.0
    if doomed is not None:
        birth[-1, doomed], death[-1, doomed] = 0.0, 1.0
        rates[-1, doomed[sources]] = 0.0
    return _core.Process(
        ends,
        birth,
        death,
        process._mutation[0],
        mutation,
        pairs,
        rates,
        [
            (
                p.time,
                [1.0 if stop else p.survival.get(name, 1.0) for name, stop in zip(process.types, stopped, strict=True)],
            )
            for p in process.pulses
        ],
        None,
    )


def leads_to(process: BranchingProcess, targets: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Types from which a target can be reached by mutations and switches after the last change; targets included."""
    edges = []
    for (pairs, values), is_mutation in ((process._mutation, True), (process._switching, False)):
        for (a, b), value in zip(pairs, values[-1] if len(pairs) else (), strict=True):
            if value > 0.0 and (not is_mutation or process.birth[-1, a] > 0.0):
                edges.append((a, b))
    reached = targets.copy()
    grown = True
    while grown:
        grown = False
        for a, b in edges:
            if reached[b] and not reached[a]:
                reached[a] = grown = True
    return reached


def log_never(process: BranchingProcess, targets: NDArray[np.bool_], *, absorbed: bool) -> NDArray[np.float64]:
    """Logarithm, a cell of each type, of P(no target ever) if `absorbed`, else of P(no line of a target never ends).

    After the last change, a line of cells that can lead to a target and never ends leads to one, almost surely; so "no
    target" is extinction of those lines, and cells that lead to none may as well be dead.
    """
    stopped = targets if absorbed else np.zeros_like(targets)
    core = absorbing(process, stopped, ~leads_to(process, targets))
    return _core.log_ultimate_extinction(core, np.eye(len(process.types), dtype=np.uint64))
