"""An ensemble as a folder of Parquet and JSON files, and back.

    counts.parquet       replicate, time, count_<type> ...           one row per replicate and observation time
                         (with `Counts` count_<label>)
    replicates.parquet   replicate, outcome, time, rejected, steps, engines,
                         initial_<type> ..., final_<type> ...        one row per replicate
    clones.parquet       the columns of `Ensemble.clones`            one row per clone, if they were recorded
    clone-sizes.parquet  those of `Ensemble.clone_sizes`             one row a time and living clone
    crossings.parquet    those of `Ensemble.crossings`               one row per replicate and size, if they were noted
    ensemble.json        format, versions, process, seed and all else that was run

An ensemble of a scenario has the same of its growth, named growth-*. Any reader of Parquet and
JSON can read them; nothing in them is executed.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo._core import OUTCOMES
from chemoevo.base.result_folder import ResultFolder
from chemoevo.base.versions import versions_here
from chemoevo.ensemble.clones import CloneTables, columns_of_tables
from chemoevo.ensemble.columns import CloneColumns, Columns
from chemoevo.ensemble.crossings import Crossings, crossing_table
from chemoevo.ensemble.options import Limits, Stop
from chemoevo.ensemble.record import Record
from chemoevo.ensemble.run import Run
from chemoevo.ensemble.tables import ends_table, numbers
from chemoevo.errors import ModelError
from chemoevo.process.branching import BranchingProcess

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FORMAT = "chemoevo ensemble"
FORMAT_VERSION = 1
_GROWTH = "growth-"
_COUNTS, _REPLICATES, _DESCRIPTION = PARTS = ("counts.parquet", "replicates.parquet", "ensemble.json")
"""What every ensemble has; the last one says what the others are."""
_CLONES, _SIZES = CLONE_PARTS = ("clones.parquet", "clone-sizes.parquet")
_CROSSINGS = "crossings.parquet"
_ALL = (*CLONE_PARTS, _CROSSINGS, *PARTS)
FILES = (*(_GROWTH + part for part in _ALL), *_ALL)
STUDY, STUDY_FORMAT = "study.json", "chemoevo study"
"""What `simulate_to` writes beside its pieces."""


@dataclass(frozen=True, eq=False)
class Stored:
    """What is on disk of an ensemble: a run, its columns, where it ran, and the growth before it."""

    run: Run
    columns: Columns
    versions: Mapping[str, str]
    growth: Stored | None


def save(stored: Stored, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Writes an ensemble into a folder; see `Ensemble.save`."""
    if not isinstance(overwrite, bool | np.bool_):
        raise TypeError(f"overwrite must be True or False; got {overwrite!r}.")
    with ResultFolder(folder_of(path), overwrite=bool(overwrite), files=FILES, name="path") as folder:
        if stored.growth is not None:
            _write(folder, _GROWTH, stored.growth)
        _write(folder, "", stored)
        folder.commit()


def pieces_of(folder: Path) -> list[range]:
    """The replicates of the pieces of a study on disk, in order.

    Raises
    ------
    ModelError
        If there is a gap or an overlap.
    """
    found = (re.fullmatch(r"replicates-(\d+)-(\d+)", p.name) for p in folder.iterdir())
    pieces = sorted((range(int(m[1]), int(m[2])) for m in found if m), key=lambda piece: piece.start)
    if any(a.stop != b.start for a, b in pairwise(pieces)):
        raise ModelError(f"path: the pieces of the study in {str(folder)!r} do not follow one another: {pieces!r}.")
    return pieces


class _OtherFormatError(ValueError):
    """Its message is complete: no word about damaged files is added."""


def folder_of(path: object) -> Path:
    """The folder that a path names."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a path of a folder; got {path!r}.")
    if not os.fspath(path):
        raise ModelError("path must name a folder; got ''.")
    return Path(path)


def _write(folder: ResultFolder, prefix: str, stored: Stored) -> None:
    run, columns = stored.run, stored.columns
    n, t, _ = columns.counts.shape
    types, labels = run.process.types, run.record.labels(run.process.types)
    ends = ends_table(columns, run.replicates)
    counts = {f"count_{name}": columns.counts[:, :, i].reshape(-1) for i, name in enumerate(labels)}
    folder.write(
        prefix + _COUNTS,
        pl.DataFrame({"replicate": np.repeat(numbers(run.replicates), t), "time": np.tile(run.times, n), **counts}),
    )
    states = {"initial": np.broadcast_to(run.initial, columns.final.shape), "final": columns.final}
    cells = {f"{k}_{name}": rows[:, i] for k, rows in states.items() for i, name in enumerate(types)}
    folder.write(prefix + _REPLICATES, pl.DataFrame({**ends.to_dict(), **cells}))
    if columns.clones is not None:
        tables = CloneTables(columns.clones, replicates=run.replicates, times=run.times, types=types)
        folder.write(prefix + _CLONES, tables.clones())
        folder.write(prefix + _SIZES, tables.sizes())
    if run.record.crossings is not None and columns.crossings is not None:
        folder.write(prefix + _CROSSINGS, crossing_table(run.record.crossings, types, columns.crossings, ends))
    description = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "common_initial": run.common_initial,
        "growth": stored.growth is not None,
        "provenance": run.provenance(columns, stored.versions),
    }
    folder.write(prefix + _DESCRIPTION, description)


def read(folder: Path) -> Stored:
    """What `save` wrote into a folder.

    Raises
    ------
    ModelError
        If there is no ensemble, one of a later format, or one whose files are damaged or do not belong together.
    """
    if not (folder / _DESCRIPTION).is_file():
        what = "it has no ensemble.json" if folder.is_dir() else "there is no such folder"
        raise ModelError(f"path: {str(folder)!r} must be a folder written by Ensemble.save; {what}.")
    try:
        return _read(folder, "")
    except (OSError, KeyError, IndexError, TypeError, ValueError, AttributeError, pl.exceptions.PolarsError) as error:
        if isinstance(error, _OtherFormatError):
            raise ModelError(str(error)) from None
        reason = f"{error} is missing" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise ModelError(f"path: the ensemble in {str(folder)!r} is damaged or incomplete: {reason}.") from error


def _read(folder: Path, prefix: str) -> Stored:
    description = json.loads((folder / (prefix + _DESCRIPTION)).read_text(encoding="utf-8"))
    _check_format(folder, description)
    said = description["provenance"]
    for key, kind in (("seed", int), ("stage", int), ("continued", int), ("asked", str)):
        if type(said[key]) is not kind or (kind is int and said[key] < 0):
            raise ValueError(f"{_DESCRIPTION} has {said[key]!r} for {key}")
    process = BranchingProcess.from_dict(said["process"])
    record = Record.from_dict(said, process.types)
    times = np.array(said["times"], dtype=np.float64)
    replicates = range(*said["replicates"])
    n, t = len(replicates), len(times)

    source = folder / (prefix + _COUNTS)
    _same(_column(source, "replicate", np.uint64), np.repeat(numbers(replicates), t), source, "replicate")
    _same(_column(source, "time", np.float64), np.tile(times, n), source, "time")
    labels = record.labels(process.types)
    counts = np.empty((n, t, len(labels)), dtype=np.uint64)
    for i, name in enumerate(labels):
        counts[:, :, i] = _column(source, f"count_{name}", np.uint64).reshape(n, t)

    source = folder / (prefix + _REPLICATES)
    _same(_column(source, "replicate", np.uint64), numbers(replicates), source, "replicate")
    initial, final = (
        np.stack([_column(source, f"{kind}_{name}", np.uint64) for name in process.types], axis=1)
        for kind in ("initial", "final")
    )
    outcome = pl.read_parquet(source, columns=["outcome"])["outcome"].cast(pl.Enum(OUTCOMES))
    steps = _column(source, "steps", np.uint64)
    if int(steps.sum()) != said["steps"]:
        raise ValueError(f"{source.name} and {_DESCRIPTION} are not of one run: steps differ")
    if description["common_initial"] and (initial != initial[0]).any():
        raise ValueError(f"{source.name} has several initial states, {_DESCRIPTION} says one")
    run = Run(
        process=process,
        initial=initial[:1].copy() if description["common_initial"] else initial,
        times=times,
        replicates=replicates,
        seed=said["seed"],
        stage=said["stage"],
        continued=said["continued"],
        engine=said["asked"],
        tolerance=said["tolerance"],
        stop=None if said["stop"] is None else Stop.from_dict(said["stop"]),
        limits=Limits.from_dict(said["limits"]),
        record=record,
    )
    columns = Columns(
        counts=counts,
        final=final,
        outcome=outcome.to_physical().to_numpy().astype(np.uint8),
        time=_column(source, "time", np.float64),
        rejected=_column(source, "rejected", np.uint64),
        steps=steps,
        engines=_column(source, "engines", np.uint8),
        clones=_read_clones(folder, prefix, run, final) if record.clones else None,
        crossings=_read_crossings(folder, prefix, run, record.crossings) if record.crossings is not None else None,
    )
    growth = _read(folder, _GROWTH) if description["growth"] else None
    return Stored(run, columns, {key: said[key] for key in versions_here()}, growth)


def _read_clones(folder: Path, prefix: str, run: Run, final: NDArray[np.uint64]) -> CloneColumns:
    tables = [pl.read_parquet(folder / (prefix + name)) for name in (_CLONES, _SIZES)]
    found = columns_of_tables(*tables, replicates=run.replicates, times=run.times, types=run.process.types)
    rows = np.repeat(np.arange(len(final)), found.clones.astype(np.int64))
    cells = np.zeros_like(final)
    np.add.at(cells, (rows, found.cell_type), found.size)
    if (cells != final).any():
        raise ValueError(f"{prefix + _CLONES} does not have the cells of {prefix + _REPLICATES}")
    return found


def _read_crossings(folder: Path, prefix: str, run: Run, noted: Crossings) -> NDArray[np.float64]:
    source = folder / (prefix + _CROSSINGS)
    n, rows = len(run.replicates), [(name, size) for name, _, sizes in noted.sums(run.process.types) for size in sizes]
    table = pl.read_parquet(source)
    expected = np.repeat(numbers(run.replicates), len(rows))
    _same(_column(source, "replicate", np.uint64), expected, source, "replicate")
    if table.select("what", "size").rows() != rows * n:
        raise ValueError(f"{source.name} does not have the sizes that {_DESCRIPTION} describes")
    times = table["time"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    if np.isnan(times).any() or (times < 0.0).any():
        raise ValueError(f"{source.name} has times that are none")
    return times.reshape(n, len(rows)).copy()


def _check_format(folder: Path, description: Any) -> None:
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise _OtherFormatError(f"path: {str(folder / _DESCRIPTION)!r} is not that of an ensemble of chemoevo.")
    version = description.get("format_version")
    if version != FORMAT_VERSION:
        raise _OtherFormatError(
            f"path: the ensemble in {str(folder)!r} has format {version!r}; this chemoevo reads {FORMAT_VERSION}. "
            "Read it with the version of chemoevo that wrote it, or a later one."
        )


def _column(source: Path, name: str, dtype: type[np.generic]) -> NDArray[Any]:
    """One column, without nulls and of the given type, as an array of its own."""
    column = pl.read_parquet(source, columns=[name])[name]
    if column.null_count():
        raise ValueError(f"{source.name} has nulls in {name!r}")
    array = column.to_numpy()
    if array.dtype != dtype:
        raise ValueError(f"{source.name} has {array.dtype} in {name!r}, not {np.dtype(dtype)}")
    return array.copy()


def _same(found: NDArray[Any], expected: NDArray[Any], source: Path, name: str) -> None:
    if not np.array_equal(found, expected):
        raise ValueError(f"{source.name} does not have the {name} column that {_DESCRIPTION} describes")
