"""The generating function of the counts at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.analytic.one_cell import log_absence_of
from chemoevo.analytic.question import Question
from chemoevo.base.arguments import real, real_array
from chemoevo.base.names import known_keys
from chemoevo.errors import Problems, Words, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.analytic.question import Treated
    from chemoevo.process.branching import BranchingProcess


def generating_function(
    model: BranchingProcess | Treated,
    *,
    z: Mapping[str, float] | ArrayLike,
    initial: Any,
    time: float,
) -> float | NDArray[np.float64]:
    """E[prod_j z_j^N_j], the generating function of the numbers of cells at a time.

    It is also the probability that no cell is seen at that time if every cell of type j is missed, by itself, with
    probability z_j.

    Parameters
    ----------
    model
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    z
        In [0, 1] for every type: {type: value} (1 for types not named), (types,), or (m, types) for m points at once.
    initial
        Cells at time 0, as for `extinction_probability`, laws of grown tumors included.
    time
        (days) Finite, >= 0. A pulse acts before an observation at its instant.

    Returns
    -------
    float or NDArray[np.float64]
        A number; of shape (n,) for an initial of n compositions, (m,) for m points, (n, m) for both.

    Raises
    ------
    ModelError
        If `z`, `initial` or `time` has a wrong value, or the process has competition.
    TypeError
        If one of them has a wrong type.
    SimulationError
        If the equations need more than two million steps.

    Notes
    -----
    The backward equations of `extinction_probability` from F_j = z_j at the time asked [1]_.

    References
    ----------
    .. [1] Harris TE (1963) The Theory of Branching Processes. Springer. doi:10.1007/978-3-642-51866-9

    Examples
    --------
    A scan finds each of a hundred cells with probability 2 %; how likely does it miss all of their descendants?

    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.1], death=[0.2])
    >>> round(ce.generating_function(process, z={"S": 0.98}, initial={"S": 100}, time=10.0), 6)
    0.482282
    """
    ask = Question(model, initial)
    points = _points(ask.problems, ask.process.types, z)
    horizon = np.array([ask.time(time)])
    cells = ask.checked()
    core = ask.process.compiled
    pairs = [_core.backward(core, 1.0 - row, row, horizon) for row in np.atleast_2d(points)]
    cell = np.array([log_absence_of(pair.presence[0], pair.absence[0]) for pair in pairs])
    values = np.exp(cells.log_product(cell)).T
    return cells.shaped(values if points.ndim == 2 else values[:, 0])  # type: ignore[no-any-return]


def _points(problems: Problems, types: tuple[str, ...], z: Any) -> NDArray[np.float64]:
    if isinstance(z, Mapping):
        z = known_keys(z, types)
        for name in z:
            if name not in types:
                problems.value(f"z[{name!r}]", "is not a type of the process", hint=did_you_mean(name, types))
        rule = "must be a number in [0, 1]"
        given = {name: real(problems, f"z[{name!r}]", value, rule, 0.0, 1.0) for name, value in z.items()}
        return np.array([given.get(name, 1.0) for name in types])
    array = real_array(problems, "z", z, types=types)
    if array is None:
        return np.ones(len(types))
    if array.ndim not in (1, 2) or array.shape[-1] != len(types) or array.size == 0:
        shapes = f"({len(types)},) or (points, {len(types)})"
        problems.value("z", f"must have the shape {shapes}", Words(f"shape {array.shape}"))
        return np.ones(len(types))
    for index in np.argwhere(~((array >= 0.0) & (array <= 1.0)))[:5]:
        where = "".join(f"[{i}]" for i in index)
        problems.value(f"z{where}", f"must be in [0, 1] (type {types[index[-1]]!r})", float(array[tuple(index)]))
    return array
