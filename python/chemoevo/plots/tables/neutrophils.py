"""Neutrophils over time under a regimen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo.base.arguments import real
from chemoevo.errors import Problems
from chemoevo.pharmacology.courses import HOURS
from chemoevo.pharmacology.marrow import Suppressed
from chemoevo.plots.tables.quantiles import band_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.pharmacology.library import OwnDrugs
    from chemoevo.pharmacology.neutropenia import Neutropenia
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen
    from chemoevo.scenario.scenario import Scenario

BAND = (0.05, 0.95)
_EVEN = 600
"""Points of time between the start and the end."""
_AT_ONCE = 2**22
"""Numbers, one per patient and time, that are there at once."""


def neutrophils_table(
    regimen: Regimen | Scenario,
    *,
    patient: Patient | Any = None,
    drugs: OwnDrugs | None = None,
    model: Neutropenia | str | Sequence[Neutropenia | str] | None = None,
    without: Sequence[str] | str = (),
    until: float | None = None,
    quantiles: Sequence[float] = BAND,
) -> pl.DataFrame:
    """Neutrophils over time under a regimen: what `neutrophils` draws.

    Parameters
    ----------
    regimen, patient, drugs, model, without
        As `chemoevo.neutrophils`.
    until
        (days) > 0: until when; None (the default) until the end of the last cycle.
    quantiles
        Of many patients the lower and the upper quantile of the band, from 0 to 1, by default 5 and 95 %.

    Returns
    -------
    polars.DataFrame
        One row per time, 601 of them. Columns: time (days), neutrophils (1e9/L), or leukocytes where the model counts
        these. Of many patients the median at every time, and the band in columns that end in _low and _high.

    Raises
    ------
    ModelError, TypeError
        As `chemoevo.neutrophils`; also if `until` is not > 0, or `quantiles` are not two increasing numbers from 0 to
        1.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> regimen, patient = ce.regimens.docetaxel_carboplatin(), ce.Patient(bsa=1.8, gfr=90)
    >>> table = plots.neutrophils_table(regimen, patient=patient, without="carboplatin")
    >>> table.columns, table["time"].max()
    (['time', 'neutrophils'], 126.0)
    """
    return counted(Problems(), regimen, patient, drugs, (model, without), until, quantiles)[0]


def counted(
    problems: Problems, regimen: Any, patient: Any, drugs: Any, model: tuple[Any, Any], until: Any, quantiles: Any
) -> tuple[pl.DataFrame, Suppressed]:
    """The table, and what it is of."""
    band = band_of(problems, quantiles)
    if until is not None:
        until = real(problems, "until", until, "must be a number of days, finite and > 0", 0.0, above=True)
    found = Suppressed.of(problems, regimen, patient, drugs, *model)
    days = np.linspace(0.0, found.treated.regimen.duration_days if until is None else until, _EVEN + 1)
    name, many = found.model.cells, found.treated.people.names is not None
    counts = _counts(found, days, (0.5, *band) if many else (0.5,))
    ends = ("", "_low", "_high") if many else ("",)
    return pl.DataFrame({"time": days, **{f"{name}{end}": counts[k] for k, end in enumerate(ends)}}), found


def _counts(found: Suppressed, days: NDArray[np.float64], shares: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles over patients, a row each."""
    blocks = [marrows for _, marrows in found.marrows()]
    some = max(1, _AT_ONCE // len(found.treated.people.each))
    parts = []
    for first in range(0, len(days), some):
        hours = days[first : first + some] * HOURS
        parts.append(np.quantile(np.concatenate([one.counts(hours) for one in blocks]), shares, axis=0))
    return np.concatenate(parts, axis=1)
