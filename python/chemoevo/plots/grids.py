"""Heat maps: a value over a grid of two parameters, and the map of cure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo.base.arguments import real_array
from chemoevo.errors import Problems
from chemoevo.plots.axes import add_legend_above, axes_of
from chemoevo.plots.tables.grids import heatmap_table, is_geometric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

CURE = (0.1, 0.5, 0.9)
"""Contours of a map of cure."""
_MAP = "cividis"
"""A color map made for the color-blind; doi:10.1371/journal.pone.0199239."""
_GAP = "#EDEDED"
_TICKS = 8


def heatmap(
    table: pl.DataFrame,
    *,
    x: str,
    y: str,
    value: str,
    ax: Axes | None = None,
    limits: tuple[float, float] | None = None,
    contours: Sequence[float] = (),
    label: str | None = None,
) -> Axes:
    """Draws a value over a grid of two parameters in colors; points without a value are hatched.

    Parameters
    ----------
    table
        One row per point of the grid.
    x, y
        Names of the columns of the coordinates, finite numbers. An axis is logarithmic where they are > 0 and evenly
        spaced by factors, at least three of them.
    value
        Name of the column of the values, numbers; null, NaN and infinity are missing values, as are points of the grid
        that the table does not have.
    ax
        Axes to draw into; None (the default) makes a figure.
    limits
        The values at the ends of the color scale; None (the default) the smallest and the largest one.
    contours
        Values of contours, drawn where the values are on both sides of them; by default none.
    label
        What the color scale is called; None (the default) as the column.

    Returns
    -------
    matplotlib.axes.Axes
        With a color scale on the right.

    Raises
    ------
    ModelError, TypeError
        As `heatmap_table`; also if limits are not increasing or contours no finite numbers, or `ax` are no Axes.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    heatmap_table, cure_map

    Examples
    --------
    >>> import polars as pl
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> table = pl.DataFrame({"dose": [1, 2, 1, 2], "day": [1, 1, 8, 8], "cure": [0.1, 0.4, 0.2, None]})
    >>> ax = plots.heatmap(table, x="dose", y="day", value="cure", ax=Figure(layout="constrained").subplots())
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('dose', 'day')
    """
    ends, levels = _scale(limits, contours)
    full = heatmap_table(table, x=x, y=y, value=value)
    if label is not None and not isinstance(label, str):
        raise TypeError(f"label must be text or None; got {label!r:.200}.")
    ax = axes_of(ax)
    across, up = (full[name].unique().sort().to_numpy() for name in (x, y))
    values = np.ma.masked_invalid(full[value].to_numpy().astype(np.float64).reshape(len(up), len(across)))
    scales = [is_geometric(points) for points in (across, up)]
    ax.set_xscale("log" if scales[0] else "linear")
    ax.set_yscale("log" if scales[1] else "linear")
    edges = [_edges(points, log) for points, log in zip((across, up), scales, strict=True)]
    low, high = ends if ends is not None else (values.min(), values.max())
    if not values.mask.all():
        mesh = ax.pcolormesh(*edges, values, cmap=_MAP, vmin=float(low), vmax=float(high), rasterized=True)
        figure: Any = ax.get_figure()
        figure.colorbar(mesh, ax=ax, label=value if label is None else label)
        _draw_contours(ax, across, up, values, levels)
    _hatch(ax, edges, np.ma.getmaskarray(values))
    ax.set_xlim(edges[0][0], edges[0][-1])
    ax.set_ylim(edges[1][0], edges[1][-1])
    # A few points have a tick each.
    if not scales[0] and len(across) <= _TICKS:
        ax.set_xticks(across)
    if not scales[1] and len(up) <= _TICKS:
        ax.set_yticks(up)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    return ax


def cure_map(
    table: pl.DataFrame, *, x: str, y: str, value: str = "cure", ax: Axes | None = None, label: str | None = None
) -> Axes:
    """Draws the probability of cure over a grid of two parameters: colors from 0 to 1, contours at 0.1, 0.5 and 0.9.

    Parameters
    ----------
    table
        One row per point of the grid.
    x, y
        Names of the columns of the coordinates; as for `heatmap`.
    value
        Name of the column of the probabilities, from 0 to 1; null where there is none.
    ax
        Axes to draw into; None (the default) makes a figure.
    label
        What the color scale is called; None (the default) "probability of cure".

    Returns
    -------
    matplotlib.axes.Axes
        As of `heatmap`.

    Raises
    ------
    ModelError, TypeError
        As `heatmap`; also ModelError if a value is not from 0 to 1.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    heatmap

    Examples
    --------
    >>> import polars as pl
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> sizes, rates = [1e6, 1e7, 1e8] * 2, [1e-9] * 3 + [1e-8] * 3
    >>> table = pl.DataFrame({"size": sizes, "u": rates, "cure": [1.0, 0.9, 0.5, 0.9, 0.4, 0.0]})
    >>> ax = plots.cure_map(table, x="size", y="u", ax=Figure(layout="constrained").subplots())
    >>> ax.get_xscale(), ax.get_yscale()
    ('log', 'linear')
    """
    full = heatmap_table(table, x=x, y=y, value=value)
    wrong = full.filter(~pl.col(value).is_between(0.0, 1.0))
    if len(wrong):
        problems = Problems()
        problems.value(f"table[{value!r}]", "must be probabilities from 0 to 1", wrong[value][0])
        problems.raise_if_any()
    words = "probability of cure" if label is None else label
    return heatmap(full, x=x, y=y, value=value, ax=ax, limits=(0.0, 1.0), contours=CURE, label=words)


def _scale(limits: Any, contours: Any) -> tuple[NDArray[np.float64] | None, NDArray[np.float64]]:
    problems = Problems()
    ends = None if limits is None else real_array(problems, "limits", limits)
    if ends is not None and not (ends.shape == (2,) and np.isfinite(ends).all() and ends[0] < ends[1]):
        problems.value("limits", "must be two finite, increasing numbers, or None", limits)
    levels = real_array(problems, "contours", contours)
    if levels is not None and not (levels.ndim == 1 and np.isfinite(levels).all()):
        problems.value("contours", "must be a list of finite numbers", contours)
    problems.raise_if_any()
    assert levels is not None
    return ends, np.unique(levels)


def _edges(points: NDArray[np.float64], log: bool) -> NDArray[np.float64]:
    """The borders of the cells around points: in the middle of two, on the axis as it is drawn."""
    at = np.log(points) if log else points
    if len(at) == 1:
        # One column of any width.
        half = 0.5 * (abs(at[0]) or 1.0)
        return np.array([at[0] - half, at[0] + half])
    middle = 0.5 * (at[1:] + at[:-1])
    found = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(found) if log else found


def _draw_contours(
    ax: Axes,
    across: NDArray[np.float64],
    up: NDArray[np.float64],
    values: Any,
    levels: NDArray[np.float64],
) -> None:
    from matplotlib.patheffects import AbstractPathEffect, withStroke

    # Elsewhere matplotlib warns of contours that are nowhere.
    crossed = [float(level) for level in levels if values.min() < level < values.max()]
    if crossed and min(len(across), len(up)) > 1:
        # White with dark edges is seen on all colors of the scale.
        edge: list[AbstractPathEffect] = [withStroke(linewidth=2.4, foreground="#202020")]
        lines = ax.contour(across, up, values, levels=crossed, colors="white", linewidths=1.2)
        lines.set_path_effects(edge)
        for text in ax.clabel(lines, fmt="%g", fontsize=8):
            text.set_path_effects(edge)


def _hatch(ax: Axes, edges: Sequence[NDArray[np.float64]], missing: NDArray[np.bool_]) -> None:
    if not missing.any():
        return
    from matplotlib.collections import PolyCollection

    x, y = edges
    corners = [
        [(x[j], y[i]), (x[j + 1], y[i]), (x[j + 1], y[i + 1]), (x[j], y[i + 1])] for i, j in np.argwhere(missing)
    ]
    patch = PolyCollection(
        corners, facecolor=_GAP, edgecolor="#8A8A8A", linewidth=0, hatch="////", zorder=1, label="no value"
    )
    ax.add_collection(patch, autolim=False)
    add_legend_above(ax, handles=[patch])
