"""A simulation whose arguments are checked and resolved: it runs all of its replicates, or some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.base.instants import on_instants
from chemoevo.ensemble.columns import UNKNOWN, Columns, columns_of, same_values
from chemoevo.ensemble.following import asked
from chemoevo.ensemble.memory import left_over, needed_memory
from chemoevo.ensemble.options import Stop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.ensemble.options import Limits
    from chemoevo.ensemble.record import Record
    from chemoevo.ensemble.request import Report
    from chemoevo.process.branching import BranchingProcess


@dataclass(frozen=True, eq=False)
class Run:
    """What decides the numbers of every replicate; threads and progress do not.

    Attributes
    ----------
    initial
        (cells) int64 of shape (1, types), common to all replicates, or (replicates, types).
    stage
        The stage of a loop over states that the user named; with `continued` and the seed it names random streams.
    continued
        How many runs came before: 0, and one more for a run that started from the `Ensemble` of another one.
    engine
        The engine that was asked for.
    tolerance
        That of leaping; None forbids it.
    scenario
        What the process was made of, as plain data, where it is the therapy of a scenario.
    parts
        Type of the first cell, and size, of parts that run by themselves, each in streams of its own, until their
        sizes: the run is their sum. None, where there is one.
    """

    process: BranchingProcess
    initial: NDArray[np.int64]
    times: NDArray[np.float64]
    replicates: range
    seed: int
    stage: int
    continued: int
    engine: str
    tolerance: float | None
    stop: Stop | None
    limits: Limits
    record: Record
    scenario: Mapping[str, Any] | None = None
    parts: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        self.initial.flags.writeable = self.times.flags.writeable = False

    # Made anew, so that copies are read-only too.
    def __reduce__(self) -> tuple[type[Run], tuple[Any, ...]]:
        return Run, tuple(getattr(self, field.name) for field in fields(self))

    def __eq__(self, other: object) -> bool:
        return same_values(self, other)

    def __hash__(self) -> int:
        return hash((self.process, self.seed, self.stage, self.replicates))

    @property
    def common_initial(self) -> bool:
        """Whether all replicates have one initial state, rather than one row each."""
        return len(self.initial) == 1

    def to_dict(self) -> dict[str, Any]:
        """The run as plain data; where each replicate has initial cells of its own, a digest stands for them."""
        return {
            "process": self.process.to_dict(),
            "initial": self.initial[0].tolist() if self.common_initial else sha256(self.initial.tobytes()).hexdigest(),
            "times": self.times.tolist(),
            "seed": self.seed,
            "stage": self.stage,
            "continued": self.continued,
            "asked": self.engine,
            "tolerance": self.tolerance,
            **self.record.to_dict(),
            "stop": None if self.stop is None else self.stop.to_dict(),
            "limits": self.limits.to_dict(),
            **({} if self.scenario is None else {"scenario": dict(self.scenario)}),
            **({"parts": [list(part) for part in self.parts]} if self.parts else {}),
        }

    def provenance(self, columns: Columns, versions: Mapping[str, str]) -> dict[str, Any]:
        """How columns were made, as plain data: this run, what ran it, and where."""
        return {
            **versions,
            **self.to_dict(),
            "replicates": [self.replicates.start, self.replicates.stop],
            "engine": columns.engine,
            "exact": columns.exact,
            "steps": int(columns.steps.sum()),
            "followed": None if (columns.followed == UNKNOWN).any() else int(columns.followed.sum()),
        }

    def without(self, columns: Columns, chosen: NDArray[np.bool_], outcome: str) -> Columns:
        """Its columns, but that the chosen replicates never ran: they keep their initial states."""
        if not chosen.any():
            return columns
        initial = np.broadcast_to(self.initial, columns.final.shape)[chosen]
        counted = self.record.counted
        recorded = initial if counted is None else counted.of_states(initial, self.process.types)
        return columns.without(chosen, initial, recorded, outcome)

    def part(self, replicates: range) -> Run:
        """Some of the replicates, each with its number, its initial state and so its history."""
        first = self.replicates.start
        common = self.common_initial and len(self.replicates) > 1
        whole = common or replicates == self.replicates
        rows = self.initial if whole else self.initial[replicates.start - first : replicates.stop - first].copy()
        return replace(self, initial=rows, replicates=replicates)

    def outlook(self, more_than: float) -> tuple[str, float, float] | None:
        """The engine, its events per replicate and the seconds of one processor, if those are more than so many."""
        return self._plan().outlook(more_than)

    def simulate(self, *, threads: int | None = None, tell: Report | None = None) -> Columns:
        """Runs it, on `threads` threads; `tell` gets (done, total)."""
        # Handing one replicate to several threads, or asking how many there are, takes longer than a small one.
        number = 1 if len(self.replicates) == 1 else None if threads is None else int(threads)
        if not self.parts:
            return self._within(columns_of(self._plan().run(number, tell)))
        whole = None
        for k, (name, size) in enumerate(self.parts):
            alone = self._of_part(name, size)
            plan = alone._plan(key=_key(self.seed, self.continued, self.stage, k))
            found = alone._within(columns_of(plan.run(number, _nth(tell, k, len(self.parts)))))
            whole = found if whole is None else whole.plus(found)
        assert whole is not None
        return whole

    def _of_part(self, name: str, size: int) -> Run:
        """The run of one part, but for its streams."""
        cells = np.array([[int(one == name) for one in self.process.types]], dtype=np.int64)
        return replace(self, initial=cells, stop=Stop(size=size, retry=True), parts=())

    def _within(self, columns: Columns) -> Columns:
        """The columns with times of the end as they were asked for, also where the last one was moved to a pulse."""
        end, moved = self.times[-1], on_instants(self.times, self.process.instants)[-1]
        if moved == end:
            return columns

        def back(days: NDArray[np.float64]) -> NDArray[np.float64]:
            kept: NDArray[np.float64] = np.where(np.isfinite(days), np.minimum(days, end), days)
            kept[days == moved] = end
            return kept

        clones = columns.clones
        if clones is not None:
            clones = replace(clones, founded=back(clones.founded), extinct=back(clones.extinct))
        crossings = None if columns.crossings is None else back(columns.crossings)
        return replace(columns, time=back(columns.time), clones=clones, crossings=crossings)

    def _plan(self, *, key: bytes | None = None) -> _core.Plan:
        """The run as the core takes it; with a key of its own, or that of the run."""
        stop, record, types = self.stop, self.record, self.process.types
        plan = _core.Plan(
            self.process.compiled,
            np.ascontiguousarray(self.initial),
            on_instants(self.times, self.process.instants),
            numbers=(self.replicates.start, len(self.replicates)),
            key=_key(self.seed, self.continued, self.stage) if key is None else key,
        )
        plan = plan.with_engine(self.engine, self.tolerance).with_limits(*self.limits.of_any_run)
        plan = plan.with_following(asked())
        if stop is not None:
            flags = [stop.of is None or name in stop.of for name in types]
            plan = plan.with_stop(stop.size, None if all(flags) else flags, stop.retry)
        if record.clones:
            sizes = (len(self.replicates), len(self.times), len(types), len(record.labels(types)))
            plan = plan.with_clones(self.limits.clones).with_room(left_over(needed_memory(*sizes)))
        if record.crossings is not None:
            plan = plan.with_crossings([sum_[1:] for sum_ in record.crossings.sums(types)])
        if record.counted is not None:
            plan = plan.with_sums(record.counted.columns(types))
        return plan


def _nth(tell: Report | None, k: int, number: int) -> Report | None:
    """Progress of one of several parts, reported as progress of all together."""
    if tell is None:
        return None
    report = tell
    return lambda done, total: report((k * total + done) // number, total)


@lru_cache(maxsize=256)
def _key(seed: int, continued: int, stage: int, part: int | None = None) -> bytes:
    # Keys of another length never meet: a stage that a user names has streams of its own, whatever continued what, and
    # so have the parts of a tumor.
    path: tuple[int, ...] = (continued, stage) if stage else (continued,)
    if part is not None:
        path = (continued, stage, part)
    words = np.random.SeedSequence(entropy=seed, spawn_key=path).generate_state(8, np.uint32)
    return words.astype("<u4").tobytes()
