"""Columns of Parquet files, as arrays: what a file says of itself is checked before anything is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chemoevo.base.forks import check_fork

_BEFORE: dict[Any, Any] = {pl.UInt32: pl.Int64, pl.UInt64: pl.Int64}
"""Kinds of columns before all counts were signed."""


def read_table(source: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """A table, or some of its columns. The path is one file, whatever letters are in it."""
    check_fork()
    return pl.read_parquet(
        source, columns=None if columns is None else list(columns), glob=False, hive_partitioning=False
    )


def read_signed(source: Path) -> pl.DataFrame:
    """`read_table`, with signed numbers also where chemoevo wrote unsigned ones before."""
    return read_table(source).cast(_BEFORE)


def scan_tables(sources: Sequence[Path]) -> pl.LazyFrame:
    """Several tables of the same columns, one after the other, unread."""
    check_fork()
    return pl.scan_parquet(list(sources), glob=False, hive_partitioning=False)


def scan_signed(sources: Sequence[Path]) -> pl.LazyFrame:
    """`scan_tables`, with signed counts also of files that chemoevo wrote before they were."""
    tables = scan_tables(sources)
    kinds = scan_tables(sources[:1]).collect_schema().dtypes()
    return tables.cast(_BEFORE) if any(kind in _BEFORE for kind in kinds) else tables


def rows_of(source: Path) -> int:
    """The number of rows that a file says it has; nothing else is read."""
    return int(scan_tables([source]).select(pl.len()).collect().item())


def check_rows(source: Path, expected: int) -> None:
    """Holds the number of rows that a file says it has against the one it must have.

    Raises
    ------
    ValueError
        If they differ.
    """
    rows = rows_of(source)
    if rows != expected:
        raise ValueError(f"{source.name} has {rows} rows, not {expected}")


def read_column(source: Path, name: str, dtype: type[np.generic]) -> NDArray[Any]:
    """One column, without nulls and of the given type, as an array of its own.

    Whole numbers are never negative; unsigned ones, of files that chemoevo wrote before, become signed.

    Raises
    ------
    ValueError
        If the column is another.
    """
    column = read_table(source, [name])[name]
    if column.null_count():
        raise ValueError(f"{source.name} has nulls in {name!r}")
    array = column.to_numpy()
    if dtype is np.int64 and array.dtype == np.uint64:
        if array.size and array.max() > np.uint64(np.iinfo(np.int64).max):
            raise ValueError(f"{source.name} has more than 2**63 - 1 in {name!r}")
        return array.astype(np.int64)
    if array.dtype != dtype:
        raise ValueError(f"{source.name} has {array.dtype} in {name!r}, not {np.dtype(dtype)}")
    if dtype is np.int64 and array.size and array.min() < 0:
        raise ValueError(f"{source.name} has negative numbers in {name!r}")
    return array.copy()
