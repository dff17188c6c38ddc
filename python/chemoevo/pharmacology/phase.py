"""A number of equal cycles, and what is given in each."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, ClassVar

from pydantic import Field

from chemoevo.base.gathering import NotThere, Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Number, Specification, Whole
from chemoevo.base.units import Unit
from chemoevo.pharmacology.dose import Dose

# Nothing is repeated less often than once a year. A cycle that is not repeated may be as long as one likes: a pause.
_REPEATED = Unit("days", high=400, usual=(1, 90), others={"hours": 1 / 24})


def beyond_cycle(doses: Sequence[Dose], length: float) -> Problem:
    """What is wrong with doses on days beyond a cycle of that length (days)."""
    for i, dose in enumerate(doses):
        with suppress(NotThere):
            if dose.days[-1] - 1 + dose.start_hours / 24 >= length:
                yield f"doses[{i}].days", f"must lie within the cycle of {length:g} days", list(dose.days)


def beyond_phase(doses: Sequence[Dose], cycles: int) -> Problem:
    """What is wrong with doses in cycles beyond a phase of so many."""
    for i, dose in enumerate(doses):
        with suppress(NotThere):
            if dose.cycles and dose.cycles[-1] > cycles:
                rule = f"must be cycles of the phase, which has {cycles}"
                yield f"doses[{i}].cycles", rule, list(dose.cycles), "They are counted from 1 in every phase."


def too_long_to_repeat(length: float, cycles: int) -> Problem:
    """What is wrong with so many cycles of that length (days)."""
    fault = _REPEATED.fault(length)
    if fault is not None and cycles > 1:
        yield "cycle_length_days", f"{fault[0]} where it is repeated", length, fault[1]


class Phase(Specification):
    """A number of equal cycles.

    Parameters
    ----------
    cycle_length_days
        Length of a cycle (days), > 0; at most 400 if it is repeated.
    cycles
        Number of cycles, >= 1.
    doses
        What is given in every cycle, or in those that a dose says; one dose may stand alone, and an empty list is a
        pause. Days beyond the cycle, and cycles beyond the phase, are refused.

    Raises
    ------
    ModelError
        If a value is out of range, a day lies beyond the cycle or a cycle beyond the phase, or a pause has more than
        one cycle.
    """

    form: ClassVar[str] = f"Phase(cycle_length_days=21, cycles=6, doses=[{Dose.form}])"

    cycle_length_days: Annotated[Number, Field(gt=0)] = Field(description="the length of a cycle in days")
    cycles: Annotated[Whole, Field(ge=1)] = given(description="the number of cycles")
    doses: Several[Dose] = given(description="what is given in every cycle; an empty list is a pause")

    @rule
    def _length_can_be_meant(self) -> Problem:
        yield from too_long_to_repeat(self.cycle_length_days, self.cycles)

    @rule
    def _one_pause(self) -> Problem:
        if not self.doses and self.cycles > 1:
            yield "cycles", "must be 1 where nothing is given: a pause is as long as its cycle", self.cycles

    @rule
    def _days_in_cycle(self) -> Problem:
        yield from beyond_cycle(self.doses, self.cycle_length_days)

    @rule
    def _cycles_in_phase(self) -> Problem:
        yield from beyond_phase(self.doses, self.cycles)

    @property
    def given(self) -> int:
        """How many doses there are in all its cycles."""
        return sum(dose.cycles_until(self.cycles) * len(dose.days) for dose in self.doses)

    def part(self, after: int, cycles: int) -> Phase:
        """So many of its cycles, those after the first `after`; a pause where they give nothing."""
        if (after, cycles) == (0, self.cycles):
            return self
        doses = []
        for dose in self.doses:
            if dose.cycles is None:
                doses.append(dose)
            elif kept := tuple(one - after for one in dose.cycles if after < one <= after + cycles):
                doses.append(dose.model_copy(update={"cycles": None if len(kept) == cycles else kept}))
        if not doses:
            return Phase(cycle_length_days=self.cycle_length_days * cycles, cycles=1, doses=())
        return self.model_copy(update={"cycles": cycles, "doses": tuple(doses)})
