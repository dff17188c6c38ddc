"""The arguments of `simulate` as they were given, in one value that travels unopened to where they are checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from chemoevo.ensemble.record import Recording

if TYPE_CHECKING:
    from chemoevo.ensemble.options import Limits, Stop

Engine = Literal["auto", "direct", "bnb", "leap"]
Report = Callable[[int, int], object]
"""Is told (done, total)."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Request:
    """What is asked of a simulation, unchecked; every field as for `simulate`."""

    initial: Any = None
    times: Any = None
    replicates: int | range | None = None
    seed: int | None = None
    stage: int = 0
    engine: Engine | None = None
    exact: bool = False
    tolerance: float | None = None
    stop: Stop | None = None
    limits: Limits | None = None
    record: Recording | Sequence[Recording] = "counts"
    threads: int | None = None
    progress: bool | Report = False
