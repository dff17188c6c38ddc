"""Means and covariances of the counts, by the forward equations of the first two moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.arguments import resolve_times
from chemoevo.errors import Problems
from chemoevo.founders import no_law, resolve
from chemoevo.means import run

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.process import BranchingProcess
    from chemoevo.scenario import Scenario


def moments(
    model: BranchingProcess | Scenario, *, initial: Any, times: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means and covariances of the numbers of cells at each time.

    Parameters
    ----------
    model
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    initial
        Cells at time 0: {type: count} (types not named start with 0), (types,), (n, types) or an `Ensemble`.
    times
        (days) Finite, >= 0, strictly increasing. A pulse acts before an observation at its instant.

    Returns
    -------
    tuple of NDArray[np.float64]
        The means (times, types) and the covariances (times, types, types); for an initial of n compositions both have n
        in front.

    Raises
    ------
    ModelError
        If `initial` or `times` has a wrong value, or the process has competition.
    TypeError
        If an argument has a wrong type.
    SimulationError
        If a moment exceeds 1e290, the equations need more than two million steps, or too few digits of a covariance are
        left: fewer than six, relative to the larger of the variance and the mean.

    Notes
    -----
    m' = J m and V' = J V + V J' + sum_e r_e(m) D_e D_e', where an event e of rate r_e changes the counts by D_e; at a
    pulse V_jk becomes p_j p_k V_jk, and p_j (1 - p_j) m_j more on the diagonal [1]_. What is added and what is
    subtracted is followed on its own, each to its relative accuracy. Means and variances of mutants of a growing tumor
    are dominated by rare early mutations: `count_distribution` says more.

    References
    ----------
    .. [1] Harris TE (1963) The Theory of Branching Processes. Springer. doi:10.1007/978-3-642-51866-9

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-3}
    ... )
    >>> mean, covariance = ce.moments(process, initial={"S": 1000}, times=[30])
    >>> mean.round(3)
    array([[1344.201,    5.658]])
    >>> covariance[0].round(2)
    array([[12663.05,    27.94],
           [   27.94,    32.08]])
    """
    grids: list[NDArray[np.float64]] = []

    def check(problems: Problems, _process: BranchingProcess) -> None:
        no_law(problems, initial)
        grids.append(resolve_times(times))

    process, founders = resolve(model, initial, check)
    grid, rows = grids[0], founders.counts.astype(np.float64)
    if len(rows) <= len(process.types):
        mean, covariance = run(lambda: _core.moments(process._core, rows, grid))
    else:
        # Cells are independent: both moments are sums over the founders.
        mean, covariance = run(lambda: _core.moments(process._core, np.eye(len(process.types)), grid))
        mean = np.einsum("ni,itk->ntk", rows, mean)
        covariance = np.einsum("ni,itjk->ntjk", rows, covariance)
    return founders.shaped(mean), founders.shaped(covariance)
