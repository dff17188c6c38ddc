"""The chain of drug action inside one cell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from chemoevo import _core
from chemoevo.base.arguments import real
from chemoevo.base.specification import note_part
from chemoevo.errors import Problems
from chemoevo.resistance.alterations import Alteration
from chemoevo.resistance.potency import ResolvedPotency


def potency_in_cell(
    potency: ResolvedPotency,
    carried: Alteration | Sequence[Alteration],
    *,
    inhibition: Mapping[str, float] | None = None,
) -> tuple[float, float]:
    """EC50 (uM) and Emax of a drug in a cell with these alterations.

    Parameters
    ----------
    potency
        In the reference line.
    carried
        The alterations that the cell carries.
    inhibition
        Inhibited share, in [0, 1], of the mechanism of an alteration, by name. It acts on what the cell expresses.

    Raises
    ------
    ModelError
        If an alteration has no effect entry for the drug, or an inhibition is out of range.
    TypeError
        If an argument is of another type.

    Notes
    -----
    Efflux and detoxification are sinks on one intracellular pool and add; repair divides what is left; apoptosis scales
    EC50 (threshold) and Emax (ceiling). The formulas are in docs/pharmacology.md.
    """
    problems = Problems()
    if not isinstance(potency, ResolvedPotency):
        problems.type("potency", "must be a ResolvedPotency, as resolve_potency gives it", potency)
    if isinstance(carried, Alteration):
        carried = [carried]
    if isinstance(carried, str | Mapping) or not isinstance(carried, Iterable):
        problems.type("carried", "must be a list of Alteration", carried)
    else:
        carried = tuple(carried)
        for i, alteration in enumerate(carried):
            note_part(problems, f"carried[{i}]", alteration, Alteration)
    shares: Mapping[str, float] = {}
    if inhibition is not None and not isinstance(inhibition, Mapping):
        problems.type("inhibition", "must be {name of an alteration: share}", inhibition)
    elif inhibition:
        shares = {
            name: real(problems, f"inhibition[{name!r}]", share, "must be in [0, 1]", 0.0, 1.0)
            for name, share in inhibition.items()
        }
    problems.raise_if_any()
    found = together(potency, [part_of(potency, a, shares.get(a.name, 0.0)) for a in carried])
    return found.ec50, found.emax


class Part(NamedTuple):
    """What one alteration does to one drug: a mechanism, or factors of apoptosis."""

    mechanism: _core.Mechanism | None
    threshold: float
    ceiling: float


def part_of(potency: ResolvedPotency, alteration: Alteration, inhibited: float) -> Part:
    """What an alteration does to a drug, with a share of its mechanism inhibited.

    Raises
    ------
    ModelError
        If it has no effect entry for the drug.
    """
    effect = alteration.effect(potency.drug.name)
    if alteration.stage == "apoptosis":
        threshold, ceiling = (1.0 if x is None else x for x in (effect.threshold, effect.ceiling))
        return Part(None, threshold, ceiling)
    strength = alteration.strength(potency.drug.name)
    mechanism = _core.Mechanism(alteration.stage, strength, alteration.expression, alteration.reference, inhibited)
    return Part(mechanism, 1.0, 1.0)


def together(potency: ResolvedPotency, parts: Sequence[Part]) -> _core.Potency:
    """EC50, Hill exponent and Emax in a cell with these alterations."""
    there = _core.Potency(potency.ec50, potency.hill, potency.emax)
    mechanisms = [part.mechanism for part in parts if part.mechanism is not None]
    threshold, ceiling = (math.prod(factors) for factors in ([p.threshold for p in parts], [p.ceiling for p in parts]))
    return _core.potency_in_cell(there, mechanisms, threshold, ceiling)
