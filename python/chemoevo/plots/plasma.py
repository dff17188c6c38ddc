"""A plot of plasma concentrations over time, with the doses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo.base.arguments import flag
from chemoevo.errors import Problems
from chemoevo.plots.axes import add_legend, axes_of, plain_frame
from chemoevo.plots.colors import GRAY, colors_of
from chemoevo.plots.tables.plasma import BAND, Given, exposure_table
from chemoevo.scenario.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chemoevo.pharmacology.library import OwnDrugs
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen

_DECADES = 4
"""How far below the lowest of the peaks the axis reaches: what is below kills next to nothing."""


def exposure(
    regimen: Regimen | Scenario,
    *,
    patient: Patient | Any = None,
    ax: Axes | None = None,
    drugs: OwnDrugs | None = None,
    inert: Sequence[str] | str | None = None,
    until: float | None = None,
    unbound: bool = False,
    quantiles: Sequence[float] = BAND,
    legend: bool = True,
) -> Axes:
    """Draws the plasma concentrations of drugs and metabolites over time, on a logarithmic axis, with the doses above.

    Of many patients the median is a line, with a band between two quantiles.

    Parameters
    ----------
    regimen
        What is given; or a `Scenario`, which knows its regimen, its patient and its drugs.
    patient
        To whom; needed with a `Regimen`. One patient, or a frame with one row per patient, as `chemoevo.patients`
        gives.
    ax
        Axes to draw into; None (the default) makes a figure.
    drugs
        Your own drugs, beside those that ship: one, a list, or a table by name.
    inert
        Drugs of the regimen of which nothing is to be known, such as ["leucovorin"]: they are left out.
    until
        (days) > 0: until when; None (the default) until the end of the last cycle.
    unbound
        Whether the unbound concentration is drawn, which cells see; False (the default) is the total.
    quantiles
        Of many patients the lower and the upper quantile of the band, from 0 to 1, by default 5 and 95 %.
    legend
        Whether there is a legend, on the right of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        The axis ends four decades below the lowest of the peaks.

    Raises
    ------
    ModelError, TypeError
        As `exposure_table`; also TypeError if `ax` are no Axes.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    exposure_table, doses_table

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> regimen, patient = ce.regimens.docetaxel_carboplatin(), ce.Patient(bsa=1.8, gfr=90)
    >>> ax = plots.exposure(regimen, patient=patient, ax=Figure(layout="constrained").subplots())
    >>> ax.get_ylabel(), ax.get_yscale()
    ('total in plasma (µmol/L)', 'log')
    """
    problems = Problems()
    column = "unbound_um" if flag(problems, "unbound", unbound) else "total_um"
    problems.raise_if_any()
    table = exposure_table(regimen, patient=patient, drugs=drugs, inert=inert, until=until, quantiles=quantiles)
    given = Given(regimen, patient, drugs, until, inert=inert)
    doses = given.doses()
    ax = axes_of(ax)
    names = table["drug"].unique(maintain_order=True).to_list()
    colors = colors_of(names)
    ax.set_yscale("log")
    for row, name in enumerate(names):
        part = table.filter(drug=name)
        if given.many:
            ends = (part[f"{column}_low"], part[f"{column}_high"])
            ax.fill_between(part["time"], *ends, color=colors[name], alpha=0.18, linewidth=0.0)
        ax.plot(part["time"], part[column], color=colors[name], linewidth=1.3, label=name)
        days = doses.filter(drug=name)["time"].unique().sort()
        # Above the axes, one line of marks per drug, so that they hide no curve.
        height = np.full(len(days), 1.03 + 0.04 * (len(names) - 1 - row))
        ax.plot(days, height, "v", color=colors[name], markersize=5, transform=ax.get_xaxis_transform(), clip_on=False)
    # Cells that a drug never reaches are not those of a log axis.
    peaks = table.group_by("drug").agg(pl.col(column).max()).filter(pl.col(column) > 0)[column]
    if len(peaks):
        ax.set_ylim(_low(peaks) * 10.0**-_DECADES, _high(peaks) * 2.0)
    ax.set_xlim(0.0, float(table["time"].to_numpy().max()))
    ax.set_xlabel("days from start of therapy" if isinstance(regimen, Scenario) else "days from the first cycle")
    ax.set_ylabel(f"{'unbound' if unbound else 'total'} in plasma (µmol/L)")
    plain_frame(ax)
    if legend:
        from matplotlib.lines import Line2D

        mark = Line2D([], [], color=GRAY, marker="v", markersize=5, linestyle="none", label="dose")
        low, high = (f"{100 * float(q):g}" for q in quantiles)
        title = f"median of {len(given.treated.people.each)},\n{low} to {high} %" if given.many else None
        add_legend(ax, handles=[*ax.get_legend_handles_labels()[0], mark], title=title)
    return ax


def _low(values: pl.Series) -> float:
    return float(values.to_numpy().min())


def _high(values: pl.Series) -> float:
    return float(values.to_numpy().max())
