"""Plasma concentration of a drug over time, in closed form."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from chemoevo import _core
from chemoevo.base.forks import check_fork
from chemoevo.base.specification import note_part
from chemoevo.errors import ModelError, Problems, collect
from chemoevo.pharmacology.bodies import body
from chemoevo.pharmacology.courses import HOURS, note_times
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.library import drug
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.pharmacology.regimen_doses import Administration
from chemoevo.pharmacology.representable import note_drug
from chemoevo.pharmacology.routes import absorbed

if TYPE_CHECKING:
    import polars as pl


def course(
    regimen: Regimen,
    patient: Patient,
    given: Drug | str,
    *,
    start: _core.State | None = None,
    follows: Sequence[tuple[float, int]] = (),
) -> _core.Course:
    """The course of one drug as the core computes it: `concentration` and `area` at times in hours, in mg/L.

    Compartment 0 is plasma, then come metabolites, then what follows plasma, if anything. `course(...).state(hours)` is
    all that the body holds then: with it as `start` another regimen goes on from there.

    Parameters
    ----------
    regimen
        What is given; the first day of its first cycle is hour 0.
    patient
        To whom.
    given
        A drug of the regimen, or the name of one that ships.
    start
        What the body holds at the beginning, as `steady` or the `state` of a course gives it. Doses before the time of
        the state have been given, and are left out.
    follows
        Places that follow a compartment with a lag, as (rate in 1/h, compartment): each is a further compartment.

    Raises
    ------
    ModelError
        If the patient lacks what a dose asks for, the regimen does not give the drug, it has no kinetics or cannot be
        given as the regimen says, or the state is one of other kinetics.

    Examples
    --------
    >>> import numpy as np
    >>> from chemoevo import pharmacology
    >>> regimen, patient = pharmacology.regimens.docetaxel_carboplatin(), pharmacology.Patient(bsa=1.8, gfr=115)
    >>> carboplatin = pharmacology.drug("carboplatin")
    >>> whole = pharmacology.course(regimen, patient, carboplatin)
    >>> rest = pharmacology.course(regimen, patient, carboplatin, start=whole.state(30.0))
    >>> np.array([100.0, 600.0]), bool(np.allclose(*(one.area(np.array([100.0, 600.0])) for one in (whole, rest))))
    (array([100., 600.]), True)
    """
    given = _check_given(regimen, patient, given, start)
    since = -math.inf if start is None else start.time
    doses = [row for row in regimen.administrations(patient, of=given.name) if row.time > since]
    return _core.Course(body(given, patient, follows), *_columns(given, doses), start=start)


def steady(regimen: Regimen, patient: Patient, given: Drug | str) -> _core.State:
    """What the body holds of a drug just before a cycle, when the same cycle was repeated for ever before.

    Parameters
    ----------
    regimen
        One phase, whose cycle is repeated; how many cycles it has does not matter.
    patient, given
        As in `course`.

    Returns
    -------
    State
        At hour 0, for the `start` of `course`.

    Raises
    ------
    ModelError
        As `course`; or if the regimen has several phases, or the drug saturates: doses then do not superpose.

    Examples
    --------
    Venetoclax, 400 mg every day: what is there just before a dose.

    >>> import numpy as np
    >>> from chemoevo import pharmacology
    >>> from chemoevo.pharmacology import Dose, Patient, Phase, Regimen
    >>> daily = Phase(cycle_length_days=1, cycles=7, doses=Dose(drug="venetoclax", amount=400, unit="mg"))
    >>> regimen, drug = Regimen(name="venetoclax", phases=daily), pharmacology.drug("venetoclax")
    >>> state = pharmacology.steady(regimen, Patient(), drug)
    >>> pharmacology.course(regimen, Patient(), drug, start=state).concentration(np.array([0.0, 24.0])).round(3)
    array([0.739, 0.739])
    """
    given = _check_given(regimen, patient, given)
    if len(regimen.phases) != 1:
        raise ModelError(f"regimen.phases must be one, whose cycle is repeated; got {len(regimen.phases)}.")
    once = regimen.model_copy(update={"phases": (regimen.phases[0].model_copy(update={"cycles": 1}),)})
    doses = once.administrations(patient, of=given.name)
    return body(given, patient).steady(*_columns(given, doses), interval=once.duration_days * HOURS)


def _check_given(regimen: Regimen, patient: Patient, given: Drug | str, start: object = None) -> Drug:
    """The drug, once everything is of its kind and can be given so."""
    problems = Problems()
    note_part(problems, "regimen", regimen, Regimen)
    note_part(problems, "patient", patient, Patient)
    if not isinstance(given, Drug | str):
        problems.type("given", "must be a Drug or the name of one", given)
    if start is not None and not isinstance(start, _core.State):
        problems.type("start", "must be a state, as steady or the state of a course gives it, or None", start)
    problems.raise_if_any()
    found = drug(given) if isinstance(given, str) else given
    if found.name not in regimen.drugs:
        raise ModelError(
            f"{found.name!r} is not a drug of the regimen {regimen.name!r}; its drugs: {', '.join(regimen.drugs)}."
        )
    note_drug(problems, regimen, found)
    problems.raise_if_any()
    return found


def _columns(given: Drug, doses: Sequence[Administration]) -> tuple[list[float], list[float], list[float], list[bool]]:
    """Times, amounts, durations, and whether each is absorbed."""
    absorbs = [absorbed(row.route or given.routes[0]) for row in doses]
    return [row.time for row in doses], [row.amount for row in doses], [row.duration for row in doses], absorbs


def concentration(regimen: Regimen, patient: Patient, drug_or_name: Drug | str, times: ArrayLike) -> pl.DataFrame:
    """Plasma concentration of one drug of a regimen.

    Parameters
    ----------
    regimen
        What is given.
    patient
        To whom.
    drug_or_name
        A drug, or the name of one that ships with chemoevo.
    times
        Days from the first day of the first cycle, finite and >= 0, one-dimensional. A dose acts from its time on.

    Returns
    -------
    polars.DataFrame
        `time` (days), `total_mg_per_l` (mg/L), `total_um` (uM), `unbound_um` (uM; null where the unbound share is not
        known), `area_mg_h_per_l` (mg h/L, area under the total concentration from 0 to `time`).

    Raises
    ------
    ModelError
        If the drug is unknown or not part of the regimen, the patient lacks what a dose asks for, or a time is negative
        or not finite.
    TypeError
        If an argument is of another type.

    Notes
    -----
    Of linear drugs every dose adds its own sum of exponentials; of those that saturate doses do not superpose. The
    result depends on the doses only.

    Examples
    --------
    >>> from chemoevo import pharmacology
    >>> from chemoevo.pharmacology import regimens
    >>> patient = pharmacology.Patient(bsa=1.8, gfr=115)
    >>> shown = pharmacology.concentration(regimens.docetaxel_carboplatin(), patient, "carboplatin", [2 / 24, 20])
    >>> shown["total_mg_per_l"].round(1).to_list()
    [39.7, 0.0]
    """
    check_fork()
    import polars as pl

    problems = Problems()
    note_part(problems, "regimen", regimen, Regimen)
    note_part(problems, "patient", patient, Patient)
    given = drug_or_name
    if isinstance(drug_or_name, str):
        given = collect(problems, lambda: drug(drug_or_name)) or drug_or_name
    elif not isinstance(drug_or_name, Drug):
        problems.type("drug_or_name", "must be a Drug or the name of one", drug_or_name)
    days = note_times(problems, times)
    problems.raise_if_any()
    assert isinstance(given, Drug)
    assert days is not None
    found = course(regimen, patient, given)
    hours = days * HOURS
    total = found.concentration(hours)
    micromolar = total * given.micromolar_per_mg_per_l
    unbound = pl.lit(None, pl.Float64) if given.fraction_unbound is None else micromolar * given.unbound_share
    return (
        pl.DataFrame(
            {
                "time": days,
                "total_mg_per_l": total,
                "total_um": micromolar,
                "area_mg_h_per_l": found.area(hours),
            }
        )
        .with_columns(unbound_um=unbound)
        .select("time", "total_mg_per_l", "total_um", "unbound_um", "area_mg_h_per_l")
    )
