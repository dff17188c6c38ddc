"""The bands of a Muller plot: every clone inside its parent, over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo.base.arguments import choice, real
from chemoevo.errors import ModelError, Problems
from chemoevo.plots.tables.ensembles import ensemble_of, index_of
from chemoevo.plots.tables.families import clone_frame, family_of

if TYPE_CHECKING:
    from typing import Any, Literal

    from numpy.typing import NDArray

    from chemoevo.ensemble.ensemble import Ensemble
    from chemoevo.plots.tables.families import Family

SHARE = 0.01
"""Clones that with their descendants never are so large a share of the tumor are not told apart."""


@dataclass(frozen=True, eq=False)
class Bands:
    """Clones that are shown, in the order of founding; arrays of shape (clones,) or (clones, times).

    Attributes
    ----------
    clone, parent
        Its number, and the row of its parent among those shown; -1 for none.
    kind
        Index of its type.
    founded, gone
        (days) From when until when it or a descendant had cells; `gone` is the end where they still do.
    times
        (days) The start, the observation times and the end of the replicate.
    count
        (cells) Of itself and of the clones merged into it.
    low, high
        Where its band lies, descendants included.
    """

    clone: NDArray[np.intp]
    parent: NDArray[np.intp]
    kind: NDArray[np.int64]
    founded: NDArray[np.float64]
    gone: NDArray[np.float64]
    times: NDArray[np.float64]
    count: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    frame: pl.DataFrame


def bands_of(ensemble: Ensemble, *, replicate: Any, scale: Any, min_share: Any) -> Bands:
    """The bands of one replicate; arguments and errors as for `muller_table`."""
    ens = ensemble_of(ensemble)
    problems = Problems()
    index = index_of(problems, ens, replicate)
    shares = choice(problems, "scale", scale, ("share", "cells")) == "share"
    least = real(problems, "min_share", min_share, "must be a share from 0 to 1", 0.0, 1.0)
    problems.raise_if_any()
    family = family_of(ens, index)
    if family.end <= 0.0:
        raise ModelError(f"replicate {ens.replicates[index]} ended on day 0: there is no time to draw.")
    parent = family.parent.tolist()
    everything = _with_descendants(family.sizes, parent)
    whole = np.maximum(family.sizes.sum(axis=0), 1.0)
    shown = (everything / whole).max(axis=1) >= least
    shown[family.parent < 0] = True
    # A clone is never larger than its parent, both with descendants: the parent of a shown clone is shown.
    into = np.arange(len(parent))
    for c, p in enumerate(parent):
        if not shown[c]:
            into[c] = into[p]
    own, heights = np.zeros_like(family.sizes), np.zeros_like(family.sizes)
    np.add.at(own, into, family.sizes)
    np.add.at(heights, into, _shares(family) if shares else family.sizes)
    gone = np.minimum(family.extinct, family.end)
    for c in reversed(range(len(parent))):
        if parent[c] >= 0:
            gone[parent[c]] = max(gone[parent[c]], gone[c])
    kept = np.flatnonzero(shown)
    row_of = np.full(len(parent) + 1, -1, dtype=np.intp)
    row_of[kept] = np.arange(len(kept))
    rows = row_of[family.parent[kept]]
    low, high = _stacked(heights[kept], rows.tolist())
    return Bands(
        clone=kept, parent=rows, kind=family.kind[kept], founded=family.founded[kept], gone=gone[kept],
        times=family.times, count=own[kept], low=low, high=high, frame=clone_frame(family, ens.types)[kept],
    )  # fmt: skip


def _with_descendants(sizes: NDArray[np.float64], parent: list[int]) -> NDArray[np.float64]:
    total: NDArray[np.float64] = sizes.copy()
    for c in reversed(range(len(parent))):
        if parent[c] >= 0:
            total[parent[c]] += total[c]
    return total


def _shares(family: Family) -> NDArray[np.float64]:
    sizes: NDArray[np.float64] = family.sizes.copy()
    if not sizes[:, -1].any():
        # The tumor died out at the end: just before, it was made of those that lasted until then.
        last = family.extinct >= family.end
        before = np.where(last, sizes[:, -2], 0.0)
        sizes[:, -1] = before if before.any() else last
    sizes /= np.maximum(sizes.sum(axis=0), 1e-300)
    return sizes


def _stacked(own: NDArray[np.float64], parent: list[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Half of a clone's own cells, then its children, then the other half."""
    total = _with_descendants(own, parent)
    low = np.zeros_like(own)
    free, ground = np.zeros_like(own), np.zeros(own.shape[1])
    for c, p in enumerate(parent):
        if p < 0:
            low[c] = ground
            ground = ground + total[c]
        else:
            low[c] = free[p]
            free[p] += total[c]
        free[c] = low[c] + 0.5 * own[c]
    return low, low + total


def muller_table(
    ensemble: Ensemble, *, replicate: int, scale: Literal["share", "cells"] = "share", min_share: float = SHARE
) -> pl.DataFrame:
    """The band of every clone of one replicate over time: what `muller` draws.

    Parameters
    ----------
    ensemble
        Simulated with `record="clones"`.
    replicate
        Number of the replicate, one of `ensemble.replicates`.
    scale
        "share" of the tumor at each time, or "cells".
    min_share
        From 0 to 1. Clones that with their descendants never reach this share of the tumor at an observation are merged
        into their parents, whatever their type. Those that were there at time 0 never are.

    Returns
    -------
    polars.DataFrame
        One row per clone that is shown and time, clones in the order of founding. Columns: clone_id, parent_id (null
        for those that were there at time 0), type, founded_at, gone_at (days; when it and all its descendants were
        gone, null if they had cells at the end), time (days: the start, the observation times until the end of the
        replicate, and its end), count (cells of the clone and those merged into it), low and high (edges of its band,
        descendants included, in the unit of `scale`). The band is half the clone's own cells, its children in the
        order of founding, and the other half.

    Raises
    ------
    ModelError
        If clones were not recorded, there is no such replicate, it never had cells or ended on day 0, or an argument
        has a wrong value.
    TypeError
        If `ensemble` is none, or an argument has a wrong type.

    Notes
    -----
    A tumor that died out has no shares at that instant: they are those of the clones that lasted until then, at the
    observation before.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0])
    >>> ens = ce.simulate(process, initial={"S": 7}, times=[1.0], seed=1, record="clones")
    >>> plots.muller_table(ens, replicate=0).select("clone_id", "time", "count", "low", "high").rows()
    [(0, 0.0, 7.0, 0.0, 1.0), (0, 1.0, 7.0, 0.0, 1.0)]
    """
    bands = bands_of(ensemble, replicate=replicate, scale=scale, min_share=min_share)
    number, instants = bands.low.shape
    alive = bands.high[:, -1] > bands.low[:, -1]
    lasting = alive if bands.count[:, -1].any() else np.zeros(number, dtype=np.bool_)
    gone = pl.Series("gone_at", np.where(lasting, np.nan, bands.gone)).fill_nan(None)
    clones = bands.frame.with_columns(gone)[np.repeat(np.arange(number), instants)]
    return clones.with_columns(
        pl.Series("time", np.tile(bands.times, number)),
        *(pl.Series(name, getattr(bands, name).reshape(-1)) for name in ("count", "low", "high")),
    )
