"""The tumor of a scenario in words: how it grows, its types of cells, and its alterations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chemoevo.analytic.grown.block import block_of
from chemoevo.analytic.probability import ultimate_extinction_probability
from chemoevo.base.tables import percent, text_table, titled, wrapped
from chemoevo.resistance.effects_text import effects_text
from chemoevo.scenario.brief import types_text
from chemoevo.scenario.room import one_answer, room_text

if TYPE_CHECKING:
    from chemoevo.scenario.compilation import Growth
    from chemoevo.scenario.fields import ScenarioFields


def tumor_text(scenario: ScenarioFields, growth: Growth) -> str:
    """Divisions, deaths and growth of cells without drug, and what is left at the first dose."""
    tumor = scenario.tumor
    lines = [*(_alike(scenario) if not (tumor.niches or tumor.phenotypes) else _as_a_whole(scenario, growth))]
    if tumor.clonal or tumor.clones:
        lines[-1:] = _parts(scenario, growth)
    lines += _room(scenario, growth)
    if scenario.surgery is not None:
        left = scenario.surgery.survival(tumor.size)
        lines.append(
            f"resected at the first dose (day 0): each cell is left with probability {left:.3g}, "
            f"on average {left * tumor.size:.6g} cells"
        )
    return "\n".join(titled("Tumor (cells without alterations, no drug)", *lines))


def _room(scenario: ScenarioFields, growth: Growth) -> list[str]:
    """Capacities, how long growth takes, and what is then exact; nothing where cells do not compete."""
    if growth.crowded is None:
        return []
    late = scenario.tumor.late_death is not None
    # Cells that compete are one part.
    first = growth.alone.types.index(growth.parts[0][0])
    alone = math.log(scenario.tumor.size) / block_of(growth.alone, first).rate
    return [
        *room_text(scenario.tumor),
        *(["damaged cells take room until they are gone"] if late else []),
        f"in the mean field it comes from one cell to its size in {growth.crowded.days:.4g} days (without competition "
        f"in {alone:.4g}); rates and shares are said as without it",
        f"one answer only: {one_answer(list(scenario.capacities))} Simulation answers, exactly by engine direct, "
        "within a tolerance by leap; ce.mean_counts has the mean field, an approximation",
    ]


def _alike(scenario: ScenarioFields) -> list[str]:
    """Of a tumor whose cells without alterations all live alike."""
    tumor = scenario.tumor
    net = tumor.birth - tumor.death
    return [
        f"division {tumor.birth:g} per day, death {tumor.death:g} per day, net growth {net:.4g} per day",
        f"doubling time {math.log(2.0) / net:.3g} days, potential doubling time "
        f"{math.log(2.0) / tumor.birth:.3g} days, turnover (deaths per division) {tumor.death / tumor.birth:.4g}",
        f"grown from one cell to {tumor.size:.6g} cells; a tumor that dies out first starts again "
        f"({1.0 - tumor.death / tumor.birth:.3g} of them survive)",
    ]


def _as_a_whole(scenario: ScenarioFields, growth: Growth) -> list[str]:
    """Of a tumor whose cells live differently by niche and phenotype, and pass from one to the other."""
    tumor, process = scenario.tumor, growth.alone
    rate, first = block_of(process).rate, process.types[0]
    survive = 1.0 - float(ultimate_extinction_probability(process, initial={first: 1}))
    changed = " and ".join(what for what, some in (("niches", tumor.niches), ("phenotypes", tumor.phenotypes)) if some)
    place = f" in {tumor.niches[0].name}" if tumor.niches else ""
    return [
        types_text(scenario),
        f"division {tumor.birth:g} per day, death {tumor.death:g} per day, before what {changed} change",
        f"the whole grows at {rate:.4g} per day, doubling time {math.log(2.0) / rate:.3g} days: all types together "
        "that cells switch between, in the shares below",
        f"grown from one cell{place} to {tumor.size:.6g} cells; a tumor that dies out first starts again "
        f"({survive:.3g} of them survive)",
    ]


def _parts(scenario: ScenarioFields, growth: Growth) -> list[str]:
    """What the first cells carried, and how large each part has grown."""
    tumor, process = scenario.tumor, growth.alone
    rows = []
    for (name, cells), (founder, _) in zip(tumor.observed, growth.parts, strict=True):
        rate = block_of(process, process.types.index(founder)).rate
        rows.append(
            f"{name}: grown from one cell to {cells:.6g} cells ({percent(cells / tumor.size)}), net growth {rate:.4g} "
            f"per day, doubling time {math.log(2.0) / rate:.3g} days"
        )
    carried = [f"every cell carries {'+'.join(tumor.clonal)}, as the first one did"] if tumor.clonal else []
    if tumor.clones:
        number = f"{len(rows)} observed part{'s' * (len(rows) > 1)}"
        carried.append(f"{tumor.size:.6g} cells in {number}, each grown by itself; one that dies out starts again")
    return [*carried, *rows]


def alterations_text(scenario: ScenarioFields) -> str:
    """Alterations, and what each does to every drug."""
    alterations = scenario.tumor.alterations
    if not alterations:
        return f"Alterations: none ({types_text(scenario)})"
    total = sum(a.mutation for a in alterations)
    header = ["name", "changes", "per division", "cost (of birth)", "what"]
    rows = [[a.name, a.acts_on, f"{a.mutation:.3g}", f"{a.cost:g}", a.title or ""] for a in alterations]
    said = [
        wrapped(
            f"Alterations ({types_text(scenario)}; probabilities that one daughter of a division mutates, together "
            f"{total:.3g})"
        ),
        text_table(header, rows),
        *(wrapped(line, indent="  ") for line in _more_of_alterations(scenario)),
    ]
    if scenario.regimen is not None:
        said += [
            "",
            wrapped(
                f"What they do to each drug (factors on EC50 and Emax of carriers{_where(scenario)}; in brackets how "
                "sure: R read, P partly read, B background knowledge, C computed)"
            ),
            effects_text(scenario.genotypes, scenario.biology, scenario.active_drugs, list(scenario.acting_drugs)),
        ]
    return "\n".join(said)


def _where(scenario: ScenarioFields) -> str:
    """Where carriers are meant, if mechanisms differ between niches or phenotypes."""
    tumor = scenario.tumor
    differ = any(one.changes or one.oxygen is not None for one in tumor.niches)
    return ", where no niche or phenotype changes them" if differ or any(p.changes for p in tumor.phenotypes) else ""


def _more_of_alterations(scenario: ScenarioFields) -> list[str]:
    found = []
    for one in scenario.tumor.alterations:
        more = [f"up to {one.copies} copies"] if one.copies > 1 else []
        more += [f"lost with {one.reversal:g} per division"] if one.reversal else []
        more += (
            [f"switched on {one.switch_on:g}, off {one.switch_off:g} per day"]
            if one.switch_on or one.switch_off
            else []
        )
        more += [f"mutation x {one.mutator:g} in carriers"] if one.mutator != 1 else []
        found += [f"{one.name}: {', '.join(more)}"] if more else []
    found += [f"{'+'.join(one.alterations)}: birth x {one.birth:g} ({one.basis})" for one in scenario.tumor.epistasis]
    others = ", ".join(f"{name} {value:g}" for name, value in scenario.tumor.expressions.items())
    return [*found, *([f"expression in cells without alterations: {others}"] if others else [])]
