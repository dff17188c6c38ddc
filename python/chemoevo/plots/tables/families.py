"""The clones of one replicate as arrays: parents, times, sizes at the instants that are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.ensemble.ensemble import Ensemble


@dataclass(frozen=True, eq=False)
class Family:
    """Clones of one replicate, in the order of founding, so parents come before their children.

    Attributes
    ----------
    parent
        Index of the parent; -1 where the clone was there at time 0.
    kind
        Index of its type.
    founded, extinct
        (days) `extinct` is infinite where the clone had cells at the end.
    times
        (days) The start, the observation times and the end of the replicate, shape (times,).
    sizes
        (cells) Shape (clones, times).
    end
        (days) When the replicate ended.
    size
        (cells) At the end.
    """

    parent: NDArray[np.int64]
    kind: NDArray[np.int64]
    founded: NDArray[np.float64]
    extinct: NDArray[np.float64]
    times: NDArray[np.float64]
    sizes: NDArray[np.float64]
    end: float
    size: NDArray[np.int64]


def family_of(ensemble: Ensemble, index: int) -> Family:
    """The clones of the replicate at an index.

    Raises
    ------
    ModelError
        If clones were not recorded, or there were no cells at all.
    """
    number = ensemble.replicates[index]
    if ensemble.record != "clones":
        remedy = f"Run it with record='clones', or take ensemble.replicate({number}, record='clones')."
        raise ModelError(f"ensemble must have recorded its clones. {remedy}")
    clones = ensemble.clones.filter(replicate=number)
    if clones.is_empty():
        raise ModelError(f"replicate {number} has no clone: it never had cells.")
    seen = ensemble.clone_sizes.filter(replicate=number)
    founded = clones["founded_at"].to_numpy()
    parent = clones["parent_id"].fill_null(-1).to_numpy()
    end = float(ensemble.columns.time[index])
    observed = np.asarray(ensemble.times)
    times = np.unique(np.concatenate([[0.0], observed[observed <= end], [end]]))
    sizes = np.zeros((len(clones), len(times)))
    sizes[seen["clone_id"].to_numpy(), np.searchsorted(times, seen["time"].to_numpy())] = seen["count"].to_numpy()
    kind = clones["type"].to_physical().to_numpy().astype(np.int64)
    last = clones["size"].to_numpy()
    sizes[:, -1] = last
    if observed[0] > 0.0:
        # One clone per type is there at the start.
        roots = np.flatnonzero(parent < 0)
        sizes[roots, 0] = ensemble.initial[index][kind[roots]]
    return Family(
        parent=parent,
        kind=kind,
        founded=founded,
        extinct=clones["extinct_at"].fill_null(np.inf).to_numpy(),
        times=times,
        sizes=sizes,
        end=end,
        size=last,
    )


def clone_frame(family: Family, types: tuple[str, ...]) -> pl.DataFrame:
    """clone_id, parent_id, type and founded_at (days) of every clone."""
    ids = np.arange(len(family.parent), dtype=np.int64)
    return pl.DataFrame(
        {
            "clone_id": ids,
            "parent_id": pl.Series(family.parent).replace(-1, None),
            "type": pl.Series(types, dtype=pl.Enum(types)).gather(family.kind.astype(np.uint32)),
            "founded_at": family.founded,
        }
    )
