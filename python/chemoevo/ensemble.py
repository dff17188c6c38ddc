"""The result of a simulation: columns, outcomes, summaries, and all that is needed to run it again."""

from __future__ import annotations

import platform
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo import _core
from chemoevo.summary import summarize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.options import Limits, Stop
    from chemoevo.process import BranchingProcess

OUTCOMES = ("extinct", "alive", "stopped", "size_limit", "event_limit")
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

        Columns: replicate (number), outcome ("extinct", "alive", "stopped", "size_limit", "event_limit"),
        time (days; exact), and `rejected` (attempts that died out before) where `stop.retry` is True.
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
        """How the ensemble was made, as plain data.

        It is all that is needed to run it again, except initial cells that differ from replicate to replicate: those
        are in `initial`, or come from the run before it.
        """
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
