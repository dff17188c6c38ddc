"""Checks of a scenario that concern several of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chemoevo.errors import ModelError, did_you_mean
from chemoevo.pharmacology import drug_names

if TYPE_CHECKING:
    from chemoevo.scenario.fields import ScenarioFields


def cross_checks(scenario: ScenarioFields) -> list[str]:
    """Every problem, one sentence each; an empty list if there is none."""
    return [
        *_drugs(scenario),
        *_potencies(scenario),
        *_effects(scenario),
        *_patient(scenario),
        *_surgery(scenario),
        *_questions(scenario),
    ]


def _drugs(scenario: ScenarioFields) -> list[str]:
    own = [drug.name for drug in scenario.drugs]
    known = [*own, *drug_names()]
    found = [f"drugs[{i}].name must be unique; got {name!r}." for i, name in enumerate(own) if name in own[:i]]
    for p, phase in enumerate(scenario.regimen.phases):
        for i, dose in enumerate(phase.doses):
            if dose.drug not in known:
                hint = did_you_mean(dose.drug, known)
                found.append(f"regimen.phases[{p}].doses[{i}].drug is not a known drug; got {dose.drug!r}. {hint}")
    return found


def _potencies(scenario: ScenarioFields) -> list[str]:
    given, wanted = [potency.drug for potency in scenario.potencies], scenario.regimen.drugs
    found = []
    for i, name in enumerate(given):
        if name in given[:i]:
            found.append(f"potencies[{i}].drug must appear once; got {name!r}.")
        elif name not in wanted:
            hint = did_you_mean(name, wanted)
            found.append(f"potencies[{i}].drug must be a drug of the regimen; got {name!r}. {hint}")
    missing = [name for name in wanted if name not in given]
    return found + [f"potencies has no entry for {name!r}. Every drug of the regimen needs one." for name in missing]


def _effects(scenario: ScenarioFields) -> list[str]:
    found = []
    # A misspelled drug is one problem, not one more for every alteration.
    known = {drug.name for drug in scenario.drugs} | set(drug_names())
    for i, alteration in enumerate(scenario.tumor.alterations):
        touched = [effect.drug for effect in alteration.effects]
        nothing = "threshold = 1" if alteration.stage == "apoptosis" else "fold = 1"
        found += [
            f"tumor.alterations[{i}].effects ({alteration.name!r}) has no entry for {name!r}. "
            f"Add one; {nothing} says that the drug is not touched."
            for name in scenario.regimen.drugs
            if name in known and name not in touched
        ]
    return found


def _patient(scenario: ScenarioFields) -> list[str]:
    try:
        scenario.regimen.administrations(scenario.patient)
    except ModelError as error:
        return list(error.problems)
    return []


def _surgery(scenario: ScenarioFields) -> list[str]:
    surgery, size = scenario.surgery, scenario.tumor.size
    if surgery is None or surgery.residual_cells is None or surgery.residual_cells <= size:
        return []
    return [f"surgery.residual_cells must be at most tumor.size = {size:g} cells; got {surgery.residual_cells:g}."]


def _questions(scenario: ScenarioFields) -> list[str]:
    found = []
    names = [alteration.name for alteration in scenario.tumor.alterations]
    for i, name in enumerate(scenario.compare.carriers or ()):
        if name not in names:
            hint = did_you_mean(name, names) if names else "The tumor has none."
            found.append(f"compare.carriers[{i}] must be an alteration of the tumor; got {name!r}. {hint}")
    day, horizon = scenario.compare.day, scenario.follow_up.horizon
    if day is not None and day > horizon:
        found.append(f"compare.day must be at most follow_up.horizon = {horizon:g} days; got {day:g}.")
    return found
