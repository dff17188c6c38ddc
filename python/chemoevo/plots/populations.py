"""A plot of the numbers of cells by type over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from chemoevo.plots.axes import add_legend, axes_of, cells_axis, plain_frame
from chemoevo.plots.colors import BLACK, LIGHT, colors_of, dashes_of
from chemoevo.plots.tables.ensembles import clock, ensemble_of
from chemoevo.plots.tables.populations import MOST, TOTAL, counts_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chemoevo.ensemble.ensemble import Ensemble


def counts(
    ensemble: Ensemble,
    *,
    ax: Axes | None = None,
    quantiles: Sequence[float] = (0.05, 0.95),
    total: bool = True,
    most: int = MOST,
    legend: bool = True,
) -> Axes:
    """Draws the numbers of cells by type over time: the median over replicates as a line, quantiles as a band.

    Parameters
    ----------
    ensemble
        What `simulate` gave.
    ax
        Axes to draw into; None (the default) makes a figure.
    quantiles
        The lower and the upper quantile of the band, from 0 to 1; by default 5 and 95 % of the replicates.
    total
        Whether the sum of all types is drawn too, in black; with `record=Counts(...)` it never is.
    most
        How many types are told apart, >= 1, the largest; the others are added up, as "others".
    legend
        Whether there is a legend, on the right of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        Its y axis is logarithmic. Where a count is below 1 it is linear from 0 to 1, so that zeros are seen at its
        foot; its label says so. Types of which no replicate ever has a cell are not drawn.

    Raises
    ------
    ModelError, TypeError
        As `counts_table`; also TypeError if `ax` are no Axes.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    counts_table

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[2.0, 0.5])
    >>> ens = ce.simulate(process, initial={"S": 100, "R": 1}, times=range(9), replicates=50, seed=1)
    >>> ax = plots.counts(ens, ax=Figure(layout="constrained").subplots())
    >>> [line.get_label() for line in ax.get_lines()]
    ['S', 'R', 'total']
    """
    table = counts_table(ensemble, quantiles=quantiles, total=total, most=most)
    ens = ensemble_of(ensemble)
    ax = axes_of(ax)
    colors = colors_of(ens.labels)
    apart = set(table["type"]) & set(ens.labels)
    pooled = len(ens.labels) - len(apart)
    seen = ens.counts.max(axis=(0, 1)) > 0
    absent = [name for i, name in enumerate(ens.labels) if not seen[i]]
    if len(absent) < len(ens.labels):
        table = table.filter(~pl.col("type").cast(pl.String).is_in(absent))
    for (name,), part in table.group_by("type", maintain_order=True):
        name = str(name)
        known = name in colors
        color = colors[name] if known else BLACK if name == TOTAL else LIGHT
        label = name if known or name == TOTAL else f"{name} ({pooled} types)"
        style = dashes_of(name, ens.labels) if known else "-"
        time = part["time"].to_numpy()
        # The total lies under the types, of which one often is nearly all of it; so its band has edges and no color.
        height, width = (2.0, 2.6) if name == TOTAL else (2.2, 1.6)
        look: dict[str, Any] = {"facecolor": "none", "edgecolor": BLACK, "alpha": 0.6, "linewidth": 0.5}
        if name != TOTAL:
            look = {"color": color, "alpha": 0.18, "linewidth": 0.0}
        ax.fill_between(time, part["low"], part["high"], zorder=height - 1, **look)
        dot = "o" if len(time) == 1 else None
        ax.plot(
            time, part["median"], marker=dot, color=color, linestyle=style, linewidth=width, label=label, zorder=height
        )
    cells_axis(ax, zero=bool((table["low"] < 1).any()))
    ax.set_xlabel(clock(ens))
    ax.margins(x=0)
    plain_frame(ax)
    if legend:
        low, high = (f"{100 * float(q):g}" for q in quantiles)
        add_legend(ax, title=f"median, {low} to {high} %")
    return ax
