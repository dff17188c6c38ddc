"""Tables of recorded clones, and their family trees in Newick form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NO_PARENT = 2**32 - 1
"""The core's parent of the clones present at time 0."""
_PLAIN = re.compile(r"[^\s()\[\]{}'\":;,/\\]+")
"""Names that every reader takes without quotes."""


class CloneTables:
    """The clones of an ensemble: columns of the core, and the tables made of them."""

    def __init__(
        self,
        columns: tuple[NDArray[Any], ...],
        *,
        replicates: range,
        times: NDArray[np.float64],
        types: Sequence[str],
    ) -> None:
        for column in columns:
            column.flags.writeable = False
        (
            clones, sizes, self.cell_type, self.parent, self.founded, self.extinct, self.size,
            self._observed_clone, self._observed_time, self._observed_count,
        ) = columns  # fmt: skip
        # numpy repeats signed numbers of times only.
        self._clones, self._sizes = clones.astype(np.int64), sizes.astype(np.int64)
        self._starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(self._clones)])
        self._replicates = replicates
        self._times = times
        self._types = tuple(types)

    def clones(self) -> pl.DataFrame:
        """One row a clone."""
        numbers = np.arange(len(self.size), dtype=np.int64) - np.repeat(self._starts[:-1], self._clones)
        names = pl.Series(self._types, dtype=pl.Enum(self._types))
        return pl.DataFrame(
            {
                "replicate": self._replicate(self._clones),
                "clone_id": numbers.astype(np.uint32),
                "parent_id": self.parent,
                "type": names.gather(self.cell_type),
                "founded_at": self.founded,
                "extinct_at": self.extinct,
                "size": self.size,
            }
        ).with_columns(
            pl.when(pl.col("parent_id") != NO_PARENT).then(pl.col("parent_id")).alias("parent_id"),
            pl.when(pl.col("extinct_at").is_finite()).then(pl.col("extinct_at")).alias("extinct_at"),
        )

    def sizes(self) -> pl.DataFrame:
        """One row an observation time and clone that then had cells."""
        return pl.DataFrame(
            {
                "replicate": self._replicate(self._sizes),
                "clone_id": self._observed_clone,
                "time": self._times[self._observed_time],
                "count": self._observed_count,
            }
        )

    def _replicate(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        return np.repeat(np.arange(self._replicates.start, self._replicates.stop, dtype=np.uint64), rows)

    def newick(self, index: int, end: float, *, alive_only: bool) -> str:
        """The tree of the replicate at this index, which ended on day `end`; empty if no clone is shown."""
        rows = slice(int(self._starts[index]), int(self._starts[index + 1]))
        parent = np.where(self.parent[rows] == NO_PARENT, -1, self.parent[rows].astype(np.int64)).tolist()
        extinct = self.extinct[rows]
        return newick(
            names=[f"{self._types[i]}_{number}" for number, i in enumerate(self.cell_type[rows].tolist())],
            parent=parent,
            founded=self.founded[rows].tolist(),
            tip=np.where(np.isfinite(extinct), extinct, end).tolist(),
            shown=(np.isinf(extinct) if alive_only else np.ones(len(parent), dtype=np.bool_)).tolist(),
        )


def newick(*, names: list[str], parent: list[int], founded: list[float], tip: list[float], shown: list[bool]) -> str:
    """A tree with a tip for every clone that is shown, and a node wherever two lineages with such tips part.

    Parameters
    ----------
    names
        Names of the tips.
    parent
        Index of every clone's parent, smaller than its own; -1 where it was there at time 0.
    founded
        (days) When the clone left its parent, increasing with the index.
    tip
        (days) When its branch ends.
    shown
        Whether it is a tip.

    Returns
    -------
    str
        Newick; empty if no clone is shown.

    Notes
    -----
    Going back in time from its tip, a clone's branch meets its children in the order of their founding, latest first.
    """
    children: list[list[int]] = [[] for _ in names]
    top = [0.0] * len(names)
    kept = list(shown)
    for c in reversed(range(len(names))):
        # Children come after their parent, so theirs are complete, latest first.
        met = children[c]
        kept[c] = shown[c] or bool(met)
        if not kept[c]:
            continue
        top[c] = tip[c] if not met and shown[c] else founded[met[-1]]
        if not shown[c] and len(met) == 1:
            top[c] = top[met[0]]
        if parent[c] >= 0:
            children[parent[c]].append(c)

    roots = [c for c in range(len(names)) if parent[c] < 0 and kept[c]]
    if not roots:
        return ""
    pieces: list[str] = []
    stack: list[str | int] = [");"]
    for position, c in enumerate(reversed(roots)):
        stack += [f":{top[c]!r}", c] if position == 0 else [",", f":{top[c]!r}", c]
    stack.append("(")
    # What lies on top is written first.
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        met = children[item]
        later = met if shown[item] else met[1:]
        pieces.append("(" * len(later))
        time = tip[item] if shown[item] else top[met[0]]
        rest: list[str | int] = [_quoted(names[item]) if shown[item] else met[0]]
        for child in later:
            at = founded[child]
            rest += [f":{time - at!r},", child, f":{top[child] - at!r})"]
            time = at
        stack += reversed(rest)
    return "".join(pieces)


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else "'" + name.replace("'", "''") + "'"
