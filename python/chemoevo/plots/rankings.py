"""Regimens by rank: a number of each with its interval, and how often it is the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chemoevo.plots.axes import axes_of, plain_frame
from chemoevo.plots.colors import BLUE, GRAY
from chemoevo.plots.tables.rankings import ranking_table

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes

_LABELS = {
    "cure": "probability of cure",
    "expected_residual": "expected cells after therapy (log scale)",
    "median_relapse": "median time to relapse (days)",
}


def ranking(table: pl.DataFrame, *, ax: Axes | None = None, value: str | None = None) -> Axes:
    """Draws regimens by rank, the best on top: a number of each with its interval, and how often it is the best.

    Parameters
    ----------
    table
        What `chemoevo.rank_regimens` gave.
    ax
        Axes to draw into; None (the default) makes a figure, as high as it has regimens.
    value
        As `ranking_table`.

    Returns
    -------
    matplotlib.axes.Axes
        A dot per regimen, with a line over its interval where there is one, and its rank before its name. To the
        right, where parameters were uncertain, the share of the points at which it is best. Regimens without an answer
        are left out.

    Raises
    ------
    ModelError, TypeError
        As `ranking_table`; also TypeError if `ax` are no Axes.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    ranking_table

    Examples
    --------
    >>> import polars as pl
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> frame = pl.DataFrame(
    ...     {"rank": [1, 1, 3], "regimen": ["A", "B", "C"], "cure": [0.6, 0.6, 0.5], "p_best": [None, None, None]}
    ... )
    >>> ax = plots.ranking(frame, ax=Figure(layout="constrained").subplots())
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['1  A', '1  B', '3  C']
    """
    found = ranking_table(table, value=value)
    ax = axes_of(ax, height=1.2 + 0.35 * len(found))
    # The column that ranks: the one that the table of numbers chose.
    shown = value or next((name for name in ("expected_residual", "median_relapse") if f"{name}_low" in table), "cure")
    for place, (_, _, number, low, high, best) in enumerate(found.iter_rows()):
        if low is not None and high is not None and high > low:
            ax.plot([low, high], [place, place], color=GRAY, linewidth=1.6, zorder=2)
        ax.plot([number], [place], color=BLUE, marker="o", linestyle="none", zorder=3)
        if best is not None:
            ax.annotate(
                f"{100.0 * best:.0f} %", (1.0, place), xycoords=ax.get_yaxis_transform(), xytext=(6.0, 0.0),
                textcoords="offset points", va="center", annotation_clip=False,
            )  # fmt: skip
    if found["p_best"].is_not_null().any():
        ax.annotate(
            "best at", (1.0, 1.0), xycoords="axes fraction", xytext=(6.0, 4.0), textcoords="offset points",
            annotation_clip=False,
        )  # fmt: skip
    ax.set_yticks(range(len(found)), [f"{rank}  {name}" for rank, name in found.select("rank", "regimen").iter_rows()])
    ax.set_ylim(len(found) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(_LABELS[shown])
    if shown == "cure":
        ax.set_xlim(-0.02, 1.02)
    elif shown == "expected_residual" and found["value"].min() > 0:  # type: ignore[operator]
        ax.set_xscale("log")
    ax.grid(axis="x", linewidth=0.5, alpha=0.5)
    plain_frame(ax)
    ax.spines["left"].set_visible(False)
    return ax
