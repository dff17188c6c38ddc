"""What a drug does to cells, what it keeps from working or raises, and how much of it may be given."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from chemoevo.base.evidence import In, Measured, PerhapsMeasured
from chemoevo.base.gathering import Problem, rule, said_of
from chemoevo.base.shapes import given
from chemoevo.base.specification import Flag, Name, Number, Specification, Text
from chemoevo.pharmacology.ranges import CAP, CUMULATIVE, EXPOSURE, HALF_LIFE, HILL, INDUCTION, MICROMOLAR, USE

SHORTEST_HALF_LIFE = 0.1
"""(h) Of a protein that is followed: with a shorter one it is where its inducer is."""


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
    """A mechanism of resistance that a drug keeps from working, or uses up.

    Parameters
    ----------
    mechanism
        The mechanism, such as "P-gp".
    ki
        (uM) Unbound concentration of half the inhibition.
    use
        (per uM and h) Instead: the rate at which it uses up a protein that works once, such as MGMT.
    hill
        Hill exponent of the inhibition, > 0; 1 by default.
    most
        Largest inhibited share, in (0, 1]; all by default.
    competitive
        Whether it takes the place of drugs at a pump, which matters where the pump saturates; no by default. Then
        `hill` and `most` are 1.
    irreversible
        What is left of the mechanism after the drug is gone, in words; None where it comes back with it.

    Raises
    ------
    ModelError
        If not exactly one of `ki` and `use` is given, or a number is out of range.
    """

    form: ClassVar[str] = 'Inhibition(mechanism="P-gp", ki=0.02)'
    alternatives: ClassVar = (("ki",), ("use",))

    mechanism: Name
    ki: Annotated[PerhapsMeasured, In(MICROMOLAR)] = given(default=None)
    use: Annotated[PerhapsMeasured, In(USE)] = given(default=None)
    hill: Annotated[Number, Field(gt=0, le=50)] = 1.0
    most: Annotated[Number, Field(gt=0, le=1)] = 1.0
    competitive: Flag = False
    irreversible: Text | None = None

    @rule
    def _one_way(self) -> Problem:
        if (self.ki is None) == (self.use is None):
            yield "", "must have either ki, or use", said_of(self, "ki", "use")
        if self.use is not None and (self.hill != 1.0 or self.most != 1.0 or self.competitive):
            yield "use", "must stand alone: hill, most and competitive are of an inhibition with ki", None
        elif self.competitive and (self.hill != 1.0 or self.most != 1.0):
            yield "competitive", "must stand without hill and most: whoever competes for a place has all of it", None


class Induction(Specification):
    """A mechanism of resistance whose expression a drug raises.

    The expression of all cells is multiplied by ``1 + (most - 1) E^hill/(ec50^hill + E^hill)``, with E the unbound
    concentration of the drug, which is followed with the half-life of the protein. Cells that have none of the
    mechanism have nothing to raise.

    Parameters
    ----------
    mechanism
        The mechanism, such as "P-gp".
    most
        Largest factor on the expression, >= 1.
    ec50
        (uM) Unbound concentration of half the induction, where it is held for long.
    half_life_hours
        (h) Half-life with which the expression follows, up and down: that of the protein. At least 0.1.
    hill
        Hill exponent, > 0; 1 by default.

    Raises
    ------
    ModelError
        If a number is out of range.

    Examples
    --------
    >>> from chemoevo.pharmacology import Induction
    >>> Induction(mechanism="P-gp", most=5, ec50=0.5, half_life_hours=14).most
    Figure(value=5.0, unit='1')
    """

    form: ClassVar[str] = 'Induction(mechanism="P-gp", most=5, ec50=0.5, half_life_hours=14)'

    mechanism: Name
    most: Annotated[Measured, In(INDUCTION)] = given()
    ec50: Annotated[Measured, In(MICROMOLAR)] = given()
    half_life_hours: Annotated[Measured, In(HALF_LIFE)] = given()
    hill: Annotated[Number, Field(gt=0, le=50)] = 1.0

    @rule
    def _can_be_followed(self) -> Problem:
        if self.most.value < 1.0:
            yield "most", "must be >= 1: an inducer raises; what lowers a mechanism inhibits it", self.most.value
        if self.half_life_hours.value < SHORTEST_HALF_LIFE:
            rule = f"must be at least {SHORTEST_HALF_LIFE:g} h, which is faster than any protein"
            yield "half_life_hours", rule, self.half_life_hours.value


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
            yield "", "must have cap or cumulative", said_of(self, "cap", "cumulative")
