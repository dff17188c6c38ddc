"""What was measured of a subclone: its fraction of the cells, or the reads that show one of its alterations."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Number, Specification, Whole

TRUNK = "trunk"
"""Name of the cells with clonal alterations alone."""


class Reads(Specification):
    """Reads that cover an alteration, and how many of them show it.

    Parameters
    ----------
    alternate
        (reads) That show it, >= 0 and at most `depth`.
    depth
        (reads) That cover its place, >= 1.
    multiplicity
        Copies of the place that carry it in each cell of the subclone, >= 1 and at most `copies`; 1 by default.
    copies
        Copies of the place in a cell of the tumor, all alleles together, 1 to 100; 2 by default.
    normal_copies
        Copies in a cell that is not of the tumor, 1 or 2 (1 for X in men); 2 by default.

    Raises
    ------
    ModelError
        If a number is out of range, or more reads show it than there are.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Reads(alternate=14, depth=200)
    Reads(14 of 200)
    """

    form: ClassVar[str] = "Reads(alternate=14, depth=200)"

    alternate: Annotated[Whole, Field(ge=0, le=10**9)] = given(description="the reads that show the alteration")
    depth: Annotated[Whole, Field(ge=1, le=10**9)] = given(description="the reads that cover its place")
    multiplicity: Annotated[Whole, Field(ge=1, le=100)] = given(default=1)
    copies: Annotated[Whole, Field(ge=1, le=100)] = given(default=2)
    normal_copies: Annotated[Whole, Field(ge=1, le=2)] = given(default=2)

    @rule
    def _no_more_than_there_are(self) -> Problem:
        if self.alternate > self.depth:
            yield "alternate", f"must be at most depth = {self.depth}", self.alternate

    @rule
    def _no_more_copies_than_there_are(self) -> Problem:
        if self.multiplicity > self.copies:
            yield "multiplicity", f"must be at most copies = {self.copies}", self.multiplicity

    def highest(self, purity: float) -> float:
        """The share of reads that is expected to show it, if every cell of the tumor is of the subclone.

        That is purity * multiplicity / (purity * copies + normal_copies * (1 - purity)).
        """
        return purity * self.multiplicity / (purity * self.copies + self.normal_copies * (1.0 - purity))

    def __repr__(self) -> str:
        more = [] if self.multiplicity == 1 and self.copies == 2 else [f"{self.multiplicity} of {self.copies} copies"]
        return f"Reads({', '.join([f'{self.alternate} of {self.depth}', *more])})"


class Subclone(Specification):
    """A subclone as it was measured: what is new in it, and how many of the tumor's cells are in it.

    Parameters
    ----------
    alterations
        Names of alterations that arose with it: beyond clonal ones, and beyond those of the subclone that it is within.
    fraction
        Share of the tumor's cells that are in it, those of subclones nested in it included, in (0, 1].
    reads
        Instead: the reads that show its alterations.
    within
        Name of the smallest subclone that it is nested in, or "trunk" for none. May be left out where fractions leave
        no choice.
    name
        What it is called; by default its alterations, joined by "+".

    Raises
    ------
    ModelError
        If not exactly one of `fraction` and `reads` is given, or a value is out of range.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Subclone(alterations=["ABCB1"], reads=ce.Reads(alternate=14, depth=200), within="trunk")
    Subclone('ABCB1': 14 of 200 reads, within trunk)
    """

    alternatives: ClassVar = (("fraction",), ("reads",))
    form: ClassVar[str] = 'Subclone(alterations=["ABCB1"], fraction=0.2)'

    alterations: Several[Name] = given(description="the names of alterations that arose with it", min_length=1)
    fraction: Annotated[Number, Field(gt=0, le=1)] | None = None
    reads: Reads | None = None
    within: Name | None = None
    name: Name | None = None

    @rule
    def _one_form(self) -> Problem:
        if (self.fraction is None) == (self.reads is None):
            yield "fraction", "must be given, or reads: exactly one of the two", self.fraction

    @property
    def called(self) -> str:
        """Its name, or its alterations."""
        return "+".join(self.alterations) if self.name is None else self.name

    def __repr__(self) -> str:
        measured = f"{self.reads!r}"[6:-1] + " reads" if self.reads is not None else f"{100 * (self.fraction or 0):g} %"
        return f"Subclone({self.called!r}: {measured}{'' if self.within is None else f', within {self.within}'})"
