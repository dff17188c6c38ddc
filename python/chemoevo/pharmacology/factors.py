"""Factors of patients on the kinetics of drugs: whether they are known, and whether they act on something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chemoevo.errors import NOTHING, Problems, did_you_mean
from chemoevo.pharmacology.library import drug_names, known_drug

if TYPE_CHECKING:
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.patient import Factors, Patient
    from chemoevo.pharmacology.people import People

Problem = tuple[str, str, object, str]
"""Path, rule, value, hint."""


def note_factors(problems: Problems, people: People, own: Mapping[str, Drug]) -> None:
    """Notes factors of drugs or metabolites that are not known, of any patient."""
    said = set[str]()
    for row, patient in enumerate(people.each):
        for path, rule, value, hint in wrong_factors(patient, own):
            # One sentence for what is wrong with a whole column.
            if path not in said:
                said.add(path)
                where = "patient" if people.names is None else f"patient[{row}]"
                problems.value(f"{where}.{path}", rule, value, hint=hint)


def wrong_factors(patient: Patient, own: Mapping[str, Drug]) -> Iterator[Problem]:
    """What is wrong with the factors of a patient; paths are below the patient."""
    for name, factors in patient.factors.items():
        path = f"factors[{name}]"
        given = known_drug(name, own)
        if given is None:
            yield path, "is not a known drug", NOTHING, did_you_mean(name, [*own, *drug_names()])
        elif given.kinetics is None:
            yield path, f"must be left out: {name!r} has no kinetics", NOTHING, ""
        else:
            yield from _of_drug(path, factors, given)


def _of_drug(path: str, factors: Factors, given: Drug) -> Iterator[Problem]:
    made = [one.name for one in given.metabolites]
    for name in factors.metabolites:
        if made and name not in made:
            yield (
                f"{path}.metabolites[{name}]",
                f"is not a metabolite of {given.name!r}",
                NOTHING,
                did_you_mean(name, made),
            )


def idle_factors(patient: Patient, given: Drug) -> Iterator[str]:
    """Factors of a patient that act on nothing in the kinetics of a drug, by their paths below the patient."""
    factors = patient.factors.get(given.name)
    if factors is None:
        return
    path, acting = f"factors[{given.name}]", _acting(given)
    for field in type(factors).model_fields:
        if field != "metabolites" and getattr(factors, field) != 1.0 and field not in acting:
            yield f"{path}.{field}"
    made = {one.name: one for one in given.metabolites}
    for name, by in factors.metabolites.items():
        for field in type(by).model_fields:
            sides = field in ("exchange", "peripheral_volume")
            if getattr(by, field) != 1.0 and (name not in made or (sides and not made[name].peripherals)):
                yield f"{path}.metabolites[{name}].{field}"


def _acting(given: Drug) -> set[str]:
    """Factors that act on something in the kinetics of a drug."""
    kinetics, absorption = given.kinetics, given.kinetics.absorption
    found = {"clearance", "volume"}
    if kinetics.exchanging:
        found |= {"exchange", "peripheral_volume"}
    if len(kinetics.exchanging) > 1:
        found |= {"exchange_2", "peripheral_volume_2"}
    if kinetics.saturable is not None:
        found |= {"elimination_vmax", "elimination_km"}
    if len(kinetics.exchanging) < len(kinetics.peripherals):
        found |= {"transfer_vmax", "transfer_km"}
    if absorption is not None:
        found.add("absorption_rate")
        found |= {name for name in ("lag", "bioavailability") if getattr(absorption, name) is not None}
    return found
