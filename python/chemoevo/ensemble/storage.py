"""An ensemble as a folder of Parquet and JSON files.

    counts.parquet       replicate, time, count_<type> ...           one row per replicate and observation time
                         (with `Counts` count_<label>)
    replicates.parquet   replicate, outcome, time, rejected, steps, followed, engines,
                         initial_<type> ..., final_<type> ...        one row per replicate
    clones.parquet       the columns of `Ensemble.clones`            one row per clone, if they were recorded
    clone-sizes.parquet  those of `Ensemble.clone_sizes`             one row a time and living clone
    crossings.parquet    those of `Ensemble.crossings`               one row per replicate and size, if they were noted
    ensemble.json        format, versions, process, seed and all else that was run; lengths and checksums of the tables

An ensemble of a scenario has the same of its growth, named growth-*. Any reader of Parquet and
JSON can read them; nothing in them is executed. All numbers of cells, steps, replicates and clones are int64.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from chemoevo.base.files import signed
from chemoevo.base.locations import path_of
from chemoevo.base.result_folder import ResultFolder
from chemoevo.ensemble.clones import CloneTables
from chemoevo.ensemble.columns import Columns
from chemoevo.ensemble.crossings import crossing_table
from chemoevo.ensemble.run import Run
from chemoevo.ensemble.tables import ends_table, numbers
from chemoevo.errors import ModelError

FORMAT = "chemoevo ensemble"
FORMAT_VERSION = 3
"""1 had unsigned counts and no checksums; it is still read."""
GROWTH = "growth-"
COUNTS, REPLICATES, DESCRIPTION = PARTS = ("counts.parquet", "replicates.parquet", "ensemble.json")
"""What every ensemble has; the last one says what the others are."""
CLONES, SIZES = CLONE_PARTS = ("clones.parquet", "clone-sizes.parquet")
CROSSINGS = "crossings.parquet"
_ALL = (*CLONE_PARTS, CROSSINGS, *PARTS)
FILES = (*(GROWTH + part for part in _ALL), *_ALL)
STUDY = "study.json"
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
    folder = path_of(path)
    if os.path.lexists(folder / STUDY):
        raise ModelError(f"path: {str(folder)!r} has a study of simulate_to. Name another folder.")
    remedy = "Name another folder, or allow their replacement with overwrite=True."
    with ResultFolder(folder, overwrite=bool(overwrite), files=FILES, name="path", remedy=remedy) as results:
        if stored.growth is not None:
            _write(results, GROWTH, stored.growth)
        _write(results, "", stored)
        results.commit()


def _write(folder: ResultFolder, prefix: str, stored: Stored) -> None:
    run, columns = stored.run, stored.columns
    before = set(folder.written)
    n, t, _ = columns.counts.shape
    types, labels = run.process.types, run.record.labels(run.process.types)
    ends = ends_table(columns, run.replicates)
    counts = {f"count_{name}": columns.counts[:, :, i].reshape(-1) for i, name in enumerate(labels)}
    folder.write(
        prefix + COUNTS,
        pl.DataFrame({"replicate": np.repeat(numbers(run.replicates), t), "time": np.tile(run.times, n), **counts}),
    )
    states = {"initial": np.broadcast_to(run.initial, columns.final.shape), "final": columns.final}
    cells = {f"{k}_{name}": rows[:, i] for k, rows in states.items() for i, name in enumerate(types)}
    folder.write(prefix + REPLICATES, pl.DataFrame({**ends.to_dict(), **cells}))
    if columns.clones is not None:
        tables = CloneTables(columns.clones, replicates=run.replicates, times=run.times, types=types)
        folder.write(prefix + CLONES, tables.clones())
        folder.write(prefix + SIZES, tables.sizes())
    if run.record.crossings is not None and columns.crossings is not None:
        folder.write(prefix + CROSSINGS, crossing_table(run.record.crossings, types, columns.crossings, ends))
    description = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "common_initial": run.common_initial,
        "growth": stored.growth is not None,
        "provenance": run.provenance(columns, stored.versions),
        "files": {name: digest for name, digest in folder.written.items() if name not in before},
    }
    folder.write(prefix + DESCRIPTION, signed(description))
