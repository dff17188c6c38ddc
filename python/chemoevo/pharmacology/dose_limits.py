"""How much patients are planned to have of every drug, and how much they may have in all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.errors import ModelError, Problems
from chemoevo.pharmacology.draws import Array
from chemoevo.pharmacology.people import People, note_rows

if TYPE_CHECKING:
    from chemoevo.pharmacology.planned_doses import PlannedDose


def planned_amounts(people: People, planned: Sequence[PlannedDose], drugs: Collection[str]) -> Array:
    """(mg, or IU) Of every dose of the phases, one row per patient; 1 of all but some drugs, on which nothing depends.

    The doses are those of the administrations, each once, in the order in which they first come.

    Raises
    ------
    ModelError
        If a patient lacks what a dose asks for.
    """
    doses = {one.place: one.dose for one in planned}
    asked = [(k, dose) for k, dose in enumerate(doses.values()) if dose.drug in drugs]
    amounts = np.ones((len(people.each), len(doses)))
    wrong: dict[int, dict[str, None]] = {}
    for row, patient in enumerate(people.each):
        for k, dose in asked:
            try:
                amounts[row, k] = dose.quantity(patient)
            except ModelError as error:
                wrong.setdefault(row, {}).update(dict.fromkeys(error.problems))
    _refuse(people, wrong)
    return amounts


def largest_sums(people: People, most: Mapping[str, float | None]) -> dict[str, Array]:
    """(mg) Largest sum of every drug in every patient, infinite where there is none.

    Parameters
    ----------
    most
        (mg/m2) By drug.

    Raises
    ------
    ModelError
        If a patient has no known surface, by which the limit of a drug is.
    """
    found = {name: np.full(len(people.each), np.inf) for name in most}
    wrong: dict[int, dict[str, None]] = {}
    for name, limit in most.items():
        if limit is None:
            continue
        for row, one in enumerate(people.each):
            if one.knows_bsa():
                found[name][row] = limit * one.body_surface_area()
            else:
                words = f"patient.bsa is missing, for the limit of {name}, {limit:g} mg/m2 in all."
                remedy = "Give bsa (m2), or weight (kg) and height (cm), or rules with limits = false."
                wrong.setdefault(row, {})[f"{words} {remedy}"] = None
    _refuse(people, wrong)
    return found


def _refuse(people: People, wrong: Mapping[int, Collection[str]]) -> None:
    if not wrong:
        return
    if people.names is None:
        raise ModelError(list(wrong[0]))
    problems = Problems()
    note_rows(problems, wrong)
    problems.raise_if_any()
