"""Mean counts by the forward equations, or the mean field of a process with competition."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.arguments import resolve_initial, resolve_times
from chemoevo.errors import SimulationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.process import BranchingProcess


def mean_counts(process: BranchingProcess, *, initial: Any, times: ArrayLike) -> NDArray[np.float64]:
    """Expected number of cells of every type at each time; with competition, its mean-field approximation.

    Parameters
    ----------
    process
        A `BranchingProcess`.
    initial, times
        As for `extinction_probability`.

    Returns
    -------
    NDArray[np.float64]
        Of shape (times, types), or (n, times, types) for an initial of shape (n, types).

    Raises
    ------
    ModelError
        If `initial` or `times` has a wrong value.
    TypeError
        If one of them has a wrong type.
    SimulationError
        If a mean exceeds 1e290, or the equations need more than two million steps.

    Notes
    -----
    The forward equations m_j' = (b_j - d_j - b_j sum_k u_jk - sum_k s_jk) m_j + sum_i (b_i u_ij + s_ij) m_i; a
    pulse multiplies m_j by p_j. A mean is no typical value: rare early mutations dominate the mean number of
    mutants of a growing tumor.

    With competition the same equations, with b and d under the crowding of m itself, give the **mean field**: the limit
    of large populations [1]_, and an approximation of the mean. It errs by the order of the variance over the capacity:
    it knows no chance extinction, and where few cells decide it can be far off. `simulate` is exact.

    References
    ----------
    .. [1] Kurtz TG (1970) Solutions of ordinary differential equations as limits of pure jump Markov processes.
       J Appl Probab 7:49. doi:10.2307/3212147

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-7}
    ... )
    >>> ce.mean_counts(process, initial={"S": 10**6}, times=[0, 30]).round(4)
    array([[1.00000000e+06, 0.00000000e+00],
           [1.34985824e+06, 5.66900000e-01]])
    """
    return expected(process, initial=initial, times=times)[0]


def expected(
    process: BranchingProcess, *, initial: Any, times: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean counts, and the expected numbers of mutations and switches from 0 to each time, (times,) or (n, times)."""
    counts = resolve_initial(process.types, initial)
    grid = resolve_times(times)
    rows = np.atleast_2d(counts).astype(np.float64)
    if process.competition is not None or len(rows) <= len(process.types):
        means, events = run(lambda: _core.mean_counts(process._core, rows, grid))
    else:
        # The equations are linear: one solution a type serves every row.
        units = np.eye(len(process.types))
        per_cell, events_per_cell = run(lambda: _core.mean_counts(process._core, units, grid))
        means = np.einsum("ni,itk->ntk", rows, per_cell)
        events = rows @ events_per_cell
    return (means[0], events[0]) if counts.ndim == 1 else (means, events)


def run(work: Callable[[], Any]) -> Any:
    """The result of a computation of the core; its failure at run time is a `SimulationError`."""
    try:
        return work()
    except RuntimeError as error:
        raise SimulationError(str(error)) from None
