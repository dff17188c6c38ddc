"""Expected numbers of cells, mutations and switches, by the forward equations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.fields import ProcessFields


def expected(
    process: ProcessFields, rows: NDArray[np.float64], times: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean counts (n, times, types), and expected numbers of mutations and switches from 0 to each time (n, times).

    Parameters
    ----------
    rows
        (cells) Compositions at time 0, real numbers, of shape (n, types).
    times
        (days) Increasing.
    """
    if process.competition is not None or len(rows) <= len(process.types):
        found = _core.mean_counts(process.compiled, rows, times)
        return found.counts, found.events
    # The equations are linear: one solution per type serves every row.
    units = np.eye(len(process.types))
    per_cell = _core.mean_counts(process.compiled, units, times)
    return np.einsum("ni,itk->ntk", rows, per_cell.counts), rows @ per_cell.events
