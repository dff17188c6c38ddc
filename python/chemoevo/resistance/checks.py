"""Whether potencies and alterations fit the drugs of a regimen: the same words wherever they meet."""

from __future__ import annotations

from collections.abc import Sequence

from chemoevo.errors import Problems, did_you_mean
from chemoevo.pharmacology.library import drug_names
from chemoevo.resistance.alterations import Alteration
from chemoevo.resistance.potency import Potency


def note_potencies(problems: Problems, potencies: Sequence[Potency], drugs: Sequence[str]) -> None:
    """Notes potencies of other drugs, drugs with two, and drugs without one."""
    given = [potency.drug for potency in potencies]
    for i, name in enumerate(given):
        if name in given[:i]:
            problems.value(f"potencies[{i}].drug", "must appear once", name)
        elif name not in drugs:
            hint = did_you_mean(name, drugs)
            problems.value(f"potencies[{i}].drug", "must be a drug of the regimen", name, hint=hint)
    for i, potency in enumerate(potencies):
        if potency.drug in drugs:
            _anchor(problems, potency, f"potencies[{i}].at")
    for name in drugs:
        if name not in given:
            problems.value("potencies", f"has no entry for {name!r}", hint="Every drug of the regimen needs one.")


def _anchor(problems: Problems, potency: Potency, path: str) -> None:
    """Notes a kill in a cycle of another drug, or of a drug of one's own that is not written out."""
    if potency.at is None:
        return
    name = potency.at.doses[0].drug
    if name != potency.drug:
        problems.value(f"{path}.doses[0].drug", f"must be {potency.drug!r}, whose kill this is", name)
    elif potency.at.drug is None and name not in drug_names():
        hint = "Write out the drug there, with its typical kinetics."
        problems.value(f"{path}.drug", f"is missing: {name!r} does not ship with chemoevo", hint=hint)


def note_effects(
    problems: Problems, alterations: Sequence[Alteration], drugs: Sequence[str], path: str = "alterations"
) -> None:
    """Notes every drug about which an alteration says nothing."""
    for i, alteration in enumerate(alterations):
        touched = [effect.drug for effect in alteration.effects]
        for name in drugs:
            if name not in touched:
                where = f"{path}[{i}].effects ({alteration.name!r})"
                problems.value(where, f"has no entry for {name!r}", hint=alteration.untouched)
