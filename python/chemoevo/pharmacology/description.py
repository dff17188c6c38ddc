"""A regimen for one patient in words: doses, exposures and nadirs, and what of them is not known."""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.base.paths import leaves
from chemoevo.base.tables import joined, text_table, wrapped
from chemoevo.errors import ModelError, Problems
from chemoevo.pharmacology.compartments import compartments
from chemoevo.pharmacology.courses import HOURS, Courses, cycles_of
from chemoevo.pharmacology.library import known_drug
from chemoevo.pharmacology.marrow import LEVELS, Suppressed
from chemoevo.pharmacology.neutropenia import preferred
from chemoevo.pharmacology.remarks import remarks
from chemoevo.pharmacology.representable import note_drug

if TYPE_CHECKING:
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen_doses import RegimenDoses

_CYCLES = 6
"""Cycles of which all nadirs are said."""


def regimen_text(regimen: RegimenDoses, patient: Patient, own: Mapping[str, Drug]) -> str:
    """Doses for a patient, exposures in the first cycle of every drug, and nadirs.

    Nothing need be known of a drug: what is not known is said, and taken for nothing nowhere unsaid.

    Raises
    ------
    ModelError
        If the patient lacks what a dose asks for: every missing field at once.
    """
    regimen.check_number()
    regimen.amounts(patient)
    why_not = {name: words for name in regimen.drugs if (words := _why_not(regimen, name, own)) is not None}
    said = [regimen.cite] if regimen.cite else []
    if about := patient_text(patient, regimen.drugs):
        said.append(f"patient: {about}")
    lines = [wrapped(f"Regimen: {regimen.name}"), *(wrapped(line, indent="  ") for line in said)]
    lines += [doses_text(regimen, patient), "", "Exposure in the first cycle (total plasma concentration)"]
    computed = [name for name in regimen.drugs if name not in why_not]
    if computed:
        acting = regimen.without(list(why_not))
        given = [one for name in computed if (one := known_drug(name, own)) is not None]
        lines.append(exposure_text(acting, patient, given))
        lines += [wrapped(f"NOTE: {words}", indent="  ") for words in remarks(acting, given, [patient])]
    lines += [wrapped(f"{name} is not computed: {words}", indent="  ") for name, words in why_not.items()]
    return "\n".join([*lines, "", neutrophils_text(regimen, patient, own)])


def _why_not(regimen: RegimenDoses, name: str, own: Mapping[str, Drug]) -> str | None:
    """Why the concentrations of a drug cannot be computed; None where they can be."""
    one = known_drug(name, own)
    if one is None:
        return "nothing is known of it."
    if one.kinetics is None:
        return f"no kinetics ({str(one.without_kinetics).rstrip('.')})."
    problems = Problems()
    note_drug(problems, regimen, one)
    try:
        problems.raise_if_any()
    except ModelError as error:
        return " ".join(error.problems)
    return None


def patient_text(patient: Patient, drugs: Collection[str]) -> str:
    """What is known of a patient and matters for doses and kinetics of these drugs."""
    known = []
    if patient.knows_bsa():
        known.append(f"body surface {patient.body_surface_area():.3g} m2")
    if patient.weight is not None:
        known.append(f"weight {patient.weight:.3g} kg")
    if patient.knows_gfr():
        known.append(f"glomerular filtration {patient.glomerular_filtration_rate():.4g} mL/min")
    differs: dict[str, Any] = {name: one for name, one in patient.factors.items() if name in drugs}
    differs |= {} if patient.marrow is None else {"marrow": patient.marrow}
    for name, factors in differs.items():
        given = [(path.replace("_", " "), value) for path, value in leaves(factors)]
        words = " and ".join(f"{path} x {value:.3g}" for path, value in given if value != 1.0)
        known.append(f"{name} {words or 'as typical'}")
    return ", ".join(known)


def doses_text(regimen: RegimenDoses, patient: Patient, inert: Collection[str] = ()) -> str:
    """A table of all doses, as written and for this patient."""
    rows = []
    for phase in regimen.phases:
        if not phase.doses:
            rows.append(("pause", "", f"{phase.cycle_length_days:g} days", ""))
        for dose in phase.doses:
            hour = f" (from hour {dose.start_hours:g})" if dose.start_hours else ""
            number = f"{phase.cycles} cycle{'s' if phase.cycles > 1 else ''}"
            cycles = number if dose.cycles is None else f"cycle {dose.cycles_text(phase.cycles)}"
            schedule = f"day {dose.days_text()} of {phase.cycle_length_days:g}{hour}, {cycles}"
            amount = f"{dose.amount:g} {'AUC (mg min/mL)' if dose.unit == 'AUC' else dose.unit}"
            given = f"{dose.quantity(patient):.4g} {'mg' if dose.by_mass else 'IU'} {dose.how_text()}"
            given = f"{given}, inert" if dose.drug in inert else given
            rows.append((dose.drug, amount, given, schedule))
    return text_table(("drug", "dose", "for this patient", "schedule"), rows)


def exposure_text(regimen: RegimenDoses, patient: Patient, drugs: Sequence[Drug]) -> str:
    """A table of peak and area in plasma in the first cycle of every drug, and of what acts in its place."""
    rows = []
    for given in drugs:
        course = Courses.of(regimen, [patient], regimen.all_amounts(patient), given)
        cycle = cycles_of(regimen, [given.name])[0][0]
        place = given.acting_compartment
        name = given.name if place == 0 else f"{given.acting.name}, of {given.name}"
        peak, area = course.by_cycle([(place, math.inf)])[0, 0, cycle, :2]
        # Where the unbound share is not known there is no unbound concentration.
        there = next(one for one in compartments(given) if one.place == place)
        unbound = there.micromolar * there.unbound if there.unbound is not None else None
        more = f" ({peak * unbound:.3g} uM unbound)" if unbound is not None else ""
        rows.append((name, f"{peak:.3g} mg/L{more}", f"{area:.3g} mg h/L ({area * 0.06:.3g} mg min/mL)"))
    return text_table(("drug", "Cmax", "AUC"), rows)


def neutrophils_text(
    regimen: RegimenDoses, patient: Patient, own: Mapping[str, Drug], *, until: float = math.inf
) -> str:
    """Nadirs by cycle, of those drugs of which it is known what they do to neutrophils; or why there are none.

    Parameters
    ----------
    until
        (days) Cycles that start then or later are not given.
    """
    drugs = [name for name in regimen.drugs if regimen.first_cycle(name)[0] < until]
    computed = [name for name in drugs if _why_not(regimen, name, own) is None]
    known = [name for name in computed if (one := preferred(name)) is not None and one.cells == "neutrophils"]
    unknown = [name for name in drugs if name not in known]
    if not drugs:
        return "Neutrophils: nothing is given before the horizon."
    if not known:
        words = f"Neutrophils: not computed; it is not known what {joined(unknown)} does to them."
        return wrapped(words if len(unknown) == 1 else words.replace(" does to", " do to"))
    of = regimen.without([name for name in regimen.drugs if name not in known])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = Suppressed.of(Problems(), of, patient, list(own.values()), None, ())
    # From one cycle that gives what is known to the next: a dose acts longer than a cycle without one.
    given = cycles_of(regimen, known)
    borders = np.array([*(start for _, start in given), regimen.duration_days * HOURS])
    ((_, marrows),) = found.marrows()
    spells, below = (part[0] for part in marrows.periods(borders, LEVELS))
    rows = []
    for k, name in _shown([cycle for cycle, start in given if start < until * HOURS], spells[:, 0]):
        nadir, after, _ = spells[k]
        back = below[k, 5] / HOURS
        when = "" if math.isnan(back) else "not in it" if math.isinf(back) else f"{back:.1f}"
        days = [f"{below[k, 2 * level] / HOURS:.1f}" for level in (0, 1)]
        rows.append((name, f"{nadir:.2g}", f"{after / HOURS:.1f}", *days, when))
    sets = ", ".join(dict.fromkeys(preferred(name).name for name in known))  # type: ignore[union-attr]
    lines = [wrapped(f"Neutrophils (1e9/L) by {sets}")]
    lines.append(text_table(("cycle", "nadir", "on day", "days below 0.5", "below 1.0", "back above 1.5 on day"), rows))
    if unknown:
        verb = "does" if len(unknown) == 1 else "do"
        lines.append(
            wrapped(f"What {joined(unknown)} {verb} to them is not known: true nadirs are lower.", indent="  ")
        )
    notes = dict.fromkeys(str(one.message) for one in told if "model=" in str(one.message))
    return "\n".join([*lines, *(wrapped(f"NOTE: {note}", indent="  ") for note in notes)])


def _shown(cycles: Sequence[int], nadirs: Any) -> list[tuple[int, str]]:
    """Which of some cycles are shown, and as what: all, or the first, the one with the lowest nadir, and the last."""
    if len(cycles) <= _CYCLES:
        return [(k, str(cycle + 1)) for k, cycle in enumerate(cycles)]
    found = {0: "first", len(cycles) - 1: "last", int(np.argmin(nadirs[: len(cycles)])): "lowest"}
    return [(k, f"{cycles[k] + 1} ({name})") for k, name in sorted(found.items())]
