"""What a drug does to cells, what it keeps from working, and how much of it may be given."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from chemoevo.base.evidence import In, Measured, PerhapsMeasured
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import given
from chemoevo.base.specification import Name, Number, Specification, Text
from chemoevo.pharmacology.ranges import CAP, CUMULATIVE, EXPOSURE, HILL, MICROMOLAR


class DrugPotency(Specification):
    """The concentration of half the effect in a sensitive line, the Hill exponent, and where they were measured.

    Parameters
    ----------
    ec50
        (uM) Unbound concentration of half the effect in a sensitive line.
    hill
        Hill exponent.
    line
        The line in which it was measured, or the panel.
    exposure_hours
        (h) How long the cells were exposed: an EC50 without it says little.
    """

    form: ClassVar[str] = "DrugPotency(ec50=0.005, hill=1)"

    ec50: Annotated[Measured, In(MICROMOLAR)] = given()
    hill: Annotated[Measured, In(HILL)] = given()
    line: Text | None = None
    exposure_hours: Annotated[Number, Field(gt=0), EXPOSURE] | None = None


class Inhibition(Specification):
    """A mechanism of resistance that a drug keeps from working.

    Parameters
    ----------
    mechanism
        The alteration whose product is inhibited, such as "ABCB1".
    ki
        (uM) Concentration of half the inhibition.
    irreversible
        What is left of the mechanism after the drug is gone, in words; None where it comes back with it.
    """

    form: ClassVar[str] = 'Inhibition(mechanism="ABCB1", ki=0.02)'

    mechanism: Name
    ki: Annotated[Measured, In(MICROMOLAR)] = given()
    irreversible: Text | None = None


class DoseLimits(Specification):
    """How much may be given: at once, and in all.

    Parameters
    ----------
    cap
        (mg) Largest single dose.
    cumulative
        (mg/m2) Largest sum of doses in a lifetime.

    Raises
    ------
    ModelError
        If neither is given.
    """

    form: ClassVar[str] = "DoseLimits(cap=2)"

    cap: Annotated[PerhapsMeasured, In(CAP)] = given(default=None)
    cumulative: Annotated[PerhapsMeasured, In(CUMULATIVE)] = given(default=None)

    @rule
    def _one_at_least(self) -> Problem:
        if self.cap is None and self.cumulative is None:
            yield "", "must have cap or cumulative", None
