"""Running a scenario: growth from one cell to detection, then therapy; and cure without simulating therapy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from chemoevo.errors import ModelError, Problems
from chemoevo.estimates import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.counts import Counts
    from chemoevo.ensemble import Ensemble
    from chemoevo.grown import GrownFor, GrownTo
    from chemoevo.options import Limits
    from chemoevo.process import BranchingProcess
    from chemoevo.scenario import Scenario


@dataclass(frozen=True)
class RunPlan:
    """How many histories to simulate, from which seed, with which engine, on how many threads."""

    replicates: int | range
    seed: int | None
    engine: str
    threads: int | None


def resolve_run(
    scenario: Scenario,
    *,
    replicates: int | range | None = None,
    seed: int | None = None,
    engine: str | None = None,
    threads: int | None = None,
) -> RunPlan:
    """What the scenario says, unless an argument says otherwise.

    Raises
    ------
    ModelError
        If `replicates` or `threads` is below 1, or `seed` is negative.
    """
    plan = RunPlan(
        replicates=scenario.simulation.replicates if replicates is None else replicates,
        seed=scenario.simulation.seed if seed is None else seed,
        engine=scenario.simulation.engine if engine is None else engine,
        threads=threads,
    )
    problems = Problems()
    for path, value, low in (("replicates", plan.replicates, 1), ("seed", plan.seed, 0), ("threads", plan.threads, 1)):
        if value is None or isinstance(value, range):
            continue
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            problems.type(path, "must be a whole number", value)
        elif value < low:
            problems.value(path, f"must be a whole number >= {low}", int(value))
    problems.raise_if_any()
    return plan


def simulate_scenario(
    scenario: Scenario,
    *,
    plan: RunPlan,
    exact: bool = False,
    tolerance: float | None = None,
    limits: Limits | None = None,
    progress: bool | Callable[[int, int], object] = False,
    counted: Counts | None = None,
) -> Ensemble:
    """Grows every replicate from one cell to detection, then treats it.

    A replicate that dies out while it grows starts again, in its own stream. Growth and therapy draw from independent
    streams of one seed.

    Returns
    -------
    Ensemble
        Of therapy; its `growth` is the ensemble of growth. `counted` is what both record.

    A replicate whose growth used up `limits.events` is not treated: it has that outcome at time 0.

    Raises
    ------
    ModelError
        If `limits.size` is not above the size at detection.
    """
    from chemoevo.pieces import after_growth
    from chemoevo.simulate import simulate

    options: dict[str, Any] = {"exact": exact, "tolerance": tolerance, "limits": limits, "counted": counted}
    grown = grow(scenario, plan, progress=_half(progress, 0), **options)
    treated = simulate(
        scenario.therapy,
        initial=grown,
        times=scenario.times,
        replicates=plan.replicates if isinstance(plan.replicates, range) else None,
        seed=grown.seed,
        progress=_half(progress, 1),
        **_options(plan, **options),
    )
    return after_growth(treated, grown)


def grow(
    scenario: Scenario,
    plan: RunPlan,
    *,
    exact: bool = False,
    tolerance: float | None = None,
    limits: Limits | None = None,
    progress: bool | Callable[[int, int], object] = False,
    counted: Counts | None = None,
) -> Ensemble:
    """Tumors grown from one cell to detection; the first half of `simulate_scenario`."""
    from chemoevo.simulate import simulate

    growth = scenario.growth
    if limits is not None and limits.size <= growth.stop.size:
        raise ModelError(f"limits.size must be above tumor.size = {growth.stop.size}; got {limits.size}.")
    return simulate(
        growth.process,
        initial={growth.process.types[0]: 1},
        times=[growth.longest],
        replicates=plan.replicates,
        seed=plan.seed,
        stop=growth.stop,
        progress=progress,
        **_options(plan, exact, tolerance, limits, counted),
    )


def _options(
    plan: RunPlan, exact: bool, tolerance: float | None, limits: Limits | None, counted: Counts | None
) -> dict[str, Any]:
    options: dict[str, Any] = {"engine": plan.engine, "exact": exact, "tolerance": tolerance, "threads": plan.threads}
    options["record"] = "counts" if counted is None else counted
    return options if limits is None else {**options, "limits": limits}


def _half(progress: bool | Callable[[int, int], object], stage: int) -> bool | Callable[[int, int], object]:
    """Progress of one of two stages, reported as progress of both together."""
    if not callable(progress):
        return progress
    tell = progress
    return lambda done, total: tell(stage * total + done, 2 * total)


@overload
def cure_probability(  # type: ignore[overload-overlap]
    model: BranchingProcess | Scenario,
    *,
    initial: GrownTo | GrownFor,
    horizon: float | None = None,
    replicates: int | None = None,
    seed: int | None = None,
) -> Estimate | NDArray[np.float64]: ...
@overload
def cure_probability(
    model: BranchingProcess | Scenario,
    *,
    initial: object = None,
    horizon: float | None = None,
    replicates: int | None = None,
    seed: int | None = None,
) -> Estimate: ...
def cure_probability(
    model: BranchingProcess | Scenario,
    *,
    initial: object = None,
    horizon: float | None = None,
    replicates: int | None = None,
    seed: int | None = None,
) -> Estimate | NDArray[np.float64]:
    """Probability that no cell is left at the horizon, by the backward equations.

    Therapy is never simulated: each initial composition is continued analytically, and the results are averaged.

    Parameters
    ----------
    model
        A process, or a scenario, which stands for its therapy.
    initial
        The cells at the start, as for `simulate`. An `Ensemble` gives its final states, an array of shape (n, types)
        n compositions: the average is over them. `GrownTo` and `GrownFor` give the law of a tumor that grew: nothing is
        simulated. A scenario without `initial` grows its own tumors to detection.
    horizon
        (days) when no cell may be left: >= 0, or infinity for extinction at any time. Needed for a process; a
        scenario has its own, one year from the first dose.
    replicates, seed
        For a scenario without `initial`: how many tumors it grows, and their seed; default as the scenario says.

    Returns
    -------
    Estimate or NDArray[np.float64]
        With a 95 % interval where compositions were averaged; see `Estimate.average`. For a law of n sizes or ages
        the n probabilities.

    Raises
    ------
    ModelError
        If `initial` or `horizon` is missing or out of range.

    Notes
    -----
    The average of conditional probabilities (Rao-Blackwell) has less variance than the fraction of simulated cures,
    and is honest only while the conditional probabilities vary little: `effective` is the number of compositions that
    carry it. Where that is below 10 the number says little: the interval is then a wide one that holds all the same,
    and `trusted` is False. `rare_cure_probability` and `GrownTo` answer there.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.1], death=[0.2])
    >>> ce.cure_probability(process, initial={"S": 10}, horizon=float("inf")).value
    1.0
    >>> growth = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-9}
    ... )
    >>> therapy = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.50, 0.13], mutation={("S", "R"): 1e-9}
    ... )
    >>> ce.cure_probability(therapy, initial=ce.GrownTo(growth, size=[1e7, 1e8, 1e9]), horizon=365.0).round(4)
    array([0.9896, 0.9012, 0.3532])
    """
    from chemoevo.analytic import extinction_probability, ultimate_extinction_probability
    from chemoevo.grown import is_grown
    from chemoevo.scenario import Scenario

    if isinstance(model, Scenario):
        process = model.therapy
        horizon = model.follow_up.horizon if horizon is None else horizon
        if initial is None:
            initial = grow(model, resolve_run(model, replicates=replicates, seed=seed))
    else:
        process = model
        if initial is None or horizon is None:
            missing = [name for name, value in (("initial", initial), ("horizon", horizon)) if value is None]
            raise ModelError([f"{name} is missing: a process needs it." for name in missing])
    assert horizon is not None
    _check_horizon(horizon)
    if math.isinf(horizon):
        p = np.asarray(ultimate_extinction_probability(process, initial=initial))
    else:
        p = extinction_probability(process, initial=initial, times=[float(horizon)])[..., 0]
    if p.ndim == 0:
        return Estimate.exact(float(p))
    return p if is_grown(initial) else Estimate.average(p)


def log_cure_of_one_cell(process: BranchingProcess, horizon: float) -> NDArray[np.float64]:
    """Natural logarithm of the probability that one cell of each type, shape (types,), has none left at the horizon.

    Raises
    ------
    ModelError
        If `horizon` is not a time in days, or there is competition.
    """
    from chemoevo import _core
    from chemoevo.analytic import one_of_each
    from chemoevo.competition import refuse_competition
    from chemoevo.means import run

    _check_horizon(horizon)
    refuse_competition(process.competition)
    cells = one_of_each(process)
    if math.isinf(horizon):
        logs: NDArray[np.float64] = run(lambda: _core.log_ultimate_extinction(process._core, cells))
    else:
        grid = np.array([float(horizon)])
        logs = run(lambda: _core.log_absence(process._core, [True] * len(process.types), cells, grid))[:, 0]
    return logs


def _check_horizon(horizon: object) -> None:
    if isinstance(horizon, bool) or not isinstance(horizon, int | float) or math.isnan(horizon) or horizon < 0:
        raise ModelError(f"horizon must be a time in days >= 0, or infinity; got {horizon!r}.")
