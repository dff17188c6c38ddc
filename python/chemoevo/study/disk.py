"""Ensembles larger than the memory: simulated into a folder, piece after piece, and queried there.

    study.json              format, what is simulated, the range of replicates
    replicates-<a>-<b>/     replicates a to b - 1, an ensemble as `Ensemble.save` writes it

A piece appears whole or not at all; the pieces that are there are a first part of the study, which the same call
continues.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from chemoevo._core import __version__
from chemoevo.base.arguments import choice
from chemoevo.ensemble.progress import ProgressBar
from chemoevo.ensemble.record import Recording
from chemoevo.ensemble.request import Engine, Request
from chemoevo.ensemble.storage import FILES, STUDY, STUDY_FORMAT, folder_of, pieces_of
from chemoevo.errors import ModelError, Problems, Words
from chemoevo.study.chunks import plan_chunks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from chemoevo.ensemble.options import Limits, Stop
    from chemoevo.process.branching import BranchingProcess
    from chemoevo.scenario.scenario import Scenario

TABLES = tuple(name.removesuffix(".parquet") for name in FILES if name.endswith(".parquet"))


def simulate_to(
    process: BranchingProcess | Scenario,
    *,
    path: str | os.PathLike[str],
    initial: object = None,
    times: ArrayLike | None = None,
    replicates: int | range | None = None,
    chunk: int = 10_000,
    seed: int | None = None,
    stage: int = 0,
    engine: Engine | None = None,
    exact: bool = False,
    tolerance: float | None = None,
    stop: Stop | None = None,
    limits: Limits | None = None,
    record: Recording | Sequence[Recording] = "counts",
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> None:
    """Simulates a study into a folder, for ensembles that are larger than the memory.

    Parameters
    ----------
    process, initial, times, replicates, stage, engine, exact, tolerance, stop, limits, record, threads, progress
        As for `simulate`.
    path
        The folder; it is made, with its parents, if missing. Where it holds a first part of the same study, the rest
        is simulated: after an interruption, or with more `replicates` than before.
    chunk
        Largest number of replicates in memory and in a piece on disk, a whole number >= 1. It does not change the
        numbers.
    seed
        As for `simulate`; None takes that of the study that is there, if there is one.

    Raises
    ------
    ModelError, TypeError
        As for `simulate`; or if the folder holds another study, or one of fewer replicates. Nothing is simulated then.
    KeyboardInterrupt
        If interrupted. The pieces that were finished stay, and the same call goes on after them.

    See Also
    --------
    scan : Queries the tables in the folder without loading them.
    load : Reads the whole as one `Ensemble`, where it fits.

    Examples
    --------
    >>> import tempfile
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ce.simulate_to(
    ...         process, path=folder, initial={"S": 5}, times=[10, 20], replicates=2500, chunk=1000, seed=1
    ...     )
    ...     means = ce.scan(folder).group_by("time").mean().sort("time").collect()
    ...     ens = ce.load(folder)
    >>> ens.replicates, means["count_S"].to_list() == ens.counts[:, :, 0].mean(axis=0).tolist()
    (range(0, 2500), True)
    """
    folder = folder_of(path)
    there = _study(folder)
    request = Request(
        initial=initial,
        times=times,
        replicates=replicates,
        seed=there["study"].get("seed") if seed is None and there is not None else seed,
        stage=stage,
        engine=engine,
        exact=exact,
        tolerance=tolerance,
        stop=stop,
        limits=limits,
        record=record,
        threads=threads,
        progress=progress,
    )
    plan = plan_chunks(process, request, chunk)
    first, last = plan.replicates.start, plan.replicates.stop
    described = {
        "format": STUDY_FORMAT,
        "format_version": 1,
        "chemoevo": __version__,
        "replicates": [first, last],
        "study": json.loads(json.dumps(plan.study)),
    }
    if there is not None:
        _check_same(folder, there, described)
    if there != described:
        _write_study(folder, described)
    done = max([first, *(piece.stop for piece in pieces_of(folder))])

    with ProgressBar(progress, last - first) as tell:
        for part in plan.parts(done):

            def report(now: int, total: int, begun: int = part.start - first, size: int = len(part)) -> None:
                if tell is not None:
                    tell(begun + now * size // total, last - first)

            ensemble = plan.simulate(part, None if tell is None else report)
            ensemble.save(folder / f"replicates-{part.start}-{part.stop}")


def scan(path: str | os.PathLike[str], *, table: str = "counts") -> pl.LazyFrame:
    """A table of a study on disk, to query without loading it.

    Parameters
    ----------
    path
        A folder written by `simulate_to`, also one that is not finished, or by `Ensemble.save`.
    table
        "counts": replicate, time and count_<type> (or count_<label>); "replicates": how each ended, with its initial
        and final cells; and of a scenario "growth-counts" and "growth-replicates"; "clones", "clone-sizes" and
        "crossings" where they were recorded.

    Returns
    -------
    polars.LazyFrame
        Rows in order of the replicates.

    Raises
    ------
    ModelError
        If the folder holds nothing of the kind.

    Examples
    --------
    >>> import tempfile
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ce.simulate_to(process, path=folder, initial={"S": 5}, times=[10], replicates=300, chunk=100, seed=1)
    ...     ce.scan(folder, table="replicates").select("steps").collect().shape
    (300, 1)
    """
    folder = folder_of(path)
    problems = Problems()
    table = choice(problems, "table", table, TABLES)
    problems.raise_if_any()
    if (folder / STUDY).is_file():
        files = [folder / f"replicates-{p.start}-{p.stop}" / f"{table}.parquet" for p in pieces_of(folder)]
    else:
        files = [folder / f"{table}.parquet"]
    missing = [file for file in files if not file.is_file()]
    if missing or not files:
        what = f"{str(missing[0])!r} is not there" if missing else "no replicate is finished"
        raise ModelError(f"path: {str(folder)!r} has no table {table!r}: {what}.")
    return pl.scan_parquet(files, glob=False)


def _study(folder: Path) -> dict[str, Any] | None:
    """What the folder says of its study; None if it has none."""
    if not (folder / STUDY).is_file():
        if folder.is_dir() and any(
            re.fullmatch(r"replicates-\d+-\d+", p.name) or p.name in FILES for p in folder.iterdir()
        ):
            raise ModelError(f"path: {str(folder)!r} has results, but no {STUDY}. Name another folder.")
        return None
    try:
        found = json.loads((folder / STUDY).read_text(encoding="utf-8"))
        ok = found["format"] == STUDY_FORMAT and found["format_version"] == 1 and len(found["replicates"]) == 2
        ok = ok and isinstance(found["study"], dict)
    except (OSError, ValueError, KeyError, TypeError):
        ok = False
    if not ok:
        raise ModelError(f"path: {str(folder / STUDY)!r} is not that of a study that this chemoevo reads.")
    return dict(found)


def _check_same(folder: Path, there: dict[str, Any], asked: dict[str, Any]) -> None:
    problems = Problems()
    hint = f"The study in {str(folder)!r} can only be continued; name another folder for another study."
    if there["chemoevo"] != asked["chemoevo"]:
        problems.value("path", f"has a study of chemoevo {there['chemoevo']}, not of {asked['chemoevo']}", hint=hint)
    old, new = there["study"], asked["study"]
    for key in dict.fromkeys([*old, *new]):
        if key not in old or key not in new or old[key] != new[key]:
            short = len(repr(old.get(key))) + len(repr(new.get(key))) < 200
            rule = f"must be that of the study, {old.get(key)!r}" if short else "must be that of the study"
            problems.value(key, rule, Words(repr(new.get(key))) if short else None, hint=hint)
    (first, last), (start, stop) = there["replicates"], asked["replicates"]
    if start != first or stop < last:
        rule = f"must start at {first} and hold at least the {last - first} of the study"
        problems.value("replicates", rule, range(start, stop), hint=hint)
    problems.raise_if_any()


def _write_study(folder: Path, described: dict[str, Any]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        private = folder / f".{STUDY}-{os.getpid()}"
        private.write_text(json.dumps(described, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        private.replace(folder / STUDY)
    except OSError as error:
        raise ModelError(f"path: cannot write to {str(folder)!r}: {error.strerror or error}.") from None
