"""The doses of a regimen, written out one by one, and what they amount to for a patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemoevo.base.forks import check_fork
from chemoevo.errors import ModelError
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen_fields import RegimenFields
from chemoevo.pharmacology.routes import Route

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.base.shapes import Several, given
    from chemoevo.pharmacology.phase import Phase

MAX_DOSES = 100_000
"""Most doses of a regimen that are written out: three per day for ninety years."""


class Administration(NamedTuple):
    """One administration: start (h), amount (mg), duration (h), drug, cycle (from 1), day, route, "mg" or "IU"."""

    time: float
    amount: float
    duration: float
    drug: str
    cycle: int
    day: int
    route: Route | None
    unit: str


class RegimenDoses(RegimenFields):
    """The doses of a `Regimen`: what everything that computes with one knows of it."""

    if TYPE_CHECKING:  # they know fields of other types than are given by their own class only
        phases: Several[Phase] = given(min_length=1)

    def events(self, patient: Patient) -> pl.DataFrame:
        """Every administration, one per row, in order of time.

        Parameters
        ----------
        patient
            For doses by body surface, weight or kidney function.

        Returns
        -------
        polars.DataFrame
            NONMEM's data items in lower case: time (h from the first day of the first cycle), amt (mg; IU of doses by
            activity), dur (h), rate (mg/h; 0 is all at once), evid (1), cmt (1), ii (0), addl (0), ss (0); and dose_id
            (from 0), drug, cycle (from 1, through all phases), day (of the cycle, from 1), route (null: as the drug is
            given), unit ("mg" or "IU"). Fully expanded.

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
        names = ("time", "amt", "dur", "drug", "cycle", "day", "route", "unit")
        frame = pl.DataFrame(
            dict(zip(names, zip(*rows, strict=True), strict=True)), schema_overrides={"route": pl.String}
        )
        zero = pl.lit(0, pl.Int64)
        rate = pl.when(pl.col("dur") > 0).then(pl.col("amt") / pl.col("dur")).otherwise(0.0)
        return frame.with_row_index("dose_id").select(
            "dose_id", "time", "amt", "dur", rate.alias("rate"), evid=zero + 1, cmt=zero + 1, ii=pl.lit(0.0),
            addl=zero, ss=zero, drug="drug", cycle="cycle", day="day", route="route", unit="unit",
        )  # fmt: skip

    def administrations(self, patient: Patient, *, of: str | None = None) -> list[Administration]:
        """Every administration, or those of one drug, in order of time.

        Raises
        ------
        ModelError, TypeError
            As `events`, or if there are more than 100 000.
        """
        self.check_number()
        return self.written_out(self.amounts(patient), of)

    @property
    def number(self) -> int:
        """Administrations of all phases."""
        return sum(phase.given for phase in self.phases)

    def check_number(self) -> None:
        """Refuses more doses than are written out.

        Raises
        ------
        ModelError
            If there are more than 100 000.
        """
        total = 0
        for p, phase in enumerate(self.phases):
            # Cycles that give nothing are counted as well: they are gone through one by one.
            total += max(phase.given, phase.cycles)
            if total > MAX_DOSES:
                rule = f"must leave at most {MAX_DOSES:,} doses in the regimen (before the horizon, in a scenario)"
                raise ModelError(f"regimen.phases[{p}].cycles {rule}, not {total:,}; got {phase.cycles}.")

    def numbers(self) -> list[list[int]]:
        """Numbers of the doses, through all phases, from 0: given as amounts, they say which dose it is."""
        found, first = [], 0
        for phase in self.phases:
            found.append(list(range(first, first + len(phase.doses))))
            first += len(phase.doses)
        return found

    def written_out(self, amounts: Sequence[Sequence[float]], of: str | None = None) -> list[Administration]:
        """Every administration, or those of one drug, as `administrations` has it, with these amounts of the doses."""
        rows: list[Administration] = []
        start, cycle = 0.0, 0
        for p, phase in enumerate(self.phases):
            for number in range(1, phase.cycles + 1):
                cycle += bool(phase.doses)
                for i, dose in enumerate(phase.doses):
                    here = dose.in_cycle(number) and of in (None, dose.drug)
                    for day in dose.days if here else ():
                        time = (start + day - 1) * 24 + dose.start_hours
                        unit = "mg" if dose.by_mass else "IU"
                        given = (amounts[p][i], dose.duration_hours, dose.drug, cycle, day, dose.route, unit)
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
        """(mg; IU of those by activity) Of the doses of every phase, in their order.

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
                    amounts[-1].append(dose.quantity(patient))
                except ModelError as error:
                    problems.update(dict.fromkeys(error.problems))
        if problems:
            raise ModelError(list(problems))
        return amounts
