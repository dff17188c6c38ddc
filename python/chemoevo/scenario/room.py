"""Room for the cells of a tumor: capacities of the whole or by niche, and the competition that they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from chemoevo.errors import Problems
from chemoevo.process.competition import note_competition
from chemoevo.process.crowding import Gompertz, Logistic
from chemoevo.process.lotka_volterra import LotkaVolterra

if TYPE_CHECKING:
    from chemoevo.base.gathering import Problem
    from chemoevo.process.competition import Competition
    from chemoevo.resistance.cell_types import CellTypes
    from chemoevo.resistance.niches import Niche

Law = Literal["logistic", "gompertz"]
On = Literal["death", "birth"]
MOST_TYPES = 500
"""Types of cells up to which niches may have capacities: every type then has a crowding of its own, a sum over all."""
ROOM = "Lower the size at detection, or give the tumor more room."
INDEPENDENT = "Cells that compete are not independent, as the backward equations take them."


class Crowdable(Protocol):
    """What has capacities: a scenario."""

    @property
    def capacities(self) -> dict[str, float]:
        """(cells) By path."""


class Roomy(Protocol):
    """What of a tumor says how much room there is."""

    @property
    def size(self) -> int:
        """(cells) At detection."""

    @property
    def niches(self) -> tuple[Niche, ...]:
        """Each with its capacity, or without."""

    @property
    def clones(self) -> Sequence[object]:
        """Those that were observed."""

    @property
    def capacity(self) -> float | None:
        """(cells) Of the whole."""

    @property
    def competition(self) -> Law | None:
        """How net growth falls."""

    @property
    def competition_on(self) -> On | None:
        """The rate that changes."""


def capacities(tumor: Roomy) -> dict[str, float]:
    """(cells) Every capacity of a tumor, by its path in the scenario; empty where cells do not compete."""
    of_niches = {f"tumor.niches[{one.name}].capacity": one.capacity for one in tumor.niches}
    found = {"tumor.capacity": tumor.capacity, **of_niches}
    return {path: number for path, number in found.items() if number is not None}


def wrong_capacities(tumor: Roomy) -> Problem:
    """Says what of capacities does not fit together, or leaves no room for the tumor at detection.

    Observed clones do not go with any: parts of such a tumor do not grow apart.
    """
    # Of a niche that is wrong itself the capacity may be missing.
    own = [vars(niche).get("capacity") for niche in tumor.niches]
    some = [i for i, number in enumerate(own) if number is not None]
    if tumor.capacity is None and not some:
        for name in ("competition", "competition_on"):
            value = getattr(tumor, name)
            if value is not None:
                yield name, "must be left out: there is no capacity", value
        return
    if tumor.clones:
        rule = "must be left out where there are capacities: clones grow by themselves, and cells that compete do not"
        yield "clones", rule, len(tumor.clones)
    if tumor.capacity is not None and some:
        rule = f"must be left out where the tumor has a capacity, {tumor.capacity:g} cells: one or the other"
        yield f"niches[{some[0]}].capacity", rule, own[some[0]]
    if tumor.competition == "gompertz" and some:
        yield "competition", "must be 'logistic' where niches have capacities", tumor.competition
    # How many cells niches hold depends on how cells move: the checks of a scenario find it in the mean field.
    if tumor.capacity is not None and tumor.size >= tumor.capacity:
        rule = f"must be below the capacity, {tumor.capacity:g} cells: a tumor does not grow beyond"
        yield "size", rule, tumor.size, ROOM


def competition_of(tumor: Roomy, types: CellTypes) -> Competition | None:
    """The competition between cells of all types, or None.

    All cells take the same room, damaged ones too until they are gone. Where niches have capacities, those of one niche
    compete with each other, and cells of a niche without one with nobody.
    """
    on = tumor.competition_on or "death"
    if tumor.capacity is not None:
        law = Gompertz if tumor.competition == "gompertz" else Logistic
        return law(capacity=tumor.capacity, on=on)
    if not any(niche.capacity is not None for niche in tumor.niches):
        return None
    late = types.place.late_death
    stages = 0 if late is None else late.stages
    where = np.concatenate([types.of_niche, np.repeat(np.arange(len(tumor.niches)), stages)])
    effect = np.array([0.0 if niche.capacity is None else 1.0 / niche.capacity for niche in tumor.niches])
    return LotkaVolterra(matrix=np.where(where[:, None] == where, effect[where][:, None], 0.0), on=on)


def room_text(tumor: Roomy) -> Iterator[str]:
    """Capacities and their law in words, a line each; none where cells do not compete."""
    law, on = tumor.competition or "logistic", tumor.competition_on or "death"
    found = capacities(tumor)
    if not found:
        return
    falls = "in proportion to their number" if law == "logistic" else "in proportion to the logarithm of their number"
    name = "Gompertz" if law == "gompertz" else law
    changes = "deaths become more frequent" if on == "death" else "divisions become rarer"
    yield f"{name} competition on {on}s: the more cells, the less net growth, {falls}; {changes}"
    if tumor.capacity is not None:
        yield f"net growth vanishes at {tumor.capacity:g} cells"
        return
    each = [f"{one.name} {'without end' if one.capacity is None else f'{one.capacity:g}'}" for one in tumor.niches]
    yield f"the cells of a niche compete with each other; net growth there vanishes at (cells): {', '.join(each)}"


def one_answer(paths: Sequence[str]) -> str:
    """Why a scenario with these capacities has one answer and not two, in a sentence."""
    return f"{' and '.join(paths)} {'makes' if len(paths) == 1 else 'make'} cells compete. {INDEPENDENT}"


def refuse_capacities(scenario: Crowdable) -> None:
    """Refuses a scenario whose cells compete, where something rests on the backward equations.

    Raises
    ------
    ModelError
        If there are capacities.
    """
    problems = Problems()
    note_competition(problems, None, "", scenario.capacities)
    problems.raise_if_any()
