"""Single histories: the number of cells over time, replicate by replicate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo.base.arguments import whole
from chemoevo.base.names import known_names
from chemoevo.errors import Problems, did_you_mean
from chemoevo.plots.tables.ensembles import ensemble_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.ensemble.ensemble import Ensemble

MOST = 50
"""Lines beyond which a plot of histories is a smear."""


def trajectories_table(ensemble: Ensemble, *, types: Iterable[str] | None = None, most: int = MOST) -> pl.DataFrame:
    """Numbers of cells of single replicates over time: what `trajectories` draws.

    Parameters
    ----------
    ensemble
        What `simulate` gave.
    types
        Types (with `record=Counts(...)`, labels) whose cells are added up; None (the default) means all.
    most
        How many replicates, the first ones; from 1 to 50. Replicates are alike but for chance, so the first are as
        good as any.

    Returns
    -------
    polars.DataFrame
        One row per replicate and observation time until its end, and one at its end where a stop or a limit ended it.
        Columns: replicate, time (days), count (cells), outcome, and largest: the type that was the most numerous when
        the replicate last had cells at an observation, null if it never had any.

    Raises
    ------
    ModelError
        If a type is unknown, or `most` is not from 1 to 50.
    TypeError
        If `ensemble` is none, or an argument has a wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0])
    >>> ens = ce.simulate(process, initial={"S": 7}, times=[1.0], replicates=3, seed=1)
    >>> plots.trajectories_table(ens, most=1).rows()
    [(0, 1.0, 7.0, 'alive', 'S')]
    """
    ens = ensemble_of(ensemble)
    problems = Problems()
    most = whole(problems, "most", most, 1, MOST)
    columns = _columns(problems, ens, types)
    problems.raise_if_any()
    number = min(most, len(ens))
    counts = ens.counts[:number]
    chosen = counts[:, :, columns].sum(axis=2, dtype=np.float64)
    times = np.asarray(ens.times)
    end = ens.columns.time[:number]
    cut = ens.columns.cut_short()[:number]
    outcomes = ens.outcomes["outcome"]
    pieces = []
    for row in range(number):
        seen = times <= end[row] if cut[row] else np.ones(len(times), dtype=np.bool_)
        when, many = times[seen], chosen[row, seen]
        if cut[row] and end[row] <= times[-1] and end[row] not in when:
            # The counts after its end repeat the last state.
            when, many = np.append(when, end[row]), np.append(many, chosen[row, -1])
        size = len(when)
        pieces.append(
            pl.DataFrame(
                {
                    "replicate": np.full(size, ens.replicates[row], dtype=np.int64),
                    "time": when,
                    "count": many,
                    "outcome": outcomes[row : row + 1].new_from_index(0, size),
                    "largest": pl.Series([_largest(counts[row], ens.labels)], dtype=pl.String).new_from_index(0, size),
                }
            )
        )
    return pl.concat(pieces)


def _columns(problems: Problems, ens: Ensemble, types: Iterable[str] | None) -> list[int]:
    if types is None:
        return list(range(len(ens.labels)))
    if isinstance(types, str) or not isinstance(types, Iterable):
        problems.type("types", "must be a list of names of types", types, hint="Write one name as a list: [name].")
        return []
    names = list(known_names(tuple(types), ens.labels))
    for index, name in enumerate(names):
        if name not in ens.labels:
            problems.value(
                f"types[{index}]", "is not a type of the ensemble", name, hint=did_you_mean(name, ens.labels)
            )
    if not names:
        problems.value("types", "must hold at least one name")
    return [ens.labels.index(name) for name in dict.fromkeys(names) if name in ens.labels]


def _largest(counts: NDArray[np.int64], labels: tuple[str, ...]) -> str | None:
    alive = np.flatnonzero(counts.any(axis=1))
    return labels[int(counts[alive[-1]].argmax())] if alive.size else None
