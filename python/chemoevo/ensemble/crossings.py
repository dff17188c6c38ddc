"""First times at which numbers of cells are reached, noted without stopping."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo.base.arguments import flag, whole
from chemoevo.base.option import Option, type_names
from chemoevo.errors import Problems

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, init=False, slots=True)
class Crossings(Option):
    """Notes when numbers of cells are first reached, without stopping there.

    Parameters
    ----------
    size
        Number of cells, or several: whole numbers from 1 to 2**62 (floats such as 1e9 are accepted), each once.
        They are kept in increasing order.
    of
        Names of the types that are counted together; None counts all cells.
    appearance
        Whether also the first cell of every type is noted.

    Raises
    ------
    ModelError
        If a size is out of range or given twice, `of` is empty or names a type twice, or nothing is to be noted.
    TypeError
        If a value has a wrong type.

    Notes
    -----
    Times are exact in `direct` and `bnb`, and follow the law of first passage, as a `Stop` at that size does; `leap`
    has its tolerance, and passes no size unseen. With `direct` the numbers drawn are those without a record; with `bnb`
    and `leap` they are others, under the same law.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.2, 0.2], death=[0.1, 0.1], mutation={("S", "R"): 1e-6}
    ... )
    >>> ens = ce.simulate(
    ...     process, initial={"S": 1000}, times=[160], seed=1, record=ce.Crossings(size=[1e6, 1e9], appearance=True)
    ... )
    >>> ens.crossings.select("what", "size").rows()
    [('total', 1000000), ('total', 1000000000), ('S', 1), ('R', 1)]
    >>> ens.crossings["time"].is_null().any()
    False
    """

    size: tuple[int, ...]
    of: tuple[str, ...] | None
    appearance: bool

    def __init__(
        self,
        *,
        size: float | Sequence[float] = (),
        of: Sequence[str] | None = None,
        appearance: bool = False,
    ) -> None:
        problems = Problems()
        several = isinstance(size, Iterable) and not isinstance(size, str)
        sizes: list[int] = []
        for index, one in enumerate(size if several else [size]):  # type: ignore[arg-type]
            path = f"crossings.size[{index}]" if several else "crossings.size"
            number = whole(problems, path, one, 1)
            if number in sizes:
                problems.value(path, "must be given once", number)
            sizes.append(number)
        before = len(problems)
        first = flag(problems, "crossings.appearance", appearance)
        if not sizes and not first and len(problems) == before:
            problems.value("crossings.size", "must hold at least one size, unless appearance=True")
        object.__setattr__(self, "size", tuple(sorted(sizes)))
        object.__setattr__(self, "of", None if of is None else type_names(problems, "crossings.of", of))
        object.__setattr__(self, "appearance", first)
        problems.raise_if_any()

    def describe(self) -> str:
        """What is noted, in words."""
        counted = "all cells" if self.of is None else "cells of " + ", ".join(self.of)
        parts = [f"{', '.join(f'{n:,}' for n in self.size)} {counted}"] if self.size else []
        parts += ["the first cell of every type"] if self.appearance else []
        return "note the first instant with " + ", and with ".join(parts)

    def sums(self, types: Sequence[str]) -> list[tuple[str, list[bool], list[int]]]:
        """Name, flags of the types and sizes of every sum that is watched."""
        found = []
        if self.size:
            name = "total" if self.of is None else "+".join(self.of)
            found.append((name, [self.of is None or t in self.of for t in types], list(self.size)))
        if self.appearance:
            # A single type whose first cell is asked for by its size is not watched twice.
            known = self.size[0] == 1 and self.of if self.size else None
            found += [(t, [t == other for other in types], [1]) for t in types if known != (t,)]
        return found


def crossing_table(
    asked: Crossings,
    types: Sequence[str],
    times: NDArray[np.float64],
    ends: pl.DataFrame,
) -> pl.DataFrame:
    """One row per replicate and size, from times (replicates, sizes), infinite where a size was not reached."""
    rows = [(name, size) for name, _, sizes in asked.sums(types) for size in sizes]
    n = len(times)
    ended = ends.select("replicate", "time", "outcome")
    index = np.repeat(np.arange(n, dtype=np.uint32), len(rows))
    return pl.DataFrame(
        {
            "replicate": ended["replicate"].gather(index),
            "what": [name for name, _ in rows] * n,
            "size": np.tile(np.array([size for _, size in rows], dtype=np.int64), n),
            "time": times.reshape(-1),
            "ended_at": ended["time"].gather(index),
            "outcome": ended["outcome"].gather(index),
        }
    ).with_columns(pl.when(pl.col("time").is_finite()).then(pl.col("time")).alias("time"))
