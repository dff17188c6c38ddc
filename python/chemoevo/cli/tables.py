"""Tables that are printed, or written to a file."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from chemoevo.base.files import writing
from chemoevo.base.locations import path_of
from chemoevo.base.tables import text_table
from chemoevo.errors import ModelError

if TYPE_CHECKING:
    import polars as pl

SHOWN = 40
"""Rows that are printed."""


def checked_table_file(out: str, points: pl.DataFrame, *, overwrite: bool) -> Path:
    """Where a table with these points is written: checked before the work is done.

    Raises
    ------
    ModelError
        If the name has no ending that says how, the file is there, it cannot hold the points, or cannot be written.
    """
    file = path_of(out, name="out", kind="file")
    if file.suffix not in (".csv", ".parquet"):
        raise ModelError(f"out must be a file that ends in .csv or .parquet; got {out!r}.")
    note_new_file("out", file, overwrite=overwrite)
    if file.suffix == ".csv" and (nested := [name for name in points.columns if points[name].dtype.is_nested()]):
        raise ModelError(f"out must end in .parquet: CSV cannot hold the lists of column {nested[0]!r}.")
    with writing(file, name="out"):
        file.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(file.parent, os.W_OK):
            raise ModelError(f"out: cannot write to the folder {str(file.parent)!r}.")
    return file


def note_new_file(name: str, file: Path, *, overwrite: bool) -> None:
    """Refuses a folder, and a file that is there and is not to be replaced.

    Raises
    ------
    ModelError
        If it is one.
    """
    if file.is_dir():
        raise ModelError(f"{name} must be a file; {str(file)!r} is a folder.")
    if file.exists() and not overwrite:
        raise ModelError(f"{name}: {str(file)!r} is there already. Name another file, or replace it with --overwrite.")


def write_table_file(table: pl.DataFrame, file: Path) -> None:
    """Writes a table whole, or not at all.

    Raises
    ------
    SimulationError
        If the disk is full.
    """
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    with writing(file, name="out"):
        try:
            table.write_csv(beside) if file.suffix == ".csv" else table.write_parquet(beside)
            os.replace(beside, file)
        finally:
            beside.unlink(missing_ok=True)


def shown_table(table: pl.DataFrame) -> str:
    """The rows as text, numbers in four digits."""

    def cell(value: object) -> str:
        return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)

    columns = [name for name in table.columns if not name.endswith(("_low", "_high")) or not _exact(table, name)]
    rows = [tuple(cell(row[name]) for name in columns) for row in table.head(SHOWN).iter_rows(named=True)]
    more = table.height - SHOWN
    text = text_table(columns, rows, indent="")
    return f"{text}\n... and {more} more" if more > 0 else text


def _exact(table: pl.DataFrame, name: str) -> bool:
    """Whether an end of an interval says no more than its value."""
    value = name.removesuffix("_low").removesuffix("_high")
    return value in table.columns and table[name].equals(table[value].alias(name))
