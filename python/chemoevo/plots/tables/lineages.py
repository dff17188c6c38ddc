"""The family tree of the clones of one replicate, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo.base.arguments import flag, whole
from chemoevo.errors import ModelError, Problems
from chemoevo.plots.tables.ensembles import ensemble_of, index_of
from chemoevo.plots.tables.families import clone_frame, family_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.ensemble.ensemble import Ensemble

TIPS, MOST = 40, 1000
"""Clones that a tree shows if not told otherwise, and at most."""


def tree_table(ensemble: Ensemble, *, replicate: int, tips: int = TIPS, alive_only: bool = True) -> pl.DataFrame:
    """The family tree of one replicate's clones, one row per branch: what `tree` draws.

    Parameters
    ----------
    ensemble
        Simulated with `record="clones"`.
    replicate
        Number of the replicate, one of `ensemble.replicates`.
    tips
        How many clones are shown, from 1 to 1000, besides their ancestors: the largest at the end; of those that died
        out, the last to go.
    alive_only
        Whether clones that died out are left out, but for ancestors of others.

    Returns
    -------
    polars.DataFrame
        One row per clone, in the order of rows from above. Columns: clone_id, parent_id (null for those that were there
        at time 0), type, founded_at (days), ended_at (days; when it died out or the replicate ended), alive (whether it
        had cells at the end), size (cells at the end), chosen (False for clones that are there as ancestors only) and
        row (0, 1, ...). Children come after their parent, the last founded first, so that no two branches cross.

    Raises
    ------
    ModelError
        If clones were not recorded, there is no such replicate, it never had cells or no clone is alive (with
        `alive_only`), or `tips` is not from 1 to 1000.
    TypeError
        If `ensemble` is none, or an argument has a wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0])
    >>> ens = ce.simulate(process, initial={"S": 7}, times=[1.0], seed=1, record="clones")
    >>> plots.tree_table(ens, replicate=0).select("clone_id", "founded_at", "ended_at", "size").rows()
    [(0, 0.0, 1.0, 7)]
    """
    return tree_and_number(ensemble, replicate=replicate, tips=tips, alive_only=alive_only)[0]


def tree_and_number(
    ensemble: object, *, replicate: object, tips: object, alive_only: object
) -> tuple[pl.DataFrame, int]:
    """The table, and among how many clones the tips were chosen; arguments and errors as for `tree_table`."""
    ens = ensemble_of(ensemble)
    problems = Problems()
    index = index_of(problems, ens, replicate)
    most = whole(problems, "tips", tips, 1, MOST)
    living = flag(problems, "alive_only", alive_only)
    problems.raise_if_any()
    family = family_of(ens, index)
    alive = np.isinf(family.extinct)
    candidates = np.flatnonzero(alive) if living else np.arange(len(alive))
    if not candidates.size:
        number = ens.replicates[index]
        raise ModelError(f"replicate {number} has no living clone; there is no tree. Set alive_only=False.")
    order = np.lexsort((family.founded, np.minimum(family.extinct, family.end), family.size))
    chosen = np.zeros(len(alive), dtype=np.bool_)
    chosen[order[np.isin(order, candidates)][-most:]] = True
    shown = chosen.copy()
    for c in reversed(range(len(shown))):
        if shown[c] and family.parent[c] >= 0:
            shown[family.parent[c]] = True
    rows = _rows(family.parent, shown)
    table = clone_frame(family, ens.types).with_columns(
        pl.Series("ended_at", np.minimum(family.extinct, family.end)),
        pl.Series("alive", alive),
        pl.Series("size", family.size),
        pl.Series("chosen", chosen),
    )[rows]
    return table.with_columns(pl.Series("row", np.arange(len(rows), dtype=np.int64))), len(candidates)


def _rows(parent: NDArray[np.int64], shown: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Clones from above: behind a parent its children, the last founded first, each with its own."""
    children: list[list[int]] = [[] for _ in parent]
    stack: list[int] = []
    for c in np.flatnonzero(shown).tolist():
        (children[parent[c]] if parent[c] >= 0 else stack).append(c)
    stack.reverse()
    rows: list[int] = []
    while stack:
        c = stack.pop()
        rows.append(c)
        stack += children[c]
    return np.array(rows, dtype=np.intp)
