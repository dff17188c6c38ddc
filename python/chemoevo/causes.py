"""From whom a relapse comes: which cells of the start have descendants, and whether resistance is old or new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.analytic import one_of_each
from chemoevo.errors import Problems
from chemoevo.founders import marked_types, no_law, one_time, resolve
from chemoevo.means import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process import BranchingProcess
    from chemoevo.scenario import Scenario


@dataclass(frozen=True)
class Causes:
    """Probabilities of what a relapse comes from; a float each, or (n,) for n compositions. Made by `cause_of_relapse`.

    Attributes
    ----------
    relapse
        That any cell is left.
    from_type
        {type: probability} that cells of this type present at the start have descendants left.
    from_type_alone
        {type: probability} that they have, and no other type present at the start has.
    preexisting
        That resistant cells present at the start have descendants left, of any type.
    acquired
        That resistant cells are left which descend from cells that were not resistant at the start.
    preexisting_alone, acquired_alone, both
        The same two events: the first without the second, the second without the first, and both.
    neither
        That cells are left, but none of the two has happened: they descend from cells that were not resistant, and are
        not resistant themselves.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.50, 0.13], mutation={("S", "R"): 1e-6}
    ... )
    >>> causes = ce.cause_of_relapse(process, resistant=["R"], initial={"S": 10**6, "R": 5}, time=365.0)
    >>> total = causes.preexisting_alone + causes.acquired_alone + causes.both + causes.neither
    >>> round(total / causes.relapse, 12)
    1.0
    """

    relapse: Any
    from_type: dict[str, Any]
    from_type_alone: dict[str, Any]
    preexisting: Any
    acquired: Any
    preexisting_alone: Any
    acquired_alone: Any
    both: Any
    neither: Any


def cause_of_relapse(
    model: BranchingProcess | Scenario, *, resistant: Iterable[str], initial: Any, time: float
) -> Causes:
    """Probabilities that a relapse comes from each type present at the start, and from resistance old or new.

    Parameters
    ----------
    model
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    resistant
        Names of at least one type.
    initial
        Cells at the start: {type: count} (types not named start with 0), (types,), (n, types) or an `Ensemble`.
    time
        (days) Finite, >= 0. Relapse means that a cell is left at this time.

    Returns
    -------
    Causes
        Joint probabilities; divided by `relapse` they are given a relapse.

    Raises
    ------
    ModelError
        If an argument has a wrong value, or the process has competition.
    TypeError
        If one of them has a wrong type.
    SimulationError
        If the equations need more than two million steps.

    Notes
    -----
    Causes are not exclusive: several lines can come back together. Cells present at the start have independent
    descendants, so with F_i the probability that one cell of type i has none left, type i has descendants with
    probability 1 - F_i^n_i, and alone with that times the product of F_j^n_j over the others. *Pre-existing* is about
    all descendants of resistant cells of the start; *acquired* about resistant descendants of the others, whose absence
    is H_i, the `absence_probability` of the resistant types. The two are independent, and "neither" is
    prod_R F (prod_others H - prod_others F).

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.50, 0.13], mutation={("S", "R"): 1e-6}
    ... )
    >>> causes = ce.cause_of_relapse(process, resistant=["R"], initial={"S": 10**6, "R": 5}, time=365.0)
    >>> round(causes.preexisting / causes.relapse, 3)
    0.943
    """
    given: dict[str, Any] = {}

    def check(problems: Problems, process: BranchingProcess) -> None:
        no_law(problems, initial)
        given["marked"] = marked_types(problems, process.types, resistant, "resistant")
        given["time"] = one_time(problems, time)

    process, founders = resolve(model, initial, check)
    marked: NDArray[np.bool_] = given["marked"]
    counts = founders.counts.astype(np.float64)
    gone, unmarked = _one_cell(process, marked, given["time"])
    by_type = _times(counts, gone)
    alone = -np.expm1(by_type) * np.exp(_without(by_type))
    old = by_type[:, marked].sum(axis=1)
    rest = by_type[:, ~marked].sum(axis=1)
    new = np.minimum(_times(counts[:, ~marked], unmarked[~marked]).sum(axis=1), 0.0)
    # Descendants left but no resistant ones, H - F = H (1 - F/H): F <= H.
    with np.errstate(invalid="ignore"):
        ratio = np.where(np.isneginf(rest), -np.inf, np.minimum(rest - new, 0.0))
    neither = np.where(np.isneginf(new), 0.0, np.exp(old + new) * -np.expm1(ratio))
    shaped = founders.shaped
    has_old, has_new = -np.expm1(old) + 0.0, -np.expm1(new) + 0.0
    return Causes(
        relapse=shaped(-np.expm1(by_type.sum(axis=1)) + 0.0),
        from_type={name: shaped(-np.expm1(by_type[:, i]) + 0.0) for i, name in enumerate(process.types)},
        from_type_alone={name: shaped(alone[:, i] + 0.0) for i, name in enumerate(process.types)},
        preexisting=shaped(has_old),
        acquired=shaped(has_new),
        preexisting_alone=shaped(has_old * np.exp(new)),
        acquired_alone=shaped(has_new * np.exp(old)),
        both=shaped(has_old * has_new),
        neither=shaped(neither + 0.0),
    )


def _one_cell(
    process: BranchingProcess, marked: NDArray[np.bool_], time: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms of F (none left) and H (no resistant one left) for one cell of each type."""
    cells = one_of_each(process)
    grid = np.array([time])
    everything = [True] * len(process.types)
    gone = run(lambda: _core.log_absence(process._core, everything, cells, grid))[:, 0]
    return gone, run(lambda: _core.log_absence(process._core, marked.tolist(), cells, grid))[:, 0]


def _times(counts: NDArray[np.float64], log: NDArray[np.float64]) -> NDArray[np.float64]:
    """n_i ln F_i, where no cells are 0 also if F = 0."""
    with np.errstate(invalid="ignore"):
        product: NDArray[np.float64] = np.where(counts > 0, counts * log, 0.0)
    return product


def _without(by_type: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over all types but one, for each."""
    return np.stack([np.delete(by_type, i, axis=1).sum(axis=1) for i in range(by_type.shape[1])], axis=1)
