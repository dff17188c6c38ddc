"""Elimination or transfer that saturates, after Michaelis and Menten."""

from __future__ import annotations

from typing import Annotated, ClassVar

from chemoevo.base.evidence import In, Measured
from chemoevo.base.shapes import given
from chemoevo.base.specification import Specification
from chemoevo.pharmacology.ranges import MICROMOLAR, VMAX


class Saturable(Specification):
    """A flow out of the central compartment that saturates: `vmax C / (km + C)`, with C the total concentration (uM).

    Parameters
    ----------
    vmax
        (umol/h) Largest flow.
    km
        (uM) Total concentration in plasma at half the largest flow.

    Raises
    ------
    ModelError
        If a number is not positive, or cannot be meant in its unit.

    Examples
    --------
    >>> from chemoevo.pharmacology import Saturable
    >>> Saturable(vmax=33.8, km=0.44).low_concentration_clearance
    76.81818181818181
    """

    form: ClassVar[str] = "Saturable(vmax=33.8, km=0.44)"

    vmax: Annotated[Measured, In(VMAX)] = given()
    km: Annotated[Measured, In(MICROMOLAR)] = given()

    @property
    def low_concentration_clearance(self) -> float:
        """(L/h) Clearance far below `km`: vmax / km."""
        return self.vmax.value / self.km.value
