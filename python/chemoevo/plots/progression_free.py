"""A plot of Kaplan-Meier curves, with the numbers at risk below its axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.answers.answer import Answer
from chemoevo.errors import SimulationError
from chemoevo.plots.axes import add_legend_above, axes_of, plain_frame
from chemoevo.plots.colors import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION
from chemoevo.plots.tables.progression_free import arms_of, at_risk_of, relapse_of, survival_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from chemoevo.answers.kaplan_meier import Curve
    from chemoevo.plots.tables.progression_free import Arm

_ARMS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)
_ROW = 12.0
"""(points) Height of a line of numbers at risk."""
_LINE = "backward equations"
_LONGEST = 24
"""Letters of a label that stand left of the axis."""


def survival(
    data: Curve | Answer | tuple[Any, Any] | Mapping[str, Curve | Answer | tuple[Any, Any]],
    *,
    ax: Axes | None = None,
    at_risk: bool = True,
    label: str | None = None,
    legend: bool = True,
    line: bool | None = None,
) -> Axes:
    """Draws Kaplan-Meier curves with their 95 % bands, and the numbers at risk below the axis.

    On those of answers stands a line, without steps: the same share by the backward equations.

    Parameters
    ----------
    data
        What `kaplan_meier` gives; or an `Answer`, for the time to progression of its replicates; or a pair
        (time, event) as `kaplan_meier` takes them; or {label: one of these}, for several arms.
    ax
        Axes to draw into; None (the default) makes a figure.
    at_risk
        Whether the numbers at risk stand below the axis, at its ticks. Give limits and ticks to your axes before.
    label
        What the y axis says; by default "share without progression" for answers and "share without event" else.
    legend
        Whether there is a legend above the axes where there are several arms, or a line.
    line
        Whether the share of tumors that are not back at the size of progression, by the backward equations, is drawn on
        the curves of answers; see `relapse_table`. None (the default): where the equations can tell.

    Returns
    -------
    matplotlib.axes.Axes
        Small upright ticks on a curve are censored replicates. Where only the curve is known, not the times of
        censoring, there are none, it ends at its last event, and numbers at risk are those of the next event.

    Raises
    ------
    ModelError, TypeError
        As `survival_table`; also TypeError if `ax` are no Axes, or a `line` is asked for and an arm is no `Answer`, and
        ModelError if one is asked for where cells compete.
    SimulationError
        If a `line` is asked for and the equations cannot tell.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    survival_table, at_risk_table, relapse_table

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> arms = {"A": ([7, 7, 14, 21], [1, 0, 1, 0]), "B": ([7, 14, 21, 21], [0, 1, 0, 0])}
    >>> ax = plots.survival(arms, ax=Figure(layout="constrained").subplots())
    >>> ax.get_ylabel(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('share without event', ['A', 'B'])
    """
    arms = arms_of(data)
    table = survival_of(arms)
    fresh = ax is None
    longest = min(max(len(arm.label) for arm in arms), _LONGEST) if len(arms) > 1 else 0
    ax = axes_of(ax, width=6.4 + 0.06 * longest, height=4.2 + 0.17 * len(arms))
    for index, arm in enumerate(arms):
        color, style = _look(index)
        part = table.filter(arm=arm.label)
        time, share = part["time"].to_numpy(), part["survival"].to_numpy()
        ax.fill_between(time, part["low"], part["high"], step="post", color=color, alpha=0.18, linewidth=0)
        (curve,) = ax.step(time, share, where="post", color=color, linestyle=style, linewidth=1.8, label=arm.label)
        if arm.time is not None and arm.event is not None:
            gone = np.unique(arm.time[~arm.event])
            height = share[np.searchsorted(time, gone, side="right") - 1]
            ax.plot(gone, height, "|", color=color, markersize=7, markeredgewidth=1.2)
    given = list(data.values()) if isinstance(data, Mapping) else [data]
    drawn = [line is not False and _draw_line(ax, *pair, line is True) for pair in zip(arms, given, strict=True)]
    if len(arms) == 1 and any(drawn):
        curve.set_label("simulation")
    ax.set_ylim(-0.02, 1.02)
    if fresh:
        ax.set_xlim(0.0, max(arm.last for arm in arms) * 1.02 or 1.0)
    answers = all(isinstance(value, Answer) for value in given)
    ax.set_xlabel("days from start of therapy" if answers else "days")
    ax.set_ylabel(label or ("share without progression" if answers else "share without event"))
    plain_frame(ax)
    if at_risk:
        _write_at_risk(ax, arms)
    if legend and (len(arms) > 1 or any(drawn)):
        add_legend_above(ax)
    return ax


def _draw_line(ax: Axes, arm: Arm, value: object, wanted: bool) -> bool:
    """The share without a relapse by the equations, where they can tell."""
    if not wanted and (not isinstance(value, Answer) or value.relapse is None):
        return False
    try:
        table = relapse_of([arm], [value])
    except SimulationError:
        if wanted:
            raise
        return False
    # One line of the legend for all of them.
    label = None if _LINE in ax.get_legend_handles_labels()[1] else _LINE
    ax.plot(table["time"], table["without_relapse"], color=BLACK, linewidth=1.0, label=label)
    return True


def _look(index: int) -> tuple[str, str]:
    return _ARMS[index % len(_ARMS)], ("-", "--", ":", "-.")[index // len(_ARMS) % 4]


def _write_at_risk(ax: Axes, arms: Sequence[Arm]) -> None:
    from matplotlib.transforms import blended_transform_factory

    low, high = ax.get_xlim()
    ticks = [float(tick) for tick in ax.get_xticks() if max(low, 0.0) <= tick <= high]
    if not ticks:
        return
    numbers, labels = at_risk_of(arms, np.array(ticks)), [arm.label for arm in arms]
    place = blended_transform_factory(ax.transData, ax.transAxes)
    # Below the labels of the ticks and of the axis.
    top = -38.0
    written: dict[str, Any] = {"textcoords": "offset points", "va": "top", "fontsize": 9, "annotation_clip": False}
    # Left of the first number, which stands in the middle under its tick.
    left = -12.0 - 3.0 * len(str(numbers["at_risk"].fill_null(0).to_numpy().max()))
    ax.annotate("at risk", (0.0, 0.0), (left, top), xycoords="axes fraction", ha="right", **written)
    for index, label in enumerate(labels):
        color, y = _look(index)[0], top - _ROW * (index + (len(labels) > 1))
        if len(labels) > 1:
            name = label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"
            ax.annotate(name, (0.0, 0.0), (left, y), xycoords="axes fraction", ha="right", color=color, **written)
        for day, number in numbers.filter(arm=label).select("time", "at_risk").iter_rows():
            text = "–" if number is None else str(number)
            ax.annotate(text, (day, 0.0), (0.0, y), xycoords=place, ha="center", **written)
