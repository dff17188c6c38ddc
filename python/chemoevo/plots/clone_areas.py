"""A Muller plot: the clones of one replicate as nested bands over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from chemoevo.plots.axes import add_legend, axes_of
from chemoevo.plots.colors import LIGHT, colors_of
from chemoevo.plots.tables.clone_areas import SHARE, bands_of
from chemoevo.plots.tables.ensembles import OTHERS, clock, ensemble_of, largest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from chemoevo.ensemble.ensemble import Ensemble
    from chemoevo.plots.tables.clone_areas import Bands

_MOST = 7
"""Types with a color of their own."""

_EDGED = 0.02
"""Share of the axes from which on a band has white edges."""
_VECTORS = 500
"""Bands up to which files with vector graphics keep them as such."""

Point = tuple[float, float]


def muller(
    ensemble: Ensemble,
    *,
    replicate: int,
    ax: Axes | None = None,
    scale: Literal["share", "cells"] = "share",
    min_share: float = SHARE,
    legend: bool = True,
) -> Axes:
    """Draws the clones of one replicate as bands over time, each inside its parent: a Muller plot.

    Parameters
    ----------
    ensemble
        Simulated with `record="clones"`.
    replicate
        Number of the replicate, one of `ensemble.replicates`.
    ax
        Axes to draw into; None (the default) makes a figure.
    scale
        "share" of the tumor at each time, or "cells", on a linear axis.
    min_share
        From 0 to 1. Clones that with their descendants never reach this share of the tumor at an observation are merged
        into their parents.
    legend
        Whether there is a legend of the types, on the right of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        A band is colored by the type of its clone and opens at the instant of its founding and closes at that of its
        end, also between observations; in between, edges are straight. With more than 8 types the smaller ones are
        light gray.

    Raises
    ------
    ModelError
        If clones were not recorded, there is no such replicate, it never had cells or ended on day 0, or an argument
        has a wrong value.
    TypeError
        If `ensemble` is none, or an argument has a wrong type.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    muller_table, tree

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[1.0, 1.5], death=[0.2, 0.2], mutation={("S", "R"): 0.1}
    ... )
    >>> ens = ce.simulate(process, initial={"S": 5}, times=range(6), seed=1, record="clones")
    >>> ax = plots.muller(ens, replicate=0, ax=Figure(layout="constrained").subplots())
    >>> ax.get_ylabel(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('share of the tumor', ['S', 'R'])
    """
    bands = bands_of(ensemble, replicate=replicate, scale=scale, min_share=min_share)
    ens = ensemble_of(ensemble)
    ax = axes_of(ax)
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    colors = colors_of(ens.types)
    present = np.unique(bands.kind)
    own = np.zeros(len(ens.types))
    np.add.at(own, bands.kind, (bands.count / np.maximum(bands.count.sum(axis=0), 1.0)).max(axis=1))
    shown = present[largest(own[present], _MOST)]
    shades = {int(i): colors[ens.types[i]] if i in shown else LIGHT for i in present}
    corners = outlines(bands)
    drawn = [row for row, points in enumerate(corners) if len(points) > 2]
    faces = [shades[int(bands.kind[row])] for row in drawn]
    # White edges part clones of one color. Those that are hardly wider than an edge have none: it would hide them, and
    # one of their own color would make them look larger than they are.
    top = float(bands.high.max())
    thick = (bands.high - bands.low).max(axis=1) >= _EDGED * top
    # In the order of founding: descendants lie on their ancestors.
    areas = PolyCollection(
        [corners[row] for row in drawn], facecolors=faces, edgecolors="white", rasterized=len(drawn) > _VECTORS,
        linewidths=[0.3 if thick[row] else 0.0 for row in drawn],
    )  # fmt: skip
    ax.add_collection(areas, autolim=False)
    ax.set_xlim(float(bands.times[0]), float(bands.times[-1]))
    ax.set_ylim(0.0, top)
    ax.set_xlabel(clock(ens))
    ax.set_ylabel("share of the tumor" if scale == "share" else "cells")
    if legend:
        handles = [Patch(color=colors[ens.types[i]], label=ens.types[i]) for i in shown]
        if len(shown) < len(present):
            handles.append(Patch(color=LIGHT, label=f"{OTHERS} ({len(present) - len(shown)} types)"))
        add_legend(ax, handles=handles)
    return ax


def outlines(bands: Bands) -> list[NDArray[np.float64]]:
    """The corners of every band, shape (corners, 2); none for a clone without cells at any observation.

    Notes
    -----
    At observations a band has its edges. Between two of them it opens at its founding in the middle of where it is then
    going to be, which lies inside its parent and beside its siblings; where the parent is founded between the same two,
    it opens at its place in what is drawn of the parent. The same, backward in time, where it ends.
    """
    times = bands.times
    first = np.searchsorted(times, bands.founded, side="left")
    last = np.searchsorted(times, bands.gone, side="right") - 1
    opens = _ends(bands, bands.founded, first, toward=1)
    closes = _ends(bands, bands.gone, last, toward=-1)
    found = []
    for row, (a, b) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        if a > b:
            found.append(np.empty((0, 2)))
            continue
        inside = slice(a, b + 1)
        t, low, high = times[inside], bands.low[row, inside], bands.high[row, inside]
        there = [np.column_stack([t, low]), np.column_stack([t, high])[::-1]]
        tips = [opens[row], closes[row]]
        start, end = (np.array([tip]) if tip is not None else np.empty((0, 2)) for tip in tips)
        found.append(np.concatenate([start, there[0], end, there[1]]))
    return found


def _ends(bands: Bands, at: NDArray[np.float64], index: NDArray[np.intp], *, toward: int) -> list[Point | None]:
    """Where the bands open (`toward` the later observation, 1) or close (-1); None where that is at an observation.

    `index` is the observation next to `at` on the side on which the band has cells.
    """
    times, low, high = bands.times, bands.low, bands.high
    tips: list[Point | None] = []
    for row, (when, k) in enumerate(zip(at.tolist(), index.tolist(), strict=True)):
        if times[k] == when:
            tips.append(None)
            continue
        p, away = int(bands.parent[row]), k - toward
        weight = (when - times[away]) / (times[k] - times[away])
        middle = 0.5 * (low[row] + high[row])
        tip = tips[p] if p >= 0 and index[p] == k else None
        if tip is None:
            y = (1.0 - weight) * middle[away] + weight * middle[k]
        else:
            # The parent is a triangle here, from its own tip to its edges at observation k.
            far = (when - tip[0]) / (times[k] - tip[0])
            size = high[p, k] - low[p, k]
            place = (middle[k] - low[p, k]) / size if size > 0 else 0.5
            y = tip[1] + far * (low[p, k] + place * size - tip[1])
        tips.append((when, float(y)))
    return tips
