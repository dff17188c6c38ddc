"""What niche therapies change together: one thing of one niche by several, and what of that cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chemoevo.errors import Problems, did_you_mean
from chemoevo.pharmacology.drug import Drug
from chemoevo.resistance.niche_therapies import NicheTherapy, Opening
from chemoevo.resistance.niches import Niche

SHORTEST_LAG = 0.1
"""(h) A shorter lag is none, and to follow it step by step would take long."""


@dataclass(frozen=True)
class Moved:
    """One thing of a niche that changes over time, by the product of what each therapy does to it.

    Attributes
    ----------
    niche
        The niche.
    drug
        Name of the drug whose delivery it is; None for the oxygen.
    by
        Positions of the therapies, and what each does to it.
    """

    niche: Niche
    drug: str | None
    by: tuple[tuple[int, Opening], ...]

    @property
    def thing(self) -> str:
        """What it is, in words."""
        return "oxygen" if self.drug is None else f"delivery of {self.drug}"


def moved(therapies: Sequence[NicheTherapy], niches: Sequence[Niche], drugs: Mapping[str, Drug]) -> list[Moved]:
    """All that niche therapies change, niche by niche; `drugs` are those that come to cells."""
    found = []
    for niche in niches:
        there = [(i, one) for i, one in enumerate(therapies) if one.reaches(niche)]
        for name, drug in (*drugs.items(), (None, None)):
            each = ((i, one.oxygen if drug is None else one.of(drug)) for i, one in there)
            by = tuple((i, opening) for i, opening in each if opening is not None)
            found += [Moved(niche, name, by)] if by else []
    return found


def note_niche_therapies(
    problems: Problems,
    therapies: Sequence[NicheTherapy],
    niches: Sequence[Niche],
    drugs: Mapping[str, Drug],
    coming: Mapping[str, Drug],
    path: str = "niche_therapies",
) -> None:
    """Notes drugs and niches that are not there, lags that are too short, and two by one drug that change one thing.

    `drugs` are those of the regimen, `coming` the ones of them that come to cells.
    """
    names = [niche.name for niche in niches]
    for i, one in enumerate(therapies):
        where = f"{path}[{i}]"
        if one.drug not in drugs:
            hint = did_you_mean(one.drug, list(drugs))
            problems.value(f"{where}.drug", "must be a drug of the regimen", one.drug, hint=hint)
        if not names:
            problems.value(where, "must be left out: the tumor has no niches")
        for k, name in enumerate(one.niches):
            if names and name not in names:
                hint = did_you_mean(name, names)
                problems.value(f"{where}.niches[{k}]", "must be a niche of the tumor", name, hint=hint)
    for thing in moved(therapies, niches, coming):
        niche, before = thing.niche, dict[str, int]()
        access = None if thing.drug is None else niche.access(thing.drug, coming[thing.drug].drug_class)
        lag = None if access is None else access.lag_hours
        for i, _ in thing.by:
            where, agent = f"{path}[{i}]", therapies[i].drug
            if thing.drug is None and niche.oxygen is None:
                rule = f"must be left out: the niche {niche.name!r} has no oxygen to change"
                problems.value(f"{where}.oxygen", rule, hint="Give it, or name niches that have.")
            if lag is not None and lag < SHORTEST_LAG:
                rule = (
                    f"must not change the {thing.thing} in the niche {niche.name!r}, which follows it with a lag of "
                    f"{lag:g} h: where delivery moves a lag is at least {SHORTEST_LAG:g} h"
                )
                problems.value(where, rule, hint="Leave the lag out: then the niche follows at once.")
            if agent in before:
                rule = (
                    f"must not change the {thing.thing} in the niche {niche.name!r}: {path}[{before[agent]}] is of "
                    f"{agent} as well, and changes it"
                )
                problems.value(where, rule, hint="Say in one of them all that the drug does to it.")
            before.setdefault(agent, i)
