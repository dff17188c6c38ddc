"""The marrow of patients who have a regimen: which parameters, and the model of the core with them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chemoevo import _core
from chemoevo.base.warned import warn
from chemoevo.errors import ModelError, Problems, collect, did_you_mean
from chemoevo.pharmacology.compartments import Compartment, compartments
from chemoevo.pharmacology.courses import HOURS, NO_DOSES, Courses, bodies_of, cycles_of
from chemoevo.pharmacology.library import known_drug
from chemoevo.pharmacology.neutropenia import Neutropenia, neutropenia, neutropenia_names, preferred
from chemoevo.pharmacology.patient import TYPICAL_MARROW
from chemoevo.pharmacology.treated import Plan, Treated, own_drugs, regimen_of

if TYPE_CHECKING:
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.neutropenia import Suppression
    from chemoevo.pharmacology.patient import Patient

_BLOCK = 1024
"""Patients whose marrow is there at once."""


@dataclass(frozen=True)
class Suppressed:
    """Patients who have a regimen, and what its drugs do to their marrow.

    Attributes
    ----------
    treated
        The patients and the regimen.
    model
        Baseline, transit and feedback are its own.
    acting
        The drugs that act, with the kinetics that belong to their slopes, and what they do.
    """

    treated: Treated
    model: Neutropenia
    acting: tuple[tuple[Drug, Suppression], ...]

    @classmethod
    def of(cls, problems: Problems, regimen: Any, patient: Any, drugs: Any, model: Any, without: Any) -> Suppressed:
        """What was asked for, checked together with what is noted already.

        Raises
        ------
        ModelError, TypeError
            All problems at once.
        """
        plan = regimen_of(Problems(), regimen)
        # Drugs that a scenario calls inert do nothing here either.
        inert = regimen.inert if isinstance(regimen, Plan) else ()
        names = () if plan is None else tuple(name for name in plan.drugs if name not in inert)
        left_out = _without(problems, without, names)
        sets = [] if left_out is None else _sets(problems, model, names, left_out)
        known = own_drugs(Problems(), regimen, drugs)
        # Nothing need be known of what is left out.
        idle = [name for name in left_out or () if (one := known_drug(name, known)) is None or one.kinetics is None]
        treated = Treated.of(problems, regimen, patient, drugs, idle)
        both = [(one, what) for one in sets for what in one.suppressions if what.drug in names]
        acting = [(_with_kinetics(treated.drugs[what.drug], one, what), what) for one, what in both]
        for given, what in acting:
            collect(problems, lambda given=given, what=what: micromolar(given, what))  # type: ignore[misc]
        problems.raise_if_any()
        if model is None and len(sets) > 1:
            others = ", ".join(one.name for one in sets[1:])
            warn(
                f"circ0, mtt and gamma are those of {sets[0].name}; what {others} has was fitted with others. "
                "With model= the sets are your choice."
            )
        return cls(treated, sets[0], tuple(acting))

    def marrows(self, *, planned: bool = False) -> Iterator[tuple[slice, _core.Marrows]]:
        """Which patients, a block at a time, and their marrow; `planned`: without doses, which a plan has."""
        people = self.treated.people.each
        for first in range(0, len(people), _BLOCK):
            some = slice(first, first + _BLOCK)
            each, amounts = people[some], self.treated.amounts[some]
            drugs = []
            for given, what in self.acting:
                if planned:
                    bodies, doses = bodies_of(each, given), NO_DOSES
                else:
                    course = Courses.of(self.treated.regimen, each, amounts, given)
                    bodies, doses = course.bodies, course.doses
                effects = [_effect(given, what, one) for one in each]
                drugs.append((bodies, doses, _place(given, what).place, effects))
            support = [] if planned else self._support()
            yield some, _core.Marrows([self._own(one) for one in each], drugs, support=support)

    def _own(self, patient: Patient) -> tuple[float, float, float]:
        model, by = self.model, patient.marrow or TYPICAL_MARROW
        return model.circ0.value * by.circ0, model.mtt.value * by.mtt, model.gamma.value * by.gamma

    def _support(self) -> list[tuple[float, float, float]]:
        factor = self.model.growth_factor
        if factor is None:
            return []
        starts = [start for _, start in cycles_of(self.treated.regimen, self.drugs)]
        ends = itertools.pairwise([*starts, math.inf])
        found = [(a + factor.from_day * HOURS, min(a + factor.to_day * HOURS, b), factor.speed) for a, b in ends]
        return [one for one in found if one[0] < one[1]]

    @property
    def drugs(self) -> tuple[str, ...]:
        """Names of the drugs that act."""
        return tuple(what.drug for _, what in self.acting)


def _effect(given: Drug, what: Suppression, patient: Patient) -> tuple[float, float | None]:
    """Slope per mg/L; or Emax, and EC50 in mg/L."""
    scale, by = micromolar(given, what), (patient.marrow or TYPICAL_MARROW).slope
    if what.slope is not None:
        return what.slope.value * scale * by, None
    assert what.emax is not None
    assert what.ec50 is not None
    # A patient who feels more feels the same at less.
    return what.emax.value, what.ec50.value / (scale * by)


def micromolar(given: Drug, what: Suppression) -> float:
    """(uM per mg/L) Of what acts on the marrow, in a milligram of all that is there.

    Raises
    ------
    ModelError
        If it is not there, or its unbound share is not known.
    """
    place = _place(given, what)
    if what.binding == "total":
        return place.micromolar
    if place.unbound is None:
        raise ModelError(f"{given.name!r} has no unbound share of what is in {place.name!r}, which acts on the marrow.")
    return place.micromolar * place.unbound


def _place(given: Drug, what: Suppression) -> Compartment:
    known = {one.name: one for one in compartments(given)}
    if what.compartment not in known:
        hint = did_you_mean(what.compartment, [*known])
        raise ModelError(f"{given.name!r} has no compartment {what.compartment!r}, which acts on the marrow. {hint}")
    return known[what.compartment]


def _with_kinetics(given: Drug, model: Neutropenia, what: Suppression) -> Drug:
    if what.kinetics is None:
        return given
    return given.model_copy(
        update={
            "kinetics": what.kinetics,
            "citations": {**given.citations, **model.citations},
            "without_kinetics": None,
        }
    )


def _without(problems: Problems, without: Any, names: Sequence[str]) -> tuple[str, ...] | None:
    found = (without,) if isinstance(without, str) else without
    if not isinstance(found, Sequence) or not all(isinstance(one, str) for one in found):
        problems.type("without", "must be a list of names of drugs, such as ['carboplatin']", without)
        return None
    for name in found:
        if name not in names:
            problems.value("without", "must have drugs of the regimen", name, hint=did_you_mean(name, names))
    return tuple(found)


def _sets(problems: Problems, model: Any, names: Sequence[str], without: Sequence[str]) -> list[Neutropenia]:
    """The sets asked for, or those that are preferred for the drugs; the first one has the marrow."""
    wanted = [name for name in names if name not in without]
    if model is None:
        found = list(dict.fromkeys(one for name in wanted if (one := preferred(name)) is not None))
    else:
        given = [model] if isinstance(model, str | Neutropenia) else model
        if not isinstance(given, Sequence) or not all(isinstance(one, str | Neutropenia) for one in given) or not given:
            such = f"the name of one, such as {neutropenia_names()[0]!r}, or a list of them"
            problems.type("model", f"must be a Neutropenia, {such}", model)
            return []
        read = [collect(problems, lambda one=one: _read(one)) for one in given]  # type: ignore[misc]
        found = [one for one in read if one is not None]
        if len(found) < len(given):
            return []
    if len({one.cells for one in found}) > 1:
        problems.value("model", "must count the same cells in all its sets", [one.cells for one in found])
    of = [name for one in found for name in one.drugs if name in names]
    for name in dict.fromkeys(name for name in of if of.count(name) > 1):
        problems.value("model", "must have every drug once", name)
    for name in (name for name in without if name in of and model is not None):
        problems.value("without", "must not have drugs that the model has", name)
    lacking = [name for name in wanted if name not in of]
    if lacking:
        problems.value("regimen", _LACKS, lacking, hint=_remedy(lacking, model))
    elif not of and names:
        problems.value("regimen", "must have a drug of which the model knows what it does to the marrow", [*names])
    return found


def _read(one: Neutropenia | str) -> Neutropenia:
    return neutropenia(one) if isinstance(one, str) else one


_LACKS = "has drugs of which it is not known what they do to the marrow, which is not nothing"


def _remedy(lacking: Sequence[str], model: Any) -> str:
    sets = [one for one in map(neutropenia, neutropenia_names()) if any(name in one.drugs for name in lacking)]
    hint = f"Leave out what they do, without={[*lacking]}, or give a model of your own: {Neutropenia.form}."
    if sets and model is None:
        hint += f" Of leukocytes there is model={[one.name for one in sets]}."
    return hint


LEVELS = (0.5, 1.0, 1.5)
"""(1e9/L) Grade 4 is below the first, grade 3 below the second; the next dose is given above the third."""
