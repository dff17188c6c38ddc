"""How a drug comes from the gut, or from under the skin, into plasma."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from chemoevo.base.evidence import In, Measured, PerhapsMeasured
from chemoevo.base.shapes import given
from chemoevo.base.specification import Specification, Whole
from chemoevo.pharmacology.ranges import LAG, RATE, SHARE


class Absorption(Specification):
    """Absorption of first order, in one stage or several, after a lag.

    Parameters
    ----------
    rate
        (1/h) Rate constant of every stage; the last one empties into the central compartment. The mean time is
        `stages / rate`.
    stages
        Number of equal stages, from 1 to 16; 1 is absorption of first order.
    lag
        (h) Time before it begins. None: at once.
    bioavailability
        Share of the dose that reaches plasma, in (0, 1]. None: clearances and volumes are apparent ones (CL/F, V/F),
        and the whole dose counts.

    Raises
    ------
    ModelError
        If a number is not positive, or cannot be meant in its unit.

    Examples
    --------
    >>> from chemoevo.pharmacology import Absorption
    >>> Absorption(rate=1.7, lag=0.17, bioavailability=0.324).stages
    1
    """

    form: ClassVar[str] = "Absorption(rate=1.7)"

    rate: Annotated[Measured, In(RATE)] = given()
    stages: Annotated[Whole, Field(ge=1, le=16)] = given(default=1)
    lag: Annotated[PerhapsMeasured, In(LAG)] = given(default=None)
    bioavailability: Annotated[PerhapsMeasured, In(SHARE)] = given(default=None)
