"""What patients are given of a regimen by rules: the plan for the core, and regimens of what it decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chemoevo import _core
from chemoevo.base.arguments import whole
from chemoevo.errors import Problems, collect, did_you_mean
from chemoevo.pharmacology.courses import HOURS, cycle_borders, cycles_of
from chemoevo.pharmacology.dose_limits import largest_sums, planned_amounts
from chemoevo.pharmacology.dose_rules import FEVER_BELOW, DoseRules, dose_rules, dose_rules_names
from chemoevo.pharmacology.draws import Array, uniform
from chemoevo.pharmacology.library import known_drug
from chemoevo.pharmacology.marrow import Suppressed
from chemoevo.pharmacology.planned_doses import PlannedDose, phases_given, planned_doses
from chemoevo.pharmacology.routes import absorbed
from chemoevo.pharmacology.treated import own_drugs, regimen_of

if TYPE_CHECKING:
    from chemoevo.pharmacology.dose import Dose
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.phase import Phase
    from chemoevo.pharmacology.regimen_doses import RegimenDoses


@dataclass(frozen=True)
class Realization:
    """A regimen, those to whom it is given, and rules.

    Attributes
    ----------
    regimen
        As planned, with all its drugs.
    suppressed
        The patients, and what its drugs do to their marrow.
    rules
        The rules.
    planned
        All administrations, in order of time.
    drugs
        Drugs that are known, by name.
    draws
        Uniform random numbers (patients, cycles), by which fever comes.
    ruled
        Drugs whose doses are reduced or left out.
    counted
        These, and those that have a limit.
    amounts
        (mg) Of every dose of the phases, one row per patient; see `planned_amounts`.
    limits
        (mg) Largest sum of every drug, one per patient.
    """

    regimen: RegimenDoses
    suppressed: Suppressed
    rules: DoseRules
    planned: list[PlannedDose]
    drugs: dict[str, Drug]
    draws: Array
    ruled: tuple[str, ...]
    counted: tuple[str, ...]
    amounts: Array
    limits: dict[str, Array]

    @classmethod
    def of(
        cls, regimen: Any, patient: Any, rules: Any, *, drugs: Any, model: Any, without: Any, seed: Any
    ) -> Realization:
        """What was asked for, checked.

        Raises
        ------
        ModelError, TypeError
            All problems of what was asked for at once; then those of surfaces and amounts of patients.
        """
        problems = Problems()
        plan = regimen_of(Problems(), regimen)
        found = _rules(problems, rules)
        if found is not None and plan is not None:
            _note_levels(problems, found, plan)
        fever = found is not None and found.fever_per_day > 0
        if seed is not None:
            whole(problems, "seed", seed, 0, None)
        elif fever:
            problems.value("seed", "must be given, a whole number >= 0, since fever is drawn")
        suppressed = Suppressed.of(problems, regimen, patient, drugs, model, without)
        assert plan is not None
        assert found is not None
        cells = suppressed.model.cells
        if found.cells != cells:
            hint = f"Where these are meant, give rules with cells = {cells!r}."
            problems.value("rules.cells", f"must be what the model counts, {cells}", found.cells, hint=hint)
            problems.raise_if_any()
        looks = plan.cycles * (1 + int(found.wait_at_most_days / found.look_every_days))
        suppressed.treated.check_rows(looks + (0 if found.skip_below is None else plan.number), "rules make at most")
        number, cycles = len(suppressed.treated.people.each), plan.cycles
        draws = np.ones((number, cycles))
        if fever:
            draws = np.stack([uniform(number, int(seed), "fever", str(cycle)) for cycle in range(cycles)], axis=1)
        own = own_drugs(Problems(), regimen, drugs)
        known = {name: one for name in plan.drugs if (one := known_drug(name, own)) is not None}
        planned, people = planned_doses(plan), suppressed.treated.people
        most = {name: None if name not in known or not found.limits else known[name].largest_sum for name in plan.drugs}
        limits = largest_sums(people, most)
        ruled = found.ruled(suppressed.drugs)
        limited = (name for name, largest in most.items() if largest is not None)
        counted = tuple(dict.fromkeys([*ruled, *limited]))
        amounts = planned_amounts(people, planned, {*suppressed.drugs, *counted})
        return cls(plan, suppressed, found, planned, known, draws, ruled, counted, amounts, limits)

    @property
    def name(self) -> str:
        """Of the regimen of what is given."""
        return f"{self.regimen.name}, by {self.rules.name}"

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """Which column of `amounts` every administration has."""
        where: dict[tuple[int, int], int] = {}
        return np.array([where.setdefault(one.place, len(where)) for one in self.planned], dtype=np.int64)

    def realized(self) -> Iterator[tuple[slice, _core.Realized]]:
        """Which patients, a block at a time, and what they are given.

        Raises
        ------
        SimulationError
            If counts change too fast to be followed.
        """
        for some, marrows in self.suppressed.marrows(planned=True):
            yield some, marrows.realize(self._plan(some), self._core_rules())

    def phases(self) -> Iterator[Sequence[Phase]]:
        """The phases of what each patient is given."""
        for _, found in self.realized():
            for late, factors in zip(found.cycle_late, found.factors, strict=True):
                yield phases_given(self.regimen, self.planned, late, factors)

    def _core_rules(self) -> _core.DoseRules:
        rules = self.rules
        low = None
        if rules.reduce_below is not None and rules.reduce_after_days is not None:
            low = (rules.reduce_below, rules.reduce_after_days * HOURS)
        delay = rules.reduce_after_delay_days
        return _core.DoseRules(
            give_at=rules.give_at,
            give_less_at=rules.give_less_at,
            skip_below=rules.skip_below,
            look_every=rules.look_every_days * HOURS,
            wait_at_most=rules.wait_at_most_days * HOURS,
            low=low,
            delay=None if delay is None else delay * HOURS,
            fever=(FEVER_BELOW, rules.fever_per_day / HOURS),
            ends_at_lowest=rules.at_lowest == "stop",
        )

    def _plan(self, some: slice) -> _core.DosePlan:
        names = list(self.regimen.drugs)
        acting = {name: k for k, name in enumerate(self.suppressed.drugs)}
        each = {one.place: one.dose for one in self.planned}
        factors = {place: self._factors(dose, each.values()) for place, dose in each.items()}
        reductions = {dose.drug: len(factors[place]) - 1 for place, dose in each.items() if self._has_levels(dose.drug)}
        doses = []
        for one in self.planned:
            known = self.drugs.get(one.dose.drug)
            by_mouth = known is not None and absorbed(one.dose.route or known.routes[0])
            of = (one.cycle, one.day, one.time, one.dose.duration_hours, by_mouth, names.index(one.dose.drug))
            doses.append((*of, factors[one.place]))
        drugs = [
            (name in self.ruled, acting.get(name), reductions.get(name), np.ascontiguousarray(self.limits[name][some]))
            for name in names
        ]
        borders = cycle_borders(self.regimen)
        begun = {cycle: start - borders[cycle] for cycle, start in cycles_of(self.regimen, self.suppressed.drugs)}
        factor = self.suppressed.model.growth_factor
        return _core.DosePlan(
            borders,
            doses,
            drugs,
            np.ascontiguousarray(self.amounts[some][:, self.places]).reshape(-1),
            np.ascontiguousarray(self.draws[some]).reshape(-1),
            supported=[begun.get(cycle) for cycle in range(len(borders) - 1)],
            growth=None if factor is None else (factor.from_day * HOURS, factor.to_day * HOURS, factor.speed),
        )

    def _has_levels(self, drug: str) -> bool:
        return bool(self.rules.factors) or any(one.drug == drug for one in self.rules.levels)

    def _factors(self, dose: Dose, doses: Iterable[Dose]) -> list[float]:
        """On the amount of a dose after no reduction, one, two, ..."""
        levels = next((one for one in self.rules.levels if one.drug == dose.drug), None)
        if levels is None:
            return [1.0, *(float(factor) for factor in self.rules.factors)]
        most = max(one.amount for one in doses if one.drug == dose.drug)
        # A level is the most that is given from there on: a dose that is planned below it stays as it is.
        return [1.0, *(min(1.0, amount / dose.amount) for amount in levels.amounts if amount < most)]


def _rules(problems: Problems, rules: Any) -> DoseRules | None:
    if isinstance(rules, str):
        return collect(problems, lambda: dose_rules(rules))
    if not isinstance(rules, DoseRules):
        such = f"the name of some that ship, such as {dose_rules_names()[0]!r}"
        problems.type("rules", f"must be DoseRules, or {such}", rules)
        return None
    return rules


def _note_levels(problems: Problems, rules: DoseRules, regimen: RegimenDoses) -> None:
    """Notes levels and drugs of rules that do not fit a regimen."""
    for k, name in enumerate(rules.drugs or ()):
        if name not in regimen.drugs:
            hint = did_you_mean(name, regimen.drugs)
            problems.value(f"rules.drugs[{k}]", "must be a drug of the regimen", name, hint=hint)
    for k, levels in enumerate(rules.levels):
        doses = [dose for phase in regimen.phases for dose in phase.doses if dose.drug == levels.drug]
        if not doses:
            hint = did_you_mean(levels.drug, regimen.drugs)
            problems.value(f"rules.levels[{k}].drug", "must be a drug of the regimen", levels.drug, hint=hint)
        for unit in dict.fromkeys(dose.unit for dose in doses if dose.unit != levels.unit):
            rule = f"must be {unit!r}, in which the regimen gives {levels.drug}"
            problems.value(f"rules.levels[{k}].unit", rule, levels.unit)
