"""A plot of neutrophils over time, with the doses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.errors import Problems
from chemoevo.pharmacology.courses import HOURS, administrations_of
from chemoevo.plots.axes import add_legend, axes_of, plain_frame
from chemoevo.plots.colors import GRAY, colors_of
from chemoevo.plots.tables.neutrophils import BAND, counted
from chemoevo.scenario.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chemoevo.pharmacology.library import OwnDrugs
    from chemoevo.pharmacology.neutropenia import Neutropenia
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen

_GRADES = {1.0: "below: grade 3", 0.5: "below: grade 4"}


def neutrophils(
    regimen: Regimen | Scenario,
    *,
    patient: Patient | Any = None,
    ax: Axes | None = None,
    drugs: OwnDrugs | None = None,
    model: Neutropenia | str | Sequence[Neutropenia | str] | None = None,
    without: Sequence[str] | str = (),
    until: float | None = None,
    quantiles: Sequence[float] = BAND,
    legend: bool = True,
) -> Axes:
    """Draws neutrophils over time on a logarithmic axis, with lines at 1.0 and 0.5, and the doses above.

    Of many patients the median is a line, with a band between two quantiles.

    Parameters
    ----------
    regimen, patient, drugs, model, without
        As `chemoevo.neutrophils`.
    ax
        Axes to draw into; None (the default) makes a figure.
    until
        (days) > 0: until when; None (the default) until the end of the last cycle.
    quantiles
        Of many patients the lower and the upper quantile of the band, from 0 to 1, by default 5 and 95 %.
    legend
        Whether there is a legend, on the right of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        Marks above the axes are doses, a line of them for every drug.

    Raises
    ------
    ModelError, TypeError
        As `neutrophils_table`; also TypeError if `ax` are no Axes.
    ImportError
        If matplotlib is not installed.

    See Also
    --------
    neutrophils_table

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> regimen, patient = ce.regimens.docetaxel_carboplatin(), ce.Patient(bsa=1.8, gfr=90)
    >>> axes = Figure(layout="constrained").subplots()
    >>> ax = plots.neutrophils(regimen, patient=patient, without="carboplatin", ax=axes)
    >>> ax.get_ylabel(), ax.get_yscale()
    ('neutrophils (10⁹/L)', 'log')
    """
    table, found = counted(Problems(), regimen, patient, drugs, (model, without), until, quantiles)
    treated, name = found.treated, found.model.cells
    many = treated.people.names is not None
    ax = axes_of(ax)
    names = list(treated.drugs)
    colors = colors_of([*names, name])
    ax.set_yscale("log")
    color = colors[name]
    if many:
        ends = (table[f"{name}_low"], table[f"{name}_high"])
        ax.fill_between(table["time"], *ends, color=color, alpha=0.18, linewidth=0.0)
    ax.plot(table["time"], table[name], color=color, linewidth=1.3, label=name)
    if name == "neutrophils":
        for count, words in _GRADES.items():
            dashes = (0, (4, 2)) if count == 1.0 else (0, (1, 1.5))
            ax.axhline(count, color=GRAY, linewidth=0.8, linestyle=dashes, label=f"{count:g}, {words}")
    end = float(table["time"].to_numpy().max())
    for row, drug in enumerate(names):
        days = np.unique([dose[0] / HOURS for dose in administrations_of(treated.regimen, treated.drugs[drug])])
        days = days[days <= end]
        height = np.full(len(days), 1.03 + 0.04 * (len(names) - 1 - row))
        ax.plot(
            days, height, "v", color=colors[drug], markersize=5, transform=ax.get_xaxis_transform(), clip_on=False,
            label=f"dose of {drug}",
        )  # fmt: skip
    ax.set_xlim(0.0, end)
    ax.set_xlabel("days from start of therapy" if isinstance(regimen, Scenario) else "days from the first cycle")
    ax.set_ylabel(f"{name} (10⁹/L)")
    plain_frame(ax)
    if legend:
        low, high = (f"{100 * float(q):g}" for q in quantiles)
        title = f"median of {len(treated.people.each)},\n{low} to {high} %" if many else None
        add_legend(ax, handles=ax.get_legend_handles_labels()[0], title=title)
    return ax
