"""Recorded clones of an ensemble: their tables and trees."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo._core import NO_PARENT
from chemoevo.base.arguments import whole
from chemoevo.base.forks import check_fork
from chemoevo.ensemble.columns import CloneColumns
from chemoevo.ensemble.newick import newick
from chemoevo.errors import ModelError, Problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class CloneTables:
    """The clones of an ensemble: columns of the core, and the tables made of them."""

    def __init__(
        self,
        columns: CloneColumns,
        *,
        replicates: range,
        times: NDArray[np.float64],
        types: Sequence[str],
    ) -> None:
        self.columns = columns
        self._clones, self._sizes = columns.clones, columns.sizes
        self._starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(self._clones)])
        self._replicates = replicates
        self._times = times
        self._types = tuple(types)

    def clones(self) -> pl.DataFrame:
        """One row per clone."""
        check_fork()
        numbers = np.arange(len(self.columns.size), dtype=np.int64) - np.repeat(self._starts[:-1], self._clones)
        names = pl.Series(self._types, dtype=pl.Enum(self._types))
        return pl.DataFrame(
            {
                "replicate": self._replicate(self._clones),
                "clone_id": numbers,
                "parent_id": self._parents(slice(None)),
                "type": names.gather(self.columns.cell_type),
                "founded_at": self.columns.founded,
                "extinct_at": self.columns.extinct,
                "size": self.columns.size,
            }
        ).with_columns(
            pl.when(pl.col("parent_id") >= 0).then(pl.col("parent_id")).alias("parent_id"),
            pl.when(pl.col("extinct_at").is_finite()).then(pl.col("extinct_at")).alias("extinct_at"),
        )

    def sizes(self) -> pl.DataFrame:
        """One row an observation time and clone that then had cells."""
        return pl.DataFrame(
            {
                "replicate": self._replicate(self._sizes),
                "clone_id": self.columns.observed_clone.astype(np.int64),
                "time": self._times[self.columns.observed_time],
                "count": self.columns.observed_count,
            }
        )

    def _parents(self, rows: slice) -> NDArray[np.int64]:
        """Numbers of the parents, -1 for clones that were there at time 0."""
        parent = self.columns.parent[rows]
        return np.where(parent == NO_PARENT, -1, parent.astype(np.int64))

    def _replicate(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.repeat(np.arange(self._replicates.start, self._replicates.stop, dtype=np.int64), rows)

    def newick(self, index: int, end: float, *, alive_only: bool) -> str:
        """The tree of the replicate at this index, which ended on day `end`; empty if no clone is shown."""
        rows = slice(int(self._starts[index]), int(self._starts[index + 1]))
        parent = self._parents(rows).tolist()
        extinct = self.columns.extinct[rows]
        return newick(
            names=[f"{self._types[i]}_{number}" for number, i in enumerate(self.columns.cell_type[rows].tolist())],
            parent=parent,
            founded=self.columns.founded[rows].tolist(),
            tip=np.where(np.isfinite(extinct), extinct, end).tolist(),
            shown=(np.isinf(extinct) if alive_only else np.ones(len(parent), dtype=np.bool_)).tolist(),
        )


def columns_of_tables(
    clones: pl.DataFrame,
    sizes: pl.DataFrame,
    *,
    replicates: range,
    times: NDArray[np.float64],
    types: Sequence[str],
) -> CloneColumns:
    """The columns from which `CloneTables` makes these two tables.

    Raises
    ------
    ValueError
        If no clones of these replicates, times and types have such tables.
    """
    rows = [frame["replicate"].to_numpy() for frame in (clones, sizes)]
    if any(r.size and (r.min() < replicates.start or r.max() >= replicates.stop) for r in rows):
        raise ValueError("there are clones of other replicates")
    numbers = [np.bincount(r - replicates.start, minlength=len(replicates)) for r in rows]
    at = sizes["time"].to_numpy()
    index = np.minimum(np.searchsorted(times, at), len(times) - 1).astype(np.uint32)
    names = pl.Enum(list(types))
    columns = CloneColumns(
        clones=numbers[0],
        sizes=numbers[1],
        cell_type=clones["type"].cast(names).to_physical().to_numpy().astype(np.uint32),
        parent=clones["parent_id"].fill_null(NO_PARENT).to_numpy().astype(np.uint32),
        founded=clones["founded_at"].to_numpy().astype(np.float64),
        extinct=clones["extinct_at"].fill_null(np.inf).to_numpy().astype(np.float64),
        size=clones["size"].to_numpy().astype(np.int64),
        observed_clone=sizes["clone_id"].to_numpy().astype(np.uint32),
        observed_time=index,
        observed_count=sizes["count"].to_numpy().astype(np.int64),
    )
    again = CloneTables(columns, replicates=replicates, times=times, types=types)
    # Order, numbering, times, types and the absence of nulls, all at once.
    if not (again.clones().equals(clones) and again.sizes().equals(sizes)):
        raise ValueError("the tables of clones do not fit together")
    return columns


class WithClones:
    """What an ensemble says of its clones."""

    replicates: range
    _clones: CloneTables | None
    _end: NDArray[np.float64]

    @property
    def clones(self) -> pl.DataFrame:
        """Every clone of every replicate, where `record="clones"` was asked for.

        A clone is one lineage founded by one mutation or switch: a mutant-producing division founds a clone of one
        cell, a switch takes a cell from its clone and founds one of the new type, and divisions without a mutation
        and deaths change a clone's size. The cells of one type at time 0 are one clone.

        Columns: replicate, clone_id (0, 1, ... within the replicate, in the order of founding), parent_id (null for
        the clones present at time 0), type, founded_at (days), extinct_at (days; null if the clone had cells when the
        replicate ended) and size (cells at `outcomes["time"]`; the sizes of a type add up to `final`).

        Raises
        ------
        AttributeError
            If clones were not recorded.
        """
        return self._clone_table.clone()

    @cached_property
    def _clone_table(self) -> pl.DataFrame:
        return self._recorded(AttributeError).clones()

    @property
    def clone_sizes(self) -> pl.DataFrame:
        """Sizes of the clones at the observation times, where `record="clones"` was asked for.

        Columns: replicate, clone_id, time (days), count (cells). There are rows for clones with cells only, in order
        of replicate, time and clone, and none after the end of a replicate; counts of one type add up to `counts`.

        Raises
        ------
        AttributeError
            If clones were not recorded.
        """
        check_fork()
        return self._size_table.clone()

    @cached_property
    def _size_table(self) -> pl.DataFrame:
        return self._recorded(AttributeError).sizes()

    def newick(self, replicate: int, *, alive_only: bool = False) -> str:
        """The family tree of one replicate's clones in Newick form.

        Parameters
        ----------
        replicate
            Number of the replicate, one of `replicates`.
        alive_only
            Whether clones that died out are left out, and with them the nodes at which they left.

        Returns
        -------
        str
            A rooted tree ending in ";". The root is time 0 and joins the clones that were there; an inner node is the
            founding of a clone; a tip is a clone, named after its type and `clone_id`: R_12. The distance of a tip
            from the root is the day on which the clone died out or on which the replicate ended, whichever was
            first. Names with anything but letters, digits and _ . + - are quoted, with ' doubled.

        Raises
        ------
        ModelError
            If clones were not recorded, there is no such replicate, or no clone is left to show.

        Notes
        -----
        With one type at time 0 the root has one branch: its length is the time until the first clone is founded.
        Readers that hold to the letter of the format take underscores in names without quotes for blanks; in
        dendropy, `preserve_underscores=True` keeps them.

        Examples
        --------
        >>> import chemoevo as ce
        >>> process = ce.BranchingProcess(
        ...     types=["S", "R"], birth=[1.0, 1.0], death=[0.2, 0.2], mutation={("S", "R"): 0.1}
        ... )
        >>> ens = ce.simulate(process, initial={"S": 5}, times=[2.0], seed=1, record="clones")
        >>> ens.newick(0).count("R_") == (ens.clones["type"] == "R").sum()
        True
        """
        tables = self._recorded(ModelError)
        problems = Problems()
        number = whole(problems, "replicate", replicate, self.replicates[0], self.replicates[-1])
        problems.raise_if_any()
        index = number - self.replicates.start
        tree = tables.newick(index, float(self._end[index]), alive_only=bool(alive_only))
        if not tree:
            what = "living clone: leave out alive_only" if alive_only else "clone"
            raise ModelError(f"replicate {number} has no {what}; there is no tree.")
        return tree

    def _recorded(self, error: type[Exception]) -> CloneTables:
        if self._clones is None:
            raise error("clones were not recorded. Run it with ce.simulate(..., record='clones').")
        return self._clones
