"""Expected numbers of cells, mutations and switches, by the forward equations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.base.core_call import run

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
        means, events = run(lambda: _core.mean_counts(process.compiled, rows, times))
        return means, events
    # The equations are linear: one solution per type serves every row.
    units = np.eye(len(process.types))
    per_cell, events_per_cell = run(lambda: _core.mean_counts(process.compiled, units, times))
    return np.einsum("ni,itk->ntk", rows, per_cell), rows @ events_per_cell
