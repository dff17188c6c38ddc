"""The result of a simulation: columns, outcomes, summaries, and all that is needed to run it again."""

from __future__ import annotations

import os
import platform
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from chemoevo import _core
from chemoevo.clones import CloneTables, WithClones
from chemoevo.crossings import Crossings, crossing_table
from chemoevo.summary import summarize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from chemoevo.counts import Counts
    from chemoevo.options import Limits, Stop
    from chemoevo.process import BranchingProcess

OUTCOMES = ("extinct", "alive", "stopped", "size_limit", "event_limit", "clone_limit")
"""How a replicate ends, in the order of the core's codes."""
ENGINES = ("direct", "bnb", "leap")
"""Engines, in the order of the core's bits."""
_LEAPT = 4
_CUT_SHORT = 2  # from this code on a replicate ended before the last observation time


class Ensemble(WithClones):
    """Replicates of one process under one seed.

    Attributes
    ----------
    counts
        (cells) uint64 of shape (replicates, times, types), read-only; of shape (replicates, times, labels) with
        `record=Counts(...)`. After the end of a replicate its last state repeats.
    labels
        Names of the columns of `counts`: `types`, or the labels of `Counts`.
    initial, final
        (cells) uint64 of shape (replicates, types), read-only; `final` is the state at `outcomes["time"]`.
    times
        (days) float64 of shape (times,), read-only.
    types
        Names of the types.
    replicates
        The numbers of the replicates, a range.
    seed
        The seed, also where none was given.
    stage
        0, and one more for a run that started from an `Ensemble`.
    engine
        What ran, "direct", "bnb" or "leap", joined by + where it was not one alone: "bnb+leap".
    exact
        Whether the law of the process was sampled without approximation: whether nothing leapt.
    asked, tolerance
        The engine that was asked for, and the tolerance of leaping; None where leaping was forbidden.
    record
        "counts" or "clones": what was recorded.
    counted
        The `Counts` that were asked for; None where those of every type are there.
    noted, crossing_times
        The `Crossings` that were asked for, and the times (days) of shape (replicates, sizes), infinite where a size
        was not reached, in the order of the rows of `crossings`; None where none were.
    process, stop, limits
        What was run.
    growth
        For a scenario, the ensemble of growth from which therapy started; otherwise None.

    See Also
    --------
    load, concat, simulate_chunks
    """

    def __init__(
        self,
        *,
        process: BranchingProcess,
        initial: NDArray[np.uint64],
        times: NDArray[np.float64],
        replicates: range,
        seed: int,
        stage: int,
        asked: str,
        tolerance: float | None,
        stop: Stop | None,
        limits: Limits,
        columns: tuple[NDArray[Any], ...],
        clones: tuple[NDArray[Any], ...] | None = None,
        counted: Counts | None = None,
        noted: Crossings | None = None,
        crossing_times: NDArray[np.float64] | None = None,
        growth: Ensemble | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        self.process = process
        self.types = process.types
        self.times = times
        self.replicates = replicates
        self.seed = seed
        self.stage = stage
        self.asked = asked
        self.tolerance = tolerance
        self.stop = stop
        self.limits = limits
        self.growth = growth
        self.record = "counts" if clones is None else "clones"
        self._clones = (
            None if clones is None else CloneTables(clones, replicates=replicates, times=times, types=self.types)
        )
        self.counted = counted
        self.labels = self.types if counted is None else counted.labels
        self.noted = noted
        self.crossing_times = crossing_times
        if crossing_times is not None:
            crossing_times.flags.writeable = False
        self._versions = versions
        self.counts: NDArray[np.uint64]
        self.final: NDArray[np.uint64]
        self.counts, self.final, self._code, self._end, self._rejected, self._steps, self._engines = columns
        same = initial.shape == self.final.shape
        self.initial: NDArray[np.uint64] = initial.view() if same else np.broadcast_to(initial, self.final.shape)
        self.initial.flags.writeable = False
        for array in (self.counts, self.final, self.times, *columns[2:]):
            array.flags.writeable = False

    @property
    def engine(self) -> str:
        """The engines that ran, joined by +."""
        bits = np.bitwise_or.reduce(self._engines, initial=0)
        ran = [name for bit, name in enumerate(ENGINES) if bits >> bit & 1]
        return "+".join(ran) if ran else "bnb"

    @property
    def exact(self) -> bool:
        """Whether the law of the process was sampled without approximation."""
        return not (self._engines & _LEAPT).any()

    def __len__(self) -> int:
        return len(self.replicates)

    @cached_property
    def outcomes(self) -> pl.DataFrame:
        """How every replicate ended, one row a replicate in order.

        Columns: replicate (number), outcome ("extinct", "alive", "stopped", "size_limit", "event_limit",
        "clone_limit"), time (days; exact), and `rejected` (attempts that died out before) where `stop.retry` is True.
        """
        extra = ("steps", "engines")
        return self.ends.drop(extra if self.stop is not None and self.stop.retry else ("rejected", *extra))

    @property
    def ends(self) -> pl.DataFrame:
        """`outcomes` with `rejected` whatever the stop, `steps`, and `engines` (the sum of 1 direct, 2 bnb, 4 leap)."""
        return pl.DataFrame(
            {
                "replicate": _numbers(self.replicates),
                "outcome": pl.Series(OUTCOMES, dtype=pl.Enum(OUTCOMES)).gather(self._code.astype(np.uint32)),
                "time": self._end,
                "rejected": self._rejected,
                "steps": self._steps,
                "engines": self._engines,
            }
        )

    @cached_property
    def trajectories(self) -> pl.DataFrame:
        """Counts in long form: replicate, time (days), type (with `Counts` a label), count (cells).

        A replicate has no rows after a stop or a limit; an extinct one keeps its zeros.
        """
        n, t, k = self.counts.shape
        names = pl.Series(self.labels, dtype=pl.Enum(self.labels))
        frame = pl.DataFrame(
            {
                "replicate": np.repeat(_numbers(self.replicates), t * k),
                "time": np.tile(np.repeat(self.times, k), n),
                "type": names.gather(np.tile(np.arange(k, dtype=np.uint32), n * t)),
                "count": self.counts.reshape(-1),
            }
        )
        if (self._code >= _CUT_SHORT).any():
            frame = frame.filter(np.repeat(~self._cut(), k))
        return frame

    @cached_property
    def crossings(self) -> pl.DataFrame:
        """When numbers of cells were first reached, where `record=Crossings(...)` was asked for.

        Columns: replicate, what ("total", or the types counted, joined by +), size (cells), time (days; null where the
        size was not reached until the replicate ended), ended_at (days) and outcome. A null of an "extinct" replicate
        says that the size is never reached; any other that it was not until `ended_at`.

        Raises
        ------
        AttributeError
            If crossings were not recorded.
        """
        if self.noted is None or self.crossing_times is None:
            raise AttributeError("crossings were not recorded. Run it with ce.simulate(..., record=ce.Crossings(...)).")
        return crossing_table(self.noted, self.types, self.crossing_times, self.ends)

    def _cut(self) -> NDArray[np.bool_]:
        """(replicates, times): whether a replicate had ended at a stop or a limit before that time."""
        late: NDArray[np.bool_] = self.times[None, :] > self._end[:, None]
        return late & (self._code >= _CUT_SHORT)[:, None]

    def summary(self) -> pl.DataFrame:
        """Statistics over replicates at every time, by type and for the total; with `Counts` by label.

        Returns
        -------
        polars.DataFrame
            Columns: time (days), type (a name, a label or "total"), n (replicates), mean, sd, q05, q25, q50, q75, q95
            (cells), absent (share of replicates without such cells) with its 95 % Wilson interval
            absent_low and absent_high, and ended (replicates that had met a stop or a limit before; they
            count with their last state). Extinct replicates count with zeros.
        """
        return summarize(self.counts, self.times, self.labels, self._cut().sum(axis=0), total=self.counted is None)

    @property
    def versions(self) -> dict[str, str]:
        """Versions of chemoevo, numpy, polars and Python, and the platform, where the replicates ran."""
        return dict(versions_here() if self._versions is None else self._versions)

    @property
    def common_initial(self) -> bool:
        """Whether all replicates were given one initial state, rather than one row each."""
        return self.initial.strides[0] == 0 or len(self.initial) == 1

    def replicate(self, number: int, *, record: Literal["clones"] | None = None) -> Ensemble:
        """Runs one replicate again, which gives the same numbers; also with its clones, where they were not recorded.

        Parameters
        ----------
        number
            Number of the replicate, one of `replicates`.
        record
            "clones" records every clone; None what the ensemble recorded.

        Returns
        -------
        Ensemble
            Of this replicate alone; that of a scenario has its `growth` too, and clones are those of the therapy, from
            one of each type on (`ens.growth.replicate(number, record="clones")` has those of the growth).

        Raises
        ------
        ModelError
            If the ensemble has no such replicate; or if clones are asked for where it leapt or was never treated.
        TypeError
            If the number is not an integer.
        SimulationError
            If the numbers are others: the ensemble comes from another version or platform.

        Warns
        -----
        UserWarning
            If the replicate with its clones is not the same history: see the notes.

        Notes
        -----
        What ran in `direct` without pulses is the same history with clones and without. Event-skipping, and pulses in
        both engines, draw other numbers where they follow every clone: the replicate is then the one that
        `simulate(..., record="clones")` gives under this seed and number, another history of the same law.

        Examples
        --------
        >>> import chemoevo as ce
        >>> process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
        >>> ens = ce.simulate(process, initial={"S": 5}, times=[10, 20], replicates=100, seed=1)
        >>> again = ens.replicate(7)
        >>> again.replicates, bool((again.counts[0] == ens.counts[7]).all())
        (range(7, 8), True)
        >>> ens = ce.simulate(process, initial={"S": 5}, times=[10, 20], replicates=100, seed=1, engine="direct")
        >>> again = ens.replicate(7, record="clones")
        >>> bool((again.counts[0] == ens.counts[7]).all()), len(again.clones)
        (True, 1)
        """
        from chemoevo.again import run_again

        return run_again(self, number, record)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Writes the ensemble into a folder that `chemoevo.load` reads back, equal in every attribute.

        Parameters
        ----------
        path
            The folder; it is made, with its parents, if missing.
        overwrite
            Whether an ensemble that is there may be replaced. Other files there are never touched.

        Raises
        ------
        ModelError
            If the folder has an ensemble and `overwrite` is False, or cannot be written.

        Notes
        -----
        `counts.parquet` has one row a replicate and time and one column `count_<type>` a type (with `Counts`
        `count_<label>`), `replicates.parquet` one row a replicate, and `ensemble.json` the provenance, process and
        all. Recorded clones add `clones.parquet` and `clone-sizes.parquet`, noted crossings `crossings.parquet`; a
        scenario adds the files of `growth`. The files appear together or not at all.
        Writing needs memory for a copy of the counts.

        Examples
        --------
        >>> import tempfile
        >>> import chemoevo as ce
        >>> process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
        >>> ens = ce.simulate(process, initial={"S": 5}, times=[10, 20], replicates=100, seed=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     ens.save(f"{folder}/ensemble")
        ...     again = ce.load(f"{folder}/ensemble")
        >>> bool((again.counts == ens.counts).all()), again.provenance == ens.provenance
        (True, True)
        """
        from chemoevo.storage import save

        save(self, path, overwrite=overwrite)

    def without_run(self, chosen: NDArray[np.bool_], outcome: str) -> Ensemble:
        """The same ensemble, in which the chosen replicates never ran: they keep their initial state.

        Parameters
        ----------
        chosen
            Which replicates, of shape (replicates,).
        outcome
            What is said of them, at time 0.
        """
        ends = (self._code, self._end, self._rejected, self._steps, self._engines)
        columns = [np.array(c) for c in (self.counts, self.final, *ends)]
        cells = (
            self.initial[chosen] if self.counted is None else self.counted.of_states(self.initial[chosen], self.types)
        )
        columns[0][chosen] = cells[:, None, :]
        columns[1][chosen] = self.initial[chosen]
        columns[2][chosen] = OUTCOMES.index(outcome)
        for column in columns[3:]:
            column[chosen] = 0
        return Ensemble(
            process=self.process,
            initial=self.initial,
            times=self.times,
            replicates=self.replicates,
            seed=self.seed,
            stage=self.stage,
            asked=self.asked,
            tolerance=self.tolerance,
            stop=self.stop,
            limits=self.limits,
            columns=tuple(columns),
            counted=self.counted,
            noted=self.noted,
            crossing_times=self.crossing_times,
            growth=self.growth,
            versions=self._versions,
        )

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """How the ensemble was made, as plain data.

        It is all that is needed to run it again, except initial cells that differ from replicate to replicate: those
        are in `initial`, or come from the run before it.
        """
        return {
            **self.versions,
            "process": self.process.to_dict(),
            "initial": self.initial[0].tolist() if self.common_initial else "one row a replicate",
            "times": self.times.tolist(),
            "replicates": [self.replicates.start, self.replicates.stop],
            "seed": self.seed,
            "stage": self.stage,
            "engine": self.engine,
            "exact": self.exact,
            "asked": self.asked,
            "tolerance": self.tolerance,
            "record": self.record,
            "counted": None if self.counted is None else self.counted.to_dict(),
            "crossings": None if self.noted is None else self.noted.to_dict(),
            "stop": None if self.stop is None else self.stop.to_dict(),
            "limits": self.limits.to_dict(),
            "steps": int(self._steps.sum()),
        }

    def __repr__(self) -> str:
        n, t, _ = self.counts.shape
        k = f"{len(self.types)}, labels={len(self.labels)}" if self.counted is not None else len(self.types)
        numbers = np.bincount(self._code, minlength=len(OUTCOMES))
        ended = ", ".join(f"{count} {name}" for name, count in zip(OUTCOMES, numbers, strict=True) if count)
        law = "exact" if self.exact else "approximate"
        return (
            f"Ensemble(replicates={n}, times={t}, types={k}, engine={self.engine!r}, {law}, seed={self.seed}; {ended})"
        )

    def _repr_html_(self) -> str:
        import html

        return f"<p><code>{html.escape(repr(self))}</code></p>{self.summary()._repr_html_()}"


@cache
def versions_here() -> dict[str, str]:
    """What computes here and now, as the provenance names it."""
    return {
        "chemoevo": _core.__version__,
        "numpy": np.__version__,
        "polars": pl.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def _numbers(replicates: range) -> NDArray[np.uint64]:
    return np.arange(replicates.start, replicates.stop, dtype=np.uint64)
