"""What niche therapies do to a niche, as the core takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chemoevo import _core
from chemoevo.pharmacology.drug import Drug
from chemoevo.resistance.cells import Cells
from chemoevo.resistance.exposed import Exposed
from chemoevo.resistance.niche_therapies import NicheTherapy, Opening
from chemoevo.resistance.niches import INDUCED_AT, INDUCED_HALF, INDUCED_HILL, OXYGEN_HALF, Niche
from chemoevo.resistance.potency import Potency

_HOURS = 24.0


class Opened:
    """The therapies that change one niche.

    Attributes
    ----------
    agents
        Their drugs, which act at the vessels, and come behind the modulators of the niche.
    """

    def __init__(self, therapies: Sequence[NicheTherapy], niche: Niche | None) -> None:
        self.niche = niche
        self._therapies = [] if niche is None else [one for one in therapies if one.reaches(niche)]
        self.agents = [one.drug for one in self._therapies]

    def moves(self, drug: Drug) -> bool:
        """Whether the delivery of a drug moves."""
        return any(one.of(drug) is not None for one in self._therapies)

    def core(
        self,
        cells: Cells,
        exposed: Mapping[str, Exposed],
        by_drug: Mapping[str, Potency],
        k: int,
        modulators: Mapping[str, Drug],
    ) -> _core.Moving | None:
        """All that moves in the k-th niche; None if nothing does."""
        niche = self.niche
        if niche is None or not self._therapies:
            return None
        windows = []
        for i, one in enumerate(self._therapies):
            # What never closes has no loss: how fast does not matter.
            opens, closes = one.opens, one.closes or one.opens
            chains = [(chain.stages, chain.rate / _HOURS) for chain in (opens, closes)]
            windows.append((len(modulators) + i, one.ec50, one.hill, chains[0], chains[1]))

        def comes(name: str) -> tuple[list[tuple[int, float, float]], float | None]:
            """What moves the delivery of a drug, and the rate with which the niche follows that."""
            found = self._openings([one.of(cells.drugs[name]) for one in self._therapies])
            return found, exposed[name].rate(k) if found else None

        delivery = [(*comes(name), potency.hypoxia_half) for name, potency in by_drug.items()]
        # How much of a drug is made in hypoxia is in its EC50, and nothing of what it does to mechanisms.
        of_agents = [(*comes(name), None) for name in modulators]
        oxygen = None
        moving = self._openings([one.oxygen for one in self._therapies])
        if niche.oxygen is not None and moving:
            induces = [
                (m, one.hypoxia.value, INDUCED_AT, INDUCED_HALF, INDUCED_HILL)
                for m, one in enumerate(cells.mechanisms)
                if one.hypoxia is not None
            ]
            oxygen = (niche.oxygen, moving, OXYGEN_HALF if niche.birth is None else None, induces)
        return _core.Moving(windows, delivery, of_agents, oxygen)

    @staticmethod
    def _openings(each: Sequence[Opening | None]) -> list[tuple[int, float, float]]:
        return [(window, one.gain, one.loss) for window, one in enumerate(each) if one is not None]
