"""Sums of doses against the largest that may be given in a lifetime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.errors import Problems
from chemoevo.pharmacology.courses import administrations_of, cycle_borders
from chemoevo.pharmacology.treated import Treated

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.pharmacology.draws import Array
    from chemoevo.pharmacology.library import OwnDrugs
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen
    from chemoevo.pharmacology.treated import Plan


def cumulative_doses(
    regimen: Regimen | Plan,
    *,
    patient: Patient | Any = None,
    drugs: OwnDrugs | None = None,
    inert: Sequence[str] | str | None = None,
) -> pl.DataFrame:
    """What one patient, or many, have had of every drug at the end of every cycle, against the limits of the drug.

    Parameters
    ----------
    regimen
        What is given; or a `Scenario`, which knows its regimen, its patient and its drugs.
    patient
        To whom: a `Patient`, or a frame of polars or pandas with one row per patient; see `concentrations`.
    drugs
        Your own drugs, beside those that ship: one, a list, or a table by name.
    inert
        Drugs of the regimen of which nothing is to be known, such as ["leucovorin"]: they are left out.

    Returns
    -------
    polars.DataFrame
        One row per patient, drug and cycle, in this order. Columns: patient (where a frame was given: its own, or the
        number of the row), drug, cycle (from 1, through all phases), cumulative_mg (all doses until the end of the
        cycle), cumulative_mg_per_m2 (null for a patient whose surface is not known), limit_mg_per_m2 (the largest sum
        in a lifetime), largest_mg (the largest dose so far), cap_mg (the largest that may be given at once). Limits are
        those of the drug (`Drug.limits`), null where no source gives one: then there is none here, which does not mean
        that there is none. What was given before the regimen is not known and not counted.

    Raises
    ------
    ModelError
        If a drug is unknown, a column is no path of a patient, or a patient lacks what a dose asks for.
    TypeError
        If an argument has a wrong type.

    See Also
    --------
    toxicity : what drugs do to neutrophils.

    Examples
    --------
    >>> import chemoevo as ce
    >>> dose = ce.Dose(drug="doxorubicin", amount=75, unit="mg/m2", days=1)
    >>> regimen = ce.Regimen(name="A", phases=ce.Phase(cycle_length_days=21, cycles=8, doses=dose))
    >>> table = ce.cumulative_doses(regimen, patient=ce.Patient(bsa=1.8))
    >>> table.select("cycle", "cumulative_mg_per_m2", "limit_mg_per_m2").row(-1)
    (8, 600.0, 550.0)
    """
    treated = Treated.of(Problems(), regimen, patient, drugs, inert)
    import polars as pl

    number, cycles, names = len(treated.people.each), treated.regimen.cycles, list(treated.drugs)
    treated.check_rows(len(names) * cycles, "regimen makes")
    sums, largest = (
        np.stack(parts, axis=1) for parts in zip(*(given_by_cycle(treated, name) for name in names), strict=True)
    )
    each = np.tile(np.repeat(np.arange(len(names), dtype=np.uint32), cycles), number)
    surfaces = pl.Series(
        [one.body_surface_area() if one.knows_bsa() else None for one in treated.people.each], dtype=pl.Float64
    )
    limits = [treated.drugs[name].limits for name in names]
    most = [treated.drugs[name].largest_sum for name in names]
    caps = [None if one is None or one.cap is None else one.cap.value for one in limits]
    total = pl.Series(sums.reshape(-1))
    frame = pl.DataFrame(
        {
            "drug": pl.Series(names).gather(each),
            "cycle": np.tile(np.arange(1, cycles + 1), number * len(names)),
            "cumulative_mg": total,
            "cumulative_mg_per_m2": total / surfaces.gather(np.repeat(np.arange(number), len(names) * cycles)),
            "limit_mg_per_m2": pl.Series(most, dtype=pl.Float64).gather(each),
            "largest_mg": largest.reshape(-1),
            "cap_mg": pl.Series(caps, dtype=pl.Float64).gather(each),
        }
    )
    return treated.with_names(frame, len(names) * cycles)


def given_by_cycle(treated: Treated, drug: str) -> tuple[Array, Array]:
    """(mg) Sum and largest of all doses of a drug until the end of every cycle: (patients, cycles)."""
    rows = administrations_of(treated.regimen, treated.drugs[drug])
    times, amounts = np.array([row[0] for row in rows]), treated.amounts[:, [row[1] for row in rows]]
    until = [times < end for end in cycle_borders(treated.regimen)[1:]]
    none = np.zeros(len(amounts))
    sums = np.stack([amounts[:, some].sum(axis=1) for some in until], axis=1)
    return sums, np.stack([amounts[:, some].max(axis=1) if some.any() else none for some in until], axis=1)
