"""Concentrations of all drugs of a regimen, in one patient or in many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from chemoevo.errors import Problems
from chemoevo.pharmacology.compartments import with_unbound
from chemoevo.pharmacology.courses import HOURS, note_times
from chemoevo.pharmacology.treated import Treated

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.pharmacology.library import OwnDrugs
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen
    from chemoevo.pharmacology.treated import Plan


def concentrations(
    regimen: Regimen | Plan,
    *,
    patient: Patient | Any = None,
    times: ArrayLike,
    drugs: OwnDrugs | None = None,
    inert: Sequence[str] | str | None = None,
) -> pl.DataFrame:
    """Concentrations of every drug of a regimen over time, in one patient or in many.

    Parameters
    ----------
    regimen
        What is given; or a `Scenario`, which knows its regimen, its patient and its drugs.
    patient
        To whom: a `Patient`; or a frame of polars or pandas with one row per patient, as `patients` gives, whose
        columns are paths such as "patient.bsa" and "patient.factors[docetaxel].clearance". A column "patient" or "id"
        says who it is. Rows are of a patient of whom nothing else is known; with a scenario, of its patient, who is as
        he or she is where a row has null or NaN.
    times
        (days from the first day of the first cycle) Finite and >= 0, one-dimensional. A dose acts from its time on.
    drugs
        Your own drugs, beside those that ship: one, a list, or a table by name.
    inert
        Drugs of the regimen of which nothing is to be known, such as ["leucovorin"]: they are left out.

    Returns
    -------
    polars.DataFrame
        One row per patient, drug, compartment and time, in this order. Columns: patient (where a frame was given: its
        own, or the number of the row), time (days), drug, compartment, mg_per_L, uM. Compartments are "plasma", all
        that is in plasma, bound and unbound; "unbound", what is not bound, which cells see, null where no source says
        how much that is; every metabolite by its name, and "unbound" before it where its share is known; "effect",
        where the kinetics have a rate at which something follows plasma.

    Raises
    ------
    ModelError
        If a drug is unknown, a column is no path of a patient, a patient lacks what a dose asks for, a time is negative
        or not finite, or the table would not fit into memory: all problems at once.
    TypeError
        If an argument has a wrong type.

    See Also
    --------
    exposure : peaks, areas, troughs and times above a concentration, by cycle.
    patients : patients drawn from a population.

    Examples
    --------
    >>> import chemoevo as ce
    >>> regimen = ce.regimens.docetaxel_carboplatin()
    >>> table = ce.concentrations(regimen, patient=ce.Patient(bsa=1.8, gfr=90), times=[1 / 24, 1])
    >>> table.filter(drug="docetaxel", compartment="plasma")["uM"].round(4).to_list()
    [2.7122, 0.0137]
    >>> many = ce.concentrations(regimen, patient=ce.patients(100, seed=1, like=regimen), times=[1 / 24])
    >>> many.columns, len(many)
    (['patient', 'time', 'drug', 'compartment', 'mg_per_L', 'uM'], 400)
    """
    problems = Problems()
    days = note_times(problems, times)
    treated = Treated.of(problems, regimen, patient, drugs, inert)
    assert days is not None
    import polars as pl

    asked = [(one.name, *shown) for one in treated.drugs.values() for shown in with_unbound(one)]
    number = len(treated.people.each)
    treated.check_rows(len(asked) * len(days), "times make")
    hours = days * HOURS
    # Patients, compartments of all drugs, times. What is not known is null in the table.
    mass = np.empty((number, len(asked), len(days)))
    for some, made in treated.courses():
        for name, course in zip(treated.drugs, made, strict=True):
            mine = [(k, place.place, share) for k, (drug, _, place, share) in enumerate(asked) if drug == name]
            found = {at: course.concentration(hours, at) for at in dict.fromkeys(at for _, at, _ in mine)}
            for k, at, share in mine:
                mass[some, k] = found[at] * (math.nan if share is None else share)
    molar = np.array([place.micromolar for _, _, place, _ in asked])
    each = np.repeat(np.arange(len(asked), dtype=np.uint32), len(days))
    of_one = pl.DataFrame(
        {
            "time": np.tile(days, len(asked)),
            "drug": pl.Series([name for name, *_ in asked], dtype=pl.String).gather(each),
            "compartment": pl.Series([shown for _, shown, *_ in asked], dtype=pl.String).gather(each),
        }
    )
    frame = pl.concat([of_one] * number, rechunk=True).with_columns(
        mg_per_L=mass.reshape(-1), uM=(mass * molar[None, :, None]).reshape(-1)
    )
    if any(share is None for *_, share in asked):
        frame = frame.with_columns(pl.col("mg_per_L", "uM").fill_nan(None))
    return treated.with_names(frame, len(asked) * len(days))
