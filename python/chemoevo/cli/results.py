"""The folder of a run: its tables, what they have in words, and how they were made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chemoevo._core import __version__
from chemoevo.base.locations import path_of
from chemoevo.base.result_folder import FILES, ResultFolder
from chemoevo.cli.columns import TABLES
from chemoevo.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

README = "README.md"
_TITLE = "# Results of chemoevo"


def result_folder(out: str, questions: tuple[str, ...], *, csv: bool, overwrite: bool) -> ResultFolder:
    """The folder to which a run writes its tables.

    Parameters
    ----------
    questions
        What is asked besides: a table each.
    csv
        Whether tables are written as CSV as well.

    Raises
    ------
    ModelError
        If a README is there that is not that of results.
    """
    where = path_of(out, name="out")
    tables = [name.removesuffix(".parquet") for name in FILES if name.endswith(".parquet")] + list(questions)
    mine = [README, *(f"{name}.parquet" for name in tables), *(f"{name}.csv" for name in tables if csv)]
    # Files of a run before are results too: they go where they are not written again.
    known = [name for name in _written_before(where) if name not in mine]
    if not _ours(where / README):
        raise ModelError(f"out: {str(where)!r} has a {README} that is not one of results. Name another folder.")
    return ResultFolder(out, overwrite=overwrite, files=(*mine, *known, FILES[-1]))


def write_results(
    folder: ResultFolder, tables: Mapping[str, pl.DataFrame], made: Mapping[str, Any], *, csv: bool
) -> None:
    """Writes tables, the README and how they were made, and puts all of it into place.

    Raises
    ------
    ModelError, SimulationError
        As `ResultFolder`.
    """
    for name, table in tables.items():
        folder.write(f"{name}.parquet", table)
        if csv:
            folder.write(f"{name}.csv", table)
    folder.write(README, readme(tables, made, csv=csv))
    folder.write(FILES[-1], {**made, "files": folder.written})
    folder.commit()


def readme(tables: Mapping[str, pl.DataFrame], made: Mapping[str, Any], *, csv: bool) -> str:
    """What every file is, and every column with its unit."""
    title, seed = made["scenario"]["name"], made["seed"]
    lines = [_TITLE, "", f"Scenario: {title}"]
    lines += ["", f"{made['replicates']} replicates, seed {seed}, chemoevo {__version__}."]
    lines += ["", "| file | what it has |", "|---|---|"]
    for name, table in tables.items():
        both = f"`{name}.parquet`" + (f", `{name}.csv`" if csv else "")
        lines.append(f"| {both} | {TABLES[name].rows}; {table.height} rows |")
    rest = "the scenario, seeds, versions, compiled processes, answers, and checksums of the other files"
    lines.append(f"| `{FILES[-1]}` | {rest} |")
    lines += ["", "A missing value is null; in a CSV file nothing stands between its commas."]
    for name, table in tables.items():
        lines += ["", f"## {name}", "", "| column | type | meaning |", "|---|---|---|"]
        for column, kind in table.schema.items():
            lines.append(f"| `{column}` | {kind.base_type()} | {TABLES[name].meaning(column)} |")
    return "\n".join(lines) + "\n"


def _ours(readme: Path) -> bool:
    """Whether it is one of results, or cannot be read: then the folder says what is wrong."""
    try:
        return readme.read_text(encoding="utf-8", errors="replace").startswith(_TITLE)
    except OSError:
        return True


def _written_before(where: Any) -> list[str]:
    """Names of tables that a run before has noted as its own."""
    try:
        noted = json.loads((where / FILES[-1]).read_text(encoding="utf-8")).get("files", {})
    except (OSError, ValueError, AttributeError):
        return []
    possible = {f"{name}{ending}" for name in TABLES for ending in (".parquet", ".csv")}
    return sorted(possible.intersection(noted))
