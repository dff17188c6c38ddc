"""Epistasis: what alterations cost together, beyond what they cost one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Number, Specification, Text
from chemoevo.errors import Problems, did_you_mean


class Epistasis(Specification):
    """What two or more alterations do together to birth, beyond the product of their costs.

    Parameters
    ----------
    alterations
        Names of alterations; it concerns cells that carry them all.
    birth
        Factor on their birth rate, >= 0: below 1 they cost more together, above 1 one makes up for the other, and 0 is
        synthetic lethality without a drug.
    basis
        Where it comes from.

    Raises
    ------
    ModelError
        If a name is given twice, or a number is out of range.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Epistasis(alterations=["ABCB1", "TP53"], birth=0.9, basis="an example")
    Epistasis(ABCB1+TP53: birth x 0.9)
    """

    form: ClassVar[str] = 'Epistasis(alterations=["ABCB1", "TP53"], birth=0.9, basis="why")'

    alterations: Several[Name] = given(min_length=2, description="the alterations that cells carry together")
    birth: Annotated[Number, Field(ge=0, le=100)] = Field(description="the factor on birth")
    basis: Text = Field(description="where it comes from")

    @rule
    def _others(self) -> Problem:
        for i, name in enumerate(self.alterations):
            if name in self.alterations[:i]:
                yield f"alterations[{i}]", "must be another alteration", name

    def __repr__(self) -> str:
        return f"Epistasis({'+'.join(self.alterations)}: birth x {self.birth:g})"


def note_epistasis(problems: Problems, table: Sequence[Epistasis], names: Sequence[str], path: str) -> None:
    """Notes alterations that are not there, and sets that are given twice."""
    seen: set[frozenset[str]] = set()
    for i, one in enumerate(table):
        for k, name in enumerate(one.alterations):
            if name not in names:
                hint = did_you_mean(name, names)
                problems.value(f"{path}[{i}].alterations[{k}]", "must be one of the alterations", name, hint=hint)
        if frozenset(one.alterations) in seen:
            problems.value(f"{path}[{i}].alterations", "must be given once", list(one.alterations))
        seen.add(frozenset(one.alterations))
