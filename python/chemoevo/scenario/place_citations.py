"""The sources of what niches, niche therapies, phenotypes and late death say, and of the rules by which they act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from chemoevo.base.evidence import Citation
from chemoevo.resistance.cells import Cells
from chemoevo.resistance.niches import INDUCED_HALF, INDUCED_HILL, OTHER, OXYGEN_HALF, OXYGEN_LINE
from chemoevo.scenario.citation_rows import Row, formula, of_changes, own, stated

if TYPE_CHECKING:
    from chemoevo.resistance.niche_therapies import NicheTherapy
    from chemoevo.resistance.niches import Niche
    from chemoevo.resistance.phenotypes import Phenotype
    from chemoevo.scenario.fields import ScenarioFields

_MONOD = Citation(text="Monod 1949, Annu Rev Microbiol 3:371", doi="10.1146/annurev.mi.03.100149.002103")
_PRIMEAU = Citation(text="Primeau et al. 2005, Clin Cancer Res 11:8782", doi="10.1158/1078-0432.CCR-05-1664")
_SHEINER = Citation(text="Sheiner et al. 1979, Clin Pharmacol Ther 25:358", doi="10.1002/cpt1979253358")
_SIMEONI = Citation(text="Simeoni et al. 2004, Cancer Res 64:1094", doi="10.1158/0008-5472.CAN-03-2524")
_LAIRD = Citation(text="Laird 1964, Br J Cancer 18:490", doi="10.1038/bjc.1964.55")
_VERHULST = Citation(text="Verhulst 1838, Correspondance mathematique et physique 10:113")
_WINKLER = Citation(text="Winkler et al. 2004, Cancer Cell 6:553", doi="10.1016/j.ccr.2004.10.011")
_CHOICE = Citation(text="A choice: a Hill curve through the published factor at 20 mmHg")
_PERRON = Citation(text="Athreya & Ney 1972, Branching Processes, chapter V", doi="10.1007/978-3-642-65371-1")


def of_places(scenario: ScenarioFields) -> Iterator[Row]:
    """Rows of niches, migration, phenotypes, late death and niche therapies."""
    tumor = scenario.tumor
    cells = Cells(scenario.types, scenario.biology, scenario.active_drugs)
    induced = any(one.hypoxia is not None for one in cells.mechanisms)
    for niche in tumor.niches:
        yield from _of_niche(scenario, niche, induced=induced)
    yield from _of_movement(scenario)
    for phenotype in tumor.phenotypes:
        yield from _of_phenotype(scenario, phenotype)
    yield from _of_room(scenario)
    late = tumor.late_death
    if late is not None:
        yield stated("late death", "rate", late.rate, "per day", late)
        yield stated("late death", "stages", late.stages, "1", late)
        words = "Cells that are killed pass stages, each left at the same rate; the last one by death."
        yield formula("late death", "rule", _SIMEONI, "B+", words)
    for i, therapy in enumerate(scenario.niche_therapies):
        again = therapy.drug in [one.drug for one in scenario.niche_therapies[:i]]
        yield from _of_niche_therapy(therapy, f"niche therapy {therapy.drug}" + (f" {i}" if again else ""))


def _not_usual(of: Any, units: Mapping[str, str]) -> Iterator[tuple[str, float, str]]:
    """Numbers that differ from what is taken where none is given: name, value and unit."""
    for name, unit in units.items():
        value = getattr(of, name)
        if value != type(of).model_fields[name].default:
            yield name, value, unit


def _of_niche(scenario: ScenarioFields, niche: Niche, *, induced: bool) -> Iterator[Row]:
    part = f"niche {niche.name}"
    units = {"share": "1", "oxygen": "mmHg", "birth": "1", "death": "per day", "immune_kill": "per day"}
    for row in _not_usual(niche, {**units, "capacity": "cells"}):
        yield stated(part, *row, niche)
    if niche.oxygen is not None and niche.birth is None:
        words = (
            f"Births x p/(K + p), over that at {OXYGEN_LINE:g} mmHg, with K = {OXYGEN_HALF:g} mmHg: both are choices."
        )
        yield formula(part, "birth_rule", _MONOD, "B", words)
    if niche.oxygen is not None and induced:
        words = (
            f"Expression x 1 + (factor - 1) g(p)/g(20), g(p) = 1/(1 + (p/{INDUCED_HALF:g})^{INDUCED_HILL:g}), "
            "p in mmHg."
        )
        yield formula(part, "induction_rule", _CHOICE, "B-", words)
    yield from _of_penetration(scenario, niche, part)
    yield from of_changes(part, niche.changes, {})


def _of_penetration(scenario: ScenarioFields, niche: Niche, part: str) -> Iterator[Row]:
    """What is used of it by the drugs of the regimen."""
    used = [
        next(name for name in (drug.name, drug.drug_class, OTHER) if name in niche.penetration)
        for drug in scenario.arriving_drugs.values()
        if niche.penetration
    ]
    accesses = {name: niche.penetration[name] for name in dict.fromkeys(used)}
    if any(access.half_distance is not None for access in accesses.values()):
        for end, distance in zip(("nearest", "farthest"), niche.distance, strict=False):
            name = "distance" if len(niche.distance) == 1 else f"distance, {end}"
            yield stated(part, name, distance, "um", niche)
        words = "The ratio is 2^(-distance/half_distance), or its mean between two distances."
        yield formula(part, "distance_rule", _PRIMEAU, "B+", words)
    for name, access in accesses.items():
        for number, unit in (("ratio", "1"), ("half_distance", "um"), ("lag_hours", "h")):
            value = getattr(access, number)
            if value is not None:
                yield stated(part, f"penetration[{name}].{number}", value, unit, access, access.note)
    if any(access.lag_hours is not None for access in accesses.values()):
        words = "y' = k (ratio C - y), k = ln 2/lag: a compartment that follows plasma."
        yield formula(part, "lag_rule", _SHEINER, "B+", words)


def _of_niche_therapy(one: NicheTherapy, part: str) -> Iterator[Row]:
    yield own(part, "ec50", one.ec50, "uM", one.basis, one.note)
    for row in _not_usual(one, {"hill": "1"}):
        yield own(part, *row, one.basis)
    for name, chain in (("opens", one.opens), ("closes", one.closes)):
        if chain is not None:
            yield own(part, f"{name}.stages", chain.stages, "1", one.basis)
            yield own(part, f"{name}.rate", chain.rate, "per day", one.basis)
    for path, opening in one.openings():
        for name in ("gain", "loss"):
            value = getattr(opening, name)
            if value:
                yield own(part, f"{path}.{name}", value, "1", one.basis)
    words = (
        "A factor (1 + gain U)(1 - loss W), U and W the last stages of chains that follow the effect of the agent: a "
        "choice. The source saw a window in mice, with more oxygen."
    )
    yield formula(part, "window_rule", _WINKLER, "B", words)


def _of_movement(scenario: ScenarioFields) -> Iterator[Row]:
    tumor = scenario.tumor
    for i, one in enumerate(tumor.migration):
        yield own("migration", f"migration[{i}].rate", one.rate, "per day", None, f"{one.start} to {one.to}")
    if len(tumor.niches) > 1 and not tumor.migration:
        if tumor.exchange is not None:
            yield own("migration", "exchange", tumor.exchange, "per day")
        words = (
            "From niche i to j: (g_i - g)+ share_j (g - g_j)+/sum_i share_i (g_i - g)+, and exchange share_j besides, "
            "with net growth g_i and g = sum_i share_i g_i; so the shares are the Perron vector."
        )
        yield formula("migration", "rule", _PERRON, "B+", words)


def _of_room(scenario: ScenarioFields) -> Iterator[Row]:
    tumor = scenario.tumor
    if tumor.capacity is not None:
        yield own("competition", "capacity", tumor.capacity, "cells")
    if not scenario.capacities:
        return
    rate = "Births are fewer" if tumor.competition_on == "birth" else "Deaths are more"
    crowding, source = ("ln N/ln capacity", _LAIRD) if tumor.competition == "gompertz" else ("N/capacity", _VERHULST)
    words = f"{rate} by r x, with r the net growth of a cell alone and x = {crowding} of the N cells that compete."
    yield formula("competition", "rule", source, "B+", words)


def _of_phenotype(scenario: ScenarioFields, one: Phenotype) -> Iterator[Row]:
    part, day = f"phenotype {one.name}", "per day"
    given = scenario.active_drugs
    numbers = [
        *_not_usual(one, {"enter": day}),
        *((f"induced[{drug}]", rate, day) for drug, rate in one.induced.items() if drug in given),
        ("leave", one.leave, day),
        *((f"held[{drug}]", share, "1") for drug, share in one.held.items() if drug in given),
        *_not_usual(one, {"birth": "1", "death": day, "protection": "1", "ec50": "1"}),
    ]
    for row in numbers:
        yield stated(part, *row, one)
    yield from of_changes(part, one.changes, {})
