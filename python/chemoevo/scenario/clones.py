"""Subclones that were observed in a tumor, and the parts that it is a sum of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from chemoevo.base.gathering import NotThere, Problem
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Number, Specification
from chemoevo.errors import did_you_mean
from chemoevo.resistance.alterations import SENSITIVE

if TYPE_CHECKING:
    from chemoevo.resistance.alterations import Alteration

ROUNDING = 1e-9
"""Fractions may sum to so much more than 1: they are read from text."""


class Clone(Specification):
    """A subclone that was observed in a tumor: what its cells carry, and how many of the cells they are.

    It is a part of the tumor by itself, grown from one cell to its share of the cells.

    Parameters
    ----------
    alterations
        Names of alterations that its cells carry beyond `Tumor.clonal`; of several copies "ABCB1x2".
    fraction
        Share of the tumor's cells in the part that grew from a cell of this genotype, in (0, 1]: cells of clones nested
        in it are not among them, as those of `Subclone.fraction` are. What all clones leave is the trunk, with clonal
        alterations alone. Of the part at most 1 % may have lost what the clone carries, by reversal or by switching
        off: a scenario in which more are expected to is refused.

    Raises
    ------
    ModelError
        If no alteration is named, or the fraction is out of range.

    See Also
    --------
    Profile : clones from what was measured, nested or not, with their uncertainty.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Clone(alterations=["ABCB1"], fraction=0.12)
    Clone('ABCB1': 12 % of the cells)
    """

    form: ClassVar[str] = 'Clone(alterations=["ABCB1"], fraction=0.12)'

    alterations: Several[Name] = given(
        description="the names of alterations that cells of the clone carry beyond clonal ones", min_length=1
    )
    fraction: Annotated[Number, Field(gt=0, le=1)] = Field(
        description="the share of the tumor's cells in the part that grew from a cell of this genotype"
    )

    @property
    def name(self) -> str:
        """What it is called in paths, such as `tumor.clones[ABCB1].fraction`."""
        return "+".join(self.alterations)

    def __repr__(self) -> str:
        return f"Clone({self.name!r}: {100 * self.fraction:g} % of the cells)"


def labels_of(alterations: Sequence[Alteration]) -> dict[str, tuple[int, int]]:
    """Which alteration, and how many copies of it, every name stands for: "ABCB1", "ABCB1x2"."""
    return {
        one.name if n == 1 else f"{one.name}x{n}": (locus, n)
        for locus, one in enumerate(alterations)
        for n in range(1, one.copies + 1)
    }


def genotype(alterations: Sequence[Alteration], names: Sequence[str]) -> str:
    """The name of the genotype that has these alterations, each as often as the largest number named.

    Raises
    ------
    NotThere
        If one is not among them, which `wrong_names` says.
    """
    known, copies = labels_of(alterations), dict[int, int]()
    if not all(name in known for name in names):
        raise NotThere
    for locus, n in (known[name] for name in names):
        copies[locus] = max(n, copies.get(locus, 0))
    label = {place: name for name, place in known.items()}
    return "+".join(label[place] for place in sorted(copies.items())) or SENSITIVE


def observed(
    alterations: Sequence[Alteration], clonal: Sequence[str], clones: Sequence[Clone], size: int
) -> tuple[tuple[str, int], ...]:
    """The parts of a tumor: genotype and cells of the trunk, if it has any, and of every clone.

    Fractions are rounded to whole cells so that all parts together are the tumor.
    """
    ends = np.minimum(np.rint(np.cumsum([clone.fraction * size for clone in clones])), size)
    cells = np.diff(ends, prepend=0.0)
    trunk = size - (int(ends[-1]) if clones else 0)
    found = [(genotype(alterations, clonal), trunk)] if trunk else []
    for clone, number in zip(clones, cells.tolist(), strict=True):
        found.append((genotype(alterations, [*clonal, *clone.alterations]), int(number)))
    return tuple(found)


def wrong_names(alterations: Sequence[Alteration], clonal: Sequence[str], clones: Sequence[Clone]) -> Problem:
    """Which names of clonal alterations, and of those of clones, are not of the tumor, or there twice."""
    known = labels_of(alterations)
    yield from _wrong_names("clonal", clonal, known)
    for i, clone in enumerate(clones):
        yield from _wrong_names(f"clones[{i}].alterations", vars(clone).get("alterations", ()), known)


def wrong_clones(
    alterations: Sequence[Alteration], clonal: Sequence[str], clones: Sequence[Clone], size: int
) -> Problem:
    """What is wrong with clonal alterations and clones whose names are right."""
    known = labels_of(alterations)
    if any(True for _ in wrong_names(alterations, clonal, clones)):
        return
    copies = dict(known[name] for name in clonal)
    there: list[str] = []
    for i, clone in enumerate(clones):
        for k, name in enumerate(clone.alterations):
            locus, n = known[name]
            if n <= copies.get(locus, 0):
                rule = "must be beyond tumor.clonal, which every cell carries: leave it out"
                yield f"clones[{i}].alterations[{k}]", rule, name
        made = genotype(alterations, [*clonal, *clone.alterations])
        if made in there:
            rule = "must be of a genotype that no clone before it has: give one of them the sum of the fractions"
            yield f"clones[{i}].alterations", rule, clone.name
        there.append(made)
    total = sum(clone.fraction for clone in clones)
    if total > 1.0 + ROUNDING:
        rule = (
            "must have fractions that sum to at most 1: each is the share of the cells that grew with exactly that "
            "genotype, without those of clones nested in it"
        )
        yield "clones", rule, total
    elif clones:
        for i, (_, number) in enumerate(observed(alterations, clonal, clones, size)[-len(clones) :]):
            if number < 1:
                yield f"clones[{i}].fraction", f"must make one cell or more of size = {size:g}", clones[i].fraction


def _wrong_names(path: str, names: Sequence[str], known: dict[str, tuple[int, int]]) -> Problem:
    loci: list[int] = []
    for k, name in enumerate(names):
        if name not in known:
            hint = did_you_mean(name, known) + _fewer_copies(name, known) if known else "The tumor has none."
            yield f"{path}[{k}]", "must be one of tumor.alterations", name, hint
        elif known[name][0] in loci:
            yield f"{path}[{k}]", "must name every alteration once", name
        else:
            loci.append(known[name][0])


def _fewer_copies(name: str, known: dict[str, tuple[int, int]]) -> str:
    """What is added where there may be fewer copies of an alteration than are named."""
    alteration, _, number = name.rpartition("x")
    if not (number.isdigit() and alteration in known):
        return ""
    most = max(n for locus, n in known.values() if locus == known[alteration][0])
    return f" For more than {most} raise its copies." if int(number) > most else ""
