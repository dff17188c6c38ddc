"""An ensemble that `storage` wrote, read back: nothing of it is trusted that is not seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chemoevo._core import OUTCOMES
from chemoevo.base.files import check_digest, check_signed, read_json
from chemoevo.base.replacement import located
from chemoevo.base.versions import versions_here
from chemoevo.ensemble.clones import columns_of_tables
from chemoevo.ensemble.columns import UNKNOWN, CloneColumns, Columns
from chemoevo.ensemble.consistency import check_columns
from chemoevo.ensemble.crossings import Crossings
from chemoevo.ensemble.memory import check_room, needed_memory
from chemoevo.ensemble.options import Limits, Stop
from chemoevo.ensemble.parquet import check_rows, read_column, read_signed, read_table, rows_of
from chemoevo.ensemble.record import Record
from chemoevo.ensemble.run import Run
from chemoevo.ensemble.storage import (
    CLONES,
    COUNTS,
    CROSSINGS,
    DESCRIPTION,
    FORMAT,
    FORMAT_VERSION,
    GROWTH,
    REPLICATES,
    SIZES,
    Stored,
)
from chemoevo.ensemble.tables import numbers
from chemoevo.errors import ModelError
from chemoevo.process.branching import BranchingProcess

_RUN = ("provenance.json", "outcomes.parquet")
"""What `chemoevo run` writes."""
_DAMAGE = (
    OSError, KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, pl.exceptions.PolarsError
)  # fmt: skip
_CLONE_ROW = 2 * 48
"""(bytes) Of a row about a clone, as a table and as arrays."""
_TRIES = 3
"""How often a folder is read that somebody replaces meanwhile."""


class _OtherFormatError(ValueError):
    """Its message is complete: no word about damaged files is added."""


def read(folder: Path) -> Stored:
    """What `save` wrote into a folder.

    Raises
    ------
    ModelError
        If there is no ensemble, one of a later format, or one whose files are damaged or do not belong together.
    """
    for _ in range(_TRIES):
        before = _state(folder)
        if before is None:
            raise ModelError(f"path: {str(folder)!r} must be a folder written by Ensemble.save; {_what(folder)}.")
        try:
            return _read(folder, "")
        except _DAMAGE as error:
            if isinstance(error, _OtherFormatError):
                raise ModelError(str(error)) from None
            reason = f"{error} is missing" if isinstance(error, KeyError) else " ".join(str(error).split())
            damaged = ModelError(f"path: the ensemble in {str(folder)!r} is damaged or incomplete: {reason}.")
            damaged.__cause__ = error
            if _state(folder) == before:
                break
    raise damaged


def _state(folder: Path) -> tuple[str, int, int] | None:
    """Where the description is, and which file it is; None if there is none."""
    try:
        found = located(folder, DESCRIPTION)
        status = found.stat()
    except OSError:
        return None
    return str(found), status.st_ino, status.st_mtime_ns


def _what(folder: Path) -> str:
    try:
        if not folder.is_dir():
            return "it is a file" if folder.exists() else "there is no such folder"
        if all(located(folder, name).exists() for name in _RUN):
            return (
                "it has the tables of `chemoevo run`, which polars.read_parquet reads one by one "
                f"({', '.join(sorted(p.name for p in folder.glob('*.parquet')))}). To keep an ensemble, simulate the "
                "scenario in Python: ce.simulate(ce.Scenario.load(file)).save(path)"
            )
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    return f"it has no {DESCRIPTION}"


@dataclass(frozen=True)
class _Source:
    """The files of one ensemble in a folder, in the order of reading: checksums, numbers of rows, columns."""

    folder: Path
    prefix: str
    digests: dict[str, Any] | None

    def table(self, name: str, rows: int | None = None) -> Path:
        """The path of a table that is what was written, with so many rows."""
        path = located(self.folder, self.prefix + name)
        if self.digests is not None:
            check_digest(path, self.digests.get(self.prefix + name))
        if rows is not None:
            check_rows(path, rows)
        return path

    def check_room(self, needed: int) -> None:
        """Refuses what is larger than the memory."""
        check_room(needed, where=f"path: the ensemble in {str(self.folder)!r}")


def _described(folder: Path, prefix: str) -> tuple[dict[str, Any], _Source]:
    """What the description of an ensemble says, and its files."""
    path = located(folder, prefix + DESCRIPTION)
    description = read_json(path)
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise _OtherFormatError(f"path: {str(path)!r} is not that of an ensemble of chemoevo.")
    version = description.get("format_version")
    if version not in range(1, FORMAT_VERSION + 1):
        raise _OtherFormatError(
            f"path: the ensemble in {str(folder)!r} has format {version!r}; this chemoevo reads 1 to {FORMAT_VERSION}. "
            "Read it with the version of chemoevo that wrote it, or a later one."
        )
    if version == 1 and "sha256" not in description:
        return description, _Source(folder, prefix, None)
    check_signed(description, path.name)
    return description, _Source(folder, prefix, dict(description["files"]))


def _read(folder: Path, prefix: str) -> Stored:
    description, source = _described(folder, prefix)
    said = description["provenance"]
    described_before_3 = description["format_version"] < 3  # of which mutants were left out was not said
    if description["format_version"] == 1:  # its stage was what is now `continued`
        said = {**said, "stage": 0, "continued": said["stage"]}
    for key, kind in (("seed", int), ("stage", int), ("continued", int), ("asked", str)):
        if type(said[key]) is not kind or (kind is int and said[key] < 0):
            raise ValueError(f"{DESCRIPTION} has {said[key]!r} for {key}")
    process = BranchingProcess.from_dict(said["process"])
    record = Record.from_dict(said, process.types)
    times = np.array(said["times"], dtype=np.float64)
    replicates = _range(said["replicates"])
    n, t, labels = replicates.stop - replicates.start, len(times), record.labels(process.types)

    # Sizes that are said are held against those that are there, before anything of that size is made.
    ends, states = source.table(REPLICATES, n), source.table(COUNTS, n * t)
    crossings = 0 if record.crossings is None else sum(len(sizes) for *_, sizes in record.crossings.sums(process.types))
    # A column is there twice for a while: as a table, and as an array.
    source.check_room(needed_memory(n, t, len(process.types), len(labels), 4 * crossings) + 16 * n * t)
    _same(read_column(states, "replicate", np.int64), np.repeat(numbers(replicates), t), states, "replicate")
    _same(read_column(states, "time", np.float64), np.tile(times, n), states, "time")
    counts = np.empty((n, t, len(labels)), dtype=np.int64)
    for i, name in enumerate(labels):
        counts[:, :, i] = read_column(states, f"count_{name}", np.int64).reshape(n, t)

    _same(read_column(ends, "replicate", np.int64), numbers(replicates), ends, "replicate")
    initial, final = (
        np.stack([read_column(ends, f"{kind}_{name}", np.int64) for name in process.types], axis=1)
        for kind in ("initial", "final")
    )
    outcome = read_table(ends, ["outcome"])["outcome"].cast(pl.Enum(OUTCOMES))
    steps = read_column(ends, "steps", np.int64)
    if int(steps.sum()) != said["steps"]:
        raise ValueError(f"{ends.name} and {DESCRIPTION} are not of one run: steps differ")
    if description["common_initial"] and (initial != initial[0]).any():
        raise ValueError(f"{ends.name} has several initial states, {DESCRIPTION} says one")
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
        scenario=said.get("scenario"),
        parts=_parts(said.get("parts", []), process.types),
    )
    columns = Columns(
        counts=counts,
        final=final,
        outcome=outcome.to_physical().to_numpy().astype(np.uint8),
        time=read_column(ends, "time", np.float64),
        rejected=read_column(ends, "rejected", np.int64),
        steps=steps,
        followed=np.full(n, UNKNOWN) if described_before_3 else read_column(ends, "followed", np.int64),
        engines=read_column(ends, "engines", np.uint8),
        clones=_read_clones(source, run, final) if record.clones else None,
        crossings=_read_crossings(source, run, record.crossings) if record.crossings is not None else None,
    )
    check_columns(run, columns)
    growth = _read(folder, GROWTH) if description["growth"] else None
    return Stored(run, columns, {key: said[key] for key in versions_here()}, growth)


def _parts(said: Any, types: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    for name, size in said:
        if name not in types or type(size) is not int or size < 1:
            raise ValueError(f"{DESCRIPTION} has {said!r} for parts")
    return tuple((name, size) for name, size in said)


def _range(said: Any) -> range:
    first, last = said
    if not (type(first) is type(last) is int and 0 <= first < last <= 2**62):
        raise ValueError(f"{DESCRIPTION} has {said!r} for replicates")
    return range(first, last)


def _read_clones(source: _Source, run: Run, final: NDArray[np.int64]) -> CloneColumns:
    paths = [source.table(name) for name in (CLONES, SIZES)]
    source.check_room(_CLONE_ROW * sum(map(rows_of, paths)))
    tables = [read_signed(path) for path in paths]
    found = columns_of_tables(*tables, replicates=run.replicates, times=run.times, types=run.process.types)
    rows = np.repeat(np.arange(len(final)), found.clones)
    cells = np.zeros_like(final)
    np.add.at(cells, (rows, found.cell_type), found.size)
    if (cells != final).any():
        raise ValueError(f"{source.prefix + CLONES} does not have the cells of {source.prefix + REPLICATES}")
    return found


def _read_crossings(source: _Source, run: Run, noted: Crossings) -> NDArray[np.float64]:
    n, rows = len(run.replicates), [(name, size) for name, _, sizes in noted.sums(run.process.types) for size in sizes]
    path = source.table(CROSSINGS, n * len(rows))
    table = read_table(path)
    _same(read_column(path, "replicate", np.int64), np.repeat(numbers(run.replicates), len(rows)), path, "replicate")
    if table.select("what", "size").rows() != rows * n:
        raise ValueError(f"{path.name} does not have the sizes that {DESCRIPTION} describes")
    times = table["time"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    if np.isnan(times).any() or (times < 0.0).any():
        raise ValueError(f"{path.name} has times that are none")
    return times.reshape(n, len(rows)).copy()


def _same(found: NDArray[Any], expected: NDArray[Any], source: Path, name: str) -> None:
    if not np.array_equal(found, expected):
        raise ValueError(f"{source.name} does not have the {name} column that {DESCRIPTION} describes")
