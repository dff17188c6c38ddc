"""What drugs do to cells, in words: largest effects and where they come from, and what changes them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chemoevo.base.tables import text_table, wrapped
from chemoevo.resistance.effects_text import modulators_text
from chemoevo.scenario.brief import anchor_text

if TYPE_CHECKING:
    from chemoevo.resistance.potency import Potency
    from chemoevo.scenario.compilation import Compiled
    from chemoevo.scenario.fields import ScenarioFields

LN10 = math.log(10.0)


def action_text(scenario: ScenarioFields, compiled: Compiled) -> str:
    """Largest effects, with their reasons, and what changes them."""
    rows, reasons, anchors = [], [], []
    for name, potency in compiled.rates.potencies.items():
        given = next(p for p in scenario.potencies if p.drug == name)
        kill = "" if potency.log10_kill_per_cycle is None else f"{potency.log10_kill_per_cycle:.3g}"
        origin = "given" if given.emax is not None else "calibrated"
        rows.append((name, f"{potency.emax_text()} ({origin})", f"{potency.ec50:g}", f"{potency.hill:g}", kill))
        if given.at is not None:
            anchor = f"{name}: {anchor_text(given)}"
            anchors.append(wrapped(anchor, indent="  "))
        reasons.append(wrapped(f"{name}: {given.basis}", indent="  "))
        reasons += [wrapped(f"{name} {words}", indent="  ") for words in _besides(scenario, given)]
    header = ("drug", "Emax", "EC50 (uM, unbound)", "Hill", "log10 kill, first cycle")
    lines = [
        wrapped(
            "Action on sensitive cells (Emax is given in the scenario or calibrated to a kill per cycle, not measured)"
        ),
        text_table(header, rows),
        *(["  Emax is calibrated, with typical kinetics, to", *anchors] if anchors else []),
        *reasons,
    ]
    if modulated := modulators_text(scenario.genotypes, scenario.biology, scenario.active_drugs):
        lines += [
            "  Modulators (in all cells that have what they act on):",
            *(wrapped(m, indent="  ") for m in modulated),
        ]
    if scenario.interactions:
        lines.append("  Together (of all other drugs hazards add):")
        lines += [wrapped(one.text(), indent="  ") for one in scenario.interactions]
    alike = not (scenario.tumor.niches or scenario.tumor.phenotypes)
    kills = [p.log10_kill_per_cycle for p in compiled.rates.potencies.values()]
    if not alike and any(kill is not None for kill in kills):
        lines.append(
            wrapped(
                "kills are those of cells that meet plasma and divide at the tumor's rate, in no niche or phenotype",
                indent="  ",
            )
        )
    apart = not (scenario.interactions or scenario.radiotherapy)
    if alike and apart and len(scenario.regimen.phases) == 1 and None not in kills:
        growth = (scenario.tumor.birth - scenario.tumor.death) * scenario.regimen.phases[0].cycle_length_days / LN10
        net = 10.0 ** (sum(k for k in kills if k is not None) - growth)
        lines.append(f"  sensitive cells are divided by {net:.3g} per cycle, regrowth included")
    return "\n".join(lines)


def _besides(scenario: ScenarioFields, given: Potency) -> Iterator[str]:
    """What a drug does besides its effect, and what niches and phenotypes make of it."""
    tumor, types = scenario.tumor, scenario.types
    if given.mutation is not None:
        yield f"raises probabilities of mutation up to {given.mutation:g} times, in cells under its full effect"
    if given.mode == "unmask":
        yield "multiplies the immune kill of niches, and does nothing where there is none"
    if given.hypoxia_half is not None:
        factors = ", ".join(
            f"{niche.name} x {1.0 + niche.oxygen / given.hypoxia_half:.4g}"
            for niche in tumor.niches
            if niche.oxygen is not None
        )
        yield f"is made in hypoxia, half at {given.hypoxia_half:g} mmHg of oxygen; EC50 {factors}"
    specific = scenario.active_drugs[given.drug].cycle_specificity
    if given.mode == "cytotoxic" and specific not in (None, "any") and (types.cycling != 1.0).any():
        slow = [(niche.name, niche.birth_factor) for niche in tumor.niches]
        slow += [(one.name, one.birth) for one in tumor.phenotypes]
        factors = ", ".join(f"{name} x {factor:.3g}" for name, factor in slow if factor != 1.0)
        acts = "cells that divide" if specific == "cycling" else f"cells in {specific}"
        yield f"acts on {acts}, and kills in proportion to births: {factors}"
