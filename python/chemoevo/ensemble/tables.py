"""The tables of an ensemble, made of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo._core import OUTCOMES
from chemoevo.base.forks import check_fork
from chemoevo.ensemble.columns import UNKNOWN, Columns

if TYPE_CHECKING:
    from numpy.typing import NDArray


def ends_table(columns: Columns, replicates: range) -> pl.DataFrame:
    """How every replicate ended, one row per replicate: outcome, time, rejected, steps, followed, engines."""
    check_fork()
    return pl.DataFrame(
        {
            "replicate": numbers(replicates),
            "outcome": pl.Series(OUTCOMES, dtype=pl.Enum(OUTCOMES)).gather(columns.outcome.astype(np.uint32)),
            "time": columns.time,
            "rejected": columns.rejected,
            "steps": columns.steps,
            "followed": pl.Series(columns.followed).replace(UNKNOWN, None),
            "engines": columns.engines,
        }
    )


def trajectories_table(
    columns: Columns, replicates: range, times: NDArray[np.float64], labels: tuple[str, ...]
) -> pl.DataFrame:
    """Counts in long form: replicate, time, type, count; after the end of a replicate its last state repeats."""
    n, t, k = columns.counts.shape
    names = pl.Series(labels, dtype=pl.Enum(labels))
    return pl.DataFrame(
        {
            "replicate": np.repeat(numbers(replicates), t * k),
            "time": np.tile(np.repeat(times, k), n),
            "type": names.gather(np.tile(np.arange(k, dtype=np.uint32), n * t)),
            "count": columns.counts.reshape(-1),
        }
    )


def numbers(replicates: range) -> NDArray[np.int64]:
    """Numbers of replicates as a column."""
    return np.arange(replicates.start, replicates.stop, dtype=np.int64)
