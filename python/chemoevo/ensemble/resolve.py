"""The arguments of `simulate`, checked and resolved: all problems at once, before anything runs."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.arguments import resolve_initial, resolve_times, whole
from chemoevo.base.names import known_names
from chemoevo.ensemble.engines import note_engine, note_tolerance
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.ensemble.memory import needed_memory, note_memory
from chemoevo.ensemble.options import DEFAULT_LIMITS, Limits, Stop
from chemoevo.ensemble.outlook import warn_if_long
from chemoevo.ensemble.reachable import never
from chemoevo.ensemble.record import COUNTS, Record, record_of
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
    if isinstance(stop, Stop) and not all(name in process.types for name in stop.of or ()):
        stop = Stop(size=stop.size, of=known_names(stop.of or (), process.types), retry=stop.retry)
        request = replace(request, stop=stop)
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
    _check_scale(problems, process, looks)
    if looks is not None:
        at_once = min(len(numbers), at_once or len(numbers))
        rows = at_once if start is not None and start.ndim == 2 else 1
        note_memory(problems, at_once, recorded_memory(recorded, at_once, len(looks), process.types, rows=rows))
    problems.raise_if_any()
    assert start is not None
    assert looks is not None
    run = Run(
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
    warn_if_long(run)
    return run


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


def _replicates(problems: Problems, replicates: object, initial: object, start: NDArray[np.int64] | None) -> range:
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
    start: NDArray[np.int64] | None,
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


def recorded_memory(record: Record, replicates: int, times: int, types: tuple[str, ...], *, rows: int) -> int:
    """(bytes) What a run keeps of replicates that are observed so many times, with `rows` rows of initial cells."""
    crossings = 0 if record.crossings is None else sum(len(sizes) for *_, sizes in record.crossings.sums(types))
    return needed_memory(replicates, times, len(types), len(record.labels(types)), crossings, rows)


# The time between two events of 2**62 cells is then a normal number, with all its digits.
_FASTEST, _EARLIEST = 1e280, 1e-280


def _check_scale(problems: Problems, process: BranchingProcess, looks: NDArray[np.float64] | None) -> None:
    rates = {name: float(of.max(initial=0.0)) for name, of in (("birth", process.birth), ("death", process.death))}
    for name, most in (*rates.items(), ("switching", process.switches.most)):
        if most > _FASTEST:
            problems.value(f"process.{name}", f"must be at most {_FASTEST:g} per day to be simulated", most)
    times = {
        "times": np.zeros(0) if looks is None else looks,
        "process.breakpoints": process.breakpoints,
        "process.pulses": np.array([p.time for p in process.pulses]),
    }
    for path, days in times.items():
        early = np.flatnonzero((days > 0.0) & (days < _EARLIEST))
        if early.size:
            where = f"{path}[{early[0]}]" + (".time" if path.endswith("pulses") else "")
            rule = f"must be 0 or at least {_EARLIEST:g} days to be simulated: shorter times lose their digits"
            problems.value(where, rule, float(days[early[0]]))
