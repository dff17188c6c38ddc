"""What patients are given of a regimen by rules: the plan for the core, and regimens of what it decides."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chemoevo import _core
from chemoevo.base.arguments import whole
from chemoevo.errors import ModelError, Problems, collect, did_you_mean
from chemoevo.pharmacology.courses import HOURS, cycle_borders
from chemoevo.pharmacology.dose_rules import FEVER_BELOW, DoseRules, dose_rules, dose_rules_names
from chemoevo.pharmacology.draws import Array, uniform
from chemoevo.pharmacology.library import known_drug
from chemoevo.pharmacology.marrow import Suppressed
from chemoevo.pharmacology.people import note_rows
from chemoevo.pharmacology.phase import Phase
from chemoevo.pharmacology.routes import absorbed
from chemoevo.pharmacology.treated import own_drugs, regimen_of

if TYPE_CHECKING:
    from chemoevo.pharmacology.dose import Dose
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen


class Planned(NamedTuple):
    """One administration: cycle (from 0), day, start (h), its dose, and where that is: phase, dose of it."""

    cycle: int
    day: int
    time: float
    dose: Dose
    place: tuple[int, int]


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
    """

    regimen: Regimen
    suppressed: Suppressed
    rules: DoseRules
    planned: list[Planned]
    drugs: dict[str, Drug]
    draws: Array

    @classmethod
    def of(
        cls, regimen: Any, patient: Any, rules: Any, *, drugs: Any, model: Any, without: Any, seed: Any
    ) -> Realization:
        """What was asked for, checked.

        Raises
        ------
        ModelError, TypeError
            All problems at once.
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
        number, cycles = len(suppressed.treated.people.each), plan.cycles
        draws = np.ones((number, cycles))
        if fever:
            draws = np.stack([uniform(number, int(seed), "fever", str(cycle)) for cycle in range(cycles)], axis=1)
        own = own_drugs(Problems(), regimen, drugs)
        known = {name: one for name in plan.drugs if (one := known_drug(name, own)) is not None}
        return cls(plan, suppressed, found, _planned(plan), known, draws)

    @property
    def people(self) -> Sequence[Patient]:
        """The patients."""
        return self.suppressed.treated.people.each

    @property
    def ruled(self) -> tuple[str, ...]:
        """Drugs whose doses are reduced or left out."""
        if self.rules.drugs is not None:
            return self.rules.drugs
        acting = [what.drug for _, what in self.suppressed.acting]
        return tuple(dict.fromkeys([*acting, *(one.drug for one in self.rules.levels)]))

    def realized(self) -> Iterator[tuple[slice, _core.Realized]]:
        """Which patients, a block at a time, and what they are given.

        Raises
        ------
        ModelError
            If a patient has no known surface, by which the limit of a drug is, or lacks what a dose asks for.
        SimulationError
            If counts change too fast to be followed.
        """
        amounts, limits = self._amounts(), self._limits()
        for some, marrows in self.suppressed.marrows(planned=True):
            yield some, marrows.realize(self._plan(some, amounts, limits), self._core_rules())

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

    def _plan(self, some: slice, amounts: Array, limits: dict[str, Array]) -> _core.DosePlan:
        names = list(self.regimen.drugs)
        acting = {what.drug: k for k, (_, what) in enumerate(self.suppressed.acting)}
        factors = {one.place: self._factors(one.dose) for one in self.planned}
        reductions = dict.fromkeys(names, 0)
        for one in self.planned:
            reductions[one.dose.drug] = max(reductions[one.dose.drug], len(factors[one.place]) - 1)
        doses = []
        for one in self.planned:
            known = self.drugs.get(one.dose.drug)
            by_mouth = known is not None and absorbed(one.dose.route or known.routes[0])
            of = (one.cycle, one.day, one.time, one.dose.duration_hours, by_mouth, names.index(one.dose.drug))
            doses.append((*of, factors[one.place]))
        ruled = self.ruled
        drugs = [
            (name in ruled, acting.get(name), reductions[name] if name in ruled else 0, limits[name][some])
            for name in names
        ]
        factor = self.suppressed.model.growth_factor
        return _core.DosePlan(
            cycle_borders(self.regimen),
            doses,
            drugs,
            np.ascontiguousarray(amounts[some]).reshape(-1),
            np.ascontiguousarray(self.draws[some]).reshape(-1),
            growth=None if factor is None else (factor.from_day * HOURS, factor.to_day * HOURS, factor.speed),
        )

    def _factors(self, dose: Dose) -> list[float]:
        """On the amount of a dose after no reduction, one, two, ..."""
        levels = next((one for one in self.rules.levels if one.drug == dose.drug), None)
        if levels is None:
            return [1.0, *(float(factor) for factor in self.rules.factors)]
        most = max(one.dose.amount for one in self.planned if one.dose.drug == dose.drug)
        # A level is the most that is given from there on: a dose that is planned below it stays as it is.
        return [1.0, *(min(1.0, amount / dose.amount) for amount in levels.amounts if amount < most)]

    def _limits(self) -> dict[str, Array]:
        """(mg) Largest sum of every drug, of every patient."""
        found: dict[str, Array] = {}
        wrong: dict[int, tuple[str, ...]] = {}
        for name in self.regimen.drugs:
            most = self._cumulative(name)
            each = np.full(len(self.people), np.inf)
            for row, one in enumerate(self.people) if most is not None else ():
                try:
                    each[row] = most * one.body_surface_area()  # type: ignore[operator]
                except ModelError:
                    wrong[row] = (
                        f"patient.bsa is missing, for the limit of {name}, {most:g} mg/m2. Give bsa (m2), or weight "
                        "(kg) and height (cm), or rules with limits = false.",
                    )
            found[name] = each
        self._refuse(wrong)
        return found

    def _cumulative(self, name: str) -> float | None:
        known = self.drugs.get(name)
        if not self.rules.limits or known is None or known.limits is None or known.limits.cumulative is None:
            return None
        return known.limits.cumulative.value

    def _amounts(self) -> Array:
        """(mg) Of all administrations of every patient; 1 where nothing depends on how much it is."""
        acting = {what.drug for _, what in self.suppressed.acting}
        places = list(dict.fromkeys(one.place for one in self.planned))
        asked = {
            one.place: one.dose
            for one in self.planned
            if one.dose.drug in acting or self._cumulative(one.dose.drug) is not None
        }
        amounts = np.ones((len(self.people), len(places)))
        wrong: dict[int, tuple[str, ...]] = {}
        for row, patient in enumerate(self.people):
            for k, place in enumerate(places):
                if place in asked:
                    try:
                        amounts[row, k] = asked[place].milligrams(patient)
                    except ModelError as error:
                        wrong[row] = tuple(dict.fromkeys([*wrong.get(row, ()), *error.problems]))
        self._refuse(wrong)
        return amounts[:, [places.index(one.place) for one in self.planned]]

    def _refuse(self, wrong: dict[int, tuple[str, ...]]) -> None:
        if not wrong:
            return
        if self.suppressed.treated.people.names is None:
            raise ModelError(list(wrong[0]))
        problems = Problems()
        note_rows(problems, wrong)
        problems.raise_if_any()

    def regimen_of(self, starts: Array, factors: Array) -> Regimen:
        """The regimen of what one patient is given.

        Parameters
        ----------
        starts
            (h) Of every cycle; infinite where it is never given.
        factors
            On the amounts of all administrations; 0 is not given.
        """
        late = (starts - cycle_borders(self.regimen)[:-1]) / HOURS
        writer, cycle, at = _Writer(), 0, 0
        for p, phase in enumerate(self.regimen.phases):
            if not phase.doses:
                writer.pause(phase.cycle_length_days)
                continue
            for _ in range(phase.cycles):
                if not np.isfinite(starts[cycle]):
                    return self._named(writer.phases)
                writer.delay(float(late[cycle]))
                until = bisect.bisect_right(self.planned, cycle, key=lambda one: one.cycle)
                given = range(at, until)
                writer.cycle(phase.cycle_length_days, self._given(phase, p, given, factors))
                cycle, at = cycle + 1, until
        return self._named(writer.phases)

    def _given(self, phase: Phase, p: int, some: range, factors: Array) -> list[Dose]:
        """Doses of one cycle; one whose days differ in what is given is several."""
        found: list[Dose] = []
        for i, dose in enumerate(phase.doses):
            days: dict[float, list[int]] = {}
            for k in some:
                if self.planned[k].place == (p, i) and factors[k] > 0:
                    days.setdefault(float(factors[k]), []).append(self.planned[k].day)
            for factor, there in days.items():
                amount, cap = (None if one is None else _rounded(one * factor) for one in (dose.amount, dose.cap))
                change = {"amount": amount, "cap": cap, "days": tuple(there), "cycles": None}
                found.append(dose.model_copy(update=change))
        return found

    def _named(self, phases: Sequence[Phase]) -> Regimen:
        name = f"{self.regimen.name}, by {self.rules.name}"
        return type(self.regimen)(name=name, phases=phases, cite=self.regimen.cite)

    def shares(self, found: _core.Realized) -> dict[str, Array]:
        """Of every drug that is ruled or has a limit, what share of the planned doses each decision gives.

        Not a number where none of them was planned.
        """
        stations = self._stations()
        names = [name for name in self.regimen.drugs if name in self.ruled or self._cumulative(name) is not None]
        shares = {name: np.full(len(found.time), np.nan) for name in names}
        # Decisions of one patient and cycle that give something are of its days, in order.
        order: dict[tuple[int, int], int] = {}
        rows = zip(found.patient.tolist(), found.cycle.tolist(), found.action, strict=True)
        for row, (patient, cycle, action) in enumerate(rows):
            if action not in ("give", "reduce", "skip"):
                continue
            day = order.get((patient, cycle), 0)
            order[patient, cycle] = day + 1
            for name, places in stations[cycle][day].items():
                if name in shares:
                    shares[name][row] = float(found.factors[patient, places].mean())
        return shares

    def _stations(self) -> list[list[dict[str, list[int]]]]:
        """By cycle, and by what is decided upon together, the administrations of every drug."""
        apart = self.rules.skip_below is not None
        found: list[dict[int, dict[str, list[int]]]] = [{} for _ in range(self.regimen.cycles)]
        for k, one in enumerate(self.planned):
            found[one.cycle].setdefault(one.day if apart else 0, {}).setdefault(one.dose.drug, []).append(k)
        return [list(days.values()) for days in found]


class _Writer:
    """Writes phases, one cycle after the other; equal ones that follow one another are one phase."""

    def __init__(self) -> None:
        self.phases: list[Phase] = []
        self.late = 0.0

    def pause(self, days: float) -> None:
        if days <= 0:
            return
        if self.phases and not self.phases[-1].doses:
            days += self.phases.pop().cycle_length_days
        self.phases.append(Phase(cycle_length_days=days, cycles=1, doses=()))

    def delay(self, late: float) -> None:
        """Everything from here on is so many days late."""
        self.pause(_rounded(late - self.late))
        self.late = late

    def cycle(self, days: float, doses: list[Dose]) -> None:
        if not doses:
            self.pause(days)
            return
        last = self.phases[-1] if self.phases else None
        if last is not None and last.doses == tuple(doses) and last.cycle_length_days == days:
            self.phases[-1] = last.model_copy(update={"cycles": last.cycles + 1})
        else:
            self.phases.append(Phase(cycle_length_days=days, cycles=1, doses=doses))


def _rounded(value: float) -> float:
    """A number without the digits that a product of two adds: 0.8 times 75 is 60."""
    return float(f"{value:.12g}")


def _planned(regimen: Regimen) -> list[Planned]:
    places = [(p, i) for p, phase in enumerate(regimen.phases) for i in range(len(phase.doses))]
    numbers, first = [], 0
    for phase in regimen.phases:
        numbers.append(list(range(first, first + len(phase.doses))))
        first += len(phase.doses)
    regimen.check_number()
    found = []
    for row in regimen.written_out(numbers):
        p, i = places[int(row.amount)]
        found.append(Planned(row.cycle - 1, row.day, row.time, regimen.phases[p].doses[i], (p, i)))
    return sorted(found, key=lambda one: (one.cycle, one.day, one.time))


def _rules(problems: Problems, rules: Any) -> DoseRules | None:
    if isinstance(rules, str):
        return collect(problems, lambda: dose_rules(rules))
    if not isinstance(rules, DoseRules):
        such = f"the name of some that ship, such as {dose_rules_names()[0]!r}"
        problems.type("rules", f"must be DoseRules, or {such}", rules)
        return None
    return rules


def _note_levels(problems: Problems, rules: DoseRules, regimen: Regimen) -> None:
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
