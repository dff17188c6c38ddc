"""How likely is cure: without simulating therapy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, overload

import numpy as np

from chemoevo.analytic.probability import extinction_probability, ultimate_extinction_probability
from chemoevo.analytic.question import Question, one_time
from chemoevo.ensemble.estimates import Estimate
from chemoevo.ensemble.request import Request
from chemoevo.errors import Problems
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
    problems = Problems()
    if not (isinstance(model, Scenario) and initial is None):
        for name, value in (("replicates", replicates), ("seed", seed)):
            if value is not None:
                problems.value(name, "must be left out: only a scenario without `initial` grows tumors", value)
    if isinstance(model, Scenario):
        horizon = model.follow_up.horizon if horizon is None else horizon
        if initial is None:
            one_time(problems, horizon, "horizon", endless=True)
            problems.raise_if_any()
            initial = ScenarioRun.of(model, Request(replicates=replicates, seed=seed)).grow()
    ask = Question(model, initial)
    ask.note(problems.raise_if_any)
    day = ask.time(horizon, "horizon", endless=True)
    cells = ask.checked()
    if math.isinf(day):
        p = np.asarray(ultimate_extinction_probability(ask.process, initial=initial))
    else:
        p = extinction_probability(ask.process, initial=initial, times=[day])[..., 0]
    if p.ndim == 0:
        return Estimate.exact(float(p))
    return Estimate.average(p) if cells.law is None else p
