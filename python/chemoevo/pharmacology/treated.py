"""A regimen with those to whom it is given: what questions about exposure take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from chemoevo.base.forks import check_fork
from chemoevo.base.memory import available_memory
from chemoevo.base.warned import warn
from chemoevo.errors import ModelError, Problems
from chemoevo.pharmacology.courses import Courses
from chemoevo.pharmacology.draws import Array
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.factors import note_factors
from chemoevo.pharmacology.library import find_drug, note_own
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.people import People, note_people, note_rows
from chemoevo.pharmacology.regimen_doses import RegimenDoses
from chemoevo.pharmacology.remarks import remarks
from chemoevo.pharmacology.representable import note_drugs, note_inert

if TYPE_CHECKING:
    import polars as pl

_ROW = 192
"""(bytes) That a row of a table takes while it is made, at most."""
_BLOCK = 2**18
"""Numbers that the state of some patients has at most, at all instants, where one has not more."""


@runtime_checkable
class Plan(Protocol):
    """What knows its regimen, its patient and its own drugs: a `Scenario`."""

    @property
    def regimen(self) -> RegimenDoses:
        """What is given."""

    @property
    def patient(self) -> Patient:
        """To whom."""

    @property
    def drugs(self) -> Sequence[Drug]:
        """Drugs that do not ship."""

    @property
    def inert(self) -> Sequence[str]:
        """Drugs of the regimen that are named and do nothing."""


@dataclass(frozen=True)
class Treated:
    """A regimen, those to whom it is given, its drugs by name, and (mg; patients by doses of the phases) how much."""

    regimen: RegimenDoses
    people: People
    drugs: dict[str, Drug]
    amounts: Array

    @classmethod
    def of(cls, problems: Problems, regimen: Any, patient: Any, drugs: Any, inert: Any = None) -> Treated:
        """What was given, checked together with what is noted already.

        Raises
        ------
        ModelError, TypeError
            All problems at once.
        """
        check_fork()
        plan = regimen_of(problems, regimen)
        known, base = own_drugs(problems, regimen, drugs), None
        if isinstance(regimen, Plan) and (plan is not None or regimen.regimen is None):
            patient = regimen.patient if patient is None else patient
            base = regimen.patient
        idle = inert_drugs(problems, regimen, inert)
        if plan is not None:
            note_inert(problems, plan, idle)
            note_drugs(problems, plan, known, idle)
        people = note_people(problems, patient, known, base)
        if people is not None:
            note_factors(problems, people, known)
        problems.raise_if_any()
        assert plan is not None
        assert people is not None
        plan = plan.without(idle)
        plan.check_number()
        amounts = _amounts(plan, people)
        drugs = {name: find_drug(name, known) for name in plan.drugs}
        for words in remarks(plan, drugs.values(), people.each):
            warn(words)
        return cls(plan, people, drugs, amounts)

    def courses(self) -> Iterator[tuple[slice, list[Courses]]]:
        """Which patients, a block at a time, and the courses of every drug in them."""
        block = max(1, _BLOCK // (self.regimen.number + 1))
        for first in range(0, len(self.people.each), block):
            some = slice(first, first + block)
            each, amounts = self.people.each[some], self.amounts[some]
            yield some, [Courses.of(self.regimen, each, amounts, one) for one in self.drugs.values()]

    def check_rows(self, each: int, makes: str) -> None:
        """Refuses a table of so many rows per patient that would not fit into memory; `makes` is what makes it.

        Raises
        ------
        ModelError
            If it would not.
        """
        number = len(self.people.each)
        rows = number * each
        if rows * _ROW > available_memory():
            raise ModelError(
                f"{makes} a table of {rows:,} rows, which needs more memory than there is for this process; "
                f"got {each:,} for each of {number:,} patients. Ask for less, or for some patients after others."
            )

    def with_names(self, frame: pl.DataFrame, rows: int) -> pl.DataFrame:
        """A frame with so many rows per patient, with the column that says who it is first, where there is one."""
        names = self.people.names
        if names is None:
            return frame
        return frame.insert_column(0, names.gather(np.repeat(np.arange(len(names), dtype=np.uint32), rows)))


def regimen_of(problems: Problems, value: object) -> RegimenDoses | None:
    """The regimen given, or that of a scenario; None with the problem noted."""
    if isinstance(value, RegimenDoses):
        return value
    if isinstance(value, Plan) and isinstance(value.regimen, RegimenDoses):
        return value.regimen
    if isinstance(value, Plan) and value.regimen is None:
        problems.value("regimen", "must be given: no drug is, in a scenario of radiotherapy alone")
        return None
    problems.type("regimen", "must be a Regimen or a Scenario", value)
    return None


def own_drugs(problems: Problems, regimen: Any, drugs: Any) -> dict[str, Drug]:
    """Drugs that do not ship, by name: those given, and those of a scenario."""
    of_plan = regimen.drugs if isinstance(regimen, Plan) and regimen_of(Problems(), regimen) is not None else ()
    return {**{one.name: one for one in of_plan}, **note_own(problems, drugs)}


def inert_drugs(problems: Problems, regimen: Any, inert: Any) -> tuple[str, ...]:
    """Drugs that do nothing: those given, and those of a scenario."""
    of_plan = tuple(regimen.inert) if isinstance(regimen, Plan) else ()
    found = () if inert is None else (inert,) if isinstance(inert, str) else inert
    if not isinstance(found, Sequence) or not all(isinstance(one, str) for one in found):
        problems.type("inert", "must be a list of names of drugs", inert)
        return of_plan
    return tuple(dict.fromkeys((*of_plan, *found)))


def _amounts(regimen: RegimenDoses, people: People) -> Array:
    """Amounts of all doses; refuses patients who lack what one asks for."""
    wrong: dict[int, tuple[str, ...]] = {}
    found = []
    for row, one in enumerate(people.each):
        try:
            found.append(regimen.all_amounts(one))
        except ModelError as error:
            if people.names is None:
                raise
            wrong[row] = error.problems
    problems = Problems()
    note_rows(problems, wrong)
    problems.raise_if_any()
    return np.concatenate(found)
