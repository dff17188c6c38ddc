"""A regimen with those to whom it is given: what questions about exposure take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from chemoevo.base.forks import check_fork
from chemoevo.errors import ModelError, Problems, collect, did_you_mean
from chemoevo.pharmacology.courses import Courses, cycle_borders
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.library import drug, drug_names
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.people import People, note_people, note_rows
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.pharmacology.representable import computable

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.pharmacology.roots import Array

_BLOCK = 2**18
"""Numbers that the state of some patients has at most, at all instants, where one has not more."""


@runtime_checkable
class Plan(Protocol):
    """What knows its regimen, its patient and its own drugs: a `Scenario`."""

    @property
    def regimen(self) -> Regimen:
        """What is given."""

    @property
    def patient(self) -> Patient:
        """To whom."""

    @property
    def drugs(self) -> Sequence[Drug]:
        """Drugs that do not ship."""


@dataclass(frozen=True)
class Treated:
    """A regimen, those to whom it is given, and its drugs by name."""

    regimen: Regimen
    people: People
    drugs: dict[str, Drug]

    @classmethod
    def of(cls, problems: Problems, regimen: Any, patient: Any, drugs: Any) -> Treated:
        """What was given, checked together with what is noted already.

        Raises
        ------
        ModelError, TypeError
            All problems at once.
        """
        check_fork()
        plan = regimen_of(problems, regimen)
        if isinstance(regimen, Plan) and plan is not None:
            own: Any = (*regimen.drugs, *_own(problems, drugs))
            patient = regimen.patient if patient is None else patient
            base = regimen.patient
        else:
            own, base = _own(problems, drugs), None
        known = {one.name: one for one in own}
        if plan is not None:
            _note_drugs(problems, plan, known)
        people = note_people(problems, patient, {*known, *drug_names()}, base)
        problems.raise_if_any()
        assert plan is not None
        assert people is not None
        plan.check_number()
        _check_doses(plan, people)
        return cls(plan, people, {name: known[name] if name in known else drug(name) for name in plan.drugs})

    @property
    def cycles(self) -> int:
        """How many the regimen has."""
        return sum(phase.cycles for phase in self.regimen.phases)

    def courses(self) -> Iterator[tuple[slice, list[Courses]]]:
        """Which patients, a block at a time, and the courses of every drug in them."""
        instants = len(cycle_borders(self.regimen)) + 2 * len(self.regimen.administrations(self.people.each[0]))
        block = max(1, _BLOCK // (3 * instants))
        for first in range(0, len(self.people.each), block):
            some = self.people.each[first : first + block]
            made = [Courses.of(self.regimen, some, one) for one in self.drugs.values()]
            yield slice(first, first + len(some)), made

    def with_names(self, frame: pl.DataFrame, rows: int) -> pl.DataFrame:
        """A frame with so many rows per patient, with the column that says who it is first, where there is one."""
        names = self.people.names
        if names is None:
            return frame
        return frame.insert_column(0, names.gather(np.repeat(np.arange(len(names), dtype=np.uint32), rows)))


def regimen_of(problems: Problems, value: object) -> Regimen | None:
    """The regimen given, or that of a scenario; None with the problem noted."""
    if isinstance(value, Regimen):
        return value
    if isinstance(value, Plan) and isinstance(value.regimen, Regimen):
        return value.regimen
    problems.type("regimen", "must be a Regimen or a Scenario", value)
    return None


def in_one_piece(parts: list[list[Array]]) -> Array:
    """Arrays of blocks of patients, of shape (patients, ...) by drug, as one of shape (patients, drugs, ...)."""
    return np.concatenate([np.stack(block, axis=1) for block in parts])


def _own(problems: Problems, drugs: Any) -> tuple[Drug, ...]:
    found = () if drugs is None else (drugs,) if isinstance(drugs, Drug) else drugs
    if not isinstance(found, Sequence) or not all(isinstance(one, Drug) for one in found):
        problems.type("drugs", "must be a list of Drug; those that ship need not be named", drugs)
        return ()
    return tuple(found)


def _note_drugs(problems: Problems, regimen: Regimen, own: Mapping[str, Drug]) -> None:
    """Notes drugs that are not known, or whose exposure cannot be computed."""
    known = [*own, *drug_names()]
    for p, phase in enumerate(regimen.phases):
        for i, dose in enumerate(phase.doses):
            if dose.drug not in known:
                path = f"regimen.phases[{p}].doses[{i}].drug"
                problems.value(path, "is not a known drug", dose.drug, hint=did_you_mean(dose.drug, known))
    for name in regimen.drugs:
        if name in known:
            collect(problems, lambda name=name: computable(own[name] if name in own else drug(name)))  # type: ignore[misc]


def _check_doses(regimen: Regimen, people: People) -> None:
    """Refuses patients who lack what a dose asks for."""
    wrong: dict[int, tuple[str, ...]] = {}
    for row, one in enumerate(people.each):
        try:
            regimen.amounts(one)
        except ModelError as error:
            if people.names is None:
                raise
            wrong[row] = error.problems
    problems = Problems()
    note_rows(problems, wrong)
    problems.raise_if_any()
