"""Curves of dose and response, and bars of what parts of resistance cost in cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from chemoevo.answers.switched_off import KINDS
from chemoevo.errors import ModelError, Problems
from chemoevo.plots.axes import add_legend, axes_of, plain_frame
from chemoevo.plots.colors import BLACK, BLUE, VERMILLION, colors_of, dashes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_MEASURES = {"effect": "share of the largest effect", "viability": "viability", "gr": "GR value"}


def dose_response(
    response: pl.DataFrame, *, ax: Axes | None = None, of: str | None = None, legend: bool = True
) -> Axes:
    """Draws what a drug does to genotypes over its concentration, on a logarithmic axis.

    Parameters
    ----------
    response
        What `chemoevo.dose_response` gave.
    ax
        Axes to draw into; None (the default) makes a figure.
    of
        "viability", "effect" or "gr"; None (the default) takes viability, or the effect where viability is not known.
    legend
        Whether there is a legend, on the right of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        One line per genotype. A concentration of 0 has no place on the axis.

    Raises
    ------
    ModelError
        If a column is missing or null, or `of` is something else.
    TypeError
        If the argument is no polars frame, or `ax` are no Axes.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> found = ce.dose_response("docetaxel", genotypes=["sensitive", "ABCB1"], concentrations=[0.001, 0.01, 0.1])
    >>> ax = plots.dose_response(found, ax=Figure(layout="constrained").subplots())
    >>> ax.get_ylabel(), len(ax.lines)
    ('share of the largest effect', 2)
    """
    frame = _frame("response", response, ("genotype", "concentration_uM", "effect"))
    if of is None:
        known = "viability" in frame.columns and frame["viability"].null_count() == 0
        of = "viability" if known else "effect"
    problems = Problems()
    if of not in _MEASURES:
        problems.value("of", f"must be one of {', '.join(map(repr, _MEASURES))}", of)
    elif of not in frame.columns or frame[of].null_count():
        hint = "It needs emax, and gr growth as well."
        problems.value("response", f"must have a column {of!r} without nulls", frame.columns, hint=hint)
    problems.raise_if_any()
    ax = axes_of(ax)
    names = frame["genotype"].unique(maintain_order=True).to_list()
    colors = colors_of(names)
    for name in names:
        rows = frame.filter(pl.col("genotype") == name, pl.col("concentration_uM") > 0).sort("concentration_uM")
        dashes: Any = dashes_of(name)
        ax.plot(rows["concentration_uM"], rows[of], color=colors[name], linestyle=dashes, linewidth=1.4, label=name)
    ax.set_xscale("log")
    ax.set_xlabel("unbound concentration (uM)")
    ax.set_ylabel(_MEASURES[of])
    if of == "gr":
        ax.axhline(0.0, color=BLACK, linewidth=0.8)
    plain_frame(ax)
    if legend:
        add_legend(ax)
    return ax


def attribution(parts: pl.DataFrame, *, ax: Axes | None = None, kinds: Sequence[str] = KINDS) -> Axes:
    """Draws by how much cure changes without each part of resistance, the largest change on top.

    Parameters
    ----------
    parts
        What `chemoevo.attribution` gave.
    ax
        Axes to draw into; None (the default) makes a figure, as high as it has bars.
    kinds
        Which kinds of parts are shown; by default all but mutation from some time on. Parts without which the tumor
        would not grow are left out.

    Returns
    -------
    matplotlib.axes.Axes
        Vermillion bars are parts without which more is cured, blue ones parts without which less is.

    Raises
    ------
    ModelError
        If a column is missing, or no part is of these kinds.
    TypeError
        If the argument is no polars frame, or `ax` are no Axes.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import polars as pl
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> frame = pl.DataFrame(
    ...     {"part": ["all", "ABCB1"], "kind": ["all", "alteration"], "cure": [0.2, 0.5], "change": [0.0, 0.3]}
    ... )
    >>> ax = plots.attribution(frame, ax=Figure(layout="constrained").subplots())
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['ABCB1']
    """
    frame = _frame("parts", parts, ("part", "kind", "change"))
    there = frame.filter(pl.col("kind").is_in(list(kinds)), pl.col("change").is_not_null())
    shown = there.sort(pl.col("change").abs(), descending=True)
    if shown.is_empty():
        raise ModelError(
            f"parts must have some of the kinds {', '.join(kinds)}; got {frame['kind'].unique().to_list()}."
        )
    ax = axes_of(ax, height=1.2 + 0.3 * len(shown))
    changes, rows = shown["change"].to_list(), range(len(shown))
    names = shown["part"].to_list()
    twice = {name for name in names if names.count(name) > 1}
    # Names of mechanisms and drugs speak for themselves; those of niches do not say what is changed.
    alone = ("alteration", "mechanism", "modulator")
    each = zip(names, shown["kind"].to_list(), strict=True)
    labels = [n if k in alone and n not in twice else f"{n} ({k})" for n, k in each]
    ax.barh(list(rows), changes, color=[VERMILLION if change >= 0 else BLUE for change in changes], height=0.7)
    ax.axvline(0.0, color=BLACK, linewidth=0.8)
    ax.set_yticks(list(rows), labels)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("change of the probability of cure without it")
    plain_frame(ax)
    return ax


def _frame(name: str, frame: object, columns: Sequence[str]) -> pl.DataFrame:
    problems = Problems()
    if not isinstance(frame, pl.DataFrame):
        problems.type(name, "must be a polars DataFrame, as chemoevo gives it", frame)
        problems.raise_if_any()
        raise AssertionError
    for column in columns:
        if column not in frame.columns:
            problems.value(name, f"must have a column {column!r}", frame.columns)
    problems.raise_if_any()
    return frame
