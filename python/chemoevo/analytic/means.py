"""Mean counts by the forward equations, or the mean field of a process with competition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.grown.age import GrownFor
from chemoevo.analytic.grown.moments import mean_of_age, mean_of_size
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.analytic.question import Question
from chemoevo.process.expected import expected

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.analytic.question import Treated
    from chemoevo.process.branching import BranchingProcess


def mean_counts(process: BranchingProcess | Treated, *, initial: Any, times: ArrayLike) -> NDArray[np.float64]:
    """Expected number of cells of every type at each time; with competition, its mean-field approximation.

    Parameters
    ----------
    process
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    initial
        Cells at time 0, as for `extinction_probability`, laws of grown tumors included; with competition no laws.
    times
        (days) Finite, >= 0, strictly increasing. A pulse acts before an observation at its instant.

    Returns
    -------
    NDArray[np.float64]
        Of shape (times, types), or (n, times, types) for an initial of shape (n, types) or a law of n sizes or ages.

    Raises
    ------
    ModelError
        If `initial` or `times` has a wrong value, or a mean of `GrownTo` is infinite (see `moments`).
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
    ask = Question(process, initial, competition=True)
    grid = ask.times(times)
    if ask.process.competition is not None:
        ask.refuse_laws()
    cells = ask.checked()
    rows = cells.counts.astype(np.float64)
    if isinstance(cells.law, GrownTo):
        rows = mean_of_size(cells.law)
    elif isinstance(cells.law, GrownFor):
        rows = mean_of_age(cells.law)
    return cells.shaped(np.array(expected(ask.process, rows, grid)[0]))  # type: ignore[no-any-return]
