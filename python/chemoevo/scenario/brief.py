"""A scenario in a line, and in a few."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chemoevo.base.tables import wrapped
from chemoevo.pharmacology.description import patient_text
from chemoevo.scenario.notes import notes

if TYPE_CHECKING:
    from chemoevo.resistance.potency import Potency
    from chemoevo.resistance.therapy import TherapyRates
    from chemoevo.scenario.fields import ScenarioFields


def one_line(scenario: ScenarioFields) -> str:
    """Tumor, genotypes, drugs and horizon."""
    tumor = scenario.tumor
    return (
        f"{scenario.name!r}: {tumor.size:.4g} cells, {len(scenario.genotypes)} genotypes, "
        f"{', '.join([*scenario.planned.drugs, *(['radiotherapy'] if scenario.radiotherapy else [])])}, "
        f"{scenario.follow_up.horizon:g} days"
    )


def brief(scenario: ScenarioFields, rates: TherapyRates) -> str:
    """What matters most, with Emax of every drug and where it comes from."""
    tumor, surgery = scenario.tumor, scenario.surgery
    alterations = ", ".join(a.name for a in tumor.alterations) or "none"
    lines = [
        f"tumor: found at {tumor.size:.6g} cells; division {tumor.birth:g}, death {tumor.death:g} per day",
        f"alterations: {alterations} ({len(scenario.genotypes)} genotypes)",
    ]
    if surgery is not None:
        lines.append(f"surgery: leaves {surgery.survival(tumor.size) * tumor.size:.6g} cells on average")
    lines += [f"radiotherapy: {course.text()}" for course in scenario.radiotherapy]
    if scenario.regimen is not None:
        patient = patient_text(scenario.patient, scenario.regimen.drugs)
        lines.append(f"regimen: {scenario.regimen.name}" + (f"; patient: {patient}" if patient else ""))
    for potency in scenario.potencies:
        said = anchor_text(potency) if potency.at is not None else "given"
        lines.append(f"{potency.drug}: Emax {rates.potencies[potency.drug].emax_text()} ({said})")
    lines += [f"together: {one.text()}" for one in scenario.interactions]
    lines += [f"NOTE: {note}" for note in notes(scenario)]
    lines.append(f"follow-up: {scenario.follow_up.horizon:g} days, looks every {scenario.follow_up.looks_every:g}")
    return "\n".join([wrapped(scenario.name, hanging=""), *(wrapped(line, indent="  ") for line in lines)])


def anchor_text(potency: Potency) -> str:
    """The kill that Emax is calibrated to, and the cycle that it is said of."""
    assert potency.at is not None
    patient = patient_text(potency.at.patient, (potency.drug,))
    return f"log10 kill {potency.log10_kill_per_cycle:g} in {potency.at.text()}" + (f", {patient}" if patient else "")
