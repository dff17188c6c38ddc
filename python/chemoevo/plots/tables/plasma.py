"""Concentrations of the drugs of a regimen over time, and its doses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from chemoevo.base.arguments import real
from chemoevo.base.forks import check_fork
from chemoevo.base.specification import note_part
from chemoevo.errors import Problems
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.exposure import concentration
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.scenario.scenario import Scenario

_EVEN = 600
"""Points of time between the start and the end, besides those around every dose."""
_HOURS = 24.0


class Given:
    """A regimen, the patient to whom it is given, the drugs that do not ship, and until when to look (days)."""

    def __init__(self, regimen: Any, patient: Any, drugs: Any, until: Any) -> None:
        check_fork()
        problems = Problems()
        if isinstance(regimen, Scenario):
            patient = regimen.patient if patient is None else patient
            drugs = (*regimen.drugs, *drugs) if isinstance(drugs, Sequence) else drugs
            regimen = regimen.regimen
        elif not isinstance(regimen, Regimen):
            problems.type("regimen", "must be a Regimen or a Scenario", regimen)
        note_part(problems, "patient", patient, Patient)
        if not isinstance(drugs, Sequence) or not all(isinstance(drug, Drug) for drug in drugs):
            problems.type("drugs", "must be a list of Drug; those that ship need not be named", drugs)
        if until is not None:
            until = real(problems, "until", until, "must be a number of days, finite and > 0", 0.0, above=True)
        problems.raise_if_any()
        self.regimen: Regimen = regimen
        self.patient: Patient = patient
        self.drugs = {drug.name: drug for drug in drugs}
        self.until: float = regimen.duration_days if until is None else until

    def doses(self) -> pl.DataFrame:
        """The doses until then; see `doses_table`."""
        events = self.regimen.within(self.until).events(self.patient)
        return events.select(
            "drug", time=pl.col("time") / _HOURS, amount=pl.col("amt"), duration=pl.col("dur") / _HOURS, cycle="cycle"
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
    return Given(regimen, patient, (), until).doses()


def exposure_table(
    regimen: Regimen | Scenario,
    *,
    patient: Patient | None = None,
    drugs: Sequence[Drug] = (),
    until: float | None = None,
) -> pl.DataFrame:
    """Plasma concentrations of all drugs of a regimen over time: what `exposure` draws.

    Parameters
    ----------
    regimen
        What is given; or a `Scenario`, which knows its regimen, its patient and its drugs.
    patient
        To whom; needed with a `Regimen`.
    drugs
        Your own drugs, beside those that ship.
    until
        (days) > 0: until when; None (the default) until the end of the last cycle.

    Returns
    -------
    polars.DataFrame
        One row per drug and time, times dense around every dose. Columns: drug, and those of
        `pharmacology.concentration`: time (days), total_mg_per_l, total_um, unbound_um, area_mg_h_per_l.

    Raises
    ------
    ModelError
        If a drug is unknown, the patient lacks what a dose asks for, or `until` is not > 0.
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
    given = Given(regimen, patient, drugs, until)
    doses = given.doses()
    pieces = []
    for name in given.regimen.drugs:
        mine = doses.filter(drug=name)
        start, length = mine["time"].to_numpy()[:, None], mine["duration"].to_numpy()[:, None]
        during = start + length * np.linspace(0.0, 1.0, 9)
        after = start + length + np.geomspace(1e-3, 2.0, 25)
        # Just before a dose too, so that no line climbs to it from far away.
        before = np.maximum(start - 1e-6, 0.0)
        points = [np.linspace(0.0, given.until, _EVEN), *(part.reshape(-1) for part in (before, during, after))]
        times = np.unique(np.concatenate(points))
        drug = given.drugs.get(name, name)
        found = concentration(given.regimen, given.patient, drug, times[times <= given.until])
        pieces.append(found.select(pl.lit(name).alias("drug"), pl.all()))
    return pl.concat(pieces)
