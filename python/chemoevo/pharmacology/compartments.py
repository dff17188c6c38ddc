"""Where a drug is: in plasma, as a metabolite, in what follows plasma; and how much of it is unbound."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chemoevo.pharmacology.drug import Drug

PLASMA, UNBOUND, EFFECT = "plasma", "unbound", "effect"


class Compartment(NamedTuple):
    """One compartment as tables name it.

    Attributes
    ----------
    name
        "plasma", the name of a metabolite, or "effect".
    place
        Where it is in a course.
    micromolar
        (uM per mg/L) Of what is there.
    share
        Of it that is meant: 1 for all, the unbound share, or None where that is not known.
    """

    name: str
    place: int
    micromolar: float
    share: float | None = 1.0

    def unbound(self, name: str, share: float | None) -> Compartment:
        """What of it is not bound."""
        return self._replace(name=name, share=share)


def compartments(given: Drug) -> list[Compartment]:
    """All compartments of a drug in the order of its course: plasma, metabolites, and what follows plasma."""
    found = [Compartment(PLASMA, 0, given.micromolar_per_mg_per_l)]
    for place, one in enumerate(given.metabolites, 1):
        found.append(Compartment(one.name, place, 1000.0 / one.molar_mass.value))
    if given.kinetics.effect_rate is not None:
        found.append(Compartment(EFFECT, len(found), given.micromolar_per_mg_per_l))
    return found


def with_unbound(given: Drug) -> list[Compartment]:
    """The same, with what is not bound in plasma and of metabolites."""
    plasma, *others = compartments(given)
    free = given.fraction_unbound
    found = [plasma, plasma.unbound(UNBOUND, None if free is None else free.value)]
    for one in others:
        found.append(one)
        if one.name != EFFECT and (share := given.metabolites[one.place - 1].fraction_unbound) is not None:
            found.append(one.unbound(f"{UNBOUND} {one.name}", share.value))
    return found
