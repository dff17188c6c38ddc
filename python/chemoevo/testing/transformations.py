"""Transformations of a process that leave its law, or change it in a known way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.base.arguments import real
from chemoevo.errors import ModelError, Problems, did_you_mean
from chemoevo.process.branching import BranchingProcess
from chemoevo.process.competition import Competition
from chemoevo.process.lotka_volterra import LotkaVolterra
from chemoevo.process.pulse import Pulse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def rescaled(process: BranchingProcess, factor: float) -> BranchingProcess:
    """The process on a clock that runs `factor` times as long: what was at time t is at `factor` t.

    Parameters
    ----------
    process
        Any process.
    factor
        Finite and > 0. Powers of two are exact in floating point.

    Returns
    -------
    BranchingProcess
        With times multiplied, rates divided, and mutation probabilities kept.

    Raises
    ------
    ModelError
        If the factor is out of range, or rates or times overflow.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo.testing import rescaled
    >>> days = ce.BranchingProcess(types=["S"], birth=[0.5], death=[0.25])
    >>> hours = rescaled(days, 24)
    >>> p = ce.extinction_probability(days, initial=[3], times=[2])
    >>> bool(abs(ce.extinction_probability(hours, initial=[3], times=[48]) - p) < 1e-14)
    True
    """
    _check(process=process)
    problems = Problems()
    factor = real(problems, "factor", factor, "must be finite and > 0", 0.0, above=True)
    problems.raise_if_any()
    with np.errstate(over="ignore"):  # an infinite rate or time is refused below, by name
        rates = {
            "birth": process.birth / factor,
            "death": process.death / factor,
            "switching": _cube(process, process.switching) / factor,
            "breakpoints": process.breakpoints * factor,
        }
    pulses = [Pulse(time=pulse.time * factor, survival=pulse.survival) for pulse in process.pulses]
    return _changed(process, **rates, pulses=pulses)


def relabeled(process: BranchingProcess, order: Sequence[int]) -> BranchingProcess:
    """The process with its types in another order.

    Parameters
    ----------
    process
        Any process.
    order
        Type `i` of the result is type `order[i]` of the process: a permutation of 0, 1, ..., types - 1.

    Raises
    ------
    ModelError
        If `order` is no permutation.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo.testing import relabeled
    >>> process = ce.BranchingProcess(types=["S", "R"], birth=[1, 2], death=[0, 0], mutation={("S", "R"): 0.1})
    >>> relabeled(process, [1, 0]).types, relabeled(process, [1, 0]).mutation
    (('R', 'S'), {('S', 'R'): 0.1})
    """
    _check(process=process)
    rows = list(order)
    if sorted(rows) != list(range(len(process.types))):
        raise ModelError(f"order must be a permutation of 0 to {len(process.types) - 1}; got {rows!r}.")
    return _changed(
        process,
        types=[process.types[i] for i in rows],
        birth=process.birth[:, rows],
        death=process.death[:, rows],
        lethal=process.lethal[:, rows],
        mutation=_cube(process, process.mutation)[:, rows][:, :, rows],
        switching=_cube(process, process.switching)[:, rows][:, :, rows],
    )


def split(
    process: BranchingProcess, name: str, *, into: str | None = None, share: float = 0.5, exchange: float = 0.0
) -> BranchingProcess:
    """The process with one type split in two alike: their sum has the law of the one.

    Parameters
    ----------
    process
        Any process.
    name
        The type that is split.
    into
        Name of the new type, the last of the result; default `name` with an apostrophe.
    share
        Fraction in [0, 1] of what founds the type that still founds it; the rest founds the new one.
    exchange
        (per cell and day) Rate >= 0 of switching between the two, each way.

    Raises
    ------
    ModelError
        If the type is unknown, the new name is taken, or a value is out of range.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo.testing import split
    >>> one = ce.BranchingProcess(types=["S"], birth=[0.5], death=[0.25])
    >>> two = split(one, "S", exchange=0.1)
    >>> two.types
    ('S', "S'")
    >>> means = [ce.mean_counts(p, initial=n, times=[7]).sum() for p, n in ((one, [3]), (two, [1, 2]))]
    >>> bool(abs(means[0] - means[1]) < 1e-9)
    True
    """
    _check(process=process)
    if name not in process.types:
        raise ModelError(f"name {name!r} is not a type of the process. {did_you_mean(name, process.types)}")
    if not 0.0 <= share <= 1.0:
        raise ModelError(f"share must be in [0, 1]; got {share!r}.")
    twin = f"{name}'" if into is None else into
    one, k = process.types.index(name), len(process.types)

    def widened(cube: NDArray[np.float64]) -> NDArray[np.float64]:
        wide = np.zeros((len(cube), k + 1, k + 1))
        wide[:, :k, :k] = cube
        wide[:, k, :k] = cube[:, one]
        wide[:, :k, one], wide[:, :k, k] = cube[:, :, one] * share, cube[:, :, one] * (1.0 - share)
        return wide

    switching = widened(_cube(process, process.switching))
    switching[:, one, k] = switching[:, k, one] = exchange
    return _changed(
        process,
        types=[*process.types, twin],
        birth=np.column_stack([process.birth, process.birth[:, one]]),
        death=np.column_stack([process.death, process.death[:, one]]),
        lethal=np.column_stack([process.lethal, process.lethal[:, one]]),
        mutation=widened(_cube(process, process.mutation)),
        switching=switching,
        pulses=_pulses(process, lambda pulse: {**pulse, twin: pulse[name]} if name in pulse else pulse),
        competition=_shared(process.competition, name, twin),
    )


def merged(first: BranchingProcess, second: BranchingProcess) -> BranchingProcess:
    """Two processes side by side that know nothing of each other.

    Parameters
    ----------
    first, second
        Any processes without competition; their types become "name (1)" and "name (2)".

    Returns
    -------
    BranchingProcess
        With the types of the first and then those of the second, and the breakpoints and pulses of both. The
        probability of no cells is the product of theirs.

    Raises
    ------
    ModelError
        If one has competition, which would be between the two.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo.testing import merged
    >>> a = ce.BranchingProcess(types=["S"], birth=[0.5], death=[0.25])
    >>> b = ce.BranchingProcess(types=["S"], birth=[[0.1], [0.2]], death=[0.3], breakpoints=[2])
    >>> merged(a, b).types
    ('S (1)', 'S (2)')
    """
    _check(first=first, second=second)
    if first.competition is not None or second.competition is not None:
        raise ModelError("first and second must have no competition: it would be between the two.")
    ends = np.union1d(first.breakpoints, second.breakpoints)
    a, b = refined(first, ends), refined(second, ends)

    def blocks(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        wide = np.zeros((len(x), *np.add(x.shape[1:], y.shape[1:])))
        wide[:, : x.shape[1], : x.shape[2]], wide[:, x.shape[1] :, x.shape[2] :] = x, y
        return wide

    named = [_pulses(p, lambda s, i=i: {f"{n} ({i})": v for n, v in s.items()}) for i, p in ((1, a), (2, b))]  # type: ignore[misc]
    return BranchingProcess(
        types=[*(f"{name} (1)" for name in a.types), *(f"{name} (2)" for name in b.types)],
        birth=np.hstack([a.birth, b.birth]),
        death=np.hstack([a.death, b.death]),
        lethal=np.hstack([a.lethal, b.lethal]),
        mutation=blocks(_cube(a, a.mutation), _cube(b, b.mutation)),
        switching=blocks(_cube(a, a.switching), _cube(b, b.switching)),
        breakpoints=ends,
        pulses=[*named[0], *named[1]],
    )


def refined(process: BranchingProcess, breakpoints: ArrayLike) -> BranchingProcess:
    """The process with more breakpoints, at which no rate changes.

    Parameters
    ----------
    process
        Any process.
    breakpoints
        (days) More times > 0, in any order; those that are breakpoints already change nothing.

    Raises
    ------
    ModelError
        If a time is not finite and > 0.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo.testing import refined
    >>> process = ce.BranchingProcess(types=["S"], birth=[[1], [2]], death=[0], breakpoints=[1.0])
    >>> refined(process, [0.5, 1.5]).birth.ravel().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """
    _check(process=process)
    ends = np.union1d(process.breakpoints, np.asarray(breakpoints, dtype=np.float64))
    interval = np.searchsorted(process.breakpoints, np.concatenate([[0.0], ends]), side="right")
    return _changed(
        process,
        birth=process.birth[interval],
        death=process.death[interval],
        lethal=process.lethal[interval],
        mutation=_cube(process, process.mutation)[interval],
        switching=_cube(process, process.switching)[interval],
        breakpoints=ends,
    )


def _check(**processes: object) -> None:
    problems = Problems()
    for name, process in processes.items():
        if not isinstance(process, BranchingProcess):
            problems.type(name, "must be a BranchingProcess", process)
    problems.raise_if_any()


def _cube(process: BranchingProcess, table: Mapping[tuple[str, str], Any]) -> NDArray[np.float64]:
    """A table of transitions as an array of shape (intervals, types, types)."""
    m, k = process.birth.shape
    cube = np.zeros((m, k, k))
    for (a, b), value in table.items():
        cube[:, process.types.index(a), process.types.index(b)] = value
    return cube


def _pulses(process: BranchingProcess, change: Callable[[dict[str, float]], dict[str, float]]) -> list[Pulse]:
    return [Pulse(time=pulse.time, survival=change(dict(pulse.survival))) for pulse in process.pulses]


def _shared(competition: Competition | None, name: str, twin: str) -> Competition | None:
    """The competition with a twin that acts and suffers as the type of the name does."""
    if isinstance(competition, LotkaVolterra):
        assert isinstance(competition.matrix, Mapping)  # as in every process
        both = {name: (name, twin)}
        pairs = competition.matrix.items()
        matrix = {(a, b): v for (i, j), v in pairs for a in both.get(i, (i,)) for b in both.get(j, (j,))}
        return LotkaVolterra(matrix=matrix, on=competition.on)
    if competition is None or name not in (competition.weights or {}):
        return competition
    weights = dict(competition.weights or {})
    return replace(competition, weights={**weights, twin: weights[name]})


def _changed(process: BranchingProcess, **changes: Any) -> BranchingProcess:
    names = ("types", "birth", "death", "mutation", "switching", "pulses", "breakpoints", "competition", "lethal")
    values = {name: getattr(process, name) for name in names}
    return BranchingProcess(**{**values, **changes})
