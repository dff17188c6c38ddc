"""Cells: what every genotype expresses of the mechanisms that matter, and what drugs and modulators meet in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chemoevo import _core
from chemoevo.errors import ModelError
from chemoevo.pharmacology.action import Induction
from chemoevo.pharmacology.drug import Drug
from chemoevo.resistance.cell_types import CellTypes
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.mechanism import Mechanism, mechanism_names, shipped_part
from chemoevo.resistance.niches import induction
from chemoevo.resistance.steps import Step, steps_of

_LN2 = math.log(2.0)


@dataclass(frozen=True)
class Biology:
    """What is known of mechanisms, and how cells without alterations differ from the lines of EC50.

    Attributes
    ----------
    mechanisms
        Your own, beside those that ship; one of a name that ships replaces it.
    expressions
        Expression in cells without alterations where it is another than the basal one.
    """

    mechanisms: tuple[Mechanism, ...] = ()
    expressions: Mapping[str, float] = field(default_factory=dict)

    def own(self, genotypes: Genotypes) -> dict[str, Mechanism]:
        """Mechanisms that do not ship, or replace one that does, by name; those of alterations' own included."""
        own = [own for a in genotypes.alterations if (own := a.own) is not None]
        return {one.name: one for one in (*self.mechanisms, *own)}

    def names(self, genotypes: Genotypes) -> tuple[str, ...]:
        """Names of all mechanisms that are known."""
        return tuple(dict.fromkeys((*mechanism_names(), *self.own(genotypes))))


@dataclass(frozen=True)
class FirstCell:
    """How a drug meets the mechanisms of a cell without alterations, alone and in the reference line of its EC50.

    Attributes
    ----------
    steps
        Mechanisms as the drug meets them.
    expressions
        Of the mechanisms of the steps, by name.
    used_up
        What the drug uses up: mechanism, rate at which it is made anew (1/h), rate of use (1/(uM h)).
    inhibited
        What the drug inhibits itself: mechanism, half inhibition (uM), Hill exponent, largest share, and competition.
    induced
        What the drug induces itself: mechanism, half induction (uM), Hill exponent, largest factor, and the rate (1/h)
        at which expression follows.
    """

    steps: tuple[Step, ...] = ()
    expressions: tuple[tuple[str, float], ...] = ()
    used_up: tuple[tuple[str, float, float], ...] = ()
    inhibited: tuple[tuple[str, float, float, float, bool], ...] = ()
    induced: tuple[tuple[str, float, float, float, float], ...] = ()

    def acting(self, of_drug: _core.Course, given: Drug, line: _core.Potency) -> _core.Acting:
        """The drug alone on such a cell, which neither divides nor dies without it."""
        names = [name for name, _ in self.expressions]
        position = {name: k for k, name in enumerate(names)}
        steps = [step.placed(position) for step in self.steps]
        action = _core.Drug(of_drug, given.acting_compartment, given.unbound_micromolar, "cytotoxic", line, steps)
        modulates = bool(self.used_up or self.inhibited or self.induced)
        unbound = given.micromolar_per_mg_per_l * given.unbound_share if modulates else 0.0
        alone = _core.Niche(
            [0],
            [action],
            expressions=np.array([value for _, value in self.expressions], dtype=np.float64).reshape(len(names), 1),
            agents=[_core.Agent(of_drug, 0, unbound)] if modulates else [],
            inhibitors=[
                _core.Inhibitor(position[name], 0, ic50=ki, hill=hill, most=most, competes=competes)
                for name, ki, hill, most, competes in self.inhibited
            ],
            used_up=[(position[name], rate, [(0, use)]) for name, rate, use in self.used_up],
            inducers=[
                _core.Inducer(position[name], 0, ec50=ec50, hill=hill, most=most, rate=rate)
                for name, ec50, hill, most, rate in self.induced
            ],
            together=([], []),
            driven=[],
        )
        return _core.Acting([0.0], [0.0], [alone])

    @property
    def is_reference(self) -> bool:
        """Whether EC50 and Emax there are those of the reference line at all times."""
        found = dict(self.expressions)
        same = all(found[s.mechanism] * found.get(s.needs or "", 1.0) == s.reference for s in self.steps)
        return same and not self.used_up and not self.inhibited and not self.induced


class Cells:
    """Types of cells by what they express, as the core takes them.

    Mechanisms in play are those that an alteration changes, that are not as in the lines of EC50, or that a drug
    inhibits or induces: what all others do is the same in all cells and in the lines, and is in the EC50 that was
    measured there.

    Parameters
    ----------
    types
        The types, or the genotypes where types are genotypes.
    biology
        Mechanisms, and cells without alterations.
    drugs
        Drugs that act, and modulators, by name.
    """

    def __init__(self, types: CellTypes | Genotypes, biology: Biology, drugs: Mapping[str, Drug]) -> None:
        self.types, self.drugs = CellTypes.of(types), drugs
        self.genotypes = genotypes = self.types.genotypes
        self._steps: dict[str, tuple[Step, ...]] = {}
        own, known = biology.own(genotypes), biology.names(genotypes)

        def found(name: str) -> Mechanism:
            return own[name] if name in own else shipped_part(name, frozenset(drugs))

        place = self.types.place
        beside = [change for niche in place.niches for change in niche.changes]
        beside += [change for phenotype in place.phenotypes for change in phenotype.changes]
        changed = {change.mechanism for a in genotypes.alterations for change in a.all_changes}
        changed |= {change.mechanism for change in beside}
        if any(one.oxygen is not None for one in place.niches):
            changed |= {name for name in known if found(name).hypoxia is not None}
        changed |= {name for drug in drugs.values() for name in drug.changes}
        self.in_play = tuple(name for name in known if name in changed | set(biology.expressions))
        names = set(self.in_play)
        more = names
        while more:
            needed = {on.needs for name in more for on in found(name).drugs if on.drug in drugs}
            more = {name for name in needed if name is not None and name in known and name not in names}
            names |= more
        self.mechanisms = tuple(found(name) for name in known if name in names)
        self.position = {one.name: k for k, one in enumerate(self.mechanisms)}
        base = [biology.expressions.get(one.name, one.basal) for one in self.mechanisms]
        self.base = np.array(base, dtype=np.float64)

    @cached_property
    def expressions(self) -> NDArray[np.float64]:
        """Of every mechanism in every type that is alive, shape (mechanisms, types).

        What copies, niche and phenotype add is added, hypoxia multiplies the sum, and shares that are lost are taken.
        """
        types = self.types
        copies = self.genotypes.copies[types.of_genotype]
        found = np.repeat(self.base[:, None], len(copies), axis=1)
        left = np.ones_like(found)
        each = [(a.all_changes, copies[:, locus]) for locus, a in enumerate(self.genotypes.alterations)]
        each += [(one.changes, types.of_niche == k) for k, one in enumerate(types.niches) if one is not None]
        each += [(one.changes, types.of_phenotype == k) for k, one in enumerate(types.phenotypes) if one is not None]
        for changes, number in each:
            for change in changes:
                k = self.position[change.mechanism]
                if change.by is not None:
                    found[k] += change.by * number
                elif change.loss is not None:
                    left[k] *= (1.0 - change.loss) ** number.astype(np.float64)
        for k, niche in enumerate(types.niches):
            if niche is None or niche.oxygen is None:
                continue
            there = types.of_niche == k
            for m, mechanism in enumerate(self.mechanisms):
                if mechanism.hypoxia is not None:
                    found[m, there] *= induction(mechanism.hypoxia.value, niche.oxygen)
        return np.maximum(found, 0.0) * left

    @cached_property
    def escapes(self) -> NDArray[np.float64]:
        """Factor on immune kill of every type that is alive, in [0, 1]: what is left of what immune cells see."""
        left = np.ones(len(self.types.alive))
        for k, mechanism in enumerate(self.mechanisms):
            if mechanism.stage == "immunity" and mechanism.basal > 0.0:
                left *= np.minimum(self.expressions[k] / mechanism.basal, 1.0)
        return left

    def steps(self, drug: str) -> tuple[Step, ...]:
        """Mechanisms as a drug meets them.

        Raises
        ------
        ModelError
            If the folds of several mechanisms are impossible together.
        """
        if drug not in self._steps:
            self._steps[drug] = steps_of(drug, self.mechanisms)
        return self._steps[drug]

    def first(self, drug: Drug) -> FirstCell:
        """How a drug meets cells without alterations."""
        steps = self.steps(drug.name)
        names = {name for step in steps for name in (step.mechanism, step.needs) if name is not None}
        expressions = tuple((name, float(self.base[self.position[name]])) for name in sorted(names))
        used_up, inhibited = [], []
        for one in drug.inhibits:
            if one.mechanism in names and one.use is not None:
                mechanism = self.mechanisms[self.position[one.mechanism]]
                used_up.append((one.mechanism, turnover(mechanism), one.use.value))
            elif one.mechanism in names and one.ki is not None:
                inhibited.append((one.mechanism, one.ki.value, one.hill, one.most, one.competitive))
        induced = tuple((one.mechanism, *_numbers(one)) for one in drug.induces if one.mechanism in names)
        return FirstCell(steps, expressions, tuple(used_up), tuple(inhibited), induced)

    def modulators(self) -> dict[str, Drug]:
        """Drugs that change a mechanism here, by name."""
        return {name: drug for name, drug in self.drugs.items() if any(name in self.position for name in drug.changes)}

    def modulation(
        self, agents: Sequence[str]
    ) -> tuple[list[_core.Inhibitor], list[tuple[int, float, list[tuple[int, float]]]], list[_core.Inducer]]:
        """Inhibitors, what is used up, and inducers, as the core takes them; agents are these modulators."""
        inhibitors: list[_core.Inhibitor] = []
        inducers: list[_core.Inducer] = []
        used: dict[str, list[tuple[int, float]]] = {}
        for agent, name in enumerate(agents):
            for raised in self.drugs[name].induces:
                if raised.mechanism in self.position:
                    ec50, hill, most, rate = _numbers(raised)
                    k = self.position[raised.mechanism]
                    inducers.append(_core.Inducer(k, agent, ec50=ec50, hill=hill, most=most, rate=rate))
            for one in self.drugs[name].inhibits:
                if one.mechanism not in self.position:
                    continue
                if one.use is not None:
                    used.setdefault(one.mechanism, []).append((agent, one.use.value))
                elif one.ki is not None:
                    k, said = self.position[one.mechanism], {"hill": one.hill, "most": one.most}
                    inhibitor = _core.Inhibitor(k, agent, ic50=one.ki.value, competes=one.competitive, **said)
                    inhibitors.append(inhibitor)
        pools = [(self.position[name], turnover(self.mechanisms[self.position[name]]), by) for name, by in used.items()]
        return inhibitors, pools, inducers


def _numbers(one: Induction) -> tuple[float, float, float, float]:
    """Half induction (uM), Hill exponent, largest factor, and the rate (1/h) at which expression follows."""
    return one.ec50.value, one.hill, one.most.value, _LN2 / one.half_life_hours.value


def turnover(mechanism: Mechanism) -> float:
    """(1/h) Rate at which a protein is made anew.

    Raises
    ------
    ModelError
        If its half-life is not known.
    """
    if mechanism.turnover_hours is None:
        raise ModelError(
            f"The mechanism {mechanism.name!r} is used up by a drug, and has no turnover_hours. Give the half-life "
            "of its renewal."
        )
    return _LN2 / mechanism.turnover_hours.value
