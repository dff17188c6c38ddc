"""The course of one drug in many patients, by the kinetics of the core.

All patients have the doses of one regimen, at the same times; amounts and kinetics differ. Hours, mg, L and mg/L.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from chemoevo import _core
from chemoevo.base.arguments import real_array
from chemoevo.errors import Problems, Words
from chemoevo.pharmacology.bodies import body
from chemoevo.pharmacology.draws import Array
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen_doses import RegimenDoses
from chemoevo.pharmacology.routes import absorbed

HOURS = 24.0
"""In a day."""
NO_DOSES: tuple[Array, Array, Array, list[bool]] = (np.empty(0), np.empty(0), np.empty(0), [])
"""Of a drug that is not given, as `Courses.doses` has them."""
LATEST = 1e300
"""(days) Times are not later."""


def note_times(problems: Problems, times: object) -> Array | None:
    """Times (days) that can be asked for, one-dimensional; None with the problem noted."""
    days = real_array(problems, "times", times)
    if days is not None and days.ndim != 1:
        problems.value("times", "must be one-dimensional", Words(f"shape {days.shape}"))
    elif days is not None and not ((days >= 0) & (days <= LATEST)).all():
        problems.value("times", "must be finite and >= 0")
    return days


@dataclass(frozen=True, eq=False)
class Courses:
    """One drug in several patients.

    Attributes
    ----------
    bodies
        What they do to it.
    doses
        Times (h), amounts (mg; patients by doses, one row after the other), durations (h), and whether each is
        absorbed.
    borders
        (h) Starts of all cycles, and the end of the last.
    """

    bodies: _core.Cohort
    doses: tuple[Array, Array, Array, list[bool]]
    borders: Array

    @classmethod
    def of(cls, regimen: RegimenDoses, patients: Sequence[Patient], amounts: Array, given: Drug) -> Courses:
        """The courses of a drug of the regimen.

        Parameters
        ----------
        amounts
            (mg) Of all doses of the phases, one row per patient.
        """
        rows = administrations_of(regimen, given)
        times, durations = np.array([row[0] for row in rows]), np.array([row[2] for row in rows])
        given_to = np.ascontiguousarray(amounts[:, [row[1] for row in rows]]).reshape(-1)
        return cls(
            bodies_of(patients, given), (times, given_to, durations, [row[3] for row in rows]), cycle_borders(regimen)
        )

    def concentration(self, hours: Array, compartment: int = 0) -> Array:
        """(mg/L) At times from 0 on, also after the last cycle; shape (patients, times)."""
        return self.bodies.concentration(self.doses, hours, compartment=compartment)

    def by_cycle(self, levels: Sequence[tuple[int, float]]) -> Array:
        """Highest (mg/L), area (mg h/L), last (mg/L) and time above a level (h): (patients, compartments, cycles, 4).

        Parameters
        ----------
        levels
            Compartments, each with its level (mg/L).
        """
        return self.bodies.periods(self.doses, self.borders, list(levels))


def bodies_of(patients: Sequence[Patient], given: Drug) -> _core.Cohort:
    """What patients do to a drug."""
    return _core.Cohort([body(given, one) for one in patients])


def cycle_borders(regimen: RegimenDoses) -> Array:
    """(h) Starts of all cycles, and the end of the last; a pause belongs to the cycle before it, and to the first."""
    starts, start = [], 0.0
    for phase in regimen.phases:
        for _ in range(phase.cycles):
            if phase.doses:
                starts.append(start)
            start += phase.cycle_length_days
    starts = [0.0, *starts[1:], start]
    # Rounded as the doses of day 1 are: none of them is just before its cycle.
    return (np.array(starts) + 1.0 - 1.0) * HOURS


def cycles_of(regimen: RegimenDoses, drugs: Collection[str]) -> list[tuple[int, float]]:
    """Position (from 0) and start (h) of every cycle that gives one of some drugs; a pause belongs to none."""
    found, start, cycle = [], 0.0, 0
    for phase in regimen.phases:
        if not phase.doses:
            start += phase.cycle_length_days * phase.cycles
            continue
        for number in range(1, phase.cycles + 1):
            if any(dose.drug in drugs and dose.in_cycle(number) for dose in phase.doses):
                found.append((cycle, (start + 1.0 - 1.0) * HOURS))
            start += phase.cycle_length_days
            cycle += 1
    return found


def administrations_of(regimen: RegimenDoses, given: Drug) -> list[tuple[float, int, float, bool]]:
    """Doses of a drug: start (h), which of all doses of the phases it is, duration (h), whether it is absorbed."""
    rows = [row for row in regimen.written_out(regimen.numbers()) if row.drug == given.name]
    return [(row.time, int(row.amount), row.duration, absorbed(row.route or given.routes[0])) for row in rows]
