"""The anchor of a kill per cycle: the one cycle, in one patient, of which it is said."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import Field

from chemoevo import _core
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Positive, Specification, Whole
from chemoevo.errors import ModelError
from chemoevo.pharmacology.dose import Dose
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.exposure import course
from chemoevo.pharmacology.library import drug
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.phase import Phase, beyond_cycle, too_long_to_repeat
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.resistance.cells import FirstCell

_TOLERANCE = 1e-6
"""Largest error of the integral of saturation, relative to the time it takes (days)."""


class Anchor(Specification):
    """The cycle that a kill per cycle is said of: what was given, to whom, by a drug of which typical kinetics.

    The largest effect of the drug follows from it, and from nothing else in the scenario. So a larger dose, a slower
    clearance or another schedule kill more or less than the anchor does, as they should.

    Parameters
    ----------
    cycle_length_days
        (days) Length of the cycle, > 0: the effect is summed over it, and what is left in the body after it is not
        counted.
    doses
        Doses of the drug in the cycle; at least one, of no other drug.
    patient
        Who was given it, as far as the doses and the clearance ask for.
    cycle
        Which of a row of equal cycles counts, >= 1; by default the first. From the second on, what the cycles before
        have left in the body acts too.
    drug
        The drug with its typical kinetics, written out, for a drug of your own, or one that ships without kinetics.
        None, for a drug that ships: as it ships, also where the scenario has another of that name.

    Raises
    ------
    ModelError
        If a value is out of range, a day lies beyond the cycle, doses are of several drugs, or the patient lacks what a
        dose asks for. A drug that is missing here, or cannot be given so, is found where the anchor is used.

    Examples
    --------
    >>> import chemoevo as ce
    >>> anchor = ce.Anchor(
    ...     cycle_length_days=21,
    ...     doses=[ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", duration_hours=1)],
    ...     patient=ce.Patient(bsa=1.8),
    ... )
    >>> ce.Potency(drug="docetaxel", log10_kill_per_cycle=0.3, at=anchor, basis="an example").at.cycle
    1

    The first cycle of a regimen, in short:

    >>> ce.Anchor.first_cycle(ce.regimens.docetaxel_carboplatin(), "docetaxel", patient=ce.Patient(bsa=1.8)) == anchor
    True
    """

    form: ClassVar[str] = f"Anchor(cycle_length_days=21, doses=[{Dose.form}], patient={Patient.form})"

    cycle_length_days: Positive = Field(description="the length of the cycle in days")
    doses: Several[Dose] = given(min_length=1, description="the doses of the drug in the cycle, a list of tables")
    patient: Patient = Field(description="to whom it was given, a table")
    cycle: Annotated[Whole, Field(ge=1, le=1000)] = given(default=1)
    drug: Drug | None = None

    @rule
    def _days_in_cycle(self) -> Problem:
        yield from beyond_cycle(self.doses, self.cycle_length_days)
        yield from too_long_to_repeat(self.cycle_length_days, self.cycle)
        if not any(dose.in_cycle(self.cycle) for dose in self.doses):
            yield "doses", f"must give something in the cycle that counts, {self.cycle}", None
        for i, dose in enumerate(self.doses):
            if dose.cycles and dose.cycles[-1] > self.cycle:
                yield f"doses[{i}].cycles", f"must be cycles up to that which counts, {self.cycle}", list(dose.cycles)

    @rule
    def _one_drug(self) -> Problem:
        name = self.doses[0].drug if self.drug is None else self.drug.name
        for i, dose in enumerate(self.doses):
            if dose.drug != name:
                yield f"doses[{i}].drug", f"must be {name!r}: a kill per cycle is that of one drug", dose.drug

    @rule
    def _patient_has_what_doses_ask_for(self) -> Problem:
        lacking: dict[str, None] = {}
        for dose in self.doses:
            try:
                dose.milligrams(self.patient)
            except ModelError as error:
                lacking |= dict.fromkeys(error.problems)
        for problem in lacking:
            path, words = problem.rstrip(".").split(" ", 1)  # it begins with the path of what the patient lacks
            yield path, words, None

    @classmethod
    def first_cycle(cls, regimen: Regimen, drug: Drug | str, *, patient: Patient) -> Self:
        """The first cycle of a regimen that gives a drug; a `Drug` is written out, a name is that of one that ships.

        Raises
        ------
        ModelError
            If no cycle gives it, or as the class itself.
        """
        name = drug if isinstance(drug, str) else drug.name
        for phase in regimen.phases:
            doses = [dose for dose in phase.doses if dose.drug == name]
            if doses:
                first = min(dose.cycles[0] if dose.cycles else 1 for dose in doses)
                doses = [dose.model_copy(update={"cycles": None}) for dose in doses if dose.in_cycle(first)]
                own = None if isinstance(drug, str) else drug
                return cls(cycle_length_days=phase.cycle_length_days, doses=tuple(doses), patient=patient, drug=own)
        raise ModelError(f"drug must be one of the regimen, {', '.join(regimen.drugs)}; got {name!r}.")

    @property
    def given(self) -> Drug:
        """The drug, with its typical kinetics.

        Raises
        ------
        ModelError
            If it does not ship with chemoevo and is not written out.
        """
        return drug(self.doses[0].drug) if self.drug is None else self.drug

    def text(self) -> str:
        """In words: doses, cycle and patient."""
        doses = ", ".join(
            f"{dose.amount:g} {dose.unit} {dose.how_text()} on day {dose.days_text()}"
            + ("" if dose.cycles is None else f" of cycle {dose.cycles_text(self.cycle)}")
            for dose in self.doses
        )
        return f"cycle {self.cycle} of {doses} every {self.cycle_length_days:g} days"

    def saturated_days(self, ec50: float, hill: float, *, cell: FirstCell | None = None) -> float:
        """(days) Integral of the share of the largest effect over the cycle that counts.

        C^n/(EC50^n + C^n) with C unbound in plasma (uM) in the reference line, and as its mechanisms make it in another
        cell without alterations.
        """
        return _saturated_days(self, ec50, hill, FirstCell() if cell is None else cell)


@lru_cache(maxsize=512)
def _saturated_days(anchor: Anchor, ec50: float, hill: float, cell: FirstCell) -> float:
    given, length = anchor.given, anchor.cycle_length_days
    phase = Phase(cycle_length_days=length, cycles=anchor.cycle, doses=anchor.doses)
    regimen = Regimen(name="the anchor", phases=(phase,))
    start = (anchor.cycle - 1) * length
    ends = (start + length, start)
    until, before = (
        saturated_days(given, ec50, hill, regimen=regimen, patient=anchor.patient, until=end, cell=cell) for end in ends
    )
    return until - before


def saturated_days(
    given: Drug,
    ec50: float,
    hill: float,
    *,
    regimen: Regimen,
    patient: Patient,
    until: float | None = None,
    cell: FirstCell | None = None,
) -> float:
    """(days) Integral of C^n/(EC50^n + C^n) from the start of a regimen, C unbound in plasma (uM).

    Parameters
    ----------
    given
        The drug.
    ec50
        (uM) Unbound concentration of half the effect in the reference line.
    hill
        Hill exponent.
    regimen, patient
        What is given, to whom.
    until
        (days) End of the integral, >= 0; None takes the end of the first cycle that gives the drug.
    cell
        A cell without alterations that differs from the reference line; None is one that does not.

    Raises
    ------
    ModelError
        If the regimen does not give the drug, or the patient lacks what a dose asks for.
    """
    end = regimen.first_cycle(given.name)[1] if until is None else until
    if end == 0.0:
        return 0.0
    of_drug = course(regimen, patient, given)
    options = _core.CompileOptions(horizon=end, tolerance=_TOLERANCE, halved=False, max_segments=1_000_000)
    there = FirstCell() if cell is None else cell
    table = _core.compile_rates(there.acting(of_drug, given, _core.Potency(ec50, hill, 1.0)), options)
    lengths = np.diff(table.breakpoints, prepend=0.0)
    return float(lengths @ table.death[: len(lengths), 0])
