"""A family tree of the clones of one replicate over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo.plots.axes import add_legend, axes_of, plain_frame
from chemoevo.plots.colors import BLACK, LIGHT, colors_of
from chemoevo.plots.tables.ensembles import OTHERS, clock, ensemble_of
from chemoevo.plots.tables.lineages import TIPS, tree_and_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chemoevo.ensemble.ensemble import Ensemble

_NAMED = 45
"""Rows up to which there is room for names."""
_MOST = 7
"""Types with a color of their own."""


def tree(
    ensemble: Ensemble,
    *,
    replicate: int,
    ax: Axes | None = None,
    tips: int = TIPS,
    alive_only: bool = True,
    legend: bool = True,
) -> Axes:
    """Draws the family tree of one replicate's clones over time: a line per clone, from its founding to its end.

    Parameters
    ----------
    ensemble
        Simulated with `record="clones"`.
    replicate
        Number of the replicate, one of `ensemble.replicates`.
    ax
        Axes to draw into; None (the default) makes a figure, as high as it has lines.
    tips
        How many clones are shown, from 1 to 1000, besides their ancestors: the largest at the end; of those that died
        out, the last to go. If there are more, the title says so.
    alive_only
        Whether clones that died out are left out, but for ancestors of others.
    legend
        Whether there is a legend of the types, on the right of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        Lines are colored by type. A dot at the end is a clone with cells, a cross one that died out. Up to 45 lines
        have the name of the clone, its type and `clone_id`, as in `ensemble.newick`.

    Raises
    ------
    ModelError
        If clones were not recorded, there is no such replicate, it never had cells or no clone is alive (with
        `alive_only`), or `tips` is not from 1 to 1000.
    TypeError
        If `ensemble` is none, or an argument has a wrong type.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    tree_table, muller

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[1.0, 1.5], death=[0.2, 0.2], mutation={("S", "R"): 0.1}
    ... )
    >>> ens = ce.simulate(process, initial={"S": 5}, times=[4.0], seed=1, record="clones")
    >>> ax = plots.tree(ens, replicate=0, tips=3, ax=Figure(layout="constrained").subplots())
    >>> ax.get_title(loc="left")
    'the 3 largest of 5 living clones'
    """
    table, number = tree_and_number(ensemble, replicate=replicate, tips=tips, alive_only=alive_only)
    ens = ensemble_of(ensemble)
    ax = axes_of(ax, height=min(1.6 + 0.16 * len(table), 9.0))
    from matplotlib.lines import Line2D

    colors = colors_of(ens.types)
    tally = table["type"].value_counts(sort=True)["type"].to_list()
    shown = sorted(tally if len(tally) <= _MOST + 1 else tally[:_MOST], key=ens.types.index)
    row_of = {c: row for row, c in enumerate(table["clone_id"].to_list())}
    shades = [colors[kind] if kind in shown else LIGHT for kind in table["type"]]
    start, end = table["founded_at"].to_numpy(), table["ended_at"].to_numpy()
    rows = np.arange(len(table))
    thin = min(1.0, 80 / len(table))
    ax.hlines(rows, start, end, colors=shades, linewidth=1.4 * thin, zorder=2)
    born = [(row, row_of[p]) for row, p in enumerate(table["parent_id"].to_list()) if p is not None]
    ax.vlines(
        [start[row] for row, _ in born], [above for _, above in born], [row for row, _ in born],
        colors=[shades[row] for row, _ in born], linewidth=0.8 * thin, zorder=1,
    )  # fmt: skip
    alive = table["alive"].to_numpy()
    for marker, chosen, size in (("o", alive, 14 * thin), ("x", ~alive, 16 * thin)):
        ax.scatter(
            end[chosen], rows[chosen], s=size, marker=marker, c=[shades[row] for row in rows[chosen]], zorder=3,
            clip_on=False, linewidths=1.0,
        )  # fmt: skip
    names = list(table.select("type", "clone_id").iter_rows()) if len(table) <= _NAMED else []
    for row, (kind, c) in enumerate(names):
        ax.annotate(
            f"{kind}_{c}", (end[row], row), (5, 0), textcoords="offset points", va="center", fontsize=7,
            annotation_clip=False,
        )  # fmt: skip
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(0.0, float(max(end.max(), ens.columns.time[replicate - ens.replicates.start])) or 1.0)
    ax.set_yticks([])
    plain_frame(ax)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(clock(ens))
    if number > tips:
        what = "living clones" if alive_only else "clones, or last to go"
        ax.set_title(f"the {tips} largest of {number:,} {what}", loc="left", fontsize=9)
    # Beside the names, by the width of the longest.
    width = 4.6 * max(len(f"{kind}_{c}") for kind, c in names) if names else 0.0
    if legend:
        handles = [Line2D([], [], color=colors[kind], label=kind) for kind in shown]
        if len(shown) < len(tally):
            handles.append(Line2D([], [], color=LIGHT, label=f"{OTHERS} ({len(tally) - len(shown)} types)"))
        if not alive.all():
            handles.append(Line2D([], [], color=BLACK, marker="x", markersize=5, linestyle="none", label="died out"))
        add_legend(ax, handles=handles, shift=width)
    return ax
