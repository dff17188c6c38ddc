"""How drugs come to niches, and what the state of cells there does to their action."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

import numpy as np

from chemoevo.errors import Problems, did_you_mean, near_miss
from chemoevo.pharmacology.bodies import followed
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.exposure import course
from chemoevo.pharmacology.library import drug_names, find_drug
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.resistance.cell_types import CellTypes, Place
from chemoevo.resistance.cells import Cells
from chemoevo.resistance.niches import AS_PLASMA, OTHER, Access, Niche
from chemoevo.resistance.potency import Potency, ResolvedPotency


class Exposed:
    """A drug in plasma and in every niche: one course, in which places that follow with a lag are compartments.

    Attributes
    ----------
    course
        As the core has it.
    """

    def __init__(self, regimen: Regimen, patient: Patient, given: Drug, types: CellTypes) -> None:
        self._given = given
        accesses = [_access(niche, given) for niche in types.niches]
        self._rates = [access.rate for access in accesses]
        self._ratios = [
            access.ratio_at(() if niche is None else niche.distance)
            for access, niche in zip(accesses, types.niches, strict=True)
        ]
        # Of what acts, and of the drug itself where it changes mechanisms.
        sources = sorted({given.acting_compartment} | ({0} if given.changes else set()))
        each = ((rate, source) for rate in self._rates if rate is not None for source in sources)
        self._follows = list(dict.fromkeys(each))
        self.course = course(regimen, patient, given, follows=self._follows)

    def rate(self, niche: int) -> float | None:
        """(1/h) Rate at which a niche follows plasma; None at once."""
        return self._rates[niche]

    def at(self, niche: int, compartment: int, *, moves: bool = False) -> tuple[int, float]:
        """The compartment of the course that stands for one in a niche, and the ratio of concentrations there.

        Where delivery `moves`, that is what comes to the niche, which follows it by `rate`.
        """
        rate = self._rates[niche]
        if rate is not None and not moves:
            compartment = followed(self._given, self._follows.index((rate, compartment)))
        return compartment, self._ratios[niche]


def _access(niche: Niche | None, given: Drug) -> Access:
    found = AS_PLASMA if niche is None else niche.access(given.name, given.drug_class)
    return AS_PLASMA if found is None else found


def scales(cells: Cells, resolved: ResolvedPotency, potency: Potency | None, niche: int) -> list[tuple[float, float]]:
    """Factors on EC50 and Emax of a drug by types of a niche; empty where there are none.

    `potency` is what a scenario says of the drug, or None.
    """
    types = cells.types
    there = types.of_niche == niche
    if resolved.mode == "unmask":
        # Emax is the factor on immune kill, of which one part is there without the drug.
        more = types.immune_kill * cells.escapes * (1.0 - 1.0 / resolved.emax)
        return [(1.0, share) for share in more[there].tolist()]
    place = types.niches[niche]
    if types.is_plain:
        return []
    states = [(1.0, 1.0) if one is None else (one.ec50, 1.0 - one.protection) for one in types.phenotypes]
    found = np.array(states)[types.of_phenotype[there]]
    if acts_on_cycling(resolved):
        found[:, 1] *= types.cycling[there]
    if potency is not None and potency.hypoxia_half is not None and place is not None and place.oxygen is not None:
        found[:, 0] *= 1.0 + place.oxygen / potency.hypoxia_half
    return [] if (found == 1.0).all() else [(ec50, emax) for ec50, emax in found.tolist()]


def acts_on_cycling(resolved: ResolvedPotency) -> bool:
    """Whether a drug kills cells in proportion to how many cycle."""
    return resolved.mode == "cytotoxic" and resolved.drug.cycle_specificity not in (None, "any")


@functools.cache
def _shipped_classes() -> frozenset[str]:
    return frozenset(find_drug(name).drug_class for name in drug_names())


def note_drugs_of_place(
    problems: Problems,
    place: Place,
    drugs: Mapping[str, Drug],
    potencies: Iterable[Potency],
    path: str = "",
    *,
    own: Iterable[Drug] = (),
    modulators: Iterable[str] = (),
) -> None:
    """Notes drugs of which a niche does not say how they come there, and what names drugs that nobody knows.

    `drugs` are those of the regimen, `own` those that are written out, which may be named as well. Those of
    `modulators` that inhibit and induce nothing change niches from the vessels, and need not come there.
    """
    own = tuple(own)
    outside = {name for name in modulators if not drugs[name].changes}
    known = sorted({*drugs, *(drug.name for drug in own), *drug_names()})
    potencies = tuple(potencies)
    acting = {one.drug for one in potencies}
    named = {*known, *(drug.drug_class for drug in (*drugs.values(), *own)), OTHER}
    for i, niche in enumerate(place.niches):
        for name in niche.penetration:
            if name not in named and name not in _shipped_classes():
                where = f"{path}niches[{i}].penetration[{name}]"
                of_regimen = {*drugs, *(drug.drug_class for drug in drugs.values()), OTHER}
                hint = near_miss(name, sorted(named)) or did_you_mean(name, sorted(of_regimen))
                problems.value(where, "must be a drug, a class of drugs, or 'other'", name, hint=hint)
        for name, drug in drugs.items():
            if name not in outside and niche.access(name, drug.drug_class) is None:
                where, rule = f"{path}niches[{i}].penetration", f"has no entry for {name!r}"
                hint = f"Name it, its class {drug.drug_class!r}, or 'other'."
                problems.value(where, rule, hint=hint)
        for one in potencies:
            if one.hypoxia_half is not None and niche.oxygen is None:
                rule = f"is missing: {one.drug} acts by how little oxygen there is"
                problems.value(f"{path}niches[{i}].oxygen", rule)
    for i, phenotype in enumerate(place.phenotypes):
        for field, table in (("induced", phenotype.induced), ("held", phenotype.held)):
            for name in table:
                where = f"{path}phenotypes[{i}].{field}[{name}]"
                if name not in known:
                    hint = near_miss(name, known) or did_you_mean(name, [one for one in drugs if one in acting])
                    problems.value(where, "must be a drug", name, hint=hint)
                elif name in drugs and name not in acting:
                    problems.value(where, "must be a drug with a potency: it follows its effect", name)
    for i, one in enumerate(potencies):
        if one.hypoxia_half is not None and not place.niches:
            problems.value(
                f"potencies[{i}].hypoxia_half", "must be left out: the tumor has no niches", one.hypoxia_half
            )
        if one.mode == "unmask" and not any(niche.immune_kill for niche in place.niches):
            rule = "must be of another kind: no niche of the tumor has an immune_kill"
            problems.value(f"potencies[{i}].mode", rule, one.mode)
