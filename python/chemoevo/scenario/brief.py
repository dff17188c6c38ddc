"""A scenario in a line, and in a few."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chemoevo.analytic.grown.block import block_of
from chemoevo.base.tables import joined, percent, wrapped
from chemoevo.pharmacology.description import patient_text
from chemoevo.scenario.notes import notes
from chemoevo.scenario.room import room_text

if TYPE_CHECKING:
    from chemoevo.resistance.potency import Potency
    from chemoevo.resistance.therapy import TherapyRates
    from chemoevo.scenario.compilation import Growth
    from chemoevo.scenario.fields import ScenarioFields


def types_text(scenario: ScenarioFields) -> str:
    """How many types of cells there are, and of what they are the product."""
    tumor = scenario.tumor
    parts = [_count(len(scenario.genotypes), "genotype")]
    parts += [_count(len(tumor.niches), "niche")] if tumor.niches else []
    parts += [_count(1 + len(tumor.phenotypes), "phenotype")] if tumor.phenotypes else []
    alive, damaged = len(scenario.types.alive), len(scenario.types.damaged)
    said = f"{_count(alive, 'type')}: {' x '.join(parts)}" if len(parts) > 1 else parts[0]
    return said + (f", and {damaged} of damaged cells" if damaged else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def one_line(scenario: ScenarioFields) -> str:
    """Tumor, genotypes, drugs and horizon."""
    tumor = scenario.tumor
    return (
        f"{scenario.name!r}: {tumor.size:.4g} cells, {types_text(scenario)}, "
        f"{', '.join([*scenario.planned.drugs, *(['radiotherapy'] if scenario.radiotherapy else [])])}, "
        f"{scenario.follow_up.horizon:g} days"
    )


def setting(scenario: ScenarioFields, given: float | None = None) -> str:
    """Tumor and treatment, in a clause that goes on: "A tumor found at 1e9 cells is treated with ...".

    Parameters
    ----------
    scenario
        What is described.
    given
        (cells) How many there are on average where therapy starts from given cells; None where the tumor grew.
    """
    tumor, surgery, plan = scenario.tumor, scenario.surgery, scenario.planned
    start = f"A tumor found at {tumor.size:.4g} cells" if given is None else f"A tumor of {given:.4g} given cells"
    if given is None and (tumor.clonal or tumor.clones):
        start += f" ({parts_text(scenario)})"
    if surgery is not None:
        number = tumor.size if given is None else given
        start += f", of which surgery leaves {surgery.survival(tumor.size) * number:.4g} on average,"
    inert = set(scenario.inert)
    drugs = [name for name in plan.drugs if name not in inert]
    with_what = [joined(drugs)] if drugs else []
    if drugs:
        # Where phases follow one another, cycles of one are days and of another weeks.
        cycles = f"{_count(plan.cycles, 'cycle')} " if len(plan.phases) == 1 else ""
        with_what[0] += f" ({cycles}in {plan.duration_days:g} days)"
    with_what += [f"radiotherapy ({course.text()})" for course in scenario.radiotherapy]
    return f"{start} is treated with {joined(with_what)}"


def brief(scenario: ScenarioFields, rates: TherapyRates, growth: Growth) -> str:
    """What matters most, with Emax of every drug and where it comes from."""
    tumor, surgery = scenario.tumor, scenario.surgery
    alterations = ", ".join(a.name for a in tumor.alterations) or "none"
    lines = [
        f"tumor: found at {tumor.size:.6g} cells; division {tumor.birth:g}, death {tumor.death:g} per day",
        f"alterations: {alterations} ({types_text(scenario)})",
        *([f"grown apart: {parts_text(scenario)}"] if tumor.clones else []),
        *([f"in every cell: {'+'.join(tumor.clonal)}"] if tumor.clonal and not tumor.clones else []),
        *_places(scenario, growth),
    ]
    if scenario.capacities:
        lines.append(f"capacity: {'; '.join(room_text(tumor))}; one answer only, by simulation")
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
    lines += [f"{one.drug}: {'; '.join(one.words())}, {one.where()}" for one in scenario.niche_therapies]
    lines += [f"NOTE: {note}" for note in notes(scenario)]
    lines.append(f"follow-up: {scenario.follow_up.horizon:g} days, looks every {scenario.follow_up.looks_every:g}")
    return "\n".join([wrapped(scenario.name, hanging=""), *(wrapped(line, indent="  ") for line in lines)])


def parts_text(scenario: ScenarioFields) -> str:
    """The parts of the tumor, each with its share of the cells."""
    return ", ".join(f"{name} {percent(cells / scenario.tumor.size)}" for name, cells in scenario.tumor.observed)


def _places(scenario: ScenarioFields, growth: Growth) -> list[str]:
    """Niches, phenotypes and late death, a line each, and how fast the whole grows."""
    tumor = scenario.tumor
    lines = []
    if tumor.niches or tumor.phenotypes:
        lines.append(f"growth of the whole: {block_of(growth.process).rate:.4g} per day")
    if tumor.niches:
        lines.append(f"niches: {'; '.join(f'{one.name} ({one.text()})' for one in tumor.niches)}")
    lines += [f"phenotype {one.name}: {one.text()}" for one in tumor.phenotypes]
    if tumor.late_death is not None:
        lines.append(f"late death: {_count(tumor.late_death.stages, 'stage')} at {tumor.late_death.rate:g} per day")
    return lines


def anchor_text(potency: Potency) -> str:
    """The kill that Emax is calibrated to, and the cycle that it is said of."""
    assert potency.at is not None
    patient = patient_text(potency.at.patient, (potency.drug,))
    return f"log10 kill {potency.log10_kill_per_cycle:g} in {potency.at.text()}" + (f", {patient}" if patient else "")
