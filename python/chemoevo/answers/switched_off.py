"""Scenarios without one part of resistance: an alteration, a mechanism, a modulator, a niche, a phenotype."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chemoevo.errors import ModelError
from chemoevo.resistance.cells import Cells
from chemoevo.resistance.mechanism import Mechanism, OnDrug
from chemoevo.resistance.niches import OXYGEN_LINE, Niche

if TYPE_CHECKING:
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.scenario.scenario import Scenario

KINDS = (
    *("alteration", "mechanism", "modulator"),
    *("niche access", "niche oxygen", "stroma", "immune kill", "niche"),
    *("phenotype", "induction", "induced mutation", "unmasking"),
)
"""What can be switched off by itself."""
UNSEEN = 1e-15
"""(per day) Immune kill where a drug that unmasks cells must have some: one that changes no rate."""

Part = tuple[str, str, "Scenario | None"]
"""Name, kind, and the scenario without it; None where its tumor would not grow."""


def parts(scenario: Scenario) -> Iterator[Part]:
    """Every part of resistance that a scenario has, one row each."""
    yield from _of_genotypes(scenario)
    for i, niche in enumerate(scenario.tumor.niches):
        yield from _of_niche(scenario, i, niche)
    yield from _of_phenotypes(scenario)
    for i, potency in enumerate(scenario.potencies):
        path = f"potencies[{i}]"
        if potency.mutation is not None and potency.mutation > 1.0:
            yield potency.drug, "induced mutation", scenario.replace({f"{path}.mutation": None})
        if potency.mode == "unmask" and potency.emax is not None and potency.emax > 1.0:
            off = {f"{path}.emax": 1.0, f"{path}.cycling_fraction": 1.0}
            yield potency.drug, "unmasking", scenario.replace(off)


def _of_genotypes(scenario: Scenario) -> Iterator[Part]:
    cells = Cells(scenario.types, scenario.biology, scenario.active_drugs)
    for i, alteration in enumerate(scenario.tumor.alterations):
        never = {f"tumor.alterations[{i}].{field}": 0.0 for field in ("mutation", "switch_on")}
        yield alteration.name, "alteration", scenario.replace(never)
    own = {alteration.own.name for alteration in scenario.tumor.alterations if alteration.own is not None}
    for name in cells.in_play:
        one = cells.mechanisms[cells.position[name]]
        if name not in own and any(on.acts for on in one.drugs):
            yield name, "mechanism", _without(scenario, one)
    for name, drug in cells.modulators().items():
        # What one that kills does to mechanisms is how it kills, as of a BH3 mimetic.
        if name not in scenario.acting_drugs:
            yield name, "modulator", _unmodulated(scenario, drug)


def _unmodulated(scenario: Scenario, drug: Drug) -> Scenario:
    """With a drug that changes no mechanism; what it does to niches, if anything, it does."""
    if all(one.drug != drug.name for one in scenario.niche_therapies):
        return _replaced(scenario, {"inert": [*scenario.inert, drug.name]})
    others = [one for one in scenario.drugs if one.name != drug.name]
    return _replaced(scenario, {"drugs": [*others, drug.replace({"inhibits": [], "induces": []})]})


def _without(scenario: Scenario, mechanism: Mechanism) -> Scenario:
    """With a mechanism that touches no drug."""
    drugs = [OnDrug(drug=name, none="switched off") for name in scenario.active_drugs]
    off = Mechanism(
        name=mechanism.name,
        stage=mechanism.stage,
        drugs=drugs,
        basal=mechanism.basal,
        expression=mechanism.expression,
        turnover_hours=None if mechanism.turnover_hours is None else mechanism.turnover_hours.value,
    )
    others = [one for one in scenario.mechanisms if one.name != mechanism.name]
    return _replaced(scenario, {"mechanisms": [*others, off]})


def _replaced(scenario: Scenario, changes: dict[str, Any]) -> Scenario:
    """With changes after which some mechanisms may be in play no more.

    What nothing is known of stays untouched, also where a pair is no longer in play.
    """
    return scenario.replace({**changes, "assume_untouched": bool(scenario.assume_untouched)})


def _of_niche(scenario: Scenario, i: int, niche: Niche) -> Iterator[Part]:
    """What a niche has that other tissue has not, each by itself; and all of it where that is more than one."""
    changes: dict[str, dict[str, Any]] = {}
    if niche.penetration:
        changes["niche access"] = {"penetration": {}}
    if niche.birth is not None or niche.oxygen not in (None, OXYGEN_LINE):
        changes["niche oxygen"] = {"birth": None} if niche.oxygen is None else {"oxygen": OXYGEN_LINE, "birth": None}
    if niche.changes:
        changes["stroma"] = {"changes": []}
    if niche.immune_kill:
        others = [one for k, one in enumerate(scenario.tumor.niches) if k != i]
        needed = any(one.mode == "unmask" for one in scenario.potencies) and not any(one.immune_kill for one in others)
        changes["immune kill"] = {"immune_kill": UNSEEN if needed else 0.0}
    if len(changes) > 1:
        changes["niche"] = {field: value for fields in changes.values() for field, value in fields.items()}
    for kind, fields in changes.items():
        at = {f"tumor.niches[{i}].{field}": value for field, value in fields.items()}
        try:
            yield niche.name, kind, _replaced(scenario, at)
        except ModelError:
            # Only where cells divide more often than elsewhere can a tumor that grows need its niche.
            if niche.birth_factor <= 1.0:
                raise
            yield niche.name, kind, None


def _of_phenotypes(scenario: Scenario) -> Iterator[Part]:
    every = scenario.tumor.phenotypes
    for i, one in enumerate(every):
        others = [other for k, other in enumerate(every) if k != i]
        yield one.name, "phenotype", _replaced(scenario, {"tumor.phenotypes": others})
        if one.enter > 0.0 and any(one.induced.get(name) for name in scenario.active_drugs):
            yield one.name, "induction", scenario.replace({f"tumor.phenotypes[{i}].induced": {}})
