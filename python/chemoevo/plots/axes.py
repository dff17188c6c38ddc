"""What all plots share: axes to draw into, logarithmic axes of numbers of cells, legends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chemoevo.errors import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def axes_of(ax: object, *, width: float = 6.4, height: float = 4.2) -> Axes:
    """The axes given, or those of a new figure of that size (inches), whose layout makes room for legends.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError
        If `ax` is neither None nor Axes.
    """
    try:
        from matplotlib.axes import Axes
    except ModuleNotFoundError as error:
        # A module that matplotlib itself misses is another matter.
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        raise ImportError('chemoevo.plots needs matplotlib: pip install "chemoevo[plots]"') from error
    if ax is None:
        import matplotlib.pyplot as plt

        return plt.subplots(figsize=(width, height), layout="constrained")[1]
    if not isinstance(ax, Axes):
        kind = Words(f"a {type(ax).__module__}.{type(ax).__name__}")
        raise TypeError(f"ax must be matplotlib Axes or None, for a figure of its own; got {kind}.")
    return ax


def plain_frame(ax: Axes) -> None:
    """Takes away the lines on top and on the right."""
    ax.spines[["top", "right"]].set_visible(False)


def cells_axis(ax: Axes, *, zero: bool, what: str = "cells") -> None:
    """A logarithmic y axis of numbers of cells; with `zero` it is linear below 1 and has 0 at its foot.

    An axis that has the zero keeps it when more is drawn into it.
    """
    from matplotlib.ticker import SymmetricalLogLocator

    if zero or ax.get_yscale() == "symlog":
        ax.set_yscale("symlog", linthresh=1.0, linscale=0.6)
        ax.yaxis.set_major_locator(SymmetricalLogLocator(base=10.0, linthresh=1.0))
        ax.set_ylim(bottom=-0.15, top=max(ax.get_ylim()[1], 2.0))
        ax.set_ylabel(f"{what} (log scale, linear from 0 to 1)")
    else:
        ax.set_yscale("log")
        ax.set_ylabel(f"{what} (log scale)")


def add_legend(
    ax: Axes, *, handles: Sequence[Artist] | None = None, title: str | None = None, shift: float = 0.0
) -> None:
    """A legend to the right of the axes, by `shift` points, with the handles given or with all that has a label."""
    from matplotlib.transforms import ScaledTranslation

    figure: Any = ax.get_figure()
    moved = ax.transAxes + ScaledTranslation((6.0 + shift) / 72.0, 0.0, figure.dpi_scale_trans)
    _legend(ax, handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), bbox_transform=moved, title=title)


def add_legend_above(ax: Axes, *, handles: Sequence[Artist] | None = None) -> None:
    """A legend above the axes, in up to three columns."""
    _legend(ax, handles, loc="lower left", bbox_to_anchor=(0.0, 1.02), ncols=3)


def _legend(ax: Axes, handles: Sequence[Artist] | None, **options: Any) -> None:
    if handles is not None:
        options["handles"] = list(handles)
    elif not ax.get_legend_handles_labels()[1]:
        return
    ax.legend(borderaxespad=0.0, frameon=False, fontsize=9, title_fontsize=9, alignment="left", **options)
