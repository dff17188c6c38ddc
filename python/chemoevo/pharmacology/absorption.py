"""How a drug comes from the gut, or from under the skin, into plasma."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from chemoevo.base.evidence import In, Measured, PerhapsMeasured
from chemoevo.base.shapes import given
from chemoevo.base.specification import Number, Specification
from chemoevo.pharmacology.ranges import LAG, RATE, SHARE


class Absorption(Specification):
    """Absorption of first order, in one stage or several, after a lag; the number of stages need not be whole.

    Parameters
    ----------
    rate
        (1/h) Rate constant of every stage; the last one empties into the central compartment. The mean time is
        `stages / rate`.
    stages
        Number of equal stages, from 1 to 50, whole or not; 1 is absorption of first order. It is one more than the n of
        Savic et al. [1]_. Where it is not whole, what is given at once enters plasma by a gamma density, and a regimen
        in which a dose that is absorbed lasts is refused.
    lag
        (h) Time before it begins. None: at once.
    bioavailability
        Share of the dose that reaches plasma, in (0, 1]. None: clearances and volumes are apparent ones (CL/F, V/F),
        and the whole dose counts.

    Raises
    ------
    ModelError
        If a number is not positive, or cannot be meant in its unit, or there are fewer than 1 or more than 50 stages.

    Notes
    -----
    `t` hours after the lag, of a dose D there enters, per hour, `F D k (k t)^(s - 1) exp(-k t) / Gamma(s)`, with
    k = `rate` and s = `stages`: the time of passing through s stages, whole or not.

    References
    ----------
    .. [1] Savic RM et al. (2007). J Pharmacokinet Pharmacodyn 34:711. doi:10.1007/s10928-007-9066-0

    Examples
    --------
    >>> from chemoevo.pharmacology import Absorption
    >>> Absorption(rate=1.7, lag=0.17, bioavailability=0.324).stages
    1.0
    >>> Absorption(rate=2.0, stages=4.5).stages
    4.5
    """

    form: ClassVar[str] = "Absorption(rate=1.7)"

    rate: Annotated[Measured, In(RATE)] = given()
    stages: Annotated[Number, Field(ge=1, le=50)] = 1.0
    lag: Annotated[PerhapsMeasured, In(LAG)] = given(default=None)
    bioavailability: Annotated[PerhapsMeasured, In(SHARE)] = given(default=None)

    @property
    def whole(self) -> bool:
        """Whether the number of stages is whole."""
        return self.stages.is_integer()
