"""How likely is cure: without simulating therapy."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, overload

import numpy as np

from chemoevo.analytic.probability import (
    absence_probability,
    extinction_probability,
    ultimate_extinction_probability,
)
from chemoevo.analytic.question import Question, one_time
from chemoevo.base.arguments import choice
from chemoevo.ensemble.estimates import Estimate
from chemoevo.ensemble.request import Request
from chemoevo.errors import Problems
from chemoevo.process.competition import note_competition
from chemoevo.scenario.compilation import LARGEST_SHARE, mutant_share
from chemoevo.scenario.scenario import Scenario
from chemoevo.study.scenario_run import ScenarioRun

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.grown.law import GrownLaw
    from chemoevo.process.branching import BranchingProcess


@overload
def cure_probability(  # type: ignore[overload-overlap]
    model: BranchingProcess | Scenario,
    *,
    initial: GrownLaw,
    horizon: float | None = None,
    method: Literal["law", "histories"] | None = None,
    replicates: int | None = None,
    seed: int | None = None,
) -> Estimate | NDArray[np.float64]: ...
@overload
def cure_probability(
    model: BranchingProcess | Scenario,
    *,
    initial: object = None,
    horizon: float | None = None,
    method: Literal["law", "histories"] | None = None,
    replicates: int | None = None,
    seed: int | None = None,
) -> Estimate: ...
def cure_probability(
    model: BranchingProcess | Scenario,
    *,
    initial: object = None,
    horizon: float | None = None,
    method: Literal["law", "histories"] | None = None,
    replicates: int | None = None,
    seed: int | None = None,
) -> Estimate | NDArray[np.float64]:
    """Probability that no cell is left at the horizon, by the backward equations.

    Therapy is never simulated: each initial composition is continued analytically, and the results are averaged. Of a
    scenario with late deaths damaged cells may be left: cure is the absence of all others (`scenario.clonogenic`).

    Parameters
    ----------
    model
        A process, or a scenario, which stands for its therapy; cells that are damaged and die late are no cells here.
    initial
        The cells at the start, as for `simulate`. An `Ensemble` gives its final states, an array of shape (n, types)
        n compositions: the average is over them. `GrownTo` and `GrownFor` give the law of a tumor that grew: nothing is
        simulated. A scenario without `initial` starts from its own tumor at detection.
    horizon
        (days) when no cell may be left: >= 0, or infinity for extinction at any time. Needed for a process; a
        scenario has its own, one year from the first dose.
    method
        For a scenario without `initial`: "law" takes the law of growth of a large tumor with rare mutants (`GrownTo`),
        and simulates nothing; "histories" simulates growth and averages over the tumors that it leads to. None (the
        default) takes the law where the expected share of mutants at detection is at most 1 %, which
        `Estimate.mutant_share` says, and histories elsewhere; where `replicates` or `seed` are given, histories.
    replicates, seed
        Of histories: how many tumors grow, and their seed; default as the scenario says.

    Returns
    -------
    Estimate or NDArray[np.float64]
        With a 95 % interval where compositions were averaged; see `Estimate.average`. For a law of n sizes or ages
        the n probabilities. Of a scenario without `initial`, `Estimate.method` says how it was found.

    Raises
    ------
    ModelError
        If `initial` or `horizon` is missing or out of range, an argument means nothing together with the others, or
        cells compete: of a scenario with capacities `answer` has the share of simulated histories that are cured.

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
    problems, share = Problems(), None
    growing = (("method", method), ("replicates", replicates), ("seed", seed))
    own = isinstance(model, Scenario) and initial is None
    if not own:
        for name, value in growing:
            if value is not None:
                problems.value(name, "must be left out: only a scenario without `initial` grows tumors", value)
    if isinstance(model, Scenario):
        horizon = model.follow_up.horizon if horizon is None else horizon
        if own:
            one_time(problems, horizon, "horizon", endless=True)
            method = _method(problems, method, replicates, seed)
            note_competition(problems, None, "", model.capacities)
            problems.raise_if_any()
            share = mutant_share(model, model.growth)
            if method is None:
                method = "law" if share <= LARGEST_SHARE else "histories"
            if method == "law":
                initial = model.growth.law
            else:
                initial = ScenarioRun.of(model, Request(replicates=replicates, seed=seed)).grow()
    ask = Question(model, initial)
    ask.note(problems.raise_if_any)
    day = ask.time(horizon, "horizon", endless=True)
    cells = ask.checked()
    p = cured(ask.process, initial, day, ask.clonogenic)
    if p.ndim == 0:
        return replace(Estimate.exact(float(p)), method=method, mutant_share=share)
    return replace(Estimate.average(p), method=method, mutant_share=share) if cells.law is None else p


def cured(
    process: BranchingProcess, initial: object, horizon: float, clonogenic: tuple[str, ...] | None
) -> NDArray[np.float64]:
    """Probability that no cell is left at the horizon, of the types named where they are.

    At infinity that all ends: cells that are not clonogenic end by themselves.
    """
    if math.isinf(horizon):
        return np.asarray(ultimate_extinction_probability(process, initial=initial))
    if clonogenic is None:
        return extinction_probability(process, initial=initial, times=[horizon])[..., 0]
    return absence_probability(process, types=clonogenic, initial=initial, times=[horizon])[..., 0]


def _method(problems: Problems, method: object, replicates: object, seed: object) -> Literal["law", "histories"] | None:
    """The method that was asked for, if one was: who asks for replicates or a seed asks for histories."""
    known = None if method is None else choice(problems, "method", method, ("law", "histories"))
    for name, value in (("replicates", replicates), ("seed", seed)):
        if value is not None and known == "law":
            problems.value(name, "must be left out: the law of growth simulates nothing", value)
    if known is None and (replicates is not None or seed is not None):
        return "histories"
    return known  # type: ignore[return-value]
