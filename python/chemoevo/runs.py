"""A simulation whose arguments are checked and resolved: it runs all of its replicates, some of them, or one again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.ensemble import Ensemble

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.counts import Counts
    from chemoevo.crossings import Crossings
    from chemoevo.options import Limits, Stop
    from chemoevo.process import BranchingProcess


RECORDS = ("counts", "clones")
"""What a run can record."""


@dataclass(frozen=True, eq=False)
class Run:
    """What decides the numbers of every replicate; threads and progress do not.

    Attributes
    ----------
    initial
        (cells) uint64 of shape (1, types), common to all replicates, or (replicates, types).
    engine
        The engine that was asked for.
    tolerance
        That of leaping; None forbids it.
    """

    process: BranchingProcess
    initial: NDArray[np.uint64]
    times: NDArray[np.float64]
    replicates: range
    seed: int
    stage: int
    engine: str
    tolerance: float | None
    stop: Stop | None
    limits: Limits
    record: str = "counts"
    counted: Counts | None = None
    crossings: Crossings | None = None

    @classmethod
    def of(cls, ensemble: Ensemble) -> Run:
        """The run that gave the ensemble."""
        return cls(
            process=ensemble.process,
            initial=ensemble.initial[:1] if ensemble.common_initial else ensemble.initial,
            times=ensemble.times,
            replicates=ensemble.replicates,
            seed=ensemble.seed,
            stage=ensemble.stage,
            engine=ensemble.asked,
            tolerance=ensemble.tolerance,
            stop=ensemble.stop,
            limits=ensemble.limits,
            record=ensemble.record,
            counted=ensemble.counted,
            crossings=ensemble.noted,
        )

    def to_dict(self) -> dict[str, Any]:
        """What decides the numbers of every replicate, as plain data; of initial cells a row each, their digest."""
        common = len(self.initial) == 1
        recorded = {"counted": self.counted, "crossings": self.crossings}
        return {
            "process": self.process.to_dict(),
            "initial": self.initial[0].tolist() if common else sha256(self.initial.tobytes()).hexdigest(),
            "times": self.times.tolist(),
            "seed": self.seed,
            "stage": self.stage,
            "asked": self.engine,
            "tolerance": self.tolerance,
            "record": self.record,
            **{name: one.to_dict() for name, one in recorded.items() if one is not None},
            "stop": None if self.stop is None else self.stop.to_dict(),
            "limits": self.limits.to_dict(),
        }

    def part(self, replicates: range) -> Run:
        """Some of the replicates, each with its number, its initial state and so its history."""
        first = self.replicates.start
        common = len(self.initial) == 1 < len(self.replicates) or replicates == self.replicates
        rows = self.initial if common else self.initial[replicates.start - first : replicates.stop - first].copy()
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Run(**{**values, "initial": rows, "replicates": replicates})

    def simulate(self, *, threads: int | None = None, tell: Callable[[int, int], object] | None = None) -> Ensemble:
        """Runs it, on `threads` threads; `tell` gets (done, total)."""
        stop = self.stop
        flags = [stop is None or stop.of is None or name in stop.of for name in self.process.types]
        columns = _core.simulate(
            self.process._core,
            np.ascontiguousarray(self.initial),
            self.replicates.start,
            len(self.replicates),
            self.times,
            _key(self.seed, self.stage),
            self.engine,
            self.tolerance,
            None if stop is None else (stop.size, None if all(flags) else flags, stop.retry),
            self.limits.size,
            self.limits.events,
            self.limits.clones if self.record == "clones" else None,
            [] if self.crossings is None else [sum_[1:] for sum_ in self.crossings.sums(self.process.types)],
            None if self.counted is None else self.counted.columns(self.process.types),
            # Handing one replicate to several threads, or asking how many there are, takes longer than a small one.
            1 if len(self.replicates) == 1 else None if threads is None else int(threads),
            tell,
        )
        return Ensemble(
            process=self.process,
            initial=self.initial,
            times=self.times,
            replicates=self.replicates,
            seed=self.seed,
            stage=self.stage,
            asked=self.engine,
            tolerance=self.tolerance,
            stop=stop,
            limits=self.limits,
            columns=columns[:7],
            clones=columns[7],
            counted=self.counted,
            noted=self.crossings,
            crossing_times=columns[8].reshape(len(self.replicates), -1) if self.crossings is not None else None,
        )


@lru_cache(maxsize=256)
def _key(seed: int, stage: int) -> bytes:
    words = np.random.SeedSequence(entropy=seed, spawn_key=(stage,)).generate_state(8, np.uint32)
    return words.astype("<u4").tobytes()
