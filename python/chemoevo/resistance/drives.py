"""Transitions that drugs drive: tolerance entered under them, the way back that they hold, mutation that they raise."""

from __future__ import annotations

from collections.abc import Mapping

from chemoevo import _core
from chemoevo.resistance.cell_types import CellTypes
from chemoevo.resistance.genotypes import Edges
from chemoevo.resistance.potency import Potency


class Drives:
    """The transitions between types that drugs drive, niche by niche.

    Parameters
    ----------
    types
        The types.
    by_drug
        Potencies of the drugs that act, in the order of the core.
    switching
        Rates (per cell and day) of all steps without a division, without drugs.
    """

    def __init__(self, types: CellTypes, by_drug: Mapping[str, Potency], switching: Edges) -> None:
        position = {name: k for k, name in enumerate(by_drug)}
        place = {name: k for k, name in enumerate(types.alive)}
        niche_of = dict(zip(types.alive, types.of_niche.tolist(), strict=True))
        in_niche: list[dict[str, int]] = [{} for _ in types.niches]
        for name, k in niche_of.items():
            in_niche[k][name] = len(in_niche[k])
        self._of_niche: list[list[_core.Driven]] = [[] for _ in types.niches]
        pairs: list[list[tuple[str, str, bool]]] = [[] for _ in types.niches]

        def add(pair: tuple[str, str], mutation: bool, base: float, by: list[tuple[int, float, float]]) -> None:
            k = niche_of[pair[0]]
            self._of_niche[k].append(_core.Driven(in_niche[k][pair[0]], mutation=mutation, base=base, by=by))
            pairs[k].append((*pair, mutation))

        for number, one in enumerate(types.place.phenotypes, 1):
            enters = [(position[d], 0.0, rate) for d, rate in one.induced.items() if d in position and rate > 0.0]
            stays = [(position[d], share, 0.0) for d, share in one.held.items() if d in position and share > 0.0]
            for name in types.in_phenotype(one.name):
                ordinary = types.alive[place[name] - number]
                if enters:
                    add((ordinary, name), False, switching.get((ordinary, name), 0.0), enters)
                if stays and one.leave > 0.0:
                    add((name, ordinary), False, switching[name, ordinary], stays)
        raises = [(position[name], one.mutation) for name, one in by_drug.items() if one.mutation is not None]
        for pair, probability in types.mutation.items() if raises else ():
            add(pair, True, probability, [(drug, 0.0, probability * (factor - 1.0)) for drug, factor in raises])
        self.pairs = tuple(pair for of_niche in pairs for pair in of_niche)

    def of_niche(self, niche: int) -> list[_core.Driven]:
        """Those that leave types of a niche, as the core takes them."""
        return self._of_niche[niche]
