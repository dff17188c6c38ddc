"""Where a drug is: in plasma, as a metabolite, in what follows plasma; and how much of it is unbound."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chemoevo.pharmacology.drug import Drug

PLASMA, UNBOUND, EFFECT = "plasma", "unbound", "effect"


class Compartment(NamedTuple):
    """One compartment of a drug.

    Attributes
    ----------
    name
        "plasma", the name of a metabolite, or "effect".
    place
        Where it is in a course.
    micromolar
        (uM per mg/L) Of what is there.
    unbound
        The share that is not bound, None where it is not known.
    """

    name: str
    place: int
    micromolar: float
    unbound: float | None


def compartments(given: Drug) -> list[Compartment]:
    """All compartments of a drug in the order of its course: plasma, metabolites, and what follows plasma."""
    free = None if given.fraction_unbound is None else given.fraction_unbound.value
    found = [Compartment(PLASMA, 0, given.micromolar_per_mg_per_l, free)]
    for place, one in enumerate(given.metabolites, 1):
        share = None if one.fraction_unbound is None else one.fraction_unbound.value
        found.append(Compartment(one.name, place, 1000.0 / one.molar_mass.value, share))
    if given.kinetics.effect_rate is not None:
        found.append(Compartment(EFFECT, len(found), given.micromolar_per_mg_per_l, None))
    return found


def with_unbound(given: Drug) -> list[tuple[str, Compartment, float | None]]:
    """What tables show: a name, where it is, and which share of what is there; the share is None where it is not known.

    Unbound drug always has its place, unbound metabolite where its share is known.
    """
    found: list[tuple[str, Compartment, float | None]] = []
    for one in compartments(given):
        found.append((one.name, one, 1.0))
        if one.name == PLASMA:
            found.append((UNBOUND, one, one.unbound))
        elif one.unbound is not None:
            found.append((f"{UNBOUND} {one.name}", one, one.unbound))
    return found
