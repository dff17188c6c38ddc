"""The result of a simulation: columns, outcomes, summaries, and all that is needed to run it again."""

from __future__ import annotations

import operator
import platform
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo import _core
from chemoevo.clones import CloneTables
from chemoevo.errors import ModelError
from chemoevo.summary import summarize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.options import Limits, Stop
    from chemoevo.process import BranchingProcess

OUTCOMES = ("extinct", "alive", "stopped", "size_limit", "event_limit", "clone_limit")
"""How a replicate ends, in the order of the core's codes."""
_CUT_SHORT = 2  # from this code on a replicate ended before the last observation time


class Ensemble:
    """Replicates of one process under one seed.

    Attributes
    ----------
    counts
        (cells) uint64 of shape (replicates, times, types), read-only. After the end of a replicate its last
        state repeats.
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
        "direct" or "bnb".
    exact
        Whether the law of the process was sampled without approximation.
    record
        "counts" or "clones": what was recorded.
    process, stop, limits
        What was run.
    growth
        For a scenario, the ensemble of growth from which therapy started; otherwise None.
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
        engine: str,
        stop: Stop | None,
        limits: Limits,
        columns: tuple[NDArray[Any], ...],
        clones: tuple[NDArray[Any], ...] | None = None,
        growth: Ensemble | None = None,
    ) -> None:
        self.process = process
        self.types = process.types
        self.times = times
        self.replicates = replicates
        self.seed = seed
        self.stage = stage
        self.engine = engine
        self.exact = True
        self.stop = stop
        self.limits = limits
        self.growth = growth
        self.record = "counts" if clones is None else "clones"
        self._clones = (
            None if clones is None else CloneTables(clones, replicates=replicates, times=times, types=self.types)
        )
        self.counts: NDArray[np.uint64]
        self.final: NDArray[np.uint64]
        self.counts, self.final, self._code, self._end, self._rejected, self._steps = columns
        self.initial: NDArray[np.uint64] = np.broadcast_to(initial, self.final.shape)
        for array in (self.counts, self.final, self.times, *columns[2:]):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.replicates)

    @cached_property
    def outcomes(self) -> pl.DataFrame:
        """How every replicate ended, one row a replicate in order.

        Columns: replicate (number), outcome ("extinct", "alive", "stopped", "size_limit", "event_limit",
        "clone_limit"), time (days; exact), and `rejected` (attempts that died out before) where `stop.retry` is True.
        """
        columns = {
            "replicate": _numbers(self.replicates),
            "outcome": pl.Series(OUTCOMES, dtype=pl.Enum(OUTCOMES)).gather(self._code.astype(np.uint32)),
            "time": self._end,
        }
        if self.stop is not None and self.stop.retry:
            columns["rejected"] = self._rejected
        return pl.DataFrame(columns)

    @cached_property
    def trajectories(self) -> pl.DataFrame:
        """Counts in long form: replicate, time (days), type, count (cells).

        A replicate has no rows after a stop or a limit; an extinct one keeps its zeros.
        """
        n, t, k = self.counts.shape
        names = pl.Series(self.types, dtype=pl.Enum(self.types))
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

    def _cut(self) -> NDArray[np.bool_]:
        """(replicates, times): whether a replicate had ended at a stop or a limit before that time."""
        late: NDArray[np.bool_] = self.times[None, :] > self._end[:, None]
        return late & (self._code >= _CUT_SHORT)[:, None]

    @cached_property
    def clones(self) -> pl.DataFrame:
        """Every clone of every replicate, where `record="clones"` was asked for.

        A clone is one lineage founded by one mutation or switch: a mutant-producing division founds a clone of one
        cell, a switch takes a cell from its clone and founds one of the new type, and divisions without a mutation
        and deaths change a clone's size. The cells of one type at time 0 are one clone.

        Columns: replicate, clone_id (0, 1, ... within the replicate, in the order of founding), parent_id (null for
        the clones present at time 0), type, founded_at (days), extinct_at (days; null if the clone had cells when the
        replicate ended) and size (cells at `outcomes["time"]`; the sizes of a type add up to `final`).

        Raises
        ------
        AttributeError
            If clones were not recorded.
        """
        return self._recorded(AttributeError).clones()

    @cached_property
    def clone_sizes(self) -> pl.DataFrame:
        """Sizes of the clones at the observation times, where `record="clones"` was asked for.

        Columns: replicate, clone_id, time (days), count (cells). There are rows for clones with cells only, in order
        of replicate, time and clone, and none after the end of a replicate; counts of one type add up to `counts`.

        Raises
        ------
        AttributeError
            If clones were not recorded.
        """
        return self._recorded(AttributeError).sizes()

    def newick(self, replicate: int, *, alive_only: bool = False) -> str:
        """The family tree of one replicate's clones in Newick form.

        Parameters
        ----------
        replicate
            Number of the replicate, one of `replicates`.
        alive_only
            Whether clones that died out are left out, and with them the nodes at which they left.

        Returns
        -------
        str
            A rooted tree ending in ";". The root is time 0 and joins the clones that were there; an inner node is the
            founding of a clone; a tip is a clone, named after its type and `clone_id`: R_12. The distance of a tip
            from the root is the day on which the clone died out or on which the replicate ended, whichever was
            first. Names with blanks, brackets, quotes, colons, semicolons, commas or slashes are quoted.

        Raises
        ------
        ModelError
            If clones were not recorded, there is no such replicate, or no clone is left to show.

        Notes
        -----
        With one type at time 0 the root has one branch: its length is the time until the first clone is founded.
        Readers that hold to the letter of the format take underscores in names without quotes for blanks; in
        dendropy, `preserve_underscores=True` keeps them.

        Examples
        --------
        >>> import chemoevo as ce
        >>> process = ce.BranchingProcess(
        ...     types=["S", "R"], birth=[1.0, 1.0], death=[0.2, 0.2], mutation={("S", "R"): 0.1}
        ... )
        >>> ens = ce.simulate(process, initial={"S": 5}, times=[2.0], seed=1, record="clones")
        >>> ens.newick(0).count("R_") == (ens.clones["type"] == "R").sum()
        True
        """
        tables = self._recorded(ModelError)
        number = operator.index(replicate)
        if isinstance(replicate, bool) or number not in self.replicates:
            numbers = f"{self.replicates.start} to {self.replicates.stop - 1}"
            raise ModelError(f"replicate must be one of the replicates {numbers}; got {replicate!r}.")
        index = number - self.replicates.start
        tree = tables.newick(index, float(self._end[index]), alive_only=bool(alive_only))
        if not tree:
            what = "living clone: leave out alive_only" if alive_only else "clone"
            raise ModelError(f"replicate {number} has no {what}; there is no tree.")
        return tree

    def _recorded(self, error: type[Exception]) -> CloneTables:
        if self._clones is None:
            raise error("clones were not recorded. Run it with ce.simulate(..., record='clones').")
        return self._clones

    def summary(self) -> pl.DataFrame:
        """Statistics over replicates at every time, by type and for the total.

        Returns
        -------
        polars.DataFrame
            Columns: time (days), type (a name or "total"), n (replicates), mean, sd, q05, q25, q50, q75, q95
            (cells), absent (share of replicates without such cells) with its 95 % Wilson interval
            absent_low and absent_high, and ended (replicates that had met a stop or a limit before; they
            count with their last state). Extinct replicates count with zeros.
        """
        return summarize(self.counts, self.times, self.types, self._cut().sum(axis=0))

    def without_run(self, chosen: NDArray[np.bool_], outcome: str) -> Ensemble:
        """The same ensemble, in which the chosen replicates never ran: they keep their initial state.

        Parameters
        ----------
        chosen
            Which replicates, of shape (replicates,).
        outcome
            What is said of them, at time 0.
        """
        columns = [np.array(c) for c in (self.counts, self.final, self._code, self._end, self._rejected, self._steps)]
        columns[0][chosen] = self.initial[chosen][:, None, :]
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
            engine=self.engine,
            stop=self.stop,
            limits=self.limits,
            columns=tuple(columns),
            growth=self.growth,
        )

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """All that is needed to run the ensemble again, as plain data."""
        rows = self.initial
        common = rows.strides[0] == 0 or len(rows) == 1
        return {
            "chemoevo": _core.__version__,
            "numpy": np.__version__,
            "polars": pl.__version__,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "process": self.process.to_dict(),
            "initial": rows[0].tolist() if common else "one row a replicate",
            "times": self.times.tolist(),
            "replicates": [self.replicates.start, self.replicates.stop],
            "seed": self.seed,
            "stage": self.stage,
            "engine": self.engine,
            "exact": self.exact,
            "record": self.record,
            "stop": None if self.stop is None else self.stop.to_dict(),
            "limits": self.limits.to_dict(),
            "steps": int(self._steps.sum()),
        }

    def __repr__(self) -> str:
        n, t, k = self.counts.shape
        numbers = np.bincount(self._code, minlength=len(OUTCOMES))
        ended = ", ".join(f"{count} {name}" for name, count in zip(OUTCOMES, numbers, strict=True) if count)
        law = "exact" if self.exact else "approximate"
        return (
            f"Ensemble(replicates={n}, times={t}, types={k}, engine={self.engine!r}, {law}, seed={self.seed}; {ended})"
        )

    def _repr_html_(self) -> str:
        import html

        return f"<p><code>{html.escape(repr(self))}</code></p>{self.summary()._repr_html_()}"


def _numbers(replicates: range) -> NDArray[np.uint64]:
    return np.arange(replicates.start, replicates.stop, dtype=np.uint64)
