"""Birth, death and net growth rates of the types of a process, interval by interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo.analytic.question import process_of
from chemoevo.base.arguments import real
from chemoevo.base.forks import check_fork
from chemoevo.errors import Problems
from chemoevo.process.branching import BranchingProcess
from chemoevo.scenario.scenario import Scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray


def end_of(model: Any, until: Any) -> float:
    """(days) Until when the rates of a process are shown.

    Raises
    ------
    ModelError, TypeError
        If `until` is not a number > 0.
    """
    process = process_of(model)
    if until is not None:
        problems = Problems()
        end = real(problems, "until", until, "must be a number of days, finite and > 0", 0.0, above=True)
        problems.raise_if_any()
        return end
    if isinstance(model, Scenario):
        return float(model.follow_up.horizon)
    last = max([*process.breakpoints.tolist(), *process.instants.tolist()], default=0.0)
    return 1.1 * last or 1.0


def rates_table(model: BranchingProcess | Scenario, *, until: float | None = None) -> pl.DataFrame:
    """Birth, death and net growth rates of every type over time: what `rates` draws.

    Parameters
    ----------
    model
        A `BranchingProcess`; or a `Scenario`, which stands for its therapy.
    until
        (days) > 0: until when. None (the default): the horizon of a scenario; for a process a tenth beyond the last
        change of its rates or pulse, or day 1 where it has neither.

    Returns
    -------
    polars.DataFrame
        One row per type and interval. Columns: type, start, end (days), birth, death, net_growth_rate (birth minus
        death; all per cell and day). Lethal divisions are among the deaths, and so is what drugs do to cells that die
        late. With competition these are the rates of a cell alone, before others slow it.

    Raises
    ------
    ModelError
        If `until` is not > 0 and finite.
    TypeError
        If an argument has a wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> process = ce.BranchingProcess(types=["S"], birth=[[1.0], [1.0]], death=[[2.0], [0.5]], breakpoints=[3.0])
    >>> plots.rates_table(process, until=5).select("start", "end", "net_growth_rate").rows()
    [(0.0, 3.0, -1.0), (3.0, 5.0, 0.5)]
    """
    check_fork()
    process, end = process_of(model), end_of(model, until)
    edges = np.concatenate([[0.0], process.breakpoints[process.breakpoints < end], [end]])
    number, kinds = len(edges) - 1, len(process.types)
    birth, death = process.divisions[:number].T.reshape(-1), _deaths(model, process)[:number].T.reshape(-1)
    names = pl.Series(process.types, dtype=pl.Enum(process.types))
    return pl.DataFrame(
        {
            "type": names.gather(np.repeat(np.arange(kinds, dtype=np.uint32), number)),
            "start": np.tile(edges[:-1], kinds),
            "end": np.tile(edges[1:], kinds),
            "birth": birth,
            "death": death,
            "net_growth_rate": birth - death,
        }
    )


def _deaths(model: BranchingProcess | Scenario, process: BranchingProcess) -> NDArray[np.float64]:
    """(per day) Of shape (intervals, types): deaths, and the first damage to cells that die late."""
    if not isinstance(model, Scenario) or model.clonogenic is None:
        return process.deaths
    found, damaged = process.deaths.copy(), set(model.types.damaged)
    for (start, to), rate in process.switching.items():
        if to in damaged and start not in damaged:
            found[:, process.types.index(start)] += rate
    return found
