"""Probabilities without Monte Carlo, by the backward equations; and mean counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.analytic.one_cell import log_absence_of_one, log_extinction_of_one
from chemoevo.analytic.question import Question

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.analytic.question import Treated
    from chemoevo.process.branching import BranchingProcess


def extinction_probability(
    process: BranchingProcess | Treated, *, initial: Any, times: ArrayLike
) -> NDArray[np.float64]:
    """Probability that no cell is left at each time.

    Parameters
    ----------
    process
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    initial
        Cells at time 0: {type: count} (types not named start with 0), (types,), (n, types) or an `Ensemble`,
        whose final states are taken. Whole numbers from 0 to 2**62. Or a law: `GrownTo` a size, `GrownFor` a time.
    times
        (days) Finite, >= 0, strictly increasing. A pulse acts before an observation at its instant.

    Returns
    -------
    NDArray[np.float64]
        Of shape (times,), or (n, times) for an initial of shape (n, types) or a law of n sizes or ages.

    Raises
    ------
    ModelError
        If `initial` or `times` has a wrong value, or the process has competition.
    TypeError
        If one of them has a wrong type.
    SimulationError
        If the equations need more than two million steps: the fastest rate times the time is beyond a few million.

    See Also
    --------
    survival_probability : the complement, with its own digits where extinction is almost certain.
    ultimate_extinction_probability : the limit of infinite time.

    Notes
    -----
    From n_i cells of type i the probability is prod_i F_i^n_i, where F_i = 1 - G_i and

        -dG_i/dt = (b_i - d_i) G_i - b_i G_i^2 + b_i (1 - G_i) sum_j u_ij (G_j - G_i) + sum_j s_ij (G_j - G_i),

    backward from G_j = 1 at the time asked; a pulse maps G_i to p_i G_i. Types that found no others have a closed
    form [1]_; the rest is solved by an explicit method of order eight [2]_ to 1e-11 relative error a step. The
    smaller of F_i and G_i is the unknown, so extinction and survival probabilities of 1e-15 both keep their
    digits, and d = 0 gives extinction exactly 0.

    References
    ----------
    .. [1] Kendall DG (1948) On the generalized "birth-and-death" process. Ann Math Stat 19:1.
       doi:10.1214/aoms/1177730285
    .. [2] Hairer E, Norsett SP, Wanner G (1993) Solving Ordinary Differential Equations I. Springer.
       doi:10.1007/978-3-540-78862-1

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.50, 0.13], mutation={("S", "R"): 1e-8}
    ... )
    >>> ce.extinction_probability(process, initial={"S": 10**6}, times=[30, 60, 120]).round(6)
    array([0.      , 0.999116, 0.99961 ])
    """
    return np.exp(log_absence(process, initial, times))


def survival_probability(process: BranchingProcess | Treated, *, initial: Any, times: ArrayLike) -> NDArray[np.float64]:
    """Probability that at least one cell is left at each time: the complement of `extinction_probability`.

    It is computed without a subtraction from 1, so a survival of 1e-15 has its digits. Parameters, returns, errors
    and references as for `extinction_probability`.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[2.0])
    >>> ce.survival_probability(process, initial={"S": 1}, times=[10, 30])
    array([2.27004802e-05, 4.67881148e-14])
    """
    return _complement(log_absence(process, initial, times))


def absence_probability(
    process: BranchingProcess | Treated, *, types: Iterable[str], initial: Any, times: ArrayLike
) -> NDArray[np.float64]:
    """Probability that no cell of the named types is there at each time.

    Parameters
    ----------
    process
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    types
        Names of at least one type.
    initial, times
        As for `extinction_probability`.

    Returns
    -------
    NDArray[np.float64]
        Of shape (times,), or (n, times) for an initial of shape (n, types).

    Raises
    ------
    ModelError
        If a type is unknown, none is named, `initial` or `times` has a wrong value, or the process has competition.
    TypeError
        If an argument has a wrong type.
    SimulationError
        If the equations need more than two million steps.

    Notes
    -----
    The equations of `extinction_probability` with G_j = 1 at the time asked for the named types and 0 for the
    others. The question is about the cells at that time, not about cells that came and went before.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-7}
    ... )
    >>> ce.absence_probability(process, types=["R"], initial={"S": 10**6}, times=[0, 30]).round(6)
    array([1.      , 0.807054])
    """
    return np.exp(log_absence(process, initial, times, types=types))


def presence_probability(
    process: BranchingProcess | Treated, *, types: Iterable[str], initial: Any, times: ArrayLike
) -> NDArray[np.float64]:
    """Probability that at least one cell of the named types is there at each time.

    The complement of `absence_probability`, computed without a subtraction from 1. Parameters, returns and errors
    as there.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-12}
    ... )
    >>> ce.presence_probability(process, types=["R"], initial={"S": 1}, times=[30])
    array([2.14364241e-12])
    """
    return _complement(log_absence(process, initial, times, types=types))


def ultimate_extinction_probability(
    process: BranchingProcess | Treated, *, initial: Any
) -> float | NDArray[np.float64]:
    """Probability that the process ever dies out.

    Parameters
    ----------
    process
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy; its last interval and what follows its last
        pulse go on for ever.
    initial
        As for `extinction_probability`.

    Returns
    -------
    float or NDArray[np.float64]
        A number, or an array of shape (n,) for an initial of shape (n, types).

    Raises
    ------
    ModelError, TypeError, SimulationError
        As for `extinction_probability`.

    Notes
    -----
    After the last change of rates and the last pulse survival is the largest root of the stationary equations in
    [0, 1]; from there the backward equations lead to time 0. Subcritical and critical classes of types that found
    no surviving others die out with probability exactly 1. For one type with constant rates it is
    min(1, d/b)^n.

    References
    ----------
    .. [1] Harris TE (1963) The Theory of Branching Processes. Springer. doi:10.1007/978-3-642-51866-9
    .. [2] Etessami K, Yannakakis M (2009) Recursive Markov chains, stochastic grammars, and monotone systems of
       nonlinear equations. J ACM 56:1. doi:10.1145/1462153.1462154

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.5], death=[0.25])
    >>> ce.ultimate_extinction_probability(process, initial={"S": 1})
    0.5
    """
    ask = Question(process, initial)
    cells = ask.checked()
    if cells.law is not None:
        logs = np.atleast_2d(cells.law.log_absence(log_extinction_of_one(ask.process, np.inf)[:, None]))[:, 0]
    else:
        logs = _core.log_ultimate_extinction(ask.process.compiled, cells.counts)
    return cells.shaped(np.exp(logs))  # type: ignore[no-any-return]


def log_absence(
    process: BranchingProcess | Treated, initial: Any, times: ArrayLike, **named: Iterable[str]
) -> NDArray[np.float64]:
    """Logarithm of `extinction_probability`, or of `absence_probability` with `types`.

    It has its digits also where the probability itself is 0 as a float.
    """
    ask = Question(process, initial)
    marked = ask.marked(named["types"]) if named else np.ones(len(ask.process.types), dtype=np.bool_)
    grid = ask.times(times)
    cells = ask.checked()
    if cells.law is not None:
        return cells.law.log_absence(log_absence_of_one(ask.process, marked, grid))
    logs = _core.log_absence(ask.process.compiled, marked.tolist(), cells.counts, grid)
    return cells.shaped(logs)  # type: ignore[no-any-return]


def _complement(log: NDArray[np.float64]) -> NDArray[np.float64]:
    # Adding 0 turns -0.0 into 0.0.
    values: NDArray[np.float64] = -np.expm1(log) + 0.0
    return values
