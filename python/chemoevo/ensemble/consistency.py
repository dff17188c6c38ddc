"""Whether columns can be those of a run: counts, last states and outcomes say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo._core import OUTCOMES
from chemoevo.ensemble.columns import Columns
from chemoevo.ensemble.run import Run

if TYPE_CHECKING:
    from numpy.typing import NDArray


def check_columns(run: Run, columns: Columns) -> None:
    """Holds the parts of what a run gave against each other.

    Raises
    ------
    ValueError
        If no run gives these together.
    """

    def ended(*names: str) -> NDArray[np.bool_]:
        return np.isin(columns.outcome, [OUTCOMES.index(name) for name in names])

    def refuse(wrong: NDArray[np.bool_], what: str) -> None:
        if wrong.any():
            number = run.replicates[int(np.flatnonzero(wrong)[0])]
            raise ValueError(f"replicate {number} {what}")

    counts, final, last = columns.counts, columns.final, run.times[-1]
    refuse(~((columns.time >= 0.0) & (columns.time <= last)), f"ended at no time from 0 to {float(last)!r}")
    refuse(ended("alive") & (columns.time != last), "is alive, but ended before the last time")
    refuse(ended("extinct") & final.any(axis=1), "is extinct, but has cells")
    if run.stop is None:
        refuse(ended("stopped"), "is stopped, but nothing stops it")
    if run.stop is None or not run.stop.retry:
        refuse(columns.rejected > 0, "began again, but nothing says so")
    if not run.record.clones:
        refuse(ended("clone_limit"), "has too many clones, but none were recorded")
    recorded = final if run.record.counted is None else run.record.counted.of_states(final, run.process.types)
    refuse((counts[:, -1] != recorded).any(axis=1), "has other counts at the end than its final state")
    # After its end the last state of a replicate repeats.
    gone = (run.times[None, :] > columns.time[:, None]) & ~ended("alive")[:, None]
    for index in np.flatnonzero(gone.any(axis=0)):
        rows = gone[:, index]
        wrong = np.zeros(len(final), dtype=np.bool_)
        wrong[rows] = (counts[rows, index] != recorded[rows]).any(axis=1)
        refuse(wrong, "has other counts after its end than its final state")
