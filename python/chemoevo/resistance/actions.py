"""What every drug of a regimen does to every genotype, as the core takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chemoevo import _core
from chemoevo.base.specification import note_part
from chemoevo.errors import Problems, collect
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.exposure import course
from chemoevo.pharmacology.library import find_drug
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.resistance.chain import part_of, together
from chemoevo.resistance.checks import note_effects, note_potencies
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.potency import Potency, ResolvedPotency, resolve_potency


def drug_actions(
    by_drug: Mapping[str, Potency],
    *,
    regimen: Regimen,
    patient: Patient,
    genotypes: Genotypes,
    drugs: Mapping[str, Drug] | None,
) -> tuple[dict[str, ResolvedPotency], list[_core.Drug]]:
    """Resolved potencies by drug, and the action of each drug.

    Raises
    ------
    ModelError
        As `resolve_potency`.
    """
    resolved = {
        name: resolve_potency(potency, regimen=regimen, patient=patient, drugs=drugs)
        for name, potency in by_drug.items()
    }
    actions: list[_core.Drug] = []
    for potency in resolved.values():
        given, of_drug = potency.drug, course(regimen, patient, potency.drug)
        parts = [part_of(potency, alteration, 0.0) for alteration in genotypes.alterations]
        of_types = [
            together(potency, [part for bit, part in enumerate(parts) if mask >> bit & 1]) for mask in genotypes.masks
        ]
        cytostatic = potency.mode == "cytostatic"
        actions.append(_core.Drug(of_drug, given.acting_compartment, given.unbound_micromolar, cytostatic, of_types))
    return resolved, actions


def pair(
    regimen: Regimen, potencies: Potency | Sequence[Potency], genotypes: Genotypes, drugs: Mapping[str, Drug] | None
) -> dict[str, Potency]:
    """Potencies by drug, in the order of the regimen; everything that does not fit, at once."""
    problems = Problems()
    note_part(problems, "regimen", regimen, Regimen)
    if isinstance(potencies, Potency):
        potencies = [potencies]
    if isinstance(potencies, str | Mapping) or not isinstance(potencies, Iterable):
        problems.type("potencies", "must be a list of Potency", potencies)
        potencies = ()
    potencies = tuple(potencies)
    for i, potency in enumerate(potencies):
        note_part(problems, f"potencies[{i}]", potency, Potency)
    if drugs is not None and not isinstance(drugs, Mapping):
        problems.type("drugs", "must be {name: Drug}", drugs)
    else:
        for name, given in (drugs or {}).items():
            note_part(problems, f"drugs[{name!r}]", given, Drug)
    problems.raise_if_any()
    note_potencies(problems, potencies, regimen.drugs)
    for name in regimen.drugs:
        collect(problems, lambda name=name: find_drug(name, drugs))  # type: ignore[misc]
    note_effects(problems, genotypes.alterations, regimen.drugs)
    problems.raise_if_any()
    by_drug = {potency.drug: potency for potency in potencies}
    return {name: by_drug[name] for name in regimen.drugs}
