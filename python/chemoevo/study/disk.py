"""Ensembles larger than the memory: simulated into a folder, piece after piece, and queried there.

    study.json              format, what is simulated, the range of replicates
    replicates-<a>-<b>/     replicates a to b - 1, an ensemble as `Ensemble.save` writes it

A piece appears whole or not at all; what the pieces that are there lack, the same call simulates. One run at a time
writes to a folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from chemoevo._core import __version__
from chemoevo.base.arguments import choice
from chemoevo.base.files import writing
from chemoevo.base.locations import path_of
from chemoevo.base.locks import LOCK, Lock, sweep
from chemoevo.base.replacement import located
from chemoevo.ensemble.parquet import scan_signed
from chemoevo.ensemble.progress import ProgressBar
from chemoevo.ensemble.record import Recording
from chemoevo.ensemble.request import Engine, Request
from chemoevo.ensemble.storage import FILES
from chemoevo.ensemble.study_folder import (
    STUDY_FORMAT,
    STUDY_VERSION,
    is_study,
    missing,
    piece_name,
    pieces_of,
    read_study,
    write_study,
)
from chemoevo.errors import ModelError, Problems, Words
from chemoevo.study.chunks import Chunks, plan_chunks

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
        The folder; it is made, with its parents, if missing; ~ at the beginning is the home directory. Where it holds
        a part of the same study, the rest is simulated: after an interruption, or with more `replicates` than before.
    chunk
        Largest number of replicates in memory and in a piece on disk, a whole number >= 1. It does not change the
        numbers.
    seed
        As for `simulate`; None takes that of the study that is there, if there is one.

    Raises
    ------
    ModelError, TypeError
        As for `simulate`; or if the folder holds another study, one of fewer replicates, or pieces that are damaged,
        if another run writes to it, or if it cannot be written. Nothing is simulated then.
    SimulationError
        If the disk is full. The pieces that were finished stay.
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
    folder = path_of(path)
    request = Request(
        initial=initial,
        times=times,
        replicates=replicates,
        seed=seed,
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
    there = read_study(folder)
    plan, described = _planned(folder, there, process, request, chunk)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder) as sure:
        sweep(folder)
        now = read_study(folder)
        if now != there:  # another run has begun the study, or gone on with it
            plan, described = _planned(folder, now, process, request, chunk)
        if now != described:
            write_study(folder, described)
        first, last = plan.replicates.start, plan.replicates.stop
        gaps = missing(pieces_of(folder), plan.replicates)
        done = last - first - sum(gap.stop - gap.start for gap in gaps)
        with ProgressBar(progress, last - first) as tell:
            for part in plan.parts(gaps):

                def report(now: int, total: int, begun: int = done, size: int = len(part)) -> None:
                    if tell is not None:
                        tell(begun + now * size // total, last - first)

                ensemble = plan.simulate(part, None if tell is None else report)
                if not sure:
                    _check_alone(folder, part)
                # What is there of a piece that is not finished is of a run that was killed.
                ensemble.save(folder / piece_name(part), overwrite=True)
                done += len(part)


def _planned(
    folder: Path, there: dict[str, Any] | None, process: BranchingProcess | Scenario, request: Request, chunk: int
) -> tuple[Chunks, dict[str, Any]]:
    """What is asked for, checked, and how a folder describes it that has the study `there`."""
    if request.seed is None and there is not None:
        request = replace(request, seed=there["study"].get("seed"))
    plan = plan_chunks(process, request, chunk)
    described = {
        "format": STUDY_FORMAT,
        "format_version": STUDY_VERSION,
        "chemoevo": __version__,
        "replicates": [plan.replicates.start, plan.replicates.stop],
        "study": json.loads(json.dumps(plan.study)),
    }
    if there is not None:
        _check_same(folder, there, described)
    return plan, described


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Keeps other runs from a folder; gives False where the file system knows no locks, so that one may be there."""
    lock = Lock(folder / LOCK)
    with writing(folder):
        if not lock.acquire():
            raise _another(folder)
    try:
        yield lock.held is True
    finally:
        lock.release()


def _check_alone(folder: Path, part: range) -> None:
    """Refuses a piece of which another run has written a part meanwhile."""
    if any(piece.start < part.stop and part.start < piece.stop for piece in pieces_of(folder)):
        raise _another(folder)


def _another(folder: Path) -> ModelError:
    return ModelError(
        f"path: another run writes to {str(folder)!r}. Wait until it has ended: the same call then simulates what is "
        "missing. Jobs that run at the same time need a folder each: give each its own path and its own "
        "replicates=range(a, b), and put them together with ce.concat."
    )


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
        If the folder holds nothing of the kind, or no table that can be read. Checksums are not looked at: `load` does.

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
    folder = path_of(path)
    problems = Problems()
    table = choice(problems, "table", table, TABLES)
    problems.raise_if_any()
    folders = [folder / piece_name(piece) for piece in pieces_of(folder)] if is_study(folder) else [folder]
    try:
        files = [located(one, f"{table}.parquet") for one in folders]
        lacking = [file for file in files if not file.is_file()]
        if lacking or not files:
            what = f"{str(lacking[0])!r} is not there" if lacking else "no replicate is finished"
            raise ModelError(f"path: {str(folder)!r} has no table {table!r}: {what}.")
        return scan_signed(files)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ModelError(f"path: cannot read table {table!r} in {str(folder)!r}: {error}.") from error


def _check_same(folder: Path, there: dict[str, Any], asked: dict[str, Any]) -> None:
    problems = Problems()
    hint = f"The study in {str(folder)!r} can only be continued; name another folder for another study."
    if there["format_version"] != asked["format_version"]:
        problems.value("path", f"has a study of format {there['format_version']}, which can be loaded, not continued")
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
