"""A tornado: bars of elasticities, the largest on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chemoevo.plots.axes import add_legend, axes_of, plain_frame
from chemoevo.plots.colors import BLACK, BLUE, VERMILLION
from chemoevo.plots.tables.elasticities import MOST, tornado_table

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes


def tornado(
    sensitivities: pl.DataFrame,
    *,
    ax: Axes | None = None,
    most: int = MOST,
    what: str = "the probability",
    legend: bool = True,
) -> Axes:
    """Draws the elasticities of a probability as bars, the largest on top.

    Parameters
    ----------
    sensitivities
        What `chemoevo.sensitivities` gave, or any frame with columns `parameter` and `elasticity`.
    ax
        Axes to draw into; None (the default) makes a figure, as high as it has bars.
    most
        How many bars, >= 1.
    what
        What changes, for the label of the axis, such as "cure".
    legend
        Whether there is a legend, where bars go both ways.

    Returns
    -------
    matplotlib.axes.Axes
        Blue bars raise the probability where the parameter grows, vermillion ones lower it. An elasticity is the change
        in percent for one percent more of the parameter.

    Raises
    ------
    ModelError, TypeError
        As `tornado_table`; also TypeError if `what` is no text or `ax` are no Axes.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    tornado_table

    Examples
    --------
    >>> import polars as pl
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> frame = pl.DataFrame({"parameter": ["a", "b", "c"], "elasticity": [0.5, None, -2.0]})
    >>> ax = plots.tornado(frame, ax=Figure(layout="constrained").subplots())
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['c', 'a']
    """
    if not isinstance(what, str):
        raise TypeError(f"what must be text; got {what!r:.200}.")
    table = tornado_table(sensitivities, most=most)
    ax = axes_of(ax, height=1.2 + 0.26 * len(table))
    values = table["elasticity"].to_list()
    rows = range(len(values))
    both = any(value > 0 for value in values) and any(value < 0 for value in values)
    for color, label, sign in ((BLUE, "raises it", 1), (VERMILLION, "lowers it", -1)):
        mine = [row for row in rows if (values[row] >= 0) == (sign > 0)]
        if mine:
            ax.barh(mine, [values[row] for row in mine], color=color, height=0.7, label=label if both else None)
    ax.axvline(0.0, color=BLACK, linewidth=0.8)
    ax.set_yticks(list(rows), table["parameter"].to_list())
    ax.set_ylim(len(values) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    # Beside long names of parameters the axis is short: the label may stand below them, and not outside.
    ax.set_xlabel(f"change of {what} (%)\nfor 1 % more")
    plain_frame(ax)
    ax.spines["left"].set_visible(False)
    if legend and both:
        add_legend(ax)
    return ax
