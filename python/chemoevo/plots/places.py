"""Plots of the numbers of cells by niche, and of the shares of phenotypes, over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo.base.arguments import flag
from chemoevo.errors import Problems
from chemoevo.plots.axes import add_legend, axes_of, cells_axis, plain_frame
from chemoevo.plots.colors import BLACK, colors_of
from chemoevo.plots.tables.ensembles import clock, ensemble_of
from chemoevo.plots.tables.places import niches_table, phenotypes_table
from chemoevo.plots.tables.populations import TOTAL
from chemoevo.resistance.phenotypes import ORDINARY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chemoevo.ensemble.ensemble import Ensemble


def niches(
    ensemble: Ensemble,
    *,
    ax: Axes | None = None,
    quantiles: Sequence[float] = (0.05, 0.95),
    total: bool = True,
    legend: bool = True,
) -> Axes:
    """Draws the numbers of cells by niche over time: the median over replicates as a line, quantiles as a band.

    Parameters
    ----------
    ensemble
        What `simulate` gave, of a scenario with niches.
    ax
        Axes to draw into; None (the default) makes a figure.
    quantiles
        The lower and the upper quantile of the band, from 0 to 1; by default 5 and 95 % of the replicates.
    total
        Whether the sum of all niches is drawn too, in black.
    legend
        Whether there is a legend, on the right of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        Its y axis is that of `counts`: logarithmic, and linear from 0 to 1 where a count is below 1.

    Raises
    ------
    ModelError, TypeError
        As `niches_table`; also TypeError if `ax` are no Axes.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    niches_table, phenotypes, counts

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> near, far = ce.Niche(name="near", share=0.6), ce.Niche(name="far", share=0.4)
    >>> scenario = ce.Scenario(
    ...     name="two niches",
    ...     tumor=ce.Tumor(birth=0.3, death=0.1, size=100, niches=[near, far], exchange=0.1),
    ...     radiotherapy=ce.Radiotherapy(fractions=1, dose=2, start=1, alpha=0.3, alpha_beta=10),
    ...     follow_up=ce.FollowUp(horizon=7),
    ... )
    >>> ens = ce.simulate(scenario, initial={"sensitive@near": 60, "sensitive@far": 40}, replicates=20, seed=1)
    >>> ax = plots.niches(ens, ax=Figure(layout="constrained").subplots())
    >>> [line.get_label() for line in ax.get_lines()]
    ['near', 'far', 'total']
    """
    table = niches_table(ensemble, quantiles=quantiles, total=total)
    ax = axes_of(ax)
    _lines(ax, table, "niche")
    cells_axis(ax, zero=bool((table["low"] < 1).any()))
    return _finished(ax, ensemble, quantiles, legend=legend)


def phenotypes(
    ensemble: Ensemble,
    *,
    ax: Axes | None = None,
    quantiles: Sequence[float] = (0.05, 0.95),
    log: bool = True,
    legend: bool = True,
) -> Axes:
    """Draws the share of every phenotype over time: the median over replicates as a line, quantiles as a band.

    Parameters
    ----------
    ensemble
        What `simulate` gave, of a scenario with phenotypes.
    ax
        Axes to draw into; None (the default) makes a figure.
    quantiles
        The lower and the upper quantile of the band, from 0 to 1; by default 5 and 95 % of the replicates with cells.
    log
        Whether the axis is logarithmic (the default), as shares of tolerant cells need it; False for one from 0 to 1.
    legend
        Whether there is a legend, on the right of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        Lines end where no replicate has a cell, and on a logarithmic axis where the share is 0. Where cells die late
        "damaged" is a line.

    Raises
    ------
    ModelError, TypeError
        As `phenotypes_table`; also TypeError if `log` is neither True nor False, or `ax` are no Axes.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    phenotypes_table, niches, counts

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> scenario = ce.Scenario(
    ...     name="persisters",
    ...     tumor=ce.Tumor(
    ...         birth=0.3, death=0.1, size=100, phenotypes=ce.Phenotype(name="resting", enter=0.01, leave=0.1)
    ...     ),
    ...     radiotherapy=ce.Radiotherapy(fractions=1, dose=2, start=1, alpha=0.3, alpha_beta=10),
    ...     follow_up=ce.FollowUp(horizon=7),
    ... )
    >>> ens = ce.simulate(scenario, initial={"sensitive": 75, "sensitive:resting": 25}, replicates=20, seed=1)
    >>> ax = plots.phenotypes(ens, ax=Figure(layout="constrained").subplots())
    >>> [line.get_label() for line in ax.get_lines()]
    ['ordinary', 'resting']
    """
    problems = Problems()
    wide = flag(problems, "log", log)
    problems.raise_if_any()
    table = phenotypes_table(ensemble, quantiles=quantiles)
    ax = axes_of(ax)
    _lines(ax, table, "phenotype", least=0.0 if wide else -1.0)
    least = table.filter(pl.col("median") > 0)["median"].min() if wide else None
    if isinstance(least, float) and least < 1.0:
        ax.set_yscale("log")
        ax.set_ylim(least / 2.0, 1.5)
    else:
        ax.set_ylim(-0.02, 1.02)
    ax.set_ylabel("share of the cells" + (" (log scale)" if ax.get_yscale() == "log" else ""))
    return _finished(ax, ensemble, quantiles, legend=legend)


def _lines(ax: Axes, table: pl.DataFrame, of: str, *, least: float = -1.0) -> None:
    """A line, where it is above `least`, and a band for each."""
    names = [str(name) for name in table[of].unique(maintain_order=True)]
    # The ordinary phenotype looks like sensitive cells.
    known = {ORDINARY: "sensitive"} if of == "phenotype" else {}
    colors = colors_of(known.get(name, name) for name in names if name != TOTAL)
    for name in names:
        part = table.filter(pl.col(of).cast(pl.String) == name)
        time, alone = part["time"].to_numpy(), name == TOTAL
        low, high, median = (part[column].to_numpy() for column in ("low", "high", "median"))
        color = BLACK if alone else colors[known.get(name, name)]
        # The total lies under the niches, of which one often is nearly all of it; so its band has edges and no color.
        height, width = (2.0, 2.6) if alone else (2.2, 1.6)
        look: dict[str, Any] = {"facecolor": "none", "edgecolor": BLACK, "alpha": 0.6, "linewidth": 0.5}
        if not alone:
            look = {"color": color, "alpha": 0.18, "linewidth": 0.0}
        ax.fill_between(time, low, high, zorder=height - 1, **look)
        dot = "o" if len(time) == 1 else None
        median = np.where(median > least, median, np.nan)
        ax.plot(time, median, marker=dot, color=color, linewidth=width, label=name, zorder=height)


def _finished(ax: Axes, ensemble: Ensemble, quantiles: Sequence[float], *, legend: bool) -> Axes:
    ax.set_xlabel(clock(ensemble_of(ensemble)))
    ax.margins(x=0)
    plain_frame(ax)
    if legend:
        low, high = (f"{100 * float(q):g}" for q in quantiles)
        add_legend(ax, title=f"median, {low} to {high} %")
    return ax
