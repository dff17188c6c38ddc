"""Tables that are printed, or written to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chemoevo.base.tables import longest_part, text_table, text_width, wrapped
from chemoevo.cli.outputs import new_file, written_whole
from chemoevo.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

SHOWN = 40
"""Rows that are printed."""
_NARROW = 10
"""Columns that a cell has at least, if it needs them."""


def checked_table_file(out: str, points: pl.DataFrame | None, *, overwrite: bool) -> Path:
    """Where a table, with these points where it has some, is written.

    Raises
    ------
    ModelError
        As `new_file`, or if the file cannot hold the points.
    """
    file = new_file(out, name="out", endings=(".csv", ".parquet"), overwrite=overwrite)
    if (
        points is not None
        and file.suffix == ".csv"
        and (nested := [name for name in points.columns if points[name].dtype.is_nested()])
    ):
        raise ModelError(f"out must end in .parquet: CSV cannot hold the lists of column {nested[0]!r}.")
    return file


def write_table_file(table: pl.DataFrame, file: Path) -> None:
    """Writes a table.

    Raises
    ------
    SimulationError
        If the disk is full.
    """
    with written_whole(file, name="out") as beside:
        table.write_csv(beside) if file.suffix == ".csv" else table.write_parquet(beside)


def shown_table(table: pl.DataFrame, *, known_by: int = 1) -> str:
    """The rows as text, numbers in four digits; as many columns as fit, intervals last.

    Rows are known by the first columns, of which there are `known_by`.
    """

    def cell(value: object) -> str:
        return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)

    ends = ("_low", "_high", "_error")
    told = [name for name in table.columns if not name.endswith(ends)]
    told += [name for name in table.columns if name.endswith(ends) and not _exact(table, name)]
    if "status" in table.columns and (table["status"] != "ok").any():
        # Why a point has no answer is what one looks for first.
        told = [*told[:known_by], "status", *(name for name in told[known_by:] if name != "status")]
    cells = {name: [cell(value) for value in table.head(SHOWN)[name]] for name in told}
    room, columns = text_width(), []
    for name in told:
        # Numbers are not broken; names of parameters and words may be.
        room -= 2 + max(max(min(len(text), _NARROW), longest_part(text)) for text in (name, *cells[name]))
        if room < 0:
            break
        columns.append(name)
    text = text_table(columns, list(zip(*(cells[name] for name in columns), strict=True)), indent="")
    more = table.height - SHOWN
    rest = [f"... and {more} more rows"] if more > 0 else []
    if len(columns) < len(told):
        rest.append(wrapped(f"Not shown: {', '.join(told[len(columns) :])}. --out and --json have all.", hanging=""))
    return "\n".join([text, *rest])


def _exact(table: pl.DataFrame, name: str) -> bool:
    """Whether an end of an interval says no more than its value."""
    value = name.removesuffix("_low").removesuffix("_high")
    return value in table.columns and table[name].equals(table[value].alias(name))
