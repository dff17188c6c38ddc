"""Niches, phenotypes and late death of a scenario, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.block import block_of
from chemoevo.base.tables import percent, text_table, wrapped
from chemoevo.resistance.cells import Cells
from chemoevo.resistance.folds import over_first
from chemoevo.resistance.niches import induction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.grown.block import Block
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.resistance.alterations import Change
    from chemoevo.resistance.niches import Access, Niche
    from chemoevo.scenario.compilation import Growth
    from chemoevo.scenario.fields import ScenarioFields

MOST = 16
"""Genotypes of which it is said how little immune cells see of them."""


def places_text(scenario: ScenarioFields, growth: Growth) -> list[str]:
    """Niches, phenotypes and late death, a section each where the tumor has some."""
    tumor = scenario.tumor
    cells = Cells(scenario.types, scenario.biology, scenario.active_drugs)
    block = block_of(growth.process) if tumor.niches or tumor.phenotypes else None
    found = []
    if tumor.niches and block is not None:
        found.append(_niches(scenario, growth, cells, block))
    if tumor.phenotypes and block is not None:
        found.append(_phenotypes(scenario, cells, block))
    if tumor.late_death is not None:
        late = tumor.late_death
        after = f"{late.stages} stages" if late.stages > 1 else "one stage"
        mean = late.stages / late.rate
        found.append(
            wrapped(
                f"Late death: cells that drugs kill pass {after} at {late.rate:g} per day each, {mean:.3g} "
                f"day{'' if mean == 1.0 else 's'} on average, until they are gone. They count as cells of the tumor, "
                "and not against cure."
            )
        )
    return found


def _niches(scenario: ScenarioFields, growth: Growth, cells: Cells, block: Block) -> str:
    tumor, types = scenario.tumor, scenario.types
    asked = not tumor.migration and len(tumor.niches) > 1
    birth, death = np.array(growth.process.divisions[0]), np.array(growth.process.deaths[0])
    rows = []
    for k, niche in enumerate(tumor.niches):
        first = k * len(types.phenotypes)
        rows.append(
            [
                niche.name,
                *([f"{100.0 * (niche.share or 1.0):.4g} %"] if asked else []),
                _share(block, types.of_niche == k),
                "" if niche.oxygen is None else f"{niche.oxygen:g} mmHg",
                f"x {niche.birth_factor:.3g}",
                f"+ {niche.death:g}" if niche.death else "",
                f"{niche.immune_kill:g}" if niche.immune_kill else "",
                f"{birth[first] - death[first]:.4g}",
            ]
        )
    header = [
        "name", *(["asked"] if asked else []), "share", "oxygen", "births", "added death", "immune kill", "net growth",
    ]  # fmt: skip
    lines = [
        wrapped(
            "Niches (of an untreated tumor; shares of all its cells without alterations; rates per cell and day, of "
            "ordinary cells)"
        ),
        text_table(header, rows),
        *_below(*_movement(scenario)),
    ]
    if scenario.arriving_drugs:
        lines += [*_below("concentration there over that in plasma, unbound"), _delivery(scenario)]
        lines += _below(*_sources(scenario))
    remarks = [f"{niche.name}: {niche.note}" for niche in tumor.niches if niche.note]
    return "\n".join([*lines, *_below(*_raised_in_niches(scenario, cells), *_escapes(scenario, cells), *remarks)])


def _below(*lines: str) -> list[str]:
    """Lines under a title; those that begin with blanks stand further in."""
    return [wrapped(line, indent=" " * (2 + len(line) - len(line.lstrip()))) for line in lines]


def _share(block: Block, there: NDArray[np.bool_]) -> str:
    """Of the cells without drug, in a part of the types; none where cells cannot go there and back."""
    shares, inside = block.shares[: len(there)][there], block.members[: len(there)][there]
    return percent(float(shares.sum())) if inside.any() else "not steady"


def _movement(scenario: ScenarioFields) -> Iterator[str]:
    """How cells go from niche to niche."""
    tumor = scenario.tumor
    if len(tumor.niches) < 2:
        return
    if tumor.migration:
        yield "cells move at (per cell and day)"
    else:
        yield f"cells move so that the shares stay as asked, with an exchange of {tumor.exchange:g} per day, at"
    names = [niche.name for niche in tumor.niches]
    for name, rates in zip(names, scenario.types.moving(tumor.birth, tumor.death), strict=True):
        to = [f"to {other} {rate:.4g}" for other, rate in zip(names, rates, strict=True) if rate > 0.0]
        if to:
            yield f"  from {name}: {', '.join(to)}"


def _delivery(scenario: ScenarioFields) -> str:
    drugs = scenario.arriving_drugs
    rows = [[niche.name, *(_access(niche, drug) for drug in drugs.values())] for niche in scenario.tumor.niches]
    return text_table(("niche", *drugs), rows)


def _access(niche: Niche, drug: Drug) -> str:
    access = niche.access(drug.name, drug.drug_class)
    assert access is not None
    if not niche.penetration:
        return "as plasma (assumed)"
    return f"x {access.ratio_at(niche.distance):.3g}" + ("" if access.lag_hours is None else _lag(access))


def _lag(access: Access) -> str:
    return f", lag {access.lag_hours:g} h"


def _sources(scenario: ScenarioFields) -> Iterator[str]:
    """Where ratios come from: distances, sources and remarks."""
    if any(one.lag_hours is not None for niche in scenario.tumor.niches for one in niche.penetration.values()):
        yield "a lag is the half-life with which the place follows plasma; areas are those of the ratio, whatever it is"
    for niche in scenario.tumor.niches:
        for name, access in niche.penetration.items():
            said = []
            if access.half_distance is not None:
                span = " to ".join(f"{distance:g}" for distance in niche.distance)
                said.append(f"half in {access.half_distance:g} um, at {span} um from the vessel")
            said += [one for one in (access.cite, access.note) if one]
            if said:
                yield f"{name} in {niche.name}: {'; '.join(said)}"


def _raised_in_niches(scenario: ScenarioFields, cells: Cells) -> Iterator[str]:
    """What hypoxia and stroma make of mechanisms, and that of EC50, in ordinary cells without alterations."""
    for k, niche in enumerate(scenario.tumor.niches):
        why: dict[str, list[str]] = {}
        for change in niche.changes:
            why.setdefault(change.mechanism, []).append(_change(change))
        for one in cells.mechanisms:
            if one.hypoxia is not None and niche.oxygen is not None:
                factor = induction(one.hypoxia.value, niche.oxygen)
                why.setdefault(one.name, []).append(f"hypoxia x {factor:.3g}")
        yield from _raised(scenario, cells, niche.name, k * len(scenario.types.phenotypes), why)


def _change(change: Change) -> str:
    return f"{change.by:+g}" if change.by is not None else f"a loss of {change.loss:g}"


def _raised(
    scenario: ScenarioFields,
    cells: Cells,
    name: str,
    position: int,
    why: Mapping[str, list[str]],
    before: int | None = None,
) -> Iterator[str]:
    """Expression of mechanisms in a type in place of that in another, or of no niche; then what it does to drugs."""
    for mechanism, reasons in why.items():
        k = cells.position[mechanism]
        was = cells.base[k] if before is None else cells.expressions[k, before]
        yield f"{name}: {mechanism} {cells.expressions[k, position]:.4g} in place of {was:.4g} ({', '.join(reasons)})"
    said = []
    for drug in scenario.acting_drugs.values() if why else ():
        there = over_first(cells, drug, position)
        here = (1.0, 1.0) if before is None else over_first(cells, drug, before)
        pairs = [("EC50", there[0] / here[0]), ("Emax", there[1] / here[1] if here[1] > 0.0 else 1.0)]
        words = [f"{what} x {factor:.4g}" for what, factor in pairs if abs(factor - 1.0) > 1e-9]
        said += [f"{drug.name} {', '.join(words)}"] if words else []
    if said:
        yield f"  which makes of {'; '.join(said)}"


def _escapes(scenario: ScenarioFields, cells: Cells) -> Iterator[str]:
    """What is left of immune kill in cells that hide."""
    types = scenario.types
    for k, niche in enumerate(scenario.tumor.niches):
        if niche.immune_kill:
            there = np.flatnonzero((types.of_niche == k) & (types.of_phenotype == 0))
            pairs = zip(types.genotypes.names, cells.escapes[there].tolist(), strict=True)
            left = [f"{genotype} x {share:.3g}" for genotype, share in pairs if share < 1.0]
            more = ["..."] if len(left) > MOST else []
            if left:
                yield f"of the immune kill in {niche.name} is left: {', '.join(left[:MOST] + more)}"


def _phenotypes(scenario: ScenarioFields, cells: Cells, block: Block) -> str:
    types, lines = scenario.types, []
    for number, one in enumerate(scenario.tumor.phenotypes, 1):
        lives = [f"births x {one.birth:g}"]
        lives += [f"death + {one.death:g} per day"] if one.death else []
        lives += [f"spared {100.0 * one.protection:.4g} % of the largest effect of all drugs"] if one.protection else []
        lives += [f"EC50 of all drugs x {one.ec50:g}"] if one.ec50 != 1.0 else []
        lines.append(f"{one.name}: {', '.join(lives)}")
        into = [f"at {one.enter:g}"] if one.enter else []
        into += [f"up to {rate:g} {'more ' * bool(one.enter)}by {drug}" for drug, rate in one.induced.items() if rate]
        out = [f"at {one.leave:g}" if one.leave else "never"]
        out += [f"{drug} holds up to {100.0 * share:.4g} % of that" for drug, share in one.held.items() if share]
        lines += [f"  entered {', '.join(into)}", f"  left {', '.join(out)}"]
        if one.enter == 0.0:
            rest = "no cell is in it without drugs"
        else:
            share = _share(block, types.of_phenotype == number)
            rest = f"share at rest {share}" if share != "not steady" else "it has no steady share: it is never left"
        lines.append(f"  {rest}")
        why: dict[str, list[str]] = {}
        for change in one.changes:
            why.setdefault(change.mechanism, []).append(_change(change))
        lines += [f"  {line}" for line in _raised(scenario, cells, one.name, number, why, before=0)]
        lines += [f"  {one.note}"] if one.note else []
    title = wrapped("Phenotypes (states that cells enter and leave without mutation; rates per cell and day)")
    return "\n".join([title, *_below(*lines)])
