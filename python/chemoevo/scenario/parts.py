"""Clinical outcomes of an ensemble: cure, progression, time to progression, and who drives it.

*Cured*: no cell left at the horizon. *Progressed*: at a look, the total is at least `ratio` times its smallest value
at any look since the first dose, and at least `size` cells. The time to progression is the time of the first such
look, counted from the first dose, and right-censored at the last look of a replicate that never progressed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from chemoevo.base.specification import Name, Number, Positive, Specification, Whole, refuse
from chemoevo.resistance import Alteration

RATIO = 1.73
"""20 % in diameter, as RECIST counts progression, is a factor 1.2**3 = 1.73 in volume."""

SIZE = 1e8
"""Cells below which a tumor is not seen to progress."""


MAX_RATE = 3.0
"""(per day) Divisions or deaths of a cell without drug. The fastest human cells, of Burkitt lymphoma or of the germinal
center, divide every 8 to 12 hours: 2 to 3 times per day, a rate of at most 3 ln 2 = 2.1 per day."""


class Tumor(Specification):
    """A tumor that grows from one cell without alterations to the size at which it is found.

    Parameters
    ----------
    birth
        (per cell and day) Division rate of a cell without alterations; above `death`, at most 3.
    death
        (per cell and day) Death rate without drug, >= 0 and below `birth`.
    size
        (cells) Size at detection, a whole number from 2 to 1e15.
    alterations
        Heritable changes, each with its probability per division; names are unique. n of them make 2^n genotypes.

    Raises
    ------
    ModelError
        If a value is out of range, the tumor does not grow, a name is used twice, or the probabilities of one division
        sum to more than 1.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Tumor(birth=0.139, death=0.1313, size=1e10).size
    10000000000
    """

    birth: Positive = Field(description="the division rate of a cell without alterations (per day)")
    death: Annotated[Number, Field(ge=0)] = Field(description="the death rate of a cell without drug (per day)")
    size: Annotated[Whole, Field(ge=2, le=10**15)] = Field(description="the size at detection (cells)")
    alterations: tuple[Alteration, ...] = Field(default=(), description="heritable changes", max_length=20)

    @model_validator(mode="after")
    def _consistent(self) -> Tumor:
        found: list[tuple[str, str, object]] = []
        for name in ("birth", "death"):
            rate = getattr(self, name)
            if rate > MAX_RATE:
                rule = f"must be at most {MAX_RATE:g}, per cell and day: no human cell divides faster than every 8 h"
                meant = f" ({rate:g} per year are {rate / 365.25:.4g} per day, per month {rate / 30.4375:.4g})"
                found.append((name, rule + meant, rate))
        if not self.birth > self.death:
            rule = f"must be larger than death = {self.death:g} per day: a tumor that does not grow is never found"
            found.append(("birth", rule, self.birth))
        names = [a.name for a in self.alterations]
        found += [(f"alterations[{i}].name", "must be unique", n) for i, n in enumerate(names) if n in names[:i]]
        total = sum(a.mutation for a in self.alterations)
        if total > 1:
            rule = "must have mutation probabilities that sum to at most 1 per division"
            found.append(("alterations", rule, total))
        elif self.birth > self.death >= self.birth * (1.0 - total):
            rule = f"must leave a net growth above 0: one daughter of a division mutates with probability {total:g}"
            found.append(("alterations", rule, None))
        refuse(*found)
        return self


class Surgery(Specification):
    """Resection at detection, at the instant of the first dose: every cell is left behind with one probability.

    Parameters
    ----------
    residual_cells
        (cells) Expected number of cells left, > 0 and at most the size at detection.
    residual_fraction
        Instead: the probability that a cell is left, in (0, 1].

    Raises
    ------
    ModelError
        If not exactly one of the two is given, or it is out of range.
    """

    residual_cells: Positive | None = None
    residual_fraction: Annotated[Number, Field(gt=0, le=1)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Surgery:
        if (self.residual_cells is None) == (self.residual_fraction is None):
            refuse(("residual_cells", "must be given, or residual_fraction, but not both", self.residual_cells))
        return self

    def survival(self, size: int) -> float:
        """Probability that a cell of a tumor of `size` cells is left."""
        if self.residual_fraction is not None:
            return self.residual_fraction
        assert self.residual_cells is not None
        return self.residual_cells / size


class FollowUp(Specification):
    """When the tumor is looked at.

    Parameters
    ----------
    horizon
        (days from the first dose) End of follow-up, > 0; a year by default.
    looks_every
        (days) Time between looks, > 0 and at most `horizon`; a week by default. The first look is at the first dose.
    """

    horizon: Positive = 365.0
    looks_every: Positive = 7.0

    @model_validator(mode="after")
    def _a_look(self) -> FollowUp:
        if self.looks_every > self.horizon:
            refuse(("looks_every", f"must be at most horizon = {self.horizon:g} days", self.looks_every))
        if self.horizon / self.looks_every > 100_000:
            refuse(("looks_every", "must leave at most 100000 looks", self.looks_every))
        return self


class ProgressionRule(Specification):
    """What counts as progression.

    Parameters
    ----------
    ratio
        Factor over the smallest total at any look since the first dose, > 1; 1.73 is 20 % in diameter.
    size
        (cells) Smallest total that counts, >= 0; 1e8 by default.
    """

    ratio: Annotated[Number, Field(gt=1)] = RATIO
    size: Annotated[Number, Field(ge=0)] = SIZE


class Compare(Specification):
    """Which probabilities are answered twice, besides cure.

    Parameters
    ----------
    carriers
        Names of alterations: absence of cells that carry each of them. None takes the first alteration of the tumor.
    multiple
        Absence of cells with at least this many alterations, >= 1; not asked where the tumor has fewer.
    day
        (days from the first dose) When, besides at detection; > 0 and at most the horizon. None takes the last day of
        the regimen, or the horizon if that is earlier.
    """

    carriers: tuple[Name, ...] | None = None
    multiple: Annotated[Whole, Field(ge=1)] = 2
    day: Positive | None = None


class Simulation(Specification):
    """How it is simulated.

    Parameters
    ----------
    replicates
        Number of histories, >= 1.
    seed
        A whole number >= 0; None draws a fresh one, which the result reports.
    engine
        "auto", "bnb", "direct" or "leap", as for `simulate`.
    tolerance
        Largest error of an integrated rate that the compilation to segments may make, in [1e-9, 1].
    """

    replicates: Annotated[Whole, Field(ge=1, le=2**40)] = 200
    seed: Annotated[Whole, Field(ge=0)] | None = None
    engine: Literal["auto", "bnb", "direct", "leap"] = "auto"
    tolerance: Annotated[Number, Field(ge=1e-9, le=1)] = 1e-3
