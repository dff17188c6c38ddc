"""An ensemble as a folder of Parquet and JSON files, and back.

    counts.parquet       replicate, time, count_<type> ...           one row a replicate and observation time
                         (with `Counts` count_<label>)
    replicates.parquet   replicate, outcome, time, rejected, steps, engines,
                         initial_<type> ..., final_<type> ...        one row a replicate
    clones.parquet       the columns of `Ensemble.clones`            one row a clone, if they were recorded
    clone-sizes.parquet  those of `Ensemble.clone_sizes`             one row a time and living clone
    crossings.parquet    those of `Ensemble.crossings`               one row a replicate and size, if they were noted
    ensemble.json        format, versions, process, seed and all else that was run

An ensemble of a scenario has the same of its growth, named growth-*. Any reader of Parquet and
JSON can read them; nothing in them is executed.
"""

from __future__ import annotations

import json
import os
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo.clones import columns_of_tables
from chemoevo.counts import Counts
from chemoevo.crossings import Crossings
from chemoevo.ensemble import OUTCOMES, Ensemble, versions_here
from chemoevo.errors import ModelError, Problems
from chemoevo.options import Limits, Stop
from chemoevo.process import BranchingProcess
from chemoevo.results import ResultFolder
from chemoevo.runs import RECORDS

if TYPE_CHECKING:
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


def save(ensemble: Ensemble, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Writes an ensemble into a folder; see `Ensemble.save`."""
    if not isinstance(overwrite, bool | np.bool_):
        raise TypeError(f"overwrite must be True or False; got {overwrite!r}.")
    with ResultFolder(folder_of(path), overwrite=bool(overwrite), files=FILES, name="path") as folder:
        if ensemble.growth is not None:
            _write(folder, _GROWTH, ensemble.growth)
        _write(folder, "", ensemble)
        folder.commit()


def load(path: str | os.PathLike[str]) -> Ensemble:
    """Reads an ensemble written by `Ensemble.save` or `simulate_to`.

    Parameters
    ----------
    path
        The folder.

    Returns
    -------
    Ensemble
        Equal in every attribute to the one saved, or to the one that `simulate` would have given; its provenance says
        where and with what versions it ran.

    Raises
    ------
    ModelError
        If the folder has no ensemble, one of a later format, one whose files are damaged or do not belong together, or
        a study that is not finished.

    Examples
    --------
    >>> import tempfile
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    >>> ens = ce.simulate(process, initial={"S": 5}, times=[10, 20], replicates=100, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ens.save(f"{folder}/ensemble")
    ...     again = ce.load(f"{folder}/ensemble")
    >>> again.provenance == ens.provenance
    True
    """
    folder = folder_of(path)
    if (folder / STUDY).is_file():
        return _load_study(folder)
    if not (folder / _DESCRIPTION).is_file():
        what = "it has no ensemble.json" if folder.is_dir() else "there is no such folder"
        raise ModelError(f"path: {str(folder)!r} must be a folder written by Ensemble.save; {what}.")
    try:
        return _read(folder, "")
    except (OSError, KeyError, IndexError, TypeError, ValueError, AttributeError, pl.exceptions.PolarsError) as error:
        if isinstance(error, _CannotReadError):
            raise ModelError(str(error)) from None
        reason = f"{error} is missing" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise ModelError(f"path: the ensemble in {str(folder)!r} is damaged or incomplete: {reason}.") from error


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


def _load_study(folder: Path) -> Ensemble:
    from chemoevo.pieces import concat

    pieces = pieces_of(folder)
    asked = range(*json.loads((folder / STUDY).read_text(encoding="utf-8"))["replicates"])
    done = sum(map(len, pieces))
    if not pieces or pieces[0].start != asked.start or pieces[-1].stop != asked.stop:
        hint = "Finish it with the same simulate_to, query it with scan, or load its pieces one by one."
        raise ModelError(f"path: the study in {str(folder)!r} has {done} of its {len(asked)} replicates. {hint}")
    return concat(load(folder / f"replicates-{piece.start}-{piece.stop}") for piece in pieces)


class _CannotReadError(ValueError):
    """Says all there is to say."""


def folder_of(path: object) -> Path:
    """The folder that a path names."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a path of a folder; got {path!r}.")
    return Path(path)


def _write(folder: ResultFolder, prefix: str, ensemble: Ensemble) -> None:
    n, t, _ = ensemble.counts.shape
    numbers = np.arange(ensemble.replicates.start, ensemble.replicates.stop, dtype=np.uint64)
    counts = {f"count_{name}": ensemble.counts[:, :, i].reshape(-1) for i, name in enumerate(ensemble.labels)}
    folder.write(
        prefix + _COUNTS,
        pl.DataFrame({"replicate": np.repeat(numbers, t), "time": np.tile(ensemble.times, n), **counts}),
    )
    states = {"initial": ensemble.initial, "final": ensemble.final}
    folder.write(
        prefix + _REPLICATES,
        pl.DataFrame(
            {
                **ensemble.ends.to_dict(),
                **{f"{k}_{name}": rows[:, i] for k, rows in states.items() for i, name in enumerate(ensemble.types)},
            }
        ),
    )
    if ensemble.clone_columns is not None:
        folder.write(prefix + _CLONES, ensemble.clones)
        folder.write(prefix + _SIZES, ensemble.clone_sizes)
    if ensemble.noted is not None:
        folder.write(prefix + _CROSSINGS, ensemble.crossings)
    description = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "common_initial": ensemble.common_initial,
        "growth": ensemble.growth is not None,
        "provenance": ensemble.provenance,
    }
    folder.write(prefix + _DESCRIPTION, description)


def _read(folder: Path, prefix: str) -> Ensemble:
    description = json.loads((folder / (prefix + _DESCRIPTION)).read_text(encoding="utf-8"))
    _check_format(folder, description)
    run = description["provenance"]
    for key, kind in (("seed", int), ("stage", int), ("asked", str)):
        if type(run[key]) is not kind or (kind is int and run[key] < 0):
            raise ValueError(f"{_DESCRIPTION} has {run[key]!r} for {key}")
    if run["record"] not in RECORDS:
        raise ValueError(f"{_DESCRIPTION} has {run['record']!r} for record")
    process = BranchingProcess.from_dict(run["process"])
    times = np.array(run["times"], dtype=np.float64)
    replicates = range(*run["replicates"])
    n, t = len(replicates), len(times)
    numbers = np.arange(replicates.start, replicates.stop, dtype=np.uint64)

    source = folder / (prefix + _COUNTS)
    _same(_column(source, "replicate", np.uint64), np.repeat(numbers, t), source, "replicate")
    _same(_column(source, "time", np.float64), np.tile(times, n), source, "time")
    counted = None if run.get("counted") is None else Counts.from_dict(run["counted"])
    if counted is not None:
        problems = Problems()
        counted.check(problems, process.types)
        problems.raise_if_any()
    labels = process.types if counted is None else counted.labels
    counts = np.empty((n, t, len(labels)), dtype=np.uint64)
    for i, name in enumerate(labels):
        counts[:, :, i] = _column(source, f"count_{name}", np.uint64).reshape(n, t)

    source = folder / (prefix + _REPLICATES)
    _same(_column(source, "replicate", np.uint64), numbers, source, "replicate")
    initial, final = (
        np.stack([_column(source, f"{kind}_{name}", np.uint64) for name in process.types], axis=1)
        for kind in ("initial", "final")
    )
    outcome = pl.read_parquet(source, columns=["outcome"])["outcome"].cast(pl.Enum(OUTCOMES))
    steps = _column(source, "steps", np.uint64)
    if int(steps.sum()) != run["steps"]:
        raise ValueError(f"{source.name} and {_DESCRIPTION} are not of one run: steps differ")
    if description["common_initial"] and (initial != initial[0]).any():
        raise ValueError(f"{source.name} has several initial states, {_DESCRIPTION} says one")
    noted = None if run.get("crossings") is None else Crossings.from_dict(run["crossings"])
    return Ensemble(
        process=process,
        initial=initial[:1] if description["common_initial"] else initial,
        times=times,
        replicates=replicates,
        seed=run["seed"],
        stage=run["stage"],
        asked=run["asked"],
        tolerance=run["tolerance"],
        stop=None if run["stop"] is None else Stop.from_dict(run["stop"]),
        limits=Limits.from_dict(run["limits"]),
        columns=(
            counts,
            final,
            outcome.to_physical().to_numpy().astype(np.uint8),
            _column(source, "time", np.float64),
            _column(source, "rejected", np.uint64),
            steps,
            _column(source, "engines", np.uint8),
        ),
        clones=_read_clones(folder, prefix, replicates, times, process, final) if run["record"] == "clones" else None,
        counted=counted,
        noted=noted,
        crossing_times=None if noted is None else _read_crossings(folder, prefix, noted, process.types, numbers),
        growth=_read(folder, _GROWTH) if description["growth"] else None,
        versions={key: run[key] for key in versions_here()},
    )


def _read_clones(
    folder: Path,
    prefix: str,
    replicates: range,
    times: NDArray[np.float64],
    process: BranchingProcess,
    final: NDArray[np.uint64],
) -> tuple[NDArray[Any], ...]:
    tables = [pl.read_parquet(folder / (prefix + name)) for name in (_CLONES, _SIZES)]
    columns = columns_of_tables(*tables, replicates=replicates, times=times, types=process.types)
    rows, cell_type, size = np.repeat(np.arange(len(final)), columns[0].astype(np.int64)), columns[2], columns[6]
    found = np.zeros_like(final)
    np.add.at(found, (rows, cell_type), size)
    if (found != final).any():
        raise ValueError(f"{prefix + _CLONES} does not have the cells of {prefix + _REPLICATES}")
    return columns


def _read_crossings(
    folder: Path, prefix: str, noted: Crossings, types: tuple[str, ...], numbers: NDArray[np.uint64]
) -> NDArray[np.float64]:
    source = folder / (prefix + _CROSSINGS)
    rows = [(name, size) for name, _, sizes in noted.sums(types) for size in sizes]
    table = pl.read_parquet(source)
    _same(_column(source, "replicate", np.uint64), np.repeat(numbers, len(rows)), source, "replicate")
    if table.select("what", "size").rows() != rows * len(numbers):
        raise ValueError(f"{source.name} does not have the sizes that {_DESCRIPTION} describes")
    times = table["time"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    if np.isnan(times).any() or (times < 0.0).any():
        raise ValueError(f"{source.name} has times that are none")
    return times.reshape(len(numbers), len(rows)).copy()


def _check_format(folder: Path, description: Any) -> None:
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise _CannotReadError(f"path: {str(folder / _DESCRIPTION)!r} is not that of an ensemble of chemoevo.")
    version = description.get("format_version")
    if version != FORMAT_VERSION:
        raise _CannotReadError(
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
