"""Processes in which some types end: what the questions about a first time and about "ever" are asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.process.compiled import Compiled, compiled
from chemoevo.process.transitions import aligned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess


def absorbing(
    process: BranchingProcess, stopped: NDArray[np.bool_], doomed: NDArray[np.bool_] | None = None
) -> Compiled:
    """The process in which cells of the stopped types stay for ever and do nothing.

    Whether one is there at t is then whether one was ever there until t. With `doomed`, cells of those types have no
    events but death after the last change of rates and the last pulse.
    """
    ends, birth, death = process.breakpoints, process.divisions.copy(), process.deaths.copy()
    pairs, mutation = process.switches.pairs, process.mutations.values
    rates = np.broadcast_to(process.switches.values, (len(birth), len(pairs))).copy()
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
    return compiled(
        process.types,
        breakpoints=ends,
        birth=birth,
        death=death,
        mutations=aligned(process.mutations.pairs, mutation),
        switches=aligned(pairs, rates),
        pulses=process.pulses,
        spared=stopped,
    )


def leads_to(process: BranchingProcess, targets: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Types from which a target can be reached by mutations and switches after the last change; targets included."""
    edges = np.zeros((len(targets), len(targets)), dtype=np.bool_)
    for i, j, value in process.mutations.in_interval(-1):
        edges[i, j] |= value > 0.0 and process.divisions[-1, i] > 0.0
    for i, j, value in process.switches.in_interval(-1):
        edges[i, j] |= value > 0.0
    return closed(edges, targets)


def closed(edges: NDArray[np.bool_], targets: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Types from which a target can be reached along edges (from, to), targets included."""
    reached = targets
    while True:
        wider = reached | edges[:, reached].any(axis=1)
        if (wider == reached).all():
            return reached
        reached = wider


def log_never(process: BranchingProcess, targets: NDArray[np.bool_], *, absorbed: bool) -> NDArray[np.float64]:
    """Logarithm, a cell of each type, of P(no target ever) if `absorbed`, else of P(no line of a target never ends).

    After the last change, a line of cells that can lead to a target and never ends leads to one, almost surely; so "no
    target" is extinction of those lines, and cells that lead to none may as well be dead.
    """
    stopped = targets if absorbed else np.zeros_like(targets)
    core = absorbing(process, stopped, ~leads_to(process, targets))
    return _core.log_ultimate_extinction(core, np.eye(len(process.types), dtype=np.int64))
