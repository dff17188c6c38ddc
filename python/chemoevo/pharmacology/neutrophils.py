"""Neutrophils of patients who have a regimen: over time, and what they come to in every cycle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from chemoevo.errors import Problems
from chemoevo.pharmacology.courses import HOURS, cycle_borders, note_times
from chemoevo.pharmacology.cumulative import given_by_cycle
from chemoevo.pharmacology.marrow import LEVELS, Suppressed

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.pharmacology.library import OwnDrugs
    from chemoevo.pharmacology.neutropenia import Neutropenia
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen
    from chemoevo.pharmacology.treated import Plan


def neutrophils(
    regimen: Regimen | Plan,
    *,
    patient: Patient | Any = None,
    times: ArrayLike,
    drugs: OwnDrugs | None = None,
    model: Neutropenia | str | Sequence[Neutropenia | str] | None = None,
    without: Sequence[str] | str = (),
) -> pl.DataFrame:
    """Neutrophils over time under a regimen, in one patient or in many, by Friberg's model of the marrow.

    Parameters
    ----------
    regimen
        What is given; or a `Scenario`, which knows its regimen, its patient and its drugs.
    patient
        To whom: a `Patient`; or a frame of polars or pandas with one row per patient, as `patients` gives; see
        `concentrations`. The factors on the kinetics of a drug count, and `Patient.marrow`, which in a frame is
        "patient.marrow.circ0" and its like.
    times
        (days from the first day of the first cycle) Finite and >= 0, one-dimensional.
    drugs
        Your own drugs, beside those that ship: one, a list, or a table by name.
    model
        What drugs do to the marrow: a `Neutropenia`; the name of a set of parameters that ships
        (`pharmacology.neutropenia_names()`); or several of these, of different drugs. None (the default) takes for
        every drug the set that is preferred for it. Of several sets the first has baseline, transit and feedback, in
        the order in which they are given, or of the drugs in the regimen; the latter with a warning.
    without
        Drugs of the regimen of which it is not known what they do to neutrophils, and which are taken to do nothing.
        Without it such a drug is an error: what is not known is not nothing. They may be drugs without kinetics.

    Returns
    -------
    polars.DataFrame
        One row per patient and time, in this order. Columns: patient (where a frame was given: its own, or the number
        of the row), time (days), neutrophils (1e9/L); or leukocytes, where the model counts these.

    Raises
    ------
    ModelError
        If a drug is unknown or has no known effect on the marrow, a column is no path of a patient, a patient lacks
        what a dose asks for, a time is negative or not finite, or the table would not fit into memory: all problems at
        once.
    TypeError
        If an argument has a wrong type.
    SimulationError
        If counts change too fast to be followed.

    Notes
    -----
    Cells that divide are Prol, T1 to T3 are in transit, Circ circulate; with k = 4/MTT per hour,

        Prol' = k Prol ((1 - E) (Circ0/Circ)^gamma - 1),  T1' = k (Prol - T1), ...,  Circ' = k (T3 - Circ)

    and E the sum over drugs of slope C, or of emax C/(ec50 + C) [1]_. All start at Circ0. Every slope comes with the
    kinetics with which it was fitted, where its set has them: with others nadirs differ by a quarter and more.

    Counts and times are right to about 1e-6, as seen against other programs.

    References
    ----------
    .. [1] Friberg LE et al. (2002). J Clin Oncol 20:4713. doi:10.1200/JCO.2002.02.140

    See Also
    --------
    toxicity : nadirs and days below 0.5 and 1.0, by cycle.
    concentrations : what drives it.

    Examples
    --------
    >>> import chemoevo as ce
    >>> dose = ce.Dose(drug="docetaxel", amount=100, unit="mg/m2", days=1, duration_hours=1)
    >>> regimen = ce.Regimen(name="T", phases=ce.Phase(cycle_length_days=21, cycles=6, doses=dose))
    >>> table = ce.neutrophils(regimen, patient=ce.Patient(bsa=1.8), times=[0, 8.43, 21])
    >>> table["neutrophils"].round(3).to_list()
    [5.22, 0.22, 6.756]
    """
    problems = Problems()
    days = note_times(problems, times)
    found = Suppressed.of(problems, regimen, patient, drugs, model, without)
    assert days is not None
    import polars as pl

    number = len(found.treated.people.each)
    found.treated.check_rows(len(days), "times make")
    counts = np.empty((number, len(days)))
    for some, marrows in found.marrows():
        counts[some] = marrows.counts(days * HOURS)
    frame = pl.DataFrame({"time": np.tile(days, number), found.model.cells: counts.reshape(-1)})
    return found.treated.with_names(frame, len(days))


def toxicity(
    regimen: Regimen | Plan,
    *,
    patient: Patient | Any = None,
    drugs: OwnDrugs | None = None,
    model: Neutropenia | str | Sequence[Neutropenia | str] | None = None,
    without: Sequence[str] | str = (),
) -> pl.DataFrame:
    """What a regimen does to neutrophils, cycle by cycle: nadir, days below 0.5 and 1.0; and cumulative doses.

    Parameters
    ----------
    regimen, patient, drugs, model, without
        As `neutrophils`.

    Returns
    -------
    polars.DataFrame
        One row per patient and cycle, in this order. Columns: patient (where a frame was given: its own, or the number
        of the row), cycle (from 1, through all phases), nadir (1e9/L, the smallest count in the cycle), day_of_nadir
        (days from the start of the cycle), days_below_0_5 and days_below_1_0 (days with fewer than so many 1e9/L),
        day_back_above_1_5 (days from the start of the cycle until there are at least 1.5e9/L for the rest of it; null
        where there never are fewer, or still are at its end), at_end (1e9/L, at the end of the cycle). For every drug
        that has a limit in a lifetime, cumulative_mg_per_m2[drug] (until the end of the cycle; null where the surface
        is not known) and limit_mg_per_m2[drug]; `cumulative_doses` has all drugs.

    Raises
    ------
    ModelError, TypeError, SimulationError
        As `neutrophils`.

    Notes
    -----
    Nadirs and times are those of the path between the steps, not of looks at it.

    See Also
    --------
    neutrophils : the whole course, and the model.
    cumulative_doses : doses of all drugs against their limits.

    Examples
    --------
    >>> import chemoevo as ce
    >>> dose = ce.Dose(drug="docetaxel", amount=100, unit="mg/m2", days=1, duration_hours=1)
    >>> regimen = ce.Regimen(name="T", phases=ce.Phase(cycle_length_days=21, cycles=6, doses=dose))
    >>> first = ce.toxicity(regimen, patient=ce.Patient(bsa=1.8)).row(0, named=True)
    >>> {name: round(value, 2) for name, value in first.items()}  # doctest: +NORMALIZE_WHITESPACE
    {'cycle': 1, 'nadir': 0.22, 'day_of_nadir': 8.43, 'days_below_0_5': 4.51, 'days_below_1_0': 6.87,
    'day_back_above_1_5': 12.69, 'at_end': 6.76}
    """
    found = Suppressed.of(Problems(), regimen, patient, drugs, model, without)
    import polars as pl

    treated = found.treated
    number, cycles, borders = len(treated.people.each), treated.regimen.cycles, cycle_borders(treated.regimen)
    treated.check_rows(cycles, "regimen makes")
    spells, below = np.empty((number, cycles, 3)), np.empty((number, cycles, 2 * len(LEVELS)))
    for some, marrows in found.marrows():
        spells[some], below[some] = marrows.periods(borders, LEVELS)
    back = below[..., 5] / HOURS
    columns: dict[str, Any] = {
        "cycle": np.tile(np.arange(1, cycles + 1), number),
        "nadir": spells[..., 0].reshape(-1),
        "day_of_nadir": spells[..., 1].reshape(-1) / HOURS,
        "days_below_0_5": below[..., 0].reshape(-1) / HOURS,
        "days_below_1_0": below[..., 2].reshape(-1) / HOURS,
        "day_back_above_1_5": np.where(np.isfinite(back), back, np.nan).reshape(-1),
        "at_end": spells[..., 2].reshape(-1),
    }
    frame = pl.DataFrame(columns).with_columns(pl.col("day_back_above_1_5").fill_nan(None))
    surfaces = pl.Series(
        [one.body_surface_area() if one.knows_bsa() else None for one in treated.people.each], dtype=pl.Float64
    )
    for name, one in treated.drugs.items():
        if one.largest_sum is not None:
            total = pl.Series(given_by_cycle(treated, name)[0].reshape(-1))
            frame = frame.with_columns(
                (total / surfaces.gather(np.repeat(np.arange(number), cycles))).alias(f"cumulative_mg_per_m2[{name}]"),
                pl.lit(one.largest_sum).alias(f"limit_mg_per_m2[{name}]"),
            )
    return treated.with_names(frame, cycles)
