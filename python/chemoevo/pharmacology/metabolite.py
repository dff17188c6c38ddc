"""What a drug is made into, where that acts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from chemoevo.base.evidence import In, Measured, PerhapsMeasured
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Specification
from chemoevo.pharmacology.action import DrugPotency
from chemoevo.pharmacology.kinetics import Peripheral
from chemoevo.pharmacology.ranges import CENTRAL, FLOW, MOLAR_MASS, SHARE


class Metabolite(Specification):
    """A product of a drug, with compartments of its own.

    Parameters
    ----------
    name
        What it is called.
    molar_mass
        (g/mol) Of the metabolite.
    fraction
        Share of the clearance of the drug that makes it, in moles; a share of it, not a loss on top.
    clearance
        (L/h) Its own clearance.
    volume
        (L) Its own central volume.
    peripherals
        Its peripheral compartments, none to two, as those of a drug.
    fraction_unbound
        Unbound share in plasma, in (0, 1]; None where it is not known.
    potency
        EC50 and Hill exponent in a sensitive line, or None.

    Raises
    ------
    ModelError
        If something is missing or out of range.
    """

    form: ClassVar[str] = 'Metabolite(name="SN-38", molar_mass=392.4, fraction=0.03, clearance=46, volume=15.9)'

    name: Name
    molar_mass: Annotated[Measured, In(MOLAR_MASS)] = given()
    fraction: Annotated[Measured, In(SHARE)] = given()
    clearance: Annotated[Measured, In(FLOW)] = given()
    volume: Annotated[Measured, In(CENTRAL)] = given()
    peripherals: Several[Peripheral, Peripheral | Sequence[float]] = given(default=(), max_length=2)
    fraction_unbound: Annotated[PerhapsMeasured, In(SHARE)] = given(default=None)
    potency: DrugPotency | None = None
