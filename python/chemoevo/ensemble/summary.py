"""Statistics of an ensemble over replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo.base.forks import check_fork
from chemoevo.ensemble.estimates import wilson_of_fraction

if TYPE_CHECKING:
    from numpy.typing import NDArray

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def summarize(
    counts: NDArray[np.int64],
    times: NDArray[np.float64],
    types: tuple[str, ...],
    ended: NDArray[np.int64],
    *,
    total: bool,
) -> pl.DataFrame:
    """Statistics of counts (replicates, times, types) at every time, by type and, if asked for, of the total."""
    check_fork()
    n, t, k = counts.shape
    labels = (*types, "total") if total else types
    rows = len(labels)
    statistics = np.empty((t, rows, 2 + len(_QUANTILES)))
    absent = np.empty((t, rows), dtype=np.int64)
    for row in range(t):
        cells = np.empty((n, rows))
        cells[:, :k] = counts[:, row]
        if total:
            cells[:, k] = cells[:, :k].sum(axis=1)
        statistics[row, :, 0] = cells.mean(axis=0)
        statistics[row, :, 1] = cells.std(axis=0, ddof=1) if n > 1 else 0.0
        statistics[row, :, 2:] = np.quantile(cells, _QUANTILES, axis=0).T
        absent[row] = (cells == 0).sum(axis=0)
    low, high = wilson_of_fraction(absent / n, n)
    names = ("mean", "sd", *(f"q{round(100 * q):02d}" for q in _QUANTILES))
    types_column = pl.Series(labels, dtype=pl.Enum(labels)).gather(np.tile(np.arange(rows, dtype=np.uint32), t))
    return pl.DataFrame(
        {
            "time": np.repeat(times, rows),
            "type": types_column,
            "n": np.full(t * rows, n),
            **{name: statistics[:, :, c].reshape(-1) for c, name in enumerate(names)},
            "absent": absent.reshape(-1) / n,
            "absent_low": low.reshape(-1),
            "absent_high": high.reshape(-1),
            "ended": np.repeat(ended, rows),
        }
    )
