"""Probabilities without Monte Carlo, by the backward equations; and mean counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.arguments import resolve_initial, resolve_times
from chemoevo.competition import refuse_competition
from chemoevo.errors import Problems, did_you_mean
from chemoevo.grown import GrownFor, GrownTo, check_types
from chemoevo.means import mean_counts, run

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.process import BranchingProcess

__all__ = [
    "absence_probability",
    "extinction_probability",
    "mean_counts",
    "presence_probability",
    "survival_probability",
    "ultimate_extinction_probability",
]


def extinction_probability(process: BranchingProcess, *, initial: Any, times: ArrayLike) -> NDArray[np.float64]:
    """Probability that no cell is left at each time.

    Parameters
    ----------
    process
        A `BranchingProcess`.
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
    return np.exp(_log_absence(process, None, initial, times))


def survival_probability(process: BranchingProcess, *, initial: Any, times: ArrayLike) -> NDArray[np.float64]:
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
    return _complement(_log_absence(process, None, initial, times))


def absence_probability(
    process: BranchingProcess, *, types: Iterable[str], initial: Any, times: ArrayLike
) -> NDArray[np.float64]:
    """Probability that no cell of the named types is there at each time.

    Parameters
    ----------
    process
        A `BranchingProcess`.
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
    return np.exp(_log_absence(process, types, initial, times))


def presence_probability(
    process: BranchingProcess, *, types: Iterable[str], initial: Any, times: ArrayLike
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
    return _complement(_log_absence(process, types, initial, times))


def ultimate_extinction_probability(process: BranchingProcess, *, initial: Any) -> float | NDArray[np.float64]:
    """Probability that the process ever dies out.

    Parameters
    ----------
    process
        A `BranchingProcess`; its last interval and what follows its last pulse go on for ever.
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
    refuse_competition(process.competition)
    if isinstance(initial, GrownTo | GrownFor):
        check_types(initial, process)
        cell = run(lambda: _core.log_ultimate_extinction(process._core, one_of_each(process)))
        grown = np.exp(initial.log_absence(cell[:, None]))[..., 0]
        return grown if grown.ndim else float(grown)
    counts = resolve_initial(process.types, initial)
    logs = run(lambda: _core.log_ultimate_extinction(process._core, np.atleast_2d(counts)))
    values: NDArray[np.float64] = np.exp(logs)
    return float(values[0]) if counts.ndim == 1 else values


def _log_absence(
    process: BranchingProcess, types: Iterable[str] | None, initial: Any, times: ArrayLike
) -> NDArray[np.float64]:
    refuse_competition(process.competition)
    marked = [True] * len(process.types) if types is None else _marked(process.types, types)
    if isinstance(initial, GrownTo | GrownFor):
        check_types(initial, process)
        grid = resolve_times(times)
        return initial.log_absence(run(lambda: _core.log_absence(process._core, marked, one_of_each(process), grid)))
    counts = resolve_initial(process.types, initial)
    grid = resolve_times(times)
    rows = np.atleast_2d(counts)
    logs: NDArray[np.float64] = run(lambda: _core.log_absence(process._core, marked, rows, grid))
    return logs[0] if counts.ndim == 1 else logs


def _marked(known: tuple[str, ...], types: Iterable[str]) -> list[bool]:
    problems = Problems()
    names: list[Any] = []
    if isinstance(types, str) or not isinstance(types, Iterable):
        problems.type("types", "must be a list of type names", types, hint=f"Write [{types!r}].")
    else:
        names = list(types)
        if not names:
            problems.value("types", "must name at least one type", [])
    for index, name in enumerate(names):
        if not isinstance(name, str):
            problems.type(f"types[{index}]", "must be the name of a type", name)
        elif name not in known:
            problems.value(f"types[{index}]", "is not a type of the process", name, hint=did_you_mean(name, known))
    problems.raise_if_any()
    return [name in names for name in known]


def one_of_each(process: BranchingProcess) -> NDArray[np.uint64]:
    """Compositions of one cell each, of shape (types, types)."""
    return np.eye(len(process.types), dtype=np.uint64)


def _complement(log: NDArray[np.float64]) -> NDArray[np.float64]:
    # Adding 0 turns -0.0 into 0.0.
    values: NDArray[np.float64] = -np.expm1(log) + 0.0
    return values
