"""Means and covariances of the counts, by the forward equations of the first two moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.analytic.grown.age import GrownFor
from chemoevo.analytic.grown.moments import moments_of_age, moments_of_size
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.analytic.question import Question

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.analytic.question import Treated
    from chemoevo.process.branching import BranchingProcess


def moments(
    model: BranchingProcess | Treated, *, initial: Any, times: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means and covariances of the numbers of cells at each time.

    Parameters
    ----------
    model
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    initial
        Cells at time 0: {type: count} (types not named start with 0), (types,), (n, types) or an `Ensemble`; or
        `GrownTo` one size or several, or `GrownFor` one time or several, where time 0 is the end of growth.
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
        If `initial` or `times` has a wrong value, the process has competition, or a moment of `GrownTo` is infinite.
    TypeError
        If an argument has a wrong type.
    SimulationError
        If a moment exceeds 1e290, the equations need more than two million steps, or too few digits of a covariance are
        left: fewer than six, relative to the larger of the variance and the mean. Also if a tumor of `GrownFor` is
        never there.

    Notes
    -----
    m' = J m and V' = J V + V J' + sum_e r_e(m) D_e D_e', where an event e of rate r_e changes the counts by D_e; at a
    pulse V_jk becomes p_j p_k V_jk, and p_j (1 - p_j) m_j more on the diagonal [1]_. What is added and what is
    subtracted is followed on its own, each to its relative accuracy. Means and variances of mutants of a growing tumor
    are dominated by rare early mutations: `count_distribution` says more.

    After growth for a time, given that a tumor is there (probability A), they are m/A and V/A - (1 - A) m m'/A^2, with
    m and V from one cell. In a tumor found with M cells, whole ones of the first type, lineages of mutants are a
    Poisson process, founded at the rates b u_j M e^{-rs}, and second moments of single lineages add up to covariances:
    the law of large tumors, as for `count_distribution`. By it a mean is infinite where a lineage grows at the rate r
    of the first type or faster, as a neutral one does, and a variance where it grows at r/2 or faster: rare tumors in
    which it was founded early carry them. Such a tumor is refused.

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

    Mutants that decline, in tumors found with a million cells: more than Poisson.

    >>> growth = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.12], death=[0.13, 0.13], mutation={("S", "R"): 1e-5}
    ... )
    >>> mean, covariance = ce.moments(growth, initial=ce.GrownTo(growth, size=1e6), times=[0])
    >>> mean.round(1).tolist(), covariance[0].round(1).tolist()
    ([[1000000.0, 70.0]], [[0.0, 0.0], [0.0, 630.1]])
    """
    ask = Question(model, initial)
    grid = ask.times(times)
    cells = ask.checked()
    core, types = ask.process.compiled, len(ask.process.types)
    rows = cells.counts.astype(np.float64)
    if isinstance(cells.law, GrownTo):
        mean, covariance = moments_of_size(ask.process, cells.law, grid)
    elif isinstance(cells.law, GrownFor):
        mean, covariance = moments_of_age(ask.process, cells.law, grid)
    elif len(rows) <= types:
        found = _core.moments(core, rows, grid)
        mean, covariance = np.array(found.mean), np.array(found.covariance)
    else:
        # Cells are independent: both moments are sums over the initial cells.
        one = _core.moments(core, np.eye(types), grid)
        mean = np.einsum("ni,itk->ntk", rows, one.mean)
        covariance = np.einsum("ni,itjk->ntjk", rows, one.covariance)
    return cells.shaped(mean), cells.shaped(covariance)
