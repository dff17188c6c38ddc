"""A process as the core takes it: the one place where it is handed over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chemoevo import _core

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chemoevo.process.competition import Competition
    from chemoevo.process.pulse import Pulse
    from chemoevo.process.transitions import Transitions

Compiled = _core.Process
"""A process in the core."""


def compiled(
    types: tuple[str, ...],
    *,
    breakpoints: NDArray[np.float64],
    birth: NDArray[np.float64],
    death: NDArray[np.float64],
    mutations: Transitions,
    switches: Transitions,
    pulses: Iterable[Pulse] = (),
    competition: Competition | None = None,
    lethal: NDArray[np.float64] | None = None,
    spared: NDArray[np.bool_] | None = None,
) -> Compiled:
    """Hands the parts of a process, all checked, to the core; `spared` flags types that no pulse touches."""
    touched = [spared is None or not spared[i] for i in range(len(types))]
    return _core.Process(
        breakpoints,
        _once(birth),
        _once(death),
        mutations.as_core(),
        switches.as_core(),
        [
            (p.time, [p.survival.get(name, 1.0) if hit else 1.0 for name, hit in zip(types, touched, strict=True)])
            for p in pulses
        ],
        None if competition is None else competition.as_core(types),
        lethal if lethal is not None and lethal.any() else None,
    )


def _once(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """One row of rates (intervals, types) whose rows are one in memory."""
    return rates[:1] if rates.strides[0] == 0 else rates
