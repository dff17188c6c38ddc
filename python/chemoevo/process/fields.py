"""What a process is made of, checked and frozen: text, plain data and equations are handed this."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.competition import Competition
    from chemoevo.process.compiled import Compiled
    from chemoevo.process.pulse import Pulse
    from chemoevo.process.sampled import Sampling
    from chemoevo.process.transitions import Transitions


class ProcessFields:
    """The parts of a `BranchingProcess`, which its documentation describes.

    Attributes
    ----------
    mutations, switches
        The transitions as the core takes them: indices of types, and their values.
    compiled
        The process in the core.
    divisions, deaths
        (per cell and day) Rates of divisions that succeed and of all deaths, lethal divisions among them, without
        competition: what independent cells do, of shape (intervals, types).
    """

    __slots__ = (
        "birth",
        "breakpoints",
        "competition",
        "compiled",
        "death",
        "deaths",
        "divisions",
        "lethal",
        "mutations",
        "pulses",
        "sampling",
        "switches",
        "types",
    )

    types: tuple[str, ...]
    birth: NDArray[np.float64]
    death: NDArray[np.float64]
    lethal: NDArray[np.float64]
    divisions: NDArray[np.float64]
    deaths: NDArray[np.float64]
    breakpoints: NDArray[np.float64]
    pulses: tuple[Pulse, ...]
    competition: Competition | None
    sampling: Sampling | None
    mutations: Transitions
    switches: Transitions
    compiled: Compiled

    @property
    def instants(self) -> NDArray[np.float64]:
        """(days) Times of pulses, in order: an observation that is there up to rounding is there."""
        return np.array([pulse.time for pulse in self.pulses])

    @property
    def mutation(self) -> dict[tuple[str, str], float | NDArray[np.float64]]:
        """(per division) {(from, to): probability}, a float or an array of shape (intervals,)."""
        return self.mutations.as_mapping(self.types)

    @property
    def switching(self) -> dict[tuple[str, str], float | NDArray[np.float64]]:
        """(per cell and day) {(from, to): rate}, a float or an array of shape (intervals,)."""
        return self.switches.as_mapping(self.types)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed; build a new one to set {name!r}")

    __delattr__ = __setattr__  # type: ignore[assignment]

    def _identity(self) -> tuple[object, ...]:
        tables = (table.identity() for table in (self.mutations, self.switches))
        rates = tuple(x.tobytes() for x in (self.birth, self.death, self.lethal, self.breakpoints))
        crowding = None if self.competition is None else self.competition.as_core(self.types)
        return (self.types, *rates, *tables, self.pulses, crowding, self.sampling)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ProcessFields):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())
