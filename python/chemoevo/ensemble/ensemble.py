"""The result of a simulation: columns, outcomes, summaries, and all that is needed to run it again."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from chemoevo._core import OUTCOMES
from chemoevo.base.forks import check_fork
from chemoevo.base.plotting import Plotted
from chemoevo.base.versions import versions_here
from chemoevo.ensemble.clones import CloneTables, WithClones
from chemoevo.ensemble.columns import Columns
from chemoevo.ensemble.crossings import crossing_table
from chemoevo.ensemble.rerun import rerun
from chemoevo.ensemble.run import Run
from chemoevo.ensemble.storage import Stored, save
from chemoevo.ensemble.summary import summarize
from chemoevo.ensemble.tables import ends_table, trajectories_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class Ensemble(WithClones, Plotted):
    """Replicates of one process under one seed.

    An ensemble is a value: nothing in it can be changed, its copies and what is pickled and read back are equal to it
    (`==` compares what was run, where, and every number), and tables are handed out as copies.

    Attributes
    ----------
    counts
        (cells) int64 of shape (replicates, times, types), read-only; of shape (replicates, times, labels) with
        `record=Counts(...)`. After the end of a replicate its last state repeats.
    labels
        Names of the columns of `counts`: `types`, or the labels of `Counts`.
    initial, final
        (cells) int64 of shape (replicates, types), read-only; `final` is the state at `outcomes["time"]`.
    times
        (days) float64 of shape (times,), read-only.
    types
        Names of the types.
    replicates
        The numbers of the replicates, a range.
    seed
        The seed, also where none was given.
    stage
        The stage that was named, for a loop over states; that of the `Ensemble` from which a run started, if none was.
    continued
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
    parts
        Type of the first cell, and size, of every part of a tumor whose parts grew by themselves; empty elsewhere.
    run, columns
        What was run, resolved, and what it gave, column by column: for code that handles ensembles as a whole.
    growth
        For a scenario, the ensemble of growth from which therapy started; otherwise None.

    See Also
    --------
    load, concat, simulate_chunks
    """

    def __init__(
        self,
        run: Run,
        columns: Columns,
        *,
        growth: Ensemble | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        self.run = run
        self.columns = columns
        self.growth = growth
        self._versions = versions
        self.process, self.types = run.process, run.process.types
        self.times, self.replicates = run.times, run.replicates
        self.seed, self.stage, self.continued = run.seed, run.stage, run.continued
        self.asked, self.tolerance = run.engine, run.tolerance
        self.stop, self.limits, self.parts = run.stop, run.limits, run.parts
        self.record, self.counted, self.noted = run.record.name, run.record.counted, run.record.crossings
        self.labels = run.record.labels(self.types)
        self.counts, self.final = columns.counts, columns.final
        self.crossing_times = columns.crossings
        same = run.initial.shape == self.final.shape
        self.initial: NDArray[np.int64] = run.initial.view() if same else np.broadcast_to(run.initial, self.final.shape)
        self.initial.flags.writeable = self.times.flags.writeable = False
        self._end = columns.time
        self._clones = (
            None
            if columns.clones is None
            else CloneTables(columns.clones, replicates=self.replicates, times=self.times, types=self.types)
        )
        self._made = True

    def __setattr__(self, name: str, value: object) -> None:
        if "_made" in self.__dict__:
            raise AttributeError(f"an Ensemble cannot be changed; simulate a new one to set {name!r}")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"an Ensemble cannot be changed; {name!r} stays")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ensemble):
            return NotImplemented
        return (
            self.run == other.run
            and self.versions == other.versions
            and self.columns == other.columns
            and self.growth == other.growth
        )

    def __hash__(self) -> int:
        return hash(self.run)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_of, (self.run, self.columns, self.growth, self.versions)

    @property
    def nbytes(self) -> int:
        """(bytes) What all arrays take, those of growth and of clones included."""
        arrays = [self.run.initial, *self.columns.arrays()]
        return sum(array.nbytes for array in arrays) + (0 if self.growth is None else self.growth.nbytes)

    @property
    def engine(self) -> str:
        """The engines that ran, joined by +."""
        return self.columns.engine

    @property
    def exact(self) -> bool:
        """Whether the law of the process was sampled without approximation."""
        return self.columns.exact

    def __len__(self) -> int:
        return len(self.replicates)

    @property
    def outcomes(self) -> pl.DataFrame:
        """How every replicate ended, one row per replicate in order.

        Columns: replicate (number), outcome ("extinct", "alive", "stopped", "size_limit", "event_limit",
        "clone_limit", "attempt_limit"), time (days; exact), and `rejected` (attempts that died out) where `stop.retry`
        is True.
        """
        return self._outcomes.clone()

    @cached_property
    def _outcomes(self) -> pl.DataFrame:
        extra = ("steps", "followed", "engines")
        return self.ends.drop(extra if self.stop is not None and self.stop.retry else ("rejected", *extra))

    @property
    def ends(self) -> pl.DataFrame:
        """`outcomes` with `rejected` whatever the stop, and with what the engines did.

        Further columns: steps (that were taken), followed (mutations and switches that event-skipping followed;
        lineages that are gone before anybody looks are left out where that saves work) and engines (the sum of
        1 direct, 2 bnb, 4 leap).
        """
        return ends_table(self.columns, self.replicates)

    @property
    def trajectories(self) -> pl.DataFrame:
        """Counts in long form: replicate, time (days), type (with `Counts` a label), count (cells).

        As in `counts`, the last state of a replicate repeats after its end, so that averages are over all of them.
        """
        check_fork()
        return self._trajectories.clone()

    @cached_property
    def _trajectories(self) -> pl.DataFrame:
        return trajectories_table(self.columns, self.replicates, self.times, self.labels)

    @property
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
        check_fork()
        return self._crossings.clone()

    @cached_property
    def _crossings(self) -> pl.DataFrame:
        if self.noted is None or self.crossing_times is None:
            raise AttributeError("crossings were not recorded. Run it with ce.simulate(..., record=ce.Crossings(...)).")
        return crossing_table(self.noted, self.types, self.crossing_times, self.ends)

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
        return summarize(
            self.counts,
            self.times,
            self.labels,
            self.columns.ended_before(self.times).sum(axis=0),
            total=self.counted is None,
        )

    @property
    def versions(self) -> dict[str, str]:
        """Versions of chemoevo, numpy, polars and Python, and the platform, where the replicates ran."""
        return dict(versions_here() if self._versions is None else self._versions)

    @property
    def common_initial(self) -> bool:
        """Whether all replicates were given one initial state, rather than one row each."""
        return self.run.common_initial

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
        detected = None if self.growth is None else self.growth._detected()
        alone = rerun(self.run, self.columns, number, record, detected=detected, versions=self.versions)
        return Ensemble(*alone, growth=None if self.growth is None else self.growth.replicate(number))

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Writes the ensemble into a folder that `chemoevo.load` reads back, equal in every attribute.

        Parameters
        ----------
        path
            The folder; it is made, with its parents, if missing. `[` and `*` are letters like any other; ~ at the
            beginning is the home directory.
        overwrite
            Whether an ensemble that is there may be replaced. Other files there are never touched.

        Raises
        ------
        ModelError
            If the folder has an ensemble and `overwrite` is False, or cannot be written.
        SimulationError
            If the disk is full.

        Notes
        -----
        `counts.parquet` has one row per replicate and time and one column `count_<type>` per type (with `Counts`
        `count_<label>`), `replicates.parquet` one row per replicate, and `ensemble.json` the provenance, process and
        all. Recorded clones add `clones.parquet` and `clone-sizes.parquet`, noted crossings `crossings.parquet`; a
        scenario adds the files of `growth`. The files appear together or not at all, also where they replace others and
        the process is killed. `ensemble.json` has lengths and checksums of the others and its own, by which `load`
        sees damage.
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
        save(self._stored(), path, overwrite=overwrite)

    def _stored(self) -> Stored:
        return Stored(self.run, self.columns, self.versions, None if self.growth is None else self.growth._stored())

    def _detected(self) -> NDArray[np.bool_]:
        detected: NDArray[np.bool_] = self.columns.outcome == OUTCOMES.index("stopped")
        return detected

    def after(self, growth: Ensemble) -> Ensemble:
        """Therapy of tumors that grew; one that was never detected was not treated."""
        if not isinstance(growth, Ensemble):
            raise TypeError(f"growth must be an Ensemble; got {growth!r:.200}.")
        columns, blown = self.columns, growth.columns.outcome == OUTCOMES.index("attempt_limit")
        for chosen, outcome in ((blown, "attempt_limit"), (~growth._detected() & ~blown, "event_limit")):
            columns = self.run.without(columns, chosen, outcome)
        return Ensemble(self.run, columns, growth=growth, versions=self._versions)

    @property
    def provenance(self) -> dict[str, Any]:
        """How the ensemble was made, as plain data.

        It is all that is needed to run it again, except initial cells that differ from replicate to replicate: those
        are in `initial`, or come from the run before it.
        """
        return self.run.provenance(self.columns, self.versions)

    def __repr__(self) -> str:
        n, t, _ = self.counts.shape
        k = f"{len(self.types)}, labels={len(self.labels)}" if self.counted is not None else len(self.types)
        numbers = np.bincount(self.columns.outcome, minlength=len(OUTCOMES))
        ended = ", ".join(f"{count} {name}" for name, count in zip(OUTCOMES, numbers, strict=True) if count)
        law = "exact" if self.exact else "approximate"
        return (
            f"Ensemble(replicates={n}, times={t}, types={k}, engine={self.engine!r}, {law}, seed={self.seed}; {ended})"
        )

    def _repr_html_(self) -> str:
        import html

        return f"<p><code>{html.escape(repr(self))}</code></p>{self.summary()._repr_html_()}"


def _made_of(run: Run, columns: Columns, growth: Ensemble | None, versions: Mapping[str, str]) -> Ensemble:
    return Ensemble(run, columns, growth=growth, versions=versions)
