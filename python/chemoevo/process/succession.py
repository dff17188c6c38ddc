"""One process after another: growth up to an age, then therapy, as one process."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.process.branching import BranchingProcess

if TYPE_CHECKING:
    from numpy.typing import NDArray


def joined(growth: BranchingProcess, process: BranchingProcess, age: float) -> BranchingProcess:
    """Growth up to an age, then another process whose time 0 that is."""
    first = intervals_until(growth, age)
    tables: dict[str, Any] = {}
    for name in ("mutation", "switching"):
        rows: dict[tuple[str, str], NDArray[np.float64]] = {}
        for part, model, number in ((0, growth, first), (first, process, len(process.birth))):
            for pair, value in getattr(model, name).items():
                row = rows.setdefault(pair, np.zeros(first + len(process.birth)))
                row[part : part + number] = np.broadcast_to(value, len(model.birth))[:number]
        tables[name] = rows or None
    return BranchingProcess(
        types=process.types,
        birth=np.concatenate([growth.birth[:first], process.birth]),
        death=np.concatenate([growth.death[:first], process.death]),
        lethal=np.concatenate([growth.lethal[:first], process.lethal]),
        breakpoints=np.concatenate([growth.breakpoints[: first - 1], [age], age + process.breakpoints]),
        pulses=[
            *(pulse for pulse in growth.pulses if pulse.time <= age),
            *(replace(pulse, time=age + pulse.time) for pulse in process.pulses),
        ],
        **tables,
    )


def intervals_until(growth: BranchingProcess, age: float) -> int:
    """Number of intervals of constant rates that begin before an age."""
    return int(np.searchsorted(growth.breakpoints, age)) + 1
