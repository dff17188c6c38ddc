"""A plot of single histories."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import polars as pl

from chemoevo.base.arguments import choice
from chemoevo.errors import Problems
from chemoevo.plots.axes import add_legend, axes_of, cells_axis, plain_frame
from chemoevo.plots.colors import BLACK, BLUE, GREEN, LIGHT, ORANGE, PURPLE, SKY, VERMILLION, colors_of
from chemoevo.plots.tables.ensembles import clock, ensemble_of
from chemoevo.plots.tables.histories import MOST, trajectories_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chemoevo.ensemble.ensemble import Ensemble

OUTCOMES = {
    "extinct": BLUE,
    "alive": VERMILLION,
    "stopped": GREEN,
    "size_limit": ORANGE,
    "event_limit": PURPLE,
    "clone_limit": SKY,
    "attempt_limit": BLACK,
}
ENTRIES = 7
"""Entries of a legend, before the one of all others."""


def trajectories(
    ensemble: Ensemble,
    *,
    ax: Axes | None = None,
    color: Literal["outcome", "type"] = "outcome",
    types: Iterable[str] | None = None,
    most: int = MOST,
    legend: bool = True,
) -> Axes:
    """Draws the number of cells over time, one line per replicate, at most 50.

    Parameters
    ----------
    ensemble
        What `simulate` gave.
    ax
        Axes to draw into; None (the default) makes a figure.
    color
        What colors tell: "outcome", how the replicate ended, or "type", which type was the most numerous when it last
        had cells.
    types
        Types (with `record=Counts(...)`, labels) whose cells are added up; None (the default) means all.
    most
        How many replicates, the first ones; from 1 to 50.
    legend
        Whether there is a legend, on the right of the axes, with the numbers of replicates of each color.

    Returns
    -------
    matplotlib.axes.Axes
        Its y axis is logarithmic; where a count is 0 it is linear from 0 to 1, and its label says so. Lines of
        replicates that a stop or a limit ended, end there.

    Raises
    ------
    ModelError
        If a type is unknown, `most` is not from 1 to 50, or `color` is another word.
    TypeError
        If `ensemble` is none, or an argument has a wrong type.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    trajectories_table

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.9])
    >>> ens = ce.simulate(process, initial={"S": 3}, times=range(9), replicates=80, seed=1)
    >>> ax = plots.trajectories(ens, ax=Figure(layout="constrained").subplots())
    >>> len(ax.get_lines()), ax.get_xlabel()
    (50, 'days')
    """
    problems = Problems()
    choice(problems, "color", color, ("outcome", "type"))
    problems.raise_if_any()
    table = trajectories_table(ensemble, types=types, most=most)
    ens = ensemble_of(ensemble)
    ax = axes_of(ax)
    column = "outcome" if color == "outcome" else "largest"
    palette = dict(OUTCOMES) if color == "outcome" else colors_of(ens.labels)
    each = table.unique("replicate", maintain_order=True)
    kinds = each[column].cast(str).fill_null("no cells")
    if color == "type":
        # Who was the most numerous before all were gone did not come back.
        gone = each["outcome"].cast(str) == "extinct"
        kinds = pl.Series(column, ["extinct" if out else kind for out, kind in zip(gone, kinds, strict=True)])
    numbers = dict(kinds.value_counts(sort=True).sort("count", column, descending=[True, False]).iter_rows())
    shown = list(numbers) if len(numbers) <= ENTRIES + 1 else list(numbers)[:ENTRIES]
    rest = sum(number for name, number in numbers.items() if name not in shown)
    labels = {name: f"{name.replace('_', ' ') if color == 'outcome' else name} ({numbers[name]})" for name in shown}
    drawn: set[str] = set()
    for kind, (_, part) in zip(kinds, table.group_by("replicate", maintain_order=True), strict=True):
        name = kind if kind in shown else ""
        label = labels.get(name, f"others ({rest})") if name not in drawn else None
        drawn.add(name)
        shade = palette.get(name, LIGHT)
        dot = "o" if len(part) == 1 else None
        ax.plot(part["time"], part["count"], color=shade, linewidth=0.9, alpha=0.75, label=label, marker=dot)
    cells_axis(ax, zero=bool((table["count"] < 1).any()), what="cells" if types is None else "cells of these types")
    ax.set_xlabel(clock(ens))
    ax.margins(x=0)
    plain_frame(ax)
    if legend:
        add_legend(ax, title="outcome" if color == "outcome" else "most numerous at last")
    return ax
