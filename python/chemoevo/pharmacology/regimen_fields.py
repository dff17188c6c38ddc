"""What a regimen is made of, and other regimens of it: in sequence, at other levels, later, without some drugs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, Self

from pydantic import Field

from chemoevo.base.arguments import real, whole
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given, is_number
from chemoevo.base.specification import Name, Specification, Text, note_part
from chemoevo.errors import ModelError, Problems, did_you_mean
from chemoevo.pharmacology.phase import Phase


class RegimenFields(Specification):
    """The parts of a `Regimen`, which its documentation describes."""

    form: ClassVar[str] = f'Regimen(name="docetaxel", phases=[{Phase.form}])'

    name: Name = Field(description="the name of the regimen")
    phases: Several[Phase] = given(min_length=1, description="the phases of the regimen, one after the other")
    cite: Text | None = None

    @rule
    def _gives_something(self) -> Problem:
        if not any(phase.doses for phase in self.phases):
            yield "phases", "must give at least one dose", None

    @property
    def drugs(self) -> tuple[str, ...]:
        """The drugs, in order of appearance."""
        return tuple(dict.fromkeys(dose.drug for phase in self.phases for dose in phase.doses))

    @property
    def cycles(self) -> int:
        """Number of cycles, through all phases; pauses are none."""
        return sum(phase.cycles for phase in self.phases if phase.doses)

    @property
    def duration_days(self) -> float:
        """Days from the start of the first cycle to the end of the last."""
        return sum(phase.cycle_length_days * phase.cycles for phase in self.phases)

    def within(self, days: float) -> Self:
        """The regimen without cycles that start at or after a day; every dose keeps at least its first cycle.

        The doses before that day are the same, at the same times.

        Raises
        ------
        ModelError
            If it is not > 0.
        TypeError
            If it is no number.
        """
        if not is_number(days):
            raise TypeError(f"days must be a number of days; got {days!r:.200}.")
        if not days > 0:
            raise ModelError(f"days must be a number of days, > 0; got {days!r}.")
        start, phases = 0.0, []
        for phase in self.phases:
            # One more than a division says, whose rounding must lose no dose.
            needed = max((days - start) / phase.cycle_length_days, 0.0) + 2
            first = max((dose.cycles[0] for dose in phase.doses if dose.cycles), default=1)
            cycles = max(int(needed), first) if needed < phase.cycles else phase.cycles
            phases.append(phase.part(0, cycles))
            start += phase.cycle_length_days * phase.cycles
        if all(new is old for new, old in zip(phases, self.phases, strict=True)):
            return self
        return self.model_copy(update={"phases": tuple(phases)})

    def without(self, drugs: Collection[str] | str) -> Self:
        """The regimen without some drugs, or one; a phase that gives nothing else is a pause, of the same days.

        Raises
        ------
        ModelError
            If one is no drug of the regimen, or nothing is left.
        TypeError
            If they are no names.
        """
        problems = Problems()
        drugs = (drugs,) if isinstance(drugs, str) else drugs
        if not isinstance(drugs, Collection) or not all(isinstance(one, str) for one in drugs):
            problems.type("drugs", "must be names of drugs, such as ['leucovorin']", drugs)
        else:
            for name in drugs:
                if name not in self.drugs:
                    hint = did_you_mean(name, self.drugs)
                    problems.value("drugs", "must be drugs of the regimen", name, hint=hint)
        problems.raise_if_any()
        if not drugs:
            return self
        phases = []
        for phase in self.phases:
            doses = tuple(dose for dose in phase.doses if dose.drug not in drugs)
            change: dict[str, Any] = {"doses": doses}
            if not doses:
                change |= {"cycles": 1, "cycle_length_days": phase.cycle_length_days * phase.cycles}
            phases.append(phase.model_copy(update=change))
        return type(self)(name=self.name, phases=phases, cite=self.cite)

    def first_cycle(self, drug: str) -> tuple[float, float]:
        """Start and end (days) of the first cycle that gives a drug.

        Raises
        ------
        ModelError
            If no cycle does.
        TypeError
            If it is no text.
        """
        if not isinstance(drug, str):
            raise TypeError(f"drug must be the name of a drug; got {drug!r:.200}.")
        start = 0.0
        for phase in self.phases:
            firsts = [dose.cycles[0] if dose.cycles else 1 for dose in phase.doses if dose.drug == drug]
            if firsts:
                begin = start + (min(firsts) - 1) * phase.cycle_length_days
                return begin, begin + phase.cycle_length_days
            start += phase.cycle_length_days * phase.cycles
        raise ModelError(f"{drug!r} is not a drug of the regimen {self.name!r}; its drugs: {', '.join(self.drugs)}.")

    def then(self, other: Self, *, after: float = 0.0) -> Self:
        """The regimen, and when it has ended another one.

        Parameters
        ----------
        other
            What follows.
        after
            (days) Pause between the two, >= 0.

        Raises
        ------
        ModelError
            If `after` is negative.
        TypeError
            If it is no Regimen.

        Examples
        --------
        >>> import chemoevo as ce
        >>> first = ce.Regimen.parse("doxorubicin 60 mg/m2 over 15 min q21d x4", name="A")
        >>> first.then(ce.Regimen.parse("paclitaxel 80 mg/m2 over 1 h q7d x12", name="weekly T"))
        Regimen('A, then weekly T': doxorubicin, paclitaxel; 16 cycles, 168 days)
        """
        problems = Problems()
        note_part(problems, "other", other, type(self))
        days = real(problems, "after", after, "must be a number of days, finite and >= 0", 0.0)
        problems.raise_if_any()
        pause = (Phase(cycle_length_days=days, cycles=1, doses=()),) if days > 0 else ()
        cites = [one.cite for one in (self, other) if one.cite is not None]
        together = "; ".join(dict.fromkeys(cites)) or None
        phases = (*self.phases, *pause, *other.phases)
        return type(self)(name=f"{self.name}, then {other.name}", phases=phases, cite=together)

    def scaled(self, factor: float, *, drug: str | None = None) -> Self:
        """The regimen at another dose level.

        Parameters
        ----------
        factor
            On the amounts, > 0; caps stay.
        drug
            Of this drug alone; None is all.

        Raises
        ------
        ModelError
            If the factor is not > 0, an amount becomes larger than any that was given, or the drug is none of the
            regimen.

        Examples
        --------
        >>> import chemoevo as ce
        >>> ce.regimens.docetaxel_carboplatin().scaled(0.8, drug="docetaxel").text
        'docetaxel 60 mg/m2 over 1 h + carboplatin 6 AUC over 1 h at 1 h q21d x6'
        """
        problems = Problems()
        by = real(problems, "factor", factor, "must be a number, finite and > 0", 0.0, above=True)
        if drug is not None and drug not in self.drugs:
            problems.value("drug", "must be a drug of the regimen", drug, hint=did_you_mean(str(drug), self.drugs))
        problems.raise_if_any()
        changes = {
            f"phases[{p}].doses[{i}].amount": dose.amount * by
            for p, phase in enumerate(self.phases)
            for i, dose in enumerate(phase.doses)
            if drug is None or dose.drug == drug
        }
        return self.replace(changes)

    def delayed(self, days: float, *, cycle: int) -> Self:
        """The regimen with a cycle, and all after it, that many days later.

        Parameters
        ----------
        days
            > 0.
        cycle
            From 1, counted through all phases; pauses are not cycles.

        Raises
        ------
        ModelError
            If the days are not > 0, or there is no such cycle.

        Examples
        --------
        >>> import chemoevo as ce
        >>> ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q21d x6").delayed(7, cycle=3).text
        'docetaxel 75 mg/m2 over 1 h q21d x2 then pause 7d then docetaxel 75 mg/m2 over 1 h q21d x4'
        """
        problems = Problems()
        later = real(problems, "days", days, "must be a number of days, finite and > 0", 0.0, above=True)
        which = whole(problems, "cycle", cycle, 1, self.cycles)
        problems.raise_if_any()
        phases: list[Phase] = []
        left = which - 1
        pause = Phase(cycle_length_days=later, cycles=1, doses=())
        for phase in self.phases:
            if not phase.doses or left < 0 or left >= phase.cycles:
                phases.append(phase)
                left -= phase.cycles if phase.doses else 0
                continue
            before = [phase.part(0, left)] if left else []
            phases += [*before, pause, phase.part(left, phase.cycles - left)]
            left = -1
        return type(self)(name=self.name, phases=phases, cite=self.cite)
