"""Phenotypes: states of a cell that are no mutation and are left again, and cells that die late."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from chemoevo.base.evidence import Tag
from chemoevo.base.gathering import Problem, repeated, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Number, Positive, Specification, Table, Text, Whole
from chemoevo.resistance.alterations import Change, part_name

ORDINARY, DAMAGED = "ordinary", "damaged"
"""What cells in no phenotype, and those that die late, are called where cells are counted by phenotype."""

Rate = Annotated[Number, Field(ge=0, le=1e3)]
Share = Annotated[Number, Field(ge=0, le=1)]


def _state_name(name: str) -> str:
    if name in (ORDINARY, DAMAGED):
        raise ValueError(f"must be another name: {name!r} are cells without a phenotype of yours")
    return part_name(name)


class Phenotype(Specification):
    """A state that cells enter and leave without mutation: drug-tolerant persisters, quiescence.

    Parameters
    ----------
    name
        Its name; types of cells are named by it, as `ABCB1:tolerant`. Cells that are in no such state have no mark.
    enter
        (per cell and day) Rate at which cells enter it by themselves, >= 0; 0 by default.
    induced
        (per cell and day) Added to that by the full effect of a drug, by its name: `{"docetaxel": 0.02}`. It follows
        the share of the largest effect that the drug has in the cell itself, so that resistant cells enter it less.
    leave
        (per cell and day) Rate at which cells leave it, >= 0.
    held
        Share of leaving that the full effect of a drug prevents, in [0, 1], by its name.
    birth
        Factor on births, >= 0; 1 by default. What kills cycling cells only kills in proportion to it.
    death
        (per cell and day) Added to the death rate, or below 0 taken from it, as far as there is one: cells at rest may
        die less often. 0 by default.
    protection
        Share of the largest effect of all drugs that cells are spared, in [0, 1]; 0 by default.
    ec50
        Factor on the EC50 of all drugs, > 0; 1 by default.
    changes
        Mechanisms that are raised or lowered in it.
    cite, tag
        Where its own numbers come from, and how sure they are (see `chemoevo.pharmacology.Figure`); those of `changes`
        have their own.
    note
        What a user should know about it.

    Raises
    ------
    ModelError
        If a number is out of range, or it is never entered: all problems at once.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Phenotype(name="tolerant", enter=1e-4, induced={"docetaxel": 0.02}, leave=0.05, birth=0.1, protection=0.5)
    Phenotype('tolerant': births x 0.1, spared 50 %, entered at 0.0001 per day, left at 0.05)
    """

    form: ClassVar[str] = 'Phenotype(name="tolerant", enter=1e-4, leave=0.05, protection=0.9)'

    name: Annotated[Name, AfterValidator(_state_name)] = Field(description="the name of the phenotype")
    enter: Rate = 0.0
    induced: Table[str, Rate] = Field(default_factory=dict)
    leave: Rate = Field(description="the rate at which cells leave it (per day)")
    held: Table[str, Share] = Field(default_factory=dict)
    birth: Annotated[Number, Field(ge=0, le=10)] = 1.0
    death: Annotated[Number, Field(ge=-100, le=100)] = 0.0
    protection: Share = 0.0
    ec50: Annotated[Number, Field(gt=0, le=1e9)] = 1.0
    changes: Several[Change] = given(default=())
    cite: Text | None = None
    tag: Tag | None = None
    note: Text | None = None

    def text(self) -> str:
        """How its cells live, and how they come and go, in a few words."""
        said = [f"births x {self.birth:g}"] if self.birth != 1.0 else []
        said += [f"spared {100 * self.protection:g} %"] if self.protection else []
        said += [f"EC50 x {self.ec50:g}"] if self.ec50 != 1.0 else []
        under = ", ".join(drug for drug, rate in self.induced.items() if rate)
        said += [f"entered at {self.enter:g} per day" if self.enter else f"entered under {under}"]
        said += [f"left at {self.leave:g}{'' if self.enter else ' per day'}"]
        return ", ".join(said)

    def __repr__(self) -> str:
        return f"Phenotype({self.name!r}: {self.text()})"

    @rule
    def _entered(self) -> Problem:
        if self.enter == 0.0 and not any(self.induced.values()):
            yield "enter", "must be above 0, or a drug must induce it: no cell is ever in it", self.enter

    @rule
    def _mechanisms_once(self) -> Problem:
        yield from repeated("changes", self.changes, "mechanism")


class LateDeath(Specification):
    """Cells that drugs kill die late: they are damaged first, and pass stages until they are gone.

    Damaged cells neither divide nor mutate nor move, no drug acts on them, and they count as cells of the tumor: of its
    size, of progression, and of `extinction_probability`. Cure does not wait for them.

    Parameters
    ----------
    rate
        (per cell and day) Rate at which each stage is left, > 0. The mean delay is `stages / rate` days.
    stages
        How many, 1 to 10; 3 by default, as in the model of Simeoni et al. (2004), doi:10.1158/0008-5472.can-03-2524.
    cite, tag
        Where these numbers come from, and how sure they are (see `chemoevo.pharmacology.Figure`).

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.LateDeath(rate=0.968)
    LateDeath(rate=0.968, stages=3)
    """

    form: ClassVar[str] = "LateDeath(rate=0.97)"

    rate: Positive = Field(description="the rate at which each stage is left (per day)")
    stages: Annotated[Whole, Field(ge=1, le=10)] = given(default=3)
    cite: Text | None = None
    tag: Tag | None = None

    def __repr__(self) -> str:
        return f"LateDeath(rate={self.rate:g}, stages={self.stages})"
