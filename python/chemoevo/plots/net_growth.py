"""A plot of net growth rates over time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.question import process_of
from chemoevo.base.names import known_names
from chemoevo.errors import Problems, did_you_mean
from chemoevo.plots.axes import add_legend, axes_of, plain_frame
from chemoevo.plots.colors import BLACK, GRAY, LIGHT, colors_of, dashes_of
from chemoevo.plots.tables.net_growth import rates_table
from chemoevo.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess

_MOST = 6
"""Types that are shown where none are named."""


def rates(
    model: BranchingProcess | Scenario,
    *,
    ax: Axes | None = None,
    types: Iterable[str] | None = None,
    until: float | None = None,
    legend: bool = True,
) -> Axes:
    """Draws the net growth rate, birth minus death, of each type over time, as steps.

    Parameters
    ----------
    model
        A `BranchingProcess`; or a `Scenario`, which stands for its therapy.
    ax
        Axes to draw into; None (the default) makes a figure.
    types
        Which types have lines, at most 8. None (the default): all, if they are at most 7, else the first 6. The range
        of all others is a gray band.
    until
        (days) > 0: until when. None (the default): the horizon of a scenario; for a process a tenth beyond the last
        change of its rates or pulse, or day 1 where it has neither.
    legend
        Whether there is a legend, on the right of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        Lines of the same rates lie on each other, the thinner ones on top. Dotted upright lines are pulses. Where rates
        of death are more than 20 times those of growth, the axis is logarithmic beyond a small rate, which its label
        says. With competition the rates are those of a cell alone, and the label says so.

    Raises
    ------
    ModelError
        If `until` is not > 0 and finite, or `types` are unknown, none or more than 8.
    TypeError
        If an argument has a wrong type.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    rates_table

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[1.0, 1.0], death=[[2.0, 0.5], [0.5, 0.5]], breakpoints=[3.0]
    ... )
    >>> ax = plots.rates(process, ax=Figure(layout="constrained").subplots())
    >>> ax.get_ylabel()
    'net growth rate (per cell and day)'
    """
    process = process_of(model)
    names = _names(process.types, types)
    table = rates_table(model, until=until)
    ax = axes_of(ax)
    from matplotlib.ticker import SymmetricalLogLocator

    size = (len(process.types), -1)
    net = table["net_growth_rate"].to_numpy().reshape(size)
    edges = np.append(table["start"].to_numpy().reshape(size)[0], float(table["end"].to_numpy().max()))
    colors = colors_of(process.types)
    rest = [i for i, name in enumerate(process.types) if name not in names]
    ax.axhline(0.0, color=GRAY, linewidth=0.6, zorder=1)
    # Types of the same rates lie on each other: those named first are thinner and on top.
    for index, name in enumerate(names):
        row = net[process.types.index(name)]
        width, height = 1.1 + 0.35 * index, 3.0 - 0.01 * index
        ax.step(
            edges, np.append(row, row[-1]), where="post", color=colors[name], linestyle=dashes_of(name, process.types),
            linewidth=width, zorder=height, label=name,
        )  # fmt: skip
    if rest:
        low, high = (np.append(row, row[-1]) for row in (net[rest].min(axis=0), net[rest].max(axis=0)))
        text = f"others ({len(rest)} types): range"
        ax.fill_between(edges, low, high, step="post", color=LIGHT, alpha=0.5, linewidth=0, label=text, zorder=0.9)
    for index, day in enumerate(process.instants[process.instants <= edges[-1]]):
        label = None if index else "pulse"
        ax.axvline(day, color=BLACK, linewidth=0.8, linestyle=":", zorder=1, label=label)
    linear = _linear_until(net)
    if linear is not None:
        ax.set_yscale("symlog", linthresh=linear)
        ax.yaxis.set_major_locator(SymmetricalLogLocator(base=10.0, linthresh=linear))
        # With a tick above the rates of growth.
        ax.set_ylim(top=1.3 * linear)
    ax.set_xlim(0.0, edges[-1])
    ax.set_xlabel("days from start of therapy" if isinstance(model, Scenario) else "days")
    alone = "" if process.competition is None else " of a cell alone"
    scale = "" if linear is None else f";\nlog scale beyond ±{linear:g}"
    ax.set_ylabel(f"net growth rate{alone} (per cell and day{scale})")
    plain_frame(ax)
    if legend:
        add_legend(ax)
    return ax


def _linear_until(net: NDArray[np.float64]) -> float | None:
    """The rate beyond which the axis is logarithmic; None for a linear one.

    Drugs kill within hours at rates a hundred times that of growth between doses: on a linear axis one sees nothing
    but spikes.
    """
    largest, growth = float(np.abs(net).max()), float(net.max())
    if growth <= 0 or largest < 20 * growth:
        return None
    return float(10.0 ** np.ceil(np.log10(growth)))


def _names(known: Sequence[str], types: Any) -> Sequence[str]:
    if types is None:
        return known if len(known) <= _MOST + 1 else known[:_MOST]
    problems = Problems()
    names: Sequence[str] = ()
    if isinstance(types, str) or not isinstance(types, Iterable):
        problems.type("types", "must be a list of names of types", types, hint="Write one name as a list: [name].")
    else:
        names = known_names(tuple(types), known)
        if not 1 <= len(names) <= 8:
            problems.value("types", "must hold 1 to 8 names", names, hint="`rates_table` has all.")
    for index, name in enumerate(names):
        if name not in known:
            problems.value(f"types[{index}]", "is not a type of the process", name, hint=did_you_mean(name, known))
    problems.raise_if_any()
    return names
