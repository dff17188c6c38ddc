"""Niche therapies of a scenario, in words: what they would do under full effect, and what is there of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.tables import text_table, titled, wrapped
from chemoevo.pharmacology.exposure import course
from chemoevo.resistance.niche_therapies import held, highest
from chemoevo.resistance.therapy import oxygen_at
from chemoevo.scenario.notes import thing, together
from chemoevo.scenario.under_therapy import under_therapy

if TYPE_CHECKING:
    from chemoevo.resistance.niche_therapies import NicheTherapy, Opening
    from chemoevo.scenario.fields import ScenarioFields

DAYS = (2.0, 5.0, 8.0, 14.0, 28.0, 56.0)
"""Days of which it is said how far something has opened, those after the horizon left out."""


def niche_therapies_text(scenario: ScenarioFields) -> str:
    """What each agent changes and how fast; the factors under full effect, and effect and oxygen in this regimen."""
    if not scenario.niche_therapies:
        return ""
    lines = []
    for one in scenario.niche_therapies:
        closes = "never closes" if one.closes is None else f"closes by {one.closes.text()}"
        lines += [
            f"{one.drug}: {'; '.join(one.words())}, {one.where()}",
            f"  opens by {one.opens.text()}; {closes}",
            f"  half its effect at {one.ec50:g} uM, unbound in plasma{_hill(one)}",
            f"  {one.basis}",
            *([f"  {one.note}"] if one.note else []),
        ]
    title = "Niche therapies (U: how far it has opened, W: how far it has closed, 0 to 1)"
    days = [day for day in DAYS if day < scenario.follow_up.horizon] or [scenario.follow_up.horizon]
    parts = [*titled(title), *(wrapped(line, indent=" " * (2 + len(line) - len(line.lstrip()))) for line in lines)]
    parts += [wrapped("factors while the effect is full, from day 0 on", indent="  "), _factors(scenario, days)]
    parts += [wrapped("in this regimen", indent="  "), _there(scenario, days)]
    return "\n".join(parts)


def _hill(one: NicheTherapy) -> str:
    return "" if one.hill == 1.0 else f", Hill {one.hill:g}"


def _factors(scenario: ScenarioFields, days: list[float]) -> str:
    rows, several = [], len(scenario.niche_therapies) > 1
    for one in scenario.niche_therapies:
        for name, opening in one.openings():
            rows.append((several * f"{one.drug}: " + thing(name), *_factor([(one, opening)], days)))
    for what, each in together(scenario):
        agents = " x ".join(one.drug for one, _ in each)
        rows.append((f"{agents}: {what}", *_factor(each, days)))
    return text_table(("day", *(f"{day:g}" for day in days), "at last", "highest"), rows)


def _factor(each: list[tuple[NicheTherapy, Opening]], days: list[float]) -> tuple[str, ...]:
    """What therapies make of one thing at these days and at last, and the highest where that goes by."""
    most, when = highest(each)
    at_last = math.prod(opening.at_last for _, opening in each)
    passing = f"{most:.4g}, day {when:.3g}" if most > 1.0 and when < np.inf else ""
    return (*(f"{factor:.4g}" for factor in held(each, days)), f"{at_last:.4g}", passing)


def _there(scenario: ScenarioFields, days: list[float]) -> str:
    """Effects of the agents at these days, by their concentration, and oxygen where it moves."""
    hours, own = 24.0 * np.array(days), scenario.active_drugs
    rows = []
    for one in scenario.niche_therapies:
        agent = own[one.drug]
        unbound = course(scenario.acting, scenario.patient, agent).concentration(hours)
        ratio = unbound * agent.micromolar_per_mg_per_l * agent.unbound_share / one.ec50
        with np.errstate(divide="ignore", over="ignore"):
            effect = 1.0 / (1.0 + ratio**-one.hill)
        rows.append((f"effect of {one.drug}", *(f"{100.0 * share:.3g} %" for share in effect)))
    movers = [one for one in scenario.niche_therapies if one.oxygen is not None]
    if movers:
        moved = oxygen_at(hours, **under_therapy(scenario))
        for niche, factors in zip(scenario.tumor.niches, moved, strict=True):
            if niche.oxygen is not None and any(one.reaches(niche) for one in movers):
                rows.append((f"oxygen in {niche.name} (mmHg)", *(f"{niche.oxygen * factor:.3g}" for factor in factors)))
    return text_table(("day", *(f"{day:g}" for day in days)), rows)
