"""The administrations of a regimen one by one, and the regimen of those that are given."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chemoevo.pharmacology.courses import HOURS
from chemoevo.pharmacology.draws import Array
from chemoevo.pharmacology.phase import Phase

if TYPE_CHECKING:
    from chemoevo.pharmacology.dose import Dose
    from chemoevo.pharmacology.regimen_doses import RegimenDoses


class PlannedDose(NamedTuple):
    """One administration: cycle (from 0), day, start (h), its dose, and where that is: phase, dose of it."""

    cycle: int
    day: int
    time: float
    dose: Dose
    place: tuple[int, int]


def planned_doses(regimen: RegimenDoses) -> list[PlannedDose]:
    """All administrations, in order of cycle, day and time."""
    places = [(p, i) for p, phase in enumerate(regimen.phases) for i in range(len(phase.doses))]
    regimen.check_number()
    found = []
    for row in regimen.written_out(regimen.numbers()):
        p, i = places[int(row.amount)]
        found.append(PlannedDose(row.cycle - 1, row.day, row.time, regimen.phases[p].doses[i], (p, i)))
    return sorted(found, key=lambda one: (one.cycle, one.day, one.time))


def phases_given(regimen: RegimenDoses, planned: Sequence[PlannedDose], late: Array, factors: Array) -> Sequence[Phase]:
    """The phases of what one patient is given.

    Parameters
    ----------
    planned
        All administrations of the regimen.
    late
        (h) By which every cycle is late; infinite where it is never given.
    factors
        On the amounts of all administrations; 0 is not given.
    """
    if (factors == 1).all() and (late == 0).all():
        return regimen.phases
    writer, cycle, at = _Writer(), 0, 0
    for p, phase in enumerate(regimen.phases):
        if not phase.doses:
            writer.pause(phase.cycle_length_days)
            continue
        for _ in range(phase.cycles):
            if not np.isfinite(late[cycle]):
                return writer.phases
            writer.delay(float(late[cycle]) / HOURS)
            until = bisect.bisect_right(planned, cycle, key=lambda one: one.cycle)
            days = _days(planned[at:until], factors[at:until], p)
            doses = [
                _scaled(dose, factor, there)
                for i, dose in enumerate(phase.doses)
                for factor, there in days.get(i, {}).items()
            ]
            writer.cycle(phase.cycle_length_days, doses)
            cycle, at = cycle + 1, until
    return writer.phases


def _days(some: Sequence[PlannedDose], factors: Array, p: int) -> dict[int, dict[float, list[int]]]:
    """By dose of a phase and by factor, the days on which it is given."""
    found: dict[int, dict[float, list[int]]] = {}
    for one, factor in zip(some, factors.tolist(), strict=True):
        assert one.place[0] == p
        if factor > 0:
            found.setdefault(one.place[1], {}).setdefault(factor, []).append(one.day)
    return found


def _scaled(dose: Dose, factor: float, days: Sequence[int]) -> Dose:
    """A factor times a dose, of which the cap goes down as well, on some of its days."""
    change: dict[str, Any] = {"days": tuple(days), "cycles": None}
    if factor != 1:
        cap = None if dose.cap is None else _rounded(dose.cap * factor)
        change |= {"amount": _rounded(dose.amount * factor), "cap": cap}
    return dose.model_copy(update=change)


class _Writer:
    """Writes phases, one cycle after the other; equal ones that follow one another are one phase."""

    def __init__(self) -> None:
        self.phases: list[Phase] = []
        self.late = 0.0

    def pause(self, days: float) -> None:
        if days <= 0:
            return
        if self.phases and not self.phases[-1].doses:
            days += self.phases.pop().cycle_length_days
        self.phases.append(Phase(cycle_length_days=days, cycles=1, doses=()))

    def delay(self, late: float) -> None:
        """Everything from here on is so many days late."""
        self.pause(_rounded(late - self.late))
        self.late = late

    def cycle(self, days: float, doses: list[Dose]) -> None:
        if not doses:
            self.pause(days)
            return
        last = self.phases[-1] if self.phases else None
        if last is not None and last.doses == tuple(doses) and last.cycle_length_days == days:
            self.phases[-1] = last.model_copy(update={"cycles": last.cycles + 1})
        else:
            self.phases.append(Phase(cycle_length_days=days, cycles=1, doses=doses))


def _rounded(value: float) -> float:
    """A number without the digits that a product of two adds: 0.8 times 75 is 60."""
    return float(f"{value:.12g}")
