"""From whom a relapse comes: which cells of the start have descendants, and whether resistance is old or new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.absorbing import log_never
from chemoevo.analytic.one_cell import log_absence_of_one, log_extinction_of_one
from chemoevo.analytic.question import InitialCells, Question
from chemoevo.base.tables import preformatted, text_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.question import Treated
    from chemoevo.process.branching import BranchingProcess


@dataclass(frozen=True, eq=False)
class Causes:
    """Probabilities of what a relapse comes from; a float each, or (n,) for n compositions. Made by `cause_of_relapse`.

    Attributes
    ----------
    relapse
        That any cell is left; of a scenario with late deaths, any that is not damaged.
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

    def __repr__(self) -> str:
        shown = (f"{name}={_digits(getattr(self, name))}" for name in ("relapse", "preexisting", "acquired", "both"))
        return f"Causes({', '.join(shown)})"

    def _repr_html_(self) -> str:
        return preformatted(_text(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Causes) and _plain(self) == _plain(other)

    def __hash__(self) -> int:
        return hash(repr(_plain(self)))


def _digits(value: Any) -> str:
    return f"{value:.4g}" if np.ndim(value) == 0 else f"<{np.shape(value)[0]} numbers>"


def _text(causes: Causes) -> str:
    """Every probability by its name."""
    rows = [("a relapse", causes.relapse)]
    rows += [(f"from {name} at the start", p) for name, p in causes.from_type.items()]
    rows += [
        ("resistance from before", causes.preexisting),
        ("resistance acquired since", causes.acquired),
        ("both", causes.both),
        ("neither", causes.neither),
    ]
    return text_table(("comes back", "probability"), [(name, _digits(value)) for name, value in rows])


def _plain(causes: Causes) -> dict[str, Any]:
    """Numbers and lists for arrays."""

    def plain(value: Any) -> Any:
        return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else np.asarray(value).tolist()

    return {field.name: plain(getattr(causes, field.name)) for field in fields(causes)}


def cause_of_relapse(
    model: BranchingProcess | Treated, *, resistant: Iterable[str], initial: Any, time: float
) -> Causes:
    """Probabilities that a relapse comes from each type present at the start, and from resistance old or new.

    Parameters
    ----------
    model
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    resistant
        Names of at least one type.
    initial
        Cells at the start: {type: count} (types not named start with 0), (types,), (n, types) or an `Ensemble`; or a
        law, `GrownTo` a size or `GrownFor` a time, whose cells at the end of growth are those of the start.
    time
        (days) >= 0. Relapse means that a cell is left at this time; at infinity, that the last cell is never gone.
        Damaged cells of a scenario with late deaths are none that come back.

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
        If the equations need more than two million steps, or the law of a grown tumor is not accurate enough.

    Notes
    -----
    Causes are not exclusive: several lines can come back together. Cells present at the start have independent
    descendants, so with F_i the probability that one cell of type i has none left, type i has descendants with
    probability 1 - F_i^n_i, and alone with that times the product of F_j^n_j over the others. *Pre-existing* is about
    all descendants of resistant cells of the start; *acquired* about resistant descendants of the others, whose absence
    is H_i, the `absence_probability` of the resistant types. The two are independent, and "neither" is
    prod_R F (prod_others H - prod_others F).

    The cells of a grown tumor are related. There every probability is one of absence under the law, with a factor of 1
    for the cells that are not in question: F for R (pre-existing), H for the others (acquired), both, or F for all.
    The four joint probabilities and `from_type_alone` are differences of those, to about 1e-8 of the expected number of
    lineages that come back. A lineage founded before detection can hold resistant and other cells, so that old and new
    resistance are independent no more.

    At infinity *acquired* means that resistant cells which descend from others are there again and again, for ever: a
    line of cells that can lead to resistant ones after the last change of rates never ends. It is the limit of late
    times wherever such lines grow.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.50, 0.13], mutation={("S", "R"): 1e-6}
    ... )
    >>> causes = ce.cause_of_relapse(process, resistant=["R"], initial={"S": 10**6, "R": 5}, time=365.0)
    >>> round(causes.preexisting / causes.relapse, 3)
    0.943

    A tumor found at 1e8 or 1e9 cells:

    >>> growth = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-9}
    ... )
    >>> treated = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.17, 0.13], mutation={("S", "R"): 1e-9}
    ... )
    >>> tumors = ce.GrownTo(growth, size=[1e8, 1e9])
    >>> causes = ce.cause_of_relapse(treated, resistant=["R"], initial=tumors, time=float("inf"))
    >>> causes.preexisting.round(4), causes.acquired.round(4)
    (array([0.0952, 0.6321]), array([0.0328, 0.2835]))
    """
    ask = Question(model, initial)
    marked = ask.marked(resistant, "resistant")
    when = ask.time(time, endless=True)
    cells = ask.checked()
    clonogenic = None if ask.clonogenic is None else ask.marked(ask.clonogenic)
    gone, unmarked = _one_cell(ask.process, marked, when, clonogenic)
    logs = (_independent if cells.law is None else _related)(cells, marked, gone, unmarked)
    shaped = cells.shaped
    has_old, has_new = -np.expm1(logs.old) + 0.0, -np.expm1(logs.new) + 0.0
    # P(both absent) is e^(old + new + link): link is 0 for independent cells.
    with np.errstate(invalid="ignore"):
        apart = logs.old + logs.new
        link = np.where(np.isneginf(apart), 0.0, logs.none - apart)
    both = np.clip(has_old * has_new + np.exp(apart) * np.expm1(link), 0.0, np.minimum(has_old, has_new))
    names = list(enumerate(ask.process.types))
    return Causes(
        relapse=shaped(-np.expm1(logs.all) + 0.0),
        from_type={name: shaped(-np.expm1(logs.only[:, i]) + 0.0) for i, name in names},
        from_type_alone={name: shaped(_difference(logs.without[:, i], logs.all)) for i, name in names},
        preexisting=shaped(has_old),
        acquired=shaped(has_new),
        preexisting_alone=shaped(_difference(logs.new, logs.none)),
        acquired_alone=shaped(_difference(logs.old, logs.none)),
        both=shaped(both),
        neither=shaped(_difference(logs.none, logs.all)),
    )


@dataclass(frozen=True)
class _Logs:
    """Logarithms of probabilities of absence: (n,), or (n, types)."""

    all: NDArray[np.float64]
    """No cell of the start has a descendant left."""
    only: NDArray[np.float64]
    """No cell of one type of the start has, for each type."""
    without: NDArray[np.float64]
    """No cell of any other type of the start has, for each type."""
    old: NDArray[np.float64]
    """No resistant cell of the start has a descendant left."""
    new: NDArray[np.float64]
    """No other cell of the start has a resistant descendant left."""
    none: NDArray[np.float64]
    """Neither: no old resistance and no new one."""


def _independent(
    cells: InitialCells, marked: NDArray[np.bool_], gone: NDArray[np.float64], unmarked: NDArray[np.float64]
) -> _Logs:
    """The logarithms for independent cells of given numbers: sums over types, all terms of one sign."""
    counts = cells.counts.astype(np.float64)
    by_type = _times(counts, gone)
    old = by_type[:, marked].sum(axis=1)
    new = np.minimum(_times(counts[:, ~marked], unmarked[~marked]).sum(axis=1), 0.0)
    without = np.stack([np.delete(by_type, i, axis=1).sum(axis=1) for i in range(by_type.shape[1])], axis=1)
    return _Logs(by_type.sum(axis=1), by_type, without, old, new, old + new)


def _related(
    cells: InitialCells, marked: NDArray[np.bool_], gone: NDArray[np.float64], unmarked: NDArray[np.float64]
) -> _Logs:
    """The logarithms for a law of grown tumors: each is a question of its own, in which some cells do not count."""
    types = len(gone)
    one = np.eye(types, dtype=bool)
    asked = [
        gone,
        np.where(marked, gone, 0.0),
        np.where(marked, 0.0, unmarked),
        np.where(marked, gone, unmarked),
        *np.where(one, gone, 0.0),
        *np.where(one, 0.0, gone),
    ]
    logs = cells.log_product(np.array(asked)).T
    return _Logs(logs[:, 0], logs[:, 4 : 4 + types], logs[:, 4 + types :], logs[:, 1], logs[:, 2], logs[:, 3])


def _difference(larger: NDArray[np.float64], smaller: NDArray[np.float64]) -> NDArray[np.float64]:
    """e^larger - e^smaller, from the difference of the logarithms."""
    with np.errstate(invalid="ignore"):
        ratio = np.where(np.isneginf(larger), 0.0, np.minimum(smaller - larger, 0.0))
    values: NDArray[np.float64] = np.exp(larger) * -np.expm1(ratio) + 0.0
    return values


def _one_cell(
    process: BranchingProcess, marked: NDArray[np.bool_], time: float, clonogenic: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms of F (none left, of those that can come back) and H (no resistant one left) for one of each type."""
    gone = log_extinction_of_one(process, time, clonogenic)
    if np.isinf(time):
        never = log_never(process, marked, absorbed=False)
        return gone, np.maximum(never, gone)
    return gone, log_absence_of_one(process, marked, np.array([time]))[:, 0]


def _times(counts: NDArray[np.float64], log: NDArray[np.float64]) -> NDArray[np.float64]:
    """n_i ln F_i, where no cells are 0 also if F = 0."""
    with np.errstate(invalid="ignore"):
        product: NDArray[np.float64] = np.where(counts > 0, counts * log, 0.0)
    return product
