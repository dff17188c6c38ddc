"""What a scenario file says: its parts, and what follows from them without compiling anything."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field

from chemoevo.base.gathering import Problem, rule
from chemoevo.base.instants import ONE, on_instants
from chemoevo.base.shapes import Otherwise, Several, Taken, given
from chemoevo.base.specification import Flag, Name, Specification, Text, refuse
from chemoevo.errors import ModelError, did_you_mean
from chemoevo.pharmacology import regimens
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.library import OwnDrugs, find_drug, misnamed
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.phase import Phase
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.resistance.cell_types import CellTypes
from chemoevo.resistance.cells import Biology
from chemoevo.resistance.checks import only_modulators
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.interaction import Interaction
from chemoevo.resistance.mechanism import Mechanism
from chemoevo.resistance.niche_therapies import NicheTherapy
from chemoevo.resistance.potency import Potency
from chemoevo.resistance.radiotherapy import Radiotherapy
from chemoevo.scenario.parts import Compare, FollowUp, ProgressionRule, Simulation, Surgery, Tumor
from chemoevo.scenario.questions import Questions
from chemoevo.scenario.room import capacities

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _by_name(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value in regimens.names():
        return regimens.regimen(value)
    if " " in value.strip():
        # One line, as protocols write them.
        try:
            return Regimen.parse(value)
        except ModelError as error:
            words = "must be a table, the name of a regimen that ships with chemoevo, or one line: "
            refuse(("", words + "; ".join(error.problems).removesuffix("."), value))
    hint = did_you_mean(value, regimens.names()).removesuffix(".")
    rule = f"must be a table, one line of text, or the name of a regimen that ships with chemoevo ({hint})"
    refuse(("", rule, value))
    return None


def _untouched(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        pairs = [tuple(pair) if isinstance(pair, Sequence) and not isinstance(pair, str) else (pair,) for pair in value]
        if all(len(pair) == 2 and all(isinstance(name, str) for name in pair) for pair in pairs):
            return tuple(pairs)
    refuse(("", 'must be true, false or pairs of a mechanism and a drug, such as [["P-gp", "olaparib"]]', value))
    return None


def _by_table(value: Any) -> Any:
    """Drugs of one's own as a list, also where they are given by name, as functions take them."""
    if isinstance(value, Mapping) and value and all(isinstance(one, Drug) for one in value.values()):
        refuse(*((f"[{name!r}]", f"must be {of}", None) for name, one in value.items() if (of := misnamed(name, one))))
        return tuple(value.values())
    return value


if TYPE_CHECKING:
    Own = Taken[tuple[Drug, ...], OwnDrugs]
    Given = Taken[Regimen, Regimen | str]
    Untouched = Taken[bool | tuple[tuple[str, str], ...], bool | Sequence[Sequence[str]]]
else:
    Own = Annotated[Several[Drug], BeforeValidator(_by_table)]
    Given = Annotated[Regimen, BeforeValidator(_by_name), Otherwise("the name of one that ships, one line of text")]
    Untouched = Annotated[Flag | tuple[tuple[Name, Name], ...], BeforeValidator(_untouched)]


class _NoDrug(Regimen):
    """What is given where there is radiotherapy alone."""

    name: Name = "no drug"
    phases: Several[Phase] = given(default=())

    @rule
    def _gives_something(self) -> Problem:
        yield from ()


_NO_DRUG = _NoDrug()


# Scenarios that differ in something else share them: a sweep makes thousands.
_genotypes = lru_cache(maxsize=64)(Genotypes)
_types = lru_cache(maxsize=64)(CellTypes)


class ScenarioFields(Specification):
    """The parts of a `Scenario`, which its documentation describes, each checked by itself."""

    unless: ClassVar[Mapping[str, str]] = dict.fromkeys(("regimen", "patient"), "radiotherapy")

    name: Name = Field(description="the name of the scenario")
    notes: Text | None = None
    tumor: Tumor = Field(description="the tumor, a table")
    surgery: Surgery | None = None
    radiotherapy: Several[Radiotherapy] = given(default=())
    regimen: Given = given(
        default=None,
        validate_default=False,
        description="what is given, a table or the name of a regimen; only radiotherapy may stand alone",
    )
    patient: Patient = Field(default=Patient(), description="to whom it is given, a table")
    potencies: Several[Potency] = given(
        default=(), description="the action of each drug on sensitive cells, a list of tables"
    )
    drugs: Own = given(default=())
    inert: Several[Name] = given(default=())
    interactions: Several[Interaction] = given(default=())
    mechanisms: Several[Mechanism] = given(default=())
    niche_therapies: Several[NicheTherapy] = given(default=())
    assume_untouched: Untouched = given(default=False, examples=[True, [["P-gp", "olaparib"]]])
    follow_up: FollowUp = FollowUp()
    progression: ProgressionRule = ProgressionRule()
    compare: Compare = Compare()
    questions: Questions | None = None
    simulation: Simulation = Simulation()

    @rule
    def _treated(self) -> Problem:
        if self.regimen is None and not self.radiotherapy and "radiotherapy" in self.model_fields_set:
            yield "regimen", "must be given where there is no radiotherapy", None

    @rule
    def _acting(self) -> Problem:
        """Of a regimen that is known, each drug without a potency is named: agents and modulators need none."""
        said = {"regimen", "radiotherapy", "potencies"} & self.model_fields_set
        if vars(self).get("regimen") is None and not said:
            yield "potencies", "is missing", None, "It is the action of each drug on sensitive cells, a list of tables."

    @property
    def planned(self) -> Regimen:
        """The regimen; where there is none, one that gives nothing."""
        return _NO_DRUG if self.regimen is None else self.regimen

    @cached_property
    def genotypes(self) -> Genotypes:
        """Every set of alterations."""
        return _genotypes(self.tumor.alterations, self.tumor.epistasis)

    @cached_property
    def types(self) -> CellTypes:
        """The types of both processes: genotypes, in every niche and phenotype where the tumor has some."""
        return _types(self.genotypes, self.tumor.place)

    @property
    def clonogenic(self) -> tuple[str, ...] | None:
        """Names of the types whose absence is cure, which does not wait for damaged cells; None for all."""
        return None if self.tumor.late_death is None else self.types.alive

    @property
    def capacities(self) -> dict[str, float]:
        """(cells) Every capacity by its path; empty where cells do not compete, and both answers exist."""
        return capacities(self.tumor)

    @property
    def biology(self) -> Biology:
        """What is known of mechanisms, and how its cells differ from the lines of EC50."""
        return Biology(self.mechanisms, self.tumor.expressions)

    @property
    def active_drugs(self) -> dict[str, Drug]:
        """Drugs of the regimen that are not inert, by name."""
        own = {drug.name: drug for drug in self.drugs}
        return {name: find_drug(name, own) for name in self.effective.drugs}

    @property
    def acting_drugs(self) -> dict[str, Drug]:
        """The same without modulators, which only change what others do."""
        drugs = self.active_drugs
        modulators = only_modulators(drugs, self.potencies, self.niche_therapies)
        return {name: drug for name, drug in drugs.items() if name not in modulators}

    @property
    def arriving_drugs(self) -> dict[str, Drug]:
        """The active ones that come to cells: without those that only change niches, from vessels."""
        acting = self.acting_drugs
        return {name: drug for name, drug in self.active_drugs.items() if name in acting or drug.changes}

    @cached_property
    def looks(self) -> NDArray[np.float64]:
        """(days from the first dose) Looks for progression: 0, `looks_every`, ... up to the horizon."""
        end = self.follow_up.horizon
        number = math.floor(end / self.follow_up.looks_every * (1.0 + ONE))
        looks = np.arange(number + 1, dtype=np.float64) * self.follow_up.looks_every
        return on_instants(looks, np.sort(np.array([self.comparison_day, end])))

    @cached_property
    def times(self) -> NDArray[np.float64]:
        """(days from the first dose) Observations: the looks, the day of comparison and the horizon."""
        return np.unique(np.concatenate([self.looks, [self.comparison_day, self.follow_up.horizon]]))

    @property
    def effective(self) -> Regimen:
        """The regimen without the drugs that are inert."""
        return self.planned.without(self.inert)

    @property
    def acting(self) -> Regimen:
        """The same without cycles that start at or after the horizon, which are never given."""
        return self.effective.within(self.follow_up.horizon)

    @property
    def comparison_day(self) -> float:
        """(days from the first dose) Day of the comparison besides detection."""
        if self.compare.day is not None:
            return self.compare.day
        fractions = [math.floor(float(course.times()[-1])) + 1.0 for course in self.radiotherapy]
        return min(max([self.planned.duration_days, *fractions]), self.follow_up.horizon)

    @property
    def watched(self) -> dict[str, tuple[str, ...]]:
        """Sets of genotypes whose absence is answered twice, by their description."""
        found: dict[str, tuple[str, ...]] = {}
        names = [a.name for a in self.tumor.alterations]
        tumor, most = self.tumor, 0
        seen = {part for part, _ in (tumor.observed if tumor.clonal or tumor.clones else ())}
        if seen:
            there = {name for name in names if seen.intersection(self.genotypes.carriers(name))}
            most = max(k for k in range(len(names) + 1) if seen.intersection(self.genotypes.with_alterations(k)))
            names = [name for name in names if name not in there]
        for name in names[:1] if self.compare.carriers is None else self.compare.carriers:
            found[f"cell with {name}"] = self.types.carriers(name)
        if len(tumor.alterations) >= self.compare.multiple > most:
            types = self.types.with_alterations(self.compare.multiple)
            found[f"cell with {self.compare.multiple} or more alterations"] = types
        return found
