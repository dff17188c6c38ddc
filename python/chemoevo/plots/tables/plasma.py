"""Concentrations of the drugs of a regimen over time, and its doses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from chemoevo.base.arguments import real
from chemoevo.errors import Problems
from chemoevo.pharmacology.compartments import EFFECT, PLASMA, Compartment, compartments
from chemoevo.pharmacology.courses import HOURS
from chemoevo.pharmacology.exposure import course
from chemoevo.pharmacology.treated import Treated
from chemoevo.plots.tables.quantiles import band_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.library import OwnDrugs
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen
    from chemoevo.scenario.scenario import Scenario

BAND = (0.05, 0.95)
_ENDS = ("", "_low", "_high")
_AT_ONCE = 2**22
"""Numbers, one per patient and time, that are there at once."""
_EVEN = 600
"""Points of time between the start and the end, besides those around every dose."""


class Given:
    """A regimen, those to whom it is given, the drugs that do not ship, and until when to look (days)."""

    def __init__(
        self, regimen: Any, patient: Any, drugs: Any, until: Any, quantiles: Any = BAND, inert: Any = None
    ) -> None:
        problems = Problems()
        self.band = band_of(problems, quantiles)
        if until is not None:
            until = real(problems, "until", until, "must be a number of days, finite and > 0", 0.0, above=True)
        self.treated = Treated.of(problems, regimen, patient, drugs, inert)
        self.regimen = cast("Regimen", self.treated.regimen)  # which one was given
        self.patient = self.treated.people.each[0]
        self.until: float = self.regimen.duration_days if until is None else until

    @property
    def many(self) -> bool:
        """Whether patients were given as a frame."""
        return self.treated.people.names is not None

    def doses(self) -> pl.DataFrame:
        """The doses until then; see `doses_table`."""
        events = self.regimen.within(self.until).events(self.patient)
        return events.select(
            "drug", time=pl.col("time") / HOURS, amount=pl.col("amt"), duration=pl.col("dur") / HOURS, cycle="cycle"
        ).filter(pl.col("time") <= self.until)


def doses_table(
    regimen: Regimen | Scenario, *, patient: Patient | None = None, until: float | None = None
) -> pl.DataFrame:
    """The doses of a regimen: what `exposure` marks.

    Parameters
    ----------
    regimen
        What is given; or a `Scenario`, which knows its regimen and its patient.
    patient
        To whom; needed with a `Regimen`.
    until
        (days) > 0: until when; None (the default) until the end of the last cycle.

    Returns
    -------
    polars.DataFrame
        One row per dose, in order of time. Columns: drug, time (days), amount (mg), duration (days), cycle (from 1).

    Raises
    ------
    ModelError
        If the patient lacks what a dose asks for, or `until` is not > 0.
    TypeError
        If an argument has a wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> regimen = ce.regimens.docetaxel_carboplatin()
    >>> plots.doses_table(regimen, patient=ce.Patient(bsa=1.8, gfr=90), until=20)["amount"].to_list()
    [135.0, 690.0]
    """
    given = Given(regimen, patient, (), until)
    if given.many:
        raise TypeError("patient must be one Patient, not a frame: doses differ between patients.")
    return given.doses()


def exposure_table(
    regimen: Regimen | Scenario,
    *,
    patient: Patient | Any = None,
    drugs: OwnDrugs | None = None,
    inert: Sequence[str] | str | None = None,
    until: float | None = None,
    quantiles: Sequence[float] = BAND,
) -> pl.DataFrame:
    """Plasma concentrations of all drugs of a regimen over time: what `exposure` draws.

    Parameters
    ----------
    regimen
        What is given; or a `Scenario`, which knows its regimen, its patient and its drugs.
    patient
        To whom; needed with a `Regimen`. One patient, or a frame with one row per patient, as `chemoevo.patients`
        gives.
    drugs
        Your own drugs, beside those that ship: one, a list, or a table by name.
    inert
        Drugs of the regimen of which nothing is to be known, such as ["leucovorin"]: they are left out.
    until
        (days) > 0: until when; None (the default) until the end of the last cycle.
    quantiles
        Of many patients the lower and the upper quantile of the band, from 0 to 1, by default 5 and 95 %.

    Returns
    -------
    polars.DataFrame
        One row per drug, or metabolite, and time, times dense around every dose. Columns: drug (or the metabolite), and
        those of `pharmacology.concentration`: time (days), total_mg_per_l, total_um, unbound_um (null where no source
        has the share), area_mg_h_per_l. Of many patients the median at every time, and the band in columns that end in
        _low and _high; no area.

    Raises
    ------
    ModelError
        If a drug is unknown, a patient lacks what a dose asks for, `until` is not > 0, or `quantiles` are not two
        increasing numbers from 0 to 1.
    TypeError
        If an argument has a wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> regimen = ce.regimens.docetaxel_carboplatin()
    >>> table = plots.exposure_table(regimen, patient=ce.Patient(bsa=1.8, gfr=90))
    >>> table["drug"].unique(maintain_order=True).to_list(), table["time"].max()
    (['docetaxel', 'carboplatin'], 126.0)
    """
    given = Given(regimen, patient, drugs, until, quantiles, inert)
    doses = given.doses()
    grids = [_times(doses.filter(drug=name), given.until) for name in given.regimen.drugs]
    if given.many:
        return _bands(given, grids)
    pieces = []
    for times, one in zip(grids, given.treated.drugs.values(), strict=True):
        of_drug = course(given.regimen, given.patient, one)
        for place in _shown(one):
            mass = of_drug.concentration(times * HOURS, place.place)
            columns = {**_columns(mass, place), "area_mg_h_per_l": of_drug.area(times * HOURS, place.place)}
            pieces.append(_piece(one, place, times, columns))
    return pl.concat(pieces)


def _shown(given: Drug) -> list[Compartment]:
    return [place for place in compartments(given) if place.name != EFFECT]


def _columns(mass: NDArray[np.float64], place: Compartment) -> dict[str, NDArray[np.float64]]:
    micromolar = mass * place.micromolar
    share = np.nan if place.unbound is None else place.unbound
    return {"total_mg_per_l": mass, "total_um": micromolar, "unbound_um": micromolar * share}


def _piece(given: Drug, place: Compartment, times: NDArray[np.float64], columns: dict[str, Any]) -> pl.DataFrame:
    name = given.name if place.name == PLASMA else place.name
    frame = pl.DataFrame({"time": times, **columns})
    if place.unbound is None:
        frame = frame.with_columns(pl.col("^unbound_um.*$").fill_nan(None))
    return frame.select(pl.lit(name).alias("drug"), pl.all())


def _times(doses: pl.DataFrame, until: float) -> NDArray[np.float64]:
    """(days) Even ones, and many around every dose."""
    start, length = doses["time"].to_numpy()[:, None], doses["duration"].to_numpy()[:, None]
    during = start + length * np.linspace(0.0, 1.0, 9)
    after = start + length + np.geomspace(1e-3, 2.0, 25)
    # Just before a dose too, so that no line climbs to it from far away.
    before = np.maximum(start - 1e-6, 0.0)
    points = [np.linspace(0.0, until, _EVEN), *(part.reshape(-1) for part in (before, during, after))]
    times = np.unique(np.concatenate(points))
    return np.asarray(times[times <= until])


def _bands(given: Given, grids: Sequence[NDArray[np.float64]]) -> pl.DataFrame:
    """Median and band over patients."""
    blocks = [made for _, made in given.treated.courses()]
    shares = (0.5, *given.band)
    some = max(1, _AT_ONCE // len(given.treated.people.each))
    pieces = []
    for k, (times, one) in enumerate(zip(grids, given.treated.drugs.values(), strict=True)):
        for place in _shown(one):
            parts = []
            for first in range(0, len(times), some):
                hours = times[first : first + some] * HOURS
                every = np.concatenate([made[k].concentration(hours, place.place) for made in blocks])
                parts.append(np.quantile(every, shares, axis=0))
            found = _columns(np.concatenate(parts, axis=1), place)
            columns = {f"{name}{end}": values[i] for name, values in found.items() for i, end in enumerate(_ENDS)}
            pieces.append(_piece(one, place, times, columns))
    return pl.concat(pieces)
