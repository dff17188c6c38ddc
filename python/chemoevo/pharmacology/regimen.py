"""Phases and regimens as protocols write them, and their expansion to dose events."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from chemoevo.base.forks import check_fork
from chemoevo.base.gathering import NotThere, Problem, rule
from chemoevo.base.plotting import Plotted
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Number, Specification, Text, Whole
from chemoevo.base.tables import preformatted, text_table, wrapped
from chemoevo.base.units import Unit
from chemoevo.errors import ModelError
from chemoevo.pharmacology.dose import Dose
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.routes import Route

if TYPE_CHECKING:
    import polars as pl

MAX_DOSES = 100_000
"""Most doses of a regimen that are written out: three per day for ninety years."""


# Nothing is repeated less often than once a year. A cycle that is not repeated may be as long as one likes: a pause.
_REPEATED = Unit("days", high=400, usual=(1, 90), others={"hours": 1 / 24})


class Administration(NamedTuple):
    """One administration: start (h), amount (mg), duration (h), drug, cycle (from 1), day of the cycle, and route."""

    time: float
    amount: float
    duration: float
    drug: str
    cycle: int
    day: int
    route: Route | None


def beyond_cycle(doses: Sequence[Dose], length: float) -> Problem:
    """What is wrong with doses on days beyond a cycle of that length (days)."""
    for i, dose in enumerate(doses):
        with suppress(NotThere):
            if dose.days[-1] - 1 + dose.start_hours / 24 >= length:
                yield f"doses[{i}].days", f"must lie within the cycle of {length:g} days", list(dose.days)


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
        What is given in every cycle; at least one, which may stand alone. Days beyond the cycle are refused.

    Raises
    ------
    ModelError
        If a value is out of range or a day lies beyond the cycle.
    """

    form: ClassVar[str] = f"Phase(cycle_length_days=21, cycles=6, doses=[{Dose.form}])"

    cycle_length_days: Annotated[Number, Field(gt=0)] = Field(description="the length of a cycle in days")
    cycles: Annotated[Whole, Field(ge=1)] = given(description="the number of cycles")
    doses: Several[Dose] = given(min_length=1, description="what is given in every cycle")

    @rule
    def _length_can_be_meant(self) -> Problem:
        yield from too_long_to_repeat(self.cycle_length_days, self.cycles)

    @rule
    def _days_in_cycle(self) -> Problem:
        yield from beyond_cycle(self.doses, self.cycle_length_days)


class Regimen(Plotted, Specification):
    """Phases in sequence; the first cycle of the first phase starts at time 0.

    Parameters
    ----------
    name
        Name of the regimen.
    phases
        One after the other; at least one, which may stand alone. At most 100 000 doses in all.
    cite
        Where it comes from.

    Examples
    --------
    >>> from chemoevo.pharmacology import Dose, Patient, Phase, Regimen
    >>> weekly = Phase(cycle_length_days=7, cycles=2, doses=[Dose(drug="docetaxel", amount=35, unit="mg/m2")])
    >>> Regimen(name="weekly docetaxel", phases=[weekly]).events(Patient(bsa=1.8))["amt"].to_list()
    [63.0, 63.0]
    """

    form: ClassVar[str] = f'Regimen(name="docetaxel", phases=[{Phase.form}])'

    name: Name = Field(description="the name of the regimen")
    phases: Several[Phase] = given(min_length=1, description="the phases of the regimen, one after the other")
    cite: Text | None = None

    def __repr__(self) -> str:
        cycles = sum(phase.cycles for phase in self.phases)
        given = f"{', '.join(self.drugs)}; {cycles} {'cycle' if cycles == 1 else 'cycles'}"
        return f"Regimen({self.name!r}: {given}, {self.duration_days:g} days)"

    def __str__(self) -> str:
        rows = []
        for phase in self.phases:
            for dose in phase.doses:
                amount = f"{dose.amount:g} {dose.unit}" + (f", at most {dose.cap:g} mg" if dose.cap else "")
                hour = f" from hour {dose.start_hours:g}" if dose.start_hours else ""
                days = f"{dose.days_text()} of {phase.cycle_length_days:g}{hour}"
                rows.append((dose.drug, amount, dose.how_text().removeprefix("over "), days, f"{phase.cycles}"))
        table = text_table(("drug", "dose", "over", "on day", "cycles"), rows)
        return "\n".join(
            [wrapped(self.name, hanging=""), *([wrapped(self.cite, indent="  ")] if self.cite else []), table]
        )

    def _repr_html_(self) -> str:
        return preformatted(str(self))

    @property
    def drugs(self) -> tuple[str, ...]:
        """The drugs, in order of appearance."""
        return tuple(dict.fromkeys(dose.drug for phase in self.phases for dose in phase.doses))

    @property
    def duration_days(self) -> float:
        """Days from the start of the first cycle to the end of the last."""
        return sum(phase.cycle_length_days * phase.cycles for phase in self.phases)

    def within(self, days: float) -> Regimen:
        """The regimen without cycles that start at or after a day; every phase keeps at least its first cycle.

        The doses before that day are the same, at the same times.
        """
        start, phases = 0.0, []
        for phase in self.phases:
            # One more than a division says, whose rounding must lose no dose.
            needed = max((days - start) / phase.cycle_length_days, 0.0) + 2
            cycles = int(needed) if needed < phase.cycles else phase.cycles
            phases.append(phase if cycles == phase.cycles else phase.model_copy(update={"cycles": cycles}))
            start += phase.cycle_length_days * phase.cycles
        if all(new is old for new, old in zip(phases, self.phases, strict=True)):
            return self
        return self.model_copy(update={"phases": tuple(phases)})

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
            if any(dose.drug == drug for dose in phase.doses):
                return start, start + phase.cycle_length_days
            start += phase.cycle_length_days * phase.cycles
        raise ModelError(f"{drug!r} is not a drug of the regimen {self.name!r}; its drugs: {', '.join(self.drugs)}.")

    def events(self, patient: Patient) -> pl.DataFrame:
        """Every administration, one per row, in order of time.

        Parameters
        ----------
        patient
            For doses by body surface, weight or kidney function.

        Returns
        -------
        polars.DataFrame
            NONMEM's data items in lower case: time (h from the first day of the first cycle), amt (mg), dur (h), rate
            (mg/h; 0 is all at once), evid (1), cmt (1), ii (0), addl (0), ss (0); and dose_id (from 0), drug, cycle
            (from 1, through all phases), day (of the cycle, from 1), route (null: as the drug is given). Fully
            expanded.

        Raises
        ------
        ModelError
            If the patient lacks what a dose asks for: every missing field at once.
        TypeError
            If it is no Patient.
        """
        check_fork()
        import polars as pl

        rows = self.administrations(patient)
        names = ("time", "amt", "dur", "drug", "cycle", "day", "route")
        frame = pl.DataFrame(
            dict(zip(names, zip(*rows, strict=True), strict=True)), schema_overrides={"route": pl.String}
        )
        zero = pl.lit(0, pl.Int64)
        rate = pl.when(pl.col("dur") > 0).then(pl.col("amt") / pl.col("dur")).otherwise(0.0)
        return frame.with_row_index("dose_id").select(
            "dose_id", "time", "amt", "dur", rate.alias("rate"), evid=zero + 1, cmt=zero + 1, ii=pl.lit(0.0),
            addl=zero, ss=zero, drug="drug", cycle="cycle", day="day", route="route",
        )  # fmt: skip

    def administrations(self, patient: Patient) -> list[Administration]:
        """Every administration, in order of time.

        Raises
        ------
        ModelError, TypeError
            As `events`, or if there are more than 100 000.
        """
        self.check_number()
        return self.written_out(self.amounts(patient))

    def check_number(self) -> None:
        """Refuses more doses than are written out.

        Raises
        ------
        ModelError
            If there are more than 100 000.
        """
        total = 0
        for p, phase in enumerate(self.phases):
            total += phase.cycles * sum(len(dose.days) for dose in phase.doses)
            if total > MAX_DOSES:
                rule = f"must leave at most {MAX_DOSES:,} doses in the regimen (before the horizon, in a scenario)"
                raise ModelError(f"regimen.phases[{p}].cycles {rule}, not {total:,}; got {phase.cycles}.")

    def written_out(self, amounts: Sequence[Sequence[float]]) -> list[Administration]:
        """Every administration, as `administrations` has it, with these amounts of the doses of the phases."""
        rows: list[Administration] = []
        start, cycle = 0.0, 0
        for p, phase in enumerate(self.phases):
            for _ in range(phase.cycles):
                cycle += 1
                for i, dose in enumerate(phase.doses):
                    for day in dose.days:
                        time = (start + day - 1) * 24 + dose.start_hours
                        given = (amounts[p][i], dose.duration_hours, dose.drug, cycle, day, dose.route)
                        rows.append(Administration(time, *given))
                start += phase.cycle_length_days
        rows.sort(key=lambda row: row.time)
        return rows

    def all_amounts(self, patient: Patient) -> NDArray[np.float64]:
        """(mg) Of the doses of all phases: one row.

        Raises
        ------
        ModelError
            As `amounts`.
        """
        return np.array([[mg for phase in self.amounts(patient) for mg in phase]])

    def amounts(self, patient: Patient) -> Sequence[Sequence[float]]:
        """(mg) Of the doses of every phase, in their order.

        Raises
        ------
        ModelError
            If the patient lacks what a dose asks for: every missing field at once.
        """
        problems: dict[str, None] = {}
        amounts: list[list[float]] = []
        for phase in self.phases:
            amounts.append([])
            for dose in phase.doses:
                try:
                    amounts[-1].append(dose.milligrams(patient))
                except ModelError as error:
                    problems.update(dict.fromkeys(error.problems))
        if problems:
            raise ModelError(list(problems))
        return amounts
