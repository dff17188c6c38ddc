"""The arguments of `simulate`, checked and resolved: all problems at once, before anything runs."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.arguments import resolve_initial, resolve_times, whole
from chemoevo.ensemble.engines import note_engine, note_tolerance
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.ensemble.options import DEFAULT_LIMITS, Limits, Stop
from chemoevo.ensemble.reachable import never
from chemoevo.ensemble.record import COUNTS, record_of
from chemoevo.ensemble.request import Request
from chemoevo.ensemble.run import Run
from chemoevo.errors import Problems, collect, did_you_mean
from chemoevo.process.branching import BranchingProcess

if TYPE_CHECKING:
    from numpy.typing import NDArray


def resolve(process: BranchingProcess, request: Request, *, at_once: int | None = None) -> Run:
    """The run that is asked for; at most `at_once` replicates are held in memory at a time.

    Raises
    ------
    ModelError
        If a value is out of range or the engine cannot do what is asked; all problems are listed.
    TypeError
        If a value has a wrong type.
    """
    problems = Problems()
    initial, stop = request.initial, request.stop
    record = record_of(problems, request.record, process.types)
    start = collect(problems, lambda: resolve_initial(process.types, initial))
    looks = collect(problems, lambda: resolve_times(request.times))
    numbers = _replicates(problems, request.replicates, initial, start)
    seed = note_seed(problems, request.seed)
    stage = whole(problems, "stage", request.stage, 0)
    note_options(problems, request)
    if stop is not None and not isinstance(stop, Stop):
        problems.type("stop", "must be a Stop, for example ce.Stop(size=1e9)", stop)
    recorded = COUNTS if record is None else record
    engine = note_engine(problems, process, request, recorded)
    tolerance = note_tolerance(problems, process, request, recorded)
    _check_start(problems, process, start, stop, looks)
    if looks is not None:
        at_once = min(len(numbers), at_once or len(numbers))
        _check_memory(problems, at_once, len(looks), len(process.types), len(recorded.labels(process.types)))
    problems.raise_if_any()
    assert start is not None
    assert looks is not None
    return Run(
        process=process,
        initial=np.atleast_2d(start),
        times=looks,
        replicates=numbers,
        seed=seed,
        stage=stage or (initial.stage if isinstance(initial, Ensemble) else 0),
        continued=initial.continued + 1 if isinstance(initial, Ensemble) else 0,
        engine=engine,
        tolerance=tolerance,
        stop=stop,
        limits=request.limits or DEFAULT_LIMITS,
        record=recorded,
    )


def note_options(problems: Problems, request: Request) -> None:
    """Notes what is wrong with the options that a process and a scenario have in common."""
    if request.limits is not None and not isinstance(request.limits, Limits):
        problems.type("limits", "must be a Limits, for example ce.Limits(size=1e12)", request.limits)
    if not isinstance(request.exact, bool | np.bool_):
        problems.type("exact", "must be True or False", request.exact)
    if request.threads is not None:
        whole(problems, "threads", request.threads, 1, 4096)
    if not isinstance(request.progress, bool) and not callable(request.progress):
        problems.type("progress", "must be True, False or a callable of (done, total)", request.progress)


def _replicates(problems: Problems, replicates: object, initial: object, start: NDArray[np.uint64] | None) -> range:
    before = initial if isinstance(initial, Ensemble) else None
    rows = len(start) if start is not None and start.ndim == 2 else None
    if replicates is None:
        return range(rows or 1) if before is None else before.replicates
    numbers = note_replicates(problems, replicates, 0 if before is None else before.replicates.start)
    if rows is not None and rows != len(numbers):
        hint = "Give one row per replicate, or a single row for all."
        problems.value("replicates", f"must be {rows}, the rows of initial", len(numbers), hint=hint)
    return numbers


def note_replicates(problems: Problems, replicates: object, first: int = 0) -> range:
    """The numbers of the replicates, `first` the first of them where a number of replicates is given."""
    if not isinstance(replicates, range):
        return range(first, first + whole(problems, "replicates", replicates, 1, 2**40))
    if len(replicates) == 0 or replicates.step != 1 or replicates.start < 0 or replicates.stop > 2**62:
        problems.value("replicates", "must be a range(a, b) with 0 <= a < b <= 2**62 and step 1", replicates)
        return range(1)
    return replicates


def note_seed(problems: Problems, seed: object) -> int:
    """The seed, or a fresh one where none is given."""
    return secrets.randbits(63) if seed is None else whole(problems, "seed", seed, 0, None)


def _check_start(
    problems: Problems,
    process: BranchingProcess,
    start: NDArray[np.uint64] | None,
    stop: object,
    looks: NDArray[np.float64] | None,
) -> None:
    if not isinstance(stop, Stop):
        return
    for index, name in enumerate(stop.of or ()):
        if name not in process.types:
            hint = did_you_mean(name, process.types)
            problems.value(f"stop.of[{index}]", "is not a type of the process", name, hint=hint)
    if not stop.retry or start is None:
        return
    cells = np.atleast_2d(start)
    if not cells.any(axis=1).all():
        problems.value("initial", "must hold at least one cell where stop.retry is True: no cells never arrive")
    elif looks is not None and (of := stop.of or process.types) and set(of) <= set(process.types):
        for reason in never(process, cells, stop.size, of, float(looks[-1])):
            rule = f"is never reached: {reason}, and stop.retry would try for ever"
            problems.value("stop.size", rule, stop.size)


def _check_memory(problems: Problems, replicates: int, times: int, types: int, columns: int) -> None:
    needed = 8 * replicates * (columns * times + types)
    if needed < 2**28:  # asking the system takes longer than a small run
        return
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 2**40
    if needed > available:
        problems.value(
            "replicates",
            f"x times x types need {needed / 2**30:,.0f} GiB, more than this machine has",
            replicates,
            hint="Observe fewer times, or simulate chunk by chunk with simulate_chunks.",
        )
