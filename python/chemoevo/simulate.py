"""Exact simulation of an ensemble of replicates."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from chemoevo.arguments import resolve_initial, resolve_times, whole_number
from chemoevo.ensemble import Ensemble
from chemoevo.errors import ModelError, Problems, collect, did_you_mean
from chemoevo.options import DEFAULT_LIMITS, Limits, Stop
from chemoevo.process import BranchingProcess
from chemoevo.recordings import Recording, recordings_of, scenario_recording
from chemoevo.runs import RECORDS, Run

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.counts import Counts
    from chemoevo.crossings import Crossings
    from chemoevo.scenario import Scenario

Engine = Literal["auto", "direct", "bnb", "leap"]
ENGINES = ("auto", "direct", "bnb", "leap")
DEFAULT_TOLERANCE = 1e-3
"""Of leaping: see the docstring of `simulate`."""


def simulate(
    process: BranchingProcess | Scenario,
    *,
    initial: object = None,
    times: ArrayLike | None = None,
    replicates: int | range | None = None,
    seed: int | None = None,
    engine: Engine = "auto",
    exact: bool = False,
    tolerance: float | None = None,
    stop: Stop | None = None,
    limits: Limits | None = None,
    record: Recording | Sequence[Recording] = "counts",
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> Ensemble:
    """Simulates replicates of a process.

    Parameters
    ----------
    process
        The process; or a `Scenario`, whose growth is simulated until detection and then its therapy
        (`initial`, `times` and `stop` then come from the scenario).
    initial
        Cells at time 0: {type: count} (types not named start with 0), an array of shape (types,) or
        (replicates, types), or an `Ensemble`: every replicate continues from its final state, on a new clock
        that starts at 0, and with its own number. Whole numbers from 0 to 2**62, also as floats.
    times
        (days) Observation times, finite, >= 0, strictly increasing. The run starts at 0 and ends at the
        last of them; time 0 is recorded only if listed.
    replicates
        How many, or a range of numbers: range(100, 200) computes those replicates of the same study.
        Default: 1, or the rows of `initial`.
    seed
        Any integer >= 0. None draws a fresh one, which the result reports.
    engine
        "direct" simulates every event; "bnb" jumps from one mutation or switch to the next, at a cost that does
        not depend on the number of cells; both are exact. "leap" moves mutants in cohorts where they are founded in
        numbers, with an error below `tolerance`, and follows all others as "bnb" does; stops are met exactly. "auto"
        takes, for each replicate, the cheaper of "direct" and "bnb", and leaps where more than a million mutations may
        be expected; where cells compete it takes "direct", or leaps where that would take long, and "bnb" refuses.
        `Ensemble.engine` says what ran, `Ensemble.exact` whether the whole was exact.
    exact
        Whether to refuse all approximation.
    tolerance
        Of leaping, in [1e-9, 1e-2], default 1e-3: the largest relative error, at the end of a step, of the mean of what
        the founders within it grow to. Steps are in proportion to its fourth root, times the time between
        two events of the fastest cell.
    stop
        Ends a replicate at the first instant at which a number of cells is reached.
    limits
        Fuses of one replicate; default `Limits()`.
    record
        What is recorded: "counts", the cells of every type at the observation times; `Counts(of=...)` instead those of
        some types, or of several together, in the memory that these take; "clones" also every clone: who
        founded it, when, when it died out and its size at the observation times (`Ensemble.clones`,
        `Ensemble.clone_sizes`, `Ensemble.newick`), up to `limits.clones` a replicate. The law of the counts is
        the same. The cost of `bnb` then grows with the number of clones; a tumor of 10**9 cells that founds 10**4
        mutants has 10**4 clones, not 10**9. `Crossings(...)` notes when numbers of cells are first reached
        (`Ensemble.crossings`); where cells compete "leap" refuses it. A list may name several; clones and crossings are
        not recorded together. A `Scenario` takes "counts" and `Counts`, of its genotypes
        (`scenario.genotypes.carriers(...)` names groups), and records so in growth and in therapy.
    threads
        Number of threads >= 1; None takes the CPUs that this process may use. Results do not depend on it.
    progress
        True shows a bar on stderr; a callable gets (done, total) about ten times a second.

    Returns
    -------
    Ensemble
        Counts, outcomes, summaries and all that is needed to run it again.

    Raises
    ------
    ModelError
        If a value is out of range or the engine cannot do what is asked; all problems are listed.
    TypeError
        If a value has a wrong type.
    KeyboardInterrupt
        If interrupted; nothing is left running.

    Notes
    -----
    Replicate i of a study is a function of (process, initial state, times, stop, limits, engine, seed, i)
    alone: it does not depend on threads or on how many replicates are asked for. A run that starts from an
    `Ensemble` uses streams of its own, independent of those of the first run under the same seed.

    References
    ----------
    .. [1] Gillespie DT (1976) J Comput Phys 22:403. doi:10.1016/0021-9991(76)90041-3
    .. [2] Mather WH, Hasty J, Tsimring LS (2012) Bioinformatics 28:1230. doi:10.1093/bioinformatics/bts130

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-8}
    ... )
    >>> ens = ce.simulate(process, initial={"S": 1e9}, times=[0, 30, 60], replicates=4, seed=1)
    >>> ens.counts.shape
    (4, 3, 2)
    """
    if not isinstance(process, BranchingProcess):
        options: dict[str, Any] = {"seed": seed, "engine": engine, "exact": exact, "tolerance": tolerance}
        options.update(limits=limits, threads=threads, progress=progress, replicates=replicates)
        counted = check_scenario(process, initial, times, stop, record, **options)
        return process._simulate(counted=counted, **options)

    run = resolve(
        process,
        initial=initial,
        times=times,
        replicates=replicates,
        seed=seed,
        engine=engine,
        exact=exact,
        tolerance=tolerance,
        stop=stop,
        limits=limits,
        record=record,
        threads=threads,
        progress=progress,
    )
    with ProgressBar(progress, len(run.replicates)) as tell:
        return run.simulate(threads=threads, tell=tell)


def check_scenario(
    scenario: object,
    initial: object,
    times: object,
    stop: object,
    record: object,
    *,
    replicates: int | range | None,
    seed: object,
    engine: object,
    **options: Any,
) -> Counts | None:
    """What is to be recorded of a scenario, which has its own initial state, times and stop; all arguments checked."""
    from chemoevo.scenario import Scenario

    if not isinstance(scenario, Scenario):
        raise TypeError(f"the first argument must be a BranchingProcess or a Scenario; got {scenario!r}.")
    problems = Problems()
    given = {"initial": initial, "times": times, "stop": stop}
    problems.extend(f"{name} comes from the scenario; leave it out." for name in given if given[name] is not None)
    counted = scenario_recording(problems, record, scenario.genotypes.names)
    if replicates is not None:
        _replicates(problems, replicates, None, None)
    if seed is not None:
        _seed(problems, seed)
    chosen = _engine(problems, engine, scenario.growth.process, scenario.growth.stop, "counts")
    _leaping(problems, chosen, options["exact"], options["tolerance"], "counts")
    _check_options(problems, stop=None, record="counts", **options)
    problems.raise_if_any()
    return counted


def resolve(
    process: BranchingProcess,
    *,
    initial: object,
    times: ArrayLike | None,
    replicates: int | range | None,
    seed: int | None,
    engine: object,
    exact: object,
    tolerance: object,
    stop: Stop | None,
    limits: Limits | None,
    record: object,
    threads: object,
    progress: object,
    at_once: int | None = None,
) -> Run:
    """The arguments of `simulate`, checked; at most `at_once` replicates are held in memory at a time."""
    problems = Problems()
    record, counted, crossings = recordings_of(problems, record, process.types)
    start = collect(problems, lambda: resolve_initial(process.types, initial))
    looks = collect(problems, lambda: resolve_times(_required(times)))
    numbers = _replicates(problems, replicates, initial, start)
    number = secrets.randbits(63) if seed is None else _seed(problems, seed)
    chosen = _engine(problems, engine, process, stop, record)
    _check_options(problems, stop, limits, record, exact, threads, progress, tolerance)
    competition = process.competition is not None
    leaping = _leaping(problems, chosen, exact, tolerance, record, crossings, competition)
    _check_start(problems, process, start, stop)
    if looks is not None:
        at_once = min(len(numbers), at_once or len(numbers))
        _check_memory(problems, at_once, len(looks), len(process.types), counted)
    problems.raise_if_any()
    assert start is not None
    assert looks is not None

    return Run(
        process=process,
        initial=np.atleast_2d(start),
        times=looks,
        replicates=numbers,
        seed=number,
        stage=initial.stage + 1 if isinstance(initial, Ensemble) else 0,
        engine=chosen,
        tolerance=leaping,
        stop=stop,
        limits=limits or DEFAULT_LIMITS,
        record=str(record),
        counted=counted,
        crossings=crossings,
    )


def _required(times: ArrayLike | None) -> ArrayLike:
    if times is None:
        raise ModelError("times is missing. Give the observation times in days, for example times=[0, 30, 60].")
    return times


def _replicates(problems: Problems, replicates: object, initial: object, start: NDArray[np.uint64] | None) -> range:
    rows = len(start) if start is not None and start.ndim == 2 else None
    if replicates is None:
        if isinstance(initial, Ensemble):
            return initial.replicates
        return range(rows or 1)
    if isinstance(replicates, range):
        if len(replicates) == 0 or replicates.step != 1 or replicates.start < 0 or replicates.stop > 2**62:
            problems.value("replicates", "must be a range(a, b) with 0 <= a < b <= 2**62 and step 1", replicates)
            return range(1)
        numbers = replicates
    else:
        count = whole_number(problems, "replicates", replicates, 1, 2**40)
        first = initial.replicates.start if isinstance(initial, Ensemble) else 0
        numbers = range(first, first + count)
    if rows is not None and rows != len(numbers):
        hint = "Give one row a replicate, or a single row for all."
        problems.value("replicates", f"must be {rows}, the rows of initial", len(numbers), hint=hint)
    return numbers


def _seed(problems: Problems, seed: object) -> int:
    if isinstance(seed, bool | np.bool_) or not isinstance(seed, int | np.integer):
        problems.type("seed", "must be None or an integer >= 0", seed)
        return 0
    if seed < 0:
        problems.value("seed", "must be >= 0", int(seed))
        return 0
    return int(seed)


def _engine(problems: Problems, engine: object, process: BranchingProcess, stop: object, record: object) -> str:
    named = isinstance(stop, Stop) and stop.of is not None and set(stop.of) != set(process.types)
    if engine not in ENGINES:
        rule = "must be 'auto', 'direct', 'bnb' or 'leap'"
        problems.value("engine", rule, engine, hint=did_you_mean(engine, ENGINES))
        return "direct"
    if engine == "leap" and named and process.competition is not None:
        hint = "Use engine='direct', or leave 'auto'."
        rule = "'leap' stops at a number of cells of all types together where they compete, not at stop.of"
        problems.value("engine", rule, hint=hint)
    if engine == "bnb" and named and record == "clones":
        hint = "Use engine='direct', or leave 'auto'."
        problems.value("engine", "'bnb' records no clones where stop.of counts some types", hint=hint)
    if engine == "bnb" and process.competition is not None:
        hint = "Use engine='direct', which is exact, or 'leap', which freezes rates over short steps, or leave 'auto'."
        problems.value(
            "engine", f"{engine!r} takes cells for independent, which with competition they are not", hint=hint
        )
    return str(engine)


def _leaping(
    problems: Problems,
    engine: str,
    exact: object,
    tolerance: object,
    record: object,
    crossings: Crossings | None = None,
    competition: bool = False,
) -> float | None:
    """The tolerance of leaping; None where the run may not leap."""
    if engine == "leap" and exact is True:
        hint = "Use 'direct' or 'bnb', or leave 'auto'."
        problems.value("engine", "'leap' approximates, which exact=True refuses", hint=hint)
    if engine == "leap" and record == "clones":
        hint = "Use 'direct' or 'bnb', or leave 'auto'."
        problems.value("engine", "'leap' moves cells in cohorts and knows no clones", hint=hint)
    if engine == "leap" and crossings is not None and competition:
        hint = "Use engine='direct', or leave 'auto'."
        problems.value("engine", "'leap' notes no crossings where cells compete", hint=hint)
    if engine in {"direct", "bnb"} or exact is True or record == "clones" or (crossings is not None and competition):
        return None
    given = isinstance(tolerance, int | float | np.integer | np.floating)
    return float(tolerance) if given else DEFAULT_TOLERANCE  # type: ignore[arg-type]


def _check_options(
    problems: Problems,
    stop: object,
    limits: object,
    record: object,
    exact: object,
    threads: object,
    progress: object,
    tolerance: object = None,
) -> None:
    if stop is not None and not isinstance(stop, Stop):
        problems.type("stop", "must be a Stop, for example ce.Stop(size=1e9)", stop)
    if limits is not None and not isinstance(limits, Limits):
        problems.type("limits", "must be a Limits, for example ce.Limits(size=1e12)", limits)
    if record not in RECORDS:
        problems.value(
            "record",
            "must be 'counts', 'clones', Counts(...) or Crossings(...)",
            record,
            hint=did_you_mean(record, RECORDS),
        )
    if not isinstance(exact, bool | np.bool_):
        problems.type("exact", "must be True or False", exact)
    if tolerance is not None:
        rule = "must be a number in [1e-9, 1e-2]"
        if isinstance(tolerance, bool | np.bool_) or not isinstance(tolerance, int | float | np.integer | np.floating):
            problems.type("tolerance", rule, tolerance)
        elif not 1e-9 <= tolerance <= 1e-2:
            problems.value("tolerance", rule, tolerance)
    if threads is not None:
        whole_number(problems, "threads", threads, 1, 4096)
    if not isinstance(progress, bool) and not callable(progress):
        problems.type("progress", "must be True, False or a callable of (done, total)", progress)


def _check_start(problems: Problems, process: BranchingProcess, start: NDArray[np.uint64] | None, stop: object) -> None:
    if not isinstance(stop, Stop):
        return
    for index, name in enumerate(stop.of or ()):
        if name not in process.types:
            hint = did_you_mean(name, process.types)
            problems.value(f"stop.of[{index}]", f"{name!r} is not a type of the process", hint=hint)
    if stop.retry and start is not None and not np.atleast_2d(start).any(axis=1).all():
        problems.value("initial", "must hold at least one cell where stop.retry is True: no cells never arrive")
    elif stop.retry and start is not None and not process.birth.any() and not process.switching:
        short = np.atleast_2d(start)[:, [stop.of is None or name in stop.of for name in process.types]]
        if any(sum(map(int, row)) < stop.size for row in short):
            problems.value(
                "stop.size", "is never reached: no type divides, and stop.retry would try for ever", stop.size
            )


def _check_memory(problems: Problems, replicates: int, times: int, types: int, counted: Counts | None) -> None:
    columns = types if counted is None else len(counted.labels)
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


class ProgressBar:
    """Gives the callable that the core calls, and closes the bar at the end."""

    def __init__(self, progress: bool | Callable[[int, int], object], total: int) -> None:
        self._progress = progress
        self._total = total
        self._bar: Any = None

    def __enter__(self) -> Callable[[int, int], object] | None:
        if callable(self._progress):
            return self._progress
        if not self._progress:
            return None
        from tqdm import tqdm

        self._bar = tqdm(total=self._total, unit="replicate")
        return self._advance

    def _advance(self, done: int, total: int) -> None:
        self._bar.update(done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
