"""When a tumor is back at a size, without simulation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.course import Course
from chemoevo.analytic.question import Question
from chemoevo.analytic.relapse import RelapseTime
from chemoevo.analytic.sizes import SIZES, TOLERANCES
from chemoevo.base.arguments import real
from chemoevo.scenario.compilation import tumor_by_law
from chemoevo.scenario.scenario import Scenario

if TYPE_CHECKING:
    from chemoevo.analytic.question import Treated
    from chemoevo.process.branching import BranchingProcess

TOLERANCE = 1e-5


def relapse_size(scenario: Scenario) -> float:
    """(cells) The size of progression of a scenario: at least one cell, and no more than are counted."""
    return float(min(max(scenario.progression.size, 1.0), 2.0**62))


def relapse_time(
    model: BranchingProcess | Treated,
    *,
    size: float,
    initial: Any = None,
    since: float | None = None,
    of: str | Iterable[str] | None = None,
    tolerance: float = TOLERANCE,
) -> RelapseTime:
    """The law of the time at which a tumor is back at a size, by the backward equations.

    Parameters
    ----------
    model
        A `Scenario`, which stands for its therapy, or a `BranchingProcess`.
    size
        (cells) So many are a relapse: from 1 to 2**62.
    initial
        Cells at time 0, as for `extinction_probability`, laws of grown tumors included. A scenario without `initial`
        starts from its own tumor, by the law of its growth: `GrownTo` the size at detection, with a warning where
        more than 1 % of it are mutants and the law does not hold.
    since
        (days) From when on cells count, >= 0. By default when the mean number of cells is smallest, between the first
        times at which it is below the size and back at it.
    of
        Name of a type, or names of several whose cells are counted together; by default all. `by_driver` has the law of
        each of them alone.
    tolerance
        Largest absolute error of a probability of a size, in [1e-8, 0.01].

    Returns
    -------
    RelapseTime
        A `TimeLaw` with `cdf`, `survival`, `quantile`, `median`, `probability` and `never`; also `since` and
        `by_driver`.

    Raises
    ------
    ModelError
        If an argument has a wrong value, or the process has competition, as that of a scenario with capacities.
    TypeError
        If one of them has a wrong type.
    SimulationError
        If `tolerance` cannot be kept, or the equations need more than two million steps; also by the methods.

    See Also
    --------
    size_probability : the probability of a size at a time, which the law is made of.
    answer : progression as seen at the looks of a scenario, by simulation.

    Notes
    -----
    A tumor that is found at 1e9 cells has 1e9 cells on the first day of therapy. So cells count only from the day
    `since` on, and the probability of a relapse by day t is

        P(T <= t) = max(P(N(t) >= size), P(N(p) >= size)),    t >= since,

    p the last day before t on which the mean was higher than ever since, and then fell: where a tumor that comes back
    shrinks in every cycle, the law stays between two peaks where it was. Before `since` it is 0. A tumor that never
    falls below the size is one that has it on the day `since`.

    This is a lower bound of the law of the first passage, by which the tumor has had the size at *some* time since:
    tumors are left out that were at the size and are below it again both on day t and on day p. Where the cells that
    carry the relapse grow, their number does not fall again by more than some sqrt(size) cells, which they make up for
    in 1 / (r sqrt(size)) days, r their net growth rate: of a million cells the two laws are one. For a few cells, and
    where drug comes back between two peaks, it is a bound.

    `law.by_driver["R"]` is the law of the time at which the cells of R alone have the size. A tumor can be at the size
    while none of its types is, and two of them may be at it at once, so these laws do not add up to that of the tumor;
    where one type is nearly all of every tumor that is back they nearly do.

    A quantile is found to 1e-7 of the time, or to what the tolerance leaves of it.

    Examples
    --------
    >>> import chemoevo as ce
    >>> rates = {"types": ["S", "R"], "birth": [0.14, 0.14], "mutation": {("S", "R"): 5e-9}}
    >>> tumor = ce.GrownTo(ce.BranchingProcess(**rates, death=[0.1, 0.1]), size=1e9)
    >>> law = ce.relapse_time(ce.BranchingProcess(**rates, death=[0.5, 0.1]), initial=tumor, size=1e8)
    >>> law.cdf([300.0, 350.0, 400.0]).round(3)
    array([0.033, 0.328, 0.916])
    >>> print(f"day {law.median():.1f}, ever {law.probability:.4f}")
    day 361.5, ever 0.9961
    """
    if isinstance(model, Scenario) and initial is None:
        initial = tumor_by_law(model, model.growth)
    ask = Question(model, initial)
    most = real(ask.problems, "size", size, SIZES, 1.0, 2.0**62)
    marked = np.ones(len(ask.process.types), dtype=np.bool_)
    if of is not None:
        marked = ask.marked([of] if isinstance(of, str) else of, "of")
    begin = None if since is None else ask.time(since, "since")
    allowed = real(ask.problems, "tolerance", tolerance, TOLERANCES, 1e-8, 0.01)
    cells = ask.checked()
    course = Course(ask.process, cells, most)
    if begin is not None:
        course.since = begin
    return RelapseTime(ask.process, cells, marked, size=most, course=course, tolerance=allowed)
