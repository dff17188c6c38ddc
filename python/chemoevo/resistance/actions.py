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
from chemoevo.resistance.cells import Biology, Cells
from chemoevo.resistance.checks import Untouched, note_mechanisms, note_potencies, only_modulators
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.interaction import Interaction, together
from chemoevo.resistance.potency import Potency, ResolvedPotency, resolve_potency


def acting(
    by_drug: Mapping[str, Potency],
    *,
    birth: float,
    death: float,
    regimen: Regimen,
    patient: Patient,
    genotypes: Genotypes,
    drugs: Mapping[str, Drug] | None,
    biology: Biology,
    interactions: Sequence[Interaction],
) -> tuple[dict[str, ResolvedPotency], _core.Acting]:
    """Resolved potencies by drug, and all that rates are compiled from.

    Raises
    ------
    ModelError
        As `resolve_potency`.
    """
    known = {name: find_drug(name, drugs) for name in regimen.drugs}
    cells = Cells(genotypes, biology, known)
    resolved = {
        name: resolve_potency(
            potency, regimen=regimen, patient=patient, drugs=drugs, cell=cells.first(known[name]), birth=birth
        )
        for name, potency in by_drug.items()
    }
    courses = {name: course(regimen, patient, drug) for name, drug in known.items()}
    actions = []
    for name, potency in resolved.items():
        given, line = potency.drug, _core.Potency(potency.ec50, potency.hill, potency.emax)
        steps = [step.placed(cells.position) for step in cells.steps(name)]
        place, unbound = given.acting_compartment, given.unbound_micromolar
        actions.append(_core.Drug(courses[name], place, unbound, potency.mode, line, steps))
    modulators = cells.modulators()
    agents = [
        _core.Agent(courses[name], 0, drug.micromolar_per_mg_per_l * drug.unbound_share)
        for name, drug in modulators.items()
    ]
    inhibitors, used_up = cells.modulation(list(modulators))
    types = len(genotypes)
    made = _core.Acting(
        genotypes.births(birth),
        [float(death)] * types,
        actions,
        expressions=cells.expressions,
        agents=agents,
        inhibitors=inhibitors,
        used_up=used_up,
        together=together(interactions, list(resolved)),
    )
    return resolved, made


def pair(
    regimen: Regimen,
    potencies: Potency | Sequence[Potency],
    genotypes: Genotypes,
    drugs: Mapping[str, Drug] | None,
    biology: Biology,
    untouched: Untouched,
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
    found = {
        name: drug
        for name in regimen.drugs
        if (drug := collect(problems, lambda name=name: find_drug(name, drugs))) is not None  # type: ignore[misc]
    }
    modulators = only_modulators(found, potencies)
    note_potencies(problems, potencies, regimen.drugs, modulators)
    acting_drugs = [name for name in found if name not in modulators]
    note_mechanisms(problems, genotypes, biology, found, untouched, acting=acting_drugs)
    problems.raise_if_any()
    by_drug = {potency.drug: potency for potency in potencies}
    return {name: by_drug[name] for name in regimen.drugs if name in by_drug}
