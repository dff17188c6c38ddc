"""The tables of ensembles and of studies on disk."""

from __future__ import annotations

import tempfile
from typing import Any

import polars as pl

import chemoevo as ce
from chemoevo.cli.columns import OUTCOME, REPLICATE, TIME
from chemoevo.cli.columns import TABLES as OF_FOLDER
from docs._ext.table import Table, process

ENDS = {
    **REPLICATE,
    "outcome": OUTCOME,
    "time": "(days) When it ended; exact.",
    "rejected": "Attempts that died out before this one, where `Stop(retry=True)` starts again.",
}
RAN = {
    "steps": "Steps that the engine took.",
    "followed": (
        "Mutations and switches that event-skipping followed. Lineages that are gone before anybody looks are left out "
        "where that saves work."
    ),
    "engines": "Engines that ran, the sum of 1 (direct), 2 (bnb) and 4 (leap).",
}
CLONE = {"clone_id": "Number of the clone in its replicate, 0, 1, ... in the order of founding."}
SIZES = {**REPLICATE, **CLONE, **TIME, "count": "Cells of the clone then; clones without cells have no row."}
CLONES = {
    **REPLICATE,
    **CLONE,
    "parent_id": "The clone in which it was founded; null for those that were there at time 0.",
    "type": "Type of its cells.",
    "founded_at": "(days) When it was founded.",
    "extinct_at": "(days) When its last cell was gone; null if it had cells when the replicate ended.",
    "size": "Cells when the replicate ended.",
}
CROSSINGS = {
    **REPLICATE,
    "what": 'What is counted: "total", or the types, joined by +.',
    "size": "Cells that were to be reached.",
    "time": "(days) When they were first reached; null where they were not until the replicate ended.",
    "ended_at": "(days) When the replicate ended.",
    "outcome": 'How it ended; after "extinct" a null says that the size is never reached.',
}
COUNTS = {**REPLICATE, **TIME, "count_<type>": "Cells of this type; with `Counts` one column per label."}
ENDED = {
    **ENDS,
    **RAN,
    "initial_<type>": "Cells of this type at the start.",
    "final_<type>": "Cells of this type at the end.",
}


def _ensemble(**how: Any) -> ce.Ensemble:
    return ce.simulate(process(), initial={"S": 5}, times=[1.0, 2.0], replicates=2, seed=1, **how)


def _scanned(table: str) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        ce.simulate_to(process(), path=folder, initial={"S": 5}, times=[1.0], replicates=2, seed=1)
        return ce.scan(folder, table=table).collect()


TABLES = (
    Table(
        "How replicates ended",
        "ens.outcomes",
        "one row per replicate",
        lambda: _ensemble(stop=ce.Stop(size=20, retry=True)).outcomes,
        ENDS,
    ),
    Table("The same, with what ran", "ens.ends", "one row per replicate", lambda: _ensemble().ends, {**ENDS, **RAN}),
    Table(
        "Trajectories",
        "ens.trajectories",
        OF_FOLDER["trajectories"].rows,
        lambda: _ensemble().trajectories,
        dict(OF_FOLDER["trajectories"].columns),
    ),
    Table(
        "Summary",
        "ens.summary()",
        OF_FOLDER["summary"].rows,
        lambda: _ensemble().summary(),
        dict(OF_FOLDER["summary"].columns),
    ),
    Table(
        "When sizes were reached",
        "ens.crossings",
        "one row per replicate and size, where `record=Crossings(...)` was asked for",
        lambda: _ensemble(record=ce.Crossings(size=10)).crossings,
        CROSSINGS,
    ),
    Table(
        "Clones",
        "ens.clones",
        'one row per clone, where `record="clones"` was asked for',
        lambda: _ensemble(record="clones").clones,
        CLONES,
    ),
    Table(
        "Sizes of clones",
        "ens.clone_sizes",
        'one row per clone and time, where `record="clones"` was asked for',
        lambda: _ensemble(record="clones").clone_sizes,
        SIZES,
    ),
    Table(
        "A study on disk: counts",
        'ce.scan(path, table="counts")',
        'one row per replicate and time; of a scenario also `"growth-counts"`, before therapy',
        lambda: _scanned("counts"),
        COUNTS,
    ),
    Table(
        "A study on disk: replicates",
        'ce.scan(path, table="replicates")',
        'one row per replicate; of a scenario also `"growth-replicates"`, before therapy. The tables `"clones"`, '
        '`"clone-sizes"` and `"crossings"` have the columns of `ens.clones`, `ens.clone_sizes` and `ens.crossings`',
        lambda: _scanned("replicates"),
        ENDED,
    ),
)
